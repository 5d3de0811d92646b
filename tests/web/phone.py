"""What tests of the patient's pages share."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

FIRST_SESSION = dt.date(2026, 8, 3)
AN_OFF_DAY = dt.date(2026, 8, 4)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(10), dt.UTC)


def session_data(page: str, **changes: Any) -> dict[str, Any]:
    """What the form of today's card sends."""
    hidden = dict(re.findall(r'name="(key|plan|day)" value="([^"]*)"', page))
    data = {
        **hidden, "before": "7", "minutes_0": "1", "seconds_0": "45", "minutes_1": "1", "seconds_1": "45",
        "skin": "fine", "eyes": "yes", "place": "yes", "far": "planned", "after": "6", "stopped_early": "", "note": "",
    }  # fmt: skip
    return {**data, **changes}


def session_body(course: Any, day: dt.date, **changes: Any) -> dict[str, Any]:
    """What the phone sends for the same session."""
    body = {
        "key": f"s-{course.signed_plan_id}-{day:%Y%m%d}", "plan": str(course.signed_plan_id), "day": day.isoformat(),
        "seconds": {"left sole": 105, "right sole": 105}, "distance_mm": 304.8, "site_checked": True,
        "eyes_protected": True, "skin": "fine", "before": 7, "after": 6, "stopped_early": "", "note": "",
    }  # fmt: skip
    return {**body, **changes}
