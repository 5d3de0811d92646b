"""Whether small trials found more than large ones: Egger's regression, and trim and fill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nervelight.errors import ValidityError
from nervelight.evidence.pooling import Heterogeneity, IntervalMethod, Pooled, pool, regress

__all__ = ["LEAST_TRIALS", "Egger", "TrimAndFill", "egger", "trim_and_fill"]

LEAST_TRIALS = 10
"""With fewer trials these tests say nothing (Cochrane Handbook 13.3.5.4)."""


@dataclass(frozen=True)
class Egger:
    """Egger's test for a lopsided funnel.

    Parameters
    ----------
    t, df, p : float
        Of the slope of effect against standard error.
    intercept : float
        The effect at a standard error of zero.
    """

    t: float
    df: int
    p: float
    intercept: float


@dataclass(frozen=True)
class TrimAndFill:
    """What would have to be there for an even funnel.

    Parameters
    ----------
    missing : int
        Number of trials that are lacking.
    side : {"left", "right"}
        Where they are lacking.
    filled : tuple of (float, float)
        Effect and variance of each of them.
    pooled : Pooled
        All trials, with those.
    """

    missing: int
    side: Literal["left", "right"]
    filled: tuple[tuple[float, float], ...]
    pooled: Pooled


def egger(effects: Sequence[float], variances: Sequence[float]) -> Egger:
    """Regress effects on their standard errors, weighted by precision (Egger et al. 1997).

    Raises
    ------
    ValidityError
        For fewer than three trials, or trials that are all equally precise.
    """
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    k = len(y)
    if k < 3:
        raise ValidityError(f"Egger's test needs at least 3 trials, got {k}")
    design = np.column_stack([np.ones(k), np.sqrt(v)])
    if np.ptp(v) == 0:
        raise ValidityError("Egger's test needs trials of different precision")
    inverse = np.linalg.inv((design.T / v) @ design)
    beta = inverse @ (design.T / v) @ y
    spread = float(np.sum((y - design @ beta) ** 2 / v)) / (k - 2)
    t = float(beta[1] / math.sqrt(spread * inverse[1, 1]))
    from scipy.special import stdtr

    return Egger(t=t, df=k - 2, p=float(2 * stdtr(k - 2, -abs(t))), intercept=float(beta[0]))


def trim_and_fill(
    effects: Sequence[float],
    variances: Sequence[float],
    *,
    method: Heterogeneity = "REML",
    interval: IntervalMethod = "hartung-knapp",
) -> TrimAndFill:
    """Estimate how many trials are missing on one side, by L0, and fill them in (Duval & Tweedie 2000).

    The side is that of the small trials: opposite to where effects grow with their standard error.

    Raises
    ------
    ValidityError
        For fewer than three trials.
    """
    y, v = np.asarray(effects, dtype=float), np.asarray(variances, dtype=float)
    k = len(y)
    if k < 3:
        raise ValidityError(f"trim and fill needs at least 3 trials, got {k}")
    slope = 0.0 if np.ptp(v) == 0 else regress(y, v, np.sqrt(v), method=method).coefficients[1]
    side: Literal["left", "right"] = "right" if slope < 0 else "left"
    flip = -1.0 if side == "right" else 1.0
    order = np.argsort(flip * y, kind="stable")
    sorted_y, sorted_v = flip * y[order], v[order]
    missing, before, seen = 0, -1, set()
    centre = 0.0
    # A count that comes back would go round for ever.
    while missing != before and missing not in seen:
        seen.add(before := missing)
        kept = max(k - missing, 2)
        centre = pool(sorted_y[:kept], sorted_v[:kept], method=method).estimate
        centred = sorted_y - centre
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
        upper = float(np.sum(ranks[centred > 0]))
        missing = max(0, round((4 * upper - k * (k + 1)) / (2 * k - 1)))
    mirrored = flip * (2 * centre - sorted_y[k - missing :]) if missing else np.empty(0)
    added = sorted_v[k - missing :] if missing else np.empty(0)
    return TrimAndFill(
        missing=missing,
        side=side,
        filled=tuple(zip(map(float, mirrored), map(float, added), strict=True)),
        pooled=pool(np.append(y, mirrored), np.append(v, added), method=method, interval=interval),
    )
