"""Something unwanted: written down, with an urgent task for the clinic."""

from __future__ import annotations

from django.db import transaction

from nervelight.record.contents import AdverseEvent, TaskText
from nervelight.record.courses import refresh
from nervelight.record.entries import today_at, write
from nervelight.record.models import Account, Course, Entry, Patient
from nervelight.record.tasks import add_task

__all__ = ["report_event"]


def report_event(
    content: AdverseEvent, *, patient: Patient, course: Course | None, author: Account, key: str | None = None
) -> Entry:
    """Write down an adverse event and give the clinic an urgent task; the same key twice does so once."""
    today = today_at(patient.clinic)
    with transaction.atomic():
        entry = write(content, patient=patient, course=course, author=author, day=today, key=key)
        task = TaskText(
            text=content.what[:4000],
            why=f"adverse event {entry.pk}",
            sources=("nervelight_rule",),
            owner="clinician",
            due=today,
            urgent=True,
        )
        add_task(task, patient=patient, course=course, author=author, key=f"task {entry.pk}")
        if course is not None:
            refresh(course)
    return entry
