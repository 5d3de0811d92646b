"""``nervelight nof1``: a trial in one person, from plan to result."""

import datetime as dt
import json
import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace

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


class Then(dt.date):
    """The day on which trials of these tests are designed."""

    @classmethod
    def today(cls):
        return dt.date(2024, 12, 2)


@pytest.fixture
def design(call, monkeypatch):
    """Call ``nervelight nof1 design`` on the day before which no trial may start."""

    def run(*arguments):
        with monkeypatch.context() as patched:
            patched.setattr("nervelight.cli.nof1.dt", SimpleNamespace(date=Then))
            return call("nof1", "design", *arguments)

    return run


@pytest.fixture
def plan(example_plans, tmp_path):
    path = tmp_path / "feet" / "plan.json"
    path.parent.mkdir()
    path.write_text(example_plans["diabetic_feet"].to_json(), encoding="utf-8")
    return path


@pytest.fixture
def designed(design, plan, tmp_path):
    """Make a trial, open or masked, and a diary for it."""

    def make(*options, effect=-2.0, sessions=True):
        folder = tmp_path / "trial"
        answer = design(plan, "--start", "2024-12-02", *SIZE, "--seed", "3", "-o", folder, *options)
        assert answer.code == 0, answer
        made = json.loads((folder / "design.json").read_text())
        sealed = folder / "allocation.json"
        on = json.loads(sealed.read_text())["on"] if sealed.exists() else made["allocation"]["on"]
        rng = np.random.default_rng(2)
        lines = ["# patient: Example A", "# synthetic: made up for a test", "date,nrs11,time,fields"]
        for period in made["periods"]:
            day = dt.date.fromisoformat(period["first"])
            while day.isoformat() <= period["last"]:
                score = np.clip(np.round(6 + effect * (period["name"] in on) + rng.standard_normal()), 0, 10)
                session = ",2 min,left sole" if sessions and day.isoformat() in period["sessions"] else ",,"
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
    assert "finds it never: with so few blocks the randomisation test cannot rule out chance" in said
    assert "interval alone 9" in said and "smallest p 0.125" in said
    assert "About 24 sessions with light in all, more than the 12 of the plan's course" in said
    commitment = json.loads((folder / "design.json").read_text())["commitment"]
    assert f"sealed by {commitment}: give this, or design.json, to somebody else" in said.replace(
        f"{commitment[:60]} {commitment[60:]}", commitment
    )
    assert sum(" on " in line for line in lines if line.startswith(" ") and "Mon, Wed, Fri" in line) == 4


def test_a_masked_trial_shows_no_order(designed):
    answer, folder, _ = designed("--dummy-setting", DUMMY)
    assert sorted(path.name for path in folder.iterdir()) == ["allocation.json", "design.json"]
    said = words(answer.out)
    assert f"trial masked: {DUMMY}" in said and said.count(" sealed ") == 8 + said.count(" sealed by ")
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
    assert "does not rule out chance (p = 0.125)" in said and "): chance" not in said
    assert "; chance is not ruled out (p = 0.125) difference" in said
    assert "lower better, by more than chance: probability above 0.99, if nothing was known beforehand (open:" in said
    assert "better by 2.1 points or more: probability" in said and said.count("(open: expectation included)") == 2
    assert "A made-up diary: made up for a test" in said
    assert "40 with light and 40 without; 0 not filled in, 32 of washout left out" in said
    assert "24 of 24 with light written down" in said
    assert max(len(line) for line in answer.out.splitlines() if not line.startswith("Written")) <= 80
    picture = ET.parse(tmp_path / "days.svg").getroot()
    described = picture.find("{http://www.w3.org/2000/svg}desc").text
    assert "known when the light was on" in described and "A made-up diary" in described
    assert described.count("4A | ") == 1
    shown = " ".join("".join(picture.itertext()).replace(described, "").split())
    assert "Hatched, hollow: washout, not counted. Bars: means." in shown


def test_a_masked_trial_needs_its_order_and_the_right_one(call, designed):
    _, folder, diary = designed("--dummy-setting", DUMMY)
    design, sealed = folder / "design.json", folder / "allocation.json"
    assert "needs the allocation.json" in words(call("nof1", "analyse", design, diary).err)
    answer = call("nof1", "analyse", design, diary, "--allocation", sealed, "--json")
    record = json.loads(answer.out)
    assert record["masked"] and record["title"].startswith("Pain was") and "open" not in record["title"]
    assert "with light, masked (not checked) (95 %" in record["title"]
    assert record["effect"]["low"] < -2 < record["effect"]["high"] < 0
    assert any(text.startswith("Masked, but nobody knows") for text in record["warnings"])
    data = json.loads(sealed.read_text())
    data["on"][0] = {"1A": "1B", "1B": "1A"}[data["on"][0]]
    sealed.write_text(json.dumps(data))
    answer = call("nof1", "analyse", design, diary, "--allocation", sealed)
    assert answer.code == 1 and not answer.out
    assert "not the order that this design commits to" in words(answer.err)
    assert "allocation: got '" in words(answer.err) and "2024-12-02" not in words(answer.err)
    answer = call("nof1", "analyse", design, diary, "--allocation", design)
    assert answer.code == 1 and "must be nervelight-nof1-allocation-1" in words(answer.err)


def test_no_effect_is_no_clear_difference(call, designed):
    _, folder, diary = designed(effect=0.0)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("No clear difference between light and no light, open trial (95 % interval −")
    assert "): less than what matters difference" in said


def test_a_small_effect_is_said_to_be_small(call, designed):
    _, folder, diary = designed("--blocks", "8", effect=-0.7)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("Pain was 0.") and ": less than what matters" in said


def test_a_look_before_the_end_is_told(call, designed, tmp_path):
    _, folder, diary = designed()
    diary.write_text("\n".join(diary.read_text().splitlines()[:90]) + "\n")
    said = words(call("nof1", "analyse", folder / "design.json", diary, "--plot", tmp_path / "days.svg").out)
    assert said.startswith("Not finished, 25 days to come: pain was ")
    assert "Looked at 25 days before the end" in said and "60 with light" not in said
    assert "0 not filled in" in said and re.search(r"sessions (\d+) of \1 with light written down", said)
    picture = words(ET.parse(tmp_path / "days.svg").getroot().find("{http://www.w3.org/2000/svg}title").text)
    assert picture.startswith("Not finished, 25 days to come: ")


def test_power_sets_the_blocks_and_json_is_the_file(design, plan, tmp_path):
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
    answer = design(plan, "--start", "2024-12-02", *size, "--json")
    assert answer.code == 0, answer
    record = json.loads(answer.out)
    assert record["power"]["reached"] >= 0.8 == record["power"]["wanted"]
    assert (tmp_path / "here" / "plan_nof1" / "design.json").read_text() == answer.out


@pytest.mark.parametrize("moved", ["", "design.json", "allocation.json"])
def test_an_order_is_drawn_once(design, designed, plan, moved):
    _, folder, _ = designed("--dummy-setting", DUMMY)
    if moved:
        (folder / moved).unlink()
    before = {path.name: path.read_text() for path in folder.iterdir()}
    answer = design(plan, "--start", "2024-12-02", *SIZE, "-o", folder, "--dummy-setting", DUMMY)
    assert answer.code == 1 and "an order is drawn once" in words(answer.err)
    assert {path.name: path.read_text() for path in folder.iterdir()} == before


def test_no_order_is_drawn_for_days_that_have_passed(call, plan, tmp_path):
    answer = call("nof1", "design", plan, "--start", "2020-01-06", *SIZE)
    assert answer.code == 1 and "start: got '2020-01-06'" in words(answer.err)
    assert "the order is drawn before the first day" in words(answer.err)
    assert not list((tmp_path / "here").iterdir())


def test_without_light_nothing_is_concluded(call, designed):
    _, folder, diary = designed(sessions=False)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("No session with light was written down: nothing is said of light difference")
    assert "more than chance" not in said and "what matters" not in said
    # Before anything about expectation.
    assert (
        "Read with it A made-up diary: made up for a test 0 of 24 sessions with light written down, below 80 %" in said
    )


def test_a_worsening_is_told_first_and_as_one(call, designed):
    _, folder, diary = designed(effect=1.5)
    said = words(call("nof1", "analyse", folder / "design.json", diary).out)
    assert said.startswith("Worse with light: pain was 1.") and "points higher with light, open trial" in said
    assert "higher worse, by more than chance: probability above 0.99" in said
    assert "Read with it Worse in the periods with light: see the plan's reasons to stop" in said


def test_guesses_are_shown_beside_the_result(call, designed):
    _, folder, diary = designed("--dummy-setting", DUMMY)
    sealed = folder / "allocation.json"
    on = json.loads(sealed.read_text())["on"]
    names = [f"{block}{half}" for block in range(1, 5) for half in "AB"]
    analyse = ("nof1", "analyse", folder / "design.json", diary, "--allocation", sealed)
    said = words(call(*analyse).out)
    assert "(masking not checked)" in said and "Masked, but nobody knows whether that held" in said
    guessed = [f"{name}={'on' if name in on else 'off'}" for name in names]
    said = words(call(*analyse, "--guesses", ",".join([*guessed[:6], "4A=unsure"])).out)
    assert "with light, masked (guesses: 6 right, 0 wrong, 2 unsure) (95 %" in said
    assert "guesses 6 right, 0 wrong, 2 unsure; as many right or more in 12 of 100 draws of the order" in said
    assert "Guesses were not clearly better than chance (p = 0.12)" in said and "not checked" not in said
    answer = call(*analyse, "--guesses", "1A=on,9B=off")
    assert answer.code == 1 and "guesses: got '9B'; one of the periods 1A, 1B" in words(answer.err)
    for wrong in ("1A", "1A=perhaps", "1A=on,1A=off"):
        answer = call(*analyse, "--guesses", wrong, "--plot", "days.png")
        assert answer.code == 1 and f"--guesses: got '{wrong}'" in words(answer.err) and "--plot" in answer.err


def test_guesses_of_an_open_trial_are_refused(call, designed):
    _, folder, diary = designed()
    answer = call("nof1", "analyse", folder / "design.json", diary, "--guesses", "1A=on")
    assert answer.code == 1 and "only in a masked trial" in words(answer.err)


def test_a_blocked_plan_gets_no_trial(design, example_plans, tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(example_plans["stroke_hand"].to_json(), encoding="utf-8")
    answer = design(path, "--start", "2024-12-02", *SIZE)
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
    for day in ("2024-02-30", "2024-1-5", "٢٠٢٤-١٢-٠٢"):
        assert f"--start: got '{day}'; a date as YYYY-MM-DD" in words(
            call("nof1", "design", plan, "--start", day, *SIZE).err
        )


@pytest.mark.parametrize(
    ("options", "told"),
    [(("--plot", "days.png"), "ends in .svg"), (("--allocation", "none.json"), "a file that exists")],
)
def test_wrong_files_of_an_analysis(call, designed, options, told):
    _, folder, diary = designed()
    answer = call("nof1", "analyse", folder / "design.json", diary, *options)
    assert answer.code == 1 and told in words(answer.err)
