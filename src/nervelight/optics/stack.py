"""A pile of plane tissue layers, as optics describes it and transport solves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import ValidityError

__all__ = ["TISSUE_INDEX", "LayerStack"]

# One refractive index for all tissue under air; the published indices of skin, fat and muscle run from 1.37 to 1.46.
TISSUE_INDEX = 1.4


@dataclass(frozen=True)
class LayerStack:
    """Plane layers from the surface down, for one stack or for many at once.

    Parameters
    ----------
    thickness : ndarray, shape (..., J)
        Thickness of each layer [mm]; the last may be infinite.
    mu_a : ndarray, shape (..., J)
        Absorption coefficient [1/mm].
    mu_s : ndarray, shape (..., J)
        Scattering coefficient [1/mm].
    g : ndarray, shape (..., J)
        Henyey-Greenstein anisotropy.
    names : tuple of str
        Names of the J layers; empty when they have none.
    refractive_index : float or sequence of float, length J
        One index for all layers, or one for each; the medium outside has index 1.

    Raises
    ------
    ValidityError
        If a value is negative, not finite, out of range, or if an infinite layer is not the last or does not absorb.
    """

    thickness: NDArray[np.float64]
    mu_a: NDArray[np.float64]
    mu_s: NDArray[np.float64]
    g: NDArray[np.float64]
    names: tuple[str, ...] = ()
    refractive_index: float | Sequence[float] = TISSUE_INDEX

    def __post_init__(self) -> None:
        fields = ("thickness", "mu_a", "mu_s", "g")
        arrays = np.broadcast_arrays(*(np.asarray(getattr(self, name), dtype=float) for name in fields))
        for name, array in zip(fields, arrays, strict=True):
            object.__setattr__(self, name, array)
        if self.thickness.ndim == 0 or self.thickness.shape[-1] == 0:
            raise ValidityError("a stack needs at least one layer")
        if self.names and len(self.names) != self.thickness.shape[-1]:
            raise ValidityError(f"{len(self.names)} names for {self.thickness.shape[-1]} layers")
        last_infinite = np.isinf(self.thickness[..., -1])
        rules = {
            "thickness must be positive": self.thickness > 0,
            "only the last layer may be infinite": np.isfinite(self.thickness[..., :-1]),
            "mu_a must be finite and not negative": np.isfinite(self.mu_a) & (self.mu_a >= 0),
            "mu_s must be finite and not negative": np.isfinite(self.mu_s) & (self.mu_s >= 0),
            "g must lie between -1 and 1": (self.g > -1) & (self.g < 1),
            "an infinite last layer must absorb": ~last_infinite | (self.mu_a[..., -1] > 0),
        }
        broken = [text for text, holds in rules.items() if not np.all(holds)]
        given = np.asarray(self.refractive_index, dtype=float)
        if given.ndim and len(given) != self.thickness.shape[-1]:
            raise ValidityError(f"{len(given)} refractive indices for {self.thickness.shape[-1]} layers")
        if not np.all((given >= 1.0) & (given <= 2.0)):
            broken.append(f"refractive index must lie between 1 and 2, got {self.refractive_index}")
        if broken:
            raise ValidityError("; ".join(broken))

    @property
    def indices(self) -> tuple[float, ...]:
        """Refractive index of each of the J layers."""
        given = np.asarray(self.refractive_index, dtype=float)
        return tuple(np.broadcast_to(given, self.thickness.shape[-1:]).tolist())

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """The shape (...) of the batch; empty for a single stack."""
        return self.thickness.shape[:-1]

    def first(self, count: int) -> LayerStack:
        """Return the first stacks of a batch of shape (n,)."""
        thickness, mu_a, mu_s, g = (values[:count] for values in (self.thickness, self.mu_a, self.mu_s, self.g))
        return LayerStack(thickness, mu_a, mu_s, g, self.names, self.refractive_index)

    def reversed(self) -> LayerStack:
        """Return the stack upside down."""
        thickness, mu_a, mu_s, g = (values[..., ::-1] for values in (self.thickness, self.mu_a, self.mu_s, self.g))
        return LayerStack(thickness, mu_a, mu_s, g, self.names[::-1], self.indices[::-1])

    @property
    def tops(self) -> NDArray[np.float64]:
        """Depth of the top of each layer [mm], shape (..., J)."""
        above = np.cumsum(self.thickness[..., :-1], axis=-1)
        return np.concatenate([np.zeros((*self.batch_shape, 1)), above], axis=-1)
