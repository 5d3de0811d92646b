"""Joins the layers: one sweep up with reflection operators, one sweep down with the light.

At every level the modes that come back are a linear function of those that go down, ``m = G p + c``. G and c
start at the bottom boundary and are carried up layer by layer; at the surface the incident light fixes p,
which then runs down again. No exponential exceeds 1 and no matrix is larger than N x N, whatever the
thickness and the number of layers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.layer_modes import LayerModes, against_beam, along_beam, matrix_vector
from nervelight.transport.quadrature import Quadrature

__all__ = ["Beams", "Diffuse", "collimated_beams", "diffuse_light"]


@dataclass(frozen=True)
class Beams:
    """Unscattered collimated light in each layer, per unit of incident irradiance.

    Parameters
    ----------
    optical_depth : ndarray, shape (B, J)
        Delta-M scaled optical thickness of the layers.
    down : ndarray, shape (B, J)
        Irradiance at the top of the layer on its way down.
    up : ndarray, shape (B, J)
        Irradiance at the bottom of the layer on its way up, after reflection at the last boundary.
    """

    optical_depth: NDArray[np.float64]
    down: NDArray[np.float64]
    up: NDArray[np.float64]


@dataclass(frozen=True)
class Diffuse:
    """Mode amplitudes in each layer, and the scattered light that meets the two outer boundaries.

    Parameters
    ----------
    from_top : ndarray, shape (B, J, N)
        Amplitude p at the top of the layer of the modes that decay downwards.
    from_bottom : ndarray, shape (B, J, N)
        Amplitude m at the bottom of the layer of the modes that decay upwards.
    upward, downward : ndarray, shape (B, N)
        ``sqrt(w)`` times radiance that meets the surface from below, and the bottom from above.
    """

    from_top: NDArray[np.float64]
    from_bottom: NDArray[np.float64]
    upward: NDArray[np.float64]
    downward: NDArray[np.float64]


def collimated_beams(
    optical_depth: NDArray[np.float64], collimated_share: NDArray[np.float64], normal_reflectance: float
) -> Beams:
    """Return the unscattered light, with all of its reflections between surface and bottom.

    Parameters
    ----------
    optical_depth : ndarray, shape (B, J)
        Scaled optical thickness; infinite for an infinite layer.
    collimated_share : ndarray, shape (B,)
        Collimated part of the incident irradiance.
    normal_reflectance : float
        Fresnel reflectance of both boundaries.

    Returns
    -------
    Beams
    """
    none = np.zeros((len(optical_depth), 1))
    above = np.concatenate([none, np.cumsum(optical_depth[:, :-1], axis=-1)], axis=-1)
    below = np.concatenate([np.cumsum(optical_depth[:, :0:-1], axis=-1)[:, ::-1], none], axis=-1)
    through = np.exp(-optical_depth.sum(axis=-1, keepdims=True))
    entered = collimated_share[:, None] * (1 - normal_reflectance) / (1 - (normal_reflectance * through) ** 2)
    return Beams(optical_depth, entered * np.exp(-above), entered * normal_reflectance * through * np.exp(-below))


def diffuse_light(
    quadrature: Quadrature, modes: LayerModes, beams: Beams, diffuse_share: NDArray[np.float64]
) -> Diffuse:
    """Return the scattered light of layers between two boundaries to air.

    Parameters
    ----------
    quadrature : Quadrature
        Directions and boundary reflectance.
    modes : LayerModes, shape (B, J)
        Modes of the layers.
    beams : Beams
        The collimated light that feeds them.
    diffuse_share : ndarray, shape (B,)
        Lambertian part of the incident irradiance.

    Returns
    -------
    Diffuse
    """
    tau, rate = beams.optical_depth[..., None], modes.rate
    down, up = beams.down[..., None], beams.up[..., None]
    decay = np.exp(-rate * tau)
    with_beam, against = along_beam(rate, tau) * modes.along, against_beam(rate, tau) * modes.against
    fed_at_bottom, fed_at_top = down * with_beam + up * against, up * with_beam + down * against

    same_side, other_side = (modes.even + modes.odd) / 2, (modes.even - modes.odd) / 2
    mirror = quadrature.reflectance[:, None]
    # Behind a boundary only its reflection runs inwards, plus what enters: straight p + crossed m = entering.
    straight, crossed = same_side - mirror * other_side, other_side - mirror * same_side

    # By layer: m = operator p + returned at its bottom, and p = into (p above - lost) at its top.
    operator, into = np.empty_like(modes.even), np.empty_like(modes.even)
    returned, lost = np.zeros_like(rate), np.empty_like(rate)
    last = tau.shape[1] - 1
    operator[:, last] = -np.linalg.solve(straight[:, last], crossed[:, last])
    for j in range(last, -1, -1):
        fade = decay[:, j]
        operator_top = fade[:, :, None] * operator[:, j] * fade[:, None, :]
        returned_top = fade * (matrix_vector(operator[:, j], fed_at_bottom[:, j]) + returned[:, j]) + fed_at_top[:, j]
        if j:
            even = modes.even_inverse[:, j - 1] @ modes.even[:, j]
            odd = modes.odd_inverse[:, j - 1] @ modes.odd[:, j]
            onward, turned = (even + odd) / 2, (even - odd) / 2
        else:
            onward, turned = straight[:, 0], crossed[:, 0]
        into[:, j] = np.linalg.inv(onward + turned @ operator_top)
        lost[:, j] = matrix_vector(turned, returned_top)
        if j:
            above = (turned + onward @ operator_top) @ into[:, j]
            operator[:, j - 1] = above
            returned[:, j - 1] = matrix_vector(onward, returned_top) - matrix_vector(above, lost[:, j])

    from_top, from_bottom = np.empty_like(rate), np.empty_like(rate)
    arriving = diffuse_share[:, None] * quadrature.lambertian_entry
    for j in range(last + 1):
        from_top[:, j] = matrix_vector(into[:, j], arriving - lost[:, j])
        arriving = decay[:, j] * from_top[:, j] + fed_at_bottom[:, j]
        from_bottom[:, j] = matrix_vector(operator[:, j], arriving) + returned[:, j]
    back = decay[:, 0] * from_bottom[:, 0] + fed_at_top[:, 0]
    return Diffuse(
        from_top=from_top,
        from_bottom=from_bottom,
        upward=matrix_vector(other_side[:, 0], from_top[:, 0]) + matrix_vector(same_side[:, 0], back),
        downward=matrix_vector(same_side[:, last], arriving) + matrix_vector(other_side[:, last], from_bottom[:, last]),
    )
