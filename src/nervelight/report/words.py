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
    "chance",
    "count",
    "day",
    "distance",
    "duration",
    "duration_band",
    "ends",
    "first_upper",
    "joined",
    "number",
    "percentage",
    "points",
    "score",
    "short_day",
    "signed_points",
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


def ends(pair: tuple[float, float], form: str) -> str:
    """Return the two ends of a number, the smaller first, or the one that both round to."""
    return " to ".join(dict.fromkeys(format(value, form) for value in sorted(pair)))


def chance(pair: tuple[float, float]) -> str:
    """Return a probability between two ends: ``0.81 to 0.92``, or ``above 0.99``."""
    low, high = sorted(pair)
    if low > 0.99 or high < 0.01:
        return "above 0.99" if low > 0.99 else "below 0.01"
    return ends((max(low, 0.01), min(high, 0.99)), ".2f")


def signed_points(improvement: float) -> str:
    """Return a change in words: ``2.3 points better``, ``1 point worse``, or ``the same``."""
    if not improvement:
        return "the same"
    return f"{points(abs(improvement))} {'better' if improvement > 0 else 'worse'}"


def score(mean: float) -> str:
    """Return a mean of scores, to a tenth below 100 and to a whole number above."""
    return f"{mean:.0f}" if abs(mean) >= 100 else f"{mean:.1f}".removesuffix(".0")


def points(size: float) -> str:
    """Return a size on a scale: ``1 point``, ``2.3 points``."""
    return "1 point" if size == 1 else f"{size:.3g} points"


def first_upper(text: str) -> str:
    """Return a text as a sentence begins; nothing else of it changes."""
    return text[:1].upper() + text[1:]
