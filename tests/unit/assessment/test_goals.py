"""Goals that can be judged, and when they are reached."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.assessment import Goal, ReadingTaken, check_goal, goal_reached, in_unit
from nervelight.errors import ValidityError


def goal(**values):
    return Goal.model_validate({"what": "walk to the shop", "by": "2027-02-01", **values})


PEG = {"measured_by": "peg", "target": 3}
WALK = {"measured_by": "sixmwt", "target": "450 m"}


def test_a_text_is_a_goal_that_cannot_be_judged():
    check = check_goal(Goal.model_validate("walk to the shop"), 6.0)
    assert (check.goal.what, check.can_be_judged) == ("walk to the shop", False)
    assert "name an instrument" in check.lacking[0]
    with pytest.raises(ValidityError, match="no measure"):
        goal_reached(check.goal, 3.0)


@pytest.mark.parametrize(
    ("values", "last", "judged", "told"),
    [
        (PEG, 6.0, True, ""),
        (PEG, None, False, "no start"),
        ({**PEG, "from": 6}, None, True, ""),
        ({**PEG, "from": 6}, 2.0, True, ""),  # what the goal says stands before the last score
        (PEG, 3.0, False, "reached already"),
        (PEG, 2.0, False, "reached already"),  # a higher score than now is worse
        (PEG, 3.5, True, "less than the 1 that matters"),
        ({**PEG, "by": None}, 6.0, False, "no day"),
        ({"measured_by": "nrs11", "target": 4}, 6.0, True, ""),
        ({"measured_by": "nrs11", "target": 4.5}, 6.0, True, "less than the 1.8 that matters"),  # 30 % of 6
        (WALK, 402_000.0, True, ""),
        (WALK, 460_000.0, False, "reached already"),
        (WALK, 420_000.0, True, ""),  # 30 m, the upper end of what matters
        (WALK, 421_000.0, True, "a change of 29 m is less than the 20 m to 30 m that matter"),
        (WALK, 449_000.0, True, "a change of 1 m is less than the 20 m to 30 m that matter"),
    ],
)
def test_what_a_goal_needs_to_be_judged(values, last, judged, told):
    check = check_goal(goal(**values), last)
    assert check.can_be_judged is judged
    assert told in "; ".join(check.lacking)
    assert bool(check.lacking) == bool(told)


def test_a_small_goal_names_what_it_was_held_against():
    small = check_goal(goal(**WALK), 449_000.0)
    assert "21 m more come of practice alone" in small.lacking[0]
    assert small.sources == ("nervelight_rule", "chan2015_6mwd", "respircare2018_6mwd")
    assert check_goal(goal(**WALK), 402_000.0).sources == ("nervelight_rule",)


@pytest.mark.parametrize(("target", "fits"), [("2000 m", True), ("2001 m", False)])
def test_a_goal_and_a_walk_have_one_limit(target, fits):
    walk = {"test": "sixmwt", "date": "2026-11-20", "distance": target}
    for read, values in ((goal, {**WALK, "target": target}), (ReadingTaken, walk)):
        if fits:
            read(**values)
        else:
            with pytest.raises(ValueError, match="0 m to 2000 m"):
                read(**values)


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 10))
def test_who_does_better_than_somebody_who_reached_it_reaches_it(target, one, other):
    better, worse = sorted((one, other))
    made = goal(measured_by="peg", target=target)
    assert goal_reached(made, better) >= goal_reached(made, worse)
    assert goal_reached(made, target)


@pytest.mark.parametrize(("begins", "judged"), [("2027-01-31", True), ("2027-02-01", False), ("2027-03-01", False)])
def test_its_day_lies_after_the_first_session(begins, judged):
    check = check_goal(goal(**PEG), 6.0, dt.date.fromisoformat(begins))
    assert check.can_be_judged is judged
    assert judged or "first session" in check.lacking[0]


def test_farther_is_better_on_a_walk():
    made = goal(**WALK)
    assert not goal_reached(made, 449_000)
    assert goal_reached(made, 450_000) and goal_reached(made, 500_000)
    assert in_unit(made, made.target) == "450 m"
    assert in_unit(goal(**PEG), 3.0) == "3"


def test_a_goal_as_written_is_kept():
    levels = {-2: "a", -1: "b", 0: "c", 1: "d", 2: "e"}
    made = goal(weight=2, levels=levels, **WALK)
    assert (made.weight, made.levels, made.target, made.by) == (2, levels, 450_000, dt.date(2027, 2, 1))
    assert made.model_dump(by_alias=True)["from"] is None
