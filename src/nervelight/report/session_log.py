"""The log of sessions as a PDF: each day as planned and as given, and empty rows to fill in by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from nervelight.planning.plan_document import Plan
from nervelight.planning.review import GivenSession
from nervelight.record.contents import AdverseEvent, DayNote, ReviewCard, Session
from nervelight.record.dossier import Dossier, Kept, PlanKept
from nervelight.report.pdf import Paper, Part, frame_of, heading, held_back_said, lines, pdf_of, plan_line, table, words
from nervelight.report.picture import NO_BREAK
from nervelight.report.words import count, day, distance, duration, joined, score, short_day, typeset

__all__ = ["session_log_pdf"]

HEADER = (
    "Day", "Planned", "Given: time on each field", "Lamp, distance", "Site and side checked, eyes covered",
    "Skin afterwards", "Pain before, after", "Remarks",
)  # fmt: skip
WIDTHS = ("auto", 3, 3, 3, 3, 2, 2, 4)
# Empty rows beyond the planned days, for sessions that move.
SPARE_ROWS = 3


def session_log_pdf(dossier: Dossier, *, paper: Paper = "a4") -> bytes:
    """Return the sessions of a course, each as planned and as given.

    A session is held against the plan that it followed. Planned days still to come are empty rows, to be filled in by
    hand.

    Parameters
    ----------
    dossier : Dossier
    paper : str
        ``a4`` or ``us-letter``; the log lies on its side.

    Returns
    -------
    bytes
        PDF/UA-1.
    """
    sessions = dossier.of(Session)
    due = sum(each <= dossier.today for each in _planned_days(dossier))
    title = f"Sessions of {dossier.identity.name}: {len(sessions)} written down, {due} due by {day(dossier.today)}"
    frame = frame_of(dossier, title, about="Log of sessions", paper=paper)
    return pdf_of("document.typ", {**frame, "flipped": True, "parts": list(_parts(dossier))}, today=dossier.today)


def _planned_days(dossier: Dossier) -> list[dt.date]:
    plan = dossier.plan
    if plan.schedule is None or plan.blocked:
        return []
    return [session.date for session in plan.schedule.sessions]


def _parts(dossier: Dossier) -> Iterator[Part]:
    yield words(f"{plan_line(dossier)}. {dossier.plan.disclaimer}")
    yield from held_back_said(dossier)
    order = _order(dossier.plan)
    if dossier.plan.blocked:
        yield words("This plan is blocked: no session is given on it.", lead="Blocked.")
    elif order:
        yield words(f"{order}.", lead="Each session:")
    else:
        yield words("This plan prescribes no light.")
    rows = list(_rows(dossier))
    struck = dossier.struck(Session)
    if rows:
        caption = "Each day as planned and as given. An empty row is a session still to come."
        yield {**table(caption, HEADER, rows, WIDTHS), "roomy": not dossier.of(Session)}
    if struck:
        yield heading(f"{count(len(struck), 'session')} entered in error, counted nowhere")
        yield table("Struck out by the clinic, and kept", HEADER, [*_struck(dossier)], WIDTHS)
    yield from _events(dossier)


def _order(plan: Plan) -> str:
    order, lamp = plan.prescription, plan.lamp
    if order is None:
        return ""
    told = f"{joined(order.fields)}, {duration(order.time_per_field_s)} each"
    return told + (f", {lamp.label}, {distance(lamp.distance_mm)}" if lamp is not None else "")


def _rows(dossier: Dossier) -> Iterator[tuple[str, ...]]:
    planned, by_day = _planned_days(dossier), {each.day: each for each in dossier.of(Session)}
    plans = {kept.id: kept for kept in dossier.plans}
    judged = _judged(dossier)
    several = [each for each in dossier.of(Session) if by_day[each.day] is not each]
    for date in sorted({*planned, *by_day}):
        told = short_day(date, weekday=True)
        for kept in (each for each in (*several, *by_day.values()) if each.day == date):
            yield _given(kept, told, date in planned, plans.get(kept.content.plan, dossier.current), judged)
        if date not in by_day:
            missed = "nothing written down" if date < dossier.today else ""
            if not dossier.has_light(date):
                missed = "no session: the course was over" if dossier.is_over(date) else "no session: light is paused"
            yield told, _short(dossier.plan), missed, "", "", "", "", ""
    if planned and planned[-1] >= dossier.today:
        yield from [("",) * len(HEADER)] * SPARE_ROWS


def _judged(dossier: Dossier) -> dict[dt.date, GivenSession]:
    """Return how the latest card saw each day, but for those of which a session was changed or struck out since."""
    if dossier.review is None:
        return {}
    card = dossier.of(ReviewCard)[-1]
    sessions = (*dossier.of(Session), *(kept for kept, _why in dossier.struck(Session)))
    changed = {kept.day for kept in sessions if kept.is_after(card)}
    return {given.date: given for given in dossier.review.delivery.sessions if given.date not in changed}


def _short(plan: Plan) -> str:
    order = plan.prescription
    return "" if order is None else f"{count(len(order.fields), 'field')}, {duration(order.time_per_field_s)} each"


def _given(
    kept: Kept[Session], told: str, is_planned: bool, plan: PlanKept, judged: Mapping[dt.date, GivenSession]
) -> tuple[str, ...]:
    session = kept.content
    order = plan.plan.prescription
    times: dict[str, list[str]] = {}
    for field, seconds in session.seconds.items():
        times.setdefault(f"{seconds:g}{NO_BREAK}s", []).append(field)
    lit = "; ".join(f"{joined(fields)}: {time}" for time, fields in times.items()) or "not written down"
    if order is not None and len(times) == 1 and set(session.seconds) == set(order.fields):
        lit = f"{next(iter(times))} on each field"
    away = "distance not measured" if session.distance_mm is None else distance(session.distance_mm)
    lamp = plan.plan.lamp
    label = lamp.label if lamp is not None and lamp.device == session.lamp else session.lamp
    checked = "checked" if session.site_checked else "not written down"
    eyes = {True: "covered", False: "not covered", None: "not asked"}[session.eyes_protected]
    pain = [("?" if value is None else score(value)) for value in (session.before, session.after)]
    return (
        told,
        _short(plan.plan) if is_planned else f"not a planned day; plan version {plan.number}",
        lit,
        f"{label}, {away}",
        f"{checked}, {eyes}",
        session.skin or "not written down",
        f"{pain[0]}, then {pain[1]}" if pain != ["?", "?"] else "not written down",
        "; ".join(_remarks(kept, judged.get(kept.day))),
    )


def _struck(dossier: Dossier) -> Iterator[tuple[str | Part, ...]]:
    plans, planned = {kept.id: kept for kept in dossier.plans}, _planned_days(dossier)
    for kept, why in dossier.struck(Session):
        plan = plans.get(kept.content.plan, dossier.current)
        *cells, _ = _given(kept, short_day(kept.day, weekday=True), kept.day in planned, plan, {})
        by = f" by {kept.author.name or kept.author.role}" if kept.author is not None else ""
        yield *({"text": typeset(cell), "struck": True} for cell in cells), f"Entered in error{by}: {why}"


def _remarks(kept: Kept[Session], judged: GivenSession | None) -> Iterator[str]:
    session = kept.content
    if judged is not None:
        if judged.light_percent is not None:
            yield f"{judged.light_percent:.0f} % of the planned light"
        yield from judged.departures
        if judged.too_much:
            yield judged.too_much
    if session.stopped_early:
        yield f"stopped early: {session.stopped_early}"
    if session.note:
        yield session.note
    if kept.version != kept.id:
        when = f" on {day(kept.recorded_at.date())}" if kept.recorded_at is not None else ""
        by = f" by {kept.author.name or kept.author.role}" if kept.author is not None else ""
        yield f"corrected{when}{by}; what stood there before is in the record"


def _events(dossier: Dossier) -> Iterator[Part]:
    events, notes, given = dossier.of(AdverseEvent), dossier.of(DayNote), dossier.of(Session)
    if events or given:
        yield heading(f"{count(len(events), 'unwanted event')} written down")
    if events:
        rows = [
            (
                day(each.day),
                each.content.what,
                each.content.seriousness,
                each.content.related,
                each.content.taken or "nothing written down",
            )
            for each in events
        ]
        header = ("Day", "What", "How serious", "Related to the light", "What was done")
        yield table("What was unwanted, whether or not light had to do with it", header, rows, ("auto", 4, 2, 2, 3))
    elif given:
        yield words("None was written down. That is not proof that there was none.")
    told = [
        f"{day(each.day)}: {'; '.join(filter(None, (each.content.other_treatment, each.content.note)))}"
        for each in notes
        if each.content.other_treatment or each.content.note
    ]
    if told:
        yield heading("Other treatment, and notes of the day")
        yield lines(told)
