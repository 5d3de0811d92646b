"""What the person wanted to be able to do, and whether it was reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Any, Literal

from nervelight.assessment import Goal, goal_reached, in_unit, instrument
from nervelight.planning.diary import Diary
from nervelight.planning.review.course import Course
from nervelight.planning.review.outcomes import WALK
from nervelight.planning.review.review_document import GoalState
from nervelight.planning.words import day

__all__ = ["goal_states"]

# T-score of goal attainment when each goal was reached as agreed before treatment.
AS_EXPECTED = 50


def goal_states(course: Course, diary: Diary, on: dt.date, limits: Mapping[str, float]) -> Iterator[GoalState]:
    """Yield each goal of the plan with its state on a day; a goal in words alone is for the person to judge.

    Parameters
    ----------
    course : Course
    diary : Diary
        Up to that day.
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.
    """
    for written in course.plan.case.get("care", {}).get("goals", ()):
        if isinstance(written, str) or written.get("measured_by") is None:
            what = written if isinstance(written, str) else str(written["what"])
            yield GoalState(what=what, state="ask", text="no measure was agreed on: ask the patient")
            continue
        goal = _goal(written)
        wanted = f"{instrument(written['measured_by']).name} {in_unit(goal, float(written['target']))}"
        if goal.by is not None:
            wanted += f" by {day(goal.by)}"
        value = _latest(diary, str(written["measured_by"]), course.first_light, on, limits)
        if value is None:
            yield GoalState(what=goal.what, state="not judged", text=f"{wanted}; not measured lately")
            continue
        reached = goal_reached(goal, value)
        late = goal.by is not None and on > goal.by
        state = "reached" if reached else "not reached" if late else "not yet reached"
        yield GoalState(what=goal.what, state=state, text=f"{wanted}; now {in_unit(goal, value)}")
    yield from _attained(diary)


def _attained(diary: Diary) -> Iterator[GoalState]:
    """Yield the attainment of all goals together, where it was asked; all goals count alike."""
    scores = diary.series("gas")
    if scores:
        date, score = scores[-1]
        state: Literal["reached", "not yet reached"] = "reached" if score >= AS_EXPECTED else "not yet reached"
        text = f"goal attainment {score:.0f} on {day(date)}; {AS_EXPECTED} is as expected"
        yield GoalState(what="all goals together", state=state, text=text)


def _goal(written: Mapping[str, Any]) -> Goal:
    """Return a goal from a plan, which holds distances as numbers [mm] where a case file has text."""
    by = written.get("by")
    return Goal.model_construct(
        what=str(written["what"]),
        measured_by=str(written["measured_by"]),
        target=float(written["target"]),
        by=dt.date.fromisoformat(str(by)) if by else None,
    )


def _latest(diary: Diary, name: str, light: dt.date, on: dt.date, limits: Mapping[str, float]) -> float | None:
    """Return the last result within the window of the review: a mean of days for what is asked daily."""
    daily = instrument(name).days_needed > 1
    since = on - dt.timedelta(days=limits["result_window_days" if daily else "score_window_days"])
    found = (
        [(each.date, each.walked) for each in diary.days if each.walked is not None]
        if name == WALK
        else list(diary.series(name))
    )
    recent = [value for date, value in found if date > max(since, light)]
    if len(recent) < instrument(name).days_needed:
        return None
    return fmean(recent) if daily else recent[-1]
