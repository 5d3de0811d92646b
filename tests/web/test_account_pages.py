"""Set-up, log-in and log-out, the second factor, invitations, one's own account."""

from __future__ import annotations

import re
import time

import pytest
from django.contrib.sessions.models import Session as StoredSession
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import keys
from nervelight.record.invitations import invite, patient_account
from nervelight.record.models import Account, AppDevice, AuditRow, Clinic, place_of_secret
from nervelight.web.accounts.first import setup_code
from nervelight.web.middleware import SEEN

PASSWORD = "correct horse battery"
NEW = "seven quiet lamps"
SETUP = {
    "name": "Pain clinic", "emergency_number": "112", "phone": "+49 30 1234", "opening_hours": "8 to 16",
    "time_zone": "Europe/Berlin", "language": "en", "person": "Dr B", "login": "doctor", "password": NEW, "again": NEW,
}  # fmt: skip


def actions() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("action", flat=True))


# ---- set-up


def test_the_first_page_leads_to_set_up_and_set_up_logs_in(db, client):
    assert client.get("/").headers["Location"] == "/setup/"
    page = client.get("/setup/").content.decode()
    assert "accounts.js" in page
    assert 'value="America/New_York"' in page
    answer = client.post("/setup/", SETUP)
    assert answer.status_code == 302
    clinic, account = Clinic.objects.get(), Account.objects.get()
    assert (clinic.time_zone, clinic.emergency_number) == ("Europe/Berlin", "112")
    assert (account.role, account.name, account.login) == ("clinician", "Dr B", "doctor")
    assert client.get("/account/").status_code == 200
    assert actions()[:3] == ["set up", "make account", "log in"]
    for method in (client.get, client.post):
        assert method("/setup/", SETUP).status_code == 404


@pytest.mark.parametrize("left_out", ["name", "emergency_number", "phone", "time_zone", "person", "login", "password"])
def test_set_up_has_no_default_for_what_matters(db, client, left_out):
    answer = client.post("/setup/", {**SETUP, left_out: ""})
    assert answer.status_code == 200
    assert left_out in answer.context["form"].errors
    assert not Clinic.objects.exists()
    if left_out not in ("name", "password"):
        assert "Pain clinic" in answer.content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("emergency_number", "call us"), ("phone", "ask"), ("time_zone", "Mars/Olympus"), ("login", "Dr B"),
        ("login", "p-abc"), ("password", "short"), ("password", "password1234"), ("again", "something else here"),
    ],
)  # fmt: skip
def test_set_up_tells_what_is_wrong_at_its_field(db, client, field, value):
    sent = {**SETUP, field: value}
    answer = client.post("/setup/", sent)
    assert field in answer.context["form"].errors
    assert NEW not in answer.content.decode()
    assert not Clinic.objects.exists()


def test_set_up_from_another_machine_asks_for_the_code(db, client, settings):
    away = {"REMOTE_ADDR": "192.0.2.7"}
    assert "code" in client.post("/setup/", SETUP, **away).context["form"].errors
    assert "code" in client.post("/setup/", {**SETUP, "code": "AAAA-BBBB-CCCC"}, **away).context["form"].errors
    assert not Clinic.objects.exists()
    # Behind a proxy everything comes from this machine.
    settings.NERVELIGHT_HOSTS = ["clinic.example"]
    assert "code" in client.post("/setup/", SETUP).context["form"].errors
    assert client.post("/setup/", {**SETUP, "code": setup_code().lower()}, **away).status_code == 302
    assert Clinic.objects.count() == 1


# ---- log-in and log-out


def log_in(client: Client, password: str = PASSWORD, login: str = "doctor", **more: str):
    return client.post("/login/", {"username": login, "password": password, **more})


def test_log_in_and_log_out_are_audited_and_the_session_is_a_new_one(client, clinician):
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["sessionid"] = before = session.session_key
    assert log_in(client, next="/account/").headers["Location"] == "/account/"
    assert client.session.session_key != before
    assert not StoredSession.objects.filter(session_key=before).exists()
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/account/").headers["Location"] == "/login/?next=%2Faccount%2F"
    assert actions() == ["log in", "log out"]


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_log_in_leads_nowhere_else(client, clinician, away):
    assert log_in(client, next=away).headers["Location"] == "/"


def test_a_refusal_is_audited_without_what_was_typed(client, clinician):
    assert log_in(client, "My Secret Name 1").status_code == 200
    assert log_in(client, login="Anna Schmidt").status_code == 200
    rows = AuditRow.objects.order_by("seq")
    assert [(row.action, row.actor, row.about) for row in rows] == [
        ("log in refused", None, f"account {clinician.pk}"), ("log in refused", None, "unknown name"),
    ]  # fmt: skip
    from axes.models import AccessAttempt, AccessLog

    kept = str(list(AccessAttempt.objects.values())) + str(list(AccessLog.objects.values()))
    for typed in ("doctor", "Anna", "Schmidt", "Secret"):
        assert typed not in kept


def test_wrong_passwords_lock_however_the_name_is_typed_and_the_page_says_how_long(client, clinician, time_machine):
    for name in ("doctor", "Doctor", " doctor", "DOCTOR"):
        assert log_in(client, "wrong", name).status_code == 200
    answer = log_in(client, "wrong")
    assert answer.status_code == 429
    assert "wait 15 minutes" in answer.content.decode()
    time_machine(10 * 60)
    # Trying meanwhile changes nothing, not even with the right password, and fills no audit.
    answer = log_in(client)
    assert answer.status_code == 429
    assert "wait 5 minutes" in answer.content.decode()
    assert actions() == ["log in refused"] * 4 + ["lock out"]
    # Somebody else at another address is not locked.
    assert (
        client.post("/login/", {"username": "doctor", "password": PASSWORD}, REMOTE_ADDR="192.0.2.9").status_code == 302
    )
    client.logout()
    time_machine(6 * 60)
    assert log_in(client).status_code == 302


@pytest.fixture
def time_machine(monkeypatch):
    """Moves the clock on, for Django and for django-axes."""
    import datetime as dt

    from django.utils import timezone

    real, shift = timezone.now, [0.0]

    def now() -> dt.datetime:
        return real() + dt.timedelta(seconds=shift[0])

    for module in (
        "django.utils.timezone", "axes.handlers.proxy", "axes.attempts", "django_otp.models.timezone",
    ):  # fmt: skip
        monkeypatch.setattr(f"{module}.now", now)

    def move(seconds: float) -> None:
        shift[0] += seconds

    return move


def test_a_closed_account_cannot_log_in_and_is_logged_out(client, clinician):
    log_in(client)
    assert client.get("/account/").status_code == 200
    Account.objects.update(is_active=False)
    assert client.get("/account/").status_code == 302
    assert log_in(Client()).status_code == 200


# ---- a session that was left


@pytest.mark.parametrize(("role", "minutes"), [("clinician", 30), ("administrator", 30), ("patient", 20160)])
def test_a_session_that_was_left_ends_with_a_word_and_the_way_back(logged_in, role, minutes):
    client = logged_in(role)
    client.get("/account/")
    leave(client, minutes * 60 - 5)
    assert client.get("/account/").status_code == 200
    leave(client, minutes * 60 + 5)
    answer = client.get("/account/?a=b")
    assert answer.headers["Location"] == "/login/?next=%2Faccount%2F%3Fa%3Db"
    page = client.get(answer.headers["Location"]).content.decode()
    time = "14 days" if role == "patient" else f"{minutes} minutes"
    assert f"nothing was asked for in {time}" in page
    assert 'name="next" value="/account/?a=b"' in page
    assert "nothing was asked for" not in client.get("/login/").content.decode()
    assert AuditRow.objects.order_by("-seq").values_list("action", "about").first() == ("log out", "left alone")


def leave(client: Client, seconds: int) -> None:
    session = client.session
    session[SEEN] = int(time.time()) - seconds
    session.save()


def test_renewed_parts_programs_and_sent_forms_are_led_in_their_own_way(client, clinic):
    renewed = client.get(
        "/account/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/account/?x=1"}
    )
    assert renewed.headers["HX-Redirect"] == "/login/?next=%2Faccount%2F%3Fx%3D1"
    sent = client.post("/account/password/", headers={"Referer": "http://testserver/account/"})
    assert sent.headers["Location"] == "/login/?next=%2Faccount%2F"
    sent = client.post("/account/password/", headers={"Referer": "https://evil.example/account/"})
    assert sent.headers["Location"] == "/login/?next=%2F"


# ---- second factor


def now_code(account: Account, steps: int = 0) -> str:
    device = AppDevice.objects.get(user=account)
    return f"{totp(device.bin_key, drift=device.drift + steps):06d}"


def switched_on(client: Client) -> list[str]:
    client.get("/account/second-factor/")
    place = place_of_secret(int(client.session["_auth_user_id"]))
    key = keys.open_secret(client.session["second_factor_key"], place)
    answer = client.post("/account/second-factor/", {"code": f"{totp(key):06d}"})
    assert answer.status_code == 200
    return re.findall(r"<li><code>(\w+)</code>", answer.content.decode())


def test_the_second_factor_is_shown_as_picture_and_text_and_confirmed_by_a_code(client, clinician):
    log_in(client)
    page = client.get("/account/second-factor/").content.decode()
    assert 'src="data:image/svg+xml;' in page
    assert re.search(r"<code class=\"hash\">([A-Z2-7]{4} ?)+</code>", page)
    # The same secret after a reload: who scanned it need not scan again.
    secret = client.session["second_factor_key"]
    client.get("/account/second-factor/")
    assert client.session["second_factor_key"] == secret
    for wrong in ("000000", "12345", "abcdef", "１２３４５６", ""):
        answer = client.post("/account/second-factor/", {"code": wrong})
        assert answer.status_code == 200
        assert not TOTPDevice.objects.exists()
    codes = switched_on(client)
    assert len(set(codes)) == 10
    assert "second_factor_key" not in client.session
    assert client.get("/account/").status_code == 200
    assert "switch on second factor" in actions()
    # They are shown once.
    assert codes[0] not in client.get("/account/").content.decode()
    assert client.get("/account/second-factor/").headers["Location"] == "/account/second-factor/off/"


def test_neither_secret_nor_codes_stand_plain_in_the_database(client, clinician, accounts):
    log_in(client)
    codes = switched_on(client)
    (kept,) = TOTPDevice.objects.all()
    secret = AppDevice.objects.get().bin_key
    assert len(secret) == 20
    assert secret.hex() not in kept.key
    assert not set(codes) & set(StaticToken.objects.values_list("token", flat=True))
    # Moved to another account it opens nothing.
    other = AppDevice(user=accounts["patient"], key=kept.key)
    with pytest.raises(keys.KeyMissing):
        other.verify_token(now_code(clinician))


def test_a_secret_that_an_earlier_version_left_in_the_session_is_made_anew(client, clinician):
    log_in(client)
    session = client.session
    session["second_factor_key"] = "ab" * 20
    session.save()
    assert client.post("/account/second-factor/", {"code": f"{totp(bytes.fromhex('ab' * 20)):06d}"}).status_code == 200
    assert not TOTPDevice.objects.exists()
    assert client.session["second_factor_key"].startswith(keys.SEALED)


def test_no_page_opens_before_the_code(client, clinician, time_machine):
    log_in(client)
    other = Client()
    log_in(other)
    codes = switched_on(client)
    # A session that was open elsewhere owes the code as well.
    assert other.get("/account/").headers["Location"] == "/login/code/?next=%2Faccount%2F"
    client.post("/logout/")
    log_in(client)
    for address in ("account", "password", "second_factor", "second_factor_off"):
        for method in (client.get, client.post):
            assert method(reverse(address)).headers["Location"].startswith("/login/code/")
    page = client.get("/login/code/?next=/account/").content.decode()
    assert "/account/password/" not in page
    before = client.session.session_key
    answer = client.post("/login/code/", {"code": codes[0].upper(), "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    assert client.session.session_key != before
    assert client.get("/account/").status_code == 200
    # Each recovery code is good once.
    assert other.post("/login/code/", {"code": codes[0]}).status_code == 200
    assert other.get("/account/").status_code == 302
    # The code that switched it on was used up then.
    assert other.post("/login/code/", {"code": now_code(clinician)}).status_code == 200
    time_machine(120)
    assert (
        other.post("/login/code/", {"code": now_code(clinician, 1), "next": "https://evil.example"}).headers["Location"]
        == "/"
    )
    assert "second factor refused" in actions()


def test_wrong_codes_make_one_wait(client, clinician):
    log_in(client)
    codes = switched_on(client)
    other = Client()
    log_in(other)
    assert other.post("/login/code/", {"code": "wrongone"}).status_code == 200
    answer = other.post("/login/code/", {"code": codes[0]})
    assert answer.status_code == 429
    assert re.search(r"from \d\d:\d\d:\d\d on", answer.content.decode())
    assert other.get("/account/").status_code == 302


def test_the_second_factor_is_switched_off_with_a_code(client, clinician, time_machine):
    log_in(client)
    codes = switched_on(client)
    assert client.post("/account/second-factor/off/", {"code": "nonsense"}).status_code == 200
    assert TOTPDevice.objects.exists()
    time_machine(2)
    assert client.post("/account/second-factor/off/", {"code": codes[1]}).headers["Location"] == "/account/"
    assert not TOTPDevice.objects.exists()
    assert client.get("/account/").status_code == 200


# ---- invitations


def test_who_was_invited_makes_a_password_and_sees_their_login_name(client, patient, clinician):
    account = patient_account(patient, made_by=clinician)
    address = f"/invitation/{invite(account, made_by=clinician)}/"
    assert account.login in client.get(address).content.decode()
    for wrong in ({"password": "short", "again": "short"}, {"password": NEW, "again": "x"}, {}):
        answer = client.post(address, wrong)
        assert answer.status_code == 200
        assert answer.context["form"].errors
    answer = client.post(address, {"password": NEW, "again": NEW}, follow=True)
    assert answer.redirect_chain == [("/account/", 302)]
    assert f"log in as {account.login}" in answer.content.decode()
    assert client.get(address).status_code == 404
    assert client.post(address, {"password": NEW, "again": NEW}).status_code == 404
    assert log_in(Client(), NEW, account.login.upper()).status_code == 302


def test_an_invitation_ends_whatever_session_was_open(logged_in, patient, clinician, accounts):
    client = logged_in("administrator")
    token = invite(accounts["patient"], made_by=clinician)
    client.post(f"/invitation/{token}/", {"password": NEW, "again": NEW})
    assert client.get("/account/").context["account"] == accounts["patient"]


def test_an_invitation_does_not_get_around_the_second_factor(client, clinician):
    log_in(client)
    switched_on(client)
    other = Client()
    other.post(f"/invitation/{invite(clinician, made_by=clinician)}/", {"password": NEW, "again": NEW})
    assert other.get("/account/").headers["Location"].startswith("/login/code/")


# ---- own account


def test_own_name_and_language(logged_in, accounts):
    client = logged_in("clinician")
    assert client.post("/account/", {"name": "Dr Beta", "language": "de"}).status_code == 302
    account = Account.objects.get(login="doctor")
    assert (account.name, account.language) == ("Dr Beta", "de")
    assert client.get("/account/").headers["Content-Language"] == "de"
    assert client.post("/account/", {"name": "", "language": "xx"}).context["form"].errors.keys() == {
        "name",
        "language",
    }


def test_a_patient_has_no_name_to_change(logged_in, accounts):
    assert logged_in("patient").post("/account/", {"name": "Anna", "language": "en"}).status_code == 302
    assert Account.objects.get(login="p-anna").name == ""


def test_a_new_password_ends_the_other_sessions(client, clinician):
    other = Client()
    log_in(client), log_in(other)
    sent = {"old": PASSWORD, "password": NEW, "again": NEW}
    assert "old" in client.post("/account/password/", {**sent, "old": "wrong"}).context["form"].errors
    assert client.post("/account/password/", sent).status_code == 302
    assert client.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert log_in(Client(), NEW).status_code == 302
    assert "change password" in actions()


def test_guessing_the_password_in_an_open_session_locks(client, clinician):
    log_in(client)
    sent = {"old": "wrong", "password": NEW, "again": NEW}
    statuses = [client.post("/account/password/", sent).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert client.post("/account/password/", {**sent, "old": PASSWORD}).status_code == 429


def test_the_first_administrator_is_invited_by_a_clinician_and_the_page_closes_then(client, clinician):
    log_in(client)
    assert "no administrator yet" in client.get("/account/").content.decode()
    answer = client.post("/account/administrator/", {"name": "A. Dmin", "login": "doctor"})
    assert "login" in answer.context["form"].errors
    page = client.post("/account/administrator/", {"name": "A. Dmin", "login": "boss"}).content.decode()
    address = re.search(r"http://testserver(/invitation/[\w-]+/)", page)[1]
    # Open until the administrator can log in: an invitation that is lost locks nobody out.
    assert client.get("/account/administrator/").status_code == 200
    other = Client()
    assert other.post(address, {"password": NEW, "again": NEW}).status_code == 302
    assert other.get("/clinic/").status_code == 200
    assert client.get("/account/administrator/").status_code == 404
    assert "no administrator yet" not in client.get("/account/").content.decode()


@pytest.mark.parametrize("name", ["account", "password", "second_factor"])
@pytest.mark.parametrize("role", ["clinician", "patient", "administrator"])
def test_pages_are_few_queries(logged_in, django_assert_max_num_queries, name, role):
    client = logged_in(role)
    client.get("/account/")
    with django_assert_max_num_queries(12):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", ["Dr \u202eB", "Dr\x01B", "Dr\nB"])
def test_a_name_that_could_not_sign_is_told(name, logged_in, clinician):
    told = logged_in("clinician").post(reverse("account"), {"name": name, "language": ""})
    assert told.status_code == 200 and told.context["form"].errors.keys() == {"name"}
    clinician.refresh_from_db()
    assert clinician.name == "Dr B"
