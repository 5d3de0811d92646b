"""What comes next in a course: from the plan and the days on which sessions were given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nervelight.planning import Plan
from nervelight.planning.review.course import schedule_begun
from nervelight.planning.review.matching import matched
from nervelight.planning.thresholds import thresholds_by_name

__all__ = ["Progress", "progress_of"]


@dataclass(frozen=True)
class Progress:
    """The days of a course that lists know.

    Parameters
    ----------
    starts, ends : date
        First and last planned session; laid out anew where the course began late, as in a review.
    next_session : date or None
        The first planned day after the last session given that is not given yet; it may have passed.
    next_gate : date or None
        The first gate after the last decision.
    """

    starts: dt.date
    ends: dt.date
    next_session: dt.date | None
    next_gate: dt.date | None


def progress_of(plan: Plan, given: Sequence[dt.date], decided: dt.date | None) -> Progress | None:
    """Return what comes next; None for a plan without a schedule.

    Parameters
    ----------
    plan : Plan
    given : sequence of date
        Days with a session, rising, each once; those before the plan's first day belong to an earlier one.
    decided : date or None
        Day of the last decision on a card.
    """
    if plan.schedule is None or plan.prescription is None:
        return None
    limits = thresholds_by_name(plan.thresholds)
    own = [day for day in given if day >= plan.schedule.sessions[0].date]
    schedule, _ = schedule_begun(plan, own[0] if own else None, limits)
    planned = [session.date for session in schedule.sessions]
    # A session moved by a few days is the planned one, so that it is not asked for again.
    done = set(matched(planned, own, limits["moved_days"]).values())
    last = own[-1] if own else None
    coming = (day for day in planned if day not in done and (last is None or day > last))
    gates = sorted(gate.date for gate in schedule.gates)
    return Progress(
        starts=planned[0],
        ends=planned[-1],
        next_session=next(coming, None),
        next_gate=next((gate for gate in gates if decided is None or gate > decided), None),
    )
