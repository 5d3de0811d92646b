"""From the numbers that a trial prints to one effect with its variance, or to what is missing for that.

Every conversion is named with its source, every assumption is listed. A trial gives one effect: arms that share a
comparator are combined, and of several times the one nearest to the end of the course counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nervelight.errors import ValidityError
from nervelight.evidence import effect_size as es
from nervelight.evidence.conditions import Condition
from nervelight.evidence.outcome import Outcome, OutcomeDomain
from nervelight.evidence.studies import studies
from nervelight.evidence.study_schema import Arm, Study, StudyId

__all__ = [
    "MEASURE_OF",
    "Effect",
    "Measure",
    "NoEffect",
    "ScoreKind",
    "effect_of",
    "effects_for",
    "measures_of",
]

Measure = Literal["mean_difference", "standardised", "risk_ratio"]
"""Mean difference on a scale of 0 to 10, Hedges' g, or risk ratio (kept as its logarithm)."""
ScoreKind = Literal["final", "change"]
"""Which scores are compared where a trial prints both: those at the end, or changes from the start."""

# Where a change has no standard deviation, the scores of a person at start and end are taken to correlate so much.
CORRELATION = 0.5

MEASURE_OF: dict[OutcomeDomain, Measure] = {
    "pain": "mean_difference",
    "pain_responders": "risk_ratio",
    "response": "risk_ratio",
    "incidence": "risk_ratio",
}
"""The measure of a domain, where it is not the standardised difference."""

CONTROLLED = frozenset({"sham_controlled", "crossover"})
OPEN = frozenset({"controlled", "cohort"})


def measures_of(domain: OutcomeDomain) -> tuple[Measure, ...]:
    """Return the measures that a domain can be pooled by, the usual one first."""
    usual = MEASURE_OF.get(domain, "standardised")
    if usual == "risk_ratio":
        return (usual,)
    return ("mean_difference", "standardised") if usual == "mean_difference" else (usual,)


@dataclass(frozen=True)
class Effect:
    """The effect of one trial.

    Parameters
    ----------
    study_id : str
    measure : Measure
    value, variance : float
        Light minus comparator; below zero light did better, but for a ratio of good events (see `better`).
    better : {"lower", "higher"}
        Which side of no effect speaks for light.
    n_light, n_comparator : int
        People.
    instrument : str
        What was measured.
    week : float or None
        Weeks after the start.
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
    better: Literal["lower", "higher"]
    n_light: int
    n_comparator: int
    instrument: str
    week: float | None
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
    """What was converted and assumed on the way to one effect."""

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
    """
    wanted = measure or MEASURE_OF.get(domain, "standardised")
    found: list[Effect] = []
    without: list[NoEffect] = []
    for entry in trials_of(condition, open_label):
        if not any(outcome.domain == domain for outcome in entry.outcomes):
            continue
        result = effect_of(entry, domain, wanted, week=week, scores=scores)
        (found if isinstance(result, Effect) else without).append(result)  # type: ignore[arg-type]
    return tuple(found), tuple(without)


def trials_of(condition: Condition | None, open_label: bool = False) -> Iterator[Study]:
    """Yield the trials of light with a result that compare arms, each group of people once."""
    designs = CONTROLLED | OPEN if open_label else CONTROLLED
    for entry in studies():
        if entry.topic != "treatment" or entry.status != "reported" or entry.same_people_as:
            continue
        wanted = condition is None or condition in (entry.condition, *entry.also)
        if wanted and entry.design in designs:
            yield entry


def effect_of(
    study: Study,
    domain: OutcomeDomain,
    measure: Measure,
    *,
    week: float | None = None,
    scores: ScoreKind = "final",
) -> Effect | NoEffect:
    """Return the effect of one trial on one domain, or what is missing for it.

    The first instrument of the domain, in the order of the file, that gives an effect counts.
    """
    rows = [outcome for outcome in study.outcomes if outcome.domain == domain]
    missing: list[str] = []
    for instrument in dict.fromkeys(row.instrument for row in rows):
        of_it = [row for row in rows if row.instrument == instrument]
        try:
            return _effect(study, of_it, measure, week, scores)
        except _Missing as problem:
            missing.append(str(problem))
    return NoEffect(study.id, tuple(dict.fromkeys(missing)) or ("a result of this outcome",))


def _effect(study: Study, rows: Sequence[Outcome], measure: Measure, week: float | None, scores: ScoreKind) -> Effect:
    light, comparator = _arms(study)
    better = next((row.better for row in rows if row.better), None)
    if better is None:
        if any(
            value is not None for row in rows for value in (row.mean, row.change, row.median_change, row.difference)
        ):
            raise _Missing("which direction of the scale is better")
        # Only a P value with its direction: the sign says which arm did better, whatever the scale.
        better = "lower"
    reasons: list[str] = []
    for at in _times(study, rows, week):
        now = [row for row in rows if (row.week, row.time) == at]
        trail = _Trail()
        try:
            how = _ratio if measure == "risk_ratio" else _score
            estimate, n = how(_Sides(study, rows, now, light, comparator, trail, measure, scores, better))
        except _Missing as problem:
            reasons.append(str(problem))
            continue
        # Oriented so that below zero speaks for light, whatever the scale.
        sign = -1.0 if measure != "risk_ratio" and better == "higher" else 1.0
        return Effect(
            study_id=study.id,
            measure=measure,
            value=sign * estimate.value,
            variance=estimate.variance,
            better=better if measure == "risk_ratio" else "lower",
            n_light=n[0],
            n_comparator=n[1],
            instrument=rows[0].instrument,
            week=at[0],
            conversions=tuple(trail.conversions),
            assumptions=tuple(trail.assumptions),
            set_aside=study.set_aside,
        )
    raise _Missing(reasons[0] if reasons else "a result after the start")


def _arms(study: Study) -> tuple[tuple[Arm, ...], Arm]:
    light = tuple(arm for arm in study.arms if arm.role == "light")
    for role in ("sham", "comparator"):
        others = [arm for arm in study.arms if arm.role == role]
        if light and len(others) == 1:
            return light, others[0]
        if light and others:
            raise _Missing("a single comparator arm")
    raise _Missing("arms to compare")


def _times(study: Study, rows: Sequence[Outcome], week: float | None) -> list[tuple[float | None, str]]:
    """Return the times of measurement, the one wanted first."""
    schedule = study.schedule.completed() if study.schedule else None
    wanted = week if week is not None else schedule.weeks if schedule else None
    times = dict.fromkeys((row.week, row.time) for row in rows if row.week != 0)

    def distance(at: tuple[float | None, str]) -> tuple[float, float]:
        # Without a week the time is told in words: after those that are known.
        if at[0] is None:
            return (float("inf"), 0.0)
        return (abs(at[0] - wanted), at[0]) if wanted is not None else (-at[0], 0.0)

    return sorted(times, key=distance)


@dataclass(frozen=True)
class _Sides:
    """All that one comparison at one time can draw on."""

    study: Study
    rows: Sequence[Outcome]
    now: Sequence[Outcome]
    light: tuple[Arm, ...]
    comparator: Arm
    trail: _Trail
    measure: Measure
    scores: ScoreKind
    better: Literal["lower", "higher"]

    @property
    def between(self) -> tuple[Outcome, ...]:
        """Rows that compare the arms."""
        return tuple(row for row in self.now if not row.arm and row.against in ("", self.comparator.name))

    def of(self, arm: Arm, rows: Sequence[Outcome] | None = None) -> Outcome | None:
        """Return the row of an arm."""
        found = [row for row in (self.now if rows is None else rows) if row.arm == arm.name]
        return found[0] if found else None

    def start(self, arm: Arm) -> Outcome | None:
        """Return the row of an arm before treatment."""
        return self.of(arm, [row for row in self.rows if row.week == 0])

    def n(self, arm: Arm) -> int:
        """Return the people of an arm."""
        row = self.of(arm)
        if row is not None and row.n:
            return row.n
        known = arm.completed or arm.n
        if known:
            return known
        arms = [*self.light, self.comparator]
        if self.study.n and not any(other.n for other in self.study.arms) and len(self.study.arms) == len(arms):
            self.trail.assumed(f"{self.study.n} people in arms of equal size")
            return self.study.n // len(arms)
        raise _Missing("sizes of the arms")

    def n_both(self) -> tuple[int, int]:
        """Return the people given light and those of the comparator."""
        return sum(map(self.n, self.light)), self.n(self.comparator)

    def p(self) -> float | None:
        """Return the exact P value of the comparison."""
        for row in self.between:
            if row.p is not None and row.p.startswith("= "):
                value = float(row.p[2:])
                if 0 < value < 1:
                    return value
        return None


def _score(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    """Return the effect on a score, by the first way that the printed numbers allow."""
    standardised = sides.measure == "standardised"
    ways: tuple[Callable[[_Sides], tuple[es.Estimate, tuple[int, int]]], ...] = (
        _of_groups,
        _of_difference,
        _of_means_and_p,
        *((_of_d, _of_p_alone) if standardised else ()),
    )
    reasons = []
    for way in ways:
        try:
            return way(sides)
        except _Missing as problem:
            reasons.append(str(problem))
    # The first way says best what a full report would hold.
    raise _Missing(reasons[0])


def _of_groups(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    comparator, kind = _group(sides, sides.comparator, None)
    lights = [_group(sides, arm, kind)[0] for arm in sides.light]
    light = lights[0] if len(lights) == 1 else es.combined_group(lights)
    if len(lights) > 1:
        sides.trail.converted(f"{len(lights)} light arms combined into one", "cochrane_handbook_6")
    if sides.measure == "standardised":
        sides.trail.converted("Hedges' g from means and standard deviations", "hedges1981")
        return es.hedges_g(light, comparator), (light.n, comparator.n)
    sides.trail.converted("mean difference from means and standard deviations", "cochrane_handbook_6")
    return _on_ten(sides, es.mean_difference(light, comparator)), (light.n, comparator.n)


def _group(sides: _Sides, arm: Arm, kind: ScoreKind | None) -> tuple[es.Group, ScoreKind]:
    """Return an arm as a group, and whether its scores are final ones or changes."""
    row, start = sides.of(arm), sides.start(arm)
    if row is None:
        raise _Missing(_no_numbers(sides))
    if (
        kind is None
        and sides.scores == "change"
        and row.mean is not None
        and start is not None
        and start.mean is not None
    ):
        kind = "change"
    if (
        kind == "change"
        and row.change is None
        and row.mean is not None
        and start is not None
        and start.mean is not None
    ):
        first, last = _sd(sides, start, arm), _sd(sides, row, arm)
        sides.trail.assumed(f"scores of a person at start and end correlate by {CORRELATION:g}")
        sides.trail.converted("standard deviation of the change from those at start and end", "cochrane_handbook_6")
        change = es.sd_of_change(first, last, CORRELATION)
        return es.Group(sides.n(arm), row.mean - start.mean, change), "change"
    if row.mean is not None and kind != "change":
        return es.Group(sides.n(arm), row.mean, _sd(sides, row, arm)), "final"
    if row.change is not None and kind != "final":
        return es.Group(sides.n(arm), row.change, _sd(sides, row, arm)), "change"
    if row.median_change is not None and row.iqr is not None and kind != "final":
        sides.trail.converted("mean and standard deviation from median and quartiles", "wan2014")
        sides.trail.assumed("changes are close to normal, and the printed range holds the middle half")
        return es.group_of_quartiles(sides.n(arm), row.iqr[0], row.median_change, row.iqr[1]), "change"
    raise _Missing("mean and standard deviation of each arm")


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


def _of_difference(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    """Return a printed difference with its interval or P value."""
    wanted = "standardised" if sides.measure == "standardised" else "mean"
    for row in sides.between:
        if row.difference is None or row.difference_kind != wanted:
            continue
        n = sides.n_both()
        if row.se is not None:
            se = row.se
        elif row.ci is not None:
            se = es.se_of_interval(*row.ci)
            sides.trail.converted("standard error from a confidence interval", "cochrane_handbook_6")
        elif sides.p() is not None and row.difference and wanted == "mean":
            se = es.se_of_p_value(row.difference, sides.p() or 1.0, *n)
            sides.trail.converted("standard error from an exact P value", "cochrane_handbook_6")
        else:
            continue
        estimate = es.Estimate(row.difference, se**2)
        return (_on_ten(sides, estimate) if wanted == "mean" else estimate), n
    raise _Missing("a difference with its interval")


def _of_means_and_p(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    """Return the difference of two printed means, its error from an exact P value."""
    p = sides.p()
    if p is None or len(sides.light) > 1:
        raise _Missing("an exact P value of the comparison")
    light, comparator = sides.of(sides.light[0]), sides.of(sides.comparator)
    if light is None or comparator is None:
        raise _Missing("a result of each arm")
    if light.mean is not None and comparator.mean is not None:
        difference = light.mean - comparator.mean
    elif light.change is not None and comparator.change is not None:
        difference = light.change - comparator.change
    else:
        raise _Missing("the mean of each arm")
    n = sides.n_both()
    sides.trail.assumed("the P value is that of a t test of these means")
    if sides.measure == "standardised":
        sides.trail.converted("Hedges' g from an exact P value", "borenstein2009")
        return es.standardised_from_p(p, 1 if difference > 0 else -1, *n), n
    sides.trail.converted("standard error from an exact P value", "cochrane_handbook_6")
    return _on_ten(sides, es.Estimate(difference, es.se_of_p_value(difference, p, *n) ** 2)), n


def _of_d(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    for row in sides.between:
        if row.cohens_d is not None and row.direction in {"favours_light", "favours_comparator"}:
            n = sides.n_both()
            sides.trail.converted("Hedges' g from Cohen's d as printed", "hedges1981")
            return es.standardised_from_d(_signed(sides, row) * row.cohens_d, *n), n
    raise _Missing("a standardised difference")


def _of_p_alone(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    p = sides.p()
    for row in sides.between:
        if p is not None and row.p and row.direction in {"favours_light", "favours_comparator"}:
            n = sides.n_both()
            sides.trail.converted("Hedges' g from an exact P value", "borenstein2009")
            sides.trail.assumed(f"the P value is that of a t test{f', not {row.p_method}' if row.p_method else ''}")
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


def _ratio(sides: _Sides) -> tuple[es.Estimate, tuple[int, int]]:
    """Return the logarithm of a risk ratio, from counts or from percentages that only one count gives."""
    counts = [_events(sides, arm) for arm in (*sides.light, sides.comparator)]
    if any(count is None for count in counts):
        counts = _split_by_percentages(sides)
    *lights, (events, n) = [count for count in counts if count is not None]
    light_events, light_n = sum(a for a, _ in lights), sum(b for _, b in lights)
    if len(lights) > 1:
        sides.trail.converted(f"{len(lights)} light arms combined into one", "cochrane_handbook_6")
    sides.trail.converted("risk ratio from counts", "cochrane_handbook_6")
    if 0 in (light_events, light_n - light_events, events, n - events):
        sides.trail.converted("half an event added to each cell, since one is empty", "cochrane_handbook_6")
    try:
        return es.log_risk_ratio(light_events, light_n, events, n), (light_n, n)
    except (ValueError, ZeroDivisionError) as problem:
        raise ValidityError(f"{sides.study.id}: counts that give no ratio") from problem


def _events(sides: _Sides, arm: Arm) -> tuple[int, int] | None:
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
        raise _Missing(f"a percentage that {n} people can give")
    sides.trail.converted("counts from percentages", "nervelight_computed")
    return events[0], n


def _split_by_percentages(sides: _Sides) -> list[tuple[int, int] | None]:
    """Return the counts of both arms where only one division of all people gives every printed percentage."""
    total = sides.study.n
    if total is None or len(sides.light) != 1:
        raise _Missing("sizes of the arms")
    at = [
        [_as_printed(row.mean) for row in sides.rows if row.arm == arm.name and row.mean is not None]
        for arm in (sides.light[0], sides.comparator)
    ]
    fits = [
        (split, light, other)
        for split in range(1, total)
        if (light := es.events_of_percentages(at[0], split))
        and (other := es.events_of_percentages(at[1], total - split))
    ]
    if len(fits) != 1:
        raise _Missing("sizes of the arms" if fits else "percentages that agree with the number of people")
    ((split, light, other),) = fits
    sides.trail.converted(
        f"arms of {split} and {total - split} people, the only division that gives the percentages",
        "nervelight_computed",
    )
    now = sides.of(sides.light[0])
    rows = [row for row in sides.rows if row.arm == sides.light[0].name and row.mean is not None]
    index = rows.index(now) if now is not None else 0
    return [(light[index], split), (other[index], total - split)]


def _as_printed(value: float) -> str:
    return f"{value:g}"
