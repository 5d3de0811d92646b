"""Tissue optics against published compositions, and what the model parameters do."""

from importlib import resources

import numpy as np
import pytest

from nervelight.documents import read_yaml
from nervelight.errors import UnknownName, ValidityError
from nervelight.optics import chromophores as ch
from nervelight.optics import tissues as ti
from nervelight.sources import require_known

WAVELENGTHS = np.array([630.0, 660, 810, 830, 850, 905, 980])

# Composition with Hale & Querry water at 25 degC, and the default scattering law; 1/cm, four digits.
MU_A = {
    "stratum_corneum": [0.001004, 0.001134, 0.004499, 0.006617, 0.009237, 0.01956, 0.08742],
    "epidermis": [5.191, 4.515, 2.454, 2.288, 2.141, 1.796, 1.658],
    "dermis": [0.0547, 0.03425, 0.03487, 0.04273, 0.05335, 0.07462, 0.3035],
    "subcutaneous_fat": [0.05244, 0.03271, 0.0298, 0.03497, 0.03719, 0.0774, 0.08438],
    "muscle": [0.3924, 0.2389, 0.1733, 0.1935, 0.215, 0.2612, 0.4949],
}
MU_S_PRIME = {
    "stratum_corneum": [48.06, 45.48, 36.77, 35.95, 35.17, 33.27, 31.1],
    "epidermis": [48.06, 45.48, 36.77, 35.95, 35.17, 33.27, 31.1],
    "dermis": [29.68, 27.9, 22.21, 21.7, 21.23, 20.1, 18.83],
    "subcutaneous_fat": [15.71, 15.19, 13.34, 13.15, 12.98, 12.54, 12.03],
    "muscle": [10.5, 10.05, 8.316, 8.131, 7.953, 7.505, 6.971],
}


def optics(name, wavelength, model):
    melanin = {"melanosome_fraction": 0.02} if name == "epidermis" else {}
    return ti.tissue_optics(name, wavelength, model, **melanin)


def mu_s_prime(result):
    return result.mu_s * (1 - result.g)


def test_tissues_stand_in_order_from_the_surface_down():
    assert ti.tissue_names() == (*MU_A, "tendon_fascia")


@pytest.mark.parametrize("name", MU_A)
def test_composition_gives_the_published_absorption(name):
    layer = ti.tissue(name)
    melanin = 0.02 if name == "epidermis" else None
    # The package warms the water to 37 degC; the published rows are at 25 degC.
    warming = layer.composition.water.value * (ch.water_absorption(WAVELENGTHS) - ch.water_absorption_25c(WAVELENGTHS))
    at_25 = layer.absorption(WAVELENGTHS, melanosome_fraction=melanin) - warming
    np.testing.assert_allclose(at_25 * 10, MU_A[name], rtol=0.01)


@pytest.mark.parametrize("name", MU_S_PRIME)
def test_default_law_gives_the_published_scattering(name):
    np.testing.assert_allclose(ti.tissue(name).scattering.mu_s_prime(WAVELENGTHS) * 10, MU_S_PRIME[name], rtol=0.01)


def test_in_vivo_law_meets_its_two_points_and_the_published_fit():
    law = ti.tissue("dermis").scattering_in_vivo
    assert law is not None
    np.testing.assert_allclose(law.mu_s_prime([475, 850]) * 10, [32.2, 12.0])
    np.testing.assert_allclose(law.mu_s_prime(WAVELENGTHS) * 10, [19.9, 18.4, 13.0, 12.5, 12.0, 10.8, 9.4], rtol=0.01)


def test_central_model_is_the_composition_and_the_law():
    model = ti.central_model()
    for name in ("dermis", "subcutaneous_fat", "muscle"):
        absorption = ti.tissue(name).absorption(WAVELENGTHS)
        np.testing.assert_allclose(optics(name, WAVELENGTHS, model).mu_a, absorption, rtol=1e-3)
    fat = optics("subcutaneous_fat", WAVELENGTHS, model)
    np.testing.assert_allclose(mu_s_prime(fat) * 10, MU_S_PRIME["subcutaneous_fat"], rtol=1e-3)


def test_scattering_coefficient_is_the_reduced_one_over_one_minus_g():
    muscle = optics("muscle", 810, ti.central_model())
    assert muscle.g == 0.93
    assert muscle.mu_s * 0.07 == pytest.approx(0.6966)


@pytest.mark.parametrize(
    ("name", "parameter", "quantity"),
    [
        ("subcutaneous_fat", "fat_absorption", lambda o: o.mu_a),
        ("subcutaneous_fat", "fat_scattering", mu_s_prime),
        ("muscle", "muscle_absorption", lambda o: o.mu_a),
        ("muscle", "muscle_scattering", mu_s_prime),
        ("dermis", "dermis_scattering", mu_s_prime),
    ],
)
def test_a_coefficient_is_met_at_its_wavelength(name, parameter, quantity):
    interval = ti.MODEL_PARAMETERS[parameter]
    ends = np.array([interval.low, interval.high])
    result = optics(name, interval.reference_wavelength, {**ti.central_model(), parameter: ends})
    np.testing.assert_allclose(quantity(result), ends, rtol=1e-3)


@pytest.mark.parametrize("name", ["stratum_corneum", "epidermis", "dermis"])
def test_skin_scattering_runs_from_the_in_vivo_law_to_the_default(name):
    layer, interval = ti.tissue(name), ti.MODEL_PARAMETERS["dermis_scattering"]
    draws = np.array([[interval.low], [interval.median], [interval.high]])
    low, middle, high = mu_s_prime(optics(name, WAVELENGTHS, {**ti.central_model(), "dermis_scattering": draws}))
    assert layer.scattering_in_vivo is not None
    np.testing.assert_allclose(low, layer.scattering_in_vivo.mu_s_prime(WAVELENGTHS))
    np.testing.assert_allclose(high, layer.scattering.mu_s_prime(WAVELENGTHS))
    np.testing.assert_allclose(middle, np.sqrt(low * high))


def test_dermis_absorption_is_a_factor():
    model = ti.central_model()
    more = optics("dermis", WAVELENGTHS, {**model, "dermis_absorption": 1.18}).mu_a
    np.testing.assert_allclose(more, 1.18 * optics("dermis", WAVELENGTHS, model).mu_a)


def test_more_melanin_and_more_blood_absorb_more():
    model = ti.central_model()
    melanin = ti.tissue_optics("epidermis", 810, model, melanosome_fraction=[0.01, 0.02, 0.4]).mu_a
    assert np.all(np.diff(melanin) > 0)
    np.testing.assert_allclose(melanin[1] - melanin[0], 0.01 * ch.melanosome_absorption(810))
    blood = ti.tissue_optics("dermis", 810, model, dermal_blood_fraction=[0.002, 0.005, 0.02]).mu_a
    assert np.all(np.diff(blood) > 0)
    assert blood[1] == pytest.approx(ti.tissue_optics("dermis", 810, model).mu_a)


def test_draws_broadcast_and_all_arrays_have_one_shape():
    draws = {name: interval.at(np.linspace(0, 1, 5)) for name, interval in ti.MODEL_PARAMETERS.items()}
    for name in ti.tissue_names():
        result = optics(name, 850.0, draws)
        assert result.mu_a.shape == result.mu_s.shape == result.g.shape == (5,)
        assert np.all(np.isfinite(result.mu_a)) and np.all(result.mu_a > 0) and np.all(result.mu_s > 0)


def test_skin_tone_has_no_default_and_belongs_to_the_epidermis():
    model = ti.central_model()
    with pytest.raises(ValidityError, match="melanosome_fraction"):
        ti.tissue_optics("epidermis", 810, model)
    with pytest.raises(ValidityError, match="melanosome_fraction"):
        ti.tissue_optics("dermis", 810, model, melanosome_fraction=0.02)
    with pytest.raises(ValidityError, match="dermal_blood_fraction"):
        ti.tissue_optics("muscle", 810, model, dermal_blood_fraction=0.02)
    with pytest.raises(ValidityError, match="between 0 and 1"):
        ti.tissue_optics("epidermis", 810, model, melanosome_fraction=[0.1, 1.1])


def test_unknown_tissue_and_wavelength_are_refused():
    with pytest.raises(UnknownName, match="did you mean 'muscle'"):
        ti.tissue("muscel")
    with pytest.raises(ValidityError, match="nm"):
        optics("muscle", 1064, ti.central_model())


def test_central_values_that_restate_the_composition_agree_with_it():
    for name, parameter in (("subcutaneous_fat", "fat_absorption"), ("muscle", "muscle_absorption")):
        assert ti.MODEL_PARAMETERS[parameter].median == pytest.approx(ti.tissue(name).absorption(810), rel=1e-3)
    weaver = ti.tissue("muscle").absorption(810, blood_fraction=0.0116)
    assert ti.MODEL_PARAMETERS["muscle_absorption"].low == pytest.approx(weaver, rel=0.01)
    forearm = ti.tissue("muscle").absorption(810, blood_fraction=0.0503)
    assert ti.MODEL_PARAMETERS["muscle_absorption"].high > forearm


def test_units_are_read_into_millimetres():
    assert ti.MODEL_PARAMETERS["fat_scattering"].high == pytest.approx(2.054)
    assert ti.MODEL_PARAMETERS["dermis_absorption"].high == 1.18


def test_every_parameter_has_a_reason_and_known_sources():
    assert set(ti.central_model()) == set(ti.MODEL_PARAMETERS)
    for interval in (*ti.MODEL_PARAMETERS.values(), ti.dermal_blood_fraction_interval()):
        assert interval.reason and interval.sources
        require_known(interval.sources)


def test_every_value_names_a_known_source():
    text = resources.files("nervelight.optics").joinpath("data/tissues.yaml").read_text(encoding="utf-8")
    keys = list(_sources(read_yaml("tissues.yaml", text)))
    assert len(keys) > 30
    require_known(keys)


def _sources(node):
    if isinstance(node, dict):
        if "source" in node:
            yield node["source"]
        yield from node.get("sources", [])
        for child in node.values():
            yield from _sources(child)
    elif isinstance(node, list):
        for child in node:
            yield from _sources(child)
