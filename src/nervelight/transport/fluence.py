"""Fluence rate as a function of depth, and its integral over each layer, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.layer_modes import against_beam, along_beam, mode_length

__all__ = ["FluenceField"]


@dataclass(frozen=True)
class FluenceField:
    """What the fluence rate in each layer is made of, per unit of incident irradiance.

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
    rate: NDArray[np.float64]
    from_top: NDArray[np.float64]
    from_bottom: NDArray[np.float64]
    along: NDArray[np.float64]
    against: NDArray[np.float64]

    def at(self, row: NDArray[np.intp], layer: NDArray[np.intp], below_top: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the fluence rate.

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
        modes += self.along[here] * (down[..., None] * along_beam(rate, t) + up[..., None] * along_beam(rate, s))
        modes += self.against[here] * (
            down_here[..., None] * against_beam(rate, s) + up_here[..., None] * against_beam(rate, t)
        )
        return np.asarray(modes.sum(axis=-1) + down_here + up_here)

    def over_layers(self) -> NDArray[np.float64]:
        """Return the fluence rate integrated over the scaled optical depth of each layer, shape (B, J)."""
        tau, rate = self.optical_depth[..., None], self.rate
        length, beam_length = mode_length(rate, tau), mode_length(np.ones_like(tau), tau)
        fed_along = self.along * (length - along_beam(rate, tau))
        fed_against = self.against * (beam_length - np.exp(-tau) * length) / (rate + 1)
        beams = self.down + self.up
        modes = length * (self.from_top + self.from_bottom) + beams[..., None] * (fed_along + fed_against)
        return np.asarray(modes.sum(axis=-1) + beams * beam_length[..., 0])
