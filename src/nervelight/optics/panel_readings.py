"""What a lamp's readings tell at other distances: a fitted panel, and the usual decay of panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import Fault, InvalidInput
from nervelight.optics.field_fit import FieldFit, fit_field
from nervelight.optics.lamps import Device, IrradianceReading
from nervelight.optics.levels import Level, span
from nervelight.optics.panel_fit import PanelFit, fit_panel
from nervelight.uncertainty import Interval

__all__ = [
    "FAR_FACTOR",
    "POSITIONS",
    "RETENTION",
    "RETENTION_DISTANCES",
    "at_the_skin",
    "band_at",
    "cached_fit",
    "catalogue_fit",
    "fit_readings",
    "members",
    "placed",
    "retention_ratio",
    "same_distance",
    "within",
]

# Assumption: far outside the measured distances, from half of the nearest down and 1.5 times the farthest up.
EXTRAPOLATED_BAND = 0.30
NEAR_FACTOR, FAR_FACTOR = 0.5, 1.5
# Distances that differ by less than the larger of these are the same: that is how well a lamp is placed.
SAME_DISTANCE_MM, SAME_DISTANCE_SHARE = 2.0, 0.02

# Irradiance relative to 6 inches for panels known at one distance only: median, slowest and fastest decay.
# Medians from 305 mm up as tabulated from laboratory reports; the spans are those of the panels of this
# catalogue (305, 610 mm) and of the fields fitted to them (0, 914 mm). All of it second-hand, hence an assumption.
RETENTION_DISTANCES = (0.0, 152.0, 305.0, 610.0, 914.0)
RETENTION = np.array(
    [
        [1.02, 1.0, 0.852, 0.634, 0.488],
        [1.00, 1.0, 1.050, 0.910, 0.690],
        [1.13, 1.0, 0.780, 0.465, 0.280],
    ]
)

# When a lamp was measured at several positions: the longest series, and of equals the one a plan can use
# best. The panel model predicts the centre, which is also where a treated limb is.
POSITIONS = ("centre", "designated", "grid_mean", "average", "unstated")
# Means over a grid are no readings on the axis, where the panel model holds.
AXIAL_POSITIONS = ("centre", "designated", "unstated")


def catalogue_fit(device: Device) -> tuple[PanelFit, tuple[str, ...], str] | None:
    """Return the fit of what third parties measured, sources and position; None below two distances."""
    series = dict(placed(device, _series(device)))
    if at_the_skin(device) or len(series) < 2:
        return None
    power = device.power_during_readings()
    keys = (*(reading.source for reading in series.values()), *(power.sources if power else ()))
    fit = cached_fit(tuple((at, reading.value) for at, reading in series.items()), device.housing, power)
    return fit, keys, next(iter(series.values())).position.replace("_", " ")


@lru_cache(maxsize=64)
def cached_fit(
    readings: tuple[tuple[float, float], ...],
    housing: tuple[float, float] | None,
    radiant_power: Interval | None,
) -> PanelFit:
    """Return the fit of a panel; repeats cost nothing."""
    distances, irradiances = zip(*readings, strict=True)
    return fit_panel(distances, irradiances, housing=housing, radiant_power=radiant_power)


def fit_readings(
    readings: Sequence[IrradianceReading],
    *,
    housing: tuple[float, float],
    reading_deviation: float,
    meter_uncertainty: float,
    radiant_power: Interval | None = None,
    level: float = 0.90,
) -> FieldFit:
    """Find the emitting field, the angle and the power of a panel in one series of readings.

    Parameters
    ----------
    readings : sequence of IrradianceReading
        Two or more distances, all claimed or all measured, all at one position on the axis.
    housing, reading_deviation, meter_uncertainty, radiant_power, level
        As in :func:`nervelight.optics.field_fit.fit_field`.

    Returns
    -------
    FieldFit
        The field with its bounds; its `kind` is that of the readings.

    Raises
    ------
    InvalidInput
        If claims stand beside measurements, positions are mixed or off the axis, or a distance is not known.
    ValidityError
        If there are fewer than two distances.

    Examples
    --------
    >>> from nervelight.optics.lamps import device
    >>> lamp = device("bestqool_pro300")
    >>> fit = fit_readings(
    ...     lamp.measured, housing=lamp.housing, radiant_power=lamp.power_during_readings(),
    ...     reading_deviation=0.02, meter_uncertainty=0.05,
    ... )
    >>> fit.kind, fit.field_width < lamp.housing[0]
    ('measured', True)
    """
    faults = [
        Fault(f"readings[{at}].{name}", getattr(reading, name), allowed)
        for at, reading in enumerate(readings)
        for name, wrong, allowed in (
            (
                "kind",
                reading.kind != readings[0].kind,
                f"the kind of the first reading, {readings[0].kind}: claims and measurements are never fitted together",
            ),
            (
                "position",
                reading.position != readings[0].position or reading.position not in AXIAL_POSITIONS,
                f"one position on the axis for all, out of {', '.join(AXIAL_POSITIONS)}",
            ),
            ("distance", reading.distance is None, "the distance of the reading, such as '152 mm'"),
            ("distance_unverified", reading.distance_unverified, "false: a guessed distance says nothing of the field"),
        )
        if wrong
    ]
    if faults:
        raise InvalidInput("readings of a panel", faults)
    return fit_field(
        [reading.distance for reading in readings if reading.distance is not None],
        [reading.value for reading in readings],
        kind=readings[0].kind if readings else "measured",
        housing=housing,
        reading_deviation=reading_deviation,
        meter_uncertainty=meter_uncertainty,
        radiant_power=radiant_power,
        level=level,
    )


def members(fit: PanelFit, distance: float) -> NDArray[np.float64]:
    """Return irradiance by the fit, by its alternatives and, outside the readings, by the usual decay.

    Fitted to 6 and 12 inches alone, the model misses the panels of this catalogue by up to 40 % at 24
    inches, mostly downwards; the decay of other panels, set to the outermost reading, covers what it misses.
    """
    own = fit.family(distance)
    edge = float(np.clip(distance, fit.distances[0], fit.distances[-1]))
    return np.concatenate([own, fit.family(edge)[0] * _retention(distance) / _retention(edge)])


def _series(device: Device) -> list[IrradianceReading]:
    """Return the measurements of the position that was measured at most distances."""
    groups = [[reading for reading in device.measured if reading.position == position] for position in POSITIONS]
    return max(groups, key=len)


def placed(device: Device, readings: Sequence[IrradianceReading]) -> list[tuple[float, IrradianceReading]]:
    """Return the readings whose distance is known, with it; pads are read where they lie."""
    pairs = [(0.0 if device.contact else reading.distance, reading) for reading in readings]
    return [(at, reading) for at, reading in pairs if at is not None]


def _retention(distance: float) -> NDArray[np.float64]:
    # Beyond the table the logarithm goes on along its last segment.
    logs, d = np.log(RETENTION), np.asarray(RETENTION_DISTANCES)
    slope = (logs[:, -1] - logs[:, -2]) / (d[-1] - d[-2])
    inside = np.array([np.interp(distance, d, row) for row in logs])
    return np.asarray(np.exp(inside + slope * max(0.0, distance - d[-1])))


def retention_ratio(distance: float, reference: float) -> Level:
    """Return irradiance at a distance over that at a reference, by the usual decay of panels."""
    return span(_retention(distance) / _retention(reference))


def band_at(distance: float, measured: tuple[float, ...], accuracy: float) -> float:
    """Return the relative half width: `accuracy` among the measured distances, rising outside of them."""
    near, far = max(min(measured), 1.0), max(measured)
    steps = np.log([NEAR_FACTOR * near, near, far, FAR_FACTOR * far])
    widest = max(EXTRAPOLATED_BAND, accuracy)
    return float(np.interp(math.log(max(distance, 0.1)), steps, [widest, accuracy, accuracy, widest]))


def at_the_skin(device: Device) -> bool:
    """Return whether what is known of a device holds on the skin only."""
    # Beams of lasers are as little known as those of pads: what is known holds at the aperture.
    return device.contact or device.is_laser


def within(distance: float, measured: tuple[float, ...]) -> bool:
    """Return whether a distance lies among the measured ones."""
    return min(measured) <= distance <= max(measured) or any(same_distance(distance, at) for at in measured)


def same_distance(first: float, second: float) -> bool:
    """Return whether two distances [mm] are the same, as well as a lamp is placed."""
    return abs(first - second) <= max(SAME_DISTANCE_MM, SAME_DISTANCE_SHARE * max(first, second))
