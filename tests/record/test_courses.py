"""What lists know of a course follows from its entries, whatever was written in which order."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervelight.assessment import alarm_faults
from nervelight.errors import InvalidInput
from nervelight.planning.review.matching import matched
from nervelight.record import courses, responses, reviews
from nervelight.record.actions import due_within, task_of
from nervelight.record.contents import AdverseEvent, DayNote, Decision, Response, TaskText
from nervelight.record.entries import AmendedMeanwhile, amend, current, opened, opened_all
from nervelight.record.events import report_event
from nervelight.record.models import Course, Entry, Rendering, Task
from nervelight.record.progress import progress_of
from nervelight.record.renderings import kept
from nervelight.record.tasks import add_task, finish_task

START = dt.date(2026, 8, 3)


@pytest.fixture
def later(monkeypatch):
    """A day after the course, on which all of it can be written down."""
    monkeypatch.setattr(courses, "today_at", lambda _clinic: dt.date(2026, 12, 1))
    monkeypatch.setattr(reviews, "today_at", lambda _clinic: dt.date(2026, 12, 1))
    monkeypatch.setattr(responses, "today_at", lambda _clinic: dt.date(2026, 12, 1))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), st.integers(0, 80), st.just(0)),
        st.tuples(st.just("move"), st.integers(0, 80), st.integers(0, 20)),
        st.tuples(st.just("note"), st.integers(0, 80), st.just(0)),
        st.tuples(st.just("end"), st.integers(0, 80), st.just(0)),
        st.tuples(st.just("reopen"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_was_given_moved_or_ended_lists_agree_with_the_entries(course, session, clinician, later, steps):
    already = {read.entry.pk for read in opened_all(current("session", course=course))}
    for what, days, pick in steps:
        day = START + dt.timedelta(days=days)
        ended = course.state == Course.State.ENDED
        given_now = current("session", course=course)
        if what == "give":
            courses.record_session(course, session, author=clinician, day=day)
        elif what == "move" and given_now:
            courses.amend_session(given_now[pick % len(given_now)], session, author=clinician, day=day)
        elif what == "note":
            responses.record_response(
                Response(instrument="nrs11", score=4), patient=course.patient, course=course, author=clinician, day=day
            )
        elif what == "end" and not ended:
            courses.end_course(course, "moved away", author=clinician, day=day)
        elif what == "reopen":
            courses.reopen_course(course, author=clinician)
    assert already <= {entry.pk for entry in Entry.objects.filter(course=course)}

    known = Course.objects.get(pk=course.pk)
    days = sorted({entry.day for entry in current("session", course=course)})
    plan = courses.signed_plan(known)
    planned = [each.date for each in plan.schedule.sessions]
    ended = any(read.content.ends_course for read in opened_all(current("day", course=course)))
    assert (known.state == Course.State.ENDED) is ended
    logged = [entry.day for entry in current("session", "response", "day", "event", course=course)]
    assert known.last_logged == max(logged, default=None)
    if ended:
        assert known.next_session is None
        assert known.next_gate is None
    elif not days:
        assert known.next_session == planned[0]
    elif known.next_session is not None:
        assert known.next_session > days[-1]
        assert known.next_session not in matched(planned, days, 0)
    courses.refresh(course)
    again = Course.objects.get(pk=course.pk)
    assert (again.next_session, again.next_gate, again.state) == (known.next_session, known.next_gate, known.state)


def test_a_session_moved_by_a_day_is_the_planned_one(course, session, clinician, later):
    planned = [each.date for each in courses.signed_plan(course).schedule.sessions]
    for day in planned[:3]:
        courses.record_session(course, session, author=clinician, day=day)
    early = planned[3] - dt.timedelta(days=1)
    courses.record_session(course, session, author=clinician, day=early)
    assert Course.objects.get(pk=course.pk).next_session == planned[4]


def test_a_course_that_began_late_is_laid_out_anew(course, session, clinician, later):
    first = START + dt.timedelta(days=14)
    courses.record_session(course, session, author=clinician, day=first)
    assert course.starts == first
    assert course.next_session > first
    found = progress_of(courses.signed_plan(course), [first], None)
    assert course.next_gate == found.next_gate > first


def test_an_entry_that_was_moved_counts_on_its_new_day_only(course, session, clinician, later):
    entry = courses.record_session(course, session, author=clinician, day=START + dt.timedelta(days=30))
    courses.amend_session(entry, session, author=clinician, day=START)
    assert Course.objects.get(pk=course.pk).last_logged == START


def test_a_stale_course_in_hand_does_not_take_the_signature_back(course, session, clinician, later):
    stale = Course.objects.select_related("patient", "clinic").get(pk=course.pk)
    stale.signed_plan, stale.state = None, Course.State.DRAFT
    courses.record_session(stale, session, author=clinician, day=START)
    known = Course.objects.get(pk=course.pk)
    assert known.signed_plan_id == course.signed_plan_id
    assert known.state == Course.State.SIGNED


@pytest.mark.parametrize(
    ("change", "day", "where"),
    [
        ({"seconds": {"left hand": 60}}, START, "seconds.left hand"),
        ({"seconds": {}}, START, "seconds"),
        ({"plan": "someone's"}, START, "plan"),
        ({}, START - dt.timedelta(days=1), "day"),
        ({}, dt.date(2099, 1, 1), "day"),
    ],
)
def test_a_session_that_the_plan_does_not_have_is_refused(course, session, clinician, later, change, day, where):
    with pytest.raises(InvalidInput) as told:
        courses.record_session(course, session.model_copy(update=change), author=clinician, day=day)
    assert [fault.path for fault in told.value.faults] == [where]
    assert current("session", course=course) == []


@pytest.mark.parametrize(("skin", "flag"), [("blister", "skin_or_eye_injury"), ("wound", "foot_ulcer")])
def test_a_harmed_skin_makes_one_event_and_one_urgent_task(course, session, clinician, later, skin, flag):
    harmed = session.model_copy(update={"skin": skin})
    for _ in range(2):
        entry = courses.record_session(course, harmed, author=clinician, day=START, key="abc")
    events = opened_all(current("event", course=course))
    assert [event.content.red_flags for event in events] == [(flag,)]
    assert events[0].content.seriousness == "not graded"
    assert Task.objects.filter(course=course, urgent=True, done=False).count() == 1
    assert Course.objects.get(pk=course.pk).flags == 1
    # Correcting the time of that session reports nothing twice.
    courses.amend_session(entry, harmed.model_copy(update={"note": "left"}), author=clinician)
    assert len(current("event", course=course)) == 1


def test_a_harm_that_a_correction_finds_is_reported(course, session, clinician, later):
    entry = courses.record_session(course, session, author=clinician, day=START)
    assert current("event", course=course) == []
    courses.amend_session(entry, session.model_copy(update={"skin": "burn"}), author=clinician)
    assert [read.content.what for read in opened_all(current("event", course=course))] == ["burn after a session"]
    with pytest.raises(AmendedMeanwhile):
        courses.amend_session(entry, session, author=clinician)


def test_an_answer_that_needs_somebody_makes_one_urgent_task_and_stands_in_the_review(course, clinician, later):
    answers = (0.0,) * 8 + (2.0,)
    assert alarm_faults("phq9", answers)
    given = {"patient": course.patient, "course": course, "author": clinician, "day": START, "key": "form1"}
    # The form was sent with gaps first: what it raised is not raised again.
    responses.alarm(["self_harm"], "phq9", patient=course.patient, course=course, author=clinician, key="form1")
    for _ in range(2):
        responses.record_response(
            Response(instrument="phq9", answers=answers, score=2), red_flags=["self_harm"], **given
        )
    tasks = Task.objects.filter(course=course)
    assert [task.urgent for task in tasks] == [True]
    assert "self-harm pathway" in opened(tasks[0].entry, TaskText).text
    assert reviews.review(course, on=START).rule == "red flag"


def test_a_decision_makes_the_tasks_that_were_ticked_once(course, session, clinician, later):
    courses.record_session(course, session.model_copy(update={"skin": "burn"}), author=clinician, day=START)
    card = reviews.review(course, on=START)
    assert card.decision == "stop"
    before = Task.objects.count()
    word = Decision(review="", word="accept", decision=card.decision, by="Dr B", reason="seen")
    for _ in range(2):
        reviews.decide(course, card, word, author=clinician, actions=[0], key="d1")
    assert Task.objects.count() == before + 1
    assert [read.content.word for read in opened_all(current("decision", course=course))] == ["accept"]
    assert reviews.review(course).made.earlier[0].decision == "stop"


@pytest.mark.parametrize(
    ("within", "days"),
    [("now", 0), ("today", 0), ("before any further session", 0), ("1 working day", 3), ("2 working days", 4),
     ("1 week", 7), ("2 weeks", 14), ("some day", 0)],
)  # fmt: skip
def test_the_times_of_a_card_become_days(within, days):
    friday = dt.date(2026, 8, 7)
    assert due_within(within, friday) == friday + dt.timedelta(days=days)


def test_every_time_that_a_card_can_name_is_known():
    from nervelight.planning.review.actions import ORDER
    from nervelight.planning.review.review_document import Action

    friday = dt.date(2026, 8, 7)
    for within in ORDER:
        action = Action(text="Look.", owner="foot team", within=within, why="so", sources=("nervelight_rule",))
        made = task_of(action, review="x", today=friday)
        assert made.urgent is (made.due == friday)
        assert "foot team" in made.text


def test_a_course_ends_once_with_a_reason_and_can_be_taken_up_again(course, session, clinician, later, example_plans):
    with pytest.raises(InvalidInput, match="reason"):
        courses.end_course(course, "  ", author=clinician, day=START)
    for _ in range(2):
        courses.end_course(course, "pain is gone", author=clinician, day=START, key="e1")
    assert Course.objects.get(pk=course.pk).state == Course.State.ENDED
    with pytest.raises(InvalidInput, match="not ended"):
        courses.end_course(course, "again", author=clinician, day=START)
    newer = example_plans["diabetic_feet"].model_copy(update={"title": "newer"})
    plan = courses.add_plan(course, newer, case=courses.case_of(course).entry, author=clinician)
    with pytest.raises(InvalidInput, match="take its end back"):
        courses.sign(course, plan, author=clinician, statement="Read.")
    # A session that was given before the end can still be written down, and ends nothing.
    courses.record_session(course, session, author=clinician, day=START)
    assert course.state == Course.State.ENDED
    courses.reopen_course(course, author=clinician)
    assert Course.objects.get(pk=course.pk).state == Course.State.SIGNED
    assert [read.content.note for read in opened_all(current("day", course=course))] == ["pain is gone"]


def test_a_page_part_is_made_once_for_what_it_is_made_from_and_kept_sealed(course):
    made = []

    def make() -> str:
        made.append(1)
        return f"<svg>pain of Anna {len(made)}</svg>"

    first = kept(course, "review", "a" * 64, make)
    assert kept(course, "review", "a" * 64, make) == first
    assert kept(course, "review", "b" * 64, make) != first
    assert len(made) == 2
    assert b"Anna" not in bytes(Rendering.objects.get().content)


def test_another_event_of_the_day_is_kept_apart(course, session, clinician, later):
    courses.record_session(course, session.model_copy(update={"skin": "burn"}), author=clinician, day=START)
    event = opened_all(current("event", course=course))[0]
    amend(event.entry, event.content.model_copy(update={"seriousness": "mild"}), author=clinician)
    shapes = [read.content for read in opened_all(current("event", course=course))]
    assert [type(each) for each in shapes] == [AdverseEvent]
    assert shapes[0].seriousness == "mild"


def test_a_version_is_signed_once_and_only_while_no_later_one_is_there(course, clinician, example_plans, monkeypatch):
    with pytest.raises(InvalidInput):
        courses.sign(course, course.signed_plan, author=clinician, statement="Again.")
    case = courses.case_of(course).entry
    second, third = (example_plans["diabetic_feet"].model_copy(update={"title": title}) for title in ("B", "C"))
    looked_at = courses.add_plan(course, second, case=case, author=clinician)
    lock = courses.locked

    def overtaken(course):
        monkeypatch.setattr(courses, "locked", lock)
        courses.add_plan(course, third, case=case, author=clinician)
        lock(course)

    monkeypatch.setattr(courses, "locked", overtaken)
    with pytest.raises(InvalidInput):
        courses.sign(course, looked_at, author=clinician, statement="Read.")
    assert Entry.objects.filter(course=course, kind="signature").count() == 1


def test_a_note_of_a_day_is_in_the_record_with_what_lists_know_or_not_at_all(course, clinician, monkeypatch, later):
    def broken(_course):
        raise RuntimeError

    monkeypatch.setattr(courses, "refresh", broken)
    with pytest.raises(RuntimeError):
        courses.note_day(course, DayNote(note="x"), author=clinician, day=START)
    assert current("day", course=course) == []


def test_a_task_is_not_finished_by_the_entry_of_another(course, clinician):
    one, other = (
        add_task(TaskText(text=text, owner="clinician", due=START), patient=course.patient, author=clinician)
        for text in ("one", "other")
    )
    done = opened(other.entry, TaskText).model_copy(update={"state": "done"})
    with pytest.raises(InvalidInput):
        finish_task(one, done, author=clinician, known=other.entry)
    assert Task.objects.filter(done=False).count() == 2


def test_an_event_that_makes_no_task_counts_as_having_written_something_down(course, clinician):
    mild = AdverseEvent(what="dizzy", seriousness="mild", related="unlikely", told_by="clinician")
    report_event(mild, patient=course.patient, course=course, author=clinician, day=START)
    course.refresh_from_db()
    assert course.last_logged == START and not Task.objects.exists()
