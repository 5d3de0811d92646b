"""Carrying the anchor over: weights of wavelengths, a window on the skin, and what moves the time."""

from __future__ import annotations

import numpy as np
import pytest

from nervelight.errors import ValidityError
from nervelight.optics import cytochrome_oxidase_extinction
from nervelight.planning.light_path import evaluate
from nervelight.planning.translation import (
    INFLUENCE_LIMIT,
    followed_reading,
    times_and_rates,
    translate_arm,
    translate_window,
)
from nervelight.uncertainty import Interval
from nervelight.units import J_CM2, MW_CM2, to_j_cm2

from .cases import PERSON, problem_of

EXPOSURE = 0.04


def translated(draws: int = 1, **given):
    problem = problem_of(**given)
    u = problem.space.sample(draws, seed=1) if draws > 1 else np.full((1, len(problem.space.quantities)), 0.5)
    sample = evaluate(problem, u)
    return translate_arm(problem, sample), sample


def times(translation) -> dict[str, float | None]:
    return {row.id: row.time_s.p50 if row.time_s else None for row in translation.sensitivities}


class TestWeights:
    """A trial at 850 nm followed with a lamp at 700 nm: one joule for one, or one photon for one."""

    def test_energy_by_hand(self):
        translation, sample = translated(wavelengths=(700.0,), exposure={850.0: EXPOSURE})
        by_hand = EXPOSURE * sample.trial_targets[0][850.0][0] / (50 * MW_CM2 * sample.target_transmission[0, 0])
        assert times(translation)["energy"] == translation.time_s.p50 == pytest.approx(by_hand)
        fluence = to_j_cm2(EXPOSURE * sample.trial_targets[0][850.0][0])
        assert translation.target_fluence_j_cm2.p50 == pytest.approx(fluence)

    def test_a_photon_of_longer_light_carries_less(self):
        # 850 nm bring 850/700 as many photons a joule: the lamp at 700 nm has to catch up.
        by_weight = times(translated(wavelengths=(700.0,), exposure={850.0: EXPOSURE})[0])
        assert by_weight["photons"] == pytest.approx(by_weight["energy"] * 850 / 700)

    def test_so_with_two_wavelengths_in_the_lamp(self):
        translation, sample = translated(wavelengths=(700.0, 850.0), shares=(0.25, 0.75), exposure={850.0: EXPOSURE})
        red, infrared = np.array([0.25, 0.75]) * sample.target_transmission[0]
        by_weight = times(translation)
        by_hand = (red + infrared) / (700 / 850 * red + infrared)
        assert by_weight["photons"] / by_weight["energy"] == pytest.approx(by_hand)

    def test_the_enzyme_s_absorption_by_hand_and_labelled_hypothesis(self):
        translation, _ = translated(wavelengths=(700.0,), exposure={850.0: EXPOSURE})
        by_weight = times(translation)
        ratio = cytochrome_oxidase_extinction(850.0)[0] / cytochrome_oxidase_extinction(700.0)[0]
        assert by_weight["cytochrome_c_oxidase"] == pytest.approx(by_weight["energy"] * float(ratio))
        assert [row.hypothesis for row in translation.sensitivities] == [False, False, True]
        assert "hypothesis" in translation.sensitivities[2].label

    def test_without_data_for_a_wavelength_there_is_no_time(self):
        with pytest.raises(ValidityError):
            cytochrome_oxidase_extinction(1000.0)
        assert times(translated(wavelengths=(850.0, 1000.0))[0])["cytochrome_c_oxidase"] is None

    def test_the_weighting_of_equal_wavelengths_changes_nothing(self):
        by_weight = times(translated(wavelengths=(850.0,), exposure={850.0: EXPOSURE})[0])
        assert by_weight["photons"] == pytest.approx(by_weight["energy"])
        assert by_weight["cytochrome_c_oxidase"] == pytest.approx(by_weight["energy"])

    def test_light_outside_the_tissue_tables_has_no_weight(self):
        with_blue = times(translated(wavelengths=(480.0, 850.0), shares=(0.5, 0.5))[0])
        without = times(translated(wavelengths=(850.0,), irradiance=25.0)[0])
        assert with_blue == pytest.approx(without)


class TestWindow:
    LOW, HIGH = 2 * J_CM2, 6 * J_CM2

    def translation(self, **given):
        problem = problem_of(trial=None, **given)
        sample = evaluate(problem, problem.space.sample(64, seed=1))
        return translate_window(problem, sample, self.LOW, self.HIGH)

    def test_the_time_is_the_upper_end_over_the_irradiance(self):
        translation = self.translation(irradiance=50.0)
        assert translation.kind == "skin-window"
        assert translation.time_s.p5 == translation.time_s.p95 == pytest.approx(6 / 50e-3)
        assert translation.window_s == pytest.approx((2 / 50e-3, 6 / 50e-3))

    def test_it_speaks_of_no_fluence_and_no_rate_of_a_trial(self):
        translation = self.translation()
        assert translation.target_fluence_j_cm2 is None
        assert translation.rate_ratio is None
        assert translation.sensitivities == ()

    def test_only_the_irradiance_moves_it(self):
        uncertain = {**PERSON, "melanosome_fraction": Interval(low=0.01, high=0.3)}
        translation = self.translation(irradiance=Interval(low=40, central=50, high=60), patient=uncertain)
        factors = {row.parameter: row.factor for row in translation.influences}
        assert factors["patient.melanosome_fraction"] == pytest.approx(1)
        assert factors["lamp.irradiance"] > 1.1
        assert translation.time_s.p5 < 6 / 50e-3 < translation.time_s.p95


class TestReadings:
    SPOTS = {"large": 371.0, "sheet": None, "small": 186.0}  # noqa: RUF012
    GIVEN = {"at_nerve": True, "spot_area": 300.0, "trial_spots": SPOTS}  # noqa: RUF012

    def test_every_reading_has_its_band_and_the_shortest_time_is_followed(self):
        translation, sample = translated(draws=8, irradiance=Interval(low=40, high=60), **self.GIVEN)
        rows = {row.label: row for row in translation.readings}
        assert list(rows) == list(self.SPOTS)
        assert [row.followed for row in translation.readings] == [False, False, True]
        assert rows["small"].time_s == translation.time_s
        assert rows["small"].target_fluence_j_cm2 == translation.target_fluence_j_cm2
        assert rows["small"].time_s.p50 == min(row.time_s.p50 for row in translation.readings)
        assert {label: row.spot_area_cm2 for label, row in rows.items()} == {
            "large": 3.71,
            "sheet": None,
            "small": 1.86,
        }
        assert followed_reading(sample.problem, sample) == 2
        for index, row in enumerate(translation.readings):
            times = EXPOSURE * sample.trial_targets[index][850.0] / sample.target_fluence_rate({850.0: 1.0})
            for name, share in (("p5", 5), ("p50", 50), ("p95", 95)):
                assert getattr(row.time_s, name) == pytest.approx(np.percentile(times, share))

    def test_all_that_stands_beside_the_time_is_of_the_reading_that_is_followed(self):
        translation, sample = translated(**self.GIVEN)
        alone, _ = translated(**{**self.GIVEN, "trial_spots": {"small": 186.0}})
        assert translation.rate_ratio.p50 == pytest.approx(alone.rate_ratio.p50, rel=0.005)
        assert translation.rate_ratio.p50 == pytest.approx(float(sample.rate_ratio(2)[0]))
        for found, wanted in zip(translation.sensitivities, alone.sensitivities, strict=True):
            assert found.time_s.p50 == pytest.approx(wanted.time_s.p50, rel=0.005)

    def test_the_influences_are_those_of_the_reading_that_is_followed(self):
        given = {**self.GIVEN, "irradiance": Interval(low=30, central=50, high=60)}
        (row,) = translated(**given)[0].influences
        (alone,) = translated(**{**given, "trial_spots": {"small": 186.0}})[0].influences
        assert row.time_at_low_s == pytest.approx(alone.time_at_low_s, rel=0.005)

    def test_one_reading_is_no_choice(self):
        translation, _ = translated(trial_spots={"60 mW": 186.0})
        assert translation.readings == ()

    def test_times_and_rates_are_those_of_the_translation(self):
        translation, sample = translated(draws=8, irradiance=Interval(low=40, high=60), **self.GIVEN)
        times, rates = times_and_rates(sample.problem, sample)
        assert np.median(times) == translation.time_s.p50
        assert np.median(rates) == translation.rate_ratio.p50
        problem = problem_of(trial_irradiance=None)
        assert times_and_rates(problem, evaluate(problem, np.full((1, len(problem.space.quantities)), 0.5)))[1] is None


class TestInfluences:
    def test_the_irradiance_moves_the_time_by_its_own_factor(self):
        translation, _ = translated(irradiance=Interval(low=30, central=50, high=60))
        (row,) = translation.influences
        # Log-uniform on either side of the centre: 5 % lies a tenth of the way from the lower end.
        low, high = 30 * (50 / 30) ** 0.1, 50 * (60 / 50) ** 0.9
        assert row.parameter == "lamp.irradiance"
        assert row.time_at_low_s == pytest.approx(EXPOSURE / (low * MW_CM2))
        assert row.time_at_high_s == pytest.approx(EXPOSURE / (high * MW_CM2))
        assert row.factor == pytest.approx(50 / low)

    def test_the_strongest_comes_first_and_what_is_known_is_left_out(self):
        translation, _ = translated(
            irradiance=Interval(low=45, high=55),
            patient={**PERSON, "melanosome_fraction": Interval(low=0.01, high=0.3, unverified=True)},
        )
        rows = translation.influences
        assert [row.parameter for row in rows] == ["patient.melanosome_fraction", "lamp.irradiance"]
        assert [row.assumption for row in rows] == [True, False]
        assert rows[0].factor > rows[1].factor >= 1

    def test_what_trial_and_patient_share_moves_nothing_between_equals(self):
        translation, _ = translated(model={"fat_absorption": Interval(low=0.001, high=0.01)}, at_nerve=True)
        assert translation.influences[0].factor == pytest.approx(1)

    def test_a_third_either_way_is_the_limit(self):
        assert pytest.approx(4 / 3) == INFLUENCE_LIMIT


def test_the_band_of_the_time_is_that_of_the_draws():
    given = {"irradiance": Interval(low=30, high=60)}
    translation, sample = translated(draws=64, **given)
    draws = EXPOSURE / sample.irradiance
    assert translation.time_s.p50 == pytest.approx(np.median(draws))
    assert translation.time_s.p5 == pytest.approx(np.percentile(draws, 5))
    assert translation.time_s.p95 == pytest.approx(np.percentile(draws, 95))
    assert translation.rate_ratio.p50 == pytest.approx(np.median(sample.irradiance) / 1e-4)
