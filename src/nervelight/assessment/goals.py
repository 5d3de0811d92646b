"""Goals: what the person wants to be able to do, how it is measured, and how far it was reached."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from nervelight.assessment.instruments import check_score, instrument, instrument_ids
from nervelight.assessment.readings import WALK_AT_MOST
from nervelight.documents import Day, Document, Text
from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.units import parse_quantity

__all__ = ["Goal", "GoalCheck", "check_goal", "goal_attainment", "goal_reached", "in_unit", "is_walked"]

# The correlation between the goals of a person that the scale assumes.
CORRELATION = 0.3
LEVELS = (-2, -1, 0, 1, 2)


def _amount(value: object, info: ValidationInfo) -> object:
    """Read a score as a number, and a distance with its unit; the instrument, which stands before, says which."""
    tool = info.data.get("measured_by")
    walked = tool in instrument_ids() and instrument(tool).score is None
    if walked or (isinstance(value, str) and tool not in instrument_ids()):
        return parse_quantity(value, "mm")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("needs a number, the score")  # noqa: TRY004
    return value


Amount = Annotated[float, BeforeValidator(_amount)]


class Goal(Document):
    """One goal. With a measure, a target and a day it can be judged; without, it is kept as the person's own words."""

    what: Text
    """what the person wants to be able to do, in their own words"""
    measured_by: str | None = None
    """id of the instrument that shows it, such as peg or sixmwt"""
    start: Amount | None = Field(default=None, alias="from")
    """where it starts; the last result of that instrument in this file when absent"""
    target: Amount | None = None
    """the score that counts as reached, or a distance such as '450 m'"""
    by: Day | None = None
    """the day by which, YYYY-MM-DD"""
    weight: Annotated[float, Field(gt=0, le=100)] | None = None
    """for goal attainment scaling: how much it counts beside the others"""
    levels: dict[int, Text] = Field(default_factory=dict)
    """for goal attainment scaling: what -2, -1, 0, 1 and 2 mean; 0 is what is expected"""

    @model_validator(mode="before")
    @classmethod
    def _words_alone(cls, data: object) -> Any:
        return {"what": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults = list(_faults(self))
        if faults:
            raise InvalidInput("goal", faults)
        return self


def _faults(goal: Goal) -> Iterator[Fault]:
    if goal.levels and sorted(goal.levels) != list(LEVELS):
        yield Fault("levels", sorted(goal.levels), "needs a text for each of -2, -1, 0, 1 and 2")
    if goal.measured_by is None:
        for name, value in (("from", goal.start), ("target", goal.target)):
            if value is not None:
                yield Fault(name, value, "only together with measured_by, the instrument that shows it")
        return
    if goal.target is None:
        yield Fault("target", None, "required with measured_by: the score or distance that counts as reached")
    if goal.measured_by not in instrument_ids():
        # The reader of the file tells which names there are.
        return
    entry = instrument(goal.measured_by)
    if entry.better is None or entry.not_compared or (entry.score is None and entry.repeats is None):
        why = entry.not_compared or "it has no score or distance that improves"
        yield Fault("measured_by", goal.measured_by, f"an instrument that can show improvement: {why}")
        return
    for name, value in (("from", goal.start), ("target", goal.target)):
        if value is None:
            continue
        try:
            _check_amount(goal.measured_by, value)
        except ValueError as problem:
            yield Fault(name, value, str(problem))


def _check_amount(instrument_id: str, value: float) -> None:
    if instrument(instrument_id).score is not None:
        check_score(instrument_id, value)
    elif not 0 <= value <= parse_quantity(WALK_AT_MOST, "mm"):
        raise ValueError(f"needs a distance from 0 m to {WALK_AT_MOST}")


@dataclass(frozen=True)
class GoalCheck:
    """Whether a goal can be judged, and why not.

    Parameters
    ----------
    goal : Goal
    start : float or None
        Where it starts: a score, or a distance [mm].
    can_be_judged : bool
        Whether it has a measure, a target in the better direction and a day.
    lacking : tuple of str
        What it lacks, or what speaks against it.
    sources : tuple of str
        Keys of sources.toml.
    """

    goal: Goal
    start: float | None
    can_be_judged: bool
    lacking: tuple[str, ...]
    sources: tuple[str, ...] = ("nervelight_rule",)


def check_goal(goal: Goal, last: float | None, begins: dt.date | None = None) -> GoalCheck:
    """Return whether a goal is specific, measurable, achievable and bound to a day, so that it can be judged.

    Parameters
    ----------
    goal : Goal
    last : float or None
        The last result of its instrument, where there is one: a score, or a distance [mm].
    begins : date, optional
        The first session.

    Raises
    ------
    UnknownName
        If there is no such instrument.

    Examples
    --------
    >>> check_goal(Goal(what="walk to the shop"), None).lacking
    ('no measure: name an instrument, a target and a day',)
    """
    if goal.measured_by is None or goal.target is None:
        return GoalCheck(goal, None, False, ("no measure: name an instrument, a target and a day",))
    start = last if goal.start is None else goal.start
    lacking = []
    if start is None:
        lacking.append(f"no start: no result of {instrument(goal.measured_by).name} yet")
    elif goal_reached(goal, start):
        lacking.append("its target is reached already, or lies on the worse side of where it starts")
    if goal.by is None:
        lacking.append("no day by which it should be reached")
    elif begins is not None and goal.by <= begins:
        lacking.append("its day does not lie after the first session")
    judged = not lacking
    small, sources = ("", ()) if start is None or not judged else _small(goal, abs(goal.target - start), start)
    if small:
        lacking.append(small)
    return GoalCheck(goal, start, judged, tuple(lacking), ("nervelight_rule", *sources))


def _small(goal: Goal, size: float, start: float) -> tuple[str, tuple[str, ...]]:
    """Return what makes a change too small a goal, with its sources; nothing where it is not, or nobody knows.

    The change that matters of a walk is an interval. Its upper end counts: what lies below may not matter.
    """
    entry = instrument(goal.measured_by or "")
    threshold = entry.threshold
    if threshold is not None and size < (matters := threshold.points_from(start)):
        return f"a change of {size:.3g} is less than the {matters:.3g} that matters", threshold.sources
    walked = next((change for change in entry.changes if change.distance is not None), None)
    if entry.repeats is None or walked is None or walked.distance is None or size >= walked.distance.high:
        return "", ()
    low, high, practice = (
        in_unit(goal, mm) for mm in (walked.distance.low, walked.distance.high, entry.repeats.learning.median)
    )
    told = f"a change of {in_unit(goal, size)} is less than the {low} to {high} that matter ({walked.basis})"
    sources = (*walked.sources, *entry.repeats.learning.sources)
    return f"{told}; {practice} more come of practice alone", sources


def goal_reached(goal: Goal, score: float) -> bool:
    """Return whether a result reaches the target of a goal.

    Parameters
    ----------
    goal : Goal
        With a measure.
    score : float
        A score of its instrument, or a distance [mm].

    Raises
    ------
    ValidityError
        If the goal has no measure.

    Examples
    --------
    >>> goal = Goal.model_validate({"what": "walk to the shop", "measured_by": "peg", "target": 3})
    >>> goal_reached(goal, 3.0), goal_reached(goal, 3.3)
    (True, False)
    """
    if goal.measured_by is None or goal.target is None:
        raise ValidityError(f"{goal.what!r} has no measure, so that it cannot be judged")
    return score <= goal.target if instrument(goal.measured_by).better == "lower" else score >= goal.target


def is_walked(goal: Goal) -> bool:
    """Return whether the start and the target of a goal are distances [mm]."""
    return goal.measured_by is not None and instrument(goal.measured_by).score is None


def in_unit(goal: Goal, value: float) -> str:
    """Return a score or a distance of a goal as people write it."""
    return f"{value / 1000:g} m" if is_walked(goal) else f"{value:g}"


def goal_attainment(levels: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the T-score of goal attainment: 50 when the goals were reached as expected, 10 a standard deviation.

    Parameters
    ----------
    levels : sequence of float, shape (goals,)
        -2 much less than expected, -1 less, 0 as expected, 1 more, 2 much more.
    weights : sequence of float, shape (goals,), optional
        How much each goal counts, above zero; all alike when absent.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        If there is no goal, a level is none of the five, or weights do not match the goals.

    References
    ----------
    The formula of Kiresuk and Sherman with the erratum to the guide that misprints it
    (`turnerstokes2009_gas`, `gas_erratum`).

    Examples
    --------
    >>> goal_attainment([1])
    60.0
    >>> round(goal_attainment([1, 1, 1]), 2)
    63.69
    """
    faults = [
        Fault(f"levels[{k}]", level, "needs -2, -1, 0, 1 or 2")
        for k, level in enumerate(levels, 1)
        if isinstance(level, bool) or level not in LEVELS
    ]
    if not levels:
        faults.append(Fault("levels", None, "needs one goal or more"))
    counted = [1.0] * len(levels) if weights is None else list(weights)
    if len(counted) != len(levels):
        faults.append(Fault("weights", counted, f"needs one for each of the {len(levels)} goals"))
    faults += [
        Fault(f"weights[{k}]", weight, "needs a number above 0")
        for k, weight in enumerate(counted, 1)
        if not (math.isfinite(weight) and weight > 0)
    ]
    if faults:
        raise InvalidInput("goals", faults)
    total = math.fsum(weight * level for weight, level in zip(counted, levels, strict=True))
    squares = math.fsum(weight**2 for weight in counted)
    spread = math.sqrt((1 - CORRELATION) * squares + CORRELATION * math.fsum(counted) ** 2)
    return 50 + 10 * total / spread
