"""Each session is held against the signed plan, and the light at the target recomputed from what was given."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning import make_plan
from nervelight.planning.case_reading import case_from_yaml
from nervelight.planning.review.course import course_of
from nervelight.planning.review.delivery import compare_delivery, fluence_share
from nervelight.planning.review.matching import matched
from nervelight.planning.thresholds import thresholds_by_name

from .courses import START, changed, diary, plan, session

LIMITS = thresholds_by_name(())
WEEK_8 = START + dt.timedelta(weeks=8)


def course(of=None, on=WEEK_8, given=12, **rows):
    return course_of(of or plan(), diary([], [5], on=on, given=given, pgic=None, **rows), LIMITS)


def delivery(on=WEEK_8, given=12, of=None, **rows):
    return compare_delivery(course(of, on, given, **rows), on, LIMITS)


def share(time, distance, of=None):
    return fluence_share(course(of, given=0), time, distance)


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
    assert "0 of 3 sessions gave each field the planned light" in found.reasons[0]
    assert "left sole: 200 % of the planned light" in found.reasons[1]


def test_light_that_cannot_be_computed_is_unknown_and_not_guessed():
    found = delivery(d2026_08_28={"session": session(distance=2000.0)})
    assert found.sessions[-1].light_percent is None
    assert (found.uncounted, found.given) == (1, 12)
    assert found.fields[0].percent == pytest.approx(100 * 11 / 12)
    none = delivery(given=0, d2026_08_03={"session": session(lamp="generic_home_led")}, on=START)
    assert none.light_percent is None
    assert not none.judgeable


def test_a_session_may_move_by_three_days_and_more_are_more_than_planned():
    moved = delivery(given=11, d2026_08_27={"session": session()})
    assert [entry.state for entry in moved.days][-2:] == ["moved", "given"]
    assert (moved.given, moved.extra) == (12, 0)
    extra = delivery(d2026_08_04={"session": session()}, d2026_08_11={"session": session()})
    assert (extra.given, extra.extra, extra.later) == (12, 2, 0)
    assert "more than planned" in extra.reasons[0]
    after = delivery(d2026_09_20={"session": session()})
    assert (after.extra, after.later, after.judgeable) == (0, 1, True)
    assert [
        entry.state for entry in delivery(given=1, on=dt.date(2026, 8, 9), d2026_08_07={"session": session()}).days
    ][:3] == ["given", "missed", "given"]


def test_no_session_of_another_lamp_is_the_planned_light():
    rows = {f"d2026_08_{day:02d}": {"session": session(lamp="generic_home_led")} for day in (3, 5, 7, 10, 12, 14, 17)}
    found = delivery(**rows)
    assert (found.given, found.as_planned, found.judgeable) == (12, 5, False)
    assert "5 of 12 sessions gave each field the planned light" in found.reasons[0]
    assert found.sessions[0].too_much.startswith("another lamp")


@pytest.mark.parametrize(
    "pattern",
    [
        [{"left sole": 209.0, "right sole": 1.0}] * 2,
        [{"left sole": 50.0, "right sole": 50.0}, {"left sole": 160.0, "right sole": 160.0}],
    ],
)
def test_errors_of_fields_and_sessions_do_not_cancel(pattern):
    days = [session_.date for session_ in plan().schedule.sessions]
    rows = {
        f"d{day.isoformat().replace('-', '_')}": {"session": session(fields=pattern[number % 2], time=None)}
        for number, day in enumerate(days)
    }
    found = delivery(given=0, **rows)
    assert found.adherence_percent == 100
    assert not found.judgeable


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (session(200.0), "190 % of the planned light on a field"),
        (session(fields={"left sole": 210.0}, time=None), "200 % of the planned light on a field"),
        (session(distance=10.0), "nearer or longer"),
        (session(10800.0, distance=2000.0), "nearer or longer"),
        (session(150.0), ""),
        (session(distance=2000.0), ""),
    ],
)
def test_far_too_much_light_is_named(given, told):
    assert delivery(given=0, d2026_08_03={"session": given}).sessions[0].too_much.startswith(told)
    assert bool(told) is bool(delivery(given=0, d2026_08_03={"session": given}).sessions[0].too_much)


def test_what_nobody_wrote_down_is_said_to_be_assumed():
    bare = session(fields=None, distance=None, lamp=None, skin=None)
    rows = {f"d2026_08_{day:02d}": {"session": bare} for day in (3, 5, 7)}
    found = delivery(given=0, on=dt.date(2026, 8, 9), **rows)
    assert (found.assumed, found.skin_unchecked, found.judgeable) == (3, 3, True)
    assert "taken as planned" in found.reasons[0]


def test_missed_sessions_can_be_made_up_soon_after_the_course():
    for days in ((2, 4, 7), (1, 2, 3)):
        later = {f"d2026_09_{day:02d}": {"session": session()} for day in days}
        found = delivery(given=9, **later)
        assert (found.given, found.extra, found.later, found.judgeable) == (12, 0, 0, True)
        assert [entry.state for entry in found.days].count("made up") == 3
    soon = delivery(given=9, **{f"d2026_08_{day}": {"session": session()} for day in (29, 30, 31)})
    assert (soon.given, soon.extra) == (12, 0)
    assert delivery(given=9).judgeable is False


def test_a_course_that_begins_late_is_counted_from_then():
    late = {
        f"d{(each.date + dt.timedelta(days=14)).isoformat().replace('-', '_')}": {"session": session()}
        for each in plan().schedule.sessions
    }
    found = course(given=0, **late)
    assert (found.late_days, found.start, found.first_light) == (14, dt.date(2026, 8, 17), dt.date(2026, 8, 17))
    assert found.schedule.gates[-1].date == WEEK_8 + dt.timedelta(days=14)
    assert compare_delivery(found, WEEK_8, LIMITS).adherence_percent == 100
    few = course(given=0, d2026_08_05={"session": session()})
    assert (few.late_days, few.first_light) == (0, dt.date(2026, 8, 5))


def test_a_late_course_is_laid_out_anew_on_its_own_weekdays():
    friday = course(given=0, d2026_08_07={"session": session()}, d2026_08_10={"session": session()})
    assert friday.late_days == 4
    assert {each.date.weekday() for each in friday.schedule.sessions} == {0, 2, 4}
    assert [entry.state for entry in compare_delivery(friday, dt.date(2026, 8, 10), LIMITS).days[:2]] == ["given"] * 2


def test_what_is_exactly_at_the_tolerance_is_within_it():
    rows = {
        f"d{each.date.isoformat().replace('-', '_')}": {"session": session(115.5)} for each in plan().schedule.sessions
    }
    found = delivery(given=0, **rows)
    assert (found.as_planned, found.in_tolerance, found.judgeable) == (12, 12, True)
    over = delivery(given=0, d2026_08_03={"session": session(116.5)}).sessions[0]
    assert over.departures == ("1 min 56.5 s on a field instead of 1 min 45 s (+11 %)",)


def test_sessions_on_successive_days_are_told_where_the_plan_leaves_two():
    found = delivery(given=1, on=dt.date(2026, 8, 9), d2026_08_04={"session": session()})
    assert found.sessions[1].departures == ("1 day after another session; the plan leaves 2",)


def test_light_after_the_course_is_more_than_planned_unless_agreed_on():
    later = {f"d2026_09_{day:02d}": {"session": session()} for day in (9, 16, 23)}
    found = delivery(**later)
    assert (found.later, found.judgeable) == (3, False)
    assert compare_delivery(course(**later), WEEK_8, LIMITS, more_agreed=True).judgeable


@given(
    planned=st.sets(st.integers(0, 30), min_size=1, max_size=10),
    given=st.sets(st.integers(0, 30), max_size=10),
    within=st.integers(0, 4),
)
def test_as_many_sessions_as_can_be_stand_for_a_planned_one(planned, given, within):
    base = dt.date(2026, 8, 3)
    days = [[base + dt.timedelta(days=number) for number in sorted(each)] for each in (planned, given)]
    found = matched(*days, within)
    assert all(abs((there - here).days) <= within for here, there in found.items())
    assert len(set(found.values())) == len(found)
    same = planned & given
    assert all(found[base + dt.timedelta(days=number)] == base + dt.timedelta(days=number) for number in same)
    # Of the rest, the most that any matching can have, by Kuhn's augmenting paths.
    days = [[base + dt.timedelta(days=number) for number in sorted(each - same)] for each in (planned, given)]
    partner: dict[dt.date, dt.date] = {}

    def augment(day, seen):
        for other in days[1]:
            if abs((other - day).days) <= within and other not in seen:
                seen.add(other)
                if other not in partner or augment(partner[other], seen):
                    partner[other] = day
                    return True
        return False

    assert len(found) == len(same) + sum(augment(day, set()) for day in days[0])


def test_sessions_to_come_are_not_missed():
    found = delivery(on=dt.date(2026, 8, 12), given=4)
    assert [entry.state for entry in found.days] == ["given"] * 4 + ["missed"] + ["to come"] * 7
    assert found.due == 5


def test_contact_tells_a_millimetre_off_the_skin():
    lamp = plan().lamp.model_copy(update={"distance_mm": 0.0, "curve_distance_mm": (), "curve_irradiance_mw_cm2": ()})
    made = changed(lamp=lamp)
    assert share(105.0, 0.0, made) == 1
    assert share(105.0, 20.0, made) is None
    found = delivery(of=made, given=0, d2026_08_03={"session": session(distance=20.0)})
    assert found.sessions[0].departures == ("2 cm away instead of 0 cm",)


@given(time=st.floats(1, 3600), distance=st.floats(50, 335))
def test_light_grows_with_time_and_falls_with_distance(time, distance):
    here = share(time, distance)
    assert share(2 * time, distance) == pytest.approx(2 * here)
    assert share(time, distance - 4) >= 0.999 * here


@pytest.mark.parametrize("distance", ["28.5 cm", "32.5 cm"])
def test_the_light_at_another_distance_is_that_of_a_whole_computation(example_plans, distance):
    path = Path(__file__).parents[3] / "examples" / "diabetic_feet.yaml"
    text = path.read_text(encoding="utf-8").replace("distance: 12 in", f"distance: {distance}")
    whole = make_plan(case_from_yaml(path, text), draws=256)
    rates = [
        next(light for light in made.targets if light.is_target).fluence_rate_mw_cm2.p50
        for made in (whole, example_plans["diabetic_feet"])
    ]
    here = share(105.0, whole.lamp.distance_mm, example_plans["diabetic_feet"])
    assert here == pytest.approx(rates[0] / rates[1], rel=0.01)
