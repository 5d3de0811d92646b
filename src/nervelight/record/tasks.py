"""Tasks: what somebody has to do, and what came of it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from nervelight.errors import Fault, InvalidInput
from nervelight.record.contents import TaskText
from nervelight.record.entries import newest, write
from nervelight.record.models import Account, Course, Entry, Patient, Task

__all__ = ["add_task", "after_working_days", "finish_task"]


def after_working_days(day: dt.date, count: int) -> dt.date:
    """Return the day so many working days later: Monday to Friday, the clinic's holidays are not known."""
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day


def add_task(
    content: TaskText, *, patient: Patient, author: Account | None, course: Course | None = None, key: str | None = None
) -> Task:
    """Give somebody something to do; the same key twice makes one task, also when it was amended meanwhile."""
    from nervelight.record.courses import locked, refresh

    with transaction.atomic():
        locked(course)
        entry = write(content, patient=patient, course=course, author=author, key=key)
        task, made = Task.objects.get_or_create(
            entry=newest(entry),
            defaults={
                "patient": patient,
                "course": course,
                "clinic": patient.clinic,
                "owner": content.owner,
                "due": content.due,
                "urgent": content.urgent,
            },
        )
        if made and course is not None:
            refresh(course)
    return task


def finish_task(
    task: Task, content: TaskText, *, author: Account, known: Entry | None = None, key: str | None = None
) -> Entry:
    """Amend a task: done, dropped, put off, or given to somebody else.

    Parameters
    ----------
    task : Task
        The task.
    content : TaskText
        What it says from now on.
    author : Account
        Who says so.
    known : Entry, optional
        The entry that was looked at; the latest when absent.
    key : str, optional
        Idempotency key.

    Raises
    ------
    AmendedMeanwhile
        If somebody else was first.
    InvalidInput
        If `known` is an entry of another task.
    """
    from nervelight.record.courses import locked, refresh

    if known is not None and newest(known).pk != newest(task.entry).pk:
        raise InvalidInput("task", [Fault("known", str(known.pk), "an entry of this task")])
    with transaction.atomic():
        locked(task.course)
        entry = write(
            content, patient=task.patient, course=task.course, author=author, amends=known or task.entry, key=key
        )  # fmt: skip
        # What was sent twice changes nothing that came after it.
        if newest(entry) == entry:
            task.entry, task.owner, task.due, task.urgent = entry, content.owner, content.due, content.urgent
            task.done = content.state != "open"
            task.save()
            if task.course is not None:
                refresh(task.course)
    return entry
