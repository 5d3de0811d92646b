"""Pooling: equal to metafor to 1e-6, and lawful where nobody pinned a number."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pins import PINS

from nervelight.errors import ValidityError
from nervelight.evidence.pooling import leave_one_out, pool, regress
from nervelight.evidence.small_studies import egger, trim_and_fill

SETS = PINS["poolings"]
METHODS = ("REML", "PM", "DL")
EQUAL = {"rel": 1e-6, "abs": 1e-6}
trials = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=3, max_size=25)


def columns(rows):
    return [y for y, _ in rows], [v for _, v in rows]


def test_the_pins_say_who_made_them():
    assert PINS["made_by"].startswith("metafor ")
    assert PINS["call"] == "python validation/metafor_pins.py"
    assert all("call" in found for found in SETS.values())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SETS)
def test_pooled_numbers_are_those_of_metafor(name, method):
    data, pin = SETS[name], SETS[name][method]
    normal = pool(data["yi"], data["vi"], method=method, interval="normal")
    knapp = pool(data["yi"], data["vi"], method=method)
    assert (knapp.estimate, knapp.tau2, knapp.i2) == pytest.approx((pin["b"], pin["tau2"], pin["i2"]), **EQUAL)
    assert (knapp.q, knapp.q_p) == pytest.approx((pin["q"], pin["q_p"]), **EQUAL)
    for found, tail in ((normal, "z_"), (knapp, "")):
        assert (found.low, found.high) == pytest.approx((pin[f"ci_{tail}low"], pin[f"ci_{tail}high"]), **EQUAL)
        predicted = (pin[f"pi_{tail}low"], pin[f"pi_{tail}high"])
        assert (found.prediction_low, found.prediction_high) == pytest.approx(predicted, **EQUAL)
    assert (normal.se, knapp.se) == pytest.approx((pin["se_z"], pin["se"]), **EQUAL)
    assert (normal.p, knapp.p) == pytest.approx((pin["p_z"], pin["p"]), **EQUAL)


@pytest.mark.parametrize("name", SETS)
def test_leaving_one_out_gives_what_metafor_gives(name):
    data, pin = SETS[name], SETS[name]["leave_one_out"]
    found = leave_one_out(data["yi"], data["vi"])
    for part in ("estimate", "se", "tau2", "i2"):
        assert [getattr(one, part) for one in found] == pytest.approx(pin[part], **EQUAL)


@pytest.mark.parametrize("name", SETS)
def test_tests_for_small_studies_give_what_metafor_gives(name):
    data, pin = SETS[name], SETS[name]
    found = egger(data["yi"], data["vi"])
    assert (found.t, found.df, found.p, found.intercept) == pytest.approx(
        tuple(pin["egger"][part] for part in ("t", "df", "p", "intercept")), **EQUAL
    )
    filled = trim_and_fill(data["yi"], data["vi"], interval="normal")
    assert (filled.missing, filled.side) == (pin["trim_and_fill"]["k0"], pin["trim_and_fill"]["side"])
    assert (filled.pooled.estimate, filled.pooled.se, filled.pooled.tau2) == pytest.approx(
        tuple(pin["trim_and_fill"][part] for part in ("estimate", "se", "tau2")), **EQUAL
    )
    assert len(filled.filled) == filled.missing
    assert filled.pooled.k == len(data["yi"]) + filled.missing


@pytest.mark.parametrize(("name", "method"), [("latitude", method) for method in METHODS] + [("latitude_year", "REML")])
def test_regressions_give_what_metafor_gives(name, method):
    data = PINS["regressions"][name]
    pin = data[method]
    x = np.column_stack([data["x"], data["x2"]]) if "x2" in data else data["x"]
    found = regress(data["yi"], data["vi"], x, method=method)
    normal = regress(data["yi"], data["vi"], x, method=method, interval="normal")
    for mine, theirs in (("coefficients", "b"), ("se", "se"), ("low", "ci_low"), ("high", "ci_high"), ("p", "p")):
        assert getattr(found, mine) == pytest.approx(tuple(pin[theirs]), **EQUAL)
    assert normal.se == pytest.approx(tuple(pin["se_z"]), **EQUAL)
    assert found.tau2 == pytest.approx(pin["tau2"], **EQUAL)
    if pin["r2"] is not None:
        assert found.r2 == pytest.approx(pin["r2"], **EQUAL)


def restricted_likelihood(y, v, tau2):
    w = 1 / (v + tau2)
    mean = np.sum(w * y) / np.sum(w)
    return -0.5 * (np.sum(np.log(v + tau2)) + np.log(np.sum(w)) + np.sum(w * (y - mean) ** 2))


@given(trials)
@settings(max_examples=150)
def test_reml_stands_at_a_top_of_the_restricted_likelihood(rows):
    y, v = map(np.array, columns(rows))
    tau2 = pool(y, v).tau2
    here, step = restricted_likelihood(y, v, tau2), 1e-3 * (tau2 + v.min())
    assert here >= restricted_likelihood(y, v, tau2 + step) - 1e-9
    assert here >= restricted_likelihood(y, v, max(0.0, tau2 - step)) - 1e-9


@given(trials)
def test_paule_and_mandel_make_the_spread_what_chance_would_make_it(rows):
    y, v = map(np.array, columns(rows))
    tau2 = pool(y, v, method="PM").tau2
    w = 1 / (v + tau2)
    q = np.sum(w * (y - np.sum(w * y) / np.sum(w)) ** 2)
    assert q == pytest.approx(len(y) - 1, rel=1e-6) if tau2 > 0 else q <= len(y) - 1 + 1e-9


@given(trials, st.floats(-3, 3), st.floats(0.1, 10), st.sampled_from(METHODS))
def test_a_shift_shifts_and_a_factor_stretches(rows, shift, factor, method):
    y, v = map(np.array, columns(rows))
    one = pool(y, v, method=method)
    moved = pool(y + shift, v, method=method)
    assert moved.estimate == pytest.approx(one.estimate + shift, abs=1e-6)
    assert moved.tau2 == pytest.approx(one.tau2, abs=1e-6)
    stretched = pool(y * factor, v * factor**2, method=method)
    assert stretched.estimate == pytest.approx(one.estimate * factor, rel=1e-5, abs=1e-6)
    assert stretched.i2 == pytest.approx(one.i2, abs=1e-3)


@given(trials, st.sampled_from(METHODS), st.sampled_from(["hartung-knapp", "normal"]))
def test_what_must_hold_of_every_pooling(rows, method, interval):
    found = pool(*columns(rows), method=method, interval=interval)
    assert found.tau2 >= 0
    assert 0 <= found.i2 <= 100
    assert sum(found.weights) == pytest.approx(100)
    assert min(y for y, _ in rows) - 1e-9 <= found.estimate <= max(y for y, _ in rows) + 1e-9
    room = 1e-9 * (1 + abs(found.estimate))
    assert found.prediction_low <= found.low + room <= found.estimate + 2 * room
    assert found.estimate <= found.high + room <= found.prediction_high + 2 * room
    assert 0 <= found.p <= 1
    assert (found.low > 0 or found.high < 0) == (found.p < 0.05) or abs(found.p - 0.05) < 1e-6


def test_trials_that_agree_to_the_last_digit_are_pooled():
    found = pool([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])
    assert (found.estimate, found.tau2, found.i2) == (pytest.approx(0.5), 0.0, 0.0)


@pytest.mark.parametrize(
    ("effects", "variances", "what"),
    [
        ([1.0], [0.1], "at least 2 trials, got 1"),
        ([], [], "at least 2 trials, got 0"),
        ([1.0, 2.0], [0.1], "same length"),
        ([1.0, math.nan], [0.1, 0.1], "finite"),
        ([1.0, 2.0], [0.1, 0.0], "positive"),
        ([1.0, 2.0], [0.1, -1.0], "positive"),
        ([1.0, 2.0], [0.1, math.inf], "finite"),
    ],
)
def test_what_cannot_be_pooled_is_refused(effects, variances, what):
    with pytest.raises(ValidityError, match=what):
        pool(effects, variances)


def test_a_regression_needs_trials_and_covariates_that_vary():
    y, v = [0.1, 0.5, 0.9, 0.2], [0.1, 0.1, 0.2, 0.1]
    with pytest.raises(ValidityError, match="do not vary"):
        regress(y, v, [3.0, 3.0, 3.0, 3.0])
    with pytest.raises(ValidityError, match="at least 3 trials"):
        regress(y[:2], v[:2], [1.0, 2.0])
    with pytest.raises(ValidityError, match="each trial"):
        regress(y, v, [1.0, 2.0, math.nan, 3.0])


def test_few_trials_say_nothing_of_small_ones():
    assert leave_one_out([1.0, 2.0], [0.1, 0.1]) == ()
    for how in (egger, trim_and_fill):
        with pytest.raises(ValidityError, match="at least 3 trials"):
            how([1.0, 2.0], [0.1, 0.2])
    with pytest.raises(ValidityError, match="different precision"):
        egger([1.0, 2.0, 3.0], [0.1, 0.1, 0.1])


@given(trials)
def test_trim_and_fill_ends_and_mirrors(rows):
    found = trim_and_fill(*columns(rows))
    assert 0 <= found.missing < len(rows)
    assert len(found.filled) == found.missing
