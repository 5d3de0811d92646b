"""From persons to stacks of layers."""

import numpy as np
import pytest

from nervelight.errors import ValidityError
from nervelight.optics.sites import site, site_ids
from nervelight.optics.skin import LEAST_FAT, cutaneous_ending_depth, place_nerve, skin_stack
from nervelight.optics.tissues import MODEL_PARAMETERS, central_model, tissue_optics
from nervelight.uncertainty import low_discrepancy_sample

PERSON = {
    "stratum_corneum": 0.015,
    "epidermis": 0.07,
    "dermis": 1.3,
    "subcutaneous_fat": 3.0,
    "melanosome_fraction": 0.02,
    "dermal_blood_fraction": 0.005,
    "nerve_depth": 9.1,
}
SKIN = 0.015 + 0.07 + 1.3


def draws(site_id, nerve, n=64, condition=None):
    intervals = site(site_id).personal_intervals(phototype="III", ita=None, nerve=nerve, condition=condition)
    sample = low_discrepancy_sample(n, len(intervals), seed=1).T
    return {name: interval.at(u) for (name, interval), u in zip(intervals.items(), sample, strict=True)}


def test_one_person_gives_one_stack():
    stack = skin_stack(PERSON, central_model(), 810)
    assert stack.names == ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat", "muscle")
    assert stack.batch_shape == ()
    np.testing.assert_allclose(stack.thickness, [0.015, 0.07, 1.3, 3.0, np.inf])
    dermis = tissue_optics("dermis", 810, central_model(), dermal_blood_fraction=0.005)
    assert stack.mu_a[2] == dermis.mu_a and stack.mu_s[2] == dermis.mu_s and stack.g[4] == 0.93


def test_draws_of_person_and_model_go_together():
    person = place_nerve(draws("medial_ankle", "tibial"))
    sample = low_discrepancy_sample(64, len(MODEL_PARAMETERS), seed=2).T
    model = {name: p.at(u) for (name, p), u in zip(MODEL_PARAMETERS.items(), sample, strict=True)}
    stack = skin_stack(person, model, 850)
    assert stack.thickness.shape == stack.mu_a.shape == stack.mu_s.shape == stack.g.shape == (64, 5)
    one = skin_stack({k: v[7] for k, v in person.items()}, {k: v[7] for k, v in model.items()}, 850)
    np.testing.assert_allclose(stack.mu_a[7], one.mu_a)
    np.testing.assert_allclose(stack.mu_s[7], one.mu_s)
    np.testing.assert_allclose(stack.thickness[7], one.thickness)


def test_melanin_darkens_the_epidermis_and_nothing_else():
    stack = skin_stack({**PERSON, "melanosome_fraction": np.array([0.01, 0.4])}, central_model(), 810)
    changed = stack.mu_a[1] / stack.mu_a[0]
    assert changed[1] > 30
    np.testing.assert_allclose(np.delete(changed, 1), 1.0)


def test_stack_is_not_known_beyond_the_spectra():
    with pytest.raises(ValidityError, match="1064 nm"):
        skin_stack(PERSON, central_model(), 1064)


def test_nerve_endings_start_below_the_epidermis():
    assert cutaneous_ending_depth(PERSON) == pytest.approx(0.085)
    assert cutaneous_ending_depth({**PERSON, "epidermis": np.array([0.05, 0.1])}).shape == (2,)


def test_fat_above_the_nerve_stays_and_below_it_is_cut():
    placed = place_nerve({**PERSON, "subcutaneous_fat": np.array([3.0, 20.0]), "nerve_depth": np.array([9.1, 4.0])})
    np.testing.assert_allclose(placed["subcutaneous_fat"], [3.0, 4.0 - SKIN])
    np.testing.assert_allclose(placed["nerve_depth"], [9.1, 4.0])


def test_fat_never_vanishes():
    placed = place_nerve({**PERSON, "nerve_depth": SKIN + 0.01})
    assert placed["subcutaneous_fat"] == LEAST_FAT


def test_a_measured_depth_rescales_fat_with_the_path_below_the_skin():
    placed = place_nerve(PERSON, measured_depth=5.0)
    assert placed["nerve_depth"] == 5.0
    assert placed["subcutaneous_fat"] == pytest.approx((5.0 - SKIN) * 3.0 / (9.1 - SKIN))
    deeper = place_nerve({**PERSON, "subcutaneous_fat": 30.0}, measured_depth=12.0)
    assert deeper["subcutaneous_fat"] == pytest.approx(12.0 - SKIN)


def test_a_measured_depth_may_itself_be_drawn():
    placed = place_nerve(PERSON, measured_depth=np.array([5.0, 6.0]))
    np.testing.assert_allclose(placed["nerve_depth"], [5.0, 6.0])
    np.testing.assert_allclose(placed["subcutaneous_fat"], (np.array([5.0, 6.0]) - SKIN) * 3.0 / (9.1 - SKIN))


def test_measuring_the_drawn_depth_changes_nothing():
    drawn, measured = place_nerve(PERSON), place_nerve(PERSON, measured_depth=9.1)
    assert measured["subcutaneous_fat"] == pytest.approx(drawn["subcutaneous_fat"])


def test_placing_leaves_the_person_given_alone():
    person = {**PERSON, "subcutaneous_fat": 30.0}
    placed = place_nerve(person)
    assert person["subcutaneous_fat"] == 30.0
    assert {k: v for k, v in placed.items() if k not in {"subcutaneous_fat", "nerve_depth"}} == {
        k: v for k, v in person.items() if k not in {"subcutaneous_fat", "nerve_depth"}
    }


@pytest.mark.parametrize("measured", [None, 1.0])
def test_a_nerve_in_the_skin_is_refused_with_both_lengths(measured):
    person = {**PERSON, "nerve_depth": np.array([9.1, 1.0 if measured is None else 9.1])}
    with pytest.raises(ValidityError, match=r"nerve_depth 1 mm under skin of 1\.3[89]"):
        place_nerve(person, measured_depth=measured)


@pytest.mark.parametrize(
    ("site_id", "nerve", "condition"),
    [
        (site_id, nerve, condition)
        for site_id in site_ids()
        for nerve in site(site_id).nerves
        for condition in (None, *site(site_id).variants)
    ],
)
def test_every_site_gives_stacks_whose_fat_ends_at_or_above_the_nerve(site_id, nerve, condition):
    person = place_nerve(draws(site_id, nerve, condition=condition))
    stack = skin_stack(person, central_model(), 810)
    assert np.all(stack.tops[:, -1] <= person["nerve_depth"] + 1e-9)
    assert np.all(stack.thickness[:, 3] >= LEAST_FAT)
