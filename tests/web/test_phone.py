"""The patient's pages without JavaScript: what is due, what was done, whom to call."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import json
import re
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone

from nervelight.assessment import red_flag_ids
from nervelight.planning.education import education_sheets, sheet_titles
from nervelight.planning.education import making as sheet_making
from nervelight.planning.education.sheet import Line
from nervelight.record import courses, reviews
from nervelight.record.contents import AdverseEvent, Decision, EducationRead, Response, Session
from nervelight.record.due import due_on
from nervelight.record.entries import current, opened_all, write
from nervelight.record.events import report_event
from nervelight.record.models import Course, Entry, Task
from nervelight.record.voiding import void_session
from nervelight.web.phone.words import flags_for, sheets_of
from web.phone import AN_OFF_DAY, FIRST_SESSION, noon, session_data

Kind = Entry.Kind
PAGES = ("today", "my_session", "questions", "chart", "learn", "wrong", "my_data")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings) -> dict[str, dt.datetime]:
    """The time, which tests may set without being logged out."""
    settings.SESSION_COOKIE_AGE = 10**8
    now = {"now": noon(FIRST_SESSION)}
    monkeypatch.setattr(timezone, "now", lambda: now["now"])
    return now


@pytest.fixture
def phone(clock, course, logged_in):
    return logged_in("patient")


def contents(patient, kind):
    return [read.content for read in opened_all(current(kind, patient=patient))]


def get(client, name, **kwargs) -> str:
    response = client.get(reverse(name, kwargs=kwargs))
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    "name", [*PAGES, *(f"sheet {slug}" for slug in sheet_titles()), "question nrs11", "question peg"]
)
def test_each_page_is_there_with_few_queries(name, phone, course, clinician, session, django_assert_max_num_queries):
    for back in range(1, 20):
        day = FIRST_SESSION - dt.timedelta(days=back)
        write(
            Response(instrument="nrs11", answers=(6,), score=6),
            patient=course.patient, course=course, author=clinician, day=day,
        )  # fmt: skip
    page, _, one = name.partition(" ")
    kwargs = {"sheet": one} if page == "sheet" else {"instrument": one} if page == "question" else {}
    with django_assert_max_num_queries(12):
        text = get(phone, page, **kwargs)
    assert text.count("<h1") == 1


def test_today_says_what_where_how_long_how_far_and_what_to_check(phone):
    text = get(phone, "today")
    for words in ("left sole", "right sole", "1\u00a0min\u00a045\u00a0s", "30.5\u00a0cm", "Bestqool Pro300", "Goggles"):
        assert words in text
    assert "You may not feel heat there" in text
    assert "session 1 of 12" in text
    assert 'data-seconds="105"' in text
    # Nothing is chosen for the person.
    assert "checked" not in text


def test_a_session_is_written_down_once_and_then_no_more_light_is_due(phone, patient):
    data = session_data(get(phone, "today"), stopped_early="phone rang\r\ntwice")
    for _ in range(2):
        assert phone.post(reverse("my_session"), data).status_code == 302
    (made,) = contents(patient, Kind.SESSION)
    assert made.seconds == {"left sole": 105, "right sole": 105}
    assert (made.distance_mm, made.lamp, made.skin, made.before, made.after) == (304.8, "bestqool_pro300", "fine", 7, 6)
    assert made.stopped_early == "phone rang\ntwice"
    assert "session is written down" in get(phone, "today")
    assert "data-session" not in get(phone, "today")
    other = phone.post(reverse("my_session"), {**data, "after": "2"}).content.decode()
    assert "written down already" in other
    assert len(contents(patient, Kind.SESSION)) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"minutes_0": "", "seconds_0": "", "minutes_1": "", "seconds_1": "0"}, "How long was the light on?"),
        ({"far": "other"}, "Write the distance"),
        ({"skin": ""}, "How does the skin look now?"),
        ({"place": ""}, "right place"),
        ({"minutes_0": "-1"}, "left sole, minutes"),
        ({"before": "11"}, "Pain just before"),
        ({"day": "2026-08-30"}, "up to today"),
        ({"plan": "00000000-0000-4000-8000-000000000000"}, "signed plan"),
        ({"key": ""}, "key"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(changes, told, phone, patient):
    data = session_data(get(phone, "today"), note="kept by the form", **changes)
    text = phone.post(reverse("my_session"), data).content.decode()
    assert "Not saved yet" in text
    assert told in text
    assert "kept by the form" in text
    assert not contents(patient, Kind.SESSION)


@pytest.mark.parametrize(
    ("skin", "flag"), [("blister", "skin_or_eye_injury"), ("burn", "skin_or_eye_injury"), ("wound", "foot_ulcer")]
)
def test_harmed_skin_stops_the_light_until_the_clinic_has_answered(
    skin, flag, phone, course, patient, clinician, clock
):
    data = session_data(get(phone, "today"), skin=skin)
    for _ in range(2):
        text = phone.post(reverse("my_session"), data).content.decode()
        assert "Stop the light and call the clinic today" in text
        assert 'href="tel:112"' in text
        assert 'href="tel:+49301234"' in text
    (event,) = contents(patient, Kind.EVENT)
    assert event.red_flags == (flag,)
    task = Task.objects.get()
    assert task.urgent
    clock["now"] = noon(FIRST_SESSION + dt.timedelta(days=2))
    assert "no light until the clinic has spoken with you" in get(phone, "today")
    assert "data-session" not in get(phone, "today")
    task.done = True
    task.save()
    assert "Light today" in get(phone, "today")


def test_nobody_looked_is_not_fine(phone, patient):
    phone.post(reverse("my_session"), session_data(get(phone, "today"), skin="unseen"))
    assert contents(patient, Kind.SESSION)[0].skin is None
    assert "I could not look" in get(phone, "today")


def test_much_more_light_than_planned_is_said_and_made_a_task(phone):
    data = session_data(get(phone, "today"), minutes_0="9")
    for _ in range(2):
        text = phone.post(reverse("my_session"), data).content.decode()
        assert "much longer than planned" in text
    task = Task.objects.get()
    assert not task.urgent


def test_a_missed_day_is_not_doubled_and_can_be_written_down_later(phone, patient, clock):
    clock["now"] = noon(AN_OFF_DAY)
    text = get(phone, "today")
    assert "No light today" in text
    assert "Do not double" in text
    page = phone.get(reverse("my_session"), {"day": FIRST_SESSION.isoformat()}).content.decode()
    phone.post(reverse("my_session"), session_data(page))
    (entry,) = current(Kind.SESSION, patient=patient)
    assert entry.day == FIRST_SESSION
    assert "Do not double" not in get(phone, "today")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (FIRST_SESSION - dt.timedelta(days=3), "Your first session is on Monday, 3 August"),
        (AN_OFF_DAY, "Days without light are part of your plan"),
        (FIRST_SESSION + dt.timedelta(days=26), "No more sessions in this plan"),
    ],
)
def test_each_kind_of_day_says_so(day, words, phone, clock):
    clock["now"] = noon(day)
    assert words in get(phone, "today")


def test_without_a_plan_there_is_no_light(clock, patient, logged_in):
    phone = logged_in("patient")
    assert "Please use no light before that" in get(phone, "today")
    assert phone.get(reverse("my_session")).status_code == 404
    for name in ("questions", "chart", "learn", "wrong"):
        get(phone, name)


@pytest.mark.parametrize(
    ("word", "decision", "waits"),
    [("edit", "stop", True), ("edit", "adjust once", True), ("edit", "continue", False), ("reject", None, False)],
)
def test_after_a_decision_that_changes_the_light_the_old_plan_waits(
    word, decision, waits, phone, course, patient, clinician, clock, session
):
    courses.record_session(course, session, author=clinician, day=FIRST_SESSION)
    clock["now"] = noon(FIRST_SESSION + dt.timedelta(days=2))
    card = reviews.review(course)
    made = Decision(review="", word=word, decision=decision, by="Dr B", reason="said so")
    reviews.decide(course, card, made, author=clinician)
    Task.objects.update(done=True)
    assert ("the clinic is changing your plan" in get(phone, "today")) == waits


def test_an_ended_course_asks_for_nothing(phone, course, clinician):
    courses.end_course(course, "helped enough", author=clinician, day=FIRST_SESSION)
    assert "Your course has ended" in get(phone, "today")
    assert "Nothing to fill in today" in get(phone, "questions")


def test_questions_are_listed_answered_once_and_go(phone, patient):
    assert "Your pain today" in get(phone, "questions")
    page = get(phone, "question", instrument="nrs11")
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    for _ in range(2):
        assert phone.post(reverse("question", args=["nrs11"]), {"key": key, "item_1": "6"}).status_code == 302
    (made,) = contents(patient, Kind.RESPONSE)
    assert (made.instrument, made.score) == ("nrs11", 6)
    assert "Your pain today" not in get(phone, "questions")


@pytest.mark.parametrize("items", [9, 1])
def test_an_answer_that_needs_somebody_shows_numbers_and_makes_a_task_also_on_an_unfinished_form(items, phone, patient):
    answers = {f"item_{k}": "0" for k in range(10 - items, 9)} | {"item_9": "1"}
    page = get(phone, "question", instrument="phq9")
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    for _ in range(2):
        text = phone.post(reverse("question", args=["phq9"]), {"key": key, **answers}).content.decode()
        assert "Call 112 now" in text
        assert "do not stay alone" in text
    task = Task.objects.get()
    assert task.urgent
    assert len(contents(patient, Kind.RESPONSE)) == (items == 9)


def test_only_what_a_person_can_answer_is_asked(phone):
    for name in ("gas", "tcss", "no_such_thing", "phq2"):
        assert phone.get(reverse("question", args=[name])).status_code == 404


def test_something_is_wrong_shows_numbers_and_makes_an_event_with_an_urgent_task(phone, patient, clinic):
    clinic.opening_hours = "Monday to Friday, 8 to 17"
    clinic.save()
    page = get(phone, "wrong")
    for words in ('href="tel:112"', 'href="tel:+49301234"', "Monday to Friday, 8 to 17", "hard to breathe"):
        assert words in page
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    data = {"key": key, "text": "I feel odd", "bad": "a little"}
    for _ in range(2):
        assert "The clinic has your message" in phone.post(reverse("wrong"), data).content.decode()
    (event,) = contents(patient, Kind.EVENT)
    assert isinstance(event, AdverseEvent)
    assert (event.what, event.told_by, event.seriousness) == ("I feel odd", "patient", "mild")
    assert Task.objects.get().urgent
    assert "already, with other words" in phone.post(reverse("wrong"), {**data, "text": "else"}).content.decode()


def test_a_red_flag_for_the_emergency_number_says_to_call_it(phone, patient):
    text = phone.post(
        reverse("wrong"), {"key": "a-key-of-one", "text": "", "flags": ["climbing_weakness"], "bad": "very"}
    ).content.decode()
    assert "Call 112 now" in text
    assert contents(patient, Kind.EVENT)[0].red_flags == ("climbing_weakness",)
    assert "no light until" in get(phone, "today")


def test_an_empty_message_is_refused(phone, patient):
    text = phone.post(reverse("wrong"), {"key": "a-key-of-one", "text": " ", "bad": "very"}).content.decode()
    assert "Tick one thing" in text
    assert not contents(patient, Kind.EVENT)


def test_every_red_flag_has_plain_words():
    assert [name for name, _ in flags_for()] == list(red_flag_ids())


def test_the_chart_draws_gaps_and_says_what_it_cannot_tell(phone, course, clinician):
    for back in (1, 2, 5):
        write(
            Response(instrument="nrs11", answers=(6,), score=6),
            patient=course.patient, course=course, author=clinician, day=FIRST_SESSION - dt.timedelta(days=back),
        )  # fmt: skip
    text = get(phone, "chart")
    assert text.count("<circle") == 3
    assert "On 3 days no pain was written down: those are gaps, not zeros" in text
    assert "They cannot show why it changed" in text
    assert not re.search(r"success|well done|great|congrat", text, re.IGNORECASE)


def test_a_sheet_is_kept_with_the_hash_of_its_text_and_other_answers_are_explained(phone, course, patient, clinic):
    plan = courses.signed_plan(course)
    for sheet in sheets_of(plan, clinic):
        page = get(phone, "sheet", sheet=sheet.slug)
        for line in sheet.lines:
            assert html.escape(line.text, quote=True) in page
        key = re.search(r'name="key" value="([^"]+)"', page)[1]
        version = re.search(r'name="version" value="([^"]+)"', page)[1]
        other = {"version": version} | {
            each.id: next(id_ for id_, _ in each.choices if id_ != each.right) for each in sheet.questions
        }
        text = phone.post(reverse("sheet", args=[sheet.slug]), {"key": key, **other}).content.decode()
        assert "look at this once more" in text
        right = {"version": version} | {each.id: each.right for each in sheet.questions}
        text = phone.post(reverse("sheet", args=[sheet.slug]), {"key": f"{sheet.slug}-again", **right}).content.decode()
        assert "Your answers fit" in text
        first, second = [each for each in contents(patient, Kind.EDUCATION) if each.sheet == sheet.slug]
        assert isinstance(first, EducationRead)
        assert (first.understood, second.understood) == (False, True)
        assert first.version == sheet.version == version
        assert (first.text, first.language) == (sheet.text, "en")
        assert len(first.other) == len(sheet.questions)
        assert second.other == ()
    assert get(phone, "learn").count("answered on 3 August") == len(sheet_titles())
    assert "What you read before" not in get(phone, "learn")


def answer(phone, sheet, key, version=None, **changed):
    right = {each.id: each.right for each in sheet.questions}
    data = {"key": key, "version": version or sheet.version, **right, **changed}
    return phone.post(reverse("sheet", args=[sheet.slug]), data)


def test_the_text_that_a_person_read_stays_word_for_word_when_the_sheets_change(
    phone, course, patient, clinic, clinician, logged_in, monkeypatch
):
    plan = courses.signed_plan(course)
    old = next(each for each in sheets_of(plan, clinic) if each.slug == "watch")
    assert answer(phone, old, "the-old-one", blister="wait").status_code == 200
    made = sheet_making._lines
    monkeypatch.setattr(
        sheet_making,
        "_lines",
        lambda *told: [*made(*told), Line("A sentence of a later release.", ("nervelight_rule",))],
    )
    new = next(each for each in sheets_of(plan, clinic) if each.slug == "watch")
    assert new.version != old.version
    # Answers to the page of before are not taken as answers to this one.
    late = answer(phone, new, "too-late-a-key", version=old.version)
    assert "This page was changed after you opened it" in late.content.decode()
    assert len(contents(patient, Kind.EDUCATION)) == 1
    assert answer(phone, new, "the-new-one").status_code == 200
    kept = contents(patient, Kind.EDUCATION)
    assert [each.text for each in kept] == [old.text, new.text]
    assert [hashlib.sha256(each.text.encode()).hexdigest() for each in kept] == [old.version, new.version]
    # The person finds it, the clinician finds it, and it leaves with everything else.
    learn = get(phone, "learn")
    assert "What you read before" in learn
    desk = logged_in("clinician")
    shown = desk.get(reverse("course", args=[patient.pk, course.pk])).content.decode()
    for line in old.lines:
        assert html.escape(line.text, quote=True) in learn
        assert html.escape(line.text, quote=True) in shown
    assert f"Version {old.version[:8]}" in shown and f"Version {new.version[:8]}" in shown
    assert "What do you do? Wait for the next visit" in shown
    archive = zipfile.ZipFile(io.BytesIO(phone.post(reverse("my_data")).content))
    out = json.loads(archive.read("records/education.json"))
    assert [entry["content"]["text"] for entry in out] == [old.text, new.text]


def test_what_was_read_is_sealed_in_the_database(phone, course, clinic):
    sheet = sheets_of(courses.signed_plan(course), clinic)[0]
    answer(phone, sheet, "a-key-of-one")
    row = Entry.objects.get(kind=Kind.EDUCATION)
    assert sheet.lines[0].text.encode() not in bytes(row.content)


def test_the_sheets_are_in_the_language_of_the_person(phone, course, clinic, accounts):
    account = accounts["patient"]
    account.language = "de"
    account.save()
    plan = courses.signed_plan(course)
    for sheet in education_sheets(
        plan, language="de", emergency_number=clinic.emergency_number,
        clinic_phone=clinic.phone, opening_hours=clinic.opening_hours,
    ):  # fmt: skip
        page = get(phone, "sheet", sheet=sheet.slug)
        for line in sheet.lines:
            assert html.escape(line.text, quote=True) in page
        assert answer(phone, sheet, f"ein-schluessel-{sheet.slug}").status_code == 200
    assert "Wenn es warm wird" in get(phone, "sheet", sheet="session")
    assert "Schutzbrille auf" in get(phone, "today")
    assert "Sehen Sie die Haut an." in get(phone, "today")


def test_all_that_is_written_of_a_person_is_handed_out_to_them(phone, patient):
    response = phone.post(reverse("my_data"))
    assert response["Content-Type"] == "application/zip"
    assert "plans/" in " ".join(zipfile.ZipFile(io.BytesIO(response.content)).namelist())


def test_nothing_of_health_stands_in_a_message_that_waits_in_the_session(phone):
    phone.post(reverse("my_session"), session_data(get(phone, "today"), minutes_0="9", skin="burn"))
    assert "_messages" not in phone.session


def test_the_session_that_is_kept_holds_what_the_plan_says_about_eyes(phone, patient):
    phone.post(reverse("my_session"), session_data(get(phone, "today"), eyes="no", far="unknown", place="no"))
    (made,) = contents(patient, Kind.SESSION)
    assert isinstance(made, Session)
    assert (made.eyes_protected, made.distance_mm, made.site_checked) == (False, None, False)


def test_what_is_shown_is_what_the_rule_says(phone, course):
    assert due_on(courses.signed_plan(course), FIRST_SESSION).state == "session"
    assert Course.objects.get().state == Course.State.SIGNED


@pytest.mark.parametrize("words", ["a\x01b", "call \u202a+49 30 1\u202c"])
def test_signs_that_cannot_be_seen_are_told_beside_what_was_typed(words, phone, course):
    page = get(phone, "today")
    told = phone.post(reverse("my_session"), session_data(page, note=words))
    assert told.status_code == 200 and told.context["form"].errors.keys() == {"note"}
    assert told.context["form"]["note"].value() == words
    told = phone.post(reverse("wrong"), {"key": "k" * 20, "text": words, "bad": "very"})
    assert told.status_code == 200 and told.context["form"].errors.keys() == {"text"}
    assert not Entry.objects.filter(patient=course.patient, kind__in=(Kind.SESSION, Kind.EVENT)).exists()


def test_what_came_before_with_other_words_is_a_conflict_on_each_page(phone, course):
    sent = session_data(get(phone, "today"))
    assert phone.post(reverse("my_session"), sent).status_code == 302
    assert phone.post(reverse("my_session"), sent | {"note": "more"}).status_code == 409
    answer = {"key": "k" * 20, "item_1": "6", "note": ""}
    assert phone.post(reverse("question", kwargs={"instrument": "nrs11"}), answer).status_code == 302
    again = phone.post(reverse("question", kwargs={"instrument": "nrs11"}), answer | {"item_1": "2"})
    assert again.status_code == 409
    wrong = {"key": "w" * 20, "text": "dizzy", "bad": "quite"}
    assert phone.post(reverse("wrong"), wrong).status_code == 200
    assert phone.post(reverse("wrong"), wrong | {"text": "else"}).status_code == 409


def test_a_harm_that_was_written_down_in_another_course_stops_the_light_of_this_one(phone, course, clinician):
    other = courses.open_course(course.patient, {}, author=clinician)
    assert "Light today" in get(phone, "today")
    burn = AdverseEvent(
        what="A burn",
        red_flags=("skin_or_eye_injury",),
        seriousness="moderate",
        related="probable",
        told_by="clinician",
    )
    report_event(burn, patient=course.patient, course=other, author=clinician)
    assert "Stop: no light until" in get(phone, "today")


def test_a_clock_runs_for_the_session_that_is_due_and_for_no_other(phone, clock, course, clinician):
    started = "Lamp on: press start"
    assert started in get(phone, "today") and started in get(phone, "my_session")
    yesterday = phone.get(reverse("my_session"), {"day": (FIRST_SESSION - dt.timedelta(days=1)).isoformat()})
    assert started not in yesterday.text
    burn = AdverseEvent(
        what="A burn", red_flags=("skin_or_eye_injury",), seriousness="moderate", related="probable",
        told_by="patient",
    )  # fmt: skip
    report_event(burn, patient=course.patient, course=course, author=clinician)
    page = get(phone, "my_session")
    assert started not in page and "data-start" not in page
    assert "Stop: no light until" in page and "minutes_0" in page
    courses.end_course(course, "harm", author=clinician, day=FIRST_SESSION)
    clock["now"] = noon(AN_OFF_DAY)
    assert started not in get(phone, "my_session")


def test_a_session_that_the_clinic_struck_out_is_due_again_and_can_be_given(phone, course, clinician):
    wrong = session_data(get(phone, "today"))
    assert phone.post(reverse("my_session"), wrong).status_code == 302
    (given,) = current("session", course=course)
    void_session(given, "Tried out on the phone.", author=clinician)
    # A page from before is not answered as if that session counted.
    assert phone.post(reverse("my_session"), wrong).status_code == 409
    again = session_data(get(phone, "today"))
    assert again["key"] != wrong["key"]
    assert phone.post(reverse("my_session"), again).status_code == 302
    assert len(current("session", course=course)) == 1
