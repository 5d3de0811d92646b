"""What a protocol does in each person: light at the target, time to match the trial, warmth of the skin, findings.

The light is the planner's own, :func:`nervelight.planning.light_path.evaluate_values`, one person a row. People are
computed in batches of fixed size that begin at fixed persons, so that a row has the same bits however the work is cut.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import Disc
from nervelight.planning.light_path import Evaluation, evaluate_values
from nervelight.planning.prescription import TIME_STEP_S
from nervelight.planning.reach import REACHABLE_SHARE
from nervelight.planning.safety.heat import UNKNOWN_LIGHT_DEPTH_MM
from nervelight.planning.safety.limits import (
    RATE_RATIO_RANGE,
    SKIN_CAP_C,
    SKIN_CAP_NUMB_C,
    SKIN_RISE_C,
    SKIN_STOP_C,
)
from nervelight.planning.uncertain import Group
from nervelight.populations.arms import Arm
from nervelight.populations.people import Persons, draw_people, tissue_of
from nervelight.populations.spec import CohortSpec
from nervelight.transport import ThermalLayers, perfusion_interval, surface_coefficient_interval, warm
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = ["BATCH", "FINDINGS", "Columns", "evaluate_people", "light_of"]

Array = NDArray[np.float64]
Columns = dict[str, Any]

BATCH = 64
"""People that are computed at once, few enough for the cache; a last bit may depend on who else is among them."""

FINDINGS = ("target.unreachable", "time.cap", "rate.ratio", "skin.temperature")
"""Ids of the findings of a plan that are judged here for each person."""

_SKIN_LAYERS = ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat")


def evaluate_people(spec: CohortSpec, arms: Sequence[Arm], first: int, count: int) -> Columns:
    """Return one row for each person and protocol, by person, then by protocol.

    Parameters
    ----------
    spec : CohortSpec
    arms : sequence of Arm
    first : int
        First person, a multiple of `BATCH`.
    count : int

    Returns
    -------
    dict of str to ndarray or list
        Columns as in the data dictionary, each of length count * protocols.
    """
    if first % BATCH:
        raise ValueError(f"the first person must be a multiple of {BATCH}, got {first}")
    batches = [_batch(spec, arms, start) for start in range(first, first + count, BATCH)]
    rows = count * len(arms)
    return {name: np.concatenate([batch[name] for batch in batches])[:rows] for name in (batches[0] if batches else {})}


def _batch(spec: CohortSpec, arms: Sequence[Arm], first: int) -> Columns:
    # Always a full batch, also beyond the last person.
    persons = draw_people(spec, first, BATCH)
    own = {
        "person": persons.number,
        "world": persons.world,
        "phototype": persons.phototype,
        "ita_deg": persons.ita,
        "age_years": persons.age,
        "bmi_kg_m2": persons.bmi,
        "neuropathy": persons.neuropathy,
    }
    each = [{**own, "protocol": np.full(BATCH, index), **_given(arm, persons)} for index, arm in enumerate(arms)]
    return {name: np.stack([columns[name] for columns in each], axis=1).reshape(-1) for name in each[0]}


def light_of(arm: Arm, persons: Persons) -> Evaluation:
    """Return the light in these people under a protocol."""
    world = persons.world
    values: dict[Group, dict[str, Array]] = {
        "model": {name: value[world] for name, value in arm.model.items()},
        "lamp": {name: value[world] for name, value in arm.lamp.items()},
        "patient": tissue_of(persons, arm.protocol),
        "trial": {},
    }
    # One wavelength after the other: a worker has one processor.
    return evaluate_values(arm.problem, values, arm.shares[world], finest=arm.finest, threads=1)


def _given(arm: Arm, persons: Persons) -> Columns:
    light, world = light_of(arm, persons), persons.world
    share = light.share_of_skin(light.target_depth)
    rate = light.irradiance * share
    if arm.target_fluence is None:
        assert arm.skin_exposure is not None  # an arm follows a trial or a window
        wanted = np.full(len(world), np.nan)
        match = arm.skin_exposure / light.irradiance
    else:
        wanted = arm.target_fluence[world]
        match = wanted / rate
    cap = arm.protocol.field_cap
    time = np.clip(match, TIME_STEP_S, cap) if arm.protocol.time == "match" else np.full(len(world), arm.protocol.time)
    start, peak = _skin(arm, persons, light, time)
    ratio = np.full(len(world), np.nan) if arm.target_rate is None else rate / arm.target_rate[world]
    reachable = share >= REACHABLE_SHARE
    low, high = RATE_RATIO_RANGE
    skin_cap = np.where(persons.neuropathy, SKIN_CAP_NUMB_C, SKIN_CAP_C)
    layers = {f"{name}_mm": light.person[name] for name in _SKIN_LAYERS}
    return {
        **layers,
        "melanosome_fraction": light.person["melanosome_fraction"],
        "dermal_blood_fraction": light.person["dermal_blood_fraction"],
        "target_depth_mm": light.target_depth,
        "irradiance_mw_cm2": to_mw_cm2(light.irradiance),
        "share_of_skin": share,
        "fluence_rate_mw_cm2": to_mw_cm2(rate),
        "trial_fluence_j_cm2": to_j_cm2(wanted),
        "match_time_s": match,
        "reached": reachable & (match <= cap),
        "given_time_s": time,
        "given_fluence_j_cm2": to_j_cm2(rate * time),
        "skin_exposure_j_cm2": to_j_cm2(light.irradiance * time),
        "rate_ratio": ratio,
        "skin_before_c": start,
        "skin_c": peak,
        "finds_target_unreachable": ~reachable,
        "finds_time_cap": match > cap,
        "finds_rate_ratio": np.isfinite(ratio) & ~((ratio >= low) & (ratio <= high)),
        "finds_skin_temperature": (peak > skin_cap) | (peak - start > SKIN_RISE_C),
        "skin_stop": peak >= SKIN_STOP_C,
    }


def _skin(arm: Arm, persons: Persons, light: Evaluation, time: Array) -> tuple[Array, Array]:
    """Return the temperature of the skin before the light and at its warmest [degC].

    Heat is linear in light: one solution under steady light up to the longest time of the protocol tells the rise at
    any earlier one. The skin is warmest when the light goes off.
    """
    count = len(time)
    longest = arm.protocol.field_cap if arm.protocol.time == "match" else float(time[0])
    layers = ThermalLayers(
        thickness=np.stack([*(light.person[name] for name in _SKIN_LAYERS), np.full(count, np.inf)], axis=-1),
        tissue=(*_SKIN_LAYERS, light.problem.beneath),
        perfusion_factor=perfusion_interval(False).at(persons.u("blood_flow")),
        surface_coefficient=0.0 if arm.device.contact else surface_coefficient_interval().at(persons.u("heat_to_air")),
        air_temperature=arm.air,
        conductivity_factor=arm.conductivity[persons.world],
    )

    def absorbed(frequency: Array, depths: Array) -> Array:
        total = np.zeros((count, len(frequency), depths.shape[-1]))
        for column, solution in enumerate(light.solutions):
            part = light.shares[:, column, None, None]
            if solution is None:
                total += part * (np.exp(-depths / UNKNOWN_LIGHT_DEPTH_MM) / UNKNOWN_LIGHT_DEPTH_MM)[:, None]
            else:
                total += part * solution.absorbed_density(frequency, depths)
        return total

    area = light.problem.spot_area
    surface = np.zeros((count, 1))
    source: Mapping[str, Any] = (
        {"irradiance": light.irradiance}
        if area is None
        else {"power": light.irradiance * area, "beam": Disc(np.sqrt(area / np.pi))}
    )
    warming = warm(layers, absorbed, exposure_time=longest, depth=surface, **source)
    start, history = warming.start[:, 0], warming.temperature[:, 0, 0]
    # Between two times the surface warms nearly with the root of time.
    knots, wanted = np.sqrt(warming.times), np.sqrt(time)
    right = np.clip(np.searchsorted(knots, wanted), 1, len(knots) - 1)
    rows = np.arange(count)
    part = (wanted - knots[right - 1]) / (knots[right] - knots[right - 1])
    return start, history[rows, right - 1] * (1 - part) + history[rows, right] * part
