"""Light of a wide, even beam in plane tissue layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.stack import LayerStack
from nervelight.transport.depths import Depths
from nervelight.transport.fluence import FluenceField
from nervelight.transport.layer_modes import LayerModes, layer_modes
from nervelight.transport.quadrature import Quadrature, interfaces, layer_quadratures, lobe_entry
from nervelight.transport.stack_rows import StackRows
from nervelight.transport.sweep import collimated_beams, diffuse_light, optical_thickness

__all__ = ["BothSides", "PlaneWaveSolution", "solve_both_sides", "solve_plane_wave"]

# Layers solved, and depths times modes evaluated, at once: keeps the working arrays near 50 MB.
_LAYERS_AT_ONCE = 1280
_MODE_VALUES_AT_ONCE = 2**19


@dataclass(frozen=True)
class PlaneWaveSolution:
    """Where the light of a plane wave goes, as fractions of the irradiance in air.

    Parameters
    ----------
    specular_reflectance : ndarray, shape (...)
        Reflected by the surface itself: Fresnel reflectance of the collimated and of the diffuse part.
    diffuse_reflectance : ndarray, shape (...)
        Leaves the tissue through the surface.
    transmittance : ndarray, shape (...)
        Leaves through the bottom, scattered or not; 0 under an infinite last layer.
    absorbed : ndarray, shape (..., J)
        Absorbed by each layer: ``mu_a`` times the integral of the fluence rate.
    """

    specular_reflectance: NDArray[np.float64]
    diffuse_reflectance: NDArray[np.float64]
    transmittance: NDArray[np.float64]
    absorbed: NDArray[np.float64]
    _stack: LayerStack
    _field: FluenceField

    def first(self, count: int) -> PlaneWaveSolution:
        """Return the light in the first stacks of a batch of shape (n,)."""
        return PlaneWaveSolution(
            specular_reflectance=self.specular_reflectance[:count],
            diffuse_reflectance=self.diffuse_reflectance[:count],
            transmittance=self.transmittance[:count],
            absorbed=self.absorbed[:count],
            _stack=self._stack.first(count),
            _field=self._field.first(count),
        )

    def fluence_rate(self, depth: ArrayLike) -> NDArray[np.float64]:
        """Return the fluence rate at any depth.

        Parameters
        ----------
        depth : array_like, shape (Z,) or (..., Z)
            Depth below the surface [mm], the same for all stacks or one row for each.

        Returns
        -------
        ndarray, shape (..., Z)
            Fluence rate per unit of incident irradiance: continuous where the index is, above 1 where light is
            scattered back.

        Raises
        ------
        ValidityError
            If a depth is negative, not finite or below the bottom.
        """
        scattered, unscattered = self.parts(depth)
        return scattered + unscattered

    def parts(self, depth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the fluence rate of scattered and of unscattered collimated light, as :meth:`fluence_rate`."""
        points = Depths.of(self._stack, depth)
        scattered, unscattered = self._parts_at(points)
        return points.restore(scattered), points.restore(unscattered)

    def _parts_at(self, points: Depths) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the same at points of rows, shape (B, Z)."""
        scattered, unscattered = np.empty(points.shape), np.empty(points.shape)
        step = 1 + _MODE_VALUES_AT_ONCE // (1 + points.shape[-1] * self._field.rate.shape[-1])
        for start in range(0, points.shape[0], step):
            part = slice(start, start + step)
            row = np.arange(points.shape[0])[part, None]
            where = row, points.layer[part], points.below_top[part]
            scattered[part], unscattered[part] = self._field.scattered(*where), self._field.unscattered(*where)
        return scattered, unscattered

    def absorbed_density(self, frequency: ArrayLike, depth: ArrayLike) -> NDArray[np.float64]:
        """Return the absorbed power density for the heat equation.

        Parameters
        ----------
        frequency : array_like, shape (1,)
            Spatial frequency of the pattern on the skin [rad/mm]: 0, for a plane wave is even.
        depth : array_like, shape (Z,) or (B, Z)
            Depth below the surface [mm].

        Returns
        -------
        ndarray, shape (B, 1, Z)
            Absorbed power per volume and unit of incident irradiance [1/mm].

        Raises
        ------
        ValidityError
            If another frequency is asked for.
        """
        if np.any(np.asarray(frequency) != 0):
            raise ValidityError("a plane wave has the spatial frequency 0 only; solve a beam for others")
        points = Depths.of(self._stack, depth)
        mu_a = points.of_layer(self._stack.mu_a)
        return np.asarray((mu_a * self.fluence_rate(depth)).reshape(-1, 1, points.shape[-1]))


def solve_plane_wave(
    stack: LayerStack, *, diffuse_share: ArrayLike = 0.0, lobe_exponent: float = 1.0, nodes: int = 8
) -> PlaneWaveSolution:
    """Solve the radiative transport equation for plane layers under a wide, even beam.

    Parameters
    ----------
    stack : LayerStack, shape (..., J)
        One stack or many. All boundaries, outer and inner, reflect and refract by Fresnel's and Snell's laws.
    diffuse_share : array_like, broadcast to (...)
        Share of the incident irradiance that arrives from many directions, as from diodes on the skin; the rest is
        collimated at normal incidence.
    lobe_exponent : float
        Lobe exponent m of the diffuse share: its radiance in air falls with the angle as ``cos^(m-1)``. A wide
        array of diodes with intensity ``cos^m`` gives m; 1 is Lambertian.
    nodes : int
        Discrete directions, in each hemisphere, from the normal to the critical angle towards air, and as many in
        each further range between two refractive indices.

    Returns
    -------
    PlaneWaveSolution

    Raises
    ------
    ValidityError
        If `diffuse_share` leaves [0, 1], the lobe is too narrow, or there are too few nodes.

    Notes
    -----
    Holds for a beam much wider than the depth; a narrow beam gives less. The only approximations are the
    number of directions and, with it, the truncation of the forward peak (delta-M).

    References
    ----------
    stamnes1988, wiscombe1977

    Examples
    --------
    >>> import numpy as np
    >>> slab = LayerStack(*(np.array([v]) for v in (0.2, 1.0, 9.0, 0.75)), refractive_index=1.0)
    >>> round(float(solve_plane_wave(slab).diffuse_reflectance), 4)
    0.0974
    """
    rows = StackRows.of(stack, diffuse_share)
    quadratures = layer_quadratures(stack.indices, nodes)
    batch, layers = stack.batch_shape, stack.thickness.shape[-1]
    parts = [_solve(quadratures, chunk, lobe_exponent) for chunk in rows.chunks(_LAYERS_AT_ONCE // layers)]
    specular, diffuse, transmitted = np.concatenate([part[0] for part in parts]).T.reshape(3, *batch)
    absorbed = np.concatenate([part[1] for part in parts]).reshape(*batch, layers)
    return PlaneWaveSolution(
        specular, diffuse, transmitted, absorbed, stack, FluenceField.joined([part[2] for part in parts])
    )


@dataclass(frozen=True)
class BothSides:
    """Light of two plane waves, one on each side of a stack, per unit of their irradiance together.

    Parameters
    ----------
    above, below : PlaneWaveSolution
        The light from above, and that from below in the reversed stack.
    share_below : ndarray, shape (...)
        Share of the irradiance that comes from below.
    """

    above: PlaneWaveSolution
    below: PlaneWaveSolution
    share_below: NDArray[np.float64]

    def fluence_rate(self, depth: ArrayLike) -> NDArray[np.float64]:
        """Return the fluence rate at any depth; as :meth:`PlaneWaveSolution.fluence_rate`."""
        points = Depths.of(self.above._stack, depth)
        # The same layer for both: on a border, where the fluence rate may jump, depth alone would pick either.
        from_above = sum(self.above._parts_at(points))
        from_below = sum(self.below._parts_at(points.upside_down(self.above._stack)))
        share = self.share_below.reshape(-1, 1)
        return points.restore(np.asarray((1 - share) * from_above + share * from_below))


def solve_both_sides(
    stack: LayerStack,
    *,
    share_below: ArrayLike = 0.5,
    diffuse_share: ArrayLike = 0.0,
    lobe_exponent: float = 1.0,
    nodes: int = 8,
) -> BothSides:
    """Solve a finite stack, such as a finger or an ear, that is lit from above and from below.

    Parameters
    ----------
    stack : LayerStack, shape (..., J)
        With a finite last layer.
    share_below : array_like, broadcast to (...)
        Share of the irradiance that comes from below.
    diffuse_share, lobe_exponent, nodes
        As in :func:`solve_plane_wave`, the same on both sides.

    Returns
    -------
    BothSides

    Raises
    ------
    ValidityError
        If the last layer has no end or `share_below` leaves [0, 1].

    Notes
    -----
    A slab: a round finger loses light sideways.
    """
    share = np.asarray(share_below, dtype=float)
    if not np.all((share >= 0) & (share <= 1)):
        raise ValidityError("share_below must lie between 0 and 1")
    if not np.all(np.isfinite(stack.thickness[..., -1])):
        raise ValidityError("a stack that is lit from below needs a finite last layer")
    above, below = (
        solve_plane_wave(side, diffuse_share=diffuse_share, lobe_exponent=lobe_exponent, nodes=nodes)
        for side in (stack, stack.reversed())
    )
    return BothSides(above, below, np.broadcast_to(share, stack.batch_shape))


def _solve(
    quadratures: Sequence[Quadrature], rows: StackRows, lobe_exponent: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], FluenceField]:
    """Return the reflected and transmitted (B, 3) and absorbed shares (B, J), and the fluence rate."""
    modes = _modes(quadratures, rows)
    planes = interfaces(quadratures)
    beams = collimated_beams(optical_thickness(modes, rows.thickness), 1 - rows.diffuse_share, planes)
    entry, mirrored = lobe_entry(quadratures[0], lobe_exponent)
    scattered = diffuse_light(modes, planes, beams, rows.diffuse_share[:, None] * entry)
    field = FluenceField.of(modes, beams, scattered)

    top, bottom = planes[0], planes[-1]
    specular = (1 - rows.diffuse_share) * top.normal + rows.diffuse_share * mirrored
    through = np.exp(-beams.optical_depth)
    diffuse = scattered.upward @ (quadratures[0].flux * (1 - top.below))
    diffuse += (1 - top.normal) * beams.up[:, 0] * through[:, 0]
    transmitted = scattered.downward @ (quadratures[-1].flux * (1 - bottom.above))
    transmitted += (1 - bottom.normal) * beams.down[:, -1] * through[:, -1]
    # Where nothing absorbs or scatters, the optical depth is 0 and so is the quotient.
    absorbed = field.over_layers() * rows.mu_a / np.where(field.extinction > 0, field.extinction, 1.0)
    return np.stack([specular, diffuse, transmitted], axis=-1), absorbed, field


def _modes(quadratures: Sequence[Quadrature], rows: StackRows) -> list[LayerModes]:
    """Return the modes of each layer; layers of the same index are solved together."""
    found: dict[int, LayerModes] = {}
    for index in dict.fromkeys(quadrature.refractive_index for quadrature in quadratures):
        group = [j for j, quadrature in enumerate(quadratures) if quadrature.refractive_index == index]
        together = layer_modes(quadratures[group[0]], rows.mu_a[:, group], rows.mu_s[:, group], rows.g[:, group])
        found |= {j: together.layer(column) for column, j in enumerate(group)}
    return [found[j] for j in range(len(quadratures))]
