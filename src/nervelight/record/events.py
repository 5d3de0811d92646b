"""Adverse events: written down together with the task that says what to do about them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db import transaction

from nervelight.assessment.red_flags import RedFlag, Urgency, raised
from nervelight.record.contents import AdverseEvent, TaskText
from nervelight.record.entries import amend, write
from nervelight.record.models import Account, Course, Entry, Patient
from nervelight.record.tasks import add_task, after_working_days

__all__ = ["WORKING_DAYS", "amend_event", "due_by", "make_task", "report_event", "why_of"]

WORKING_DAYS: Mapping[Urgency, int] = MappingProxyType(
    {
        "emergency-now": 0,
        "urgent": 0,
        "same-day": 0,
        "stop-and-report": 0,
        "1-working-day": 1,
        "2-working-days": 2,
        # The list of red flags names no day for a referral: a rule of this project, as for pain that rises.
        "referral": 2,
    }
)
"""Working days until somebody must have acted on a red flag, by its urgency."""
URGENT_BY_ITSELF = ("severe", "serious")
"""Seriousness that needs somebody today, with or without a red flag: a rule of this project."""


def report_event(
    content: AdverseEvent,
    *,
    patient: Patient,
    author: Account | None,
    course: Course | None = None,
    key: str | None = None,
    day: dt.date | None = None,
    urgent: bool = False,
) -> Entry:
    """Write down an adverse event and, in the same transaction, the task that it makes.

    A red flag, or an event that is severe or serious, makes an urgent task with what to do. Any other event that no
    clinician wrote down makes a task to read it, so that nothing is told to nobody.

    Parameters
    ----------
    content : AdverseEvent
        What happened.
    patient, course
        To whom, and in which course.
    author : Account or None
        Who writes it down; the patient's own account from the phone.
    key : str, optional
        Idempotency key: the same event twice is one event and one task.
    day : date, optional
        When it happened; today at the clinic when absent.
    urgent : bool
        Whether somebody is needed today also without a red flag, as where the person asks for help.

    Raises
    ------
    UnknownName
        If a red flag is none.
    KeyUsedTwice
        If the key came before with another event.
    """
    from nervelight.record.courses import locked, refresh

    raised(content.red_flags)
    with transaction.atomic():
        locked(course)
        entry = write(content, patient=patient, course=course, author=author, day=day, key=key)
        make_task(entry, content, urgent)
        if course is not None:
            refresh(course)
    return entry


def amend_event(
    known: Entry, before: AdverseEvent, content: AdverseEvent, *, author: Account, key: str | None
) -> Entry:
    """Amend an event; what it newly raises makes a task of its own.

    Raises
    ------
    AmendedMeanwhile
        If somebody else amended it first.
    """
    raised(content.red_flags)
    new = tuple(flag for flag in content.red_flags if flag not in before.red_flags)
    graver = content.seriousness in URGENT_BY_ITSELF and before.seriousness not in URGENT_BY_ITSELF
    with transaction.atomic():
        entry = amend(known, content, author=author, key=key)
        if new or graver:
            make_task(entry, content.model_copy(update={"red_flags": new}))
    return entry


def make_task(entry: Entry, content: AdverseEvent, urgent: bool = False) -> None:
    """Make the task that an event asks for, once however often it is called."""
    flags = raised(content.red_flags)
    urgent = urgent or bool(flags) or content.seriousness in URGENT_BY_ITSELF
    if not urgent and entry.author is not None and entry.author.role == Account.Role.CLINICIAN:
        # Whoever should read it wrote it.
        return
    # By the day of the entry, so that what is sent again another day makes the same task.
    told = entry.recorded_at.astimezone(ZoneInfo(entry.patient.clinic.time_zone)).date()
    lines = [_what_to_do(flag) for flag in flags] or [
        "See or call the person today, and decide whether light goes on."
        if urgent
        else "Read what the person tells, and answer."
    ]
    add_task(
        TaskText(
            text="\n".join(lines)[:4000],
            why=why_of(entry),
            sources=tuple(dict.fromkeys(source for flag in flags for source in flag.sources)) or ("nervelight_rule",),
            owner="clinician",
            due=due_by(flags, told),
            urgent=urgent,
        ),
        patient=entry.patient,
        course=entry.course,
        author=entry.author,
        key=hashlib.sha256(f"task of {entry.pk}".encode()).hexdigest(),
    )


def why_of(event: Entry) -> str:
    """Return why the task of an event is there, which says which event it is about."""
    return f"adverse event {event.pk}"


def _what_to_do(flag: RedFlag) -> str:
    doubt = " Not checked against a source." if flag.unverified else ""
    return f"{flag.action} Who acts: {flag.owner} ({flag.urgency.replace('-', ' ')}).{doubt}"


def due_by(flags: Iterable[RedFlag], told: dt.date) -> dt.date:
    """Return the day by which somebody must have acted; the day itself where no flag gives more time."""
    return after_working_days(told, min((WORKING_DAYS[flag.urgency] for flag in flags), default=0))
