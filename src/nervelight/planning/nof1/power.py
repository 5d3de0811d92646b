"""How often a trial in one person would find an effect, by simulation with the analysis that its diary will get."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import ValidityError
from nervelight.planning.nof1.analysis import CONFIDENCE, SIGNIFICANT, share_of_orders
from nervelight.planning.nof1.regression import day_correlation, fit_effect

__all__ = ["LEAST_BASELINE_DAYS", "REPLICATES", "Found", "Scatter", "Shape", "power_of", "scatter_of", "simulated_days"]

Floats = NDArray[np.float64]

REPLICATES = 2000
# Trials at once, for the sake of memory.
AT_ONCE = 100
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


class Found(NamedTuple):
    """How often a true effect is found.

    Parameters
    ----------
    power : float
        Share of trials whose 95 % interval leaves out zero, on the side of the effect, with p <= 0.05 of the
        randomisation test: those whose result says so without reserve. None with fewer than six blocks.
    interval : float
        Share of trials whose interval leaves out zero on that side, whatever the test says.
    """

    power: float
    interval: float


@cache
def power_of(
    shape: Shape, scatter: Scatter, level: float, shift: float, ends: tuple[float | None, float | None]
) -> Found:
    """Return how often trials of a shape find an effect.

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
    Found
        From 2000 trials with a score on each day, each with an order of its own: the 95 % error is 2.2 % at most.
    """
    rng = np.random.default_rng(SEED)
    number = np.arange(shape.days)
    period = number // shape.period_days
    counts = number % shape.period_days >= shape.washout_days
    levels = (period[counts, None] // 2 == np.arange(shape.blocks)).astype(float)
    in_period = (period[counts, None] == np.arange(2 * shape.blocks)) / (shape.period_days - shape.washout_days)
    both = clear = 0
    for _ in range(REPLICATES // AT_ONCE):
        first = rng.integers(0, 2, (AT_ONCE, shape.blocks)).astype(bool)
        on = first[:, period // 2] ^ (period % 2 == 1)
        scores = level + shift * on + simulated_days(rng, number, scatter, AT_ONCE)
        scores = np.clip(np.round(scores), *ends)[:, counts]
        below = fit_effect(number[counts], levels, scores, last=on[:, counts]).below(0.0)
        seen = (below if shift < 0 else 1 - below) >= (1 + CONFIDENCE) / 2
        means = scores @ in_period
        differences = np.where(first, 1, -1) * (means[:, ::2] - means[:, 1::2])
        clear += int(seen.sum())
        both += int((seen & (share_of_orders(differences) <= SIGNIFICANT)).sum())
    return Found(both / REPLICATES, clear / REPLICATES)


def simulated_days(rng: np.random.Generator, day: NDArray[np.int_], scatter: Scatter, series: int) -> Floats:
    """Return scatter about a level, shape (series, days), in which each day resembles the day before."""
    drawn = rng.standard_normal((series, len(day)))
    neighbour = day_correlation(day, [scatter.correlation])[0]
    for index, share in enumerate(neighbour, 1):
        drawn[:, index] = share * drawn[:, index - 1] + math.sqrt(1 - share**2) * drawn[:, index]
    return scatter.deviation * drawn
