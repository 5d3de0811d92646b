"""What is due on a day follows from the signed plan, and nothing is ever doubled."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning.thresholds import thresholds_by_name
from nervelight.record.due import FORTNIGHT, due_on, questions_on

DAY = dt.timedelta(days=1)
START = dt.date(2026, 8, 3)
DAYS = st.dates(START - dt.timedelta(days=60), START + dt.timedelta(days=200))
FLAGS = st.fixed_dictionaries({name: st.booleans() for name in ("paused", "waiting", "ended")})


@given(on=DAYS, given_days=st.sets(DAYS, max_size=20), flags=FLAGS)
def test_light_is_due_only_on_a_planned_day_that_has_no_session_and_no_reason_against_it(plan, on, given_days, flags):
    due = due_on(plan, on, given=given_days, **flags)
    may = on in [each.date for each in plan.schedule.sessions] and on not in given_days and not any(flags.values())
    assert (due.state == "session") == may


@given(on=DAYS, given_days=st.sets(DAYS, max_size=20))
def test_what_was_missed_changes_nothing_of_what_is_due(plan, on, given_days):
    due = due_on(plan, on, given=given_days)
    as_if = due_on(plan, on, given=given_days | {on - DAY})
    assert (due.state, due.session, due.next) == (as_if.state, as_if.session, as_if.next)
    assert as_if.missed is None
    assert due.missed in (None, on - DAY)


@given(on=DAYS)
def test_the_next_day_is_the_first_planned_one_after_today(plan, on):
    due = due_on(plan, on)
    later = [each.date for each in plan.schedule.sessions if each.date > on]
    assert due.next == (min(later) if later else None)
    assert (due.state == "over") == (on > plan.schedule.sessions[-1].date)
    assert (due.state == "not begun") == (on < plan.schedule.sessions[0].date)


@given(on=DAYS, days=st.sets(DAYS, max_size=40))
def test_a_form_that_was_just_filled_in_is_not_asked_for_again(plan, on, days):
    answered = {question.instrument: {on} for question in questions_on(plan, on, {"nrs11": days, "peg": days})}
    left = questions_on(plan, on, {name: answered.get(name, set()) | days for name in ("nrs11", "peg", *answered)})
    assert not {each.instrument for each in left} & set(answered)


@given(on=DAYS)
def test_pain_is_asked_for_each_day_from_the_baseline_to_the_last_checkpoint(plan, on):
    limits = thresholds_by_name(plan.thresholds)
    first = START - dt.timedelta(days=limits["baseline_window_days"])
    last = START + dt.timedelta(weeks=limits["latest_week"])
    asked = [each for each in questions_on(plan, on, {}) if each.instrument == "nrs11"]
    assert len(asked) == (first <= on <= last)


def test_the_days_of_the_example(plan):
    def state(day: int, **more: object) -> str:
        return due_on(plan, START + day * DAY, **more).state

    assert [state(day) for day in (-1, 0, 1, 2, 25, 26)] == [
        "not begun", "session", "off", "session", "session", "over",
    ]  # fmt: skip
    assert state(0, given={START}) == "given"
    assert due_on(plan, START + DAY).missed == START
    assert due_on(plan, START + DAY, given={START}).missed is None
    # Given a day late: it was not missed.
    assert due_on(plan, START + DAY, given={START + DAY}).missed is None
    assert due_on(None, START).state == "no plan"


def test_the_forms_of_the_example(plan):
    def asked(day: int, **answered: set[dt.date]) -> dict[str, str]:
        return {each.instrument: each.why for each in questions_on(plan, START + day * DAY, answered)}

    assert asked(-20) == {}
    assert asked(-1) == {"nrs11": "daily"}
    assert asked(0) == {"nrs11": "daily", "peg": "two weeks"}
    assert asked(13, peg={START}) == {"nrs11": "daily"}
    assert asked(14, peg={START}) == {"nrs11": "daily", "peg": "two weeks"}
    # From a week before the gate of week 4 on: what the case began with, and the impression of change.
    assert asked(20, peg={START + 14 * DAY}).keys() == {"nrs11"}
    at_gate = asked(28, peg={START + 14 * DAY})
    assert at_gate.keys() == {"nrs11", "peg", "pgic", "mnsi_q", "phq2", "gad2", "sleep_nrs"}
    assert at_gate["pgic"] == "checkpoint"
    assert dt.timedelta(days=14) == FORTNIGHT
