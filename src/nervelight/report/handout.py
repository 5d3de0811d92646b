"""What a patient takes home: how to do a session, on which days, what to watch for, when to call, how sure it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from nervelight.planning.education import Sheet, education_sheets
from nervelight.planning.plan_document import Plan
from nervelight.record.dossier import Dossier
from nervelight.report.pdf import Paper, Part, frame_of, heading, is_draft, lines, pdf_of, table, words
from nervelight.report.words import count, day, duration, short_day

__all__ = ["handout_pdf"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
BOX = "☐"


def handout_pdf(dossier: Dossier, *, paper: Paper = "a4") -> bytes:
    """Return the sheet for the patient: the education sheets of the plan, with a calendar to tick off.

    Parameters
    ----------
    dossier : Dossier
    paper : str
        ``a4`` or ``us-letter``.

    Returns
    -------
    bytes
        PDF/UA-1. For a plan that is blocked, or prescribes nothing, it says so and gives no steps.
    """
    title = "Your light sessions" if _is_given(dossier.plan) else "No light sessions for now"
    frame = frame_of(dossier, title, about="Sheet for the patient", paper=paper)
    return pdf_of("handout.typ", {**frame, "parts": list(_parts(dossier))}, today=dossier.today)


def _is_given(plan: Plan) -> bool:
    return plan.prescription is not None and not plan.blocked


def _parts(dossier: Dossier) -> Iterator[Part]:
    plan, clinic = dossier.plan, dossier.clinic
    sheets = {
        sheet.slug: sheet
        for sheet in education_sheets(plan, emergency_number=clinic.emergency_number, clinic_phone=clinic.phone)
    }
    yield words(f"This sheet is for {dossier.identity.name}, from {clinic.name}.")
    yield words(clinic.emergency_number, lead="Emergency:")
    yield words(clinic.phone or "________________ (ask for the number and write it here)", lead="Your clinic:")
    if not _is_given(plan):
        yield words("Do not use the lamp on this plan. Your clinic will talk with you about what comes next.", "big")
    else:
        if is_draft(dossier):
            yield words("Your clinic has not signed this plan yet. Do not start before they tell you.", "big")
        yield from _session(plan, sheets["session"])
        yield from _days(plan)
        yield from _read(sheets["watch"])
    yield from _read(sheets["call"])
    yield from _read(sheets["known"])


def _session(plan: Plan, sheet: Sheet) -> Iterator[Part]:
    order = plan.prescription
    assert order is not None
    yield heading(f"{sheet.title}: {duration(order.time_per_field_s)} on each place")
    yield lines([line.text for line in sheet.lines])


def _read(sheet: Sheet) -> Iterator[Part]:
    """Yield a sheet; what follows on a line that ends in a colon is its list."""
    yield heading(sheet.title)
    told: list[str] = []
    for line in sheet.lines:
        if line.text.endswith(":"):
            yield from _listed(told)
            told = []
            yield words("", lead=line.text)
        else:
            told.append(line.text)
    yield from _listed(told)


def _listed(told: Sequence[str]) -> Iterator[Part]:
    if told:
        yield lines(told)


def _days(plan: Plan) -> Iterator[Part]:
    if plan.schedule is None:
        return
    sessions = {session.date for session in plan.schedule.sessions}
    first, last = min(sessions), max(sessions)
    yield heading(f"Your {count(len(sessions), 'day')} with light: {day(first)} to {day(last)}")
    rows = []
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + dt.timedelta(days=step) for step in range(7)]
        if not sessions.isdisjoint(week):
            rows.append([short_day(monday), *(f"{BOX} {short_day(date)}" if date in sessions else "" for date in week)])
        monday += dt.timedelta(days=7)
    yield table(f"Tick the box ({BOX}) after each session", ("Week of", *WEEKDAYS), rows, (1,) * 8)
