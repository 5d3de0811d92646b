"""How often the interval of a trial in one person holds the true effect, and what its tests and its design promise.

Run: ``python validation/nof1_coverage.py``; ``--check`` compares with docs/nof1.md instead of writing its tables. Days
resemble the day before by the correlation told, one in ten is missing at random, and scores are whole numbers from 0 to
10. Each cell has 40 orders and sets of missing days with 250 trials each; its 95 % error is 0.4 % at 95 %.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from page_tables import table, update

from nervelight.planning.nof1.analysis import CONFIDENCE, SIGNIFICANT, regression_terms, share_of_orders
from nervelight.planning.nof1.power import Scatter, Shape, power_of, simulated_days
from nervelight.planning.nof1.regression import CORRELATIONS as CORRELATIONS_TRIED
from nervelight.planning.nof1.regression import EffectFit, fit_effect

PAGE = Path(__file__).resolve().parents[1] / "docs" / "nof1.md"
SETS, IN_EACH = 40, 250
CORRELATIONS = (0.0, 0.25, 0.5, 0.7, 0.85)
FEWER = (0.0, 0.5, 0.7)
SHAPES = tuple(Shape(blocks, days, washout) for blocks in (3, 4, 6) for days, washout in ((7, 2), (14, 4)))
MISSING = 0.1
TAIL = (1 - CONFIDENCE) / 2


@dataclass(frozen=True)
class Trials:
    """Simulated trials with one order and one set of missing days.

    Parameters
    ----------
    day, on, block : ndarray, shape (n,)
    scores : ndarray, shape (trials, n)
    effect : float
        The true one.
    """

    day: np.ndarray
    on: np.ndarray
    block: np.ndarray
    scores: np.ndarray
    effect: float

    def fit(self) -> EffectFit:
        return fit_effect(self.day, regression_terms(self.on, self.block), self.scores)

    def covered(self) -> np.ndarray:
        below = self.fit().below(self.effect)
        return (below > TAIL) & (below < 1 - TAIL)

    def differences(self) -> np.ndarray:
        """Return the differences of blocks with days on both sides, shape (trials, blocks)."""
        sides = [
            self.scores[:, (self.block == b) & self.on].mean(axis=1)
            - self.scores[:, (self.block == b) & ~self.on].mean(axis=1)
            for b in np.unique(self.block)
            if len(set(self.on[self.block == b].tolist())) == 2
        ]
        return np.array(sides).T


@dataclass(frozen=True)
class Days:
    """What days are like."""

    level: float = 5.0
    deviation: float = 1.2
    effect: float = 0.0
    rounded: bool = True
    missing: float = MISSING
    period_shift: float = 0.0
    """Standard deviation of a shift that each period has by itself."""
    drift: float = 0.0
    """Points a week."""


def trials(rng: np.random.Generator, shape: Shape, correlation: float, days: Days) -> Trials:
    number = np.arange(shape.days)
    period = number // shape.period_days
    first = rng.integers(0, 2, shape.blocks).astype(bool)
    on = first[period // 2] ^ (period % 2 == 1)
    scores = days.level + days.effect * on + simulated_days(rng, number, Scatter(days.deviation, correlation), IN_EACH)
    scores = scores + days.period_shift * rng.standard_normal((IN_EACH, 2 * shape.blocks))[:, period]
    scores = scores + days.drift * (number - number.mean()) / 7
    if days.rounded:
        scores = np.clip(np.round(scores), 0, 10)
    counts = (number % shape.period_days >= shape.washout_days) & (rng.random(shape.days) >= days.missing)
    return Trials(number[counts], on[counts], period[counts] // 2, scores[:, counts], days.effect)


def share(found: Callable[[Trials], np.ndarray], shape: Shape, correlation: float, days: Days) -> float:
    """Return the share [%] of trials for which something was found."""
    rng = np.random.default_rng(1)
    return 100 * float(np.mean([found(trials(rng, shape, correlation, days)).mean() for _ in range(SETS)]))


def plug_in(made: Trials) -> np.ndarray:
    """Return whether the usual interval, with the most likely correlation taken for the true one, holds the effect."""
    fit = made.fit()
    best = fit.weight == fit.weight.max(axis=0)
    alone = EffectFit(fit.correlation, best / best.sum(axis=0), fit.effect, fit.error, fit.scatter, fit.freedom)
    below = alone.below(made.effect)
    return (below > TAIL) & (below < 1 - TAIL)


def even_weight(made: Trials) -> np.ndarray:
    """Return whether the interval holds the effect with even weight on the correlation itself."""
    even = np.linspace(CORRELATIONS_TRIED[0], CORRELATIONS_TRIED[-1], 2 * len(CORRELATIONS_TRIED))
    below = fit_effect(made.day, regression_terms(made.on, made.block), made.scores, even).below(made.effect)
    return (below > TAIL) & (below < 1 - TAIL)


def as_if_independent(made: Trials) -> np.ndarray:
    """Return whether the interval of ordinary least squares holds the effect."""
    fit = fit_effect(made.day, regression_terms(made.on, made.block), made.scores, (0.0,))
    below = fit.below(made.effect)
    return (below > TAIL) & (below < 1 - TAIL)


def rejected(made: Trials) -> np.ndarray:
    return share_of_orders(made.differences()) <= SIGNIFICANT


def interval_better(made: Trials) -> np.ndarray:
    return made.fit().below(0.0) >= 1 - TAIL


def found_better(made: Trials) -> np.ndarray:
    return interval_better(made) & rejected(made)


def words(shape: Shape) -> str:
    return f"{shape.blocks} × 2 × {shape.period_days}, {shape.washout_days} left out"


def columns(correlations: Sequence[float]) -> list[str]:
    return [f"r = {r:g}" for r in correlations]


def coverage() -> str:
    def rows() -> Iterator[list[str]]:
        for shape in SHAPES:
            yield [words(shape), *(f"{share(Trials.covered, shape, r, Days()):.1f} %" for r in CORRELATIONS)]

    return table(["Blocks × periods × days", *columns(CORRELATIONS)], rows())


MIDDLE = Shape(4, 14, 4)
SITUATIONS = {
    "as above": Days(),
    "no day missing": Days(missing=0.0),
    "three days in ten missing": Days(missing=0.3),
    "not rounded": Days(rounded=False),
    "hardly any scatter, 0.5 points": Days(deviation=0.5),
    "level 1.5, cut off at 0": Days(level=1.5),
    "true effect 2 points": Days(effect=-2.0, level=7.0),
    "drift of 0.2 points a week": Days(drift=-0.2),
    "each period shifts by itself, 0.5 points": Days(period_shift=0.5),
}


def situations() -> str:
    def rows() -> Iterator[list[str]]:
        for name, days in SITUATIONS.items():
            yield [name, *(f"{share(Trials.covered, MIDDLE, r, days):.1f} %" for r in FEWER)]

    return table(["4 × 2 × 14, 4 left out", *columns(FEWER)], rows())


def other_ways() -> str:
    ways = {
        "averaged over r": Trials.covered,
        "averaged, even weight on r": even_weight,
        "most likely r": plug_in,
        "as if days were independent": as_if_independent,
    }

    def rows() -> Iterator[list[str]]:
        for name, way in ways.items():
            yield [name, *(f"{share(way, Shape(4, 7, 2), r, Days()):.1f} %" for r in CORRELATIONS)]

    return table(["4 × 2 × 7, 2 left out", *columns(CORRELATIONS)], rows())


def randomisation() -> str:
    def rows() -> Iterator[list[str]]:
        for blocks in (6, 8):
            shape = Shape(blocks, 14, 4)
            for name, days in (("", Days()), (", each period shifts", Days(period_shift=0.5))):
                called = [f"{share(rejected, shape, r, days):.1f} %" for r in FEWER]
                effect = replace(days, effect=-1.5, level=6.3)
                yield [f"{blocks} blocks{name}", *called, f"{share(rejected, shape, 0.5, effect):.0f} %"]

    return table(["p ≤ 0.05", *columns(FEWER), "effect 1.5, r = 0.5"], rows())


def power() -> str:
    def rows() -> Iterator[list[str]]:
        for shape in (Shape(4, 14, 4), Shape(6, 7, 2), Shape(6, 14, 4), Shape(8, 7, 2)):
            for effect in (1.0, 2.0):
                said = power_of(shape, Scatter(1.2, 0.5), 6.3, -effect, (0.0, 10.0))
                days = [Days(effect=-effect, level=6.3, missing=missing) for missing in (0.0, 0.1, 0.3)]
                shares = [100 * said.power, *(share(found_better, shape, 0.5, each) for each in days)]
                shares += [100 * said.interval, share(interval_better, shape, 0.5, days[0])]
                yield [f"{words(shape)}, effect {effect:g}", *(f"{each:.0f} %" for each in shares)]

    apart = ["no day missing", "one in ten", "three in ten"]
    interval = ["interval alone: design says", "no day missing"]
    return table(["Scatter 1.2 points, r = 0.5", "design says", *apart, *interval], rows())


def main() -> int:
    """Write the tables into the page, or check them."""
    return update(
        PAGE,
        {
            "coverage": coverage(),
            "situations": situations(),
            "other ways": other_ways(),
            "randomisation": randomisation(),
            "power": power(),
        },
    )


if __name__ == "__main__":
    sys.exit(main())
