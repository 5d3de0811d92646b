"""Letters and files: each form comes as a file, that it was taken stands in the audit, and what cannot be is said."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import replace

import html5lib
import pypdf
import pytest
from django.urls import reverse
from icalendar import Calendar

from nervelight.record import courses
from nervelight.record.contents import FiledDocument
from nervelight.record.entries import current, opened_all
from nervelight.record.models import AuditRow, Entry
from nervelight.report import LETTER_SECTIONS
from nervelight.web.courses import sharing
from nervelight.web.courses.sharing import SHARED_FORMS, SharedForm
from nervelight.web.forms import Form

FIRST = dt.date(2026, 8, 3)


@pytest.fixture
def page(course):
    return reverse("course_share", kwargs={"patient": course.patient_id, "course": course.pk})


@pytest.fixture
def client(logged_in):
    return logged_in("clinician")


def asked(client, page, name, **more):
    """Ask for a form as the page has it when nothing is changed, but for what is given."""
    options = {"paper": "a4"} | more
    return client.post(page, {"form": name, **{f"{name}-{key}": value for key, value in options.items()}})


def test_the_page_offers_every_form_and_the_course_leads_there(client, page, course, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        answer = client.get(page)
    text = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    for each in SHARED_FORMS:
        assert f'value="{each.name}"' in text
        assert str(each.about)[:40] in text
    back = client.get(reverse("course", kwargs={"patient": course.patient_id, "course": course.pk}))
    assert page in back.content.decode()


@pytest.mark.parametrize("shared", SHARED_FORMS, ids=[each.name for each in SHARED_FORMS])
def test_each_form_is_a_file_of_its_kind_and_stands_in_the_audit(client, page, course, clinician, session, shared):
    courses.record_session(course, session, author=clinician, day=FIRST)
    answer = asked(client, page, shared.name)
    assert answer.status_code == 200
    assert answer["Content-Type"] == shared.media_type
    assert answer["Content-Disposition"].startswith("attachment")
    assert shared.name in answer["Content-Disposition"]
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "Schmidt" not in answer["Content-Disposition"]
    row = AuditRow.objects.filter(action="export").latest("seq")
    assert (row.actor, row.about) == (clinician.pk, f"{shared.name} {course.pk}")
    match shared.name:
        case "calendar":
            assert len(Calendar.from_ical(answer.content).walk("VEVENT")) > 12
        case "letter" | "handout" | "plan" | "log":
            assert answer.content.startswith(b"%PDF-1.7")
        case "fhir":
            kinds = [entry["resource"]["resourceType"] for entry in answer.json()["entry"]]
            assert kinds.count("Procedure") == 1
        case "methods":
            assert "1 written down" in answer.content.decode()
        case "tables":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert b"Schmidt" in archive.read("people.csv")


def test_the_calendar_has_the_clinic_s_time_and_the_words_of_the_language(client, page, clinician):
    answer = asked(client, page, "calendar", at="20:00", remind="15")
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    (first, *_) = [each for each in events if each["summary"] == "Light session"]
    assert str(first.decoded("dtstart")) == "2026-08-03 20:00:00+02:00"
    clinician.language = "de"
    clinician.save()
    german = Calendar.from_ical(asked(client, page, "calendar").content).walk("VEVENT")
    assert sum(each["summary"] == "Lichtsitzung" for each in german) == 12


def test_tables_for_research_hold_no_name(client, page):
    answer = asked(client, page, "tables", deidentify="on")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert not any(b"Schmidt" in archive.read(name) for name in archive.namelist())


def test_what_cannot_be_made_is_said_at_its_place_and_nothing_is_taken(client, page):
    before = AuditRow.objects.filter(action="export").count()
    answer = asked(client, page, "calendar", remind="15")
    text = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    assert "No file was made" in text
    assert "Give the time of the sessions too." in text
    assert asked(client, page, "calendar", at="half past").content.decode().count("No file was made") == 1
    assert AuditRow.objects.filter(action="export").count() == before
    assert client.post(page, {"form": "spell"}).status_code == 404
    assert client.post(page).status_code == 404


def test_without_a_plan_nothing_is_offered(client, patient, clinician):
    empty = courses.open_course(patient, {"schema": "nervelight-case-1"}, author=clinician)
    page = reverse("course_share", kwargs={"patient": patient.pk, "course": empty.pk})
    assert "There is no plan yet" in client.get(page).content.decode()
    assert asked(client, page, "tables").status_code == 200


def test_a_letter_says_what_was_ticked_to_whom_it_was_written(client, page):
    def words(**more):
        pdf = pypdf.PdfReader(io.BytesIO(asked(client, page, "letter", **more).content))
        return " ".join("".join(each.extract_text() for each in pdf.pages).split())

    whole, part = words(to="Dr Weiß"), words(sections=["planned"])
    assert "Dr Weiß" in whole
    assert "Dr Weiß" not in part
    assert len(part) < len(whole)
    assert "No file was made" in asked(client, page, "letter", sections=["spell"]).content.decode()
    assert list(sharing.SECTIONS) == list(LETTER_SECTIONS)


def test_a_pdf_can_be_kept_in_the_record_once(client, page, patient, monkeypatch):
    letter = SharedForm(
        "letter", "Letter", "For a colleague", "application/pdf", "pdf", lambda *_: b"%PDF-1.7 x", Form, True
    )
    monkeypatch.setattr(sharing, "SHARED_FORMS", (letter,))
    assert "Keep it in the record" in client.get(page).content.decode()
    assert asked(client, page, "letter").content == b"%PDF-1.7 x"
    for _ in range(2):
        assert client.post(page, {"form": "letter", "do": "keep", "key": "once"}).status_code == 302
    (filed,) = opened_all(current(Entry.Kind.DOCUMENT, patient=patient))
    assert isinstance(filed.content, FiledDocument)
    assert (filed.content.media_type, filed.content.about) == ("application/pdf", "Letter")
    other = replace(letter, make=lambda *_: b"%PDF-1.7 y")
    monkeypatch.setattr(sharing, "SHARED_FORMS", (other,))
    assert client.post(page, {"form": "letter", "do": "keep", "key": "once"}).status_code == 409


def test_what_cannot_be_kept_is_not_kept(client, page, patient):
    client.post(page, {"form": "tables", "do": "keep", "key": "once"})
    assert not opened_all(current(Entry.Kind.DOCUMENT, patient=patient))


def test_a_patient_has_their_own_sessions_as_a_calendar(logged_in, course):
    phone = logged_in("patient")
    text = phone.get(reverse("my_data")).content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    assert reverse("my_calendar") in text
    answer = phone.post(reverse("my_calendar"), {"at": "07:30"})
    assert answer["Content-Type"] == "text/calendar"
    starts = [str(each.decoded("dtstart")) for each in Calendar.from_ical(answer.content).walk("VEVENT")]
    assert "2026-08-03 07:30:00+02:00" in starts
    row = AuditRow.objects.filter(action="export").latest("seq")
    assert (row.role, row.about) == ("patient", f"calendar {course.pk}")
    wrong = phone.post(reverse("my_calendar"), {"at": "soon"})
    assert "No file was made" in wrong.content.decode()
    assert phone.get(reverse("my_calendar")).status_code == 405


def test_a_patient_without_a_signed_plan_has_no_calendar(logged_in):
    phone = logged_in("patient")
    assert reverse("my_calendar") not in phone.get(reverse("my_data")).content.decode()
    assert phone.post(reverse("my_calendar")).status_code == 404
