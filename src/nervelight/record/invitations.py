"""Invitations: a link by which somebody makes their own password, so that nobody else ever knows it."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from nervelight.errors import NervelightError
from nervelight.record import audit, keys
from nervelight.record.models import Account, Invitation, Patient

__all__ = ["HOURS", "InvitationEnded", "accept", "end_invitations", "invite", "invited", "patient_account"]

HOURS = 72
"""How long an invitation is good when nobody says otherwise: over a weekend."""
# Without letters and digits that are taken for each other when they are copied by hand.
_LETTERS = "acdefghjkmnpqrtuvwxy34679"
_LOGIN_LENGTH = 6
_TRIES = 5
_TOKEN_BYTES = 32


class InvitationEnded(NervelightError):
    """An invitation that was used, has expired, was replaced, or is of an account that was closed."""


def patient_account(patient: Patient, *, made_by: Account | None) -> Account:
    """Return the account of a patient, made if it is missing, with a login name that tells nothing of them.

    Nobody can log in with it before its invitation was accepted.

    Raises
    ------
    KeyMissing
        If the person was erased.
    """
    if patient.erased_at is not None:
        raise keys.KeyMissing("this person's data were erased")
    for tries_left in reversed(range(_TRIES)):
        if known := Account.objects.select_related("clinic").filter(patient=patient).first():
            return known
        try:
            with transaction.atomic():
                account = Account.objects.create_user(
                    _login(), None, role=Account.Role.PATIENT, clinic=patient.clinic, patient=patient
                )
                audit.append("make account", actor=made_by, patient=patient.pk, about=f"account {account.pk}")
                return account
        except IntegrityError:
            # The login name is taken, or somebody made the account at the same moment: look again.
            if not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def _login() -> str:
    return "p-" + "".join(secrets.choice(_LETTERS) for _ in range(_LOGIN_LENGTH))


def invite(account: Account, *, made_by: Account | None, hours: int = HOURS) -> str:
    """Return the token of a new invitation; earlier ones of the account end. Only the token's hash is stored.

    Raises
    ------
    InvitationEnded
        If the account is closed.
    """
    token, now = secrets.token_urlsafe(_TOKEN_BYTES), timezone.now()
    with transaction.atomic():
        # Held until the end: of two invitations at once, the first one ends.
        if not Account.objects.select_for_update().filter(pk=account.pk, is_active=True).exists():
            raise InvitationEnded("the account is closed")
        end_invitations(account)
        Invitation.objects.create(
            token_hash=_hash(token), account=account, made_by=made_by, expires_at=now + dt.timedelta(hours=hours)
        )
        audit.append("invite", actor=made_by, patient=account.patient_id, about=f"account {account.pk}")
    return token


def end_invitations(account: Account) -> None:
    """Let the links of an account that were not used open nothing any more."""
    now = timezone.now()
    Invitation.objects.filter(account=account, used_at=None, expires_at__gt=now).update(expires_at=now)


def invited(token: str) -> Invitation | None:
    """Return the invitation of a token, with account and clinic, while it can be accepted."""
    found = Invitation.objects.select_related("account__clinic").filter(
        token_hash=_hash(token), used_at=None, expires_at__gt=timezone.now(), account__is_active=True
    )
    return found.first()


def accept(invitation: Invitation, password: str) -> Account:
    """Give the account its password. An invitation is accepted once, also by two at the same moment.

    Raises
    ------
    InvitationEnded
        If it was used, replaced or has expired meanwhile.
    """
    # Slow on purpose: before the transaction, in which others wait.
    made, now = make_password(password), timezone.now()
    with transaction.atomic():
        taken = Invitation.objects.filter(
            pk=invitation.pk, used_at=None, expires_at__gt=now, account__is_active=True
        ).update(used_at=now)
        if not taken:
            raise InvitationEnded("this invitation was used, replaced, or has expired")
        account = Account.objects.select_related("clinic").get(pk=invitation.account_id)
        account.password = made
        account.save(update_fields=["password"])
        audit.append("accept invitation", actor=account, patient=account.patient_id, about=f"account {account.pk}")
    return account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
