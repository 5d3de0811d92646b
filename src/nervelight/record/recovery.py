"""Back into an account whose password or second factor is lost, for whoever has the machine of the clinic.

Where somebody else can log in, they help: an administrator invites staff again and switches second factors off, a
clinician invites patients. This is for the account that nobody else can help. Whoever can run it has database and site
key already; that it was done is a row of the audit, by nobody who is logged in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.record import audit, second_factor
from nervelight.record.invitations import end_invitations, invite
from nervelight.record.models import Account

__all__ = [
    "RECOVERY_HOURS",
    "StaffAccount",
    "account_called",
    "recovery_token",
    "set_new_password",
    "staff_accounts",
    "switch_off_factor",
]

RECOVERY_HOURS = 1
"""How long a link is good that is made where it is used."""


@dataclass(frozen=True)
class StaffAccount:
    """An account of staff."""

    login: str
    name: str
    role: str
    state: str
    """``open``, ``no password yet`` or ``closed``."""
    second_factor: bool


def staff_accounts() -> Iterator[StaffAccount]:
    """Yield the accounts of staff, by login name. Those of patients are not listed."""
    for each in Account.objects.exclude(role=Account.Role.PATIENT).order_by("login"):
        state = "closed" if not each.is_active else "open" if each.has_usable_password() else "no password yet"
        yield StaffAccount(each.login, each.name, each.role, state, second_factor.is_on(each))


def account_called(login: str) -> Account:
    """Return an account by its login name, however it is typed.

    Raises
    ------
    UnknownName
        If nobody is called so.
    InvalidInput
        If the account is closed: whoever closed it had a reason.
    """
    try:
        found = Account.objects.get_by_natural_key(login)
    except Account.DoesNotExist:
        raise UnknownName("login name", login, [each.login for each in staff_accounts()]) from None
    if not found.is_active:
        raise InvalidInput(
            "account", [Fault(login, "closed", "an account that is open", "an administrator opens it on its page")]
        )
    return found


def recovery_token(account: Account, *, hours: int = RECOVERY_HOURS) -> str:
    """Return the token of a link by which the account gets a new password; the old one is good until then.

    Raises
    ------
    InvitationEnded
        If the account was closed meanwhile.
    """
    with transaction.atomic():
        audit.append("recover account", actor=None, patient=account.patient_id, about=f"account {account.pk}")
        return invite(account, made_by=None, hours=hours)


def set_new_password(account: Account, password: str) -> None:
    """Give the account a password; it is logged out everywhere, and links that were not used end.

    Raises
    ------
    InvalidInput
        If the password is too weak.
    """
    try:
        validate_password(password, account)
    except ValidationError as problem:
        # Never the password itself.
        raise InvalidInput("password", [Fault("password", None, said) for said in problem.messages]) from None
    account.set_password(password)
    with transaction.atomic():
        account.save(update_fields=["password"])
        end_invitations(account)
        audit.append("recover account", actor=None, patient=account.patient_id, about=f"account {account.pk}")


def switch_off_factor(account: Account) -> None:
    """Ask the account for no code from now on.

    Raises
    ------
    InvalidInput
        If it is asked for none.
    """
    if not second_factor.is_on(account):
        raise InvalidInput("account", [Fault(account.login, "no second factor", "an account that is asked for a code")])
    second_factor.switch_off(account, by=None)
