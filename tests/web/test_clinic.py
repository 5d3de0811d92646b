"""What an administrator does: settings, accounts, audit, erasure."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import audit, people
from nervelight.record.contents import Identity
from nervelight.record.invitations import invite
from nervelight.record.keys import KeyMissing
from nervelight.record.models import Account, AuditRow, Clinic, Patient
from nervelight.web.clinic.links import QrLink

PASSWORD = "correct horse battery"
SETTINGS = {
    "name": "New name", "emergency_number": "999", "phone": "+44 20 1", "opening_hours": "", "language": "en",
    "time_zone": "Europe/London", "version": "1",
}  # fmt: skip


@pytest.fixture
def admin(logged_in) -> Client:
    return logged_in("administrator")


def last_row() -> AuditRow:
    return AuditRow.objects.order_by("-seq").first()


# ---- settings


def test_the_clinic_is_changed_and_audited(admin, clinic):
    assert "112" in admin.get("/clinic/").content.decode()
    assert admin.post("/clinic/", SETTINGS).status_code == 302
    clinic.refresh_from_db()
    assert (clinic.emergency_number, clinic.time_zone, clinic.version) == ("999", "Europe/London", 2)
    assert (last_row().action, last_row().about) == ("change clinic", "version 2")


def test_two_who_change_it_see_each_others_and_lose_nothing(admin, clinic):
    admin.post("/clinic/", {**SETTINGS, "name": "Theirs"})
    answer = admin.post("/clinic/", {**SETTINGS, "name": "Mine"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "<strong>Theirs</strong>" in page
    assert 'value="Mine"' in page
    assert Clinic.objects.get().name == "Theirs"
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    assert admin.post("/clinic/", {**SETTINGS, "name": "Mine", "version": version}).status_code == 302
    assert Clinic.objects.get().name == "Mine"


@pytest.mark.parametrize(
    ("field", "value"), [("emergency_number", ""), ("phone", "none"), ("time_zone", "X/Y"), ("version", "first")]
)
def test_wrong_settings_are_told_and_not_saved(admin, clinic, field, value):
    answer = admin.post("/clinic/", {**SETTINGS, field: value})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Clinic.objects.get().version == 1


# ---- accounts


def test_accounts_are_listed_by_kind_and_found_by_their_login(admin, accounts):
    page = admin.get("/clinic/accounts/").content.decode()
    assert "doctor" in page
    assert "p-anna" not in page
    page = admin.get("/clinic/accounts/?of=patients").content.decode()
    assert "p-anna" in page
    # Their names stand in the record, which no administrator opens.
    assert "Anna Maria" not in page
    assert "doctor" in admin.get("/clinic/accounts/?login=DOC").content.decode()
    assert "doctor" not in admin.get("/clinic/accounts/?login=adm&page=9").content.decode()


def test_many_accounts_come_in_pages(admin, clinic, django_assert_max_num_queries):
    Account.objects.bulk_create(
        Account(login=f"colleague{number:03}", role="clinician", clinic=clinic, password="!") for number in range(120)
    )
    with django_assert_max_num_queries(8):
        first = admin.get("/clinic/accounts/?login=coll")
    assert len(first.context["page"]) == 50
    assert "page=2" in first.content.decode()
    assert len(admin.get("/clinic/accounts/?login=coll&page=3").context["page"]) == 20


def test_a_colleague_is_invited_by_a_link_that_is_shown_once(admin, clinic):
    page = admin.post("/clinic/accounts/new/", {"name": "Dr C", "login": "carla", "role": "clinician"}).content.decode()
    address = re.search(r"http://testserver(/invitation/[\w-]+/)", page)[1]
    assert 'src="data:image/svg+xml;' in page
    made = Account.objects.get(login="carla")
    assert address not in admin.get(f"/clinic/accounts/{made.pk}/").content.decode()
    other = Client()
    other.post(address, {"password": "seven quiet lamps", "again": "seven quiet lamps"})
    assert other.get("/account/").context["account"] == made


@pytest.mark.parametrize(
    ("field", "value"),
    [("login", "doctor"), ("login", "p-abcdef"), ("login", "Ä"), ("role", "patient"), ("role", ""), ("name", "")],
)
def test_an_account_that_cannot_be_made_is_told_so(admin, accounts, field, value):
    answer = admin.post("/clinic/accounts/new/", {"name": "N", "login": "new", "role": "clinician", field: value})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert Account.objects.count() == 3


def test_an_account_is_closed_opened_and_the_last_one_stays(admin, accounts):
    address = f"/clinic/accounts/{accounts['patient'].pk}/"
    client = Client()
    client.force_login(accounts["patient"], backend="nervelight.web.accounts.backend.AccountBackend")
    assert admin.post(address, {"do": "close"}).status_code == 302
    assert client.get("/account/").status_code == 302
    assert "is closed" in admin.get(address).content.decode()
    admin.post(address, {"do": "open"})
    assert Account.objects.get(login="p-anna").is_active
    for last in ("clinician", "administrator"):
        page = admin.post(f"/clinic/accounts/{accounts[last].pk}/", {"do": "close"}, follow=True).content.decode()
        assert "it stays open" in page
        assert Account.objects.get(pk=accounts[last].pk).is_active


def test_wrong_passwords_are_forgotten(admin, accounts):
    for _ in range(5):
        Client().post("/login/", {"username": "doctor", "password": "wrong"})
    assert Client().post("/login/", {"username": "doctor", "password": PASSWORD}).status_code == 429
    address = f"/clinic/accounts/{accounts['clinician'].pk}/"
    assert "is locked after wrong passwords" in admin.get(address).content.decode()
    admin.post(address, {"do": "unlock"})
    assert last_row().action == "unlock account"
    assert Client().post("/login/", {"username": "doctor", "password": PASSWORD}).status_code == 302


def test_a_second_factor_is_switched_off_for_who_lost_the_phone(admin, accounts):
    TOTPDevice.objects.create(user=accounts["clinician"], name="app", confirmed=True)
    address = f"/clinic/accounts/{accounts['clinician'].pk}/"
    assert "Phone lost" in admin.get(address).content.decode()
    admin.post(address, {"do": "factor"})
    assert not TOTPDevice.objects.exists()
    assert (last_row().action, last_row().actor) == ("switch off second factor", accounts["administrator"].pk)


def test_colleagues_are_invited_again_and_patients_are_not(admin, accounts):
    page = admin.post(f"/clinic/accounts/{accounts['clinician'].pk}/", {"do": "invite"}).content.decode()
    assert "/invitation/" in page
    # With a patient's invitation an administrator could read a record.
    assert admin.post(f"/clinic/accounts/{accounts['patient'].pk}/", {"do": "invite"}).status_code == 404
    assert admin.post(f"/clinic/accounts/{accounts['clinician'].pk}/", {"do": "anything"}).status_code == 404


def test_accounts_of_another_clinic_are_not_there(admin, clinic):
    other = Clinic.objects.create(name="Other", emergency_number="1", phone="1", time_zone="UTC")
    theirs = Account.objects.create_user("theirs", PASSWORD, role="clinician", clinic=other)
    assert "theirs" not in admin.get("/clinic/accounts/").content.decode()
    assert admin.get(f"/clinic/accounts/{theirs.pk}/").status_code == 404
    assert admin.post(f"/clinic/accounts/{theirs.pk}/", {"do": "close"}).status_code == 404


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1:8000", True), ("localhost", True), ("[::1]:80", True), ("clinic.example", False)]
)
def test_a_link_that_no_phone_can_follow_is_called_so(host, here):
    assert QrLink(f"http://{host}/invitation/x/").only_here is here


@pytest.mark.parametrize(
    ("address", "label"), [("/clinic/", "Clinic"), ("/clinic/audit/", "Audit"), ("/account/", "Account")]
)
def test_the_navigation_says_in_one_place_where_one_is(admin, address, label):
    page = admin.get(address).content.decode()
    assert re.findall(r'aria-current="page">(\w+)<', page) == [label]


# ---- audit


def test_the_audit_goes_back_in_pages_without_counting(admin, accounts, django_assert_max_num_queries):
    for number in range(230):
        audit.append("read", actor=accounts["clinician"], about=f"page {number}")
    with django_assert_max_num_queries(8) as asked:
        page = admin.get("/clinic/audit/")
    assert not [query for query in asked.captured_queries if "COUNT(" in query["sql"]]
    seen = [row.seq for row, _ in page.context["rows"]]
    while page.context["older"]:
        page = admin.get(f"/clinic/audit/?before={page.context['older']}")
        seen += [row.seq for row, _ in page.context["rows"]]
    assert seen == list(range(seen[0], 0, -1))
    assert len(seen) >= 230


def test_the_audit_of_an_account_and_of_a_person(admin, accounts, patient):
    audit.append("read", actor=accounts["clinician"], patient=patient.pk, about="case")
    audit.append("log in", actor=accounts["administrator"])
    page = admin.get(f"/clinic/audit/?account={accounts['clinician'].pk}")
    assert {row.actor for row, _ in page.context["rows"]} == {accounts["clinician"].pk}
    page = admin.get(f"/clinic/audit/?patient={patient.pk}")
    assert {row.patient for row, _ in page.context["rows"]} == {patient.pk}
    assert "Dr B" in page.content.decode()


@pytest.mark.parametrize(
    "query", ["account=x", "account=-1", "patient=1", "before=x", "before=" + "9" * 40, "account=" + "9" * 40]
)
def test_an_audit_that_cannot_be_shown_is_no_fault_of_the_program(admin, query):
    assert admin.get(f"/clinic/audit/?{query}").status_code == 200


def test_the_audit_of_another_clinic_is_not_shown(admin, clinician):
    other = Clinic.objects.create(name="Other", emergency_number="1", phone="1", time_zone="UTC")
    theirs = Account.objects.create_user("theirs", PASSWORD, role="clinician", clinic=other)
    person = people.add_patient(other, Identity(name="Somebody Else"), author=theirs)
    audit.append("log in", actor=theirs)
    rows = [row for row, _ in admin.get("/clinic/audit/").context["rows"]]
    assert rows
    assert theirs.pk not in {row.actor for row in rows}
    assert person.pk not in {row.patient for row in rows}


# ---- erasure


def test_a_person_is_found_by_name_and_the_look_is_audited(admin, patient, clinician, accounts):
    people.add_patient(patient.clinic, Identity(name="Anna Maria Other", born="1950"), author=clinician)
    page = admin.post("/clinic/patients/", {"name": "anna schm"}).content.decode()
    assert f"/clinic/patients/{patient.pk}/erase/" in page
    assert "Anna Maria Schmidt-Weiß" in page
    assert "Other" not in page
    row = last_row()
    assert (row.action, row.patient, row.actor) == ("read", patient.pk, accounts["administrator"].pk)
    # No name goes into an address.
    assert admin.get("/clinic/patients/?name=anna").context["found"] is None
    assert "0 persons found" in admin.post("/clinic/patients/", {"name": "a"}).content.decode()


def test_a_person_is_erased_in_two_steps(admin, patient, accounts):
    TOTPDevice.objects.create(user=accounts["patient"], name="app", confirmed=True)
    address = f"/clinic/patients/{patient.pk}/erase/"
    first = admin.get(address).content.decode()
    assert "nothing is erased yet" in first
    assert "Backups that were made before still hold the key" in first
    assert '<form method="post" novalidate' not in first
    second = admin.get(address + "?confirm=1").content.decode()
    code = str(patient.pk)[:8]
    assert code in second
    for wrong in ("", "yes", code[:-1], "Anna"):
        answer = admin.post(address, {"confirmation": wrong})
        assert answer.status_code == 200
        assert Patient.objects.get().erased_at is None
    assert admin.post(address, {"confirmation": f" {code.upper()} "}, follow=True).status_code == 200
    with pytest.raises(KeyMissing):
        people.identity_of(Patient.objects.get())
    assert not TOTPDevice.objects.exists()
    assert not Account.objects.get(patient=patient).is_active
    assert "were erased on" in admin.get(address).content.decode()
    assert "0 persons found" in admin.post("/clinic/patients/", {"name": "anna"}).content.decode()
    assert AuditRow.objects.filter(action="erase", patient=patient.pk).count() == 1
    assert list(audit.verify()) == []
    # Sent again, nothing happens again.
    assert admin.post(address, {"confirmation": code}).status_code == 200
    assert AuditRow.objects.filter(action="erase").count() == 1


def test_an_invitation_of_an_erased_person_ends(admin, patient, accounts):
    token = invite(accounts["patient"], made_by=accounts["clinician"])
    admin.post(f"/clinic/patients/{patient.pk}/erase/", {"confirmation": str(patient.pk)[:8]})
    assert Client().get(f"/invitation/{token}/").status_code == 404
