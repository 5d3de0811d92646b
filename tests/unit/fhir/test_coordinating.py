"""Tasks with owner and day; documents with hash and size; who wrote, amended and signed what."""

from __future__ import annotations

import base64
import dataclasses
import hashlib

import pytest

from fhir_course import ON, PDF, kept
from nervelight.fhir import coordinating, places
from nervelight.fhir.bundle import bundle_of
from nervelight.planning import Plan
from nervelight.record.contents import TaskText


@pytest.mark.parametrize(("state", "status"), [("open", "requested"), ("done", "completed"), ("dropped", "cancelled")])
def test_a_task_has_owner_day_and_state(dossier, state, status):
    text = TaskText(text="Call", owner="clinician", due=ON, state=state, sources=("nervelight_rule", "of_old"))
    (task,) = coordinating.tasks_of(dataclasses.replace(dossier, entries=(kept("t", text),)))
    assert (task["status"], task["intent"], task["priority"]) == (status, "order", "routine")
    assert task["restriction"] == {"period": {"end": f"{ON}"}}
    assert task["owner"] == {"reference": f"CareTeam/{dossier.course_id}"}
    assert task["note"][1]["text"] == "of_old"


def test_what_came_of_a_task_is_its_output(made, dossier):
    task = made("Task", "task-2")
    assert task["owner"] == task["for"] == {"reference": f"Patient/{dossier.patient_id}"}
    assert (task["priority"], task["output"][0]["valueString"]) == ("urgent", "Written.")


def attachment(document):
    return document["content"][0]["attachment"]


def test_each_version_of_the_plan_is_there_to_the_letter(made, dossier):
    document = made("DocumentReference", dossier.current.id)
    data = base64.b64decode(attachment(document)["data"])
    assert Plan.model_validate_json(data).to_json() == dossier.plan.to_json()
    assert hashlib.sha256(data).hexdigest() == dossier.current.sha256
    assert dossier.current.sha256 in document["description"]
    assert base64.b64decode(attachment(document)["hash"]) == hashlib.sha1(data, usedforsecurity=False).digest()
    assert attachment(document)["size"] == len(data)
    assert document["relatesTo"] == [{"code": "replaces", "target": {"reference": "DocumentReference/first-plan"}}]
    assert made("DocumentReference", "first-plan")["status"] == "superseded"


def test_a_plan_of_another_release_says_that_it_was_written_anew(dossier):
    old = dataclasses.replace(dossier.plans[0], sha256="0" * 64)
    first, *_ = coordinating.documents_of(dataclasses.replace(dossier, plans=(old, dossier.current)))
    assert "written anew" in first["description"]


def test_a_filed_document_leaves_its_content_behind(made):
    filed = attachment(made("DocumentReference", "letter"))
    assert "data" not in filed
    assert (filed["contentType"], filed["size"], filed["title"]) == ("application/pdf", len(PDF), "letter")
    assert base64.b64decode(filed["hash"]) == hashlib.sha1(PDF, usedforsecurity=False).digest()


def provenances(dossier):
    made = [entry["resource"] for entry in bundle_of(dossier)["entry"]]
    return {each["target"][0]["reference"]: each for each in made if each["resourceType"] == "Provenance"}


def test_each_entry_says_who_wrote_it_and_when_and_whether_it_was_amended(dossier):
    found = provenances(dossier)
    first = found["QuestionnaireResponse/peg-1"]
    assert first["activity"]["coding"][0]["code"] == "UPDATE"
    assert first["target"] == [{"reference": "QuestionnaireResponse/peg-1"}, {"reference": "Observation/peg-1"}]
    assert first["agent"][0]["who"] == {"reference": f"Patient/{dossier.patient_id}"}
    assert first["recorded"] == "2026-11-02T18:30:00+00:00"
    assert found["Procedure/session-2"]["activity"]["coding"][0]["code"] == "CREATE"
    assert found["Procedure/session-2"]["agent"][0]["who"]["display"] == "Dr B"
    card = found["ClinicalImpression/card"]
    assert card["agent"][0]["who"] == {"reference": "#program"}
    assert card["contained"][0]["deviceName"][0]["name"] == "Nervelight"


def test_what_comes_from_a_file_claims_no_author(dossier):
    entries = tuple(dataclasses.replace(each, recorded_at=None, author=None) for each in dossier.entries)
    plans = tuple(dataclasses.replace(each, recorded_at=None, author=None, signature=None) for each in dossier.plans)
    assert provenances(dataclasses.replace(dossier, entries=entries, plans=plans)) == {}


def test_a_signature_says_who_signed_which_plan_and_in_which_words(made, dossier):
    made_of = [entry["resource"] for entry in bundle_of(dossier)["entry"]]
    (signed,) = [each for each in made_of if "signature" in each]
    assert signed["target"] == [
        {"reference": f"DocumentReference/{dossier.current.id}"},
        places.care_plan(dossier),
    ]
    assert signed["reason"] == [{"text": "I have read it."}]
    (signature,) = signed["signature"]
    assert signature["who"]["display"] == "Dr B"
    assert signature["type"][0]["code"] == "1.2.840.10065.1.12.1.1"
    assert made("DocumentReference", dossier.current.id)["docStatus"] == "final"
