"""Writing a case file: from the case as a plan holds it, or from what is known of one so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nervelight.assessment import READING_TESTS
from nervelight.documents import yaml_text
from nervelight.errors import Fault
from nervelight.planning.case import Case
from nervelight.planning.case_reading import case_and_faults

__all__ = ["case_document", "case_yaml", "what_is_missing"]

# The unit in which a plan holds each physical value of a case, by the name of its key.
UNITS = {
    "ita": "deg",
    "nerve_depth": "mm",
    "subcutaneous_fat": "mm",
    "dermis": "mm",
    "distance": "mm",
    "irradiance": "W/mm2",
    "wavelengths": "nm",
    "spot_area": "mm2",
    "field_width": "mm",
    "air_temperature": "degC",
    "session_cap": "s",
    "examiner_longer": "s",
    "threshold": "V",
    "amplitude": "uV",
    "velocity": "m/s",
    "skin_temperature": "degC",
    "amplitude_limit": "uV",
    "velocity_limit": "m/s",
}
# Lists in which nothing says that there is none; elsewhere an empty list says nothing.
ASKED = ("red_flags", "contraindications", "drugs")
SECTIONS = ("patient", "diagnosis", "site", "lamp", "safety", "course", "care")


def case_document(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys and values of a case file from which the same plan follows.

    Parameters
    ----------
    case : mapping
        `Plan.case`: physical values are bare numbers there.

    Returns
    -------
    dict
        Physical values with their unit; a score that has answers by its answers alone; nothing that is not given.
    """
    return {name: value if name == "thresholds" else _written(name, value) for name, value in _given(case).items()}


def _given(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value not in (None, [], {}) or name in ASKED}


def _written(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        parts = _given(value)
        if isinstance(parts.get("answers"), list):
            # The answers give the value.
            parts.pop("value", None)
            parts["answers"] = ["-" if each is None else each for each in parts["answers"]]
        walked = parts.get("measured_by") in READING_TESTS
        written = {
            key: f"{_number(inner)} mm" if walked and key in ("from", "target") else _written(key, inner)
            for key, inner in parts.items()
        }
        return _given(written)
    if name in UNITS and isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{_number(value)} {UNITS[name]}"
    if isinstance(value, (list, tuple)):
        return [_written(name, each) for each in value]
    return _number(value) if isinstance(value, float) else value


def _number(value: Any) -> Any:
    """Return a number as people write it; not one digit less."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def what_is_missing(document: Mapping[str, Any]) -> tuple[Case | None, list[Fault], list[Fault]]:
    """Return the case that a document gives, what needs somebody at once, and all that is wrong with it or missing."""
    # A section of which nothing is known yet lacks each of its keys, not itself.
    filled = {**{name: {} for name in SECTIONS}, **document}
    if isinstance(filled["diagnosis"], dict):
        filled["diagnosis"] = {"neupsig": {}, **filled["diagnosis"]}
    case, urgent, faults = case_and_faults(filled, "case")
    tone = [fault for fault in faults if fault.path == "patient.phototype" and fault.value is None]
    if not tone and (whole := next((fault for fault in faults if fault.path == "patient"), None)) is not None:
        # The only thing wrong with the patient as a whole is that a tone of the skin is missing.
        tone = [Fault("patient.phototype", None, whole.allowed)]
    return case, urgent, [*(fault for fault in faults if fault.path != "patient" and fault not in tone), *tone]


def case_yaml(document: Mapping[str, Any], missing: Sequence[Fault], notes: Sequence[str] = ()) -> str:
    """Return a case file with a blank for everything that is still to be filled in.

    Parameters
    ----------
    document : mapping
        What is known.
    missing : sequence of Fault
        What is not, by its path; why each is needed stands on top of the file.
    notes : sequence of str
        What else is to stand on top, a line each.
    """
    blank: dict[str, Any] = dict.fromkeys(_order())
    for name, value in document.items():
        blank[name] = dict(value) if isinstance(value, Mapping) else value
    for fault in missing:
        _blank(blank, fault.path.split("."))
    for name, field in Case.model_fields.items():
        order = list(getattr(field.annotation, "model_fields", ()))
        if isinstance(blank.get(name), dict) and order:
            blank[name] = {key: blank[name][key] for key in order if key in blank[name]}
    optional = {field.alias or name for name, field in Case.model_fields.items() if not field.is_required()}
    kept = {name: value for name, value in blank.items() if value is not None or name not in optional}
    told = [*notes, *(["Still needed; nothing clinical has a default:"] if missing else [])]
    told += [f"  {_one_line(fault.path)}: {_one_line(fault.allowed)}" for fault in missing]
    return "".join(f"# {_one_line(line)}\n" for line in told) + yaml_text(kept)


def _order() -> list[str]:
    return [field.alias or name for name, field in Case.model_fields.items()]


def _blank(document: dict[str, Any], path: Sequence[str]) -> None:
    here = document
    for key in path[:-1]:
        if "[" in key:
            return
        if not isinstance(here.get(key), dict):
            if here.get(key) is not None:
                return
            here[key] = {}
        here[key] = here = dict(here[key])
    if "[" not in path[-1]:
        here.setdefault(path[-1], None)


def _one_line(text: str) -> str:
    """Return a text in which nothing can end a comment or turn it round."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
