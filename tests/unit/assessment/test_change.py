"""Whether one person changed: states, both bands, probabilities, and how often chance is called a change."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.assessment import change_of, instrument, instrument_ids, reliable_change
from nervelight.errors import InvalidInput, UnknownName, ValidityError
from nervelight.sources import require_known

DAYS = st.lists(st.integers(0, 10), min_size=4, max_size=14)
IMPROVED = ("possibly better", "better", "much better")


@pytest.mark.parametrize(
    ("name", "before", "after", "state"),
    [
        ("nrs11", [7, 6, 7, 8], [7, 7, 6, 7], "no clear change"),
        ("nrs11", [7, 6, 7, 8], [4, 5, 4, 4], "better"),
        ("nrs11", [7, 6, 7, 8], [3, 3, 3, 3], "much better"),
        # Half of the baseline, but days that scatter so much that chance could do it.
        ("nrs11", [2, 10, 2, 10], [0, 6, 0, 6], "possibly better"),
        ("nrs11", [4, 4, 4, 4], [7, 7, 7, 7], "worse"),
        ("nrs11", [7, 6, 7], [1, 1, 1, 1], "not judged"),
        ("nrs11", [7, 6, 7, 7], [1, 1, 1], "not judged"),
        # 30 % of 2 is 0.6: less than the one raw point that is asked for as well.
        ("nrs11", [2, 2, 2, 2], [1, 1, 2, 1], "no clear change"),
        ("nrs11", [2, 2, 2, 2], [1, 1, 1, 1], "much better"),
        ("nrs11", [0, 0, 0, 0], [0, 0, 0, 0], "no clear change"),
        ("peg", [6], [5], "possibly better"),
        ("peg", [6], [5.1], "no clear change"),
        ("peg", [6], [7], "worse"),
        # 1.645 sqrt(2) 1.22 = 2.84, by the wider end of the error.
        ("peg", [6], [3.2], "possibly better"),
        ("peg", [6], [3.1], "better"),
        # No proportion of a PEG is established as much.
        ("peg", [8], [1], "better"),
        ("fact_gog_ntx", [20], [30], "possibly better"),
        ("fact_gog_ntx", [30], [20], "worse"),
        ("phq9", [15], [4], "possibly better"),
        ("mnsi_q", [6], [2], "not judged"),
        ("sleep_nrs", [6] * 4, [2] * 4, "better"),
        ("norfolk_qol_dn", [60], [20], "not judged"),
    ],
)
def test_states(name, before, after, state):
    found = change_of(name, before, after)
    assert found.state == state
    assert found.reasons


def test_by_hand():
    found = change_of("nrs11", [7, 6, 7, 8], [4, 5, 4, 4])
    assert (found.before, found.after, found.improvement) == (7, 4.25, 2.75)
    assert found.percent == pytest.approx(100 * 2.75 / 7)
    assert found.important == pytest.approx(2.1)
    # Sums of squares 2 and 0.75 over 6 degrees of freedom, four days on each side.
    low = math.sqrt(2.75 / 6) * math.sqrt(0.5)
    assert found.standard_error == pytest.approx((low, low * math.sqrt(3)))
    # The 95th percentile of t with 6 degrees of freedom is 1.94318.
    assert found.reliable == pytest.approx((1.94318 * low, 1.94318 * low * math.sqrt(3)), rel=1e-5)


def test_a_single_score_uses_the_published_error_and_repeats_lessen_it():
    found = change_of("peg", [6], [4])
    band = reliable_change("peg", 0.90)
    assert found.reliable == pytest.approx((band.low, band.high), rel=1e-6)
    assert change_of("peg", [6] * 4, [4] * 4).reliable[0] == pytest.approx(band.low / 2, rel=1e-6)


def test_a_table_gives_the_error_of_each_score():
    # Standard errors of 1.8 and 1.9 in the middle; of 6.1 at the floor.
    middle = change_of("promis_pi_4a", [61.2], [55.6])
    assert middle.standard_error == pytest.approx((math.hypot(1.8, 1.9),) * 2)
    assert middle.state == "better"
    assert change_of("promis_pi_4a", [47], [41.6]).standard_error[0] == pytest.approx(math.hypot(2.5, 6.1))


@pytest.mark.parametrize("name", ["dn4", "lanss", "paindetect", "id_pain", "pgic"])
def test_what_screens_or_rates_a_change_is_not_compared(name):
    with pytest.raises(ValidityError, match=r"screening only|a change itself"):
        change_of(name, [4], [2])


def test_a_share_of_the_baseline_needs_a_scale_that_starts_at_nothing():
    assert change_of("peg", [8], [4]).percent == 50
    assert change_of("promis_pi_4a", [60], [55]).percent is None
    assert change_of("gas", [50], [60]).percent is None


def test_worse_says_whether_error_could_explain_it():
    assert "measurement error could explain it" in change_of("peg", [5], [6.1]).reasons
    assert "measurement error could explain it" not in change_of("peg", [2], [8]).reasons


def test_an_error_that_is_not_known_gives_no_probability():
    found = change_of("phq9", [15], [8])
    assert found.standard_error is found.reliable is found.p_better is found.p_important is None


@given(before=DAYS, after=DAYS)
def test_laws(before, after):
    found = change_of("nrs11", before, after)
    back = change_of("nrs11", after, before)
    assert back.improvement == pytest.approx(-found.improvement)
    assert back.p_better == pytest.approx(tuple(1 - p for p in found.p_better))
    assert 0 < found.standard_error[0] < found.standard_error[1]
    for p_important, p_better in zip(found.p_important, found.p_better, strict=True):
        assert 0 <= p_important <= p_better <= 1
    if found.state in ("better", "much better"):
        assert found.improvement >= max(found.important, found.reliable[1]) and min(found.p_better) >= 0.95
    if found.state in IMPROVED:
        assert found.improvement >= found.important >= 1
    if found.state == "worse":
        assert found.improvement <= -found.important
    # The order of days says nothing.
    again = change_of("nrs11", sorted(before), sorted(after))
    assert again.state == found.state and again.reliable == pytest.approx(found.reliable)


@given(before=DAYS, after=st.lists(st.integers(1, 10), min_size=4, max_size=4))
def test_less_pain_is_never_a_worse_state(before, after):
    order = ["worse", "no clear change", "possibly better", "better", "much better"]
    lower = [score - 1 for score in after]
    states = [order.index(change_of("nrs11", before, days).state) for days in (after, lower)]
    assert states[1] >= states[0]


@pytest.mark.parametrize("correlation", [0.0, 0.5])
@pytest.mark.parametrize("days", [4, 7, 14])
def test_chance_is_called_beyond_error_in_one_of_twenty_at_most(correlation, days):
    """Days that resemble their neighbours, nothing changed: up to the correlation assumed, 5 % and no more."""
    rng = np.random.default_rng(7)
    runs = 4000
    scores = rng.standard_normal((runs, 2, days))
    for day in range(1, days):
        fresh = math.sqrt(1 - correlation**2) * scores[:, :, day]
        scores[:, :, day] = correlation * scores[:, :, day - 1] + fresh
    rounded = np.round(5 + 1.2 * scores).clip(0, 10)
    called = np.mean([(found := change_of("nrs11", a, b)).improvement >= found.reliable[1] for a, b in rounded])
    # 5.4 % at the end of the assumption in 200 000 runs (validation/change_calls.py); three standard errors of 4000.
    assert called <= 0.054 + 3 * math.sqrt(0.054 * 0.946 / runs)
    if correlation == 0:
        assert called < 0.02


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [([], [5], "before"), ([5], [], "after"), ([11], [5], r"before\[1\]"), ([5], [5, math.nan], r"after\[2\]")],
)
def test_scores_that_cannot_be_are_told_with_their_place(before, after, path):
    with pytest.raises(InvalidInput, match=path):
        change_of("peg", before, after)


def test_what_has_no_score_or_no_direction_cannot_change():
    with pytest.raises(ValidityError, match="no score that could improve"):
        change_of("sixmwt", [400], [420])
    with pytest.raises(UnknownName):
        change_of("pain", [4], [2])


@pytest.mark.parametrize("name", [name for name in instrument_ids() if instrument(name).threshold])
def test_a_threshold_is_one_of_the_published_changes_or_says_so(name):
    entry = instrument(name)
    require_known(entry.threshold.sources)
    assert entry.threshold.unverified or entry.threshold.sources
    sizes = [
        size
        for change in entry.changes
        if change.points
        for size in (change.points.low, change.points.median, change.points.high)
    ]
    assert entry.threshold.points in sizes
    if entry.threshold.percent:
        assert entry.threshold.percent in [change.percent.median for change in entry.changes if change.percent]
