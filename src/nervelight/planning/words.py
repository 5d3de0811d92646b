"""Numbers, times and dates as people read them: two significant figures, the interval behind, the unit spelled."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence

from nervelight.planning.plan_document import Band

__all__ = [
    "STEP_S",
    "band",
    "count",
    "day",
    "duration",
    "duration_band",
    "each_field",
    "joined",
    "listed",
    "number",
    "percentage",
    "typeset",
]

# A kitchen timer can be set to a quarter of a minute; nobody times a session better than that.
STEP_S = 15
# From here on an interval is told in whole minutes: 15 s would be a third significant figure.
WHOLE_MINUTES_FROM_S = 300
HOUR_S, DAY_S = 3600, 86400

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SUPERSCRIPT = {"2": "²", "3": "³"}
_SUPERSCRIPT_DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNITS_WITH_POWER = re.compile(r"\b(?:[kmµ]?[WJ]/)?(?:cm|mm|m)[23]\b")


def typeset(text: str) -> str:
    """Return `text` with the powers of its units raised: ``cm2`` becomes ``cm²``.

    Examples
    --------
    >>> typeset("5.7 J/cm2 over 30 cm2")
    '5.7 J/cm² over 30 cm²'
    """
    return _UNITS_WITH_POWER.sub(lambda unit: unit[0][:-1] + _SUPERSCRIPT[unit[0][-1]], text)


def number(x: float, unit: str = "") -> str:
    """Return `x` with two significant figures and its unit.

    Examples
    --------
    >>> number(52.34, "mW/cm2"), number(0.0801), number(3.2e-7, "J/cm2")
    ('52 mW/cm²', '0.080', '3.2 × 10⁻⁷ J/cm²')
    """
    return f"{_two_figures(x)} {typeset(unit)}".rstrip()


def _two_figures(x: float) -> str:
    if x == 0:
        return "0"
    mantissa, exponent = f"{x:.1e}".split("e")
    power = int(exponent)
    if not -4 <= power < 6:
        return f"{mantissa} × 10{str(power).translate(_SUPERSCRIPT_DIGITS)}"
    return f"{float(f'{mantissa}e{power}'):.{max(0, 1 - power)}f}"


def band(values: Band, unit: str = "") -> str:
    """Return the median with its unit and its 90 % interval: ``1.3 mW/cm² (0.80 to 2.1)``.

    A value known exactly, or to more than two figures, has no interval to show.
    """
    middle, low, high = (_two_figures(x) for x in (values.p50, values.p5, values.p95))
    text = f"{middle} {typeset(unit)}".rstrip()
    return text if low == middle == high else f"{text} ({low} to {high})"


def percentage(values: Band) -> str:
    """Return a band of shares in percent: ``2.5 % (1.6 to 4.1)``."""
    return band(values.map(lambda share: 100 * share), "%")


def duration(seconds: float) -> str:
    """Return a time in words, to 15 s.

    Parameters
    ----------
    seconds : float
        Time [s], not negative.

    Returns
    -------
    str
        Such as ``11 min``, ``1 min 45 s`` or ``2 h 30 min``. From two hours on minutes are enough, from ten hours on
        hours, from two days on days.

    Examples
    --------
    >>> duration(660), duration(104), duration(9000), duration(3)
    ('11 min', '1 min 45 s', '2 h 30 min', 'under 15 s')
    """
    if seconds < STEP_S / 2:
        return "0 s" if seconds == 0 else f"under {STEP_S} s"
    return _spelled(_rounded(seconds, STEP_S))


def duration_band(values: Band, chosen: float | None = None) -> str:
    """Return a time with its 90 % interval: ``11 min (8 to 16)``.

    Parameters
    ----------
    values : Band
        Times [s].
    chosen : float, optional
        The time [s] to tell in place of the median, to 15 s, such as the one prescribed.
    """
    middle = _coarse(values.p50) if chosen is None else duration(chosen)
    if values.p5 == values.p95:
        return middle
    ends = [_rounded(x, 60) for x in (values.p5, values.p95)]
    if ends[0] > 0 and values.p50 >= WHOLE_MINUTES_FROM_S and ends[1] < 2 * HOUR_S:
        unit = "" if middle.endswith(" min") else " min"
        return f"{middle} ({ends[0] // 60} to {ends[1] // 60}{unit})"
    return f"{middle} ({_coarse(values.p5)} to {_coarse(values.p95)})"


def _coarse(seconds: float) -> str:
    return duration(seconds) if seconds < WHOLE_MINUTES_FROM_S else _spelled(_rounded(seconds, 60))


def _rounded(seconds: float, step: int) -> int:
    """Round to the step, or to a coarser one for long times; halves go up, so that a page and a timer agree."""
    if seconds >= 2 * DAY_S:
        step = DAY_S
    elif seconds >= 10 * HOUR_S:
        step = HOUR_S
    elif seconds >= 2 * HOUR_S:
        step = max(step, 60)
    return step * math.floor(seconds / step + 0.5)


def _spelled(seconds: int) -> str:
    if seconds >= 2 * DAY_S:
        return f"{seconds // DAY_S} days"
    parts = [(seconds // HOUR_S, "h"), (seconds % HOUR_S // 60, "min"), (seconds % 60, "s")]
    if seconds < 2 * HOUR_S:
        # Up to two hours people think in minutes: "75 min".
        parts = [(seconds // 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "0 s"


def day(date: dt.date, weekday: bool = False) -> str:
    """Return a date without a locale: ``5 Jan 2026``, or ``Mon 5 Jan 2026``."""
    text = f"{date.day} {_MONTHS[date.month - 1]} {date.year}"
    return f"{_WEEKDAYS[date.weekday()]} {text}" if weekday else text


def count(n: float, noun: str, plural: str = "") -> str:
    """Return a count with its noun: ``1 field``, ``2 fields``, ``2.5 weeks``."""
    return f"{n:g} {noun if n == 1 else plural or noun + 's'}"


def each_field(fields: Sequence[str]) -> str:
    """Return where a time counts: on the one field by its name, or on each of several.

    Examples
    --------
    >>> each_field(["left sole"]), each_field(["left sole", "right sole"])
    ('the left sole', 'each of 2 fields')
    """
    return f"the {fields[0]}" if len(fields) == 1 else f"each of {len(fields)} fields"


def joined(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: ``a, b and c``."""
    *head, tail = words or ("",)
    return f"{', '.join(head)} and {tail}" if head else tail


def listed(entries: Sequence[str]) -> str:
    """Return what people wrote as a list, set apart by semicolons where an entry has commas or an *and* of its own.

    Examples
    --------
    >>> listed(["TENS", "heat wrap"]), listed(["gabapentin, at night", "TENS"])
    ('TENS and heat wrap', 'gabapentin, at night; TENS')
    """
    return "; ".join(entries) if any(re.search(r",|;|\band\b", entry) for entry in entries) else joined(entries)
