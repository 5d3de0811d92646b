"""Intervals and their draws, and the points that they are drawn from."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nervelight.errors import ValidityError
from nervelight.uncertainty import Interval, MillimetreInterval, low_discrepancy_sample, summarise

positive = st.floats(min_value=1e-6, max_value=1e6)


@st.composite
def intervals(draw):
    low, central, high = sorted([draw(positive), draw(positive), draw(positive)])
    return Interval(low=low, central=draw(st.sampled_from([central, None])), high=high)


probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(sorted)


@given(intervals(), probabilities)
def test_draws_rise_with_their_probability_and_stay_within_the_bounds(interval, u):
    drawn = interval.at(u)
    assert np.all(np.diff(drawn) >= -1e-12 * interval.high)
    assert np.all((interval.low <= drawn) & (drawn <= interval.high))


@given(intervals())
def test_the_ends_and_the_middle_are_met(interval):
    assert interval.at([0.0, 0.5, 1.0]) == pytest.approx([interval.low, interval.median, interval.high], rel=1e-12)
    if interval.central is None:
        assert interval.median == pytest.approx(np.sqrt(interval.low * interval.high))


@given(intervals(), st.floats(0, 0.5))
def test_either_side_of_the_centre_is_log_uniform(interval, u):
    low, middle, high = np.log([interval.low, interval.median, interval.high])
    assert np.log(interval.at(u)) == pytest.approx(low + 2 * u * (middle - low), abs=1e-9)
    assert np.log(interval.at(1 - u)) == pytest.approx(high - 2 * u * (high - middle), abs=1e-9)


@given(intervals(), st.floats(0, 1), st.floats(min_value=1e-3, max_value=1e3))
def test_a_change_of_unit_and_a_draw_can_change_places(interval, u, factor):
    assert interval.scaled(factor).at(u) == pytest.approx(factor * interval.at(u), rel=1e-9)


def test_scaling_keeps_what_the_bounds_rest_on():
    interval = Interval(low=1, high=2, sources=("jacques2013",), unverified=True, reason="two tables")
    scaled = interval.scaled(10)
    assert (scaled.sources, scaled.unverified, scaled.reason) == (interval.sources, True, "two tables")


@given(positive, probabilities)
def test_what_is_known_is_drawn_as_itself(value, u):
    assert np.all(Interval.exactly(value).at(u) == value)


@pytest.mark.parametrize("shape", [(), (3,), (2, 5)])
def test_draws_keep_their_shape(shape):
    assert Interval(low=1, high=2).at(np.full(shape, 0.3)).shape == shape


@pytest.mark.parametrize(
    "wrong",
    [
        {"low": 2, "high": 1},
        {"low": 1, "central": 3, "high": 2},
        {"low": 2, "central": 1, "high": 3},
        {"low": 0, "high": 1},
        {"low": -1, "high": 1},
        {"low": 1, "high": float("inf")},
        {"low": float("nan"), "high": 1},
        {"low": 1},
        {"low": 1, "high": 2, "middle": 1.5},
        {"low": 1, "high": 2, "unverified": "no"},
    ],
)
def test_bounds_that_are_none_are_refused(wrong):
    with pytest.raises(ValidationError):
        Interval(**wrong)


def test_in_files_each_bound_has_its_unit():
    read = TypeAdapter(MillimetreInterval).validate_python
    interval = read({"low": "1 mm", "central": "0.2 cm", "high": "1 in"})
    assert (interval.low, interval.central, interval.high) == pytest.approx((1, 2, 25.4))
    for wrong in ({"low": 1, "high": "2 mm"}, {"low": "1 mm", "high": "2 nm"}, {"low": "1 mm", "high": "2 J"}):
        with pytest.raises(ValidationError):
            read(wrong)


@given(st.integers(4, 8).map(lambda k: 2**k), st.integers(1, 30), st.integers(0, 2**31))
def test_the_sample_is_the_same_for_the_same_seed_and_has_a_point_in_each_slice(draws, dimensions, seed):
    u = low_discrepancy_sample(draws, dimensions, seed)
    assert u.shape == (draws, dimensions)
    assert np.array_equal(u, low_discrepancy_sample(draws, dimensions, seed))
    assert np.all((u >= 0) & (u < 1))
    # Uniform, and more evenly than chance: each of n equal slices of each axis holds exactly one of n points.
    assert np.array_equal(np.sort(np.floor(u * draws), axis=0), np.tile(np.arange(draws)[:, None], dimensions))


def test_another_seed_gives_other_points():
    assert not np.array_equal(low_discrepancy_sample(16, 3, 1), low_discrepancy_sample(16, 3, 2))


def test_two_quantities_are_drawn_apart_from_each_other():
    correlation = np.corrcoef(low_discrepancy_sample(256, 30, seed=1).T)
    # For independent uniform draws the standard deviation is 1 / 16; 435 pairs.
    assert np.abs(correlation - np.eye(30)).max() < 5 / 16


@pytest.mark.parametrize("draws", [-2, 0, 3, 100, 255])
def test_a_number_of_draws_that_unbalances_the_sample_is_refused(draws):
    with pytest.raises(ValidityError, match="power of two"):
        low_discrepancy_sample(draws, 2, 1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_a_summary_is_in_order_and_within_the_draws(values):
    summary = summarise(values)
    assert list(summary) == ["p5", "p25", "p50", "p75", "p95"]
    ordered = list(summary.values())
    assert ordered == sorted(ordered)
    assert min(values) <= ordered[0]
    assert ordered[-1] <= max(values)
    assert summary["p50"] == pytest.approx(np.median(values))
