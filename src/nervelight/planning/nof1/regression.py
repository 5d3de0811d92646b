"""Regression of daily scores whose errors resemble those of the days before.

The errors have correlation ρ to the power of the gap in days, so that days that are missing or left out are gaps and
nothing is filled in. ρ is not known from some weeks of days; an interval that takes one estimate of it for the truth is
too narrow. The effect is therefore averaged over ρ, each value weighed by its restricted likelihood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CORRELATIONS", "ROUNDING", "EffectFit", "day_correlation", "fit_effect"]

Floats = NDArray[np.float64]

# Correlations of a day with the day before, in even steps of artanh ρ: weak negative ones up to nearly a random walk.
# Even weight on artanh ρ, a prior of 1 / (1 - ρ²), and this range were chosen by coverage (docs/nof1.md): with even
# weight on ρ itself intervals hold too seldom at strong correlation.
LOWEST, HIGHEST, STEPS = -0.3, 0.98, 48
CORRELATIONS: Floats = np.tanh(np.linspace(math.atanh(LOWEST), math.atanh(HIGHEST), STEPS))
# Scores in whole numbers cannot show less scatter than rounding makes.
ROUNDING = 1 / math.sqrt(12)


@dataclass(frozen=True)
class EffectFit:
    """What is known of one coefficient in each of S series: a mixture of *t* distributions over G correlations.

    Parameters
    ----------
    correlation : ndarray, shape (G,)
        Values of ρ.
    weight : ndarray, shape (G, S)
        Probability of each; sums to 1 over G.
    effect, error : ndarray, shape (G, S)
        Estimate and standard error at each ρ.
    scatter : ndarray, shape (G, S)
        Standard deviation of the days at each ρ.
    freedom : int
        Degrees of freedom: days less coefficients.
    """

    correlation: Floats
    weight: Floats
    effect: Floats
    error: Floats
    scatter: Floats
    freedom: int

    def below(self, x: float) -> Floats:
        """Return the probability that the coefficient is below `x`, shape (S,)."""
        from scipy.special import stdtr

        return np.asarray((self.weight * stdtr(self.freedom, (x - self.effect) / self.error)).sum(axis=0))

    def quantile(self, probability: float) -> float:
        """Return a quantile of the coefficient of a single series."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        # The quantile of a mixture lies between those of its parts.
        parts = self.effect + self.error * stdtrit(self.freedom, probability)
        low, high = float(parts.min()), float(parts.max())
        if low == high:
            return low
        return float(brentq(lambda x: self.below(x).item() - probability, low, high, xtol=1e-9))


def day_correlation(day: ArrayLike, correlation: ArrayLike = CORRELATIONS) -> Floats:
    """Return the correlation of each day with the one before it in the series, shape (G, n - 1).

    Parameters
    ----------
    day : array_like of int, shape (n,)
        Numbers of the days, rising.
    correlation : array_like, shape (G,)
        Of a day with the very next.
    """
    return np.asarray(np.asarray(correlation, dtype=float)[:, None] ** np.diff(np.asarray(day, dtype=int)))


def fit_effect(
    day: ArrayLike,
    terms: ArrayLike,
    scores: ArrayLike,
    correlation: ArrayLike = CORRELATIONS,
    *,
    last: ArrayLike | None = None,
) -> EffectFit:
    """Return what the scores say of the last of the terms.

    Parameters
    ----------
    day : array_like of int, shape (n,)
        Numbers of the days that have a score, rising.
    terms : array_like, shape (n, p)
        Columns of the regression; the last is the one asked for.
    scores : array_like, shape (S, n)
        Series of scores on the same days.
    correlation : array_like, shape (G,)
        Values of ρ to average over, even weight on each before the data.
    last : array_like, shape (S, n), optional
        A term of its own for each series, behind those that all have; it is the one asked for.

    Returns
    -------
    EffectFit

    Notes
    -----
    Model: y = Xβ + e, cov(e_i, e_j) = σ² ρ^\\|t_i - t_j\\|. With flat priors on β and log σ, the weight of ρ is
    |R|^-1/2 |XᵀR⁻¹X|^-1/2 RSS^-(n-p)/2, and β given ρ has a *t* distribution with n - p degrees of freedom. Scatter
    below that of rounding is set to it where all scores are whole numbers.

    References
    ----------
    Restricted likelihood as the likelihood of ρ with β and σ integrated out: Harville 1974 (`harville1974`).
    """
    X, Y = np.asarray(terms, dtype=float), np.asarray(scores, dtype=float)
    rho = np.asarray(correlation, dtype=float)
    X, own_term = (X[:, :-1], X[:, -1:]) if last is None else (X, np.asarray(last, dtype=float).T)
    n, p = len(X), X.shape[1] + 1
    neighbour = day_correlation(day, rho)
    own = np.sqrt(1 - neighbour**2)

    def whitened(columns: Floats) -> Floats:
        """Return each column less what the day before says of it, shape (G, n, m)."""
        out = np.empty((len(rho), *columns.shape))
        out[:, 0] = columns[0]
        out[:, 1:] = (columns[1:] - neighbour[:, :, None] * columns[:-1]) / own[:, :, None]
        return out

    Q, R = np.linalg.qr(whitened(X))
    seen, light = whitened(Y.T), whitened(own_term)
    along = np.swapaxes(Q, 1, 2) @ seen
    # What the last term adds to the others.
    light -= Q @ (np.swapaxes(Q, 1, 2) @ light)
    size = _products(light, light)
    effect = _products(light, seen) / size
    freedom = n - p
    variance = np.maximum(_products(seen, seen) - _products(along, along) - effect**2 * size, 0.0) / freedom
    whole = np.all(np.round(Y) == Y, axis=1)
    variance = np.maximum(variance, np.where(whole, ROUNDING**2, np.finfo(float).tiny))
    log_weight = (
        -np.log(own).sum(axis=1)[:, None]
        - np.log(np.abs(np.diagonal(R, axis1=1, axis2=2))).sum(axis=1)[:, None]
        - np.log(size) / 2
        - freedom / 2 * np.log(variance)
    )
    weight = np.exp(log_weight - log_weight.max(axis=0))
    return EffectFit(
        correlation=rho,
        weight=weight / weight.sum(axis=0),
        effect=effect,
        error=np.sqrt(variance / size),
        scatter=np.sqrt(variance),
        freedom=freedom,
    )


def _products(a: Floats, b: Floats) -> Floats:
    """Return the product of each column of `a` with that of `b`, or of the only one of `a` with each."""
    if a.shape[2] != b.shape[2]:
        return np.asarray((np.swapaxes(a, 1, 2) @ b)[:, 0])
    return np.asarray(np.einsum("gns,gns->gs", a, b))
