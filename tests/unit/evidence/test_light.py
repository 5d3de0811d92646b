"""The arithmetic of papers: what is checked, what is computed, what is left alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.evidence import Light, check_arithmetic, derived_light, quantity_text, readings, study
from nervelight.evidence.arithmetic import checks, completed


def light(**fields: object) -> Light:
    return Light.model_validate({"emitter": "laser"} | fields)


def test_yamany_irradiance_follows_from_exposure_and_time():
    values = derived_light(study("yamany2012").lights[0])
    assert values["irradiance"].value == pytest.approx(5.7 / 900 / 100)
    assert values["irradiance"].derived
    assert values["irradiance"].formula == "radiant exposure / time"
    assert not values["radiant_exposure"].derived
    assert values.keys() == {"radiant_exposure", "time_per_site", "irradiance"}


def test_konstantinovic_lumbar_closes_and_gives_the_spot():
    (paper,) = study("konstantinovic2010_lumbar").lights
    (check,) = check_arithmetic(paper)
    assert check.consistent
    assert check.relative_difference == pytest.approx(0.0, abs=1e-12)
    values = derived_light(paper)
    assert values["spot_area"].value == pytest.approx(500.0)
    assert values["point_energy"].value == pytest.approx(15.0)


def test_konstantinovic_cervical_contradicts_itself_and_is_not_completed():
    (paper,) = study("konstantinovic2010_cervical").lights
    (check,) = check_arithmetic(paper)
    assert check.quantity == "radiant_exposure"
    assert check.product == pytest.approx(1.44 / 100)
    assert check.printed == pytest.approx(2.0 / 100)
    assert check.relative_difference == pytest.approx(2 / 1.44 - 1)
    assert not any(value.derived for value in derived_light(paper).values())


def test_spanemberg_contradicts_itself_and_is_not_completed():
    (paper,) = study("spanemberg2019").lights
    by_quantity = {check.quantity: check for check in check_arithmetic(paper)}
    assert by_quantity["point_energy"].consistent
    broken = by_quantity["irradiance"]
    assert not broken.consistent
    assert broken.product * 1e5 == pytest.approx(200 / 0.088)
    assert "gives 2270 mW/cm2, printed 1970 mW/cm2 (-13%)" in broken.text
    assert "radiant_exposure" not in derived_light(paper)


def test_worldphysio_sites():
    near, back = (derived_light(paper) for paper in study("worldphysio_mls_pilot").lights)
    assert near["radiant_exposure"].value * 100 == pytest.approx(1.85, abs=0.005)
    assert back["radiant_exposure"].value * 100 == pytest.approx(4.14, abs=0.005)
    assert near["irradiance"].value * 1e5 == pytest.approx(30.8, abs=0.05)
    assert back["irradiance"].value * 1e5 == pytest.approx(11.5, abs=0.05)


def test_chang_can_be_read_in_two_ways():
    (paper,) = study("chang2008").lights
    assert "spot_area" not in derived_light(paper)
    as_mean, as_peak = readings(paper)
    assert as_mean.label == "60 mW read as mean power"
    assert derived_light(as_mean)["spot_area"].value / 100 == pytest.approx(3.71, abs=0.005)
    assert derived_light(as_peak)["spot_area"].value / 100 == pytest.approx(1.86, abs=0.005)
    # Irradiance follows from exposure and time alone, whatever the power means.
    assert derived_light(as_mean)["irradiance"] == derived_light(as_peak)["irradiance"]


@pytest.mark.parametrize("study_id", ["jiang2011", "ordahan2017", "erchonia_nct02461225"])
def test_a_pulsed_power_of_unknown_kind_is_not_used(study_id):
    (paper,) = study(study_id).lights
    assert readings(paper) == (paper,)
    assert "radiant_power" not in derived_light(paper)


def test_a_peak_power_counts_by_its_duty_cycle():
    peak = {"radiant_power": "10 W", "radiant_power_kind": "peak", "time_per_site": "10 s"}
    assert "point_energy" not in derived_light(light(**peak))
    assert derived_light(light(**peak, duty_cycle=0.01))["point_energy"].value == pytest.approx(1.0)


def test_rounding_of_five_per_cent_is_tolerated_and_more_is_not():
    given_light = {"irradiance": "10 mW/cm2", "time_per_site": "100 s"}
    (near,) = check_arithmetic(light(**given_light, radiant_exposure="1.049 J/cm2"))
    assert near.consistent
    (far,) = check_arithmetic(light(**given_light, radiant_exposure="1.06 J/cm2", contradiction="yes"))
    assert not far.consistent


def test_a_contradiction_across_four_quantities_is_found():
    # Power, time, area and exposure are printed; neither irradiance nor energy stands between them.
    fields = {
        "radiant_power": "100 mW",
        "radiant_power_kind": "mean",
        "time_per_site": "60 s",
        "spot_area": "1 cm2",
        "radiant_exposure": "3 J/cm2",
    }
    with pytest.raises(ValueError, match=r"gives 6 J/cm2, printed 3 J/cm2"):
        light(**fields)
    owned = light(**fields, contradiction="yes")
    assert not any(value.derived for value in derived_light(owned).values())


def test_nothing_is_computed_from_a_value_in_a_contradiction():
    values = {"irradiance": 1.0, "spot_area": 1.0, "radiant_power": 2.0, "time_per_site": 5.0}
    assert [check.consistent for check in checks(values)] == [False]
    assert not any(value.derived for value in completed(values).values())


positive = st.floats(1e-3, 1e3)


@given(irradiance=positive, time=positive, area=positive, known=st.sets(st.integers(0, 5), min_size=3))
def test_completion_agrees_with_the_truth(irradiance, time, area, known):
    truth = {
        "irradiance": irradiance,
        "time_per_site": time,
        "spot_area": area,
        "radiant_exposure": irradiance * time,
        "radiant_power": irradiance * area,
        "point_energy": irradiance * area * time,
    }
    printed = {name: value for i, (name, value) in enumerate(truth.items()) if i in known}
    found = completed(printed)
    assert all(check.consistent for check in checks(printed))
    for name, value in found.items():
        assert value.value == pytest.approx(truth[name], rel=1e-9)
        assert value.derived == (name not in printed)


QUANTITIES = ("irradiance", "time_per_site", "spot_area", "radiant_exposure", "radiant_power", "point_energy")


@pytest.mark.parametrize("size", range(1, 6))
def test_one_pass_completes_all_that_can_be_known(size):
    for chosen in itertools.combinations(QUANTITIES, size):
        once = completed(dict.fromkeys(chosen, 1.0))
        twice = completed({name: value.value for name, value in once.items()})
        assert twice.keys() == once.keys(), chosen


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("irradiance", 6.3333e-5, "6.33 mW/cm2"),
        ("time_per_site", 90.0, "90 s"),
        ("time_per_site", 900.0, "15 min"),
        ("spot_area", 371.0, "3.71 cm2"),
        ("radiant_power", 0.06, "60 mW"),
        ("irradiance", 0.0227272, "2270 mW/cm2"),
    ],
)
def test_quantities_are_written_in_units_of_the_field(name, value, text):
    assert quantity_text(name, value) == text
