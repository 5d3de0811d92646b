"""How well a field explains readings, and which fields explain them well enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.optics.panel_priors import FIELD_SCALE_IN_HOUSING, HALF_ANGLE_RANGE, prior_residuals
from nervelight.optics.panels import axial_irradiance, exponents_of_half_angles

__all__ = ["FieldLikelihood"]

# Weight of the priors in the point estimate of fit_field: nothing beside readings that settle the field, and a
# choice of one among fields that fit equally well.
TIE_BREAK = 1e-4
# Angles at which the fields that fit are listed, and scales at each angle.
ANGLES_LISTED, SCALES_LISTED = 41, 15


@dataclass(frozen=True)
class FieldLikelihood:
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
        model = np.log(axial_irradiance(self.housing, scale, exponents_of_half_angles(angle), self.distances))
        difference = self.log_readings - model
        mean = difference.mean(axis=-1)
        return mean, difference - mean[..., None]

    def log_power(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the best logarithm of the power [W], (...)."""
        return np.clip(self.parts(scale, angle)[0], *self.log_power_bounds)

    def residuals(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each reading's own error and the common one, in their deviations, (..., n + 1)."""
        mean, rest = self.parts(scale, angle)
        common = (mean - np.clip(mean, *self.log_power_bounds)) / self.level_deviation
        return np.concatenate([rest / self.deviation, common[..., None]], axis=-1)

    def deviance(self, scale: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum of squares, (...)."""
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
            misfit = self.residuals(np.asarray(scale), np.asarray(angle))
            return np.append(misfit, weight * np.array(prior_residuals(scale, angle)))

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
