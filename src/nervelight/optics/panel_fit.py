"""A panel fitted to a few readings for a plan: a curve through them, and the others that fit as well."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.panel_priors import (
    FIELD_SCALE_ASSUMED,
    FIELD_SCALE_IN_HOUSING,
    HALF_ANGLE_RANGE,
    PRIOR_POWER_SPREAD,
    REFERENCE_HOUSING,
    prior_residuals,
)
from nervelight.optics.panels import PanelField, lobe_exponent
from nervelight.uncertainty import Interval

__all__ = ["PanelFit", "fit_panel"]

# Standard deviation of the logarithm of a reading in the fit: what a good meter leaves between distances.
# Much less, and a panel that the model does not quite describe would be pulled to absurd fields and powers.
READING_DEVIATION = 0.02
# A shape whose root mean square misfit exceeds the best one by no more than this fits as well: meters do no better.
EQUAL_FIT = 0.02
# Shapes that fit equally well and differ by more than this factor in angle leave the panel under-determined.
ANGLE_RATIO = 1.5


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
    readings leave open is settled by weak priors (:mod:`~nervelight.optics.panel_priors`: field about 0.8 of the
    housing, half angle about 20 degrees), and the fit is repeated for a ladder of fixed angles: those that fit
    equally well are kept as alternatives, and their spread is the price of not knowing.
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
        priors = prior_residuals(scale, angle)
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
