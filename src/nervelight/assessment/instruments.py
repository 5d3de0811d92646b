"""The instruments, and what a score or a change of one means."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from statistics import NormalDist

from nervelight.assessment.catalogue import load_catalogue, look_up
from nervelight.assessment.instrument_schema import Instrument
from nervelight.uncertainty import Interval

__all__ = ["check_score", "instrument", "instrument_ids", "reliable_change", "severity"]


@cache
def _catalogue() -> Mapping[str, Instrument]:
    return load_catalogue("instruments.yaml", Instrument)


def instrument_ids() -> tuple[str, ...]:
    """Return the ids of all instruments."""
    return tuple(_catalogue())


def instrument(instrument_id: str) -> Instrument:
    """Return one instrument.

    Raises
    ------
    UnknownName
        If there is none of that id.
    """
    return look_up("instrument", instrument_id, _catalogue())


def check_score(instrument_id: str, value: float) -> None:
    """Check that `value` can be a score of the instrument.

    Raises
    ------
    UnknownName
        If there is no such instrument.
    ValueError
        If the value cannot be a score; the message names the range.

    Examples
    --------
    >>> check_score("phq9", 28)
    Traceback (most recent call last):
    ValueError: needs a whole number from 0 to 27 (PHQ-9)
    """
    entry = instrument(instrument_id)
    allowed = entry.score
    if allowed is None:
        raise ValueError(f"{entry.name} has no score: its result is a reading, which needs its method or unit")
    low = -math.inf if allowed.low is None else allowed.low
    high = math.inf if allowed.high is None else allowed.high
    on_step = allowed.step is None or (math.isfinite(value) and (value / allowed.step).is_integer())
    if isinstance(value, bool) or not math.isfinite(value) or not low <= value <= high or not on_step:
        raise ValueError(f"needs {allowed} ({entry.name})")


def severity(instrument_id: str, value: float) -> str | None:
    """Return what a score means by the instrument's preferred cut-offs.

    Returns
    -------
    str or None
        The highest band that the score reaches; None if it reaches none, or there are no cut-offs.

    Raises
    ------
    UnknownName, ValueError
        As `check_score`.

    Examples
    --------
    >>> severity("nrs11", 6.9)
    'moderate'
    """
    check_score(instrument_id, value)
    entry = instrument(instrument_id)
    bands = entry.cutoffs[0].bands if entry.cutoffs else ()
    return next((band.label for band in reversed(bands) if value >= band.at_least), None)


def reliable_change(instrument_id: str, confidence: float = 0.95) -> Interval | None:
    """Return the change of one person's score that measurement error alone would seldom produce.

    Parameters
    ----------
    instrument_id : str
        Id of an instrument.
    confidence : float
        Two-sided, such as 0.95 or 0.90.

    Returns
    -------
    Interval or None
        In points of the score: z sqrt(2) times the standard error of measurement, with the sources and the
        mark of that error; None where it is not known.

    References
    ----------
    Jacobson 1991 (`jacobson1991_rci`).
    """
    error = instrument(instrument_id).standard_error
    if error is None:
        return None
    return error.scaled(NormalDist().inv_cdf(0.5 + confidence / 2) * math.sqrt(2.0))
