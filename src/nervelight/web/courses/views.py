"""Pages of a course: what was given and felt, and writing it down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nervelight.assessment import instrument as instrument_called
from nervelight.assessment import raised
from nervelight.errors import InvalidInput, UnknownName
from nervelight.planning import Plan
from nervelight.record import courses, people, responses, voiding
from nervelight.record.contents import PlanVersion, Session
from nervelight.record.entries import AmendedMeanwhile, KeyUsedTwice, opened, opened_all, today_at, versions
from nervelight.record.models import Course, Entry
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.courses.course_page import course_context, session_rows
from nervelight.web.courses.forms import DayForm, EndForm, ErrorForm, SessionForm
from nervelight.web.forms import Form, sent_key
from nervelight.web.questionnaires import ItemsForm, answer_form

__all__ = ["course", "course_end", "day_note", "response_new", "session_amend", "session_error", "session_new"]

SENT_TWICE = 409


def course_address(course: Course) -> str:
    """Return the address of the page of a course."""
    return reverse("course", kwargs={"patient": course.patient_id, "course": course.pk})


@allow(CLINICIAN)
def course(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Show a course: its state, its plan, what was given and felt, what was decided."""
    return render(request, "courses/course.html", course_context(request.course, request.GET))


def _page(request: Any, template: str, form: Form, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "course": request.course,
        "name": people.identity_of(request.patient).name,
        "back": course_address(request.course),
        **more,
    }
    return render(request, template, context, status=status)


def _saved(request: Any, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(course_address(request.course))


def _refused(form: Form, problem: InvalidInput) -> None:
    for fault in problem.faults:
        # What the record calls `seconds.left sole` are the fields that were lit.
        name = fault.path.split(".")[0]
        form.add_error(name if name in form.fields else None, f"{fault.allowed}.")


def _sent_twice(form: Form) -> None:
    form.add_error(None, _("This form was sent before with other content. Look whether it is there; else begin anew."))


@allow(CLINICIAN)
def session_new(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Write down a session as it was given."""
    found: Course = request.course
    plan, plan_id = courses.signed_plan(found), str(found.signed_plan_id)
    if plan is None:
        messages.error(request, _("No session is written down before a plan is signed."))
        return redirect(course_address(found))
    latest, status = today_at(found.clinic), 200
    form = SessionForm(request.POST or None, plan_id=plan_id, plan=plan, latest=latest)
    if request.method == "POST":
        if request.POST.get("plan") != plan_id and not _written(found, sent_key(request)):
            data = request.POST.copy()
            data["plan"] = plan_id
            form.data = data
            form.add_error(None, _("Another version of the plan is in force now. Look at it, and send this again."))
        elif form.is_valid():
            try:
                courses.record_session(
                    found,
                    form.session(),
                    author=request.user,
                    day=form.cleaned_data["day"],
                    key=form.cleaned_data["key"],
                )
                return _saved(request, _session_told(form))
            except InvalidInput as problem:
                _refused(form, problem)
            except KeyUsedTwice:
                _sent_twice(form)
                status = SENT_TWICE
    return _page(request, "courses/session.html", form, status)


def _written(course: Course, key: str) -> bool:
    return bool(key) and Entry.objects.filter(patient=course.patient_id, key=key).exists()


def _session_told(form: SessionForm) -> str:
    if form.cleaned_data["skin"] in ("redness that lasts", "blister", "burn", "wound"):
        return _("Session saved. The skin made an adverse event and an urgent task: look at it before any more light.")
    return _("Session saved.")


@allow(CLINICIAN)
def session_amend(request: Any, entry: uuid.UUID, **_where: uuid.UUID) -> HttpResponse:
    """Correct a session; both versions stay."""
    found: Course = request.course
    known = (
        Entry.objects.filter(pk=entry, course=found, kind=Entry.Kind.SESSION)
        .select_related("amended_by", "author")
        .first()
    )
    if known is None:
        raise Http404
    known.patient, known.course = request.patient, found
    if request.method != "POST" and hasattr(known, "amended_by"):
        later = known.amended_by
        page = "session_error" if later.kind == Entry.Kind.VOIDED else "session_amend"
        return redirect(page, patient=found.patient_id, course=found.pk, entry=later.pk)
    content = opened(known, Session)
    followed = found.signed_plan
    if followed is None or content.plan != str(followed.pk):
        followed = Entry.objects.filter(pk=content.plan, course=found, kind=Entry.Kind.PLAN).first()
    if followed is None:
        raise Http404
    followed.patient = request.patient
    plan = Plan.model_validate_json(opened(followed, PlanVersion).plan)
    latest = today_at(found.clinic)
    form = SessionForm(
        request.POST or None,
        plan_id=content.plan,
        plan=plan,
        latest=latest,
        known=content,
        amends=str(known.pk),
        day=known.day,
    )
    theirs, status = None, 200
    if request.method == "POST" and form.is_valid():
        base = next((each for each in versions(known) if str(each.pk) == form.cleaned_data["amends"]), known)
        try:
            courses.amend_session(
                base,
                form.session().model_copy(update={"plan": content.plan}),
                author=request.user,
                day=form.cleaned_data["day"],
                key=form.cleaned_data["key"],
            )
            return _saved(request, _session_told(form))
        except AmendedMeanwhile as problem:
            if problem.latest.kind == Entry.Kind.VOIDED:
                messages.error(request, _("Somebody else struck this session out meanwhile: nothing was saved."))
                return redirect("session_error", found.patient_id, found.pk, problem.latest.pk)
            theirs = session_rows(opened_all([problem.latest]))[0]
            data = request.POST.copy()
            data["amends"] = str(problem.latest.pk)
            form.data = data
            form.add_error(
                None,
                _("Somebody else corrected this session meanwhile. Theirs stands below; send again to replace it."),
            )
            status = SENT_TWICE
        except InvalidInput as problem:
            _refused(form, problem)
        except KeyUsedTwice:
            _sent_twice(form)
            status = SENT_TWICE
    return _page(request, "courses/session.html", form, status, known=known, theirs=theirs)


@allow(CLINICIAN)
def session_error(request: Any, entry: uuid.UUID, **_where: uuid.UUID) -> HttpResponse:
    """Strike a session out as entered in error, or take that back; all versions stay."""
    found: Course = request.course
    kinds = (Entry.Kind.SESSION, Entry.Kind.VOIDED)
    asked = Entry.objects.filter(pk=entry, course=found, kind__in=kinds).first()
    if asked is None:
        raise Http404
    known = versions(asked)
    for version in known:
        version.patient, version.course = request.patient, found
    latest, status = known[0], 200
    if request.method != "POST" and latest.pk != entry:
        return redirect("session_error", found.patient_id, found.pk, latest.pk)
    (row,) = session_rows(opened_all([latest]))
    struck = latest.kind == Entry.Kind.VOIDED
    harms = [] if struck else voiding.harms_of(known)
    form = ErrorForm(
        request.POST or None,
        known=str(latest.pk),
        with_harm=any(harm.kind == Entry.Kind.EVENT for harm in harms),
        latest=today_at(found.clinic),
    )
    again = "again" in request.POST
    if again or (struck and request.method != "POST"):
        del form.fields["reason"]
    if request.method == "POST" and form.is_valid():
        base = next((each for each in known if each.pk == form.cleaned_data["known"]), latest)
        try:
            return _saved(request, _settled(form.cleaned_data, base, request.user))
        except (AmendedMeanwhile, InvalidInput):
            data = request.POST.copy()
            data["known"] = str(latest.pk)
            form.data = data
            changed = _("Somebody else changed this session meanwhile. Look at it, and decide again.")
            if again != struck:
                messages.error(request, changed)
                return redirect("session_error", found.patient_id, found.pk, latest.pk)
            form.add_error(None, changed)
            status = SENT_TWICE
        except KeyUsedTwice:
            _sent_twice(form)
            status = SENT_TWICE
    return _page(request, "courses/error.html", form, status, known=latest, row=row, struck=struck)


def _settled(made: Mapping[str, Any], known: Entry, author: Any) -> str:
    """Strike a session out, or take it back, and say so."""
    if "reason" not in made:
        voiding.restore_session(known, author=author, key=made["key"])
        return _("The session counts again.")
    voiding.void_session(known, made["reason"], author=author, harm_too=made.get("harm_too", False), key=made["key"])
    return _("The session is struck out: it stays, and counts nowhere. This can be taken back.")


@allow(CLINICIAN)
def response_new(request: Any, instrument: str, **_where: uuid.UUID) -> HttpResponse:
    """Ask a questionnaire, or enter the result of a test."""
    found: Course = request.course
    latest, status = today_at(found.clinic), 200
    try:
        form = answer_form(
            instrument,
            request.POST or None,
            language=request.LANGUAGE_CODE,
            latest=latest,
            goals=_goals(found, instrument),
        )
    except UnknownName as problem:
        raise Http404 from problem
    flags = form.red_flags if request.method == "POST" else ()
    if request.method == "POST":
        given: dict[str, Any] = {"patient": request.patient, "course": found, "author": request.user}
        if form.is_valid():
            try:
                responses.record_response(
                    form.response(),
                    day=form.cleaned_data["day"],
                    red_flags=flags,
                    key=form.cleaned_data["key"],
                    **given,
                )
            except InvalidInput as problem:
                _refused(form, problem)
            except KeyUsedTwice:
                _sent_twice(form)
                status = SENT_TWICE
            else:
                return _answered(request, form)
        elif flags:
            # What cannot wait does not wait for a form without gaps.
            responses.alarm(flags, instrument, key=form.data.get("key", "")[:64] or str(uuid.uuid4()), **given)
    return _page(
        request, "courses/response.html", form, status,
        entry=instrument_called(instrument), alarms=raised(flags), items=isinstance(form, ItemsForm),
    )  # fmt: skip


def _goals(course: Course, instrument: str) -> list[str]:
    plan = courses.signed_plan(course) if instrument == "gas" else None
    goals = (plan.case.get("care") or {}).get("goals") or () if plan else ()
    return [goal if isinstance(goal, str) else str(goal["what"]) for goal in goals][:5]


def _answered(request: Any, form: Any) -> HttpResponse:
    """Lead on. A message waits in the session, which is not sealed: what was answered stands on the page alone."""
    if form.red_flags:
        messages.error(request, _("An answer made an urgent task: it stands first among the tasks. Act on it now."))
    longer = form.scored.ask_next if isinstance(form, ItemsForm) else ""
    if longer:
        messages.info(request, _("The answers are saved. One more form follows."))
        return redirect("response_new", request.patient.pk, request.course.pk, longer)
    return _saved(request, _("%(name)s saved.") % {"name": form.entry.name})


@allow(CLINICIAN)
def day_note(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Write down what else happened on a day."""
    found: Course = request.course
    form, status = DayForm(request.POST or None, latest=today_at(found.clinic)), 200
    if request.method == "POST" and form.is_valid():
        try:
            courses.note_day(
                found,
                form.content(),
                author=request.user,
                day=form.cleaned_data["day"],
                key=form.cleaned_data["key"],
            )
            return _saved(request, _("Note saved."))
        except KeyUsedTwice:
            _sent_twice(form)
            status = SENT_TWICE
    return _page(request, "courses/day.html", form, status)


@allow(CLINICIAN)
def course_end(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """End a course with its reason, or take it up again."""
    found: Course = request.course
    ended = found.state == Course.State.ENDED
    form, status = EndForm(request.POST or None, latest=today_at(found.clinic)), 200
    if request.method == "POST" and "again" in request.POST:
        courses.reopen_course(found, author=request.user)
        return _saved(request, _("The course goes on."))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            courses.end_course(found, given["reason"], author=request.user, day=given["day"], key=given["key"])
            return _saved(request, _("The course has ended."))
        except InvalidInput as problem:
            _refused(form, problem)
        except KeyUsedTwice:
            _sent_twice(form)
            status = SENT_TWICE
    return _page(request, "courses/end.html", form, status, ended=ended)
