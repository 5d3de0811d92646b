"""Reviews of a course of the record: its diary, the card, and what the clinician made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction

from nervelight.assessment import scorable_ids, score_answers, scoring
from nervelight.errors import BlockedPlan, Fault, InvalidInput
from nervelight.planning import Plan
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.review import ClinicianDecision, Review, review_course
from nervelight.record.actions import task_of
from nervelight.record.contents import AdverseEvent, DayNote, Decision, Response, ReviewCard, Session
from nervelight.record.courses import LOGGED, locked, refresh, signed_plan
from nervelight.record.entries import Read, current, opened_all, today_at, write
from nervelight.record.models import Account, Course, Entry
from nervelight.record.tasks import add_task

__all__ = ["REVIEWED", "card_of", "decide", "diary_of", "review"]

Kind = Entry.Kind
REVIEWED = (*LOGGED, Kind.REVIEW, Kind.DECISION)
"""What a review reads."""


def diary_of(course: Course, plan: Plan, reads: Iterable[Read] | None = None) -> Diary | None:
    """Return what was written down of a course as the diary that a review reads; None where nothing was.

    Scores of pain are those of questionnaires, not those taken just before and after a session.

    Parameters
    ----------
    course : Course
    plan : Plan
    reads : iterable of Read, optional
        What holds now of the person, where it is opened already.
    """
    label = str(plan.case["patient"]["label"])
    known = opened_all(current(*LOGGED, patient=course.patient)) if reads is None else reads
    by_day: dict[dt.date, list[Read]] = {}
    for read in known:
        if read.entry.kind in LOGGED and read.entry.course_id in (course.pk, None):
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
        red_flags=tuple(dict.fromkeys([*(flag for event in events for flag in event.red_flags), *_raised(responses)])),
        event="; ".join(each.what for each in events),
        other_treatment="; ".join(each.other_treatment for each in notes if each.other_treatment),
        note="; ".join(each.note for each in notes if each.note),
        not_scored=tuple(each.instrument for each in responses if each.score is None),
    )


def _raised(responses: Iterable[Response]) -> Iterator[str]:
    """Yield the red flags that answers raise, whoever wrote them down."""
    for each in responses:
        if each.answers and each.instrument in scorable_ids() and scoring(each.instrument).alarms:
            yield from score_answers(each.instrument, each.answers).red_flags


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


def review(
    course: Course, *, on: dt.date | None = None, plan: Plan | None = None, reads: Iterable[Read] | None = None
) -> Review:
    """Hold the course against its signed plan as of a day.

    Parameters
    ----------
    course : Course
    on : date, optional
        Today at the clinic when absent.
    plan, reads
        The plan in force and what holds now of the person, where they are opened already.

    Raises
    ------
    InvalidInput
        If no plan is signed, or nothing was written down.
    """
    plan = plan or signed_plan(course)
    if plan is None:
        raise InvalidInput("review", [Fault("plan", None, "a signed plan")])
    if reads is None:
        reads = opened_all(current(*REVIEWED, patient=course.patient))
    known = list(reads)
    diary = diary_of(course, plan, known)
    if diary is None:
        raise InvalidInput("review", [Fault("diary", None, "at least one session or score that was written down")])
    return review_course(plan, diary, on=on or today_at(course.clinic), earlier=_decided(course, known))


def _decided(course: Course, reads: Iterable[Read]) -> list[Review]:
    mine = [read for read in reads if read.entry.course_id == course.pk]
    cards = {str(read.entry.pk): read.content for read in mine if read.entry.kind == Kind.REVIEW}
    return [card_of(cards[read.content.review], read) for read in mine if read.entry.kind == Kind.DECISION]


def card_of(card: ReviewCard, decision: Read) -> Review:
    """Return a card as it was decided on."""
    made = decision.content
    clinician = ClinicianDecision(
        word=made.word, decision=made.decision, by=made.by, reason=made.reason, date=decision.entry.day
    )
    return Review.model_validate_json(card.review).model_copy(update={"clinician": clinician})


def decide(
    course: Course,
    card: Review,
    decision: Decision,
    *,
    author: Account,
    actions: Iterable[int] = (),
    key: str | None = None,
) -> Entry:
    """Keep a card with what the clinician made of it, and make tasks of its actions.

    Parameters
    ----------
    course : Course
    card : Review
        As it was shown.
    decision : Decision
        Its `review` is filled in.
    author : Account
    actions : iterable of int
        Which actions of the card become tasks, counted from 0.
    key : str, optional
        Idempotency key.

    Raises
    ------
    BlockedPlan
        If no plan of the course is signed.
    """
    with transaction.atomic():
        locked(course)
        if course.signed_plan_id is None:
            raise BlockedPlan("no plan of this course is signed")
        day = today_at(course.clinic)
        kept = write(
            ReviewCard(review=card.to_json(), plan=str(course.signed_plan_id)),
            patient=course.patient, course=course, author=author, day=card.on, key=key and f"{key}-card",
        )  # fmt: skip
        entry = write(
            decision.model_copy(update={"review": str(kept.pk)}),
            patient=course.patient, course=course, author=author, key=key,
        )  # fmt: skip
        for number in actions:
            add_task(
                task_of(card.actions[number], review=str(kept.pk), today=day),
                patient=course.patient, course=course, author=author, key=f"{entry.pk}-{number}",
            )  # fmt: skip
        refresh(course)
    return entry
