"""The assessment: what the plan and the command say of a person is one and the same."""

import datetime as dt
from typing import ClassVar

import pytest

from nervelight.assessment import raised, red_flag_ids
from nervelight.planning import assess
from nervelight.planning.safety import assessment_findings
from nervelight.sources import require_known

from .cases import BACK, EXAMPLE_NAMES, FEET, HANDS, blocks, case_of, found, level, plan_of

DAY = "2026-07-20"
PAIN = {"instrument": "nrs11", "value": 6, "date": DAY}


def scored(*entries):
    """Changes to a case: pain, and these scores."""
    return {"scores": [PAIN, *({"date": DAY, **entry} for entry in entries)]}


def findings_of(changes, name=FEET):
    case = case_of(name, changes)
    return {finding.id: finding for finding in assessment_findings(case, assess(case))}


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_findings_of_the_assessment_are_those_of_the_plan(name):
    case = case_of(name)
    made = assessment_findings(case, assess(case))
    assert {finding.id for finding in made} <= {finding.id for finding in plan_of(name).findings}
    for finding in made:
        assert require_known(finding.sources)


def test_an_alarm_in_the_answers_blocks_the_plan_as_a_named_flag_does():
    answers = scored({"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 1]})
    by_answer, named = plan_of(FEET, answers), plan_of(FEET, {"diagnosis.red_flags": ["self_harm"]})
    assert blocks(by_answer) == blocks(named) == {"red_flag.self_harm"}
    answered, flagged = found(by_answer, "red_flag.self_harm"), found(named, "red_flag.self_harm")
    assert answered.model_copy(update={"unblock": ""}) == flagged.model_copy(update={"unblock": ""})
    assert "Red flags: self_harm." in [said.text for said in by_answer.sections[0].statements]
    assessed = assess(case_of(FEET, answers))
    assert (assessed.red_flags, assessed.by_answers) == (raised(["self_harm"]), ("self_harm",))
    assert assessed.to_ask == len(red_flag_ids())


def test_a_red_flag_tells_its_action_and_how_it_is_answered():
    """The summary and the banner of a blocked plan show `unblock` alone: it must send nobody to the computer first."""
    answer = {"instrument": "phq9", "answers": [0] * 8 + [1], "date": "2026-07-19"}
    later = {"instrument": "phq9", "answers": [0] * 9, "date": "2026-07-25"}
    told = found(plan_of(FEET, scored(answer, later)), "red_flag.self_harm").unblock
    assert told.startswith(
        "Follow the local self-harm pathway at once, whatever the total score. Emergency number: 112."
    )
    assert "A later form does not answer it." in told
    assert "cleared it, take it out of scores (PHQ-9 of 19 Jul 2026) and make the plan again." in told
    named = {finding.id: finding for finding in plan_of(FEET, {"diagnosis.red_flags": ["foot_ulcer"]}).findings}
    ulcer = named["red_flag.foot_ulcer"].unblock
    assert ulcer.startswith(raised(["foot_ulcer"])[0].action) and "Emergency number" not in ulcer
    assert "take it out of diagnosis.red_flags and" in ulcer and "later form" not in ulcer
    both = {**scored(answer), "diagnosis.red_flags": ["self_harm"]}
    assert "out of diagnosis.red_flags and scores (PHQ" in found(plan_of(FEET, both), "red_flag.self_harm").unblock


def test_a_flag_that_is_named_and_answered_stands_once():
    both = {**scored({"instrument": "phq9", "answers": [0] * 8 + [3]}), "diagnosis.red_flags": ["self_harm"]}
    assert assess(case_of(FEET, both)).by_answers == ()
    assert [finding.id for finding in plan_of(FEET, both).findings].count("red_flag.self_harm") == 1


class TestScreening:
    def test_what_was_not_asked_is_one_note(self):
        finding = findings_of(scored())["screening.missing"]
        assert (finding.level, finding.title) == ("note", "Not screened for low mood, worry and poor sleep")
        assert "Ask PHQ-2. Ask GAD-2. Ask our own" in finding.text

    def test_what_was_asked_long_ago_counts_as_not_asked(self):
        old = scored({"instrument": "gad2", "value": 1, "date": "2011-07-20"})
        assert "Last: GAD-2: 1, 20 Jul 2011." in findings_of(old)["screening.missing"].text
        told = " ".join(said.text for said in plan_of(FEET, old).sections[0].statements)
        assert "worry: not asked" not in told and "Screened for:" not in told

    def test_two_questions_do_not_clear_nine(self):
        forms = ({"instrument": "phq9", "value": 18, "date": "2026-07-19"}, {"instrument": "phq2", "value": 0})
        assert findings_of(scored(*forms))["screening.mood"].value == "PHQ-9: 18, 19 Jul 2026"

    def test_all_asked_and_none_positive_is_no_finding(self):
        asked = scored(
            {"instrument": "phq2", "value": 2}, {"instrument": "gad2", "value": 0}, {"instrument": "isi", "value": 3}
        )
        assert not [name for name in findings_of(asked) if name.startswith("screening")]

    def test_a_positive_short_form_is_a_note_that_asks_for_the_long_one(self):
        finding = findings_of(scored({"instrument": "phq2", "answers": [2, 1]}))["screening.mood"]
        assert (finding.level, finding.value, finding.limit) == ("note", "PHQ-2: 3, 20 Jul 2026", "3")
        assert "PHQ-9" in finding.text and finding.unverified

    def test_a_positive_long_form_is_a_warning(self):
        finding = findings_of(scored({"instrument": "gad7", "value": 12}))["screening.worry"]
        assert (finding.level, finding.limit) == ("warn", "10")

    @pytest.mark.parametrize(
        ("entry", "told"), [({"value": 12}, "warn"), ({"value": 0}, None), ({"answers": [1] * 8 + [0]}, None)]
    )
    def test_a_total_does_not_show_its_item_9(self, entry, told):
        finding = findings_of(scored({"instrument": "phq9", **entry})).get("screening.phq9_item")
        assert (finding and finding.level) == told


class TestReadings:
    TOUCH: ClassVar = {"test": "monofilament_10g", "method": "iwgdf", "date": DAY, "missed_at_sites": [0, 2, 0]}

    @pytest.mark.parametrize(
        ("sensation", "missed", "told"), [("intact", 2, True), ("reduced", 2, False), ("intact", 1, False)]
    )
    def test_a_foot_that_feels_no_touch_contradicts_intact_sensation(self, sensation, missed, told):
        touch = {**self.TOUCH, "missed_at_sites": [0, missed, 0]}
        made = findings_of({"readings": [touch], "safety.sensation": sensation})
        assert ("reading.sensation" in made) == told

    def test_it_says_nothing_of_another_site(self):
        made = findings_of({"readings": [self.TOUCH], "safety.sensation": "intact"}, HANDS)
        assert "reading.sensation" not in made

    def test_what_cannot_be_judged_is_a_note_with_what_to_do(self):
        cold = {"test": "ncs_sural", "date": DAY, "amplitude": "2 uV", "skin_temperature": "26 degC"}
        finding = found(plan_of(FEET, {"readings": [cold]}), "reading.ncs_sural.0")
        assert (finding.level, finding.value, finding.limit) == ("note", "2 µV, skin 26 °C", "skin under 30 °C")
        assert "Warm the limb" in finding.text and finding.unverified

    @pytest.mark.parametrize(
        ("flags", "told"),
        [([], "second test"), (["foot_ulcer"], "No walking test"), (["charcot_foot"], "No walking test")],
    )
    def test_nobody_is_sent_on_a_second_walk_with_a_foot_that_must_rest(self, flags, told):
        walk = {"test": "sixmwt", "date": DAY, "distance": "380 m"}
        (read,) = assess(case_of(FEET, {"readings": [walk], "diagnosis.red_flags": flags})).readings
        assert told in read.next_step

    @pytest.mark.parametrize(
        ("date", "age", "state"),
        [("2026-07-20", 61, "normal"), ("2025-08-03", 60, "normal"), ("2024-08-03", 59, "abnormal")],
    )
    def test_a_test_is_judged_by_the_age_at_the_test(self, date, age, state):
        warm = {"test": "ncs_sural", "date": date, "amplitude": "5 uV", "skin_temperature": "32 degC"}
        case = case_of(FEET, {"readings": [warm]})
        assert (case.age, case.course.start) == (61, dt.date(2026, 8, 3))
        (read,) = assess(case).readings
        assert read.state == state
        assert any(f"at {age} years of age" in caveat for caveat in read.caveats) == (age < 61)

    def test_an_old_walk_is_told(self):
        walks = [{"test": "sixmwt", "date": day, "distance": "380 m"} for day in ("2016-07-20", "2016-07-21")]
        (read,) = assess(case_of(FEET, {"readings": walks})).readings
        assert read.caveats[0] == "Done 10 years before, at 51 years of age."

    @pytest.mark.parametrize(("age", "state"), [(59, "abnormal"), (60, "normal"), (80, "undecided")])
    def test_age_is_that_of_the_patient(self, age, state):
        warm = {"test": "ncs_sural", "date": DAY, "amplitude": "5 uV", "skin_temperature": "32 degC"}
        case = case_of(FEET, {"readings": [warm], "patient.age": f"{age} years"})
        assert [read.state for read in assess(case).readings] == [state]


class TestGoals:
    def test_a_goal_starts_at_the_last_result_of_its_instrument(self):
        goals = [
            {"what": "rest", "measured_by": "peg", "target": 3, "by": "2027-02-01"},
            {"what": "walk", "measured_by": "sixmwt", "target": "450 m", "by": "2027-02-01"},
        ]
        later = {"instrument": "peg", "value": 5, "date": "2026-07-25"}
        earlier = {"instrument": "peg", "value": 8, "date": "2026-07-01"}
        peg, walk = assess(case_of(FEET, {**scored(later, earlier), "care.goals": goals})).goals
        assert (peg.start, peg.can_be_judged) == (5, True)
        assert (walk.start, walk.can_be_judged) == (371_000, True)

    def test_of_two_scores_of_one_day_the_last_in_the_file_is_the_start(self):
        goals = [{"what": "rest", "measured_by": "peg", "target": 3, "by": "2027-02-01"}]
        two = [{"instrument": "peg", "value": value} for value in (8, 5)]
        for order, start in ((two, 5), (two[::-1], 8)):
            assert assess(case_of(FEET, {**scored(*order), "care.goals": goals})).goals[0].start == start

    def test_a_walk_that_gains_less_than_matters_is_a_small_goal(self):
        goals = [{"what": "walk", "measured_by": "sixmwt", "target": "372 m", "by": "2027-02-01"}]
        finding = findings_of({"care.goals": goals})["goal.0"]
        assert finding.title == "Small goal: walk" and "a change of 1 m" in finding.text.lower()

    def test_one_walk_is_no_start(self):
        case = case_of(FEET, {"readings": [{"test": "sixmwt", "date": DAY, "distance": "380 m"}]})
        assert [check.can_be_judged for check in assess(case).goals] == [False, False]

    def test_a_goal_without_a_measure_is_kept_and_noted(self):
        plan = plan_of(FEET, {"care.goals": ["sleep through the night"]})
        assert level(plan, "goal.0") == "note"
        assert "Goals: sleep through the night." in [said.text for said in plan.sections[0].statements]
        assert plan.case["care"]["goals"][0]["what"] == "sleep through the night"


def test_the_sections_tell_screening_and_readings_only_where_there_are_any():
    feet = " ".join(said.text for said in plan_of(FEET).sections[0].statements)
    assert "Screened for: low mood: negative (PHQ-2: 2)" in feet
    assert "(iwgdf): 2, 1, 0 of 3 missed at 3 of 3 sites, loss of protective sensation" in feet
    assert "Six-minute walk distance from 371 m to 450 m by 2 Nov 2026" in feet
    back = " ".join(said.text for said in plan_of(BACK).sections[0].statements)
    assert "Screened for" not in back and "Tests of the nerve" not in back


def test_scores_are_read_with_their_bands():
    read = {score.instrument_id: score for score in assess(case_of(FEET)).scores}
    assert (read["nrs11"].band, read["peg"].band) == ("severe", None)
    assert (read["phq2"].from_answers, read["nrs11"].from_answers) == (True, False)
    assert read["nrs11"].date == dt.date(2026, 7, 20)
