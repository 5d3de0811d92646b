"""Shapes of the light that falls on the skin, each for one watt of radiant power.

A beam is centred on the axis r = 0 and meets the skin at z = 0. What arrives is counted in the air above the skin,
before anything is reflected.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = ["Beam", "Disc", "DiscCluster", "Gaussian"]


class Beam(Protocol):
    """A beam that is the same all around its axis, or is taken as its mean around it."""

    @property
    def area(self) -> float:
        """Lit area [mm2]."""

    def irradiance(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance [1/mm2] at distances `r` [mm] from the axis, for one watt; shape of `r`."""

    def spectrum(self, q: ArrayLike) -> NDArray[np.float64]:
        """Return the Hankel transform of the irradiance at spatial frequencies `q` [rad/mm]; 1 at 0, shape of `q`."""


@dataclass(frozen=True)
class Disc:
    """A disc that is evenly lit.

    Parameters
    ----------
    radius : float
        Radius of the lit skin [mm].

    Raises
    ------
    ValidityError
        If the radius is not positive and finite.
    """

    radius: float

    def __post_init__(self) -> None:
        _require_length("radius of a disc", self.radius)

    @property
    def area(self) -> float:
        """Lit area [mm2]."""
        return math.pi * self.radius**2

    def irradiance(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance [1/mm2] at distances `r` [mm] from the axis, for one watt; shape of `r`.

        On the edge itself it is the mean of both sides.
        """
        return np.asarray(np.heaviside(self.radius - np.abs(np.asarray(r, dtype=float)), 0.5) / self.area)

    def spectrum(self, q: ArrayLike) -> NDArray[np.float64]:
        """Return the Hankel transform of the irradiance at spatial frequencies `q` [rad/mm]; 1 at 0, shape of `q`."""
        from scipy.special import j1

        x = np.asarray(q, dtype=float) * self.radius
        small = np.abs(x) < 1e-6
        x = np.where(small, 1.0, x)
        return np.asarray(np.where(small, 1.0, 2 * j1(x) / x))


@dataclass(frozen=True)
class Gaussian:
    """A beam whose irradiance falls like a Gaussian from its axis.

    Parameters
    ----------
    radius : float
        Distance from the axis [mm] at which the irradiance is 1/e2 of that on the axis.

    Raises
    ------
    ValidityError
        If the radius is not positive and finite.
    """

    radius: float

    def __post_init__(self) -> None:
        _require_length("radius of a Gaussian beam", self.radius)

    @property
    def area(self) -> float:
        """Area [mm2] over which the irradiance of the axis would carry all power."""
        return math.pi * self.radius**2 / 2

    def irradiance(self, r: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance [1/mm2] at distances `r` [mm] from the axis, for one watt; shape of `r`."""
        return np.asarray(np.exp(-2 * (np.asarray(r, dtype=float) / self.radius) ** 2) / self.area)

    def spectrum(self, q: ArrayLike) -> NDArray[np.float64]:
        """Return the Hankel transform of the irradiance at spatial frequencies `q` [rad/mm]; 1 at 0, shape of `q`."""
        return np.asarray(np.exp(-((np.asarray(q, dtype=float) * self.radius) ** 2) / 8))


@dataclass(frozen=True)
class DiscCluster:
    """Several equal beams side by side, as from a probe with several diodes.

    Parameters
    ----------
    beam : Beam
        Each diode's light on the skin.
    centres : sequence of (float, float)
        Where their axes meet the skin: x and y [mm].
    shares : sequence of float, optional
        Share of the radiant power of each; equal when absent. They sum to 1.

    Raises
    ------
    ValidityError
        If there is no diode, or the shares do not fit.
    """

    beam: Beam
    centres: Sequence[tuple[float, float]]
    shares: Sequence[float] = ()

    def __post_init__(self) -> None:
        if not self.centres or not np.all(np.isfinite(np.asarray(self.centres, dtype=float))):
            raise ValidityError("a cluster needs at least one centre, each a finite x and y")
        shares = self.shares or (1 / len(self.centres),) * len(self.centres)
        if len(shares) != len(self.centres) or min(shares) < 0 or not math.isclose(sum(shares), 1.0, rel_tol=1e-9):
            raise ValidityError("a cluster needs a share of the power for each centre, not negative, that sum to 1")
        object.__setattr__(self, "centres", tuple((float(x), float(y)) for x, y in self.centres))
        object.__setattr__(self, "shares", tuple(map(float, shares)))


def _require_length(what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValidityError(f"{what} must be positive and finite, got {value:g} mm")
