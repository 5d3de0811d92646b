"""Directions of the discrete ordinates, and what the air/tissue boundary does to light in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = ["Quadrature", "fresnel_reflectance", "half_range_quadrature"]


# Total reflection is kept this far from 1: light trapped in a layer that neither absorbs nor scatters could
# otherwise stay for ever, and nothing would say how much of it there is. What leaks is counted as leaving.
TRAPPED_LEAK = 1e-10
# Closer to 1 an index changes no flux by more than 2e-7, but puts nodes at grazing angles, whose boundary layers
# are thinner than depths can be told apart.
MATCHED = 1e-7


@dataclass(frozen=True)
class Quadrature:
    """Directions of one hemisphere; the other one is its mirror image.

    Parameters
    ----------
    mu : ndarray, shape (N,)
        Cosines to the inward normal, ascending.
    weights : ndarray, shape (N,)
        Gauss weights; their sum is 1.
    legendre : ndarray, shape (L, N)
        ``sqrt((2 l + 1) w) P_l(mu)``: orthonormal rows within the even and within the odd orders.
    reflectance : ndarray, shape (N,)
        Fresnel reflectance inside the tissue at the boundary to air, with its exact hemispherical mean.
    normal_reflectance : float
        Fresnel reflectance at normal incidence.
    refractive_index : float
        Index of the tissue; that of the air is 1.
    """

    mu: NDArray[np.float64]
    weights: NDArray[np.float64]
    legendre: NDArray[np.float64]
    reflectance: NDArray[np.float64]
    normal_reflectance: float
    refractive_index: float

    @property
    def escape(self) -> NDArray[np.float64]:
        """Irradiance that leaves the tissue per ``sqrt(w)`` times radiance at each node, shape (N,)."""
        return 2 * np.pi * np.sqrt(self.weights) * self.mu * (1 - self.reflectance)

    @property
    def lambertian_entry(self) -> NDArray[np.float64]:
        """``sqrt(w)`` times the radiance below the surface per unit of diffuse irradiance in air, shape (N,).

        Radiance grows by the square of the index on its way in, and nothing enters outside the escape cone.
        """
        return np.sqrt(self.weights) * self.refractive_index**2 * (1 - self.reflectance) / np.pi


@cache
def half_range_quadrature(refractive_index: float, nodes: int) -> Quadrature:
    """Return Gauss directions on both sides of the critical angle.

    Parameters
    ----------
    refractive_index : float
        Index of the tissue, at least 1.
    nodes : int
        Directions inside and as many outside the escape cone, where the internal reflectance has its kink.
        Without a boundary, at index 1 and closer to it than `MATCHED`, twice as many lie in one part.

    Returns
    -------
    Quadrature
        With as many Legendre orders L as the smaller part has nodes. With more, products of two orders are
        not integrated exactly, the phase function loses its norm and the fluence rate oscillates where
        little is absorbed.

    Raises
    ------
    ValidityError
        If there are fewer than two nodes a part.
    """
    if nodes < 2:
        raise ValidityError(f"needs at least 2 nodes on each side of the critical angle, got {nodes}")
    if refractive_index < 1 + MATCHED:
        refractive_index = 1.0
    critical = np.sqrt(1 - refractive_index**-2)
    if critical == 0:
        orders = 2 * nodes
        mu, weights = _gauss(0.0, 1.0, orders)
    else:
        orders = nodes
        outside, inside = _gauss(0.0, critical, nodes), _gauss(critical, 1.0, nodes)
        mu, weights = (np.concatenate(pair) for pair in zip(outside, inside, strict=True))
    order = np.arange(orders)[:, None]
    polynomials = np.polynomial.legendre.legvander(mu, orders - 1).T
    return Quadrature(
        mu=mu,
        weights=weights,
        legendre=np.sqrt((2 * order + 1) * weights) * polynomials,
        reflectance=_node_reflectance(mu, weights, refractive_index),
        normal_reflectance=float(fresnel_reflectance(1.0, refractive_index)),
        refractive_index=refractive_index,
    )


def fresnel_reflectance(mu: ArrayLike, refractive_index: float) -> NDArray[np.float64]:
    """Return the reflectance of unpolarised light that meets air from inside the tissue.

    Parameters
    ----------
    mu : array_like, any shape
        Cosine of the angle inside the tissue, in (0, 1].
    refractive_index : float
        Index of the tissue, at least 1.

    Returns
    -------
    ndarray, shape of `mu`
        Fraction reflected; 1 beyond the critical angle.

    Examples
    --------
    >>> fresnel_reflectance([1.0, 0.3], 1.5).round(6).tolist()
    [0.04, 1.0]
    """
    inside = np.asarray(mu, dtype=float)
    outside = np.sqrt(np.maximum(1 - refractive_index**2 * (1 - inside**2), 0.0))
    perpendicular = (refractive_index * inside - outside) / (refractive_index * inside + outside)
    parallel = (inside - refractive_index * outside) / (inside + refractive_index * outside)
    return np.asarray((perpendicular**2 + parallel**2) / 2)


def _node_reflectance(
    mu: NDArray[np.float64], weights: NDArray[np.float64], refractive_index: float
) -> NDArray[np.float64]:
    """Return the Fresnel reflectance at the nodes, scaled so that its hemispherical mean is exact.

    At the critical angle the transmittance starts like a square root, and a few nodes make too much of it:
    eight let 0.1 % too much light through. Over the cosine in air the same mean has no such edge.
    """
    transmittance = 1 - fresnel_reflectance(mu, refractive_index)
    air, air_weights = _gauss(0.0, 1.0, 128)
    entering = 1 - fresnel_reflectance(np.sqrt(1 - (1 - air**2) / refractive_index**2), refractive_index)
    exact = air_weights @ (air * entering) / refractive_index**2
    scaled = transmittance * exact / (weights @ (mu * transmittance))
    return np.asarray(1 - np.clip(scaled, TRAPPED_LEAK, 1.0))


def _gauss(low: float, high: float, nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return low + (high - low) * (points + 1) / 2, (high - low) * weights / 2
