"""Irradiance over the skin as a grid of values, and evenly lit rectangles.

A map is plain data: two axes and a table. :meth:`nervelight.optics.led_array.LedArray.map` makes one from a lamp.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = ["IrradianceMap", "Rectangle", "centred_axis"]

# Axes are often read from files with a few digits: steps that differ by less than this share are the same.
EVEN_STEP = 1e-6
# Rows into which a cell is cut where the edge of a round probe crosses it: the mean irradiance of a 10 mm probe on
# cells of 1 mm is then within 0.1 %, and the power is set exactly afterwards.
ROWS_IN_CELL = 16


@dataclass(frozen=True)
class Rectangle:
    """An evenly lit rectangle, for values on its axis.

    Parameters
    ----------
    width, height : float
        Sides of the lit skin [mm].

    Raises
    ------
    ValidityError
        If a side is not positive and finite.

    Notes
    -----
    It has the methods of the round beams of :mod:`nervelight.optics.beams`. A rectangle is not round: `irradiance`
    and `spectrum` are means over the azimuth. In layered tissue the fluence rate is linear in the irradiance and no
    direction is preferred, so what is computed from them is exact on the axis r = 0, and elsewhere the mean over
    the circle of that radius. For values off the axis use an :class:`IrradianceMap`.

    Examples
    --------
    >>> Rectangle(20.0, 10.0).area
    200.0
    """

    width: float
    height: float

    def __post_init__(self) -> None:
        _require_positive("width of a rectangle", self.width)
        _require_positive("height of a rectangle", self.height)

    @property
    def area(self) -> float:
        """Lit area [mm2]."""
        return self.width * self.height

    def irradiance(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return the mean irradiance over circles about the axis, for one watt.

        Parameters
        ----------
        r : array_like
            Radius of the circle [mm].

        Returns
        -------
        ndarray, shape of `r`
            Irradiance [1/mm2]: that of the rectangle times the share of the circle that lies inside it.
        """
        radius = np.abs(np.asarray(r, dtype=float))
        # In one quadrant the circle lies inside between the angle where it leaves the side x = width / 2 and the
        # angle where it leaves the side y = height / 2.
        safe = np.where(radius > 0.0, radius, 1.0)
        first = np.arccos(np.minimum(self.width / 2.0 / safe, 1.0))
        last = np.arcsin(np.minimum(self.height / 2.0 / safe, 1.0))
        share = np.maximum(last - first, 0.0) / (math.pi / 2.0)
        return np.where(radius > 0.0, share, 1.0) / self.area

    def spectrum(self, q: ArrayLike) -> NDArray[np.float64]:
        """Return the mean over the azimuth of the Fourier transform of the irradiance.

        Parameters
        ----------
        q : array_like
            Spatial frequencies [rad/mm].

        Returns
        -------
        ndarray, shape of `q`
            1 at q = 0.

        Raises
        ------
        ValidityError
            If a frequency is not finite.

        Notes
        -----
        The transform is sinc(qx width/2) sinc(qy height/2), and the mean over the azimuth is taken at N evenly
        spaced angles. Its Fourier orders in the azimuth are Bessel functions J_k(qR) with R half the diagonal, so
        N angles leave an error of about J_N(qR). N = 1.25 qR + 40 keeps that below 1e-11 for any qR.

        Examples
        --------
        >>> round(float(Rectangle(20.0, 10.0).spectrum(0.2)), 6)
        0.644878
        """
        frequency = np.asarray(q, dtype=float)
        if not np.all(np.isfinite(frequency)):
            raise ValidityError("spatial frequencies must be finite")
        farthest = float(np.max(np.abs(frequency), initial=0.0)) * math.hypot(self.width, self.height) / 2.0
        # The four quadrants are mirror images: a quarter of the angles, none of them on an axis, does.
        nodes = math.ceil((1.25 * farthest + 40.0) / 4.0)
        azimuth = (np.arange(nodes) + 0.5) * math.pi / (2.0 * nodes)
        along, across = (
            np.sinc(np.multiply.outer(frequency, trace * side / (2.0 * math.pi)))
            for trace, side in ((np.cos(azimuth), self.width), (np.sin(azimuth), self.height))
        )
        return np.asarray((along * across).mean(axis=-1))


@dataclass(frozen=True, eq=False)
class IrradianceMap:
    """Irradiance on the skin at evenly spaced points.

    Parameters
    ----------
    x : ndarray, shape (X,)
        Positions along the skin [mm], rising in even steps.
    y : ndarray, shape (Y,)
        Positions across [mm], in the same steps.
    irradiance : ndarray, shape (Y, X)
        Irradiance [W/mm2], before anything is reflected. Each value stands for a square cell about its point.

    Raises
    ------
    ValidityError
        If the axes are not even, the shapes do not match, or a value is negative or not finite, or all are zero.

    Examples
    --------
    >>> field = IrradianceMap.rectangle(40.0, 20.0, step=1.0, radiant_power=0.4)
    >>> round(field.radiant_power, 12), round(field.peak, 12)
    (0.4, 0.0005)
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    irradiance: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("x", "y", "irradiance"):
            # A copy that cannot be written to: the checks below hold for as long as the map lives.
            array = np.array(getattr(self, name), dtype=float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        steps = [_even_step(name, getattr(self, name)) for name in ("x", "y")]
        if not math.isclose(steps[0], steps[1], rel_tol=EVEN_STEP):
            raise ValidityError(f"x and y of a map need the same step, got {steps[0]:g} and {steps[1]:g} mm")
        if self.irradiance.shape != (self.y.size, self.x.size):
            raise ValidityError(
                f"the irradiance of a map needs the shape (y, x) = {(self.y.size, self.x.size)}, "
                f"got {self.irradiance.shape}"
            )
        if not np.all(np.isfinite(self.irradiance) & (self.irradiance >= 0.0)):
            raise ValidityError("the irradiance of a map must be finite and not negative everywhere")
        if not np.any(self.irradiance > 0.0):
            raise ValidityError("a map needs light: all of its irradiance is 0 W/mm2")

    @classmethod
    def rectangle(
        cls, width: float, height: float, step: float, *, radiant_power: float = 1.0, margin: float = 0.0
    ) -> Self:
        """Return the map of an evenly lit rectangle about the origin.

        Parameters
        ----------
        width, height : float
            Sides of the lit skin [mm].
        step : float
            Size of a cell [mm].
        radiant_power : float
            Radiant power [W].
        margin : float
            Dark rim around the rectangle, at least [mm].

        Returns
        -------
        IrradianceMap
            Cells on the edge are lit by the share that lies inside, so the integral is the radiant power.

        Raises
        ------
        ValidityError
            If a length or the power is not positive and finite.
        """
        _require_positive("width of a rectangle", width)
        _require_positive("height of a rectangle", height)
        _require_positive("radiant power", radiant_power, "W")
        _require_not_negative("margin", margin)
        x, y = (centred_axis(side + 2.0 * margin, step) for side in (width, height))
        lit = np.outer(_covered(y, step, -height / 2.0, height / 2.0), _covered(x, step, -width / 2.0, width / 2.0))
        return cls(x, y, radiant_power / (width * height) * lit)

    @classmethod
    def scan(
        cls,
        width: float,
        height: float,
        step: float,
        *,
        probe_radius: float,
        line_spacing: float,
        radiant_power: float = 1.0,
        margin: float = 0.0,
    ) -> Self:
        """Return the irradiance that a moving probe leaves on average over a scan.

        Parameters
        ----------
        width : float
            Length of each line that the centre of the probe travels along x [mm].
        height : float
            Distance from the first line to the last [mm]; 0 for a single line.
        step : float
            Size of a cell [mm].
        probe_radius : float
            Radius of the evenly lit disc under the probe [mm].
        line_spacing : float
            Largest distance of neighbouring lines [mm], at most the diameter of the probe. The lines are spread
            evenly over `height`.
        radiant_power : float
            Radiant power of the probe [W].
        margin : float
            Dark rim around what the probe reaches, at least [mm].

        Returns
        -------
        IrradianceMap
            Irradiance, mean over the time of the scan, at constant speed. It reaches one radius beyond the lines.

        Raises
        ------
        ValidityError
            If a length is out of range, or if lines so far apart would leave dark stripes.

        Examples
        --------
        >>> scan = IrradianceMap.scan(60.0, 40.0, 1.0, probe_radius=6.0, line_spacing=4.0, radiant_power=0.2)
        >>> round(scan.radiant_power, 9), round(scan.mean(50.0, 30.0) / (0.2 / (60.0 * 44.0)), 2)
        (0.2, 1.0)
        """
        for what, value in (
            ("length of a scan", width),
            ("radius of the probe", probe_radius),
            ("spacing of the lines", line_spacing),
        ):
            _require_positive(what, value)
        _require_positive("radiant power", radiant_power, "W")
        _require_not_negative("height of a scan", height)
        _require_not_negative("margin", margin)
        if line_spacing > 2.0 * probe_radius:
            raise ValidityError(
                f"lines {line_spacing:g} mm apart leave dark stripes: with a probe of {2.0 * probe_radius:g} mm "
                "the spacing must not exceed its diameter"
            )
        beyond = 2.0 * (probe_radius + margin)
        x, y = centred_axis(width + beyond, step), centred_axis(height + beyond, step)
        lines = np.linspace(-height / 2.0, height / 2.0, 1 + math.ceil(height / line_spacing - 1e-9))
        rows = (y[:, None] + ((np.arange(ROWS_IN_CELL) + 0.5) / ROWS_IN_CELL - 0.5) * step).ravel()
        lit = np.zeros((rows.size, x.size))
        for line in lines:
            reach = np.sqrt(np.maximum(probe_radius**2 - (rows - line) ** 2, 0.0))
            lit += _time_under_chord(x, step, reach[:, None], width / 2.0)
        cells = lit.reshape(y.size, ROWS_IN_CELL, x.size).mean(axis=1)
        return cls(x, y, cells * (radiant_power / (cells.sum() * step**2)))

    @property
    def step(self) -> float:
        """Distance of neighbouring points [mm]."""
        return float((self.x[-1] - self.x[0]) / (self.x.size - 1))

    @property
    def radiant_power(self) -> float:
        """Radiant power on the map: the integral of the irradiance [W]."""
        return float(self.irradiance.sum()) * self.step**2

    @property
    def peak(self) -> float:
        """Greatest irradiance [W/mm2]."""
        return float(self.irradiance.max())

    @property
    def field_width(self) -> float:
        """Width of the lit field along x, between the outermost points at half of the maximum [mm].

        It is taken on the line y = 0, of whose irradiance the maximum is; raises ValidityError if the map ends
        before the irradiance has fallen to one half.
        """
        return _full_width(self.x, _value_at_zero(self.y, self.irradiance), "x")

    @property
    def field_height(self) -> float:
        """Height of the lit field along y, as `field_width` along x [mm]."""
        return _full_width(self.y, _value_at_zero(self.x, self.irradiance.T), "y")

    def scaled(self, factor: float) -> IrradianceMap:
        """Return the map with all irradiances multiplied by `factor`, which must be positive."""
        _require_positive("factor of a map", factor, "")
        return IrradianceMap(self.x, self.y, self.irradiance * factor)

    def mean(self, width: float, height: float, centre: tuple[float, float] = (0.0, 0.0)) -> float:
        """Return the mean irradiance over a rectangular field.

        Parameters
        ----------
        width, height : float
            Sides of the field [mm].
        centre : tuple of float
            Middle of the field, x and y [mm].

        Returns
        -------
        float
            Mean irradiance [W/mm2]; cells on the edge count with the share that lies inside.

        Raises
        ------
        ValidityError
            If the field reaches beyond the map.
        """
        along, across = self._weights(width, height, centre)
        return float(across @ self.irradiance @ along / (across.sum() * along.sum()))

    def uniformity(self, width: float, height: float, centre: tuple[float, float] = (0.0, 0.0)) -> float:
        """Return the least irradiance over the mean irradiance of a rectangular field.

        Parameters
        ----------
        width, height : float
            Sides of the field [mm].
        centre : tuple of float
            Middle of the field, x and y [mm].

        Returns
        -------
        float
            1 for even light, 0 for a field with a dark spot. Cells less than half inside the field do not count
            for the least value.

        Raises
        ------
        ValidityError
            If the field reaches beyond the map, is dark or holds no cell.
        """
        mean = self.mean(width, height, centre)
        along, across = (weights >= 0.5 for weights in self._weights(width, height, centre))
        inside = self.irradiance[np.ix_(across, along)]
        if inside.size == 0 or mean == 0.0:
            raise ValidityError(f"a field of {width:g} by {height:g} mm holds no light or no cell of {self.step:g} mm")
        return float(inside.min()) / mean

    def _weights(
        self, width: float, height: float, centre: tuple[float, float]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the share of each column and of each row of cells that a field covers."""
        found = []
        for name, axis, side, middle in (("x", self.x, width, centre[0]), ("y", self.y, height, centre[1])):
            _require_positive("side of a field", side)
            low, high = middle - side / 2.0, middle + side / 2.0
            first, last = axis[0] - self.step / 2.0, axis[-1] + self.step / 2.0
            if low < first - 1e-9 * side or high > last + 1e-9 * side:
                raise ValidityError(
                    f"a field from {low:g} to {high:g} mm in {name} reaches beyond the map, "
                    f"which lies from {first:g} to {last:g} mm"
                )
            found.append(_covered(axis, self.step, low, high))
        return found[0], found[1]


def centred_axis(extent: float, step: float) -> NDArray[np.float64]:
    """Return the centres of an odd number of cells that cover an extent about 0.

    Parameters
    ----------
    extent : float
        Length to be covered [mm].
    step : float
        Size of a cell [mm].

    Returns
    -------
    ndarray, shape (2 k + 1,)
        Positions [mm], 0 in the middle; three at least.

    Raises
    ------
    ValidityError
        If a length is not positive and finite.

    Examples
    --------
    >>> centred_axis(4.0, 1.0).tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """
    _require_positive("extent of a map", extent)
    _require_positive("step of a map", step)
    # Half a cell lies on either side of 0; rounding must not add a cell.
    side = max(1, math.ceil(extent / (2.0 * step) - 0.5 - 1e-9))
    return np.arange(-side, side + 1, dtype=np.float64) * float(step)


def _covered(centres: NDArray[np.float64], step: float, low: float, high: float) -> NDArray[np.float64]:
    """Return the share of each cell that lies between `low` and `high`."""
    inside = np.minimum(centres + step / 2.0, high) - np.maximum(centres - step / 2.0, low)
    return np.clip(inside / step, 0.0, 1.0)


def _time_under_chord(
    x: NDArray[np.float64], step: float, reach: NDArray[np.float64], half_line: float
) -> NDArray[np.float64]:
    """Return the path length [mm] on which a chord of half length `reach` lies over each cell, mean over the cell.

    A point x is lit while the probe is between x - reach and x + reach and on its line. That overlap of two lengths
    is a sum of four |x - corner|, whose integral over a cell is known.
    """

    def integral(position: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(position * np.abs(position) / 4.0)

    total: NDArray[np.float64] = np.zeros(np.broadcast_shapes(x.shape, reach.shape))
    for edge, sign in ((x + step / 2.0, 1.0), (x - step / 2.0, -1.0)):
        total += sign * (
            integral(edge + reach + half_line)
            + integral(edge - reach - half_line)
            - integral(edge + reach - half_line)
            - integral(edge - reach + half_line)
        )
    # Rounding leaves a little on both sides of nought where no light falls.
    return np.maximum(total / step, 0.0)


def _value_at_zero(axis: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the profile at position 0 of the axis that counts the rows, between two rows if need be."""
    if not axis[0] <= 0.0 <= axis[-1]:
        raise ValidityError(f"the width of a field is taken through 0 mm, the map lies from {axis[0]:g} mm on")
    place = float(np.interp(0.0, axis, np.arange(axis.size)))
    below = min(int(place), axis.size - 2)
    return np.asarray(rows[below] + (place - below) * (rows[below + 1] - rows[below]))


def _full_width(axis: NDArray[np.float64], profile: NDArray[np.float64], name: str) -> float:
    half = float(profile.max()) / 2.0
    if half == 0.0:
        raise ValidityError(f"the line through 0 mm along {name} is dark")
    if profile[0] > half or profile[-1] > half:
        raise ValidityError(f"the map ends before the irradiance along {name} has fallen to one half of its maximum")
    above = np.flatnonzero(profile >= half)
    ends = []
    for inner, outer in ((above[0], above[0] - 1), (above[-1], above[-1] + 1)):
        if not 0 <= outer < axis.size:
            ends.append(axis[inner])
            continue
        share = (profile[inner] - half) / (profile[inner] - profile[outer])
        ends.append(axis[inner] + share * (axis[outer] - axis[inner]))
    return float(ends[1] - ends[0])


def _even_step(name: str, axis: NDArray[np.float64]) -> float:
    if axis.ndim != 1 or axis.size < 2 or not np.all(np.isfinite(axis)):
        raise ValidityError(f"{name} of a map needs two or more finite positions in one dimension, got {axis.shape}")
    step = float(axis[-1] - axis[0]) / (axis.size - 1)
    even = axis[0] + step * np.arange(axis.size)
    if not (step > 0.0 and np.all(np.abs(axis - even) <= EVEN_STEP * step * axis.size)):
        raise ValidityError(f"{name} of a map must rise in even steps")
    return step


def _require_positive(what: str, value: float, unit: str = "mm") -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ValidityError(f"the {what} must be positive and finite, got {value:g} {unit}".rstrip())


def _require_not_negative(what: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0.0):
        raise ValidityError(f"the {what} must be finite and not negative, got {value:g} mm")
