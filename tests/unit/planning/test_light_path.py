"""The light at the target: laws that hold for every person, and the trial's own people as a check of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.optics import MODEL_PARAMETERS
from nervelight.planning.light_path import evaluate
from nervelight.uncertainty import Interval
from nervelight.units import MW_CM2

from .cases import PERSON, problem_of

CENTRE = 0.5
EVEN = dict.fromkeys((480.0, 660.0, 810.0, 850.0, 1060.0), 1.0)
PERSONS = st.fixed_dictionaries(
    {
        "stratum_corneum": st.floats(0.01, 0.7),
        "epidermis": st.floats(0.03, 0.15),
        "dermis": st.floats(0.7, 3.0),
        "subcutaneous_fat": st.floats(0.5, 20.0),
        "melanosome_fraction": st.floats(0.005, 0.43),
        "dermal_blood_fraction": st.floats(0.002, 0.05),
        "nerve_depth": st.floats(2.0, 18.0),
    }
)
LAW = settings(max_examples=20, deadline=None)


def at_centre(**given):
    problem = problem_of(**given)
    return evaluate(problem, np.full((1, len(problem.space.quantities)), CENTRE))


def time_of(**given) -> float:
    return float(at_centre(**given).time(EVEN)[0])


def changed(**values):
    return {**PERSON, **values}


@LAW
@given(person=PERSONS, at_nerve=st.booleans(), irradiance=st.floats(1, 200))
def test_the_trial_s_own_people_under_its_own_lamp_need_the_trial_s_own_time(person, at_nerve, irradiance):
    time = time_of(patient=person, trial=person, at_nerve=at_nerve, irradiance=irradiance, exposure={850.0: 0.04})
    assert time == pytest.approx(0.04 / (irradiance * MW_CM2), rel=1e-9)


def test_so_they_do_with_several_wavelengths_and_with_diffuse_light():
    time = time_of(
        wavelengths=(660.0, 850.0),
        shares=(0.3, 0.7),
        exposure={660.0: 0.012, 850.0: 0.028},
        diffuse_share=(1.0, 1.0),
        trial_diffuse=True,
    )
    assert time == pytest.approx(0.04 / (50 * MW_CM2), rel=1e-9)


@LAW
@given(person=PERSONS, at_nerve=st.booleans(), more=st.floats(1.05, 2.0))
def test_more_melanin_takes_longer(person, at_nerve, more):
    darker = {**person, "melanosome_fraction": person["melanosome_fraction"] * more}
    assert time_of(patient=darker, at_nerve=at_nerve) > time_of(patient=person, at_nerve=at_nerve)


@LAW
@given(depth=st.floats(5.0, 15.0), further=st.floats(0.2, 5.0))
def test_a_deeper_nerve_takes_longer(depth, further):
    near, far = (time_of(patient=changed(nerve_depth=d), at_nerve=True) for d in (depth, depth + further))
    assert far > near


@LAW
@given(person=PERSONS, irradiance=st.floats(1, 100), factor=st.floats(0.1, 10))
def test_the_time_is_inverse_to_the_irradiance(person, irradiance, factor):
    once, more = (time_of(patient=person, irradiance=i) for i in (irradiance, factor * irradiance))
    assert once / more == pytest.approx(factor, rel=1e-9)


@LAW
@given(person=PERSONS, wavelength=st.floats(600, 1000), diffuse=st.floats(0, 1))
def test_tissue_takes_up_a_part_of_the_light_and_no_more(person, wavelength, diffuse):
    sample = at_centre(patient=person, wavelengths=(wavelength,), diffuse_share=(diffuse, diffuse))
    assert 0 < sample.absorbed_share[0] < 1
    assert sample.share_of_skin(sample.target_depth)[0] > 0


UNCERTAIN = {
    "model": {name: Interval(low=p.low, central=p.central, high=p.high) for name, p in MODEL_PARAMETERS.items()},
    "patient": changed(
        melanosome_fraction=Interval(low=0.01, high=0.1),
        subcutaneous_fat=Interval(low=1, high=6),
        nerve_depth=Interval(low=4, high=10),
    ),
    "irradiance": Interval(low=40, high=60),
    "diffuse_share": (0.0, 1.0),
    "wavelengths": (660.0, 850.0),
}


def test_draws_are_evaluated_apart_from_each_other():
    problem = problem_of(**UNCERTAIN, at_nerve=True)
    u = problem.space.sample(8, seed=1)
    together = evaluate(problem, u).time(EVEN)
    apart = [evaluate(problem, row[None]).time(EVEN)[0] for row in u]
    assert together == pytest.approx(apart, rel=1e-9)
    assert np.ptp(together) > 0


def test_shapes_are_draws_by_wavelengths():
    problem = problem_of(**UNCERTAIN, at_nerve=True)
    sample = evaluate(problem, problem.space.sample(8, seed=1))
    assert sample.irradiance.shape == sample.target_depth.shape == sample.endings_depth.shape == (8,)
    assert sample.shares.shape == sample.target_transmission.shape == (8, 2)
    assert sample.shares.sum(axis=1) == pytest.approx(np.ones(8))
    assert sample.profile(0, np.linspace(0, 10, 5)).shape == (8, 5)
    assert sample.share_of_skin(sample.target_depth).shape == sample.absorbed_share.shape == (8,)
    assert sample.trial_target[850.0].shape == (8,)


class TestSharedModel:
    MODEL = UNCERTAIN["model"]

    def spreads(self, patient) -> tuple[float, float]:
        """Spread of the logarithm of the time, with the model shared by both and with one for each."""
        problem = problem_of(model=self.MODEL, patient=patient, at_nerve=True)
        u = problem.space.sample(64, seed=2)
        shared = evaluate(problem, u)
        elsewhere = evaluate(problem, np.roll(u, 17, axis=0))
        apart = elsewhere.target_fluence(EVEN) / shared.target_fluence_rate(EVEN)
        return float(np.std(np.log(shared.time(EVEN)))), float(np.std(np.log(apart)))

    def test_what_nobody_knows_about_tissue_cancels_between_equal_people(self):
        shared, apart = self.spreads(PERSON)
        assert shared < 1e-9
        assert apart > 0.1

    def test_it_cancels_in_part_between_people_who_differ(self):
        shared, apart = self.spreads(changed(nerve_depth=8.0, subcutaneous_fat=4.5))
        assert 0.01 < shared < 0.6 * apart


class TestOutsideTheTissueTables:
    @pytest.mark.parametrize("wavelength", [480.0, 599.0, 1001.0, 1060.0])
    def test_such_light_reaches_nothing_and_only_warms(self, wavelength):
        sample = at_centre(wavelengths=(wavelength, 850.0), shares=(0.4, 0.6))
        inside = at_centre(wavelengths=(850.0,))
        assert sample.solutions[0] is None
        assert np.all(sample.profile(0, np.array([0.0, 1.0])) == 0)
        depth = sample.target_depth
        assert sample.share_of_skin(depth) == pytest.approx(0.6 * inside.share_of_skin(depth), rel=1e-9)
        assert sample.absorbed_share == pytest.approx(0.4 + 0.6 * inside.absorbed_share, rel=1e-9)

    @pytest.mark.parametrize("wavelength", [600.0, 1000.0])
    def test_the_ends_of_the_tables_are_inside(self, wavelength):
        sample = at_centre(wavelengths=(wavelength,))
        assert sample.share_of_skin(sample.target_depth)[0] > 0

    def test_light_that_reaches_nothing_makes_the_time_longer(self):
        assert time_of(wavelengths=(480.0, 850.0), shares=(0.5, 0.5)) == pytest.approx(2 * time_of(), rel=1e-9)


def test_a_site_without_a_nerve_has_its_endings_as_target():
    person = {name: value for name, value in PERSON.items() if name != "nerve_depth"}
    sample = at_centre(patient=person, trial=person)
    assert sample.nerve_depth is None
    assert sample.target_depth == pytest.approx([0.10])
    assert sample.time(EVEN) == pytest.approx([0.04 / (50 * MW_CM2)])


def test_the_other_target_does_not_move_the_time():
    assert time_of(patient=changed(nerve_depth=8.0)) == pytest.approx(time_of(), rel=1e-9)


def test_a_nerve_lies_under_the_skin_whatever_is_drawn():
    patient = changed(dermis=Interval(low=1, high=4), nerve_depth=Interval(low=1, high=4))
    problem = problem_of(patient=patient, at_nerve=True)
    person = evaluate(problem, problem.space.sample(64, seed=1)).person
    skin = person["stratum_corneum"] + person["epidermis"] + person["dermis"]
    assert np.all(person["nerve_depth"] > skin)
    assert np.all(skin + person["subcutaneous_fat"] <= person["nerve_depth"] + 0.05)


def test_a_measured_depth_is_met_and_the_fat_gives_way():
    sample = at_centre(patient=changed(measured_nerve_depth=10.0), at_nerve=True)
    assert sample.nerve_depth == pytest.approx([10.0])
    # Fat keeps its share of the way from skin to nerve: 3.0 of 4.4 mm becomes this part of 8.4 mm.
    assert sample.person["subcutaneous_fat"] == pytest.approx([3.0 / 4.4 * 8.4])
    shallow = at_centre(patient=changed(measured_nerve_depth=1.5), at_nerve=True)
    assert shallow.nerve_depth == pytest.approx([1.5])
    assert 0.1 + shallow.person["dermis"][0] < 1.5


def test_the_rate_ratio_of_equal_people_is_that_of_the_irradiances():
    assert at_centre(irradiance=50.0, trial_irradiance=20 * MW_CM2).rate_ratio() == pytest.approx([2.5])
    assert at_centre(trial_irradiance=None).rate_ratio() is None
    assert at_centre(trial=None).rate_ratio() is None


def test_without_a_trial_there_is_no_fluence_to_carry_over():
    sample = at_centre(trial=None)
    assert sample.trial_target == {}
    with pytest.raises(ValueError, match="trial"):
        sample.time(EVEN)
