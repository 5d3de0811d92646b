"""How often a trial in one person would find an effect, by simulation with the analysis that its diary will get."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import ValidityError
from nervelight.planning.nof1.analysis import CONFIDENCE, regression_terms
from nervelight.planning.nof1.regression import day_correlation, fit_effect

__all__ = ["LEAST_BASELINE_DAYS", "REPLICATES", "Scatter", "Shape", "power_of", "scatter_of", "simulated_days"]

Floats = NDArray[np.float64]

# Orders drawn, and trials simulated in each.
ORDERS, IN_EACH = 10, 200
REPLICATES = ORDERS * IN_EACH
SEED = 1
# Scatter from fewer days is a guess; their correlation from fewer than four weeks is one too (rules of this project).
LEAST_BASELINE_DAYS, DAYS_FOR_CORRELATION = 7, 28
# Correlation of a day's pain with the day before where it is not known: as for one person's change.
ASSUMED_CORRELATION = (0.0, 0.5)
# The scatter that is planned for is not below the true one in four of five people (Browne 1995); likewise 80 % of what
# is known of the correlation lies between its ends.
SURE = 0.8


@dataclass(frozen=True)
class Shape:
    """The shape of a trial.

    Parameters
    ----------
    blocks : int
        Each with one period with light and one without.
    period_days : int
        Days of a period.
    washout_days : int
        Days at the start of each period that do not count.
    """

    blocks: int
    period_days: int
    washout_days: int

    @property
    def days(self) -> int:
        """Days from first to last."""
        return 2 * self.blocks * self.period_days


@dataclass(frozen=True)
class Scatter:
    """How a person's days scatter.

    Parameters
    ----------
    deviation : float
        Standard deviation of days about their level [points].
    correlation : float
        Of a day with the day before.
    """

    deviation: float
    correlation: float


def scatter_of(baseline: Sequence[float | None]) -> tuple[Scatter, Scatter]:
    """Return the ends of what a baseline says of scatter and correlation.

    Parameters
    ----------
    baseline : sequence of float or None
        Scores of successive days before any light; None for a day without one.

    Returns
    -------
    tuple of Scatter
        For the lowest and the highest correlation: between these 0 and 0.5 where there are fewer than 28 days, else the
        80 % interval. At each, the scatter's upper limit, one-sided 80 %.

    Raises
    ------
    ValidityError
        With fewer than seven scores.

    References
    ----------
    Upper limit of the scatter of a small sample for planning: Browne 1995 (`browne1995`).
    """
    from scipy.special import chdtri

    day = np.array([number for number, score in enumerate(baseline) if score is not None], dtype=int)
    scores = np.array([score for score in baseline if score is not None], dtype=float)[None, :]
    if len(day) < LEAST_BASELINE_DAYS:
        raise ValidityError(f"{len(day)} scores; scatter is told from {LEAST_BASELINE_DAYS} days or more")
    level = np.ones((len(day), 1))
    low, high = ASSUMED_CORRELATION
    if len(day) >= DAYS_FOR_CORRELATION:
        fit = fit_effect(day, level, scores)
        cumulated, tail = np.cumsum(fit.weight[:, 0]), (1 - SURE) / 2
        low, high = np.maximum(np.interp([tail, 1 - tail], cumulated, fit.correlation), 0.0).tolist()
    fit = fit_effect(day, level, scores, (low, high))
    largest = fit.scatter[:, 0] * math.sqrt(fit.freedom / float(chdtri(fit.freedom, SURE)))
    return Scatter(float(largest[0]), low), Scatter(float(largest[1]), high)


@cache
def power_of(
    shape: Shape, scatter: Scatter, level: float, shift: float, ends: tuple[float | None, float | None]
) -> float:
    """Return the share of trials whose 95 % interval leaves out zero, on the side of the true effect.

    Parameters
    ----------
    shape : Shape
    scatter : Scatter
    level : float
        Score without light.
    shift : float
        True effect of light on the score [points]: below zero where lower is better.
    ends : tuple of float or None
        Lowest and highest score; scores are whole numbers between them.

    Returns
    -------
    float
        From 2000 trials with a score on each day: its 95 % error is 2.2 % at most.
    """
    rng = np.random.default_rng(SEED)
    number = np.arange(shape.days)
    period = number // shape.period_days
    counts = number % shape.period_days >= shape.washout_days
    found = 0
    for _ in range(ORDERS):
        first = rng.integers(0, 2, shape.blocks).astype(bool)
        on = first[period // 2] ^ (period % 2 == 1)
        scores = level + shift * on + simulated_days(rng, number, scatter, IN_EACH)
        scores = np.clip(np.round(scores), *ends)[:, counts]
        fit = fit_effect(number[counts], regression_terms(on[counts], period[counts] // 2), scores)
        below = fit.below(0.0)
        found += int(np.sum((below if shift < 0 else 1 - below) >= (1 + CONFIDENCE) / 2))
    return found / REPLICATES


def simulated_days(rng: np.random.Generator, day: NDArray[np.int_], scatter: Scatter, series: int) -> Floats:
    """Return scatter about a level, shape (series, days), in which each day resembles the day before."""
    drawn = rng.standard_normal((series, len(day)))
    neighbour = day_correlation(day, [scatter.correlation])[0]
    for index, share in enumerate(neighbour, 1):
        drawn[:, index] = share * drawn[:, index - 1] + math.sqrt(1 - share**2) * drawn[:, index]
    return scatter.deviation * drawn
