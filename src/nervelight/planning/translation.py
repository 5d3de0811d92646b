"""Carrying the anchor over to this person, site and lamp."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import ValidityError
from nervelight.optics import cytochrome_oxidase_extinction
from nervelight.planning.light_path import Evaluation, Problem, evaluate, in_tissue_tables
from nervelight.planning.plan_document import Band, Influence, Sensitivity, Translation, TrialReading
from nervelight.planning.uncertain import HIGH_END, LOW_END
from nervelight.units import to_j_cm2

__all__ = ["INFLUENCE_LIMIT", "followed_reading", "times_and_rates", "translate_arm", "translate_window"]

# An assumption that alone moves the time by more than a third is worth a warning.
INFLUENCE_LIMIT = 4.0 / 3.0

TimesOf = Callable[[Evaluation], NDArray[np.float64]]


def translate_arm(problem: Problem, sample: Evaluation, *, influences: bool = True) -> Translation:
    """Find the time that gives this person the fluence at the target that the arm's participants had.

    Parameters
    ----------
    problem : Problem
        With a trial. Of several readings of its numbers the one that asks for the least light is followed.
    sample : Evaluation
        The problem at its sample of draws.
    influences : bool
        Whether to take each uncertain quantity to its ends, which costs as much as some fifty draws.

    Returns
    -------
    Translation
        The target fluence is sum over the trial's wavelengths of radiant exposure times fluence per exposure at the
        target in the trial's reference tissue; the time is that over this patient's fluence rate at the target.
    """
    even = _weights(problem, "energy")
    followed = followed_reading(problem, sample)
    ratio = sample.rate_ratio(followed)
    readings = [
        TrialReading(
            label=trial.label,
            spot_area_cm2=None if trial.spot_area is None else trial.spot_area / 100,
            target_fluence_j_cm2=Band.of(to_j_cm2(sample.target_fluence(even, index))),
            time_s=Band.of(sample.time(even, index)),
            followed=index == followed,
        )
        for index, trial in enumerate(problem.trials)
    ]
    return Translation(
        kind="fluence",
        target_fluence_j_cm2=readings[followed].target_fluence_j_cm2,
        time_s=readings[followed].time_s,
        rate_ratio=None if ratio is None else Band.of(ratio),
        readings=tuple(readings) if len(readings) > 1 else (),
        sensitivities=tuple(
            _sensitivity(problem, sample, kind, followed) for kind in ("energy", "photons", "cytochrome_c_oxidase")
        ),
        influences=_influences(problem, lambda evaluation: evaluation.time(even, followed)) if influences else (),
    )


def followed_reading(problem: Problem, sample: Evaluation) -> int:
    """Return which reading of the trial is followed: of several, the one with the shortest time."""
    even = _weights(problem, "energy")
    times = [float(np.median(sample.time(even, index))) for index in range(len(problem.trials))]
    return times.index(min(times))


def times_and_rates(problem: Problem, sample: Evaluation) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the time [s] under the reading that is followed, and the rate, patient to trial, draw by draw."""
    followed = followed_reading(problem, sample)
    return sample.time(_weights(problem, "energy"), followed), sample.rate_ratio(followed)


def translate_window(
    problem: Problem, sample: Evaluation, low: float, high: float, *, influences: bool = True
) -> Translation:
    """Find the times at which the skin has had the two ends of a guideline's window.

    Parameters
    ----------
    problem : Problem
        Without a trial.
    sample : Evaluation
        The problem at its sample of draws.
    low, high : float
        Ends of the window of radiant exposure on the skin [J/mm2].
    influences : bool
        As in :func:`translate_arm`.
    """
    times = high / sample.irradiance
    centre = float(np.median(sample.irradiance))
    return Translation(
        kind="skin-window",
        target_fluence_j_cm2=None,
        time_s=Band.of(times),
        window_s=(low / centre, high / centre),
        rate_ratio=None,
        sensitivities=(),
        influences=_influences(problem, lambda evaluation: high / evaluation.irradiance) if influences else (),
    )


_LABELS = {
    "energy": "Equal energy (used)",
    "photons": "Equal photons",
    "cytochrome_c_oxidase": "By the absorption of cytochrome c oxidase (hypothesis)",
}


def _sensitivity(problem: Problem, sample: Evaluation, kind: str, reading: int) -> Sensitivity:
    try:
        times = Band.of(sample.time(_weights(problem, kind), reading))
    except ValidityError:
        times = None
    return Sensitivity.model_validate(
        {"id": kind, "label": _LABELS[kind], "hypothesis": kind == "cytochrome_c_oxidase", "time_s": times}
    )


def _weights(problem: Problem, kind: str) -> Mapping[float, float]:
    followed = (wavelength for trial in problem.trials for wavelength in trial.radiant_exposure)
    wavelengths = [w for w in dict.fromkeys([*problem.wavelengths, *followed]) if in_tissue_tables(w)]
    if kind == "photons":
        # Photons per joule grow with the wavelength; only ratios matter.
        return {wavelength: wavelength for wavelength in wavelengths}
    if kind == "cytochrome_c_oxidase":
        # The oxidised form: the one that is said to take up the light.
        return {wavelength: float(cytochrome_oxidase_extinction(wavelength)[0]) for wavelength in wavelengths}
    return dict.fromkeys(wavelengths, 1.0)


def _influences(problem: Problem, times_of: TimesOf) -> tuple[Influence, ...]:
    varied, u = problem.space.one_at_a_time()
    times = times_of(evaluate(problem, u))
    centre, ends = times[0], times[1:].reshape(-1, 2)
    rows = [
        Influence(
            parameter=quantity.key,
            label=quantity.label,
            low=quantity.text(LOW_END),
            high=quantity.text(HIGH_END),
            time_at_low_s=float(low),
            time_at_high_s=float(high),
            factor=float(max(low / centre, centre / low, high / centre, centre / high)),
            assumption=quantity.assumption,
            sources=quantity.sources,
        )
        for quantity, (low, high) in zip(varied, ends, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.factor))
