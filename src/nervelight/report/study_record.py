"""A study as data for other programs: units in the names, and what arithmetic gives beside what is printed."""

from __future__ import annotations

from typing import Any

from nervelight.evidence import Light, Quantity, Study, derived_light, readings
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = ["study_record"]

# Physical fields of lights, schedules and windows: the name with its unit, and what turns inner units into it.
_LIGHT: dict[str, tuple[str, float]] = {
    "wavelengths": ("wavelengths_nm", 1.0),
    "time_per_site": ("time_per_site_s", 1.0),
    "point_energy": ("point_energy_j", 1.0),
    "point_energy_at_least": ("point_energy_at_least_j", 1.0),
    "session_energy": ("session_energy_j", 1.0),
    "radiant_power": ("radiant_power_mw", 1000.0),
    "spot_area": ("spot_area_cm2", 0.01),
    "pulse_frequency": ("pulse_frequency_hz", 1.0),
    "session_time": ("session_time_min", 1 / 60),
    "irradiance": ("irradiance_mw_cm2", float(to_mw_cm2(1.0))),
    "radiant_exposure": ("radiant_exposure_j_cm2", float(to_j_cm2(1.0))),
    "session_radiant_exposure": ("session_radiant_exposure_j_cm2", float(to_j_cm2(1.0))),
}
# More than a paper prints.
FIGURES = 6


def study_record(study: Study) -> dict[str, Any]:
    """Return a study as printed, with units in the names, and under ``normalised`` what its lights come to.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict
        Ready for JSON. Each entry of ``normalised`` is one light, or one reading of it: every quantity with its value,
        and the formula where it was computed; what is missing stays missing.
    """
    record: dict[str, Any] = _with_units(study.model_dump(mode="json"))
    record["normalised"] = [_normalised(reading) for light in study.lights for reading in readings(light)]
    return record


def _normalised(light: Light) -> dict[str, Any]:
    found: dict[str, Any] = {"label": light.label, "wavelengths_nm": list(light.wavelengths)}
    values: dict[Quantity, Any] = dict(derived_light(light))
    for name, value in values.items():
        shown, factor = _LIGHT[name]
        found[shown] = {"value": _rounded(value.value * factor), "computed_by": value.formula or None}
    return found


def _with_units(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            _LIGHT.get(name, (name, 1.0))[0]: _scaled(value, _LIGHT[name][1]) if name in _LIGHT else _with_units(value)
            for name, value in node.items()
        }
    return [_with_units(part) for part in node] if isinstance(node, list) else node


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, list):
        return [_scaled(part, factor) for part in value]
    return _rounded(value * factor) if isinstance(value, (int, float)) else value


def _rounded(value: float) -> float:
    return float(f"{value:.{FIGURES}g}")
