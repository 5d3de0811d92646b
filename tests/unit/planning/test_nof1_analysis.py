"""The effect of light in one person, from arrays of days."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.errors import InvalidInput, ValidityError
from nervelight.planning.nof1 import individual_effect, randomisation_test

sys.path.append(str(Path(__file__).resolve().parents[3] / "validation"))

import nof1_coverage
from nof1_coverage import Days, Shape, Trials, share
from page_tables import same_to_the_last_digit


def days_of(blocks=4, length=7, seed=1, effect=-1.5):
    rng = np.random.default_rng(seed)
    day = np.arange(2 * blocks * length)
    block = day // (2 * length)
    on = (day // length) % 2 == 1
    return day, np.clip(np.round(6 + effect * on + rng.standard_normal(len(day))), 0, 10), on, block


def test_the_effect_is_found_with_what_it_rests_on():
    day, score, on, block = days_of()
    found = individual_effect(day, score, on, block, "lower", matters=1.0)
    assert found.low < -1.5 < found.high < 0
    assert found.low < found.effect < found.high
    assert found.days == 56 and found.blocks == (0, 1, 2, 3)
    assert found.correlation_low < found.correlation < found.correlation_high
    assert found.differences[0] == pytest.approx(score[7:14].mean() - score[:7].mean())
    assert found.p_better > found.p_matters > 0.5
    assert (found.p_randomisation, found.p_smallest) == (0.125, 0.125)


def test_light_and_no_light_exchanged_flips_the_sign_and_nothing_else():
    day, score, on, block = days_of()
    found = individual_effect(day, score, on, block, "lower")
    flipped = individual_effect(day, score, ~on, block, "lower")
    assert (flipped.low, flipped.effect, flipped.high) == pytest.approx(
        (-found.high, -found.effect, -found.low), abs=1e-6
    )
    assert flipped.p_better == pytest.approx(1 - found.p_better)
    assert flipped.p_randomisation == found.p_randomisation
    assert flipped.correlation == pytest.approx(found.correlation)


def test_the_better_end_of_the_scale_decides_what_better_is():
    day, score, on, block = days_of()
    lower, higher = (individual_effect(day, score, on, block, end, 1.0) for end in ("lower", "higher"))
    assert lower.effect == higher.effect
    assert higher.p_better == pytest.approx(1 - lower.p_better)
    turned = individual_effect(day, 10 - score, on, block, "higher", 1.0)
    assert turned.p_matters == pytest.approx(lower.p_matters)


def test_slow_drift_between_blocks_is_taken_up_by_their_levels():
    day, score, on, block = days_of()
    found = individual_effect(day, score, on, block, "lower")
    moved = individual_effect(day, score + np.array([0.0, 2.0, -1.0, 4.0])[block], on, block, "lower")
    assert moved.effect == pytest.approx(found.effect, abs=0.15)
    assert moved.differences == pytest.approx(found.differences)


def test_a_block_with_one_side_only_has_no_difference():
    day, score, on, block = days_of()
    keep = ~((block == 2) & on)
    found = individual_effect(day[keep], score[keep], on[keep], block[keep], "lower")
    assert found.blocks == (0, 1, 3) and len(found.differences) == 3
    assert found.p_smallest == 0.25


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d, s, o, b: (d[::-1], s, o, b), "day"),
        (lambda d, s, o, b: (np.zeros_like(d), s, o, b), "day"),
        (lambda d, s, o, b: (d + 0.5, s, o, b), "day"),
        (lambda d, s, o, b: (d, s[:-1], o, b), "score"),
        (lambda d, s, o, b: (d, np.where(d == 3, np.nan, s), o, b), "score"),
        (lambda d, s, o, b: (d, s, o[:-1], b[:-1]), "on"),
    ],
)
def test_days_that_do_not_fit_together_are_refused(change, told):
    with pytest.raises(InvalidInput) as caught:
        individual_effect(*change(*days_of()), "lower")
    assert told in {fault.path for fault in caught.value.faults}


def test_too_little_to_tell_is_said():
    day, score, on, block = days_of(blocks=1)
    with pytest.raises(ValidityError, match="in 1 block; at least 2"):
        individual_effect(day, score, on, block, "lower")
    with pytest.raises(ValidityError, match="in 0 blocks"):
        individual_effect([], [], [], [], "lower")
    day, score, on, block = days_of(blocks=2, length=1)
    with pytest.raises(ValidityError, match="4 days with a score that count; at least 7"):
        individual_effect(day, score, on, block, "lower")


def test_scores_that_do_not_vary_are_whole_numbers_or_refused():
    day, _, on, block = days_of()
    found = individual_effect(day, np.where(on, 4.0, 6.0), on, block, "lower")
    assert found.low < -2.0 < found.high < -1.8
    with pytest.raises(ValidityError, match="do not vary"):
        individual_effect(day, np.where(on, 4.5, 6.5), on, block, "lower")


# ---- the randomisation test


def test_all_differences_one_way_give_the_smallest_share():
    assert [randomisation_test([-1.0] * blocks) for blocks in (3, 5, 6)] == [0.25, 0.0625, 0.03125]


def test_worked_example():
    # Orders of (3, 1, 1): means of 5, 3, 3, 1 thirds each way; 3 or more in six of eight.
    assert randomisation_test([3.0, -1.0, 1.0]) == 0.75


@given(st.lists(st.integers(-8, 8), min_size=2, max_size=8))
def test_it_is_the_same_in_any_order_and_with_all_signs_changed(differences):
    p = randomisation_test([float(x) for x in differences])
    assert p == randomisation_test([-float(x) for x in reversed(differences)])
    assert 2.0 ** (1 - len(differences)) <= p <= 1.0


def test_tenths_that_add_up_to_the_same_are_the_same():
    assert randomisation_test([0.1, 0.2, 0.3]) == randomisation_test([1.0, 2.0, 3.0]) == 0.25


# ---- how often it is right


@pytest.mark.parametrize(
    ("shape", "correlation"),
    [(Shape(3, 7, 2), 0.5), (Shape(4, 14, 4), 0.0), (Shape(4, 14, 4), 0.7), (Shape(6, 7, 2), 0.5)],
)
def test_intervals_hold_the_true_effect_at_the_nominal_rate(shape, correlation):
    # 10 000 trials: 0.65 % is three standard errors. Above is allowed: few days leave much unknown of the correlation.
    assert 95 - 0.65 <= share(Trials.covered, shape, correlation, Days()) <= 97.5


def test_the_usual_interval_does_not():
    assert share(nof1_coverage.plug_in, Shape(4, 7, 2), 0.7, Days()) < 92
    assert share(nof1_coverage.as_if_independent, Shape(4, 7, 2), 0.7, Days()) < 80


def test_the_randomisation_test_calls_nothing_an_effect_too_often():
    # With six blocks only the two orders of 64 in which all blocks agree give p below 0.05: 3.1 %, less with ties.
    called = share(nof1_coverage.rejected, Shape(6, 7, 2), 0.5, Days(period_shift=0.5))
    assert 1.5 <= called <= 3.125 + 0.5


@pytest.mark.slow
def test_rows_of_each_table_of_the_page_are_up_to_date(monkeypatch):
    """A row of each table; all of them, which take a minute, are `python validation/nof1_coverage.py --check`."""
    monkeypatch.setattr(nof1_coverage, "SHAPES", nof1_coverage.SHAPES[:1])
    monkeypatch.setattr(nof1_coverage, "SITUATIONS", {"not rounded": nof1_coverage.SITUATIONS["not rounded"]})
    page = nof1_coverage.PAGE.read_text(encoding="utf-8").splitlines()
    for made in (nof1_coverage.coverage(), nof1_coverage.situations()):
        row = made.splitlines()[-1]
        name = row[: row.index("|", 2) + 1]
        (kept,) = (line for line in page if line.startswith(name) and line.count("|") == row.count("|"))
        assert same_to_the_last_digit(kept, row)
