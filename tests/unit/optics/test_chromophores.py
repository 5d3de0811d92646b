"""Spectra against their published checkpoints."""

import numpy as np
import pytest

from nervelight.errors import UnknownName, ValidityError
from nervelight.optics import chromophores as ch
from nervelight.sources import require_known

WAVELENGTHS = np.array([630.0, 660, 810, 830, 850, 905, 980])
TABLES = (
    "haemoglobin_prahl",
    "water_hale_querry",
    "water_matcher",
    "lipid_van_veen",
    "cytochrome_oxidase_moody",
)


@pytest.mark.parametrize(
    ("wavelength", "oxy", "deoxy"),
    [(630, 610.0, 5148.8), (660, 319.6, 3226.56), (810, 864.0, 717.08), (850, 1058.0, 691.32)],
)
def test_haemoglobin_is_prahls_table_to_the_last_digit(wavelength, oxy, deoxy):
    # The table is in 1/cm/M, the package in 1/mm/M.
    np.testing.assert_allclose(ch.haemoglobin_extinction(wavelength), (oxy / 10, deoxy / 10), rtol=1e-12)


def test_haemoglobin_curves_cross_once_in_the_near_infrared_at_796_8_nm():
    grid = np.arange(700.0, 1000.0, 0.1)
    oxy, deoxy = ch.haemoglobin_extinction(grid)
    crossing = np.flatnonzero(np.diff(np.sign(oxy - deoxy)))
    assert grid[crossing] == pytest.approx([796.8], abs=0.15)
    np.testing.assert_allclose(ch.haemoglobin_extinction(796.8), 79.47, rtol=1e-4)


def test_whole_blood_against_published_rows():
    oxy = [3.269, 1.713, 4.63, 5.219, 5.669, 6.471, 6.044]
    deoxy = [27.59, 17.29, 3.842, 3.714, 3.704, 4.119, 1.927]
    np.testing.assert_allclose(ch.blood_absorption(WAVELENGTHS, 1.0) * 10, oxy, rtol=3e-4)
    np.testing.assert_allclose(ch.blood_absorption(WAVELENGTHS, 0.0) * 10, deoxy, rtol=3e-4)


def test_blood_mixes_by_saturation_and_broadcasts():
    saturation = np.array([[0.0], [0.25], [1.0]])
    blood = ch.blood_absorption(WAVELENGTHS, saturation)
    assert blood.shape == (3, 7)
    np.testing.assert_allclose(blood[1], 0.75 * blood[0] + 0.25 * blood[2])


def test_water_at_25_degrees_is_hale_and_querry():
    published = [0.00288, 0.00358, 0.01986, 0.02907, 0.043, 0.07046, 0.43]
    np.testing.assert_allclose(ch.water_absorption_25c(WAVELENGTHS) * 10, published, rtol=1e-3)


def test_water_at_37_degrees_meets_matchers_points_and_is_held_beyond_them():
    published = [0.003, 0.0038, 0.0217, 0.0336, 0.044, 0.0691, 0.4948]
    np.testing.assert_allclose(ch.water_absorption(WAVELENGTHS) * 10, published, rtol=1e-12)
    for edge, beyond in ((630.0, 605.0), (980.0, 1000.0)):
        ratio = ch.water_absorption([edge, beyond]) / ch.water_absorption_25c([edge, beyond])
        assert ratio[0] == pytest.approx(ratio[1])


def test_lipid_is_van_veens_table():
    published = [0.00428, 0.00418, 0.00527, 0.00803, 0.00637, 0.05472, 0.01417]
    np.testing.assert_allclose(ch.lipid_absorption(WAVELENGTHS) * 10, published, rtol=1e-3)
    assert ch.lipid_absorption(930) * 10 == pytest.approx(0.131, rel=1e-3)


def test_both_melanosome_laws_and_how_far_they_differ():
    first = [259.5, 225.7, 122.1, 113.5, 105.6, 87.52, 68.93]
    second = [314.6, 269.4, 136.2, 125.6, 116.0, 94.17, 72.24]
    np.testing.assert_allclose(ch.melanosome_absorption(WAVELENGTHS) * 10, first, rtol=1e-3)
    np.testing.assert_allclose(ch.melanosome_absorption(WAVELENGTHS, "jacques1998") * 10, second, rtol=1e-3)
    assert ch.melanosome_absorption(694, "jacques1998") * 10 == pytest.approx(227.9, rel=1e-3)
    with pytest.raises(UnknownName, match="jacques2013"):
        ch.melanosome_absorption(694, "jacques2014")  # type: ignore[arg-type]


def test_cytochrome_oxidase_difference_leaves_the_published_reduced_form():
    oxidised, difference = ch.cytochrome_oxidase_extinction(WAVELENGTHS)
    reduced = [5.3, 3.018, 1.642, 1.586, 1.574, 1.568, 1.413]
    np.testing.assert_allclose((oxidised - difference) / 100, reduced, atol=1.5e-3)
    # 3 uM of oxidised enzyme: 0.027 1/cm at 810 nm.
    assert np.log(10) * oxidised[2] * 3e-6 * 10 == pytest.approx(0.027, abs=5e-4)


@pytest.mark.parametrize("wavelength", [599.9, 1000.1, np.nan])
@pytest.mark.parametrize(
    "spectrum",
    [
        ch.haemoglobin_extinction,
        ch.water_absorption,
        ch.water_absorption_25c,
        ch.lipid_absorption,
        ch.melanosome_absorption,
        lambda wavelength: ch.blood_absorption(wavelength, 0.7),
    ],
)
def test_a_spectrum_is_not_known_outside_its_table(spectrum, wavelength):
    spectrum([600.0, 1000.0])
    with pytest.raises(ValidityError, match="600 to 1000 nm"):
        spectrum([810.0, wavelength])


@pytest.mark.parametrize("wavelength", [629.0, 981.0])
def test_cytochrome_oxidase_is_known_from_630_to_980_nm(wavelength):
    with pytest.raises(ValidityError, match="630 to 980 nm"):
        ch.cytochrome_oxidase_extinction(wavelength)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_says_where_it_comes_from(name):
    table = ch.spectrum_table(name)
    assert {"source", "quantity", "unit", "conditions", "origin", "licence"} == set(table.about)
    require_known([table.about["source"]])
    assert np.all(np.diff(table.wavelength) > 0)
    assert all(np.all(values > 0) for values in table.columns.values())
