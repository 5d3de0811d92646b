"""People: found, added, shown; who they are; who may log in as them; what is written of them, to take away."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from nervelight.fhir.person import person_bundles
from nervelight.record import people
from nervelight.record.contents import Identity
from nervelight.record.entries import AmendedMeanwhile, KeyUsedTwice, Read, current, opened_all, today_at
from nervelight.record.export import export_person
from nervelight.record.invitations import HOURS, InvitationEnded, invite, patient_account
from nervelight.record.models import Account, AuditRow, Clinic, Course, Entry, Patient
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.clinic.links import invitation_link
from nervelight.web.people.forms import AmendIdentityForm, IdentityForm, NewPatientForm, SearchForm, content_from
from nervelight.web.people.shown import conflict, limited, link, page_of

__all__ = [
    "CONFLICT",
    "add_person",
    "archive",
    "audit_of_person",
    "entry_of",
    "export",
    "identity",
    "invitation",
    "patient",
    "patients",
    "renewed",
]

CONFLICT = 409


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def patients(request: Any) -> HttpResponse:
    """List people by when something was last written of them, or those whose name begins so."""
    clinic = request.user.clinic
    form = SearchForm(request.POST or None)
    searched = form.is_bound and form.is_valid()
    everybody = Patient.objects.filter(clinic=clinic).order_by("-written_at")
    found, page = None, None
    if searched:
        found = limited(people.with_name(clinic, form.cleaned_data["name"]).order_by("-written_at"))
    else:
        page = page_of(everybody, request)
    return render(
        request,
        "people/patients.html",
        {"form": form, "found": found, "page": page, "rows": _rows(found.rows if found else list(page or ()))},
    )


def _rows(found: list[Patient]) -> list[tuple[Patient, Identity | None, Course | None]]:
    """Return people with who they are and their latest course."""
    ids = [each.pk for each in found]
    names = people.identities(ids)
    courses = {course.patient_id: course for course in Course.objects.filter(patient__in=ids).order_by("opened_at")}
    return [(each, names.get(each.pk), courses.get(each.pk)) for each in found]


def _identity_from(form: IdentityForm) -> Identity | None:
    names = ("name", "born", "phone", "email", "number", "language")
    return content_from(form, Identity, {name: form.cleaned_data[name] or None for name in names})


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def add_person(request: Any) -> HttpResponse:
    """Add a person; who has the same name already is shown first."""
    form = NewPatientForm(request.POST or None)
    alike: list[Any] = []
    status = 200
    if form.is_bound and form.is_valid() and (who := _identity_from(form)) is not None:
        clinic, key = request.user.clinic, form.cleaned_data["key"]
        if not form.cleaned_data["other"]:
            alike = _alike(clinic, who, key)
        if not alike:
            try:
                made = people.add_patient(clinic, who, author=request.user, id=key)
            except KeyUsedTwice:
                form.add_error(None, _("This form was saved before, with other words. Open it anew."))
                status = CONFLICT
            else:
                messages.success(request, _("The person is in the record."))
                return redirect("patient", patient=made.pk)
        elif not form.errors:
            form = NewPatientForm({**request.POST.dict(), "other": "on"})
            form.is_valid()
    return render(request, "people/patient_new.html", {"form": form, "alike": alike}, status=status)


def _alike(clinic: Clinic, who: Identity, key: uuid.UUID) -> list[Any]:
    found = people.with_name(clinic, who.name).exclude(pk=key).values_list("pk", flat=True)[:10]
    return list(people.identities(found).items())


@allow(CLINICIAN, erased=True)
@require_http_methods(["GET", "HEAD"])
def patient(request: Any, patient: uuid.UUID) -> HttpResponse:
    """Show a person: who they are, courses, open tasks, events, consents, files, who may log in."""
    person = request.patient
    if person.erased_at is not None:
        return render(request, "people/erased.html", {"erased_at": person.erased_at})
    found = people.overview(person)
    courses = [
        (
            course,
            link("course", instead=link("case", patient=patient, course=course.pk), patient=patient, course=course.pk),
        )
        for course in Course.objects.filter(patient=person).order_by("-opened_at")
    ]
    login = Account.objects.filter(patient=person).annotate(invited_until=Max("invitations__expires_at")).first()
    return render(
        request,
        "people/patient.html",
        {
            "found": found,
            "identity": found.identity.content,
            "courses": courses,
            "login": login,
            "now": timezone.now(),
            "today": today_at(person.clinic),
            "course_new": link("course_new", patient=patient),
        },
    )


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def identity(request: Any, **_ids: Any) -> HttpResponse:
    """Change who a person is; what somebody else changed meanwhile is shown beside it."""
    person: Patient = request.patient
    latest = opened_all(current(Entry.Kind.IDENTITY, patient=person))[0]
    if request.method != "POST":
        form = AmendIdentityForm(initial={**latest.content.model_dump(), "known": latest.entry.pk})
        return render(request, "people/identity.html", {"form": form, "name": latest.content.name})
    form = AmendIdentityForm(request.POST)
    status, meanwhile = 200, None
    if form.is_valid() and (who := _identity_from(form)) is not None:
        known = entry_of(person, form.cleaned_data["known"], Entry.Kind.IDENTITY)
        try:
            people.change_identity(known, who, author=request.user, key=form.cleaned_data["key"].hex)
        except AmendedMeanwhile:
            # Theirs may have been amended in turn: what counts is what holds now.
            meanwhile, status = conflict(who, latest), CONFLICT
            form = renewed(form, latest)
        except KeyUsedTwice:
            form.add_error(None, _("This form was saved before, with other words. Open it anew."))
            status = CONFLICT
        else:
            messages.success(request, _("Saved. The version before is kept."))
            return redirect("patient", patient=person.pk)
    return render(
        request,
        "people/identity.html",
        {"form": form, "name": latest.content.name, "meanwhile": meanwhile},
        status=status,
    )


def entry_of(person: Patient, entry: uuid.UUID, *kinds: str) -> Entry:
    """Return an entry of a person and kind, or answer that there is none."""
    found = Entry.objects.filter(pk=entry, patient=person, kind__in=kinds).select_related("author", "course").first()
    if found is None:
        raise Http404
    found.patient = person
    return found


def renewed(form: Any, latest: Read, **made_with: Any) -> Any:
    """Return a form with what was typed, that now goes over the latest version and under a new key."""
    data = form.data.copy()
    data["known"], data["key"] = str(latest.entry.pk), str(uuid.uuid4())
    again = form.__class__(data, **made_with)
    again.is_valid()
    return again


@allow(CLINICIAN)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Any, patient: uuid.UUID) -> HttpResponse:
    """Make a link by which the person sets a password; it is shown once."""
    person: Patient = request.patient
    name = people.identity_of(person).name
    shown: dict[str, Any] = {"name": name, "hours": HOURS, "back": reverse("patient", kwargs={"patient": patient})}
    if request.method == "POST":
        account = patient_account(person, made_by=request.user)
        try:
            token = invite(account, made_by=request.user)
        except InvitationEnded:
            return render(request, "people/invite.html", shown | {"closed": True, "login": account}, status=CONFLICT)
        latest = account.invitations.latest("made_at")
        shown |= {"link": invitation_link(request, token), "until": latest.expires_at, "login": account}
    else:
        shown["login"] = Account.objects.filter(patient=person).first()
    return render(request, "people/invite.html", shown)


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: Any, **_ids: Any) -> HttpResponse:
    """Give everything that is written of a person as an archive."""
    person: Patient = request.patient
    if request.method != "POST":
        return render(request, "people/export.html", {"name": people.identity_of(person).name})
    return archive(export_person(person, request.user, person_bundles(person, request.user)), f"record-{person.pk}.zip")


def archive(data: bytes, name: str) -> HttpResponse:
    """Return an archive to be kept, not shown."""
    answer = HttpResponse(data, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@allow(CLINICIAN, erased=True)
@require_http_methods(["GET", "HEAD"])
def audit_of_person(request: Any, **_ids: Any) -> HttpResponse:
    """Show who did what with a person's record, the latest first."""
    person = request.patient
    page = page_of(AuditRow.objects.filter(patient=person.pk).order_by("-seq"), request, 100)
    names = {
        account.pk: account.get_full_name()
        for account in Account.objects.filter(pk__in={row.actor for row in page if row.actor})
    }
    rows = [(row, names.get(row.actor or 0, "")) for row in page]
    name = None if person.erased_at else people.identity_of(person).name
    return render(request, "people/audit.html", {"rows": rows, "page": page, "name": name})
