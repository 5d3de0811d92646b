"""Irradiance in front of an LED panel, from a few measured distances.

A panel is taken as a rectangle that emits evenly, each point of it into a cos^m lobe (Moreno et al. 2007).
Its extent, its exponent and its power are fitted. Neither the housing nor the angle on the lens label will
do: the field is smaller than the one and the lobes differ from the other. Inverse-square extrapolation from
one reading is wrong within several lengths of the panel and is not offered.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.uncertainty import Interval

__all__ = ["PanelField", "PanelFit", "fit_panel", "half_intensity_angle", "lobe_exponent", "lobe_irradiance"]

# Assumed shape of a panel whose housing nobody states: three panels of the catalogue are about this large
# [mm].
REFERENCE_HOUSING = (914.0, 305.0)
# How far the emitting field may differ from the housing, and from REFERENCE_HOUSING, as a factor on both
# sides.
FIELD_SCALE_IN_HOUSING = (0.15, 1.0)
FIELD_SCALE_ASSUMED = (0.15, 2.0)
# Half-intensity half angles of single lobes: from the narrowest lenses to a bare (Lambertian) LED [degrees].
HALF_ANGLE_RANGE = (5.0, 60.0)
# Priors, all assumptions, weak beside a reading: median and standard deviation of the logarithm.
PRIOR_FIELD_SCALE = (0.8, 0.3)
PRIOR_HALF_ANGLE = (20.0, 0.5)
PRIOR_POWER_SPREAD = 0.5
# Standard deviation of the logarithm of a reading in the fit: what a good meter leaves between distances.
# Much less, and a panel that the model does not quite describe would be pulled to absurd fields and powers.
READING_DEVIATION = 0.02
# A shape whose root mean square misfit exceeds the best one by no more than this fits as well: meters do no
# better.
EQUAL_FIT = 0.02
# Shapes that fit equally well and differ by more than this factor in angle leave the panel under-determined.
ANGLE_RATIO = 1.5

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
        edge, weight = _edges(self.field_width / 2.0, self.field_height / 2.0)
        cosine = d[..., None] / np.hypot(edge, d[..., None])
        return np.asarray(self.radiant_exitance * ((1.0 - cosine ** (self.lobe_exponent + 1.0)) @ weight))


@dataclass(frozen=True)
class PanelFit(PanelField):
    """A panel field fitted to readings, with the other fields that fit them as well.

    Parameters
    ----------
    distances, irradiances : tuple of float
        The readings [mm, W/mm2], by distance.
    alternatives : tuple of PanelField
        Fields with other lobes that fit the readings equally well; empty when the readings settle the matter.
    assumptions : tuple of str
        What had to be assumed, in sentences.
    """

    distances: tuple[float, ...]
    irradiances: tuple[float, ...]
    alternatives: tuple[PanelField, ...]
    assumptions: tuple[str, ...]

    @property
    def residuals(self) -> NDArray[np.float64]:
        """Reading over model, minus one, at each reading."""
        return np.asarray(self.irradiances) / self.irradiance(self.distances) - 1.0

    @property
    def underdetermined(self) -> bool:
        """True when lobes of very different width fit the readings equally well."""
        angles = [field.half_intensity_angle for field in (self, *self.alternatives)]
        return max(angles) > ANGLE_RATIO * min(angles)

    def family(self, distance: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance of the best field and of each alternative, led through the readings.

        Parameters
        ----------
        distance : array_like, shape (...)
            Distance from the panel [mm].

        Returns
        -------
        ndarray, shape (1 + alternatives, ...)
            Irradiance [W/mm2]; the best field first.

        Notes
        -----
        Each model is multiplied by its ratio to the readings, interpolated between them and held beyond them.
        So every member passes through what was measured, a rise with distance included, and the members part
        only where nothing was.
        """
        d = np.asarray(distance, dtype=float)
        readings = np.asarray(self.irradiances)
        members = []
        for field in (self, *self.alternatives):
            misfit = np.log(readings / field.irradiance(self.distances))
            members.append(field.irradiance(d) * np.exp(np.interp(d, self.distances, misfit)))
        return np.stack(members)


def fit_panel(
    distances: ArrayLike,
    irradiances: ArrayLike,
    *,
    housing: tuple[float, float] | None = None,
    radiant_power: Interval | None = None,
) -> PanelFit:
    """Fit the emitting field of a panel to readings on its axis.

    Parameters
    ----------
    distances : array_like, shape (n,)
        Distances of the readings [mm]; two or more, all different.
    irradiances : array_like, shape (n,)
        Readings [W/mm2].
    housing : tuple of float, optional
        Width and height of the front [mm]. The field keeps its proportions and stays inside it. Without it,
        the proportions of a common large panel are assumed, and the field may be larger or smaller.
    radiant_power : Interval, optional
        Bounds of the radiant power [W].

    Returns
    -------
    PanelFit
        The best field, the alternatives, and what was assumed.

    Raises
    ------
    ValidityError
        If fewer than two distances are given, one of them twice, or if a value is negative or not finite.

    Notes
    -----
    Unknown are the scale of the field, the width of the lobes and the power. A field and an angle that grow
    together give nearly the same curve, so readings alone seldom tell them apart; a known power does. What
    readings leave open is settled by weak priors (module constants: field about 0.8 of the housing, half
    angle about 20 degrees), and the fit is repeated for a ladder of fixed angles: those that fit equally well
    are kept as alternatives, and their spread is the price of not knowing.
    """
    order = np.argsort(np.asarray(distances, dtype=float))
    d, readings = np.asarray(distances, dtype=float)[order], np.asarray(irradiances, dtype=float)[order]
    if d.shape != readings.shape or len(d) < 2 or len(np.unique(d)) < len(d):
        raise ValidityError(f"a panel fit needs readings at two or more different distances, got {d.tolist()} mm")
    if not (np.all(np.isfinite(d) & (d >= 0)) and np.all(np.isfinite(readings) & (readings > 0))):
        raise ValidityError("a panel fit needs distances of at least 0 mm and positive irradiances, all finite")

    width, height = housing or REFERENCE_HOUSING
    scales = FIELD_SCALE_IN_HOUSING if housing else FIELD_SCALE_ASSUMED
    # The exitance cannot be below the highest reading; a factor of 100 on it leaves room for wide lobes far
    # away.
    widest = readings.max() * width * height
    power = radiant_power or Interval(low=widest * scales[0] ** 2, high=widest * 100.0)

    def field(scale: float, angle: float, watts: float) -> PanelField:
        return PanelField(width * scale, height * scale, lobe_exponent(2.0 * angle), watts)

    def cost(scale: float, angle: float, watts: float) -> NDArray[np.float64]:
        misfit = np.log(field(scale, angle, watts).irradiance(d) / readings) / READING_DEVIATION
        priors = [
            math.log(scale / PRIOR_FIELD_SCALE[0]) / PRIOR_FIELD_SCALE[1],
            math.log(angle / PRIOR_HALF_ANGLE[0]) / PRIOR_HALF_ANGLE[1],
        ]
        if radiant_power is not None:
            priors.append(math.log(watts / power.median) / PRIOR_POWER_SPREAD)
        return np.concatenate([misfit, priors])

    scale_bounds, watt_bounds = np.log(scales), np.log([power.low, power.high])
    best = field(*_minimise(cost, scale_bounds, np.log(HALF_ANGLE_RANGE), watt_bounds))
    limit = _misfit(best, d, readings) + EQUAL_FIT
    ladder = [
        field(*_minimise(cost, scale_bounds, np.log([angle, angle]), watt_bounds))
        for angle in np.geomspace(*HALF_ANGLE_RANGE, 10)
    ]
    assumptions = ["The panel emits evenly over a rectangle, each LED into the same lobe."]
    if housing is None:
        assumptions.append(f"Proportions of the field as of a panel of {width:g} by {height:g} mm.")
    if radiant_power is None:
        assumptions.append("Radiant power unknown.")
    return PanelFit(
        best.field_width,
        best.field_height,
        best.lobe_exponent,
        best.radiant_power,
        distances=tuple(d.tolist()),
        irradiances=tuple(readings.tolist()),
        alternatives=tuple(rung for rung in ladder if _misfit(rung, d, readings) <= limit),
        assumptions=tuple(assumptions),
    )


def _edges(half_width: float, half_height: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance from centre to edge of a rectangle at nodes of azimuth, and their weights."""
    corner = math.atan2(half_height, half_width)
    unit = (_NODES + 1.0) / 2.0
    to_side, to_top = corner * unit, corner + (math.pi / 2.0 - corner) * unit
    edge = np.concatenate([half_width / np.cos(to_side), half_height / np.sin(to_top)])
    weight = np.concatenate([_WEIGHTS * corner, _WEIGHTS * (math.pi / 2.0 - corner)]) / math.pi
    return edge, weight


def _minimise(cost: Callable[..., NDArray[np.float64]], *log_bounds: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return scale, angle and power at the least square of `cost`, within bounds of their logarithms."""
    from scipy.optimize import least_squares

    # The optimiser wants room between its bounds; a thousandth is less than any reading can tell.
    low = np.array([bound[0] for bound in log_bounds]) - 5e-4
    high = np.array([bound[1] for bound in log_bounds]) + 5e-4

    def of_logs(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        return cost(*np.exp(logs))

    solution = least_squares(of_logs, (low + high) / 2.0, bounds=(low, high), x_scale=0.1)
    clipped = np.clip(solution.x, low + 5e-4, high - 5e-4)
    scale, angle, watts = np.exp(clipped).tolist()
    return scale, angle, watts


def _misfit(field: PanelField, distances: NDArray[np.float64], irradiances: NDArray[np.float64]) -> float:
    """Return the root mean square of the logarithmic misfit."""
    return float(np.sqrt(np.mean(np.log(field.irradiance(distances) / irradiances) ** 2)))
