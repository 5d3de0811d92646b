"""A course of the record as FHIR: of a made-up person, signed, replaced, ended."""

from __future__ import annotations

import pytest

from nervelight.fhir import places
from nervelight.fhir.bundle import bundle_of
from nervelight.fhir.check import check_bundle
from nervelight.fhir.definitions import conformance_resources, with_snapshots
from nervelight.record import courses
from nervelight.record.entries import today_at
from nervelight.record.gathering import dossier_of


@pytest.mark.slow
def test_a_course_of_the_record_is_right_by_the_official_definitions(course, session, clinician, example_plans, r4):
    known = r4.beside(with_snapshots(conformance_resources(), r4.find))
    courses.record_session(course, session, author=clinician, day=course.starts)
    first = dossier_of(course, actor=clinician, about="fhir")
    second = example_plans["diabetic_feet"].model_copy(update={"title": "Second version"})
    plan = courses.add_plan(course, second, case=courses.case_of(course).entry, author=clinician)
    waits = dossier_of(course, actor=clinician, about="fhir")
    courses.sign(course, plan, author=clinician, statement="I have read this plan.")
    course.patient.synthetic = True
    course.patient.save(update_fields=["synthetic"])
    courses.end_course(course, "enough", author=clinician, day=today_at(course.clinic))
    ended = dossier_of(course, actor=clinician, about="fhir")
    plans = []
    for dossier in (first, waits, ended):
        bundle = bundle_of(dossier)
        assert [str(each) for each in check_bundle(bundle, known) if each.severity == "error"] == []
        made = [entry["resource"] for entry in bundle["entry"]]
        plans.append([(each["id"], each["status"]) for each in made if each["resourceType"] == "CarePlan"])
        tagged = {each["resourceType"] for each in made if "tag" in each.get("meta", {})}
        assert ({"Patient", "CarePlan", "Condition", "ServiceRequest"} <= tagged) == bool(dossier.synthetic)
    one, two = (places.care_plan(ended, each)["reference"].partition("/")[2] for each in ended.plans)
    # A version keeps its place when it is signed and when another one takes over.
    assert plans[:2] == [[(one, "active")], [(one, "active"), (two, "draft")]]
    # Whether its last session was over when it ended is told by the clock of whoever runs this.
    assert plans[2] in ([(one, "revoked"), (two, "completed")], [(one, "revoked"), (two, "revoked")])
