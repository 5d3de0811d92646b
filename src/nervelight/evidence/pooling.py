"""Random-effects pooling, meta-regression and what the rest of the pooling rests on.

With effects y (k,) of known variance v (k,) and a design X (k, p), the model is y = X b + u + e, u ~ N(0, tau2),
e ~ N(0, v). Weights are 1 / (v + tau2). R's metafor (Viechtbauer 2010) gives the same numbers; validation/ pins them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = ["Heterogeneity", "IntervalMethod", "Pooled", "Regression", "leave_one_out", "pool", "regress"]

Array = NDArray[np.float64]
Heterogeneity = Literal["REML", "PM", "DL"]
"""How the variance between trials is estimated: restricted maximum likelihood (Viechtbauer 2005), Paule and Mandel
1982, or DerSimonian and Laird 1986."""
IntervalMethod = Literal["hartung-knapp", "normal"]
"""Interval of the pooled effect: t distribution with the variance of Hartung and Knapp 2001, or normal. The former has
no lower bound on its variance: where trials agree better than chance it may be the narrower one, and both are shown."""

# An estimate of tau2 is good when its steps are this small beside tau2 and the mean variance of the trials.
STEP, MOST_STEPS = 1e-12, 500


@dataclass(frozen=True)
class Pooled:
    """The pooled effect of several trials.

    Parameters
    ----------
    estimate, se : float
        Mean of the distribution of effects and its standard error.
    low, high : float
        95 % interval of the mean.
    p : float
        Two-sided P value against no effect.
    prediction_low, prediction_high : float
        95 % interval in which the effect of a further trial is expected (Higgins, Thompson & Spiegelhalter 2009). As
        in metafor it uses as many degrees of freedom as the interval of the mean, k - 1; the paper uses k - 2, which
        makes it wider for few trials.
    tau2 : float
        Variance of the effect between trials.
    i2 : float
        Share of the variation beyond chance [%] (Higgins & Thompson 2002).
    q, q_p : float
        Cochran's Q and its P value.
    weights : tuple of float
        Share of each trial [%].
    k : int
        Number of trials.
    method : {"REML", "PM", "DL"}
    interval : {"hartung-knapp", "normal"}
    """

    estimate: float
    se: float
    low: float
    high: float
    p: float
    prediction_low: float
    prediction_high: float
    tau2: float
    i2: float
    q: float
    q_p: float
    weights: tuple[float, ...]
    k: int
    method: Heterogeneity
    interval: IntervalMethod


@dataclass(frozen=True)
class Regression:
    """A meta-regression: effects against covariates of the trials.

    Parameters
    ----------
    coefficients, se, low, high, p : tuple of float, length p
        Intercept first, then one for each covariate; 95 % interval and P value.
    tau2 : float
        Variance between trials that is left.
    r2 : float or None
        Share of the variance between trials that the covariates explain [%] (Raudenbush 2009); None where the trials
        differ no more than chance would have them, so that there is nothing to explain.
    k : int
        Number of trials.
    method : {"REML", "PM", "DL"}
    interval : {"hartung-knapp", "normal"}
    """

    coefficients: tuple[float, ...]
    se: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    p: tuple[float, ...]
    tau2: float
    r2: float | None
    k: int
    method: Heterogeneity
    interval: IntervalMethod


def pool(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    method: Heterogeneity = "REML",
    interval: IntervalMethod = "hartung-knapp",
) -> Pooled:
    """Pool effects by a random-effects model.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
        Estimates and the variances of their sampling errors.
    method, interval
        As in `Pooled`.

    Raises
    ------
    ValidityError
        For fewer than two trials, or numbers that are not finite, or variances that are not positive.

    Examples
    --------
    >>> found = pool([-1.0, -0.7, -2.6], [0.32, 0.38, 1.3])
    >>> round(found.estimate, 2), round(found.i2), found.k
    (-1.05, 0, 3)
    """
    y, v = _checked(effects, variances, 1)
    design = np.ones((len(y), 1))
    tau2 = _TAU2[method](y, v, design)
    fit = _fit(y, v, design, tau2)
    (estimate,), (se,), df = fit.beta, fit.se(interval), _df(len(y), 1, interval)
    reach = _quantile(df) * se
    wide = _quantile(df) * math.sqrt(se**2 + tau2)
    fixed = _fit(y, v, design, 0.0)
    return Pooled(
        estimate=float(estimate),
        se=float(se),
        low=float(estimate - reach),
        high=float(estimate + reach),
        p=_p_value(float(estimate / se), df),
        prediction_low=float(estimate - wide),
        prediction_high=float(estimate + wide),
        tau2=tau2,
        i2=_i2(tau2, fixed),
        q=fixed.q,
        q_p=_chi2_tail(fixed.q, len(y) - 1),
        weights=tuple(map(float, 100 * fit.w / fit.w.sum())),
        k=len(y),
        method=method,
        interval=interval,
    )


def regress(
    effects: ArrayLike,
    variances: ArrayLike,
    covariates: ArrayLike,
    *,
    method: Heterogeneity = "REML",
    interval: IntervalMethod = "hartung-knapp",
) -> Regression:
    """Regress effects on covariates of the trials, with variance between trials.

    Parameters
    ----------
    effects, variances : array_like, shape (k,)
    covariates : array_like, shape (k,) or (k, m)
        One column a covariate; the intercept is added.

    Raises
    ------
    ValidityError
        As `pool`; also for covariates that do not vary, or as many coefficients as trials.
    """
    x = np.asarray(covariates, dtype=float)
    x = x[:, None] if x.ndim == 1 else x
    y, v = _checked(effects, variances, 1 + x.shape[1])
    if len(x) != len(y) or not np.isfinite(x).all():
        raise ValidityError("each trial needs a finite value of each covariate")
    design = np.column_stack([np.ones(len(y)), x])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValidityError("the covariates do not vary between trials, or follow from each other")
    tau2 = _TAU2[method](y, v, design)
    before = _TAU2[method](y, v, np.ones((len(y), 1)))
    fit = _fit(y, v, design, tau2)
    se, df = fit.se(interval), _df(len(y), design.shape[1], interval)
    reach = _quantile(df) * se
    return Regression(
        coefficients=tuple(map(float, fit.beta)),
        se=tuple(map(float, se)),
        low=tuple(map(float, fit.beta - reach)),
        high=tuple(map(float, fit.beta + reach)),
        p=tuple(_p_value(float(t), df) for t in fit.beta / se),
        tau2=tau2,
        r2=max(0.0, 100 * (before - tau2) / before) if before > 0 else None,
        k=len(y),
        method=method,
        interval=interval,
    )


def leave_one_out(
    effects: Sequence[float],
    variances: Sequence[float],
    *,
    method: Heterogeneity = "REML",
    interval: IntervalMethod = "hartung-knapp",
) -> tuple[Pooled, ...]:
    """Return the pooled effect without each trial in turn; empty for fewer than three trials."""
    if len(effects) < 3:
        return ()

    def without(index: int) -> Iterator[list[float]]:
        for values in (effects, variances):
            yield [value for other, value in enumerate(values) if other != index]

    return tuple(pool(*without(index), method=method, interval=interval) for index in range(len(effects)))


@dataclass(frozen=True)
class _Fit:
    """Weighted least squares at one tau2."""

    beta: Array
    covariance: Array
    w: Array
    residuals: Array
    projection: Array
    """P = W - W X (X' W X)^-1 X' W, shape (k, k)."""

    @property
    def q(self) -> float:
        return float(np.sum(self.w * self.residuals**2))

    def se(self, interval: IntervalMethod) -> Array:
        se = np.sqrt(np.diag(self.covariance))
        if interval == "normal":
            return np.asarray(se)
        k, p = len(self.w), len(self.beta)
        # Knapp & Hartung 2003: what the residuals say of the variance. Effects that agree to the last digit leave none.
        return np.asarray(se * math.sqrt(max(self.q / (k - p), np.finfo(float).tiny)))


def _fit(y: Array, v: Array, design: Array, tau2: float) -> _Fit:
    w = 1 / (v + tau2)
    weighted = design.T * w
    covariance = np.linalg.inv(weighted @ design)
    beta = covariance @ (weighted @ y)
    projection = np.diag(w) - weighted.T @ covariance @ weighted
    return _Fit(beta, np.asarray(covariance, dtype=np.float64), w, y - design @ beta, projection)


def _dersimonian_laird(y: Array, v: Array, design: Array) -> float:
    # Method of moments, with covariates as in DerSimonian & Kacker 2007.
    fit = _fit(y, v, design, 0.0)
    return max(0.0, float((fit.q - (len(y) - design.shape[1])) / np.trace(fit.projection)))


def _paule_mandel(y: Array, v: Array, design: Array) -> float:
    """Newton's method on Q(tau2) = k - p: Q falls and is convex, so that steps from zero never pass the root."""
    wanted, tau2 = len(y) - design.shape[1], 0.0
    for _ in range(MOST_STEPS):
        fit = _fit(y, v, design, tau2)
        step = (fit.q - wanted) / float(np.sum((fit.w * fit.residuals) ** 2)) if fit.q > wanted else 0.0
        tau2 += step
        if step <= STEP * (tau2 + float(v.mean())):
            return tau2
    raise ValidityError(f"Paule-Mandel did not converge in {MOST_STEPS} steps; use REML or DL")


def _restricted_likelihood(y: Array, v: Array, design: Array) -> float:
    """Fisher scoring on the restricted likelihood (Viechtbauer 2005), never below zero.

    A step that gains less than a quarter of what the slope promises is halved (Armijo): without that, scoring may swing
    between two values for ever.
    """

    def height(tau2: float) -> float:
        fit = _fit(y, v, design, tau2)
        volume = np.linalg.slogdet((design.T * fit.w) @ design)[1]
        return -0.5 * float(np.sum(np.log(v + tau2)) + volume + fit.q)

    tau2 = _dersimonian_laird(y, v, design)
    here = height(tau2)
    for _ in range(MOST_STEPS):
        p = _fit(y, v, design, tau2).projection
        py = p @ y
        # p is symmetric: the trace of p p is the sum of its squares.
        slope = 0.5 * float(py @ py - np.trace(p))
        fresh = max(0.0, tau2 + 2 * slope / float(np.sum(p**2)))
        while abs(fresh - tau2) > STEP * (tau2 + float(v.mean())) and height(fresh) < here + slope * (fresh - tau2) / 4:
            fresh = (fresh + tau2) / 2
        if abs(fresh - tau2) <= STEP * (tau2 + float(v.mean())):
            return fresh
        tau2, here = fresh, height(fresh)
    raise ValidityError(f"REML did not converge in {MOST_STEPS} steps; use PM or DL")


_TAU2: dict[Heterogeneity, Callable[[Array, Array, Array], float]] = {
    "REML": _restricted_likelihood,
    "PM": _paule_mandel,
    "DL": _dersimonian_laird,
}


def _checked(effects: ArrayLike, variances: ArrayLike, coefficients: int) -> tuple[Array, Array]:
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    if y.ndim != 1 or y.shape != v.shape:
        raise ValidityError("effects and variances need the same length")
    if len(y) <= coefficients:
        raise ValidityError(f"needs at least {coefficients + 1} trials, got {len(y)}")
    if not (np.isfinite(y).all() and np.isfinite(v).all() and (v > 0).all()):
        raise ValidityError("effects must be finite, variances finite and positive")
    return y, v


def _i2(tau2: float, fixed: _Fit) -> float:
    # Typical variance of a trial's own error, from the projection, so that tau2 of any estimator goes in.
    typical = (len(fixed.w) - len(fixed.beta)) / float(np.trace(fixed.projection))
    return 100 * tau2 / (typical + tau2)


def _df(k: int, p: int, interval: IntervalMethod) -> int | None:
    return k - p if interval == "hartung-knapp" else None


def _quantile(df: int | None) -> float:
    from scipy.special import ndtri, stdtrit

    return float(ndtri(0.975) if df is None else stdtrit(df, 0.975))


def _p_value(t: float, df: int | None) -> float:
    from scipy.special import ndtr, stdtr

    return float(2 * (ndtr(-abs(t)) if df is None else stdtr(df, -abs(t))))


def _chi2_tail(q: float, df: int) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, q))
