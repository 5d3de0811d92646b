"""Light of a wide, even beam in plane tissue layers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.stack import LayerStack
from nervelight.transport.fluence import FluenceField
from nervelight.transport.layer_modes import layer_modes
from nervelight.transport.quadrature import Quadrature, half_range_quadrature
from nervelight.transport.sweep import collimated_beams, diffuse_light

__all__ = ["PlaneWaveSolution", "solve_plane_wave"]

# Layers solved, and depths times modes evaluated, at once: keeps the working arrays near 50 MB.
_LAYERS_AT_ONCE = 1280
_MODE_VALUES_AT_ONCE = 2**19
# Sums of thicknesses are rounded: a depth at the very bottom may come out this much deeper, relative to it.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class PlaneWaveSolution:
    """Where the light of a plane wave goes, as fractions of the irradiance in air.

    Parameters
    ----------
    specular_reflectance : ndarray, shape (...)
        Reflected by the surface itself: Fresnel reflectance of the collimated and of the Lambertian part.
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

    def fluence_rate(self, depth: ArrayLike) -> NDArray[np.float64]:
        """Return the fluence rate at any depth.

        Parameters
        ----------
        depth : array_like, shape (Z,) or (..., Z)
            Depth below the surface [mm], the same for all stacks or one row for each.

        Returns
        -------
        ndarray, shape (..., Z)
            Fluence rate per unit of incident irradiance: continuous, above 1 where light is scattered back.

        Raises
        ------
        ValidityError
            If a depth is negative, not finite or below the bottom.
        """
        depths = np.atleast_1d(np.asarray(depth, dtype=float))
        batch = self._stack.batch_shape
        tops = self._stack.tops.reshape(-1, self._stack.tops.shape[-1])
        depths = np.broadcast_to(depths, (*batch, depths.shape[-1])).reshape(len(tops), depths.shape[-1])
        bottom = tops[:, -1] + self._stack.thickness[..., -1].reshape(-1)
        outside = ~((depths >= 0) & np.isfinite(depths) & (depths <= bottom[:, None] * (1 + _ROUNDING)))
        if outside.any():
            raise ValidityError(f"depth must lie between 0 and the bottom of the stack, got {depths[outside][0]} mm")
        found = np.empty_like(depths)
        step = 1 + _MODE_VALUES_AT_ONCE // (1 + depths.shape[-1] * self._field.rate.shape[-1])
        for start in range(0, len(depths), step):
            part = slice(start, start + step)
            row = np.arange(len(depths))[part, None]
            layer = (depths[part, :, None] >= tops[part, None, 1:]).sum(axis=-1)
            found[part] = self._field.at(row, layer, depths[part] - tops[row, layer])
        return found.reshape(*batch, depths.shape[-1])


def solve_plane_wave(stack: LayerStack, *, diffuse_share: ArrayLike = 0.0, nodes: int = 8) -> PlaneWaveSolution:
    """Solve the radiative transport equation for plane layers under a wide, even beam.

    Parameters
    ----------
    stack : LayerStack, shape (..., J)
        One stack or many. Both outer boundaries reflect by Fresnel's law towards air.
    diffuse_share : array_like, broadcast to (...)
        Share of the incident irradiance that arrives Lambertian, as from diodes on the skin; the rest is
        collimated at normal incidence.
    nodes : int
        Discrete directions on each side of the critical angle, in each hemisphere.

    Returns
    -------
    PlaneWaveSolution

    Raises
    ------
    ValidityError
        If `diffuse_share` leaves [0, 1] or there are too few nodes.

    Notes
    -----
    Holds for a beam much wider than the depth; a narrow beam gives less. The only approximations are the
    number of directions and, with it, the truncation of the forward peak (delta-M). With eight nodes the
    fluence rate below 0.1 mm of skin at 810 nm is within 0.1 % of that with 64, at the surface within 0.4 %.

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
    share = np.asarray(diffuse_share, dtype=float)
    if not np.all((share >= 0) & (share <= 1)):
        raise ValidityError("diffuse_share must lie between 0 and 1")
    quadrature = half_range_quadrature(stack.refractive_index, nodes)
    batch, layers = stack.batch_shape, stack.thickness.shape[-1]
    thickness, mu_a, mu_s, g = (
        values.reshape(-1, layers) for values in (stack.thickness, stack.mu_a, stack.mu_s, stack.g)
    )
    shares = np.broadcast_to(share, batch).reshape(-1)

    step = max(1, _LAYERS_AT_ONCE // layers)
    chunks = [slice(start, start + step) for start in range(0, len(shares), step)]
    parts = [_solve(quadrature, thickness[c], mu_a[c], mu_s[c], g[c], shares[c]) for c in chunks]
    specular, diffuse, transmitted = np.concatenate([part[0] for part in parts]).T.reshape(3, *batch)
    absorbed = np.concatenate([part[1] for part in parts]).reshape(*batch, layers)
    field = FluenceField(
        *(np.concatenate([getattr(part[2], entry.name) for part in parts]) for entry in fields(FluenceField))
    )
    return PlaneWaveSolution(specular, diffuse, transmitted, absorbed, stack, field)


def _solve(
    quadrature: Quadrature,
    thickness: NDArray[np.float64],
    mu_a: NDArray[np.float64],
    mu_s: NDArray[np.float64],
    g: NDArray[np.float64],
    diffuse_share: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], FluenceField]:
    """Return the reflected and transmitted (B, 3) and absorbed shares (B, J), and the fluence rate."""
    modes = layer_modes(quadrature, mu_a, mu_s, g)
    mirror = quadrature.normal_reflectance
    beams = collimated_beams(modes.extinction * thickness, 1 - diffuse_share, mirror)
    scattered = diffuse_light(quadrature, modes, beams, diffuse_share)
    weight = modes.fluence_weight
    field = FluenceField(
        extinction=modes.extinction,
        optical_depth=beams.optical_depth,
        down=beams.down,
        up=beams.up,
        rate=modes.rate,
        from_top=weight * scattered.from_top,
        from_bottom=weight * scattered.from_bottom,
        along=weight * modes.along,
        against=weight * modes.against,
    )
    lambertian = 1 - quadrature.lambertian_entry @ (2 * np.pi * np.sqrt(quadrature.weights) * quadrature.mu)
    specular = (1 - diffuse_share) * mirror + diffuse_share * lambertian
    through = np.exp(-beams.optical_depth)
    diffuse = scattered.upward @ quadrature.escape + (1 - mirror) * beams.up[:, 0] * through[:, 0]
    transmitted = scattered.downward @ quadrature.escape + (1 - mirror) * beams.down[:, -1] * through[:, -1]
    # Where nothing absorbs or scatters, the optical depth is 0 and so is the quotient.
    absorbed = field.over_layers() * mu_a / np.where(modes.extinction > 0, modes.extinction, 1.0)
    return np.stack([specular, diffuse, transmitted], axis=-1), absorbed, field
