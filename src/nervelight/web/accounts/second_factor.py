"""The second factor: a code of an authenticator app, or one of ten recovery codes, asked for after the password."""

from __future__ import annotations

import datetime as dt
import time
from base64 import b32encode
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django_otp import login as remember_device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from nervelight.record import audit
from nervelight.record.models import Account

__all__ = ["RECOVERY_CODES", "Asked", "Fresh", "check", "fresh", "is_asked", "is_on", "switch_off", "switch_on"]

RECOVERY_CODES = 10
# Where the secret waits until a code has shown that the app has it.
_WAITING = "second_factor_key"


@dataclass(frozen=True)
class Fresh:
    """A secret that no account has yet."""

    secret: str
    """As it is typed into an app, in groups of four."""
    url: str
    """What the QR code says."""


@dataclass(frozen=True)
class Asked:
    """What came of a code."""

    right: bool
    wait: dt.datetime | None = None
    """Until when no code is looked at, after wrong ones."""


def is_on(account: Account) -> bool:
    """Return whether the account must give a code."""
    known = getattr(account, "has_second_factor", None)
    return TOTPDevice.objects.filter(user=account, confirmed=True).exists() if known is None else bool(known)


def is_asked(account: Any) -> bool:
    """Return whether the account's session still owes a code; no page opens before."""
    return not account.is_verified() and is_on(account)


def fresh(request: Any) -> Fresh:
    """Return the secret that waits in the session, made if there is none."""
    key = request.session.setdefault(_WAITING, default_key())
    device = TOTPDevice(user=request.user, key=key)
    secret = b32encode(device.bin_key).decode()
    return Fresh(" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)), device.config_url)


def switch_on(request: Any, code: str) -> list[str] | None:
    """Switch it on if the code is one of the waiting secret; return the recovery codes, which are shown once."""
    account, key = request.user, request.session.get(_WAITING)
    if key is None or not _fits(key, code):
        return None
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        _remove(account)
        device = TOTPDevice.objects.create(user=account, name="app", key=key, confirmed=True)
        # Used up: the code that was just read over a shoulder opens nothing.
        device.verify_token(code)
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        kept = StaticDevice.objects.create(user=account, name="recovery", confirmed=True)
        StaticToken.objects.bulk_create(StaticToken(device=kept, token=each) for each in codes)
        audit.append("switch on second factor", actor=account, patient=account.patient_id, about=account.pk)
    del request.session[_WAITING]
    remember_device(request, device)
    request.session.cycle_key()
    return codes


def _fits(key: str, code: str) -> bool:
    if not _digits(code):
        return False
    device = TOTPDevice(key=key)
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time()
    return bool(clock.verify(int(code), device.tolerance))


def _digits(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


def check(request: Any, code: str) -> Asked:
    """Look at a code. Each wrong one doubles the time until the next is looked at; none is good twice."""
    account = request.user
    kind: Any = TOTPDevice if _digits(code) else StaticDevice
    with transaction.atomic():
        device = kind.objects.select_for_update().filter(user=account, confirmed=True).first()
        if device is None:
            return Asked(False)
        free, why = device.verify_is_allowed()
        if not free:
            return Asked(False, why["locked_until"])
        right = device.verify_token(code)
        audit.append(
            "second factor" if right else "second factor refused",
            actor=account,
            patient=account.patient_id,
            about="recovery code" if kind is StaticDevice else "",
        )
    if right:
        remember_device(request, device)
        request.session.cycle_key()
    return Asked(right)


def switch_off(account: Account, *, by: Account) -> None:
    """Ask the account for no code from now on."""
    with transaction.atomic():
        _remove(account)
        audit.append("switch off second factor", actor=by, patient=account.patient_id, about=account.pk)


def _remove(account: Account) -> None:
    TOTPDevice.objects.filter(user=account).delete()
    StaticDevice.objects.filter(user=account).delete()
