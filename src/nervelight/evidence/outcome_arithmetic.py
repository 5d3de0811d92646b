"""Whether the results that a paper prints agree with each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
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


def check_outcomes(
    outcomes: Sequence[Outcome], sizes: Mapping[str, int | None] | None = None
) -> tuple[OutcomeCheck, ...]:
    """Check changes against means, percentages against changes, P values against means, intervals against estimates.

    Parameters
    ----------
    outcomes : sequence of Outcome
        All results of a study.
    sizes : mapping of str to int or None, optional
        People by name of the arm, for rows that do not say their own.

    Returns
    -------
    tuple of OutcomeCheck
        Consistent and contradictory ones; empty when nothing can be checked.
    """
    return tuple(
        check
        for index, row in enumerate(outcomes)
        for check in (
            *_changes(index, row, outcomes),
            *_p_values(index, row, outcomes, sizes or {}),
            *_intervals(index, row),
        )
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


def _p_values(
    index: int, row: Outcome, outcomes: Sequence[Outcome], sizes: Mapping[str, int | None]
) -> Iterator[OutcomeCheck]:
    # Another test, or one adjusted for the start, may well give another P value.
    if row.arm or row.p is None or not row.p.startswith("= ") or row.p_method not in ("", "t test"):
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
    n, m = first.n or sizes.get(first.arm), second.n or sizes.get(second.arm)
    if n is None or m is None or n + m < 3 or None in (first.mean, first.sd, second.mean, second.sd):
        return
    p = _t_test(first, second, n, m)
    yield OutcomeCheck(
        index,
        f"{row.instrument} in week {row.week:g}: means and standard deviations give P = {p:.2g}, printed {printed:g}",
        1 / P_FACTOR <= p / printed <= P_FACTOR,
    )


def _t_test(first: Outcome, second: Outcome, n: int, m: int) -> float:
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
    # The interval is that of the difference, or else of the change, or else of the mean.
    given = [value for value in (row.difference, row.change, row.mean) if value is not None]
    for value in given[:1]:
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
