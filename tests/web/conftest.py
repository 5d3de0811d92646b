"""The record's fixtures, and one logged-in browser a role."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from nervelight.record.models import Account, Clinic, Patient
from record.conftest import clinic, clinician, course, patient, session, unguarded

__all__ = ["clinic", "clinician", "course", "patient", "session", "unguarded"]


@pytest.fixture
def accounts(clinic: Clinic, clinician: Account, patient: Patient) -> dict[str, Account]:
    """One account a role."""
    make = Account.objects.create_user
    return {
        "clinician": clinician,
        "administrator": make("admin", "correct horse battery", name="A. Dmin", role="administrator", clinic=clinic),
        "patient": make("p-anna", "correct horse battery", role="patient", clinic=clinic, patient=patient),
    }


@pytest.fixture
def logged_in(accounts: dict[str, Account]) -> Callable[[str], Client]:
    """A browser in which an account of a role is logged in."""

    def make(role: str) -> Client:
        client = Client()
        client.force_login(accounts[role], backend="nervelight.web.accounts.backend.AccountBackend")
        return client

    return make
