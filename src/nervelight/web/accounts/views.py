"""Set-up, log-in and log-out, second factor, invitations, one's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, update_session_auth_hash
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from nervelight.record import audit
from nervelight.record.accounts import AlreadySetUp, add_staff, has_administrator, set_up
from nervelight.record.invitations import InvitationEnded, accept, invite, invited
from nervelight.record.models import Account
from nervelight.record.second_factor import is_on, switch_off
from nervelight.web.access import CLINICIAN, PATIENT, STAFF, allow, clinic_of_this_place, public
from nervelight.web.accounts import second_factor
from nervelight.web.accounts.backend import BACKEND
from nervelight.web.accounts.first import code_is_needed
from nervelight.web.accounts.forms import CodeForm, LoginForm, NewPassword, OwnForm, PasswordForm, SetUpForm
from nervelight.web.clinic.forms import FirstAdministratorForm
from nervelight.web.clinic.links import QrLink, invitation_link
from nervelight.web.forms import posted
from nervelight.web.middleware import LEFT_ALONE
from nervelight.web.phone.offline import clearing

__all__ = [
    "account",
    "administrator",
    "code",
    "factor",
    "factor_off",
    "form_too_old",
    "invitation",
    "log_in",
    "log_out",
    "password",
    "set_up_clinic",
]


class _LogIn(LoginView):
    template_name = "accounts/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say why somebody is here who was logged in before."""
        minutes = self.request.session.pop(LEFT_ALONE, None)
        return super().get_context_data(minutes=minutes, days=(minutes or 0) // (24 * 60), **kwargs)


log_in = public(_LogIn.as_view())
log_out = public(clearing(LogoutView.as_view()))


@public
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_clinic(request: HttpRequest) -> HttpResponse:
    """Make the clinic and its first clinician; there is no such page afterwards."""
    if clinic_of_this_place() is not None:
        raise Http404
    form = SetUpForm(posted(request), needs_code=code_is_needed(request))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = set_up(form.facts(), login=typed["login"], name=typed["person"], password=typed["password"])
        except AlreadySetUp:
            raise Http404 from None
        login(request, made, backend=BACKEND)
        messages.info(request, _("The clinic is set up. Next, on your account page: an administrator's account."))
        return redirect("home")
    return render(request, "accounts/setup.html", {"form": form})


@allow(*STAFF, PATIENT, before_code=True)
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second factor."""
    back = _back(request)
    if not second_factor.is_asked(request.user):
        return redirect(back)
    form, wait = CodeForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        asked = second_factor.check(request, form.cleaned_data["code"])
        if asked.right:
            return redirect(back)
        _say_wrong(form, asked)
        wait = asked.wait
    return render(request, "accounts/code.html", {"form": form, "next": back}, status=429 if wait else 200)


def _say_wrong(form: CodeForm, asked: second_factor.Asked) -> None:
    if asked.wait is None:
        form.add_error("code", _("This code is not right, or was used already. Wait for the next one."))
    else:
        time = f"{timezone.localtime(asked.wait):%H:%M:%S}"
        form.add_error(
            "code", _("Wrong codes make you wait: the next one is looked at from %(time)s on.") % {"time": time}
        )


def _back(request: HttpRequest) -> str:
    """Return where to go on: an address of this clinic, or its first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    here = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if here else "/"


@public
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let who was invited make their password, and log them in."""
    found = invited(token)
    if found is None:
        return render(request, "accounts/invitation_ended.html", status=404)
    form = NewPassword(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = accept(found, form.cleaned_data["password"])
        except InvitationEnded:
            return render(request, "accounts/invitation_ended.html", status=404)
        login(request, made, backend=BACKEND)
        messages.info(
            request, _("Your password is set. Next time, log in as %(login)s: write that down.") % {"login": made.login}
        )
        return redirect("account" if made.role == PATIENT else "home")
    return render(request, "accounts/invitation.html", {"form": form, "invited": found.account})


@allow(*STAFF, PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show and change one's own account."""
    own: Account = request.user  # type: ignore[assignment]
    form = OwnForm(posted(request), account=own)
    if request.method == "POST" and form.is_valid():
        own.language = form.cleaned_data["language"]
        own.name = form.cleaned_data.get("name", own.name)
        own.save(update_fields=["language", "name"])
        audit.append("change own account", actor=own, patient=own.patient_id, about=f"account {own.pk}")
        messages.info(request, _("Saved."))
        return redirect("account")
    without = own.role == CLINICIAN and not has_administrator(own.clinic)
    return render(
        request,
        "accounts/account.html",
        {"form": form, "factor_on": is_on(own), "without_administrator": without},
    )


@allow(*STAFF, PATIENT)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; all other sessions of the account end."""
    own: Account = request.user  # type: ignore[assignment]
    form = PasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        # Wrong ones count as wrong log-ins: a session that was left open is no place for guessing.
        if authenticate(request, username=own.login, password=form.cleaned_data["old"]) is None:
            form.add_error("old", _("This is not your password."))
        else:
            own.set_password(form.cleaned_data["password"])
            own.save(update_fields=["password"])
            audit.append("change password", actor=own, patient=own.patient_id, about=f"account {own.pk}")
            update_session_auth_hash(request, own)
            messages.info(request, _("Your password is changed. Other devices have to log in again."))
            return redirect("account")
    return render(request, "accounts/password.html", {"form": form})


@allow(*STAFF, PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def factor(request: HttpRequest) -> HttpResponse:
    """Switch the second factor on."""
    if is_on(request.user):  # type: ignore[arg-type]
        return redirect("second_factor_off")
    form = CodeForm(posted(request))
    form.fields["code"].help_text = _("Six digits that the app shows now.")
    if request.method == "POST" and form.is_valid():
        codes = second_factor.switch_on(request, form.cleaned_data["code"])
        if codes is not None:
            return render(request, "accounts/recovery_codes.html", {"codes": codes})
        form.add_error("code", _("This code does not fit the secret. Scan it again; check the clock of your phone."))
    fresh = second_factor.fresh(request)
    return render(request, "accounts/factor.html", {"form": form, "fresh": fresh, "qr": QrLink(fresh.url).picture})


@allow(*STAFF, PATIENT)
@require_http_methods(["GET", "HEAD", "POST"])
def factor_off(request: HttpRequest) -> HttpResponse:
    """Switch the second factor off, with a code of it."""
    own: Account = request.user  # type: ignore[assignment]
    if not is_on(own):
        return redirect("second_factor")
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        asked = second_factor.check(request, form.cleaned_data["code"])
        if asked.right:
            switch_off(own, by=own)
            messages.info(request, _("The second factor is off: your password alone opens your account."))
            return redirect("account")
        _say_wrong(form, asked)
    return render(request, "accounts/factor_off.html", {"form": form})


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def administrator(request: HttpRequest) -> HttpResponse:
    """Invite an administrator, while the clinic has none that can log in."""
    own: Account = request.user  # type: ignore[assignment]
    if has_administrator(own.clinic):
        raise Http404
    form = FirstAdministratorForm(posted(request))
    if request.method == "POST" and form.is_valid():
        made = form.made(lambda fields: add_staff(own.clinic, role=Account.Role.ADMINISTRATOR, by=own, **fields))
        if made is not None:
            token = invite(made, made_by=own)
            return render(request, "clinic/invited.html", {"invited": made, "link": invitation_link(request, token)})
    return render(request, "accounts/administrator.html", {"form": form})


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do about a form that was made for another session."""
    del reason
    return render(request, "accounts/form_too_old.html", status=403)
