"""The clinician's pages about people."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import subprocess
import sys
import uuid
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from nervelight.record import courses, people
from nervelight.record.contents import AdverseEvent, Consent, Identity, TaskText
from nervelight.record.entries import current, opened, today_at, write
from nervelight.record.events import report_event
from nervelight.record.files import MAX_BYTES, file_document
from nervelight.record.models import Account, AuditRow, Clinic, Course, Entry, Invitation, Patient, Task
from nervelight.record.tasks import add_task, finish_task

EVIL = '<script>alert(1)</script> O\'Neil "x"'
PDF = b"%PDF-1.7\n1 0 obj\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def doctor(logged_in):
    return logged_in("clinician")


@pytest.fixture
def stranger(db) -> Client:
    """A clinician of another clinic."""
    clinic = Clinic.objects.create(name="Other", emergency_number="112", phone="1", time_zone="Europe/Berlin")
    account = Account.objects.create_user("other", "correct horse battery", role="clinician", clinic=clinic)
    client = Client()
    client.force_login(account, backend="nervelight.web.accounts.backend.AccountBackend")
    return client


def at(name: str, patient: Patient, **more: object) -> str:
    return reverse(name, kwargs={"patient": patient.pk, **more})


def key() -> str:
    return str(uuid.uuid4())


def task_for(patient, clinician, **change):
    text = {"text": "Call the person", "owner": "clinician", "due": today_at(patient.clinic)} | change
    return add_task(TaskText(**text), patient=patient, author=clinician)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def full(course, clinician, session) -> Patient:
    """A person with something of everything."""
    patient = course.patient
    courses.record_session(course, session, author=clinician, day=course.starts)
    task_for(patient, clinician)
    task_for(patient, clinician, urgent=True, text="Look at the skin")
    report_event(event(red_flags=("foot_ulcer",)), patient=patient, author=clinician, course=course)
    write(
        Consent(to="I agree.", given=True, by="Anna"), patient=patient, author=clinician, day=today_at(patient.clinic)
    )  # fmt: skip
    for name in ("one", "two", "three"):
        file_document(PDF, name=name, patient=patient, author=clinician)
    return patient


def event(**change) -> AdverseEvent:
    data = {"what": "Red skin", "seriousness": "mild", "related": "possible", "told_by": "clinician"} | change
    return AdverseEvent(**data)


EACH_PAGE = [
    "patient", "identity", "invite", "person_export", "person_audit", "consent_new", "event_new", "document_new",
    "task_new",
]  # fmt: skip


@pytest.mark.parametrize("name", EACH_PAGE)
def test_a_page_of_a_person_asks_the_database_at_most_twelve_times(name, doctor, full, django_assert_max_num_queries):
    doctor.get(at(name, full))
    with django_assert_max_num_queries(12):
        assert doctor.get(at(name, full)).status_code == 200


def test_pages_of_entries_and_tasks_ask_at_most_twelve_times(doctor, full, django_assert_max_num_queries):
    doctor.get(at("patient", full))
    for kind in Entry.Kind.values:
        for entry in Entry.objects.filter(patient=full, kind=kind)[:1]:
            with django_assert_max_num_queries(12):
                assert doctor.get(at("entry_history", full, entry=entry.pk)).status_code == 200
    with django_assert_max_num_queries(12):
        assert doctor.get(at("task", full, task=Task.objects.filter(urgent=True)[0].pk)).status_code == 200
    document = Entry.objects.filter(kind="document")[0]
    with django_assert_max_num_queries(12):
        assert doctor.get(at("document", full, entry=document.pk)).status_code == 200
    amended = Entry.objects.get(kind="consent")
    with django_assert_max_num_queries(12):
        assert doctor.get(at("consent_new", full) + f"?amends={amended.pk}").status_code == 200


@pytest.mark.parametrize("name", ["work", "tasks", "patients", "patient_new"])
def test_a_list_of_people_asks_at_most_twelve_times(name, doctor, full, clinician, django_assert_max_num_queries):
    for number in range(30):
        made = people.add_patient(full.clinic, Identity(name=f"Person {number}"), author=clinician)
        task_for(made, clinician, urgent=number % 2 == 0)
    doctor.get(reverse(name))
    with django_assert_max_num_queries(12):
        assert doctor.get(reverse(name)).status_code == 200
    with django_assert_max_num_queries(12):
        assert doctor.get(reverse(name) + "?page=2&show=all").status_code == 200


@pytest.mark.parametrize("name", EACH_PAGE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_clinician_of_another_clinic_finds_nobody(name, method, stranger, patient):
    assert getattr(stranger, method)(at(name, patient)).status_code == 404


def test_what_belongs_to_somebody_else_is_not_found_under_a_person(doctor, full, clinician):
    other = people.add_patient(full.clinic, Identity(name="Somebody Else"), author=clinician)
    entry, document = Entry.objects.get(kind="consent"), Entry.objects.filter(kind="document")[0]
    task = Task.objects.all()[0]
    assert doctor.get(at("entry_history", other, entry=entry.pk)).status_code == 404
    assert doctor.get(at("document", other, entry=document.pk)).status_code == 404
    assert doctor.get(at("document", full, entry=entry.pk)).status_code == 404
    assert doctor.get(at("task", other, task=task.pk)).status_code == 404
    assert doctor.get(at("consent_new", other) + f"?amends={entry.pk}").status_code == 404
    assert doctor.get(at("consent_new", full) + "?amends=nonsense").status_code == 404
    posted = {"key": key(), "known": entry.pk, "name": "X"}
    assert doctor.post(at("identity", full), posted).status_code == 404


@pytest.mark.parametrize("role", ["patient", "administrator"])
@pytest.mark.parametrize("name", ["work", "tasks", "patients", "patient_new"])
def test_only_clinicians_see_people(role, name, logged_in):
    assert logged_in(role).get(reverse(name)).status_code == 403


# The work list.


def test_nobody_needs_anybody(doctor, patient):
    assert "Nobody needs you today" in text_of(doctor.get(reverse("work")))


def test_the_work_list_says_who_needs_you_why_and_flags_first(doctor, course, clinician):
    patient = course.patient
    today = today_at(course.clinic)
    Course.objects.filter(pk=course.pk).update(next_gate=today, next_session=today - dt.timedelta(days=10))
    other = people.add_patient(course.clinic, Identity(name="Berta Flag"), author=clinician)
    report_event(event(red_flags=("foot_ulcer",)), patient=other, author=clinician)
    task_for(patient, clinician, text="Send the letter")
    response = doctor.get(reverse("work"))
    shown = text_of(response)
    assert "2 people need you today" in shown
    assert "Stop light at that site" in shown
    order = [
        shown.rindex(title)
        for title in ("1 flag: act first", "1 review is due", "1 person stopped writing down", "1 task is due")
    ]
    assert order == sorted(order)
    assert "Send the letter" in shown
    assert at("task", other, task=Task.objects.get(patient=other).pk) in response.content.decode()


def test_a_task_of_tomorrow_or_of_the_patient_or_a_closed_one_is_not_on_the_work_list(doctor, patient, clinician):
    today = today_at(patient.clinic)
    task_for(patient, clinician, due=today + dt.timedelta(days=1), text="Tomorrow")
    task_for(patient, clinician, owner="patient", text="Bring the lamp")
    done = task_for(patient, clinician, text="Closed")
    finish_task(done, opened(done.entry, TaskText).model_copy(update={"state": "done"}), author=clinician)
    shown = text_of(doctor.get(reverse("work")))
    assert "Nobody needs you today" in shown


def test_a_plan_to_sign_is_on_the_work_list_also_over_a_signed_one(doctor, course, example_plans, clinician):
    assert "1 plan waits for a signature" not in text_of(doctor.get(reverse("work")))
    case = courses.case_of(course).entry
    changed = example_plans["diabetic_feet"].model_copy(update={"title": "A changed plan"})
    second = courses.add_plan(course, changed, case=case, author=clinician)
    shown = text_of(doctor.get(reverse("work")))
    assert "1 plan waits for a signature" in shown
    assert "the one before is in force" in shown
    courses.sign(course, second, author=clinician, statement="Read.")
    assert "1 plan waits for a signature" not in text_of(doctor.get(reverse("work")))


@pytest.mark.parametrize(
    ("session_ago", "logged_ago", "quiet"),
    [(4, 4, True), (3, 3, False), (4, 3, False), (4, None, True), (-1, 9, False)],
)
def test_who_stopped_logging_is_told_by_the_days_that_a_session_may_move(
    session_ago, logged_ago, quiet, doctor, course
):
    today = today_at(course.clinic)
    Course.objects.filter(pk=course.pk).update(
        next_session=today - dt.timedelta(days=session_ago),
        last_logged=None if logged_ago is None else today - dt.timedelta(days=logged_ago),
        next_gate=None,
    )
    assert ("1 person stopped writing down" in text_of(doctor.get(reverse("work")))) is quiet


def test_a_long_list_says_that_there_are_more(doctor, patient, clinician):
    for number in range(52):
        task_for(patient, clinician, text=f"Task {number}", urgent=True)
    shown = text_of(doctor.get(reverse("work")))
    assert "50 or more flags: act first" in shown
    assert "1 or more people need you today" in shown
    assert shown.count("Task ") == 15
    whole = text_of(doctor.get(reverse("work") + "?list=flags"))
    assert whole.count("Task ") == 50
    assert "Back to the whole work list" in whole
    assert "50 or more flags" in text_of(doctor.get(reverse("work") + "?list=quiet")) + shown


def test_another_clinics_people_are_on_no_list(stranger, full):
    for name in ("work", "tasks", "patients"):
        assert "Anna Maria" not in stranger.get(reverse(name)).content.decode()
    assert "Anna Maria" not in stranger.post(reverse("patients"), {"name": "anna"}).content.decode()


# People.


def test_people_are_found_by_name_and_no_address_or_audit_holds_it(doctor, patient):
    response = doctor.post(reverse("patients"), {"name": "schm"})
    assert "Anna Maria Schmidt-Weiß" in text_of(response)
    assert "1 person has a name that begins so" in text_of(response)
    assert "0 people have a name" in text_of(doctor.post(reverse("patients"), {"name": "zz"}))
    assert 'method="post"' in response.content.decode()
    assert not any("schm" in f"{row.action} {row.about}".lower() for row in AuditRow.objects.all())


def test_people_are_listed_by_when_something_was_last_written(doctor, patient, clinician):
    people.add_patient(patient.clinic, Identity(name="Berta Later"), author=clinician)
    shown = text_of(doctor.get(reverse("patients")))
    assert shown.index("Berta Later") < shown.index("Anna Maria")
    task_for(patient, clinician)
    shown = text_of(doctor.get(reverse("patients")))
    assert shown.index("Anna Maria") < shown.index("Berta Later")


def test_a_new_person_sent_twice_is_there_once(doctor, clinic):
    sent = {"key": key(), "name": "Karl Neu", "born": "1961-04", "language": "de"}
    first = doctor.post(reverse("patient_new"), sent)
    again = doctor.post(reverse("patient_new"), sent)
    assert first.status_code == again.status_code == 302
    assert first.url == again.url
    assert len(people.found_by_name(clinic, "karl neu")) == 1
    other = doctor.post(reverse("patient_new"), sent | {"name": "Uwe Fremd"})
    assert other.status_code == 409
    assert "Uwe Fremd" in other.content.decode()


def test_a_person_with_a_known_name_is_saved_only_when_told_that_it_is_somebody_else(doctor, patient):
    sent = {"key": key(), "name": "Anna Maria Schmidt-Weiß"}
    asked = doctor.post(reverse("patient_new"), sent)
    assert "is it one of these?" in text_of(asked)
    assert Patient.objects.count() == 1
    assert 'name="other"' in asked.content.decode()
    doctor.post(reverse("patient_new"), sent | {"other": "on"})
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 501},
        {"name": "turned \u202e round"},
        {"born": "next year"},
        {"born": "2024-13"},
        {"born": "2999"},
        {"born": "1961-02-30"},
        {"email": "nobody"},
        {"language": "xx"},
        {"key": "nonsense"},
    ],
)
def test_what_cannot_be_a_person_is_said_at_its_field(wrong, doctor, patient):
    response = doctor.post(reverse("patient_new"), {"key": key(), "name": "Karl Neu"} | wrong)
    assert response.status_code == 200
    assert "Not saved yet" in text_of(response)
    assert Patient.objects.count() == 1
    if "key" not in wrong:
        field = next(iter(wrong))
        assert f'id="id_{field}_error"' in response.content.decode()


@pytest.mark.parametrize("born", ["1961", "1961-04", "1961-04-30", ""])
def test_a_date_of_birth_is_kept_as_far_as_it_is_known(born, doctor, clinic):
    doctor.post(reverse("patient_new"), {"key": key(), "name": "Karl Neu", "born": born})
    (made,) = people.found_by_name(clinic, "karl")
    assert people.identities([made])[made].born == (born or None)


def test_names_cannot_run_as_script(doctor, clinic, clinician):
    patient = people.add_patient(clinic, Identity(name=EVIL, number="<b>7"), author=clinician)
    task_for(patient, clinician, text=EVIL, urgent=True)
    report_event(event(what=EVIL), patient=patient, author=clinician)
    file_document(PDF, name=EVIL, patient=patient, author=clinician, about=EVIL)
    pages = [at(name, patient) for name in EACH_PAGE] + [reverse(name) for name in ("work", "tasks", "patients")]
    pages += [at("entry_history", patient, entry=each.pk) for each in Entry.objects.all()]
    pages += [at("task", patient, task=each.pk) for each in Task.objects.all()]
    for page in pages:
        shown = doctor.get(page).content.decode()
        assert "<script>alert" not in shown, page
        assert "<b>7" not in shown, page
    assert "&lt;script&gt;alert" in doctor.get(at("patient", patient)).content.decode()


def test_an_erased_person_says_so_and_nothing_else_opens(doctor, full, clinician):
    document = Entry.objects.filter(kind="document")[0]
    people.erase(full, author=clinician)
    page = doctor.get(at("patient", full))
    assert page.status_code == 200
    assert "data were erased on" in text_of(page)
    assert doctor.get(at("person_audit", full)).status_code == 200
    for name in set(EACH_PAGE) - {"patient", "person_audit"}:
        assert doctor.get(at(name, full)).status_code == 404, name
        assert doctor.post(at(name, full)).status_code == 404 or name == "person_audit", name
    assert doctor.get(at("document", full, entry=document.pk)).status_code == 404
    assert "erased person" in text_of(doctor.get(reverse("patients")))
    for name in ("work", "tasks"):
        assert doctor.get(reverse(name)).status_code == 200


def test_no_page_of_a_course_of_an_erased_person_opens(doctor, course, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=dt.date(2026, 8, 3))
    where = {"patient": course.patient_id, "course": course.pk}
    more = {
        "session_amend": {"entry": given.pk},
        "session_error": {"entry": given.pk},
        "response_new": {"instrument": "nrs11"},
        "plan": {"number": 1},
    }
    people.erase(course.patient, author=clinician)
    for name in (
        "course",
        "case",
        "session_new",
        "session_amend",
        "session_error",
        "response_new",
        "day_note",
        "review",
        "course_end",
    ):
        address = reverse(name, kwargs=where | more.get(name, {}))
        assert doctor.get(address).status_code == 404, name
        assert doctor.post(address, {"again": "1"}).status_code == 404, name
    for name in ("plan", "plan_sign"):
        assert doctor.get(reverse(name, kwargs=where | {"number": 1})).status_code == 404, name
    assert doctor.get(at("course_new", course.patient)).status_code == 404


def test_who_is_erased_while_a_page_is_made_is_gone_and_it_is_no_fault_of_the_program(doctor, course, monkeypatch):
    found = people.identity_of

    def erased_first(person):
        people.erase(person, author=None)
        return found(person)

    monkeypatch.setattr(people, "identity_of", erased_first)
    address = reverse("day_note", kwargs={"patient": course.patient_id, "course": course.pk})
    assert doctor.get(address).status_code == 404


# Who they are, and versions.


def identity_form(doctor, patient) -> dict[str, str]:
    shown = doctor.get(at("identity", patient)).content.decode()
    return {name: re.search(f'name="{name}" value="([^"]+)"', shown)[1] for name in ("key", "known", "name")}


def test_a_changed_name_is_found_and_the_old_one_stays_in_the_versions(doctor, patient):
    sent = identity_form(doctor, patient) | {"name": "Anna Neumann"}
    for _ in range(2):
        assert doctor.post(at("identity", patient), sent).status_code == 302
    assert Entry.objects.filter(kind="identity").count() == 2
    assert people.found_by_name(patient.clinic, "neum") == [patient.pk]
    assert people.found_by_name(patient.clinic, "schmidt") == []
    page = doctor.get(at("entry_history", patient, entry=Entry.objects.get(amends=None).pk))
    shown = text_of(page)
    assert "2 versions" in shown
    assert "changed" in shown
    assert shown.index("Anna Neumann") < shown.rindex("Anna Maria Schmidt-Weiß")
    assert "Dr B" in shown


def test_who_saves_second_sees_theirs_beside_mine_and_loses_nothing(doctor, patient, accounts):
    mine, theirs = identity_form(doctor, patient), identity_form(doctor, patient)
    doctor.post(at("identity", patient), theirs | {"name": "Their Name"})
    told = doctor.post(at("identity", patient), mine | {"name": "My Name", "phone": "030 1"})
    assert told.status_code == 409
    shown = told.content.decode()
    assert "Their Name" in shown
    assert 'value="My Name"' in shown
    assert 'value="030 1"' in shown
    assert people.identity_of(patient).name == "Their Name"
    again = {name: re.search(f'name="{name}" value="([^"]+)"', shown)[1] for name in ("key", "known", "name", "phone")}
    assert doctor.post(at("identity", patient), again).status_code == 302
    assert people.identity_of(patient).name == "My Name"
    assert Entry.objects.filter(kind="identity").count() == 3


def test_what_is_sent_again_after_a_later_change_does_not_bring_the_old_name_back(doctor, patient):
    first = identity_form(doctor, patient) | {"name": "First Change"}
    doctor.post(at("identity", patient), first)
    doctor.post(at("identity", patient), identity_form(doctor, patient) | {"name": "Second Change"})
    doctor.post(at("identity", patient), first)
    assert people.identity_of(patient).name == "Second Change"
    assert people.found_by_name(patient.clinic, "second") == [patient.pk]
    assert people.found_by_name(patient.clinic, "first") == []


# Invitations and export.


def test_an_invitation_is_shown_once_with_its_picture_and_login_name(doctor, patient):
    assert Invitation.objects.count() == 0
    doctor.get(at("invite", patient))
    assert Invitation.objects.count() == 0
    page = doctor.post(at("invite", patient))
    shown = page.content.decode()
    account = Account.objects.get(patient=patient)
    assert account.login in shown
    assert "data:image/svg+xml" in shown
    token = re.search(r"/invitation/([\w-]+)/", shown)[1]
    assert "no-store" in page["Cache-Control"]
    assert "open on this computer only" not in text_of(page)
    assert token not in doctor.get(at("invite", patient)).content.decode()
    assert not any(token in row.about for row in AuditRow.objects.all())
    assert "Invited: the link is good until" in text_of(doctor.get(at("patient", patient)))
    local = doctor.post(at("invite", patient), HTTP_HOST="localhost:8000")
    assert "open on this computer only" in text_of(local)


def test_a_closed_account_is_not_invited(doctor, patient, accounts):
    Account.objects.filter(patient=patient).update(is_active=False)
    page = doctor.post(at("invite", patient))
    assert page.status_code == 409
    assert "account of Anna Maria Schmidt-Weiß is closed" in text_of(page)


def test_the_export_is_given_as_a_file_and_audited(doctor, full):
    assert doctor.get(at("person_export", full)).status_code == 200
    assert not AuditRow.objects.filter(action="export").exists()
    answer = doctor.post(at("person_export", full))
    assert answer["Content-Disposition"].startswith("attachment")
    assert "Anna" not in answer["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    (who,) = json.loads(archive.read("records/identity.json"))
    assert who["content"]["name"] == "Anna Maria Schmidt-Weiß"
    courses = [name for name in archive.namelist() if name.startswith("fhir/")]
    told = AuditRow.objects.filter(action="export", patient=full.pk).values_list("about", flat=True)
    assert sorted(told) == sorted(["", *(name.removesuffix(".json").replace("/", " ") for name in courses)])


# Consents, events, files.


def test_a_consent_keeps_the_words_that_were_agreed_to(doctor, patient):
    shown = doctor.get(at("consent_new", patient)).content.decode()
    assert "It is not proven that this light helps more than a dummy treatment" in shown
    sent = {"key": key(), "to": "My own\r\nwords", "given": "yes", "by": "Anna"}
    for _ in range(2):
        assert doctor.post(at("consent_new", patient), sent).status_code == 302
    (entry,) = current("consent", patient=patient)
    assert opened(entry, Consent) == Consent(to="My own\nwords", given=True, by="Anna")
    assert doctor.post(at("consent_new", patient), sent | {"given": "no"}).status_code == 409


def test_the_words_of_a_consent_are_in_the_persons_language_or_english(clinic, doctor, clinician):
    patient = people.add_patient(clinic, Identity(name="Karl", language="de"), author=clinician)
    assert doctor.get(at("consent_new", patient)).status_code == 200


def test_a_withdrawn_consent_keeps_its_words_and_is_withdrawn_once(doctor, full):
    (entry,) = current("consent", patient=full)
    page = at("consent_new", full) + f"?amends={entry.pk}"
    assert "I agree." in text_of(doctor.get(page))
    assert doctor.post(page, {"key": key(), "known": entry.pk, "by": "Anna"}).status_code == 302
    (now,) = current("consent", patient=full)
    assert opened(now, Consent) == Consent(to="I agree.", given=False, by="Anna")
    told = doctor.post(page, {"key": key(), "known": entry.pk, "by": "Somebody"})
    assert told.status_code == 409
    assert "Changed by somebody else" in text_of(told)
    assert "Withdrawn" in text_of(doctor.get(at("patient", full)))


def event_sent(patient, **change):
    return {
        "key": key(), "day": today_at(patient.clinic).isoformat(), "what": "A blister", "seriousness": "moderate",
        "related": "probable", "told_by": "patient", "taken": "",
    } | change  # fmt: skip


def test_an_event_with_a_red_flag_makes_one_urgent_task_with_what_to_do(doctor, course):
    patient = course.patient
    sent = event_sent(patient, red_flags=["skin_or_eye_injury"], course=course.pk)
    for _ in range(2):
        assert doctor.post(at("event_new", patient), sent).status_code == 302
    (task,) = Task.objects.filter(patient=patient)
    assert task.urgent
    assert task.course == course
    assert "Stop light" in opened(task.entry, TaskText).text
    course.refresh_from_db()
    assert course.flags == 1
    assert "Red flag" in text_of(doctor.get(at("patient", patient)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": ""},
        {"what": "x" * 4001},
        {"what": "bell \x07"},
        {"red_flags": ["no_such_flag"]},
        {"seriousness": "awful"},
        {"day": "2099-01-01"},
        {"day": "1999-01-01"},
        {"day": "yesterday"},
        {"course": str(uuid.uuid4())},
    ],
)
def test_an_event_that_cannot_be_is_said_and_kept_in_the_form(wrong, doctor, patient):
    page = doctor.post(at("event_new", patient), event_sent(patient, taken="Cooled it") | wrong)
    assert page.status_code == 200
    assert "Not saved yet" in text_of(page)
    assert "Cooled it" in page.content.decode()
    assert not Entry.objects.filter(kind="event").exists()


def test_another_persons_course_cannot_be_chosen(doctor, course, clinician):
    other = people.add_patient(course.clinic, Identity(name="Somebody Else"), author=clinician)
    doctor.post(at("event_new", other), event_sent(other, course=course.pk))
    assert not Entry.objects.filter(kind="event").exists()


def test_an_amended_event_that_is_graver_makes_a_task_and_a_conflict_is_shown(doctor, patient, clinician):
    first = report_event(event(), patient=patient, author=clinician)
    assert not Task.objects.exists()
    page = at("event_new", patient) + f"?amends={first.pk}"
    assert "Red skin" in doctor.get(page).content.decode()
    sent = event_sent(patient, known=first.pk, seriousness="severe", what="Open skin")
    for _ in range(2):
        assert doctor.post(page, sent).status_code == 302
    assert Task.objects.filter(urgent=True).count() == 1
    told = doctor.post(page, event_sent(patient, known=first.pk, what="Only red"))
    assert told.status_code == 409
    assert "Open skin" in text_of(told)
    assert "Only red" in told.content.decode()


@pytest.mark.parametrize(("data", "kind", "ending"), [
    (PDF, "application/pdf", ".pdf"), (PNG, "image/png", ".png"), (b"\xff\xd8\xff\xe0rest", "image/jpeg", ".jpg"),
    ("Brief für Anna\n".encode(), "text/plain", ".txt"),
])  # fmt: skip
def test_a_file_is_what_its_content_says(data, kind, ending, doctor, patient):
    file = SimpleUploadedFile("letter.exe", data, content_type="application/x-msdownload")
    assert doctor.post(at("document_new", patient), {"key": key(), "file": file}).status_code == 302
    entry = Entry.objects.get(kind="document")
    answer = doctor.get(at("document", patient, entry=entry.pk))
    assert answer.content == data
    assert answer["Content-Type"] == kind
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert f"letter.exe{ending}" in answer["Content-Disposition"]
    assert "letter.exe" in text_of(doctor.get(at("patient", patient)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"MZ\x90\x00"),
        ("a.png", b"GIF89a\x01\x00\x01\x00"),
        ("a.txt", b"\xfe\xff\x00"),
        ("a.txt", b"bell \x07"),
        ("a.pdf", b""),
        ("a.txt", b"   \n"),
        ("a.svg", b"\x00<svg>"),
        ("a.pdf", PDF + bytes(MAX_BYTES)),
    ],
)
def test_a_file_of_another_kind_or_too_large_is_refused_whatever_its_name(name, data, doctor, patient):
    file = SimpleUploadedFile(name, data, content_type="application/pdf")
    page = doctor.post(at("document_new", patient), {"key": key(), "file": file, "about": "a letter"})
    assert page.status_code == 200
    assert "Not saved yet" in text_of(page)
    assert "a letter" in page.content.decode()
    assert not Entry.objects.filter(kind="document").exists()


def test_a_page_in_a_text_file_is_kept_as_text_and_never_shown_as_a_page(doctor, patient):
    file = SimpleUploadedFile("../../x\r\ny.html", b"<script>alert(1)</script>", content_type="text/html")
    doctor.post(at("document_new", patient), {"key": key(), "file": file})
    entry = Entry.objects.get(kind="document")
    answer = doctor.get(at("document", patient, entry=entry.pk))
    assert answer["Content-Type"] == "text/plain"
    assert "/" not in answer["Content-Disposition"].partition(";")[2]


def test_no_file_is_written_to_the_disk_while_it_is_sent(settings):
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]


# Tasks.


def step(task, **change):
    return {"key": key(), "known": task.entry_id, "step": "done", "outcome": "She is well."} | change


@pytest.mark.parametrize(
    ("sent", "done", "owner", "days"),
    [
        ({"step": "done"}, True, "clinician", 0),
        ({"step": "dropped"}, True, "clinician", 0),
        ({"step": "hand"}, False, "patient", 0),
        ({"step": "later"}, False, "clinician", 7),
    ],
)
def test_a_task_is_done_dropped_handed_over_or_put_off(sent, done, owner, days, doctor, patient, clinician):
    task, today = task_for(patient, clinician), today_at(patient.clinic)
    page = at("task", patient, task=task.pk)
    sent = step(task, **sent, due=(today + dt.timedelta(days=7)).isoformat())
    for _ in range(2):
        assert doctor.post(page, sent).status_code == 302
    task.refresh_from_db()
    assert (task.done, task.owner, task.due) == (done, owner, today + dt.timedelta(days=days))
    assert Entry.objects.filter(kind="task").count() == 2
    assert "She is well." in text_of(doctor.get(page))


@pytest.mark.parametrize(
    "wrong", [{"outcome": ""}, {"step": "burn"}, {"step": "later"}, {"step": "later", "due": "2020-01-01"}]
)
def test_a_step_without_its_reason_or_day_is_refused(wrong, doctor, patient, clinician):
    task = task_for(patient, clinician)
    page = doctor.post(at("task", patient, task=task.pk), step(task, **wrong))
    assert page.status_code == 200
    assert "Not saved yet" in text_of(page)
    task.refresh_from_db()
    assert not task.done


def test_two_people_on_one_task(doctor, patient, clinician):
    task = task_for(patient, clinician)
    page = at("task", patient, task=task.pk)
    doctor.post(page, step(task, outcome="First"))
    told = doctor.post(page, step(task, step="dropped", outcome="Second"))
    assert told.status_code == 409
    assert "First" in text_of(told)
    assert "Second" in told.content.decode()
    task.refresh_from_db()
    assert opened(task.entry, TaskText).outcome == "First"


def test_a_new_task_is_on_the_list_that_it_belongs_to(doctor, patient):
    today = today_at(patient.clinic)
    base = {"text": "Bring the lamp", "owner": "patient", "due": today.isoformat()}
    sent = base | {"key": key()}
    for _ in range(2):
        assert doctor.post(at("task_new", patient), sent).status_code == 302
    assert Task.objects.count() == 1
    assert "Bring the lamp" not in text_of(doctor.get(reverse("tasks")))
    assert "Bring the lamp" in text_of(doctor.get(reverse("tasks") + "?show=all"))
    late = base | {"key": key(), "text": "Call", "owner": "clinician", "due": (today - dt.timedelta(2)).isoformat()}
    doctor.post(at("task_new", patient), late)
    overdue = text_of(doctor.get(reverse("tasks") + "?show=overdue"))
    assert "1 task is overdue" in overdue
    assert "Call" in overdue
    assert doctor.get(reverse("tasks") + "?show=nonsense&page=-3").status_code == 200


def test_the_urgent_and_first_due_tasks_come_first(doctor, patient, clinician):
    today = today_at(patient.clinic)
    task_for(patient, clinician, text="Third thing", due=today)
    task_for(patient, clinician, text="Second thing", due=today - dt.timedelta(1))
    task_for(patient, clinician, text="First thing", urgent=True)
    shown = text_of(doctor.get(reverse("tasks")))
    places = [shown.index(name) for name in ("First thing", "Second thing", "Third thing")]
    assert places == sorted(places)


def test_a_task_leads_to_the_event_that_asked_for_it(doctor, patient, clinician):
    told = report_event(event(red_flags=("foot_ulcer",)), patient=patient, author=clinician)
    shown = doctor.get(at("task", patient, task=Task.objects.get().pk)).content.decode()
    assert at("entry_history", patient, entry=told.pk) in shown
    strange = task_for(patient, clinician, why=f"adverse event {uuid.uuid4()}")
    assert "adverse event" in text_of(doctor.get(at("task", patient, task=strange.pk)))


def test_days_are_written_so_that_nobody_reads_them_the_wrong_way_round(doctor, patient, clinician):
    task_for(patient, clinician, due=dt.date(2026, 3, 8))
    assert "8 Mar 2026" in text_of(doctor.get(reverse("tasks")))


def test_the_audit_says_who_read_the_record(doctor, patient):
    doctor.get(at("patient", patient))
    shown = text_of(doctor.get(at("person_audit", patient)))
    assert "Dr B" in shown
    assert "read" in shown


def test_pages_of_people_load_neither_pictures_nor_the_solver():
    code = (
        "import sys; from nervelight.record.home import start_django; start_django();"
        "import nervelight.web.people.urls;"
        "bad = {'matplotlib', 'scipy', 'numba', 'pint', 'nervelight.report'} & set(sys.modules);"
        "print(sorted(bad))"
    )
    alone = {**os.environ, "DJANGO_SETTINGS_MODULE": "nervelight.web.settings"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=alone)
    assert done.stdout.strip() == "[]"


def test_a_file_that_is_far_too_large_is_told_so_and_not_that_it_is_missing(doctor, patient):
    file = SimpleUploadedFile("scan.pdf", PDF + bytes(17_000_000))
    told = doctor.post(at("document_new", patient), {"key": key(), "name": "", "about": "", "file": file})
    assert "This file has 17.0 MB" in text_of(told)


def test_who_was_made_up_is_marked_in_each_list(doctor, logged_in, clinic, clinician):
    invented = people.add_patient(clinic, Identity(name="Berta Muster"), author=clinician, synthetic=True)
    task_for(invented, clinician)
    for name in ("work", "tasks", "patients"):
        assert "made up" in text_of(doctor.get(reverse(name))), name
    assert "made up" in text_of(logged_in("administrator").post(reverse("find"), {"name": "Mus"}))
