"""An invitation is good once and not for long, and its token stands nowhere."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from nervelight.record import audit, people
from nervelight.record.invitations import InvitationEnded, accept, invite, invited, patient_account
from nervelight.record.keys import KeyMissing
from nervelight.record.models import Account, AuditRow, Invitation

PASSWORD = "seven quiet lamps"


def test_a_patient_gets_one_account_whose_login_tells_nothing(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    assert re.fullmatch(r"p-[acdefghjkmnpqrtuvwxy34679]{6}", account.login)
    assert (account.role, account.name, account.patient, account.clinic) == ("patient", "", patient, patient.clinic)
    assert not account.has_usable_password()
    assert patient_account(patient, made_by=clinician) == account
    assert AuditRow.objects.filter(action="make account", patient=patient.pk, about=str(account.pk)).count() == 1


def test_a_login_name_that_is_taken_is_drawn_again(patient, clinician, monkeypatch):
    Account.objects.create_user("p-aaaaaa", None, role="clinician", clinic=patient.clinic)
    drawn = iter(["p-aaaaaa", "p-cccccc"])
    monkeypatch.setattr("nervelight.record.invitations._login", lambda: next(drawn))
    assert patient_account(patient, made_by=clinician).login == "p-cccccc"


def test_an_invitation_is_accepted_once(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    token = invite(account, made_by=clinician)
    found = invited(token)
    assert found.account == account
    assert token not in str(list(Invitation.objects.values())) + str(list(AuditRow.objects.values()))
    assert accept(found, PASSWORD).check_password(PASSWORD)
    assert invited(token) is None
    # Whoever looked at the same page at the same time still holds the same invitation.
    with pytest.raises(InvitationEnded):
        accept(found, "another password of theirs")
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert list(AuditRow.objects.order_by("-seq").values_list("action", flat=True)[:2]) == [
        "accept invitation", "invite",
    ]  # fmt: skip
    assert list(audit.verify()) == []


def test_a_new_invitation_ends_the_earlier_one(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    first, second = invite(account, made_by=clinician), invite(account, made_by=clinician)
    assert invited(first) is None
    assert invited(second) is not None


def test_an_invitation_ends_by_itself(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    token = invite(account, made_by=clinician, hours=2)
    found = invited(token)
    left = found.expires_at - timezone.now()
    assert dt.timedelta(hours=1, minutes=59) < left <= dt.timedelta(hours=2)
    Invitation.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert invited(token) is None
    with pytest.raises(InvitationEnded):
        accept(found, PASSWORD)


def test_a_closed_account_is_not_invited_and_its_invitation_ends(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    token = invite(account, made_by=clinician)
    found = invited(token)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert invited(token) is None
    with pytest.raises(InvitationEnded):
        accept(found, PASSWORD)
    with pytest.raises(InvitationEnded):
        invite(account, made_by=clinician)


def test_an_erased_person_gets_no_account(patient, clinician):
    people.erase(patient, author=clinician)
    with pytest.raises(KeyMissing):
        patient_account(patient, made_by=clinician)


@pytest.mark.parametrize("token", ["", "nothing", "ä" * 300])
def test_a_token_that_was_never_given_is_no_invitation(db, token):
    assert invited(token) is None
