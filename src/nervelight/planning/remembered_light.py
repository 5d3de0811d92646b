"""Coarse light in tissue, remembered: it stays while the lamp moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import LayerStack
from nervelight.planning.tissue_light import TissueLight, solve_light

__all__ = ["forget_light", "solve_coarsely"]

Array = NDArray[np.float64]

# Light solved for one wavelength in some draws of a person: under half a megabyte each.
SOLUTIONS_KEPT = 48


@dataclass(frozen=True)
class _Asked:
    """What is asked of the solver; equal by its values."""

    key: tuple[Any, ...]
    stack: LayerStack = field(compare=False)
    diffuse_share: Array | float = field(compare=False)
    finest: float | None = field(compare=False)
    narrow: bool = field(compare=False)


@lru_cache(maxsize=SOLUTIONS_KEPT)
def _solved(asked: _Asked) -> TissueLight:
    return solve_light(asked.stack, asked.diffuse_share, asked.finest, narrow=asked.narrow, coarse=True)


def forget_light() -> None:
    """Solve all light anew when next asked."""
    _solved.cache_clear()


def solve_coarsely(
    stack: LayerStack, diffuse_share: Array | float, finest: float | None, *, narrow: bool = False
) -> TissueLight:
    """Solve the light in tissue with few directions, and once.

    Distance and irradiance change nothing in the tissue, and the trial's people stay.
    """
    arrays = (stack.thickness, stack.mu_a, stack.mu_s, stack.g, np.asarray(diffuse_share))
    key = (*(values.tobytes() for values in arrays), stack.indices, finest, narrow)
    return _solved(_Asked(key, stack, diffuse_share, finest, narrow))
