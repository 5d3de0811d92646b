"""The uncertain quantities: how they are drawn, and how each is moved alone."""

from __future__ import annotations

import numpy as np
import pytest

from nervelight.planning.uncertain import CENTRE, HIGH_END, LOW_END, Space, Uncertain
from nervelight.uncertainty import Interval

FAT = Uncertain("patient", "fat", "fat", Interval(low=1, central=2, high=8, sources=("jacques2013",)), "mm")
DERMIS = Uncertain("trial", "fat", "trial's fat", Interval(low=2, high=8, unverified=True), "mm")
KNOWN = Uncertain("lamp", "irradiance", "irradiance", Interval.exactly(50.0), "mW/cm2")
DIRECTION = Uncertain("lamp", "diffuse", "direction", (0.0, 1.0), ends=("straight", "from all sides"))
SPACE = Space((FAT, DERMIS, KNOWN, DIRECTION))


def test_a_quantity_stands_once():
    with pytest.raises(ValueError, match="twice"):
        Space((FAT, DIRECTION, FAT))
    # The same name in another group is another quantity.
    assert len({quantity.key for quantity in SPACE.quantities}) == 4


def test_one_at_a_time_moves_each_quantity_that_varies_to_both_ends_and_nothing_else():
    varied, u = SPACE.one_at_a_time()
    assert varied == (FAT, DERMIS, DIRECTION)
    assert u.shape == (7, 4)
    assert np.all(u[0] == CENTRE)
    for row, column, end in zip(u[1:], (0, 0, 1, 1, 3, 3), (LOW_END, HIGH_END) * 3, strict=True):
        assert row[column] == end
        assert np.all(np.delete(row, column) == CENTRE)


def test_values_come_by_group_and_name_and_stay_within_their_bounds():
    values = SPACE.values(np.array([[0.0] * 4, [0.5] * 4, [1.0] * 4]))
    assert values["patient"]["fat"] == pytest.approx([1, 2, 8])
    assert values["trial"]["fat"] == pytest.approx([2, 4, 8])
    assert values["lamp"]["irradiance"] == pytest.approx([50, 50, 50])
    assert values["lamp"]["diffuse"] == pytest.approx([0, 0.5, 1])
    assert values["model"] == {}


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    draws = SPACE.sample(64, seed=3)
    assert draws.shape == (64, 4)
    assert np.all((draws > 0) & (draws < 1))
    assert np.array_equal(draws, SPACE.sample(64, seed=3))
    assert not np.allclose(draws, SPACE.sample(64, seed=4))


def test_half_of_the_draws_lie_below_the_centre():
    values = SPACE.values(SPACE.sample(256, seed=1))
    for quantity in (FAT, DERMIS):
        assert np.mean(values[quantity.group][quantity.name] < quantity.interval.median) == pytest.approx(0.5, abs=0.02)


def test_what_has_no_checked_source_is_an_assumption():
    assert [quantity.assumption for quantity in SPACE.quantities] == [False, True, False, True]
    assert FAT.sources == ("jacques2013",)
    assert DIRECTION.sources == ("nervelight_assumption",)
    assert [quantity.fixed for quantity in SPACE.quantities] == [False, False, True, False]


def test_quantities_are_told_with_their_unit_or_in_words():
    assert FAT.range_text == "1 to 8 mm"
    assert FAT.text(0.5) == "2 mm"
    assert DIRECTION.range_text == "straight to from all sides"
    assert (DIRECTION.text(LOW_END), DIRECTION.text(HIGH_END)) == ("straight", "from all sides")
