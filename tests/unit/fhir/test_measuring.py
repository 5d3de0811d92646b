"""Forms, answers, scores and readings: words only where they may be shipped, points as they are scored."""

from __future__ import annotations

import dataclasses

import pytest

from fhir_course import ON, PATIENT, kept
from nervelight.assessment import instrument, instrument_ids, scorable_ids, score_answers, scoring, wording
from nervelight.fhir import measuring, questionnaires
from nervelight.record.contents import Response

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
FREE = [name for name in instrument_ids() if instrument(name).licence.ship in ("text", "own_text")]


def form(dossier, name, *answers, score=None):
    response = Response(instrument=name, answers=answers, score=score)
    entries = (kept("r", response, author=PATIENT),)
    dossier = dataclasses.replace(dossier, entries=entries)
    forms = {each["id"]: each for each in questionnaires.questionnaires_of(dossier)}
    filled = {each["id"]: each for each in questionnaires.questionnaire_responses_of(dossier)}
    scores = {each["id"]: each for each in measuring.observations_of(dossier)}
    return forms.get("nervelight-" + name.replace("_", "-")), filled.get("r"), scores["r"]


@pytest.mark.parametrize("name", scorable_ids())
def test_words_stand_in_a_form_where_they_may_be_shipped_and_nowhere_else(dossier, name):
    blocks = scoring(name).items()
    questionnaire, _, _ = form(dossier, name, *(None for _ in blocks))
    items = questionnaire["item"]
    assert len(items) == len(blocks)
    if name in FREE:
        known = wording(name, "en").items
        assert [each["text"] for each in items] == [known[min(k, len(known) - 1)] for k in range(len(items))]
        assert questionnaire.get("copyright", "") == instrument(name).licence.attribution
    else:
        assert not any("text" in each for each in items)
        codings = [option["valueCoding"] for each in items for option in each.get("answerOption", [])]
        assert {each.get("display", "No") for each in codings} <= {"Yes", "No"}


@pytest.mark.parametrize("name", scorable_ids())
def test_points_stand_under_both_names_and_are_those_that_are_scored(dossier, name):
    blocks = scoring(name).items()
    questionnaire, _, _ = form(dossier, name, *(None for _ in blocks))
    for item, block in zip(questionnaire["item"], blocks, strict=True):
        for option, answer in zip(item.get("answerOption", []), block.possible, strict=bool(item.get("answerOption"))):
            points = {each["url"]: each["valueDecimal"] for each in option.get("extension", [])}
            assert points == (
                {ORDINAL: block.points_of(answer), WEIGHT: block.points_of(answer)} if block.scored else {}
            )


def test_in_the_mnsi_no_counts_where_no_counts_and_two_items_never_do(dossier):
    questionnaire, filled, _ = form(dossier, "mnsi_q", *(True,) * 15, score=9)
    points = [
        {
            option["valueCoding"]["display"]: option.get("extension", [{}])[0].get("valueDecimal")
            for option in item["answerOption"]
        }
        for item in questionnaire["item"]
    ]
    assert points[0] == {"no": 0, "yes": 1}
    assert points[6] == points[12] == {"no": 1, "yes": 0}
    assert points[3] == points[9] == {"no": None, "yes": None}
    # What a program that adds the points of the answers finds is the score.
    given = [item["answer"][0]["valueCoding"] for item in filled["item"]]
    added = sum(
        each["valueDecimal"] for coding in given for each in coding.get("extension", []) if each["url"] == WEIGHT
    )
    assert added == score_answers("mnsi_q", (True,) * 15).score


def test_a_number_of_more_than_seven_answers_is_a_number_between_two_ends(dossier):
    questionnaire, filled, observation = form(dossier, "peg", 7, 6, None, score=6.5)
    assert questionnaire["item"][0]["type"] == "integer"
    assert [each["valueInteger"] for each in questionnaire["item"][0]["extension"]] == [0, 10]
    assert [item.get("answer") for item in filled["item"]] == [[{"valueInteger": 7}], [{"valueInteger": 6}], None]
    assert filled["questionnaire"] == questionnaire["url"]
    assert observation["derivedFrom"] == [{"reference": "QuestionnaireResponse/r"}]
    assert (observation["valueQuantity"]["value"], observation["valueQuantity"]["code"]) == (6.5, "{score}")
    assert [each["code"] for each in observation["code"]["coding"]] == ["91147-9", "peg"]


def test_what_cannot_be_scored_from_answers_is_an_entry_of_its_score(dossier):
    questionnaire, filled, observation = form(dossier, "uens", score=12)
    assert [item["linkId"] for item in questionnaire["item"]] == ["score"]
    assert filled["item"] == [{"linkId": "score", "answer": [{"valueDecimal": 12}]}]
    assert observation["valueQuantity"]["value"] == 12


def test_a_score_without_its_answers_claims_no_form(dossier):
    questionnaire, filled, observation = form(dossier, "nrs11", score=4)
    assert questionnaire is None
    assert filled is None
    assert "derivedFrom" not in observation
    assert [each["code"] for each in observation["code"]["coding"]] == ["72514-3", "nrs11"]


def test_too_few_answers_are_no_score_and_not_a_nought(dossier):
    _, _, observation = form(dossier, "gad7", *(None,) * 7)
    assert "valueQuantity" not in observation
    assert observation["dataAbsentReason"]["text"] == "too few answers for a score"


def test_an_instrument_that_this_release_does_not_know_keeps_its_name(dossier):
    questionnaire, filled, observation = form(dossier, "of_old", 1, score=3)
    assert (questionnaire, filled) == (None, None)
    assert observation["code"] == {"text": "of_old"}


def test_an_answer_that_this_release_does_not_know_is_not_taken_for_another(dossier):
    _, filled, observation = form(dossier, "phq9", 7, *(0,) * 8, score=7)
    assert filled["item"][0]["answer"] == [{"valueString": "7"}]
    assert filled["item"][1]["answer"][0]["valueCoding"]["code"] == "0"
    assert observation["valueQuantity"]["value"] == 7


def test_scales_of_a_form_are_parts_of_its_result(made):
    parts = {
        each["code"]["text"]: each["valueQuantity"]["value"] for each in made("Observation", "cipn20")["component"]
    }
    assert parts == {scale.name: scale.value for scale in score_answers("eortc_cipn20", (1,) * 20).scales if scale.name}


def test_a_correction_is_told_as_one(made):
    assert made("Observation", "peg-1")["status"] == made("QuestionnaireResponse", "peg-1")["status"] == "amended"
    assert made("Observation", "phq9")["status"] == "final"


def by_test(dossier, name):
    found = [
        each for each in measuring.observations_of(dossier) if each["code"].get("coding", [{}])[-1].get("code") == name
    ]
    return [each for each in found if "derivedFrom" not in each]


def test_a_result_that_the_plan_in_force_no_longer_has_is_not_said_to_hold(dossier):
    plan = dossier.plan
    first, *rest = plan.case["scores"]
    corrected = {**first, "value": first["value"] - 1, "answers": []}
    mended = plan.model_copy(update={"case": {**plan.case, "scores": [corrected, *rest], "readings": []}})
    later = dataclasses.replace(dossier.current, id="later", number=dossier.current.number + 1, plan=mended)
    course = dataclasses.replace(dossier, plans=(*dossier.plans, later), in_force="later", entries=())
    made = list(measuring.observations_of(course))
    assert len({each["id"] for each in made}) == len(made)
    left = [each for each in made if each["status"] == "unknown"]
    assert len(left) == 1 + len(plan.case["readings"])
    assert left[0]["valueQuantity"]["value"] == first["value"]
    assert all("does not have this result" in each["note"][-1]["text"] for each in left)
    assert sum(each["status"] == "final" for each in made) == len(plan.case["scores"])


def test_readings_of_the_case_have_method_side_temperature_and_what_they_mean(dossier):
    (felt,) = by_test(dossier, "monofilament_10g")
    assert (felt["method"]["text"], felt["bodySite"]["text"], felt["effectiveDateTime"]) == (
        "iwgdf",
        "left",
        "2026-07-20",
    )
    assert [each["valueInteger"] for each in felt["component"]] == [2, 1, 0]
    assert felt["interpretation"][0]["coding"][0]["code"] == "A"
    assert felt["interpretation"][0]["text"].startswith("loss of protective sensation")
    (nerve,) = by_test(dossier, "ncs_sural")
    parts = {each["code"]["coding"][0]["code"]: each["valueQuantity"] for each in nerve["component"]}
    assert (parts["amplitude"]["value"], parts["amplitude"]["code"]) == (2.1, "uV")
    assert (parts["skin-temperature"]["value"], parts["skin-temperature"]["code"]) == (32, "Cel")
    walks = by_test(dossier, "sixmwt")
    assert [(each["valueQuantity"]["value"], each["valueQuantity"]["code"]) for each in walks] == [
        (352, "m"),
        (371, "m"),
    ]
    assert walks[0]["code"]["coding"][0]["code"] == "64098-7"


def test_nerve_conduction_has_a_report_with_its_result(dossier):
    (report,) = measuring.diagnostic_reports_of(dossier)
    assert report["result"] == [{"reference": f"Observation/{by_test(dossier, 'ncs_sural')[0]['id']}"}]
    assert "2.1 µV" in report["conclusion"]


def test_pain_and_skin_of_a_session_are_part_of_it(dossier):
    parts = [each for each in measuring.observations_of(dossier) if "partOf" in each]
    told = {
        each["code"]["coding"][-1]["code"]: each.get("valueQuantity", {}).get("value") for each in parts
        if each["partOf"] == [{"reference": "Procedure/session-1"}]
    }  # fmt: skip
    assert told == {"pain-before-session": 7, "pain-after-session": 6, "skin-after-session": None}
    assert {each["valueCodeableConcept"]["coding"][0]["code"] for each in parts if "valueCodeableConcept" in each} == {
        "skin-fine", "skin-blister",
    }  # fmt: skip


def test_a_day_and_what_was_said_back_are_told(made):
    day = {each["code"]["coding"][0]["code"]: each for each in made("Observation", "day")["component"]}
    assert day["other-treatment"]["valueString"] == "duloxetine stopped"
    assert day["ends-course"]["valueBoolean"] is True
    read = made("Observation", "read")
    assert (read["valueBoolean"], read["focus"]) == (True, [{"reference": "Communication/read"}])
    assert read["effectiveDateTime"] == f"{ON}"
