"""What is due for a person on a day, from the signed plan alone: nothing is computed anew.

The rule of sessions: a planned day holds one session. A day that was left out is left out; nothing is added to the next
one, and whether a session is made up is for the clinic to say. The rule of questions is this project's own (source key
``nervelight_rule``), from the plan's part on monitoring: pain every day, from `baseline_window_days` before the first
session to the plan's last checkpoint; PEG again once its last answer is two weeks old; and at each checkpoint (the
gates of delivery and of effect, and the latest week) the impression of change and the forms with which the case began,
open from `result_window_days` before the checkpoint until `score_window_days` after it. Numbers are the plan's
thresholds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nervelight.assessment import instrument, scorable_ids
from nervelight.planning import Plan
from nervelight.planning.plan_document import ScheduledSession
from nervelight.planning.thresholds import thresholds_by_name

__all__ = ["DAILY", "FORTNIGHT", "Due", "QuestionDue", "State", "due_on", "questions_ahead", "questions_on"]

State = Literal["no plan", "paused", "ended", "waiting", "not begun", "session", "given", "off", "over"]
"""How the day stands: the first that applies, in this order.

no plan: nothing is signed. paused: something was reported after which light stops until the clinic has answered.
ended: the clinic ended the course. waiting: the clinic decided that the light changes or stops, and no new plan is
signed since. given: a session was written down for the day, planned or not. off: no session is planned for the day.
over: the last planned day is past.
"""

DAILY = "nrs11"
"""Asked every day."""
BIWEEKLY, FORTNIGHT = "peg", dt.timedelta(days=14)
"""Asked every two weeks, as the plan's part on monitoring says."""
IMPRESSION = "pgic"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class QuestionDue:
    """A form to fill in."""

    instrument: str
    why: Literal["daily", "two weeks", "checkpoint"]
    since: dt.date
    """From which day on it is due."""


@dataclass(frozen=True)
class Due:
    """What is due on a day.

    Parameters
    ----------
    state : State
    session : ScheduledSession or None
        The one planned for the day, whether light is paused or not.
    next : date or None
        Next planned day after this one.
    missed : date or None
        The day before, where a session was planned for it and none was written down.
    sessions : int
        Sessions of the plan.
    questions : tuple of QuestionDue
        Forms not yet filled in.
    """

    state: State
    session: ScheduledSession | None
    next: dt.date | None
    missed: dt.date | None
    sessions: int
    questions: tuple[QuestionDue, ...]


def due_on(
    plan: Plan | None,
    on: dt.date,
    *,
    given: Collection[dt.date] = (),
    answered: Mapping[str, Collection[dt.date]] | None = None,
    paused: bool = False,
    waiting: bool = False,
    ended: bool = False,
) -> Due:
    """Return what is due on a day.

    Parameters
    ----------
    plan : Plan or None
        The plan in force; None before the first signature.
    on : date
        The day, where the clinic is.
    given : collection of date
        Days with a session that was written down.
    answered : mapping of str to collection of date
        Days on which each instrument was answered.
    paused, waiting, ended : bool
        Whether light is paused, a new plan is awaited, the course was ended.

    Returns
    -------
    Due
    """
    planned = plan.schedule.sessions if plan and plan.schedule else ()
    today = next((session for session in planned if session.date == on), None)
    missed = any(session.date == on - DAY for session in planned) and not {on, on - DAY} & set(given)
    return Due(
        state=_state(planned, on, on in given, plan is None, paused, waiting, ended),
        session=today,
        next=next((session.date for session in planned if session.date > on), None),
        missed=on - DAY if missed else None,
        sessions=len(planned),
        questions=() if plan is None or ended else questions_on(plan, on, answered or {}),
    )


def _state(
    planned: tuple[ScheduledSession, ...],
    on: dt.date,
    given: bool,
    unsigned: bool,
    paused: bool,
    waiting: bool,
    ended: bool,
) -> State:
    if unsigned:
        return "no plan"
    if paused:
        return "paused"
    if ended:
        return "ended"
    if waiting:
        return "waiting"
    if given:
        return "given"
    days = [session.date for session in planned]
    if on in days:
        return "session"
    if not days or on > days[-1]:
        return "over"
    return "not begun" if on < days[0] else "off"


def questions_on(plan: Plan, on: dt.date, answered: Mapping[str, Collection[dt.date]]) -> tuple[QuestionDue, ...]:
    """Return the forms that are due on a day and not filled in, each once, those of every day first."""
    if not plan.schedule or not plan.schedule.sessions:
        return ()
    found: dict[str, QuestionDue] = {}
    for question in _asked(plan, on, answered):
        found.setdefault(question.instrument, question)
    return tuple(found.values())


def questions_ahead(plan: Plan) -> tuple[tuple[dt.date, tuple[QuestionDue, ...]], ...]:
    """Return each day on which forms fall due, with those forms, where each is filled in on the day it is due.

    The rule of `questions_on`, followed day by day: whoever answers late is asked later than it says here.
    """
    if not plan.schedule or not plan.schedule.sessions:
        return ()
    limits, first = thresholds_by_name(plan.thresholds), plan.schedule.sessions[0].date
    day = first - dt.timedelta(days=limits["baseline_window_days"])
    end = max(_checkpoints(plan, first, limits)) + dt.timedelta(days=limits["score_window_days"])
    answered: dict[str, set[dt.date]] = {}
    found = []
    while day <= end:
        if due := questions_on(plan, day, answered):
            found.append((day, due))
            for question in due:
                answered.setdefault(question.instrument, set()).add(day)
        day += DAY
    return tuple(found)


def _asked(plan: Plan, on: dt.date, answered: Mapping[str, Collection[dt.date]]) -> Iterator[QuestionDue]:
    limits = thresholds_by_name(plan.thresholds)
    first = plan.schedule.sessions[0].date if plan.schedule else on
    checkpoints = _checkpoints(plan, first, limits)
    begin = first - dt.timedelta(days=limits["baseline_window_days"])
    end = max(checkpoints) + dt.timedelta(days=limits["score_window_days"])
    if begin <= on <= max(checkpoints) and on not in answered.get(DAILY, ()):
        yield QuestionDue(DAILY, "daily", on)
    if first <= on <= end:
        last = max((day for day in answered.get(BIWEEKLY, ()) if day <= on), default=None)
        since = first if last is None else last + FORTNIGHT
        if since <= on:
            yield QuestionDue(BIWEEKLY, "two weeks", max(since, first))
    for checkpoint in checkpoints:
        opens = checkpoint - dt.timedelta(days=limits["result_window_days"])
        if opens <= on <= checkpoint + dt.timedelta(days=limits["score_window_days"]):
            for name in _at_checkpoints(plan):
                if not any(opens <= day <= on for day in answered.get(name, ())):
                    yield QuestionDue(name, "checkpoint", opens)


def _checkpoints(plan: Plan, first: dt.date, limits: Mapping[str, float]) -> tuple[dt.date, ...]:
    gates = plan.schedule.gates if plan.schedule else ()
    days = [gate.date for gate in gates if gate.id in ("delivery", "effect")]
    return (*days, first + dt.timedelta(weeks=limits["latest_week"]))


def _at_checkpoints(plan: Plan) -> tuple[str, ...]:
    """Return what a patient is asked at each checkpoint: the impression of change, and the case's own forms."""
    scores = (str(score["instrument"]) for score in plan.case["scores"])
    own = (name for name in scores if name in scorable_ids() and instrument(name).reporter == "patient")
    return tuple(dict.fromkeys((IMPRESSION, *(name for name in own if name != DAILY))))
