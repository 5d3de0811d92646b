"""The Bundle: each resource once, all that is referred to, the same each time, and safe to send again."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys

import pytest

from fhir_course import MARKUP
from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.record.contents import Identity

ELEMENTS = [
    "Patient",
    "Condition",
    "CarePlan",
    "Goal",
    "ServiceRequest",
    "Procedure",
    "Device",
    "DeviceUseStatement",
    "Questionnaire",
    "QuestionnaireResponse",
    "Observation",
    "AdverseEvent",
    "MedicationStatement",
    "CareTeam",
    "Task",
    "Communication",
    "DocumentReference",
    "Appointment",
    "Provenance",
    "Flag",
    "Consent",
    "DiagnosticReport",
    "ClinicalImpression",
    "Organization",
    "Practitioner",
]


def test_every_element_of_a_course_is_there(dossier):
    assert set(ELEMENTS) <= {entry["resource"]["resourceType"] for entry in bundle_of(dossier)["entry"]}


def test_a_transaction_puts_each_resource_in_its_place(dossier):
    for entry in bundle_of(dossier)["entry"]:
        place = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        assert entry["request"] == {"method": "PUT", "url": place}
        assert entry["fullUrl"].endswith(f"/fhir/{place}")
    assert all("request" not in entry for entry in bundle_of(dossier, "collection")["entry"])


def test_each_place_is_taken_once_and_what_is_referred_to_is_there(dossier):
    bundle = bundle_of(dossier)
    places = [entry["request"]["url"] for entry in bundle["entry"]]
    assert len(set(places)) == len(places)
    referred = re.findall(r'"reference": ?"([^#"]+)"', json.dumps(bundle))
    assert set(referred) <= set(places)
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", place.partition("/")[2]) for place in places)


def test_the_same_course_gives_the_same_text(dossier, example_plans):
    from fhir_course import course_of_every_kind

    again = course_of_every_kind(example_plans["diabetic_feet"])
    assert bundle_text(bundle_of(again)) == bundle_text(bundle_of(dossier))


def test_the_text_is_the_bundle_an_entry_a_line(dossier):
    bundle = bundle_of(dossier)
    text = bundle_text(bundle)
    assert json.loads(text) == bundle
    assert len(text.splitlines()) == len(bundle["entry"]) + 2


def test_nothing_is_empty_and_no_word_of_a_person_is_markup(dossier):
    def walk(value):
        assert value not in ("", [], {}, None)
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    named = dataclasses.replace(dossier, identity=Identity(name=MARKUP))
    bundle = bundle_of(named)
    walk(bundle)
    told = [entry["resource"]["text"]["div"] for entry in bundle["entry"] if "text" in entry["resource"]]
    assert told
    assert not any("<script" in each for each in told)


def test_whatever_is_of_a_made_up_person_says_so(dossier):
    def tags(course):
        return {
            entry["resource"]["resourceType"]: [tag["code"] for tag in entry["resource"].get("meta", {}).get("tag", [])]
            for entry in bundle_of(course)["entry"]
        }

    untagged = {kind for kind, codes in tags(dossier).items() if codes != ["HTEST"]}
    assert untagged == {"Organization", "Practitioner", "DeviceDefinition", "Questionnaire"}
    assert not any(tags(dataclasses.replace(dossier, synthetic="")).values())


@pytest.mark.parametrize("module", ["bundle", "definitions"])
def test_no_database_is_needed(module):
    code = f"import sys, nervelight.fhir.{module}; assert not [each for each in sys.modules if each == 'django']"
    subprocess.run([sys.executable, "-c", code], check=True)
