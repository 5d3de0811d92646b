"""The words of a plan, for pages and terminal: those that planning writes with, and short dates."""

from __future__ import annotations

import datetime as dt

from nervelight.planning.plan_document import Band
from nervelight.planning.words import (
    band,
    count,
    day,
    duration,
    duration_band,
    joined,
    number,
    percentage,
    typeset,
)

__all__ = [
    "band",
    "count",
    "day",
    "distance",
    "duration",
    "duration_band",
    "joined",
    "number",
    "percentage",
    "short_day",
    "temperature",
    "typeset",
]


def distance(mm: float) -> str:
    """Return the distance of a lamp from the skin: ``15.2 cm``, or ``contact``."""
    return f"{mm / 10:.3g} cm" if mm else "contact"


def short_day(date: dt.date, weekday: bool = False) -> str:
    """Return a date without its year: ``5 Jan``, or ``Mon 5 Jan``."""
    return day(date, weekday).rsplit(" ", 1)[0]


def temperature(band_c: Band) -> str:
    """Return a temperature with its 90 % interval: ``36.4 °C (35.4 to 37.5)``."""
    return f"{band_c.p50:.1f} °C ({band_c.p5:.1f} to {band_c.p95:.1f})"
