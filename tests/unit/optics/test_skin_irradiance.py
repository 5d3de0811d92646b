"""Which knowledge about a lamp wins, how wide it leaves the irradiance, and what it refuses."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.errors import InvalidInput, ValidityError
from nervelight.optics.lamps import Device, device, device_ids
from nervelight.optics.panel_fit import fit_panel
from nervelight.optics.panel_readings import RETENTION, RETENTION_DISTANCES
from nervelight.optics.skin_irradiance import OwnReading, irradiance_on_skin
from nervelight.sources import require_known
from nervelight.units import to_mw_cm2

MEASURED_PANELS = [id for id in device_ids() if device(id).measured]
FITTED = [id for id in MEASURED_PANELS if len({reading.distance for reading in device(id).measured}) > 1]


def own(distance: str, irradiance: str, **more: float) -> OwnReading:
    return OwnReading.model_validate({"distance": distance, "irradiance": irradiance, **more})


def without(lamp: Device, **fields) -> Device:
    return lamp.model_copy(update=fields)


def relative_width(irradiance) -> float:
    return irradiance.high / irradiance.low


def mw(irradiance) -> tuple[float, float, float]:
    return to_mw_cm2(irradiance.low), to_mw_cm2(irradiance.median), to_mw_cm2(irradiance.high)


@pytest.mark.parametrize("id", FITTED)
def test_at_a_measured_distance_the_measurement_comes_back(id):
    lamp = device(id)
    position = "centre" if any(r.position == "centre" for r in lamp.measured) else lamp.measured[0].position
    for reading in lamp.measured:
        if reading.position == position:
            found = irradiance_on_skin(lamp, reading.distance)
            assert found.basis == "measured"
            assert not found.extrapolated
            assert mw(found.irradiance) == pytest.approx(np.array([0.9, 1.0, 1.1]) * to_mw_cm2(reading.value))


@pytest.mark.parametrize("id", MEASURED_PANELS)
@pytest.mark.parametrize("distance", [0.0, 76.0, 152.0, 250.0, 610.0, 1300.0])
def test_every_source_and_reason_can_be_shown(id, distance):
    found = irradiance_on_skin(device(id), distance)
    assert require_known(found.sources)
    assert found.reason.endswith(".")
    assert found.irradiance.unverified, "each band of a catalogue lamp is an assumption"


@pytest.mark.parametrize("id", MEASURED_PANELS)
def test_a_claim_is_halved_and_never_as_sure_as_a_measurement(id):
    lamp = device(id)
    first = next(reading for reading in lamp.measured if reading.distance)
    claimed = without(lamp, readings=(first.model_copy(update={"kind": "claim"}),))
    for distance in (first.distance, 250.0, 600.0):
        claim, measured = (irradiance_on_skin(one, distance) for one in (claimed, lamp))
        assert claim.basis == "claim-halved"
        if not measured.extrapolated:
            assert relative_width(claim.irradiance) > relative_width(measured.irradiance)
    at = irradiance_on_skin(claimed, first.distance).irradiance
    assert mw(at) == pytest.approx(to_mw_cm2(first.value) / np.array([2.5, 2.0, 1.5]))


def test_a_claim_beside_a_measurement_changes_nothing():
    lamp = device("hooga_pro1500")
    alone = without(lamp, readings=lamp.measured)
    assert irradiance_on_skin(lamp, 152.0).irradiance == irradiance_on_skin(alone, 152.0).irradiance
    assert [to_mw_cm2(claim.value) for claim in irradiance_on_skin(lamp, 152.0).claims] == pytest.approx([189.0])


def test_published_pairs_of_claim_and_measurement_agree_with_the_rule():
    for id in ("hooga_pro1500", "kala_elite"):
        lamp = device(id)
        claimed = irradiance_on_skin(without(lamp, readings=lamp.claims), 152.0).irradiance
        assert claimed.low <= lamp.measured[0].value <= claimed.high


def test_a_guessed_distance_widens():
    guessed, stated = (irradiance_on_skin(device(id), 152.0).irradiance for id in ("joovv_solo_3", "kala_elite"))
    assert mw(guessed) == pytest.approx((47.2, 59.0, 70.8))
    assert relative_width(guessed) > relative_width(stated)


def test_a_rise_with_distance_is_not_flattened():
    near, far = (irradiance_on_skin(device("helio_glow"), distance).irradiance for distance in (152.0, 305.0))
    assert far.median > near.median


@pytest.mark.parametrize("id", [id for id in FITTED if len(device(id).measured) > 2])
def test_extrapolation_covers_what_was_left_out(id):
    lamp = device(id)
    by_position = [r for r in lamp.measured if r.position == ("centre" if id == "platinum_biomax_900" else r.position)]
    kept, left_out = by_position[:2], by_position[2:]
    for reading in left_out:
        found = irradiance_on_skin(without(lamp, readings=tuple(kept)), reading.distance)
        assert found.extrapolated
        assert found.irradiance.low <= reading.value <= found.irradiance.high


@pytest.mark.parametrize("id", FITTED)
def test_the_usual_decay_spans_the_panels_of_the_catalogue(id):
    readings = {reading.distance: reading.value for reading in device(id).measured}
    for distance in set(readings) & {305.0, 610.0, 914.0}:
        column = RETENTION[:, RETENTION_DISTANCES.index(distance)]
        assert column[2] <= readings[distance] / readings[152.0] + 1e-3
        assert readings[distance] / readings[152.0] - 1e-3 <= column[1]


def test_bands_grow_outside_the_measured_distances():
    lamp = device("platinum_biomax_900")
    width = [relative_width(irradiance_on_skin(lamp, d).irradiance) for d in (305.0, 650.0, 750.0, 900.0)]
    assert width == sorted(width)
    assert width[0] == pytest.approx(1.1 / 0.9)
    assert width[-1] >= 1.3 / 0.7
    assert irradiance_on_skin(lamp, 40.0).extrapolated


def test_never_the_inverse_square():
    lamp = device("kala_elite")
    near, far = (irradiance_on_skin(lamp, distance).irradiance for distance in (152.0, 610.0))
    assert far.low > 3 * near.median * (152.0 / 610.0) ** 2


def test_an_own_meter_overrides_the_catalogue_and_narrows_it():
    lamp = device("bestqool_pro300")
    found = irradiance_on_skin(lamp, 152.0, [own("152 mm", "60 mW/cm2")])
    assert found.basis == "own-meter"
    assert found.sources == ("case_file",)
    assert mw(found.irradiance) == pytest.approx((55.2, 60.0, 64.8))
    assert relative_width(found.irradiance) < relative_width(irradiance_on_skin(lamp, 152.0).irradiance)


def test_the_accuracy_of_the_meter_counts():
    found = irradiance_on_skin(device("helio_glow"), 300.0, [own("300 mm", "70 mW/cm2", relative_uncertainty=0.2)])
    assert mw(found.irradiance) == pytest.approx((56.0, 70.0, 84.0))


def test_repeated_readings_are_averaged():
    lamp = device("bestqool_pro300")
    found = irradiance_on_skin(lamp, 150.0, [own("150 mm", "50 mW/cm2"), own("151 mm", "72 mW/cm2")])
    assert to_mw_cm2(found.irradiance.median) == pytest.approx(60.0)


def test_one_own_reading_moves_the_curve_of_the_model():
    lamp = device("bestqool_pro300")
    plain = irradiance_on_skin(lamp, 305.0).irradiance
    scaled = irradiance_on_skin(lamp, 305.0, [own("152 mm", f"{0.8 * 68.9} mW/cm2")])
    assert scaled.irradiance.median == pytest.approx(0.8 * plain.median, rel=1e-6)
    assert scaled.basis == "own-meter"
    assert not scaled.extrapolated
    assert irradiance_on_skin(lamp, 600.0, [own("152 mm", "60 mW/cm2")]).extrapolated


def test_one_own_reading_of_an_unmeasured_panel_follows_the_usual_decay():
    found = irradiance_on_skin(device("hooga_hg300"), 305.0, [own("152 mm", "50 mW/cm2")])
    assert to_mw_cm2(found.irradiance.median) == pytest.approx(0.852 * 50.0)
    assert found.extrapolated
    assert "led_panel_retention" in found.sources


def test_several_own_readings_are_fitted():
    readings = [own("100 mm", "60 mW/cm2"), own("300 mm", "48 mW/cm2"), own("600 mm", "30 mW/cm2")]
    found = irradiance_on_skin(device("lumebox_lb001a"), 200.0, readings)
    assert found.basis == "own-meter"
    assert 48.0 < to_mw_cm2(found.irradiance.median) < 60.0
    assert not found.extrapolated


def test_a_reading_against_the_glass_can_be_fitted():
    found = irradiance_on_skin(device("hooga_hg300"), 100.0, [own("0 mm", "60 mW/cm2"), own("300 mm", "40 mW/cm2")])
    assert 40.0 < to_mw_cm2(found.irradiance.median) < 60.0


def test_a_pad_lies_on_the_skin():
    found = irradiance_on_skin(device("anodyne_mire"), 0.0)
    assert found.basis == "claim-halved"
    assert mw(found.irradiance) == pytest.approx((10.0, 12.5, 25 / 1.5))
    assert found.diffuse_share == (1.0, 1.0)
    with pytest.raises(ValidityError, match="anodyne_mire at 50 mm"):
        irradiance_on_skin(device("anodyne_mire"), 50.0)
    measured = irradiance_on_skin(device("anodyne_mire"), 50.0, [own("50 mm", "5 mW/cm2")])
    assert to_mw_cm2(measured.irradiance.median) == pytest.approx(5.0)


def test_a_reading_from_elsewhere_is_not_dropped_in_silence():
    with pytest.raises(ValidityError, match="nothing is known of the beam"):
        irradiance_on_skin(device("thor_200mw_810"), 0.0, [own("50 mm", "5 mW/cm2")])


def test_a_probe_is_power_over_spot():
    found = irradiance_on_skin(device("thor_200mw_810"), 0.0)
    assert found.basis == "power-over-spot"
    assert mw(found.irradiance) == pytest.approx(np.array([0.8, 1.0, 1.2]) * 200 / 0.0364)
    assert found.field_width == pytest.approx(2 * np.sqrt(3.64 / np.pi))
    assert found.diffuse_share == (0.0, 0.0)


@pytest.mark.parametrize(
    ("id", "missing"),
    [
        ("thor_69led", "spot_area"),
        ("luminex_ll", "spot_area"),
        ("litecure_lct1000", "spot_area"),
        ("erchonia_fx635", "spot_area"),
        ("healthlight_footbed", "readings"),
        ("lumebox_lb001a", "readings"),
    ],
)
def test_what_is_missing_is_named(id, missing):
    with pytest.raises(InvalidInput, match=rf"lamp\.{missing}: missing"):
        irradiance_on_skin(device(id), 0.0)


@pytest.mark.parametrize("distance", [-1.0, float("nan"), float("inf"), 1400.0])
def test_distances_have_bounds(distance):
    with pytest.raises(ValidityError):
        irradiance_on_skin(device("kala_elite"), distance)


def test_field_width_is_that_of_the_fitted_field():
    lamp = device("bestqool_pro300")
    distances, irradiances = zip(*((r.distance, r.value) for r in lamp.measured), strict=True)
    fit = fit_panel(distances, irradiances, housing=lamp.housing, radiant_power=lamp.power_during_readings())
    assert irradiance_on_skin(lamp, 152.0).field_width == pytest.approx(fit.field_height)
    assert irradiance_on_skin(device("hooga_pro1500"), 152.0).field_width == pytest.approx(218.0)
    assert irradiance_on_skin(device("kala_elite"), 152.0).field_width is None
    assert irradiance_on_skin(lamp, 152.0).diffuse_share == (0.0, 1.0)


def test_a_curve_can_be_drawn_and_holds_the_working_point():
    found = irradiance_on_skin(device("bestqool_pro300"), 200.0)
    curve = found.curve([100.0, 200.0, 400.0])
    assert curve.shape == (3, 3)
    assert np.all(np.diff(curve, axis=0) > 0)
    assert curve[:, 1] == pytest.approx([found.irradiance.low, found.irradiance.median, found.irradiance.high])


def test_it_travels_between_processes():
    found = irradiance_on_skin(device("bestqool_pro300"), 200.0, [own("150 mm", "50 mW/cm2")])
    assert pickle.loads(pickle.dumps(found)) == found


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MEASURED_PANELS), st.floats(0, 1371))
def test_the_interval_is_ordered_and_plausible(id, distance):
    found = irradiance_on_skin(device(id), distance).irradiance
    assert 0 < found.low < found.median < found.high
    assert found.high < 2 * max(reading.value for reading in device(id).measured)


@settings(max_examples=40, deadline=None)
@given(st.floats(5, 200), st.floats(20, 900), st.floats(0, 1371))
def test_twice_the_reading_is_twice_the_irradiance(reading, at, distance):
    lamp = device("koze_x")
    once, twice = (
        irradiance_on_skin(lamp, distance, [own(f"{at} mm", f"{factor * reading} mW/cm2")]).irradiance
        for factor in (1, 2)
    )
    assert mw(twice) == pytest.approx(2 * np.array(mw(once)))
