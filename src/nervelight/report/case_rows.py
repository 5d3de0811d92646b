"""The case of a plan as rows of words: where it stands in the file, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nervelight.assessment import instrument, instrument_ids
from nervelight.report.words import duration, number

__all__ = ["CASE_UNITS", "case_rows", "case_value", "told_value", "unit_key"]

CASE_UNITS = {
    "distance": "mm",
    "nerve_depth": "mm",
    "subcutaneous_fat": "mm",
    "dermis": "mm",
    "spot_area": "mm**2",
    "field_width": "mm",
    "wavelengths": "nm",
    "irradiance": "W/mm**2",
    "session_cap": "s",
    "air_temperature": "degC",
    "ita": "degree",
    "amplitude": "uV",
    "amplitude_limit": "uV",
    "velocity": "m/s",
    "velocity_limit": "m/s",
    "skin_temperature": "degC",
    "threshold": "V",
    "examiner_longer": "s",
}
"""Fields of the case with a unit: a plan holds them as bare numbers in the units of this package."""


def case_value(case: Mapping[str, Any], *path: str) -> str:
    """Return one word of the case, such as the patient's label; empty when the case does not have it."""
    here: Any = case
    for key in path:
        here = here.get(key) if isinstance(here, Mapping) else None
    return "" if here is None else str(here)


def case_rows(case: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the whole case, one row for each value given, as (place, value)."""
    return tuple(_rows(case, ""))


def _rows(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _rows(inner, f"{place}: {_words(key)}" if place else _words(key))
    elif isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value):
        for item in value:
            parts = (
                f"{_words(key)} {told_value(unit_key(item, key), inner)}"
                for key, inner in item.items()
                if _given(inner)
            )
            yield place, ", ".join(parts)
    elif value is not None:
        yield place, told_value(place.rsplit(": ", 1)[-1].replace(" ", "_"), value)


def _given(value: Any) -> bool:
    return value is not None and value not in ([], {}, ())


def unit_key(item: Mapping[str, Any], key: str) -> str:
    """Return the field whose unit a value has: of a goal that is walked, start and target are distances."""
    measure = item.get("measured_by")
    walked = key in ("from", "target") and measure in instrument_ids() and instrument(str(measure)).score is None
    return "distance" if walked else key


def _words(key: str) -> str:
    return key.replace("_", " ")


def told_value(key: str, value: Any) -> str:
    """Return a value of the case in words, in the unit that its field has."""
    if isinstance(value, (list, tuple)):
        return ", ".join(told_value(key, item) for item in value) or "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {inner}" for name, inner in value.items())
    if value is None:
        return "left out"
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = CASE_UNITS.get(key)
    if not isinstance(value, (int, float)):
        return str(value)
    if unit is None:
        return f"{value:g}"
    # What a person entered is repeated, not rounded to what the light can be known to.
    if unit == "s" and value >= 60:
        return duration(value)
    if unit == "mm" and value >= 10_000:
        return f"{value / 1000:g} m"
    if unit == "W/mm**2":
        return number(value * 1e5, "mW/cm2")
    if unit == "mm**2":
        return f"{value / 100:g} cm²"
    return f"{value:g} {({'degC': '°C', 'degree': '°', 'uV': 'µV'}).get(unit, unit)}"
