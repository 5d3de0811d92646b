"""Sessions and gates by date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import get_args

from nervelight.planning.case import Weekday
from nervelight.planning.plan_document import Gate, Schedule, ScheduledSession
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.planning.words import count

__all__ = ["make_schedule", "spread_weekdays"]

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
    first: dt.date,
    sessions_per_week: float,
    total_sessions: int,
    weekdays: Sequence[str] = (),
    limits: Mapping[str, float] | None = None,
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
    limits : mapping of str to float, optional
        Thresholds of the gates by id; this package's own when absent.

    Returns
    -------
    Schedule
        Gate 1 falls on session 4 to 6, gates 2 and 3 on the weeks after the first session that the thresholds name.
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
    return Schedule(sessions=sessions, gates=_gates(dates, thresholds_by_name(()) if limits is None else limits))


def _gates(dates: Sequence[dt.date], limits: Mapping[str, float]) -> tuple[Gate, ...]:
    start = dates[0]
    fifth = dates[min(4, len(dates) - 1)]
    delivery, effect = (limits[name] for name in ("delivery_week", "effect_week"))
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
            label=f"Gate 2, week {delivery:g}: was it given?",
            date=start + dt.timedelta(weeks=delivery),
            question=(
                f"Were at least {limits['adherence_percent']:g} % of the sessions given, with light within "
                f"{limits['delivered_percent']:g} % of the plan? If not, mend the delivery first and do not judge the "
                "effect."
            ),
            sources=GATE_SOURCES,
        ),
        Gate(
            id="effect",
            label=f"Gate 3, week {effect:g}: has it helped?",
            date=start + dt.timedelta(weeks=effect),
            question=(
                f"Is pain down by {limits['pain_percent']:g} % and at least {count(limits['pain_points'], 'point')}, "
                "or better by what matters (beyond error where that is known) in every domain that was impaired, and "
                "does the patient say so too? Go on or taper if yes, change once if possibly, stop if no."
            ),
            sources=(*GATE_SOURCES, "dworkin2008_immpact", "evoke_holistic"),
        ),
    )
