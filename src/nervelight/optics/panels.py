"""Irradiance in front of an LED panel, from a few measured distances.

A panel is taken as a rectangle that emits evenly, each point of it into a cos^m lobe (Moreno et al. 2007).
Its extent, its exponent and its power are fitted. Neither the housing nor the angle on the lens label will
do: the field is smaller than the one and the lobes differ from the other. Inverse-square extrapolation from
one reading is wrong within several lengths of the panel and is not offered.

Two fits. :func:`fit_panel` draws a curve through few readings for a plan and settles what they leave open by weak
priors. :func:`fit_field` says what the readings alone tell of the field, the angle and the power, with bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.uncertainty import Interval

__all__ = [
    "FieldFit",
    "PanelField",
    "PanelFit",
    "ReadingKind",
    "fit_field",
    "fit_panel",
    "half_intensity_angle",
    "lobe_exponent",
    "lobe_irradiance",
]

ReadingKind = Literal["claim", "measured"]
"""Who says so: the seller, or somebody with a meter. One fit has one kind."""

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
# Weight of the priors in the point estimate of fit_field: nothing beside readings that settle the field, and a
# choice of one among fields that fit equally well.
TIE_BREAK = 1e-4
# Angles at which the fields that fit are listed, and scales at each angle.
ANGLES_LISTED, SCALES_LISTED = 41, 15
# A bound within this share of the end of what was searched is open: the readings did not set it.
OPEN_END = 0.01

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
        sides, one = np.array([self.field_width, self.field_height]), np.asarray(1.0)
        per_watt = _axial(sides, one, np.asarray(self.lobe_exponent), d.ravel())
        return self.radiant_power * per_watt.reshape(d.shape)


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


@dataclass(frozen=True, eq=False)
class FieldFit(PanelField):
    """An emitting field as readings alone tell it, with bounds.

    Parameters
    ----------
    kind : {"measured", "claim"}
        Who gave the readings.
    distances, irradiances : tuple of float
        The readings [mm, W/mm2], by distance.
    level : float
        Confidence level of the bounds, each for one quantity at a time.
    misfit_factor : float
        By how much the misfit of the model exceeds the stated deviation of the readings; 1 where it does not. The
        bounds are widened by it.
    widths, exponents : ndarray, shape (K,)
        Fields that the readings allow at this level: width [mm] and exponent of the lobes.
    powers : ndarray, shape (2, K)
        Least and greatest radiant power of each of them [W].
    open_quantities : tuple of str
        Quantities with a bound that only the end of the search sets: "field" (its lower end; the upper one is the
        housing, which no field exceeds), "half angle" and "radiant power". Empty when the readings settle them.
    """

    kind: ReadingKind
    distances: tuple[float, ...]
    irradiances: tuple[float, ...]
    level: float
    misfit_factor: float
    widths: NDArray[np.float64]
    exponents: NDArray[np.float64]
    powers: NDArray[np.float64]
    open_quantities: tuple[str, ...]

    @property
    def residuals(self) -> NDArray[np.float64]:
        """Reading over model, minus one, at each reading."""
        return np.asarray(self.irradiances) / self.irradiance(self.distances) - 1.0

    @property
    def equivalent_radius(self) -> float:
        """Radius of the disc that is as large as the field [mm]."""
        return math.sqrt(self.field_width * self.field_height / math.pi)

    @property
    def field_width_bounds(self) -> tuple[float, float]:
        """Bounds of the width of the field [mm]."""
        return float(self.widths.min()), float(self.widths.max())

    @property
    def field_height_bounds(self) -> tuple[float, float]:
        """Bounds of the height of the field [mm]; its proportions are those of the housing."""
        low, high = self.field_width_bounds
        return low * self.field_height / self.field_width, high * self.field_height / self.field_width

    @property
    def equivalent_radius_bounds(self) -> tuple[float, float]:
        """Bounds of the radius of the disc that is as large as the field [mm]."""
        low, high = self.field_width_bounds
        return low * self.equivalent_radius / self.field_width, high * self.equivalent_radius / self.field_width

    @property
    def half_angle_bounds(self) -> tuple[float, float]:
        """Bounds of the angle from the axis at which a lobe falls to one half [degrees]."""
        return half_intensity_angle(float(self.exponents.max())), half_intensity_angle(float(self.exponents.min()))

    @property
    def radiant_power_bounds(self) -> tuple[float, float]:
        """Bounds of the radiant power [W]."""
        return float(self.powers[0].min()), float(self.powers[1].max())

    def irradiance_bounds(self, distance: ArrayLike) -> NDArray[np.float64]:
        """Return the bounds of the irradiance on the axis of the field.

        Parameters
        ----------
        distance : array_like, shape (...)
            Distance from the field [mm].

        Returns
        -------
        ndarray, shape (2, ...)
            Least and greatest irradiance of the fields that the readings allow [W/mm2].
        """
        d = np.asarray(distance, dtype=float)
        shape = np.array([self.field_width, self.field_height]) / self.field_width
        per_watt = _axial(shape, self.widths, self.exponents, d.ravel())
        ends = np.stack([(self.powers[0][:, None] * per_watt).min(0), (self.powers[1][:, None] * per_watt).max(0)])
        return ends.reshape(2, *d.shape)


def fit_field(
    distances: ArrayLike,
    irradiances: ArrayLike,
    *,
    kind: ReadingKind,
    housing: tuple[float, float],
    reading_deviation: float,
    meter_uncertainty: float,
    radiant_power: Interval | None = None,
    level: float = 0.90,
) -> FieldFit:
    """Find the emitting field, the angle and the power of a panel in readings on its axis.

    Parameters
    ----------
    distances : array_like, shape (n,)
        Distances of the readings [mm]; two different ones at least, repeats are welcome.
    irradiances : array_like, shape (n,)
        Readings [W/mm2].
    kind : {"measured", "claim"}
        Who gave them. Claims and measurements are never fitted together.
    housing : tuple of float
        Width and height of the front of the panel [mm], by a ruler. The field has its proportions and lies inside.
    reading_deviation : float
        Standard deviation, as a share, by which readings of one series scatter about the truth: placement,
        repeatability.
    meter_uncertainty : float
        Standard deviation, as a share, of what all readings have in common: the calibration of the meter.
    radiant_power : Interval, optional
        Bounds of the radiant power from elsewhere [W], taken as certain. Without it the power is free.
    level : float
        Confidence level of the bounds.

    Returns
    -------
    FieldFit
        The most likely field, its bounds, and what the readings leave open.

    Raises
    ------
    ValidityError
        If there are fewer than two distances, or a value is out of range or not finite.

    Notes
    -----
    Maximum likelihood for the logarithms of the readings, with bounds by profile likelihood: every field belongs to
    them whose sum of squares exceeds the least one by no more than the quantile of chi square with one degree of
    freedom. Nothing is linearised, so a valley of equally good fields shows in full length. Field and angle that
    grow together give nearly the same curve. Two distances without a power leave one of three unknowns open, and
    the valley then ends where the search does: a field from 0.15 of the housing to all of it, half angles from 5 to
    60 degrees. Among fields that fit equally well the one that weak priors like best is the central one.

    If the best field misses the readings by more than `reading_deviation` explains, as where irradiance rises with
    distance, that deviation is raised until it does, and the bounds widen.

    References
    ----------
    Moreno I, Avendano-Alejo M, Tzonchev RI 2007, Opt. Eng. 46:033001 (lobes).

    Examples
    --------
    >>> truth = PanelField(700.0, 200.0, lobe_exponent(50.0), 120.0)
    >>> d = [100.0, 250.0, 500.0, 900.0]
    >>> fit = fit_field(
    ...     d, truth.irradiance(d), kind="measured", housing=(910.0, 260.0),
    ...     reading_deviation=0.01, meter_uncertainty=0.05,
    ... )
    >>> round(fit.field_width), round(fit.half_intensity_angle, 1), fit.open_quantities
    (700, 25.0, ())
    """
    d, readings = np.asarray(distances, dtype=float), np.asarray(irradiances, dtype=float)
    _require_series(d, readings, kind, level)
    for name, share in (("reading_deviation", reading_deviation), ("meter_uncertainty", meter_uncertainty)):
        if not 0.0 < share < 1.0:
            raise ValidityError(f"{name} must lie between 0 and 1, got {share}")
    if not all(math.isfinite(side) and side > 0.0 for side in housing):
        raise ValidityError(f"the housing needs a positive width and height, got {housing} mm")
    order = np.argsort(d, kind="stable")
    d, readings = d[order], readings[order]
    likelihood = _Likelihood(
        d,
        np.log(readings),
        np.asarray(housing, dtype=float),
        reading_deviation,
        math.hypot(meter_uncertainty, reading_deviation / math.sqrt(d.size)),
        (-math.inf, math.inf) if radiant_power is None else (math.log(radiant_power.low), math.log(radiant_power.high)),
    )
    scale, angle = likelihood.best()
    least = float(likelihood.deviance(np.array([scale]), np.array([angle]))[0])
    spare = max(d.size - (3 if radiant_power is None else 2), 1)
    misfit_factor = math.sqrt(max(least / spare, 1.0))
    limit = least + (_normal_quantile((1.0 + level) / 2.0) * misfit_factor) ** 2
    scales, angles = likelihood.region(angle, limit)
    powers = likelihood.powers(scales, angles, limit)
    kept = powers[0] <= powers[1]
    scales, angles, powers = scales[kept], angles[kept], powers[:, kept]
    width, height = housing
    return FieldFit(
        width * scale,
        height * scale,
        lobe_exponent(2.0 * angle),
        math.exp(float(likelihood.log_power(np.array([scale]), np.array([angle]))[0])),
        kind=kind,
        distances=tuple(d.tolist()),
        irradiances=tuple(readings.tolist()),
        level=level,
        misfit_factor=misfit_factor,
        widths=width * scales,
        exponents=_exponents(angles),
        powers=np.exp(powers),
        open_quantities=_open(scales, angles, free_power=radiant_power is None),
    )


@dataclass(frozen=True)
class _Likelihood:
    """Sum of squares of a field, over scale of the housing and half angle [degrees].

    The logarithm of a reading is that of the model for one watt, plus log power, plus an error of the meter common
    to all, plus an error of its own. Both errors are normal, so the best log power has a closed form: the mean
    difference, within its bounds, with the deviation `level_deviation`.
    """

    distances: NDArray[np.float64]
    log_readings: NDArray[np.float64]
    housing: NDArray[np.float64]
    deviation: float
    level_deviation: float
    log_power_bounds: tuple[float, float]

    def parts(
        self, scale: NDArray[np.float64], angle: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean of the differences and their scattered rest, (...) and (..., n)."""
        model = np.log(_axial(self.housing, scale, _exponents(angle), self.distances))
        difference = self.log_readings - model
        mean = difference.mean(axis=-1)
        return mean, difference - mean[..., None]

    def log_power(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(self.parts(scale, angle)[0], *self.log_power_bounds)

    def residuals(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each reading's own error and the common one, in their deviations, (..., n + 1)."""
        mean, rest = self.parts(scale, angle)
        common = (mean - np.clip(mean, *self.log_power_bounds)) / self.level_deviation
        return np.concatenate([rest / self.deviation, common[..., None]], axis=-1)

    def deviance(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((self.residuals(scale, angle) ** 2).sum(axis=-1))

    def powers(self, scale: NDArray[np.float64], angle: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
        """Return the least and the greatest log power within the limit, (2, ...); crossed where there is none."""
        mean, rest = self.parts(scale, angle)
        room = limit - (rest**2).sum(axis=-1) / self.deviation**2
        reach = np.where(room >= 0.0, np.sqrt(np.maximum(room, 0.0)), -np.inf) * self.level_deviation
        low, high = self.log_power_bounds
        return np.stack([np.maximum(mean - reach, low), np.minimum(mean + reach, high)])

    def best(self) -> tuple[float, float]:
        """Return scale and angle at the least sum of squares; priors choose among equals."""
        from scipy.optimize import least_squares

        low, high = (np.log([ends[end] for ends in (FIELD_SCALE_IN_HOUSING, HALF_ANGLE_RANGE)]) for end in (0, 1))
        scales, angles = (np.geomspace(*ends, 41) for ends in (FIELD_SCALE_IN_HOUSING, HALF_ANGLE_RANGE))
        grid = np.stack(np.meshgrid(scales, angles), axis=-1).reshape(-1, 2)
        first = grid[np.argmin(self.deviance(grid[:, 0], grid[:, 1]))]
        weight = math.sqrt(TIE_BREAK)

        def cost(logs: NDArray[np.float64]) -> NDArray[np.float64]:
            scale, angle = np.exp(logs).tolist()
            priors = [
                math.log(scale / PRIOR_FIELD_SCALE[0]) / PRIOR_FIELD_SCALE[1],
                math.log(angle / PRIOR_HALF_ANGLE[0]) / PRIOR_HALF_ANGLE[1],
            ]
            misfit = self.residuals(np.asarray(scale), np.asarray(angle))
            return np.append(misfit, weight * np.array(priors))

        # The optimiser wants to start inside of its bounds.
        start = np.clip(np.log(first), low + 1e-3, high - 1e-3)
        found = least_squares(cost, start, bounds=(low, high), x_scale=0.1, xtol=1e-12, ftol=1e-12, gtol=1e-12)
        scale, angle = np.exp(found.x).tolist()
        return scale, angle

    def profile(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best scale at each angle."""
        low, high = FIELD_SCALE_IN_HOUSING
        scales: NDArray[np.float64] = np.broadcast_to(np.geomspace(low, high, 33), (angle.size, 33))
        best: NDArray[np.float64] = scales[:, 0]
        step = math.log(high / low) / 32.0
        for _ in range(10):
            at = np.argmin(self.deviance(scales, angle[:, None]), axis=1)
            best = scales[np.arange(angle.size), at]
            step /= 2.0
            scales = np.clip(best[:, None] * np.exp(step * np.arange(-2, 3)), low, high)
        return best

    def region(self, inside: float, limit: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return scales and angles (K,) that fill the region within the limit, which holds the angle `inside`."""
        ladder = np.sort(np.append(np.geomspace(*HALF_ANGLE_RANGE, 33), inside))
        within = np.flatnonzero((self.deviance(self.profile(ladder), ladder) <= limit) | (ladder == inside))
        ends = np.log(ladder[[within[0], within[-1]]])
        misses = np.log(ladder[np.clip([within[0] - 1, within[-1] + 1], 0, ladder.size - 1)])
        for _ in range(11):
            middle = (ends + misses) / 2.0
            fits = self.deviance(self.profile(np.exp(middle)), np.exp(middle)) <= limit
            ends, misses = np.where(fits, middle, ends), np.where(fits, misses, middle)
        angles = np.exp(np.linspace(ends[0], ends[1], ANGLES_LISTED))
        centre = np.log(self.profile(angles))
        low, high = (self._side(angles, centre, math.log(end), limit) for end in FIELD_SCALE_IN_HOUSING)
        scales = np.exp(low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, SCALES_LISTED))
        return scales.ravel(), np.repeat(angles, SCALES_LISTED)

    def _side(
        self, angles: NDArray[np.float64], centre: NDArray[np.float64], end: float, limit: float
    ) -> NDArray[np.float64]:
        """Return the log scale at which the limit is reached on the way from `centre` to `end`, at each angle."""
        misses = np.full(angles.size, end)
        fits = np.where(self.deviance(np.exp(misses), angles) <= limit, misses, centre)
        for _ in range(20):
            middle = (fits + misses) / 2.0
            good = self.deviance(np.exp(middle), angles) <= limit
            fits, misses = np.where(good, middle, fits), np.where(good, misses, middle)
        return fits


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


def _axial(
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


def _exponents(half_angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(-math.log(2.0) / np.log(np.cos(np.radians(half_angle))))


def _normal_quantile(probability: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(probability))


def _open(scales: NDArray[np.float64], angles: NDArray[np.float64], *, free_power: bool) -> tuple[str, ...]:
    """Return the names of what only the end of the search bounds."""
    found = []
    if scales.min() <= FIELD_SCALE_IN_HOUSING[0] * (1.0 + OPEN_END):
        found.append("field")
    if angles.min() <= HALF_ANGLE_RANGE[0] * (1.0 + OPEN_END) or angles.max() >= HALF_ANGLE_RANGE[1] * (1.0 - OPEN_END):
        found.append("half angle")
    if found and free_power:
        found.append("radiant power")
    return tuple(found)


def _require_series(d: NDArray[np.float64], readings: NDArray[np.float64], kind: str, level: float) -> None:
    if kind not in get_args(ReadingKind):
        raise ValidityError(f"the kind of the readings must be one of {get_args(ReadingKind)}, got {kind!r}")
    if d.ndim != 1 or d.shape != readings.shape:
        raise ValidityError(f"needs one irradiance a distance, got shapes {d.shape} and {readings.shape}")
    if not (np.all(np.isfinite(d) & (d >= 0)) and np.all(np.isfinite(readings) & (readings > 0))):
        raise ValidityError("a field fit needs distances of at least 0 mm and positive irradiances, all finite")
    if np.unique(d).size < 2:
        given = f"readings at {d[0]:g} mm only" if d.size else "no readings"
        raise ValidityError(
            f"the emitting field and the half angle need readings at two or more different distances, got {given}. "
            "Missing: a reading at a second distance, best at twice the distance or more"
        )
    if not 0.0 < level < 1.0:
        raise ValidityError(f"the level of the bounds must lie between 0 and 1, got {level}")
