"""What a person hands in from their own pages: a session, or that something is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from django.db import transaction

from nervelight.assessment import red_flag_ids
from nervelight.errors import Fault, InvalidInput
from nervelight.planning import Plan
from nervelight.planning.review.alarms import SKIN_FLAGS
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.planning.words import duration
from nervelight.record.contents import AdverseEvent, Session, TaskText
from nervelight.record.courses import plan_of, record_session
from nervelight.record.entries import current, holding, opened_all
from nervelight.record.events import report_event
from nervelight.record.models import Account, Course, Entry, Patient
from nervelight.record.tasks import add_task

__all__ = ["SessionTold", "hand_in_session", "say_wrong", "session_key"]

BAD = {"a little": "mild", "quite": "moderate", "very": "severe"}
"""How bad it is, in the person's words, and what the record calls it until a clinician amends it."""


@dataclass(frozen=True)
class SessionTold:
    """A session that was written down, with what followed.

    Parameters
    ----------
    entry : Entry
        The session.
    harmed : bool
        Whether its skin check made an adverse event.
    longer : tuple of str
        Fields that were lit for much longer than planned.
    """

    entry: Entry
    harmed: bool
    longer: tuple[str, ...]


def session_key(course: Course, day: dt.date) -> str:
    """Return the idempotency key of the planned session of a day, the same on every page and phone.

    Where a session of that day was marked as entered in error, the one that was really given needs another.
    """
    struck = holding().filter(course=course, kind=Entry.Kind.VOIDED, day=day).count()
    # No longer than forms and phones may send.
    plan = f"{struck}-{course.signed_plan_id.hex}" if struck and course.signed_plan_id else f"-{course.signed_plan_id}"
    return f"s{plan}-{day:%Y%m%d}"


def hand_in_session(course: Course, session: Session, *, author: Account, day: dt.date, key: str) -> SessionTold:
    """Write down a session that a person gave themselves.

    A harmed skin makes an event with an urgent task; far more time than planned makes a task to ask about the skin. The
    lamp is that of the plan that the session names.

    Raises
    ------
    InvalidInput
        If it cannot belong to the plan that it names.
    KeyUsedTwice
        If the key came before with other content.
    """
    plan = _plan_followed(course, session.plan)
    session = session.model_copy(update={"lamp": plan.lamp.device if plan.lamp else ""})
    longer = _much_longer(plan, session)
    harmed = session.skin in SKIN_FLAGS
    with transaction.atomic():
        entry = record_session(course, session, author=author, day=day, key=key)
        if longer and not harmed:
            _tell_of_longer(course, session, longer, author, entry)
    return SessionTold(entry, harmed, longer)


def _plan_followed(course: Course, plan_id: str) -> Plan:
    """Return the plan that a session names: the signed one, or one that was signed before, as a phone may hold it."""
    if plan_id != str(course.signed_plan_id):
        signed = {read.content.plan for read in opened_all(current(Entry.Kind.SIGNATURE, course=course))}
        if plan_id not in signed:
            raise InvalidInput("session", [Fault("plan", plan_id, "the id of a signed plan of your course")])
    for read in opened_all(Entry.objects.filter(pk=plan_id, course=course, kind=Entry.Kind.PLAN)):
        return plan_of(read)
    raise InvalidInput("session", [Fault("plan", plan_id, "the id of a signed plan of your course")])


def _much_longer(plan: Plan, session: Session) -> tuple[str, ...]:
    if plan.prescription is None:
        return ()
    share = thresholds_by_name(plan.thresholds)["too_much_percent"] / 100
    limit = share * plan.prescription.time_per_field_s
    return tuple(name for name, time in session.seconds.items() if time >= limit)


def _tell_of_longer(course: Course, session: Session, longer: Sequence[str], author: Account, entry: Entry) -> None:
    told = ", ".join(f"{name} {duration(session.seconds[name])}" for name in longer)
    task = TaskText(
        text=f"A session was much longer than planned ({told}). Ask about the skin before the next one.",
        why="too_much_percent",
        sources=("nervelight_rule",),
        owner="clinician",
        # By the day of the entry, so that what is sent again another day makes the same task.
        due=entry.recorded_at.astimezone(ZoneInfo(course.clinic.time_zone)).date(),
        urgent=False,
    )
    add_task(task, patient=course.patient, course=course, author=author, key=f"longer {entry.pk}")


def say_wrong(
    patient: Patient,
    course: Course | None,
    *,
    text: str,
    flags: Sequence[str],
    bad: Literal["a little", "quite", "very"],
    author: Account,
    key: str,
) -> Entry:
    """Write down that something is wrong, with an urgent task for the clinic.

    Raises
    ------
    InvalidInput
        If nothing is said, or a red flag does not exist.
    """
    faults = [
        Fault(f"flags[{k}]", flag, f"one of {', '.join(red_flag_ids())}")
        for k, flag in enumerate(flags)
        if flag not in red_flag_ids()
    ]
    if not text.strip() and not flags:
        faults.append(Fault("text", text, "a few words, or at least one thing from the list"))
    if faults:
        raise InvalidInput("message", faults)
    content = AdverseEvent(
        what=text.strip() or "Ticked in the list, without words.",
        red_flags=tuple(dict.fromkeys(flags)),
        seriousness=BAD[bad],
        related="unknown",
        told_by="patient",
    )
    return report_event(content, patient=patient, course=course, author=author, key=key, urgent=True)
