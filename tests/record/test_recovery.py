"""Back into an account by command: once, in the audit, and never unsaid where it cannot be."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from click.testing import CliRunner, Result
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.cli.account import account
from nervelight.errors import InvalidInput, UnknownName
from nervelight.record import audit, second_factor
from nervelight.record.invitations import accept, invite, invited
from nervelight.record.models import Account, AuditRow

NEW = "four loud lamps there"
LINK = re.compile(r"^https://clinic\.example/invitation/([\w-]{43})/\n$")


def call(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(account, arguments, input=typed)


def actions() -> list[tuple[str, int | None, str]]:
    return list(AuditRow.objects.order_by("seq").values_list("action", "actor", "about"))


def test_a_link_gives_a_new_password_once(clinician):
    about = f"account {clinician.pk}"
    answer = call("new-password", " Doctor", "--site", "https://clinic.example/")
    assert answer.exit_code == 0
    assert "Good once and for 1 hour, for doctor" in answer.stderr
    token = LINK.match(answer.stdout)[1]
    assert Account.objects.get(pk=clinician.pk).check_password("correct horse battery")
    accept(invited(token), NEW)
    assert Account.objects.get(pk=clinician.pk).check_password(NEW)
    assert invited(token) is None
    assert actions() == [
        ("recover account", None, about), ("invite", None, about), ("accept invitation", clinician.pk, about),
    ]  # fmt: skip
    assert not any(NEW in str(row) or token in str(row) for row in AuditRow.objects.values())
    assert list(audit.verify()) == []


def test_a_link_is_not_good_for_longer_than_said(clinician):
    token = LINK.match(call("new-password", "doctor", "--site", "https://clinic.example", "--hours", "2").stdout)[1]
    found = invited(token)
    assert found.expires_at - found.made_at < dt.timedelta(hours=2, seconds=10)
    assert call("new-password", "doctor", "--hours", "73").exit_code == 2


def test_a_password_that_is_typed_holds_and_ends_links_from_before(clinician):
    before = invite(clinician, made_by=None)
    answer = call("new-password", "doctor", "--prompt", typed=f"{NEW}\n{NEW}\n")
    assert answer.exit_code == 0
    assert NEW not in answer.output
    assert Account.objects.get(pk=clinician.pk).check_password(NEW)
    assert invited(before) is None
    assert actions()[-1] == ("recover account", None, f"account {clinician.pk}")


def test_the_second_factor_goes_with_its_recovery_codes_once_somebody_said_so(clinician):
    TOTPDevice.objects.create(user=clinician, name="app", confirmed=True)
    StaticDevice.objects.create(user=clinician, name="recovery", confirmed=True)
    assert call("factor-off", "doctor", typed="n\n").exit_code == 1
    assert second_factor.is_on(clinician)
    assert call("factor-off", "doctor", typed="y\n").exit_code == 0
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    assert actions() == [("switch off second factor", None, f"account {clinician.pk}")]


@pytest.mark.parametrize(
    ("arguments", "typed", "problem", "said"),
    [
        (("new-password", "docter"), "", UnknownName, "did you mean 'doctor'"),
        (("factor-off", "nobody", "--yes"), "", UnknownName, "unknown login name"),
        (("new-password", "gone"), "", InvalidInput, "an account that is open"),
        (("factor-off", "doctor", "--yes"), "", InvalidInput, "an account that is asked for a code"),
        (("new-password", "doctor", "--prompt"), "short\nshort\n", InvalidInput, "too short"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(clinician, arguments, typed, problem, said):
    Account.objects.create_user("gone", "x", role="clinician", clinic=clinician.clinic, is_active=False)
    raised = call(*arguments, typed=typed).exception
    assert isinstance(raised, problem)
    assert said in str(raised)
    assert "short\n" not in str(raised)
    assert actions() == []
    assert Account.objects.get(pk=clinician.pk).check_password("correct horse battery")


def test_a_site_that_is_no_address_is_a_wrong_call(clinician):
    assert call("new-password", "doctor", "--site", "clinic.example").exit_code == 2


def test_the_list_has_staff_and_no_patient(clinician, patient):
    make, clinic = Account.objects.create_user, clinician.clinic
    make("admin", None, name="A. Dmin", role="administrator", clinic=clinic)
    make("p-anna", "x", role="patient", clinic=clinic, patient=patient)
    TOTPDevice.objects.create(user=clinician, name="app", confirmed=True)
    found = json.loads(call("list", "--json").stdout)
    assert [(each["login"], each["state"], each["second_factor"]) for each in found] == [
        ("admin", "no password yet", False), ("doctor", "open", True),
    ]  # fmt: skip
    shown = call("list").output
    assert "doctor" in shown
    assert "second factor" in shown
    assert "p-anna" not in shown
