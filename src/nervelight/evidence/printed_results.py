"""From the numbers that a trial prints of one comparison at one time to an effect with its variance.

Each way is tried in turn; what was converted and assumed is written down with its source, and a number that is not
printed is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from nervelight.errors import ValidityError
from nervelight.evidence import effect_size as es
from nervelight.evidence.outcome import Outcome
from nervelight.evidence.study_schema import Arm, Study

__all__ = [
    "Better",
    "Found",
    "Measure",
    "NumbersMissing",
    "PrintedComparison",
    "ScoreKind",
    "Trail",
    "ratio_effect",
    "score_effect",
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


@dataclass
class Trail:
    """What was compared, converted and assumed on the way to one effect."""

    scores: ScoreKind | None = None
    conversions: list[tuple[str, str]] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)

    def converted(self, what: str, source: str) -> None:
        """Note a conversion with the key of its source, once."""
        if (what, source) not in self.conversions:
            self.conversions.append((what, source))

    def assumed(self, what: str) -> None:
        """Note an assumption, once."""
        if what not in self.assumptions:
            self.assumptions.append(what)


class NumbersMissing(Exception):
    """Numbers that a trial does not print."""


Found = tuple[es.Estimate, tuple[int, int]]
"""An estimate, and the people given light and those of the comparator."""


@dataclass(frozen=True)
class PrintedComparison:
    """All that one comparison at one time can draw on."""

    trial: Study
    rows: Sequence[Outcome]
    now: Sequence[Outcome]
    light: tuple[Arm, ...]
    comparator: Arm
    trail: Trail
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
            raise NumbersMissing("an effect of each light arm")
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
                raise NumbersMissing("sizes of the arms")
            self.trail.assumed(f"{self.trial.n} people in arms of equal size")
            known = self.trial.n // len(arms)
        if known < 2:
            raise NumbersMissing("two people or more in each arm")
        return known

    def n_both(self) -> tuple[int, int]:
        """Return the people given light and those of the comparator."""
        return sum(map(self.n, self.light)), self.n(self.comparator)


def _exact(row: Outcome) -> float | None:
    """Return the P value of a row, where it is printed exactly."""
    value = float(row.p[2:]) if row.p is not None and row.p.startswith("= ") else 0.0
    return value if 0 < value < 1 else None


def score_effect(sides: PrintedComparison) -> Found:
    """Return the effect on a score, by the first way that the printed numbers allow.

    Raises
    ------
    NumbersMissing
        With what a full report would hold.
    """
    ways: tuple[Callable[[PrintedComparison], Found], ...] = (_of_groups, _of_difference, _of_means_and_p)
    if sides.measure == "standardised" and sides.first:
        # At another time than the one wanted such a lone number would be picked because it stood out.
        ways = (*ways, _of_d, _of_p_alone)
    reasons = []
    for way in ways:
        try:
            return way(sides)
        except NumbersMissing as problem:
            reasons.append(str(problem))
    # The first way says best what a full report would hold.
    raise NumbersMissing(reasons[0])


def _of_groups(sides: PrintedComparison) -> Found:
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
            raise NumbersMissing("a spread above zero") from None
    sides.trail.converted("mean difference from means and standard deviations", "cochrane_handbook_6")
    return _on_ten(sides, es.mean_difference(light, comparator)), (light.n, comparator.n)


def _group(sides: PrintedComparison, arm: Arm, kind: ScoreKind | None) -> tuple[es.Group, ScoreKind]:
    """Return an arm as a group, and whether its scores are final ones or changes."""
    row = sides.of(arm)
    if row is None:
        raise NumbersMissing(_no_numbers(sides))
    ways = (_change_group, _final_group) if (kind or sides.scores) == "change" else (_final_group, _change_group)
    for way in ways[: 1 if kind else 2]:
        found = way(sides, arm, row)
        if found is not None:
            return found, "change" if way is _change_group else "final"
    raise NumbersMissing("mean and standard deviation of each arm")


def _final_group(sides: PrintedComparison, arm: Arm, row: Outcome) -> es.Group | None:
    return None if row.mean is None else es.Group(sides.n(arm), row.mean, _sd(sides, row, arm))


def _change_group(sides: PrintedComparison, arm: Arm, row: Outcome) -> es.Group | None:
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


def _no_numbers(sides: PrintedComparison) -> str:
    printed = dict.fromkeys(row.p for row in sides.between if row.p)
    known = f", of which only P {' and '.join(map(str, printed))} is printed" if printed else ""
    return f"mean and standard deviation of each arm{known}"


def _sd(sides: PrintedComparison, row: Outcome, arm: Arm) -> float:
    if row.sd is not None:
        return row.sd
    if row.se is not None:
        sides.trail.converted("standard deviation from a standard error", "cochrane_handbook_6")
        return es.sd_of_standard_error(row.se, sides.n(arm))
    if row.ci is not None:
        sides.trail.converted("standard deviation from a confidence interval", "cochrane_handbook_6")
        return es.sd_of_interval(*row.ci, sides.n(arm))
    raise NumbersMissing("standard deviation of each arm")


def _of_difference(sides: PrintedComparison) -> Found:
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
    raise NumbersMissing("a difference with its interval")


def _of_means_and_p(sides: PrintedComparison) -> Found:
    """Return the difference of two printed means, its error from an exact P value."""
    exact = [(row, p) for row in sides.between if (p := _exact(row)) is not None]
    if not exact:
        raise NumbersMissing("an exact P value of the comparison")
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
    raise NumbersMissing("means of both arms that differ")


def _of_d(sides: PrintedComparison) -> Found:
    sides.one_light()
    for row in sides.between:
        if row.cohens_d is not None and row.direction in {"favours_light", "favours_comparator"}:
            n = sides.n_both()
            sides.trail.converted("Hedges' g from Cohen's d as printed", "hedges1981")
            return es.standardised_from_d(_signed(sides, row) * row.cohens_d, *n), n
    raise NumbersMissing("a standardised difference")


def _of_p_alone(sides: PrintedComparison) -> Found:
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
    raise NumbersMissing("an exact P value of the comparison")


def _signed(sides: PrintedComparison, row: Outcome) -> int:
    """Return the sign of light minus comparator, from what the source says of the direction."""
    good = row.direction == "favours_light"
    return (1 if good else -1) * (1 if sides.better == "higher" else -1)


def _on_ten(sides: PrintedComparison, estimate: es.Estimate) -> es.Estimate:
    """Return a mean difference on a scale of 0 to 10."""
    scale = next((row.range for row in sides.rows if row.range), None)
    if scale is None:
        raise NumbersMissing("the range of the scale")
    factor = 10 / (scale[1] - scale[0])
    if factor != 1:
        sides.trail.converted(f"scale of {scale[0]:g} to {scale[1]:g} brought to 0 to 10", "nervelight_computed")
    return es.Estimate(estimate.value * factor, estimate.variance * factor**2)


def ratio_effect(sides: PrintedComparison) -> Found:
    """Return the logarithm of a risk ratio, from counts or from percentages that only one count gives.

    Raises
    ------
    NumbersMissing
        With what a full report would hold.
    """
    counts = [_events(sides, arm) for arm in (*sides.light, sides.comparator)]
    if any(count is None for count in counts):
        counts = _split_by_percentages(sides)
    *lights, (events, n) = [count for count in counts if count is not None]
    light_events, light_n = sum(a for a, _ in lights), sum(b for _, b in lights)
    if not light_events and not events:
        raise NumbersMissing("an event in either arm")
    if len(lights) > 1:
        sides.trail.converted(f"{len(lights)} light arms combined into one", "cochrane_handbook_6")
    sides.trail.converted("risk ratio from counts", "cochrane_handbook_6")
    if 0 in (light_events, light_n - light_events, events, n - events):
        sides.trail.converted("half an event added to each cell, since one is empty", "cochrane_handbook_6")
    return es.log_risk_ratio(light_events, light_n, events, n), (light_n, n)


def _events(sides: PrintedComparison, arm: Arm) -> tuple[int, int] | None:
    """Return events and people of an arm; None where percentages are printed and the size of the arm is not."""
    row = sides.of(arm)
    if row is None:
        raise NumbersMissing("counts or percentages of each arm")
    if row.count is not None and row.of is not None:
        return row.count, row.of
    n = row.n or arm.completed or arm.n
    if row.mean is None or row.unit != "%":
        raise NumbersMissing("counts or percentages of each arm")
    if n is None:
        return None
    events = es.events_of_percentages([_as_printed(row.mean)], n)
    if events is None:
        raise NumbersMissing(f"a percentage that one count of {n} people gives")
    sides.trail.converted("counts from percentages", "nervelight_computed")
    return events[0], n


def _split_by_percentages(sides: PrintedComparison) -> list[tuple[int, int] | None]:
    """Return the counts of both arms where only one division of all people gives every printed percentage."""
    total, light = sides.trial.n, sides.one_light()
    if total is None:
        raise NumbersMissing("sizes of the arms")
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
        raise NumbersMissing("sizes of the arms" if fits else "percentages that agree with the number of people")
    ((split, first, second),) = fits
    sides.trail.converted(
        f"arms of {split} and {total - split} people, the only division that gives the percentages",
        "nervelight_computed",
    )
    at = [next(k for k, row in enumerate(of_arm) if row in sides.now) for of_arm in rows]
    return [(first[at[0]], split), (second[at[1]], total - split)]


def _as_printed(value: float) -> str:
    return f"{value:g}"
