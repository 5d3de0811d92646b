"""Warming step by step in time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.heat_cells import Columns, solver

__all__ = ["rise_history", "time_steps"]

# Time steps double from level to level, because warming slows down as it goes on.
LEVELS, STEPS_A_LEVEL = 8, 6
# Trapezoidal part of a step of TR-BDF2, for which both of its stages have the same matrix.
GAMMA = 2.0 - np.sqrt(2.0)


def time_steps() -> NDArray[np.float64]:
    """Return the time steps as parts of a duration, first to last, which add up to 1."""
    steps = np.repeat(2.0 ** np.arange(LEVELS), STEPS_A_LEVEL)
    return np.asarray(steps / steps.sum())


def rise_history(
    columns: Columns,
    frequency: NDArray[np.float64],
    source: NDArray[np.float64],
    exposure_time: float,
    after: float,
) -> Iterator[NDArray[np.float64]]:
    """Yield step by step the rise of temperature, by TR-BDF2.

    Parameters
    ----------
    columns : Columns
    frequency : ndarray, shape (Q,)
        Spatial frequencies of the light [rad/mm].
    source : ndarray, shape (B, Q, N)
        Heat that the light puts into each cell [W/mm2].
    exposure_time, after : float
        How long the light is on, and how long to follow the tissue after that [s].

    Yields
    ------
    ndarray, shape (B, Q, N)
        Rise over the steady state without light [K]; the next step overwrites it.

    References
    ----------
    bank1985
    """
    loss = columns.loss[:, None] + columns.lateral[:, None] * frequency[:, None] ** 2
    capacity, between = columns.capacity[:, None], columns.between[:, None]
    bdf2 = capacity / (GAMMA * (2 - GAMMA))
    rise, net = np.zeros_like(source), np.zeros_like(source)
    for duration, switched in ((exposure_time, source), (after, -source)):
        if not duration:
            continue
        net += switched
        last = 0.0
        for step in duration * time_steps():
            part = step * GAMMA / 2
            if step != last:
                solve, last = solver(capacity + part * loss, part * between), step
            # Each stage gives the change since the beginning of the step; net is the heat that flows in at its end.
            net *= part
            midway = solve(2 * net)
            midway *= bdf2
            net += midway
            change = solve(net)
            rise += change
            np.multiply(capacity, change, out=net)
            net -= midway
            net /= part
            yield rise
