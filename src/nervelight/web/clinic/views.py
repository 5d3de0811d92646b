"""What an administrator does: settings of the clinic, accounts, the audit, erasure. No record is read here."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nervelight.errors import InvalidInput
from nervelight.record import audit, people, second_factor
from nervelight.record.accounts import (
    ChangedMeanwhile,
    ClinicFacts,
    LastOfItsRole,
    add_staff,
    change_clinic,
    close_account,
    open_account,
)
from nervelight.record.invitations import invite
from nervelight.record.models import Account, AuditRow, Clinic, Patient
from nervelight.web.access import ADMINISTRATOR, PATIENT, allow
from nervelight.web.accounts import lockout
from nervelight.web.clinic.forms import AuditForm, EraseForm, FindForm, SettingsForm, StaffForm
from nervelight.web.clinic.links import invitation_link
from nervelight.web.forms import posted

__all__ = ["account_edit", "account_new", "accounts", "audit_rows", "clinic", "erase", "find"]

ACCOUNTS_A_PAGE, ROWS_A_PAGE, FOUND = 50, 100, 20


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def clinic(request: Any) -> HttpResponse:
    """Show and change what the clinic says of itself."""
    ours: Clinic = request.user.clinic
    known = {name: getattr(ours, name) for name in ClinicFacts.__dataclass_fields__}
    form = SettingsForm(posted(request), initial={**known, "version": ours.version})
    theirs: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            change_clinic(ours, form.facts(), version=form.cleaned_data["version"], by=request.user)
        except ChangedMeanwhile as told:
            theirs = [
                (str(form.fields[name].label), getattr(told.latest, name))
                for name in known
                if getattr(told.latest, name) != form.cleaned_data[name]
            ]
            # What was typed stays; sent again, it is sent in the knowledge of theirs.
            form.data = {**request.POST.dict(), "version": str(told.latest.version)}
        else:
            messages.info(request, _("Saved."))
            return redirect("clinic")
    return render(request, "clinic/clinic.html", {"form": form, "theirs": theirs}, status=409 if theirs else 200)


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD"])
def accounts(request: Any) -> HttpResponse:
    """List the clinic's accounts: colleagues, or patients by their login names."""
    patients = request.GET.get("of") == "patients"
    ours = Account.objects.filter(clinic=request.user.clinic)
    ours = ours.filter(role=PATIENT) if patients else ours.exclude(role=PATIENT)
    # PostgreSQL takes no NUL, not even to compare.
    if wanted := request.GET.get("login", "").replace("\x00", "").strip().lower():
        ours = ours.filter(login__startswith=wanted)
    page = Paginator(ours.order_by("-is_active", "login"), ACCOUNTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "clinic/accounts.html", {"page": page, "patients": patients, "wanted": wanted})


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: Any) -> HttpResponse:
    """Make a colleague's account; its invitation is shown once."""
    form = StaffForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = form.made(lambda fields: add_staff(request.user.clinic, by=request.user, **fields))
        if made is not None:
            link = invitation_link(request, invite(made, made_by=request.user))
            return render(request, "clinic/invited.html", {"invited": made, "link": link})
    return render(request, "clinic/account_new.html", {"form": form})


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def account_edit(request: Any, account: int) -> HttpResponse:
    """Show one account and what can be done about it."""
    shown = get_object_or_404(
        Account.objects.select_related("clinic", "patient"), pk=account, clinic=request.user.clinic
    )
    if request.method == "POST":
        return _do(request, shown)
    erased = shown.patient is not None and shown.patient.erased_at is not None
    context = {
        "shown": shown,
        "erased": erased,
        "locked": lockout.is_locked(shown),
        "factor_on": second_factor.is_on(shown),
        "invited": shown.has_usable_password(),
    }
    return render(request, "clinic/account.html", context)


def _do(request: Any, shown: Account) -> HttpResponse:
    by, what = request.user, request.POST.get("do")
    try:
        if what == "close":
            close_account(shown, by=by)
            messages.info(request, _("The account is closed; whoever was logged in with it is not any more."))
        elif what == "open":
            open_account(shown, by=by)
            messages.info(request, _("The account is open again."))
        elif what == "unlock":
            lockout.unlock(shown, by=by)
            messages.info(request, _("The wrong passwords are forgotten: it can log in again."))
        elif what == "factor":
            second_factor.switch_off(shown, by=by)
            messages.info(request, _("The second factor is off; its owner can switch it on again."))
        elif what == "invite" and shown.role != PATIENT and shown.is_active:
            # Patients are invited by who treats them: an administrator reads no record.
            link = invitation_link(request, invite(shown, made_by=by))
            return render(request, "clinic/invited.html", {"invited": shown, "link": link})
        else:
            raise Http404
    except LastOfItsRole:
        messages.error(
            request, _("This is the last account of its kind that can log in. Make another one first; it stays open.")
        )
    except InvalidInput:
        messages.error(request, _("The person's data were erased; their account stays closed."))
    return redirect("account_edit", account=shown.pk)


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD"])
def audit_rows(request: Any) -> HttpResponse:
    """Show the audit, the newest first. Pages go by row number: nothing is counted."""
    form = AuditForm(request.GET)
    rows = _rows_of(request.user.clinic)
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["account"]:
            rows = rows.filter(actor=wanted["account"])
        if wanted["patient"]:
            rows = rows.filter(patient=wanted["patient"])
    else:
        rows = rows.none()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(seq__lt=int(before))
    shown = list(rows.order_by("-seq")[: ROWS_A_PAGE + 1])
    older = shown[ROWS_A_PAGE - 1].seq if len(shown) > ROWS_A_PAGE else None
    shown = shown[:ROWS_A_PAGE]
    actors = Account.objects.filter(clinic=request.user.clinic).in_bulk({row.actor for row in shown if row.actor})
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "rows": [(row, actors.get(row.actor or 0)) for row in shown],
        "older": older,
        "query": query.urlencode(),
        "later": bool(before),
    }
    return render(request, "clinic/audit.html", context)


def _rows_of(clinic: Clinic) -> Any:
    """Return the rows of one clinic; where there is one only, those of the program as well."""
    if not Clinic.objects.exclude(pk=clinic.pk).exists():
        return AuditRow.objects.all()
    people_of = Patient.objects.filter(clinic=clinic).values("pk")
    accounts_of = Account.objects.filter(clinic=clinic).values("pk")
    return AuditRow.objects.filter(Q(actor__in=accounts_of) | Q(patient__in=people_of))


@allow(ADMINISTRATOR)
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: Any) -> HttpResponse:
    """Find who is to be erased. The name is sent, and stands in no address; each person that is shown is audited."""
    form = FindForm(posted(request))
    found: list[Any] | None = None
    more, invented = False, frozenset[Any]()
    if request.method == "POST" and form.is_valid():
        ids = people.found_by_name(request.user.clinic, form.cleaned_data["name"])
        more = len(ids) > FOUND
        shown, invented = people.identities(ids[:FOUND]), people.made_up(ids[:FOUND])
        for patient in shown:
            audit.append("read", actor=request.user, patient=patient, about="find")
        found = sorted(shown.items(), key=lambda pair: pair[1].name.casefold())
    return render(request, "clinic/find.html", {"form": form, "found": found, "more": more, "made_up": invented})


@allow(ADMINISTRATOR, erased=True)
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: Any, patient: Any) -> HttpResponse:
    """Erase a person, in two steps: what it does, then the confirmation."""
    del patient
    person: Patient = request.patient
    code = str(person.pk)[:8]
    context: dict[str, Any] = {"person": person, "code": code}
    if person.erased_at is not None:
        return render(request, "clinic/erased.html", context)
    context["identity"] = people.identity_of(person)
    if request.method != "POST" and "confirm" not in request.GET:
        return render(request, "clinic/erase.html", context)
    form = EraseForm(posted(request), code=code)
    if request.method == "POST" and form.is_valid():
        login = Account.objects.filter(patient=person).first()
        with transaction.atomic():
            people.erase(person, author=request.user)
            if login is not None and second_factor.is_on(login):
                second_factor.switch_off(login, by=request.user)
        messages.info(request, _("The data of this person are erased. Nobody can read them any more, here."))
        return redirect(reverse("erase", kwargs={"patient": person.pk}))
    return render(request, "clinic/erase_confirm.html", {**context, "form": form})
