"""Entries are written once, amended by naming what they amend, and tell when somebody else was first."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from nervelight.errors import InvalidInput
from nervelight.record import audit, courses, people
from nervelight.record.contents import DayNote, Identity, Session
from nervelight.record.entries import AmendedMeanwhile, KeyUsedTwice, amend, current, newest, opened, versions, write
from nervelight.record.keys import KeyMissing
from nervelight.record.models import AuditRow, Entry, NameToken, Patient, PersonKey

DAY = dt.date(2026, 8, 3)


def test_what_is_written_is_read_back_and_nothing_personal_stands_in_the_table(patient, clinician):
    entry = Entry.objects.get(patient=patient, kind="identity")
    assert opened(entry, Identity).name == "Anna Maria Schmidt-Weiß"
    assert b"Anna" not in bytes(entry.content)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM record_auditrow")
        assert "Anna" not in str(cursor.fetchall())


def test_an_amendment_names_what_it_amends_and_both_stay(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=DAY)
    second = amend(first, session.model_copy(update={"note": "left foot only"}), author=clinician)
    assert current("session", course=course) == [second]
    assert versions(second) == [second, first]
    assert list(audit.verify()) == []


def test_whoever_amends_what_was_amended_meanwhile_is_told_so(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=DAY)
    theirs = amend(first, session.model_copy(update={"note": "theirs"}), author=clinician)
    with pytest.raises(AmendedMeanwhile) as told:
        amend(first, session.model_copy(update={"note": "mine"}), author=clinician)
    assert told.value.latest == theirs


def test_what_is_sent_twice_is_written_once(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=DAY, key="abc")
    again = courses.record_session(course, session, author=clinician, day=DAY, key="abc")
    assert first == again
    assert Entry.objects.filter(kind="session").count() == 1
    with pytest.raises(KeyUsedTwice):
        courses.record_session(course, session.model_copy(update={"after": 2}), author=clinician, day=DAY, key="abc")


def test_the_same_key_with_another_day_is_told_and_not_taken_for_the_same(course, session, clinician):
    courses.record_session(course, session, author=clinician, day=DAY, key="abc")
    with pytest.raises(KeyUsedTwice):
        courses.record_session(course, session, author=clinician, day=DAY + dt.timedelta(days=2), key="abc")


def test_what_is_of_the_day_it_is_written_on_is_the_same_when_it_is_sent_again_another_day(patient, monkeypatch):
    note = DayNote(note="one")
    first = write(note, patient=patient, author=None, key="abc")
    tomorrow = timezone.now() + dt.timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert write(note, patient=patient, author=None, key="abc") == first


def test_who_reads_the_key_before_an_erasure_writes_nothing_after_it(patient, clinician):
    known = Entry.objects.select_related("patient__key").get(patient=patient)
    assert known.patient.key.wrapped
    people.erase(Patient.objects.get(pk=patient.pk), author=clinician)
    with pytest.raises(KeyMissing):
        people.change_identity(known, Identity(name="Anna Schmidt"), author=clinician)
    assert not NameToken.objects.filter(patient=patient).exists()
    assert Entry.objects.filter(patient=patient).count() == 1


def test_the_database_refuses_to_change_or_delete_what_was_recorded(patient):
    entry = Entry.objects.get(patient=patient)
    for change in (
        lambda: Entry.objects.filter(pk=entry.pk).update(day=DAY),
        lambda: Entry.objects.filter(pk=entry.pk)._raw_delete("default"),
        lambda: AuditRow.objects.update(action="nothing"),
        lambda: AuditRow.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_content_cannot_be_moved_to_another_entry(course, session, clinician, unguarded):
    one = courses.record_session(course, session, author=clinician, day=DAY)
    other = courses.record_session(course, session, author=clinician, day=DAY)
    Entry.objects.filter(pk=one.pk).update(content=other.content)
    with pytest.raises(KeyMissing):
        opened(Entry.objects.get(pk=one.pk), Session)


@pytest.mark.parametrize("change", [{"action": "nothing"}, {"about": "x"}, {"actor": 99}, {"hash": "0" * 64}])
def test_a_changed_row_of_the_audit_is_found(course, unguarded, change):
    assert list(audit.verify()) == []
    AuditRow.objects.filter(seq=2).update(**change)
    assert any(fault.seq == 2 for fault in audit.verify())


def test_a_row_taken_out_and_a_chain_cut_short_are_found(course, unguarded):
    seq, last = audit.head()
    AuditRow.objects.filter(seq=2)._raw_delete("default")
    assert list(audit.verify())
    AuditRow.objects.filter(seq=seq)._raw_delete("default")
    assert any("ends here" in fault.what for fault in audit.verify(expected=(seq, last)))


def test_an_entry_changed_taken_out_or_slipped_in_is_found(course, unguarded):
    entry = Entry.objects.filter(kind="case").get()
    Entry.objects.filter(pk=entry.pk).update(day=DAY)
    assert any("was changed" in fault.what for fault in audit.verify())
    Entry.objects.filter(pk=entry.pk)._raw_delete("default")
    assert any("is gone" in fault.what for fault in audit.verify())


def test_an_entry_without_its_row_is_found(patient, clinician, unguarded):
    write(Identity(name="Somebody"), patient=patient, author=clinician, day=DAY)
    AuditRow.objects.filter(seq=audit.head()[0])._raw_delete("default")
    assert any("not in the audit" in fault.what for fault in audit.verify())


def test_erasure_destroys_what_is_personal_and_the_chain_still_verifies(course, session, clinician):
    courses.record_session(course, session, author=clinician, day=DAY)
    entry = Entry.objects.filter(kind="session").get()
    people.erase(course.patient, author=clinician)
    with pytest.raises(KeyMissing):
        people.identity_of(course.patient)
    with pytest.raises(KeyMissing):
        opened(entry, Session)
    assert not PersonKey.objects.exists()
    assert people.found_by_name(course.clinic, "anna") == []
    assert list(audit.verify()) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("an", True), ("ANNA schm", True), ("weiß", True), ("nna", False), ("anna bauer", False), ("", False)],
)
def test_people_are_found_by_the_beginnings_of_their_names(patient, text, found):
    assert (patient.pk in people.found_by_name(patient.clinic, text)) is found


def test_no_session_without_a_signed_plan_and_none_in_the_future(course, session, clinician):
    with pytest.raises(InvalidInput, match="day"):
        courses.record_session(course, session, author=clinician, day=dt.date(2099, 1, 1))
    unsigned = courses.open_course(course.patient, {}, author=clinician)
    with pytest.raises(InvalidInput, match="signed plan"):
        courses.record_session(unsigned, session, author=clinician, day=DAY)


def test_the_newest_of_many_amendments_is_found_without_walking_through_them(patient, django_assert_max_num_queries):
    first = write(DayNote(note="0"), patient=patient, author=None)
    last = first
    for number in range(1, 15):
        last = amend(last, DayNote(note=str(number)), author=None)
    with django_assert_max_num_queries(2):
        assert newest(first) == last
    assert newest(last) is last
