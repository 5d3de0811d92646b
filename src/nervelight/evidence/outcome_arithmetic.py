"""Whether the results that a paper prints agree with each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from nervelight.evidence.outcome import Outcome

__all__ = ["OutcomeCheck", "check_outcomes"]

# Means are printed to a decimal or two, so that a change of two of them is good to so much of itself.
CHANGE_TOLERANCE = 0.05
# Percentage points by which a printed change may miss the one that the means give, from rounding.
PERCENT_TOLERANCE = 1.5
# A P value computed from means and standard deviations may differ by rounding and by the test, not by three times.
P_FACTOR = 3.0
# An estimate lies in the middle of its interval, within so much of its width.
CENTRE_TOLERANCE = 0.1


@dataclass(frozen=True)
class OutcomeCheck:
    """One relation between printed results.

    Parameters
    ----------
    row : int
        Index of the outcome that it is about.
    text : str
        What was computed from what, and what is printed.
    consistent : bool
        Whether both agree.
    """

    row: int
    text: str
    consistent: bool


def check_outcomes(outcomes: Sequence[Outcome]) -> tuple[OutcomeCheck, ...]:
    """Check changes against means, percentages against changes, P values against means, intervals against estimates.

    Parameters
    ----------
    outcomes : sequence of Outcome
        All results of a study.

    Returns
    -------
    tuple of OutcomeCheck
        Consistent and contradictory ones; empty when nothing can be checked.
    """
    return tuple(
        check
        for index, row in enumerate(outcomes)
        for check in (*_changes(index, row, outcomes), *_p_values(index, row, outcomes), *_intervals(index, row))
    )


def _changes(index: int, row: Outcome, outcomes: Sequence[Outcome]) -> Iterator[OutcomeCheck]:
    start = next(
        (other.mean for other in outcomes if _same(other, row) and other.week == 0 and other.mean is not None), None
    )
    if start is None or row.week == 0 or not row.arm:
        return
    change = row.change
    if row.mean is not None:
        computed = row.mean - start
        if change is not None:
            allowed = CHANGE_TOLERANCE * abs(computed) + 0.1
            yield OutcomeCheck(
                index,
                f"{row.instrument} of {row.arm}: the means differ by {computed:.3g}, printed {change:.3g}",
                abs(change - computed) <= allowed,
            )
        change = computed
    if change is not None and row.change_percent is not None and start:
        percent = 100 * change / start
        yield OutcomeCheck(
            index,
            f"{row.instrument} of {row.arm}: the means change by {percent:.1f} %, printed {row.change_percent:g} %",
            abs(percent - row.change_percent) <= PERCENT_TOLERANCE,
        )


def _p_values(index: int, row: Outcome, outcomes: Sequence[Outcome]) -> Iterator[OutcomeCheck]:
    if row.arm or row.p is None or not row.p.startswith("= "):
        return
    arms = [
        other
        for other in outcomes
        if other.arm not in ("", "both") and other.instrument == row.instrument and other.week == row.week
    ]
    printed = float(row.p[2:])
    if len(arms) != 2 or not printed:
        return
    first, second = arms
    if None in (first.mean, first.sd, first.n, second.mean, second.sd, second.n):
        return
    p = _t_test(first, second)
    yield OutcomeCheck(
        index,
        f"{row.instrument} in week {row.week:g}: means and standard deviations give P = {p:.2g}, printed {printed:g}",
        1 / P_FACTOR <= p / printed <= P_FACTOR,
    )


def _t_test(first: Outcome, second: Outcome) -> float:
    n, m = first.n or 0, second.n or 0
    variance = ((n - 1) * (first.sd or 0) ** 2 + (m - 1) * (second.sd or 0) ** 2) / (n + m - 2)
    if variance == 0:
        return 1.0 if first.mean == second.mean else 0.0
    t = ((first.mean or 0) - (second.mean or 0)) / math.sqrt(variance * (1 / n + 1 / m))
    # Normal approximation to the t distribution (Abramowitz & Stegun 26.7.8): close enough to judge a factor of three,
    # and the library loads without SciPy.
    df = n + m - 2
    z = abs(t) * (1 - 1 / (4 * df)) / math.sqrt(1 + t**2 / (2 * df))
    return 2 * NormalDist().cdf(-z)


def _intervals(index: int, row: Outcome) -> Iterator[OutcomeCheck]:
    if row.ci is None:
        return
    low, high = row.ci
    given = [value for value in (row.mean, row.change, row.difference) if value is not None]
    for value in given:
        inside = low <= value <= high
        # Ratios and percentages have lopsided intervals.
        lopsided = row.difference_kind == "odds_ratio" or row.unit == "%"
        width = max(high - low, 1e-12)
        # Two printed decimals of a narrow interval say little about its middle.
        coarse = 0.5 * 10 ** -_decimals(value) / width
        centred = abs((low + high) / 2 - value) <= (CENTRE_TOLERANCE + coarse) * width
        yield OutcomeCheck(
            index,
            f"{row.instrument}: {value:g} does not lie in the middle of {low:g} to {high:g}",
            inside and (lopsided or centred),
        )


def _decimals(value: float) -> int:
    return len(f"{value:g}".partition(".")[2])


def _same(other: Outcome, row: Outcome) -> bool:
    return other.instrument == row.instrument and other.arm == row.arm
