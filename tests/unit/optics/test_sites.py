"""Layers and nerve depths of the sites."""

import pytest

from nervelight.errors import UnknownName
from nervelight.optics.sites import PERSONAL_PARAMETERS, site, site_ids
from nervelight.optics.tissues import dermal_blood_fraction_interval
from nervelight.sources import require_known

NEUROPATHY = "diabetic_polyneuropathy"
EXPECTED = {
    "plantar_foot",
    "dorsal_foot",
    "medial_ankle",
    "calf",
    "palm",
    "volar_wrist",
    "cheek",
    "lateral_chest",
    "lumbar_paraspinal",
}


def every_depth():
    for site_id in site_ids():
        for condition in (None, *site(site_id).variants):
            for nerve in site(site_id).nerves:
                yield pytest.param(site_id, condition, nerve, id=f"{site_id}-{nerve}-{condition}")


def test_the_sites():
    assert set(site_ids()) == EXPECTED
    assert {site_id for site_id in site_ids() if site(site_id).palmoplantar} == {"plantar_foot", "palm"}


def test_unknown_names_are_refused_with_a_hint():
    with pytest.raises(UnknownName, match="did you mean 'plantar_foot'"):
        site("plantar_feet")
    with pytest.raises(UnknownName, match="tibial"):
        site("medial_ankle").nerve_depth("tibia", None)


@pytest.mark.parametrize("site_id", sorted(EXPECTED))
def test_every_length_says_where_it_comes_from(site_id):
    place = site(site_id)
    lengths = [getattr(place.layers, name) for name in type(place.layers).model_fields]
    lengths += [nerve.depth for nerve in place.nerves.values()]
    for variant in place.variants.values():
        lengths += [*variant.layers.values(), *variant.nerves.values()]
    for length in lengths:
        assert length.reason
        assert require_known(length.sources)
        # An assumption is never passed off as measured: what rests on it alone is marked.
        assert length.unverified or length.sources != ("nervelight_assumption",)


@pytest.mark.parametrize(("site_id", "condition", "nerve"), list(every_depth()))
def test_every_nerve_lies_below_the_thickest_skin(site_id, condition, nerve):
    # Layers and depth are drawn independently: no draw may put a nerve into the skin.
    layers = site(site_id).layers_for(condition)
    thickest = layers.stratum_corneum.high + layers.epidermis.high + layers.dermis.high
    assert site(site_id).nerve_depth(nerve, condition).low > thickest


@pytest.mark.parametrize(("site_id", "condition", "nerve"), list(every_depth()))
def test_a_depth_without_measured_spread_carries_half_of_it(site_id, condition, nerve):
    depth = site(site_id).nerve_depth(nerve, condition)
    assert depth.high >= 1.49 * depth.median or nerve == "infraorbital"
    measured_or_bounded = nerve in {"infraorbital", "lumbar_dorsal_root_ganglion"} or condition is not None
    assert depth.low <= 0.51 * depth.median or measured_or_bounded


def test_neuropathy_thins_the_sole_and_brings_its_nerve_nearer():
    sole = site("plantar_foot")
    healthy, thin = sole.layers_for(None), sole.layers_for(NEUROPATHY)
    assert thin.subcutaneous_fat.median < healthy.subcutaneous_fat.median
    assert thin.dermis == healthy.dermis
    depth = sole.nerve_depth("common_plantar_digital", NEUROPATHY)
    assert depth.median < sole.nerve_depth("common_plantar_digital", None).median
    assert depth.low <= 4.0 and depth.high >= 6.2
    assert sole.layers_for("trigeminal_neuralgia") == healthy


def test_sole_layers_add_up_to_the_measured_soft_tissue():
    sole = site("plantar_foot")
    for condition, low, high in ((None, 5.7, 7.8), (NEUROPATHY, 4.0, 6.2)):
        layers = sole.layers_for(condition)
        total = sum(getattr(layers, name).median for name in type(layers).model_fields)
        assert low < total < high


def test_units_are_read_into_millimetres():
    layers = site("medial_ankle").layers
    assert layers.stratum_corneum.central == pytest.approx(0.0149)
    assert layers.dermis.central == 1.3


def test_personal_intervals_have_the_promised_names():
    place = site("medial_ankle")
    found = place.personal_intervals(phototype="II", ita=None, nerve="tibial", condition=NEUROPATHY)
    assert tuple(found) == PERSONAL_PARAMETERS
    assert found["nerve_depth"].central == 9.1
    assert found["melanosome_fraction"].high == 0.063
    assert found["dermal_blood_fraction"] == dermal_blood_fraction_interval()
    assert (found["dermal_blood_fraction"].low, found["dermal_blood_fraction"].high) == (0.002, 0.02)
    without = place.personal_intervals(phototype="II", ita=None, nerve=None, condition=None)
    assert tuple(without) == PERSONAL_PARAMETERS[:-1]


def test_the_palm_is_paler_than_the_phototype():
    tone = {"phototype": "VI", "ita": None, "nerve": None, "condition": None}
    assert site("palm").personal_intervals(**tone)["melanosome_fraction"].low == 0.0087
    assert site("cheek").personal_intervals(**tone)["melanosome_fraction"].low == 0.0165
