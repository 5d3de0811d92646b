"""Measured values beside the bands that are predicted for them, and how many lie inside.

Bands take minutes: they are kept in ``tests/physics/published/measured_bands.yaml``, which a test computes anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from measured import PUBLISHED, Row, studies
from measured_heat import HeatRow, heat_rows, value_of

from nervelight.documents import read_yaml

__all__ = ["BANDS", "Kind", "Outcome", "is_inside", "median_width", "outcomes", "pinned_bands", "summary"]

BANDS = PUBLISHED / "measured_bands.yaml"

Band = Mapping[str, float]
Kind = Literal["value", "ratio", "bound", "not predictable"]
"""A printed value, a ratio of two printed values, a printed upper bound, or what cannot be computed."""


@dataclass(frozen=True)
class Outcome:
    """One measured value beside its band.

    Parameters
    ----------
    id, source, tissue, wavelength : str
        What was measured; `source` is a key of sources.toml.
    measured : str
        The value as printed, with its spread.
    kind : Kind
        What sort of value it is.
    unit : str
        Unit of the band: ``%``, ``mm``, ``K``, ``K/mW`` or ``1``.
    band : mapping or None
        Percentiles; None for what cannot be predicted.
    inside : bool
        Whether the band holds the value, or begins below a bound.
    median_inside : bool
        Whether the median of the band is below a bound; False for what is no bound.
    remark : str
        Why it lies outside, or what is missing to predict it.
    """

    id: str
    source: str
    tissue: str
    wavelength: str
    measured: str
    kind: Kind
    unit: str
    band: Band | None
    inside: bool
    median_inside: bool
    remark: str


def pinned_bands() -> dict[str, dict[str, float]]:
    """Return the percentiles that are kept, by id of the row."""
    known: dict[str, dict[str, float]] = read_yaml(BANDS)
    return known


def outcomes(bands: Mapping[str, Band]) -> tuple[Outcome, ...]:
    """Return each measured value with its band.

    Parameters
    ----------
    bands : mapping of str to mapping
        Percentiles ``p5``, ``p50`` and ``p95`` of each row that can be predicted, by its id.
    """
    light = [_of_light(study.source, row, bands) for study in studies() for row in study.rows]
    return (*light, *(_of_heat(case, row, bands) for case, row in heat_rows()))


def summary(found: Iterable[Outcome]) -> dict[Kind, tuple[int, int]]:
    """Return how many of each kind are inside, and how many there are."""
    found = tuple(found)
    kinds: tuple[Kind, ...] = ("value", "ratio", "bound", "not predictable")
    of = {kind: [each.inside for each in found if each.kind == kind] for kind in kinds}
    return {kind: (sum(inside), len(inside)) for kind, inside in of.items()}


def median_width(found: Iterable[Outcome]) -> float:
    """Return the median of upper over lower end of the bands."""
    return float(np.median([each.band["p95"] / each.band["p5"] for each in found if each.band is not None]))


def is_inside(rule: str, value: float | tuple[float, float], band: Band) -> bool:
    """Return whether a band agrees with a value.

    Parameters
    ----------
    rule : {"within", "below", "median within"}
        Whether the value lies between the 5th and the 95th percentile, the 5th lies below the value, or the median lies
        between the two ends of a printed range.
    value : float or tuple of float
        The value, or the two ends.
    band : mapping
        Percentiles.
    """
    if rule == "median within":
        low, high = value if isinstance(value, tuple) else (value, value)
        return low <= band["p50"] <= high
    assert not isinstance(value, tuple)  # ranges have a rule of their own
    return band["p5"] < value if rule == "below" else band["p5"] <= value <= band["p95"]


def _of_light(source: str, row: Row, bands: Mapping[str, Band]) -> Outcome:
    printed = row.measured if row.below is None else f"below {row.below}"
    measured = f"{printed}; {row.note}" if row.note else str(printed)
    common = (row.id, source, row.tissue, row.wavelength, measured)
    if row.predict is None:
        return Outcome(*common, "not predictable", "", None, False, False, row.missing)
    band = bands[row.id]
    if row.below is None:
        return Outcome(*common, "value", row.unit, band, is_inside("within", row.value, band), False, row.miss)
    inside = is_inside("below", row.value, band)
    return Outcome(*common, "bound", row.unit, band, inside, band["p50"] < row.value, row.miss)


def _of_heat(case: str, row: HeatRow, bands: Mapping[str, Band]) -> Outcome:
    value, band = value_of(case, row), bands[row.id]
    unit = "" if row.unit == "1" else f" {row.unit}"
    number = f"{value[0]:g} to {value[1]:g}" if isinstance(value, tuple) else f"{value:.3g}"
    printed = f"below {number}{unit}" if row.rule == "below" else f"{number}{unit}"
    kind: Kind = "bound" if row.rule == "below" else "ratio" if row.over else "value"
    measured = f"{printed}; {row.note}" if row.note else printed
    source = read_yaml(PUBLISHED / f"{case}.yaml")["source"]
    inside = is_inside(row.rule, value, band)
    half = not isinstance(value, tuple) and kind == "bound" and band["p50"] < value
    return Outcome(row.id, source, row.tissue, row.wavelength, measured, kind, row.unit, band, inside, half, row.miss)
