"""Readings as decisions: by the limits of their own method, and by no other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nervelight.assessment import READING_TESTS, ReadingTaken, decide, instrument
from nervelight.assessment.instrument_schema import Reading
from nervelight.documents import validated
from nervelight.errors import InvalidInput
from nervelight.sources import require_known
from nervelight.units import parse_quantity

DAY = "2026-11-20"


def taken(test, **values):
    return ReadingTaken.model_validate({"test": test, "date": DAY, **values})


def sural(age=40, **values):
    return decide([taken("ncs_sural", **{"skin_temperature": "32 degC", **values})], age)


def only(test, age=61, **values):
    (found,) = decide([taken(test, **values)], age)
    return found


# ---- data: the words are made from the numbers

RULES = [rule for name in READING_TESTS for rule in instrument(name).readings]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.quantity} {rule.rule}")
def test_the_text_of_a_rule_has_its_numbers_and_its_unit(rule):
    limits = [limit for limit in (rule.at_least, rule.at_most, rule.under) if limit is not None]
    ages = [age for age in rule.ages or () if age is not None and not rule.people]
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", rule.rule)]
    assert sorted(numbers) == sorted([*limits, *ages, *([rule.of] if rule.of else [])])
    assert rule.words or rule.unit in rule.rule
    assert require_known(rule.sources) or rule.unverified


def test_the_limits_are_those_of_the_sources():
    # Perkins 2001; Zamoum 2022 and the study in the elderly; PMC7950904; the Michigan manual.
    told = {(rule.method, rule.quantity, rule.rule): rule.likelihood_ratio for rule in RULES}
    for method, positive, negative in (
        ("on_off", 26.6, 0.33),
        ("timed_eight", 18.5, 0.51),
        ("eight_stimuli", 10.2, 0.34),
    ):
        assert told[method, "missed", "5 or more of 8 missed"] == positive
        assert told[method, "missed", "at most 1 of 8 missed"] == negative
    for rule in (
        "under 7.7 µV, from 20 to under 60",
        "under 3 µV, from 60 to under 70",
        "under 1 µV, from 70 to under 75",
    ):
        assert told["", "amplitude", f"amplitude {rule} years"] is None
    assert ("biothesiometer", "threshold", "threshold 25 V or more") in told
    assert ("timed", "examiner_longer", "the examiner feels it longer by 10 s or more") in told


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"quantity": "amplitude", "under": 7.7}, "no unit"),
        ({"quantity": "amplitude", "under": "7.7 m"}, "a voltage"),
        ({"quantity": "amplitude"}, "needs at_least, at_most or under"),
        ({"quantity": "missed", "at_least": 5, "words": "five"}, "or else words"),
        ({"quantity": "dose", "at_least": 5}, "Input should be"),
    ],
)
def test_the_schema_refuses_a_rule_without_a_number_or_unit(rule, told):
    with pytest.raises(ValidationError, match=told):
        Reading.model_validate({"finding": "x", "state": "abnormal", **rule})


# ---- monofilament and vibration


@pytest.mark.parametrize(
    ("missed", "state", "finding"),
    [
        ([0, 0, 0], "normal", "protective sensation present"),
        ([1, 1, 1], "normal", "protective sensation present"),  # three missed in all, but nowhere two
        ([0, 2, 0], "abnormal", "loss of protective sensation"),
        ([3], "abnormal", "loss of protective sensation"),  # one site is enough to find it,
        ([0, 1], "not judged", "2 of 3 sites tested"),  # and two are too few to rule it out
    ],
)
def test_monofilament_by_sites(missed, state, finding):
    found = only("monofilament_10g", method="iwgdf", missed_at_sites=missed)
    assert (found.state, found.finding) == (state, finding)
    assert bool(found.next_step) == (state != "normal")


@pytest.mark.parametrize(
    ("missed", "state"),
    [(0, "normal"), (1, "normal"), (2, "undecided"), (4, "undecided"), (5, "abnormal"), (8, "abnormal")],
)
@pytest.mark.parametrize(("test", "method", "ratios"), [
    ("monofilament_10g", "eight_stimuli", (10.2, 0.34)),
    ("vibration_128", "on_off", (26.6, 0.33)),
    ("vibration_128", "timed_eight", (18.5, 0.51)),
])  # fmt: skip
def test_eight_stimuli(test, method, ratios, missed, state):
    found = only(test, method=method, missed=missed)
    assert found.state == state
    assert found.likelihood_ratio == {"abnormal": ratios[0], "normal": ratios[1], "undecided": None}[state]
    assert "perkins2001" in found.sources


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"method": "timed", "examiner_longer": "9.9 s"}, "normal"),
        ({"method": "timed", "examiner_longer": "10 s"}, "abnormal"),
        ({"method": "biothesiometer", "threshold": "24.9 V"}, "normal"),
        ({"method": "biothesiometer", "threshold": "25 V"}, "abnormal"),
    ],
)
def test_vibration_by_time_and_by_voltage_has_no_likelihood_ratio(values, state):
    found = only("vibration_128", **values)
    assert (found.state, found.likelihood_ratio) == (state, None)


def test_methods_are_judged_apart():
    readings = [
        taken("vibration_128", method="on_off", missed=6),
        taken("vibration_128", method="timed", examiner_longer="3 s"),
    ]
    assert [(found.method, found.state) for found in decide(readings, 61)] == [
        ("on_off", "abnormal"),
        ("timed", "normal"),
    ]


# ---- sural nerve


@pytest.mark.parametrize(
    ("age", "amplitude", "state", "rule"),
    [
        (20, "7.6 uV", "abnormal", "under 7.7 µV"),
        (59, "7.7 uV", "normal", "under 7.7 µV"),
        (60, "2.9 uV", "abnormal", "under 3 µV"),
        (60, "5 uV", "normal", "under 3 µV"),
        (70, "2 uV", "normal", "under 1 µV"),
        (74, "0 uV", "abnormal", "under 1 µV"),
        (75, "0 uV", "undecided", "absence may be normal"),
        (19, "3 uV", "not judged", "none"),
    ],
)
def test_amplitude_by_age(age, amplitude, state, rule):
    (found,) = sural(age, amplitude=amplitude)
    assert found.state == state
    assert rule in found.rule


@pytest.mark.parametrize(
    ("age", "velocity", "state"), [(59, "42.9 m/s", "abnormal"), (59, "43 m/s", "normal"), (60, "38 m/s", "not judged")]
)
def test_velocity_by_age(age, velocity, state):
    found = sural(age, amplitude="9 uV", velocity=velocity)[1]
    assert found.state == state


@given(st.floats(5, 45), st.floats(0, 100), st.integers(20, 90))
def test_a_cold_limb_is_never_judged_and_no_number_is_corrected(skin, amplitude, age):
    (found,) = sural(age, amplitude=f"{amplitude!r} uV", skin_temperature=f"{skin!r} degC")
    if skin < 30:
        assert (found.state, found.value) == ("not judged", None)
        assert "Warm the limb" in found.next_step
        assert found.unverified  # the limit is the one of the Michigan examination
    else:
        assert found.state != "not judged"
        assert found.value == pytest.approx(parse_quantity(f"{amplitude!r} uV", "uV"))


def test_without_the_temperature_nothing_is_judged():
    found = sural(amplitude="2 uV", velocity="30 m/s", skin_temperature=None)
    assert [decision.state for decision in found] == ["not judged", "not judged"]
    assert "temperature" in found[0].finding


@given(st.floats(0, 50), st.floats(0, 50), st.integers(20, 74))
def test_what_lies_below_an_abnormal_amplitude_is_abnormal(one, other, age):
    low, high = sorted((one, other))
    states = [sural(age, amplitude=f"{value!r} uV")[0].state for value in (low, high)]
    assert states != ["normal", "abnormal"]


def test_a_limit_that_decides_otherwise_is_told_and_does_not_decide():
    (found,) = sural(25, amplitude="8 uV")
    assert found.state == "normal"
    assert any("8.3 µV, men in their twenties" in caveat for caveat in found.caveats)
    (found,) = sural(40, amplitude="5 uV")
    assert found.state == "abnormal"
    assert any("not below" in caveat and "AANEM task force (not verified)" in caveat for caveat in found.caveats)
    (found,) = sural(40, amplitude="3 uV")  # below all of them
    assert not any("another limit" in caveat for caveat in found.caveats)


def test_the_limit_of_the_laboratory_comes_first():
    found = sural(40, amplitude="7 uV", amplitude_limit="6 uV", velocity="41 m/s", velocity_limit="40 m/s")
    assert [(decision.state, decision.sources) for decision in found] == [("normal", ("case_file",))] * 2
    assert any(
        "below the lower limit by another limit: amplitude under 7.7 µV" in caveat for caveat in found[0].caveats
    )
    # Also at an age for which none is published.
    assert sural(80, amplitude="7 uV", velocity="30 m/s", velocity_limit="40 m/s")[1].state == "abnormal"


# ---- six-minute walk


def walk(distance, date=DAY, **values):
    return ReadingTaken.model_validate({"test": "sixmwt", "date": date, "distance": distance, **values})


def test_one_walk_is_no_baseline():
    (found,) = decide([walk("380 m")], 61)
    assert (found.state, found.value) == ("not judged", None)
    assert "second test" in found.next_step
    assert "21 m longer (12 to 30)" in found.caveats[0] and "20 to 30 m" in found.caveats[0]


@given(st.lists(st.integers(0, 900), min_size=2, max_size=5))
def test_the_best_of_two_or_more_counts(distances):
    (found,) = decide([walk(f"{distance} m") for distance in distances], 61)
    assert (found.state, found.value) == ("baseline", 1000.0 * max(distances))


def test_walks_of_another_week_or_course_do_not_count_with_it():
    (found,) = decide([walk("450 m", "2026-06-01"), walk("380 m", "2026-11-13"), walk("390 m")], 61)
    assert (found.state, found.value) == ("baseline", 390_000)
    assert any("1 older test" in caveat for caveat in found.caveats)
    (found,) = decide([walk("380 m", "2026-11-12"), walk("390 m")], 61)
    assert found.state == "not judged"
    courses = decide([walk("380 m", method="course of 30 m"), walk("350 m", method="course of 10 m")], 61)
    assert [decision.state for decision in courses] == ["not judged", "not judged"]


# ---- wrong inputs


@pytest.mark.parametrize(
    ("values", "path", "told"),
    [
        ({"test": "monofilament_10g", "missed": 3}, "method", "one of iwgdf, eight_stimuli"),
        ({"test": "vibration_128", "method": "onoff", "missed": 3}, "method", "not compared"),
        ({"test": "monofilament_10g", "method": "iwgdf", "missed": 3}, "missed", "no result of this test"),
        ({"test": "monofilament_10g", "method": "iwgdf", "missed_at_sites": [4]}, "missed_at_sites", "0 to 3"),
        ({"test": "monofilament_10g", "method": "iwgdf", "missed_at_sites": [0] * 4}, "missed_at_sites", "at most 3"),
        ({"test": "monofilament_10g", "method": "eight_stimuli", "missed": 9}, "missed", "0 to 8"),
        ({"test": "monofilament_10g", "method": "eight_stimuli", "missed": -1}, "missed", "greater than or equal to 0"),
        ({"test": "monofilament_10g", "method": "eight_stimuli", "missed": 2.5}, "missed", "valid integer"),
        ({"test": "vibration_128", "method": "timed", "missed": 2}, "missed", "no result of this test"),
        ({"test": "vibration_128", "method": "timed"}, "examiner_longer", "required"),
        ({"test": "ncs_sural", "velocity": "40 m/s"}, "amplitude", "required"),
        ({"test": "ncs_sural", "amplitude": "0 uV", "velocity": "40 m/s"}, "velocity", "without a response"),
        ({"test": "ncs_sural", "amplitude": "3 mV"}, "amplitude", "from 0 uV to 200 uV"),
        ({"test": "ncs_sural", "amplitude": "3 uV", "skin_temperature": "32 K"}, "skin_temperature", "from 5 degC"),
        ({"test": "ncs_sural", "amplitude": "3 uV", "distance": "3 m"}, "distance", "no result of this test"),
        ({"test": "sixmwt", "distance": "400 m", "amplitude": "3 uV"}, "amplitude", "no result of this test"),
        ({"test": "sixmwt"}, "distance", "required"),
        ({"test": "sixmwt", "distance": "400 m", "side": "both"}, "side", "left, right"),
    ],
)  # fmt: skip
def test_what_is_no_reading_is_told_with_its_place(values, path, told):
    with pytest.raises(InvalidInput) as problem:
        validated(ReadingTaken, {"date": DAY, **values}, "reading")
    found = [fault for fault in problem.value.faults if fault.path == path]
    assert found and told in found[0].allowed
