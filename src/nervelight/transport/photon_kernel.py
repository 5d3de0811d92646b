"""One batch of photons through plane layers, compiled by Numba.

Only :mod:`nervelight.transport.monte_carlo` calls it, and loads it when the first photon is asked for. Shapes: J
layers, Z depths, R radii. Directions are unit vectors (ux, uy, uz) with z pointing into the tissue; under a plane wave
nothing depends on x and y, and only uz is kept.

References
----------
wang1995, henyey1941, blackman2021, duff2017, abramowitz1964
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DISC",
    "GAUSSIAN",
    "GRAZING",
    "PLANE_WAVE",
    "Incidence",
    "Points",
    "Tally",
    "Tissue",
    "chord_in_box",
    "crossing_score",
    "fresnel",
    "mean_irradiance",
    "next_bits",
    "scaled_bessel_i0",
    "scattering_cosine",
    "trace",
    "turned",
    "uniform",
]

PLANE_WAVE, DISC, GAUSSIAN = 0, 1, 2
"""Shapes of a beam."""
GRAZING = 0.01
"""Cosine below which a crossing scores the mean of 1/cosine over all smaller cosines: bounds its variance."""

# Below this weight a photon is played for: one in ten goes on, ten times as heavy. Both numbers change the cost, never
# the mean.
_LIGHT_WEIGHT = 1e-3
_SURVIVAL = 0.1

_F = TypeVar("_F", bound=Callable[..., Any])


def _compiled(function: _F) -> _F:
    """Compile without the interpreter's lock, and keep the machine code on disk where that can be written."""
    try:
        return cast(_F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))
    except RuntimeError:
        # Neither the installation nor the user's cache folder can be written: compile anew in each process.
        return cast(_F, numba.njit(nogil=True, error_model="numpy")(function))


class Tissue(NamedTuple):
    """Plane layers.

    Parameters
    ----------
    bottom : ndarray, shape (J,)
        Depth of the lower face of each layer [mm]; the last may be infinite.
    mu_t : ndarray, shape (J,)
        Extinction coefficient, mu_a + mu_s [1/mm].
    albedo : ndarray, shape (J,)
        mu_s / mu_t; 0 where nothing absorbs or scatters.
    g : ndarray, shape (J,)
        Henyey-Greenstein anisotropy.
    refractive_index : ndarray, shape (J + 2,)
        Of what lies above, of each layer, and of what lies below.
    """

    bottom: NDArray[np.float64]
    mu_t: NDArray[np.float64]
    albedo: NDArray[np.float64]
    g: NDArray[np.float64]
    refractive_index: NDArray[np.float64]


class Incidence(NamedTuple):
    """How the light arrives.

    Parameters
    ----------
    shape : int
        `PLANE_WAVE`, `DISC` or `GAUSSIAN`.
    radius : float
        Radius of the beam [mm].
    diffuse_share : float
        Share of the power that arrives from a lobe; the rest is collimated.
    lobe_exponent : float
        The lobe's irradiance goes with this power of the cosine.
    """

    shape: int
    radius: float
    diffuse_share: float
    lobe_exponent: float


class Points(NamedTuple):
    """Where the fluence rate is wanted.

    Parameters
    ----------
    depth : ndarray, shape (Z,)
        Depths, ascending [mm].
    radius : ndarray, shape (R,)
        Distances from the beam's axis [mm].
    cell : float
        Half of the edge of the cube about each point in which track lengths count [mm]; 0: crossings of the planes
        count, and photons start on the axis.
    """

    depth: NDArray[np.float64]
    radius: NDArray[np.float64]
    cell: float


class Tally(NamedTuple):
    """Sums over the photons of a batch; arrays are added to.

    Parameters
    ----------
    gone : ndarray, shape (3,)
        Weight mirrored by the surface, weight that left through it, weight that left through the bottom.
    absorbed : ndarray, shape (J,)
        Weight absorbed by each layer.
    fluence_rate : ndarray, shape (Z, R)
        For a plane wave per incident irradiance [1], else per incident power [1/mm2].
    """

    gone: NDArray[np.float64]
    absorbed: NDArray[np.float64]
    fluence_rate: NDArray[np.float64]


@_compiled
def next_bits(state: NDArray[np.uint64]) -> np.uint64:
    """Return the next 64 bits of xoshiro256++ and advance its `state`, shape (4,)."""
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    total = s0 + s3
    bits: np.uint64 = ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0
    shifted = s1 << np.uint64(17)
    s2 ^= s0
    s3 ^= s1
    state[1] = s1 ^ s2
    state[0] = s0 ^ s3
    state[2] = s2 ^ shifted
    state[3] = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
    return bits


@_compiled
def uniform(state: NDArray[np.uint64]) -> float:
    """Return a number from [0, 1), one of 2**53 evenly spaced ones."""
    return float(np.int64(next_bits(state) >> np.uint64(11)) * 2.0**-53)


@_compiled
def _in_unit_disc(state: NDArray[np.uint64]) -> tuple[float, float, float]:
    """Return a point evenly drawn from the unit disc, without its centre, and its squared radius."""
    while True:
        a = 2.0 * uniform(state) - 1.0
        b = 2.0 * uniform(state) - 1.0
        square = a * a + b * b
        if 0.0 < square < 1.0:
            return a, b, square


@_compiled
def scattering_cosine(g: float, u: float) -> float:
    """Return the scattering cosine whose Henyey-Greenstein distribution function has the value `u`.

    The usual form divides by `g`; multiplied out it holds for every g in (-1, 1), 0 included.
    """
    s = 2.0 * u - 1.0
    inverse = 1.0 / (1.0 + g * s)
    cosine = (s + g * (0.5 * (3.0 + s * s) + g * (s + 0.5 * g * (s * s - 1.0)))) * inverse * inverse
    return min(1.0, max(-1.0, cosine))


@_compiled
def turned(ux: float, uy: float, uz: float, cosine: float, across: float, along: float) -> tuple[float, float, float]:
    """Return a direction at the angle of `cosine` to another, the rest lying in two directions normal to that.

    Parameters
    ----------
    ux, uy, uz : float
        Unit vector.
    cosine, across, along : float
        Components of the new unit vector on the old one and on the two normals to it, which are those of Duff.
    """
    sign = math.copysign(1.0, uz)
    a = -1.0 / (sign + uz)
    b = ux * uy * a
    return (
        cosine * ux + across * (1.0 + sign * ux * ux * a) + along * b,
        cosine * uy + across * sign * b + along * (sign + uy * uy * a),
        cosine * uz - across * sign * ux - along * uy,
    )


@_compiled
def fresnel(cosine: float, index_in: float, index_out: float) -> tuple[float, float]:
    """Return the reflectance of unpolarised light and the cosine behind the interface; (1, 0) where none passes.

    Parameters
    ----------
    cosine : float
        Of the angle to the normal before the interface, in [0, 1].
    index_in, index_out : float
        Refractive indices before and behind it.
    """
    ratio = index_in / index_out
    square = 1.0 - ratio * ratio * (1.0 - cosine * cosine)
    if square <= 0.0:
        return 1.0, 0.0
    behind = math.sqrt(square)
    perpendicular = (index_in * cosine - index_out * behind) / (index_in * cosine + index_out * behind)
    parallel = (index_out * cosine - index_in * behind) / (index_out * cosine + index_in * behind)
    return 0.5 * (perpendicular * perpendicular + parallel * parallel), behind


@_compiled
def scaled_bessel_i0(x: float) -> float:
    """Return exp(-x) I0(x) for x >= 0 by polynomials 9.8.1 and 9.8.2 of Abramowitz and Stegun, good to 5e-7."""
    t = x / 3.75
    if t < 1.0:
        t *= t
        series = 1.2067492 + t * (0.2659732 + t * (0.0360768 + t * 0.0045813))
        return math.exp(-x) * (1.0 + t * (3.5156229 + t * (3.0899424 + t * series)))
    t = 1.0 / t
    series = -0.02057706 + t * (0.02635537 + t * (-0.01647633 + t * 0.00392377))
    series = 0.01328592 + t * (0.00225319 + t * (-0.00157565 + t * (0.00916281 + t * series)))
    return (0.39894228 + t * series) / math.sqrt(x)


@_compiled
def mean_irradiance(shape: int, beam_radius: float, r: float, offset: float) -> float:
    """Return the irradiance of a beam of one watt [1/mm2], averaged over a circle on the skin.

    Parameters
    ----------
    shape : int
        `DISC` or `GAUSSIAN`.
    beam_radius : float
        Its radius [mm].
    r : float
        Distance of the circle's centre from the axis [mm].
    offset : float
        Radius of the circle [mm].
    """
    area = math.pi * beam_radius * beam_radius
    if shape == GAUSSIAN:
        scale = 2.0 / (beam_radius * beam_radius)
        across = (r - offset) * (r - offset)
        return 2.0 / area * math.exp(-scale * across) * scaled_bessel_i0(2.0 * scale * r * offset)
    if r + offset < beam_radius:
        return 1.0 / area
    if abs(r - offset) > beam_radius:
        return 0.0
    if r * offset == 0.0:
        return 0.5 / area
    cosine = (r * r + offset * offset - beam_radius * beam_radius) / (2.0 * r * offset)
    return math.acos(min(1.0, max(-1.0, cosine))) / (math.pi * area)


@_compiled
def chord_in_box(
    start: tuple[float, float, float],
    direction: tuple[float, float, float],
    length: float,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
) -> float:
    """Return how much of a straight piece of path lies inside a box [mm]."""
    enters, leaves = 0.0, length
    for axis in range(3):
        if direction[axis] == 0.0:
            if not low[axis] <= start[axis] <= high[axis]:
                return 0.0
        else:
            one = (low[axis] - start[axis]) / direction[axis]
            other = (high[axis] - start[axis]) / direction[axis]
            enters = max(enters, min(one, other))
            leaves = min(leaves, max(one, other))
    return max(0.0, leaves - enters)


@_compiled
def crossing_score(cosine: float) -> float:
    """Return what a photon that crosses a plane at this `cosine` adds to the fluence rate there, per unit of weight."""
    return 1.0 / cosine if cosine > GRAZING else 2.0 / GRAZING


@_compiled
def _score_crossing(
    light: Incidence, points: Points, tally: Tally, plane: int, weight: float, uz: float, offset: float
) -> None:
    """Add a photon that crosses a plane, at this offset from where it entered, to the fluence rate at all radii."""
    score = weight * crossing_score(abs(uz))
    if light.shape == PLANE_WAVE:
        tally.fluence_rate[plane, 0] += score
        return
    for k in range(points.radius.size):
        tally.fluence_rate[plane, k] += score * mean_irradiance(light.shape, light.radius, points.radius[k], offset)


@_compiled
def _score_cells(
    points: Points,
    tally: Tally,
    weight: float,
    start: tuple[float, float, float],
    direction: tuple[float, float, float],
    length: float,
    bottom: float,
) -> None:
    """Add a piece of path to all cubes that it goes through; a cube is cut off at the tissue's two faces."""
    half = points.cell
    end = start[2] + direction[2] * length
    for i in range(points.depth.size):
        upper = max(0.0, points.depth[i] - half)
        lower = min(bottom, points.depth[i] + half)
        if max(start[2], end) < upper or min(start[2], end) > lower:
            continue
        volume = 4.0 * half * half * (lower - upper)
        for k in range(points.radius.size):
            low = (points.radius[k] - half, -half, upper)
            high = (points.radius[k] + half, half, lower)
            tally.fluence_rate[i, k] += weight * chord_in_box(start, direction, length, low, high) / volume


@_compiled
def trace(
    photons: int,
    state: NDArray[np.uint64],
    tissue: Tissue,
    light: Incidence,
    points: Points,
    tally: Tally,
    longest_walk: int,
) -> bool:
    """Follow photons of unit weight from the air above the skin until they have left or died.

    Parameters
    ----------
    photons : int
        How many; their angles of incidence are spread evenly over the lobe.
    state : ndarray of uint64, shape (4,)
        State of the generator; advanced.
    tissue, light, points
        The problem.
    tally : Tally
        The sums; added to.
    longest_walk : int
        Straight pieces of path after which a photon is given up.

    Returns
    -------
    bool
        Whether every photon came to its end; if not, the sums are worthless.
    """
    layers = tissue.mu_t.size
    planes = points.depth.size if points.cell == 0.0 else 0
    wide = light.shape == PLANE_WAVE
    for photon in range(photons):
        # One number says whether the photon is diffuse and, if so, at which angle it comes.
        stratum = (photon + uniform(state)) / photons
        cosine_in_air = 1.0
        if stratum < light.diffuse_share:
            cosine_in_air = (1.0 - stratum / light.diffuse_share) ** (1.0 / (light.lobe_exponent + 1.0))
        mirrored, uz = fresnel(cosine_in_air, tissue.refractive_index[0], tissue.refractive_index[1])
        tally.gone[0] += mirrored
        weight = 1.0 - mirrored
        x = y = z = ux = uy = 0.0
        if cosine_in_air < 1.0 and not wide:
            a, b, square = _in_unit_disc(state)
            sine = math.sqrt((1.0 - uz * uz) / square)
            ux, uy = a * sine, b * sine
        if points.cell > 0.0:
            x, y, square = _in_unit_disc(state)
            spread = light.radius
            if light.shape == GAUSSIAN:
                spread *= math.sqrt(-0.5 * math.log(square) / square)
            x, y = x * spread, y * spread

        layer = 0
        top, bottom = 0.0, tissue.bottom[0]
        mu_t, albedo, g = tissue.mu_t[0], tissue.albedo[0], tissue.g[0]
        above = 0  # planes that lie above the photon
        to_go = -math.log(1.0 - uniform(state))  # optical length left to the next collision
        for _ in range(longest_walk):
            length = to_go / mu_t
            reached = z + uz * length
            # Also where nothing stops a photon and the quotient is no number.
            crosses = not top <= reached <= bottom
            if crosses:
                reached = bottom if uz > 0.0 else top
                length = (reached - z) / uz
                to_go = max(0.0, to_go - mu_t * length)

            if points.cell > 0.0:
                _score_cells(points, tally, weight, (x, y, z), (ux, uy, uz), length, tissue.bottom[layers - 1])
            # A plane on an interface belongs to the layer below: light is scored there after it was refracted.
            while uz > 0.0 and above < planes and points.depth[above] < reached:
                part = (points.depth[above] - z) / uz
                _score_crossing(light, points, tally, above, weight, uz, math.hypot(x + ux * part, y + uy * part))
                above += 1
            while uz < 0.0 and above > 0 and points.depth[above - 1] >= reached:
                above -= 1
                part = (points.depth[above] - z) / uz
                _score_crossing(light, points, tally, above, weight, uz, math.hypot(x + ux * part, y + uy * part))
            x, y, z = x + ux * length, y + uy * length, reached

            if crosses:
                beyond = layer + 1 if uz > 0.0 else layer - 1
                index_in, index_out = tissue.refractive_index[layer + 1], tissue.refractive_index[beyond + 1]
                if index_in != index_out:
                    mirrored, behind = fresnel(abs(uz), index_in, index_out)
                    if uniform(state) < mirrored:
                        uz = -uz
                        continue
                    ux, uy = ux * (index_in / index_out), uy * (index_in / index_out)
                    uz = math.copysign(behind, uz)
                layer = beyond
                if layer < 0 or layer == layers:
                    tally.gone[1 if layer < 0 else 2] += weight
                    break
                top = tissue.bottom[layer - 1] if layer > 0 else 0.0
                bottom = tissue.bottom[layer]
                mu_t, albedo, g = tissue.mu_t[layer], tissue.albedo[layer], tissue.g[layer]
                continue

            survives = weight * albedo
            tally.absorbed[layer] += weight - survives
            weight = survives
            if weight < _LIGHT_WEIGHT:
                if uniform(state) >= _SURVIVAL:
                    break
                weight /= _SURVIVAL
            cosine = scattering_cosine(g, uniform(state))
            a, b, square = _in_unit_disc(state)
            # The doubled angle of a point in the disc is as even as the angle, and needs no root.
            across = (a * a - b * b) / square
            if wide:
                uz = cosine * uz + across * math.sqrt((1.0 - cosine * cosine) * (1.0 - uz * uz))
                uz = min(1.0, max(-1.0, uz))
            else:
                sine = math.sqrt(1.0 - cosine * cosine)
                ux, uy, uz = turned(ux, uy, uz, cosine, sine * across, sine * (2.0 * a * b / square))
            to_go = -math.log(1.0 - uniform(state))
        else:
            return False
    return True
