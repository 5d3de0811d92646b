"""People of any source: how they are called, how old they may be, and which of them a reference means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from nervelight.fhir.reading_elements import objects, plain
from nervelight.fhir.reading_json import Placed

__all__ = ["ages_at", "meant", "name_of", "names_in"]

NAME_USES = ("official", "usual", "")
OLDEST = 130
"""Whoever would be older [years] has a wrong date of birth."""


def ages_at(born: Any, on: dt.date) -> tuple[int, ...] | None:
    """Return the ages [years] that a date of birth, which may be known in part, allows on a day; None for no date."""
    if not isinstance(born, str):
        return None
    ends = {4: (f"{born}-01-01", f"{born}-12-31"), 7: (f"{born}-01", f"{born}-28"), 10: (born, born)}.get(len(born))
    try:
        first, last = (dt.date.fromisoformat(end) for end in ends or ())
    except ValueError:
        return None
    if len(born) == 7:
        last = (last + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    ages = sorted({on.year - day.year - ((on.month, on.day) < (day.month, day.day)) for day in (first, last)})
    return tuple(ages) if first <= on and ages[-1] <= OLDEST else None


def name_of(found: Any) -> str | None:
    """Return how a person or an organisation is called; None where no name stands in plain text."""
    names = found.get("name") if isinstance(found, dict) else None
    if isinstance(names, str):
        return plain(names)
    rows = [each for _, each in objects(names)]
    for use in NAME_USES:
        for row in rows:
            if (row.get("use") or "") == use and (told := _human(row)):
                return told
    return None


def _human(row: Mapping[str, Any]) -> str | None:
    given = row.get("given")
    parts = [*(given if isinstance(given, list) else ()), row.get("family")]
    return plain(row.get("text")) or plain(" ".join(part for part in parts if isinstance(part, str)))


def names_in(placed: list[Placed]) -> dict[str, str]:
    """Return what may be written in a reference, and the key of the resource that it means."""
    return {name: each.key for each in placed for name in (each.key, each.full_url) if name}


def meant(reference: Any, names: Mapping[str, str]) -> str:
    """Return the key of what a reference means; the reference where the bundle has it not; empty for none."""
    if not isinstance(reference, str):
        return ""
    address = reference.split("/_history/")[0]
    return names.get(address, address)
