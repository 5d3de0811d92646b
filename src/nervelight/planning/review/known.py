"""What the rules of a review look at, and what one of them says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from nervelight.planning.review.alarms import Alarm
from nervelight.planning.review.earlier import Settled
from nervelight.planning.review.outcomes import Gain
from nervelight.planning.review.review_document import (
    Adjustment,
    DatedValue,
    DecisionWord,
    Delivery,
    DomainOutcome,
)

__all__ = ["BETTER", "PLANNED_DAY", "POSSIBLY", "Decided", "Known"]

BETTER = ("better", "much better")
"""States beyond measurement error."""
POSSIBLY = ("possibly better", *BETTER)
"""States that reach the change that matters."""
PLANNED_DAY = 3
"""Days after the gate on which an effect is still judged on the planned day; other days are days of one's choosing."""


@dataclass(frozen=True)
class Known:
    """What the rules look at.

    Parameters
    ----------
    on : date
        The day of the review.
    delivery_gate, effect_gate, latest : date
        From when delivery and effect are judged, and by when the course is decided.
    course_end : date
        The day of the last planned session.
    per_week : float
        Sessions a week of the plan.
    begun : bool
        Whether a session was given.
    alarms : sequence of Alarm
        Those that no earlier card has dealt with, since the first session.
    too_much : sequence of (date, str)
        Sessions that gave, or may have given, far more light than planned, and no earlier card has seen.
    delivery : Delivery
    outcomes : sequence of DomainOutcome
        Pain first.
    impression : DatedValue or None
        The patient's own impression of change, however old.
    impression_counts : bool
        Whether it is recent enough.
    adjustments : sequence of Adjustment
        What the evidence leaves room for.
    settled : Settled
        What earlier cards have settled.
    sham_explains : bool
        Whether people on sham improve as much.
    light_ended : date or None
        The last session, where light has ended since; None while it goes on.
    gained_by_then : Gain or None
        How far pain was better when light ended; None where it was not written down.
    """

    on: dt.date
    delivery_gate: dt.date
    effect_gate: dt.date
    latest: dt.date
    course_end: dt.date
    per_week: float
    begun: bool
    alarms: Sequence[Alarm]
    too_much: Sequence[tuple[dt.date, str]]
    delivery: Delivery
    outcomes: Sequence[DomainOutcome]
    impression: DatedValue | None
    impression_counts: bool
    adjustments: Sequence[Adjustment]
    settled: Settled
    sham_explains: bool
    light_ended: dt.date | None
    gained_by_then: Gain | None

    @property
    def pain(self) -> DomainOutcome:
        """The first of the outcomes."""
        return self.outcomes[0]

    @property
    def impaired(self) -> list[DomainOutcome]:
        """Domains that were impaired at the start, judged or not."""
        return [found for found in self.outcomes if found.impaired]


@dataclass(frozen=True)
class Decided:
    """What a rule says.

    Parameters
    ----------
    rule : str
        Name of the rule.
    decision : DecisionWord
    title : str
        The decision in one line.
    reasons : tuple of str
    """

    rule: str
    decision: DecisionWord
    title: str
    reasons: tuple[str, ...]
