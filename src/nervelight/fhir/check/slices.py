"""Slices: which of a profile's slices an entry of a list is."""

from __future__ import annotations

from typing import Any

from nervelight.fhir.check.definitions import Definitions, Element, Type

__all__ = ["fits", "slice_of"]

_PLAIN = {"value", "pattern"}


def slice_of(element: Element, type_: Type, value: Any, definitions: Definitions) -> str | None:
    """Return the name of the slice that a value belongs to, ``""`` for none, or None where that cannot be told."""
    discriminators = element.definition.get("slicing", {}).get("discriminator", [])
    if any(each["type"] not in _PLAIN | {"type"} or "(" in each["path"] for each in discriminators):
        return None
    for name, narrow in element.slices.items():
        if all(_is(narrow, each, type_, value, definitions) for each in discriminators):
            return name
    return ""


def _is(narrow: Element, discriminator: dict[str, str], type_: Type, value: Any, definitions: Definitions) -> bool:
    if discriminator["type"] == "type":
        return discriminator["path"] == "$this" and type_.code in {each.code for each in narrow.types}
    here: Element | None = narrow
    values = [value]
    for part in discriminator["path"].split(".") if discriminator["path"] != "$this" else []:
        here = _child(here, part, definitions) if here is not None else None
        found = [each[part] for each in values if isinstance(each, dict) and part in each]
        values = [inner for each in found for inner in (each if isinstance(each, list) else [each])]
    if here is None:
        return False
    wanted = here.values.get("fixed", here.values.get("pattern"))
    # What is open in every place is the slice of all.
    return wanted is None or any(fits(wanted, each) for each in values)


def _child(element: Element, name: str, definitions: Definitions) -> Element | None:
    if name in element.children:
        return element.children[name]
    profiles = (definitions.structure(url) for each in element.types for url in each.profiles)
    return next((each.root.children[name] for each in profiles if each and name in each.root.children), None)


def fits(pattern: Any, value: Any) -> bool:
    """Does a value have everything that a pattern has? Entries of lists may stand in any order, with others."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(key in value and fits(each, value[key]) for key, each in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(each, other) for other in value) for each in pattern)
    return bool(pattern == value) and isinstance(value, bool) == isinstance(pattern, bool)
