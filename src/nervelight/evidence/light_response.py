"""Does the light that a trial gave explain how large its effect was?

The light comes in from above: this room knows what trials print on the skin, and not what reaches a nerve.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nervelight.evidence.pooling import Heterogeneity, Regression, regress
from nervelight.evidence.studies import study
from nervelight.evidence.study_schema import Direction, StudyId
from nervelight.evidence.trial_effects import Effect, NoEffect

__all__ = ["LEAST_FOR_REGRESSION", "GivenLight", "LightResponse", "LightVerdict", "ResponsePoint", "light_response"]

LEAST_FOR_REGRESSION = 10
"""Trials for each covariate of a meta-regression (Cochrane Handbook 10.11.5.1)."""


@dataclass(frozen=True)
class GivenLight:
    """The light that a trial gave in a session.

    Parameters
    ----------
    value : float
        Central value [J/cm2].
    low, high : float or None
        90 % interval, where it is not a printed number.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class ResponsePoint:
    """A trial with an effect size and its light."""

    effect: Effect
    light: GivenLight


@dataclass(frozen=True)
class LightVerdict:
    """A trial with its light, and what it says as a whole, but without an effect size."""

    study_id: StudyId
    light: GivenLight
    says: Direction


@dataclass(frozen=True)
class LightResponse:
    """Effects against light.

    Parameters
    ----------
    where : str
        Which light: on the skin, or at the nerve.
    points : tuple of ResponsePoint
        Trials with both an effect and this light.
    regression : Regression or None
        Effect against the logarithm to base ten of the light; None where it cannot be estimated.
    reason : str
        Why it cannot; empty otherwise.
    lacking : tuple of (str, tuple of str)
        Trials that are missing here, and what their papers lack.
    verdicts : tuple of LightVerdict
        Trials whose light is known but not the size of their effect.
    """

    where: str
    points: tuple[ResponsePoint, ...]
    regression: Regression | None
    reason: str
    lacking: tuple[tuple[StudyId, tuple[str, ...]], ...]
    verdicts: tuple[LightVerdict, ...]


def light_response(
    where: str,
    effects: Sequence[Effect],
    without: Sequence[NoEffect],
    lights: Mapping[StudyId, GivenLight],
    lacks: Mapping[StudyId, Sequence[str]],
    *,
    among: Collection[StudyId] | None = None,
    method: Heterogeneity = "REML",
) -> LightResponse:
    """Regress effects on the light of the trials, where there are enough of them.

    Parameters
    ----------
    where : str
        Which light, in words.
    effects, without
        As `effects_for` returns them; effects that are set aside do not count.
    lights : mapping of str to GivenLight
        Light by trial, for those where it is known.
    lacks : mapping of str to sequence of str
        What keeps the light of the other trials from being known.
    among : collection of str, optional
        Trials to which the regression is confined, so that two kinds of light are compared over the same ones.
    method : {"REML", "PM", "DL"}

    Returns
    -------
    LightResponse
    """
    usable = [effect for effect in effects if not effect.set_aside]
    points = tuple(ResponsePoint(e, lights[e.study_id]) for e in usable if e.study_id in lights)
    lacking = [
        *((e.study_id, tuple(lacks.get(e.study_id, ("its light",)))) for e in usable if e.study_id not in lights),
        *(
            (
                item.study_id,
                (*item.missing, *(() if item.study_id in lights else lacks.get(item.study_id, ("its light",)))),
            )
            for item in without
        ),
    ]
    regression, reason = None, ""
    counted = [point for point in points if among is None or point.effect.study_id in among]
    logs = [math.log10(point.light.value) for point in counted]
    if len(counted) < LEAST_FOR_REGRESSION:
        what = "an effect size and this light" if among is None else "an effect size, this light and the other"
        reason = f"not estimable: {len(counted)} of the {LEAST_FOR_REGRESSION} trials needed have {what}"
    elif np.ptp(logs) == 0:
        reason = "not estimable: all trials gave the same light"
    else:
        effects_of = [p.effect.value for p in counted]
        regression = regress(effects_of, [p.effect.variance for p in counted], logs, method=method)
    shown = {point.effect.study_id for point in points} | {e.study_id for e in effects if e.set_aside}
    verdicts = tuple(
        LightVerdict(name, light, study(name).direction)
        for name, light in sorted(lights.items(), key=lambda item: item[0])
        if name not in shown
    )
    return LightResponse(where, points, regression, reason, tuple(sorted(lacking)), verdicts)
