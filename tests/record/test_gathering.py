"""A course from the record: what holds now, under ids that outlive a correction."""

from __future__ import annotations

import datetime as dt

import pytest

from nervelight.errors import InvalidInput
from nervelight.record import courses, people
from nervelight.record.contents import AdverseEvent, Identity, Response, Session, TaskText
from nervelight.record.entries import opened, today_at, write
from nervelight.record.events import report_event
from nervelight.record.gathering import dossier_of
from nervelight.record.keys import KeyMissing
from nervelight.record.models import AuditRow, Course, Task
from nervelight.record.own import own_course
from nervelight.record.pausing import Pause
from nervelight.record.tasks import finish_task
from record.test_events import event


def test_what_holds_is_there_under_the_id_of_its_first_version(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=course.starts)
    changed = session.model_copy(update={"note": "was the left foot first"})
    second = courses.amend_session(first, changed, author=clinician)
    made = dossier_of(course, actor=clinician, about="fhir")
    (kept,) = made.of(Session)
    assert (kept.id, kept.version, kept.content) == (str(first.pk), str(second.pk), changed)
    assert kept.author is not None
    assert kept.author.name == "Dr B"


def test_plan_and_signature_belong_together(course):
    made = dossier_of(course, actor=None, about="fhir")
    assert made.state == "signed"
    assert made.current.signature is not None
    assert made.current.signature.content.sha256 == made.current.sha256
    assert made.plan == courses.signed_plan(course)


def test_what_is_of_the_person_comes_along_and_what_is_of_another_course_or_person_does_not(course, clinician):
    patient, today = course.patient, today_at(course.clinic)
    write(Response(instrument="nrs11", score=3.0), patient=patient, author=clinician, day=today)
    other_course = courses.open_course(patient, {"schema": "nervelight-case-1"}, author=clinician)
    write(Response(instrument="nrs11", score=9.0), patient=patient, author=clinician, course=other_course)
    other = people.add_patient(course.clinic, Identity(name="Zacharias Fremd"), author=clinician)
    write(event(), patient=other, author=clinician)
    made = dossier_of(course, actor=clinician, about="fhir")
    assert [each.content.score for each in made.of(Response)] == [3.0]
    assert made.of(AdverseEvent) == ()
    assert made.identity.name == "Anna Maria Schmidt-Weiß"
    with pytest.raises(InvalidInput, match="of which a plan was made"):
        dossier_of(other_course, actor=clinician, about="fhir")


def test_light_is_paused_from_a_harm_in_any_course_until_the_clinic_has_answered(course, clinician):
    patient, today = course.patient, today_at(course.clinic)
    other = courses.open_course(patient, {"schema": "nervelight-case-1"}, author=clinician)
    report_event(event(red_flags=("skin_or_eye_injury",)), patient=patient, course=other, author=clinician)
    assert dossier_of(course, actor=clinician, about="fhir").paused == Pause(today, "Red skin")
    assert own_course(patient).due.state == "paused"
    task = Task.objects.get()
    done = opened(task.entry, TaskText).model_copy(update={"state": "done", "outcome": "healed"})
    finish_task(task, done, author=clinician)
    assert dossier_of(course, actor=clinician, about="fhir").paused is None
    assert own_course(patient).due.state != "paused"


def test_that_it_left_the_record_stands_in_the_audit(course, clinician):
    dossier_of(course, actor=clinician, about="letter")
    row = AuditRow.objects.order_by("seq").last()
    assert (row.action, row.actor, row.about) == ("export", clinician.pk, f"letter {course.pk}")


def test_an_erased_person_has_no_dossier(course, clinician):
    people.erase(course.patient, author=clinician)
    with pytest.raises((KeyMissing, InvalidInput)):
        dossier_of(course, actor=clinician, about="fhir")


def test_a_day_is_the_day_where_the_clinic_is(course, session, clinician):
    # Late in the evening in UTC, the next day in Berlin.
    late = dt.datetime(2026, 8, 2, 22, 30, tzinfo=dt.UTC)
    Course.objects.filter(pk=course.pk).update(opened_at=late)
    write(session, patient=course.patient, course=course, author=clinician, day=course.starts, at=late)
    made = dossier_of(Course.objects.get(pk=course.pk), actor=clinician, about="fhir")
    assert made.opened == dt.date(2026, 8, 3)
    (given,) = made.of(Session)
    assert given.recorded_at == late
    assert given.recorded_at.date() == dt.date(2026, 8, 3)
    assert str(made.current.recorded_at.tzinfo) == "Europe/Berlin"
