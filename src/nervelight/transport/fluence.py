"""Fluence rate as a function of depth, and its integral over each layer, in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.layer_modes import LayerModes, Modes, against_beam, along_beam, mode_length
from nervelight.transport.sweep import Beams, Diffuse

__all__ = ["FluenceField"]


@dataclass(frozen=True)
class FluenceField:
    """What the fluence rate in each layer is made of, per unit of incident irradiance.

    N modes a layer; a layer with fewer has modes of weight 0.

    Parameters
    ----------
    extinction, optical_depth : ndarray, shape (B, J)
        Delta-M scaled extinction coefficient [1/mm] and optical thickness of the layers.
    down, up : ndarray, shape (B, J)
        Unscattered irradiance at the top of the layer on its way down, at its bottom on its way up.
    rate : ndarray, shape (B, J, N)
        Decay rates of the modes per unit of scaled optical depth.
    from_top, from_bottom : ndarray, shape (B, J, N)
        Fluence rate of the modes that decay from the top and from the bottom of the layer, where they start.
    along, against : ndarray, shape (B, J, N)
        Fluence rate that a beam feeds into modes that decay with it and towards it.
    """

    extinction: NDArray[np.float64]
    optical_depth: NDArray[np.float64]
    down: NDArray[np.float64]
    up: NDArray[np.float64]
    rate: Modes
    from_top: Modes
    from_bottom: Modes
    along: Modes
    against: Modes

    @classmethod
    def of(cls, modes: Sequence[LayerModes], beams: Beams, scattered: Diffuse) -> FluenceField:
        """Return the field of the amplitudes that a sweep has found."""
        weights = [layer.fluence_weight for layer in modes]
        return cls(
            extinction=np.stack([layer.extinction for layer in modes], axis=-1),
            optical_depth=beams.optical_depth,
            down=beams.down,
            up=beams.up,
            rate=_side_by_side([layer.rate for layer in modes], fill=1.0),
            from_top=_side_by_side([w * p for w, p in zip(weights, scattered.from_top, strict=True)]),
            from_bottom=_side_by_side([w * m for w, m in zip(weights, scattered.from_bottom, strict=True)]),
            along=_side_by_side([w * layer.along for w, layer in zip(weights, modes, strict=True)]),
            against=_side_by_side([w * layer.against for w, layer in zip(weights, modes, strict=True)]),
        )

    def first(self, rows: int) -> FluenceField:
        """Return the fields of the first rows."""
        return type(self)(*(getattr(self, entry.name)[:rows] for entry in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[FluenceField]) -> FluenceField:
        """Return the field of several groups of stacks as one."""
        return cls(*(np.concatenate([getattr(part, entry.name) for part in parts]) for entry in fields(cls)))

    @classmethod
    def interleaved(cls, parts: Sequence[FluenceField], stacks: int) -> FluenceField:
        """Return fields of some rows for each of the same stacks as one, all rows of a stack side by side."""

        def rows(values: Sequence[Modes]) -> Modes:
            by_stack = [value.reshape(stacks, -1, *value.shape[1:]) for value in values]
            return np.concatenate(by_stack, axis=1).reshape(-1, *values[0].shape[1:])

        return cls(*(rows([getattr(part, entry.name) for part in parts]) for entry in fields(cls)))

    def unscattered(
        self, row: NDArray[np.intp], layer: NDArray[np.intp], below_top: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the fluence rate of collimated light that was not scattered; arguments as in :meth:`scattered`."""
        here = row, layer
        from_top = np.minimum(self.extinction[here] * below_top, self.optical_depth[here])
        from_bottom = self.optical_depth[here] - from_top
        return np.asarray(self.down[here] * np.exp(-from_top) + self.up[here] * np.exp(-from_bottom))

    def scattered(self, row: NDArray[np.intp], layer: NDArray[np.intp], below_top: NDArray[np.float64]) -> Modes:
        """Return the fluence rate of all other light.

        Parameters
        ----------
        row, layer : ndarray of int, same shape
            Stack and layer of each point.
        below_top : ndarray, same shape
            Depth below the top of that layer [mm].

        Returns
        -------
        ndarray, same shape
            Fluence rate per unit of incident irradiance.
        """
        here = row, layer
        optical_depth, down, up = self.optical_depth[here], self.down[here], self.up[here]
        from_top = np.minimum(self.extinction[here] * below_top, optical_depth)
        from_bottom = optical_depth - from_top
        down_here, up_here = down * np.exp(-from_top), up * np.exp(-from_bottom)
        rate, t, s = self.rate[here], from_top[..., None], from_bottom[..., None]
        modes = np.exp(-rate * t) * self.from_top[here] + np.exp(-rate * s) * self.from_bottom[here]
        along, against = down[..., None] * along_beam(rate, t), down_here[..., None] * against_beam(rate, s)
        # Nothing comes up where all layers have one index and the last one no end.
        if up.any():
            along += up[..., None] * along_beam(rate, s)
            against += up_here[..., None] * against_beam(rate, t)
        modes += self.along[here] * along
        modes += self.against[here] * against
        return np.asarray(modes.sum(axis=-1))

    def over_layers(self) -> Modes:
        """Return the fluence rate integrated over the scaled optical depth of each layer, shape (B, J)."""
        tau, rate = self.optical_depth[..., None], self.rate
        length, beam_length = mode_length(rate, tau), mode_length(np.ones_like(tau), tau)
        fed_along = self.along * (length - along_beam(rate, tau))
        fed_against = self.against * (beam_length - np.exp(-tau) * length) / (rate + 1)
        beams = self.down + self.up
        modes = length * (self.from_top + self.from_bottom) + beams[..., None] * (fed_along + fed_against)
        return np.asarray(modes.sum(axis=-1) + beams * beam_length[..., 0])


def _side_by_side(layers: Sequence[Modes], fill: float = 0.0) -> Modes:
    """Return layers (B, N) with different N as one array (B, J, largest N)."""
    most = max(layer.shape[-1] for layer in layers)
    together = np.full((len(layers[0]), len(layers), most), fill, dtype=layers[0].dtype)
    for j, layer in enumerate(layers):
        together[:, j, : layer.shape[-1]] = layer
    return together
