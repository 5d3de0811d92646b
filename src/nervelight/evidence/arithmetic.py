"""How the quantities of light depend on each other, and which of them follow from which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal

from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = ["TOLERANCE", "ArithmeticCheck", "Quantity", "Value", "checks", "completed", "quantity_text"]

# Papers print two significant figures, so that a product of two of them is good to some 5 %.
TOLERANCE = 0.05

Quantity = Literal["irradiance", "radiant_exposure", "time_per_site", "point_energy", "radiant_power", "spot_area"]
"""A quantity that stands in the arithmetic of a paper; radiant power is the mean over time."""


@dataclass(frozen=True)
class Value:
    """A number of a paper, or one that follows from its numbers.

    Parameters
    ----------
    value : float
        In mm, s, W, J.
    formula : str
        How it was computed; empty when reported.
    """

    value: float
    formula: str = ""

    @property
    def derived(self) -> bool:
        """Whether the value was computed rather than reported."""
        return bool(self.formula)


@dataclass(frozen=True)
class ArithmeticCheck:
    """One product that the numbers of a paper ought to satisfy.

    Parameters
    ----------
    quantity : str
        What was computed.
    formula : str
        From what, in words.
    product, printed : float
        The computed and the printed value [mm, s, W, J].
    quantities : frozenset of Quantity
        All that take part.
    """

    quantity: Quantity
    formula: str
    product: float
    printed: float
    quantities: frozenset[Quantity]

    @property
    def relative_difference(self) -> float:
        """How far the printed value lies above the computed one, as a fraction of the latter."""
        return self.printed / self.product - 1.0

    @property
    def consistent(self) -> bool:
        """Whether both agree within `TOLERANCE`."""
        return abs(self.relative_difference) <= TOLERANCE

    @property
    def text(self) -> str:
        """One line for people."""
        computed = quantity_text(self.quantity, self.product)
        printed = quantity_text(self.quantity, self.printed)
        return f"{self.formula} gives {computed}, printed {printed} ({self.relative_difference:+.0%})"


@dataclass(frozen=True)
class _Relation:
    """Two products that are equal; the first quantity on the left is the one that a check computes."""

    left: tuple[Quantity, ...]
    right: tuple[Quantity, ...]

    @property
    def quantities(self) -> frozenset[Quantity]:
        return frozenset(self.left + self.right)

    def _around(self, name: Quantity) -> tuple[list[Quantity], list[Quantity]]:
        own, other = (self.left, self.right) if name in self.left else (self.right, self.left)
        return list(other), [quantity for quantity in own if quantity != name]

    def solve(self, name: Quantity, values: Mapping[Quantity, float]) -> float:
        above, below = self._around(name)
        return prod(values[quantity] for quantity in above) / prod(values[quantity] for quantity in below)

    def formula(self, name: Quantity) -> str:
        above, below = (" x ".join(_WORDS[quantity] for quantity in side) for side in self._around(name))
        if not below:
            return above
        return f"{above} / ({below})" if " x " in below else f"{above} / {below}"


# Every way in which these quantities depend on each other: what can be computed at all, one line computes.
_RELATIONS = (
    _Relation(("radiant_exposure",), ("irradiance", "time_per_site")),
    _Relation(("point_energy",), ("radiant_power", "time_per_site")),
    _Relation(("irradiance", "spot_area"), ("radiant_power",)),
    _Relation(("radiant_exposure", "spot_area"), ("point_energy",)),
    _Relation(("point_energy",), ("irradiance", "time_per_site", "spot_area")),
    _Relation(("radiant_exposure", "spot_area"), ("radiant_power", "time_per_site")),
    _Relation(("irradiance", "point_energy"), ("radiant_power", "radiant_exposure")),
)
_WORDS: dict[Quantity, str] = {
    "irradiance": "irradiance",
    "radiant_exposure": "radiant exposure",
    "time_per_site": "time",
    "point_energy": "energy",
    "radiant_power": "mean power",
    "spot_area": "area",
}


def checks(values: Mapping[Quantity, float]) -> tuple[ArithmeticCheck, ...]:
    """Check every relation of which all quantities are given.

    Parameters
    ----------
    values : Mapping of Quantity to float
        Printed values [mm, s, W, J].

    Returns
    -------
    tuple of ArithmeticCheck
        Consistent and contradictory ones; empty when nothing can be checked.
    """
    found = []
    for relation in _RELATIONS:
        # The products of four quantities only say something new where no shorter one reaches.
        enough = relation.quantities <= values.keys()
        if enough and (len(relation.quantities) == 3 or relation.quantities == values.keys()):
            name = relation.left[0]
            product = relation.solve(name, values)
            found.append(ArithmeticCheck(name, relation.formula(name), product, values[name], relation.quantities))
    return tuple(found)


def completed(values: Mapping[Quantity, float]) -> dict[Quantity, Value]:
    """Return the values with all that follows from them, but nothing from values in a contradiction.

    Parameters
    ----------
    values : Mapping of Quantity to float
        Printed values [mm, s, W, J].

    Returns
    -------
    dict of Quantity to Value
        Printed values first, then computed ones with their formula.
    """
    doubtful = {quantity for check in checks(values) if not check.consistent for quantity in check.quantities}
    sound = {name: value for name, value in values.items() if name not in doubtful}
    found = {name: Value(value) for name, value in values.items()}
    for relation in _RELATIONS:
        unknown = relation.quantities - sound.keys()
        if len(unknown) == 1:
            (name,) = unknown
            found.setdefault(name, Value(relation.solve(name, sound), relation.formula(name)))
    return found


def quantity_text(name: Quantity, value: float) -> str:
    """Write a quantity in the unit of the field, with three significant figures.

    Examples
    --------
    >>> quantity_text("radiant_exposure", 0.057)
    '5.7 J/cm2'
    """
    shown, unit = {
        "irradiance": (to_mw_cm2(value), "mW/cm2"),
        "radiant_exposure": (to_j_cm2(value), "J/cm2"),
        "time_per_site": (value, "s") if value < 120 else (value / 60, "min"),
        "point_energy": (value, "J"),
        "radiant_power": (value * 1000, "mW"),
        "spot_area": (value / 100, "cm2"),
    }[name]
    # Three significant figures, but no exponents: 2273 is written 2270.
    return f"{float(f'{shown:.3g}'):g} {unit}"
