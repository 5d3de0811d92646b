"""Exposure limits against published values and between their own forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.errors import ValidityError
from nervelight.optics.exposure_limits import (
    correction_c_a,
    eye_mpe,
    incoherent_skin_limit,
    infrared_eye_limit,
    infrared_eye_permissible_time,
    infrared_irradiance,
    infrared_risk_group,
    nominal_ocular_hazard_distance,
    skin_mpe,
    skin_mpe_multiple,
)
from nervelight.optics.lamps import device

PER_M2 = 1e-6


# 633 nm: 200 mW/cm2 in a laser-safety handbook; the others by the formula.
@pytest.mark.parametrize(("wavelength", "limit"), [(633, 2000.0), (808, 3288.7), (980, 7261.6)])
def test_skin_in_a_continuous_beam(wavelength, limit):
    assert float(skin_mpe(wavelength, 60.0)) / PER_M2 == pytest.approx(limit, rel=1e-3)


@pytest.mark.parametrize(("time", "exposure"), [(1.0, 18255.0), (0.1, 10266.0)])
def test_skin_in_a_pulse(time, exposure):
    assert float(skin_mpe(810, time)) * time / PER_M2 == pytest.approx(exposure, rel=1e-3)


# 635 nm: published as 25.4558 W/m2.
@pytest.mark.parametrize(("wavelength", "time", "limit"), [(635, 0.25, 25.4558), (808, 10.0, 16.44)])
def test_eye_of_a_bystander(wavelength, time, limit):
    assert float(eye_mpe(wavelength, time)) / PER_M2 == pytest.approx(limit, rel=1e-3)


def test_hazard_distance():
    # Published as 14.8 m for 5 mW, 1 mm and 1 mrad at 532 nm.
    distance = nominal_ocular_hazard_distance(0.005, 1.0, np.degrees(0.001), float(eye_mpe(532, 0.25)))
    assert distance / 1000 == pytest.approx(14.81, rel=1e-3)
    assert nominal_ocular_hazard_distance(1e-6, 10.0, 1.0, 1e-4) == 0.0
    with pytest.raises(ValidityError, match="positive"):
        nominal_ocular_hazard_distance(1.0, 1.0, 0.0, 1e-4)


# Published as 3200 and 570 W/m2.
@pytest.mark.parametrize(("time", "limit"), [(10, 3200.9), (100, 569.21), (1000.1, 100.0), (36000, 100.0)])
def test_infrared_on_the_eye(time, limit):
    assert float(infrared_eye_limit(time)) / PER_M2 == pytest.approx(limit, rel=1e-3)


@given(st.floats(0.01, 999))
def test_permissible_time_is_the_inverse_of_the_limit(time):
    assert float(infrared_eye_permissible_time(infrared_eye_limit(time))) == pytest.approx(time)


def test_permissible_time_at_the_floor():
    times = infrared_eye_permissible_time(np.array([0.0, 50.0, 100.0, 100.1, 101.0]) * PER_M2)
    assert times.tolist() == [np.inf, np.inf, np.inf, 1000.0, 1000.0]
    with pytest.raises(ValidityError):
        infrared_eye_permissible_time(-1e-6)


def test_red_light_does_not_count_for_the_lens():
    irradiances = np.array([[1e-4, 2e-4, 3e-4, 4e-4]])
    assert infrared_irradiance([660, 779.9, 780, 940], irradiances) == pytest.approx([7e-4])


def test_risk_group_of_a_published_lamp_test():
    test = device("lumebox_lb001a").infrared_test
    assert infrared_risk_group(test.irradiance) == test.risk_group


@pytest.mark.parametrize(
    ("limit", "group"), [(100, "exempt"), (101, "RG1"), (570, "RG1"), (3200, "RG2"), (3201, "RG3")]
)
def test_risk_groups(limit, group):
    assert infrared_risk_group(limit * PER_M2) == group


def test_lamps_have_no_skin_limit_from_10_s_on():
    assert float(incoherent_skin_limit(1.0)) / PER_M2 == pytest.approx(20000.0)
    assert np.isinf(incoherent_skin_limit([10.0, 1200.0])).all()
    assert np.isfinite(incoherent_skin_limit(9.999))


def test_c_a_steps_where_the_table_does():
    assert correction_c_a([400, 699.9, 700, 1049.999, 1050, 1399]) == pytest.approx([1, 1, 1, 5.0118, 5, 5], rel=1e-4)


@pytest.mark.parametrize("edge", [1e-7, 10.0])
def test_rows_of_the_skin_table_meet_within_2_percent_and_are_not_smoothed(edge):
    below, above = skin_mpe(810, np.array([edge * (1 - 1e-9), edge]))
    assert 0.001 < abs(float(above / below) - 1) < 0.025


@given(st.floats(400, 1399), st.floats(1e-9, 3e4), st.floats(1.05, 100))
def test_a_longer_exposure_allows_more_energy_and_no_more_irradiance(wavelength, time, factor):
    longer = min(time * factor, 3e4)
    # The rows do not quite meet: 3 % is their largest step.
    assert skin_mpe(wavelength, longer) <= 1.03 * skin_mpe(wavelength, time)
    assert longer * skin_mpe(wavelength, longer) >= time * skin_mpe(wavelength, time) / 1.03


@given(st.floats(600, 1149), st.floats(5e-5, 3e4))
def test_the_eye_is_stricter_than_the_skin(wavelength, time):
    assert eye_mpe(wavelength, time) < skin_mpe(wavelength, time)


def test_wavelengths_add():
    both = skin_mpe_multiple([660, 980], skin_mpe([660, 980], 600.0) * [0.25, 0.5], 600.0)
    assert float(both) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("formula", "arguments", "fault"),
    [
        (skin_mpe, (1400, 60), "wavelength"),
        (skin_mpe, (399, 60), "wavelength"),
        (skin_mpe, (810, 1e-10), "time"),
        (eye_mpe, (1150, 60), "wavelength"),
        (eye_mpe, (810, 1e-5), "time"),
        (eye_mpe, (520, 10), "photochemical"),
        (infrared_eye_limit, (0,), "time"),
        (incoherent_skin_limit, (-1,), "time"),
        (skin_mpe, (float("nan"), 60), "wavelength"),
    ],
)
def test_limits_are_not_stretched(formula, arguments, fault):
    with pytest.raises(ValidityError, match=fault):
        formula(*arguments)
