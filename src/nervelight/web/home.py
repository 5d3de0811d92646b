"""Where an account begins."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from nervelight.record.models import Account
from nervelight.web.access import clinic_of_this_place, public

__all__ = ["home"]

_FIRST_PAGE = {Account.Role.CLINICIAN: "work", Account.Role.PATIENT: "today", Account.Role.ADMINISTRATOR: "clinic"}


@public
def home(request: HttpRequest) -> HttpResponse:
    """Lead to set-up, log-in, or the first page of the account's role."""
    if request.user.is_authenticated:
        return redirect(_FIRST_PAGE[Account.Role(request.user.role)])
    return redirect("login" if clinic_of_this_place() else "setup")
