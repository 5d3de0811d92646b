"""Codes: in the value set that is required, in their code system, and units in UCUM."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from nervelight.errors import MissingEngine
from nervelight.fhir.check.definitions import Definitions, Element
from nervelight.fhir.elements import UCUM, Resource

__all__ = ["Codes", "codes_of", "is_ucum"]

_MEDIA_TYPES = "urn:ietf:bcp:13"
# https://www.rfc-editor.org/rfc/rfc6838#section-4.2, with parameters.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE = re.compile(rf'{_NAME}/{_NAME}(?:\s*;\s*{_NAME}=(?:[^\s";]+|"[^"]*"))*')
# (system, code); a code of None stands for every code of a system that only its owner can list.
Pair = tuple[str, str | None]


class Codes:
    """Value sets and code systems of some definitions, expanded once each."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._sets: dict[str, frozenset[Pair] | None] = {}
        self._systems: dict[str, frozenset[str] | None] = {}

    def required(self, element: Element, value: Any) -> Iterator[tuple[str, str]]:
        """Yield rule and text where a coded value is not in the value set that its element requires."""
        binding = element.definition.get("binding", {})
        url = binding.get("valueSet", "").split("|")[0]
        if binding.get("strength") != "required" or not url:
            return
        allowed = self.of_set(url)
        if allowed is None:
            return
        if isinstance(value, str):
            if not any(code == value if code is not None else _may_be(system, value) for system, code in allowed):
                yield "binding", f"{value!r} is not in {url}{_some(allowed)}"
            return
        codings = value.get("coding", []) if "coding" in value or "text" in value else [value]
        if not isinstance(codings, list) or not all(isinstance(each, dict) for each in codings):
            return
        pairs = [(str(each.get("system")), str(each.get("code"))) for each in codings]
        if not any(pair in allowed or (pair[0], None) in allowed for pair in pairs):
            given = ", ".join(map("#".join, pairs)) or "no code"
            yield "binding", f"{given} is not in {url}{_some(allowed)}"

    def known(self, coding: Resource) -> Iterator[tuple[str, str]]:
        """Yield rule and text where a code is not in its system, if that is at hand and complete; or no unit."""
        system, code = coding.get("system"), coding.get("code")
        if not isinstance(system, str) or not isinstance(code, str):
            return
        if system == UCUM:
            if not is_ucum(code):
                yield "ucum", f"{code!r} is no unit of UCUM"
            return
        codes = self.of_system(system)
        if codes is not None and code not in codes:
            yield "unknown-code", f"{code!r} is not in {system}"

    def of_system(self, url: str) -> frozenset[str] | None:
        """Return all codes of a system, or None where they are not all at hand."""
        if url not in self._systems:
            raw = self._definitions.find(url)
            complete = raw is not None and raw["resourceType"] == "CodeSystem" and raw.get("content") == "complete"
            self._systems[url] = frozenset(_codes(raw.get("concept", []))) if complete and raw is not None else None
        return self._systems[url]

    def of_set(self, url: str) -> frozenset[Pair] | None:
        """Return all members of a value set, or None where they cannot be listed offline."""
        url = url.split("|")[0]
        if url not in self._sets:
            self._sets[url] = None  # a set that includes itself ends here
            self._sets[url] = self._expanded(url)
        return self._sets[url]

    def _expanded(self, url: str) -> frozenset[Pair] | None:
        raw = self._definitions.find(url)
        if raw is None or raw["resourceType"] != "ValueSet":
            return None
        compose = raw.get("compose", {})
        found: set[Pair] = set()
        for sign in ("include", "exclude"):
            for part in compose.get(sign, []):
                members = self._part(part)
                if members is None:
                    return None
                found = found | members if sign == "include" else found - members
        return frozenset(found)

    def _part(self, part: Resource) -> frozenset[Pair] | None:
        system = part.get("system", "")
        members: frozenset[Pair] | None = None
        if part.get("filter"):
            return None
        if "concept" in part:
            members = frozenset((system, each["code"]) for each in part["concept"])
        elif system:
            codes = self.of_system(system)
            members = frozenset({(system, None)} if codes is None else {(system, code) for code in codes})
        for other in part.get("valueSet", []):
            inner = self.of_set(other)
            if inner is None:
                return None
            members = inner if members is None else members & inner
        return members


@lru_cache(maxsize=8)
def codes_of(definitions: Definitions) -> Codes:
    """Return the codes of some definitions, with what was expanded before."""
    return Codes(definitions)


def _codes(concepts: list[Resource]) -> Iterator[str]:
    for each in concepts:
        yield each["code"]
        yield from _codes(each.get("concept", []))


def _may_be(system: str, value: str) -> bool:
    if system == _MEDIA_TYPES:
        return bool(_MEDIA_TYPE.fullmatch(value))
    return is_ucum(value) if system == UCUM else True


def _some(allowed: frozenset[Pair]) -> str:
    codes = sorted({code for _, code in allowed if code is not None})
    return f" ({', '.join(codes)})" if 0 < len(codes) <= 12 else ""


@cache
def is_ucum(unit: str) -> bool:
    """Is it a unit of UCUM, by the grammar and the units of ucumvert?"""
    parser = _units()
    from lark.exceptions import LarkError

    try:
        parser.parse(unit)
    except LarkError:
        return False
    return True


@cache
def _units() -> Any:
    try:
        from ucumvert import get_ucum_parser
    except ImportError:
        raise MissingEngine("ucumvert, which knows units, is missing: pip install 'nervelight[fhir-check]'") from None
    return get_ucum_parser()
