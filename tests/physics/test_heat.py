import numpy as np
import pytest

from nervelight.errors import UnknownName, ValidityError
from nervelight.sources import require_known
from nervelight.transport import cem43, heat, skin_temperature_bound, thermal_properties

LEG = {
    "thickness": (1.4, 5.0, 30.0),
    "tissue": ("skin", "fat", "muscle"),
    "perfusion_factor": 1.0,
    "surface_coefficient": 7e-6,
    "air_temperature": 25.0,
}


@pytest.mark.parametrize(("temperature", "minutes", "expected"), [(44, 10, 20), (45, 20, 80), (43, 7, 7), (42, 8, 2)])
def test_cem43_of_a_constant_temperature(temperature, minutes, expected):
    assert cem43([temperature] * 3, [0, 20 * minutes, 60 * minutes]) == pytest.approx(expected)


def test_slab_without_blood_reaches_its_steady_state():
    slab = {
        **LEG,
        "thickness": [20.0],
        "tissue": ["skin"],
        "perfusion_factor": 0.0,
        "surface_coefficient": 1e-5,
    }
    found = skin_temperature_bound(1e-4, 1e6, **slab)
    # q / (h + k / L) for 100 W/m2, 10 W/m2/K, 0.37 W/m/K and 20 mm.
    assert found.end - found.start == pytest.approx(3.509, abs=5e-4)


@pytest.mark.parametrize("seconds", [1.0, 10.0, 100.0])
def test_short_exposures_warm_like_a_half_space(seconds):
    slab = {
        **LEG,
        "thickness": [80.0],
        "tissue": ["muscle"],
        "perfusion_factor": 0.0,
        "surface_coefficient": 0.0,
    }
    found = skin_temperature_bound(1e-3, seconds, **slab)
    of = thermal_properties().tissues["muscle"]
    effusivity = np.sqrt(of.conductivity * of.density * of.specific_heat)
    assert found.end - found.start == pytest.approx(2e-3 * np.sqrt(seconds / np.pi) / effusivity, rel=5e-3)


@pytest.mark.parametrize("seconds", [30.0, 1200.0])
def test_a_finer_grid_changes_nothing(monkeypatch, seconds):
    coarse = skin_temperature_bound(4e-4, seconds, **LEG)
    monkeypatch.setattr(heat, "STEP", heat.STEP / 4)
    monkeypatch.setattr(heat, "TIMES", heat.TIMES * 4)
    fine = skin_temperature_bound(4e-4, seconds, **LEG)
    assert coarse.start == pytest.approx(fine.start, abs=1e-3)
    assert coarse.end == pytest.approx(fine.end, abs=1e-2)
    assert coarse.cem43 == pytest.approx(fine.cem43, rel=1e-2)


def test_light_at_the_surface_is_the_worst_case():
    loss, capacity, _ = heat._finite_volumes((1.4, 5.0, 30.0), ("skin", "fat", "muscle"), 1.0, 7e-6, 25.0, 37.0)
    root = np.sqrt(capacity)
    rates, vectors = np.linalg.eigh(loss / np.outer(root, root))
    for seconds in (1.0, 60.0, 3600.0):
        surface = (vectors[0] / root[0] * -np.expm1(-rates * seconds) / rates) @ (vectors.T / root)
        assert np.all(np.diff(surface) < 1e-9)


def test_steady_temperature_without_light_is_between_air_and_blood():
    found = skin_temperature_bound(0.0, 600.0, **LEG)
    assert 30 < found.start < 37
    assert found.end == found.start


def test_blood_cools_warm_skin_and_warms_cool_skin():
    bare, perfused = (skin_temperature_bound(6e-4, 1800.0, **{**LEG, "perfusion_factor": w}) for w in (0.0, 3.0))
    assert bare.start < perfused.start < 37 < perfused.end < bare.end
    assert bare.cem43 > perfused.cem43


def test_data_agree_with_their_derived_values():
    data = thermal_properties()
    require_known(data.sources)
    of = data.tissues["skin"]
    # Blood heat exchange of skin at rest as circulated with the table: 7441 W/m3/K.
    assert of.density * of.perfusion * data.blood_density * data.blood_specific_heat == pytest.approx(
        7.441e-6, rel=1e-3
    )
    assert data.low_surface_coefficient == pytest.approx(7e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"surface_coefficient": 7.0},
        {"thickness": (1.4, 5.0)},
        {"thickness": (1.4, 5.0, np.inf)},
        {"perfusion_factor": -1.0},
    ],
)
def test_values_out_of_range_are_refused(wrong):
    with pytest.raises(ValidityError):
        skin_temperature_bound(1e-4, 600.0, **{**LEG, **wrong})


def test_unknown_tissue_gets_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'muscle'"):
        skin_temperature_bound(1e-4, 600.0, **{**LEG, "tissue": ("skin", "fat", "muscel")})
