"""The clinic is set up once, changed by one at a time, and never without somebody who can run it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nervelight.errors import InvalidInput
from nervelight.record import audit, people
from nervelight.record.accounts import (
    AlreadySetUp,
    ChangedMeanwhile,
    ClinicFacts,
    LastOfItsRole,
    add_staff,
    change_clinic,
    close_account,
    has_administrator,
    open_account,
    set_up,
)
from nervelight.record.invitations import accept, invite, invited, patient_account
from nervelight.record.models import Account, AuditRow, Clinic

FACTS = ClinicFacts("Pain clinic", "112", "+49 30 1234", "Mon to Fri, 8 to 16", "Europe/Berlin", "en")
PASSWORD = "seven quiet lamps"


def test_the_clinic_is_set_up_once(db):
    first = set_up(FACTS, login="doctor", name="Dr B", password=PASSWORD)
    assert (first.role, first.clinic.emergency_number, first.check_password(PASSWORD)) == ("clinician", "112", True)
    with pytest.raises(AlreadySetUp):
        set_up(FACTS, login="other", name="Dr C", password=PASSWORD)
    assert Clinic.objects.count() == Account.objects.count() == 1
    assert list(AuditRow.objects.order_by("seq").values_list("action", flat=True)) == ["set up", "make account"]
    assert list(audit.verify()) == []


RACE = """
import threading
from nervelight.record.home import prepare_home, start_django
prepare_home(); start_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from nervelight.record.accounts import AlreadySetUp, ClinicFacts, set_up
from nervelight.record.models import Account, Clinic
connection.close()
together, came = threading.Barrier(4), []
def one(number):
    together.wait()
    try:
        set_up(ClinicFacts("A", "112", "1", "", "UTC", "en"), login=f"doctor{number}", name="D", password="x" * 12)
        came.append("made")
    except AlreadySetUp:
        came.append("refused")
    connection.close()
threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
[each.start() for each in threads]; [each.join() for each in threads]
print(sorted(came), Clinic.objects.count(), Account.objects.count())
"""


def test_of_four_that_set_up_at_once_one_does(tmp_path):
    place = {**os.environ, "NERVELIGHT_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nervelight.web.settings"}
    place.pop("NERVELIGHT_DATABASE_URL", None)
    done = subprocess.run([sys.executable, "-c", RACE], env=place, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "['made', 'refused', 'refused', 'refused'] 1 1", done.stderr


def test_whoever_changes_what_was_changed_meanwhile_is_told_so(clinic, clinician):
    mine = ClinicFacts("Mine", "112", "1", "", "Europe/Berlin", "en")
    theirs = ClinicFacts("Theirs", "999", "2", "", "Europe/London", "en")
    assert change_clinic(clinic, theirs, version=1, by=clinician).version == 2
    with pytest.raises(ChangedMeanwhile) as told:
        change_clinic(clinic, mine, version=1, by=clinician)
    assert told.value.latest.name == "Theirs"
    assert change_clinic(clinic, mine, version=2, by=clinician).name == "Mine"
    assert AuditRow.objects.filter(action="change clinic").count() == 2


def test_a_colleague_logs_in_only_after_the_invitation(clinic, clinician):
    made = add_staff(clinic, login="boss", name="B. Oss", role="administrator", by=clinician)
    assert not has_administrator(clinic)
    accept(invited(invite(made, made_by=clinician)), PASSWORD)
    assert has_administrator(clinic)


@pytest.mark.parametrize(("login", "role", "path"), [("doctor", "clinician", "login"), ("new", "patient", "role")])
def test_a_login_name_is_had_once_and_patients_are_no_colleagues(clinic, clinician, login, role, path):
    with pytest.raises(InvalidInput) as told:
        add_staff(clinic, login=login, name="N", role=role, by=clinician)
    assert [fault.path for fault in told.value.faults] == [path]


def test_the_last_of_a_role_that_can_log_in_stays_open(clinic, clinician):
    second = add_staff(clinic, login="second", name="S", role="clinician", by=clinician)
    # Invited, and not able to log in yet.
    with pytest.raises(LastOfItsRole):
        close_account(clinician, by=clinician)
    second.set_password(PASSWORD)
    second.save()
    close_account(clinician, by=second)
    assert not Account.objects.get(pk=clinician.pk).is_active
    with pytest.raises(LastOfItsRole):
        close_account(second, by=second)
    open_account(clinician, by=second)
    assert Account.objects.get(pk=clinician.pk).is_active


def test_a_patients_account_is_closed_and_opened_but_not_after_erasure(patient, clinician):
    account = patient_account(patient, made_by=clinician)
    close_account(account, by=clinician)
    open_account(account, by=clinician)
    people.erase(patient, author=clinician)
    with pytest.raises(InvalidInput):
        open_account(Account.objects.select_related("patient").get(pk=account.pk), by=clinician)
