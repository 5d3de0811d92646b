"""Light of an LED array on the skin: irradiance at any point, and the angles at which it arrives.

Each diode is a point that sends its power into a cos^m lobe (Moreno et al. 2007), and the array is their sum.

The skin is the plane z = 0 or a round limb along y whose highest line lies there; the lamp is above it. Its middle
is `distance` above the origin, and `tilt` turns it about its own y axis, towards +x.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.irradiance_map import IrradianceMap, centred_axis
from nervelight.optics.panels import PanelField, half_intensity_angle
from nervelight.optics.panels import lobe_exponent as exponent_of_full_angle

__all__ = ["Incidence", "LedArray"]

# Diodes times points held at once: about 50 MB.
PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True, eq=False)
class Incidence:
    """The directions from which light arrives at one point of the skin.

    Parameters
    ----------
    cosine : ndarray, shape (K,)
        Cosine of the angle between the skin's normal and the direction to each diode, rising.
    irradiance : ndarray, shape (K,)
        Irradiance that comes from there [W/mm2].
    """

    cosine: NDArray[np.float64]
    irradiance: NDArray[np.float64]

    @property
    def mean_cosine(self) -> float:
        """Mean cosine of incidence, weighted with the irradiance."""
        return float(self.cosine @ self.irradiance / self.irradiance.sum())

    @property
    def lobe_exponent(self) -> float:
        """Exponent of the lobe that has the same mean cosine; see :meth:`LedArray.incidence_lobe`."""
        return float(_lobe_of(np.asarray(self.mean_cosine)))


class LedArray:
    """Diodes on the face of a lamp, each with a cos^m lobe.

    Parameters
    ----------
    positions : array_like, shape (K, 2)
        Where the diodes sit on the face of the lamp: x and y from its middle [mm].
    radiant_power : array_like, shape (K,) or ()
        Radiant power of each diode, or one value that holds for each [W].
    half_angle : array_like, shape (K,) or (), optional
        Angle from the axis at which a lobe falls to one half: half of the full width at half maximum [degrees].
    lobe_exponent : array_like, shape (K,) or (), optional
        Exponent of the lobes, instead of `half_angle`.

    Attributes
    ----------
    positions : ndarray, shape (K, 2)
        As given [mm].
    radiant_power, lobe_exponent : ndarray, shape (K,)
        For each diode [W], [1].

    Raises
    ------
    ValidityError
        If a value is out of range or not finite, shapes do not match, or both or none of `half_angle` and
        `lobe_exponent` are given.

    Notes
    -----
    A diode is a point: the sum holds from a few diameters of a lens on. Use the angle that the lamp has, fitted to
    readings (:func:`nervelight.optics.field_fit.fit_field`), not the one on the lens label, and the field of lenses,
    not the housing. In front of narrow lenses the irradiance may rise with distance before it falls.

    References
    ----------
    Moreno I, Avendano-Alejo M, Tzonchev RI 2007, Opt. Eng. 46:033001.

    Examples
    --------
    >>> one = LedArray([[0.0, 0.0]], 1.0, half_angle=60.0)
    >>> round(float(one.irradiance(0.0, 0.0, distance=100.0)) * 1e6, 3)
    31.831
    """

    positions: NDArray[np.float64]
    radiant_power: NDArray[np.float64]
    lobe_exponent: NDArray[np.float64]

    def __init__(
        self,
        positions: ArrayLike,
        radiant_power: ArrayLike,
        *,
        half_angle: ArrayLike | None = None,
        lobe_exponent: ArrayLike | None = None,
    ) -> None:
        self.positions = np.array(positions, dtype=float)
        if self.positions.ndim != 2 or self.positions.shape[1] != 2 or not len(self.positions):
            raise ValidityError(f"positions of diodes need the shape (diodes, 2), got {self.positions.shape}")
        if not np.all(np.isfinite(self.positions)):
            raise ValidityError("positions of diodes must be finite")
        self.radiant_power = self._each("radiant power", radiant_power)
        if not (np.all(self.radiant_power >= 0.0) and np.any(self.radiant_power > 0.0)):
            raise ValidityError("the radiant power of diodes must not be negative, nor zero for all of them")
        if (half_angle is None) == (lobe_exponent is None):
            raise ValidityError("an LED array needs either half_angle or lobe_exponent")
        if half_angle is not None:
            angles = self._each("half angle", half_angle).tolist()
            outside = [angle for angle in angles if not 0.0 < angle < 90.0]
            if outside:
                raise ValidityError(f"the half angle must lie between 0 and 90 degrees, got {outside[0]:g}")
            lobe_exponent = [exponent_of_full_angle(2.0 * angle) for angle in angles]
        self.lobe_exponent = self._each("lobe exponent", lobe_exponent)
        if not np.all(self.lobe_exponent > 0.0):
            raise ValidityError(f"the lobe exponent must be positive, got {self.lobe_exponent.min():g}")
        for array in (self.positions, self.radiant_power, self.lobe_exponent):
            array.setflags(write=False)

    @classmethod
    def grid(
        cls,
        rows: int,
        columns: int,
        radiant_power: ArrayLike,
        *,
        pitch: float | None = None,
        field: tuple[float, float] | None = None,
        half_angle: ArrayLike | None = None,
        lobe_exponent: ArrayLike | None = None,
    ) -> Self:
        """Return diodes in rows and columns about the middle of the lamp.

        Parameters
        ----------
        rows, columns : int
            Number of diodes along y and along x.
        radiant_power : array_like
            Radiant power of each diode [W], not of the lamp; in rows from the lowest y, if given one by one.
        pitch : float, optional
            Distance of neighbouring diodes [mm].
        field : tuple of float, optional
            Width and height of the field of lenses [mm], instead of `pitch`: each diode in the middle of an equal
            share of it. The housing is larger and must not be given here.
        half_angle, lobe_exponent : array_like, optional
            One of the two, as in the class.

        Returns
        -------
        LedArray

        Raises
        ------
        ValidityError
            If a number or length is not positive, or both or none of `pitch` and `field` are given.

        Examples
        --------
        >>> panel = LedArray.grid(20, 60, 0.12, pitch=15.0, half_angle=30.0)
        >>> round(panel.total_power, 6), panel.positions.max(axis=0).tolist()
        (144.0, [442.5, 142.5])
        """
        if rows < 1 or columns < 1:
            raise ValidityError(f"a grid of diodes needs one row and one column at least, got {rows} by {columns}")
        if (pitch is None) == (field is None):
            raise ValidityError("a grid of diodes needs either pitch or field")
        width, height = field if field is not None else (columns * (pitch or 0.0), rows * (pitch or 0.0))
        if not all(math.isfinite(side) and side > 0.0 for side in (width, height)):
            raise ValidityError(f"pitch and field of a grid must be positive and finite, got {pitch or field} mm")
        x = ((np.arange(columns) + 0.5) / columns - 0.5) * width
        y = ((np.arange(rows) + 0.5) / rows - 0.5) * height
        positions = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        return cls(positions, radiant_power, half_angle=half_angle, lobe_exponent=lobe_exponent)

    @classmethod
    def from_field(cls, field: PanelField, rows: int, columns: int) -> Self:
        """Return the grid of diodes that stands for an evenly emitting field, such as one fitted to readings.

        Parameters
        ----------
        field : PanelField
            Extent, lobe and power.
        rows, columns : int
            Number of diodes along y and along x.

        Returns
        -------
        LedArray
        """
        return cls.grid(
            rows,
            columns,
            field.radiant_power / (rows * columns),
            field=(field.field_width, field.field_height),
            lobe_exponent=field.lobe_exponent,
        )

    @property
    def half_angle(self) -> NDArray[np.float64]:
        """Angle from the axis at which each lobe falls to one half [degrees], shape (K,)."""
        return np.array([half_intensity_angle(exponent) for exponent in self.lobe_exponent.tolist()])

    @property
    def total_power(self) -> float:
        """Radiant power of all diodes [W]."""
        return float(self.radiant_power.sum())

    def irradiance(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        distance: float,
        tilt: float = 0.0,
        limb_radius: float | None = None,
    ) -> NDArray[np.float64]:
        """Return the irradiance at points of the skin, summed over the diodes.

        Parameters
        ----------
        x, y : array_like
            Points on the skin [mm]. On a limb x is the arc length around it from its highest line.
        distance : float
            From the middle of the lamp down to the skin [mm].
        tilt : float
            Rotation of the lamp about its y axis [degrees]; positive turns its light towards +x.
        limb_radius : float, optional
            Radius of a limb that lies along y [mm]; flat skin without it.

        Returns
        -------
        ndarray, shape that `x` and `y` broadcast to
            Irradiance [W/mm2]; 0 behind the lamp, and where the skin faces away from every diode.

        Raises
        ------
        ValidityError
            If a value is out of range, or a diode would lie in the skin.

        Examples
        --------
        >>> lamp = LedArray.grid(10, 30, 0.4, pitch=30.0, half_angle=30.0)
        >>> flat, limb = (lamp.irradiance(40.0, 0.0, distance=150.0, limb_radius=r) for r in (None, 50.0))
        >>> bool(limb < flat)
        True
        """
        shape, parts = self._pairs(x, y, distance, tilt, limb_radius)
        return np.concatenate([irradiance.sum(axis=-1) for irradiance, _ in parts]).reshape(shape)

    def map(
        self,
        width: float,
        height: float,
        step: float,
        *,
        distance: float,
        tilt: float = 0.0,
        limb_radius: float | None = None,
    ) -> IrradianceMap:
        """Return the irradiance over a rectangle of skin about the origin.

        Parameters
        ----------
        width, height : float
            Skin to be covered, along x and y [mm].
        step : float
            Distance of the points [mm].
        distance, tilt, limb_radius : float
            As in :meth:`irradiance`. On a limb x is the arc length around it.

        Returns
        -------
        IrradianceMap
            An odd number of points along each side, the origin among them.
        """
        x, y = centred_axis(width, step), centred_axis(height, step)
        values = self.irradiance(x, y[:, None], distance=distance, tilt=tilt, limb_radius=limb_radius)
        return IrradianceMap(x, y, values)

    def incidence(
        self, x: float, y: float, *, distance: float, tilt: float = 0.0, limb_radius: float | None = None
    ) -> Incidence:
        """Return the directions from which light arrives at one point.

        Parameters
        ----------
        x, y, distance, tilt, limb_radius : float
            As in :meth:`irradiance`, for one point.

        Returns
        -------
        Incidence
            Cosine and irradiance of each diode.

        Raises
        ------
        ValidityError
            As :meth:`irradiance`, and if the point is dark.
        """
        _, parts = self._pairs(float(x), float(y), distance, tilt, limb_radius)
        irradiance, cosine = (part[0] for part in next(parts))
        _require_light(irradiance.sum())
        order = np.argsort(cosine, kind="stable")
        return Incidence(cosine[order], irradiance[order])

    def incidence_lobe(
        self,
        x: ArrayLike,
        y: ArrayLike,
        *,
        distance: float,
        tilt: float = 0.0,
        limb_radius: float | None = None,
    ) -> NDArray[np.float64]:
        """Return the exponent of the lobe in which light arrives at points of the skin.

        Parameters
        ----------
        x, y : array_like
            Points on the skin [mm].
        distance, tilt, limb_radius : float
            As in :meth:`irradiance`.

        Returns
        -------
        ndarray, shape that `x` and `y` broadcast to
            Exponent m': the radiance cos^(m' - 1) of the angle of incidence has the same mean cosine
            (m' + 1)/(m' + 2), weighted with the irradiance. 1 for diffuse light, infinite for collimated light that
            falls straight. Below 1 for light that mostly grazes the skin, which no such lobe describes well.

        Raises
        ------
        ValidityError
            As :meth:`irradiance`, and if a point is dark.

        Notes
        -----
        Under an even and wide field of lobes m the light arrives as it leaves: m' = m. Farther away the field
        shrinks to a point, and m' grows with the square of the distance. The lobe is round about the normal; a
        tilted lamp or a point off the axis sends light from one side, and only the mean cosine is kept.
        """
        shape, parts = self._pairs(x, y, distance, tilt, limb_radius)
        means = []
        for irradiance, cosine in parts:
            total = irradiance.sum(axis=-1)
            _require_light(total)
            means.append((irradiance * cosine).sum(axis=-1) / total)
        return _lobe_of(np.concatenate(means)).reshape(shape)

    def _each(self, what: str, value: ArrayLike | None) -> NDArray[np.float64]:
        """Return one value a diode."""
        given = np.asarray(value, dtype=float)
        count = len(self.positions)
        if given.shape not in {(), (1,), (count,)} or not np.all(np.isfinite(given)):
            raise ValidityError(f"the {what} needs one finite value or {count} of them, got the shape {given.shape}")
        return np.array(np.broadcast_to(given, (count,)))

    def _pairs(
        self, x: ArrayLike, y: ArrayLike, distance: float, tilt: float, limb_radius: float | None
    ) -> tuple[tuple[int, ...], Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
        """Return the shape of the points and, in portions (N, K), irradiance and cosine of incidence by diode."""
        along, across = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        if not np.all(np.isfinite(along) & np.isfinite(across)):
            raise ValidityError("points on the skin must be finite")
        lamp = _Pose.of(self.positions, distance, tilt, limb_radius)
        points = _on_skin(along.ravel(), across.ravel(), limb_radius)
        return along.shape, self._portions(lamp, points)

    def _portions(
        self, lamp: _Pose, points: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        axial = (self.lobe_exponent + 1.0) * self.radiant_power / (2.0 * math.pi)
        portion = max(1, PAIRS_AT_ONCE // len(self.positions))
        # One portion at least, so that no points give an empty answer.
        for start in range(0, max(points.shape[1], 1), portion):
            x, y, z, normal_x, normal_z = (row[:, None] for row in points[:, start : start + portion])
            dx, dy, dz = x - lamp.x, y - lamp.y, z - lamp.z
            square = dx**2 + dy**2 + dz**2
            reach = np.sqrt(square)
            # Neither the axis of the lamp nor the skin's normal has a component along y. A cosine below 0 is light
            # behind the lamp, or light that the limb itself keeps away.
            leaving = np.maximum(dx * lamp.axis_x + dz * lamp.axis_z, 0.0) / reach
            arriving = np.clip(-(dx * normal_x + dz * normal_z) / reach, 0.0, 1.0)
            yield axial * leaving**self.lobe_exponent * arriving / square, arriving


@dataclass(frozen=True)
class _Pose:
    """Where the diodes are, shape (K,) each [mm], and where the lamp looks."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    axis_x: float
    axis_z: float

    @classmethod
    def of(cls, positions: NDArray[np.float64], distance: float, tilt: float, limb_radius: float | None) -> _Pose:
        if not (math.isfinite(distance) and distance > 0.0):
            raise ValidityError(f"the distance of a lamp must be positive and finite, got {distance:g} mm")
        if not -90.0 < tilt < 90.0:
            raise ValidityError(f"the tilt of a lamp must lie between -90 and 90 degrees, got {tilt:g}")
        sine, cosine = math.sin(math.radians(tilt)), math.cos(math.radians(tilt))
        x, z = positions[:, 0] * cosine, distance + positions[:, 0] * sine
        if limb_radius is None:
            height = z
        else:
            if not (math.isfinite(limb_radius) and limb_radius > 0.0):
                raise ValidityError(f"the radius of a limb must be positive and finite, got {limb_radius:g} mm")
            height = np.hypot(x, z + limb_radius) - limb_radius
        if height.min() <= 0.0:
            raise ValidityError(
                f"a diode would lie in the skin: a lamp at {distance:g} mm, tilted by {tilt:g} degrees, "
                f"reaches {-height.min():g} mm below the surface"
            )
        return cls(x, positions[:, 1], z, sine, -cosine)


def _on_skin(x: NDArray[np.float64], y: NDArray[np.float64], limb_radius: float | None) -> NDArray[np.float64]:
    """Return x, y and z of the points [mm], and x and z of the normals, shape (5, N)."""
    if limb_radius is None:
        return np.stack([x, y, np.zeros_like(x), np.zeros_like(x), np.ones_like(x)])
    angle = x / limb_radius
    if np.any(np.abs(angle) > math.pi * (1.0 + 1e-9)):
        raise ValidityError(
            f"a limb of {limb_radius:g} mm radius ends at {math.pi * limb_radius:g} mm on either side, "
            f"got a point at {float(x[np.argmax(np.abs(angle))]):g} mm"
        )
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.stack([limb_radius * sine, y, limb_radius * (cosine - 1.0), sine, cosine])


def _lobe_of(mean_cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return m' from the mean cosine (m' + 1)/(m' + 2)."""
    lack = 1.0 - mean_cosine
    straight = lack <= 0.0
    return np.where(straight, np.inf, (2.0 * mean_cosine - 1.0) / np.where(straight, 1.0, lack))


def _require_light(irradiance: NDArray[np.float64]) -> None:
    if not np.all(irradiance > 0.0):
        raise ValidityError("no light of the lamp reaches the point, so it has no angle of incidence")
