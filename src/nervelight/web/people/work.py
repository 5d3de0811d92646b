"""The work list: who needs somebody today, and why."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nervelight.record import work as lists
from nervelight.record.entries import opened_all, today_at
from nervelight.record.models import Course, Task
from nervelight.record.people import identities, made_up
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.people.shown import COUNTED, SHOWN, Limited, limited, link, page_of

__all__ = ["task_list", "work"]


@dataclass(frozen=True)
class Row:
    """One person in a list, and why they are there."""

    patient: uuid.UUID
    href: str
    why: str
    since: dt.date | None
    due: dt.date | None = None
    name: str = ""
    record_words: bool = False
    """Whether `why` was written by somebody, in whatever language."""
    late: bool = False
    made_up: bool = False


@dataclass(frozen=True)
class Group:
    """One list."""

    id: str
    title: str
    level: str
    rows: list[Row]
    more: bool

    @property
    def tasks(self) -> bool:
        """Whether it lists tasks, which have a day by which they are due."""
        return self.id in ("flags", "due")


@allow(CLINICIAN)
def work(request: Any) -> HttpResponse:
    """Show who needs somebody today, flags first."""
    clinic = request.user.clinic
    today = today_at(clinic)
    only = request.GET.get("list", "")
    only = only if only in ("flags", "reviews", "quiet", "sign", "due") else ""

    def first(name: str, rows: QuerySet[Any]) -> Limited[Any]:
        return limited(rows, COUNTED if only == name else 0 if only else SHOWN)

    flags, due = first("flags", lists.flagged(clinic)), first("due", lists.tasks_due(clinic, today))
    gates, quiet = (
        first("reviews", lists.gates_due(clinic, today)),
        first("quiet", lists.stopped_logging(clinic, today)),
    )
    to_sign = first("sign", lists.plans_to_sign(clinic))
    everybody = (flags, gates, quiet, to_sign, due)
    words = _words([*flags.rows, *due.rows])
    days = lists.quiet_after_days()
    title = {
        "flags": ngettext("%(count)s flag: act first", "%(count)s flags: act first", len(flags.counted)),
        "reviews": ngettext("%(count)s review is due", "%(count)s reviews are due", len(gates.counted)),
        "quiet": ngettext(
            "%(count)s person stopped writing down", "%(count)s people stopped writing down", len(quiet.counted)
        ),
        "sign": ngettext(
            "%(count)s plan waits for a signature", "%(count)s plans wait for a signature", len(to_sign.counted)
        ),
        "due": ngettext("%(count)s task is due", "%(count)s tasks are due", len(due.counted)),
    }
    groups = [
        _group("flags", "block", title, flags, [_of_task(task, words, today) for task in flags.rows]),
        _group("reviews", "warn", title, gates, [_of_gate(course) for course in gates.rows]),
        _group("quiet", "warn", title, quiet, [_of_quiet(course, days) for course in quiet.rows]),
        _group("sign", "note", title, to_sign, [_of_plan(course) for course in to_sign.rows]),
        _group("due", "note", title, due, [_of_task(task, words, today) for task in due.rows]),
    ]
    groups = _named([group for group in groups if group.rows])
    people = {row.patient_id for found in everybody for row in found.counted}
    shown = {
        "groups": groups, "people": len(people), "more": any(found.more for found in everybody), "quiet_days": days,
        "only": only,
    }  # fmt: skip
    return render(request, "people/work.html", shown)


def _group(name: str, level: str, title: Mapping[str, str], found: Limited[Any], rows: list[Row]) -> Group:
    return Group(name, title[name] % {"count": found.count}, level, rows, found.hidden)


def _words(tasks: Iterable[Task]) -> Mapping[uuid.UUID, str]:
    return {read.entry.pk: read.content.text for read in opened_all([task.entry for task in tasks])}


def _of_task(task: Task, words: Mapping[uuid.UUID, str], today: dt.date) -> Row:
    return Row(
        patient=task.patient_id,
        href=reverse("task", kwargs={"patient": task.patient_id, "task": task.pk}),
        why=words.get(task.entry_id, ""),
        since=timezone.localtime(task.entry.recorded_at).date(),
        due=task.due,
        late=task.due < today,
        record_words=True,
    )


def _to_course(name: str, course: Course) -> str:
    person = reverse("patient", kwargs={"patient": course.patient_id})
    return link(name, instead=person, patient=course.patient_id, course=course.pk)


def _of_gate(course: Course) -> Row:
    return Row(
        course.patient_id, _to_course("review", course), _("The plan asks for a review."), course.next_gate
    )  # fmt: skip


def _of_quiet(course: Course, days: int) -> Row:
    if course.last_logged is None:
        why = _("Sessions are due and nothing was ever written down.")
    else:
        last = date_format(course.last_logged, "SHORT_DATE_FORMAT")
        why = _("Sessions are due and nothing was written down since %(last)s, for more than %(days)d days.") % {
            "last": last,
            "days": days,
        }
    return Row(course.patient_id, _to_course("course", course), why, course.next_session)


def _of_plan(course: Any) -> Row:
    why = (
        _("A new version of the plan is not signed; the one before is in force.")
        if course.signed_plan_id
        else _("The plan is not signed; no session is given before.")
    )
    return Row(course.patient_id, _to_course("course", course), why, timezone.localtime(course.since).date())


def _named(groups: list[Group]) -> list[Group]:
    name = _namer({row.patient for group in groups for row in group.rows})
    return [replace(group, rows=[named for row in group.rows if (named := name(row))]) for group in groups]


def _namer(patients: set[uuid.UUID]) -> Callable[[Row], Row | None]:
    """Return what puts the name of a person into a row; it gives None for who was erased."""
    names, invented = identities(patients), made_up(patients)

    def named(row: Row) -> Row | None:
        who = names.get(row.patient)
        return replace(row, name=who.name, made_up=row.patient in invented) if who else None

    return named


FILTERS = ("mine", "all", "overdue")


@allow(CLINICIAN)
def task_list(request: HttpRequest) -> HttpResponse:
    """Show the clinic's open tasks: those of clinicians, all, or those whose day has passed."""
    clinic = request.user.clinic  # type: ignore[union-attr]
    today = today_at(clinic)
    shown = request.GET.get("show", "mine")
    shown = shown if shown in FILTERS else "mine"
    rows = lists.open_tasks(clinic, *([Task.Owner.CLINICIAN] if shown == "mine" else Task.Owner))
    if shown == "overdue":
        rows = rows.filter(due__lt=today)
    page = page_of(rows, request)
    words, name = _words(page), _namer({task.patient_id for task in page})
    found = [(task, row) for task in page if (row := name(_of_task(task, words, today)))]
    return render(request, "people/tasks.html", {"rows": found, "page": page, "shown": shown})
