"""How long tissue was how warm, as one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["cem43"]


def cem43(temperatures: ArrayLike, times: ArrayLike) -> NDArray[np.float64]:
    """Return the cumulative equivalent minutes at 43 degC.

    Parameters
    ----------
    temperatures : array_like, shape (..., T)
        Temperatures [degC].
    times : array_like, shape (T,)
        When they were reached [s], ascending.

    Returns
    -------
    ndarray, shape (...)
        Thermal exposure [min]: a minute counts double for each degree above 43, a quarter for each below. Exact for a
        temperature that moves evenly from one time to the next.

    References
    ----------
    sapareto_dewey1984, dewhirst2003_cem43

    Examples
    --------
    >>> float(cem43([44.0, 44.0], [0.0, 600.0]))
    20.0
    """
    excess = np.asarray(temperatures, dtype=float) - 43.0
    low, high = np.minimum(excess, 0.0), np.maximum(excess, 0.0)
    weight = 4.0**low * 2.0**high
    # The weight integrated over temperature, and by it over a time in which the temperature moves evenly.
    integral = np.expm1(low * np.log(4.0)) / np.log(4.0) + np.expm1(high * np.log(2.0)) / np.log(2.0)
    change = np.diff(excess, axis=-1)
    moves = np.abs(change) > 1e-3
    even = np.diff(integral, axis=-1) / np.where(moves, change, 1.0)
    mean = np.where(moves, even, (weight[..., 1:] + weight[..., :-1]) / 2)
    return np.asarray(mean @ np.diff(np.asarray(times, dtype=float)) / 60.0)
