"""How warm skin and nerve get during a field, drawn over what is uncertain about light, blood flow and air."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import Device, Disc
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.light_path import Evaluation
from nervelight.planning.plan_document import Band, Warmth
from nervelight.planning.safety.limits import (
    CEM43_CAP_MIN,
    CEM43_CAP_NUMB_MIN,
    SKIN_CAP_C,
    SKIN_CAP_NUMB_C,
    SKIN_RISE_C,
    SKIN_STOP_C,
)
from nervelight.planning.uncertain import DIMENSIONS
from nervelight.transport import (
    ThermalLayers,
    conductivity_interval,
    perfusion_interval,
    surface_coefficient_interval,
    thermal_properties,
    warm,
)
from nervelight.uncertainty import low_discrepancy_sample

__all__ = ["temperature_findings", "warmth_of"]

Array = NDArray[np.float64]

# A warm room, taken when the case names none: less heat is lost.
WARM_ROOM_C = 30.0
# Light outside the tissue tables is taken to end within this depth, which warms the skin most.
UNKNOWN_LIGHT_DEPTH_MM = 0.05
# Draws that the temperatures are taken from: their percentiles stand within some tenths of a degree.
DRAWS = 64
# Heat goes on to act while skin cools.
AFTER_S = 120.0
# A nerve that lies deeper than this under the fat is as warm as the core.
DEEPEST_MM = 50.0
_SKIN_LAYERS = ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat")


def warmth_of(case: Case, device: Device, sample: Evaluation, time: float, seed: int) -> Warmth:
    """Return how warm skin and nerve get in one field.

    Parameters
    ----------
    case : Case
    device : Device
        The lamp: one that lies on the skin keeps the air from it.
    sample : Evaluation
        The patient's light at some draws; `DRAWS` are enough.
    time : float
        Time of a field [s].
    seed : int
        Seed of the draws of blood flow, heat lost to air and conductivity.

    Returns
    -------
    Warmth
        On the axis of the field.

    Notes
    -----
    Under a lamp on the skin no heat is lost to air. That the lamp itself gets warm is not counted, nor that warmth
    opens vessels. Blood cools skin that is warmer than itself and warms skin that is cooler: where the supply is
    impaired, the warmer of an impaired and of a normal one counts.
    """
    supplies = (False, True) if case.safety.perfusion == "impaired" else (False,)
    found = [_warmth(case, device, sample, time, seed, impaired) for impaired in supplies]
    return max(found, key=lambda warmth: warmth.skin_c.p95)


def temperature_findings(case: Case, device: Device, warmth: Warmth | None) -> list[Finding]:
    """Hold the skin's temperature, at its upper 95 %, against its caps; nothing to say without a prescription."""
    if warmth is None:
        return []
    numb = case.safety.sensation != "intact"
    cap, cem_cap = (SKIN_CAP_NUMB_C, CEM43_CAP_NUMB_MIN) if numb else (SKIN_CAP_C, CEM43_CAP_MIN)
    warmest, rise, cem43 = warmth.skin_c.p95, warmth.skin_rise_k.p95, warmth.cem43_min.p95
    if warmest >= SKIN_STOP_C:
        level, title = "block", f"Skin may reach {SKIN_STOP_C:g} °C"
    elif warmest > cap or rise > SKIN_RISE_C or cem43 > cem_cap:
        level, title = "warn", "Skin may get warmer than the cap"
    else:
        level, title = "note", "Skin stays below its cap"
    assumed = " (assumed)" if case.safety.air_temperature is None else ""
    air = (
        "no heat lost to air under the lamp, which is itself taken to stay cool"
        if device.contact
        else f"air of {_room(case):g} °C{assumed}"
    )
    thermal = thermal_properties()
    return [
        Finding.model_validate(
            {
                "id": "skin.temperature",
                "level": level,
                "title": title,
                "text": (
                    f"Calculated from the light that each layer takes up, with {air}, from "
                    f"{warmth.skin_before_c.p50:.1f} °C before the light to {warmth.skin_c.p50:.1f} °C "
                    f"({warmth.skin_c.p5:.1f} to {warmth.skin_c.p95:.1f}) at the warmest"
                    + ("." if warmth.nerve_c is None else f"; the nerve gets to {warmth.nerve_c.p50:.1f} °C.")
                    + " Blood flow and heat loss are drawn from wide intervals."
                ),
                "value": f"up to {warmest:.1f} °C, {rise:.1f} °C more than before; {cem43:.2g} min CEM43 (upper 95 %)",
                "limit": f"cap {cap:g} °C, rise {SKIN_RISE_C:g} °C, {cem_cap:g} min CEM43; stop {SKIN_STOP_C:g} °C",
                "unblock": "More distance, or shorter fields with pauses." if level != "note" else "",
                "sources": ("iec60601_1_applied_part", "nervelight_rule", "pennes1948", *thermal.sources),
                "unverified": True,
            }
        ),
        Finding(
            id="limits.unverified",
            level="warn",
            title="The temperature limit rests on numbers that were not checked at their source",
            text=(
                "The 43 °C of IEC 60601-1 and the thermal properties of tissue were taken from second-hand copies. "
                "Look at the skin; do not rely on the number."
            ),
            value="43 °C; conductivity, heat capacity, blood flow",
            sources=("iec60601_1_applied_part", *thermal.sources),
            unverified=True,
        ),
    ]


def _warmth(case: Case, device: Device, sample: Evaluation, time: float, seed: int, impaired: bool) -> Warmth:
    draws = len(sample.irradiance)
    # The last dimensions of the sample, which the light leaves free.
    u = low_discrepancy_sample(draws, DIMENSIONS, seed)[:, -3:]
    skin = [sample.person[name] for name in _SKIN_LAYERS]
    layers = ThermalLayers(
        thickness=np.stack([*skin, np.full(draws, np.inf)], axis=-1),
        tissue=(*_SKIN_LAYERS, sample.problem.beneath),
        perfusion_factor=perfusion_interval(impaired).at(u[:, 0]),
        surface_coefficient=0.0 if device.contact else surface_coefficient_interval().at(u[:, 1]),
        air_temperature=_room(case),
        conductivity_factor=conductivity_interval().at(u[:, 2]),
    )
    nerve = sample.nerve_depth
    depth = np.zeros((draws, 1))
    if nerve is not None:
        depth = np.stack([np.zeros(draws), np.minimum(nerve, np.sum(skin, axis=0) + DEEPEST_MM)], axis=-1)

    def absorbed(frequency: Array, depths: Array) -> Array:
        total = np.zeros((draws, len(frequency), depths.shape[-1]))
        for column, solution in enumerate(sample.solutions):
            share = sample.shares[:, column, None, None]
            if solution is None:
                total += share * (np.exp(-depths / UNKNOWN_LIGHT_DEPTH_MM) / UNKNOWN_LIGHT_DEPTH_MM)[:, None]
            else:
                total += share * solution.absorbed_density(frequency, depths)
        return total

    area = sample.problem.spot_area
    narrow = any(solution is not None and solution.beam is not None for solution in sample.solutions)
    if narrow and area is not None:
        disc = Disc(np.sqrt(area / np.pi))
        power = sample.irradiance * area
        warming = warm(layers, absorbed, exposure_time=time, depth=depth, after=AFTER_S, power=power, beam=disc)
    else:
        irradiance = sample.irradiance
        warming = warm(layers, absorbed, exposure_time=time, depth=depth, after=AFTER_S, irradiance=irradiance)
    return Warmth(
        skin_before_c=Band.of(warming.start[:, 0]),
        skin_c=Band.of(warming.peak[:, 0]),
        skin_rise_k=Band.of(warming.peak[:, 0] - warming.start[:, 0]),
        nerve_c=None if nerve is None else Band.of(warming.peak[:, 1]),
        cem43_min=Band.of(warming.cem43[:, 0]),
    )


def _room(case: Case) -> float:
    return WARM_ROOM_C if case.safety.air_temperature is None else case.safety.air_temperature
