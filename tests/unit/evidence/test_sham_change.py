"""How people on sham change: the mean, the spread between people, and the improvement that few of them reach."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.errors import UnknownName, ValidityError
from nervelight.evidence import CONDITIONS, placebo_responses, sham_change, study
from nervelight.evidence.sham_change import FALSE_CALLS
from nervelight.sources import require_known

PAINFUL = [name for name, info in CONDITIONS.items() if info.painful]


def test_by_hand_for_diabetic_polyneuropathy():
    found = sham_change("diabetic_polyneuropathy")
    assert (found.mean, found.borrowed) == (1.54, False)
    # Cohen's d of 0.72 for 1.54 points; quartiles of 5.6 and 0.4 points less pain.
    assert found.spread.median == pytest.approx(1.54 / 0.72)
    assert found.spread.high == pytest.approx(5.2 / 1.349, rel=1e-4)
    # Chatterjee 1.777, Rastogi 3, Zinman 0, Spanemberg 2.5 (its last dated row): their standard deviation.
    arms = [1.777, 3.0, 0.0, 2.5]
    middle = sum(arms) / 4
    assert found.between_trials == pytest.approx(math.sqrt(sum((x - middle) ** 2 for x in arms) / 3))


def test_a_placebo_pill_improves_a_quarter_by_half():
    """The same pooling prints that 25 % (22 to 29) had half the pain: near the model from a baseline of 6 to 7."""
    found = sham_change("diabetic_polyneuropathy")
    shares = [found.share_as_good(baseline / 2) for baseline in (6, 7)]
    assert 0.22 < shares[1] < 0.29 and shares[0] < 0.31


def test_spreads_are_those_of_changes():
    spreads = {
        row.study_id: row.spread for name in CONDITIONS for row in placebo_responses(name) if row.spread is not None
    }
    assert set(spreads) == {"frisaldi2023", "rastogi2021"}
    # Its source does not say whether a standard error or a deviation is printed, nor how many had sham.
    assert "zinman2004" not in spreads and study("zinman2004").unverified


@pytest.mark.parametrize("name", PAINFUL)
def test_one_in_twenty_reaches_the_limit(name):
    found = sham_change(name)
    assert found.share_as_good(found.limit) == pytest.approx(FALSE_CALLS, abs=1e-5)
    assert found.explains(found.limit - 0.01) and not found.explains(found.limit + 0.01)
    assert found.share_as_good(found.mean) == pytest.approx(0.5)
    assert found.limit > found.mean + 1.645 * found.spread.low
    require_known(found.spread.sources)
    assert found.spread.unverified and found.spread.reason


@given(x=st.floats(-10, 10), y=st.floats(-10, 10))
def test_a_larger_improvement_is_never_commoner(x, y):
    found = sham_change("diabetic_polyneuropathy")
    low, high = sorted((x, y))
    assert 0 <= found.share_as_good(high) <= found.share_as_good(low) <= 1


def test_a_condition_without_a_sham_arm_borrows_and_says_so():
    found = sham_change("post_stroke_pain")
    assert found.borrowed and len(found.mean_of) == 4
    assert not sham_change("burning_mouth").borrowed


def test_an_arm_on_a_drug_is_no_sham_alone():
    assert study("ebrahimi2018").given_to_all == "carbamazepine"
    found = sham_change("trigeminal_neuralgia")
    assert found.borrowed and "ebrahimi2018" not in found.mean_of


def test_the_limit_is_the_95th_percentile_of_people_drawn():
    found = sham_change("diabetic_polyneuropathy")
    rng = np.random.default_rng(3)
    n = 400_000
    people = found.mean + found.between_trials * rng.standard_normal(n)
    people += found.spread.at(rng.random(n)) * rng.standard_normal(n)
    assert np.quantile(people, 0.95) == pytest.approx(found.limit, abs=0.05)


def test_what_is_no_pain_or_no_condition():
    with pytest.raises(ValidityError, match="no change of pain"):
        sham_change("facial_palsy")
    with pytest.raises(UnknownName):
        sham_change("gout")
