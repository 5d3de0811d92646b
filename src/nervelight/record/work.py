"""Who needs somebody: lists that are read from what courses and tasks say of themselves, without opening anything."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from nervelight.planning.thresholds import thresholds_by_name
from nervelight.record.models import Clinic, Course, Entry, Task

__all__ = ["flagged", "gates_due", "plans_to_sign", "quiet_after_days", "stopped_logging", "tasks_due"]


def quiet_after_days() -> int:
    """Return how many days after a planned session without any entry a person counts as having stopped.

    It is the review's own number: by so many days a session may move and still be the planned one.
    """
    return int(thresholds_by_name(())["moved_days"])


def flagged(clinic: Clinic) -> QuerySet[Task]:
    """Return the open urgent tasks, those of adverse events and red flags among them, the first due first."""
    # Both owners are named so that the index of the list serves.
    rows = Task.objects.filter(clinic=clinic, done=False, owner__in=Task.Owner.values, urgent=True)
    return rows.select_related("entry").order_by("due")


def tasks_due(clinic: Clinic, today: dt.date) -> QuerySet[Task]:
    """Return the clinicians' open tasks that are due and not urgent, the first due first."""
    rows = Task.objects.filter(clinic=clinic, done=False, owner=Task.Owner.CLINICIAN, urgent=False, due__lte=today)
    return rows.select_related("entry").order_by("due")


def gates_due(clinic: Clinic, today: dt.date) -> QuerySet[Course]:
    """Return the courses whose plan asked for a review by now, the longest due first."""
    rows = Course.objects.filter(clinic=clinic, state=Course.State.SIGNED, next_gate__lte=today)
    return rows.order_by("next_gate")


def stopped_logging(clinic: Clinic, today: dt.date) -> QuerySet[Course]:
    """Return the courses with a session that was due and nothing written down since, who stopped last first."""
    until = today - dt.timedelta(days=quiet_after_days())
    rows = Course.objects.filter(
        Q(last_logged__lt=until) | Q(last_logged__isnull=True),
        clinic=clinic,
        state=Course.State.SIGNED,
        next_session__lt=until,
    )
    return rows.order_by(F("last_logged").desc(nulls_last=True), "next_session")


def plans_to_sign(clinic: Clinic) -> QuerySet[Course]:
    """Return the courses whose latest plan nobody has signed, with the time it was made as `since`."""
    made = Entry.objects.filter(course=OuterRef("pk"), kind=Entry.Kind.PLAN).values("course")
    rows = Course.objects.filter(clinic=clinic, to_sign=True)
    return rows.annotate(since=Subquery(made.annotate(last=Max("recorded_at")).values("last"))).order_by("opened_at")
