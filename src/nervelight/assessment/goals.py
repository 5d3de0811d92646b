"""Goal attainment scaling: how far goals agreed upon before treatment were reached."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nervelight.errors import Fault, InvalidInput

__all__ = ["goal_attainment"]

# The correlation between the goals of a person that the scale assumes.
CORRELATION = 0.3
LEVELS = (-2, -1, 0, 1, 2)


def goal_attainment(levels: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the T-score of goal attainment: 50 when the goals were reached as expected, 10 a standard deviation.

    Parameters
    ----------
    levels : sequence of float, shape (goals,)
        -2 much less than expected, -1 less, 0 as expected, 1 more, 2 much more.
    weights : sequence of float, shape (goals,), optional
        How much each goal counts, above zero; all alike when absent.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        If there is no goal, a level is none of the five, or weights do not match the goals.

    References
    ----------
    The formula of Kiresuk and Sherman with the erratum to the guide that misprints it
    (`turnerstokes2009_gas`, `gas_erratum`).

    Examples
    --------
    >>> goal_attainment([1])
    60.0
    >>> round(goal_attainment([1, 1, 1]), 2)
    63.69
    """
    faults = [
        Fault(f"levels[{k}]", level, "needs -2, -1, 0, 1 or 2")
        for k, level in enumerate(levels, 1)
        if isinstance(level, bool) or level not in LEVELS
    ]
    if not levels:
        faults.append(Fault("levels", None, "needs one goal or more"))
    counted = [1.0] * len(levels) if weights is None else list(weights)
    if len(counted) != len(levels):
        faults.append(Fault("weights", counted, f"needs one for each of the {len(levels)} goals"))
    faults += [
        Fault(f"weights[{k}]", weight, "needs a number above 0")
        for k, weight in enumerate(counted, 1)
        if not (math.isfinite(weight) and weight > 0)
    ]
    if faults:
        raise InvalidInput("goals", faults)
    total = math.fsum(weight * level for weight, level in zip(counted, levels, strict=True))
    squares = math.fsum(weight**2 for weight in counted)
    spread = math.sqrt((1 - CORRELATION) * squares + CORRELATION * math.fsum(counted) ** 2)
    return 50 + 10 * total / spread
