"""What a patient takes home: how to do a session, on which days, what to watch for, when to call, how sure it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import groupby

from nervelight.planning.education import (
    LANGUAGES,
    Language,
    Sheet,
    day_said,
    education_sheets,
    language_named,
    page_words,
)
from nervelight.planning.plan_document import Plan
from nervelight.record.dossier import Dossier
from nervelight.report.pdf import Paper, Part, frame_of, heading, is_draft, lines, pdf_of, table, words
from nervelight.report.words import duration, short_day

__all__ = ["handout_pdf"]

BOX = "☐"


def handout_pdf(dossier: Dossier, language: str | None = None, *, paper: Paper = "a4") -> bytes:
    """Return the sheet for the patient: the education sheets of the plan, with a calendar to tick off.

    Parameters
    ----------
    dossier : Dossier
    language : {"en", "de"}, optional
        When not given, that of the person, else of the clinic; English where the sheets are in neither.
    paper : str
        ``a4`` or ``us-letter``.

    Returns
    -------
    bytes
        PDF/UA-1. Where the plan is blocked, prescribes nothing, or is not followed now, it says so and gives no
        steps.

    Raises
    ------
    UnknownName
        If the sheets are not in that language.
    """
    tongue = _spoken(dossier) if language is None else language_named(language)
    told = page_words(tongue)
    title = told["handout_light" if _is_given(dossier) else "handout_none"]
    frame = frame_of(dossier, title, about=told["handout_about"], paper=paper)
    frame |= {
        "language": tongue,
        "version": _version(dossier, tongue),
        "draft": told["handout_draft"] if is_draft(dossier) else "",
        "page-of": told["handout_page"],
    }
    if tongue != "en":
        # What the plan says of itself is English.
        made_up = told["handout_made_up"] if dossier.synthetic else ""
        frame["foot"] = " ".join(filter(None, (made_up, told["disclaimer"])))
    return pdf_of("handout.typ", {**frame, "parts": list(_parts(dossier, tongue))}, today=dossier.today)


def _spoken(dossier: Dossier) -> Language:
    wanted = dossier.identity.language or dossier.clinic.language
    return next((each for each in LANGUAGES if each == wanted), "en")


def _version(dossier: Dossier, language: Language) -> str:
    kept, told = dossier.current, page_words(language)
    state = told["handout_not_signed"]
    if kept.plan.blocked:
        state = told["handout_blocked"]
    elif kept.signature is not None:
        state = told["handout_signed"].format(day=day_said(kept.signature.day, language))
    return told["handout_plan"].format(number=kept.number, hash=kept.sha256[:8], state=state)


def _is_given(dossier: Dossier) -> bool:
    plan = dossier.plan
    return plan.prescription is not None and not plan.blocked and not dossier.held_back


def _parts(dossier: Dossier, language: Language) -> Iterator[Part]:
    plan, clinic, told = dossier.plan, dossier.clinic, page_words(language)
    sheets = {
        sheet.slug: sheet
        for sheet in education_sheets(
            plan, language=language, emergency_number=clinic.emergency_number, clinic_phone=clinic.phone
        )
    }
    yield words(told["handout_for"].format(name=dossier.identity.name, clinic=clinic.name))
    yield words(clinic.emergency_number, lead=told["handout_emergency"])
    yield words(clinic.phone or told["handout_blank"], lead=told["handout_clinic"])
    if dossier.state == "ended":
        yield words(told["handout_ended"], "big")
    elif dossier.paused is not None:
        yield words(told["handout_paused"].format(day=day_said(dossier.paused.since, language)), "big")
    elif dossier.held_back:
        yield words(told["handout_changing"], "big")
    elif not _is_given(dossier):
        yield words(told["handout_no_lamp"], "big")
    else:
        if is_draft(dossier):
            yield words(told["handout_unsigned"], "big")
        yield from _session(plan, sheets["session"], told)
        yield from _days(plan, language)
        yield from _read(sheets["watch"])
    yield from _read(sheets["call"])
    yield from _read(sheets["known"])


def _session(plan: Plan, sheet: Sheet, told: Mapping[str, str]) -> Iterator[Part]:
    order = plan.prescription
    assert order is not None
    yield heading(told["handout_time"].format(title=sheet.title, time=duration(order.time_per_field_s)))
    yield lines([line.text for line in sheet.lines])


def _read(sheet: Sheet) -> Iterator[Part]:
    """Yield a sheet; signs stand in a list under the sentence that says whom to call, and no other sentence does."""
    yield heading(sheet.title)
    if not any(line.listed for line in sheet.lines):
        yield lines([line.text for line in sheet.lines])
        return
    for signs, group in groupby(sheet.lines, key=lambda line: line.listed):
        texts = [line.text for line in group]
        if signs:
            yield lines(texts)
        else:
            yield from (words("", lead=text) for text in texts)


def _days(plan: Plan, language: Language) -> Iterator[Part]:
    if plan.schedule is None:
        return
    told = page_words(language)
    sessions = {session.date for session in plan.schedule.sessions}
    first, last = min(sessions), max(sessions)
    days = told["handout_day" if len(sessions) == 1 else "handout_many_days"].format(number=len(sessions))
    span = {"first": day_said(first, language), "last": day_said(last, language)}
    yield heading(told["handout_days"].format(days=days, **span))
    rows = []
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + dt.timedelta(days=step) for step in range(7)]
        if not sessions.isdisjoint(week):
            ticks = (f"{BOX}\u00a0{_short(date, language)}" if date in sessions else "" for date in week)
            rows.append([_short(monday, language), *ticks])
        monday += dt.timedelta(days=7)
    yield table(told["handout_tick"].format(box=BOX), told["handout_week"].split(", "), rows, (1,) * 8)


def _short(date: dt.date, language: Language) -> str:
    return short_day(date).replace(" ", "\u00a0") if language == "en" else f"{date.day}.{date.month}."
