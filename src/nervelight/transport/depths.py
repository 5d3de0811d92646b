"""Where points lie in a stack: which layer, and how far below its top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.stack import LayerStack

__all__ = ["Depths"]

# Sums of thicknesses are rounded: a depth at the very bottom may come out this much deeper, relative to it.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Depths:
    """Z points in each of B stacks.

    Parameters
    ----------
    layer : ndarray of int, shape (B, Z)
        The layer of each point; on a border the lower one.
    below_top : ndarray, shape (B, Z)
        Depth below the top of that layer [mm].
    batch_shape : tuple of int
        Shape of the B stacks outside.
    """

    layer: NDArray[np.intp]
    below_top: NDArray[np.float64]
    batch_shape: tuple[int, ...]

    @classmethod
    def of(cls, stack: LayerStack, depth: ArrayLike) -> Depths:
        """Find depths [mm] of shape (Z,) or (..., Z); of a single stack also (1, Z).

        Raises
        ------
        ValidityError
            If a depth is negative, not finite or below the bottom.
        """
        depths = np.atleast_1d(np.asarray(depth, dtype=float))
        batch = stack.batch_shape
        if not batch and depths.ndim == 2 and len(depths) == 1:
            depths = depths[0]
        tops = stack.tops.reshape(-1, stack.tops.shape[-1])
        depths = np.broadcast_to(depths, (*batch, depths.shape[-1])).reshape(len(tops), depths.shape[-1])
        bottom = tops[:, -1] + stack.thickness[..., -1].reshape(-1)
        outside = ~((depths >= 0) & np.isfinite(depths) & (depths <= bottom[:, None] * (1 + _ROUNDING)))
        if outside.any():
            raise ValidityError(f"depth must lie between 0 and the bottom of the stack, got {depths[outside][0]:g} mm")
        layer = np.zeros(depths.shape, dtype=np.intp)
        for top in tops[:, 1:].T:
            layer += depths >= top[:, None]
        return cls(layer, depths - np.take_along_axis(tops, layer, axis=-1), batch)

    @property
    def shape(self) -> tuple[int, int]:
        """B and Z."""
        return len(self.layer), self.layer.shape[-1]

    def of_layer(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what has a value in each layer, (..., J), at the points, (B, Z)."""
        return np.take_along_axis(values.reshape(len(self.layer), -1), self.layer, axis=-1)

    def upside_down(self, stack: LayerStack) -> Depths:
        """Return the same points, each in the same layer, of the reversed stack."""
        last = stack.thickness.shape[-1] - 1
        above_bottom = np.maximum(self.of_layer(stack.thickness) - self.below_top, 0.0)
        return Depths(last - self.layer, above_bottom, self.batch_shape)

    def restore(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values (B, Z, ...) in the batch shape of the stack, (..., Z, ...)."""
        return values.reshape(*self.batch_shape, *values.shape[1:])
