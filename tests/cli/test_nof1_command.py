"""``nervelight nof1``: a trial in one person, from plan to result."""

import datetime as dt
import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

DUMMY = "opaque cover that warms alike"
SIZE = (
    "--period",
    "14 days",
    "--washout",
    "4 days",
    "--effect",
    "2 points",
    "--blocks",
    "4",
    "--scatter",
    "1.2 points",
)


@pytest.fixture
def plan(example_plans, tmp_path):
    path = tmp_path / "feet" / "plan.json"
    path.parent.mkdir()
    path.write_text(example_plans["diabetic_feet"].to_json(), encoding="utf-8")
    return path


@pytest.fixture
def designed(call, plan, tmp_path):
    """Make a trial, open or masked, and a diary for it."""

    def make(*options, effect=-2.0):
        folder = tmp_path / "trial"
        answer = call("nof1", "design", plan, "--start", "2024-12-02", *SIZE, "--seed", "3", "-o", folder, *options)
        assert answer.code == 0, answer
        design = json.loads((folder / "design.json").read_text())
        sealed = folder / "allocation.json"
        on = json.loads(sealed.read_text())["on"] if sealed.exists() else design["allocation"]["on"]
        rng = np.random.default_rng(2)
        lines = ["# patient: Example A", "# synthetic: made up for a test", "date,nrs11,time,fields"]
        for period in design["periods"]:
            day = dt.date.fromisoformat(period["first"])
            while day.isoformat() <= period["last"]:
                score = np.clip(np.round(6 + effect * (period["name"] in on) + rng.standard_normal()), 0, 10)
                session = ",2 min,left sole" if day.isoformat() in period["sessions"] else ",,"
                lines.append(f"{day},{score:.0f}{session}")
                day += dt.timedelta(days=1)
        diary = tmp_path / "diary.csv"
        diary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return answer, folder, diary

    return make


def words(text):
    return " ".join(text.split())


def test_an_open_trial_is_one_file_and_says_that_it_is_open(designed):
    answer, folder, _ = designed()
    assert [path.name for path in folder.iterdir()] == ["design.json"]
    lines = answer.out.splitlines()
    assert lines[0] == "4 blocks, 112 days: open"
    assert max(len(line) for line in lines if not line.startswith("Written")) <= 80
    said = words(answer.out)
    assert "trial open: no dummy setting was stated" in said
    assert "What is expected of it is in the effect, and cannot be taken out." in said
    assert "of 100 such trials" in said and "smallest p 0.125" in said
    assert sum(" on " in line for line in lines if line.startswith(" ") and "Mon, Wed, Fri" in line) == 4


def test_a_masked_trial_shows_no_order(designed):
    answer, folder, _ = designed("--dummy-setting", DUMMY)
    assert sorted(path.name for path in folder.iterdir()) == ["allocation.json", "design.json"]
    said = words(answer.out)
    assert f"trial masked: {DUMMY}" in said and said.count(" sealed ") == 8
    assert json.loads((folder / "design.json").read_text())["allocation"] is None
    nonce = json.loads((folder / "allocation.json").read_text())["nonce"]
    assert nonce not in answer.out and nonce not in (folder / "design.json").read_text()


def test_the_result_of_an_open_trial_is_read_so(call, designed, tmp_path):
    _, folder, diary = designed()
    answer = call("nof1", "analyse", folder / "design.json", diary, "--plot", tmp_path / "days.svg")
    assert answer.code == 0, answer
    said = words(answer.out)
    assert said.startswith("Pain was ") and "points lower with light, open trial (95 % interval −" in said
    assert "Open: what was expected of the light is in the difference" in said
    assert "p = 0.125; with 4 blocks it cannot be below 0.125" in said
    assert "does not rule out chance (p = 0.125)" in said
    assert "A made-up diary: made up for a test" in said
    assert "40 with light and 40 without; 0 not filled in, 32 of washout left out" in said
    assert "24 of 24 with light written down" in said
    assert max(len(line) for line in answer.out.splitlines() if not line.startswith("Written")) <= 80
    picture = ET.parse(tmp_path / "days.svg").getroot()
    described = picture.find("{http://www.w3.org/2000/svg}desc").text
    assert "known when the light was on" in described and "A made-up diary" in described
    assert described.count("4A | ") == 1


def test_a_masked_trial_needs_its_order_and_the_right_one(call, designed):
    _, folder, diary = designed("--dummy-setting", DUMMY)
    design, sealed = folder / "design.json", folder / "allocation.json"
    assert "needs the allocation.json" in words(call("nof1", "analyse", design, diary).err)
    answer = call("nof1", "analyse", design, diary, "--allocation", sealed, "--json")
    record = json.loads(answer.out)
    assert record["masked"] and record["title"].startswith("Pain was") and "open" not in record["title"]
    assert record["effect"]["low"] < -2 < record["effect"]["high"] < 0
    assert any(text.startswith("Masked:") for text in record["warnings"])
    data = json.loads(sealed.read_text())
    data["on"][0] = {"1A": "1B", "1B": "1A"}[data["on"][0]]
    sealed.write_text(json.dumps(data))
    answer = call("nof1", "analyse", design, diary, "--allocation", sealed)
    assert answer.code == 1 and not answer.out
    assert "not the order that this design commits to" in words(answer.err)
    answer = call("nof1", "analyse", design, diary, "--allocation", design)
    assert answer.code == 1 and "must be nervelight-nof1-allocation-1" in words(answer.err)


def test_no_effect_is_no_clear_difference(call, designed):
    _, folder, diary = designed(effect=0.0)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("No clear difference between light and no light (95 % interval −")
    assert "): less than what matters difference" in said


def test_a_small_effect_is_said_to_be_small(call, designed):
    _, folder, diary = designed("--blocks", "12", effect=-0.7)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("Pain was 0.") and ": less than what matters" in said


def test_a_look_before_the_end_is_told(call, designed):
    _, folder, diary = designed()
    diary.write_text("\n".join(diary.read_text().splitlines()[:90]) + "\n")
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert "Looked at 25 days before the end" in said


def test_power_sets_the_blocks_and_json_is_the_file(call, plan, tmp_path):
    baseline = "7,6,7,5,6,-,8,6,7,6,5,7,6,6,7"
    size = (
        "--period",
        "14 days",
        "--washout",
        "4 days",
        "--effect",
        "matters",
        "--power",
        "80 %",
        "--baseline",
        baseline,
    )
    answer = call("nof1", "design", plan, "--start", "2024-12-02", *size, "--json")
    assert answer.code == 0, answer
    record = json.loads(answer.out)
    assert record["power"]["reached"] >= 0.8 == record["power"]["wanted"]
    assert (tmp_path / "here" / "feet_nof1" / "design.json").read_text() == answer.out


def test_an_order_is_drawn_once(call, designed, plan):
    _, folder, _ = designed()
    before = (folder / "design.json").read_text()
    answer = call("nof1", "design", plan, "--start", "2024-12-02", *SIZE, "-o", folder)
    assert answer.code == 1 and "an order is drawn once" in words(answer.err)
    assert (folder / "design.json").read_text() == before


def test_a_blocked_plan_gets_no_trial(call, example_plans, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(example_plans["stroke_hand"].to_json(), encoding="utf-8")
    answer = call("nof1", "design", path, "--start", "2024-12-02", *SIZE)
    assert answer.code == 3 and "the plan is blocked" in answer.err
    assert not list((tmp_path / "here").iterdir())


def test_every_wrong_word_of_a_call_is_told(call, plan, tmp_path):
    answer = call(
        *("nof1", "design", plan, "--start", "7.12.2024", "--period", "14", "--washout", "half a day"),
        *("--effect", "2", "--power", "0.8", "--baseline", "6,x", "--scatter", "1"),
    )
    told = words(answer.err)
    assert answer.code == 1 and "7 faults; nothing was written" in told
    for option in ("--start", "--period", "--washout", "--effect", "--power", "--baseline", "--scatter"):
        assert f"{option}: got" in told
    assert not list((tmp_path / "here").iterdir())
    assert "2024-02-30" in call("nof1", "design", plan, "--start", "2024-02-30", *SIZE).err


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--plot", "days.png"), "ends in .svg"), (("--allocation", "none.json"), "a file that exists")],
)
def test_wrong_files_of_an_analysis(call, designed, options, told):
    _, folder, diary = designed()
    answer = call("nof1", "analyse", folder / "design.json", diary, *options)
    assert answer.code == 1 and told in words(answer.err)
