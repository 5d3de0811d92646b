"""Bands that the solvers predict for published measurements: recomputed, and held against what is kept of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput, ValidityError
from nervelight.sources import require_known
from nervelight.uncertainty import Interval

sys.path.append(str(Path(__file__).resolve().parents[2] / "validation"))

import measured
import measured_heat
from measured_outcomes import BANDS, is_inside, outcomes, pinned_bands, summary

LIGHT = {row.id: row for study in measured.studies() for row in study.rows if row.predict is not None}
HEAT = tuple(row.id for _, row in measured_heat.heat_rows())
# One of each way of computing a band is in the plain run; rows without a beam cost little.
QUICK = {
    "anders2016-skin-810",
    "chicken2017-635",
    "henderson2015-810-high",
    "hudson2013-980",
    "piao2019-skin-high",
    *(name for name, row in LIGHT.items() if row.predict.quantity == "power" and row.predict.beam_radius is None),
}
# Other processors and libraries round differently on the way to far percentiles.
TOLERANCE = {"rel": 5e-3, "abs": 1e-12}
HEADER = """\
# Percentiles of what is predicted for each measurement: shares, mm, K or K/mW. Computed from measured_*.yaml with 128
# draws, those of warm skin of people with 256, by
# pytest tests/physics/test_measured.py -m "slow or not slow" --update-golden
"""


@pytest.fixture
def kept(request, record_property):
    """A check of percentiles against those that are kept; ``--update-golden`` keeps the new ones instead."""

    def check(found):
        known = pinned_bands() if BANDS.exists() else {}
        changed = [name for name, band in found.items() if known.get(name) != pytest.approx(band, **TOLERANCE)]
        if request.config.getoption("--update-golden"):
            order = [*LIGHT, *HEAT]
            together = {**known, **{name: found[name] for name in changed}}
            text = yaml.safe_dump({name: together[name] for name in order if name in together}, sort_keys=False)
            BANDS.write_text(HEADER + text, encoding="utf-8", newline="\n")
            record_property(f"golden {BANDS.name}", "\n".join(changed) or "no change")
        else:
            assert {name: known.get(name) for name in changed} == {name: found[name] for name in changed}

    return check


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LIGHT]
)
def test_the_band_of_a_transmission(name, kept):
    kept({name: measured.bands(LIGHT[name])})


@pytest.mark.slow
def test_the_bands_of_warmth(kept):
    kept(measured_heat.heat_bands())


def test_each_band_is_kept_and_no_other():
    assert list(pinned_bands()) == [*LIGHT, *HEAT]
    assert all(band["p5"] <= band["p50"] <= band["p95"] for band in pinned_bands().values())


# ---- what is said of the measurements


def test_each_study_names_its_source_and_each_row_is_named_once():
    names = [row.id for study in measured.studies() for row in study.rows] + list(HEAT)
    assert len(set(names)) == len(names) >= 40
    require_known(study.source for study in measured.studies())
    require_known(key for medium in measured.media().values() for key in medium.sources)


def test_each_interval_says_where_it_is_from():
    cases = measured_heat.heat_cases()
    mice = cases.stadler2004
    intervals = [interval for row in LIGHT.values() for interval in row.predict.intervals().values()]
    intervals += [cases.room, *mice.layers.values(), mice.melanosome_fraction, mice.perfusion_factor]
    for interval in intervals:
        require_known(interval.sources)
        assert interval.sources and interval.reason
        assert interval.unverified or "nervelight_assumption" not in interval.sources


def test_misses_are_explained_and_nothing_else_is():
    for each in outcomes(pinned_bands()):
        assert bool(each.remark) == (not each.inside), each.id


def test_the_share_inside_is_what_it_is():
    # Looked at anew when it changes: no interval is to be widened for it.
    assert summary(outcomes(pinned_bands())) == {
        "value": (16, 26),
        "ratio": (2, 3),
        "bound": (8, 10),
        "not predictable": (0, 10),
    }


@pytest.mark.parametrize(
    ("rule", "value", "inside"),
    [
        ("within", 2.0, True),
        ("within", 0.9, False),
        ("within", 4.1, False),
        ("below", 1.1, True),
        ("below", 0.9, False),
        ("median within", (1.5, 3.0), True),
        ("median within", (2.1, 9.0), False),
    ],
)
def test_what_counts_as_inside(rule, value, inside):
    assert is_inside(rule, value, {"p5": 1.0, "p50": 2.0, "p95": 4.0}) is inside


def test_measured_warmth_is_read_from_its_case():
    values = {row.id: measured_heat.value_of(case, row) for case, row in measured_heat.heat_rows()}
    assert values["joensen2011-904-dark"] == 5.7
    assert values["joensen2011-810-dark-highest"] == 22.3
    assert values["joensen2011-810-dark-over-light"] == (3.0, 6.0)
    assert values["joensen2011-810-guideline-light"] == 1.5
    assert values["stadler2004-white-1mm"] == 0.0083
    assert values["stadler2004-coats"] == pytest.approx(0.0625 / 0.012)


def test_what_cannot_be_predicted_is_refused():
    row = next(row for study in measured.studies() for row in study.rows if row.missing)
    with pytest.raises(ValidityError, match=row.missing):
        measured.bands(row)


# ---- what stands in for tissue


@pytest.mark.parametrize("wavelength", [633.0, 670.0, 810.0, 904.0, 980.0])
@pytest.mark.parametrize("name", ["dermis", "fat", "muscle", "bone", "brain"])
def test_the_span_of_a_medium_holds_all_of_its_sources(name, wavelength):
    medium = measured.media()[name]
    mu_a, mu_s_prime = medium.absorption(wavelength), medium.reduced_scattering(wavelength)
    reached = [table.at(wavelength) for table in medium.tables if table.at(wavelength) is not None]
    assert reached
    for absorption, scattering in reached:
        assert mu_a.low <= absorption <= mu_a.high
        assert mu_s_prime.low <= scattering <= mu_s_prime.high
    assert mu_a.high > mu_a.low > 0
    assert mu_s_prime.high > mu_s_prime.low > 0


def test_a_table_is_interpolated_and_held_a_little_beyond_its_ends():
    table = measured.media()["muscle"].tables[1]
    assert table.at(775.0) == pytest.approx((0.053, 0.4795))
    assert table.at(838.0) == pytest.approx((0.054, 0.467))
    assert table.at(841.0) is None


def test_unknown_words_of_a_study_are_faults():
    data = read_yaml(measured.PUBLISHED / "measured_hu2016.yaml")
    data["rows"][0]["predict"]["quantity"] = "irradiance"
    with pytest.raises(InvalidInput, match="irradiance needs beam_radius"):
        measured.validated(measured.Study, data, "measured_hu2016.yaml")


# ---- how a detector reads


@pytest.fixture(scope="module")
def slab():
    """Eight draws of thin skin, with their light."""
    setup = measured._Setup(LIGHT["anders2016-skin-810"].predict, 810.0, 8)
    thickness = setup.thicknesses()
    stack = setup.stack(thickness)
    bottom = thickness.sum(axis=-1, keepdims=True)
    return setup, stack, bottom, setup.beam(stack, float(bottom.min()))


def test_a_wide_detector_takes_all_that_comes_through(slab):
    _, _, bottom, light = slab
    beam, detector = np.full(8, 3.0), np.full(8, 30.0)
    assert measured._spread(light, bottom, beam, detector)[:, 0] * 100 == pytest.approx(1.0, abs=1e-3)


def test_below_a_wide_beam_it_is_as_bright_as_below_a_wide_field(slab):
    _, _, bottom, light = slab
    assert measured._spread(light, bottom, np.full(8, 60.0), np.zeros(8))[:, 0] == pytest.approx(1.0, abs=1e-3)


def test_beam_and_detector_may_change_places(slab):
    _, _, bottom, light = slab
    narrow, wide = np.full(8, 1.5), np.full(8, 4.0)
    there = measured._spread(light, bottom, narrow, wide)[:, 0] * 4.0**2 / 1.5**2
    assert there == pytest.approx(measured._spread(light, bottom, wide, narrow)[:, 0], rel=1e-9)


def test_contact_lets_more_into_the_detector_than_a_gap(slab):
    setup, stack, _, _ = slab
    into_air, found = setup.plane(stack).transmittance, setup.transmittance(stack)
    assert np.all(found > into_air)
    assert np.all(found < 1.5 * into_air)


def test_the_rest_of_a_total_is_what_the_other_layers_leave():
    setup = measured._Setup(LIGHT["hu2016-cord-670"].predict, 670.0, 16)
    thickness = setup.thicknesses()
    assert thickness.sum(axis=-1) == pytest.approx(setup.lengths["total"])
    assert np.all((thickness > 0) & (setup.lengths["total"] < 11.0)[:, None])


def test_the_depth_of_a_share_is_that_of_a_slab_that_lets_it_through():
    setup = measured._Setup(LIGHT["hudson2013-808"].predict, 808.0, 8)
    depth = measured._depth(setup)[:, None]
    stack = setup.stack(depth)
    beam = setup.lengths["beam_radius"]
    spread = measured._spread(setup.beam(stack, 5.0), depth, beam, np.zeros(8))[:, 0]
    assert setup.transmittance(stack) * spread == pytest.approx(1e-3, rel=0.01)


def test_tissue_that_hardly_scatters_obeys_beer_and_lambert(monkeypatch):
    monkeypatch.setattr(measured.Medium, "absorption", lambda *_: Interval.exactly(0.5))
    monkeypatch.setattr(measured.Medium, "reduced_scattering", lambda *_: Interval.exactly(1e-9))
    setup = measured._Setup(LIGHT["chicken2017-635"].predict, 635.0, 4)
    near, far = (np.log(setup.transmittance(setup.stack(np.full((4, 1), d)))) for d in (3.0, 8.0))
    assert (near - far) / 5.0 == pytest.approx(0.5, rel=1e-3)
