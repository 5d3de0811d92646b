"""The second factor of an account, as the record keeps it; `nervelight.web.accounts.second_factor` asks for it."""

from __future__ import annotations

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import audit
from nervelight.record.models import Account

__all__ = ["is_on", "remove", "switch_off"]


def is_on(account: Account) -> bool:
    """Return whether the account must give a code."""
    known = getattr(account, "has_second_factor", None)
    return TOTPDevice.objects.filter(user=account, confirmed=True).exists() if known is None else bool(known)


def switch_off(account: Account, *, by: Account | None) -> None:
    """Ask the account for no code from now on; `by` is None for whoever has the machine."""
    with transaction.atomic():
        remove(account)
        audit.append("switch off second factor", actor=by, patient=account.patient_id, about=f"account {account.pk}")


def remove(account: Account) -> None:
    """Forget the secret and the recovery codes of an account."""
    TOTPDevice.objects.filter(user=account).delete()
    StaticDevice.objects.filter(user=account).delete()
