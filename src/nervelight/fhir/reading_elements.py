"""What stands in an element of a resource, whatever stands there: nothing here trusts a type."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from nervelight.fhir.elements import UCUM

__all__ = ["Coding", "at", "codings", "day_of", "length_mm", "moment", "objects", "plain", "score_of", "status_of"]

Coding = tuple[str, str, str]
"""System, code, display."""

TEXT_AT_MOST = 500
# Control characters, and marks that turn the direction of writing.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_MARKUP = re.compile(r"<[A-Za-z!/?]|&#?\w{1,12};")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# UCUM: a number without a unit, and anything in braces, which says no more than a comment would.
_ONE = re.compile(r"1|\{[^{}]{0,40}\}")
_WORDS_OF_A_SCORE = ("", "score", "points", "point")
_LENGTHS = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "km": 1e6, "[ft_i]": 304.8, "[yd_i]": 914.4, "[in_i]": 25.4}


def at(found: Any, *keys: str) -> Any:
    """Return what stands at a path of keys; of a list the first; None where nothing does."""
    for key in keys:
        if isinstance(found, list):
            found = found[0] if found else None
        found = found.get(key) if isinstance(found, dict) else None
    return found


def objects(found: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a list, each with its number in it; an object that stands alone is the first."""
    for index, each in enumerate(found if isinstance(found, list) else [found]):
        if isinstance(each, dict):
            yield index, each


def codings(concept: Any) -> list[Coding]:
    """Return the codings of a CodeableConcept; the system is empty where none stands."""
    return [
        (system if isinstance(system := each.get("system"), str) else "", code, plain(each.get("display")) or "")
        for _, each in objects(at(concept, "coding"))
        if isinstance(code := each.get("code"), str) and code
    ]


def plain(value: Any) -> str | None:
    """Return a text of one line; None where it is none, or holds what could be more than text.

    Examples
    --------
    >>> plain(" duloxetine\\n60 mg "), plain("<b>Eve</b>"), plain(7)
    ('duloxetine 60 mg', None, None)
    """
    if not isinstance(value, str) or len(value) > 4 * TEXT_AT_MOST:
        return None
    text = " ".join(value.split())
    unfit = not text or len(text) > TEXT_AT_MOST or _HIDDEN.search(text) or _MARKUP.search(text)
    return None if unfit else text


def status_of(concept: Any) -> str:
    """Return the code of a status that is a concept, such as Condition.clinicalStatus; empty where there is none."""
    code = at(concept, "coding", "code")
    return code if isinstance(code, str) else ""


def day_of(value: Any) -> str | None:
    """Return the day of a date or a time, where it was written; None where the day is not known."""
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        day = dt.date.fromisoformat(value[:10])
    except ValueError:
        return None
    # As in every file of this package.
    return day.isoformat() if 2000 <= day.year < 2100 else None


def moment(value: Any) -> float:
    """Return a time with its zone as seconds since 1970; minus infinity where it is none."""
    if isinstance(value, str) and len(value) < 50:
        try:
            found = dt.datetime.fromisoformat(value)
        except ValueError:
            return float("-inf")
        if found.tzinfo is not None and 1900 < found.year < 2200:
            return found.timestamp()
    return float("-inf")


def _number(value: Any) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > 1e6 else float(value)


def score_of(resource: Any) -> float | str:
    """Return the number that an Observation holds without a unit, or why there is none."""
    if (whole := at(resource, "valueInteger")) is not None:
        found = _number(whole)
        return "its valueInteger is no number of a score" if found is None else found
    quantity = at(resource, "valueQuantity")
    found = _number(at(quantity, "value"))
    if found is None:
        return "it has no valueQuantity or valueInteger with a number"
    if at(quantity, "comparator") is not None:
        return "its value is given as more or less than a number"
    system, code, unit = (at(quantity, name) for name in ("system", "code", "unit"))
    if code is not None:
        fits = system == UCUM and isinstance(code, str) and bool(_ONE.fullmatch(code))
    else:
        fits = unit is None or (isinstance(unit, str) and unit.strip("{} ").lower() in _WORDS_OF_A_SCORE)
    return found if fits else "its unit is not that of a score, {score} or 1 in UCUM"


def length_mm(quantity: Any) -> float | str:
    """Return a length [mm], or why there is none."""
    found, code = _number(at(quantity, "value")), at(quantity, "code")
    if found is None or at(quantity, "comparator") is not None:
        return "it has no number"
    if at(quantity, "system") != UCUM or not isinstance(code, str) or code not in _LENGTHS:
        return f"its unit is no length of UCUM that is known here ({', '.join(_LENGTHS)})"
    # Six figures: a factor such as that of the foot leaves dust behind the point.
    return float(f"{found * _LENGTHS[code]:.6g}")
