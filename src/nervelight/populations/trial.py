"""Sham-controlled trials, simulated: how often an assumed effect is found, and what dosing at the skin costs.

Each simulated trial lives in one world of the cohort. Its people are drawn from those of that world, each with the
light that reaches their target. Two ways to dose are compared on the same people and the same chance: at the *nerve*
(each gets the time that matches the trial, as if their tissue and the world were known, which is the most that planning
can gain) and at the *skin* (everybody gets the median of these times).
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nervelight.documents import Document
from nervelight.populations.arms import prepare
from nervelight.populations.cohort import evaluate_people
from nervelight.populations.engine import Progress, each_call, silent
from nervelight.populations.spec import CohortSpec
from nervelight.populations.tables import optional
from nervelight.populations.trial_spec import Design, Placebo, TrialSpec

__all__ = ["Dosing", "Found", "TargetLights", "TrialResult", "analyse", "lights_of", "simulate", "simulate_trials"]

Array = NDArray[np.float64]
Dosing = Literal["nerve", "skin", "none"]
"""At the nerve, at the skin, or light that does nothing."""


@dataclass(frozen=True)
class TargetLights:
    """The light at the target of a cohort's people over the trial's that is followed, by world.

    Parameters
    ----------
    nerve, skin : ndarray, shape (people,)
        With each person's own matching time within the cap, and with the same time for all.
    world : ndarray of int, shape (people,)
    time : float
        The time for all [s].
    """

    nerve: Array
    skin: Array
    world: NDArray[np.int64]
    time: float


def lights_of(spec: TrialSpec, cohort: CohortSpec) -> TargetLights:
    """Return the lights of the people of a cohort under the protocol of a trial."""
    only = tuple(protocol for protocol in cohort.protocols if protocol.id == spec.protocol)
    cohort = cohort.model_copy(update={"protocols": only})
    rows = evaluate_people(cohort, prepare(cohort), 0, spec.cohort_people)
    match, cap = rows["match_time_s"], only[0].field_cap
    time = min(float(np.median(match)), cap)
    return TargetLights(nerve=np.minimum(1.0, cap / match), skin=time / match, world=rows["world"], time=time)


@dataclass(frozen=True)
class Data:
    """What a trial has measured: one entry for each period of a person that was finished."""

    person: NDArray[np.int64]
    period: NDArray[np.int64]
    light: NDArray[np.bool_]
    improvement: Array


def simulate(spec: TrialSpec, lights: TargetLights, dosing: Dosing, trial: int) -> Data:
    """Return the data of one trial; its people and its chance are the same under each dosing."""
    assert isinstance(spec.placebo, Placebo)  # read_trial has put numbers for the word
    rng = np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=(trial,)))
    world = rng.choice(np.unique(lights.world))
    among = np.flatnonzero(lights.world == world)
    who = rng.choice(among, spec.people)
    share = {"nerve": lights.nerve, "skin": lights.skin, "none": np.zeros_like(lights.skin)}[dosing][who]
    benefit = spec.effect.at_trial_fluence * np.minimum(share, spec.effect.plateau)
    own = math.sqrt(max(spec.placebo.sd**2 - spec.measurement_error.sd**2, 0.0)) * rng.standard_normal(spec.people)
    stops = rng.random(spec.people) < spec.drop_out.share
    periods = {"parallel": 1, "crossover": 2, "nof1": 2 * (spec.blocks or 0)}[spec.design]
    first = rng.permutation(np.arange(spec.people) % 2).astype(bool)
    if spec.design == "nof1":
        begins = rng.integers(0, 2, (spec.people, periods // 2)).astype(bool)
        light = np.stack([begins, ~begins], axis=-1).reshape(spec.people, periods)
    else:
        light = np.stack([first, ~first][:periods], axis=-1)
    chance = spec.measurement_error.sd * rng.standard_normal((spec.people, periods))
    improvement = spec.placebo.mean + own[:, None] + benefit[:, None] * light + chance
    # Before which period somebody stops; 0 leaves nothing.
    last = np.where(stops, rng.integers(1, periods, spec.people) if periods > 1 else 0, periods)
    kept = np.arange(periods) < last[:, None]
    person, period = np.nonzero(kept)
    return Data(person, period, light[kept], improvement[kept])


class Estimate(Document):
    """What the analysis of one trial says."""

    effect: float
    """Improvement with light less that with sham [points]."""
    error: float
    """Its standard error."""
    p: float
    """Two-sided."""


def analyse(design: Design, data: Data) -> Estimate:
    """Analyse one trial as its protocol would.

    Notes
    -----
    Parallel: t test of the people who finished. Crossover and N-of-1 series: linear mixed model with light and period
    (crossover) as fixed effects and the person as random intercept, by restricted likelihood (statsmodels); the Wald
    statistic is held against t with the degrees of freedom within people, since against the normal a small trial would
    err too often.
    """
    if design == "parallel":
        weightstats: Any = optional("statsmodels.stats.weightstats")
        one, other = data.improvement[data.light], data.improvement[~data.light]
        t, p, _ = weightstats.ttest_ind(one, other)
        effect = float(one.mean() - other.mean())
        return Estimate(effect=effect, error=effect / float(t), p=float(p))
    api: Any = optional("statsmodels.regression.mixed_linear_model")
    from scipy.special import stdtr

    columns = [np.ones(len(data.light)), data.light.astype(float)]
    if design == "crossover":
        columns.append(data.period.astype(float))
    with warnings.catch_warnings():
        # Without spread between people the fit ends at its edge, and says so.
        warnings.simplefilter("ignore")
        fit = api.MixedLM(data.improvement, np.stack(columns, axis=1), groups=data.person).fit(reml=True)
    effect, error = float(fit.fe_params[1]), float(fit.bse_fe[1])
    times = np.bincount(data.person)
    within = int(times[times > 1].sum() - (times > 1).sum()) - (len(columns) - 1)
    return Estimate(effect=effect, error=error, p=float(2 * stdtr(within, -abs(effect / error))))


class Found(Document):
    """What many trials found under one dosing."""

    dosing: Dosing
    found: float
    """Share of trials with p below alpha, on either side."""
    error: float
    """Standard error of that share, from the number of trials."""
    mean_effect: float
    """Mean estimate [points]."""
    sd_effect: float
    """Standard deviation of the estimates [points]."""
    people_needed: int | None
    """People for the power wanted, from mean and deviation of the estimates by the normal law; None without effect."""


class TrialResult(Document):
    """What the simulation of a trial says."""

    label: str
    design: Design
    people: int
    trials: int
    alpha: float
    power_wanted: float
    protocol: str
    time_for_all_s: float
    """The time that everybody gets when dosed at the skin."""
    skin_share: tuple[float, float, float]
    """5th, 50th and 95th percentile over people of the fluence at the target over the trial's, dosed at the skin."""
    nerve: Found
    skin: Found
    none: Found
    power_lost: float
    """Power with dosing at the nerve less that with dosing at the skin."""
    closed_form: float | None
    """Power by the t test's closed form where all get the full effect and nobody stops; parallel only."""
    assumed: tuple[tuple[str, str, str], ...]
    """What, value, why."""

    def to_json(self) -> str:
        """Return the result as JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


TRIALS_OF_A_TASK = 20
"""Trials of one task: some seconds of mixed models."""
DOSINGS: tuple[Dosing, ...] = ("nerve", "skin", "none")


def simulate_trials(
    spec: TrialSpec, lights: TargetLights, client: Any = None, *, progress: Progress | None = None
) -> TrialResult:
    """Simulate a trial many times under each dosing.

    Parameters
    ----------
    spec : TrialSpec
    lights : TargetLights
    client : distributed.Client, optional
        From :func:`nervelight.populations.connect`; without one the work is done here. Changes no result: each trial
        has a seed of its own.
    progress : callable, optional
        Told how many trials are done, of how many, all dosings together.

    Returns
    -------
    TrialResult
    """
    assert isinstance(spec.placebo, Placebo)  # read_trial has put numbers for the word
    nerve, skin, none = _all_found(spec, lights, client, progress or silent)
    error, placebo = spec.measurement_error, spec.placebo
    return TrialResult(
        label=spec.label,
        design=spec.design,
        people=spec.people,
        trials=spec.trials,
        alpha=spec.alpha,
        power_wanted=spec.power,
        protocol=spec.protocol,
        time_for_all_s=lights.time,
        skin_share=tuple(float(value) for value in np.percentile(lights.skin, [5, 50, 95])),
        nerve=nerve,
        skin=skin,
        none=none,
        power_lost=nerve.found - skin.found,
        closed_form=closed_form(spec) if spec.design == "parallel" else None,
        assumed=(
            (
                "effect of light",
                f"{spec.effect.at_trial_fluence:g} points at the trial's light, flat from {spec.effect.plateau:g} x",
                spec.effect.why,
            ),
            ("sham", f"mean {placebo.mean:.3g}, SD {placebo.sd:.3g} points", placebo.why),
            ("measurement error", f"SD {error.sd:g} points", error.why),
            ("drop-out", f"{spec.drop_out.share:.0%}", spec.drop_out.why),
        ),
    )


def closed_form(spec: TrialSpec) -> float:
    """Return the power of the t test by its closed form, where all get the full effect and nobody stops."""
    assert isinstance(spec.placebo, Placebo)  # read_trial has put numbers for the word
    power: Any = optional("statsmodels.stats.power")
    size = spec.effect.at_trial_fluence / spec.placebo.sd
    treated = spec.people // 2
    return float(
        power.TTestIndPower().power(size, nobs1=treated, alpha=spec.alpha, ratio=(spec.people - treated) / treated)
    )


def _all_found(spec: TrialSpec, lights: TargetLights, client: Any, tell: Progress) -> list[Found]:
    firsts = range(0, spec.trials, TRIALS_OF_A_TASK)
    calls = [
        (spec, lights, dosing, first, min(TRIALS_OF_A_TASK, spec.trials - first))
        for dosing in DOSINGS
        for first in firsts
    ]
    parts: list[list[Estimate]] = [[] for _ in calls]
    done, total = 0, len(DOSINGS) * spec.trials
    tell(done, total)
    for number, part in each_call(_estimates, calls, client):
        parts[number] = part
        done += len(part)
        tell(done, total)
    # In the order of the trials, whoever came first: a mean over another order may differ in its last bit.
    return [
        _found(spec, dosing, [each for part in parts[row * len(firsts) : (row + 1) * len(firsts)] for each in part])
        for row, dosing in enumerate(DOSINGS)
    ]


def _estimates(spec: TrialSpec, lights: TargetLights, dosing: Dosing, first: int, count: int) -> list[Estimate]:
    with threadpool_limits(1):
        return [analyse(spec.design, simulate(spec, lights, dosing, trial)) for trial in range(first, first + count)]


def _found(spec: TrialSpec, dosing: Dosing, estimates: Sequence[Estimate]) -> Found:
    share = float(np.mean([each.p < spec.alpha for each in estimates]))
    effects = np.array([each.effect for each in estimates])
    mean, deviation = float(effects.mean()), float(effects.std(ddof=1))
    needed = None
    if dosing != "none" and mean > 0:
        scores = NormalDist().inv_cdf(1 - spec.alpha / 2) + NormalDist().inv_cdf(spec.power)
        needed = math.ceil(spec.people * (scores * deviation / mean) ** 2)
    return Found(
        dosing=dosing,
        found=share,
        error=math.sqrt(share * (1 - share) / spec.trials),
        mean_effect=mean,
        sd_effect=deviation,
        people_needed=needed,
    )
