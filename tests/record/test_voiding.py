"""A session entered in error stays, counts nowhere, and counts again when that is taken back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import pytest

from nervelight.errors import InvalidInput
from nervelight.record import audit, courses, reviews
from nervelight.record.contents import Session, Voided
from nervelight.record.entries import AmendedMeanwhile, KeyUsedTwice, current, opened, versions, write
from nervelight.record.export import export_person
from nervelight.record.gathering import dossier_of
from nervelight.record.handing_in import session_key
from nervelight.record.models import Account, AuditRow, Course, Entry, Task
from nervelight.record.own import own_course
from nervelight.record.voiding import restore_session, void_session

START = dt.date(2026, 8, 3)
WHY = "It was Ben's session."


@pytest.fixture(autouse=True)
def later(monkeypatch):
    """A day after the course, on which all of it can be written down."""
    for place in (courses, reviews):
        monkeypatch.setattr(place, "today_at", lambda _clinic: dt.date(2026, 12, 1))


def counted(course: Course) -> list[object]:
    """What counts sessions: the diary that reviews read, the lists, the person's own page."""
    course = Course.objects.get(pk=course.pk)
    diary = reviews.diary_of(course, courses.signed_plan(course))
    days = diary.days if diary else ()
    return [
        [(day.date, day.session.fields, day.red_flags) for day in days if day.session or day.red_flags],
        course.next_session,
        course.last_logged,
        own_course(course.patient, START).due.state,
    ]


def test_a_session_entered_in_error_counts_nowhere_until_that_is_taken_back(course, session, clinician):
    before = counted(course)
    given = courses.record_session(course, session, author=clinician, day=START)
    as_given = counted(course)
    assert as_given != before
    struck = void_session(given, WHY, author=clinician)
    assert counted(course) == before
    assert opened(struck, Voided) == Voided(reason=WHY, was=session)
    back = restore_session(struck, author=clinician)
    assert counted(course) == as_given
    assert [each.pk for each in versions(given)] == [back.pk, struck.pk, given.pk]
    assert opened(back, Session) == session
    done = AuditRow.objects.filter(about__in=[str(each.pk) for each in (given, struck, back)]).order_by("seq")
    assert [row.action for row in done] == ["write session", "void session", "restore session"]
    assert list(audit.verify()) == []


def test_of_two_on_a_day_one_may_be_struck_out(course, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=START, key="a")
    once = counted(course)
    twice = courses.record_session(course, session, author=clinician, day=START, key="b")
    assert counted(course) != once
    void_session(twice, "typed twice", author=clinician, key="c")
    void_session(twice, "typed twice", author=clinician, key="c")
    assert counted(course) == once
    assert [each.pk for each in current("session", course=course)] == [first.pk]


@pytest.mark.parametrize("harm_too", [True, False])
def test_the_event_of_its_skin_check_goes_with_it_only_where_that_is_said(course, session, clinician, harm_too):
    given = courses.record_session(
        course, session.model_copy(update={"skin": "burn"}), author=clinician, day=START
    )  # fmt: skip
    as_given = counted(course)
    # Found also from a later version of the session.
    given = courses.amend_session(given, opened(given, Session), author=clinician)
    struck = void_session(given, WHY, author=clinician, harm_too=harm_too)
    assert len(current("event", course=course)) == (0 if harm_too else 1)
    assert Task.objects.filter(course=course, done=False).count() == 1
    restore_session(struck, author=clinician)
    assert len(current("event", course=course)) == 1
    assert counted(course) == as_given
    assert Task.objects.filter(course=course, done=False, urgent=True).count() == (2 if harm_too else 1)


def test_each_harm_that_its_corrections_told_of_goes_and_comes_with_it(course, session, clinician):
    given = courses.record_session(
        course, session.model_copy(update={"skin": "blister"}), author=clinician, day=START
    )  # fmt: skip
    given = courses.amend_session(given, session.model_copy(update={"skin": "burn"}), author=clinician)
    assert len(current("event", course=course)) == 2
    struck = void_session(given, WHY, author=clinician, harm_too=True)
    assert current("event", course=course) == []
    restore_session(struck, author=clinician)
    assert len(current("event", course=course)) == 2


def test_what_cannot_be_struck_out_is_refused(course, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=START)
    patient = Account.objects.create_user("p", None, role="patient", clinic=course.clinic, patient=course.patient)
    with pytest.raises(InvalidInput, match=r"(?s)reason.*author"):
        void_session(given, " ", author=patient)
    with pytest.raises(InvalidInput, match="a session of a course"):
        void_session(courses.case_of(course).entry, WHY, author=clinician)
    with pytest.raises(InvalidInput, match="entered in error"):
        restore_session(given, author=clinician)
    with pytest.raises(InvalidInput, match="same person, course and kind"):
        write(
            Voided(reason=WHY, was=session), patient=course.patient, course=course, author=clinician,
            amends=courses.case_of(course).entry,
        )  # fmt: skip
    struck = void_session(given, WHY, author=clinician)
    for late in (
        lambda: void_session(given, "Me too.", author=clinician),
        lambda: courses.amend_session(given, session, author=clinician),
    ):
        with pytest.raises(AmendedMeanwhile) as theirs:
            late()
        assert theirs.value.latest == struck


def test_what_was_struck_out_and_is_sent_again_is_not_answered_as_if_it_counted(course, session, clinician):
    key = session_key(course, START)
    given = courses.record_session(course, session, author=clinician, day=START, key=key)
    void_session(given, WHY, author=clinician)
    with pytest.raises(KeyUsedTwice, match="entered in error"):
        courses.record_session(course, session, author=clinician, day=START, key=key)
    again = courses.record_session(course, session, author=clinician, day=START, key=session_key(course, START))
    assert [each.pk for each in current("session", course=course)] == [again.pk]


def test_exports_say_that_it_was_an_error(course, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=START)
    void_session(given, WHY, author=clinician)
    archive = zipfile.ZipFile(io.BytesIO(export_person(course.patient, clinician)))
    rows = list(csv.DictReader(archive.read("sessions.csv").decode("utf-8-sig").splitlines()))
    assert [row["entered_in_error"] for row in rows] == [WHY, WHY]
    dossier = dossier_of(Course.objects.get(pk=course.pk), actor=clinician, about="test")
    assert dossier.of(Session) == ()
    ((kept, why),) = dossier.struck(Session)
    assert (kept.id, kept.content, why) == (str(given.pk), session, WHY)
    assert Entry.objects.filter(course=course, kind="session").count() == 1
