"""The light in a person's tissue under a field of any size, per unit of irradiance on the skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import Disc, LayerStack
from nervelight.transport import BeamAccuracy, BeamSolution, PlaneWaveSolution, solve_beam, solve_plane_wave

__all__ = ["Solve", "TissueLight", "is_narrow", "is_wide", "solve_light"]

Array = NDArray[np.float64]

# A field of at least this radius, and this many depths more, lets through on its axis what an endless one does: within
# 1 % in the median person at every site, 2 % in any. Shallow targets, too, get much of their light from the side.
WIDE_MM, WIDE_DEPTHS = 35.0, 1.5
PLANE_NODES = 8
# Within 0.5 % in skin under spots of 10 mm radius and 2 % under 3 mm: fat and melanin move the light by factors.
ACCURACY = BeamAccuracy(nodes=3, orders=3, step=0.6, plane_nodes=PLANE_NODES)
# Under narrower spots that setting is off by up to 8 % (1 mm) and 16 % (0.6 mm) in the farthest draw, this one by 2 %.
NARROW_MM, NARROW_ACCURACY = 3.0, BeamAccuracy()
# For a preview: against the settings above within 1 % under wide fields in any draw, 3 % at 3 mm and 7 % at 1 mm.
COARSE = BeamAccuracy(nodes=2, orders=2, step=0.9, plane_nodes=4)
# Finer than this nothing is needed: no target lies so shallow under so small a field.
FINEST_MM, COARSEST_MM = 0.25, 1.0
# What a beam loses against a wide field changes slowly with depth: curves are led through this many depths.
DEPTHS_SOLVED = 12


class Solve(Protocol):
    """What solves the light in n stacks; arguments as in :func:`solve_light`."""

    def __call__(
        self, stack: LayerStack, diffuse_share: Array | float, finest: float | None, *, narrow: bool = False
    ) -> TissueLight:
        """Return the light in each stack."""


@dataclass(frozen=True)
class TissueLight:
    """Light in the tissue of n draws of one person at one wavelength.

    Parameters
    ----------
    plane : PlaneWaveSolution
        Under a wide field.
    beam : BeamSolution or None
        Under finite ones; None when only wide fields were asked for.
    """

    plane: PlaneWaveSolution
    beam: BeamSolution | None

    def first(self, draws: int) -> TissueLight:
        """Return the light in the first draws."""
        return TissueLight(self.plane.first(draws), None if self.beam is None else self.beam.first(draws))

    def fluence_rate(self, depth: Array, spot_area: float | None) -> Array:
        """Return the fluence rate on the axis of an evenly lit disc, per irradiance.

        Parameters
        ----------
        depth : ndarray, shape (Z,) or (n, Z)
            Depth below the skin [mm].
        spot_area : float or None
            Area of the disc [mm2]; None for a wide field.

        Returns
        -------
        ndarray, shape (n, Z)
        """
        wide = self.plane.fluence_rate(depth)
        if spot_area is None:
            return wide
        return wide * self.spread(depth, spot_area)

    def absorbed_density(self, frequency: Array, depth: Array) -> Array:
        """Return the absorbed power density of waves `J0(q r)` on the skin, per irradiance [1/mm], shape (n, Q, Z)."""
        return (self.beam or self.plane).absorbed_density(frequency, depth)

    def spread(self, depth: Array, spot_area: float) -> Array:
        """Return what a disc gives on its axis relative to a wide field of the same irradiance, shape (n, Z)."""
        if self.beam is None:
            raise ValueError("this light was solved for wide fields only")
        if depth.ndim == 1 and len(depth) > DEPTHS_SOLVED:
            from scipy.interpolate import PchipInterpolator

            solved = depth[0] + (depth[-1] - depth[0]) * np.linspace(0.0, 1.0, DEPTHS_SOLVED) ** 1.5
            return np.asarray(PchipInterpolator(solved, self.spread(solved, spot_area), axis=-1)(depth))
        disc = Disc(np.sqrt(spot_area / np.pi))
        narrow = self.beam.fluence_rate(disc, depth)[..., 0] * disc.area
        return narrow / self.beam.plane.fluence_rate(depth)


def is_wide(spot_area: float | None, depth: Array) -> bool:
    """Return whether a field (None: wide by name) counts as endless for targets at these depths [mm]."""
    return spot_area is None or bool(np.sqrt(spot_area / np.pi) >= WIDE_MM + WIDE_DEPTHS * np.percentile(depth, 95))


def is_narrow(spot_area: float | None) -> bool:
    """Return whether a spot is so small that its light has to be solved with more care."""
    return spot_area is not None and bool(np.sqrt(spot_area / np.pi) < NARROW_MM)


def solve_light(
    stack: LayerStack,
    diffuse_share: Array | float,
    finest: float | None,
    *,
    narrow: bool = False,
    coarse: bool = False,
) -> TissueLight:
    """Solve the light in n stacks.

    Parameters
    ----------
    stack : LayerStack, shape (n, J)
    diffuse_share : ndarray, shape (n,), or float
        Share of the light that arrives from many directions.
    finest : float or None
        Smallest depth or radius that matters under finite fields [mm]; None for wide ones only.
    narrow : bool
        Whether a spot is narrow.
    coarse : bool
        Whether few directions are enough, for a preview; a narrow spot gets no more care then.
    """
    if finest is None:
        nodes = COARSE.plane_nodes if coarse else PLANE_NODES
        return TissueLight(solve_plane_wave(stack, diffuse_share=diffuse_share, nodes=nodes), None)
    accuracy = COARSE if coarse else NARROW_ACCURACY if narrow else ACCURACY
    detail = float(np.clip(finest, FINEST_MM, COARSEST_MM))
    beam = solve_beam(stack, diffuse_share=diffuse_share, finest=detail, accuracy=accuracy)
    return TissueLight(beam.plane, beam)
