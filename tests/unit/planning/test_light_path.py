"""The light at the target: laws that hold for every person, and the trial's own people as a check of the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.optics import MODEL_PARAMETERS, Disc, skin_stack
from nervelight.planning.light_path import evaluate, needs_beam
from nervelight.transport import solve_beam
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
    assert sample.trial_targets[0][850.0].shape == (8,)


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
    assert sample.trial_targets == ()
    with pytest.raises(ValueError, match="trial"):
        sample.time(EVEN)


def spread_of(area: float, depth: float, wavelength: float = 850.0) -> float:
    """What a disc gives on its axis relative to a wide field, by the beam solver alone at its own accuracy."""
    person = {name: np.array([value]) for name, value in PERSON.items() if name != "nerve_depth"}
    model = {name: np.array([parameter.median]) for name, parameter in MODEL_PARAMETERS.items()}
    beam = solve_beam(skin_stack(person, model, wavelength, "muscle"), finest=min(0.1, depth))
    disc = Disc(np.sqrt(area / np.pi))
    return float(beam.fluence_rate(disc, [depth])[0, 0, 0] * disc.area / beam.plane.fluence_rate([depth])[0, 0])


FEW_BEAMS = settings(max_examples=6, deadline=None)
AREAS = st.floats(0.5, 4.0).map(lambda exponent: 10.0**exponent)


class TestFiniteFields:
    # The smallest field that counts as wide for a nerve 6 mm deep.
    WIDE_AREA = np.pi * 44.0**2

    @FEW_BEAMS
    @given(person=PERSONS, at_nerve=st.booleans(), area=AREAS)
    def test_equal_people_under_an_equal_spot_need_the_trial_s_own_time(self, person, at_nerve, area):
        time = time_of(patient=person, trial=person, at_nerve=at_nerve, spot_area=area, trial_spots={"": area})
        assert time == pytest.approx(0.04 / (50 * MW_CM2), rel=0.01)

    @pytest.mark.parametrize("area", [3.64, 50.0, 300.0, 1500.0])
    def test_a_probe_needs_longer_than_a_wide_lamp_by_what_light_loses_sideways(self, area):
        assert time_of(at_nerve=True, spot_area=area) / time_of(at_nerve=True) == pytest.approx(
            1 / spread_of(area, PERSON["nerve_depth"]), rel=0.01
        )

    @pytest.mark.parametrize("area", [3.64, 50.0, 300.0])
    def test_nerve_endings_just_under_the_skin_lose_light_sideways_too(self, area):
        # Most light in the upper skin came back from below, and under a small spot it left sideways.
        lost = spread_of(area, 0.1)
        assert lost < 0.98
        assert time_of(trial_spots={"": area}) / time_of() == pytest.approx(lost, rel=0.01)
        assert time_of(spot_area=area) / time_of() == pytest.approx(1 / lost, rel=0.01)

    def test_a_probe_of_a_few_square_millimetres_reaches_a_nerve_with_a_hundredth(self):
        sample = at_centre(at_nerve=True, spot_area=3.64)
        assert sample.field_factor()[0] == pytest.approx(spread_of(3.64, 6.0), rel=0.01)
        assert 0.01 < sample.field_factor()[0] < 0.03

    @FEW_BEAMS
    @given(person=PERSONS, small=st.floats(0.5, 2.5).map(lambda exponent: 10.0**exponent), larger=st.floats(1.3, 3.0))
    def test_who_has_a_smaller_spot_than_the_trial_s_needs_longer(self, person, small, larger):
        areas = (small, small * larger)
        own = 0.04 / (50 * MW_CM2)
        given_person = {"patient": person, "trial": person, "at_nerve": True}
        assert time_of(**given_person, spot_area=areas[0], trial_spots={"": areas[1]}) > 1.002 * own
        assert time_of(**given_person, spot_area=areas[1], trial_spots={"": areas[0]}) < own / 1.002

    @pytest.mark.parametrize(("share", "whole"), [(0.99, 0.01), (1.001, 1e-12), (4.0, 1e-12)])
    @pytest.mark.parametrize("side", ["spot_area", "trial_spots"])
    def test_a_growing_field_becomes_a_wide_one(self, side, share, whole):
        area = share * self.WIDE_AREA
        time = time_of(at_nerve=True, **{side: area if side == "spot_area" else {"": area}})
        assert time == pytest.approx(time_of(at_nerve=True), rel=whole)

    def test_a_wider_field_never_gives_less(self):
        factors = [at_centre(at_nerve=True, spot_area=area).field_factor()[0] for area in np.geomspace(1, 6000, 7)]
        assert np.all(np.diff(factors) > 0)
        assert 0 < factors[0] < factors[-1] < 1.005

    def test_a_wide_field_has_the_factor_one(self):
        assert at_centre(at_nerve=True).field_factor() == pytest.approx([1.0])
        assert at_centre(at_nerve=True, spot_area=2 * self.WIDE_AREA).field_factor() == pytest.approx([1.0])

    def test_each_wavelength_loses_its_own_share(self):
        sample = at_centre(at_nerve=True, spot_area=50.0, wavelengths=(660.0, 850.0), shares=(0.3, 0.7))
        wide = at_centre(at_nerve=True, wavelengths=(660.0, 850.0), shares=(0.3, 0.7))
        lost = [spread_of(50.0, 6.0, wavelength) for wavelength in (660.0, 850.0)]
        assert sample.target_transmission[0] / wide.target_transmission[0] == pytest.approx(lost, rel=0.01)
        assert lost[0] > lost[1]

    def test_the_rate_ratio_counts_both_spots(self):
        given_rates = {"at_nerve": True, "irradiance": 50.0, "trial_irradiance": 20 * MW_CM2}
        equal = at_centre(**given_rates, spot_area=50.0, trial_spots={"": 50.0}).rate_ratio()
        assert equal == pytest.approx([2.5], rel=0.01)
        smaller = at_centre(**given_rates, spot_area=50.0).rate_ratio()
        assert smaller == pytest.approx([2.5 * spread_of(50.0, 6.0)], rel=0.01)

    def test_the_light_on_the_skin_is_the_same_whatever_the_spot(self):
        narrow, wide = at_centre(spot_area=50.0), at_centre()
        assert narrow.irradiance == wide.irradiance
        assert narrow.absorbed_share == pytest.approx(wide.absorbed_share, rel=1e-3)

    def test_draws_are_evaluated_apart_from_each_other(self):
        problem = problem_of(**UNCERTAIN, at_nerve=True, spot_area=100.0, trial_spots={"": 300.0})
        u = problem.space.sample(4, seed=1)
        together = evaluate(problem, u).time(EVEN)
        apart = [evaluate(problem, row[None]).time(EVEN)[0] for row in u]
        # How fine the waves are solved follows from all draws together.
        assert together == pytest.approx(apart, rel=0.005)
        assert np.ptp(together) > 0

    @pytest.mark.parametrize("area", [None, 300.0])
    def test_the_first_draws_are_those_of_the_patient_in_all(self, area):
        problem = problem_of(**UNCERTAIN, at_nerve=True, spot_area=area, trial_spots={"": 300.0})
        sample = evaluate(problem, problem.space.sample(8, seed=1))
        first = sample.first(3)
        assert np.array_equal(first.irradiance, sample.irradiance[:3])
        assert first.target_transmission == pytest.approx(sample.target_transmission[:3], rel=1e-12)
        assert first.problem.trials == ()

    def test_a_beam_is_needed_where_the_field_is_small_for_a_target(self):
        for area, at_nerve, needed in (
            (None, True, False),
            (300.0, True, True),
            (300.0, False, True),
            (1e6, True, False),
        ):
            problem = problem_of(at_nerve=at_nerve, spot_area=area)
            u = problem.space.sample(4, seed=1)
            assert needs_beam(problem, u) is needed
            assert (evaluate(problem, u).solutions[0].beam is not None) is needed

    def test_light_outside_the_tissue_tables_reaches_nothing_under_a_spot_either(self):
        sample = at_centre(wavelengths=(480.0, 850.0), shares=(0.4, 0.6), at_nerve=True, spot_area=50.0)
        inside = at_centre(at_nerve=True, spot_area=50.0)
        assert np.all(sample.profile(0, np.array([0.0, 1.0])) == 0)
        depth = sample.target_depth
        assert sample.share_of_skin(depth) == pytest.approx(0.6 * inside.share_of_skin(depth), rel=1e-9)
        assert sample.field_factor() == pytest.approx(inside.field_factor(), rel=1e-9)


class TestReadings:
    SPOTS = {"mean": 371.0, "peak": 186.0, "sheet": None}  # noqa: RUF012

    def test_each_reading_is_carried_as_if_it_were_the_only_one(self):
        together = at_centre(at_nerve=True, spot_area=300.0, trial_spots=self.SPOTS)
        for index, (label, area) in enumerate(self.SPOTS.items()):
            alone = at_centre(at_nerve=True, spot_area=300.0, trial_spots={label: area})
            assert together.time(EVEN, index) == pytest.approx(alone.time(EVEN), rel=0.005)
            assert together.rate_ratio(index) == pytest.approx(alone.rate_ratio(), rel=0.005)

    def test_a_smaller_spot_in_the_trial_asks_for_less_light_here(self):
        times = [at_centre(at_nerve=True, trial_spots=self.SPOTS).time(EVEN, index)[0] for index in range(3)]
        assert times[1] < times[0] < times[2]

    def test_readings_may_differ_in_all_that_is_light(self):
        problem = problem_of(at_nerve=True, trial_spots={"a": 300.0, "b": 300.0})
        once, twice = problem.trials
        twice = replace(twice, radiant_exposure={850.0: 0.08}, irradiance=3e-4, diffuse=True)
        sample = evaluate(replace(problem, trials=(once, twice)), np.full((1, len(problem.space.quantities)), CENTRE))
        alone = at_centre(at_nerve=True, trial_spots={"": 300.0}, trial_diffuse=True, exposure={850.0: 0.08})
        assert sample.time(EVEN, 1) == pytest.approx(alone.time(EVEN), rel=1e-6)
        assert sample.time(EVEN, 0) == pytest.approx(time_of(at_nerve=True, trial_spots={"": 300.0}), rel=1e-6)
