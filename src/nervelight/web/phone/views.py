"""The patient's pages: today, a session, questions, own chart, sheets to read, something is wrong, own data."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nervelight.assessment import instrument, raised
from nervelight.assessment.red_flags import RedFlag
from nervelight.errors import InvalidInput, NervelightError, UnknownName
from nervelight.evidence import claim
from nervelight.fhir.person import person_bundles
from nervelight.planning.education import AT_ONCE, TODAY, red_flag_words, session_checks
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.record.contents import EducationRead, Response, Session
from nervelight.record.due import DAILY
from nervelight.record.entries import KeyUsedTwice, current, opened_all, today_at, write
from nervelight.record.export import export_person
from nervelight.record.gathering import dossier_of
from nervelight.record.handing_in import SessionTold, hand_in_session, say_wrong, session_key
from nervelight.record.models import Entry
from nervelight.record.own import OwnCourse, own_course
from nervelight.record.responses import alarm, record_response
from nervelight.report.pain_days import draw_pain_days
from nervelight.report.words import duration
from nervelight.web.access import PATIENT, allow
from nervelight.web.downloads import CALENDAR_TYPE, CalendarForm, calendar_file, download
from nervelight.web.languages import page_language
from nervelight.web.phone.forms import SessionForm, SheetForm, WrongForm
from nervelight.web.phone.words import SKIN_WORDS, UNSEEN, card_of, flags_for, sheets_of
from nervelight.web.questionnaires import ItemsForm, answer_form, askable_ids

__all__ = ["chart", "learn", "my_calendar", "my_data", "my_session", "question", "questions", "sheet", "today", "wrong"]

SHOWN_DAYS = 7
"""Planned days that the card lists ahead."""
SENT_TWICE = 409
"""Answer to a form that came before with other words."""


@allow(PATIENT)
@require_safe
def today(request: Any) -> HttpResponse:
    """Show today's card."""
    own = own_course(request.patient)
    return render(request, "phone/today.html", _today(own) | {"form": _session_form(own, own.on)})


def _today(own: OwnCourse) -> dict[str, Any]:
    plan, due = own.plan, own.due
    planned = plan.schedule.sessions if plan and plan.schedule else ()
    given = [read for read in own.of(Session) if read.entry.day == own.on]
    return {
        "own": own,
        "due": due,
        "card": card_of(plan) if plan else None,
        # Only a session that is due now is timed; of any other is written down what was.
        "clock": due.state == "session",
        "checks": session_checks(plan, page_language()) if plan else (),
        "given": [_told(read.content) for read in given],
        "coming": [each.date for each in planned if each.date > own.on][:SHOWN_DAYS],
        "days": ",".join(each.date.isoformat() for each in planned),
        "asked": _asked(own),
        "too_much": claim("too_much_light").may_say,
    }


def _told(session: Session) -> dict[str, Any]:
    return {
        "times": [(place, duration(seconds)) for place, seconds in session.seconds.items()],
        "skin": dict(SKIN_WORDS)[session.skin or UNSEEN],
        "before": session.before,
        "after": session.after,
    }


def _asked(own: OwnCourse) -> list[dict[str, Any]]:
    known = askable_ids()
    return [
        {"id": each.instrument, "name": _plain_name(each.instrument), "why": each.why}
        for each in own.due.questions
        if each.instrument in known
    ]


def _plain_name(name: str) -> str:
    return {
        "nrs11": _("Your pain today"),
        "peg": _("Pain, joy and daily life"),
        "pgic": _("Better, the same or worse?"),
        "sleep_nrs": _("Your sleep"),
        "phq2": _("Your mood, two questions"),
        "phq9": _("Your mood, nine questions"),
        "gad2": _("Worry, two questions"),
        "gad7": _("Worry, seven questions"),
        "mnsi_q": _("Your feet and legs"),
    }.get(name) or instrument(name).name


def _session_form(own: OwnCourse, day: dt.date, data: Any = None) -> SessionForm | None:
    if own.plan is None or own.course is None or own.plan.prescription is None:
        return None
    initial = {"key": session_key(own.course, day), "plan": str(own.course.signed_plan_id), "day": day}
    return SessionForm(own.plan, data, initial=initial)


@allow(PATIENT)
def my_session(request: Any) -> HttpResponse:
    """Write down a session of today, or of a day before."""
    own = own_course(request.patient)
    day = _day(request.GET.get("day") or request.POST.get("day"), own.on)
    form, status = _session_form(own, day, request.POST if request.method == "POST" else None), 200
    if form is None or own.course is None:
        raise Http404
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        try:
            told = hand_in_session(
                own.course, form.session(), author=request.user, day=found["day"], key=found["key"]
            )  # fmt: skip
        except InvalidInput as problem:
            for fault in problem.faults:
                form.add_error(None, f"{fault.path}: {fault.allowed}")
        except KeyUsedTwice:
            form.add_error(
                None,
                _(
                    "This session is written down already, with other words, or the clinic struck it out as an error. "
                    "Nothing was changed. If you had light, open this page anew."
                ),
            )
            status = SENT_TWICE
        else:
            return _after_session(request, told)
    page = _today(own) | {
        "form": form,
        "day": day,
        "clock": own.due.state == "session" and day == own.on,
        "there": [_told(read.content) for read in own.of(Session) if read.entry.day == day],
    }
    return render(request, "phone/session.html", page, status=status)


def _after_session(request: Any, told: SessionTold) -> HttpResponse:
    if told.harmed or told.longer:
        # Shown at once: what a person told stands in no address and in no message that waits in the session.
        return render(request, "phone/stop.html", {"skin": told.harmed, "longer": told.longer})
    messages.info(request, _("The session is written down."))
    return redirect("today")


def _day(text: str | None, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return today
    return min(day, today)


@allow(PATIENT)
@require_safe
def questions(request: Any) -> HttpResponse:
    """List the questions that are due."""
    own = own_course(request.patient)
    return render(request, "phone/questions.html", {"own": own, "asked": _asked(own)})


@allow(PATIENT)
def question(request: Any, instrument: str) -> HttpResponse:
    """Ask one questionnaire."""
    own = own_course(request.patient)
    wanted = {each.instrument for each in own.due.questions} | {DAILY, *_LONGER}
    if instrument not in askable_ids() or instrument not in wanted:
        raise Http404
    try:
        form = answer_form(
            instrument, request.POST if request.method == "POST" else None, language=translation.get_language() or "en"
        )
    except UnknownName:
        raise Http404 from None
    assert isinstance(form, ItemsForm)
    status = 200
    if request.method == "POST":
        valid = form.is_valid()
        flags = raised(form.red_flags)
        response = form.response() if valid else None
        key = form["key"].value() if valid else str(request.POST.get("key", ""))
        try:
            if response is not None:
                record_response(
                    response, patient=request.patient, course=own.course, author=request.user, key=key,
                    red_flags=form.red_flags,
                )  # fmt: skip
            else:
                # Whoever is in danger is not told to correct a form first.
                alarm(
                    form.red_flags, instrument, patient=request.patient, course=own.course, author=request.user,
                    key=key or uuid.uuid4().hex,
                )  # fmt: skip
        except KeyUsedTwice:
            form.add_error(None, _("These questions are answered already. Nothing was changed."))
            status = SENT_TWICE
            response = None
            alarm(
                form.red_flags, instrument, patient=request.patient, course=own.course, author=request.user,
                key=uuid.uuid4().hex,
            )  # fmt: skip
        if flags:
            return _stopped(request, flags, saved=response is not None)
        if response is not None:
            then = form.scored.ask_next
            if then in askable_ids():
                messages.info(request, _("Your answers are written down. One more form follows."))
                return redirect("question", instrument=then)
            messages.info(request, _("Your answers are written down."))
            return redirect("questions")
    page = {"form": form, "own": own, "name": _plain_name(instrument), "words": form.words}
    return render(request, "phone/question.html", page, status=status)


_LONGER = ("phq9", "gad7")
"""Asked where a short form asks for them."""


def _stopped(request: Any, flags: tuple[RedFlag, ...], saved: bool) -> HttpResponse:
    words = red_flag_words(page_language())
    page = {
        "flags": [words[flag.id] for flag in flags],
        "at_once": any(flag.urgency in AT_ONCE for flag in flags),
        "harm": any(flag.id == "self_harm" for flag in flags),
        "skin": any(flag.id == "skin_or_eye_injury" for flag in flags),
        "unsaved": not saved,
    }
    return render(request, "phone/stop.html", page)


@allow(PATIENT)
@require_safe
def chart(request: Any) -> HttpResponse:
    """Show the person's own numbers over time."""
    own = own_course(request.patient)
    scores = {
        read.entry.day: read.content.score
        for read in own.of(Response)
        if read.content.instrument == DAILY and read.content.score is not None
    }
    sessions = [read.entry.day for read in own.of(Session)]
    days = [*scores, *sessions]
    picture = draw_pain_days(scores, sessions, min(days), max(*days, own.on)) if days else None
    limits = thresholds_by_name(own.plan.thresholds) if own.plan else {}
    page = {
        "own": own,
        "picture": picture,
        "rows": picture.table.rows[::-1] if picture else (),
        "given": len(set(sessions)),
        "empty": (max(*days, own.on) - min(days)).days + 1 - len(scores) if days else 0,
        "percent": f"{limits['pain_percent']:g}" if limits else "",
    }
    return render(request, "phone/chart.html", page)


@allow(PATIENT)
@require_safe
def learn(request: Any) -> HttpResponse:
    """List the sheets."""
    own = own_course(request.patient)
    sheets = sheets_of(own.plan, request.user.clinic) if own.plan else ()
    answered = opened_all(current(Entry.Kind.EDUCATION, patient=request.patient))
    read = {(each.content.sheet, each.content.version): each.entry.day for each in answered}
    rows = [{"sheet": each, "read": read.get((each.slug, each.version))} for each in sheets]
    now = {each.version for each in sheets}
    # Each other text once, as it was when it was last answered.
    before = {each.content.version: each for each in answered if each.content.text and each.content.version not in now}
    earlier = [{"title": each.content.text.partition("\n")[0], "read": each} for each in reversed(before.values())]
    return render(request, "phone/learn.html", {"own": own, "rows": rows, "earlier": earlier})


@allow(PATIENT)
def sheet(request: Any, sheet: str) -> HttpResponse:
    """Show a sheet, ask back, and explain what was answered otherwise."""
    own = own_course(request.patient)
    sheets = sheets_of(own.plan, request.user.clinic) if own.plan else ()
    shown = next((each for each in sheets if each.slug == sheet), None)
    if shown is None:
        raise Http404
    form, status = SheetForm(shown, request.POST if request.method == "POST" else None), 200
    page: dict[str, Any] = {"sheet": shown, "form": form}
    if request.method == "POST" and form.is_valid():
        answers = {each.id: form.cleaned_data[each.id] for each in shown.questions}
        other = shown.wrong(answers)
        made = EducationRead(
            sheet=shown.slug,
            version=shown.version,
            language=shown.language,
            text=shown.text,
            answers=answers,
            other=tuple(f"{each.ask} {dict(each.choices)[answers[each.id]]}" for each in other),
            understood=not other,
        )
        try:
            write(
                made, patient=request.patient, course=own.course, author=request.user, key=form.cleaned_data["key"]
            )  # fmt: skip
        except KeyUsedTwice:
            form.add_error(None, _("This was answered already. Open the sheet again to answer anew."))
            status = SENT_TWICE
        else:
            page |= {"done": True, "other": other}
    return render(request, "phone/sheet.html", page, status=status)


@allow(PATIENT)
def wrong(request: Any) -> HttpResponse:
    """Show whom to call, and take a message."""
    form, status = WrongForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST" and form.is_valid():
        found = form.cleaned_data
        own = own_course(request.patient)
        try:
            say_wrong(
                request.patient, own.course, text=found["text"], flags=found["flags"], bad=found["bad"],
                author=request.user, key=found["key"],
            )  # fmt: skip
        except KeyUsedTwice:
            form.add_error(None, _("This message was sent already, with other words. Open the page again."))
            status = SENT_TWICE
        else:
            flags = raised(found["flags"])
            return _stopped(request, flags, saved=True)
    page = {"form": form, "at_once": flags_for(*AT_ONCE), "by_phone": flags_for(*TODAY)}
    return render(request, "phone/wrong.html", page, status=status)


@allow(PATIENT)
def my_data(request: Any) -> HttpResponse:
    """Hand out all that is written of the person; a POST, so that no link of a stranger can start it."""
    if request.method == "POST":
        more = person_bundles(request.patient, request.user)
        data = export_person(request.patient, request.user, more)
        response = HttpResponse(data, content_type="application/zip")
        day = today_at(request.user.clinic)
        response["Content-Disposition"] = f'attachment; filename="nervelight-{day}.zip"'
        return response
    return _data_page(request, CalendarForm())


def _data_page(request: Any, form: CalendarForm) -> HttpResponse:
    own = own_course(request.patient)
    return render(request, "phone/data.html", {"form": form, "planned": own.plan is not None})


@allow(PATIENT)
@require_POST
def my_calendar(request: Any) -> HttpResponse:
    """Hand out the person's own sessions, reviews and forms as a calendar."""
    own, form = own_course(request.patient), CalendarForm(request.POST)
    if own.course is None or own.plan is None:
        raise Http404
    if form.is_valid():
        try:
            made = calendar_file(dossier_of(own.course, actor=request.user, about="calendar"), **form.cleaned_data)
        except NervelightError as problem:
            form.add_error(None, str(problem))
        else:
            return download(made, media_type=CALENDAR_TYPE, name=f"nervelight-{own.on}.ics")
    return _data_page(request, form)
