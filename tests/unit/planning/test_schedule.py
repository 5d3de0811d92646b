"""The course day by day: laws of the layout, and the three gates."""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning.case import Weekday
from nervelight.planning.schedule import make_schedule, spread_weekdays
from nervelight.sources import require_known

DAYS = get_args(Weekday)
MONDAY = dt.date(2026, 12, 7)
STARTS = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
RATES = st.floats(0.5, 7)
TOTALS = st.integers(1, 60)
CHOSEN = st.lists(st.sampled_from(DAYS), unique=True)


@given(first=STARTS, per_week=RATES, total=TOTALS, days=CHOSEN)
def test_every_session_is_given_once_on_a_day_that_was_chosen(first, per_week, total, days):
    sessions = make_schedule(first, per_week, total, days).sessions
    dates = [session.date for session in sessions]
    assert [session.number for session in sessions] == list(range(1, total + 1))
    assert all(before < after for before, after in pairwise(dates))
    assert first <= dates[0] < first + dt.timedelta(weeks=1)
    assert not days or {DAYS[date.weekday()] for date in dates} <= set(days)


@given(first=STARTS, per_week=RATES, total=TOTALS, days=CHOSEN)
def test_no_seven_days_hold_more_sessions_than_a_week_of_the_anchor(first, per_week, total, days):
    dates = [session.date for session in make_schedule(first, per_week, total, days).sessions]
    most = math.ceil(per_week)
    for earlier, later in zip(dates, dates[most:], strict=False):
        assert later - earlier >= dt.timedelta(weeks=1)


@given(first=STARTS, per_week=st.integers(1, 7), weeks=st.integers(1, 12))
def test_without_days_named_the_course_starts_at_once_and_takes_no_longer_than_the_anchor_s(first, per_week, weeks):
    dates = [session.date for session in make_schedule(first, per_week, per_week * weeks).sessions]
    assert dates[0] == first
    assert dates[-1] < first + dt.timedelta(weeks=weeks)


@pytest.mark.parametrize("per_week", [1, 2, 3, 6, 7])
def test_sessions_are_spread_as_evenly_as_whole_days_allow(per_week):
    gaps = gaps_of(per_week)
    assert len(gaps) == per_week
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize("per_week", [4, 5])
def test_four_and_five_sessions_leave_the_weekend_of_a_course_that_starts_on_monday_free(per_week):
    assert len(gaps_of(per_week)) == per_week
    assert max(spread_weekdays(MONDAY, per_week)) <= 4


def gaps_of(per_week: int) -> list[int]:
    days = sorted(spread_weekdays(MONDAY, per_week))
    return [after - before for before, after in pairwise([*days, days[0] + 7])]


@given(first=STARTS, per_week=st.integers(1, 7), total=TOTALS, days=CHOSEN)
def test_gates_stand_at_session_four_to_six_at_week_four_and_at_week_eight(first, per_week, total, days):
    schedule = make_schedule(first, per_week, total, days)
    dates = [session.date for session in schedule.sessions]
    gates = {gate.id: gate for gate in schedule.gates}
    assert list(gates) == ["tolerability", "delivery", "effect"]
    assert gates["tolerability"].date in (dates[3:6] or dates[-1:])
    assert gates["delivery"].date - dates[0] == dt.timedelta(weeks=4)
    assert gates["effect"].date - dates[0] == dt.timedelta(weeks=8)
    for gate in schedule.gates:
        assert gate.question.endswith(("?", "."))
        assert require_known(gate.sources)


def test_the_delivery_gate_names_its_share_of_sessions():
    gate = make_schedule(MONDAY, 3, 12).gates[1]
    assert "80%" in gate.question.replace(" ", "")
