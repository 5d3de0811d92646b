"""How an account is found by its session: with its clinic and whether it owes a code, in one query."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record.models import Account

__all__ = ["BACKEND", "AccountBackend"]

BACKEND = "nervelight.web.accounts.backend.AccountBackend"


class AccountBackend(BaseBackend):
    """Login name and password."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> Account | None:
        """Return the account if the password is right and the account is active."""
        del request
        if not username or password is None:
            return None
        account = Account.objects.filter(login=username.strip().lower()).first()
        if account is None:
            # An unknown name takes as long as a wrong password.
            make_password(password)
            return None
        return account if account.check_password(password) and account.is_active else None

    def get_user(self, user_id: int) -> Account | None:
        """Return an active account with its clinic and patient."""
        device = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        found = Account.objects.select_related("clinic", "patient__clinic").annotate(has_second_factor=Exists(device))
        return found.filter(pk=user_id, is_active=True).first()
