"""The case: a form that may stay half filled, what it would come to, and the plan made from it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nervelight.errors import Fault, InvalidInput, NervelightError
from nervelight.evidence import study_label
from nervelight.planning import Preview, make_plan, preview_plan
from nervelight.planning.plan_document import target_of
from nervelight.record import courses, people
from nervelight.record.contents import CaseDraft
from nervelight.record.entries import AmendedMeanwhile, KeyUsedTwice, Read, opened
from nervelight.record.models import Course, Entry
from nervelight.report import findings_in_words, preview_picture
from nervelight.report.words import band, first_upper, temperature, typeset
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.forms import sent_key
from nervelight.web.plans.case_document import (
    Document,
    checked,
    document_of,
    given_at,
    leaves,
    without_unfinished,
)
from nervelight.web.plans.case_form import CaseForm, posted, spare_rows
from nervelight.web.plans.versions import body_of

__all__ = ["case", "case_preview", "course_new", "plan_make"]

# What the lists of targets and lights depend on.
CHOICES_NEED = ("diagnosis.condition", "site.name", "site.target", "anchor")


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Open a course: the form of its case, empty but for who the person is and who is in charge."""
    if request.method != "POST":
        return _page(request, _known_already(request))
    document = document_of(posted(request.POST), {})
    action = request.POST.get("action", "save")
    if action not in ("save", "make"):
        return _worked_on(request, document, action)
    try:
        course = courses.open_course(request.patient, document, author=request.user, key=sent_key(request) or None)
    except KeyUsedTwice:
        messages.warning(
            request,
            _("This form was saved before, as another course. Save again to open one more, or go back to the patient."),
        )
        return _page(request, document, status=409)
    if action == "make":
        request.course = course
        return _make(request, courses.case_of(course))
    return _saved(request, course, document)


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Show the case, and save it over the one that was looked at."""
    now = courses.case_of(request.course)
    if request.method != "POST":
        return _page(request, now.content.document, known=now.entry)
    known, base = _looked_at(request, now)
    document = document_of(posted(request.POST), base)
    action = request.POST.get("action", "save")
    if action not in ("save", "make"):
        return _worked_on(request, document, action, known=known)
    if document != now.content.document:
        try:
            entry = courses.save_case(known, document, author=request.user)
        except AmendedMeanwhile:
            return _conflict(request, document)
        now = Read(entry, CaseDraft(document=document))
    return _make(request, now) if action == "make" else _saved(request, request.course, document)


@allow(CLINICIAN)
@require_POST
def case_preview(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Answer with what the form as it stands would come to; nothing is saved."""
    _known, base = _looked_at(request, None)
    document = document_of(posted(request.POST), base)
    shown = _choices_key(document)
    context = {**_preview(document), "part_only": True, "renew_choices": request.POST.get("choices", "") != shown}
    if context["renew_choices"]:
        context |= {"form": CaseForm(document), "choices_key": shown}
    return render(request, "plans/preview.html", context)


@allow(CLINICIAN)
@require_POST
def plan_make(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Compute a plan from the case as it stands and keep it as the next version."""
    return _make(request, courses.case_of(request.course))


def _make(request: Any, read: Read) -> HttpResponse:
    document = read.content.document
    whole, _alarms, faults = checked(document)
    if whole is None:
        return _page(request, document, known=read.entry, faults=faults, asked="plan", status=422)
    try:
        plan = make_plan(whole)
    except InvalidInput as problem:
        return _page(request, document, known=read.entry, faults=problem.faults, asked="plan", status=422)
    entry = courses.add_plan(request.course, plan, case=read.entry, author=request.user)
    version = next(each for each in courses.plans_of(request.course) if each.entry.pk == entry.pk)
    # Drawn now, while who waits knows that it takes a while, and not when the plan is opened.
    body_of(request.course, version)
    return redirect("plan", request.patient.pk, request.course.pk, version.content.number)


def _looked_at(request: Any, now: Read | None) -> tuple[Entry, Document]:
    """Return the version of the case that the form was filled from, with its document."""
    name = request.POST.get("known", "")
    if now is not None and name == str(now.entry.pk):
        return now.entry, now.content.document
    try:
        found = Entry.objects.get(pk=uuid.UUID(name), course=request.course, kind=Entry.Kind.CASE)
    except (ValueError, Entry.DoesNotExist):
        raise Http404 from None
    found.course, found.patient = request.course, request.patient
    return found, opened(found, CaseDraft).document


def _conflict(request: Any, document: Document) -> HttpResponse:
    theirs = courses.case_of(request.course)
    if theirs.content.document == document:
        # The same was sent twice.
        return _saved(request, request.course, document)
    author = theirs.entry.author
    conflict = {
        "rows": _side_by_side(theirs.content.document, document),
        "who": author.get_full_name() if author else _("The program"),
        "when": theirs.entry.recorded_at,
    }
    return _page(request, document, known=theirs.entry, conflict=conflict, status=409)


def _side_by_side(theirs: Document, mine: Document) -> list[tuple[str, str, str]]:
    left, right = dict(leaves(theirs)), dict(leaves(mine))
    return [
        (path.replace("_", " ").replace(".", ": "), _in_words(left.get(path)), _in_words(right.get(path)))
        for path in dict.fromkeys((*left, *right))
        if left.get(path) != right.get(path)
    ]


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_in_words, value)) or _("none")
    return "" if value is None else str(value)


def _saved(request: Any, course: Course, document: Document) -> HttpResponse:
    _case, _alarms, faults = checked(document)
    messages.success(
        request, _("Saved. The case is whole: a plan can be made.") if not faults else _("Saved as a draft.")
    )
    return redirect("case", request.patient.pk, course.pk)


def _worked_on(request: Any, document: Document, action: str, *, known: Entry | None = None) -> HttpResponse:
    """Show the form again with one more row, or with its preview; nothing is saved."""
    verb, _colon, rest = action.partition(":")
    path, _colon, test = rest.partition(":")
    spare = spare_rows(path if verb == "add" else "", test)
    preview = _preview(document) if action == "preview" else None
    return _page(request, document, known=known, spare=spare, preview=preview, unsaved=True)


def _known_already(request: Any) -> Document:
    who = people.identity_of(request.patient)
    return {
        "patient": {"label": who.name},
        "care": {
            "clinician": request.user.get_full_name(),
            "emergency_number": request.patient.clinic.emergency_number,
        },
    }


def _page(
    request: Any,
    document: Document,
    *,
    known: Entry | None = None,
    faults: Iterable[Fault] | None = None,
    spare: Mapping[str, Sequence[dict[str, Any]]] | None = None,
    preview: Mapping[str, Any] | None = None,
    conflict: Mapping[str, Any] | None = None,
    unsaved: bool = False,
    asked: str = "",
    status: int = 200,
) -> HttpResponse:
    _case, alarms, found = checked(document)
    shown = [fault for fault in found if fault.value is not None] if faults is None else list(faults)
    missing = [fault for fault in found if fault not in shown]
    form = CaseForm(document, shown, spare, missing)
    context = {
        "form": form,
        "parts": form.parts,
        "known": known,
        "key": secrets.token_urlsafe(24),
        "alarms": alarms,
        "whole": not found and faults is None,
        "conflict": conflict,
        "unsaved": unsaved,
        "asked": asked,
        "here": _address(request),
        "course": getattr(request, "course", None),
        "label": given_at(document, "patient.label") or "",
        "choices_key": _choices_key(document),
        **(preview or {}),
    }
    return render(request, "plans/case.html", context, status=status)


def _address(request: Any) -> str:
    course = getattr(request, "course", None)
    names = [request.patient.pk] if course is None else [request.patient.pk, course.pk]
    return reverse("course_new" if course is None else "case", args=names)


def _choices_key(document: Document) -> str:
    return "|".join(str(given_at(document, path) or "") for path in CHOICES_NEED)


def _preview(document: Document) -> dict[str, Any]:
    try:
        preview: Preview = preview_plan(without_unfinished(document))
    except InvalidInput as problem:
        form = CaseForm(document, problem.faults)
        # What is missing or wrong elsewhere in the form is told there.
        return {"waits_for": form.wrong}
    except NervelightError as problem:
        return {"waits_for": [(None, str(problem))]}
    return {"preview": _told(preview), "picture": preview_picture(preview)}


def _told(preview: Preview) -> dict[str, Any]:
    """Return a preview in words."""
    target = target_of(preview.targets)
    return {
        "now": preview,
        "heading": typeset(preview.title),
        "irradiance": band(preview.lamp.irradiance_mw_cm2, "mW/cm2"),
        "target": f"{band(target.fluence_rate_mw_cm2, 'mW/cm2')}, {target.label}" if target else "",
        "followed": study_label(preview.followed) if preview.followed else "",
        "skin": temperature(preview.warmth.skin_c) if preview.warmth else "",
        "in_words": first_upper(findings_in_words(preview.findings)),
        "urgent": [finding for finding in preview.findings if finding.level != "note"],
        "notes": [finding for finding in preview.findings if finding.level == "note"],
    }
