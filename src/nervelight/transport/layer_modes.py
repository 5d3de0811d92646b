"""Modes of the transport equation inside one homogeneous layer.

With ``a`` and ``b`` the sum and the difference of the radiances at ``+mu`` and ``-mu``, each times
``sqrt(w)``, the transport equation over optical depth is ``M b' = -Re^2 a + even`` and
``M a' = -Ro^2 b + odd`` with the even and odd parts of the source. ``Re`` and ``Ro`` differ from the unit
matrix by one rank for each even or odd Legendre order, which makes their inverses explicit. The singular
values of ``Ro M^-1 Re = U K V^T`` are the decay rates. Modes that decay downwards, with amplitude p, and
upwards, with amplitude m, are uncoupled: ``p' = -K p``, ``m' = K m``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.quadrature import Quadrature

__all__ = ["LayerModes", "against_beam", "along_beam", "layer_modes", "matrix_vector", "mode_length"]

# Without absorption the slowest mode no longer decays and the algebra turns singular. The share of extinction
# counted as absorption is kept above this; even through an optical depth of 10^4 the loss stays near 10^-8.
LEAST_ABSORPTION = 1e-12
# Nearer to 1 a decay rate is moved away from the rate of the beam: an error in the square of this.
_LEAST_DETUNING = 1e-9


@dataclass(frozen=True)
class LayerModes:
    """Modes of layers, and how collimated light feeds them.

    Parameters
    ----------
    extinction : ndarray, shape (...)
        Delta-M scaled extinction coefficient [1/mm].
    rate : ndarray, shape (..., N)
        Decay rate of each mode per unit of scaled optical depth.
    even, odd : ndarray, shape (..., N, N)
        Columns carry ``p + m`` into a and ``p - m`` into b.
    even_inverse, odd_inverse : ndarray, shape (..., N, N)
        Carry a into ``p + m`` and b into ``p - m``.
    along, against : ndarray, shape (..., N)
        Source of the modes that decay along a beam of irradiance 1, and of those that decay against it.
    fluence_weight : ndarray, shape (..., N)
        Fluence rate for each unit of ``p + m``.
    """

    extinction: NDArray[np.float64]
    rate: NDArray[np.float64]
    even: NDArray[np.float64]
    odd: NDArray[np.float64]
    even_inverse: NDArray[np.float64]
    odd_inverse: NDArray[np.float64]
    along: NDArray[np.float64]
    against: NDArray[np.float64]
    fluence_weight: NDArray[np.float64]


def layer_modes(
    quadrature: Quadrature, mu_a: NDArray[np.float64], mu_s: NDArray[np.float64], g: NDArray[np.float64]
) -> LayerModes:
    """Return the modes of homogeneous layers with Henyey-Greenstein scattering.

    Parameters
    ----------
    quadrature : Quadrature
        N directions a hemisphere, L Legendre orders.
    mu_a, mu_s : ndarray, shape (...)
        Absorption and scattering coefficient [1/mm].
    g : ndarray, shape (...)
        Anisotropy. A forward peak beyond L orders is counted as not scattered (delta-M); a backward peak
        (g < 0, no tissue) is cut off.

    Returns
    -------
    LayerModes
        With the shape of the layers in front.

    References
    ----------
    wiscombe1977 for delta-M, stamnes1988 for discrete ordinates with sums and differences.
    """
    mu, x = quadrature.mu, quadrature.legendre
    order = np.arange(len(x))
    peak = np.maximum(g, 0.0) ** len(x)
    moments = (g[..., None] ** order - peak[..., None]) / (1 - peak[..., None])
    scattering = mu_s * (1 - peak)
    extinction = mu_a + scattering
    lit = np.where(extinction > 0, extinction, 1.0)
    albedo = (scattering / lit)[..., None]
    kept = 1 - albedo * moments
    # The difference above loses all digits where little is absorbed; the quotient keeps them.
    kept[..., 0] = np.clip(np.where(extinction > 0, mu_a / lit, 1.0), LEAST_ABSORPTION, 1.0)

    root = np.sqrt(kept)
    even, odd = slice(0, None, 2), slice(1, None, 2)
    r_even, r_odd = _near_unit(x[even], root[..., even]), _near_unit(x[odd], root[..., odd])
    r_odd_inverse = _near_unit(x[odd], 1 / root[..., odd])
    u, rate, vt = np.linalg.svd(r_odd @ (r_even / mu[:, None]))
    u_t = np.swapaxes(u, -1, -2)

    # Radiance scattered out of the beam, in its even and odd orders, seen by the modes.
    beam = albedo * np.sqrt(2 * order + 1) * moments / (2 * np.pi)
    from_odd = matrix_vector(vt @ r_even, (beam[..., odd] @ x[odd]) / mu)
    from_even = matrix_vector(u_t @ r_odd, (beam[..., even] @ x[even]) / mu)
    # Equal to Re^-1 V, without the large numbers in Re^-1 that nearly cancel.
    even_modes = (r_odd @ u) / mu[:, None] / rate[..., None, :]
    return LayerModes(
        extinction=extinction,
        rate=rate,
        even=even_modes,
        odd=r_odd_inverse @ u,
        even_inverse=vt @ r_even,
        odd_inverse=u_t @ r_odd,
        along=(from_even + from_odd) / 2,
        against=(from_even - from_odd) / 2,
        fluence_weight=2 * np.pi * (np.sqrt(quadrature.weights) @ even_modes),
    )


def mode_length(rate: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the integral of ``exp(-rate t)`` from 0 to `depth`; broadcasts."""
    return np.asarray(-np.expm1(-rate * depth) / rate)


def along_beam(rate: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mode that a beam ``exp(-t)`` has built up at `depth` when both decay downwards; broadcasts.

    It solves ``p' = -rate p + exp(-t)`` and vanishes at the top: ``(exp(-t) - exp(-rate t)) / (rate - 1)``,
    written so that it stays exact at resonance and never overflows.
    """
    detuning = np.maximum(np.abs(rate - 1), _LEAST_DETUNING)
    return np.asarray(np.exp(-np.minimum(rate, 1.0) * depth) * mode_length(detuning, depth))


def against_beam(rate: NDArray[np.float64], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a beam feeds into a mode that decays towards it, per unit of irradiance; broadcasts.

    ``exp(-t) against_beam(rate, bottom - t)`` solves ``m' = rate m - exp(-t)`` and vanishes at the bottom.
    """
    return mode_length(rate + 1, distance)


def matrix_vector(matrix: NDArray[np.float64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the products of matrices (..., N, N) and vectors (..., N)."""
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _near_unit(rows: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that stretches each orthonormal row by its factor and leaves the rest alone."""
    stretched: NDArray[np.float64] = (rows.T * (factors - 1)[..., None, :]) @ rows
    return stretched + np.eye(rows.shape[-1])
