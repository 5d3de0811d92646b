"""Whether one person changed: beyond measurement error, and by as much as matters.

The model is small and said aloud: scores before and after scatter normally about a level each. Where an instrument is
asked daily, the scatter of the person's own days is the error, widened for days that resemble their neighbours;
elsewhere it is the instrument's published standard error of measurement. It says nothing of why a person changed:
people on sham change as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Literal

from nervelight.assessment.instrument_schema import ChangeThreshold, Instrument
from nervelight.assessment.instruments import check_score, instrument
from nervelight.assessment.scoring import score_error
from nervelight.errors import Fault, InvalidInput, ValidityError

__all__ = ["Change", "ChangeState", "change_of"]

ChangeState = Literal["not judged", "worse", "no clear change", "possibly better", "better", "much better"]
"""Worse and possibly better reach the change that matters; better and much better are beyond measurement error too."""

# Correlation of a day's pain with the day before: an assumption without a source, from none to strong.
NEIGHBOURS = (0.0, 0.5)
# A scale answered in whole numbers cannot show less scatter than rounding makes.
ROUNDING = 1 / math.sqrt(12)
CONFIDENCE = 0.90


@dataclass(frozen=True)
class Change:
    """The change of one person between two times.

    Parameters
    ----------
    instrument_id : str
    state : ChangeState
    reasons : tuple of str
        Why it is called so.
    before, after : float
        Means of the scores.
    n_before, n_after : int
        Scores that the means rest on.
    improvement : float
        Points towards better; below zero is worse.
    percent : float or None
        Improvement of the baseline [%]; None from a baseline of 0, and on a scale that does not start at 0.
    important : float or None
        Points from which on a change matters, from this baseline; None where that is not established.
    standard_error : (float, float) or None
        Of the improvement, as the ends of what is known of it; None where it is not known.
    reliable : (float, float) or None
        Improvement beyond measurement error, two-sided 90 %, for the two ends of the error.
    p_better : (float, float) or None
        Probability that the true change is for the better, for the two ends of the error.
    p_important : (float, float) or None
        Probability that the true change is at least the one that matters, likewise.
    """

    instrument_id: str
    state: ChangeState
    reasons: tuple[str, ...]
    before: float
    after: float
    n_before: int
    n_after: int
    improvement: float
    percent: float | None
    important: float | None
    standard_error: tuple[float, float] | None
    reliable: tuple[float, float] | None
    p_better: tuple[float, float] | None
    p_important: tuple[float, float] | None


def change_of(
    instrument_id: str, before: Sequence[float], after: Sequence[float], threshold: ChangeThreshold | None = None
) -> Change:
    """Return whether a person changed, from scores before and after.

    Parameters
    ----------
    instrument_id : str
        Id of an instrument with a score and a direction.
    before, after : sequence of float
        Scores, one a day for what is asked daily; no missing days among them.
    threshold : ChangeThreshold, optional
        The change that matters, where it is not the instrument's own.

    Returns
    -------
    Change

    Raises
    ------
    UnknownName
        If there is no such instrument.
    ValidityError
        If the instrument has no score, no direction, or is not to be compared over time.
    InvalidInput
        If a score cannot be one; every fault at once.

    References
    ----------
    Reliable change: Jacobson 1991 (`jacobson1991_rci`). States and four days: rule of this project (`nervelight_rule`).

    Examples
    --------
    >>> change_of("nrs11", [7, 6, 7, 8], [4, 5, 4, 4]).state
    'better'
    >>> change_of("peg", [6], [5]).state
    'possibly better'
    """
    entry = instrument(instrument_id)
    if entry.score is None or entry.better is None:
        raise ValidityError(f"{entry.name} has no score that could improve")
    if entry.not_compared:
        raise ValidityError(f"{entry.name}: {entry.not_compared}")
    _check(entry, before, after)
    start, end = fmean(before), fmean(after)
    improvement = start - end if entry.better == "lower" else end - start
    threshold = threshold or entry.threshold
    important = None if threshold is None else threshold.points_from(start)
    error, freedom = _error(entry, before, after)
    reliable = p_better = p_important = None
    if error is not None:
        reach = _reach(freedom)
        reliable = (error[0] * reach, error[1] * reach)
        p_better = (_below(improvement / error[0], freedom), _below(improvement / error[1], freedom))
        if important is not None:
            beyond = improvement - important
            p_important = (_below(beyond / error[0], freedom), _below(beyond / error[1], freedom))
    # A share of the baseline means something only on a scale that starts at nothing.
    percent = 100 * improvement / start if start and entry.score.low == 0 else None
    state, reasons = _state(entry, threshold, len(before), len(after), improvement, percent, important, reliable)
    return Change(
        instrument_id=instrument_id,
        state=state,
        reasons=tuple(reasons),
        before=start,
        after=end,
        n_before=len(before),
        n_after=len(after),
        improvement=improvement,
        percent=percent,
        important=important,
        standard_error=error,
        reliable=reliable,
        p_better=p_better,
        p_important=p_important,
    )


def _check(entry: Instrument, before: Sequence[float], after: Sequence[float]) -> None:
    faults = []
    for name, scores in (("before", before), ("after", after)):
        if len(scores) == 0:
            faults.append(Fault(name, None, "needs one score or more"))
        for number, score in enumerate(scores, 1):
            try:
                check_score(entry.id, score)
            except ValueError as problem:
                faults.append(Fault(f"{name}[{number}]", score, str(problem)))
    if faults:
        raise InvalidInput(entry.id, faults)


def _error(
    entry: Instrument, before: Sequence[float], after: Sequence[float]
) -> tuple[tuple[float, float] | None, float]:
    """Return the ends of the standard error of the improvement, and its degrees of freedom (infinite if published)."""
    share = math.sqrt(1 / len(before) + 1 / len(after))
    if entry.days_needed == 1:
        # A table gives the error of this very score; without one, the ends of what is published hold for all scores.
        by_table = [[score_error(entry.id, score) for score in side] for side in (before, after)]
        known = [[error for error in side if error is not None] for side in by_table]
        if [len(side) for side in known] == [len(before), len(after)]:
            of_each = [math.sqrt(sum(error**2 for error in side)) / len(side) for side in known]
            return (math.hypot(*of_each), math.hypot(*of_each)), math.inf
        if entry.standard_error is None:
            return None, math.inf
        return (entry.standard_error.low * share, entry.standard_error.high * share), math.inf
    freedom = len(before) + len(after) - 2
    if min(len(before), len(after)) < entry.days_needed:
        return None, freedom
    squares = sum((score - fmean(side)) ** 2 for side in (before, after) for score in side)
    scatter = max(math.sqrt(squares / freedom), ROUNDING)
    # The mean of n days that follow one another varies by (1 + r) / (1 - r) more than that of n strangers.
    low, high = (math.sqrt((1 + r) / (1 - r)) * scatter * share for r in NEIGHBOURS)
    return (low, high), freedom


def _below(x: float, freedom: float) -> float:
    """Return the distribution function of *t*, or of the normal distribution with infinite degrees of freedom."""
    if math.isinf(freedom):
        return NormalDist().cdf(x)
    from scipy.special import stdtr

    return float(stdtr(freedom, x))


def _reach(freedom: float) -> float:
    """Return how many standard errors the two-sided interval reaches."""
    probability = 0.5 + CONFIDENCE / 2
    if math.isinf(freedom):
        return NormalDist().inv_cdf(probability)
    from scipy.special import stdtrit

    return float(stdtrit(freedom, probability))


def _state(
    entry: Instrument,
    threshold: ChangeThreshold | None,
    n_before: int,
    n_after: int,
    improvement: float,
    percent: float | None,
    important: float | None,
    reliable: tuple[float, float] | None,
) -> tuple[ChangeState, list[str]]:
    if min(n_before, n_after) < entry.days_needed:
        needed = f"{entry.days_needed} are needed on each side"
        return "not judged", [f"{n_before} days before and {n_after} after; {needed}"]
    if important is None:
        lacking = "its published changes are not for this score" if entry.changes else "none is established"
        return "not judged", [f"no change of this score is known to matter: {lacking}"]
    size = f"the {important:.3g} {'point that matters' if important == 1 else 'points that matter'} from this baseline"
    if improvement <= -important:
        reasons = [f"worse by at least {size}"]
        if reliable is None:
            return "worse", [*reasons, "its measurement error is not known"]
        return "worse", reasons if -improvement >= reliable[1] else [*reasons, "measurement error could explain it"]
    if improvement < important:
        return "no clear change", [f"below {size}"]
    if reliable is None:
        return "possibly better", [f"reaches {size}", "its measurement error is not known"]
    # The wider end of the error decides: a change called real should not rest on the favourable one.
    if improvement < reliable[1]:
        return "possibly better", [f"reaches {size}", "measurement error could explain it"]
    reasons = [f"reaches {size}", "is beyond measurement error"]
    much = threshold.much_percent if threshold else None
    if much is not None and percent is not None and percent >= much:
        return "much better", [*reasons, f"is {much:g} % of the baseline or more"]
    return "better", reasons
