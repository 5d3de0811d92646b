"""What the phone sends by itself: stored once, held against the plan, refused with reasons."""

from __future__ import annotations

import contextlib
import datetime as dt
import json

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from nervelight.record import courses, people
from nervelight.record.contents import Identity
from nervelight.record.entries import current, opened_all
from nervelight.record.models import Account, Entry, Task
from nervelight.web.phone.bodies import openapi
from web.phone import AN_OFF_DAY, FIRST_SESSION, noon, session_body, session_data

SESSIONS, WRONG = "/me/api/sessions/", "/me/api/wrong/"


@pytest.fixture
def phone(monkeypatch, settings, course, logged_in) -> Client:
    settings.SESSION_COOKIE_AGE = 10**8
    monkeypatch.setattr(timezone, "now", lambda: noon(AN_OFF_DAY))
    return logged_in("patient")


def send(phone: Client, url: str, body: object, content_type: str = "application/json"):
    response = phone.post(url, body if isinstance(body, (str, bytes)) else json.dumps(body), content_type=content_type)
    told = response.json()
    schemas = openapi()["components"]
    name = "Stored" if response.status_code == 201 else "Faults"
    shape = {"$ref": f"#/components/schemas/{name}", "components": schemas}
    Draft202012Validator(shape).validate(told)
    return response.status_code, told


def sessions(patient):
    return [read.content for read in opened_all(current(Entry.Kind.SESSION, patient=patient))]


def test_sent_twice_is_stored_once(phone, course, patient):
    body = session_body(course, FIRST_SESSION)
    first, second = send(phone, SESSIONS, body), send(phone, SESSIONS, body)
    assert first == second
    assert first[0] == 201
    assert first[1]["call"] is None
    (made,) = sessions(patient)
    assert made.lamp == "bestqool_pro300"


def test_the_form_and_the_phone_send_the_same_session(phone, course, patient):
    page = phone.get("/me/session/", {"day": FIRST_SESSION.isoformat()}).content.decode()
    assert phone.post("/me/session/", session_data(page, note="a\r\nb")).status_code == 302
    assert send(phone, SESSIONS, session_body(course, FIRST_SESSION, note="a\nb"))[0] == 201
    assert len(sessions(patient)) == 1


def test_the_same_key_for_something_else_is_a_conflict_and_changes_nothing(phone, course, patient):
    send(phone, SESSIONS, session_body(course, FIRST_SESSION))
    status, told = send(phone, SESSIONS, session_body(course, FIRST_SESSION, after=1))
    assert status == 409
    assert told["faults"][0]["path"] == "key"
    assert [made.after for made in sessions(patient)] == [6]


@pytest.mark.parametrize(
    ("changes", "status", "path"),
    [
        ({"seconds": {"left ear": 10}}, 422, "seconds.left ear"),
        ({"day": "2026-08-30"}, 422, "day"),
        ({"day": "2026-08-02"}, 422, "day"),
        ({"day": "2026-13-02"}, 400, "day"),
        ({"plan": "00000000-0000-4000-8000-000000000000"}, 422, "plan"),
        ({"seconds": {}}, 400, "seconds"),
        ({"seconds": {"left sole": -1}}, 400, "seconds.left sole"),
        ({"before": 11}, 400, "before"),
        ({"before": "7"}, 400, "before"),
        ({"skin": "great"}, 400, "skin"),
        ({"site_checked": 1}, 400, "site_checked"),
        ({"more": 1}, 400, "more"),
        ({"note": "\ud800"}, 400, "note"),
        ({"note": "\u0000"}, 400, "note"),
        ({"key": "short"}, 400, "key"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(changes, status, path, phone, course, patient):
    got, told = send(phone, SESSIONS, {**session_body(course, FIRST_SESSION), **changes})
    assert (got, told["faults"][0]["path"]) == (status, path)
    assert told["faults"][0]["allowed"]
    assert not sessions(patient)


def test_all_faults_come_back_at_once(phone, course):
    body = session_body(course, FIRST_SESSION, before=11, after=-1, skin="great")
    assert {each["path"] for each in send(phone, SESSIONS, body)[1]["faults"]} == {"before", "after", "skin"}


@pytest.mark.parametrize("body", ["{", "[]", "null", '"x"', b"\xff\xfe", "[" * 100_000, "NaN", '{"key": 1e999}'])
def test_what_is_no_json_of_this_shape_is_said_to_be_none(body, phone):
    assert send(phone, SESSIONS, body)[0] == 400
    assert send(phone, WRONG, body)[0] == 400


def test_another_kind_of_content_is_refused(phone):
    assert send(phone, SESSIONS, "a=b", content_type="text/plain")[0] == 415


def test_harmed_skin_comes_back_with_numbers_and_makes_one_task(phone, course):
    body = session_body(course, FIRST_SESSION, skin="burn")
    for _ in range(2):
        status, told = send(phone, SESSIONS, body)
        assert status == 201
        assert told["call"] == {"emergency": "112", "clinic": "+49 30 1234", "hours": ""}
    assert Task.objects.get().urgent


def test_a_message_makes_one_event_and_one_urgent_task(phone, patient):
    body = {"key": "0123456789", "text": "odd", "flags": ["eye_symptoms"], "bad": "quite"}
    assert send(phone, WRONG, body) == send(phone, WRONG, body)
    assert len(current(Entry.Kind.EVENT, patient=patient)) == 1
    assert Task.objects.get().urgent
    assert send(phone, WRONG, {**body, "text": "else"})[0] == 409
    assert send(phone, WRONG, {**body, "key": "9876543210", "flags": ["no_flag"]})[0] == 422
    assert send(phone, WRONG, {**body, "key": "9876543210", "flags": [], "text": ""})[0] == 422


def test_nobody_writes_into_the_record_of_somebody_else(phone, course, clinic, clinician, patient):
    other = people.add_patient(clinic, Identity(name="Other"), author=clinician)
    account = Account.objects.create_user(
        "p-other", "correct horse battery", role="patient", clinic=clinic, patient=other
    )
    theirs = Client()
    theirs.force_login(account, backend="nervelight.web.accounts.backend.AccountBackend")
    assert send(theirs, SESSIONS, session_body(course, FIRST_SESSION))[0] == 422
    assert not sessions(other)
    assert not sessions(patient)


@pytest.mark.parametrize("role", [None, "clinician", "administrator"])
@pytest.mark.parametrize("url", [SESSIONS, WRONG, "/me/api/status/", "/me/api/openapi.json"])
def test_nobody_but_a_patient_is_answered(role, url, logged_in, course):
    client = logged_in(role) if role else Client()
    response = client.get(url) if url.startswith("/me/api/s") and "status" in url else client.post(url)
    assert response.status_code == (403 if role else 401)


def test_without_the_token_nothing_is_taken(phone, course, patient):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = phone.cookies
    body = json.dumps(session_body(course, FIRST_SESSION))
    assert strict.post(SESSIONS, body, content_type="application/json").status_code == 403
    assert not sessions(patient)


def test_the_status_says_what_is_due(phone, course):
    told = phone.get("/me/api/status/").json()
    assert told == {"on": "2026-08-04", "state": "off", "next": "2026-08-05", "questions": ["nrs11", "peg"]}
    assert courses.signed_plan(course) is not None
    assert dt.date.fromisoformat(told["on"]) == AN_OFF_DAY


def test_the_worker_and_the_manifest_are_open_and_never_stale(db):
    client = Client()
    worker = client.get("/sw.js")
    assert worker["Service-Worker-Allowed"] == "/"
    assert worker["Cache-Control"] == "no-cache"
    text = worker.content.decode()
    kept = json.loads(text.removeprefix("const KEPT = ").split(";\n", 1)[0])
    assert kept["pages"] == ["/me/", "/me/wrong/"]
    for file in kept["files"]:
        with contextlib.closing(client.get(file)) as response:
            assert response.status_code == 200, file
    manifest = client.get("/manifest.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    assert manifest.json()["start_url"] == "/me/"


def test_logging_out_clears_the_phone(phone):
    assert phone.post("/logout/")["Clear-Site-Data"] == '"cache", "storage"'
