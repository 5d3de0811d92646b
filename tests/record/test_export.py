"""The export holds everything of one person and nothing of another."""

from __future__ import annotations

import base64
import csv
import io
import json
import zipfile

import pytest

from nervelight.fhir.person import person_bundles
from nervelight.record import audit, courses, people
from nervelight.record.consents import CONSENT_TEXT, consent_text, text_version, withdraw
from nervelight.record.contents import CONTENTS, Consent, DayNote, EducationRead, Identity, Response, TaskText
from nervelight.record.entries import amend, opened_all, today_at, versions, write
from nervelight.record.events import report_event
from nervelight.record.export import export_person
from nervelight.record.files import documents_of, file_document, media_type_of
from nervelight.record.keys import KeyMissing
from nervelight.record.models import Account, AuditRow, Entry, Patient, Rendering
from nervelight.record.tasks import add_task, finish_task
from record.test_events import event

PDF = b"%PDF-1.7 a letter"


@pytest.fixture
def everything(course, session, clinician):
    """A person with entries of nearly every kind, some amended, beside another person."""
    patient, today = course.patient, today_at(course.clinic)
    Account.objects.create_user("p-anna", None, role="patient", clinic=patient.clinic, patient=patient)
    first = courses.record_session(
        course, session.model_copy(update={"note": "=HYPERLINK(1)"}), author=clinician, day=course.starts
    )
    courses.amend_session(first, session.model_copy(update={"note": "amended note"}), author=clinician, day=first.day)

    def put(content, **more):
        return write(content, patient=patient, author=clinician, day=today, **more)

    put(Response(instrument="pain_nrs", score=4.0, answers=(4.0,)), course=course)
    put(DayNote(note="Slept badly"), course=course)
    put(EducationRead(sheet="light", version="1"))
    known = put(Consent(to="My words.", given=True, by="Anna"))
    withdraw(known, Consent(to="My words.", given=True, by="Anna"), by="Anna", author=clinician)
    report_event(event(red_flags=("foot_ulcer",)), patient=patient, course=course, author=clinician)
    file_document(PDF, name="letter", patient=patient, author=clinician)
    people.change_identity(
        Entry.objects.get(patient=patient, kind="identity"), Identity(name="Anna Neu"), author=clinician
    )
    other = people.add_patient(course.clinic, Identity(name="Zacharias Fremd"), author=clinician)
    add_task(TaskText(text="Fremdaufgabe", owner="clinician", due=today), patient=other, author=clinician)
    return patient, other


def opened_zip(patient, actor=None) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(export_person(patient, actor)))


def test_everything_that_was_written_is_in_the_export(everything, clinician):
    patient, _ = everything
    archive = opened_zip(patient, clinician)
    found = {}
    for kind in Entry.Kind.values:
        for entry in json.loads(archive.read(f"records/{kind}.json")):
            found[entry["id"]] = (kind, entry)
    reads = opened_all(Entry.objects.filter(patient=patient))
    assert {str(read.entry.pk) for read in reads} == set(found)
    for read in reads:
        kind, entry = found[str(read.entry.pk)]
        content = {
            field: _whole(archive, field, value["file"]) if isinstance(value, dict) and "file" in value else value
            for field, value in entry["content"].items()
        }
        assert CONTENTS[kind].model_validate(content) == read.content
        assert entry["amends"] == (read.entry.amends_id and str(read.entry.amends_id))
        assert entry["author"]["name"] == "Dr B"
        assert entry["day"] == read.entry.day.isoformat()
    assert {kind for kind, _ in found.values()} >= {"identity", "case", "plan", "session", "task", "document", "event"}


def _whole(archive: zipfile.ZipFile, field: str, name: str) -> str:
    data = archive.read(name)
    return base64.b64encode(data).decode() if field == "base64" else data.decode()


def test_nothing_of_another_person_is_in_the_export(everything, clinician):
    patient, other = everything
    archive = opened_zip(patient, clinician)
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Anna Neu" in whole
    for foreign in ("Zacharias", "Fremdaufgabe", str(other.pk), *map(str, Entry.objects.filter(patient=other))):
        assert foreign.encode() not in whole


def test_tables_hold_what_counts_now_and_nothing_runs_in_a_spreadsheet(everything, course, clinician, session):
    patient, _ = everything
    courses.record_session(
        course, session.model_copy(update={"note": "=HYPERLINK(1)"}), author=clinician, day=course.starts
    )
    archive = opened_zip(patient)
    sessions = list(csv.DictReader(io.StringIO(archive.read("sessions.csv").decode())))
    assert {row["note"] for row in sessions} == {"amended note", "'=HYPERLINK(1)"}
    assert {row["field"] for row in sessions} == {"left sole", "right sole"}
    (score,) = csv.DictReader(io.StringIO(archive.read("scores.csv").decode()))
    assert (score["instrument"], float(score["score"])) == ("pain_nrs", 4)


def test_the_export_tells_who_did_what_and_is_told_of_itself(everything, clinician):
    patient, _ = everything
    archive = opened_zip(patient, clinician)
    rows = json.loads(archive.read("audit.json"))
    assert [row["seq"] for row in rows] == list(
        AuditRow.objects.filter(patient=patient.pk).order_by("seq").values_list("seq", flat=True)
    )
    assert rows[-1]["action"] == "export"
    assert rows[-1]["actor"] == clinician.pk
    assert json.loads(archive.read("person.json"))["account"]["login"] == "p-anna"
    assert "amended_by" in archive.read("README.txt").decode()
    assert list(audit.verify()) == []


def test_courses_stand_beside_as_fhir(everything, course, clinician):
    patient, _ = everything
    courses.open_course(patient, {"schema": "nervelight-case-1"}, author=clinician)
    archive = zipfile.ZipFile(io.BytesIO(export_person(patient, clinician, person_bundles(patient, clinician))))
    names = [name for name in archive.namelist() if name.startswith("fhir/")]
    assert names == [f"fhir/{course.pk}.json"]
    bundle = json.loads(archive.read(names[0]))
    assert bundle["type"] == "collection"
    kinds = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    assert {"Patient", "Procedure", "AdverseEvent", "Consent", "DocumentReference", "Communication"} <= kinds
    (document,) = [each for each in map(_filed, bundle["entry"]) if each]
    assert document["size"] == len(PDF)
    assert "data" not in document


def _filed(entry) -> dict[str, object] | None:
    made = entry["resource"]
    if made["resourceType"] != "DocumentReference" or made["type"]["coding"][0]["code"] != "filed-document":
        return None
    return made["content"][0]["attachment"]


def test_of_an_erased_person_there_is_nothing_to_take(everything, clinician):
    patient, _ = everything
    people.erase(patient, author=clinician)
    with pytest.raises(KeyMissing):
        export_person(patient, clinician)


def test_the_words_of_a_consent_tell_what_is_unproven_recorded_and_how_to_withdraw():
    words = consent_text("en")
    assert all(word in words for word in ("not proven", "writes down", "withdraw this consent", "erased"))
    assert len(words.split("\n\n")) == len(CONSENT_TEXT)
    first, other = Consent(to=words, given=True, by="A"), Consent(to=words + " More.", given=True, by="A")
    assert text_version(first) != text_version(other)
    assert text_version(first) == text_version(first.model_copy(update={"given": False}))


def test_names_of_files_are_kept_sealed_beside_them_and_go_with_the_person(patient, clinician):
    entry = file_document(PDF, name="letter", patient=patient, author=clinician)
    first = documents_of(patient)
    assert [(file.id, file.name, file.media_type, file.size) for file in first] == [
        (entry.pk, "letter", "application/pdf", len(PDF))
    ]
    assert b"letter" not in bytes(Rendering.objects.get().content)
    assert documents_of(patient) == first
    file_document(b"text", name="second", patient=patient, author=clinician)
    assert [file.name for file in documents_of(patient)] == ["second", "letter"]
    # As a page has them that is being made meanwhile.
    read_before = Patient.objects.select_related("key").get(pk=patient.pk)
    people.erase(patient, author=clinician)
    assert not Rendering.objects.exists()
    with pytest.raises(KeyMissing):
        documents_of(Patient.objects.get(pk=patient.pk))
    with pytest.raises(KeyMissing):
        documents_of(patient)
    # Who was erased while their page was being made has no files any more.
    assert documents_of(read_before) == []


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4", "application/pdf"), (b" %PDF-1.4", "text/plain"), (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\x89PNG\n", None), (b"\xff\xd8\xff\xdb", "image/jpeg"), (b"\xff\xd8", None), (b"a\tb\r\n", "text/plain"),
        (b"a\x00b", None), (b"", None), (b"PK\x03\x04", None), (b"MZ\x90", None),
    ],
)  # fmt: skip
def test_what_a_file_is_is_told_by_its_bytes(data, kind):
    assert media_type_of(data) == kind


def test_versions_are_the_whole_chain_from_any_of_its_links(patient, clinician):
    first = Entry.objects.get(patient=patient)
    second = amend(first, Identity(name="B"), author=clinician)
    third = amend(second, Identity(name="C"), author=clinician)
    for each in (first, second, third):
        assert versions(each) == [third, second, first]


def test_a_task_put_off_twice_by_one_click_is_put_off_once(patient, clinician):
    task = add_task(
        TaskText(text="Call", owner="clinician", due=today_at(patient.clinic)), patient=patient, author=clinician
    )
    said = TaskText(text="Call", owner="patient", due=today_at(patient.clinic))
    first = task.entry
    one = finish_task(task, said, author=clinician, known=first, key="click")
    later = finish_task(task, said.model_copy(update={"state": "done"}), author=clinician)
    assert finish_task(task, said, author=clinician, known=first, key="click") == one
    task.refresh_from_db()
    assert task.entry == later
    assert task.done
