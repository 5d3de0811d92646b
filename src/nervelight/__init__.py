"""Nervelight: treatment planning for light against neuropathic pain.

>>> from nervelight import make_plan
>>> plan = make_plan("examples/diabetic_feet.yaml")  # doctest: +SKIP

Names are loaded when first used, so that ``import nervelight`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nervelight.errors import BlockedPlan, InvalidInput, NervelightError, UnknownName, ValidityError
    from nervelight.evidence import anchor, anchors_for, outcome_reference, study, study_ids
    from nervelight.optics import LayerStack, device, device_ids, irradiance_on_skin, site, site_ids
    from nervelight.planning import Case, Finding, Plan, make_plan, read_case
    from nervelight.report import plan_page
    from nervelight.transport import PlaneWaveSolution, solve_plane_wave

_ROOMS = {
    "errors": ("BlockedPlan", "InvalidInput", "NervelightError", "UnknownName", "ValidityError"),
    "evidence": ("anchor", "anchors_for", "outcome_reference", "study", "study_ids"),
    "optics": ("LayerStack", "device", "device_ids", "irradiance_on_skin", "site", "site_ids"),
    "planning": ("Case", "Finding", "Plan", "make_plan", "read_case"),
    "report": ("plan_page",),
    "transport": ("PlaneWaveSolution", "solve_plane_wave"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "BlockedPlan",
    "Case",
    "Finding",
    "InvalidInput",
    "LayerStack",
    "NervelightError",
    "Plan",
    "PlaneWaveSolution",
    "UnknownName",
    "ValidityError",
    "anchor",
    "anchors_for",
    "device",
    "device_ids",
    "irradiance_on_skin",
    "make_plan",
    "outcome_reference",
    "plan_page",
    "read_case",
    "site",
    "site_ids",
    "solve_plane_wave",
    "study",
    "study_ids",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'nervelight' has no attribute {name!r}")
    return getattr(import_module(f"nervelight.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
