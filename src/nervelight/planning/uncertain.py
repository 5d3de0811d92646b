"""The uncertain quantities of one plan, and how each is drawn.

Quantities of the *model* (how strongly fat absorbs, which scattering law holds) are one draw for the trial and for
the patient, so that an error common to both cancels in the translation. Quantities of *people* (skin, fat, melanin)
are drawn for the trial's participants and for this patient apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nervelight.uncertainty import Interval, low_discrepancy_sample

__all__ = ["CENTRE", "HIGH_END", "LOW_END", "Group", "Space", "Uncertain"]

Group = Literal["model", "trial", "patient", "lamp"]

# Ends of the range that tables of influence show: the 90 % range of each quantity alone.
LOW_END, CENTRE, HIGH_END = 0.05, 0.5, 0.95

# More than any plan has: the scrambling of a Sobol sequence depends on the number of its dimensions.
DIMENSIONS = 64


@dataclass(frozen=True)
class Uncertain:
    """One uncertain quantity.

    Parameters
    ----------
    group, name : str
        Whose it is and which.
    label : str
        As people read it.
    interval : Interval or tuple of float
        Bounds with their reason; a plain pair is drawn uniformly between its ends.
    unit : str
        Unit to print; empty for a dimensionless quantity.
    ends : tuple of str, optional
        Words for the low and the high end where the number itself says nothing.
    """

    group: Group
    name: str
    label: str
    interval: Interval | tuple[float, float]
    unit: str = ""
    ends: tuple[str, str] | None = None

    @property
    def key(self) -> str:
        """``group.name``."""
        return f"{self.group}.{self.name}"

    @property
    def fixed(self) -> bool:
        """Whether the bounds coincide, so that nothing is uncertain."""
        low, high = self.bounds
        return low == high

    @property
    def bounds(self) -> tuple[float, float]:
        """The two ends."""
        return self.interval if isinstance(self.interval, tuple) else (self.interval.low, self.interval.high)

    @property
    def assumption(self) -> bool:
        """Whether the bounds have no checked source."""
        return isinstance(self.interval, tuple) or self.interval.unverified

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of sources.toml."""
        named = () if isinstance(self.interval, tuple) else self.interval.sources
        return named or ("nervelight_assumption",)

    @property
    def reason(self) -> str:
        """Why these bounds."""
        return "anything between the two is possible" if isinstance(self.interval, tuple) else self.interval.reason

    def at(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values at probabilities `u`."""
        if isinstance(self.interval, tuple):
            low, high = self.interval
            return low + (high - low) * u
        return self.interval.at(u)

    def text(self, u: float) -> str:
        """Return the value at probability `u` as people read it."""
        if self.ends is not None:
            return self.ends[0] if u < CENTRE else self.ends[1]
        value = float(self.at(np.array(u)))
        return f"{value:.2g} {self.unit}".strip()

    @property
    def range_text(self) -> str:
        """The bounds as people read them."""
        if self.ends is not None:
            return " to ".join(self.ends)
        low, high = self.bounds
        return f"{low:.2g} to {high:.2g} {self.unit}".strip()


@dataclass(frozen=True)
class Space:
    """All uncertain quantities of a plan, in a fixed order."""

    quantities: tuple[Uncertain, ...]

    def __post_init__(self) -> None:
        keys = [quantity.key for quantity in self.quantities]
        if len(set(keys)) != len(keys):
            raise ValueError(f"a quantity stands twice: {sorted(keys)}")

    def sample(self, draws: int, seed: int) -> NDArray[np.float64]:
        """Return probabilities, shape (draws, quantities).

        The first quantities get the same draws whatever stands behind them.
        """
        return low_discrepancy_sample(draws, max(DIMENSIONS, len(self.quantities)), seed)[:, : len(self.quantities)]

    def values(self, u: NDArray[np.float64]) -> dict[Group, dict[str, NDArray[np.float64]]]:
        """Return the drawn values by group and name, each of shape (n,)."""
        drawn: dict[Group, dict[str, NDArray[np.float64]]] = {
            "model": {},
            "trial": {},
            "patient": {},
            "lamp": {},
        }
        for column, quantity in enumerate(self.quantities):
            drawn[quantity.group][quantity.name] = quantity.at(u[:, column])
        return drawn

    def one_at_a_time(self) -> tuple[tuple[Uncertain, ...], NDArray[np.float64]]:
        """Return the quantities that vary, and the points at which each goes to its ends alone.

        Returns
        -------
        varied : tuple of Uncertain, length k
            The quantities whose bounds differ.
        u : ndarray, shape (1 + 2 k, quantities)
            The centre first, then low end and high end of each.
        """
        varied = [(column, quantity) for column, quantity in enumerate(self.quantities) if not quantity.fixed]
        u = np.full((1 + 2 * len(varied), len(self.quantities)), CENTRE)
        for row, (column, _) in enumerate(varied):
            u[1 + 2 * row, column], u[2 + 2 * row, column] = LOW_END, HIGH_END
        return tuple(quantity for _, quantity in varied), u
