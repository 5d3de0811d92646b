"""Intervals with a reason, and draws from them.

One rule serves every uncertain positive quantity of the package, so that each assumption reads the same way:
a drawn value lies below the central value half of the time and above it half of the time, and is log-uniform on
either side; without a central value it is log-uniform over the whole interval. Nothing is drawn outside the
interval. The ends are what the sources span, not percentiles.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, StrictBool, model_validator

from nervelight.documents import Document
from nervelight.errors import ValidityError
from nervelight.units import parse_quantity

__all__ = ["Interval", "MillimetreInterval", "interval_in", "low_discrepancy_sample", "parsed_ends", "summarise"]


class Interval(Document):
    """A positive quantity known only within bounds.

    Examples
    --------
    >>> thickness = Interval(low=1.0, central=2.0, high=8.0)
    >>> thickness.at([0.0, 0.5, 1.0]).tolist()
    [1.0, 2.0, 8.0]
    """

    low: float = Field(gt=0)
    """Lower end."""
    central: float | None = Field(default=None, gt=0)
    """Central value, the median of draws; absent where the sources give a range only."""
    high: float = Field(gt=0)
    """Upper end."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True for a placeholder without a checked source: an assumption."""
    reason: str = ""
    """Why these bounds."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.median <= self.high:
            raise ValueError(f"needs low <= central <= high, got {self.low}, {self.central}, {self.high}")
        return self

    @classmethod
    def exactly(cls, value: float, reason: str = "", sources: tuple[str, ...] = ()) -> Self:
        """Return the interval of a quantity that is known."""
        return cls(low=value, central=value, high=value, reason=reason, sources=sources)

    @property
    def median(self) -> float:
        """The central value, or the geometric mean of the ends."""
        return float(np.sqrt(self.low * self.high)) if self.central is None else self.central

    def at(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return the quantile function at `u`.

        Parameters
        ----------
        u : array_like, any shape
            Probabilities in [0, 1].

        Returns
        -------
        ndarray, shape of `u`
            Values between `low` and `high`, in the unit of the interval.
        """
        logs = np.log([self.low, self.median, self.high])
        drawn = np.exp(np.interp(np.asarray(u, dtype=float), [0.0, 0.5, 1.0], logs))
        return np.asarray(np.clip(drawn, self.low, self.high))

    def scaled(self, factor: float) -> Interval:
        """Return the interval with all values multiplied by `factor`."""
        central = None if self.central is None else self.central * factor
        return self.model_copy(update={"low": self.low * factor, "central": central, "high": self.high * factor})


def parsed_ends(data: Any, unit: str) -> Any:
    """Return what a file says of an interval with its ends, written with their unit, as numbers in `unit`.

    Anything but a mapping is returned as it is.
    """
    if not isinstance(data, dict):
        return data
    return {
        key: parse_quantity(value, unit) if key in {"low", "central", "high"} and value is not None else value
        for key, value in data.items()
    }


def interval_in(unit: str) -> Any:
    """Return the type of an interval whose ends are written with their unit.

    Parameters
    ----------
    unit : str
        The unit inside, in pint's notation.
    """
    return Annotated[Interval, BeforeValidator(partial(parsed_ends, unit=unit))]


if TYPE_CHECKING:
    MillimetreInterval = Interval
else:
    MillimetreInterval = interval_in("mm")


def low_discrepancy_sample(draws: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return scrambled Sobol points in the unit cube.

    Parameters
    ----------
    draws : int
        Number of points, a power of two: others lose the balance of the sequence.
    dimensions : int
        Number of uncertain quantities.
    seed : int
        The same seed gives the same points.

    Returns
    -------
    ndarray, shape (draws, dimensions)
        Probabilities in (0, 1).

    Raises
    ------
    ValidityError
        If `draws` is no power of two.

    References
    ----------
    Owen AB 1998, scrambling Sobol and Niederreiter-Xing points, as implemented in scipy.stats.qmc.
    """
    if draws < 1 or draws & (draws - 1):
        raise ValidityError(f"the number of draws must be a power of two, such as 256; got {draws}")
    return _points(draws, dimensions, seed).copy()


# Scrambling takes longer than the light of one wavelength in a few draws.
@lru_cache(maxsize=16)
def _points(draws: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    # scipy.stats takes half a second to import: only whoever draws pays for it.
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed)).random(draws))


def summarise(values: ArrayLike) -> dict[str, float]:
    """Return the median with the 50 % and 90 % interval of draws, as ``p5 p25 p50 p75 p95``."""
    levels = (5, 25, 50, 75, 95)
    return {f"p{q}": float(v) for q, v in zip(levels, np.percentile(np.asarray(values), levels), strict=True)}
