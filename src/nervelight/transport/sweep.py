"""Joins the layers: one sweep up with reflection operators, one sweep down with the light.

At every level the modes that come back are a linear function of those that go down, ``m = G p + c``. G and c
start at the bottom boundary and are carried up layer by layer; at the surface the incident light fixes p,
which then runs down again. No exponential exceeds 1 and no matrix is larger than N x N, whatever the
thickness and the number of layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.transport.layer_modes import LayerModes, Modes, against_beam, along_beam, matrix_vector
from nervelight.transport.quadrature import Interface

__all__ = ["Beams", "Diffuse", "collimated_beams", "diffuse_light", "optical_thickness"]

# Optical depth of a layer without end. Nothing comes back from there, and unlike infinity it can be multiplied by a
# complex rate.
_ENDLESS = 1e8


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
        Irradiance at the bottom of the layer on its way up, after reflection further down.
    """

    optical_depth: NDArray[np.float64]
    down: NDArray[np.float64]
    up: NDArray[np.float64]


@dataclass(frozen=True)
class Diffuse:
    """Mode amplitudes in each layer, and the scattered light that meets the two outer boundaries.

    Parameters
    ----------
    from_top : tuple of ndarray, J of shape (B, N)
        Amplitude p at the top of the layer of the modes that decay downwards.
    from_bottom : tuple of ndarray, J of shape (B, N)
        Amplitude m at the bottom of the layer of the modes that decay upwards.
    upward, downward : ndarray, shape (B, N)
        ``sqrt(w)`` times radiance that meets the surface from below, and the bottom from above.
    """

    from_top: tuple[Modes, ...]
    from_bottom: tuple[Modes, ...]
    upward: Modes
    downward: Modes


def optical_thickness(modes: Sequence[LayerModes], thickness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scaled optical thickness of layers of some thickness (B, J) [mm], finite for a layer without end."""
    extinction = np.stack([layer.extinction for layer in modes], axis=-1)
    return np.minimum(extinction * thickness, _ENDLESS)


def collimated_beams(
    optical_depth: NDArray[np.float64], collimated_share: NDArray[np.float64], interfaces: Sequence[Interface]
) -> Beams:
    """Return the unscattered light, with all of its reflections at the surface, between layers and at the bottom.

    Parameters
    ----------
    optical_depth : ndarray, shape (B, J)
        Scaled optical thickness.
    collimated_share : ndarray, shape (B,)
        Collimated part of the incident irradiance.
    interfaces : sequence of Interface, length J + 1
        From the surface to the bottom.

    Returns
    -------
    Beams
    """
    through = np.exp(-optical_depth)
    layers = optical_depth.shape[-1]
    # Reflectance of all that lies below each layer, and what comes down into the layer of what reaches its top.
    below, entering = np.empty_like(through), np.empty_like(through)
    beneath = np.full(len(through), interfaces[layers].normal)
    for j in range(layers - 1, -1, -1):
        mirror = interfaces[j].normal
        below[:, j] = beneath
        returned = beneath * through[:, j] ** 2
        entering[:, j] = (1 - mirror) / (1 - mirror * returned)
        beneath = mirror + (1 - mirror) * returned * entering[:, j]
    down, up = np.empty_like(through), np.empty_like(through)
    arriving = collimated_share
    for j in range(layers):
        down[:, j] = arriving * entering[:, j]
        arriving = down[:, j] * through[:, j]
        up[:, j] = arriving * below[:, j]
    return Beams(optical_depth, down, up)


@dataclass(frozen=True)
class _Crossing:
    """How light comes down through an interface into a layer: ``p = into (arriving - lost)``.

    Where nothing happens at the interface, `arriving` is p at the bottom of the layer above. Otherwise it is the
    radiance there that meets the interface.
    """

    into: Modes
    lost: Modes
    downward: NDArray[np.float64] | None = None

    def modes(self, arriving: Modes) -> Modes:
        """Return the amplitudes p at the top of the layer."""
        if self.downward is not None:
            common = len(self.downward)
            met = np.zeros_like(self.lost)
            met[..., -common:] = self.downward * arriving[..., -common:]
            arriving = met
        return matrix_vector(self.into, arriving - self.lost)


def diffuse_light(
    modes: Sequence[LayerModes], interfaces: Sequence[Interface], beams: Beams, arriving: NDArray[np.float64]
) -> Diffuse:
    """Return the scattered light of layers between two boundaries to air.

    Parameters
    ----------
    modes : sequence of LayerModes, J of shape (B,)
        Modes of each layer.
    interfaces : sequence of Interface, length J + 1
        From the surface to the bottom; their nodes are those of the modes.
    beams : Beams
        The collimated light that feeds the modes.
    arriving : ndarray, shape (B, N) or (N,)
        ``sqrt(w)`` times radiance that comes in through the surface.

    Returns
    -------
    Diffuse
    """
    layers = [_Layer(layer, beams, j) for j, layer in enumerate(modes)]
    last = len(layers) - 1
    operators: list[Modes] = [np.zeros(0)] * len(layers)
    returns: list[Modes] = [np.zeros(0)] * len(layers)
    crossings: list[_Crossing] = [_Crossing(np.zeros(0), np.zeros(0))] * len(layers)

    straight, crossed = layers[last].behind(interfaces[last + 1].above)
    operator, returned = -np.linalg.solve(straight, crossed), np.zeros_like(modes[last].rate)
    for j in range(last, -1, -1):
        layer = layers[j]
        operators[j], returns[j] = operator, returned
        operator = layer.decay[:, :, None] * operator * layer.decay[:, None, :]
        returned = layer.decay * (matrix_vector(operators[j], layer.fed_at_bottom) + returned) + layer.fed_at_top
        if j and interfaces[j].open:
            even = modes[j - 1].even_inverse @ modes[j].even
            odd = modes[j - 1].odd_inverse @ modes[j].odd
            onward, turned = (even + odd) / 2, (even - odd) / 2
            into = np.linalg.inv(onward + turned @ operator)
            crossings[j] = _Crossing(into, matrix_vector(turned, returned))
            operator = (turned + onward @ operator) @ into
            returned = matrix_vector(onward, returned) - matrix_vector(operator, crossings[j].lost)
        elif j:
            crossings[j], operator, returned = _refracted(layers[j - 1], layer, interfaces[j], operator, returned)
        else:
            straight, crossed = layer.behind(interfaces[0].below)
            into = np.linalg.inv(straight + crossed @ operator)
            crossings[0] = _Crossing(into, matrix_vector(crossed, returned))

    from_top, from_bottom = [], []
    for j, layer in enumerate(layers):
        p = crossings[j].modes(arriving)
        at_bottom = layer.decay * p + layer.fed_at_bottom
        m = matrix_vector(operators[j], at_bottom) + returns[j]
        from_top.append(p)
        from_bottom.append(m)
        radiance = matrix_vector(layer.same_side, at_bottom) + matrix_vector(layer.other_side, m)
        arriving = at_bottom if j < last and interfaces[j + 1].open else radiance
    top = layers[0]
    back = top.decay * from_bottom[0] + top.fed_at_top
    return Diffuse(
        from_top=tuple(from_top),
        from_bottom=tuple(from_bottom),
        upward=matrix_vector(top.other_side, from_top[0]) + matrix_vector(top.same_side, back),
        downward=arriving,
    )


class _Layer:
    """One layer of the sweep: its modes over its whole thickness, and as radiance on its way up and down."""

    def __init__(self, modes: LayerModes, beams: Beams, j: int) -> None:
        tau, down, up = beams.optical_depth[:, j, None], beams.down[:, j, None], beams.up[:, j, None]
        self.decay = np.exp(-modes.rate * tau)
        with_beam = along_beam(modes.rate, tau) * modes.along
        against = against_beam(modes.rate, tau) * modes.against
        self.fed_at_bottom, self.fed_at_top = down * with_beam + up * against, up * with_beam + down * against
        self.same_side, self.other_side = (modes.even + modes.odd) / 2, (modes.even - modes.odd) / 2

    def behind(self, mirror: NDArray[np.float64]) -> tuple[Modes, Modes]:
        """Return what runs inwards behind a boundary less its reflection: ``straight p + crossed m = entering``."""
        rows = mirror[:, None]
        return self.same_side - rows * self.other_side, self.other_side - rows * self.same_side


def _refracted(
    above: _Layer, below: _Layer, plane: Interface, operator: Modes, returned: Modes
) -> tuple[_Crossing, Modes, Modes]:
    """Carry the reflection operator through a plane where the index changes.

    Parameters
    ----------
    above, below : _Layer
        On both sides, with N and N' nodes.
    plane : Interface
    operator, returned : ndarray, shape (B, N', N') and (B, N')
        ``m = operator p + returned`` at the top of the lower layer.

    Returns
    -------
    crossing : _Crossing
        Down into the lower layer.
    operator, returned : ndarray, shape (B, N, N) and (B, N)
        The same at the bottom of the upper layer.
    """
    # Radiance just below the plane: down = down_p p + down_c, up = up_p p + up_c.
    down_p, up_p = below.same_side + below.other_side @ operator, below.other_side + below.same_side @ operator
    down_c, up_c = matrix_vector(below.other_side, returned), matrix_vector(below.same_side, returned)
    # What comes down below the plane has come through it or was reflected by it: down = transmitted + mirror up.
    mirror = plane.below[:, None]
    into = np.linalg.inv(down_p - mirror * up_p)
    lost = down_c - plane.below * up_c
    crossing = _Crossing(into, lost, plane.downward)
    # Above the plane: up = seen down + back, of which the common nodes come from below.
    common = len(plane.downward)
    through = up_p[..., -common:, :] @ into
    back = np.zeros((*up_c.shape[:-1], len(plane.above)), dtype=up_c.dtype)
    back[..., -common:] = plane.upward * (up_c[..., -common:] - matrix_vector(through, lost))
    seen = np.zeros((*back.shape, back.shape[-1]), dtype=back.dtype)
    seen[..., -common:, -common:] = plane.upward[:, None] * through[..., -common:] * plane.downward
    seen += np.diag(plane.above)
    # up = other p + same m and down = same p + other m at the bottom of the upper layer.
    returning = above.same_side - seen @ above.other_side
    operator = np.linalg.solve(returning, seen @ above.same_side - above.other_side)
    return crossing, operator, np.linalg.solve(returning, back[..., None])[..., 0]
