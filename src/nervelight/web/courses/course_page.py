"""What the page of a course shows, from its entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from nervelight.assessment import instrument
from nervelight.errors import InvalidInput
from nervelight.planning.education import sheet_titles
from nervelight.planning.review import Review
from nervelight.record.contents import AdverseEvent, DayNote, EducationRead, Response, Session, Voided
from nervelight.record.entries import Read
from nervelight.record.models import Course, Entry, Task
from nervelight.record.overview import Overview
from nervelight.record.renderings import kept
from nervelight.report import review_pictures
from nervelight.report.page import figure_html
from nervelight.report.words import duration
from nervelight.web.courses.forms import SKIN_WORDS
from nervelight.web.languages import page_language
from nervelight.web.questionnaires import WALK, askable_ids, enterable_ids

__all__ = ["course_context", "link_to", "review_parts", "session_rows", "told"]

Kind = Entry.Kind
PER_PAGE = 20
VERSION_SHOWN = 8
"""Digits of a hash that tell versions of a sheet apart for people."""


def link_to(name: str, **kwargs: Any) -> str:
    """Return the address of a page; empty where there is none of that name."""
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def told(problem: InvalidInput) -> list[str]:
    """Return what is wrong, one sentence a fault."""
    return [str(fault) for fault in problem.faults]


def review_parts(found: Overview) -> dict[str, Any]:
    """Return what the course's page says of a review as of today, drawn anew only where something has changed."""

    def make() -> str:
        try:
            card = found.review()
        except InvalidInput as problem:
            return json.dumps({"faults": told(problem)})
        return json.dumps(_parts(card))

    parts: dict[str, Any] = json.loads(kept(found.course, "course", found.made_from, make, found.key))
    return parts


def _parts(card: Review) -> dict[str, Any]:
    pain, delivery, sham = card.outcomes[0], card.delivery, card.sham
    return {
        "title": card.title,
        "decision": card.decision,
        "adherence": round(delivery.adherence_percent) if delivery.due else None,
        "given": delivery.given,
        "due": delivery.due,
        "light": None if delivery.light_percent is None else round(delivery.light_percent),
        "judgeable": delivery.judgeable,
        "pain": pain.state,
        "before": None if pain.before is None else f"{pain.before.mean:.1f}",
        "after": None if pain.after is None else f"{pain.after.mean:.1f}",
        "scale": 10 if pain.instrument == "nrs11" else None,
        "sham": None if sham is None else sham.more_than_sham,
        "as_good": None if sham is None or sham.share_as_good is None else round(100 * sham.share_as_good),
        "next_gate": None if card.next_gate is None else card.next_gate.date.isoformat(),
        "pictures": [str(figure_html(picture)) for picture in review_pictures(card)],
    }


@dataclass(frozen=True)
class SessionRow:
    """One session as a row."""

    entry: Entry
    fields: str
    skin: str
    harmed: bool
    pain: str
    remarks: tuple[str, ...]
    history: str
    """Address of what was corrected; empty where nothing was."""
    struck: str = ""
    """Why it was entered in error; empty where it counts."""


def session_rows(reads: Iterable[Read]) -> list[SessionRow]:
    """Return sessions as rows, those entered in error among them."""
    return [_session_row(read) for read in reads]


def _session_row(read: Read) -> SessionRow:
    content = read.content
    struck = content.reason if isinstance(content, Voided) else ""
    given: Any = content.was if isinstance(content, Voided) else content
    ends = ["?" if score is None else f"{score:g}" for score in (given.before, given.after)]
    remarks = [
        _("stopped early: %(why)s") % {"why": given.stopped_early} if given.stopped_early else "",
        _("eyes not protected") if given.eyes_protected is False else "",
        "" if given.site_checked else _("nobody confirmed site and side"),
        given.note,
    ]
    return SessionRow(
        entry=read.entry,
        fields="; ".join(f"{name} {duration(seconds)}" for name, seconds in given.seconds.items()),
        skin=str(SKIN_WORDS[given.skin]) if given.skin else _("nobody looked"),
        harmed=given.skin not in (None, "fine", "redness that fades"),
        pain=" → ".join(ends) if (given.before, given.after) != (None, None) else "",
        remarks=tuple(filter(None, remarks)),
        history=_history(read.entry),
        struck=struck,
    )


def _history(entry: Entry) -> str:
    if entry.amends_id is None:
        return ""
    return link_to("entry_history", patient=entry.patient_id, entry=entry.pk)


@dataclass(frozen=True)
class LogRow:
    """Something that was written down of a day, other than a session."""

    entry: Entry
    what: str
    text: str
    shown: str = ""
    """Every word of the sheet that was read."""
    version: str = ""
    language: str = ""
    struck: str = ""
    """Why it was entered in error; empty where it counts."""


def _log_row(read: Read) -> LogRow:
    content = read.content
    if isinstance(content, Voided):
        return replace(_log_row(Read(read.entry, content.was)), struck=content.reason)
    if isinstance(content, Response):
        entry = instrument(content.instrument)
        unit = " m" if content.instrument == WALK else ""
        score = _("no score: too few answers") if content.score is None else f"{content.score:.4g}{unit}"
        return LogRow(read.entry, entry.name, "; ".join(filter(None, (score, content.note))))
    if isinstance(content, AdverseEvent):
        return LogRow(read.entry, _("Unwanted, %(how)s") % {"how": content.seriousness}, content.what)
    if isinstance(content, EducationRead):
        what = _("Read: %(sheet)s") % {"sheet": sheet_titles(page_language()).get(content.sheet, content.sheet)}
        other = " ".join((_("an answer does not fit the page: talk it over"), *content.other))
        fits = _("the answers fit the page") if content.understood else other
        return LogRow(read.entry, what, fits, content.text, content.version[:VERSION_SHOWN], content.language)
    assert isinstance(content, DayNote)
    if content.ends_course:
        return LogRow(read.entry, _("End of the course"), content.note)
    what = _("Other treatment changed") if content.other_treatment else _("Note")
    return LogRow(read.entry, what, "; ".join(filter(None, (content.other_treatment, content.note))))


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.day, entry.recorded_at))


def _page(found: list[Entry], number: str | None) -> Page[Entry]:
    return Paginator(found[::-1], PER_PAGE).get_page(number)


def _questions(found: Overview) -> tuple[list[Mapping[str, str]], list[Mapping[str, str]]]:
    """Return the instruments of the plan, and all others, each with its address."""
    where = {"patient": found.course.patient_id, "course": found.course.pk}
    # Asked once: it looks at the files of the text packs.
    whole, enterable = {*askable_ids(), WALK}, enterable_ids()
    scores = (found.plan.case.get("scores") or ()) if found.plan is not None else ()
    asked = [str(score["instrument"]) for score in scores]
    names = [*dict.fromkeys([*asked, WALK, "pgic"])]

    def rows(ids: Iterable[str]) -> Iterator[Mapping[str, str]]:
        for name in ids:
            yield {
                "name": instrument(name).name,
                "href": reverse("response_new", kwargs={**where, "instrument": name}),
                "how": "" if name in whole else _("score only"),
            }

    first = [name for name in names if name in enterable]
    return list(rows(first)), list(rows(name for name in enterable if name not in first))


def course_context(course: Course, query: Mapping[str, str]) -> dict[str, Any]:
    """Return all that the page of a course shows."""
    found = Overview(course)
    given = found.of(Kind.SESSION)
    voided = found.opened(found.of(Kind.VOIDED))
    struck = [read.entry for read in voided if isinstance(read.content.was, Session)]
    sessions = _in_order([*given, *struck])
    log = _in_order(
        [
            *found.of(Kind.RESPONSE, Kind.DAY, Kind.EVENT, Kind.EDUCATION),
            *(read.entry for read in voided if read.entry not in struck),
        ]
    )
    session_page, log_page = _page(sessions, query.get("sessions")), _page(log, query.get("log"))
    decisions = found.of(Kind.DECISION)
    cards = {str(read.entry.pk): read for read in found.opened(found.of(Kind.REVIEW))}
    identity = found.opened(found.of(Kind.IDENTITY)[-1:])
    written = found.of(Kind.TASK)
    tasks = {task.entry_id: task for task in Task.objects.filter(course=course, done=False)} if written else {}
    open_tasks = found.opened(entry for entry in written if entry.pk in tasks)
    first, others = _questions(found)
    plan = found.plan
    return {
        "course": course,
        "name": identity[0].content.name if identity else "",
        "parts": review_parts(found) if plan is not None else None,
        "plan": plan,
        "version": None if found.plan_read is None else found.plan_read.content,
        "versions": len(found.of(Kind.PLAN)),
        "prescription": plan.prescription if plan else None,
        "on": found.on,
        "ended_on": found.ended_on,
        "sessions": session_rows(found.opened(session_page.object_list)),
        "session_page": session_page,
        "given": len(given),
        "struck": len(struck),
        "log": [_log_row(read) for read in found.opened(log_page.object_list)],
        "log_page": log_page,
        "decisions": [
            {
                "read": read,
                "title": json.loads(cards[read.content.review].content.review)["title"],
                "on": cards[read.content.review].entry.day,
                "card": read.content.review,
            }
            for read in found.opened(decisions[::-1])
        ],
        "tasks": sorted(
            (
                {
                    "content": read.content,
                    "href": link_to("task", patient=course.patient_id, task=tasks[read.entry.pk].pk),
                }
                for read in open_tasks
            ),
            key=lambda row: (not row["content"].urgent, row["content"].due),
        ),
        "first_questions": first,
        "other_questions": others,
        "links": {
            name: link_to(name, patient=course.patient_id, **kwargs)
            for name, kwargs in (
                ("patient", {}),
                ("event_new", {}),
                ("case", {"course": course.pk}),
                ("plan", {"course": course.pk, "number": found.plan_read.content.number if found.plan_read else 1}),
            )
        },
        "adjusting": bool(decisions) and found.opened(decisions[-1:])[0].content.decision == "adjust once",
    }
