"""A plan: read, compared with another version, signed."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nervelight.errors import BlockedPlan, InvalidInput
from nervelight.planning import blocking
from nervelight.planning.findings import ranked
from nervelight.record import courses
from nervelight.record.contents import CaseDraft
from nervelight.record.entries import opened_all
from nervelight.record.models import Course, Entry
from nervelight.report import compare_plans, findings_in_words
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.plans.sign_form import SignForm
from nervelight.web.plans.versions import Version, body_of, versions_of

__all__ = ["plan", "plan_compare", "plan_sign"]


def _version(versions: list[Version], number: int) -> Version:
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        raise Http404
    return found


def _context(request: Any, versions: list[Version], shown: Version) -> dict[str, Any]:
    made = courses.plan_of(shown.read)
    return {
        "course": request.course,
        "versions": versions,
        "version": shown,
        "earlier": [version for version in versions if version.number < shown.number],
        "in_force": next((version for version in versions if version.in_force), None),
        "latest": versions[-1],
        "plan": made,
        "label": made.case["patient"]["label"],
    }


@allow(CLINICIAN)
@require_safe
def plan(request: Any, *, number: int, **_where: uuid.UUID) -> HttpResponse:
    """Show one version."""
    versions = versions_of(request.course)
    shown = _version(versions, number)
    context = _context(request, versions, shown)
    # Written by this package from its own templates, which escape what people typed.
    context["body"] = mark_safe(body_of(request.course, shown.read, context["plan"]))
    return render(request, "plans/plan.html", context)


@allow(CLINICIAN)
@require_safe
def plan_compare(request: Any, *, number: int, other: int, **_where: uuid.UUID) -> HttpResponse:
    """Show what changed from another version to this one."""
    versions = versions_of(request.course)
    new, old = _version(versions, number), _version(versions, other)
    if new is old:
        raise Http404
    cases = Entry.objects.filter(course=request.course, pk__in=[new.read.content.case, old.read.content.case])
    written = {str(read.entry.pk): read.content for read in opened_all(cases)}
    compared = compare_plans(
        courses.plan_of(old.read),
        courses.plan_of(new.read),
        old_case=_document(written.get(old.read.content.case)),
        new_case=_document(written.get(new.read.content.case)),
    )
    context = _context(request, versions, new) | {"old": old, "compared": compared}
    return render(request, "plans/compare.html", context)


def _document(draft: CaseDraft | None) -> dict[str, Any]:
    return {} if draft is None else draft.document


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_sign(request: Any, *, number: int, **_where: uuid.UUID) -> HttpResponse:
    """Sign a version: each warning is acknowledged, and the password entered again."""
    versions = versions_of(request.course)
    shown = _version(versions, number)
    context = _context(request, versions, shown)
    findings = ranked(context["plan"].findings)
    form = SignForm(findings, request.POST if request.method == "POST" else None)
    ended = request.course.state == Course.State.ENDED
    can_sign = shown.latest and not shown.in_force and not ended and not blocking(findings)
    status = 200
    if request.method == "POST" and not can_sign:
        status = 409
    elif request.method == "POST" and form.is_valid():
        account = authenticate(request, username=request.user.login, password=form.cleaned_data["password"])
        if account is None or account.pk != request.user.pk:
            form.add_error("password", _("This is not the password of this account."))
        else:
            try:
                courses.sign(request.course, shown.read.entry, author=request.user, statement=form.statement)
            except (BlockedPlan, InvalidInput):
                # Somebody made a newer version in this very moment.
                return redirect("plan_sign", request.patient.pk, request.course.pk, number)
            messages.success(request, _("Signed: version %(number)d is in force.") % {"number": number})
            return redirect("course", request.patient.pk, request.course.pk)
    context |= {
        "form": form,
        "blocks": blocking(findings),
        "warnings": [finding for finding in findings if finding.level == "warn"],
        "notes": [finding for finding in findings if finding.level == "note"],
        "in_words": findings_in_words(findings),
        "can_sign": can_sign,
        "ended": ended,
    }
    return render(request, "plans/sign.html", context, status=status)
