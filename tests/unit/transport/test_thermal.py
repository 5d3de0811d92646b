import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.documents import read_data, validated
from nervelight.errors import InvalidInput, UnknownName, ValidityError
from nervelight.optics.tissues import tissue_names
from nervelight.sources import require_known
from nervelight.transport.thermal import (
    ThermalLayers,
    ThermalProperties,
    conductivity_interval,
    perfusion_interval,
    surface_coefficient_interval,
    thermal_properties,
)

LEG = {
    "thickness": (1.4, 5.0, np.inf),
    "tissue": ("skin", "fat", "muscle"),
    "perfusion_factor": 1.0,
    "surface_coefficient": 8e-6,
    "air_temperature": 25.0,
}
# Blood heat exchange at rest as circulated with the table [W/m3/K].
CIRCULATED = {"skin": 7441, "fat": 1903, "muscle": 2553, "nerve": 10887, "cortical_bone": 1208}


def test_blood_heat_exchange_is_the_one_that_circulates_with_the_table():
    data = thermal_properties()
    assert set(data.tissues) == set(CIRCULATED)
    for name, printed in CIRCULATED.items():
        # The blood flow of the table is printed with two digits where it is small.
        assert data.blood_heat_exchange(name) == pytest.approx(printed * 1e-9, rel=0.01)
    assert data.blood_heat_exchange("skin") == pytest.approx(7.441e-6, rel=1e-3)


def test_every_tissue_of_the_light_model_conducts_heat():
    data = thermal_properties()
    assert set(tissue_names()) <= set(data.layers)
    assert {name for name, of in data.layers.items() if not of.blood} == {"stratum_corneum", "epidermis"}
    assert data.layer("dermis").tissue == data.layer("epidermis").tissue == "skin"
    assert data.layer("nerve").blood


def test_an_unknown_layer_gets_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'muscle'"):
        thermal_properties().layer("muscel")


def test_a_layer_of_unknown_tissue_is_a_fault_of_the_data():
    raw = read_data("nervelight.transport", "data", "thermal.yaml")
    raw["layers"]["dermis"]["tissue"] = "leather"
    with pytest.raises(InvalidInput, match="leather"):
        validated(ThermalProperties, raw, "thermal.yaml")


@pytest.mark.parametrize(
    ("interval", "ends"),
    [
        (perfusion_interval(impaired=False), (1.0, 3.0)),
        (perfusion_interval(impaired=True), (0.01, 1.0)),
        (surface_coefficient_interval(), (7e-6, 12e-6)),
        (conductivity_interval(), (0.8, 1.25)),
    ],
)
def test_intervals_say_where_they_come_from(interval, ends):
    assert (interval.low, interval.high) == pytest.approx(ends)
    assert interval.unverified
    assert interval.reason
    assert require_known(interval.sources)
    assert np.all((interval.at([0.0, 0.5, 1.0]) >= interval.low) & (interval.at([0.0, 0.5, 1.0]) <= interval.high))


def test_the_surface_coefficient_spans_what_was_measured_on_the_body():
    # Natural convection plus radiation, chest, hand, thigh, leg and foot, jos3 [W/m2/K].
    sums = [2.97 + 4.32, 3.67 + 4.21, 2.80 + 4.77, 2.04 + 5.34, 2.04 + 6.14]
    interval = surface_coefficient_interval()
    assert interval.low <= min(sums) * 1e-6
    assert max(sums) * 1e-6 <= interval.high


def test_competing_sets_lie_within_the_intervals():
    data = thermal_properties()
    require_known([*data.sources, *(other.source for other in data.competing)])
    ratios = []
    for other in data.competing:
        for name, printed in other.tissues.items():
            ours = data.tissues[data.layer(name).tissue]
            ratios.append(printed.conductivity / ours.conductivity)
            stored = printed.density * printed.specific_heat / ours.volumetric_heat_capacity
            assert stored == pytest.approx(1.0, abs=0.13)
    interval = conductivity_interval()
    # A quarter more is the end of the interval itself.
    assert interval.low <= min(ratios) < 1 < max(ratios) <= interval.high * (1 + 1e-9)


def test_single_values_serve_all_persons():
    layers = ThermalLayers(**{**LEG, "perfusion_factor": [1.0, 2.0, 3.0]})
    assert layers.batch == 3
    assert np.shape(layers.thickness) == (3, 3)
    assert np.shape(layers.air_temperature) == (3,)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"thickness": (1.4, 5.0)}, "each layer needs a thickness and a tissue, got 2 and 3"),
        ({"thickness": (1.4, np.inf, 30.0)}, "infinite in the last layer only"),
        ({"thickness": (1.4, 0.0, 30.0)}, "thickness must be positive"),
        ({"thickness": [(1.4, 5.0, 30.0), (1.4, 5.0, np.inf)]}, "infinite for all or for none"),
        ({"perfusion_factor": -1.0}, "perfusion factor must not be negative"),
        ({"perfusion_factor": np.nan}, "perfusion factor must not be negative"),
        ({"perfusion_factor": [1.0, 2.0], "air_temperature": [20.0, 22.0, 24.0]}, "one for each of the B persons"),
        ({"perfusion_factor": [[1.0, 2.0]]}, "one for each of the B persons"),
        ({"surface_coefficient": 8.0}, "between 0 and 0.001 W/mm2/K"),
        ({"conductivity_factor": 0.0}, "conductivity factor must be positive"),
        ({"air_temperature": np.inf}, "must be finite"),
        ({"beneath": "air"}, "infinite last layer cannot have air beneath"),
    ],
)
def test_values_out_of_range_are_refused(wrong, message):
    with pytest.raises(ValidityError, match=message):
        ThermalLayers(**{**LEG, **wrong})


def test_faults_come_together():
    with pytest.raises(ValidityError, match=r"perfusion factor.*; surface coefficient"):
        ThermalLayers(**{**LEG, "perfusion_factor": -1.0, "surface_coefficient": 8.0})


def test_unknown_names_get_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'muscle'"):
        ThermalLayers(**{**LEG, "tissue": ("skin", "fat", "muscel")})
    with pytest.raises(UnknownName, match="did you mean 'core'"):
        ThermalLayers(**{**LEG, "beneath": "cor"})


@given(coefficient=st.sampled_from([0.0, 8e-6]), perfusion=st.sampled_from([0.0, 1.0]), skin=st.booleans())
def test_heat_without_a_way_out_is_refused(coefficient, perfusion, skin):
    finger = {
        "thickness": [8.0],
        "tissue": ("skin" if skin else "epidermis",),
        "perfusion_factor": perfusion,
        "surface_coefficient": coefficient,
        "air_temperature": 25.0,
        "beneath": "air",
    }
    if coefficient or (perfusion and skin):
        assert ThermalLayers(**finger).batch == 1
    else:
        with pytest.raises(ValidityError, match="heat needs a way out"):
            ThermalLayers(**finger)
