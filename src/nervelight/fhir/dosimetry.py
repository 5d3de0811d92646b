"""The light of a plan as one extension: what R4 has no element for.

`PARTS` says what the extension may hold. `nervelight.fhir.definitions` makes its StructureDefinition from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nervelight.errors import UnknownName
from nervelight.fhir.elements import Resource, quantity
from nervelight.fhir.vocabulary import CANONICAL, own
from nervelight.optics import device
from nervelight.planning import Plan
from nervelight.planning.plan_document import Band, LampLight, TargetLight, WavelengthLight

__all__ = ["DOSIMETRY", "PARTS", "Part", "dosimetry"]

DOSIMETRY = f"{CANONICAL}/StructureDefinition/dosimetry"
"""Address of the extension."""


@dataclass(frozen=True)
class Part:
    """One part of an extension.

    Parameters
    ----------
    name : str
    short : str
        What it holds.
    type : str
        Data type of its value; empty where it has parts of its own.
    unit : str
        UCUM unit of a Quantity, and of both ends of a Range.
    vocabulary : str
        Id of the code system of a Coding.
    required, many : bool
    parts : tuple of Part
    """

    name: str
    short: str
    type: str = ""
    unit: str = ""
    vocabulary: str = ""
    required: bool = False
    many: bool = False
    parts: tuple[Part, ...] = ()


def _with_interval(name: str, short: str, unit: str, required: bool = False) -> tuple[Part, Part]:
    return (
        Part(name, f"{short}: median", "Quantity", unit, required=required),
        Part(f"{name}Interval", f"{short}: from the 5th to the 95th percentile", "Range", unit, required=required),
    )


PARTS: tuple[Part, ...] = (
    Part(
        "wavelength",
        "One wavelength of the lamp",
        many=True,
        parts=(
            Part("peak", "Peak wavelength", "Quantity", "nm", required=True),
            *_with_interval("share", "Share of the irradiance", "%", required=True),
            *_with_interval("irradiance", "Irradiance on the skin at this wavelength", "mW/cm2", required=True),
        ),
    ),
    Part("spectralSplitKnown", "Whether the split between the wavelengths is known; else it is assumed", "boolean"),
    *_with_interval("irradiance", "Irradiance on the skin", "mW/cm2", required=True),
    Part("irradianceBasis", "What the irradiance rests on", "Coding", vocabulary="irradiance-basis", required=True),
    Part("irradianceBasisText", "The same in words", "string"),
    Part("extrapolated", "Whether the distance lies outside of the readings", "boolean", required=True),
    Part("distance", "From the front of the lamp to the skin; 0 for contact", "Quantity", "cm", required=True),
    Part("fieldWidth", "Smaller side of the lit field", "Quantity", "cm"),
    Part("spotArea", "Area on the skin that a probe lights", "Quantity", "cm2"),
    Part("mode", "Continuous or pulsed, in the words of the lamp's record; absent where it is not known", "string"),
    Part("fields", "Fields lit one after the other in a session", "integer"),
    Part("timePerField", "Time of light on each field", "Quantity", "s"),
    Part(
        "timePerFieldInterval",
        "Times that give the target what it got in the trial: from the 5th to the 95th percentile",
        "Range",
        "s",
    ),
    Part("sessionTime", "Time of light in a session, all fields together", "Quantity", "s"),
    Part("capped", "Whether the longest time that is accepted cuts the time", "boolean"),
    *_with_interval("radiantExposure", "Radiant exposure on the skin, per field and session", "J/cm2"),
    Part(
        "target",
        "A nerve, or the nerve endings of the skin",
        many=True,
        parts=(
            Part("label", "Its name", "string", required=True),
            Part("followed", "Whether the trial's light is carried over to it", "boolean", required=True),
            *_with_interval("depth", "Depth under the skin", "mm", required=True),
            *_with_interval("fluenceRate", "Fluence rate there", "mW/cm2", required=True),
            *_with_interval("fluence", "Fluence there, per field and session", "J/cm2"),
        ),
    ),
    Part("weighting", "How light of several wavelengths is added up", "Coding", vocabulary="weighting"),
    Part("anchor", "Whose light is followed, and why", "string", required=True),
    Part("assumption", "A quantity that no checked source gives, with its interval", "string", many=True),
    Part("source", "A source of the numbers on the lamp's light", "string", many=True),
)
"""What the extension holds."""


def dosimetry(plan: Plan) -> Resource | None:
    """Return the light of a plan as an extension; None where the plan has no lamp.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Resource or None
        Without a time where nothing is prescribed.
    """
    lamp = plan.lamp
    if lamp is None:
        return None
    return {
        "url": DOSIMETRY,
        "extension": [*_light(plan, lamp), *_session(plan), *_targets(plan), *_grounds(plan, lamp)],
    }


def _light(plan: Plan, lamp: LampLight) -> Iterator[Resource]:
    for wavelength in lamp.wavelengths:
        yield {"url": "wavelength", "extension": list(_wavelength(wavelength))}
    yield {"url": "spectralSplitKnown", "valueBoolean": lamp.spectral_split_known}
    yield from _band("irradiance", lamp.irradiance_mw_cm2, "mW/cm2")
    yield {"url": "irradianceBasis", "valueCoding": own("irradiance-basis", lamp.basis)}
    yield {"url": "irradianceBasisText", "valueString": lamp.basis_text}
    yield {"url": "extrapolated", "valueBoolean": lamp.extrapolated}
    yield {"url": "distance", "valueQuantity": quantity(lamp.distance_mm / 10, "cm")}
    if lamp.field_width_mm is not None:
        yield {"url": "fieldWidth", "valueQuantity": quantity(lamp.field_width_mm / 10, "cm")}
    area = plan.case["lamp"].get("spot_area")
    if area is not None:
        # The case holds mm2.
        yield {"url": "spotArea", "valueQuantity": quantity(area / 100, "cm2")}
    mode = _mode(lamp.device)
    if mode:
        yield {"url": "mode", "valueString": mode}


def _mode(lamp: str) -> str:
    try:
        return device(lamp).pulse
    except UnknownName:
        # A lamp of another release's catalogue.
        return ""


def _wavelength(light: WavelengthLight) -> Iterator[Resource]:
    yield {"url": "peak", "valueQuantity": quantity(light.wavelength_nm, "nm")}
    yield from _band("share", light.share.map(lambda share: 100 * share), "%")
    yield from _band("irradiance", light.irradiance_mw_cm2, "mW/cm2")


def _session(plan: Plan) -> Iterator[Resource]:
    given = plan.prescription
    if given is None:
        return
    yield {"url": "fields", "valueInteger": len(given.fields)}
    yield {"url": "timePerField", "valueQuantity": quantity(given.time_per_field_s, "s")}
    if plan.translation is not None:
        yield {"url": "timePerFieldInterval", "valueRange": _range(plan.translation.time_s, "s")}
    yield {"url": "sessionTime", "valueQuantity": quantity(given.session_time_s, "s")}
    yield {"url": "capped", "valueBoolean": given.capped}
    yield from _band("radiantExposure", given.radiant_exposure_j_cm2, "J/cm2")


def _targets(plan: Plan) -> Iterator[Resource]:
    for target in plan.targets:
        yield {"url": "target", "extension": list(_target(target))}


def _target(target: TargetLight) -> Iterator[Resource]:
    yield {"url": "label", "valueString": target.label}
    yield {"url": "followed", "valueBoolean": target.is_target}
    yield from _band("depth", target.depth_mm, "mm")
    yield from _band("fluenceRate", target.fluence_rate_mw_cm2, "mW/cm2")
    if target.fluence_j_cm2 is not None:
        yield from _band("fluence", target.fluence_j_cm2, "J/cm2")


def _grounds(plan: Plan, lamp: LampLight) -> Iterator[Resource]:
    if plan.prescription is not None:
        # The others stand in the plan as what would be different.
        yield {"url": "weighting", "valueCoding": own("weighting", "energy")}
    yield {"url": "anchor", "valueString": plan.anchor.why}
    for assumed in plan.assumptions:
        yield {"url": "assumption", "valueString": f"{assumed.label}: {assumed.interval}"}
    for key in lamp.sources:
        yield {"url": "source", "valueString": plan.citations.get(key, key)}


def _band(name: str, band: Band, unit: str) -> Iterator[Resource]:
    yield {"url": name, "valueQuantity": quantity(band.p50, unit)}
    yield {"url": f"{name}Interval", "valueRange": _range(band, unit)}


def _range(band: Band, unit: str) -> Resource:
    return {"low": quantity(band.p5, unit), "high": quantity(band.p95, unit)}
