"""Numbers, times and dates as they are told."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.planning.plan_document import Band
from nervelight.report.words import (
    band,
    count,
    day,
    duration,
    duration_band,
    joined,
    number,
    percentage,
    short_day,
    temperature,
    typeset,
)


def make(p5: float, p50: float, p95: float) -> Band:
    return Band(p5=p5, p25=(p5 + p50) / 2, p50=p50, p75=(p50 + p95) / 2, p95=p95)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (7.4, "under 15 s"),
        (7.5, "15 s"),
        (59, "1 min"),
        (104, "1 min 45 s"),
        (660, "11 min"),
        (675, "11 min 15 s"),
        (3600, "60 min"),
        (7200, "2 h"),
        (9000, "2 h 30 min"),
        (50_000, "14 h"),
        (200_000, "2 days"),
    ],
)
def test_duration(seconds: float, told: str) -> None:
    assert duration(seconds) == told


def parsed(told: str) -> float:
    size = {"s": 1, "min": 60, "h": 3600, "days": 86400}
    return sum(int(value) * size[unit] for value, unit in re.findall(r"(\d+) (days|min|h|s)\b", told))


@given(st.floats(min_value=7.5, max_value=1e6))
def test_duration_parsed_again_is_the_time_to_its_step(seconds: float) -> None:
    step = 15 if seconds < 7200 else 60 if seconds < 36_000 else 3600 if seconds < 172_800 else 86_400
    assert abs(parsed(duration(seconds)) - seconds) <= step / 2


@given(st.floats(min_value=0, max_value=1e6), st.floats(min_value=0, max_value=1e6))
def test_longer_times_are_never_told_shorter(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    told = [0.0 if duration(t).startswith("under") else parsed(duration(t)) for t in (shorter, longer)]
    assert told[0] <= told[1]


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((480, 660, 960), "11 min (8 to 16)"),
        ((70, 104, 150), "1 min 45 s (1 min 15 s to 2 min 30 s)"),
        ((20, 400, 900), "7 min (15 s to 15 min)"),
        ((4000, 9000, 90_000), "2 h 30 min (67 min to 25 h)"),
        ((660, 660, 660), "11 min"),
    ],
)
def test_duration_band(ends: tuple[float, float, float], told: str) -> None:
    assert duration_band(make(*ends)) == told


def test_prescribed_time_keeps_its_quarter_minutes() -> None:
    assert duration_band(make(480, 660, 960), 675) == "11 min 15 s (8 to 16 min)"


@pytest.mark.parametrize(
    ("x", "told"),
    [
        (0, "0"),
        (52.34, "52"),
        (1.34, "1.3"),
        (0.0801, "0.080"),
        (99.6, "100"),
        (1234, "1200"),
        (3.2e-7, "3.2 × 10⁻⁷"),
    ],
)
def test_number_has_two_figures(x: float, told: str) -> None:
    assert number(x) == told
    assert number(x, "mW/cm2") == f"{told} mW/cm²"


@given(st.floats(min_value=1e-4, max_value=9e5))
def test_number_is_within_five_percent(x: float) -> None:
    assert float(number(x)) == pytest.approx(x, rel=0.0501)


def test_band_shows_its_interval_unless_known() -> None:
    assert band(make(0.8, 1.3, 2.1), "mW/cm2") == "1.3 mW/cm² (0.80 to 2.1)"
    assert band(make(48, 48, 48), "mm") == "48 mm"
    assert percentage(make(0.016, 0.025, 0.041)) == "2.5 % (1.6 to 4.1)"


def test_a_temperature_is_told_to_the_tenth_of_a_degree_with_its_interval() -> None:
    assert temperature(make(35.42, 36.38, 37.46)) == "36.4 °C (35.4 to 37.5)"


def test_units_are_typeset_and_nothing_else() -> None:
    assert typeset("5 J/cm2, 30 cm2, 2 mm3") == "5 J/cm², 30 cm², 2 mm³"
    assert typeset("CO2 HbA1c tbcm2 cm25") == "CO2 HbA1c tbcm2 cm25"


def test_small_words() -> None:
    assert count(1, "field") == "1 field"
    assert count(2.5, "week") == "2.5 weeks"
    assert joined(["a", "b", "c"]) == "a, b and c"
    assert joined([]) == ""
    assert day(dt.date(2026, 1, 5), weekday=True) == "Mon 5 Jan 2026"
    assert short_day(dt.date(2026, 1, 5)) == "5 Jan"
