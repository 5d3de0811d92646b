"""A case that a form holds so far: read with stand-ins for what is missing, as long as the light does not need it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nervelight.documents import Document
from nervelight.errors import Fault, InvalidInput
from nervelight.planning.case import Case
from nervelight.planning.case_reading import case_and_faults

__all__ = ["STAND_INS", "Unanswered", "read_unfinished"]

# What the light needs of a case; a fault in any other part leaves that part out.
_NEEDED = (
    "patient.phototype",
    "patient.ita",
    "diagnosis.condition",
    "site",
    "lamp",
    "anchor",
    "anchor_scenario",
)
_SECTIONS = ("patient", "diagnosis", "site", "lamp", "safety", "course", "care")
# What takes the place of a missing part so that the case can be read. None of it raises a finding by itself; what could
# be misled by it is left out of the preview.
STAND_INS: Mapping[str, Any] = {
    "schema": "nervelight-case-1",
    "patient.label": "not named yet",
    "patient.age": "0 years",
    "diagnosis.neupsig": dict.fromkeys(
        ("relevant_history", "plausible_distribution", "sensory_signs", "confirmatory_test"), True
    ),
    "diagnosis.red_flags": [],
    "scores": [{"instrument": "nrs11", "value": 0, "date": "2000-01-01"}],
    "safety.contraindications": [],
    "safety.drugs": [],
    "safety.sensation": "intact",
    "safety.perfusion": "normal",
    "safety.eyes": "goggles",
    "course.start": "2100-01-01",
    "course.session_cap": "24 h",
    "course.setting": "home",
    "care.clinician": "not named yet",
    "care.emergency_number": "not given yet",
}


class Unanswered(Document):
    """A part of the case that is missing or wrong, and that the light does not need."""

    path: str
    why: str


def read_unfinished(data: Mapping[str, Any]) -> tuple[Case, tuple[Unanswered, ...]]:
    """Return a case that holds what the form holds and stand-ins for the rest, and what these stand for.

    Parameters
    ----------
    data : mapping
        Keys and values as in a case file; None and empty text count as not answered.

    Raises
    ------
    InvalidInput
        With each fault of what the light needs.
    """
    form = {**{section: {} for section in _SECTIONS}, **_answered(data)}
    unanswered: dict[str, str] = {}
    while True:
        case, alarms, faults = case_and_faults(form, "form")
        if case is not None:
            break
        needed = [fault for fault in faults if _is_needed(fault.path)]
        # Some faults are seen only once others are gone; one that comes back cannot be left out.
        again = [fault for fault in faults if _part(fault.path) in unanswered]
        if needed or again:
            raise InvalidInput("form", needed or again)
        for fault in faults:
            part = _part(fault.path)
            if part == "scores":
                # What needs somebody at once is said even where the scores cannot be counted.
                unanswered |= {alarm.path: _why(alarm) for alarm in alarms}
            form = _without(form, part)
            unanswered.setdefault(part, _why(fault))
    return case, tuple(Unanswered(path=path, why=why) for path, why in unanswered.items() if path != "schema")


def _answered(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _answered(value) if isinstance(value, Mapping) else value
        for key, value in form.items()
        if value is not None and value != ""
    }


def _is_needed(path: str) -> bool:
    return path in ("patient", "diagnosis") or any(
        path == name or path.startswith((f"{name}.", f"{name}[")) for name in _NEEDED
    )


def _part(path: str) -> str:
    """Return the part of a case that is left out for a fault, such as ``scores`` and ``safety.drugs``."""
    keys = re.sub(r"\[.*?\]", "", path).split(".")
    return ".".join(keys[:2] if keys[0] in _SECTIONS else keys[:1])


def _without(form: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the form without a part, or with what stands in for it."""
    section, _, name = part.partition(".")
    stand_in = {name or section: STAND_INS[part]} if part in STAND_INS else {}
    if name:
        return {**form, section: {key: value for key, value in form[section].items() if key != name} | stand_in}
    blank = {section: {}} if section in _SECTIONS else stand_in
    return {key: value for key, value in form.items() if key != section} | blank


def _why(fault: Fault) -> str:
    return str(fault).removeprefix(f"{fault.path}: ").removeprefix("missing; ")
