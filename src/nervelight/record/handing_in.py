"""What a person hands in from their own pages: a session, answers, or that something is wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from django.db import transaction

from nervelight.assessment import instrument, red_flag_ids
from nervelight.errors import Fault, InvalidInput
from nervelight.planning import Plan
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.planning.words import duration
from nervelight.record.contents import AdverseEvent, PlanVersion, Response, Session, TaskText
from nervelight.record.courses import record_session, refresh
from nervelight.record.entries import current, opened_all, today_at, write
from nervelight.record.events import report_event
from nervelight.record.models import Account, Course, Entry, Patient
from nervelight.record.tasks import add_task

__all__ = ["INJURIES", "SessionTold", "hand_in_response", "hand_in_session", "say_wrong", "session_key"]

INJURIES = {
    "redness that lasts": ("skin_or_eye_injury",),
    "blister": ("skin_or_eye_injury",),
    "burn": ("skin_or_eye_injury",),
    "wound": ("skin_or_eye_injury", "foot_ulcer"),
}
"""Red flags that a skin check raises."""
BAD = {"a little": "mild", "quite": "moderate", "very": "severe"}
"""How bad it is, in the person's words, and what the record calls it until a clinician amends it."""


@dataclass(frozen=True)
class SessionTold:
    """A session that was written down, with what followed.

    Parameters
    ----------
    entry : Entry
        The session.
    event : Entry or None
        The adverse event that its skin check made.
    longer : tuple of str
        Fields that were lit for much longer than planned.
    """

    entry: Entry
    event: Entry | None
    longer: tuple[str, ...]


def session_key(course: Course, day: dt.date) -> str:
    """Return the idempotency key of the planned session of a day, the same on every page and phone."""
    return f"s-{course.signed_plan_id}-{day:%Y%m%d}"


def hand_in_session(course: Course, session: Session, *, author: Account, day: dt.date, key: str) -> SessionTold:
    """Write down a session that a person gave themselves; an injured skin makes an event and an urgent task.

    The lamp is that of the plan that the session names.

    Raises
    ------
    InvalidInput
        If it cannot belong to the plan that it names.
    KeyUsedTwice
        If the key came before with other content.
    """
    plan = _plan_followed(course, session.plan)
    faults = [
        Fault(f"seconds.{name}", time, f"a field of the plan: {', '.join(_fields(plan))}")
        for name, time in session.seconds.items()
        if name not in _fields(plan)
    ]
    if not session.seconds:
        faults.append(Fault("seconds", {}, "the time on at least one field"))
    earliest = course.opened_at.astimezone(ZoneInfo(course.clinic.time_zone)).date()
    today = today_at(course.clinic)
    first = plan.schedule.sessions[0].date if plan.schedule else earliest
    if not min(earliest, first) <= day <= today:
        faults.append(Fault("day", day.isoformat(), f"a day from {min(earliest, first)} to today, {today}"))
    if faults:
        raise InvalidInput("session", faults)
    session = session.model_copy(update={"lamp": plan.lamp.device if plan.lamp else ""})
    longer = _much_longer(plan, session)
    with transaction.atomic():
        entry = record_session(course, session, author=author, day=day, key=key)
        event = _injury(course, session, author, key) if session.skin in INJURIES else None
        if longer and event is None:
            _tell_of_longer(course, session, longer, author, key)
    return SessionTold(entry, event, longer)


def _derived(key: str, what: str) -> str:
    """Return the key of what follows from what was sent under a key."""
    return hashlib.sha256(f"{what} {key}".encode()).hexdigest()


def hand_in_response(
    patient: Patient,
    course: Course | None,
    response: Response | None,
    *,
    instrument_id: str,
    flags: Sequence[str],
    author: Account,
    day: dt.date,
    key: str,
) -> Entry | None:
    """Write down answers; an answer that needs somebody at once makes an event and an urgent task.

    Parameters
    ----------
    patient, course
    response : Response or None
        None where the form has to be corrected first: its alarms count all the same.
    instrument_id : str
    flags : sequence of str
        Red flags that single answers raise.
    author, day, key

    Raises
    ------
    KeyUsedTwice
        If the key came before with other answers.
    """
    with transaction.atomic():
        if flags:
            content = AdverseEvent(
                what=f"An answer to {instrument(instrument_id).name} needs somebody now.",
                red_flags=tuple(flags),
                seriousness="severe",
                related="unknown",
                told_by="patient",
            )
            report_event(content, patient=patient, course=course, author=author, key=_derived(key, "alarm"))
        if response is None:
            return None
        entry = write(response, patient=patient, course=course, author=author, day=day, key=key)
        if course is not None:
            refresh(course)
    return entry


def _plan_followed(course: Course, plan_id: str) -> Plan:
    """Return the plan that a session names: the signed one, or one that was signed before, as a phone may hold it."""
    signed = {read.content.plan for read in opened_all(current(Entry.Kind.SIGNATURE, course=course))}
    entries = Entry.objects.filter(pk=plan_id, course=course, kind=Entry.Kind.PLAN) if plan_id in signed else []
    for read in opened_all(entries):
        version: PlanVersion = read.content
        return Plan.model_validate_json(version.plan)
    raise InvalidInput("session", [Fault("plan", plan_id, "the id of a signed plan of your course")])


def _fields(plan: Plan) -> tuple[str, ...]:
    return plan.prescription.fields if plan.prescription else ()


def _much_longer(plan: Plan, session: Session) -> tuple[str, ...]:
    if plan.prescription is None:
        return ()
    share = thresholds_by_name(plan.thresholds)["too_much_percent"] / 100
    limit = share * plan.prescription.time_per_field_s
    return tuple(name for name, time in session.seconds.items() if time >= limit)


def _injury(course: Course, session: Session, author: Account, key: str) -> Entry:
    content = AdverseEvent(
        what=f"Skin check after a session: {session.skin}.",
        red_flags=INJURIES[str(session.skin)],
        # Nobody has looked yet: taken seriously until a clinician amends it.
        seriousness="moderate",
        related="unknown",
        told_by="patient",
    )
    return report_event(content, patient=course.patient, course=course, author=author, key=_derived(key, "skin"))


def _tell_of_longer(course: Course, session: Session, longer: Sequence[str], author: Account, key: str) -> None:
    told = ", ".join(f"{name} {duration(session.seconds[name])}" for name in longer)
    task = TaskText(
        text=f"A session was much longer than planned ({told}). Ask about the skin before the next one.",
        why="too_much_percent",
        sources=("nervelight_rule",),
        owner="clinician",
        due=today_at(course.clinic),
        urgent=False,
    )
    add_task(task, patient=course.patient, course=course, author=author, key=_derived(key, "longer"))


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
