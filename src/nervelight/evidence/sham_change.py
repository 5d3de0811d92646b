"""How people change who get no light that does anything: the distribution to hold one person's improvement against.

Trials seldom print how much people differ in their change, so the spread between people is an interval: from what is
printed, with half of the draws at the pooling of placebo arms that prints one. Trials differ in their mean as well;
that is a spread of its own, taken from small arms and so rather too wide than too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist, fmean, stdev

from nervelight.errors import ValidityError
from nervelight.evidence.conditions import CONDITIONS, Condition, condition_info
from nervelight.evidence.memory import remembered
from nervelight.evidence.placebo import PlaceboResponse, placebo_responses
from nervelight.evidence.studies import study
from nervelight.evidence.study_schema import StudyId
from nervelight.uncertainty import Interval

__all__ = ["FALSE_CALLS", "ShamChange", "sham_change"]

FALSE_CALLS = 0.05
"""Share of people on sham of whom it would be said that they improved more than sham explains."""

# Slices of the spread's distribution; the 95th percentile moves by less than 0.001 points with twice as many.
SLICES = 200
_POINTS = [(k + 0.5) / SLICES for k in range(SLICES)]


@dataclass(frozen=True)
class ShamChange:
    """The distribution of improvement in pain [points of 10] among people without light that does anything.

    Parameters
    ----------
    condition : Condition
    mean : float
        Mean improvement; positive is less pain.
    mean_of : tuple of str
        The studies that it rests on.
    borrowed : bool
        True when no trial in this condition prints one, so that those in other conditions stand in: an assumption.
    between_trials : float
        Standard deviation of the mean from trial to trial.
    spread : Interval
        Standard deviation between people in one trial.
    """

    condition: Condition
    mean: float
    mean_of: tuple[StudyId, ...]
    borrowed: bool
    between_trials: float
    spread: Interval

    def share_as_good(self, improvement: float) -> float:
        """Return the share of people on sham who improve by at least so much.

        Examples
        --------
        >>> found = sham_change("diabetic_polyneuropathy")
        >>> 0.4 < found.share_as_good(found.mean) < 0.6
        True
        """
        spreads = self.spread.at(_POINTS)
        return fmean(
            1 - NormalDist(self.mean, math.hypot(float(spread), self.between_trials)).cdf(improvement)
            for spread in spreads
        )

    @cached_property
    def limit(self) -> float:
        """The improvement that only 5 % of people on sham reach."""
        low, high = self.mean, self.mean + 10 * self.spread.high + 10 * self.between_trials
        while high - low > 1e-6:
            middle = (low + high) / 2
            low, high = (middle, high) if self.share_as_good(middle) > FALSE_CALLS else (low, middle)
        return high

    def explains(self, improvement: float) -> bool:
        """Return whether sham explains an improvement: whether 5 % or more of people on sham reach it."""
        return self.share_as_good(improvement) >= FALSE_CALLS


@remembered
def sham_change(condition: Condition) -> ShamChange:
    """Return how people with a condition change on sham, in pain from 0 to 10.

    Its mean is that of the pooling of placebo arms that prints a spread too; without one, of the sham arms of trials of
    light; without those, of the sham arms in all conditions.

    Raises
    ------
    UnknownName
        If there is no such condition.
    ValidityError
        If it is no condition of pain.

    Examples
    --------
    >>> found = sham_change("diabetic_polyneuropathy")
    >>> found.mean, found.mean_of
    (1.54, ('frisaldi2023',))
    """
    info = condition_info(condition)
    if not info.painful:
        raise ValidityError(f"{info.label}: no change of pain on sham is known")
    own = _changes([condition])
    everywhere = _changes(CONDITIONS)
    benchmarks = [row for row in own if row.kind == "benchmark"]
    arms = _last([row for row in own if row.kind == "sham"])
    all_arms = _last([row for row in everywhere if row.kind == "sham"])
    best = max(benchmarks, key=lambda row: (row.spread is not None, study(row.study_id).n or 0), default=None)
    used = [best] if best else arms or all_arms
    spreads = [row for row in everywhere if row.spread is not None]
    middle = next(row for row in spreads if row.kind == "benchmark")
    printed = [row.spread for row in spreads if row.spread is not None]
    return ShamChange(
        condition=condition,
        mean=fmean(-row.change for row in used if row.change is not None),
        mean_of=tuple(row.study_id for row in used),
        borrowed=not own,
        between_trials=stdev(row.change for row in all_arms if row.change is not None),
        spread=Interval(
            low=min(printed),
            central=middle.spread,
            high=max(printed),
            sources=tuple(dict.fromkeys(row.source for row in spreads)),
            unverified=True,
            reason="printed quartiles, and the pooling's Cohen's d taken as change over its standard deviation",
        ),
    )


def _changes(conditions: Iterable[Condition]) -> list[PlaceboResponse]:
    """Return the changes on sham or placebo alone, each once, although a study can stand under two conditions."""
    rows = (row for name in conditions for row in placebo_responses(name) if row.change is not None)
    return [row for row in dict.fromkeys(rows) if not study(row.study_id).given_to_all]


def _last(rows: list[PlaceboResponse]) -> list[PlaceboResponse]:
    """Return the last dated row of each study, or one without a week where none is dated: one trial counts once."""
    by_study = {row.study_id: row for row in sorted(rows, key=lambda row: -1.0 if row.week is None else row.week)}
    return list(by_study.values())
