"""Sham-controlled trials, simulated: how often an assumed effect is found, and what dosing at the skin costs.

Each simulated trial lives in one world of the cohort. Its people are drawn from those of that world, each with the
light that reaches their target. Two ways to dose are compared on the same people and the same chance: at the *nerve*
(each gets the time that matches the trial, as if their tissue and the world were known, which is the most that planning
can gain) and at the *skin* (everybody gets the protocol's own time, or the median of these times).
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nervelight.documents import Document
from nervelight.errors import Fault, InvalidInput
from nervelight.populations.arms import Arm, prepare
from nervelight.populations.cohort import BATCH, evaluate_people
from nervelight.populations.engine import Progress, each_call, silent
from nervelight.populations.spec import CohortSpec
from nervelight.populations.tables import optional
from nervelight.populations.trial_spec import Design, Placebo, TrialSpec

__all__ = ["Dosing", "Found", "TargetLights", "TrialResult", "analyse", "lights_of", "simulate", "simulate_trials"]

Array = NDArray[np.float64]
Dosing = Literal["nerve", "skin", "none"]
"""At the nerve, at the skin, or light that does nothing."""
# People of the cohort whose light is one task.
PEOPLE_OF_A_TASK = 4 * BATCH


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


def lights_of(
    spec: TrialSpec, cohort: CohortSpec, client: Any = None, *, progress: Progress | None = None
) -> TargetLights:
    """Return the lights of the people of a cohort under the protocol of a trial.

    Parameters
    ----------
    spec : TrialSpec
    cohort : CohortSpec
    client : distributed.Client, optional
        As of :func:`simulate_trials`.
    progress : callable, optional
        Told how many people are done, of how many.

    Raises
    ------
    InvalidInput
        If the protocol follows a window on the skin, which says nothing of the target.
    """
    only = tuple(protocol for protocol in cohort.protocols if protocol.id == spec.protocol)
    cohort = cohort.model_copy(update={"protocols": only})
    arms = prepare(cohort)
    if arms[0].target_fluence is None:
        told = (
            "a protocol that follows a trial: a guideline's window on the skin says nothing of the light at the target"
        )
        raise InvalidInput("trial", [Fault("protocol", spec.protocol, told)])
    match, world = _matches(cohort, arms, spec.cohort_people, client, progress or silent)
    cap, fixed = only[0].field_cap, only[0].time
    time = min(float(np.median(match)), cap) if fixed == "match" else fixed
    return TargetLights(nerve=np.minimum(1.0, cap / match), skin=time / match, world=world, time=time)


def _matches(
    cohort: CohortSpec, arms: tuple[Arm, ...], people: int, client: Any, tell: Progress
) -> tuple[Array, NDArray[np.int64]]:
    """Return the matching time [s] and the world of the first people of a cohort."""
    calls = [
        (cohort, arms, first, min(PEOPLE_OF_A_TASK, people - first)) for first in range(0, people, PEOPLE_OF_A_TASK)
    ]
    match, world, done = np.empty(people), np.empty(people, dtype=np.int64), 0
    tell(done, people)
    for number, (times, worlds) in each_call(_match, calls, client):
        first, count = calls[number][2:]
        match[first : first + count], world[first : first + count] = times, worlds
        done += count
        tell(done, people)
    return match, world


def _match(cohort: CohortSpec, arms: tuple[Arm, ...], first: int, count: int) -> tuple[Array, NDArray[np.int64]]:
    with threadpool_limits(1):
        rows = evaluate_people(cohort, arms, first, count)
    return rows["match_time_s"], rows["world"]


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
    benefit = _benefits(spec, lights, dosing)[who]
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
    if spec.carry_over is not None:
        after = np.zeros_like(light)
        after[:, 1:] = light[:, :-1] & ~light[:, 1:]
        improvement += spec.carry_over.share * benefit[:, None] * after
    if spec.unmasking is not None:
        knows = rng.random(spec.people) < spec.unmasking.share
        improvement += spec.unmasking.difference * knows[:, None] * np.where(light, 0.5, -0.5)
    # Before which period somebody stops; 0 leaves nothing.
    last = np.where(stops, rng.integers(1, periods, spec.people) if periods > 1 else 0, periods)
    kept = np.arange(periods) < last[:, None]
    person, period = np.nonzero(kept)
    return Data(person, period, light[kept], improvement[kept])


def _benefits(spec: TrialSpec, lights: TargetLights, dosing: Dosing) -> Array:
    """Return what light does in each person of the cohort [points]."""
    share = {"nerve": lights.nerve, "skin": lights.skin, "none": np.zeros_like(lights.skin)}[dosing]
    return np.asarray(spec.effect.at_trial_fluence * np.minimum(share, spec.effect.plateau))


class Estimate(Document):
    """What the analysis of one trial says."""

    effect: float
    """Improvement with light less that with sham [points]."""
    error: float
    """Its standard error."""
    p: float
    """Two-sided."""


def analyse(design: Design, data: Data) -> Estimate | None:
    """Analyse one trial as its protocol would; None where too few finished for an estimate with its error.

    Notes
    -----
    Parallel: t test of the people who finished. Crossover and N-of-1 series: linear mixed model with light and period
    (crossover) as fixed effects and the person as random intercept, by restricted likelihood (statsmodels); the Wald
    statistic is held against t with the degrees of freedom within people, since against the normal a small trial would
    err too often.
    """
    finished = np.bincount(data.light, minlength=2)
    if finished.min() < (2 if design == "parallel" else 1):
        return None
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
    times = np.bincount(data.person)
    within = int(times[times > 1].sum() - (times > 1).sum()) - (len(columns) - 1)
    if within < 1:
        return None
    with warnings.catch_warnings():
        # Without spread between people the fit ends at its edge, and says so.
        warnings.simplefilter("ignore")
        try:
            fit = api.MixedLM(data.improvement, np.stack(columns, axis=1), groups=data.person).fit(reml=True)
        except np.linalg.LinAlgError:
            return None
        effect, error = float(fit.fe_params[1]), float(fit.bse_fe[1])
    if not (math.isfinite(effect) and error > 0):
        return None
    return Estimate(effect=effect, error=error, p=float(2 * stdtr(within, -abs(effect / error))))


class Found(Document):
    """What many trials found under one dosing."""

    dosing: Dosing
    found: float
    """Share of trials with p below alpha, on either side; a trial that could not be analysed found nothing."""
    error: float
    """Standard error of that share, with two trials added on either side (Agresti and Coull), so that none found of few
    is no certainty."""
    mean_effect: float
    """Mean estimate [points]; with carry-over or unmasking it is not what light does."""
    sd_effect: float
    """Standard deviation of the estimates [points]."""
    people_needed: int | None
    """People for the power wanted, by the normal law; None without effect, or where no number of people is enough."""
    not_analysed: int
    """Trials in which too few finished."""


class Size(Document):
    """The power of a trial of another size, by the normal law."""

    people: int
    nerve: float
    skin: float


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
    """The time that everybody gets when dosed at the skin: the protocol's own, or the median of the matching ones."""
    skin_share: tuple[float, float, float]
    """5th, 50th and 95th percentile over people of the fluence at the target over the trial's, dosed at the skin."""
    nerve: Found
    skin: Found
    none: Found
    power_lost: float
    """Power with dosing at the nerve less that with dosing at the skin."""
    power_lost_error: float
    """Its standard error; smaller than that of two powers, since both have the same people and chance."""
    sizes: tuple[Size, ...]
    """Power of trials of other sizes."""
    closed_form: float | None
    """Power by the t test's closed form where all get the full effect and nobody stops; parallel only, where known."""
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
    nerve, skin, none = _all_estimates(spec, lights, client, progress or silent)
    error, placebo, effect = spec.measurement_error, spec.placebo, spec.effect
    laws = [_Law(spec, lights, "nerve", nerve), _Law(spec, lights, "skin", skin)]
    found = [
        _found(spec, dosing, estimates, law)
        for dosing, estimates, law in zip(DOSINGS, (nerve, skin, none), (*laws, None), strict=True)
    ]
    sizes = dict.fromkeys(max(4, round(spec.people * 2 ** (step / 3))) for step in range(-6, 7))
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
        nerve=found[0],
        skin=found[1],
        none=found[2],
        power_lost=found[0].found - found[1].found,
        power_lost_error=_paired_error(spec, nerve, skin),
        sizes=tuple(Size(people=n, nerve=laws[0].power(n), skin=laws[1].power(n)) for n in sizes),
        closed_form=closed_form(spec) if spec.design == "parallel" else None,
        assumed=(
            (
                "effect of light",
                f"{_points(effect.at_trial_fluence)} at the trial's light, no more above {effect.plateau:g} times it",
                effect.why,
            ),
            ("sham", f"mean {placebo.mean:.3g}, SD {placebo.sd:.3g} points", placebo.why),
            ("measurement error", f"SD {error.sd:g} points", error.why),
            ("drop-out", f"{100 * spec.drop_out.share:g} %", spec.drop_out.why),
            *_left_out_or_assumed(spec),
        ),
    )


def _points(size: float) -> str:
    return f"{size:g} point" if size == 1 else f"{size:g} points"


def _left_out_or_assumed(spec: TrialSpec) -> Iterator[tuple[str, str, str]]:
    if spec.carry_over is not None:
        value = f"{100 * spec.carry_over.share:g} % of the benefit stays in a period of sham right after light"
        yield "carry-over", value, spec.carry_over.why
    elif spec.design != "parallel":
        yield (
            "carry-over",
            "none is simulated",
            "the file names none; with some, the estimate falls short of the benefit",
        )
    if spec.unmasking is not None:
        value = (
            f"{100 * spec.unmasking.share:g} % know their arm: {_points(spec.unmasking.difference)} between the arms"
        )
        yield "unmasking", f"{value} for that alone", spec.unmasking.why
    else:
        yield "unmasking", "none is simulated", "the file names none; with some, light that does nothing is found too"


def closed_form(spec: TrialSpec) -> float | None:
    """Return the power of the t test by its closed form, where all get the full effect and nobody stops."""
    assert isinstance(spec.placebo, Placebo)  # read_trial has put numbers for the word
    power: Any = optional("statsmodels.stats.power")
    size = spec.effect.at_trial_fluence / spec.placebo.sd
    treated = spec.people // 2
    told = float(
        power.TTestIndPower().power(size, nobs1=treated, alpha=spec.alpha, ratio=(spec.people - treated) / treated)
    )
    # SciPy's noncentral t gives NaN far out in its tail: nothing is said then.
    return told if math.isfinite(told) else None


def _all_estimates(
    spec: TrialSpec, lights: TargetLights, client: Any, tell: Progress
) -> tuple[list[Estimate | None], ...]:
    """Return the estimates of all trials, None where there is none, under each dosing."""
    firsts = range(0, spec.trials, TRIALS_OF_A_TASK)
    calls = [
        (spec, lights, dosing, first, min(TRIALS_OF_A_TASK, spec.trials - first))
        for dosing in DOSINGS
        for first in firsts
    ]
    parts: list[list[Estimate | None]] = [[] for _ in calls]
    done, total = 0, len(DOSINGS) * spec.trials
    tell(done, total)
    for number, part in each_call(_estimates, calls, client):
        parts[number] = part
        done += len(part)
        tell(done, total)
    # In the order of the trials, whoever came first: a mean over another order may differ in its last bit.
    return tuple(
        [each for part in parts[row * len(firsts) : (row + 1) * len(firsts)] for each in part]
        for row in range(len(DOSINGS))
    )


def _estimates(spec: TrialSpec, lights: TargetLights, dosing: Dosing, first: int, count: int) -> list[Estimate | None]:
    with threadpool_limits(1):
        return [analyse(spec.design, simulate(spec, lights, dosing, trial)) for trial in range(first, first + count)]


class _Law:
    """The power of a trial of any size, by the normal law.

    The chance within a trial shrinks with its people. How the mean benefit differs from world to world does not: no
    trial knows its world, and more people do not change it.
    """

    def __init__(self, spec: TrialSpec, lights: TargetLights, dosing: Dosing, estimates: Sequence[Estimate | None]):
        known = _analysed(spec, estimates)
        self.wanted, self.people = spec.power, spec.people
        self.limit = NormalDist().inv_cdf(1 - spec.alpha / 2)
        self.error = math.sqrt(fmean(each.error**2 for each in known))
        benefit = _benefits(spec, lights, dosing)
        own = np.array([benefit[lights.world == world].mean() for world in np.unique(lights.world)])
        bias = 0.0 if spec.unmasking is None else spec.unmasking.share * spec.unmasking.difference
        mean = fmean(each.effect for each in known)
        # Carry-over takes the same share of the benefit in every world.
        kept = (mean - bias) / own.mean() if own.mean() > 0 else 0.0
        self.effects: list[float] = (bias + kept * own).tolist() if kept else [mean]

    def power(self, people: float) -> float:
        """Return how often a trial of so many people finds an effect, on either side."""
        error, normal = self.error * math.sqrt(self.people / people), NormalDist()
        return fmean(
            normal.cdf(effect / error - self.limit) + normal.cdf(-effect / error - self.limit)
            for effect in self.effects
        )

    def needed(self) -> int | None:
        """Return the fewest people for the power wanted; None where a hundred million are not enough."""
        low, high = 1, 10**8
        if fmean(self.effects) <= 0 or self.power(high) < self.wanted:
            return None
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(middle) >= self.wanted else (middle + 1, high)
        return low


def _paired_error(spec: TrialSpec, one: Sequence[Estimate | None], other: Sequence[Estimate | None]) -> float:
    """Return the standard error of the difference of two powers from the same trials, half a trial added each way."""
    first, second = (np.array([each is not None and each.p < spec.alpha for each in row]) for row in (one, other))
    gained, lost, trials = (first & ~second).sum() + 0.5, (second & ~first).sum() + 0.5, len(first) + 2
    return float(math.sqrt(gained + lost - (gained - lost) ** 2 / trials) / trials)


def _analysed(spec: TrialSpec, estimates: Sequence[Estimate | None]) -> list[Estimate]:
    known = [each for each in estimates if each is not None]
    if len(known) < 2:
        told = "more people, or fewer who stop: hardly a trial could be analysed"
        raise InvalidInput("trial", [Fault("people", spec.people, told)])
    return known


def _found(spec: TrialSpec, dosing: Dosing, estimates: Sequence[Estimate | None], law: _Law | None) -> Found:
    known = _analysed(spec, estimates)
    hits = sum(each.p < spec.alpha for each in known)
    shrunk = (hits + 2) / (len(estimates) + 4)
    effects = np.array([each.effect for each in known])
    return Found(
        dosing=dosing,
        found=hits / len(estimates),
        error=math.sqrt(shrunk * (1 - shrunk) / (len(estimates) + 4)),
        mean_effect=float(effects.mean()),
        sd_effect=float(effects.std(ddof=1)),
        people_needed=None if law is None else law.needed(),
        not_analysed=len(estimates) - len(known),
    )
