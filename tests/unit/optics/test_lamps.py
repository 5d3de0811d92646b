"""The lamp catalogue and the spectral shares."""

from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.documents import read_yaml, validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.optics.lamps import Device, device, device_ids
from nervelight.optics.spectral_shares import spectral_shares
from nervelight.sources import require_known
from nervelight.uncertainty import low_discrepancy_sample
from nervelight.units import to_mw_cm2

NAMED = {
    "anodyne_mire", "bestqool_pro300", "erchonia_fx635", "helio_glow", "hooga_pro1500", "joovv_solo_3",
    "kala_elite", "litecure_lct1000", "lumebox_lb001a", "luminex_ll", "mitopro_1500_old",
    "platinum_biomax_300", "platinum_biomax_600", "platinum_biomax_900", "thor_200mw_810", "thor_69led",
}  # fmt: skip


def document(id: str) -> dict:
    file = resources.files("nervelight.optics") / "data" / "devices" / f"{id}.yaml"
    return read_yaml(f"{id}.yaml", file.read_text(encoding="utf-8"))


def test_the_catalogue_holds_the_devices_that_trials_and_homes_use():
    assert set(device_ids()) >= NAMED


@pytest.mark.parametrize("id", device_ids())
def test_each_entry_is_named_as_its_file_and_knows_its_sources(id):
    lamp = device(id)
    assert lamp.id == id
    assert require_known(lamp.source_keys())
    for reading in lamp.measured:
        # No reading of this catalogue comes from a document that was read in full: that must stay visible.
        assert reading.checked == "secondary"
        assert reading.method
        assert 5 < to_mw_cm2(reading.value) < 200


@pytest.mark.parametrize("id", device_ids())
def test_no_label_of_the_catalogue_names_neuropathy(id):
    use = device(id).labelled_use
    assert use is None or not use.neuropathy


def test_readings_are_converted_once_and_claims_stay_apart():
    lamp = device("bestqool_pro300")
    assert [to_mw_cm2(reading.value) for reading in lamp.measured] == pytest.approx([68.9, 58.97])
    assert [to_mw_cm2(reading.value) for reading in lamp.claims] == pytest.approx([106.0])
    assert lamp.housing == pytest.approx((924.6, 342.9))
    assert lamp.wavelengths == (630.0, 660.0, 850.0, 940.0)


def test_radiant_power_spans_both_drives():
    power = device("bestqool_pro300").power_during_readings()
    assert (power.low, power.high) == pytest.approx((148.319 * 500 / 586, 148.319))
    assert power.low == pytest.approx(126.6, abs=0.05)


def test_radiant_power_falls_back_on_electrical_power_and_says_so():
    power = device("platinum_biomax_300").power_during_readings()
    assert power.median == pytest.approx(0.30 * 174.8)
    assert power.unverified
    assert device("helio_glow").power_during_readings() is None


def test_an_unknown_device_gets_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'helio_glow'"):
        device("heliog_low")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"colour": "red"}, "colour"),
        ({"spot_area": 5}, "spot_area"),
        (
            {"readings": [{"kind": "measured", "source": "x", "distance": "1 mm"}]},
            "either irradiance or both",
        ),
        ({"readings": [{"kind": "guess", "source": "x", "irradiance": "1 mW/cm2"}]}, "claim"),
        ({"spectral_shares": {"630 nm": 0.7, "660 nm": 0.7}}, "sum to 1"),
        ({"spectral_shares": {"700 nm": 0.7}}, "does not have"),
        ({"unverified": ["spotarea"]}, "spotarea"),
        ({"contact": "yes"}, "contact"),
    ],
)
def test_what_does_not_fit_is_refused(change, fault):
    with pytest.raises(InvalidInput, match=fault):
        validated(Device, document("bestqool_pro300") | change, "lamp")


def lamp_with_shares(shares: dict[str, float]) -> Device:
    return validated(Device, document("bestqool_pro300") | {"spectral_shares": shares}, "lamp")


def test_unknown_shares_are_even_and_marked():
    shares = spectral_shares(device("bestqool_pro300"))
    assert shares.unknown
    assert shares.central == (0.25, 0.25, 0.25, 0.25)


def test_known_shares_do_not_vary():
    shares = spectral_shares(device("litecure_lct1000"))
    assert not shares.unknown
    assert shares.draw([[0.1, 0.9], [0.5, 0.5]]).tolist() == [[0.8, 0.2], [0.8, 0.2]]


def test_what_known_shares_leave_over_is_split():
    shares = spectral_shares(lamp_with_shares({"850 nm": 0.4}))
    assert shares.central == pytest.approx((0.2, 0.2, 0.4, 0.2))
    drawn = shares.draw(low_discrepancy_sample(64, 4, seed=1))
    assert drawn[:, 2] == pytest.approx(0.4)
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn[:, 0].std() > 0.02


@given(st.lists(st.lists(st.floats(0, 1), min_size=4, max_size=4), min_size=1, max_size=5))
def test_drawn_shares_sum_to_one(u):
    drawn = spectral_shares(device("bestqool_pro300")).draw(u)
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert np.all(drawn >= 0)


def test_shares_spread_as_documented():
    drawn = spectral_shares(device("bestqool_pro300")).draw(low_discrepancy_sample(4096, 4, seed=7))
    from scipy.special import betaincinv

    # One share of a symmetric Dirichlet of concentration 4 among four is Beta(4, 12).
    expected = betaincinv(4, 12, [0.05, 0.95])
    assert np.quantile(drawn[:, 1], [0.05, 0.95]) == pytest.approx(expected, abs=0.01)
    assert expected == pytest.approx([0.10, 0.44], abs=0.01)


def test_shares_need_wavelengths():
    with pytest.raises(InvalidInput, match=r"lamp\.wavelengths"):
        spectral_shares(device("kala_elite"))
    with pytest.raises(ValueError, match=r"shape \(n, 4\)"):
        spectral_shares(device("bestqool_pro300")).draw([0.5, 0.5])
