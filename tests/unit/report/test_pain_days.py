"""Pain day by day: each day that was written down is there, and no other."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.report.pain_days import draw_pain_days

FIRST = dt.date(2026, 8, 3)
LAST = FIRST + dt.timedelta(days=80)
DATES = st.dates(FIRST, LAST)


@given(scores=st.dictionaries(DATES, st.integers(0, 10), min_size=1), sessions=st.sets(DATES))
def test_each_day_is_a_dot_and_gaps_are_not_joined(scores, sessions):
    picture = draw_pain_days(scores, sessions, FIRST, LAST)
    ElementTree.fromstring(picture.svg)
    assert picture.svg.count("<circle") == len(scores)
    days = sorted(scores)
    runs = [
        len([0]) for before, day in zip([None, *days], days, strict=False) if before is None or (day - before).days > 1
    ]
    joined = sum(path.count("L") for path in re.findall(r'<path d="M([^"]*)" style="fill: none', picture.svg))
    assert joined == len(days) - len(runs)
    assert len(picture.table.rows) == len({*scores, *sessions})


def test_more_pain_stands_higher():
    picture = draw_pain_days({FIRST: 2, LAST: 9}, (), FIRST, LAST)
    low, high = (float(y) for y in re.findall(r'cy="([0-9.]+)"', picture.svg))
    assert high < low
    assert "not written down" not in str(picture.table.rows)


def test_days_out_of_order_are_refused():
    with pytest.raises(ValueError, match="not before the first"):
        draw_pain_days({}, (), LAST, FIRST)
