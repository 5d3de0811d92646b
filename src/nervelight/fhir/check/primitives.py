"""Primitive values: their JSON type, their form, and whether the calendar has such a day."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from nervelight.fhir.check.definitions import Element, Structure

__all__ = ["faults_of_primitive"]

_INTEGERS = {"integer": (-(2**31), 2**31 - 1), "unsignedInt": (0, 2**31 - 1), "positiveInt": (1, 2**31 - 1)}
# Any text fits the form of these, and that of base64Binary takes a regular expression for ever.
_FORMLESS = {"markdown", "xhtml", "base64Binary"}
_TIMES = {"date", "dateTime", "instant", "time"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def faults_of_primitive(type_: Structure, element: Element, value: Any) -> Iterator[tuple[str, str]]:
    """Yield rule and text of all that is wrong with a primitive value.

    Parameters
    ----------
    type_ : Structure
        Of the primitive type.
    element : Element
        Where it stands: longest text, least and greatest number.
    value : object
        As read from JSON, and not None.
    """
    name = type_.type_
    wanted, told = _json_type(name)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        yield "json-type", f"{value!r:.60} is no {told}, as {name} is"
        return
    if isinstance(value, int) and name in _INTEGERS:
        lowest, highest = _INTEGERS[name]
        if not lowest <= value <= highest:
            yield "value", f"{value} is not between {lowest} and {highest}, as {name} is"
    if isinstance(value, str):
        yield from _text_faults(type_, value)
        longest = element.definition.get("maxLength") or type_.root.children["value"].definition.get("maxLength")
        if longest and len(value) > longest:
            yield "max-length", f"{len(value)} characters; at most {longest}"
    least, greatest = element.values.get("minValue"), element.values.get("maxValue")
    if least is not None and type(least) is type(value) and value < least:
        yield "value-range", f"{value} is below {least}"
    if greatest is not None and type(greatest) is type(value) and value > greatest:
        yield "value-range", f"{value} is above {greatest}"


def _json_type(name: str) -> tuple[tuple[type, ...], str]:
    if name == "boolean":
        return (bool,), "true or false"
    if name in _INTEGERS:
        return (int,), "whole number"
    if name == "decimal":
        return (int, float), "number"
    return (str,), "string"


def _text_faults(type_: Structure, value: str) -> Iterator[tuple[str, str]]:
    name = type_.type_
    if not value:
        yield "empty", "an empty string"
    elif name == "base64Binary":
        data = "".join(value.split())
        try:
            fits = bool(data) and base64.b64decode(data, validate=True) is not None
        except (binascii.Error, ValueError):
            fits = False
        if not fits:
            yield "value", f"{value[:20]!r}... is not base64"
    elif _CONTROL.search(value):
        yield "value", f"{value!r:.60} has a character that no text may have"
    elif name not in _FORMLESS and not _form(type_.regex).fullmatch(value):
        yield "value", f"{value!r:.60} is not of the form of {name}"
    elif name in _TIMES and not _on_calendar(value):
        yield "calendar", f"{value!r} is no day or time that there is"


@cache
def _form(regex: str) -> re.Pattern[str]:
    return re.compile(regex or r"(?s:.*)")


def _on_calendar(value: str) -> bool:
    day, _, _ = value.partition("T")
    if ":" in day or len(day) < len("2026-01-01"):
        # The form allows no month and hour that there is not.
        return True
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True
