"""From phototype and colour to melanin."""

from itertools import pairwise

import pytest

from nervelight.errors import UnknownName, ValidityError
from nervelight.optics.skin_tone import melanosome_fraction_any, melanosome_fraction_interval
from nervelight.sources import require_known


def interval(phototype=None, ita=None, palmoplantar=False):
    return melanosome_fraction_interval(phototype=phototype, ita=ita, palmoplantar=palmoplantar)


@pytest.mark.parametrize(
    ("phototype", "low", "high"),
    [
        ("I", 0.0087, 0.063),
        ("II", 0.0087, 0.063),
        ("III", 0.0115, 0.16),
        ("IV", 0.0115, 0.16),
        ("V", 0.0165, 0.43),
        ("VI", 0.0165, 0.43),
    ],
)
def test_phototype_spans_its_sources(phototype, low, high):
    found = interval(phototype)
    assert (found.low, found.central, found.high) == (low, None, high)
    assert found.unverified and found.reason


def test_colour_spans_the_three_computed_curves_at_a_table_point():
    # At M = 0.06 the middle curve reads 6.8 degrees; the others are read between their points, in log M.
    found = interval(ita=6.8)
    assert found.low == pytest.approx(0.04 * (0.02 / 0.04) ** ((6.8 - 4.8) / (26.3 - 4.8)), rel=1e-9)
    assert found.high == pytest.approx(0.08 * (0.06 / 0.08) ** ((6.8 - 6.3) / (16.8 - 6.3)), rel=1e-9)
    assert found.low < 0.06 < found.high


def test_darker_colour_means_more_melanin():
    found = [interval(ita=angle) for angle in range(60, -75, -5)]
    assert all(b.low >= a.low and b.high >= a.high for a, b in pairwise(found))


@pytest.mark.parametrize(("ita", "end"), [(75.0, 0.005), (-80.0, 0.43)])
def test_beyond_the_table_its_end_is_held_and_said(ita, end):
    found = interval(ita=ita)
    assert found.low == pytest.approx(end) and found.high == pytest.approx(end)
    assert "held" in found.reason
    assert "held" not in interval(ita=20.0).reason


def test_both_inputs_overlap():
    found, colour, phototype = interval("III", 28.0), interval(ita=28.0), interval("III")
    assert found.low == max(colour.low, phototype.low)
    assert found.high == min(colour.high, phototype.high)
    assert "Overlap" in found.reason


def test_both_are_kept_in_mind_where_they_do_not_overlap():
    found, colour, phototype = interval("VI", 58.0), interval(ita=58.0), interval("VI")
    assert colour.high < phototype.low
    assert (found.low, found.high) == (colour.low, phototype.high)
    assert "do not overlap" in found.reason


def test_palms_and_soles_are_paler():
    found = interval("VI", palmoplantar=True)
    assert (found.low, found.high) == (0.0087, 0.43)
    assert "paler" in found.reason and found.unverified
    light = interval(ita=58.0, palmoplantar=True)
    assert light.low == interval(ita=58.0).low


def test_unreported_skin_tone_is_the_whole_span():
    assert interval() == melanosome_fraction_any()
    assert (melanosome_fraction_any().low, melanosome_fraction_any().high) == (0.0087, 0.43)


def test_sources_are_known():
    for found in (interval("I"), interval(ita=0.0), interval("V", -40.0, palmoplantar=True), interval()):
        assert found.sources
        require_known(found.sources)


def test_what_cannot_be_is_refused():
    with pytest.raises(UnknownName, match="phototype"):
        interval("VII")
    for angle in (90.1, -91.0, float("nan")):
        with pytest.raises(ValidityError, match="typology"):
            interval(ita=angle)
