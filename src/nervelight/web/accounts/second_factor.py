"""The second factor: a code of an authenticator app, or one of ten recovery codes, asked for after the password."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from base64 import b32encode
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django_otp import login as remember_device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken

from nervelight.record import audit, keys
from nervelight.record.models import Account, AppDevice, RecoveryDevice, place_of_secret
from nervelight.record.second_factor import is_on, remove

__all__ = ["RECOVERY_CODES", "Asked", "Fresh", "check", "fresh", "is_asked", "switch_on"]

RECOVERY_CODES = 10
# Bytes of a secret: as many as RFC 4226 recommends.
SECRET = 20
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


def is_asked(account: Any) -> bool:
    """Return whether the account's session still owes a code; no page opens before."""
    return not account.is_verified() and is_on(account)


def fresh(request: Any) -> Fresh:
    """Return the secret that waits in the session, made if there is none."""
    key = _waiting(request)
    if key is None:
        key = keys.seal_secret(secrets.token_bytes(SECRET), place_of_secret(request.user.pk))
        request.session[_WAITING] = key
    device = AppDevice(user=request.user, key=key)
    secret = b32encode(device.bin_key).decode()
    return Fresh(" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)), device.config_url)


def switch_on(request: Any, code: str) -> list[str] | None:
    """Switch it on if the code is one of the waiting secret; return the recovery codes, which are shown once."""
    account, key = request.user, _waiting(request)
    if key is None or not _fits(AppDevice(user=account, key=key), code):
        return None
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        remove(account)
        device = AppDevice.objects.create(user=account, name="app", key=key, confirmed=True)
        # Used up: the code that was just read over a shoulder opens nothing.
        device.verify_token(code)
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        kept = RecoveryDevice.objects.create(user=account, name="recovery", confirmed=True)
        place = place_of_secret(account.pk)
        StaticToken.objects.bulk_create(StaticToken(device=kept, token=keys.code_token(each, place)) for each in codes)
        audit.append(
            "switch on second factor", actor=account, patient=account.patient_id, about=f"account {account.pk}"
        )
    del request.session[_WAITING]
    remember_device(request, device)
    request.session.cycle_key()
    return codes


def _waiting(request: Any) -> str | None:
    key = request.session.get(_WAITING)
    # One that an earlier version left there is plain: another is made.
    return key if isinstance(key, str) and key.startswith(keys.SEALED) else None


def _fits(device: AppDevice, code: str) -> bool:
    if not _digits(code):
        return False
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits)
    clock.time = time.time()
    return bool(clock.verify(int(code), device.tolerance))


def _digits(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


def check(request: Any, code: str) -> Asked:
    """Look at a code. Each wrong one doubles the time until the next is looked at; none is good twice."""
    account = request.user
    kind: Any = AppDevice if _digits(code) else RecoveryDevice
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
            about="recovery code" if kind is RecoveryDevice else "",
        )
    if right:
        remember_device(request, device)
        request.session.cycle_key()
    return Asked(right)
