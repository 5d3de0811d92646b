"""From a time to a session: rounded as a timer is set, and never longer than the case allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.light_path import evaluate
from nervelight.planning.plan_document import Band, Translation
from nervelight.planning.prescription import TIME_STEP_S, prescribe

from .cases import FEET, HANDS, case_of, problem_of

PROBLEM = problem_of(irradiance=50.0)
SAMPLE = evaluate(PROBLEM, PROBLEM.space.sample(16, seed=1))
CASES = {}


def prescribed(p5: float, p50: float, p95: float, *, cap: str = "30 min", fields: int = 2, window=None, name=FEET):
    key = (name, cap, fields)
    if key not in CASES:
        case = case_of(name, {"course.session_cap": cap, "site.fields": [f"field {n}" for n in range(fields)]})
        CASES[key] = case, choose_anchor(case, "x")
    case, choice = CASES[key]
    band = Band(p5=p5, p25=(p5 + p50) / 2, p50=p50, p75=(p50 + p95) / 2, p95=p95)
    translation = Translation(
        kind="fluence" if window is None else "skin-window",
        target_fluence_j_cm2=None,
        time_s=band,
        window_s=window,
        rate_ratio=None,
        sensitivities=(),
        influences=(),
    )
    return prescribe(case, choice, translation, SAMPLE)


@given(p50=st.floats(1, 4000), below=st.floats(0.2, 1), cap=st.sampled_from(["10 s", "25 s", "1 min", "7 min", "1 h"]))
def test_a_time_is_whole_steps_near_the_median_within_the_cap_and_never_nothing(p50, below, cap):
    made = prescribed(p50 * below, p50, p50 * 2, cap=cap)
    cap_s = {"10 s": 10, "25 s": 25, "1 min": 60, "7 min": 420, "1 h": 3600}[cap] / 2
    if made is None:
        # Either the shortest likely time does not fit, or not even one step of the timer does.
        assert p50 * below > cap_s or cap_s < TIME_STEP_S
        return
    assert made.time_per_field_s > 0
    assert made.time_per_field_s % TIME_STEP_S == 0
    assert made.time_per_field_s <= cap_s
    assert made.session_time_s == 2 * made.time_per_field_s
    if not made.capped:
        assert abs(made.time_per_field_s - p50) <= TIME_STEP_S / 2 or made.time_per_field_s == TIME_STEP_S
    else:
        assert made.time_per_field_s < p50 + TIME_STEP_S / 2


@pytest.mark.parametrize(("median", "time"), [(3, 15), (22.4, 15), (22.5, 30), (104.5, 105), (600, 600)])
def test_the_median_is_rounded_to_a_quarter_of_a_minute(median, time):
    assert prescribed(median / 2, median, median * 2).time_per_field_s == time


@pytest.mark.parametrize(("median", "capped"), [(899, False), (907, False), (908, True), (1200, True)])
def test_a_likely_time_over_the_cap_is_cut_and_says_so(median, capped):
    made = prescribed(600, median, 2000)
    assert made.capped is capped
    assert made.time_per_field_s == 900
    assert ("cap cuts" in made.statement) is (median == 1200)


@pytest.mark.parametrize(("shortest", "fits"), [(899.9, True), (900.0, True), (900.1, False)])
def test_what_cannot_be_given_within_the_cap_is_not_prescribed(shortest, fits):
    assert (prescribed(shortest, 1200, 2000) is not None) is fits


def test_more_fields_share_the_session():
    assert prescribed(600, 900, 2000, fields=1).time_per_field_s == 900
    assert prescribed(400, 900, 2000, fields=4).time_per_field_s == 450
    assert prescribed(600, 900, 2000, fields=4) is None


def test_the_rhythm_is_the_anchor_s():
    made = prescribed(300, 600, 900)
    assert (made.sessions_per_week, made.weeks, made.total_sessions) == (3, 4, 12)
    # A guideline's four to six weeks: the longer end, which the gates may cut.
    made = prescribed(60, 120, 200, name=HANDS, window=(40.0, 120.0))
    assert (made.sessions_per_week, made.weeks, made.total_sessions) == (3, 6, 18)


def test_the_exposure_of_the_skin_is_irradiance_times_time():
    made = prescribed(300, 600, 900)
    assert made.radiant_exposure_j_cm2.p50 == pytest.approx(50e-3 * 600)


def test_a_window_is_called_what_it_is_a_dose_on_the_skin():
    statement = prescribed(60, 120, 200, name=HANDS, window=(40.0, 120.0)).statement
    assert "skin dose" in statement
    assert "guideline" in statement
    assert "2.0 to 6.0 J/cm²" in statement
    assert "trial" not in statement


def test_the_statement_tells_time_interval_fields_and_rhythm():
    statement = prescribed(480, 660, 960).statement
    assert statement.startswith("11 min (8 to 16) on each of 2 fields, 3 sessions a week for 4 weeks")
