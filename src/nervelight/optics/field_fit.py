"""What readings alone tell of the field, the angle and the power of a panel, with bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.field_likelihood import FieldLikelihood
from nervelight.optics.panel_priors import FIELD_SCALE_IN_HOUSING, HALF_ANGLE_RANGE
from nervelight.optics.panels import (
    PanelField,
    axial_irradiance,
    exponents_of_half_angles,
    half_intensity_angle,
    lobe_exponent,
)
from nervelight.uncertainty import Interval

__all__ = ["FieldFit", "ReadingKind", "fit_field"]

ReadingKind = Literal["claim", "measured"]
"""Who says so: the seller, or somebody with a meter. One fit has one kind."""

# A bound within this share of the end of what was searched is open: the readings did not set it.
OPEN_END = 0.01


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
        per_watt = axial_irradiance(shape, self.widths, self.exponents, d.ravel())
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
    from scipy.special import ndtri

    d, readings = np.asarray(distances, dtype=float), np.asarray(irradiances, dtype=float)
    _require_series(d, readings, kind, level)
    for name, share in (("reading_deviation", reading_deviation), ("meter_uncertainty", meter_uncertainty)):
        if not 0.0 < share < 1.0:
            raise ValidityError(f"{name} must lie between 0 and 1, got {share}")
    if not all(math.isfinite(side) and side > 0.0 for side in housing):
        raise ValidityError(f"the housing needs a positive width and height, got {housing} mm")
    order = np.argsort(d, kind="stable")
    d, readings = d[order], readings[order]
    likelihood = FieldLikelihood(
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
    limit = least + (ndtri((1.0 + level) / 2.0) * misfit_factor) ** 2
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
        exponents=exponents_of_half_angles(angles),
        powers=np.exp(powers),
        open_quantities=_open(scales, angles, free_power=radiant_power is None),
    )


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
