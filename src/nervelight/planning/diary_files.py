"""The files that a diary can stand in: from a spreadsheet (CSV) or YAML to its head and rows.

Both have the same entries, one row or mapping a day. Other columns than those named here are instruments.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nervelight.assessment import instrument_ids
from nervelight.documents import Text, read_text, read_yaml
from nervelight.errors import Fault, InvalidInput, closest

__all__ = ["COLUMNS", "DIARY_SCHEMA", "ONE_LINE", "UNITS", "DiaryFile", "read_diary_file"]

DIARY_SCHEMA = "nervelight-diary-1"
# Every column that is no instrument, and what it holds.
COLUMNS: Mapping[str, str] = {
    "date": "the day, YYYY-MM-DD",
    "fields": "fields lit, with ; between them; each with its own time after a colon where they differ",
    "time": "light on each field, such as '1 min 45 s'",
    "distance": "from the lamp to the skin, such as '12 in'",
    "lamp": "id of the lamp",
    "skin": "the skin after the session",
    "walk": "six-minute walk distance, such as '380 m'",
    "red_flags": "ids of red flags noticed",
    "event": "anything unwanted, in words",
    "other_treatment": "what changed in other treatment",
    "note": "anything else",
}
# A column may carry its unit in its name; its cells are bare numbers then.
UNITS: Mapping[str, tuple[str, ...]] = {"time": ("s", "min"), "distance": ("mm", "cm", "in"), "walk": ("m",)}
ONE_LINE = "one line of text, of at most 500 characters"
HEAD = ("schema", "patient", "synthetic")
TABLES = (".csv", ".tsv", ".txt")
_COMMENT = re.compile(r"#\s*(\w+)\s*:\s*(.*?)[\s,;]*")
_TEXT: TypeAdapter[str] = TypeAdapter(Text)

Rows = list[tuple[str, dict[str, Any]]]
DiaryFile = tuple[dict[str, str], Rows, list[Fault]]
"""Head, rows by their place in the file, and what is wrong with the file beside its rows."""


def read_diary_file(path: Path) -> DiaryFile:
    """Return the head and the rows of a diary's file.

    Raises
    ------
    InvalidInput
        If the file cannot be read, or its rows mean nothing under its header.
    """
    return _from_csv(path) if path.suffix.lower() in TABLES else _from_yaml(path)


def _from_yaml(path: Path) -> DiaryFile:
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise InvalidInput(str(path), [Fault("file", data, f"a mapping with schema: {DIARY_SCHEMA} and days")])
    faults = [
        Fault(str(name), name, f"an unknown key; known here: days, {', '.join(HEAD)}")
        for name in data
        if name not in (*HEAD, "days")
    ]
    faults += _head_faults(data)
    days = data.get("days")
    if not isinstance(days, list):
        return {}, [], [*faults, Fault("days", days, "required: a list with one entry a day")]
    rows: Rows = []
    for number, entry in enumerate(days):
        if isinstance(entry, dict):
            rows.append((f"days[{number}]", {str(name): value for name, value in entry.items()}))
        else:
            faults.append(Fault(f"days[{number}]", entry, "an entry with a date"))
    return {name: str(data[name]) for name in HEAD if name in data}, rows, faults


def _head_faults(head: Mapping[str, Any]) -> list[Fault]:
    faults = []
    if head.get("schema") != DIARY_SCHEMA:
        faults.append(Fault("schema", head.get("schema"), f"required: {DIARY_SCHEMA}"))
    if head.get("patient") in (None, ""):
        allowed = "required: the name on the plan, so that nobody's diary is held against another's plan"
        faults.append(Fault("patient", None, f"{allowed}; in CSV a line above the header, '# patient: name'"))
    for name in ("patient", "synthetic"):
        if head.get(name):
            try:
                _TEXT.validate_python(head[name])
            except ValidationError:
                faults.append(Fault(name, head[name], ONE_LINE))
    return faults


def _from_csv(path: Path) -> DiaryFile:
    where = str(path)
    # Spreadsheets put a mark before the text.
    lines = read_text(path).removeprefix("\ufeff").splitlines()
    # What stands above the header says of whom the diary is; below it every line is a day.
    start = next((number for number, line in enumerate(lines) if not _above(line)), None)
    if start is None:
        raise InvalidInput(where, [Fault("file", None, "a header, and a row a day")])
    head, faults = _head_of(lines[:start])
    # Spreadsheets of half the world write a semicolon.
    delimiter = max(",;\t", key=lines[start].count)
    cells = csv.reader(io.StringIO("\n".join(lines[start:])), delimiter=delimiter, strict=True)
    try:
        table = [(start + cells.line_num, [cell.strip() for cell in row]) for row in cells]
    except csv.Error as problem:
        place = f"row {start + cells.line_num}"
        allowed = f"cells whose quotes are closed, of at most {csv.field_size_limit()} characters"
        raise InvalidInput(where, [Fault(place, str(problem), allowed)]) from None
    header = table[0][1]
    faults += _head_faults({"schema": DIARY_SCHEMA, **head})
    of_header = list(_header_faults(header))
    if of_header:
        # Cells under a header that cannot be read mean nothing.
        raise InvalidInput(where, [*faults, *of_header])
    rows: Rows = []
    for number, row in table[1:]:
        named = dict(zip(header, row, strict=False))
        stray = [*(cell for name, cell in zip(header, row, strict=False) if not name), *row[len(header) :]]
        if any(stray):
            allowed = f"cells under the header only; one that holds a '{delimiter}' stands in quotes"
            faults.append(Fault(f"row {number}", next(filter(None, stray)), allowed))
        elif any(row):
            rows.append((f"row {number}", {name: cell for name, cell in named.items() if name}))
    return head, rows, faults


def _above(line: str) -> bool:
    return not line.strip(" ,;\t") or line.lstrip('" ').startswith("#")


def _head_of(lines: Sequence[str]) -> tuple[dict[str, str], list[Fault]]:
    """Return what the comments above the header say; each says one thing of those that are known."""
    head: dict[str, str] = {}
    faults = []
    for number, line in enumerate(lines, 1):
        text = line.strip(" ,;\t").strip('"')
        if not text:
            continue
        told = _COMMENT.fullmatch(text)
        if told is None or told[1] not in HEAD:
            hint = closest(told[1], HEAD) if told else ""
            allowed = f"a comment such as '# patient: name'; known: {', '.join(HEAD)}"
            faults.append(Fault(f"row {number}", text, allowed, f"did you mean {hint!r}?" if hint else ""))
        elif told[1] in head:
            faults.append(Fault(f"row {number}", text, f"{told[1]} once"))
        else:
            head[told[1]] = told[2]
    return head, faults


def _header_faults(header: list[str]) -> Iterator[Fault]:
    names = {name: (name, "") for name in COLUMNS}
    names |= {f"{name}_{unit}": (name, unit) for name, units in UNITS.items() for unit in units}
    seen: dict[str, str] = {}
    for number, name in enumerate(header, 1):
        if not name:
            continue
        if name not in names and name not in instrument_ids():
            hint = closest(name, [*names, *instrument_ids()])
            yield Fault(
                f"column {number}",
                name,
                f"an instrument, or one of {', '.join(COLUMNS)}",
                f"did you mean {hint!r}?" if hint else "",
            )
        what, _ = names.get(name, (name, ""))
        if what in seen:
            yield Fault(f"column {number}", name, f"one column, and one unit, for {what}; it has {seen[what]} already")
        seen[what] = name
    if "date" not in seen:
        yield Fault("columns", None, "a column named date")
