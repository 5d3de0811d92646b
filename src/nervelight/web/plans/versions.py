"""The versions of a course's plan, with who signed them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import version as version_of
from typing import Any

from nervelight.planning import Plan
from nervelight.record import courses
from nervelight.record.entries import Read, opened_all
from nervelight.record.models import Course, Entry
from nervelight.record.renderings import hash_of, kept
from nervelight.report import plan_body

__all__ = ["Version", "body_of", "versions_of"]


@dataclass(frozen=True)
class Version:
    """One version of a plan."""

    read: Read
    signed_by: str
    signed_on: dt.date | None
    in_force: bool
    latest: bool

    @property
    def number(self) -> int:
        """Its number within the course."""
        return int(self.read.content.number)

    @property
    def sha256(self) -> str:
        """Hash of its JSON text."""
        return str(self.read.content.sha256)

    @property
    def day(self) -> dt.date:
        """The day on which it was made."""
        return self.read.entry.day


def versions_of(course: Course) -> list[Version]:
    """Return every version, in order of their numbers, from two queries."""
    kinds = (Entry.Kind.PLAN, Entry.Kind.SIGNATURE)
    reads = opened_all(Entry.objects.filter(course=course, kind__in=kinds).order_by("recorded_at"))
    plans = sorted((read for read in reads if read.entry.kind == Entry.Kind.PLAN), key=lambda read: read.content.number)
    signatures: dict[str, Any] = {read.content.plan: read for read in reads if read.entry.kind == Entry.Kind.SIGNATURE}
    found = []
    for read in plans:
        signature = signatures.get(str(read.entry.pk))
        found.append(
            Version(
                read,
                signature.content.by if signature else "",
                signature.entry.day if signature else None,
                course.signed_plan_id == read.entry.pk,
                read is plans[-1],
            )
        )
    return found


def body_of(course: Course, read: Read, plan: Plan | None = None) -> str:
    """Return the page of a plan without its head, drawn once and then kept."""
    name = f"plan {read.content.number}"
    made_from = hash_of((read.content.sha256, version_of("nervelight")))
    return kept(course, name, made_from, lambda: plan_body(plan or courses.plan_of(read)))
