"""A narrow beam as a sum of patterns on the skin: which spatial frequencies, and with what weight at a distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nervelight.optics.beams import Beam

__all__ = ["hankel_weights"]

# Frequencies of a beam of area pi a**2: uniform in asinh(a q / LOW) from 0 to HIGH / a. The spectrum fades out on the
# way there: the edge of a disc is blurred over an eighth of its radius, with ripples below 1 %.
FREQUENCIES, LOW, HIGH = 16, 0.3, 50.0


def hankel_weights(beam: Beam, radius: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the spatial frequencies of a beam (Q,) [rad/mm], and their weights at each distance (R, Q).

    The weights are those of its Hankel integral, for one watt [1/mm2].
    The spectrum of the beam oscillates, the rise does not: a spline through few frequencies carries the rise, and is
    integrated against the spectrum with many.
    """
    from scipy.interpolate import CubicSpline
    from scipy.special import j0

    size = np.sqrt(beam.area / np.pi)
    low, high = LOW / size, HIGH / size
    nodes = np.linspace(0.0, np.arcsinh(high / low), FREQUENCIES)
    frequency = low * np.sinh(nodes)
    weights = np.empty((len(radius), FREQUENCIES))
    points, point_weights = np.polynomial.legendre.leggauss(6)
    for row, distance in enumerate(radius):
        # Panels of at most half a radian of the product of spectrum and Bessel function.
        edges = np.linspace(0.0, high, 1 + int(np.ceil(2 * high * (size + distance))))
        half = np.diff(edges)[:, None] / 2
        q = (edges[:-1, None] + half * (1 + points)).ravel()
        fade = np.cos(np.pi / 2 * q / high) ** 2
        integrand = (half * point_weights).ravel() * q * fade * beam.spectrum(q) * j0(q * distance) / (2 * np.pi)
        # At the surface the rise falls as 1 / q: what is left after that is smooth.
        spline = CubicSpline(nodes, np.diag(low + frequency))(np.arcsinh(q / low)) / (low + q)[:, None]
        weights[row] = integrand @ spline
    return frequency, weights
