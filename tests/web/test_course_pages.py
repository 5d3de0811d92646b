"""Pages of a course: what is sent is written once, nothing typed is lost, what cannot be is said at its field."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
from django.test import Client

from nervelight.planning.diary_reading import read_diary
from nervelight.record import courses, reviews
from nervelight.record.contents import DayNote, EducationRead, Response, Session
from nervelight.record.entries import amend, current, opened_all, versions, write
from nervelight.record.models import AuditRow, Course, Entry, Task
from nervelight.record.voiding import void_session
from nervelight.web.courses import forms
from record.conftest import EXAMPLES

START = dt.date(2026, 8, 3)
TODAY = dt.date(2026, 10, 5)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """A day after the last of the example's diary, whatever the day of the test."""
    for place in (
        "nervelight.record.courses", "nervelight.record.overview", "nervelight.record.responses",
        "nervelight.record.reviews",
        "nervelight.web.courses.views", "nervelight.web.courses.review",
    ):  # fmt: skip
        monkeypatch.setattr(f"{place}.today_at", lambda _clinic: TODAY)


@pytest.fixture
def client(logged_in) -> Client:
    return logged_in("clinician")


@pytest.fixture
def at(course):
    """Address of a page of the course."""

    def address(rest: str = "") -> str:
        return f"/patients/{course.patient_id}/courses/{course.pk}/{rest}"

    return address


@pytest.fixture
def filled(course, clinician):
    """Sixty sessions and all scores of the responder's diary."""
    diary = read_diary(EXAMPLES / "diaries" / "responder.csv")
    given = [day.session for day in diary.days if day.session]
    common = {"patient": course.patient, "course": course, "author": clinician}
    for number in range(60):
        session = given[number % len(given)]
        write(
            Session(
                plan=str(course.signed_plan_id), lamp=session.lamp or "bestqool_pro300", distance_mm=session.distance,
                seconds=session.fields or dict.fromkeys(("left sole", "right sole"), session.time),
                site_checked=True, eyes_protected=True, skin=session.skin, before=6, after=5, where="home",
            ),
            day=START + dt.timedelta(days=number), **common,
        )  # fmt: skip
    for day in diary.days:
        for name, score in day.scores.items():
            write(Response(instrument=name, score=score), day=day.date, **common)
        if day.other_treatment or day.note:
            write(DayNote(other_treatment=day.other_treatment, note=day.note), day=day.date, **common)
    courses.refresh(course)
    return course


def sent(course, **more):
    """A session as the form sends it."""
    data = {
        "key": "k1", "plan": str(course.signed_plan_id), "amends": "", "day": START.isoformat(), "where": "home",
        "lit": ["left sole", "right sole"], "site_checked": "on", "as_planned": "on", "lamp": "", "distance": "",
        "eyes": "yes", "skin": "fine", "before": "7", "after": "6", "stopped_early": "", "note": "",
    }  # fmt: skip
    return data | more


def only_session(course):
    (read,) = opened_all(current("session", course=course))
    return read


def test_a_session_as_planned_is_a_few_taps_and_written_once(client, course, at):
    for _ in range(2):
        answer = client.post(at("sessions/new/"), sent(course))
        assert answer.status_code == 302, answer.content.decode()
    read = only_session(course)
    plan = courses.signed_plan(course)
    assert read.content.seconds == dict.fromkeys(("left sole", "right sole"), plan.prescription.time_per_field_s)
    assert (read.content.lamp, read.content.distance_mm) == (plan.lamp.device, plan.lamp.distance_mm)
    assert (read.content.eyes_protected, read.content.skin, read.content.before) == (True, "fine", 7)
    assert read.entry.day == START
    assert Course.objects.get(pk=course.pk).last_logged == START
    other = client.post(at("sessions/new/"), sent(course, after="2"))
    assert other.status_code == 409
    assert b"sent before with other content" in other.content


def test_nothing_clinical_is_filled_in_beforehand(client, course, at):
    html = client.get(at("sessions/new/")).content.decode()
    assert not re.search(r"<input[^>]* checked", html)
    assert not re.search(r'<option value="[^"]+"[^>]* selected', html)
    assert "Planned: 1 min 45 s" in html


def test_what_was_different_is_written_as_it_was(client, course, at):
    data = sent(course, lit=["left sole"], time_0="1:30", lamp="hooga_hg300", distance="28.5", stopped_early="too warm")
    del data["as_planned"], data["site_checked"]
    answer = client.post(at("sessions/new/"), data | {"eyes": "not asked", "skin": "not asked"})
    assert answer.status_code == 302, answer.content.decode()
    given = only_session(course).content
    assert given.seconds == {"left sole": 90}
    assert (given.lamp, given.distance_mm, given.stopped_early) == ("hooga_hg300", 285, "too warm")
    assert (given.eyes_protected, given.skin, given.site_checked) == (None, None, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lit": []}, "lit"),
        ({"lit": ["left hand"]}, "lit"),
        ({"day": "2099-01-01"}, "day"),
        ({"day": "yesterday"}, "day"),
        ({"day": "2026-08-02"}, "day"),
        ({"where": ""}, "where"),
        ({"skin": ""}, "skin"),
        ({"skin": "purple"}, "skin"),
        ({"eyes": ""}, "eyes"),
        ({"before": "11"}, "before"),
        ({"time_0": "two"}, "time_0"),
        ({"time_0": "9:00"}, "time_0"),
        ({"time_0": "0"}, "time_0"),
        ({"lit": ["left sole"], "time_1": "1:45"}, "time_1"),
        ({"lamp": "hooga_hg300"}, "lamp"),
        ({"distance": "60"}, "distance"),
        ({"distance": "-1"}, "distance"),
        ({"as_planned": ""}, "time_0"),
        ({"note": "x" * 4001}, "note"),
        ({"note": "\u202eright to left"}, "note"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(client, course, at, change, field):
    answer = client.post(at("sessions/new/"), sent(course, **{"note": "slept badly", **change}))
    assert answer.status_code == 200
    form = answer.context["form"]
    assert field in form.errors
    assert "Not saved yet" in answer.content.decode()
    if "note" not in change:
        assert "slept badly" in answer.content.decode()
    assert current("session", course=course) == []


@pytest.mark.parametrize(("text", "seconds"), [("1:45", 105), ("1.75", 105), ("1,75", 105), ("2", 120), (" 0:30 ", 30)])
def test_minutes_are_read_as_people_write_them(text, seconds):
    assert forms.parse_minutes(text) == seconds
    assert forms.parse_minutes(forms.shown_minutes(seconds)) == seconds


def test_a_blister_makes_an_event_and_an_urgent_task_and_says_so(client, course, at):
    answer = client.post(at("sessions/new/"), sent(course, skin="blister"), follow=True)
    assert "urgent task" in answer.content.decode()
    assert Task.objects.get(course=course).urgent
    assert len(current("event", course=course)) == 1


def test_a_plan_signed_meanwhile_is_told_before_anything_is_written(client, course, at, example_plans, clinician):
    old = str(course.signed_plan_id)
    # The same plan once more would be the version that is there.
    other = example_plans["diabetic_feet"].model_copy(update={"title": "Another version"})
    new = courses.add_plan(course, other, case=courses.case_of(course).entry, author=clinician)
    courses.sign(course, new, author=clinician, statement="I have read this plan.")
    answer = client.post(at("sessions/new/"), sent(course, plan=old))
    assert b"Another version of the plan is in force" in answer.content
    assert current("session", course=course) == []
    assert answer.context["form"]["plan"].value() == str(new.pk)


def test_a_correction_keeps_both_and_shows_what_it_begins_with(client, course, at, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=START)
    page = client.get(at(f"sessions/{first.pk}/"))
    assert page.context["form"]["time_0"].value() == "1:45"
    data = sent(course, amends=str(first.pk), time_0="1:00", time_1="1:45", lamp="bestqool_pro300", distance="30.5")
    del data["as_planned"]
    assert client.post(at(f"sessions/{first.pk}/"), data).status_code == 302
    read = only_session(course)
    assert read.content.seconds == {"left sole": 60, "right sole": 105}
    assert versions(read.entry)[1] == first
    # The address of what was corrected leads to the correction.
    assert client.get(at(f"sessions/{first.pk}/")).headers["Location"] == at(f"sessions/{read.entry.pk}/")


def test_two_who_correct_one_session_see_each_other(client, course, at, session, clinician):
    first = courses.record_session(course, session, author=clinician, day=START)
    theirs = amend(first, session.model_copy(update={"note": "the clinic's own lamp"}), author=clinician)
    answer = client.post(at(f"sessions/{first.pk}/"), sent(course, amends=str(first.pk), note="mine"))
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "the clinic&#x27;s own lamp" in html
    assert "mine" in html
    assert answer.context["form"]["amends"].value() == str(theirs.pk)
    again = client.post(at(f"sessions/{first.pk}/"), sent(course, amends=str(theirs.pk), note="mine"))
    assert again.status_code == 302
    assert only_session(course).content.note == "mine"


def test_a_questionnaire_is_scored_and_an_alarm_does_not_wait_for_the_rest(client, course, at):
    data = {"key": "q1", "day": START.isoformat(), "item_9": "1", "note": ""}
    first = client.post(at("questions/phq9/"), data)
    assert first.status_code == 200
    assert "self-harm pathway" in first.content.decode()
    assert Task.objects.filter(course=course, urgent=True).count() == 1
    assert current("response", course=course) == []
    whole = data | {f"item_{k}": "0" for k in range(1, 9)}
    assert client.post(at("questions/phq9/"), whole).status_code == 302
    (read,) = opened_all(current("response", course=course))
    assert read.content.score == 1
    assert Task.objects.filter(course=course, urgent=True).count() == 1


def test_a_walk_is_entered_in_metres_and_an_instrument_without_words_by_its_score(client, course, at):
    assert client.post(at("questions/sixmwt/"), {"key": "w1", "day": "2026-08-03", "score": "381"}).status_code == 302
    page = client.get(at("questions/bpi_sf/"))
    assert b"enter its score alone" in page.content
    assert client.post(at("questions/bpi_sf/"), {"key": "b1", "day": "2026-08-03", "score": "5.5"}).status_code == 302
    assert {read.content.score for read in opened_all(current("response", course=course))} == {381, 5.5}
    assert reviews.diary_of(course, courses.signed_plan(course)).days[0].walked == 381_000


@pytest.mark.parametrize("name", ["nonsense", "neupsig_grade", "monofilament_10g"])
def test_what_is_no_score_is_not_there(client, at, name):
    assert client.get(at(f"questions/{name}/")).status_code == 404


def test_a_note_of_a_day_stands_in_the_diary(client, course, at):
    assert client.post(at("days/new/"), {"key": "n1", "day": "2026-08-04"}).status_code == 200
    data = {"key": "n1", "day": "2026-08-04", "other_treatment": "duloxetine stopped", "note": ""}
    for _ in range(2):
        assert client.post(at("days/new/"), data).status_code == 302
    assert reviews.diary_of(course, courses.signed_plan(course)).days[0].other_treatment == "duloxetine stopped"
    assert client.post(at("days/new/"), data | {"note": "more"}).status_code == 409


def test_the_page_of_a_course_states_its_result_and_is_quick_to_ask(client, filled, at, django_assert_max_num_queries):
    first = client.get(at())
    html = first.content.decode()
    card = reviews.review(filled, on=TODAY)
    assert f'<h1 lang="en">{card.title}</h1>' in html
    assert html.count("<svg") == 3
    assert html.count("The numbers as a table") == 3
    assert "60 sessions" in html
    with django_assert_max_num_queries(12):
        again = client.get(at())
    assert again.status_code == 200
    assert client.get(at("?sessions=3&log=2")).status_code == 200
    assert client.get(at("?sessions=no&log=-1")).status_code == 200


@pytest.mark.parametrize("rest", ["", "sessions/new/", "questions/phq9/", "days/new/", "review/", "end/"])
def test_every_page_asks_little_of_the_database(client, filled, at, django_assert_max_num_queries, rest):
    client.get(at(rest))
    with django_assert_max_num_queries(12):
        assert client.get(at(rest)).status_code == 200


def test_the_first_picture_of_the_day_asks_no_more(client, filled, at, django_assert_max_num_queries):
    client.get(at("days/new/"))  # the first page of a login also notes its time
    with django_assert_max_num_queries(12):
        client.get(at())


def test_a_course_without_anything_written_says_so(client, course, at):
    html = client.get(at()).content.decode()
    assert "Nothing is written down yet" in html
    answer = client.get(at("review/"))
    assert answer.status_code == 200
    assert b"cannot be reviewed yet" in answer.content


def test_a_course_before_its_plan_can_be_seen_and_takes_no_session(client, patient, clinician):
    draft = courses.open_course(patient, {}, author=clinician)
    where = f"/patients/{patient.pk}/courses/{draft.pk}/"
    assert "The case is being written" in client.get(where).content.decode()
    assert client.get(where + "sessions/new/").status_code == 302
    assert client.get(where + "review/").status_code == 200
    assert client.get(where + "questions/nrs11/").status_code == 200


def decision(page, **more):
    form = page.context["form"]
    data = {"key": form["key"].value(), "card": form["card"].value(), "word": "accept", "reason": "agreed"}
    return data | {"instead": "", "actions": form["actions"].value() if "actions" in form.fields else []} | more


def test_a_card_is_accepted_once_with_its_tasks_and_can_be_read_again(client, filled, at):
    page = client.get(at("review/"))
    assert page.content.decode().count("<h1>") == 1
    card = reviews.review(filled, on=TODAY)
    data = decision(page)
    for _ in range(2):
        assert client.post(at("review/"), data).status_code == 302
    (read,) = opened_all(current("decision", course=filled))
    assert (read.content.word, read.content.decision, read.content.reason) == ("accept", card.decision, "agreed")
    assert Task.objects.filter(course=filled).count() == len(card.actions)
    assert {task.owner for task in Task.objects.filter(course=filled)} <= {"clinician", "patient"}
    earlier = client.get(at(f"review/{read.content.review}/"))
    assert card.title in earlier.content.decode()
    assert "Dr B: accepted" in earlier.content.decode()
    assert "Card of" in client.get(at()).content.decode()
    assert client.get(at(f"review/{read.entry.pk}/")).status_code == 404


def test_a_card_that_the_record_has_overtaken_is_not_decided_on(client, filled, at, clinician):
    page = client.get(at("review/"))
    write(
        Response(instrument="nrs11", score=9), patient=filled.patient, course=filled, author=clinician, day=TODAY
    )  # fmt: skip
    answer = client.post(at("review/"), decision(page, reason="as I saw it"))
    assert answer.status_code == 409
    assert "the new card" in answer.content.decode()
    assert "as I saw it" in answer.content.decode()
    assert current("decision", course=filled) == []
    assert answer.context["form"]["card"].value() != page.context["form"]["card"].value()
    assert client.post(at("review/"), decision(answer, key="d2")).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"word": ""}, "word"),
        ({"word": "maybe"}, "word"),
        ({"word": "edit"}, "instead"),
        ({"word": "edit", "instead": "more light"}, "instead"),
        ({"word": "accept", "instead": "stop"}, "instead"),
        ({"reason": "  "}, "reason"),
        ({"actions": ["99"]}, "actions"),
    ],
)
def test_a_decision_without_its_reason_or_its_alternative_is_refused(client, filled, at, clinician, change, field):
    courses.record_session(
        filled, only_first(filled).model_copy(update={"skin": "burn"}), author=clinician, day=TODAY
    )  # fmt: skip
    page = client.get(at("review/"))
    answer = client.post(at("review/"), decision(page, **change))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert current("decision", course=filled) == []


def only_first(course):
    return opened_all(current("session", course=course)[:1])[0].content


def test_a_rejected_card_makes_no_task_and_another_decision_is_kept_with_its_reason(client, filled, at, clinician):
    courses.record_session(
        filled, only_first(filled).model_copy(update={"skin": "burn"}), author=clinician, day=TODAY
    )  # fmt: skip
    before = Task.objects.count()
    assert client.post(at("review/"), decision(client.get(at("review/")), word="reject")).status_code == 302
    assert Task.objects.count() == before
    page = client.get(at("review/"))
    edited = decision(page, word="edit", instead="refer", actions=["0"])
    assert client.post(at("review/"), edited).status_code == 302
    made = [read.content for read in opened_all(current("decision", course=filled))]
    assert [(each.word, each.decision) for each in made] == [("reject", None), ("edit", "refer")]
    assert Task.objects.count() == before + 1


def test_a_course_ends_with_its_reason_and_can_be_taken_up_again(client, filled, at):
    assert client.post(at("end/"), {"key": "e1", "day": "2026-10-01", "reason": ""}).status_code == 200
    for _ in range(2):
        data = {"key": "e1", "day": "2026-10-01", "reason": "moved away"}
        assert client.post(at("end/"), data).status_code == 302
    assert Course.objects.get(pk=filled.pk).state == "ended"
    html = client.get(at()).content.decode()
    assert "ended on" in html
    assert "moved away" in html
    assert client.get(at("end/")).status_code == 200
    assert client.post(at("end/"), {"again": "1"}).status_code == 302
    assert Course.objects.get(pk=filled.pk).state == "signed"


def test_what_people_write_cannot_become_part_of_a_page(client, filled, at, clinician):
    bad = "<script>alert(1)</script>"
    write(
        DayNote(other_treatment=bad, note=bad), patient=filled.patient, course=filled, author=clinician, day=START
    )  # fmt: skip
    for rest in ("", "?log=99", "review/"):
        assert bad not in client.get(at(rest)).content.decode()


def test_no_page_has_style_or_script_of_its_own(client, filled, at):
    for rest in ("", "review/", "sessions/new/", "questions/phq9/"):
        html = client.get(at(rest)).content.decode()
        assert "<style" not in html
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"\son[a-z]+=", html)


def test_what_a_patient_said_back_of_a_sheet_is_on_the_course_page(client, course, clinician, at):
    common = {"patient": course.patient, "course": course, "author": clinician, "day": TODAY}
    write(EducationRead(sheet="watch", version="0" * 64, answers={"blister": "wait"}, understood=False), **common)
    write(EducationRead(sheet="of an earlier release", version="0" * 64, understood=True), **common)
    page = client.get(at()).content.decode()
    assert "Read: What to watch for</td>" in page and "an answer does not fit the page: talk it over" in page
    assert "Read: of an earlier release</td>" in page and "the answers fit the page" in page


@pytest.mark.parametrize("role", ["patient", "administrator"])
def test_other_roles_are_refused(logged_in, course, at, role):
    client = logged_in(role)
    for rest in ("", "sessions/new/", f"sessions/{uuid.uuid4()}/", "questions/peg/", "days/new/", "review/", "end/"):
        assert client.get(at(rest)).status_code == 403


def test_what_is_not_there_or_of_another_course_is_not_found(client, course, at, session, clinician, patient):
    entry = courses.record_session(course, session, author=clinician, day=START)
    other = courses.open_course(patient, {}, author=clinician)
    assert client.get(at(f"sessions/{uuid.uuid4()}/")).status_code == 404
    assert client.get(at(f"review/{uuid.uuid4()}/")).status_code == 404
    assert client.get(f"/patients/{patient.pk}/courses/{other.pk}/sessions/{entry.pk}/").status_code == 404
    assert client.get(f"/patients/{patient.pk}/courses/{uuid.uuid4()}/").status_code == 404


def test_nothing_personal_stands_in_the_audit_of_these_pages(client, filled, at):
    client.post(at("days/new/"), {"key": "n1", "day": "2026-08-04", "other_treatment": "duloxetine", "note": ""})
    rows = [f"{row.action} {row.about}" for row in AuditRow.objects.all()]
    assert any("day_note" in row for row in rows)
    assert not any("duloxetine" in row or "Anna" in row for row in rows)
    assert Entry.objects.filter(kind="day").exists()


def test_no_answer_and_no_score_waits_in_the_session_of_the_browser(client, course, at):
    data = {"key": "q1", "day": START.isoformat(), "note": ""} | {f"item_{k}": "2" for k in range(1, 10)}
    assert client.post(at("questions/phq9/"), data).status_code == 302
    # Ids, hashes and times of the log-in have figures of their own.
    waiting = str(
        {name: value for name, value in client.session.items() if not name.startswith("_auth") and name != "seen"}
    )
    assert "18" not in waiting and "self-harm" not in waiting
    page = client.get(at())
    assert b"An answer made an urgent task" in page.content and b"self-harm pathway" in page.content


def test_a_short_form_that_asks_for_the_long_one_leads_to_it(client, course, at):
    data = {"key": "q1", "day": START.isoformat(), "item_1": "2", "item_2": "1", "note": ""}
    assert client.post(at("questions/phq2/"), data).headers["Location"] == at("questions/phq9/")


def test_a_decision_that_is_changed_and_sent_again_is_not_told_as_saved(client, filled, at):
    sent = decision(client.get(at("review/")))
    assert client.post(at("review/"), sent).status_code == 302
    assert client.post(at("review/"), sent).status_code == 302
    for change in ({"reason": "on second thoughts"}, {"word": "reject"}, {"word": "edit", "instead": "stop"}):
        told = client.post(at("review/"), sent | change)
        assert told.status_code == 409
        # Decided on anew, it is a decision of its own.
        assert told.context["form"]["key"].value() != sent["key"]
    assert Entry.objects.filter(kind="decision").count() == 1


@pytest.mark.parametrize("rest", ["days/new/", "questions/nrs11/", "end/"])
def test_a_year_that_is_a_slip_is_told(client, course, at, rest):
    data = {"key": "k1", "day": "0206-08-03", "note": "x", "reason": "x", "item_1": "5"}
    told = client.post(at(rest), data)
    assert told.status_code == 200 and told.context["form"].errors.keys() == {"day"}


def test_a_correction_does_not_reach_another_session_by_its_id(client, course, at, session, clinician):
    first, other = (
        courses.record_session(course, session, author=clinician, day=START + dt.timedelta(days=days))
        for days in (0, 2)
    )
    assert client.post(at(f"sessions/{first.pk}/"), sent(course, amends=str(other.pk))).status_code == 302
    assert Entry.objects.filter(amends=first).exists() and not Entry.objects.filter(amends=other).exists()


@pytest.mark.parametrize("rest", ["sessions/new/", "review/"])
def test_a_key_that_no_database_takes_is_no_fault_of_the_program(client, filled, at, rest):
    for key in ("\x00", "k" * 64):
        assert client.post(at(rest), {"key": key, "plan": "another"}).status_code < 500


def test_a_session_entered_in_error_is_struck_through_and_can_be_taken_back(client, course, at, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=START)
    address = at(f"sessions/{given.pk}/error/")
    assert f'href="{address}"' in client.get(at(f"sessions/{given.pk}/")).content.decode()
    sent = {"key": "v1", "known": str(given.pk), "reason": ""}
    refused = client.post(address, sent).content.decode()
    assert 'id="id_reason_error"' in refused
    for _ in range(2):
        assert client.post(address, sent | {"reason": "Wrong person."}).status_code == 302
    (struck,) = current("voided", course=course)
    page = client.get(at()).content.decode()
    assert "0 sessions" in page
    assert "1 more was entered in error" in page
    assert "<s>left sole 1 min 45 s" in page
    assert "Wrong person." in page
    # Whoever still has an earlier page open is led to what holds.
    for old in (address, at(f"sessions/{given.pk}/")):
        assert client.get(old).headers["Location"] == at(f"sessions/{struck.pk}/error/")
    late = client.post(address, sent | {"key": "v2", "reason": "Me too."}, follow=True)
    assert "Somebody else changed this session meanwhile" in late.content.decode()
    history = client.get(f"/patients/{course.patient_id}/entries/{struck.pk}/").content.decode()
    assert "Wrong person." in history
    back = at(f"sessions/{struck.pk}/error/")
    assert "Take it back" in client.get(back).content.decode()
    assert client.post(back, {"key": "v3", "known": str(struck.pk), "again": "1"}).status_code == 302
    assert "1 session</h2>" in client.get(at()).content.decode()


def test_the_event_of_a_skin_check_is_struck_out_where_that_is_ticked(
    client, course, at, session, clinician, django_assert_max_num_queries
):
    given = courses.record_session(course, session.model_copy(update={"skin": "burn"}), author=clinician, day=START)
    address = at(f"sessions/{given.pk}/error/")
    client.get(address)
    with django_assert_max_num_queries(12):
        assert 'name="harm_too"' in client.get(address).content.decode()
    client.post(address, {"key": "v1", "known": str(given.pk), "reason": "Wrong person.", "harm_too": "on"})
    assert current("event", course=course) == []
    assert "<s>burn after a session</s>" in client.get(at()).content.decode()
    # Whoever has the event open still is told so, and saves nothing.
    event = Entry.objects.get(kind="event")
    page = f"/patients/{course.patient_id}/events/new/?amends={event.pk}"
    typed = {"key": str(uuid.uuid4()), "known": str(event.pk), "what": "burn", "seriousness": "mild",
             "related": "unlikely", "told_by": "patient"}  # fmt: skip
    for told in (client.get(page, follow=True), client.post(page, typed, follow=True)):
        assert "struck out together with its session" in told.content.decode()
    assert Entry.objects.filter(kind="event").count() == 1


def test_an_error_that_somebody_corrected_meanwhile_keeps_what_was_typed(client, course, at, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=START)
    amended = courses.amend_session(given, session.model_copy(update={"note": "theirs"}), author=clinician)
    data = {"key": "v1", "known": str(given.pk), "reason": "Wrong person."}
    page = client.post(at(f"sessions/{given.pk}/error/"), data)
    assert page.status_code == 409
    text = page.content.decode()
    assert "Wrong person." in text
    assert "theirs" in text
    assert f'value="{amended.pk}"' in text
    assert current("voided", course=course) == []


def test_a_correction_of_what_was_struck_out_meanwhile_is_refused(client, course, at, session, clinician):
    given = courses.record_session(course, session, author=clinician, day=START)
    void_session(given, "Wrong person.", author=clinician)
    answer = client.post(at(f"sessions/{given.pk}/"), sent(course, amends=str(given.pk)), follow=True)
    assert "Somebody else struck this session out meanwhile" in answer.content.decode()
    assert current("session", course=course) == []
