"""A course as open data: tidy tables, one observation a row, and the dictionary that says what each column means.

An empty cell means "not known". Days are ISO 8601, units stand in the names of columns or in a column of their own,
files are UTF-8 with a head. The dictionary is there twice: as a table, and as a data package (datapackage.json) that
programs read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, StrictBool

from nervelight.documents import Document, csv_text, read_data, validated
from nervelight.record.dossier import Dossier
from nervelight.report.open_rows import ROWS, Row, Typed

__all__ = ["Column", "Table", "open_tables", "tables_of"]

OLDEST = 90
"""Ages from here on are one group in shared data."""
ID_LENGTH = 16
DICTIONARY = ("table", "column", "type", "unit", "allowed", "meaning", "missing")


class Column(Document):
    """One column."""

    type: Literal["string", "integer", "number", "boolean", "date"]
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    """Every value that may stand there; any where it is empty."""
    missing: str = "not known"
    """What an empty cell means."""
    refers: str = ""
    """Table whose key it names."""
    shared: Literal["keep", "id", "day", "age", "label", "drop"] = "keep"
    """What becomes of it where nobody is to be recognised."""


class Table(Document):
    """One table."""

    title: str
    key: tuple[str, ...] = Field(min_length=1)
    """Columns by which a row is known."""
    columns: dict[str, Column]
    shared: StrictBool = True
    """Whether it is there at all where nobody is to be recognised."""


class _Catalogue(Document):
    sources: tuple[str, ...]
    tables: dict[str, Table]


@cache
def open_tables() -> Mapping[str, Table]:
    """Return every table with its columns, as the dictionary describes them."""
    data = read_data("nervelight.report", "data", "open_data.yaml")
    return MappingProxyType(validated(_Catalogue, data, "open_data.yaml").tables)


def tables_of(dossier: Dossier, *, deidentify: bool = False) -> dict[str, str]:
    """Return a course as tables, by the names of their files.

    Parameters
    ----------
    dossier : Dossier
    deidentify : bool
        Whether to leave out names and free text, to replace ids by hashes with a salt that is thrown away, and days by
        days since the first planned session. This makes it harder to recognise somebody, not impossible: a rare
        condition, an age and a course of days may be enough for who knows the person.

    Returns
    -------
    dict of str to str
        Each table as ``NAME.csv``; ``columns.csv`` and ``datapackage.json``, which describe every column;
        ``README.txt``.
    """
    tables = {name: table for name, table in open_tables().items() if table.shared or not deidentify}
    hide = _hider(dossier) if deidentify else None
    files, columns_of = {}, {}
    for name, table in tables.items():
        columns = _shown(table, deidentify)
        columns_of[name] = columns
        rows = [_checked(name, table, row) for row in ROWS[name](dossier)]
        cells = (
            [_cell(hide(name, column, row[column]) if hide else row[column]) for column in table.columns]
            for row in rows
        )
        wanted = [
            place for place, column in enumerate(table.columns.values()) if not deidentify or column.shared != "drop"
        ]
        files[f"{name}.csv"] = csv_text(columns, ([row[place] for place in wanted] for row in cells))
    files["columns.csv"] = csv_text(DICTIONARY, _dictionary(columns_of))
    files["datapackage.json"] = json.dumps(_package(tables, columns_of, dossier, deidentify), indent=1) + "\n"
    files["README.txt"] = _readme(tables, dossier, deidentify)
    return files


def _checked(name: str, table: Table, row: Row) -> Row:
    assert row.keys() == table.columns.keys(), f"{name}: {row.keys() ^ table.columns.keys()}"
    return row


def _shown(table: Table, deidentify: bool) -> dict[str, Column]:
    """Return the columns as they are written."""
    if not deidentify:
        return table.columns
    found = {}
    for name, column in table.columns.items():
        if column.shared == "day":
            meaning = f"{column.meaning}: whole days since the first planned session"
            change = {"type": "integer", "unit": "days", "meaning": meaning}
            found[f"{name.removesuffix('_date')}_day"] = column.model_copy(update=change)
        elif column.shared != "drop":
            found[name] = column
    return found


def _hider(dossier: Dossier) -> Callable[[str, str, Any], Any]:
    """Return what makes a value of a column unrecognisable; one salt for all tables, known to nobody afterwards."""
    salt, labels = secrets.token_hex(16), dict[str, str]()
    first = dossier.plans[0].plan.schedule
    start = first.sessions[0].date if first else dossier.opened

    def hide(table: str, name: str, value: Any) -> Any:
        if value is None or value == "":
            return value
        match open_tables()[table].columns[name].shared:
            case "id":
                return hashlib.sha256(f"{salt}{value}".encode()).hexdigest()[:ID_LENGTH]
            case "day":
                return (value - start).days
            case "age":
                return min(value, OLDEST)
            case "label":
                return labels.setdefault(value, f"{name} {len(labels) + 1}")
        # What a row of the reporting sheet quotes of people is left out; all else there comes from plan and catalogue.
        return "" if table == "reporting" and name == "value" and isinstance(value, Typed) else value

    return hide


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case dt.date():
            return value.isoformat()
        case float():
            # Six figures, as in a plan.
            return int(value) if value.is_integer() and abs(value) < 1e15 else float(f"{value:.6g}")
        case tuple() | list():
            return " ".join(map(str, value))
    return value


def _dictionary(columns_of: Mapping[str, Mapping[str, Column]]) -> Iterator[tuple[str, ...]]:
    for table, columns in columns_of.items():
        for name, column in columns.items():
            allowed = " | ".join(column.allowed)
            yield table, name, column.type, column.unit, allowed, column.meaning, column.missing


def _package(
    tables: Mapping[str, Table], columns_of: Mapping[str, Mapping[str, Column]], dossier: Dossier, deidentify: bool
) -> Row:
    return {
        "name": "nervelight-course",
        "title": "A course of light against neuropathic pain",
        "description": "\n".join(filter(None, (dossier.synthetic, _limits(deidentify)))),
        "profile": "tabular-data-package",
        "resources": [
            {
                "name": name.replace("_", "-"),
                "path": f"{name}.csv",
                "title": table.title,
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [_field(*each) for each in columns_of[name].items()],
                    "missingValues": [""],
                    "primaryKey": list(table.key),
                    "foreignKeys": [
                        {
                            "fields": column,
                            "reference": {
                                "resource": described.refers.replace("_", "-"),
                                "fields": tables[described.refers].key[0],
                            },
                        }
                        for column, described in columns_of[name].items()
                        if described.refers
                    ],
                },
            }
            for name, table in tables.items()
        ],
    }


def _field(name: str, column: Column) -> Row:
    return {
        "name": name,
        "type": column.type,
        "description": f"{column.meaning}. Empty: {column.missing}.",
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": {"enum": list(column.allowed)}} if column.allowed else {}),
    }


def _limits(deidentify: bool) -> str:
    if deidentify:
        return (
            "Names, free text, other treatment and tasks are left out, ids are hashes with a salt that was thrown "
            f"away, days are counted from the first planned session, ages from {OLDEST} on are one group. This is not "
            "anonymous: condition, site, age, skin type, scores and the days between them may be enough for somebody "
            "who knows the person. Share it under an agreement, and only with the consent that this needs."
        )
    return "This is a copy of personal health data with names. Keep it as you would keep the paper record."


def _readme(tables: Mapping[str, Table], dossier: Dossier, deidentify: bool) -> str:
    lines = ["A course of light against neuropathic pain, as tables.", ""]
    lines += [dossier.synthetic, ""] if dossier.synthetic else []
    lines += [_limits(deidentify), "", dossier.plan.disclaimer, ""]
    lines += [f"{name}.csv: {table.title}" for name, table in tables.items()]
    lines += [
        "columns.csv: every column of every table: type, unit, allowed values, meaning, what an empty cell means",
        "datapackage.json: the same for programs (Data Package)",
        "",
        "UTF-8, commas, one line of names. An empty cell means: not known, unless columns.csv says something else. A",
        "text that a spreadsheet would run as a formula begins with an apostrophe here. Consents, filed documents and",
        "who read the record are not in here; the export of a person has them.",
    ]
    return "\n".join(lines) + "\n"
