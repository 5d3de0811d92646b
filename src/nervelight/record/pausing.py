"""Whether light is given for now: what was reported and waits for the clinic, and what a clinician decided.

The pages of a person and all that leaves the record follow the same two rules, which are this project's own (source key
``nervelight_rule``). They know no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from nervelight.assessment import red_flags
from nervelight.record.contents import AdverseEvent

__all__ = ["CHANGING", "STOPPING", "Pause", "given_up", "pause_of"]

STOPPING = frozenset(
    flag.id
    for flag in red_flags()
    if flag.urgency in ("emergency-now", "urgent", "same-day", "stop-and-report", "1-working-day")
)
"""Red flags after which light stops until the clinic has answered."""
CHANGING = ("adjust once", "stop", "refer")
"""Decisions after which the signed plan is no longer the one to follow."""


@dataclass(frozen=True)
class Pause:
    """Light stops until the clinic has answered."""

    since: dt.date
    why: str
    """What was reported, in its words."""


def pause_of(
    events: Iterable[tuple[dt.date, AdverseEvent]], unanswered: Iterable[tuple[dt.date, AdverseEvent | None]]
) -> Pause | None:
    """Return since when light has been paused, and why; None where it is not.

    Parameters
    ----------
    events : iterable of tuple of date and AdverseEvent
        What was reported of the person, in any course, each with its day.
    unanswered : iterable of tuple of date and AdverseEvent or None
        What waits for the clinic at once, its open urgent tasks: the day of each, and which of `events` it is about,
        where that is known.

    Notes
    -----
    An urgent task that was made before anything that stops light was reported is about something else. One that came
    after holds light back, whatever it is about; but an event that was answered since is not told as what is waited
    for, unless nothing else is known: the pause then begins with the task.
    """
    stops = sorted(((day, event) for day, event in events if STOPPING & set(event.red_flags)), key=lambda each: each[0])
    waiting = sorted((each for each in unanswered if stops and each[0] >= stops[0][0]), key=lambda each: each[0])
    if not waiting:
        return None
    for day, event in stops:
        # Not by their words: two events may have the same.
        if any(event is about for _, about in waiting):
            return Pause(day, event.what)
    first, about = waiting[0]
    return Pause(first, (about or [event for day, event in stops if day <= first][-1]).what)


def given_up(decided: Iterable[tuple[dt.date, str | None]]) -> dt.date | None:
    """Return since when the signed plan is no longer followed, by decision; None where it is.

    Parameters
    ----------
    decided : iterable of tuple of date and str
        The decisions since the plan was signed, the oldest first, each with its day; None for a proposal that was
        rejected, which leaves everything as it was.
    """
    since = None
    for day, decision in decided:
        if decision is not None:
            since = (since or day) if decision in CHANGING else None
    return since
