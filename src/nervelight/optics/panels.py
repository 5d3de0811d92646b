"""Irradiance in front of an LED panel, from a few measured distances.

A panel is taken as a rectangle that emits evenly, each point of it into a cos^m lobe (Moreno et al. 2007).
Its extent, its exponent and its power are fitted. Neither the housing nor the angle on the lens label will
do: the field is smaller than the one and the lobes differ from the other. Inverse-square extrapolation from
one reading is wrong within several lengths of the panel and is not offered.

Two fits. :func:`~nervelight.optics.panel_fit.fit_panel` draws a curve through few readings for a plan and settles what
they leave open by weak priors. :func:`~nervelight.optics.field_fit.fit_field` says what the readings alone tell of the
field, the angle and the power, with bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = [
    "PanelField",
    "axial_irradiance",
    "exponents_of_half_angles",
    "half_intensity_angle",
    "lobe_exponent",
    "lobe_irradiance",
]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


def lobe_exponent(full_angle: float) -> float:
    """Return the exponent m of a cos^m lobe from its full angle at half intensity.

    Parameters
    ----------
    full_angle : float
        Full width at half of the axial radiant intensity [degrees], between 0 and 180.

    Returns
    -------
    float
        Exponent; 1 for a Lambertian emitter (120 degrees).

    Raises
    ------
    ValidityError
        If the angle lies outside that range.

    References
    ----------
    Moreno I, Avendano-Alejo M, Tzonchev RI 2007, Opt. Eng. 46:033001.

    Examples
    --------
    >>> round(lobe_exponent(60.0), 3)
    4.819
    """
    if not 0.0 < full_angle < 180.0:
        raise ValidityError(f"the full angle must lie between 0 and 180 degrees, got {full_angle}")
    return -math.log(2.0) / math.log(math.cos(math.radians(full_angle / 2.0)))


def exponents_of_half_angles(half_angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exponents of cos^m lobes from their half angles at half intensity [degrees]."""
    return np.asarray(-math.log(2.0) / np.log(np.cos(np.radians(half_angle))))


def half_intensity_angle(exponent: float) -> float:
    """Return the angle from the axis at which a cos^m lobe falls to one half [degrees]."""
    return math.degrees(math.acos(0.5 ** (1.0 / exponent)))


def lobe_irradiance(
    radiant_power: float, exponent: float, distance: ArrayLike, offset: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Return the irradiance that one LED makes on a plane parallel to it.

    Parameters
    ----------
    radiant_power : float
        Radiant power of the LED [W].
    exponent : float
        Exponent of its cos^m lobe.
    distance : array_like
        Distance of the plane [mm], positive.
    offset : array_like
        Distance from the axis in that plane [mm].

    Returns
    -------
    ndarray
        Irradiance [W/mm2], in the shape that `distance` and `offset` broadcast to.

    References
    ----------
    Moreno I, Avendano-Alejo M, Tzonchev RI 2007, Opt. Eng. 46:033001.
    """
    z, r = np.asarray(distance, dtype=float), np.asarray(offset, dtype=float)
    square = z**2 + r**2
    axial = (exponent + 1.0) * radiant_power / (2.0 * math.pi)
    return np.asarray(axial / square * (z / np.sqrt(square)) ** (exponent + 1.0))


@dataclass(frozen=True)
class PanelField:
    """An evenly emitting rectangle of cos^m lobes.

    Parameters
    ----------
    field_width, field_height : float
        Extent of the emitting field [mm].
    lobe_exponent : float
        Exponent of the lobes.
    radiant_power : float
        Radiant power of the whole field [W].
    """

    field_width: float
    field_height: float
    lobe_exponent: float
    radiant_power: float

    @property
    def half_intensity_angle(self) -> float:
        """Angle from the axis at which a lobe falls to one half [degrees]."""
        return half_intensity_angle(self.lobe_exponent)

    @property
    def radiant_exitance(self) -> float:
        """Radiant power over emitting area [W/mm2]: the irradiance right in front, and its upper bound."""
        return self.radiant_power / (self.field_width * self.field_height)

    def irradiance(self, distance: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance on the axis of the field.

        Parameters
        ----------
        distance : array_like
            Distance from the field [mm]; 0 gives the plateau in front of it.

        Returns
        -------
        ndarray, shape of `distance`
            Irradiance [W/mm2].

        Notes
        -----
        The integral over the rectangle of (P/A) (m+1)/(2 pi) d^(m+1) / (x^2 + y^2 + d^2)^((m+3)/2) is done in
        closed form along the radius. What is left is (P/A) times the mean over the azimuth of
        1 - cos(theta)^(m+1), where theta is the angle under which the edge of the field is seen in that
        direction; Gauss-Legendre nodes over each side do the rest, as well at contact as far away. The
        formula decays with distance: irradiance that rises, as in front of a few panels with narrow lenses,
        shows as residuals of the fit.

        Examples
        --------
        >>> panel = PanelField(900.0, 300.0, 1.0, 270.0)
        >>> round(float(panel.irradiance(0.0)) / panel.radiant_exitance, 6)
        1.0
        """
        d = np.asarray(distance, dtype=float)
        sides, one = np.array([self.field_width, self.field_height]), np.asarray(1.0)
        per_watt = axial_irradiance(sides, one, np.asarray(self.lobe_exponent), d.ravel())
        return self.radiant_power * per_watt.reshape(d.shape)


def axial_irradiance(
    sides: NDArray[np.float64], scale: NDArray[np.float64], exponent: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the irradiance on the axis for one watt [1/mm2], by the integral of PanelField.irradiance.

    `sides` (2,) times `scale` (...) are width and height, `exponent` (...), `distance` (n,); the result is (..., n).
    """
    edge, weight = _edges(sides[0] / 2.0, sides[1] / 2.0)
    # At contact the edge of the field is seen at 90 degrees: infinite tangent, cosine 0.
    with np.errstate(divide="ignore", over="ignore"):
        square = (scale[..., None, None] * edge / distance[:, None]) ** 2
    # 1 - cos^(m + 1), in a form that keeps its digits far away.
    seen = -np.expm1(-0.5 * (exponent[..., None, None] + 1.0) * np.log1p(square))
    return np.asarray((seen @ weight) / (sides[0] * sides[1] * scale**2)[..., None])


def _edges(half_width: float, half_height: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance from centre to edge of a rectangle at nodes of azimuth, and their weights."""
    corner = math.atan2(half_height, half_width)
    unit = (_NODES + 1.0) / 2.0
    to_side, to_top = corner * unit, corner + (math.pi / 2.0 - corner) * unit
    edge = np.concatenate([half_width / np.cos(to_side), half_height / np.sin(to_top)])
    weight = np.concatenate([_WEIGHTS * corner, _WEIGHTS * (math.pi / 2.0 - corner)]) / math.pi
    return edge, weight
