"""The effect of light in one person, from days with and without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.planning.nof1.regression import EffectFit, fit_effect
from nervelight.planning.words import count

__all__ = [
    "CONFIDENCE",
    "SIGNIFICANT",
    "IndividualEffect",
    "individual_effect",
    "randomisation_test",
    "regression_terms",
    "share_of_orders",
]

CONFIDENCE = 0.95
# What passes for significant in the field: below it the randomisation test is said to rule out chance.
SIGNIFICANT = 0.05
# Fewer days beyond the terms of the regression leave nothing to tell scatter and correlation from.
SPARE_DAYS = 4
LEAST_BLOCKS = 2
# Scatter that is an error of rounding in the computer [points].
STILL = 1e-6


@dataclass(frozen=True)
class IndividualEffect:
    """The effect of light in one person.

    Parameters
    ----------
    effect, low, high : float
        Score with light less score without it: median and 95 % interval of what is known of it [points].
    better : {"lower", "higher"}
        Which scores are better.
    p_better : float
        Probability that the true effect is for the better, if no effect was more likely than another beforehand.
    p_matters : float or None
        Probability that it is for the better by at least the change that matters; None where none was given.
    correlation, correlation_low, correlation_high : float
        Of a day with the day before, likewise.
    scatter : float
        Standard deviation of days about the level of their block and light [points].
    days : int
        Days that it rests on.
    blocks : tuple of int
        Blocks with days on both sides.
    differences : tuple of float
        Mean with light less mean without it, in each of these blocks [points].
    p_randomisation : float
        Share of the orders that could have been drawn whose mean difference is as large, either way.
    p_smallest : float
        The smallest that share could have been.
    """

    effect: float
    low: float
    high: float
    better: Literal["lower", "higher"]
    p_better: float
    p_matters: float | None
    correlation: float
    correlation_low: float
    correlation_high: float
    scatter: float
    days: int
    blocks: tuple[int, ...]
    differences: tuple[float, ...]
    p_randomisation: float
    p_smallest: float


def individual_effect(
    day: ArrayLike,
    score: ArrayLike,
    on: ArrayLike,
    block: ArrayLike,
    better: Literal["lower", "higher"],
    matters: float | None = None,
) -> IndividualEffect:
    """Return the effect of light in one person.

    Parameters
    ----------
    day : array_like of int, shape (n,)
        Numbers of the days that count: those without a score, and those left out as washout, are simply not there.
    score : array_like of float, shape (n,)
    on : array_like of bool, shape (n,)
        Whether light was given in the period of that day.
    block : array_like of int, shape (n,)
        The block of that day: one period with light and one without.
    better : {"lower", "higher"}
        Which scores are better.
    matters : float, optional
        The change that matters [points], above zero.

    Returns
    -------
    IndividualEffect

    Raises
    ------
    InvalidInput
        If the lists do not fit together.
    ValidityError
        If there are too few blocks or days to tell an effect from scatter, or no scatter at all.

    Notes
    -----
    Each block has a level of its own, which takes up slow drift; a drift within a block that is as fast as the periods
    is taken for an effect or hides one.

    References
    ----------
    As `fit_effect`; the test by the orders that could have been drawn, Bulté and Onghena 2008 (`bulte2008`). Simple *t*
    tests mislead where days resemble their neighbours: Tang and Landes 2020 (`tang2020_nof1`).

    Examples
    --------
    >>> day = range(24)
    >>> on = [(number // 4) % 2 == 0 for number in day]
    >>> score = [(5 if light else 7) + (-1) ** number for number, light in zip(day, on)]
    >>> found = individual_effect(day, score, on, [number // 8 for number in day], "lower")
    >>> round(found.effect, 1), found.p_randomisation
    (-2.0, 0.25)
    """
    days, scores = np.asarray(day), np.asarray(score, dtype=float)
    lit, blocks = np.asarray(on, dtype=bool), np.asarray(block)
    _check(days, scores, lit, blocks)
    both, differences = _differences(scores, lit, blocks)
    if len(both) < LEAST_BLOCKS:
        found = count(len(both), "block")
        raise ValidityError(f"days with light and without it in {found}; at least {LEAST_BLOCKS} are needed")
    terms = regression_terms(lit, blocks)
    if len(days) < terms.shape[1] + SPARE_DAYS:
        needed = terms.shape[1] + SPARE_DAYS
        raise ValidityError(f"{len(days)} days with a score that count; at least {needed} are needed for these blocks")
    fit = fit_effect(days, terms, scores[None, :])
    if fit.scatter.max() < STILL:
        raise ValidityError("the scores do not vary within periods, so that nothing tells how sure a difference is")
    tail = (1 - CONFIDENCE) / 2
    p_smallest = 2.0 ** (1 - len(both))
    return IndividualEffect(
        effect=fit.quantile(0.5),
        low=fit.quantile(tail),
        high=fit.quantile(1 - tail),
        better=better,
        p_better=_towards(fit, better, 0.0),
        p_matters=None if matters is None else _towards(fit, better, matters),
        correlation=_correlation(fit, 0.5),
        correlation_low=_correlation(fit, tail),
        correlation_high=_correlation(fit, 1 - tail),
        scatter=float(np.sum(fit.weight * fit.scatter)),
        days=len(days),
        blocks=tuple(both),
        differences=tuple(differences),
        p_randomisation=randomisation_test(differences),
        p_smallest=p_smallest,
    )


def regression_terms(on: ArrayLike, block: ArrayLike) -> NDArray[np.float64]:
    """Return the columns of the regression, shape (n, blocks + 1): a level for each block, and light last."""
    blocks = np.asarray(block)
    levels = blocks[:, None] == np.unique(blocks)
    return np.column_stack([levels, np.asarray(on)]).astype(float)


def randomisation_test(differences: Sequence[float]) -> float:
    """Return the share of the orders that could have been drawn whose mean difference is as large, either way.

    Parameters
    ----------
    differences : sequence of float
        Mean with light less mean without it, one for each block.

    Notes
    -----
    The order in each block was drawn alone, so that without any effect of light each difference could as well have had
    the other sign. That holds however days resemble each other and however scores are distributed. The mean of the
    differences is taken, and not the effect of the regression, so that the test rests on nothing but the draw. It
    never gives less than 2 / 2^blocks.

    Examples
    --------
    >>> randomisation_test([-2.0, -1.0, -1.5])
    0.25
    """
    return share_of_orders([differences]).item()


def share_of_orders(differences: ArrayLike, two_sided: bool = True) -> NDArray[np.float64]:
    """Return the share of the orders that could have been drawn whose sum of differences is as large, shape (S,).

    Parameters
    ----------
    differences : array_like, shape (S, blocks)
        Of S trials.
    two_sided : bool
        Whether sums of the other sign count as well.
    """
    found = np.asarray(differences, dtype=float)
    blocks = found.shape[1]
    sums = found @ (1 - 2 * ((np.arange(2**blocks) >> np.arange(blocks)[:, None]) & 1))
    own = found.sum(axis=1)
    if two_sided:
        sums, own = np.abs(sums), np.abs(own)
    # Sums of the same numbers in another order differ in their last digit.
    return np.asarray(np.mean(sums >= (own - 1e-9 * np.abs(found).sum(axis=1))[:, None], axis=1))


def _check(day: NDArray[np.int_], score: NDArray[np.float64], on: NDArray[np.bool_], block: NDArray[np.int_]) -> None:
    faults = [
        Fault(name, len(values), f"one for each of the {len(day)} days")
        for name, values in (("score", score), ("on", on), ("block", block))
        if values.shape != day.shape
    ]
    if day.ndim != 1 or (len(day) and not np.issubdtype(day.dtype, np.integer)) or np.any(np.diff(day) <= 0):
        faults.append(Fault("day", day.tolist(), "needs whole numbers that rise: each day once, in order"))
    if not np.all(np.isfinite(score)):
        faults.append(Fault("score", score.tolist(), "needs a number on each day; leave out days without one"))
    if faults:
        raise InvalidInput("days of the trial", faults)


def _differences(
    score: NDArray[np.float64], on: NDArray[np.bool_], block: NDArray[np.int_]
) -> tuple[list[int], list[float]]:
    """Return the blocks with days on both sides, and the difference of means in each."""
    both, differences = [], []
    for name in np.unique(block).tolist():
        lit, dark = score[(block == name) & on], score[(block == name) & ~on]
        if len(lit) and len(dark):
            both.append(name)
            differences.append(float(lit.mean() - dark.mean()))
    return both, differences


def _towards(fit: EffectFit, better: str, points: float) -> float:
    """Return the probability that the effect is for the better by at least some points."""
    return fit.below(-points).item() if better == "lower" else 1 - fit.below(points).item()


def _correlation(fit: EffectFit, probability: float) -> float:
    """Return a quantile of the correlation."""
    cumulated = np.cumsum(fit.weight[:, 0])
    return float(np.interp(probability, cumulated - fit.weight[:, 0] / 2, fit.correlation))
