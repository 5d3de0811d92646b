"""The data types that resources are built from: each a plain dict, without what is empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

__all__ = [
    "LOINC",
    "UCUM",
    "Resource",
    "code",
    "concept",
    "decimal",
    "instant",
    "narrative",
    "narrative_of",
    "quantity",
    "reference",
    "resource",
    "without_empty",
]

Resource = dict[str, Any]
"""A resource, or a part of one, as its JSON."""

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"


def without_empty(parts: Mapping[str, Any]) -> Resource:
    """Return the parts that hold something: FHIR knows no empty string, list or object, and no null."""
    # Of what counts as no, nought and False say something.
    return {name: value for name, value in parts.items() if value or value == 0}


def resource(type_: str, id_: str, /, **parts: Any) -> Resource:
    """Return a resource of a type; names that Python keeps for itself take a trailing underscore."""
    return {
        "resourceType": type_,
        "id": id_,
        **without_empty({name.removesuffix("_"): each for name, each in parts.items()}),
    }


def code(system: str, value: str, display: str = "") -> Resource:
    """Return a Coding."""
    return without_empty({"system": system, "code": value, "display": display})


def concept(*codings: Resource, text: str = "") -> Resource:
    """Return a CodeableConcept."""
    return without_empty({"coding": list(codings), "text": text})


def decimal(value: float) -> float:
    """Return a number as JSON has it: without a point where it is whole."""
    return int(value) if float(value).is_integer() else value


def quantity(value: float, unit: str, ucum: str = "") -> Resource:
    """Return a Quantity of six figures.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : str
        As people read it.
    ucum : str
        The same in UCUM; `unit` itself where it is left out.
    """
    return {
        "value": decimal(float(f"{value:.6g}")),
        "unit": unit,
        "system": UCUM,
        "code": ucum or unit,
    }


def reference(type_: str, id_: str, display: str = "") -> Resource:
    """Return a Reference to a resource of the same bundle or server."""
    return without_empty({"reference": f"{type_}/{id_}", "display": display})


def narrative(text: str) -> Resource:
    """Return a Narrative of one paragraph, generated from the resource."""
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(text)}</p></div>'}


def instant(at: dt.datetime | None) -> str | None:
    """Return a time with its zone, in UTC where it has none; None where no time is known."""
    return None if at is None else (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).isoformat(timespec="seconds")


def narrative_of(parts: Iterable[tuple[str, Iterable[str]]]) -> Resource:
    """Return a Narrative of headings, each with its sentences as a list."""
    told = "".join(
        f"<h3>{escape(title)}</h3><ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
        for title, texts in parts
        if texts
    )
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{told}</div>'}
