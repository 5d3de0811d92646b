"""Whole courses as FHIR: against the official definitions, on another's server, read by another's client."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from fhir_course import ON, course_of_every_kind
from fhir_tools import FhirServer
from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.fhir.check import Definitions, check_bundle
from nervelight.fhir.definitions import conformance_resources, with_snapshots
from nervelight.fhir.elements import Resource
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import review_course
from nervelight.record.dossier import dossier_of_plan

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.yaml"))
DIARIES = sorted((ROOT / "examples" / "diaries").glob("*.csv"))


@pytest.fixture(scope="module")
def ours(r4: Definitions) -> Definitions:
    """The official definitions with our own beside them."""
    return r4.beside(with_snapshots(conformance_resources(), r4.find))


@pytest.fixture(scope="module")
def bundle(example_plans) -> Resource:
    return json.loads(bundle_text(bundle_of(course_of_every_kind(example_plans["diabetic_feet"]))))


def wrong(bundle: Resource, definitions: Definitions) -> list[str]:
    return [
        f"{each.path}: {each.rule}, {each.text}"
        for each in check_bundle(bundle, definitions)
        if each.severity == "error"
    ]


def test_an_entry_of_every_kind_holds_against_the_definitions(bundle, ours):
    assert wrong(bundle, ours) == []


def test_a_second_validator_finds_nothing_either(bundle, fhir_server: FhirServer):
    found = {
        entry["fullUrl"]: issues
        for entry in bundle["entry"]
        if (issues := fhir_server.second_opinion(entry["resource"]))
    }
    assert found == {}


def test_a_broken_course_is_found(bundle, ours):
    broken = json.loads(json.dumps(bundle))
    of_type = {entry["resource"]["resourceType"]: entry["resource"] for entry in broken["entry"]}
    of_type["AdverseEvent"]["actuality"] = "perhaps"
    of_type["Procedure"]["usedReference"] = [{"reference": "Device/nobody"}]
    del of_type["Consent"]["policyRule"]
    told = " ".join(wrong(broken, ours))
    assert all(each in told for each in ("perhaps", "Device/nobody", "ppc-1"))


def test_a_server_takes_it_finds_it_gives_it_back_and_doubles_nothing(bundle, fhir_server: FhirServer):
    for _ in range(2):
        answer = fhir_server.client.post("/", json=bundle).raise_for_status().json()
        assert {entry["response"]["status"][:3] for entry in answer["entry"]} <= {"200", "201"}
    for entry in bundle["entry"]:
        sent = entry["resource"]
        back = fhir_server.client.get(f"/{sent['resourceType']}/{sent['id']}").raise_for_status().json()
        meta = {name: each for name, each in back.pop("meta").items() if name in ("profile", "tag")}
        assert back | ({"meta": meta} if meta else {}) == sent
    for kind, count in Counter(entry["resource"]["resourceType"] for entry in bundle["entry"]).items():
        found = fhir_server.client.get(f"/{kind}?_count=1000").raise_for_status().json()
        assert len(found["entry"]) == count, kind
    patient = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    sessions = fhir_server.client.get(f"/Procedure?subject=Patient/{patient['id']}").raise_for_status().json()
    assert {entry["resource"]["id"] for entry in sessions["entry"]} == {"session-1", "session-2", "session-3"}


def test_fhirclient_reads_it_and_writes_the_same(bundle):
    from fhirclient.models.bundle import Bundle

    read = Bundle(bundle)
    assert len(read.entry) == len(bundle["entry"])
    assert json.loads(json.dumps(read.as_json())) == bundle


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_holds(name, ours, rough_plans):
    assert wrong(bundle_of(dossier_of_plan(rough_plans[name], today=ON), "collection"), ours) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", DIARIES, ids=lambda path: path.stem)
def test_every_example_diary_holds(path, example_plans, ours):
    plan, diary = example_plans["diabetic_feet"], read_diary(path, today=ON)
    dossier = dossier_of_plan(plan, diary, [review_course(plan, diary, on=ON)], today=ON)
    assert wrong(bundle_of(dossier), ours) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_everybody_of_the_demonstration_holds(ours):
    from nervelight.record.demo import load_demo
    from nervelight.record.gathering import dossier_of
    from nervelight.record.models import Course, Entry

    load_demo(draws=16)
    planned = Entry.objects.filter(kind=Entry.Kind.PLAN).values("course")
    courses = list(Course.objects.filter(pk__in=planned).select_related("patient", "clinic"))
    assert len(courses) >= 8
    for course in courses:
        dossier = dossier_of(course, actor=None, about="fhir")
        # Days are alike: of each kind of entry some are enough.
        few = [each for kind in {type(each.content) for each in dossier.entries} for each in dossier.of(kind)[-2:]]
        few.sort(key=lambda each: (each.day, each.id))
        bundle = bundle_of(dataclasses.replace(dossier, entries=tuple(few)))
        assert wrong(bundle, ours) == []
        tags = [entry["resource"]["meta"]["tag"][0]["code"] for entry in bundle["entry"] if _of_somebody(entry)]
        assert set(tags) == {"HTEST"}


def _of_somebody(entry: Resource) -> bool:
    return entry["resource"]["resourceType"] in ("Patient", "Procedure", "Observation", "CarePlan", "Provenance")


def test_dates_of_the_course_are_days_that_are_known(bundle):
    procedures = [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Procedure"]
    days = {each["id"]: dt.date.fromisoformat(each["performedDateTime"]) for each in procedures}
    earlier = ON - dt.timedelta(days=1)
    assert days == {"session-1": earlier, "session-2": ON, "session-3": earlier}
