"""From the actions of a decision card to tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from nervelight.planning.review.review_document import Action
from nervelight.record.contents import TaskText
from nervelight.record.tasks import after_working_days

__all__ = ["AT_ONCE", "due_within", "task_of"]

AT_ONCE = ("now", "today", "before any further session")
"""What a card gives no day for."""
_WORKING_DAYS: Mapping[str, int] = MappingProxyType({"1 working day": 1, "2 working days": 2})
_DAYS: Mapping[str, int] = MappingProxyType({"1 week": 7, "2 weeks": 14})
PATIENT = "patient"


def due_within(within: str, today: dt.date) -> dt.date:
    """Return the day by which a card wants an action done; today for a time that is not known here."""
    return after_working_days(today + dt.timedelta(days=_DAYS.get(within, 0)), _WORKING_DAYS.get(within, 0))


def task_of(action: Action, *, review: str, today: dt.date) -> TaskText:
    """Return the task that an action of a card becomes.

    Parameters
    ----------
    action : Action
    review : str
        Id of the entry of the card.
    today : date
    """
    mine = action.owner in (PATIENT, "treating clinician")
    return TaskText(
        text=action.text if mine else f"{action.text} Who acts: {action.owner}.",
        why=f"{action.why} (decision card {review})",
        sources=action.sources,
        owner="patient" if action.owner == PATIENT else "clinician",
        due=due_within(action.within, today),
        urgent=action.within in AT_ONCE,
    )
