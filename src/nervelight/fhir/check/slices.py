"""Slices: which of a profile's slices an entry of a list is."""

from __future__ import annotations

from typing import Any

from nervelight.fhir.check.definitions import Definitions, Element, Type

__all__ = ["fits", "slice_of"]

_PLAIN = {"value", "pattern"}


def slice_of(element: Element, type_: Type, value: Any, definitions: Definitions) -> str | None:
    """Return the name of the slice that a value belongs to, ``""`` for none, or None where that cannot be told."""
    discriminators = element.definition.get("slicing", {}).get("discriminator", [])
    for name, narrow in element.slices.items():
        fit = [_is(narrow, each, type_, value, definitions) for each in discriminators]
        if None in fit or not fit:
            return None
        if all(fit):
            return name
    return ""


def _is(
    narrow: Element, discriminator: dict[str, str], type_: Type, value: Any, definitions: Definitions
) -> bool | None:
    kind, path = discriminator["type"], discriminator["path"]
    if kind == "type" and path == "$this":
        return type_.code in {each.code for each in narrow.types}
    if kind not in _PLAIN or "(" in path:
        return None
    here: Element | None = narrow
    # A pattern of what is above says what stands below.
    wanted, given = _said(narrow), [value]
    for part in path.split(".") if path != "$this" else []:
        here = _child(here, part, definitions) if here is not None else None
        wanted = _members(wanted, part) or (_said(here) if here is not None else [])
        given = _members(given, part)
    if not wanted:
        return None
    return all(any(fits(each, other) for other in given) for each in wanted)


def _said(element: Element) -> list[Any]:
    return [each for rule, each in element.values.items() if rule in {"fixed", "pattern"}]


def _members(values: list[Any], name: str) -> list[Any]:
    found = [each[name] for each in values if isinstance(each, dict) and name in each]
    return [inner for each in found for inner in (each if isinstance(each, list) else [each])]


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
