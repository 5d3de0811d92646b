"""A signed plan, kept with the tests, and diaries of its course."""

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any

from nervelight.planning import Plan
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay

GOLDEN = Path(__file__).parents[2] / "golden" / "diabetic_feet.plan.json"
START = dt.date(2026, 8, 3)
LIGHT_ENDS = dt.date(2026, 8, 28)
WEEK_8 = START + dt.timedelta(weeks=8)


@cache
def plan() -> Plan:
    data = json.loads(GOLDEN.read_text(encoding="utf-8"))
    data["made"] |= {"nervelight": "0", "libraries": {}}
    return Plan.model_validate(data)


def changed(**updates: Any) -> Plan:
    return plan().model_copy(update=updates)


def session(time: float = 105.0, **given: Any) -> DeliveredSession:
    whole = {"fields": dict.fromkeys(("left sole", "right sole"), time), "time": time, "distance": 304.8}
    return DeliveredSession(**{**whole, "lamp": "bestqool_pro300", "skin": "fine", **given})


def diary(
    before: list[float | None],
    after: list[float | None],
    *,
    on: dt.date = WEEK_8,
    given: int = 12,
    pgic: float | None = 2,
    **rows: dict[str, Any],
) -> Diary:
    """Return a diary: pain on the days up to the first session and on those up to `on`, and the first sessions.

    Further rows by date, as ``d2026_09_28={"scores": {...}}``, are merged into those days.
    """
    days: dict[dt.date, dict[str, Any]] = {}
    # Where light has ended, pain was then what it is now, unless rows say otherwise.
    ends = [(before, START - dt.timedelta(days=1)), (after, min(on, LIGHT_ENDS)), (after, on)]
    for series, last in ends:
        for back, score in enumerate(reversed(series)):
            if score is not None:
                days.setdefault(last - dt.timedelta(days=back), {}).setdefault("scores", {})["nrs11"] = float(score)
    schedule = plan().schedule
    assert schedule is not None
    due = [entry for entry in schedule.sessions if entry.date <= on]
    # The last ones are given, so that light ends when the course does.
    for each in (
        [*due[: max(given - 1, 0)], *due[-1:]] if 1 < given < len(due) and due[-1].date == LIGHT_ENDS else due[:given]
    ):
        days.setdefault(each.date, {})["session"] = session()
    # The last day is written down, whatever stands on it.
    days.setdefault(on, {})
    if pgic is not None:
        days[on].setdefault("scores", {})["pgic"] = pgic
    for name, extra in rows.items():
        day = days.setdefault(dt.date.fromisoformat(name[1:].replace("_", "-")), {})
        scores = {**day.get("scores", {}), **extra.get("scores", {})}
        day.update(extra)
        day["scores"] = scores
    return Diary(
        patient="Example A",
        days=tuple(DiaryDay(row=f"row {n}", date=date, **days[date]) for n, date in enumerate(sorted(days))),
    )
