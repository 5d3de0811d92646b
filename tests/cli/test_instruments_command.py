"""``nervelight instruments``: the list, one instrument, and a filled-in form."""

import json

import pytest

from nervelight.assessment import instrument, instrument_ids, scorable_ids, wording


def test_list_names_every_instrument_within_80_columns(call):
    answer = call("instruments", "list")
    assert answer.code == 0
    for name in instrument_ids():
        assert any(line.split()[:1] == [name] for line in answer.out.splitlines())
    assert max(map(len, answer.out.splitlines())) <= 80
    assert [entry["id"] for entry in json.loads(call("instruments", "list", "--json").out)] == list(instrument_ids())


@pytest.mark.parametrize("name", instrument_ids())
def test_show_prints_each_instrument(name, call):
    answer = call("instruments", "show", name)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    assert instrument(name).name.split(",")[0] in said
    for note in instrument(name).notes:
        assert note.split()[0] in said
    words = wording(name)
    for item in words.items if words else ():
        assert " ".join(item.split()[:4]) in said
    record = json.loads(call("instruments", "show", name, "--json").out)
    assert record["id"] == name
    assert (record["scoring"] is not None) == (name in scorable_ids())
    assert (record["wording"] is not None) == (words is not None)


def test_a_form_is_scored_with_its_band(call):
    answer = call("instruments", "score", "phq9", "1", "2", "3", "0", "1", "2", "3", "0", "0")
    assert answer.code == 0
    assert "12, moderate" in answer.out
    record = json.loads(call("instruments", "score", "phq9", *"123012300", "--json").out)
    assert (record["score"], record["band"], record["red_flags"]) == (12, "moderate", [])


def test_a_red_flag_stands_before_the_score(call):
    answer = call("instruments", "score", "phq9", *"000000001")
    assert answer.out.index("self-harm pathway") < answer.out.index("score ")


def test_yes_no_and_left_out(call):
    form = ["yes", "y", "NO", "-", *["no"] * 5, "-", "no", "no", "yes", "no", "no"]
    answer = call("instruments", "score", "mnsi_q", *form)
    assert answer.code == 0 and "score 3 " in " ".join(answer.out.split())
    short = call("instruments", "score", "peg", "5", "-", "6")
    assert short.code == 0 and "not scored: 2 of 3 answered" in " ".join(short.out.split())


def test_goals_below_zero_are_no_options(call):
    answer = call("instruments", "score", "gas", "1", "-2", "--weights", "2,1")
    assert answer.code == 0 and "50" in answer.out


def test_scales_and_what_is_not_verified(call):
    said = " ".join(call("instruments", "score", "eortc_cipn20", *["2"] * 20).out.split())
    assert all(f"{scale} 33.33, not verified" in said for scale in ("score", "sensory", "motor", "autonomic"))


def test_a_positive_short_form_names_the_next(call):
    assert "GAD-7" in call("instruments", "score", "gad2", "3", "3").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("peg", "11", "5", "5"), "answers[1]: got 11.0; needs a whole number from 0 to 10"),
        (("peg", "5", "five", "5"), "answers[2]: got 'five'; needs a number, yes, no, or -"),
        (("peg", "5", "5"), "needs 3 of them"),
        (("peg", "5", "1e9", "5"), "answers[2]"),
        (("dn4", *["1"] * 10), "answers[10]: got 1.0; needs yes or no"),
        (("paindetect", *["0"] * 7, "5", "no"), "answers[8]: got 5.0; needs the number of a choice, from 1 to 4"),
        (("gas", "1", "--weights", "one"), "--weights: got 'one'"),
        (("gas", "1", "--weights", "1,2"), "needs one for each of the 1 goals"),
        (("peg", "1", "2", "3", "--weights", "1,1,1"), "only goals have weights"),
        (("sixmwt", "400"), "enter its result"),
        (("pegg", "1", "2", "3"), "did you mean 'peg'"),
    ],
)
def test_wrong_answers_are_told(call, words, told):
    answer = call("instruments", "score", *words)
    assert answer.code == 1
    assert told in " ".join(answer.err.split())
    assert not answer.out


def test_no_answer_is_a_wrong_call(call):
    assert call("instruments", "score", "peg").code == 2


def test_a_change_starts_with_its_state_and_ends_with_what_is_not_said(call):
    answer = call("instruments", "change", "nrs11", "--before", "7,6,7,8", "--after", "4, 5,4,4")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].endswith(": better")
    said = " ".join(answer.out.split())
    assert "reaches the 2.1 points that matter from this baseline; is beyond measurement error" in said
    assert said.endswith("people on sham change too, and pain that was high when treatment began tends to fall")
    assert max(map(len, lines)) <= 80
    record = json.loads(call("instruments", "change", "peg", "--before", "6", "--after", "5", "--json").out)
    assert record["state"] == "possibly better" and record["improvement"] == 1


def test_days_that_are_missing_are_not_made_up(call):
    said = " ".join(call("instruments", "change", "nrs11", "--before", "7,6,7", "--after", "4,4,4,4").out.split())
    assert "not judged" in said and "3 days before and 4 after; 4 are needed on each side" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("peg", "--before", "6", "--after", "11"), "after[1]: got 11.0; needs a number from 0 to 10"),
        (("peg", "--before", "six", "--after", "1"), "--before: got 'six'; needs numbers"),
        (("peg", "--before", "6,", "--after", "1"), "--before"),
        (("sixmwt", "--before", "6", "--after", "1"), "no score that could improve"),
    ],
)
def test_wrong_scores_are_told(call, words, told):
    answer = call("instruments", "change", *words)
    assert answer.code == 1
    assert told in " ".join(answer.err.split())


def test_a_change_is_held_against_people_on_sham(call):
    days = ("nrs11", "--before", "7,6,7,8", "--after", "4,5,4,4", "--condition", "diabetic_polyneuropathy")
    said = " ".join(call("instruments", "change", *days).out.split())
    assert "improve by 1.5 on average (Frisaldi 2023); 1 in 20 of them by 6.3 points or more" in said
    assert "33 % of people" in said and "more than sham no" in said
    sham = json.loads(call("instruments", "change", *days, "--json").out)["sham"]
    assert sham["more_than_sham"] is False and 0.3 < sham["share_as_good"] < 0.4
    low = ("nrs11", "--before", "6,6,6,6", "--after", "0,0,0,0", "--condition", "diabetic_polyneuropathy")
    assert "even no pain at all is within reach of sham" in " ".join(call("instruments", "change", *low).out.split())
    far = ("nrs11", "--before", "9,9,9,9", "--after", "1,1,1,1", "--condition", "post_stroke_pain")
    said = " ".join(call("instruments", "change", *far).out.split())
    assert "assumed from other conditions" in said and "of 1 in 20 people on sham this would be said too" in said
    wild = ("nrs11", "--before", "10,10,4,10", "--after", "0,0,8,0", "--condition", "diabetic_polyneuropathy")
    said = " ".join(call("instruments", "change", *wild).out.split())
    assert "measurement error could explain it" in said and "more than sham no" in said
    few = ("nrs11", "--before", "9,9,9", "--after", "1,1,1,1", "--condition", "diabetic_polyneuropathy")
    assert "more than sham not judged" in " ".join(call("instruments", "change", *few).out.split())


@pytest.mark.parametrize(
    ("name", "condition", "told"),
    [
        ("peg", "diabetic_polyneuropathy", "for pain from 0 to 10 (nrs11) only"),
        ("nrs11", "diabetic", "unknown condition 'diabetic'"),
        ("nrs11", "facial_palsy", "no change of pain on sham is known"),
    ],
)
def test_sham_is_known_for_pain_only(call, name, condition, told):
    answer = call("instruments", "change", name, "--before", "7,7,7,7", "--after", "5,5,5,5", "--condition", condition)
    assert answer.code == 1
    assert told in " ".join(answer.err.split())


def test_a_band_names_its_cutoffs_and_whether_they_are_verified(call):
    form = [*["yes"] * 5, *["no"] * 10]
    assert "abnormal by the DCCT/EDIC proposal" in " ".join(call("instruments", "score", "mnsi_q", *form).out.split())
    assert "moderate (not verified)" in call("instruments", "score", "phq9", *"222222000").out


def test_a_fault_does_not_hide_an_answer_that_needs_care_now(call):
    answer = call("instruments", "score", "phq9", *"000000053")
    told = " ".join(answer.err.split())
    assert answer.code == 1 and "answers[8]" in told and "self-harm pathway" in told
