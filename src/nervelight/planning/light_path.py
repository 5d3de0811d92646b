"""From lamp and tissue to the light at the target: one evaluation for any set of draws.

All of a plan's numbers come from :func:`evaluate`, called once with the sample of draws and once with each uncertain
quantity moved to its ends alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from nervelight.optics import Beneath, SpectralShares, cutaneous_ending_depth, place_nerve, skin_stack
from nervelight.planning.tissue_light import Solve, TissueLight, is_narrow, is_wide, solve_light
from nervelight.planning.uncertain import Group, Space
from nervelight.units import MW_CM2

__all__ = [
    "TISSUE_TABLES_NM",
    "Evaluation",
    "Problem",
    "TrialLight",
    "evaluate",
    "evaluate_values",
    "finest_detail",
    "in_tissue_tables",
    "needs_beam",
    "trial_targets_of",
]

Array = NDArray[np.float64]
Solution = TissueLight | None
# A nerve lies under the skin, whatever two independent draws of depth and skin thickness say.
LEAST_COVER_MM = 0.1
# Wavelengths that the tissue tables hold. Light outside of them is taken to warm the skin and to reach nothing.
TISSUE_TABLES_NM = (600.0, 1000.0)


@dataclass(frozen=True)
class TrialLight:
    """The light of the arm that is followed, on the skin of its participants, under one reading of its numbers.

    Parameters
    ----------
    label : str
        Which reading; empty when there is only one.
    radiant_exposure : mapping of float to float
        Radiant exposure [J/mm2] by wavelength [nm].
    irradiance : float or None
        Total irradiance [W/mm2]; None where the trial does not let it be known.
    diffuse : bool
        Whether the light came from a diffuse source on the skin, such as an LED pad.
    beneath : {"muscle", "tendon_fascia"}
        Tissue under the fat where the trial lit its people.
    spot_area : float or None
        Area lit at once [mm2]; None for a whole surface.
    """

    label: str
    radiant_exposure: Mapping[float, float]
    irradiance: float | None
    diffuse: bool
    beneath: Beneath
    spot_area: float | None


@dataclass(frozen=True)
class Problem:
    """What is to be evaluated.

    Parameters
    ----------
    space : Space
        The uncertain quantities; the groups ``model``, ``patient``, ``lamp``, and ``trial`` when there is a trial.
    wavelengths : tuple of float
        Wavelengths of the lamp [nm].
    shares : SpectralShares
        How the lamp's irradiance splits between them.
    at_nerve : bool
        Whether the target is the nerve, or the cutaneous nerve endings.
    beneath : {"muscle", "tendon_fascia"}
        Tissue under the patient's fat.
    fat_measured : bool
        Whether the patient's fat was measured, so that it stands whatever the depth of the nerve.
    spot_area : float or None
        Area of the patient's lit field, taken as round [mm2]; None for a wide one.
    trials : tuple of TrialLight
        The light to carry over, once for each way to read it; empty without a trial.
    """

    space: Space
    wavelengths: tuple[float, ...]
    shares: SpectralShares
    at_nerve: bool
    beneath: Beneath
    fat_measured: bool = False
    spot_area: float | None = None
    trials: tuple[TrialLight, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """Light on the skin and in the tissue, draw by draw (n draws, W wavelengths of the lamp).

    Parameters
    ----------
    person : mapping of str to ndarray, shape (n,)
        Layers of this patient [mm], melanosome and blood fractions.
    irradiance : ndarray, shape (n,)
        On the skin [W/mm2].
    shares : ndarray, shape (n, W)
        Share of each wavelength.
    solutions : tuple of TissueLight or None, length W
        The light in this patient's tissue for one unit of irradiance; None outside the tissue tables.
    trial_targets : tuple of mapping of float to ndarray, shape (n,)
        For each reading of the trial: fluence per radiant exposure at its target, by wavelength.
    """

    problem: Problem
    person: Mapping[str, Array]
    irradiance: Array
    shares: Array
    solutions: tuple[Solution, ...]
    trial_targets: tuple[Mapping[float, Array], ...] = ()

    @property
    def target_depth(self) -> Array:
        """Depth of the target [mm], shape (n,)."""
        return self.person["nerve_depth"] if self.problem.at_nerve else self.endings_depth

    @property
    def nerve_depth(self) -> Array | None:
        """Depth of the upper edge of the nerve [mm], shape (n,); None at a site without one."""
        return self.person.get("nerve_depth")

    @cached_property
    def endings_depth(self) -> Array:
        """Depth of the cutaneous nerve endings [mm], shape (n,)."""
        return cutaneous_ending_depth(self.person)

    def first(self, draws: int) -> Evaluation:
        """Return the evaluation of the first draws alone, of the patient and without the trial."""
        return Evaluation(
            problem=replace(self.problem, trials=()),
            person={name: values[:draws] for name, values in self.person.items()},
            irradiance=self.irradiance[:draws],
            shares=self.shares[:draws],
            solutions=tuple(None if solution is None else solution.first(draws) for solution in self.solutions),
        )

    def transmission(self, depth: Array) -> Array:
        """Return the fluence rate per irradiance of each wavelength at a depth per draw, shape (n, W)."""
        # The target is asked for many times, and the light of a beam takes long to add up.
        key = np.asarray(depth).tobytes()
        if key not in self._transmissions:
            found = [self.profile(index, depth[:, None])[:, 0] for index in range(len(self.solutions))]
            self._transmissions[key] = np.stack(found, axis=-1)
        return self._transmissions[key]

    @cached_property
    def _transmissions(self) -> dict[bytes, Array]:
        return {}

    def profile(self, index: int, depths: Array) -> Array:
        """Return the fluence rate per irradiance of one wavelength at depths of shape (Z,) or (n, Z), shape (n, Z)."""
        solution = self.solutions[index]
        if solution is None:
            return np.zeros(np.broadcast_shapes((len(self.irradiance), 1), np.shape(depths)))
        return solution.fluence_rate(np.asarray(depths), None if solution.beam is None else self.problem.spot_area)

    def field_factor(self) -> Array:
        """Return what the field gives at the target relative to a wide one of the same irradiance, shape (n,)."""
        wide = [
            np.zeros(len(self.irradiance)) if s is None else s.plane.fluence_rate(self.target_depth[:, None])[:, 0]
            for s in self.solutions
        ]
        return np.asarray(self.share_of_skin(self.target_depth) / np.sum(self.shares * np.stack(wide, -1), axis=-1))

    @cached_property
    def target_transmission(self) -> Array:
        """Fluence rate per irradiance at the target, shape (n, W)."""
        return self.transmission(self.target_depth)

    def share_of_skin(self, depth: Array) -> Array:
        """Return the fluence rate at a depth per irradiance, all wavelengths together, shape (n,)."""
        return np.asarray(np.sum(self.shares * self.transmission(depth), axis=-1))

    @cached_property
    def absorbed_share(self) -> Array:
        """Share of the irradiance that the tissue takes up, shape (n,)."""
        planes = [None if solution is None else solution.plane for solution in self.solutions]
        kept = [1.0 if p is None else 1.0 - p.specular_reflectance - p.diffuse_reflectance for p in planes]
        return np.asarray(sum(self.shares[:, index] * part for index, part in enumerate(kept)))

    def target_fluence(self, weights: Mapping[float, float], reading: int = 0) -> Array:
        """Return the trial's fluence at its target [J/mm2], each wavelength weighted, shape (n,)."""
        if not self.problem.trials:
            raise ValueError("there is no trial whose fluence could be carried over")
        trial, at_target = self.problem.trials[reading], self.trial_targets[reading]
        parts = [
            exposure * weights[wavelength] * at_target[wavelength]
            for wavelength, exposure in trial.radiant_exposure.items()
        ]
        return np.asarray(np.sum(parts, axis=0))

    def target_fluence_rate(self, weights: Mapping[float, float]) -> Array:
        """Return the patient's fluence rate at the target [W/mm2], each wavelength weighted, shape (n,)."""
        weight = np.array([weights.get(wavelength, 0.0) for wavelength in self.problem.wavelengths])
        return np.asarray(self.irradiance * np.sum(self.shares * weight * self.target_transmission, axis=-1))

    def time(self, weights: Mapping[float, float], reading: int = 0) -> Array:
        """Return the time [s] that gives the patient the trial's fluence at the target, shape (n,)."""
        return self.target_fluence(weights, reading) / self.target_fluence_rate(weights)

    def rate_ratio(self, reading: int = 0) -> Array | None:
        """Return the fluence rate at the target, patient to trial, shape (n,); None where there is no trial's."""
        trial = self.problem.trials[reading] if self.problem.trials else None
        if trial is None or trial.irradiance is None:
            return None
        even = dict.fromkeys([*self.problem.wavelengths, *trial.radiant_exposure], 1.0)
        total = sum(trial.radiant_exposure.values())
        return self.target_fluence_rate(even) / (self.target_fluence(even, reading) * trial.irradiance / total)


def in_tissue_tables(wavelength: float) -> bool:
    """Return whether the tissue tables hold a wavelength [nm]."""
    return TISSUE_TABLES_NM[0] <= wavelength <= TISSUE_TABLES_NM[1]


def evaluate(problem: Problem, u: Array, solve: Solve = solve_light) -> Evaluation:
    """Evaluate a problem at some draws.

    Parameters
    ----------
    problem : Problem
    u : ndarray, shape (n, quantities)
        Probabilities, as from ``problem.space.sample``.
    solve : callable, optional
        What solves the light in tissue.

    Returns
    -------
    Evaluation
    """
    columns = [column for column, quantity in enumerate(problem.space.quantities) if quantity.name.startswith("share_")]
    return evaluate_values(problem, problem.space.values(u), problem.shares.draw(u[:, columns]), solve)


def evaluate_values(
    problem: Problem,
    values: Mapping[Group, dict[str, Array]],
    shares: Array,
    solve: Solve = solve_light,
    *,
    finest: float | None = None,
    threads: int | None = None,
) -> Evaluation:
    """Evaluate a problem at values that were drawn elsewhere, such as one person a row.

    Parameters
    ----------
    problem : Problem
    values : mapping of str to dict
        By group and name, each of shape (n,), as from ``problem.space.values``.
    shares : ndarray, shape (n, W)
        Share of each wavelength.
    solve : callable, optional
        What solves the light in tissue.
    finest : float, optional
        Finest detail that matters under the field [mm], as from :func:`finest_detail`, so that it does not depend on
        the other rows; taken from the rows when not given.
    threads : int, optional
        How many wavelengths are solved at once; all when not given. Changes no result.

    Returns
    -------
    Evaluation
    """
    model, lamp = values["model"], values["lamp"]
    person = _placed(values["patient"], problem.fat_measured)
    detail = _finest(problem.spot_area, _targets(person)) if finest is None else finest

    def solution(wavelength: float) -> Solution:
        if not in_tissue_tables(wavelength):
            return None
        stack = skin_stack(person, model, wavelength, problem.beneath)
        return solve(stack, lamp["diffuse_share"], detail, narrow=is_narrow(problem.spot_area))

    # Each wavelength in its own thread: linear algebra lets go of the interpreter, and no result changes. Its own
    # threads would only stand in the way: the matrices are small.
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        trial_targets = pool.submit(trial_targets_of, problem.trials, problem.at_nerve, values, solve)
        solutions = tuple(pool.map(solution, problem.wavelengths))
    return Evaluation(
        problem=problem,
        person=person,
        irradiance=lamp["irradiance"] * MW_CM2,
        shares=shares,
        solutions=solutions,
        trial_targets=trial_targets.result(),
    )


@cache
def _blas() -> ThreadpoolController:
    # Looking for the libraries takes longer than limiting them.
    return ThreadpoolController()


def needs_beam(problem: Problem, u: Array) -> bool:
    """Return whether the patient's lit field is too small to count as endless for one of the targets."""
    return finest_detail(problem, problem.space.values(u)["patient"]) is not None


def finest_detail(problem: Problem, person: Mapping[str, Array]) -> float | None:
    """Return the finest detail that matters under the patient's field [mm]; None if it is wide for all these people."""
    return _finest(problem.spot_area, _targets(_placed(person, problem.fat_measured)))


def _targets(person: Mapping[str, Array]) -> list[Array]:
    return [cutaneous_ending_depth(person), *([person["nerve_depth"]] if "nerve_depth" in person else [])]


def _finest(spot_area: float | None, depths: Sequence[Array]) -> float | None:
    """Return the finest detail that matters under a field [mm]; None if it is wide for all of these depths."""
    if spot_area is None:
        return None
    # For what lies so shallow that the field is wide, the edge of the field is too far to matter.
    edges = [float(np.percentile(depth, 5)) for depth in depths if not is_wide(spot_area, depth)]
    return min(math.sqrt(spot_area / math.pi), *edges) if edges else None


def trial_targets_of(
    trials: Sequence[TrialLight],
    at_nerve: bool,
    values: Mapping[Group, dict[str, Array]],
    solve: Solve = solve_light,
) -> tuple[dict[float, Array], ...]:
    """Return the fluence per radiant exposure at the target of the trial's people, by wavelength, for each reading."""
    if not trials:
        return ()
    person = _placed(values["trial"], False)
    depth = person["nerve_depth"] if at_nerve else cutaneous_ending_depth(person)
    details = [found for trial in trials if (found := _finest(trial.spot_area, [depth])) is not None]
    finest = min(details, default=None)

    # The readings differ in what lay on the skin, not in the skin.
    @cache
    def light(wavelength: float, diffuse: bool, beneath: Beneath) -> TissueLight:
        stack = skin_stack(person, values["model"], wavelength, beneath)
        return solve(stack, float(diffuse), finest, narrow=any(is_narrow(trial.spot_area) for trial in trials))

    def target(trial: TrialLight) -> dict[float, Array]:
        area = None if is_wide(trial.spot_area, depth) else trial.spot_area
        return {
            wavelength: light(wavelength, trial.diffuse, trial.beneath).fluence_rate(depth[:, None], area)[:, 0]
            for wavelength in trial.radiant_exposure
        }

    return tuple(map(target, trials))


def _placed(person: Mapping[str, Array], fat_measured: bool) -> dict[str, Array]:
    """Return the person with skin, fat and nerve that fit together; unchanged at a site without a nerve.

    What was measured stands; what was drawn gives way: the depth of the nerve to measured fat, the dermis to a measured
    depth, the fat to the depth of the nerve.
    """
    placed = dict(person)
    measured = placed.pop("measured_nerve_depth", None)
    if "nerve_depth" not in placed:
        return placed
    above = placed["stratum_corneum"] + placed["epidermis"]
    fat = placed["subcutaneous_fat"] if fat_measured else 0.0
    if measured is not None:
        placed["dermis"] = np.clip(measured - above - fat - LEAST_COVER_MM, LEAST_COVER_MM, placed["dermis"])
    least = above + placed["dermis"] + fat + LEAST_COVER_MM
    if measured is not None and fat_measured:
        return {**placed, "nerve_depth": np.maximum(measured, least)}
    placed["nerve_depth"] = np.maximum(placed["nerve_depth"], least)
    return placed if fat_measured else place_nerve(placed, measured)
