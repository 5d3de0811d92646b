"""Wrong passwords: what is kept of them, and what who is locked out sees."""

from __future__ import annotations

import math
from typing import Any

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac

from nervelight.record import audit
from nervelight.record.models import Account

__all__ = ["hashed_login", "is_locked", "locked", "unlock"]


def hashed_login(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return what wrong passwords are counted under: a hash, since people type names and passwords into this field.

    However a login name is typed, it is one name.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return _hash(str(typed))


def _hash(login: str) -> str:
    return salted_hmac("nervelight.lockout", login.strip().lower(), algorithm="sha256").hexdigest()[:32]


def locked(request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """Say how long to wait."""
    last = AccessAttempt.objects.filter(
        username=hashed_login(request, credentials),
        ip_address=request.axes_ip_address,  # type: ignore[attr-defined]
    ).aggregate(last=Max("attempt_time"))["last"]
    wait = get_cool_off(request)
    left = wait if last is None else last + wait - timezone.now()
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    return render(request, "accounts/locked.html", {"minutes": minutes}, status=429)


def is_locked(account: Account) -> bool:
    """Return whether the account cannot log in from somewhere after wrong passwords."""
    from django.conf import settings

    tried = AccessAttempt.objects.filter(
        username=_hash(account.login),
        attempt_time__gt=timezone.now() - get_cool_off(),
        failures_since_start__gte=settings.AXES_FAILURE_LIMIT,
    )
    return bool(tried.exists())


def unlock(account: Account, *, by: Account) -> None:
    """Forget the wrong passwords of an account."""
    reset(username=_hash(account.login))
    audit.append("unlock account", actor=by, patient=account.patient_id, about=account.pk)
