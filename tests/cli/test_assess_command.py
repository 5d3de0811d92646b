"""``nervelight assess``: the person, the most urgent first; and the red flags for the wall."""

import json
from pathlib import Path

import pytest
import yaml

from nervelight.assessment import red_flags
from nervelight.documents import read_yaml

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FEET = EXAMPLES / "diabetic_feet.yaml"


@pytest.fixture
def changed(tmp_path):
    """Write the example with more scores, and with other flags, readings or goals."""

    def write(scores=(), red_flags=(), goals=None, **changes):
        data = read_yaml(FEET)
        data["scores"] += scores
        data["diagnosis"]["red_flags"] = list(red_flags)
        if goals is not None:
            data["care"]["goals"] = goals
        path = tmp_path / "case.yaml"
        path.write_text(yaml.safe_dump(data | changes), encoding="utf-8")
        return path

    return write


def said(answer):
    return " ".join(answer.out.split())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_example_is_assessed_within_80_columns(path, call):
    answer = call("assess", path)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    assert not answer.err


def test_the_grade_is_told_question_by_question_with_the_reason(call):
    text = said(call("assess", FEET))
    assert "Neuropathic pain: definite (NeuPSIG grade)" in text
    assert "1 Does the history name a lesion or disease that can cause this pain? Yes: go on." in text
    assert "4 Does a diagnostic test show the lesion or disease? Yes: signs and test agree: definite." in text
    assert "it does not prove that the lesion causes the pain" in text


def test_red_flags_stand_first_with_action_urgency_and_owner(call, changed):
    alarm = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 2], "date": "2026-07-20"}
    answer = call("assess", changed([alarm], ["foot_ulcer"]))
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "Red flags: 2 present; 14 to ask for"
    assert lines[1].split()[:5] == ["Emergency,", "now", "Follow", "the", "local"]
    text = said(answer)
    assert (
        "Raised by an answer (PHQ-9 of 20 Jul 2026); a later form does not answer it. Who acts: the clinician" in text
    )
    assert text.index("self-harm pathway") < text.index("foot team within one working day") < text.index("Screening")
    assert "Emergency number 112" in text


def test_an_alarm_is_told_before_what_is_wrong_with_the_file(call, changed):
    form = {"instrument": "phq9", "answers": ["-", 0, 0, 0, 0, 0, 0, 0, 2], "date": "2026-07-20"}
    for command in ("assess", "plan"):
        answer = call(command, changed([form], anchor="nobody"))
        assert answer.code == 1
        told = answer.err.splitlines()
        assert "3 faults" in " ".join(told[:2])
        assert answer.err.index("needs care now") < answer.err.index("too few for a score")
        assert "scores[6].answers[8]: got 2" in answer.err


def test_screening_readings_and_goals_are_decisions(call):
    text = said(call("assess", FEET))
    # The file holds those that are present, and not whether all were asked for.
    assert text.startswith("Red flags: none named; 14 to ask for")
    assert "low mood negative. PHQ-2: 2, positive from 3 (not verified), 20 Jul 2026." in text
    assert "Monofilament of 10 gram-force, left: loss of protective sensation" in text
    assert "held against 2 or more of 3 applications missed at a site" in text
    assert "iwgdf; compare with results of the same method only" in text
    assert "Six-minute walk distance: baseline 371 m, the best of 2 tests" in text
    assert "nrs11 Numeric rating scale of pain, 0 to 10: 7, severe, 20 Jul 2026" in text
    assert "Goals: 1 of 2 can be judged" in text
    assert "Six-minute walk distance from 371 m to 450 m by 2 Nov 2026" in text
    assert "sleep through the night. Cannot be judged: no measure" in text


def test_a_likelihood_ratio_and_a_total_without_answers_are_told(call, changed):
    vibration = {"test": "vibration_128", "method": "on_off", "missed": 6, "date": "2026-07-20"}
    total = {"instrument": "phq9", "value": 12, "date": "2026-07-20"}
    text = said(call("assess", changed([total], readings=[vibration], goals=[])))
    assert "of neuropathy times 26.6 (likelihood ratio)" in text
    assert "PHQ-9: 12 without its answers" in text
    assert text.index("without its answers") < text.index("low mood positive. PHQ-9: 12")
    assert "Goals: none named; agree on at least one" in text


def test_a_warning_of_the_plan_is_told_before_the_rest(call, changed):
    path = changed()
    data = read_yaml(path)
    data["safety"]["sensation"] = "intact"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    answer = call("assess", path)
    text = said(answer)
    assert "Warnings warning The monofilament contradicts intact sensation: 2, 1, 0 of 3 missed at 3 of 3 sites" in text
    assert "do Test again, and set safety.sensation to what is found." in text
    assert text.index("contradicts") < text.index("Screening")
    assert max(map(len, answer.out.splitlines())) <= 80
    findings = json.loads(call("assess", path, "--json").out)["findings"]
    assert {finding["id"]: finding["level"] for finding in findings}["reading.sensation"] == "warn"
    assert "Warnings" not in call("assess", FEET).out


def test_a_form_of_long_ago_is_told_as_not_asked(call, changed):
    path = changed()
    pain = {"instrument": "nrs11", "value": 7, "date": "2026-07-20"}
    scores = {"scores": [pain, {"instrument": "gad2", "value": 1, "date": "2011-07-20"}]}
    path.write_text(yaml.safe_dump(read_yaml(path) | scores), encoding="utf-8")
    assert "first session. Last: GAD-2: 1, 20 Jul 2011." in said(call("assess", path))


def test_json_holds_the_same(call):
    record = json.loads(call("assess", FEET, "--json").out)
    assert record["neupsig"]["level"] == "definite"
    assert [step["answer"] for step in record["neupsig"]["steps"]] == [True] * 4
    assert (record["red_flags"], record["red_flags_to_ask"]) == ([], 14)
    assert {area["area"]: area["state"] for area in record["screening"]} == {
        "mood": "negative",
        "worry": "negative",
        "sleep": "no cut-off",
    }
    assert [read["state"] for read in record["readings"]] == ["abnormal", "abnormal", "baseline"]
    assert record["readings"][0]["date"] == "2026-07-20"
    assert [goal["can_be_judged"] for goal in record["goals"]] == [True, False]
    assert "µV" in call("assess", FEET, "--json").out
    assert [(read["value"], read["unit"]) for read in record["readings"]] == [(2, ""), (2.1, "µV"), (371_000, "mm")]
    assert [goal["unit"] for goal in record["goals"]] == ["mm", ""]
    assert (record["goals"][0]["goal"]["from"], record["goals"][0]["start"]) == (None, 371_000)


def test_the_wall_has_every_red_flag_with_urgency_action_and_owner(call):
    answer = call("assess", "--red-flags")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= 80
    text = said(answer)
    place = -1
    for flag in red_flags():
        assert flag.question in text and flag.owner in text
        assert text.index(flag.action) > place, "the most urgent first"
        place = text.index(flag.action)
    assert text.startswith("Emergency, now") and "Within one working day" in text
    listed = json.loads(call("assess", "--red-flags", "--json").out)
    assert [flag["id"] for flag in listed] == [flag.id for flag in red_flags()]


def test_it_wants_a_case_or_the_list_and_not_both(call):
    for words in ((), (FEET, "--red-flags")):
        answer = call("assess", *words)
        assert answer.code == 2
        assert "either CASE.yaml or --red-flags" in answer.err
    assert call("assess", "nowhere.yaml").code == 1
