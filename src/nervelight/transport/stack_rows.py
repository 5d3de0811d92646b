"""Many stacks as rows of plain arrays, whatever the shape of their batch outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.stack import LayerStack

__all__ = ["StackRows"]


@dataclass(frozen=True)
class StackRows:
    """B stacks of J layers, and the light that falls on them.

    Parameters
    ----------
    thickness, mu_a, mu_s, g : ndarray, shape (B, J)
        As in :class:`~nervelight.optics.LayerStack`.
    diffuse_share : ndarray, shape (B,)
        Share of the irradiance that arrives from many directions.
    """

    thickness: NDArray[np.float64]
    mu_a: NDArray[np.float64]
    mu_s: NDArray[np.float64]
    g: NDArray[np.float64]
    diffuse_share: NDArray[np.float64]

    @classmethod
    def of(cls, stack: LayerStack, diffuse_share: ArrayLike) -> StackRows:
        """Return the rows of a batch.

        Raises
        ------
        ValidityError
            If `diffuse_share` leaves [0, 1].
        """
        share = np.asarray(diffuse_share, dtype=float)
        if not np.all((share >= 0) & (share <= 1)):
            raise ValidityError("diffuse_share must lie between 0 and 1")
        layers = stack.thickness.shape[-1]
        thickness, mu_a, mu_s, g = (
            values.reshape(-1, layers) for values in (stack.thickness, stack.mu_a, stack.mu_s, stack.g)
        )
        return cls(thickness, mu_a, mu_s, g, np.broadcast_to(share, stack.batch_shape).reshape(-1))

    def __len__(self) -> int:
        return len(self.thickness)

    def chunks(self, size: int) -> Iterator[StackRows]:
        """Yield at most `size` rows at a time, and one at least."""
        step = max(1, size)
        for start in range(0, len(self), step):
            yield StackRows(*(getattr(self, entry.name)[start : start + step] for entry in fields(self)))
