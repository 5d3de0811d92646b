"""Low, central and high value of an irradiance, or of a ratio of two, and how they combine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Level", "around", "span", "times"]

Level = tuple[float, float, float]
"""Low, central and high irradiance [W/mm2], or ratio of two."""


def around(value: float, band: float) -> Level:
    """Return a value with a relative half width on either side."""
    return value * (1 - band), value, value * (1 + band)


def times(first: Level, second: Level) -> Level:
    """Return the product, low with low and high with high: the widest that both allow."""
    return first[0] * second[0], first[1] * second[1], first[2] * second[2]


def span(members: NDArray[np.float64]) -> Level:
    """Return the least, the first and the largest of several; the first is the central one."""
    return float(members.min()), float(members[0]), float(members.max())
