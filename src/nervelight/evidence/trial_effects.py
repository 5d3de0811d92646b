"""From the numbers that a trial prints to one effect with its variance, or to what is missing for that.

A trial gives one effect: arms that share a
comparator are combined, and of several times the one nearest to the end of the course counts.
What was converted and assumed on the way is listed (`printed_results`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nervelight.evidence.conditions import Condition
from nervelight.evidence.outcome import Outcome, OutcomeDomain
from nervelight.evidence.printed_results import (
    Better,
    Measure,
    NumbersMissing,
    PrintedComparison,
    ScoreKind,
    Trail,
    ratio_effect,
    score_effect,
)
from nervelight.evidence.studies import studies, study
from nervelight.evidence.study_schema import SHAM_DESIGNS, Arm, Study, StudyId

__all__ = [
    "MEASURE_OF",
    "Effect",
    "NoEffect",
    "effect_of",
    "effects_for",
    "measures_of",
    "trials_of",
]

OPEN = frozenset({"controlled", "cohort"})

MEASURE_OF: dict[OutcomeDomain, Measure] = {
    "pain": "mean_difference",
    "pain_responders": "risk_ratio",
    "response": "risk_ratio",
    "incidence": "risk_ratio",
}
"""The measure of a domain, where it is not the standardised difference."""
BETTER_OF: dict[OutcomeDomain, Better] = {
    "pain": "lower",
    "pain_responders": "higher",
    "response": "higher",
    "incidence": "lower",
}
"""Which way is better, where the domain itself says it."""


def measures_of(domain: OutcomeDomain) -> tuple[Measure, ...]:
    """Return the measures that a domain can be pooled by, the usual one first."""
    usual = MEASURE_OF.get(domain, "standardised")
    return ("mean_difference", "standardised") if usual == "mean_difference" else (usual,)


@dataclass(frozen=True)
class Effect:
    """The effect of one trial.

    Parameters
    ----------
    study_id : str
    measure : Measure
    value, variance : float
        Light minus comparator [points of 10, standard deviations, or logarithm of a ratio], and the variance of its
        error. Below zero light did better, but for a ratio of good events (see `better`).
    better : {"lower", "higher"}
        Which side of no effect speaks for light.
    n_light, n_comparator : int
        People.
    instrument : str
        What was measured.
    week : float or None
        Weeks after the start.
    scores : {"final", "change"} or None
        What was compared; None where a P value or a printed difference does not say it.
    conversions : tuple of (str, str)
        What was done to get here, each with the key of its source.
    assumptions : tuple of str
        What had to be assumed.
    set_aside : str
        Why it is left out of the main pooling; empty for all others.
    """

    study_id: StudyId
    measure: Measure
    value: float
    variance: float
    better: Better
    n_light: int
    n_comparator: int
    instrument: str
    week: float | None
    scores: ScoreKind | None = None
    conversions: tuple[tuple[str, str], ...] = ()
    assumptions: tuple[str, ...] = ()
    set_aside: str = ""


@dataclass(frozen=True)
class NoEffect:
    """A trial that measured the outcome but gives no effect.

    Parameters
    ----------
    study_id : str
    missing : tuple of str
        What its source lacks, in plain words.
    """

    study_id: StudyId
    missing: tuple[str, ...]


def effects_for(
    condition: Condition | None,
    domain: OutcomeDomain,
    measure: Measure | None = None,
    *,
    open_label: bool = False,
    week: float | None = None,
    scores: ScoreKind = "final",
) -> tuple[tuple[Effect, ...], tuple[NoEffect, ...]]:
    """Return the effects of all trials of a condition, and the trials that give none.

    Parameters
    ----------
    condition : Condition or None
        None takes every condition.
    domain : OutcomeDomain
    measure : Measure, optional
        The usual one of the domain when absent.
    open_label : bool
        Whether trials without a sham count as well.
    week : float, optional
        The time wanted [weeks]; the end of each course when absent.
    scores : {"final", "change"}
        Which scores to compare where a trial prints both.

    Returns
    -------
    tuple of Effect, tuple of NoEffect
        Each in the order of the names. People of whom two studies report the domain are counted once.
    """
    wanted = measure or measures_of(domain)[0]
    found: list[Effect] = []
    without: list[NoEffect] = []
    for entry in trials_of(condition, open_label, twice=True):
        if not _has(entry, domain) or (entry.same_people_as and _has(study(entry.same_people_as), domain)):
            continue
        result = effect_of(entry, domain, wanted, week=week, scores=scores)
        if isinstance(result, Effect):
            found.append(result)
        else:
            without.append(result)
    return tuple(found), tuple(without)


def _has(entry: Study, domain: OutcomeDomain) -> bool:
    return any(outcome.domain == domain for outcome in entry.outcomes)


def trials_of(condition: Condition | None, open_label: bool = False, *, twice: bool = False) -> Iterator[Study]:
    """Yield the trials of light with a result that compare arms.

    Parameters
    ----------
    condition : Condition or None
        None takes every condition.
    open_label : bool
        Whether trials without a sham count as well.
    twice : bool
        Whether a second report on the same people counts as well.
    """
    designs = SHAM_DESIGNS | OPEN if open_label else SHAM_DESIGNS
    for entry in studies():
        if entry.topic != "treatment" or entry.status != "reported" or (entry.same_people_as and not twice):
            continue
        if entry.speaks_of(condition) and entry.design in designs:
            yield entry


def effect_of(
    trial: Study,
    domain: OutcomeDomain,
    measure: Measure,
    *,
    week: float | None = None,
    scores: ScoreKind = "final",
) -> Effect | NoEffect:
    """Return the effect of one trial on one domain, or what is missing for it.

    The first instrument of the domain, in the order of the file, that gives an effect counts.

    Parameters
    ----------
    trial : Study
    domain, measure, week, scores
        As in `effects_for`.
    """
    rows = [outcome for outcome in trial.outcomes if outcome.domain == domain]
    missing: list[str] = []
    for instrument in dict.fromkeys(row.instrument for row in rows):
        of_it = [row for row in rows if row.instrument == instrument]
        try:
            return _effect(trial, of_it, measure, week, scores)
        except NumbersMissing as problem:
            missing.append(str(problem))
    return NoEffect(trial.id, tuple(dict.fromkeys(missing)) or ("a result of this outcome",))


def _effect(trial: Study, rows: Sequence[Outcome], measure: Measure, week: float | None, scores: ScoreKind) -> Effect:
    if trial.design == "crossover":
        raise NumbersMissing("paired numbers of a crossover")
    light, comparator = _arms(trial)
    better = _better(rows)
    reasons: list[str] = []
    times = _times(trial, rows, week)
    for at in times:
        now = [row for row in rows if (row.week, row.time) == at]
        trail = Trail()
        first = at == times[0]
        sides = PrintedComparison(trial, rows, now, light, comparator, trail, measure, scores, better, first=first)
        try:
            estimate, n = ratio_effect(sides) if measure == "risk_ratio" else score_effect(sides)
            if not (math.isfinite(estimate.variance) and estimate.variance > 0):
                raise NumbersMissing("a spread above zero")
        except NumbersMissing as problem:
            reasons.append(str(problem))
            continue
        if not first:
            trail.assumed(f"{_told(times[0])} prints no numbers, so that {_told(at)} counts")
        # Oriented so that below zero speaks for light, whatever the scale.
        sign = -1.0 if measure != "risk_ratio" and better == "higher" else 1.0
        return Effect(
            study_id=trial.id,
            measure=measure,
            value=sign * estimate.value,
            variance=estimate.variance,
            better=better if measure == "risk_ratio" else "lower",
            n_light=n[0],
            n_comparator=n[1],
            instrument=rows[0].instrument,
            week=at[0],
            scores=trail.scores,
            conversions=tuple(trail.conversions),
            assumptions=tuple(trail.assumptions),
            set_aside=trial.set_aside,
        )
    raise NumbersMissing(reasons[0] if reasons else "a result after the start")


def _told(at: tuple[float | None, str]) -> str:
    return at[1] or "a time not told" if at[0] is None else f"week {at[0]:g}"


def _better(rows: Sequence[Outcome]) -> Better:
    printed = next((row.better for row in rows if row.better), None)
    if printed is not None:
        return printed
    known = BETTER_OF.get(rows[0].domain)
    if known is not None:
        return known
    numbers = ("mean", "change", "median_change", "difference", "count")
    if any(getattr(row, name) is not None for row in rows for name in numbers):
        raise NumbersMissing("which direction of the scale is better")
    # Only a P value with its direction: the sign says which arm did better, whatever the scale.
    return "lower"


def _arms(trial: Study) -> tuple[tuple[Arm, ...], Arm]:
    """Return the arms with light, and the one to compare with: the sham, or without a sham the only other arm."""
    light = tuple(arm for arm in trial.arms if arm.role == "light")
    role = "sham" if trial.design in SHAM_DESIGNS else "comparator"
    others = [arm for arm in trial.arms if arm.role == role]
    if not light or not others:
        raise NumbersMissing("arms to compare")
    if len(others) > 1:
        raise NumbersMissing("a single comparator arm")
    return light, others[0]


def _times(trial: Study, rows: Sequence[Outcome], week: float | None) -> list[tuple[float | None, str]]:
    """Return the times of measurement, the one wanted first."""
    schedule = trial.schedule.completed() if trial.schedule else None
    wanted = week if week is not None else schedule.weeks if schedule else None
    times = dict.fromkeys((row.week, row.time) for row in rows if row.week != 0)

    def distance(at: tuple[float | None, str]) -> tuple[float, float]:
        # Without a week the time is told in words: after those that are known.
        if at[0] is None:
            return (math.inf, 0.0)
        return (abs(at[0] - wanted), at[0]) if wanted is not None else (-at[0], 0.0)

    return sorted(times, key=distance)
