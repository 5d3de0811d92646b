"""Each session is held against the signed plan, and the light at the target recomputed from what was given."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning import make_plan
from nervelight.planning.case_reading import case_from_yaml
from nervelight.planning.review.delivery import compare_delivery, fluence_share
from nervelight.planning.thresholds import thresholds_by_name

from .courses import START, changed, diary, plan, session

LIMITS = thresholds_by_name(())
WEEK_8 = START + dt.timedelta(weeks=8)


def delivery(on=WEEK_8, given=12, of=None, **rows):
    return compare_delivery(of or plan(), diary([], [5], on=on, given=given, pgic=None, **rows), on, LIMITS)


def test_a_course_given_as_planned():
    found = delivery()
    assert (found.due, found.given, found.extra, found.in_tolerance) == (12, 12, 0, 12)
    assert found.adherence_percent == 100
    assert found.light_percent == pytest.approx(100)
    target = next(light for light in plan().targets if light.is_target)
    for field in found.fields:
        assert field.delivered_j_cm2.p50 == pytest.approx(12 * target.fluence_j_cm2.p50, rel=1e-4)
        assert field.percent == pytest.approx(100)
    assert found.sessions[-1].cumulative_j_cm2 == pytest.approx(12 * target.fluence_j_cm2.p50, rel=1e-4)


@pytest.mark.parametrize(
    ("given", "departure", "light"),
    [
        (session(120.0), "2 min on a field instead of 1 min 45 s (+14 %)", 100 * 120 / 105),
        (session(110.0), None, 100 * 110 / 105),
        (session(fields={"left sole": 105.0}), "right sole not lit", 50),
        (session(distance=200.0), "20 cm away instead of 30.5 cm", None),
        (session(lamp="generic_home_led"), "lamp generic_home_led instead of bestqool_pro300", None),
        (session(fields=None, distance=None, lamp=None, skin=None), None, 100),
    ],
)
def test_what_departs_is_named_with_what_was_planned(given, departure, light):
    day = delivery(given=0, d2026_08_03={"session": given}).sessions[0]
    assert (departure in day.departures) if departure else day.departures == ()
    if light is not None:
        assert day.light_percent == pytest.approx(light)
    assert (day.not_recorded == ("fields", "distance", "lamp", "skin")) is (given.fields is None)


def test_the_plan_and_not_the_session_before_is_what_counts():
    # A wrong first session repeated is wrong every time.
    rows = {f"d2026_08_{day:02d}": {"session": session(210.0)} for day in (3, 5, 7)}
    found = delivery(given=0, on=dt.date(2026, 8, 9), **rows)
    assert [len(each.departures) for each in found.sessions] == [1, 1, 1]
    assert not found.judgeable
    assert "200 % of the planned light" in found.reasons[0]


def test_light_that_cannot_be_computed_is_unknown_and_not_guessed():
    found = delivery(given=11, d2026_08_28={"session": session(distance=2000.0)})
    assert found.sessions[-1].light_percent is None
    assert (found.uncounted, found.given) == (1, 12)
    assert found.fields[0].percent == pytest.approx(100 * 11 / 12)
    none = delivery(given=0, d2026_08_03={"session": session(lamp="generic_home_led")}, on=START)
    assert none.light_percent is None
    assert not none.judgeable


def test_a_session_may_move_by_three_days_and_more_are_more_than_planned():
    moved = delivery(given=11, d2026_08_30={"session": session()})
    assert [entry.state for entry in moved.days][-1] == "moved"
    assert (moved.given, moved.extra) == (12, 0)
    extra = delivery(d2026_08_04={"session": session()}, d2026_08_11={"session": session()})
    assert (extra.given, extra.extra, extra.later) == (12, 2, 0)
    assert "more than planned" in extra.reasons[0]
    after = delivery(d2026_09_20={"session": session()})
    assert (after.extra, after.later, after.judgeable) == (0, 1, True)


def test_sessions_to_come_are_not_missed():
    found = delivery(on=dt.date(2026, 8, 12), given=4)
    assert [entry.state for entry in found.days] == ["given"] * 4 + ["missed"] + ["to come"] * 7
    assert found.due == 5


def test_contact_tells_a_millimetre_off_the_skin():
    lamp = plan().lamp.model_copy(update={"distance_mm": 0.0, "curve_distance_mm": (), "curve_irradiance_mw_cm2": ()})
    made = changed(lamp=lamp)
    assert fluence_share(made, 105.0, 0.0) == 1
    assert fluence_share(made, 105.0, 20.0) is None
    found = delivery(of=made, given=0, d2026_08_03={"session": session(distance=20.0)})
    assert found.sessions[0].departures == ("2 cm away instead of 0 cm",)


@given(time=st.floats(1, 3600), distance=st.floats(50, 335))
def test_light_grows_with_time_and_falls_with_distance(time, distance):
    here = fluence_share(plan(), time, distance)
    assert fluence_share(plan(), 2 * time, distance) == pytest.approx(2 * here)
    assert fluence_share(plan(), time, distance - 4) >= 0.999 * here


@pytest.mark.parametrize("distance", ["28.5 cm", "32.5 cm"])
def test_the_light_at_another_distance_is_that_of_a_whole_computation(example_plans, distance):
    path = Path(__file__).parents[3] / "examples" / "diabetic_feet.yaml"
    text = path.read_text(encoding="utf-8").replace("distance: 12 in", f"distance: {distance}")
    whole = make_plan(case_from_yaml(path, text), draws=256)
    rates = [
        next(light for light in made.targets if light.is_target).fluence_rate_mw_cm2.p50
        for made in (whole, example_plans["diabetic_feet"])
    ]
    share = fluence_share(example_plans["diabetic_feet"], 105.0, whole.lamp.distance_mm)
    assert share == pytest.approx(rates[0] / rates[1], rel=0.01)
