"""Priors, switches and photons."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nervelight.errors import InvalidInput, UnknownName, ValidityError
from nervelight.mechanism import Switches, arrows, mechanism_parameters, read_switches, state_names, weakest_status
from nervelight.mechanism.photons import absorption_rate, check_validity, extinction, out_of_range
from nervelight.mechanism.priors import Prior, draw, fitted_sets, state_of
from nervelight.sources import source
from nervelight.units import MW_CM2

TABLE = mechanism_parameters()


def test_absorptions_are_as_computed_by_hand():
    # 1.925e-5 * 810 nm * 3.93 /mM/cm * 10 mW/cm2
    assert absorption_rate(810.0, 10 * MW_CM2) == pytest.approx(0.613, abs=5e-4)
    assert absorption_rate(810.0, 10 * MW_CM2) == pytest.approx(1.925e-5 * 810 * 3.931 * 10, rel=2e-4)


@given(st.floats(600, 1000), st.floats(0, 50))
def test_absorptions_are_proportional_to_light(wavelength, rate):
    assert absorption_rate(wavelength, 2 * rate * MW_CM2) == pytest.approx(
        2 * absorption_rate(wavelength, rate * MW_CM2)
    )


def test_beyond_its_table_the_enzyme_keeps_the_nearest_value():
    assert extinction(600.0) == extinction(630.0) == pytest.approx(8.597)
    assert extinction(1000.0) == extinction(980.0) == pytest.approx(2.269)


@pytest.mark.parametrize(
    ("wavelength", "rate", "minutes", "says"),
    [
        (810.0, 50.001, 15.0, "50.001 mW/cm2"),
        (810.0, -1.0, 15.0, "fluence rate"),
        (810.0, 50.0, 15.01, "taken up to 15 min"),
        (810.0, 50.0, 0.0, "0 min"),
        (599.9, 50.0, 15.0, "from 600 to 1000 nm"),
        (1000.1, 50.0, 15.0, "1000.1 nm"),
        (math.nan, 50.0, 15.0, "wavelength"),
    ],
)
def test_what_no_data_hold_is_refused(wavelength, rate, minutes, says):
    with pytest.raises(ValidityError, match=says):
        check_validity((wavelength,), rate * MW_CM2, minutes * 60)


def test_all_that_is_beyond_is_said_at_once():
    why = out_of_range((590.0, 810.0, 1064.0), 51 * MW_CM2, 1200.0)
    for part in ("51 mW/cm2", "20 min of light", "wavelength 590 nm", "wavelength 1064 nm"):
        assert part in why
    assert "810" not in why


@pytest.mark.parametrize(
    ("sessions", "hours", "minutes", "says"),
    [
        (1, 0.5, 15.0, ""),
        (1, 0.0, 15.0, ""),
        (60, 24.0, 15.0, ""),
        (60, 12.0, 7.5, ""),
        (2, 12.0, 7.6, "15.2 min of light within a day"),
        (60, 23.9, 15.0, "30 min of light within a day"),
        (2, 1.0, 7.5, ""),
        (3, 1.0, 7.5, "22.5 min of light within a day"),
    ],
)
def test_light_of_one_day_counts_together(sessions, hours, minutes, says):
    why = out_of_range((810.0,), 10 * MW_CM2, 60 * minutes, sessions, 3600 * hours)
    assert why == (f"{says}, taken up to 15 min" if says else "")


def test_the_limits_themselves_are_within():
    for wavelength in (600.0, 1000.0):
        assert out_of_range((wavelength,), 50 * MW_CM2, 900.0) == ""


# ---- priors and draws


@given(
    st.sampled_from(["uniform", "log_uniform", "interval", "normal", "log_normal"]),
    st.lists(st.floats(0.1, 10.0), min_size=3, max_size=3),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_quantile_function_ascends_and_stays_within_its_ends(kind, numbers, one, other):
    low, middle, high = sorted(numbers)
    given_ = (low, middle, high) if kind == "interval" else (low, high)
    prior = Prior(kind=kind, numbers=given_)
    below, above = prior.at(np.sort([one, other]))
    assert below <= above
    if kind in {"uniform", "log_uniform", "interval"}:
        assert low * (1 - 1e-12) <= below <= above <= high * (1 + 1e-12)
    if kind in {"interval", "log_normal", "normal"}:
        assert prior.at(np.array(0.5)) == pytest.approx(middle if kind == "interval" else low)


@pytest.mark.parametrize(
    ("kind", "numbers"), [("fixed", (1, 2)), ("uniform", (2, 1)), ("log_uniform", (0, 1)), ("interval", (1, 2))]
)
def test_a_prior_that_is_none_is_refused(kind, numbers):
    with pytest.raises(ValidationError):
        Prior(kind=kind, numbers=numbers)


@pytest.mark.parametrize("name", TABLE.parameters)
def test_each_parameter_says_where_it_comes_from(name):
    entry = TABLE.parameters[name]
    assert entry.sources
    assert entry.about
    own = {"nervelight_assumption", "nervelight_rule", "fibre_simulations"}
    assert entry.status != "sourced" or not own & set(entry.sources)
    # A number whose value was not checked is not told as sourced.
    assert entry.status != "sourced" or all(source(key).checked != "citation-only" for key in entry.sources)
    assert entry.status not in {"unverified", "speculative"} or own & set(entry.sources)


def test_draws_repeat_and_share_their_numbers_between_states():
    first, again = (draw(64, "diabetic", Switches(), 5) for _ in range(2))
    other = draw(64, "healthy", Switches(), 5)
    for name, values in first.items():
        np.testing.assert_array_equal(values, again[name])
        if name not in {"Vd", "Qd", "In", "Xn"}:
            np.testing.assert_array_equal(values, other[name])
    assert not np.array_equal(first["kon"], draw(64, "diabetic", Switches(), 6)["kon"])


def test_switches_are_on_as_often_as_they_say():
    drawn = draw(1000, "healthy", Switches(h1=0.25, h5=0.0), 2)
    # One number in each of a thousand strata: exact to one draw.
    assert [drawn[f"w{k}"].mean() for k in range(1, 6)] == pytest.approx([0.25, 0.5, 0.5, 1.0, 0.0], abs=0.001)
    assert abs(np.corrcoef(drawn["w2"], drawn["w3"])[0, 1]) < 0.1


def test_fitted_sets_lie_within_their_priors_and_stay_together():
    sets = fitted_sets()
    assert set(sets) == {name for name, entry in TABLE.parameters.items() if entry.status == "fitted"}
    for name, values in sets.items():
        low, high = TABLE.parameters[name].prior.numbers
        assert np.all((values >= 0.999 * low) & (values <= 1.001 * high))
    drawn = draw(300, "healthy", Switches(), 4)
    rows = {tuple(row) for row in np.column_stack(list(sets.values()))}
    assert all(tuple(row) in rows for row in np.column_stack([drawn[name] for name in sets]))


def test_a_disease_state_by_name():
    assert state_names() == ("healthy", "diabetic", "after_chemotherapy")
    assert state_of("after-chemotherapy") == state_of("after_chemotherapy")
    with pytest.raises(UnknownName, match="did you mean 'diabetic'"):
        state_of("diabetes")


def test_detectable_change_is_that_of_two_measurements():
    assert TABLE.measurement.detectable_percent == pytest.approx((11.6, 27.2), abs=0.05)


# ---- switches as a file


def test_switches_of_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("h1: 0.0\nh3: 1\n", encoding="utf-8")
    assert read_switches(path).probabilities == {"h1": 0.0, "h2": 0.5, "h3": 1.0, "h4": 1.0, "h5": 0.2}


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("h1: 1.5", "h1", "less than or equal to 1"),
        ("h2: -0.1", "h2", "greater than or equal to 0"),
        ("h6: 0.5", "h6", "an unknown key; known here: h1, h2, h3, h4, h5"),
        ("h1: often", "h1", "number"),
        ("- h1", "file", "a mapping"),
    ],
)
def test_wrong_switches_are_faults(text, path, says, tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as problem:
        read_switches(file)
    assert [fault.path for fault in problem.value.faults] == [path]
    assert says in str(problem.value)


# ---- arrows


def test_popular_claims_that_nothing_supports_are_listed_so():
    unsupported = {arrow.id for arrow in arrows() if arrow.verdict == "unsupported"}
    assert unsupported == {"signals_to_brain", "released_analgesics", "muscle_spasm", "pain_threshold_lowered"}
    assert all(not arrow.for_sources and arrow.grade == "none" for arrow in arrows() if arrow.id in unsupported)
    assert all(arrow.for_sources for arrow in arrows() if arrow.id not in unsupported)


def test_every_parameter_belongs_to_an_arrow_or_to_bookkeeping():
    on_arrows = {name for arrow in arrows() for name in arrow.parameters}
    assert set(TABLE.parameters) - on_arrows == {"kN", "gIN", "CCO", "cI"}
    assert {arrow.switch for arrow in arrows()} == {*TABLE.switches, None}


def test_what_is_called_speculative_rests_on_speculation():
    for arrow in arrows():
        if arrow.id in {"vessels", "inflammation", "repair", "firing"}:
            assert (arrow.verdict, weakest_status(arrow)) == ("speculative", "speculative")
