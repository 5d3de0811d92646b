"""All that holds now of one course, read with one query and opened only as far as it is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property
from importlib.metadata import version

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

from nervelight.planning import Plan
from nervelight.planning.review import RULES, Review
from nervelight.record import courses, reviews
from nervelight.record.contents import PlanVersion
from nervelight.record.entries import Read, holding, key_of, opened_all, today_at
from nervelight.record.models import Course, Entry
from nervelight.record.renderings import hash_of

__all__ = ["Overview"]

Kind = Entry.Kind
READ = (
    Kind.IDENTITY, Kind.PLAN, Kind.SIGNATURE, Kind.SESSION, Kind.RESPONSE, Kind.DAY, Kind.EVENT,
    Kind.EDUCATION, Kind.REVIEW, Kind.DECISION, Kind.TASK, Kind.VOIDED,
)  # fmt: skip


class Overview:
    """One course with its entries.

    Parameters
    ----------
    course : Course

    Raises
    ------
    KeyMissing
        If the person was erased.
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.key = key_of(course.patient)
        ofwhom = Q(course=course) | Q(course__isnull=True, kind__in=(Kind.IDENTITY, *courses.LOGGED))
        self.entries = list(
            holding()
            .filter(ofwhom, patient=course.patient_id, kind__in=READ)
            .annotate(
                # Who wrote it, without an account for each entry.
                by=Coalesce(NullIf("author__name", Value("")), "author__login"),
                by_role=F("author__role"),
            )
            .order_by("day", "recorded_at")
        )

    def of(self, *kinds: str) -> list[Entry]:
        """Return the entries of some kinds, in order of their day."""
        return [entry for entry in self.entries if entry.kind in kinds]

    def opened(self, entries: Iterable[Entry]) -> list[Read]:
        """Open some of the entries."""
        return opened_all(entries, self.key)

    @cached_property
    def plan_read(self) -> Read | None:
        """The plan version in force; None before the first signature."""
        found = [entry for entry in self.of(Kind.PLAN) if entry.pk == self.course.signed_plan_id]
        return self.opened(found)[0] if found else None

    @cached_property
    def plan(self) -> Plan | None:
        """The plan in force."""
        if self.plan_read is None:
            return None
        content: PlanVersion = self.plan_read.content
        return Plan.model_validate_json(content.plan)

    @cached_property
    def ended_on(self) -> dt.date | None:
        """The day on which the course ended; None where it goes on."""
        notes = self.opened(self.of(Kind.DAY)) if self.course.state == Course.State.ENDED else []
        return max((note.entry.day for note in notes if note.content.ends_course), default=None)

    @cached_property
    def on(self) -> dt.date:
        """The day as of which the course is reviewed: today, or where it ended that day or the last review's."""
        if self.ended_on is None:
            return today_at(self.course.clinic)
        return max([self.ended_on, *(card.day for card in self.of(Kind.REVIEW))])

    @property
    def made_from(self) -> str:
        """Hash of everything that a review as of this day is made from."""
        read = (entry.pk for entry in self.of(*reviews.REVIEWED))
        return hash_of([version("nervelight"), RULES, self.on, self.course.signed_plan_id, *read])

    def review(self) -> Review:
        """Hold the course against its plan.

        Raises
        ------
        InvalidInput
            If no plan is signed, nothing was written down, or sessions do not belong to the plan.
        """
        if self.plan is None:
            return reviews.review(self.course)
        reads = self.opened(self.of(*reviews.REVIEWED))
        return reviews.review(self.course, on=self.on, plan=self.plan, reads=reads)
