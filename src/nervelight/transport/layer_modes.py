"""Modes of the transport equation inside one homogeneous layer.

With ``a`` and ``b`` the sum and the difference of the radiances at ``+mu`` and ``-mu``, each times
``sqrt(w)``, the transport equation over optical depth is ``M b' = -A a + even`` and ``M a' = -B b + odd`` with the
even and odd parts of the source. Modes that decay downwards, with amplitude p, and upwards, with amplitude m, are
uncoupled: ``p' = -K p``, ``m' = K m``.

Under a wide beam ``A = Re^2`` and ``B = Ro^2`` differ from the unit matrix by one rank for each even or odd Legendre
degree, which makes their inverses explicit. The singular values of ``Ro M^-1 Re = U K V^T`` are the decay rates.

Light that varies sideways as ``exp(i q x)`` is expanded in the azimuth, ``L = sum_m (-i)^m L_m(mu) cos(m azimuth)``;
with the order 0 scaled by the square root of 2 its streaming adds a skew matrix, ``q sin(theta) / 2`` between
neighbouring orders, to both A and B. ``M^-1 B M^-1 A = E K^2 E^-1``; its eigenvalues may be complex.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.quadrature import Quadrature

__all__ = ["LayerModes", "against_beam", "along_beam", "frequency_modes", "layer_modes", "matrix_vector", "mode_length"]

Modes = NDArray[Any]
"""Real under a wide beam, complex at a spatial frequency."""

# Without absorption the slowest mode no longer decays and the algebra turns singular. The share of extinction
# counted as absorption is kept above this; even through an optical depth of 10^4 the loss stays near 10^-8.
LEAST_ABSORPTION = 1e-12
# Nearer to 1 a decay rate is moved away from the rate of the beam: an error in the square of this.
_LEAST_DETUNING = 1e-9
# Sideways streaming is counted per extinction, which a clear layer has none of. A layer this clear [1/mm] keeps all
# but 10^-6 of the light on a metre of path.
_LEAST_EXTINCTION = 1e-9


@dataclass(frozen=True)
class LayerModes:
    """Modes of layers, and how collimated light feeds them; N directions times azimuthal orders.

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
    rate: Modes
    even: Modes
    odd: Modes
    even_inverse: Modes
    odd_inverse: Modes
    along: Modes
    against: Modes
    fluence_weight: Modes

    def layer(self, j: int) -> LayerModes:
        """Return the modes of layer j of arrays whose second axis is the layer."""
        return LayerModes(*(getattr(self, entry.name)[:, j] for entry in fields(self)))


@dataclass(frozen=True)
class _Scattering:
    """Delta-M scaled scattering of layers of any shape (...), L degrees."""

    extinction: NDArray[np.float64]
    kept: NDArray[np.float64]
    """Share of the extinction that each degree loses, shape (..., L)."""
    beam: NDArray[np.float64]
    """What a beam of irradiance 1 scatters into each degree, shape (..., L)."""

    def out_of_beam(self, rows: NDArray[np.float64], parity: slice) -> NDArray[np.float64]:
        """Return the even or odd part of the radiance scattered out of the beam, shape (..., N)."""
        return np.asarray(self.beam[..., parity] @ rows[parity])


_EVEN, _ODD = slice(0, None, 2), slice(1, None, 2)


def layer_modes(
    quadrature: Quadrature, mu_a: NDArray[np.float64], mu_s: NDArray[np.float64], g: NDArray[np.float64]
) -> LayerModes:
    """Return the modes of homogeneous layers with Henyey-Greenstein scattering under a wide beam.

    Parameters
    ----------
    quadrature : Quadrature
        N directions a hemisphere, L Legendre degrees.
    mu_a, mu_s : ndarray, shape (...)
        Absorption and scattering coefficient [1/mm].
    g : ndarray, shape (...)
        Anisotropy. A forward peak beyond L degrees is counted as not scattered (delta-M); a backward peak
        (g < 0, no tissue) is cut off.

    Returns
    -------
    LayerModes
        With the shape of the layers in front.

    References
    ----------
    wiscombe1977 for delta-M, stamnes1988 for discrete ordinates with sums and differences.
    """
    mu, x = quadrature.mu, quadrature.legendre[0]
    scattering = _scattering(len(x), mu_a, mu_s, g)
    root = np.sqrt(scattering.kept)
    r_even, r_odd = _near_unit(x[_EVEN], root[..., _EVEN]), _near_unit(x[_ODD], root[..., _ODD])
    r_odd_inverse = _near_unit(x[_ODD], 1 / root[..., _ODD])
    u, rate, vt = np.linalg.svd(r_odd @ (r_even / mu[:, None]))
    u_t = np.swapaxes(u, -1, -2)

    # Radiance scattered out of the beam, in its even and odd degrees, seen by the modes.
    from_odd = matrix_vector(vt @ r_even, scattering.out_of_beam(x, _ODD) / mu)
    from_even = matrix_vector(u_t @ r_odd, scattering.out_of_beam(x, _EVEN) / mu)
    # Equal to Re^-1 V, without the large numbers in Re^-1 that nearly cancel.
    even_modes = (r_odd @ u) / mu[:, None] / rate[..., None, :]
    return LayerModes(
        extinction=scattering.extinction,
        rate=rate,
        even=even_modes,
        odd=r_odd_inverse @ u,
        even_inverse=vt @ r_even,
        odd_inverse=u_t @ r_odd,
        along=(from_even + from_odd) / 2,
        against=(from_even - from_odd) / 2,
        fluence_weight=2 * np.pi * (np.sqrt(quadrature.weights) @ even_modes),
    )


def frequency_modes(
    quadrature: Quadrature,
    mu_a: NDArray[np.float64],
    mu_s: NDArray[np.float64],
    g: NDArray[np.float64],
    frequency: NDArray[np.float64],
) -> LayerModes:
    """Return the modes of homogeneous layers for light that varies sideways.

    Parameters
    ----------
    quadrature : Quadrature
        N directions a hemisphere, L Legendre degrees, rows for each azimuthal order.
    mu_a, mu_s, g : ndarray, shape (B,)
        As in :func:`layer_modes`, one layer of B stacks.
    frequency : ndarray, shape (Q,)
        Spatial frequencies q [rad/mm], positive.

    Returns
    -------
    LayerModes
        Of shape (B, Q), with all azimuthal orders of one direction side by side.

    References
    ----------
    liemert2017_layers
    """
    mu, rows = quadrature.mu, quadrature.legendre
    orders = len(rows)
    scattering = _scattering(len(rows[0]), mu_a, mu_s, g)
    extinction = np.maximum(scattering.extinction, _LEAST_EXTINCTION)
    size = len(mu) * orders
    even, odd = (np.zeros((len(mu_a), 1, size, size)) for _ in range(2))
    sideways = np.zeros((size, size))
    for order, x in enumerate(rows):
        block = slice(order, None, orders)
        kept = scattering.kept[..., order:]
        # A function of degree l and order m is even in mu where l + m is.
        even[:, 0, block, block] = _near_unit(x[_EVEN], kept[..., _EVEN])
        odd[:, 0, block, block] = _near_unit(x[_ODD], kept[..., _ODD])
        if order:
            before = slice(order - 1, None, orders)
            coupling = np.diag(np.sqrt(1 - mu**2) / (np.sqrt(2) if order == 1 else 2))
            sideways[before, block], sideways[block, before] = coupling, -coupling
    streaming = (frequency / extinction[:, None])[..., None, None] * sideways
    all_mu = np.repeat(mu, orders)
    m_even, m_odd = (even + streaming) / all_mu[:, None], (odd + streaming) / all_mu[:, None]
    squares, modes = np.linalg.eig(m_odd @ m_even)
    # The principal root decays downwards.
    rate, modes = np.sqrt(squares.astype(complex)), modes.astype(complex)
    even_inverse = np.linalg.inv(modes)
    odd_inverse = (even_inverse @ m_odd) / rate[..., None]

    beam = np.zeros((2, len(mu_a), 1, size))
    for part, parity in zip(beam, (_EVEN, _ODD), strict=True):
        part[:, 0, ::orders] = scattering.out_of_beam(rows[0], parity) / mu
    from_odd, from_even = matrix_vector(even_inverse, beam[1]), matrix_vector(odd_inverse, beam[0])
    return LayerModes(
        extinction=np.broadcast_to(extinction[:, None], (len(mu_a), len(frequency))),
        rate=rate,
        even=modes,
        odd=(m_even @ modes) / rate[..., None, :],
        even_inverse=even_inverse,
        odd_inverse=odd_inverse,
        along=(from_even + from_odd) / 2,
        against=(from_even - from_odd) / 2,
        fluence_weight=2 * np.pi * (np.sqrt(quadrature.weights) @ modes[..., ::orders, :]),
    )


def mode_length(rate: Modes, depth: NDArray[np.float64]) -> Modes:
    """Return the integral of ``exp(-rate t)`` from 0 to `depth`; broadcasts."""
    return np.asarray(-np.expm1(-rate * depth) / rate)


def along_beam(rate: Modes, depth: NDArray[np.float64]) -> Modes:
    """Return the mode that a beam ``exp(-t)`` has built up at `depth` when both decay downwards; broadcasts.

    It solves ``p' = -rate p + exp(-t)`` and vanishes at the top: ``(exp(-t) - exp(-rate t)) / (rate - 1)``,
    written so that it stays exact at resonance and never overflows.
    """
    slower = rate.real < 1
    detuning = np.where(slower, 1 - rate, rate - 1)
    detuning = np.where(np.abs(detuning) < _LEAST_DETUNING, _LEAST_DETUNING, detuning)
    return np.asarray(np.exp(-np.where(slower, rate, 1.0) * depth) * mode_length(detuning, depth))


def against_beam(rate: Modes, distance: NDArray[np.float64]) -> Modes:
    """Return what a beam feeds into a mode that decays towards it, per unit of irradiance; broadcasts.

    ``exp(-t) against_beam(rate, bottom - t)`` solves ``m' = rate m - exp(-t)`` and vanishes at the bottom.
    """
    return mode_length(rate + 1, distance)


def matrix_vector(matrix: Modes, vector: Modes) -> Modes:
    """Return the products of matrices (..., N, N) and vectors (..., N)."""
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _scattering(
    degrees: int, mu_a: NDArray[np.float64], mu_s: NDArray[np.float64], g: NDArray[np.float64]
) -> _Scattering:
    order = np.arange(degrees)
    peak = np.maximum(g, 0.0) ** degrees
    moments = (g[..., None] ** order - peak[..., None]) / (1 - peak[..., None])
    scattered = mu_s * (1 - peak)
    extinction = mu_a + scattered
    lit = np.where(extinction > 0, extinction, 1.0)
    albedo = (scattered / lit)[..., None]
    kept = 1 - albedo * moments
    # The difference above loses all digits where little is absorbed; the quotient keeps them.
    kept[..., 0] = np.clip(np.where(extinction > 0, mu_a / lit, 1.0), LEAST_ABSORPTION, 1.0)
    return _Scattering(extinction, kept, albedo * np.sqrt(2 * order + 1) * moments / (2 * np.pi))


def _near_unit(rows: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that stretches each orthonormal row by its factor and leaves the rest alone."""
    stretched: NDArray[np.float64] = (rows.T * (factors - 1)[..., None, :]) @ rows
    return stretched + np.eye(rows.shape[-1])
