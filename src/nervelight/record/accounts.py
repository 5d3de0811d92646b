"""Accounts of a clinic and what the clinic says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from nervelight.errors import Fault, InvalidInput, NervelightError
from nervelight.record import audit
from nervelight.record.models import Account, Clinic

__all__ = [
    "AlreadySetUp",
    "ChangedMeanwhile",
    "ClinicFacts",
    "LastOfItsRole",
    "add_staff",
    "change_clinic",
    "close_account",
    "has_administrator",
    "open_account",
    "set_up",
]


class AlreadySetUp(NervelightError):
    """There is a clinic already: the first account is made once."""


class ChangedMeanwhile(NervelightError):
    """Somebody else changed the clinic first; `latest` is theirs."""

    def __init__(self, latest: Clinic) -> None:
        self.latest = latest
        super().__init__("somebody else has changed this meanwhile; look at theirs, then decide")


class LastOfItsRole(NervelightError):
    """The account is the last one of its role that can log in: without it nobody could do what it does."""


@dataclass(frozen=True)
class ClinicFacts:
    """What a clinic says of itself. Nothing here has a default: a wrong emergency number is worse than none."""

    name: str
    emergency_number: str
    phone: str
    opening_hours: str
    time_zone: str
    language: str


def set_up(facts: ClinicFacts, *, login: str, name: str, password: str) -> Account:
    """Make the clinic and its first clinician, once, also when two try at the same moment.

    Raises
    ------
    AlreadySetUp
        If there is a clinic.
    """
    with transaction.atomic():
        # Takes the turn of whoever writes, on either database: what is looked at next holds until the end.
        audit.append("set up", actor=None)
        if Clinic.objects.exists():
            raise AlreadySetUp("the clinic is set up already")
        clinic = Clinic.objects.create(**vars(facts))
        account = Account.objects.create_user(login, password, name=name, role=Account.Role.CLINICIAN, clinic=clinic)
        audit.append("make account", actor=account, about=account.pk)
    return account


def change_clinic(clinic: Clinic, facts: ClinicFacts, *, version: int, by: Account) -> Clinic:
    """Change what the clinic says of itself, if nobody else has since `version`.

    Raises
    ------
    ChangedMeanwhile
        If somebody else was first.
    """
    with transaction.atomic():
        changed = Clinic.objects.filter(pk=clinic.pk, version=version).update(version=F("version") + 1, **vars(facts))
        latest = Clinic.objects.get(pk=clinic.pk)
        if not changed:
            raise ChangedMeanwhile(latest)
        audit.append("change clinic", actor=by, about=f"version {latest.version}")
    return latest


def add_staff(clinic: Clinic, *, login: str, name: str, role: str, by: Account) -> Account:
    """Make an account of a colleague. Nobody can log in with it before its invitation was accepted.

    Raises
    ------
    InvalidInput
        If the login name is taken, or the role is a patient's.
    """
    if role not in (Account.Role.CLINICIAN, Account.Role.ADMINISTRATOR):
        raise InvalidInput("account", [Fault("role", role, "clinician or administrator")])
    try:
        with transaction.atomic():
            account = Account.objects.create_user(login, None, name=name, role=role, clinic=clinic)
            audit.append("make account", actor=by, about=account.pk)
    except IntegrityError:
        raise InvalidInput("account", [Fault("login", login, "a login name that nobody has")]) from None
    return account


def close_account(account: Account, *, by: Account) -> None:
    """Close an account: its sessions end, its entries stay.

    Raises
    ------
    LastOfItsRole
        If nobody else could do what it does.
    """
    with transaction.atomic():
        # All of the role are held: of two that are closed at the same moment, one stays open.
        able = set(_able(account.clinic, account.role).select_for_update().values_list("pk", flat=True))
        if account.role != Account.Role.PATIENT and able == {account.pk}:
            raise LastOfItsRole("the last account of its role that can log in stays open")
        Account.objects.filter(pk=account.pk).update(is_active=False)
        audit.append("close account", actor=by, patient=account.patient_id, about=account.pk)
    account.is_active = False


def open_account(account: Account, *, by: Account) -> None:
    """Open an account again that was closed; its password is the one it had.

    Raises
    ------
    InvalidInput
        If it is the account of a person who was erased.
    """
    if account.patient is not None and account.patient.erased_at is not None:
        raise InvalidInput("account", [Fault("patient", str(account.patient_id), "a person who was not erased")])
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(is_active=True)
        audit.append("open account", actor=by, patient=account.patient_id, about=account.pk)
    account.is_active = True


def has_administrator(clinic: Clinic) -> bool:
    """Return whether some administrator of the clinic can log in."""
    return _able(clinic, Account.Role.ADMINISTRATOR).exists()


def _able(clinic: Clinic, role: str) -> QuerySet[Account]:
    # Who was invited and has not made a password yet cannot log in.
    return Account.objects.filter(clinic=clinic, role=role, is_active=True).exclude(
        password__startswith=UNUSABLE_PASSWORD_PREFIX
    )
