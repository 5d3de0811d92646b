"""Reading FHIR back: what a bundle of any source gives, what it does not, and what is no bundle at all."""

from __future__ import annotations

import base64
import copy
import dataclasses
import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.assessment import instrument, scorable_ids, score_answers, scoring
from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.fhir import reading_json
from nervelight.fhir.course_terms import term
from nervelight.fhir.questionnaires import questionnaire_responses_of
from nervelight.fhir.reading import Imported, read_bundle
from nervelight.fhir.reading_answers import answers_in, form_of
from nervelight.fhir.reading_elements import plain
from nervelight.fhir.vocabulary import own
from nervelight.planning.case_reading import case_from_yaml, read_case
from nervelight.record.contents import Response
from nervelight.record.dossier import Kept, dossier_of_plan

TODAY = dt.date(2026, 11, 28)
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
CM = "http://hl7.org/fhir/sid/icd-10-cm"
ANNA = {
    "resourceType": "Patient",
    "id": "a",
    "name": [{"family": "Muster", "given": ["Anna"]}],
    "birthDate": "1961-04-30",
}


def of_anna(kind: str, id_: str, **parts: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": id_, "subject": {"reference": "Patient/a"}, **parts}


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def score(id_: str, value: Any, code: str = "72514-3", day: str = "2026-11-02", **parts: Any) -> dict[str, Any]:
    quantity = {"value": value, "unit": "{score}", "system": UCUM, "code": "{score}"}
    told = {"status": "final", "code": coded(LOINC, code), "effectiveDateTime": day, "valueQuantity": quantity}
    return of_anna("Observation", id_, **{**told, **parts})


def condition(code: str = "E11.42", id_: str = "c", system: str = CM, **parts: Any) -> dict[str, Any]:
    return of_anna("Condition", id_, code=coded(system, code), **parts)


def drug(name: str, id_: str = "m", status: str = "active") -> dict[str, Any]:
    return of_anna("MedicationStatement", id_, status=status, medicationCodeableConcept={"text": name})


def bundle(*resources: Any, **parts: Any) -> bytes:
    entries = [{"resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries, **parts}).encode()


def read(*resources: Any, **options: Any) -> Imported:
    return read_bundle(bundle(*resources), "bundle.json", today=TODAY, **options)


def reasons(found: Imported) -> str:
    return "\n".join(map(str, found.not_understood))


def refused(data: bytes, **options: Any) -> list[str]:
    with pytest.raises(InvalidInput) as problem:
        read_bundle(data, "bundle.json", today=TODAY, **options)
    return [str(fault) for fault in problem.value.faults]


# ---- what is taken


def test_a_bundle_of_another_source_gives_what_codes_units_and_days_make_certain():
    found = read(ANNA, condition(), drug("Metformin 500 mg"), score("o", 7))
    assert found.case == {
        "schema": "nervelight-case-1",
        "patient": {"label": "Anna Muster", "age": "65 years"},
        "diagnosis": {"condition": "diabetic_polyneuropathy", "icd10": "E11.42"},
        "safety": {"drugs": ["Metformin 500 mg"]},
        "scores": [{"instrument": "nrs11", "value": 7, "date": "2026-11-02"}],
    }
    assert found.not_understood == ()
    missing = {fault.path: fault.allowed for fault in found.missing}
    assert {"patient.phototype", "diagnosis.red_flags", "lamp.device", "anchor", "safety.eyes"} <= set(missing)
    assert all(why.startswith("required") or "Fitzpatrick" in why for why in missing.values())


def test_nothing_clinical_has_a_default():
    found = read(ANNA)
    assert found.case == {"schema": "nervelight-case-1", "patient": {"label": "Anna Muster", "age": "65 years"}}
    written = read_yaml("case.yaml", found.to_yaml())
    assert written["safety"] == dict.fromkeys(["contraindications", "drugs", "sensation", "perfusion", "eyes"])
    with pytest.raises(InvalidInput):
        case_from_yaml(Path("case.yaml"), found.to_yaml())


def test_a_single_resource_stands_for_a_bundle():
    found = read_bundle(json.dumps(ANNA).encode(), "patient.json", today=TODAY)
    assert found.case["patient"] == {"label": "Anna Muster", "age": "65 years"}


def test_a_byte_order_mark_is_passed_over():
    assert read_bundle(b"\xef\xbb\xbf" + bundle(ANNA), "b", today=TODAY).case == read(ANNA).case


@pytest.mark.parametrize(
    ("born", "age", "told"),
    [
        ("1961-11-28", "65 years", ""),
        ("1961-11-29", "64 years", ""),
        ("1961-04", "65 years", ""),
        ("1961-11", None, "64 or 65 years"),
        ("1961", None, "64 or 65 years"),
        ("2027-01-01", None, "lies ahead"),
        ("1850-01-01", None, "too long ago"),
        ("61", None, "no date"),
        ("1961-02-30", None, "no date"),
        (1961, None, "no date"),
        ({}, None, "no date"),
    ],
)
def test_the_age_follows_from_the_birth_date_as_far_as_it_is_known(born, age, told):
    found = read(ANNA | {"birthDate": born})
    assert found.case["patient"].get("age") == age
    assert told in reasons(found)
    if told == "64 or 65 years":
        assert told in next(fault.allowed for fault in found.missing if fault.path == "patient.age")


@pytest.mark.parametrize(
    ("code", "system", "named"),
    [
        ("E11.42", CM, "diabetic_polyneuropathy"),
        ("G63.2", "http://hl7.org/fhir/sid/icd-10", "diabetic_polyneuropathy"),
        ("G53.0", "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "postherpetic_neuralgia"),
        ("G50.0", CM, "trigeminal_neuralgia"),
        ("G56.02", CM, "carpal_tunnel"),
        ("G62.0", CM, None),  # by any drug
        ("G89.0", CM, None),  # after stroke, or of the spinal cord
        ("M79.2", CM, None),  # unspecified
        ("368581000119106", "http://snomed.info/sct", None),  # also of a single nerve
        ("E11.42", "http://example.org/own", None),
        ("I10", CM, None),
    ],
)
def test_a_code_names_a_condition_only_where_it_says_no_more_and_no_less(code, system, named):
    found = read(ANNA, condition(code, system=system))
    assert found.case.get("diagnosis", {}).get("condition") == named
    assert bool(found.not_understood) is (named is None)


def test_a_neuropathy_by_drugs_is_of_chemotherapy_where_the_drug_is_coded_beside_it():
    found = read(ANNA, condition("G62.0"), condition("T45.1X5A", "t"))
    assert found.case["diagnosis"] == {"condition": "chemotherapy_induced", "icd10": "G62.0"}


def test_of_several_conditions_none_is_chosen_but_by_the_user():
    both = (ANNA, condition(), condition("G50.0", "g"))
    found = read(*both)
    assert "diagnosis" not in found.case
    told = next(fault.allowed for fault in found.missing if fault.path == "diagnosis.condition")
    assert "diabetic_polyneuropathy (Condition/c), trigeminal_neuralgia (Condition/g)" in told
    for wanted in ("g", "Condition/g", "trigeminal_neuralgia"):
        assert read(*both, condition=wanted).case["diagnosis"] == {
            "condition": "trigeminal_neuralgia",
            "icd10": "G50.0",
        }
    (fault,) = refused(bundle(*both), condition="trigeminal_neuralgie")
    assert "did you mean 'trigeminal_neuralgia'?" in fault


def test_a_condition_that_a_code_leaves_open_can_be_chosen():
    found = read(ANNA, condition("G62.0"), condition="chemotherapy_induced")
    assert found.case["diagnosis"] == {"condition": "chemotherapy_induced", "icd10": "G62.0"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"verificationStatus": coded("x", "entered-in-error")}, "entered-in-error"),
        ({"verificationStatus": coded("x", "refuted")}, "refuted"),
        ({"verificationStatus": coded("x", "provisional")}, "not confirmed"),
        ({"clinicalStatus": coded("x", "resolved")}, "not present now"),
        ({"clinicalStatus": "active"}, "an element of STU3"),
        ({"participant": []}, "an element of R5"),
    ],
)
def test_a_condition_that_does_not_hold_is_not_taken(parts, told):
    found = read(ANNA, condition(**parts))
    assert "diagnosis" not in found.case
    assert told in reasons(found)


@pytest.mark.parametrize(
    ("grade", "evidence", "findings"),
    [
        ("definite", (), (True, True, True, True)),
        ("possible", (), (True, True, False, False)),
        ("probable", (), (True, True, None, None)),
        ("unlikely", (), (None, None, None, None)),
        (
            "probable",
            ("relevant_history", "plausible_distribution", "confirmatory_test"),
            (True, True, False, True),
        ),
        # Findings that do not give the grade do not count.
        ("definite", ("relevant_history",), (True, True, True, True)),
    ],
)
def test_a_grade_gives_the_findings_that_it_rests_on_and_no_more(grade, evidence, findings):
    stage = [{"summary": {"coding": [own("neupsig-grade", grade)]}}]
    shown = [{"code": [{"coding": [own("neupsig-finding", name)]}]} for name in evidence]
    found = read(ANNA, condition(stage=stage, evidence=shown))
    names = ("relevant_history", "plausible_distribution", "sensory_signs", "confirmatory_test")
    known = found.case["diagnosis"].get("neupsig", {})
    assert tuple(known.get(name) for name in names) == findings


def test_drugs_are_taken_by_name_and_those_that_make_skin_sensitive_are_said():
    contained = of_anna("MedicationStatement", "n", status="active", medicationReference={"reference": "#x"})
    contained["contained"] = [{"resourceType": "Medication", "id": "x", "code": {"text": "Pregabalin"}}]
    apart = of_anna("MedicationStatement", "k", status="active", medicationReference={"reference": "Medication/y"})
    other = {"resourceType": "Medication", "id": "y", "code": {"coding": [{"code": "7", "display": "Amiodarone"}]}}
    found = read(ANNA, drug("doxycycline 100 mg"), drug("Doxycycline 100 mg", "d"), contained, apart, other)
    assert found.case["safety"]["drugs"] == ["doxycycline 100 mg", "Pregabalin", "Amiodarone"]
    assert "light-sensitising drugs as tetracyclines" in dict(found.understood[2:3])["safety.drugs"]


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold", "unknown"])
def test_a_drug_that_ended_is_listed_and_said_to_make_skin_sensitive(status):
    found = read(ANNA, drug("Photofrin", status=status))
    assert "safety" not in found.case
    assert "Photofrin is not taken now" in reasons(found)
    assert "on the list of light-sensitising drugs" in reasons(found)


@pytest.mark.parametrize("status", ["entered-in-error", "not-taken", None, 7])
def test_a_drug_that_was_never_taken_is_not_taken(status):
    assert "safety" not in read(ANNA, drug("Photofrin", status=status)).case  # type: ignore[arg-type]


# ---- scores and answers


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "entered-in-error"}, "its status is entered-in-error"),
        ({"status": "preliminary"}, "its status is preliminary"),
        ({"code": coded(LOINC, "8867-4")}, "no code of an instrument"),
        ({"code": coded("http://example.org", "72514-3")}, "no code of an instrument"),
        ({"code": "pain"}, "no code of an instrument"),
        ({"partOf": [{"reference": "Procedure/1"}]}, "part of a session"),
        ({"effectiveDateTime": "2026-11"}, "on which day"),
        ({"effectiveDateTime": "2026-02-30"}, "on which day"),
        ({"effectiveDateTime": None, "issued": "2026-11-02T10:00:00Z"}, "on which day"),
        ({"valueQuantity": {"value": 11, "code": "{score}", "system": UCUM}}, "from 0 to 10"),
        ({"valueQuantity": {"value": 7, "code": "mm[Hg]", "system": UCUM}}, "its unit is not that of a score"),
        ({"valueQuantity": {"value": 7, "code": "{score}", "system": "http://x"}}, "its unit is not that of a score"),
        ({"valueQuantity": {"value": 7, "unit": "cm"}}, "its unit is not that of a score"),
        ({"valueQuantity": {"value": 7, "comparator": ">"}}, "more or less than"),
        ({"valueQuantity": {"value": "7"}}, "with a number"),
        ({"valueQuantity": {"value": True}}, "with a number"),
        ({"valueQuantity": None, "dataAbsentReason": coded("x", "unknown")}, "no valueQuantity"),
        ({"subject": {"reference": "Patient/b"}}, "of another person"),
        ({"subject": {"reference": "https://elsewhere.example/Patient/a"}}, "of another person"),
        ({"subject": None}, "of whom it is, is not said"),
    ],
)
def test_a_score_that_is_not_certain_is_left_with_its_reason(change, told):
    found = read(ANNA, score("o", 7) | change)
    assert "scores" not in found.case
    assert told in reasons(found)
    assert "Bundle.entry[1].resource" in reasons(found)


@pytest.mark.parametrize(
    "change",
    [
        {"valueQuantity": {"value": 7}},
        {"valueQuantity": {"value": 7, "unit": "points"}},
        {"valueQuantity": {"value": 7, "code": "1", "system": UCUM}},
        {"valueQuantity": None, "valueInteger": 7},
        {"effectiveDateTime": "2026-11-02T23:30:00+14:00"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02"}},
        {"subject": {"reference": "Patient/a/_history/3"}},
    ],
)
def test_a_score_may_be_written_in_several_ways(change):
    found = read(ANNA, score("o", 7) | change)
    assert found.case["scores"] == [{"instrument": "nrs11", "value": 7, "date": "2026-11-02"}]


@pytest.mark.parametrize(
    ("value", "code", "walked"),
    [(380, "m", "380 m"), (38000, "cm", "380 m"), (1247, "[ft_i]", "380.086 m"), (380, "kg", None), (380, None, None)],
)
def test_a_walk_is_a_length_of_ucum(value, code, walked):
    quantity = {"value": value, "system": UCUM, **({"code": code} if code else {})}
    found = read(ANNA, score("w", 0, "64098-7") | {"valueQuantity": quantity})
    rows = [{"test": "sixmwt", "date": "2026-11-02", "distance": walked}] if walked else None
    assert found.case.get("readings") == rows
    assert bool(found.not_understood) is (walked is None)


def phq9(*answers: int, id_: str = "q", **parts: Any) -> dict[str, Any]:
    codes = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")
    form = instrument("phq9").loinc
    assert form is not None
    items = [
        {"linkId": f"/{link}", "answer": [{"valueCoding": {"system": LOINC, "code": codes[answer]}}]}
        for link, answer in zip(form.items, answers, strict=True)
    ]
    told = {"status": "completed", "questionnaire": "http://loinc.org/q/44249-1", "authored": "2026-11-02"}
    return of_anna("QuestionnaireResponse", id_, **{**told, "item": [{"linkId": "g", "item": items}], **parts})


def test_answers_are_scored_here_and_a_sent_score_that_differs_is_told():
    given = (1, 2, 0, 3, 1, 0, 0, 2, 0)
    right, wrong = score("s", 9, "44261-6"), score("s", 12, "44261-6")
    assert score_answers("phq9", given).score == 9
    for sent, left in ((right, ""), (wrong, "the answers of that day give 9")):
        found = read(ANNA, phq9(*given), sent)
        assert found.case["scores"] == [{"instrument": "phq9", "answers": [*given], "date": "2026-11-02"}]
        assert left in reasons(found)
        assert bool(found.not_understood) is bool(left)


def test_an_answer_that_needs_somebody_at_once_stands_first():
    found = read(ANNA, phq9(0, 0, 0, 0, 0, 0, 0, 0, 1))
    assert [fault.path for fault in found.urgent] == ["scores[0].answers[8]"]
    assert found.to_yaml().splitlines()[1].startswith("# URGENT: scores[0].answers[8]")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"status": "in-progress"}, "its status is in-progress"),
        ({"questionnaire": "http://example.org/mood"}, "which instrument it answers is not known"),
        ({"questionnaire": None}, "which instrument it answers is not known"),
        ({"authored": "2026"}, "on which day"),
        ({"item": []}, "none of its questions is known"),
        ({"item": [{"linkId": "/44250-9", "answer": [{"valueString": "often"}]}]}, "its answer has no number"),
        ({"item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 4}]}]}, "4 is none of its answers"),
        ({"item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 1}, {"valueInteger": 2}]}]}, "several answers"),
        ({"item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 1}]}] * 2}, "stands twice"),
        ({"item": [{"linkId": "/44250-9", "answer": [{"valueInteger": 1}]}]}, "too few answers"),
    ],
)
def test_answers_that_are_not_certain_are_left_with_their_reason(change, told):
    found = read(ANNA, phq9(*[0] * 9, **change))
    assert "scores" not in found.case
    assert told in reasons(found)


def test_a_form_of_another_source_is_known_by_the_code_of_its_panel():
    form = {
        "resourceType": "Questionnaire",
        "url": "http://example.org/q",
        "code": [{"system": LOINC, "code": "91148-7"}],
    }
    items = [{"linkId": link, "answer": [{"valueInteger": 6}]} for link in ("75893-8", "91145-3", "91146-1")]
    answered = phq9(*[0] * 9, questionnaire="http://example.org/q|2", item=items)
    assert read(ANNA, form, answered).case["scores"][0] == {
        "instrument": "peg",
        "answers": [6, 6, 6],
        "date": "2026-11-02",
    }


@pytest.mark.parametrize("name", scorable_ids())
def test_each_form_that_is_written_here_is_read_here(name, plan):
    rules, course = scoring(name), dossier_of_plan(plan)
    blocks = rules.items(3 if rules.at_most else None)
    for choice in (0, -1):
        chosen = [block.possible[choice] for block in blocks]
        told = [
            value if block.choices or block.low is not None else bool(value)
            for value, block in zip(chosen, blocks, strict=True)
        ]
        filled = Response(instrument=name, answers=told, score=score_answers(name, told).score)
        entry = Kept("e1", "e1", dt.date(2026, 8, 3), filled)
        written = questionnaire_responses_of(dataclasses.replace(course, entries=(entry,)))
        (response,) = (each for each in written if each["id"] == "e1")
        assert form_of(response, {}) == name
        assert answers_in(response, name) == tuple(told)


# ---- what stands twice


def test_the_same_score_twice_is_one():
    found = read(ANNA, score("o", 7), score("p", 7))
    assert len(found.case["scores"]) == 1
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ({}, {}, None),
        ({"issued": "2026-11-02T08:00:00Z"}, {"issued": "2026-11-02T09:00:00Z"}, 5),
        ({"issued": "2026-11-02T12:00:00+05:00"}, {"issued": "2026-11-02T06:00:00Z"}, 7),
        ({"status": "corrected"}, {"issued": "2026-11-02T09:00:00Z"}, 7),
        ({"meta": {"lastUpdated": "2026-11-03T09:00:00Z"}}, {"issued": "2026-11-02T09:00:00Z"}, 7),
    ],
)
def test_of_two_scores_of_a_day_the_corrected_or_the_later_counts_and_else_neither(first, second, kept):
    found = read(ANNA, score("o", 7, **first), score("p", 5, **second))
    rows = [{"instrument": "nrs11", "value": kept, "date": "2026-11-02"}] if kept else None
    assert found.case.get("scores") == rows
    assert len(found.not_understood) == (1 if kept else 2)


def test_scores_of_several_days_are_all_kept_in_their_order():
    found = read(ANNA, score("o", 7, day="2026-11-03"), score("p", 5, day="2026-11-02"))
    assert [row["date"] for row in found.case["scores"]] == ["2026-11-02", "2026-11-03"]


def test_of_two_versions_of_a_resource_the_later_counts():
    old, new = (
        score("o", value) | {"meta": {"lastUpdated": at}}
        for value, at in ((7, "2026-11-02T08:00:00Z"), (5, "2026-11-02T09:00:00Z"))
    )
    for both in ((old, new), (new, old)):
        found = read(ANNA, *both)
        assert found.case["scores"][0]["value"] == 5
        assert "an earlier version of" in reasons(found)
    (fault,) = refused(bundle(ANNA, score("o", 7), score("o", 5)))
    assert "neither has the later meta.lastUpdated" in fault


# ---- several people


def test_several_people_are_refused_by_name_and_one_can_be_chosen():
    two = (ANNA, ANNA | {"id": "b", "name": [{"text": "Bert Beispiel"}]}, condition())
    (fault,) = refused(bundle(*two))
    assert "Patient/a (Anna Muster), Patient/b (Bert Beispiel)" in fault
    assert "--patient ID" in fault
    assert read(*two, patient="b").case["patient"]["label"] == "Bert Beispiel"
    assert "of another person" in reasons(read(*two, patient="b"))
    assert read(*two, patient="Patient/a").case["diagnosis"]["condition"] == "diabetic_polyneuropathy"
    assert "Patient/a, Patient/b" in refused(bundle(*two), patient="c")[0]


def test_without_a_patient_all_must_be_of_one():
    assert read(score("o", 7)).case["scores"]
    assert "2 people" in refused(bundle(score("o", 7), score("p", 7, subject={"reference": "Patient/b"})))[0]


def test_a_reference_by_full_url_is_understood():
    entries = [
        {"fullUrl": "urn:uuid:1", "resource": {key: value for key, value in ANNA.items() if key != "id"}},
        {"fullUrl": "urn:uuid:2", "resource": score("o", 7, subject={"reference": "urn:uuid:1"})},
    ]
    found = read_bundle(bundle(entry=entries), "b", today=TODAY)
    assert found.case["scores"]


def test_a_page_of_a_longer_answer_says_so():
    data = bundle(ANNA, link=[{"relation": "next", "url": "https://example.org/?page=2"}])
    assert "not followed" in reasons(read_bundle(data, "b", today=TODAY))


# ---- goals and team


def test_goals_and_team_are_taken():
    target = {
        "measure": coded(LOINC, "64098-7"),
        "detailQuantity": {"value": 450, "comparator": ">=", "system": UCUM, "code": "m"},
        "dueDate": "2027-02-01",
    }
    goal = of_anna("Goal", "g", lifecycleStatus="active", description={"text": "walk to the shop"}, target=[target])
    # An element of R4 too, which our own goals have once they were judged.
    goal["statusReason"] = "not yet reached"
    words = of_anna("Goal", "h", lifecycleStatus="proposed", description={"text": "sleep"}, target=[{"dueDate": 7}])
    dropped = of_anna("Goal", "i", lifecycleStatus="cancelled", description={"text": "run"})
    doctor = {"resourceType": "Practitioner", "id": "d", "name": [{"text": "Dr C"}]}
    team = of_anna(
        "CareTeam",
        "t",
        participant=[
            {"role": [{"text": "general practitioner"}], "member": {"reference": "Practitioner/d"}},
            {"role": [{"text": "patient"}], "member": {"reference": "Patient/a"}},
            {"role": [{"text": "nurse"}]},
        ],
    )
    found = read(ANNA, goal, words, dropped, doctor, team)
    assert found.case["care"]["goals"] == [
        {"what": "walk to the shop", "measured_by": "sixmwt", "target": "450 m", "by": "2027-02-01"},
        {"what": "sleep"},
    ]
    assert found.case["care"]["team"] == ["general practitioner: Dr C"]
    assert "lifecycleStatus is cancelled" in reasons(found)


# ---- the case inside our own plan


EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "examples").glob("*.yaml"))


def case_of_plan(path: Path) -> Any:
    """What a plan holds of its case."""
    return read_case(path).model_dump(mode="json", by_alias=True)


@pytest.fixture
def own_case():
    return case_of_plan(next(path for path in EXAMPLES if path.stem == "diabetic_feet"))


def plan_document(case: Any, **parts: Any) -> dict[str, Any]:
    data = json.dumps({"case": case}).encode()
    attachment = {"contentType": "application/json", "data": base64.b64encode(data).decode()}
    return of_anna(
        "DocumentReference", "p", status="current", type=term("plan"), content=[{"attachment": attachment}], **parts
    )


def as_written(found: Imported) -> Any:
    return case_from_yaml(Path("case.yaml"), found.to_yaml()).model_dump(mode="json", by_alias=True)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_plan_that_is_carried_along_gives_its_case_to_the_letter(path):
    case = case_of_plan(path)
    assert as_written(read(ANNA | {"birthDate": None}, plan_document(case))) == case


def test_what_a_resource_contradicts_is_left_blank_and_told(own_case):
    document = plan_document(own_case)
    found = read(
        ANNA | {"birthDate": "1990-01-01"},
        document,
        condition("E10.42", stage=[{"summary": {"coding": [own("neupsig-grade", "possible")]}}]),
        drug("Photofrin"),
        score("o", 2, day="2026-07-20"),
        score("later", 3, day="2026-09-01"),
    )
    assert "age" not in found.case["patient"]
    assert "drugs" not in found.case["safety"]
    assert "icd10" not in found.case["diagnosis"]
    assert found.case["diagnosis"]["neupsig"] == {"relevant_history": True, "plausible_distribution": True}
    assert found.case["scores"][0]["instrument"] == "peg"
    assert found.case["lamp"]["device"] == "bestqool_pro300"
    told = reasons(found)
    assert "Photofrin" in told
    assert "the case file says 7 on that day; neither is taken" in told
    assert "it belongs in the diary" in told
    paths = {fault.path for fault in found.missing}
    assert {"patient.age", "safety.drugs", "diagnosis.neupsig.sensory_signs"} <= paths


@pytest.mark.parametrize(
    ("name", "known"), [("Metformin", True), ("duloxetine", True), ("form", False), ("lox", False), ("iron", False)]
)
def test_a_drug_of_the_plan_is_known_by_its_whole_name(name, known, own_case):
    found = read(ANNA | {"birthDate": None}, plan_document(own_case), drug(name))
    assert ("drugs" in found.case["safety"]) is known


def test_what_is_of_somebody_else_is_told_whatever_it_is(own_case):
    session = {"resourceType": "Procedure", "id": "x", "subject": {"reference": "Patient/b"}}
    found = read(ANNA, session, plan_document(own_case) | {"subject": {"reference": "Patient/b"}})
    assert reasons(found).count("of another person") == 2
    assert "lamp" not in found.case


def test_a_plan_of_another_condition_is_not_used(own_case):
    found = read(ANNA, plan_document(own_case), condition("G50.0"))
    assert "lamp" not in found.case
    assert "case file not used: the bundle has trigeminal_neuralgia" in reasons(found)


@pytest.mark.parametrize(
    ("attachment", "told"),
    [
        ({"url": "https://elsewhere.example/plan.json"}, "nothing is fetched"),
        ({"data": "%%%"}, "base64"),
        ({"data": 7}, "nothing is fetched"),
        ({"data": base64.b64encode(b"\xff").decode()}, "UTF-8"),
        ({"data": base64.b64encode(b"[" * 5000).decode()}, "more than 50 levels"),
        ({"data": base64.b64encode(b"{}").decode()}, "a plan with its case"),
        ({"data": base64.b64encode(b'{"case": {"lamp": 7, "extra": []}}').decode()}, "case file not used"),
        ({"data": base64.b64encode(b'{"case": {}}').decode(), "hash": "AAAA"}, "SHA-1"),
    ],
)
def test_a_plan_that_cannot_be_used_leaves_the_resources(attachment, told, own_case):
    document = plan_document(own_case) | {"content": [{"attachment": attachment}]}
    found = read(ANNA, document, condition())
    assert found.case["diagnosis"]["condition"] == "diabetic_polyneuropathy"
    assert told in reasons(found)


def test_a_hash_that_fits_is_no_hindrance(own_case):
    document = plan_document(own_case)
    data = base64.b64decode(document["content"][0]["attachment"]["data"])
    document["content"][0]["attachment"]["hash"] = base64.b64encode(hashlib.sha1(data).digest()).decode()
    assert as_written(read(ANNA | {"birthDate": None}, document)) == own_case


def test_of_several_plans_the_latest_counts_and_of_two_alike_none(own_case):
    other = copy.deepcopy(own_case) | {"anchor": "choose"}
    late = plan_document(other, date="2026-10-02T08:00:00Z") | {"id": "q"}
    assert read(ANNA, plan_document(own_case, date="2026-10-01T08:00:00Z"), late).case["anchor"] == "choose"
    found = read(ANNA, plan_document(own_case), plan_document(other) | {"id": "q"})
    assert "anchor" not in found.case
    assert "one of several case files" in reasons(found)


def test_a_plan_that_waits_for_its_signature_is_not_read_in_place_of_the_signed_one(own_case):
    waits = plan_document(
        copy.deepcopy(own_case) | {"anchor": "choose"}, date="2026-10-02T08:00:00Z", docStatus="preliminary"
    )
    signed = plan_document(own_case, date="2026-10-01T08:00:00Z", docStatus="final") | {"id": "q"}
    assert read(ANNA, waits, signed).case["anchor"] == own_case["anchor"]


# ---- what turns the meaning of the rest


@pytest.mark.parametrize(
    ("certain", "taken"), [("G", True), ("A", False), ("V", False), ("Z", False), (None, False), (7, False)]
)
def test_a_german_diagnosis_counts_only_if_it_is_certain(certain, taken):
    extension = {
        "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
        "valueCoding": {"code": certain},
    }
    coding = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "G56.0", "extension": [extension]}
    found = read(ANNA, of_anna("Condition", "c", code={"coding": [coding]}))
    assert ("diagnosis" in found.case) is taken
    assert ("Diagnosesicherheit" in reasons(found)) is not taken


def test_a_star_behind_a_german_code_is_no_part_of_it():
    coding = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "G63.2*"}
    found = read(ANNA, of_anna("Condition", "c", code={"coding": [coding]}))
    assert found.case["diagnosis"] == {"condition": "diabetic_polyneuropathy", "icd10": "G63.2"}


@pytest.mark.parametrize("name", ["modifierExtension", "implicitRules"])
def test_what_may_mean_the_opposite_is_not_read(name):
    drug = of_anna("MedicationStatement", "m", status="active", medicationCodeableConcept={"text": "duloxetine"})
    assert read(ANNA, drug).case["safety"] == {"drugs": ["duloxetine"]}
    found = read(ANNA, drug | {name: [{"url": "https://example.org/not", "valueBoolean": True}]})
    assert "safety" not in found.case
    assert "may change the meaning of the rest" in reasons(found)


@pytest.mark.parametrize("kind", ["MedicationRequest", "MedicationDispense", "MedicationAdministration"])
def test_a_drug_that_was_ordered_or_given_is_told_by_name_and_not_said_to_be_taken(kind):
    found = read(ANNA, of_anna(kind, "m", status="active", medicationCodeableConcept={"text": "doxycycline 100 mg"}))
    assert "safety" not in found.case
    assert "doxycycline 100 mg: whether it is taken now is not said" in reasons(found)
    assert "light-sensitising" in reasons(found)


# ---- what is no bundle, and what is meant to do harm


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b'<Bundle xmlns="http://hl7.org/fhir"/>', "this looks like XML"),
        (b"[]", "resourceType"),
        (b"null", "resourceType"),
        (b"7", "resourceType"),
        (b'{"resourceType": 7}', "resourceType"),
        (b'{"resourceType": "\\u001b[31mBundle"}', "resourceType"),
        (b'{"resourceType": "Bundle"}', "at least one entry"),
        (b'{"resourceType": "Bundle", "entry": {}}', "a list of entries"),
        (b'{"resourceType": "Bundle", "resourceType": "Patient"}', "stands twice"),
        (b'{"resourceType": "Patient", "x": NaN}', "NaN"),
        (b'{"resourceType": "Patient", "x": -Infinity}', "Infinity"),
        (b'{"resourceType": "Patient", "x": 1e999}', "Patient.x"),
        (b'{"resourceType": "Patient", "x": ' + b"9" * 5000 + b"}", "JSON"),
        (b'{"resourceType": "Patient", "name": [{"text": "\\ud800"}]}', "Patient.name[0].text"),
        (b'{"resourceType": "Patient", "\\udfff": 1}', "surrogate"),
        (b'{"resourceType": "Patient", "extension": ' + b"[" * 60 + b"]" * 60 + b"}", "Patient.extension[0][0]"),
        (b"[" * 100_000, "line 1, column 51"),
        (b'{"a":' * 100_000, "line 1, column 251"),
        (b'"' + b'\\"' * 200_000, "JSON"),
    ],
)
def test_what_is_no_resource_is_one_clear_fault_with_its_place(data, told):
    (fault,) = refused(data)
    assert told in fault
    assert "\x1b" not in fault
    assert len(fault) < 600


def test_what_is_too_large_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(reading_json, "read_json", lambda *_: pytest.fail("it was parsed"))
    (fault,) = refused(b" " * (reading_json.BYTES_AT_MOST + 1))
    assert "at most 40 MB" in fault
    (fault,) = refused(b"[" + b"[]," * (reading_json.VALUES_AT_MOST // 2 + 1) + b"[]]")
    assert "at most 2,000,000 values" in fault


def test_entries_that_are_no_resources_are_listed_and_the_others_read():
    entries = [None, 7, {}, {"resource": []}, {"resource": {"resourceType": ""}}, {"resource": ANNA}, {"request": {}}]
    found = read_bundle(bundle(entry=entries), "b", today=TODAY)
    assert found.case["patient"]["label"] == "Anna Muster"
    assert len(found.not_understood) == 6
    assert "Bundle.entry[0]" in reasons(found)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "<b>Eve",
        "&lt;b&gt;",
        "Eve\u202emoT",
        "Eve\x1b[31m",
        "Eve\x00",
        "",
        7,
        [],
        "x" * 501,
    ],
)
def test_a_name_that_could_be_more_than_text_is_not_taken(name):
    hostile = ANNA | {"name": [{"text": name}]}
    found = read(hostile)
    assert "label" not in found.case["patient"]
    told = found.to_yaml() + "\n".join(map(str, found.not_understood)) + json.dumps(found.to_dict())
    assert "<script" not in told
    assert "\x1b" not in told


def test_the_narrative_is_not_read():
    harm = {"status": "generated", "div": "<div><script>alert(1)</script></div>"}
    assert "script" not in json.dumps(read(ANNA | {"text": harm}, condition(text=harm)).to_dict())


def test_nothing_ends_a_comment_of_the_case_file():
    hostile = condition("x\nanchor: choose", system="http://x\n#", id_="c\nlamp: 7")
    hostile["code"]["text"] = "y\nsite: 7"
    text = read(ANNA, hostile, drug("z\u2028lamp: 7")).to_yaml()
    assert yaml.safe_load(text)["anchor"] is None
    assert all(":" in line or line.startswith(("#", "-", " ")) for line in text.splitlines())


def test_the_case_file_is_yaml_whatever_the_text_is():
    odd = "a: [b] # c, {d} \"e\" 'f' - | > ! & * ? é 漢"
    found = read(ANNA | {"name": [{"text": odd}]})
    assert read_yaml("case.yaml", found.to_yaml())["patient"]["label"] == odd


def test_thousands_of_entries_are_told_in_a_few_lines():
    many = [score(f"o{k}", 7, "8867-4") for k in range(5000)]
    found = read(ANNA, *many)
    assert len(found.not_understood) == 5000
    assert len(found.not_understood_in_short()) == 1
    assert "and 4999 more" in found.to_yaml()


def test_contained_resources_are_looked_up_and_never_followed_around():
    bomb = drug("x") | {"medicationCodeableConcept": None, "medicationReference": {"reference": "#a"}}
    bomb["contained"] = [{"id": "a", "code": {"text": "Pregabalin"}, "contained": [{"id": "b"}] * 1000}] * 50
    assert read(ANNA, bomb).case["safety"]["drugs"] == ["Pregabalin"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 10**12) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WHOLE = [
    ANNA,
    condition(stage=[{"summary": {"coding": [own("neupsig-grade", "probable")]}}]),
    drug("Metformin"),
    score("o", 7),
    phq9(*[1] * 9),
    of_anna(
        "Goal",
        "g",
        lifecycleStatus="active",
        description={"text": "sleep"},
        target=[{"measure": coded(LOINC, "64098-7")}],
    ),
    of_anna("CareTeam", "t", participant=[{"member": {"display": "Dr C"}}]),
    of_anna("DocumentReference", "p", status="current", type=term("plan"), content=[{"attachment": {"data": "e30="}}]),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in places(each, (*path, key)))]


PLACES = places(WHOLE)[1:]


def is_read_or_refused(data: bytes) -> None:
    try:
        found = read_bundle(data, "b", today=TODAY)
    except InvalidInput as problem:
        assert str(problem)
        return
    written = yaml.load(found.to_yaml(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    assert written["schema"] == "nervelight-case-1"
    assert json.dumps(found.to_dict())
    assert found.missing


@given(JSON)
@settings(max_examples=15)
def test_any_json_is_read_or_refused(value):
    is_read_or_refused(json.dumps(value).encode())
    is_read_or_refused(bundle(ANNA, value, condition()))


@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=3))
@settings(max_examples=40)
def test_anything_in_any_place_of_a_bundle_is_read_or_refused(changes):
    resources = copy.deepcopy(WHOLE)
    for path, value in changes:
        here: Any = resources
        try:
            for key in path[:-1]:
                here = here[key]
            here[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            # An earlier change took that place away.
            continue
    is_read_or_refused(bundle(*resources))


@given(st.binary(max_size=60))
@settings(max_examples=50)
def test_any_bytes_are_read_or_refused(data):
    is_read_or_refused(data)


@given(st.text(max_size=40))
def test_plain_text_is_one_line_of_printable_signs_or_nothing(text):
    found = plain(text)
    assert found is None or ("\n" not in found and found == found.strip() and plain(found) == found)
