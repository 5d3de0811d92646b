"""Directions of the discrete ordinates, and what the boundaries between two media do to light in each of them.

A direction keeps ``n sin(theta)`` from layer to layer (Snell's law), and that product names the nodes of all layers at
once. Where it passes the index of a medium, light is totally reflected there, so that the nodes are split at the index
of the air and of every layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = ["MATCHED", "Interface", "Quadrature", "fresnel_reflectance", "interfaces", "layer_quadratures", "lobe_entry"]

# Total reflection is kept this far from 1: light trapped in a layer that neither absorbs nor scatters could
# otherwise stay for ever, and nothing would say how much of it there is. What leaks is counted as leaving.
TRAPPED_LEAK = 1e-10
MATCHED = 1e-7
"""Two indices closer than this are one: nothing measurable changes, but nodes between them would lie at grazing angles,
whose boundary layers are thinner than depths can be told apart."""
# A narrower lobe falls between the nodes: half of its power within 9 degrees of the axis.
NARROWEST_LOBE = 50.0


@dataclass(frozen=True)
class Quadrature:
    """Directions of one hemisphere in one medium; the other hemisphere is its mirror image.

    Parameters
    ----------
    mu : ndarray, shape (N,)
        Cosines to the inward normal, ascending.
    weights : ndarray, shape (N,)
        Their sum is 1. ``n^2 mu weights`` of a node is the same in every medium that has it.
    legendre : tuple of ndarray, shape (L - m, N) at index m
        ``sqrt(w)`` times the normalised associated Legendre functions of azimuthal order m and degrees m to L - 1:
        orthonormal rows within the even and within the odd degrees.
    refractive_index : float
        Index of the medium.
    """

    mu: NDArray[np.float64]
    weights: NDArray[np.float64]
    legendre: tuple[NDArray[np.float64], ...]
    refractive_index: float

    @property
    def flux(self) -> NDArray[np.float64]:
        """Irradiance per ``sqrt(w)`` times radiance at each node, shape (N,)."""
        return np.asarray(2 * np.pi * np.sqrt(self.weights) * self.mu)


@dataclass(frozen=True)
class Interface:
    """What a plane between two media does to unpolarised light, from the side above it and from the side below it.

    Parameters
    ----------
    above, below : ndarray, shape (N of that side,)
        Fresnel reflectance for light that comes from that side.
    downward, upward : ndarray, shape (C,)
        What reaches the C common nodes of the other side, per ``sqrt(w)`` times radiance. The common nodes are the
        last C of each side.
    normal : float
        Reflectance at normal incidence.
    """

    above: NDArray[np.float64]
    below: NDArray[np.float64]
    downward: NDArray[np.float64]
    upward: NDArray[np.float64]
    normal: float

    @property
    def open(self) -> bool:
        """Whether the two media have the same index, so that nothing happens here."""
        return self.normal == 0.0


@cache
def layer_quadratures(indices: tuple[float, ...], nodes: int, orders: int = 1) -> tuple[Quadrature, ...]:
    """Return the directions in each layer of a stack.

    Parameters
    ----------
    indices : tuple of float, length J
        Refractive index of each layer, at least 1.
    nodes : int
        Directions in each part of the range of ``n sin(theta)``: up to the air's index, and from each index to the
        next. Without any boundary, at index 1, twice as many in the only part.
    orders : int
        Azimuthal orders for which Legendre rows are made: 0 to ``orders - 1``.

    Returns
    -------
    tuple of Quadrature, length J
        With as many Legendre degrees L as a part has nodes. With more, products of two degrees are not integrated
        exactly, the phase function loses its norm and the fluence rate oscillates where little is absorbed.

    Raises
    ------
    ValidityError
        If there are fewer than two nodes a part.
    """
    if nodes < 2:
        raise ValidityError(f"needs at least 2 nodes on each side of the critical angle, got {nodes}")
    ends = [1.0]
    snapped = dict.fromkeys(indices, 1.0)
    for index in sorted(snapped):
        if index > ends[-1] * (1 + MATCHED):
            ends.append(index)
        snapped[index] = ends[-1]
    per_part = nodes if len(ends) > 1 else 2 * nodes

    # Gauss nodes over the cosine in the medium whose critical angle ends the part: there light turns grazing, and
    # Fresnel's formulas are smooth in that cosine and in no other.
    cosines, flux_weights = [], []
    for low, high in zip([0.0, *ends[:-1]], ends, strict=True):
        mu, weights = _gauss(0.0, np.sqrt(1 - (low / high) ** 2), per_part)
        cosines.append(mu)
        flux_weights.append(high**2 * mu * weights)
    # Over the cosine of another medium the weights sum to 1 only nearly; the outermost part makes up for it.
    for last, index in enumerate(ends):
        if index in snapped.values():
            shares = [
                np.sum(flux_weights[k] / (index**2 * _cosine(cosines[k], ends[k], index))) for k in range(last + 1)
            ]
            flux_weights[last] = flux_weights[last] * (1 - sum(shares[:-1])) / shares[-1]

    def quadrature(index: float) -> Quadrature:
        parts = range(ends.index(index), -1, -1)
        mu = np.concatenate([_cosine(cosines[k], ends[k], index) for k in parts])
        weights = np.concatenate([flux_weights[k] for k in parts]) / (index**2 * mu)
        rows = tuple(_legendre_rows(mu, weights, per_part, order) for order in range(orders))
        return Quadrature(mu, weights, rows, index)

    made = {index: quadrature(index) for index in dict.fromkeys(snapped.values())}
    return tuple(made[snapped[index]] for index in indices)


def interfaces(layers: Sequence[Quadrature]) -> tuple[Interface, ...]:
    """Return the boundaries of a stack in air.

    Parameters
    ----------
    layers : sequence of Quadrature, length J
        From the surface down.

    Returns
    -------
    tuple of Interface, length J + 1
        From the surface to the bottom. Air has no nodes of its own: what leaves into it is counted, not followed.
    """
    return tuple(_interface(above, below) for above, below in pairwise([None, *layers, None]))


def lobe_entry(quadrature: Quadrature, exponent: float) -> tuple[NDArray[np.float64], float]:
    """Return how light that arrives from many directions enters a medium from air.

    Parameters
    ----------
    quadrature : Quadrature
        Directions in the medium.
    exponent : float
        Lobe exponent m: the radiance in air falls with the angle as ``cos^(m-1)``. 1 is Lambertian.

    Returns
    -------
    entry : ndarray, shape (N,)
        ``sqrt(w)`` times the radiance below the surface, for an irradiance of 1 in air.
    reflected : float
        Share of the irradiance that the surface reflects.

    Raises
    ------
    ValidityError
        If the exponent is not positive, or so large that the lobe falls between the nodes.
    """
    if not 0 < exponent <= NARROWEST_LOBE:
        raise ValidityError(
            f"lobe_exponent must lie above 0 and up to {NARROWEST_LOBE:g}; take narrower light as collimated; "
            f"got {exponent:g}"
        )
    index = quadrature.refractive_index
    sine = index**2 * (1 - quadrature.mu**2)
    inside = sine < 1
    in_air = np.sqrt(np.where(inside, 1 - sine, 1.0))
    radiance = np.where(inside, in_air ** (exponent - 1), 0.0)
    arriving = np.sum(2 * np.pi * index**2 * quadrature.weights * quadrature.mu * radiance)
    transmitted = 1 - _from_inside(quadrature, 1.0)
    entry = np.sqrt(quadrature.weights) * index**2 * transmitted * radiance / arriving
    return entry, float(1 - quadrature.flux @ entry)


def fresnel_reflectance(mu: ArrayLike, refractive_index: float) -> NDArray[np.float64]:
    """Return the reflectance of unpolarised light that meets a boundary.

    Parameters
    ----------
    mu : array_like, any shape
        Cosine of the angle on the side that the light comes from, in (0, 1].
    refractive_index : float
        Index of that side over the index of the other.

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


def _interface(above: Quadrature | None, below: Quadrature | None) -> Interface:
    n_above, n_below = (1.0 if side is None else side.refractive_index for side in (above, below))
    normal = ((n_above - n_below) / (n_above + n_below)) ** 2
    from_above = _from_inside(above, n_below)
    from_below = _from_inside(below, n_above)
    if above is None or below is None:
        return Interface(from_above, from_below, np.zeros(0), np.zeros(0), normal)
    common = min(len(above.mu), len(below.mu))
    # Radiance over the square of the index is kept on refraction.
    scale = (n_below / n_above) ** 2 * np.sqrt(below.weights[-common:] / above.weights[-common:])
    transmitted = 1 - from_above[-common:]
    return Interface(from_above, from_below, transmitted * scale, transmitted / scale, normal)


def _from_inside(side: Quadrature | None, other_index: float) -> NDArray[np.float64]:
    """Return the reflectance at the nodes of one side of a boundary."""
    if side is None:
        return np.zeros(0)
    if side.refractive_index == other_index:
        return np.zeros_like(side.mu)
    return np.minimum(fresnel_reflectance(side.mu, side.refractive_index / other_index), 1 - TRAPPED_LEAK)


def _cosine(mu: NDArray[np.float64], index: float, other_index: float) -> NDArray[np.float64]:
    """Return the cosine in a medium of `other_index` for cosines `mu` in one of `index`, which is not larger."""
    if index == other_index:
        return mu
    return np.sqrt((1 - index / other_index) * (1 + index / other_index) + (index / other_index * mu) ** 2)


def _legendre_rows(
    mu: NDArray[np.float64], weights: NDArray[np.float64], degrees: int, order: int
) -> NDArray[np.float64]:
    """Return the orthonormal rows of one azimuthal order, shape (degrees - order, N)."""
    from scipy.special import gammaln, lpmv

    rows = np.empty((max(degrees - order, 0), len(mu)))
    for row, degree in enumerate(range(order, degrees)):
        size = np.sqrt((2 * degree + 1) * np.exp(gammaln(degree - order + 1) - gammaln(degree + order + 1)))
        rows[row] = (-1) ** order * size * np.sqrt(weights) * lpmv(order, degree, mu)
    for parity in (0, 1):
        # Exact over Gauss nodes; over the nodes of another medium only nearly, which would not conserve energy.
        basis, triangle = np.linalg.qr(rows[parity::2].T)
        rows[parity::2] = (basis * np.sign(np.diag(triangle))).T
    return rows


def _gauss(low: float, high: float, nodes: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return low + (high - low) * (points + 1) / 2, (high - low) * weights / 2
