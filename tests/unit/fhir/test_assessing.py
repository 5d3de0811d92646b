"""The pain with its grade and its code, the goals, the drugs."""

import datetime as dt

import pytest
from fhir_courses import course_of, holes, of_type, version_of, with_goals
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.errors import UnknownName
from nervelight.fhir.assessing import assessing_of, goals_of
from nervelight.fhir.vocabulary import ICD10, ICD10_CM, icd10, own, system_of
from nervelight.planning.diary import Diary, DiaryDay
from nervelight.planning.review import review_course
from nervelight.record.contents import ReviewCard
from nervelight.record.dossier import Kept

WALK = {"what": "walk to the shop", "measured_by": "sixmwt", "target": 450000.0, "by": "2026-11-02"}


def made_of(plan, name):
    return of_type(assessing_of(course_of(version_of(plan, 1))), name)


# ---- the pain


@pytest.mark.parametrize(
    ("held", "systems"),
    [
        ("E11.42", [ICD10_CM]),
        ("G63.2", [ICD10]),
        ("G56.0", [ICD10]),
        ("G56.00", [ICD10_CM]),
        # A leaf with the same title in both.
        ("G50.0", [ICD10_CM, ICD10]),
    ],
)
def test_a_code_is_of_the_edition_where_it_is_a_leaf(held, systems):
    assert icd10(held) == tuple({"system": system, "code": held} for system in systems)


def test_a_code_of_which_the_edition_is_not_known_says_so_and_is_kept():
    (coding,) = icd10("M79.29")
    assert coding["code"] == "M79.29"
    assert "system" not in coding
    assert coding["_system"]["extension"][0]["valueCode"] == "unknown"


def test_the_condition_has_its_code_ours_its_grade_and_what_that_rests_on(plan):
    (pain,) = made_of(plan, "Condition")
    assert [coding["code"] for coding in pain["code"]["coding"]] == ["E11.42", "diabetic_polyneuropathy"]
    assert pain["stage"][0]["summary"]["coding"] == [own("neupsig-grade", "definite")]
    found = [each["code"][0]["coding"][0]["code"] for each in pain["evidence"]]
    assert found == ["relevant_history", "plausible_distribution", "sensory_signs", "confirmatory_test"]
    assert [each["text"] for each in pain["bodySite"]] == [
        "Sole of the foot (forefoot): left sole",
        "Sole of the foot (forefoot): right sole",
    ]
    notes = [note["text"] for note in pain["note"]]
    assert "Red flags: asked for, none named" in notes
    assert any("E11.42" in note and "is told from where" in note for note in notes)


def test_what_was_answered_with_no_is_no_evidence(example_plans):
    (pain,) = made_of(example_plans["facial_pain"], "Condition")
    found = [each["code"][0]["coding"][0]["code"] for each in pain["evidence"]]
    assert found == ["relevant_history", "plausible_distribution"]
    assert pain["stage"][0]["summary"]["coding"] == [own("neupsig-grade", "possible")]


def test_a_condition_without_a_code_and_with_a_red_flag(plan):
    diagnosis = {**plan.case["diagnosis"], "icd10": None, "red_flags": ["foot_ulcer"]}
    (pain,) = made_of(with_goals(plan, diagnosis=diagnosis), "Condition")
    assert [coding["system"] for coding in pain["code"]["coding"]] == [system_of("condition")]
    told = next(note["text"] for note in pain["note"] if note["text"].startswith("Red flags"))
    assert "none named" not in told
    assert "?" in told


@pytest.mark.parametrize(("system", "value"), [("neupsig-grade", "certain"), ("neupsig-grad", "definite")])
def test_a_code_that_is_not_ours_is_refused(system, value):
    with pytest.raises(UnknownName, match="neupsig-grad"):
        own(system, value)


# ---- goals


def test_a_goal_with_a_measure_has_a_target_that_a_machine_can_read(plan):
    goal = next(goals_of(course_of(version_of(with_goals(plan, WALK), 1))))
    assert goal["description"] == {"text": "walk to the shop"}
    (target,) = goal["target"]
    assert target["detailQuantity"] | {"comparator": ">=", "value": 450, "code": "m"} == target["detailQuantity"]
    assert target["dueDate"] == "2026-11-02"
    assert {coding["code"] for coding in target["measure"]["coding"]} == {"64098-7", "sixmwt"}


def test_a_score_that_is_better_when_lower_is_a_target_from_above(plan):
    pain = {"what": "less pain", "measured_by": "nrs11", "target": 3.0}
    (target,) = next(goals_of(course_of(version_of(with_goals(plan, pain), 1))))["target"]
    assert (target["detailQuantity"]["comparator"], target["detailQuantity"]["code"]) == ("<=", "{score}")
    assert "dueDate" not in target


def test_a_goal_in_words_alone_stays_in_words(plan):
    for written in ("dance", {"what": "dance"}):
        goal = next(goals_of(course_of(version_of(with_goals(plan, written), 1))))
        assert "target" not in goal
        assert "cannot be judged" in goal["note"][0]["text"]


def test_levels_of_attainment_and_the_start_are_told(plan):
    levels = {"-2": "bed", "-1": "chair", "0": "room", "1": "house", "2": "street"}
    goal = next(
        goals_of(course_of(version_of(with_goals(plan, WALK | {"levels": levels, "weight": 2, "from": 371000.0}), 1)))
    )
    told = " ".join(note["text"] for note in goal["note"])
    assert "From 371 m" in told
    assert "-2: bed; -1: chair; 0: room; 1: house; 2: street" in told
    assert "Weight for goal attainment scaling: 2" in told


@pytest.mark.parametrize(
    ("state", "signed", "status"), [("planned", None, "proposed"), ("signed", 1, "active"), ("ended", 1, "cancelled")]
)
def test_a_goal_is_as_far_along_as_its_course(plan, state, signed, status):
    course = course_of(version_of(plan, 1, signed=True), in_force=signed, state=state)
    assert {goal["lifecycleStatus"] for goal in goals_of(course)} == {status}


@pytest.mark.parametrize(
    ("metres", "achieved", "status"),
    [(460, "achieved", "completed"), (400, "in-progress", "active"), (None, None, "active")],
)
def test_whether_a_goal_was_reached_is_what_the_latest_card_says(plan, metres, achieved, status):
    plan = with_goals(plan, WALK)
    on = dt.date(2026, 10, 1)
    found = {"scores": {"nrs11": 5.0}} if metres is None else {"walked": metres * 1000.0}
    day = DiaryDay(row="row 2", date=dt.date(2026, 9, 30), **found)
    diary = Diary(patient=plan.case["patient"]["label"], days=(day,))
    card = review_course(plan, diary, on=on)
    kept = Kept("c", "c", on, ReviewCard(review=card.to_json(), plan="p"))
    (goal,) = goals_of(course_of(version_of(plan, 1, signed=True), in_force=1, entries=(kept,)))
    assert goal["lifecycleStatus"] == status
    assert goal.get("achievementStatus", {}).get("coding", [{}])[0].get("code") == achieved
    assert goal.get("statusDate") == ("2026-10-01" if achieved else None)


def test_a_goal_that_a_new_version_gave_up_is_cancelled(plan):
    old, new = with_goals(plan, "dance", "sing"), with_goals(plan, "sing")
    course = course_of(version_of(old, 1, signed=True), version_of(new, 2, signed=True), in_force=2)
    assert {goal["description"]["text"]: goal["lifecycleStatus"] for goal in goals_of(course)} == {
        "sing": "active",
        "dance": "cancelled",
    }


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["sing", "dance", "walk"]), max_size=6))
def test_each_goal_has_an_id_of_its_own_that_stays(example_plans, goals):
    plan = with_goals(example_plans["diabetic_feet"], *goals)
    first, again = (list(goals_of(course_of(version_of(plan, 1)))) for _ in range(2))
    assert first == again
    assert len({goal["id"] for goal in first}) == len(goals)


# ---- drugs


def test_drugs_are_stated_with_what_the_case_says_of_them_and_never_ordered(plan):
    made = made_of(plan, "MedicationStatement")
    told = {each["medicationCodeableConcept"]["text"]: each.get("dosage") for each in made}
    assert told == {"metformin": None, "duloxetine": [{"text": "duloxetine 60 mg"}]}
    assert {each["status"] for each in made} == {"active"}
    assert all("never ordered" in each["note"][-1]["text"] for each in made)


def test_a_drug_that_stands_under_other_treatment_alone_is_stated_too_and_a_walk_is_not(plan):
    care = {**plan.case["care"], "other_treatments": ["pregabalin 75 mg", "walking programme"]}
    changed = plan.model_copy(update={"case": {**plan.case, "care": care}})
    texts = [each["medicationCodeableConcept"]["text"] for each in made_of(changed, "MedicationStatement")]
    assert texts == ["metformin", "duloxetine", "pregabalin 75 mg"]


def test_a_drug_that_a_new_version_no_longer_names_is_not_said_to_be_taken(plan):
    safety = {**plan.case["safety"], "drugs": ["metformin"]}
    new = with_goals(plan, safety=safety, care={**plan.case["care"], "other_treatments": []})
    new = new.model_copy(update={"case": {**new.case, "care": {**new.case["care"], "other_treatments": []}}})
    course = course_of(version_of(plan, 1, signed=True), version_of(new, 2, signed=True), in_force=2)
    made = of_type(assessing_of(course), "MedicationStatement")
    assert {each["medicationCodeableConcept"]["text"]: each["status"] for each in made} == {
        "metformin": "active",
        "duloxetine": "unknown",
    }


def test_nothing_is_empty(example_plans):
    for name in ("diabetic_feet", "facial_pain"):
        for each in assessing_of(course_of(version_of(example_plans[name], 1))):
            assert list(holes(each)) == []
