"""Questionnaires: written down together with the tasks that single answers ask for."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db import transaction

from nervelight.assessment import instrument, raised
from nervelight.errors import Fault, InvalidInput
from nervelight.record.contents import Response, TaskText
from nervelight.record.courses import locked, refresh
from nervelight.record.entries import today_at, write
from nervelight.record.events import due_by
from nervelight.record.models import Account, Course, Entry, Patient
from nervelight.record.tasks import add_task

__all__ = ["alarm", "record_response"]


def record_response(
    response: Response,
    *,
    patient: Patient,
    course: Course | None,
    author: Account | None,
    day: dt.date | None = None,
    red_flags: Iterable[str] = (),
    key: str | None = None,
) -> Entry:
    """Write down a questionnaire and, in the same transaction, an urgent task for each red flag that answers raise.

    It is of today at the clinic, where no day is given.

    Raises
    ------
    InvalidInput
        If the day lies ahead.
    KeyUsedTwice
        If the key came before with other answers.
    """
    today = today_at(patient.clinic)
    if day is not None and day > today:
        raise InvalidInput("questionnaire", [Fault("day", day.isoformat(), f"a day up to today, {today}")])
    with transaction.atomic():
        locked(course)
        entry = write(response, patient=patient, course=course, author=author, day=day, key=key)
        # Under the key of the form, so that what was raised before it was whole is not raised again.
        alarm(
            red_flags, response.instrument, patient=patient, course=course, author=author, key=key or str(entry.pk)
        )  # fmt: skip
        if course is not None:
            refresh(course)
    return entry


def alarm(
    red_flags: Iterable[str],
    instrument_id: str,
    *,
    patient: Patient,
    course: Course | None,
    author: Account | None,
    key: str,
) -> None:
    """Make the urgent task of each red flag that an answer raises, also one of a form that was never finished."""
    today = today_at(patient.clinic)
    for flag in raised(red_flags):
        made = hashlib.sha256(f"{flag.id} of {key}".encode()).hexdigest()
        if Entry.objects.filter(patient=patient, key=made).exists():
            continue
        add_task(
            TaskText(
                text=f"{flag.action} Who acts: {flag.owner}.",
                why=f"an answer of {instrument(instrument_id).name}",
                sources=flag.sources,
                owner="clinician",
                due=due_by([flag], today),
                urgent=True,
            ),
            patient=patient,
            course=course,
            author=author,
            key=made,
        )
