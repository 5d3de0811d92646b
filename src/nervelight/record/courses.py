"""Courses: from a case to a signed plan, its sessions, its end; and what lists need to know of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from nervelight.errors import Fault, InvalidInput
from nervelight.planning import Plan, require_signable
from nervelight.planning.review.alarms import SKIN_FLAGS
from nervelight.record.contents import (
    AdverseEvent,
    CaseDraft,
    DayNote,
    PlanVersion,
    Session,
    Signature,
)
from nervelight.record.entries import (
    Read,
    amend,
    current,
    holding,
    opened,
    opened_all,
    today_at,
    write,
)
from nervelight.record.events import report_event
from nervelight.record.models import Account, Course, Entry, Patient, Task
from nervelight.record.progress import progress_of

__all__ = [
    "LOGGED",
    "add_plan",
    "amend_session",
    "case_of",
    "end_course",
    "harm_key",
    "locked",
    "note_day",
    "open_course",
    "plan_of",
    "plans_of",
    "record_session",
    "refresh",
    "reopen_course",
    "save_case",
    "sign",
    "signed_plan",
]

Kind = Entry.Kind
LOGGED = (Kind.SESSION, Kind.RESPONSE, Kind.DAY, Kind.EVENT)
"""What counts as having written something down."""


def open_course(patient: Patient, document: Mapping[str, Any], *, author: Account, key: str | None = None) -> Course:
    """Open a course with what is known of its case; the same key twice opens one course."""
    with transaction.atomic():
        course = Course.objects.create(patient=patient, clinic=patient.clinic)
        entry = write(
            CaseDraft(document=dict(document)),
            patient=patient, course=course, author=author, key=key,
        )  # fmt: skip
        if entry.course_id != course.pk:
            course.delete()
            return Course.objects.get(entries=entry)
    return course


def case_of(course: Course) -> Read:
    """Return the case as it stands."""
    entry = current(Kind.CASE, course=course)[-1]
    return Read(entry, opened(entry, CaseDraft))


def save_case(known: Entry, document: Mapping[str, Any], *, author: Account) -> Entry:
    """Save a case over the one that was looked at.

    Raises
    ------
    AmendedMeanwhile
        If somebody else saved it first.
    """
    return amend(known, CaseDraft(document=dict(document)), author=author, day=today_at(known.patient.clinic))


def plans_of(course: Course) -> list[Read]:
    """Return every version of the plan, in order of their numbers."""
    found = opened_all(Entry.objects.filter(course=course, kind=Kind.PLAN))
    return sorted(found, key=lambda read: read.content.number)


def plan_of(read: Read) -> Plan:
    """Return the plan of a version."""
    return Plan.model_validate_json(read.content.plan)


def add_plan(course: Course, plan: Plan, *, case: Entry, author: Account) -> Entry:
    """Keep a plan as the next version, unless it is the latest one again; nothing is signed by it."""
    text = plan.to_json()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic():
        # Whoever else computes a plan of this course waits here, so that no number is given twice.
        locked(course)
        versions = Entry.objects.filter(course=course, kind=Kind.PLAN)
        latest = versions.order_by("-recorded_at").first()
        if latest is not None and opened(latest, PlanVersion).sha256 == sha256:
            return latest
        number = 1 + versions.count()
        entry = write(
            PlanVersion(number=number, case=str(case.pk), sha256=sha256, plan=text),
            patient=course.patient, course=course, author=author,
        )  # fmt: skip
        refresh(course)
    return entry


def sign(course: Course, plan_entry: Entry, *, author: Account, statement: str) -> Entry:
    """Sign a version of the plan: from now on it is the one in force.

    Raises
    ------
    BlockedPlan
        If a finding forbids it.
    InvalidInput
        If it is not the latest version, is signed already, the course has ended, or whoever signs is no clinician.
    """
    with transaction.atomic():
        # First, so that no newer version comes between the look and the signature.
        locked(course)
        faults = []
        if author.role != Account.Role.CLINICIAN:
            faults.append(Fault("author", author.role, "a clinician signs"))
        versions = plans_of(course)
        if not versions or versions[-1].entry.pk != plan_entry.pk:
            faults.append(Fault("plan", str(plan_entry.pk), "the latest version of this course"))
        elif course.signed_plan_id == plan_entry.pk:
            faults.append(Fault("plan", str(plan_entry.pk), "a version that is not signed yet"))
        if course.state == Course.State.ENDED:
            faults.append(Fault("course", course.state, "a course that has not ended: take its end back first"))
        if faults:
            raise InvalidInput("signature", faults)
        content = versions[-1].content
        require_signable(Plan.model_validate_json(content.plan))
        entry = write(
            Signature(plan=str(plan_entry.pk), sha256=content.sha256, by=author.get_full_name(), statement=statement),
            patient=course.patient, course=course, author=author,
        )  # fmt: skip
        course.signed_plan = plan_entry
        course.save(update_fields=["signed_plan"])
        refresh(course)
    return entry


def signed_plan(course: Course) -> Plan | None:
    """Return the plan in force; None before the first signature."""
    return _plan_in(course.signed_plan) if course.signed_plan else None


def _plan_in(entry: Entry) -> Plan:
    """Return the plan of an entry, read once for as long as the entry is at hand: entries do not change."""
    known: Plan | None = entry.__dict__.get("plan_in_it")
    if known is None:
        known = entry.__dict__["plan_in_it"] = Plan.model_validate_json(opened(entry, PlanVersion).plan)
    return known


def record_session(
    course: Course, session: Session, *, author: Account | None, day: dt.date, key: str | None = None
) -> Entry:
    """Write down a session; the same key twice writes it once. A harmed skin makes an event with an urgent task.

    Raises
    ------
    InvalidInput
        If no plan is signed, the session's plan never was, or it has fields or a day that the plan does not have.
    KeyUsedTwice
        If the key came before with another session, or that session was marked as entered in error.
    """
    with transaction.atomic():
        locked(course)
        _check_session(course, session, day)
        entry = write(session, patient=course.patient, course=course, author=author, day=day, key=key)
        _report_harm(entry, session, None)
        refresh(course)
    return entry


def amend_session(
    known: Entry, session: Session, *, author: Account, day: dt.date | None = None, key: str | None = None
) -> Entry:
    """Correct a session; a harm of the skin that was not there before makes an event with an urgent task.

    Raises
    ------
    AmendedMeanwhile
        If somebody else corrected it first.
    InvalidInput, KeyUsedTwice
        As `record_session`.
    """
    course = known.course
    if course is None:
        raise InvalidInput("session", [Fault("amends", str(known.pk), "a session of a course")])
    before = opened(known, Session)
    with transaction.atomic():
        locked(course)
        _check_session(course, session, day or known.day)
        entry = amend(known, session, author=author, day=day, key=key)
        _report_harm(entry, session, before.skin)
        refresh(course)
    return entry


def _check_session(course: Course, session: Session, day: dt.date) -> None:
    today = today_at(course.clinic)
    if course.signed_plan is None:
        raise InvalidInput("session", [Fault("plan", None, "a signed plan: no session is given without one")])
    faults = []
    if day > today:
        faults.append(Fault("day", day.isoformat(), f"a day up to today, {today}"))
    followed = course.signed_plan
    if session.plan != str(followed.pk):
        signed = {read.content.plan for read in opened_all(current(Kind.SIGNATURE, course=course))}
        found = Entry.objects.filter(course=course, kind=Kind.PLAN, pk=session.plan) if session.plan in signed else None
        if not found:
            raise InvalidInput("session", [*faults, Fault("plan", session.plan, "a signed plan of this course")])
        followed = found[0]
    plan = _plan_in(followed)
    if plan.prescription is not None and plan.schedule is not None:
        fields, first = plan.prescription.fields, plan.schedule.sessions[0].date
        faults += [
            Fault(f"seconds.{name}", name, f"a field of the plan: {', '.join(fields)}")
            for name in session.seconds
            if name not in fields
        ]
        if day < first:
            faults.append(Fault("day", day.isoformat(), f"a day from {first}, on which the plan starts"))
    if not session.seconds:
        faults.append(Fault("seconds", None, "at least one field that was lit"))
    if faults:
        raise InvalidInput("session", faults)


def _report_harm(entry: Entry, session: Session, before: str | None) -> None:
    flag = SKIN_FLAGS.get(session.skin or "")
    if flag is None or session.skin == before:
        return
    author = entry.author
    patient = author is not None and author.role == Account.Role.PATIENT
    report_event(
        AdverseEvent(
            what=f"{session.skin} after a session",
            red_flags=(flag,),
            # Nobody has looked yet: the task that this makes is to do so.
            seriousness="not graded",
            related="unknown",
            told_by="patient" if patient else "clinician",
        ),
        patient=entry.patient,
        course=entry.course,
        author=author,
        day=entry.day,
        key=harm_key(entry.pk),
    )


def harm_key(session: uuid.UUID) -> str:
    """Return the idempotency key of the event that the skin check of a session makes."""
    return hashlib.sha256(f"harm of {session}".encode()).hexdigest()


def locked(course: Course | None) -> None:
    """Let whoever else writes about this course wait until the end of the transaction, and see what they wrote.

    Taken before anything else is written, so that two cannot wait for each other.
    """
    if course is not None:
        fresh = Course.objects.select_for_update().get(pk=course.pk)
        course.state = fresh.state
        if course.signed_plan_id != fresh.signed_plan_id:
            course.signed_plan = fresh.signed_plan


def refresh(course: Course) -> None:
    """Bring what lists know of a course in line with its entries."""
    with transaction.atomic():
        locked(course)
        plan = signed_plan(course)
        mine = holding().filter(course=course)
        given = list(mine.filter(kind=Kind.SESSION).order_by("day").values_list("day", flat=True).distinct())
        course.last_logged = mine.filter(kind__in=LOGGED).aggregate(Max("day"))["day__max"]
        course.flags = Task.objects.filter(course=course, done=False, urgent=True).count()
        latest = mine.filter(kind=Kind.PLAN).order_by("-recorded_at").values_list("pk", flat=True).first()
        ended = any(read.content.ends_course for read in opened_all(mine.filter(kind=Kind.DAY)))
        if ended:
            course.state = Course.State.ENDED
        elif plan is not None:
            course.state = Course.State.SIGNED
        else:
            course.state = Course.State.PLANNED if latest else Course.State.DRAFT
        course.to_sign = latest is not None and latest != course.signed_plan_id and not ended
        decided = mine.filter(kind=Kind.DECISION).aggregate(Max("day"))["day__max"]
        found = progress_of(plan, given, decided) if plan is not None else None
        course.starts, course.ends = (found.starts, found.ends) if found else (None, None)
        course.next_session = found.next_session if found and not ended else None
        course.next_gate = found.next_gate if found and not ended else None
        course.save(
            update_fields=["state", "starts", "ends", "next_session", "next_gate", "last_logged", "flags", "to_sign"]
        )  # fmt: skip


def note_day(course: Course, note: DayNote, *, author: Account, day: dt.date, key: str | None = None) -> Entry:
    """Write down what else happened on a day.

    Raises
    ------
    KeyUsedTwice
        If the key came before with another note.
    """
    with transaction.atomic():
        locked(course)
        entry = write(note, patient=course.patient, course=course, author=author, day=day, key=key)
        refresh(course)
    return entry


def end_course(course: Course, reason: str, *, author: Account, day: dt.date, key: str | None = None) -> Entry:
    """End a course with its reason: nothing more is due in it.

    Raises
    ------
    InvalidInput
        If it has ended already, the day lies ahead, or there is no reason.
    """
    today = today_at(course.clinic)
    faults = [] if reason.strip() else [Fault("reason", None, "why the course ends")]
    if day > today:
        faults.append(Fault("day", day.isoformat(), f"a day up to today, {today}"))
    with transaction.atomic():
        locked(course)
        known = Entry.objects.filter(patient=course.patient, key=key).exists() if key else False
        if course.state == Course.State.ENDED and not known:
            faults.append(Fault("course", course.state, "a course that has not ended"))
        if faults:
            raise InvalidInput("end of the course", faults)
        entry = write(
            DayNote(note=reason, ends_course=True),
            patient=course.patient, course=course, author=author, day=day, key=key,
        )  # fmt: skip
        refresh(course)
    return entry


def reopen_course(course: Course, *, author: Account) -> None:
    """Take the end of a course back: its note stays, and ends nothing any more."""
    with transaction.atomic():
        locked(course)
        for read in opened_all(current(Kind.DAY, course=course)):
            if read.content.ends_course:
                amend(read.entry, read.content.model_copy(update={"ends_course": False}), author=author)
        refresh(course)
