"""A person's own course, as their pages need it: plan, sessions, answers, and what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from nervelight.planning import Plan
from nervelight.planning.review import Review
from nervelight.record.contents import AdverseEvent, Decision, PlanVersion, Response, ReviewCard, Session
from nervelight.record.due import Due, due_on
from nervelight.record.entries import Read, current, opened_all, today_at
from nervelight.record.models import Course, Entry, Patient, Task
from nervelight.record.pausing import given_up, pause_of

__all__ = ["OwnCourse", "own_course"]

Kind = Entry.Kind


@dataclass(frozen=True)
class OwnCourse:
    """One person's course on a day.

    Parameters
    ----------
    course : Course or None
        The latest one that runs, else the latest that was signed, else the latest; None where there is none.
    plan : Plan or None
        The signed one.
    on : date
        Today where the clinic is.
    due : Due
    reads : tuple of Read
        Sessions, answers and events that hold now, in order of their day.
    """

    course: Course | None
    plan: Plan | None
    on: dt.date
    due: Due
    reads: tuple[Read, ...]

    def of(self, shape: type) -> list[Read]:
        """Return the entries of one shape."""
        return [read for read in self.reads if isinstance(read.content, shape)]


def own_course(patient: Patient, on: dt.date | None = None) -> OwnCourse:
    """Return a person's course as of a day; today when absent."""
    on = on or today_at(patient.clinic)
    found = list(patient.courses.select_related("signed_plan", "clinic").order_by("-opened_at"))
    running = [each for each in found if each.state == Course.State.SIGNED]
    signed = [each for each in found if each.signed_plan_id]
    course = next(iter((*running, *signed, *found)), None)
    if course is None:
        return OwnCourse(None, None, on, due_on(None, on), ())
    course.patient = patient
    entries = current(Kind.SESSION, Kind.RESPONSE, Kind.EVENT, Kind.DECISION, Kind.SIGNATURE, patient=patient)
    # What harms a person stops all light, in whichever course it was written down.
    own = [each for each in entries if each.course_id in (course.pk, None) or each.kind == Kind.EVENT]
    wanted = [each for each in own if each.kind != Kind.SIGNATURE]
    reads = opened_all([*wanted, *([course.signed_plan] if course.signed_plan else [])])
    versions = [read.content for read in reads if isinstance(read.content, PlanVersion)]
    plan = Plan.model_validate_json(versions[0].plan) if versions else None
    reads = [read for read in reads if read.entry.kind in (Kind.SESSION, Kind.RESPONSE, Kind.EVENT, Kind.DECISION)]
    answered: dict[str, list[dt.date]] = {}
    for read in reads:
        if isinstance(read.content, Response):
            answered.setdefault(read.content.instrument, []).append(read.entry.day)
    due = due_on(
        plan,
        on,
        given={read.entry.day for read in reads if isinstance(read.content, Session)},
        answered=answered,
        paused=_paused(patient, reads),
        waiting=_waiting([each for each in own if each.kind == Kind.SIGNATURE], reads),
        ended=course.state == Course.State.ENDED,
    )
    kept = tuple(read for read in reads if read.entry.kind != Kind.DECISION)
    return OwnCourse(course, plan, on, due, kept)


def _paused(patient: Patient, reads: Iterable[Read]) -> bool:
    """Return whether something that stops light waits for the clinic: its urgent task is open."""
    events = [(read.entry.day, read.content) for read in reads if isinstance(read.content, AdverseEvent)]
    waiting = Task.objects.filter(patient=patient, done=False, urgent=True, owner=Task.Owner.CLINICIAN)
    return pause_of(events, [(day, None) for day in waiting.values_list("entry__day", flat=True)]) is not None


def _waiting(signatures: list[Entry], reads: Iterable[Read]) -> bool:
    """Return whether the clinic decided, after its last signature, that the signed plan no longer holds."""
    if not signatures:
        return False
    signed = max(each.recorded_at for each in signatures)
    made = sorted(
        (read for read in reads if isinstance(read.content, Decision) and read.entry.recorded_at > signed),
        key=lambda read: read.entry.recorded_at,
    )
    return given_up((read.entry.day, _decided(read.content)) for read in made) is not None


def _decided(made: Decision) -> str | None:
    if made.decision is not None or made.word != "accept":
        return made.decision
    cards = opened_all(Entry.objects.filter(pk=made.review, kind=Kind.REVIEW))
    return next((_card(read.content).decision for read in cards), None)


def _card(content: ReviewCard) -> Review:
    return Review.model_validate_json(content.review)
