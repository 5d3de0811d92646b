"""An event is written down together with the task that says what to do."""

from __future__ import annotations

import datetime as dt

import pytest

from nervelight.assessment.red_flags import red_flag_ids, red_flags
from nervelight.errors import UnknownName
from nervelight.record import audit
from nervelight.record.contents import AdverseEvent, TaskText
from nervelight.record.entries import KeyUsedTwice, current, opened, today_at
from nervelight.record.events import WORKING_DAYS, amend_event, due_by, report_event
from nervelight.record.models import Account, Entry, Task
from nervelight.record.tasks import finish_task

FRIDAY = dt.date(2026, 8, 7)


def event(**change) -> AdverseEvent:
    data = {"what": "Red skin", "seriousness": "mild", "related": "possible", "told_by": "clinician"} | change
    return AdverseEvent(**data)


@pytest.fixture
def person(patient) -> Account:
    return Account.objects.create_user("p-anna", None, role="patient", clinic=patient.clinic, patient=patient)


@pytest.mark.parametrize("flag", red_flag_ids())
def test_each_red_flag_makes_an_urgent_task_with_its_action_and_who_acts(flag, patient, person):
    report_event(event(red_flags=(flag,)), patient=patient, author=person)
    task = Task.objects.get()
    (known,) = (each for each in red_flags() if each.id == flag)
    said = opened(task.entry, TaskText)
    assert task.urgent
    assert known.action in said.text
    assert known.owner in said.text
    assert set(known.sources) <= set(said.sources)
    assert ("Not checked against a source" in said.text) is known.unverified


@pytest.mark.parametrize(
    ("change", "role", "urgent"),
    [
        ({"seriousness": "serious"}, "clinician", True),
        ({"seriousness": "severe"}, "patient", True),
        ({}, "clinician", None),
        ({"told_by": "patient"}, "clinician", None),
        ({}, "patient", False),
        ({"seriousness": "not graded"}, "patient", False),
    ],
)
def test_what_is_grave_is_urgent_and_what_a_patient_tells_is_read_by_somebody(
    change, role, urgent, patient, person, clinician
):
    report_event(event(**change), patient=patient, author=person if role == "patient" else clinician)
    assert list(Task.objects.values_list("urgent", flat=True)) == ([] if urgent is None else [urgent])


def test_all_flags_of_an_event_are_one_task_and_the_soonest_counts(patient, clinician):
    report_event(event(red_flags=("pain_rising", "eye_symptoms")), patient=patient, author=clinician)
    task = Task.objects.get()
    assert task.due == today_at(patient.clinic)
    assert opened(task.entry, TaskText).text.count("Who acts") == 2


def test_the_same_event_twice_is_one_event_and_one_task_also_after_the_task_was_closed(course, clinician):
    told = event(red_flags=("foot_ulcer",))
    first = report_event(told, patient=course.patient, course=course, author=clinician, key="once")
    task = Task.objects.get()
    finish_task(task, opened(task.entry, TaskText).model_copy(update={"state": "done"}), author=clinician)
    assert report_event(told, patient=course.patient, course=course, author=clinician, key="once") == first
    assert Task.objects.count() == 1
    course.refresh_from_db()
    assert course.flags == 0
    with pytest.raises(KeyUsedTwice):
        report_event(event(), patient=course.patient, course=course, author=clinician, key="once")


def test_an_unknown_red_flag_writes_nothing(patient, clinician):
    with pytest.raises(UnknownName, match="foot_ulcer"):
        report_event(event(red_flags=("foot_ulcr",)), patient=patient, author=clinician)
    assert not Entry.objects.filter(kind="event").exists()


def test_an_event_without_its_task_is_not_written(patient, clinician, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("nervelight.record.events.add_task", broken)
    with pytest.raises(RuntimeError):
        report_event(event(red_flags=("foot_ulcer",)), patient=patient, author=clinician)
    assert not Entry.objects.filter(kind="event").exists()
    assert list(audit.verify()) == []


def test_an_amendment_makes_a_task_only_of_what_is_new(patient, clinician):
    before = event(red_flags=("foot_ulcer",))
    first = report_event(before, patient=patient, author=clinician)
    same = amend_event(first, before, before.model_copy(update={"what": "Red skin, left"}), author=clinician, key=None)
    assert Task.objects.count() == 1
    more = event(red_flags=("foot_ulcer", "eye_symptoms"))
    amend_event(same, before, more, author=clinician, key=None)
    texts = [opened(each, TaskText).text for each in current("task", patient=patient)]
    assert len(texts) == 2
    assert sum("foot team" in text for text in texts) == 1


@pytest.mark.parametrize(
    ("flags", "day", "due"),
    [
        ((), FRIDAY, FRIDAY),
        (("cauda_equina",), FRIDAY, FRIDAY),
        (("foot_ulcer",), FRIDAY, dt.date(2026, 8, 10)),
        (("pain_rising",), FRIDAY, dt.date(2026, 8, 11)),
        (("pain_rising",), dt.date(2026, 8, 8), dt.date(2026, 8, 11)),
        (("foot_ulcer", "pain_rising"), dt.date(2026, 8, 3), dt.date(2026, 8, 4)),
    ],
)
def test_working_days_are_monday_to_friday(flags, day, due):
    assert due_by([each for each in red_flags() if each.id in flags], day) == due


def test_each_urgency_has_its_days():
    assert {flag.urgency for flag in red_flags()} <= set(WORKING_DAYS)
