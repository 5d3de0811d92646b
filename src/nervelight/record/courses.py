"""Courses: from a case to a signed plan, its sessions, its reviews; and what lists need to know of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from nervelight.errors import BlockedPlan, Fault, InvalidInput
from nervelight.planning import Plan, require_signable
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.review import ClinicianDecision, Review, review_course
from nervelight.record.contents import (
    AdverseEvent,
    CaseDraft,
    DayNote,
    Decision,
    PlanVersion,
    Response,
    ReviewCard,
    Session,
    Signature,
)
from nervelight.record.entries import Read, amend, current, opened, opened_all, today_at, write
from nervelight.record.models import Account, Course, Entry, Patient, Task

__all__ = [
    "add_plan",
    "case_of",
    "decide",
    "diary_of",
    "open_course",
    "plan_of",
    "plans_of",
    "record_session",
    "refresh",
    "review",
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
            patient=patient, course=course, author=author, day=today_at(patient.clinic), key=key,
        )  # fmt: skip
        if entry.course_id != course.pk:
            course.delete()
            return Course.objects.get(entries=entry)
    return course


def case_of(course: Course) -> Read:
    """Return the case as it stands."""
    return opened_all(current(Kind.CASE, course=course)[-1:])[0]


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
        Course.objects.select_for_update().get(pk=course.pk)
        versions = Entry.objects.filter(course=course, kind=Kind.PLAN)
        latest = versions.order_by("-recorded_at").first()
        if latest is not None and opened(latest, PlanVersion).sha256 == sha256:
            return latest
        number = 1 + versions.count()
        entry = write(
            PlanVersion(number=number, case=str(case.pk), sha256=sha256, plan=text),
            patient=course.patient, course=course, author=author, day=today_at(course.clinic),
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
        If it is not the latest version, or whoever signs is no clinician.
    """
    faults = []
    if author.role != Account.Role.CLINICIAN:
        faults.append(Fault("author", author.role, "a clinician signs"))
    versions = plans_of(course)
    if not versions or versions[-1].entry.pk != plan_entry.pk:
        faults.append(Fault("plan", str(plan_entry.pk), "the latest version of this course"))
    if faults:
        raise InvalidInput("signature", faults)
    content = versions[-1].content
    plan = Plan.model_validate_json(content.plan)
    require_signable(plan)
    with transaction.atomic():
        entry = write(
            Signature(plan=str(plan_entry.pk), sha256=content.sha256, by=author.get_full_name(), statement=statement),
            patient=course.patient, course=course, author=author, day=today_at(course.clinic),
        )  # fmt: skip
        course.signed_plan = plan_entry
        course.save(update_fields=["signed_plan"])
        refresh(course)
    return entry


def signed_plan(course: Course) -> Plan | None:
    """Return the plan in force; None before the first signature."""
    return Plan.model_validate_json(opened(course.signed_plan, PlanVersion).plan) if course.signed_plan else None


def record_session(course: Course, session: Session, *, author: Account, day: dt.date, key: str | None = None) -> Entry:
    """Write down a session; the same key twice writes it once.

    Raises
    ------
    InvalidInput
        If no plan is signed, or the session has fields or a day that cannot be.
    """
    if course.signed_plan_id is None:
        raise InvalidInput("session", [Fault("plan", None, "a signed plan: no session is given without one")])
    today = today_at(course.clinic)
    if day > today:
        raise InvalidInput("session", [Fault("day", day.isoformat(), f"a day up to today, {today}")])
    with transaction.atomic():
        entry = write(session, patient=course.patient, course=course, author=author, day=day, key=key)
        refresh(course)
    return entry


def refresh(course: Course) -> None:
    """Bring what lists know of a course in line with its entries."""
    plan = signed_plan(course)
    given = Entry.objects.filter(course=course, kind=Kind.SESSION, amended_by__isnull=True)
    last = given.aggregate(Max("day"))["day__max"]
    course.last_logged = Entry.objects.filter(course=course, kind__in=LOGGED).aggregate(Max("day"))["day__max"]
    course.flags = Task.objects.filter(course=course, done=False, urgent=True).count()
    if plan is None:
        planned = Entry.objects.filter(course=course, kind=Kind.PLAN).exists()
        course.state = Course.State.PLANNED if planned else Course.State.DRAFT
    else:
        if course.state != Course.State.ENDED:
            course.state = Course.State.SIGNED
        days = [session.date for session in plan.schedule.sessions] if plan.schedule else []
        course.starts, course.ends = (min(days), max(days)) if days else (None, None)
        course.next_session = next((day for day in days if last is None or day > last), None)
        reviewed = Entry.objects.filter(course=course, kind=Kind.DECISION).aggregate(Max("day"))["day__max"]
        gates = [gate.date for gate in plan.schedule.gates] if plan.schedule else []
        course.next_gate = next((gate for gate in sorted(gates) if reviewed is None or gate > reviewed), None)
    course.save()


def diary_of(course: Course, plan: Plan) -> Diary | None:
    """Return what was written down of a course as the diary that a review reads; None where nothing was.

    Scores of pain are those of questionnaires, not those taken just before and after a session.
    """
    label = str(plan.case["patient"]["label"])
    reads = opened_all(current(*LOGGED, patient=course.patient))
    by_day: dict[dt.date, list[Read]] = {}
    for read in reads:
        if read.entry.course_id in (course.pk, None):
            by_day.setdefault(read.entry.day, []).append(read)
    days = tuple(_day(date, by_day[date]) for date in sorted(by_day))
    if not days:
        return None
    made_up = "Made up for a demonstration." if course.patient.synthetic else ""
    return Diary(patient=label, synthetic=made_up, days=days)


def _day(date: dt.date, reads: list[Read]) -> DiaryDay:
    def of(shape: type) -> Iterator[Any]:
        return (read.content for read in reads if isinstance(read.content, shape))

    responses = list(of(Response))
    scores = {each.instrument: each.score for each in responses if each.score is not None}
    walked = scores.pop("sixmwt", None)
    notes, events = list(of(DayNote)), list(of(AdverseEvent))
    return DiaryDay(
        row=f"day {date}",
        date=date,
        scores=scores,
        # The record keeps what people write, metres; a diary keeps what is computed with.
        walked=None if walked is None else 1000 * walked,
        session=_delivered(list(of(Session))),
        red_flags=tuple(dict.fromkeys(flag for event in events for flag in event.red_flags)),
        event="; ".join(each.what for each in events),
        other_treatment="; ".join(each.other_treatment for each in notes if each.other_treatment),
        note="; ".join(each.note for each in notes if each.note),
        not_scored=tuple(each.instrument for each in responses if each.score is None),
    )


def _delivered(sessions: list[Session]) -> DeliveredSession | None:
    """Return the sessions of a day as one, with their times added, as a diary has them."""
    if not sessions:
        return None
    seconds: dict[str, float] = {}
    for session in sessions:
        for field, time in session.seconds.items():
            seconds[field] = seconds.get(field, 0.0) + time
    last = sessions[-1]
    skins = [session.skin for session in sessions if session.skin is not None]
    return DeliveredSession(
        fields=seconds, time=None, distance=last.distance_mm, lamp=last.lamp, skin=skins[-1] if skins else None
    )


def review(course: Course, *, on: dt.date | None = None) -> Review:
    """Hold the course against its signed plan as of a day.

    Raises
    ------
    InvalidInput
        If no plan is signed, or nothing was written down.
    """
    plan = signed_plan(course)
    if plan is None:
        raise InvalidInput("review", [Fault("plan", None, "a signed plan")])
    diary = diary_of(course, plan)
    if diary is None:
        raise InvalidInput("review", [Fault("diary", None, "at least one session or score that was written down")])
    return review_course(plan, diary, on=on or today_at(course.clinic), earlier=_decided(course))


def _decided(course: Course) -> list[Review]:
    cards = {str(read.entry.pk): read for read in opened_all(current(Kind.REVIEW, course=course))}
    found = []
    for read in opened_all(current(Kind.DECISION, course=course)):
        made = read.content
        card = Review.model_validate_json(cards[made.review].content.review)
        clinician = ClinicianDecision(
            word=made.word, decision=made.decision, by=made.by, reason=made.reason, date=read.entry.day
        )
        found.append(card.model_copy(update={"clinician": clinician}))
    return found


def decide(course: Course, card: Review, decision: Decision, *, author: Account) -> Entry:
    """Keep a card with what the clinician made of it."""
    if course.signed_plan_id is None:
        raise BlockedPlan("no plan of this course is signed")
    day = today_at(course.clinic)
    with transaction.atomic():
        kept = write(
            ReviewCard(review=card.to_json(), plan=str(course.signed_plan_id)),
            patient=course.patient, course=course, author=author, day=card.on,
        )  # fmt: skip
        entry = write(
            decision.model_copy(update={"review": str(kept.pk)}),
            patient=course.patient, course=course, author=author, day=day,
        )  # fmt: skip
        refresh(course)
    return entry
