"""From the numbers that a trial prints to one effect with its variance, or to what is missing for that.

Every conversion is named with its source, every assumption is listed. A trial gives one effect: arms that share a
comparator are combined, and of several times the one nearest to the end of the course counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nervelight.errors import ValidityError
from nervelight.evidence import effect_size as es
from nervelight.evidence.conditions import Condition
from nervelight.evidence.outcome import Outcome, OutcomeDomain
from nervelight.evidence.studies import studies, study
from nervelight.evidence.study_schema import SHAM_DESIGNS, Arm, Study, StudyId

__all__ = [
    "MEASURE_OF",
    "Effect",
    "Measure",
    "NoEffect",
    "ScoreKind",
    "effect_of",
    "effects_for",
    "measures_of",
    "trials_of",
]

Measure = Literal["mean_difference", "standardised", "risk_ratio"]
"""Mean difference on a scale of 0 to 10, Hedges' g, or risk ratio (kept as its logarithm)."""
ScoreKind = Literal["final", "change"]
"""Scores at the end, or changes from the start."""
Better = Literal["lower", "higher"]

# Where a change has no standard deviation, the scores of a person at start and end are taken to correlate so much.
CORRELATION = 0.5
# With fewer people in an arm an interval is one of the t distribution (Cochrane Handbook 6.5.2.3).
T_BELOW = 60
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


@dataclass
class _Trail:
    """What was compared, converted and assumed on the way to one effect."""

    scores: ScoreKind | None = None
    conversions: list[tuple[str, str]] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def converted(self, what: str, source: str) -> None:
        if (what, source) not in self.conversions:
            self.conversions.append((what, source))

    def assumed(self, what: str) -> None:
        if what not in self.assumptions:
            self.assumptions.append(what)


class _Missing(Exception):
    """Numbers that a trial does not print."""


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
    wanted = measure or MEASURE_OF.get(domain, "standardised")
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
        wanted = condition is None or condition in (entry.condition, *entry.also)
        if wanted and entry.design in designs:
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
        except _Missing as problem:
            missing.append(str(problem))
    return NoEffect(trial.id, tuple(dict.fromkeys(missing)) or ("a result of this outcome",))


def _effect(trial: Study, rows: Sequence[Outcome], measure: Measure, week: float | None, scores: ScoreKind) -> Effect:
    if trial.design == "crossover":
        raise _Missing("paired numbers of a crossover")
    light, comparator = _arms(trial)
    better = _better(rows)
    reasons: list[str] = []
    times = _times(trial, rows, week)
    for at in times:
        now = [row for row in rows if (row.week, row.time) == at]
        trail = _Trail()
        sides = _Sides(trial, rows, now, light, comparator, trail, measure, scores, better, first=at == times[0])
        try:
            estimate, n = _ratio(sides) if measure == "risk_ratio" else _score(sides)
            if not (math.isfinite(estimate.variance) and estimate.variance > 0):
                raise _Missing("a spread above zero")
        except _Missing as problem:
            reasons.append(str(problem))
            continue
        if at != times[0]:
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
    raise _Missing(reasons[0] if reasons else "a result after the start")


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
        raise _Missing("which direction of the scale is better")
    # Only a P value with its direction: the sign says which arm did better, whatever the scale.
    return "lower"


def _arms(trial: Study) -> tuple[tuple[Arm, ...], Arm]:
    """Return the arms with light, and the one to compare with: the sham, or without a sham the only other arm."""
    light = tuple(arm for arm in trial.arms if arm.role == "light")
    role = "sham" if trial.design in SHAM_DESIGNS else "comparator"
    others = [arm for arm in trial.arms if arm.role == role]
    if not light or not others:
        raise _Missing("arms to compare")
    if len(others) > 1:
        raise _Missing("a single comparator arm")
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


Found = tuple[es.Estimate, tuple[int, int]]


@dataclass(frozen=True)
class _Sides:
    """All that one comparison at one time can draw on."""

    trial: Study
    rows: Sequence[Outcome]
    now: Sequence[Outcome]
    light: tuple[Arm, ...]
    comparator: Arm
    trail: _Trail
    measure: Measure
    scores: ScoreKind
    better: Better
    first: bool
    """Whether this is the time wanted, or one that stands in for it."""

    @property
    def between(self) -> tuple[Outcome, ...]:
        """Rows that compare the light with the comparator: not those within an arm, nor over more than two arms."""
        several = len([arm for arm in self.trial.arms if arm.role != "open_light"]) > 2
        wanted = (self.comparator.name,) if several else ("", self.comparator.name)
        return tuple(
            row
            for row in self.now
            if not row.arm and row.against in wanted and row.direction not in {"improved", "unchanged", "worsened"}
        )

    def one_light(self) -> Arm:
        """Return the light arm, where there is one only: a comparison does not say of which of several it is."""
        if len(self.light) > 1:
            raise _Missing("an effect of each light arm")
        return self.light[0]

    def of(self, arm: Arm, rows: Sequence[Outcome] | None = None) -> Outcome | None:
        """Return the row of an arm."""
        found = [row for row in (self.now if rows is None else rows) if row.arm == arm.name]
        return found[0] if found else None

    def start(self, arm: Arm) -> Outcome | None:
        """Return the row of an arm before treatment."""
        return self.of(arm, [row for row in self.rows if row.week == 0])

    def n(self, arm: Arm) -> int:
        """Return the people of an arm, two at least."""
        row = self.of(arm)
        known = (row.n if row else None) or arm.completed or arm.n
        if known is None:
            arms = [*self.light, self.comparator]
            if not self.trial.n or any(other.n for other in self.trial.arms) or len(self.trial.arms) != len(arms):
                raise _Missing("sizes of the arms")
            self.trail.assumed(f"{self.trial.n} people in arms of equal size")
            known = self.trial.n // len(arms)
        if known < 2:
            raise _Missing("two people or more in each arm")
        return known

    def n_both(self) -> tuple[int, int]:
        """Return the people given light and those of the comparator."""
        return sum(map(self.n, self.light)), self.n(self.comparator)


def _exact(row: Outcome) -> float | None:
    """Return the P value of a row, where it is printed exactly."""
    value = float(row.p[2:]) if row.p is not None and row.p.startswith("= ") else 0.0
    return value if 0 < value < 1 else None


def _score(sides: _Sides) -> Found:
    """Return the effect on a score, by the first way that the printed numbers allow."""
    ways: tuple[Callable[[_Sides], Found], ...] = (_of_groups, _of_difference, _of_means_and_p)
    if sides.measure == "standardised" and sides.first:
        # At another time than the one wanted such a lone number would be picked because it stood out.
        ways = (*ways, _of_d, _of_p_alone)
    reasons = []
    for way in ways:
        try:
            return way(sides)
        except _Missing as problem:
            reasons.append(str(problem))
    # The first way says best what a full report would hold.
    raise _Missing(reasons[0])


def _of_groups(sides: _Sides) -> Found:
    comparator, kind = _group(sides, sides.comparator, None)
    lights = [_group(sides, arm, kind)[0] for arm in sides.light]
    light = lights[0] if len(lights) == 1 else es.combined_group(lights)
    if len(lights) > 1:
        sides.trail.converted(f"{len(lights)} light arms combined into one", "cochrane_handbook_6")
    sides.trail.scores = kind
    if sides.measure == "standardised":
        sides.trail.converted("Hedges' g from means and standard deviations", "hedges1981")
        try:
            return es.hedges_g(light, comparator), (light.n, comparator.n)
        except ValidityError:
            raise _Missing("a spread above zero") from None
    sides.trail.converted("mean difference from means and standard deviations", "cochrane_handbook_6")
    return _on_ten(sides, es.mean_difference(light, comparator)), (light.n, comparator.n)


def _group(sides: _Sides, arm: Arm, kind: ScoreKind | None) -> tuple[es.Group, ScoreKind]:
    """Return an arm as a group, and whether its scores are final ones or changes."""
    row = sides.of(arm)
    if row is None:
        raise _Missing(_no_numbers(sides))
    ways = (_change_group, _final_group) if (kind or sides.scores) == "change" else (_final_group, _change_group)
    for way in ways[: 1 if kind else 2]:
        found = way(sides, arm, row)
        if found is not None:
            return found, "change" if way is _change_group else "final"
    raise _Missing("mean and standard deviation of each arm")


def _final_group(sides: _Sides, arm: Arm, row: Outcome) -> es.Group | None:
    return None if row.mean is None else es.Group(sides.n(arm), row.mean, _sd(sides, row, arm))


def _change_group(sides: _Sides, arm: Arm, row: Outcome) -> es.Group | None:
    """Return the changes of an arm: printed ones, or else quartiles, or else from the scores at start and end."""
    if row.change is not None and row.mean is None:
        return es.Group(sides.n(arm), row.change, _sd(sides, row, arm))
    if row.median_change is not None and row.iqr is not None:
        sides.trail.converted("mean and standard deviation from median and quartiles", "wan2014")
        sides.trail.assumed("changes are close to normal, and the printed range holds the middle half")
        return es.group_of_quartiles(sides.n(arm), row.iqr[0], row.median_change, row.iqr[1])
    start = sides.start(arm)
    if sides.scores == "change" and row.mean is not None and start is not None and start.mean is not None:
        spread = es.sd_of_change(_sd(sides, start, arm), _sd(sides, row, arm), CORRELATION)
        sides.trail.assumed(f"scores of a person at start and end correlate by {CORRELATION:g}")
        sides.trail.converted("standard deviation of the change from those at start and end", "cochrane_handbook_6")
        return es.Group(sides.n(arm), row.mean - start.mean if row.change is None else row.change, spread)
    return None


def _no_numbers(sides: _Sides) -> str:
    printed = dict.fromkeys(row.p for row in sides.between if row.p)
    known = f", of which only P {' and '.join(map(str, printed))} is printed" if printed else ""
    return f"mean and standard deviation of each arm{known}"


def _sd(sides: _Sides, row: Outcome, arm: Arm) -> float:
    if row.sd is not None:
        return row.sd
    if row.se is not None:
        sides.trail.converted("standard deviation from a standard error", "cochrane_handbook_6")
        return es.sd_of_standard_error(row.se, sides.n(arm))
    if row.ci is not None:
        sides.trail.converted("standard deviation from a confidence interval", "cochrane_handbook_6")
        return es.sd_of_interval(*row.ci, sides.n(arm))
    raise _Missing("standard deviation of each arm")


def _of_difference(sides: _Sides) -> Found:
    """Return a printed difference with its interval or P value."""
    sides.one_light()
    wanted = "standardised" if sides.measure == "standardised" else "mean"
    for row in sides.between:
        if row.difference is None or row.difference_kind != wanted:
            continue
        n, p = sides.n_both(), _exact(row)
        if row.se is not None:
            se = row.se
        elif row.ci is not None:
            se = es.se_of_interval(*row.ci, sum(n) - 2 if wanted == "mean" and min(n) < T_BELOW else None)
            sides.trail.converted("standard error from a confidence interval", "cochrane_handbook_6")
        elif p is not None and row.difference and wanted == "mean":
            se = es.se_of_p_value(row.difference, p, *n)
            sides.trail.converted("standard error from an exact P value", "cochrane_handbook_6")
        else:
            continue
        estimate = es.Estimate(row.difference, se**2)
        return (_on_ten(sides, estimate) if wanted == "mean" else estimate), n
    raise _Missing("a difference with its interval")


def _of_means_and_p(sides: _Sides) -> Found:
    """Return the difference of two printed means, its error from an exact P value."""
    exact = [(row, p) for row in sides.between if (p := _exact(row)) is not None]
    if not exact:
        raise _Missing("an exact P value of the comparison")
    row, p = exact[0]
    light, comparator = sides.of(sides.one_light()), sides.of(sides.comparator)
    kinds: tuple[ScoreKind, ...] = ("change", "final") if sides.scores == "change" else ("final", "change")
    for kind in kinds:
        name = "mean" if kind == "final" else "change"
        with_light, without = (None if side is None else getattr(side, name) for side in (light, comparator))
        if with_light is None or without is None or with_light == without:
            continue
        difference = float(with_light - without)
        n = sides.n_both()
        sides.trail.scores = kind
        method = f", not {row.p_method}" if row.p_method else ""
        sides.trail.assumed(f"the P value is that of a t test of these means{method}")
        if sides.measure == "standardised":
            sides.trail.converted("Hedges' g from an exact P value", "borenstein2009")
            return es.standardised_from_p(p, 1 if difference > 0 else -1, *n), n
        sides.trail.converted("standard error from an exact P value", "cochrane_handbook_6")
        return _on_ten(sides, es.Estimate(difference, es.se_of_p_value(difference, p, *n) ** 2)), n
    raise _Missing("means of both arms that differ")


def _of_d(sides: _Sides) -> Found:
    sides.one_light()
    for row in sides.between:
        if row.cohens_d is not None and row.direction in {"favours_light", "favours_comparator"}:
            n = sides.n_both()
            sides.trail.converted("Hedges' g from Cohen's d as printed", "hedges1981")
            return es.standardised_from_d(_signed(sides, row) * row.cohens_d, *n), n
    raise _Missing("a standardised difference")


def _of_p_alone(sides: _Sides) -> Found:
    """Return g from an exact P value whose own row says which arm did better."""
    sides.one_light()
    for row in sides.between:
        p = _exact(row)
        if p is not None and row.direction in {"favours_light", "favours_comparator"}:
            n = sides.n_both()
            sides.trail.converted("Hedges' g from an exact P value", "borenstein2009")
            sides.trail.assumed(f"the P value is that of a t test{f', not {row.p_method}' if row.p_method else ''}")
            sides.trail.assumed("known by its P value alone, which trials without a difference seldom print")
            return es.standardised_from_p(p, _signed(sides, row), *n), n
    raise _Missing("an exact P value of the comparison")


def _signed(sides: _Sides, row: Outcome) -> int:
    """Return the sign of light minus comparator, from what the source says of the direction."""
    good = row.direction == "favours_light"
    return (1 if good else -1) * (1 if sides.better == "higher" else -1)


def _on_ten(sides: _Sides, estimate: es.Estimate) -> es.Estimate:
    """Return a mean difference on a scale of 0 to 10."""
    scale = next((row.range for row in sides.rows if row.range), None)
    if scale is None:
        raise _Missing("the range of the scale")
    factor = 10 / (scale[1] - scale[0])
    if factor != 1:
        sides.trail.converted(f"scale of {scale[0]:g} to {scale[1]:g} brought to 0 to 10", "nervelight_computed")
    return es.Estimate(estimate.value * factor, estimate.variance * factor**2)


def _ratio(sides: _Sides) -> Found:
    """Return the logarithm of a risk ratio, from counts or from percentages that only one count gives."""
    counts = [_events(sides, arm) for arm in (*sides.light, sides.comparator)]
    if any(count is None for count in counts):
        counts = _split_by_percentages(sides)
    *lights, (events, n) = [count for count in counts if count is not None]
    light_events, light_n = sum(a for a, _ in lights), sum(b for _, b in lights)
    if not light_events and not events:
        raise _Missing("an event in either arm")
    if len(lights) > 1:
        sides.trail.converted(f"{len(lights)} light arms combined into one", "cochrane_handbook_6")
    sides.trail.converted("risk ratio from counts", "cochrane_handbook_6")
    if 0 in (light_events, light_n - light_events, events, n - events):
        sides.trail.converted("half an event added to each cell, since one is empty", "cochrane_handbook_6")
    return es.log_risk_ratio(light_events, light_n, events, n), (light_n, n)


def _events(sides: _Sides, arm: Arm) -> tuple[int, int] | None:
    """Return events and people of an arm; None where percentages are printed and the size of the arm is not."""
    row = sides.of(arm)
    if row is None:
        raise _Missing("counts or percentages of each arm")
    if row.count is not None and row.of is not None:
        return row.count, row.of
    n = row.n or arm.completed or arm.n
    if row.mean is None or row.unit != "%":
        raise _Missing("counts or percentages of each arm")
    if n is None:
        return None
    events = es.events_of_percentages([_as_printed(row.mean)], n)
    if events is None:
        raise _Missing(f"a percentage that one count of {n} people gives")
    sides.trail.converted("counts from percentages", "nervelight_computed")
    return events[0], n


def _split_by_percentages(sides: _Sides) -> list[tuple[int, int] | None]:
    """Return the counts of both arms where only one division of all people gives every printed percentage."""
    total, light = sides.trial.n, sides.one_light()
    if total is None:
        raise _Missing("sizes of the arms")
    rows = [
        [row for row in sides.rows if row.arm == arm.name and row.mean is not None and row.unit == "%"]
        for arm in (light, sides.comparator)
    ]
    printed = [[_as_printed(row.mean) for row in of_arm if row.mean is not None] for of_arm in rows]
    fits = [
        (split, first, second)
        for split in range(1, total)
        if (first := es.events_of_percentages(printed[0], split))
        and (second := es.events_of_percentages(printed[1], total - split))
    ]
    if len(fits) != 1:
        raise _Missing("sizes of the arms" if fits else "percentages that agree with the number of people")
    ((split, first, second),) = fits
    sides.trail.converted(
        f"arms of {split} and {total - split} people, the only division that gives the percentages",
        "nervelight_computed",
    )
    at = [next(k for k, row in enumerate(of_arm) if row in sides.now) for of_arm in rows]
    return [(first[at[0]], split), (second[at[1]], total - split)]


def _as_printed(value: float) -> str:
    return f"{value:g}"
