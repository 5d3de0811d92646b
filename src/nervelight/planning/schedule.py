"""Sessions and gates by date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import get_args

from nervelight.planning.case import Weekday
from nervelight.planning.plan_document import Gate, Schedule, ScheduledSession

__all__ = ["ADHERENCE_SHARE", "make_schedule", "spread_weekdays"]

# Share of the planned sessions that must have been given before an effect is judged at all.
ADHERENCE_SHARE = 0.8
GATE_SOURCES = ("nervelight_rule",)
WEEKDAYS: tuple[str, ...] = get_args(Weekday)


def spread_weekdays(first: dt.date, per_week: int) -> tuple[int, ...]:
    """Return the weekdays (Monday is 0) of `per_week` sessions, from the first day on.

    Two or three are spread evenly; four and five leave two days in a row free, as clinics do.

    Examples
    --------
    >>> spread_weekdays(dt.date(2026, 12, 7), 3)  # a Monday
    (0, 2, 4)
    """
    gaps = {1: (0,), 2: (0, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4), 6: tuple(range(6))}
    offsets = gaps.get(per_week, tuple(range(7)))
    return tuple((first.weekday() + offset) % 7 for offset in offsets)


def make_schedule(
    first: dt.date, sessions_per_week: float, total_sessions: int, weekdays: Sequence[str] = ()
) -> Schedule:
    """Lay out a course day by day, with its gates.

    Parameters
    ----------
    first : date
        The first day that may hold a session.
    sessions_per_week : float
        As the anchor gives it; a fraction is rounded up for the layout, the total stays.
    total_sessions : int
        Number of sessions of the course.
    weekdays : sequence of str
        Days to use, such as ``("mon", "wed", "fri")``; spread evenly from the first day when empty.

    Returns
    -------
    Schedule
        Gate 1 falls on session 4 to 6, gate 2 on week 4, gate 3 on week 8 after the first session.
    """
    per_week = min(7, math.ceil(sessions_per_week))
    days = {WEEKDAYS.index(day) for day in weekdays} or set(spread_weekdays(first, per_week))
    dates: list[dt.date] = []
    in_week: dict[int, int] = {}
    day = first
    while len(dates) < total_sessions:
        week = (day - first).days // 7
        if day.weekday() in days and in_week.get(week, 0) < per_week:
            dates.append(day)
            in_week[week] = in_week.get(week, 0) + 1
        day += dt.timedelta(days=1)
    sessions = tuple(ScheduledSession(number=number, date=date) for number, date in enumerate(dates, start=1))
    return Schedule(sessions=sessions, gates=_gates(dates))


def _gates(dates: Sequence[dt.date]) -> tuple[Gate, ...]:
    start = dates[0]
    fifth = dates[min(4, len(dates) - 1)]
    return (
        Gate(
            id="tolerability",
            label="Gate 1, session 4 to 6: is it tolerated?",
            date=fifth,
            question="Skin, eyes, flare of pain and anything else unwanted since the start: go on, change, or stop?",
            sources=GATE_SOURCES,
        ),
        Gate(
            id="delivery",
            label="Gate 2, week 4: was it given?",
            date=start + dt.timedelta(weeks=4),
            question=(
                f"Were at least {ADHERENCE_SHARE:.0%} of the sessions given, each within 10 % of the planned time? "
                "If not, mend the delivery first and do not judge the effect."
            ),
            sources=GATE_SOURCES,
        ),
        Gate(
            id="effect",
            label="Gate 3, week 8: has it helped?",
            date=start + dt.timedelta(weeks=8),
            question=(
                "Is pain down by 30 % and by at least 1 point, or better by the smallest change that matters in every "
                "domain that was impaired, and does the patient say so too? Go on or taper if yes, change once if "
                "possibly, stop if no."
            ),
            sources=(*GATE_SOURCES, "dworkin2008_immpact", "evoke_holistic"),
        ),
    )
