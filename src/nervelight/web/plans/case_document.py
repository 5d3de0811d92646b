"""A case as a form holds it: from the document of a case file to the answers of a form, and back without loss.

The answers are text by name of the input: what stands at ``scores[0].value`` in the document is called
``scores-0-value`` in the form. What the form does not ask for, and what nobody touched, stays as it is, to the letter.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervelight.errors import Fault
from nervelight.planning import Case
from nervelight.planning.case_reading import case_and_faults

__all__ = [
    "ALL_ASKED",
    "ASKED",
    "FIXED",
    "QUANTITY",
    "REMOVE",
    "ROWS",
    "SECTIONS",
    "UNFINISHED",
    "Answers",
    "answers_of",
    "checked",
    "document_of",
    "given_at",
    "input_name",
    "leaves",
    "row_count",
    "without_unfinished",
]

Raw = str | list[str]
Answers = Mapping[str, Raw]
Document = dict[str, Any]

SCHEMA = "nervelight-case-1"
SECTIONS = ("patient", "diagnosis", "site", "lamp", "safety", "course", "care")
UNFINISHED = "not all asked for yet"
"""Stands in a list that was begun and not gone through: no plan is made from it."""
ASKED = "asked"
"""The tick that says that a list was gone through."""
REMOVE = "remove"
"""The tick that takes a row out."""
MOST_ROWS = 100

_WHOLE = re.compile(r"-?\d{1,9}")
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")


@dataclass(frozen=True)
class Kind:
    """How a value of the document is shown in the form, and read from it; None is what is not there."""

    show: Callable[[Any], Raw]
    read: Callable[[Raw], Any]
    several: bool = False
    """Whether it comes as several inputs of one name, in an order of the form's own."""


def _text(raw: Raw) -> str | None:
    return (raw if isinstance(raw, str) else " ".join(raw)).strip() or None


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _number(raw: Raw) -> Any:
    text = (_text(raw) or "").replace(",", ".")
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else _text(raw)


def _age(raw: Raw) -> str | None:
    text = _text(raw)
    return f"{text} years" if text and text.isdecimal() else text


def _lines(raw: Raw) -> list[str] | None:
    entries = raw.splitlines() if isinstance(raw, str) else raw
    return [entry.strip() for entry in entries if entry.strip()] or None


def _each(value: Any) -> list[str]:
    return [_shown(entry) for entry in value] if isinstance(value, list) else [_shown(value)] * (value is not None)


def _between_commas(one: Callable[[str], Any]) -> Callable[[Raw], Any]:
    def read(raw: Raw) -> Any:
        text = _text(raw)
        return None if text is None else [one(entry.strip()) for entry in text.split(",") if entry.strip()] or None

    return read


def _answer(value: Any) -> str:
    return "-" if value is None else ("yes" if value else "no") if isinstance(value, bool) else _shown(value)


def _asked(raw: Raw) -> list[str] | None:
    given = raw if isinstance(raw, list) else [raw]
    ticked = [entry.strip() for entry in given if entry.strip() and entry != ASKED]
    if ASKED in given:
        return ticked
    return [*ticked, UNFINISHED] if ticked else None


def _show_asked(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    return [str(entry) for entry in value if entry != UNFINISHED] + [ASKED] * (UNFINISHED not in value)


TEXT = Kind(_shown, _text)
NUMBER = Kind(_shown, _number)
QUANTITY = Kind(_shown, _text)
"""A number and its unit."""
CHOICE = Kind(_shown, _text)
AGE = Kind(lambda value: re.sub(r"^(\d+) years$", r"\1", _shown(value)), _age)
YES_NO = Kind(
    lambda value: {True: "yes", False: "no"}.get(value, _shown(value)) if isinstance(value, bool) else _shown(value),
    lambda raw: {"yes": True, "no": False}.get(_text(raw) or "", _text(raw)),
)
LINES = Kind(lambda value: "\n".join(_each(value)), _lines)
DAYS = Kind(_each, _lines, several=True)
ANSWERS = Kind(
    lambda value: ", ".join(map(_answer, value)) if isinstance(value, list) else _shown(value),
    _between_commas(lambda entry: entry if entry == "-" else _number(entry)),
)
COUNTS = Kind(lambda value: ", ".join(_each(value)), _between_commas(_number))
WAVELENGTHS = Kind(
    lambda value: ", ".join(_each(value)),
    _between_commas(lambda entry: f"{entry} nm" if _NUMBER.fullmatch(entry) else entry),
)
ALL_ASKED = Kind(_show_asked, _asked, several=True)

FIXED: Mapping[str, Kind] = {
    "patient.label": TEXT,
    "patient.age": AGE,
    "patient.phototype": CHOICE,
    "patient.ita": QUANTITY,
    "diagnosis.condition": CHOICE,
    "diagnosis.icd10": TEXT,
    "diagnosis.neupsig.relevant_history": YES_NO,
    "diagnosis.neupsig.plausible_distribution": YES_NO,
    "diagnosis.neupsig.sensory_signs": YES_NO,
    "diagnosis.neupsig.confirmatory_test": YES_NO,
    "diagnosis.red_flags": ALL_ASKED,
    "site.name": CHOICE,
    "site.target": CHOICE,
    "site.fields": LINES,
    "site.measured.nerve_depth": QUANTITY,
    "site.measured.subcutaneous_fat": QUANTITY,
    "site.measured.dermis": QUANTITY,
    "site.measured.method": TEXT,
    "lamp.device": CHOICE,
    "lamp.distance": QUANTITY,
    "lamp.wavelengths": WAVELENGTHS,
    "lamp.spot_area": QUANTITY,
    "lamp.field_width": QUANTITY,
    "anchor": CHOICE,
    "anchor_scenario": CHOICE,
    "safety.contraindications": ALL_ASKED,
    "safety.drugs": ALL_ASKED,
    "safety.sensation": CHOICE,
    "safety.perfusion": CHOICE,
    "safety.eyes": CHOICE,
    "safety.air_temperature": QUANTITY,
    "course.start": TEXT,
    "course.session_cap": QUANTITY,
    "course.setting": CHOICE,
    "course.weekdays": DAYS,
    "care.clinician": TEXT,
    "care.emergency_number": TEXT,
    "care.team": LINES,
    "care.other_treatments": LINES,
}
"""What stands once in a case, by its path."""

LEVELS = ("-2", "-1", "0", "1", "2")
ROWS: Mapping[str, Mapping[str, Kind]] = {
    "scores": {"instrument": CHOICE, "value": NUMBER, "answers": ANSWERS, "date": TEXT},
    "readings": {
        "test": CHOICE,
        "method": CHOICE,
        "side": CHOICE,
        "date": TEXT,
        "missed_at_sites": COUNTS,
        "missed": NUMBER,
        "examiner_longer": QUANTITY,
        "threshold": QUANTITY,
        "amplitude": QUANTITY,
        "velocity": QUANTITY,
        "skin_temperature": QUANTITY,
        "amplitude_limit": QUANTITY,
        "velocity_limit": QUANTITY,
        "distance": QUANTITY,
    },
    "lamp.readings": {
        "distance": QUANTITY,
        "irradiance": QUANTITY,
        "instrument": TEXT,
        "relative_uncertainty": NUMBER,
    },
    "care.goals": {
        "what": TEXT,
        "measured_by": CHOICE,
        "from": NUMBER,
        "target": NUMBER,
        "by": TEXT,
        "weight": NUMBER,
        **{f"levels.{level}": TEXT for level in LEVELS},
    },
}
"""What may stand several times, by the path of its list."""


def input_name(path: str) -> str:
    """Return the name that a path has in the form.

    Examples
    --------
    >>> input_name("scores[0].value")
    'scores-0-value'
    """
    return path.replace("].", "-").replace("[", "-").replace(".", "-").rstrip("]")


def row_count(path: str) -> str:
    """Return the name of the input that says how many rows of a list the form has."""
    return f"{input_name(path)}-rows"


def answers_of(document: Mapping[str, Any], spare: Mapping[str, Sequence[Document]] | None = None) -> dict[str, Raw]:
    """Return what a form shows of a document.

    Parameters
    ----------
    document : mapping
        As in a case file, whole or not.
    spare : mapping, optional
        Rows to add that are still to be filled in, by the path of the list.
    """
    shown = {input_name(path): kind.show(given_at(document, path)) for path, kind in FIXED.items()}
    for path, kinds in ROWS.items():
        rows = [*_rows(document, path), *(spare or {}).get(path, ())]
        for index, row in enumerate(rows):
            shown |= {
                input_name(f"{path}[{index}].{key}"): kind.show(given_at(row, key)) for key, kind in kinds.items()
            }
        shown[row_count(path)] = str(len(rows))
    return shown


def document_of(answers: Answers, base: Mapping[str, Any]) -> Document:
    """Return the document that the answers of a form give.

    Parameters
    ----------
    answers : mapping
        By name of the input; a row in which nothing stands falls out.
    base : mapping
        The document that the form was filled from.

    Returns
    -------
    dict
        Keys that the form does not know are those of `base`; values that nobody touched are to the letter.
    """
    document: Document = {"schema": SCHEMA, **copy.deepcopy(dict(base))}
    for path, kind in FIXED.items():
        raw = answers.get(input_name(path), "")
        _put(document, path, _read(kind, raw, given_at(base, path)))
    for path, kinds in ROWS.items():
        if row_count(path) not in answers:
            continue
        rows: list[Any] = [row for row in _filled(path, kinds, answers, _rows(base, path)) if row]
        if path == "care.goals":
            rows = [*map(_alone, rows)]
        before = given_at(base, path)
        # What people wrote as words alone, and an empty list, are kept as written.
        kept = before if isinstance(before, list) and rows == [*map(_alone, before)] else rows or None
        _put(document, path, kept)
    return document


def checked(document: Mapping[str, Any]) -> tuple[Case | None, list[Fault], list[Fault]]:
    """Return the case that a document gives, what needs somebody at once, and everything that is wrong or missing."""
    # A section of which nothing is known yet lacks each of its keys, not itself.
    filled = {"schema": SCHEMA, **{name: {} for name in SECTIONS}, **document}
    if isinstance(filled["diagnosis"], dict):
        filled["diagnosis"] = {"neupsig": {}, **filled["diagnosis"]}
    open_lists = _unfinished(document)
    case, alarms, faults = case_and_faults(without_unfinished(filled), "case")
    asked = [
        Fault(path, UNFINISHED, "needs the tick that all were asked for: only then does a list say what is not there")
        for path in open_lists
    ]
    faults = [*asked, *(fault for fault in faults if fault.path not in open_lists)]
    return (None if faults else case), alarms, faults


def without_unfinished(document: Mapping[str, Any]) -> Document:
    """Return a document without the lists that were begun and not gone through."""
    found = copy.deepcopy(dict(document))
    for path in _unfinished(found):
        _put(found, path, None)
    return found


def _unfinished(document: Mapping[str, Any]) -> list[str]:
    lists = {path: given_at(document, path) for path, kind in FIXED.items() if kind is ALL_ASKED}
    return [path for path, value in lists.items() if isinstance(value, list) and UNFINISHED in value]


def given_at(document: Any, path: str) -> Any:
    """Return what stands at a path of keys; None where nothing does."""
    here = document
    for key in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = next((value for name, value in here.items() if str(name) == key), None)
    return here


def _filled(path: str, kinds: Mapping[str, Kind], answers: Answers, before: list[Document]) -> Iterator[Document]:
    """Yield each row as it was filled in; an empty one for what was left empty or taken out."""
    for index in range(_count(answers[row_count(path)])):
        place = f"{path}[{index}]"
        known = before[index] if index < len(before) else {}
        values = {
            key: _read(kind, answers.get(input_name(f"{place}.{key}"), ""), given_at(known, key))
            for key, kind in kinds.items()
        }
        row = copy.deepcopy(known)
        for key, value in values.items():
            _put(row, key, value)
        # A test that was only added, and not filled in, is none.
        empty = all(value is None for key, value in values.items() if key != "test")
        yield {} if empty or answers.get(input_name(f"{place}.{REMOVE}")) else row


def _alone(row: Any) -> Any:
    return row["what"] if isinstance(row, dict) and set(row) == {"what"} else row


def _rows(document: Any, path: str) -> list[Document]:
    found = given_at(document, path)
    rows = found if isinstance(found, list) else []
    return [row if isinstance(row, dict) else {"what": row} for row in rows]


def _count(raw: Raw) -> int:
    text = _text(raw) or "0"
    return min(int(text), MOST_ROWS) if text.isdecimal() and len(text) < 4 else 0


def _read(kind: Kind, raw: Raw, before: Any) -> Any:
    value = kind.read(raw)
    # What nobody touched stays as it was written, ticks in the order that they had.
    touched = before is None or _order(kind, value) != _order(kind, kind.read(kind.show(before)))
    return value if touched else before


def _order(kind: Kind, value: Any) -> Any:
    return sorted(value) if kind.several and isinstance(value, list) else value


def _put(document: Document, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    trail: list[tuple[Document, str]] = []
    here = document
    for key in parents:
        if not isinstance(here.get(key), dict):
            if value is None:
                return
            here[key] = {}
        trail.append((here, key))
        here = here[key]
    # The levels of a goal are numbers in a file and words in a form.
    old = next((key for key in here if str(key) == last), last)
    if value is not None:
        here[old] = value
        return
    here.pop(old, None)
    for parent, key in reversed(trail):
        if parent[key]:
            break
        del parent[key]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value of a document with its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        for index, entry in enumerate(value):
            yield from leaves(entry, f"{path}[{index}]")
    else:
        yield path, value
