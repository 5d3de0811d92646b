"""Effect sizes: equal to metafor's, to worked values, and lawful."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pins import PINS
from scipy import stats

from nervelight.errors import ValidityError
from nervelight.evidence.effect_size import (
    Group,
    bias_correction,
    combined_group,
    events_of_percentages,
    group_of_quartiles,
    hedges_g,
    log_risk_ratio,
    mean_difference,
    sd_of_change,
    sd_of_interval,
    sd_of_standard_error,
    se_of_interval,
    se_of_p_value,
    standardised_from_d,
    standardised_from_p,
)

EFFECTS = PINS["effects"]
SCORES = EFFECTS["standardised"]
GROUPS = [
    (Group(n1, m1, s1), Group(n2, m2, s2))
    for m1, s1, n1, m2, s2, n2 in zip(*(SCORES[k] for k in ("m1", "sd1", "n1", "m2", "sd2", "n2")), strict=True)
]
sizes = st.integers(3, 500)
spreads = st.floats(0.1, 50)
means = st.floats(-100, 100)


@pytest.mark.parametrize("name", ["risk_ratio", "risk_ratio_zero"])
def test_risk_ratios_are_those_of_metafor(name):
    rows = EFFECTS[name]
    for a, n1, c, n2, yi, vi in zip(*(rows[k] for k in ("a", "n1", "c", "n2", "yi", "vi")), strict=True):
        found = log_risk_ratio(a, n1, c, n2)
        assert found.value == pytest.approx(yi, rel=1e-12, abs=1e-12)
        assert found.variance == pytest.approx(vi, rel=1e-12)


def test_standardised_differences_are_those_of_metafor():
    for (light, other), yi, vi in zip(GROUPS, SCORES["yi"], SCORES["vi"], strict=True):
        found = hedges_g(light, other)
        assert found.value == pytest.approx(yi, rel=1e-12)
        assert found.variance == pytest.approx(vi, rel=1e-12)
        assert found.se == pytest.approx(math.sqrt(vi))


def test_mean_differences_are_those_of_metafor():
    for (light, other), yi, vi in zip(GROUPS, EFFECTS["mean"]["yi"], EFFECTS["mean"]["vi"], strict=True):
        found = mean_difference(light, other)
        assert (found.value, found.variance) == pytest.approx((yi, vi), rel=1e-12)


def test_the_correction_is_close_to_the_approximation_that_books_print():
    # 1 - 3 / (4 df - 1), Hedges 1981
    for df in (10, 28, 100):
        assert bias_correction(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=5e-4)


@given(sizes, sizes, means, means, spreads, spreads)
def test_an_effect_changes_sign_with_its_arms(n, m, mean, other, sd, sd_other):
    one, two = Group(n, mean, sd), Group(m, other, sd_other)
    for how in (mean_difference, hedges_g):
        assert how(one, two).value == pytest.approx(-how(two, one).value, abs=1e-9)
        assert how(one, two).variance == pytest.approx(how(two, one).variance)


@given(sizes, sizes, st.floats(0.01, 0.9), st.sampled_from([-1, 1]))
def test_a_p_value_and_the_difference_that_it_came_from_agree(n, m, p, sign):
    # By way of the test: a difference of two means with a standard deviation of 1 whose t test gives this P value.
    t = stats.t.isf(p / 2, n + m - 2)
    d = sign * t * math.sqrt(1 / n + 1 / m)
    assert standardised_from_p(p, sign, n, m).value == pytest.approx(standardised_from_d(d, n, m).value, rel=1e-9)
    assert se_of_p_value(d, p, n, m) == pytest.approx(math.sqrt(1 / n + 1 / m), rel=1e-9)


@given(sizes, spreads, means)
def test_an_interval_a_standard_error_and_a_standard_deviation_say_the_same(n, sd, mean):
    se = sd / math.sqrt(n)
    reach = stats.t.ppf(0.975, n - 1) * se
    assert sd_of_interval(mean - reach, mean + reach, n) == pytest.approx(sd, rel=1e-6)
    assert sd_of_standard_error(se, n) == pytest.approx(sd)
    assert se_of_interval(mean - 1.959964 * se, mean + 1.959964 * se) == pytest.approx(se, rel=1e-6)


def test_a_combined_group_is_the_group_of_all_its_people():
    people = [[1.0, 4.0, 7.0, 2.0], [10.0, 12.0, 9.0], [3.0, 3.5, 8.0, 1.0, 0.5]]
    parts = [Group(len(p), sum(p) / len(p), float(stats.tstd(p))) for p in people]
    every = [x for p in people for x in p]
    found = combined_group(parts)
    assert found.n == len(every)
    assert found.mean == pytest.approx(sum(every) / len(every))
    assert found.sd == pytest.approx(float(stats.tstd(every)))


def test_quartiles_of_a_normal_sample_give_its_mean_and_spread():
    # Wan et al. 2014, C3: for many people the width of the middle half is 1.349 standard deviations.
    lower, median, upper = stats.norm(50, 10).ppf([0.25, 0.5, 0.75])
    found = group_of_quartiles(10_000, lower, median, upper)
    assert (found.mean, found.sd) == pytest.approx((50, 10), rel=1e-3)
    assert group_of_quartiles(10, lower, median, upper).sd > found.sd


def test_the_spread_of_a_change_shrinks_with_the_correlation():
    assert sd_of_change(2, 2, 0.5) == pytest.approx(2)
    assert sd_of_change(3, 4, 0) == pytest.approx(5)
    assert sd_of_change(3, 3, 1) == 0


@pytest.mark.parametrize(
    ("printed", "n", "events"),
    [
        (["48", "45"], 29, (14, 13)),
        (["53", "33"], 15, (8, 5)),
        (["72.73"], 33, (24,)),
        (["72.73"], 32, None),
        (["0"], 7, (0,)),
    ],
)
def test_percentages_give_counts_only_where_they_can(printed, n, events):
    assert events_of_percentages(printed, n) == events


def test_people_who_do_not_differ_cannot_be_measured_by_how_they_differ():
    with pytest.raises(ValidityError, match="both standard deviations are 0"):
        hedges_g(Group(5, 1, 0), Group(5, 2, 0))
