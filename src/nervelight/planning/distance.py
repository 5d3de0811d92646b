"""How far from the skin a lamp is held, where the case leaves that to the planner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import Window
from nervelight.optics import usable_distances
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding, blocking
from nervelight.planning.lamp import CaseLamp, case_device, lamp_of
from nervelight.planning.light_path import Evaluation, Problem, evaluate
from nervelight.planning.prescription import TIME_STEP_S
from nervelight.planning.problem import pose
from nervelight.planning.reach import reach_of
from nervelight.planning.targets import target_label
from nervelight.planning.tissue_light import Solve, solve_light
from nervelight.planning.translation import times_and_rates
from nervelight.planning.words import duration, number

__all__ = ["ChosenDistance", "choose_distance"]

Array = NDArray[np.float64]

# Distances looked at, at even ratios, and draws: only medians are compared.
CANDIDATES, DRAWS = 49, 64


@dataclass(frozen=True)
class ChosenDistance:
    """A distance that the planner chose.

    Parameters
    ----------
    case : Case
        The case with that distance.
    finding : Finding
        What was chosen, from what, and why.
    """

    case: Case
    finding: Finding


@dataclass(frozen=True)
class _Candidate:
    distance: float
    """From the lamp to the skin [mm]."""
    time: float
    """Median time of a field [s]."""
    rate: float
    """Rate of the light at the target relative to the anchor's."""


def choose_distance(case: Case, choice: Choice, seed: int, where: str, solve: Solve = solve_light) -> ChosenDistance:
    """Return the case with the distance whose light comes closest to the anchor's rate within the session cap.

    Parameters
    ----------
    case : Case
        With the distance "choose".
    choice : Choice
    seed : int
        Seed of the draws.
    where : str
        Name of the case, for errors.
    solve : callable, optional
        What solves the light in tissue.

    Raises
    ------
    InvalidInput
        If the anchor's rate is not known, or nothing is known of the lamp's light at any distance.
    """
    lamps = _lamps(case, where)
    # Where a plan is blocked whatever the distance, the lamp is shown at the nearest one.
    nearest_case = _at(case, lamps[0].light.distance)
    if not choice.followed:
        return _chosen(nearest_case, "No light can be followed that a distance could be chosen for.", "", choice)
    problem = pose(nearest_case, lamps[0], choice)
    u = problem.space.sample(DRAWS, seed)
    sample = evaluate(problem, u, solve)
    if blocking(reach_of(target_label(case), sample, lamps[0].light.field_width).findings):
        return _chosen(nearest_case, "At no distance can the light be carried over to this target.", "", choice)
    candidates = _rated(problem, u, sample, choice, lamps, where)
    cap = case.course.session_cap / len(case.site.fields)
    fitting = [candidate for candidate in candidates if candidate.time <= cap]
    # Where nothing fits, the strongest light comes nearest to fitting.
    best = min(fitting, key=_away) if fitting else min(candidates, key=lambda candidate: candidate.time)
    nearest, farthest = candidates[0], candidates[-1]
    span = f"{number(nearest.distance / 10)} to {_cm(farthest.distance)}"
    if len(candidates) == 1:
        why = "It is the only distance at which this lamp's light is known."
    elif not fitting:
        why = f"Nowhere between {span} does the light fit into the session: this distance gives the shortest time."
    else:
        held_back = _away(best) > 1.001 * min(map(_away, candidates))
        why = f"Of the distances at which this lamp's light is known ({span}), light reaches the " + (
            "target at the rate closest to the anchor's within the session cap."
            if held_back
            else "target at the rate closest to the anchor's."
        )
    ends = "; ".join(
        f"{_times(candidate.rate)} in {duration(max(candidate.time, TIME_STEP_S))} at {_cm(candidate.distance)}"
        for candidate in {c.distance: c for c in (nearest, best, farthest)}.values()
    )
    return _chosen(_at(case, best.distance), why, ends, choice)


def _lamps(case: Case, where: str) -> list[CaseLamp]:
    """Return the lamp at each distance that is looked at, from near to far."""
    lit_by, own = case_device(case, where), [reading.distance for reading in case.lamp.readings]
    low, high = usable_distances(lit_by, own)
    if lit_by.contact or lit_by.is_laser:
        # Of these nothing is known between two readings.
        distances = sorted(own) or [low]
    else:
        distances = [float(distance) for distance in np.geomspace(low, high, CANDIDATES).round()]
    return [lamp_of(_at(case, distance), where) for distance in dict.fromkeys(distances)]


def _rated(
    problem: Problem, u: Array, sample: Evaluation, choice: Choice, lamps: list[CaseLamp], where: str
) -> list[_Candidate]:
    """Return time and rate at each distance; draw by draw, all light goes with the irradiance on the skin."""
    if choice.window is not None and choice.window.radiant_exposure is not None:
        times = choice.window.radiant_exposure[1] / sample.irradiance
        usual = _usual_irradiance(choice.window, problem.wavelengths)
        rates = None if usual is None else sample.irradiance / usual
    else:
        times, rates = times_and_rates(problem, sample)
    if rates is None:
        whose = choice.anchor.study_id if choice.anchor else "the anchor"
        allowed = f"a distance: {whose} names no irradiance that this lamp's could be matched to"
        raise InvalidInput(where, [Fault("lamp.distance", "choose", allowed)])
    column = [quantity.key for quantity in problem.space.quantities].index("lamp.irradiance")
    candidates = []
    for lamp in lamps:
        stronger = lamp.light.irradiance.at(u[:, column]) / sample.irradiance
        time, rate = float(np.median(times / stronger)), float(np.median(rates * stronger))
        candidates.append(_Candidate(lamp.light.distance, time, rate))
    return candidates


def _usual_irradiance(window: Window, wavelengths: Sequence[float]) -> float | None:
    """Return the middle of a guideline's irradiances [W/mm2], of the lamp's bands together; None where it has none."""
    middles = [
        float(np.sqrt(band.irradiance[0] * band.irradiance[1]))
        for band in window.bands
        if band.irradiance and any(band.wavelengths[0] <= w <= band.wavelengths[1] for w in wavelengths)
    ]
    return sum(middles) or None


def _chosen(case: Case, why: str, ends: str, choice: Choice) -> ChosenDistance:
    distance = case.lamp.working_distance
    finding = Finding(
        id="distance.chosen",
        level="note",
        title=f"The planner chose the distance: {_cm(distance)}",
        text=why,
        value=ends or _cm(distance),
        sources=("nervelight_rule", *choice.sources),
    )
    return ChosenDistance(case, finding)


def _at(case: Case, distance: float) -> Case:
    return case.model_copy(update={"lamp": case.lamp.model_copy(update={"distance": distance})})


def _away(candidate: _Candidate) -> float:
    return abs(float(np.log(candidate.rate)))


def _times(rate: float) -> str:
    return f"{number(rate)} times the anchor's rate"


def _cm(distance: float) -> str:
    return number(distance / 10, "cm")
