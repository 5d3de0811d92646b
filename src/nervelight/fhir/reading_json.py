"""From bytes of any origin to resources, each with its place: limits first, then JSON, then what stands in it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nervelight.documents import read_json
from nervelight.errors import Fault, InvalidInput

__all__ = ["BYTES_AT_MOST", "DEPTH_AT_MOST", "VALUES_AT_MOST", "Placed", "json_in", "resources_in"]

# An own course of 2,000 sessions has 23 MB and 1,023,180 values; memory follows the values, so both are bounded.
BYTES_AT_MOST = 40_000_000
VALUES_AT_MOST = 2_000_000
# FHIR itself nests far less: a question within groups within groups has some 20.
DEPTH_AT_MOST = 50
FAULTS_SHOWN = 20

_TYPE = re.compile(r"[A-Za-z]{1,40}")
_KEY = re.compile(r"[A-Za-z0-9./:-]{1,120}")
_SURROGATE = re.compile("[\ud800-\udfff]")
# One sign at a time, or two with a backslash: nothing to go back over, whatever stands there.
_SIGN = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


@dataclass(frozen=True)
class Placed:
    """A resource and where it stands."""

    path: str
    """Such as ``Bundle.entry[3].resource``."""
    type: str
    content: dict[str, Any]
    full_url: str = ""

    @property
    def key(self) -> str:
        """What references to it say, such as ``Patient/7``; its full URL, or its place, where it has no id."""
        name = self.content.get("id")
        return f"{self.type}/{name}" if isinstance(name, str) and name else self.full_url or self.path

    def __str__(self) -> str:
        return f"{self.path} ({self.key})" if _KEY.fullmatch(self.key) else self.path


def resources_in(data: bytes, where: str) -> tuple[list[Placed], list[Fault]]:
    """Return the resources of a Bundle, or the one that stands for itself.

    Parameters
    ----------
    data : bytes
        JSON in UTF-8; a byte order mark is passed over.
    where : str
        Named in faults.

    Returns
    -------
    resources : list of Placed
    not_read : list of Fault
        Entries that are none, and what the bundle says that it leaves out.

    Raises
    ------
    InvalidInput
        If it is too large, too deep, no JSON, or no FHIR resource.
    """
    root = json_in(data, where)
    kind = root.get("resourceType") if isinstance(root, dict) else None
    if not isinstance(root, dict) or not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        allowed = "a FHIR R4 resource as JSON, such as a Bundle"
        raise InvalidInput(where, [Fault("resourceType", kind if isinstance(root, dict) else root, allowed)])
    if kind != "Bundle":
        return [Placed(kind, kind, root)], []
    entries = root.get("entry", [])
    if not isinstance(entries, list):
        raise InvalidInput(where, [Fault("Bundle.entry", entries, "a list of entries")])
    if not entries:
        raise InvalidInput(where, [Fault("Bundle.entry", None, "at least one entry; there is nothing to read")])
    not_read: list[Fault] = [*_more_pages(root)]
    return [*_placed(entries, not_read)], not_read


def _placed(entries: list[Any], not_read: list[Fault]) -> Iterator[Placed]:
    for index, entry in enumerate(entries):
        path = f"Bundle.entry[{index}]"
        found = entry.get("resource") if isinstance(entry, dict) else None
        kind = found.get("resourceType") if isinstance(found, dict) else None
        if not isinstance(found, dict):
            value = entry if not isinstance(entry, dict) else found
            not_read.append(Fault(path, value, "no entry with a resource"))
        elif not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            not_read.append(Fault(f"{path}.resource.resourceType", kind, "no resource: it does not say of which type"))
        else:
            url = entry.get("fullUrl")
            yield Placed(f"{path}.resource", kind, found, url if isinstance(url, str) else "")


def _more_pages(root: dict[str, Any]) -> Iterator[Fault]:
    links = root.get("link")
    for index, link in enumerate(links if isinstance(links, list) else ()):
        if isinstance(link, dict) and link.get("relation") == "next":
            yield Fault(f"Bundle.link[{index}]", link.get("url"), "not followed: this is one page of a longer answer")


def json_in(data: bytes, where: str) -> Any:
    """Return what JSON of any origin holds, once it is known to be bounded.

    Raises
    ------
    InvalidInput
        If it is too large or too deep, not UTF-8, no JSON, or holds what no text or number can be.
    """
    if len(data) > BYTES_AT_MOST:
        allowed = f"at most {BYTES_AT_MOST // 1_000_000} MB; ask the source for one person, or for fewer resources"
        raise InvalidInput(where, [Fault("file", f"{len(data):,} bytes or more", allowed)])
    marks = sum(map(data.count, (b",", b"[", b"{")))
    if marks > VALUES_AT_MOST:
        raise InvalidInput(where, [Fault("file", f"{marks:,} values", f"at most {VALUES_AT_MOST:,} values")])
    if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        allowed = "FHIR as JSON; this looks like XML: ask the source for application/fhir+json"
        raise InvalidInput(where, [Fault("file", data[:40].decode("latin-1"), allowed)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        value = f"byte 0x{data[problem.start]:02x} at {problem.start}"
        raise InvalidInput(where, [Fault("file", value, "UTF-8, in which FHIR is written")]) from None
    try:
        root = read_json(where, text)
    except InvalidInput:
        # Before JSON itself gives up on it, so that the fault says where.
        if deep := _too_deep(text):
            raise InvalidInput(where, [deep]) from None
        raise
    if faults := [*_wrong_values(root)][:FAULTS_SHOWN]:
        raise InvalidInput(where, faults)
    return root


def _too_deep(text: str) -> Fault | None:
    depth, in_text = 0, False
    for found in _SIGN.finditer(text):
        sign = found[0]
        if sign == '"':
            in_text = not in_text
        elif in_text:
            continue
        elif sign in ("[", "{"):
            depth += 1
            if depth > DEPTH_AT_MOST:
                line = text.count("\n", 0, found.start()) + 1
                column = found.start() - text.rfind("\n", 0, found.start())
                return _depth_fault(f"line {line}, column {column}")
        elif sign in ("]", "}"):
            depth -= 1
    return None


def _depth_fault(path: str) -> Fault:
    return Fault(path, f"more than {DEPTH_AT_MOST} levels", f"at most {DEPTH_AT_MOST} objects and lists in each other")


def _wrong_values(root: Any) -> Iterator[Fault]:
    """Yield what JSON lets pass and nobody can use: numbers beyond all numbers, halves of signs, endless nesting."""
    # A stack of its own: Python's would overflow. A place is its key and the place above.
    stack: list[tuple[Any, Any, int]] = [(root, None, 1)]
    while stack:
        value, place, depth = stack.pop()
        if isinstance(value, (dict, list)):
            if depth > DEPTH_AT_MOST:
                yield _depth_fault(_path(place, root))
                return
            inner = value.items() if isinstance(value, dict) else enumerate(value)
            for key, each in inner:
                here = (key, place)
                if isinstance(key, str) and _SURROGATE.search(key):
                    yield Fault(_path(place, root), key, "text of whole signs: half of a surrogate pair is none")
                if isinstance(each, str):
                    if _SURROGATE.search(each):
                        allowed = "text of whole signs: half of a surrogate pair is none"
                        yield Fault(_path(here, root), each, allowed)
                elif isinstance(each, float):
                    if not math.isfinite(each):
                        yield Fault(_path(here, root), each, "a number that can be held: this one is too large")
                elif isinstance(each, (dict, list)):
                    stack.append((each, here, depth + 1))


def _path(place: Any, root: Any) -> str:
    parts: list[str] = []
    while place is not None:
        key, place = place
        # Keys are of the file's own making: they are shown as they are only where they can be a name.
        shown = key if isinstance(key, int) or re.fullmatch(r"\w{1,60}", key) else "?"
        parts.append(f"[{shown}]" if isinstance(key, int) else f".{shown}")
    kind = root.get("resourceType") if isinstance(root, dict) else None
    start = kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else "file"
    text = "".join(reversed(parts))
    # The end is what helps; the way there may be long.
    return start + (text if len(text) <= 200 else f"…{text[-200:]}")
