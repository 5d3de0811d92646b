"""Maps against integrals that are known, the rectangle against other quadratures, and the scan against chance."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import j0

from nervelight.errors import ValidityError
from nervelight.optics.irradiance_map import IrradianceMap, Rectangle, centred_axis

sides = st.floats(0.5, 300)


def bessel_mean(width, height, q):
    """Mean of J0(q r) over a rectangle, which is the spectrum, by Gauss nodes in x and y instead of the azimuth."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    r = np.hypot((width / 2 * nodes)[:, None], height / 2 * nodes)
    return float(weights @ j0(q * r) @ weights) / 4


@pytest.mark.parametrize("q", [0.01, 0.3, 1.0, 2.0, 4.0])
@pytest.mark.parametrize(("width", "height"), [(50.0, 50.0), (50.0, 3.0), (2.0, 50.0)])
def test_spectrum_of_a_rectangle_up_to_200_radians_across(width, height, q):
    assert float(Rectangle(width, height).spectrum(q)) == pytest.approx(bessel_mean(width, height, q), abs=1e-11)


def test_spectrum_takes_arrays_and_no_value_depends_on_its_neighbours():
    beam, q = Rectangle(100.0, 30.0), np.array([[0.0, 0.02, 0.1], [-0.1, 1.0, 2.0]])
    one_by_one = [[float(beam.spectrum(value)) for value in row] for row in q]
    assert beam.spectrum(q) == pytest.approx(np.array(one_by_one), abs=1e-13)
    assert beam.spectrum(q)[0, 2] == beam.spectrum(q)[1, 0]
    assert beam.spectrum(np.array([])).shape == (0,)


@given(sides, sides)
def test_spectrum_starts_at_one_and_falls_with_the_second_moment(width, height):
    q = 0.01 / math.hypot(width, height)
    assert float(Rectangle(width, height).spectrum(0.0)) == 1.0
    lost = 1.0 - float(Rectangle(width, height).spectrum(q))
    assert lost == pytest.approx(q**2 * (width**2 + height**2) / 48, rel=1e-4)


@given(sides, sides)
def test_irradiance_of_a_rectangle_integrates_to_one_watt(width, height):
    beam = Rectangle(width, height)
    kinks = sorted({width / 2, height / 2, math.hypot(width, height) / 2})
    pieces = zip([0.0, *kinks[:-1]], kinks, strict=True)
    total = sum(
        quad(lambda r: 2 * math.pi * r * float(beam.irradiance(r)), low, high, limit=200)[0] for low, high in pieces
    )
    assert total == pytest.approx(1.0, rel=1e-6)
    assert float(beam.irradiance(0.0)) * beam.area == pytest.approx(1.0)
    assert float(beam.irradiance(1.001 * kinks[-1])) == 0.0


def test_irradiance_and_spectrum_are_a_hankel_pair():
    beam, q = Rectangle(20.0, 10.0), 0.7
    pieces = ((0.0, 5.0), (5.0, 10.0), (10.0, math.hypot(5.0, 10.0)))
    transformed = sum(
        quad(lambda r: 2 * math.pi * r * float(beam.irradiance(r)) * j0(q * r), *piece, epsabs=1e-12)[0]
        for piece in pieces
    )
    assert float(beam.spectrum(q)) == pytest.approx(transformed, abs=1e-9)


@given(sides, sides, st.floats(0.3, 20), st.floats(0, 1), st.floats(1e-3, 100))
@settings(deadline=None, max_examples=50)
def test_a_rectangle_keeps_its_power_on_any_grid(width, height, coarseness, rim, power):
    step = coarseness * max(width, height) / 50
    margin = rim * max(width, height)
    lit = IrradianceMap.rectangle(width, height, step, radiant_power=power, margin=margin)
    assert lit.radiant_power == pytest.approx(power, rel=1e-12)
    # A cell that is only partly lit is darker; none is brighter.
    assert lit.peak <= power / (width * height) * (1 + 1e-12)
    assert lit.x[-1] + step / 2 >= (width / 2 + margin) * (1 - 1e-9)


def test_a_rectangle_is_even_and_as_wide_as_it_was_made():
    lit = IrradianceMap.rectangle(40.0, 23.4, 1.0, margin=5.0)
    assert lit.irradiance.shape == (lit.y.size, lit.x.size) == (35, 51)
    assert lit.mean(30.0, 20.0) == pytest.approx(1 / (40.0 * 23.4), rel=1e-12)
    assert lit.mean(40.0, 23.4) == pytest.approx(1 / (40.0 * 23.4), rel=0.03)
    assert lit.uniformity(38.0, 22.0) == pytest.approx(1.0)
    assert lit.field_width == pytest.approx(40.0, abs=0.1)
    # The edge lies inside a cell there, which a line between two cells places to within a tenth of the step.
    assert lit.field_height == pytest.approx(23.4, abs=2 * 0.1)


def test_numbers_of_a_small_map_by_hand():
    rows = np.array([[0.0, 1.0, 0.0], [2.0, 4.0, 2.0], [0.0, 1.0, 0.0]])
    small = IrradianceMap([-2.0, 0.0, 2.0], [-2.0, 0.0, 2.0], rows)
    assert small.step == 2.0
    assert small.radiant_power == 40.0
    assert small.peak == 4.0
    # Along x the line falls to 2 at its ends; along y from 4 to 1: 2 is reached at two thirds of the step.
    assert small.field_width == pytest.approx(4.0)
    assert small.field_height == pytest.approx(2 * 2 * 2 / 3)
    assert small.mean(6.0, 6.0) == pytest.approx(10 / 9)
    # Half of each outer column and the middle row: (2/2 + 4 + 2/2) / 2.
    assert small.mean(4.0, 2.0) == pytest.approx(3.0)
    assert small.uniformity(4.0, 2.0) == pytest.approx(2 / 3)
    assert small.uniformity(6.0, 6.0) == 0.0
    assert small.mean(2.0, 2.0, centre=(2.0, 0.0)) == 2.0
    assert small.scaled(0.5).radiant_power == 20.0


def test_an_even_number_of_rows_has_its_middle_between_two():
    pair = IrradianceMap([-1.5, -0.5, 0.5, 1.5], [-0.5, 0.5], [[0.0, 1.0, 1.0, 0.0], [0.0, 3.0, 3.0, 0.0]])
    assert pair.field_width == pytest.approx(2.0)


@given(st.floats(5, 60), st.floats(5, 60), st.floats(-10, 10), st.floats(-10, 10))
def test_the_mean_of_a_slope_is_its_middle(width, height, x, y):
    axis = centred_axis(100.0, 1.0)
    slope = IrradianceMap(axis, axis, 200.0 + axis[None, :] + 0.5 * axis[:, None])
    # Whole cells: a field that cuts cells weighs them by the share inside, at their own centres.
    width, height, x, y = (2 * round(width / 2) + 1, 2 * round(height / 2) + 1, round(x), round(y))
    assert slope.mean(width, height, (x, y)) == pytest.approx(200.0 + x + 0.5 * y)


def test_a_scan_agrees_with_a_probe_moved_at_random():
    """Photons of a probe at random times of its path: their share in a field is binomial."""
    width, height, radius, power = 50.0, 30.0, 7.0, 0.2
    scan = IrradianceMap.scan(
        width, height, 0.5, probe_radius=radius, line_spacing=10.0, radiant_power=power, margin=3.0
    )
    rng, photons = np.random.default_rng(4), 400_000
    lines = np.array([-15.0, -5.0, 5.0, 15.0])
    r, azimuth = radius * np.sqrt(rng.random(photons)), 2 * math.pi * rng.random(photons)
    x = (rng.random(photons) - 0.5) * width + r * np.cos(azimuth)
    y = rng.choice(lines, photons) + r * np.sin(azimuth)
    for field_width, field_height, centre in (
        (4.0, 4.0, (0.0, 0.0)),
        (10.0, 4.0, (3.0, 5.0)),
        (6.0, 6.0, (-29.0, 19.0)),
        (60.0, 3.0, (0.0, 20.5)),
    ):
        inside = (np.abs(x - centre[0]) < field_width / 2) & (np.abs(y - centre[1]) < field_height / 2)
        share = scan.mean(field_width, field_height, centre) * field_width * field_height / power
        deviation = math.sqrt(share * (1 - share) / photons)
        assert abs(inside.mean() - share) < 4 * deviation


@settings(deadline=None, max_examples=20)
@given(st.floats(5, 80), st.floats(0, 60), st.floats(2, 15), st.floats(0.2, 1), st.floats(0.6, 3))
def test_a_scan_keeps_its_power_and_its_symmetry(width, height, radius, overlap, step):
    scan = IrradianceMap.scan(width, height, step, probe_radius=radius, line_spacing=overlap * 2 * radius)
    assert scan.radiant_power == pytest.approx(1.0, rel=1e-12)
    assert scan.irradiance == pytest.approx(scan.irradiance[::-1, ::-1], rel=1e-9, abs=1e-12)


def test_dense_lines_light_the_middle_of_a_scan_evenly():
    scan = IrradianceMap.scan(60.0, 40.0, 1.0, probe_radius=8.0, line_spacing=0.5)
    inner = (60.0 - 2 * 8.0, 40.0 - 2 * 8.0)
    assert scan.uniformity(*inner) > 0.99
    # 81 lines: the sum over them stands for a height half a spacing longer on either side.
    assert scan.mean(*inner) == pytest.approx(1 / (60.0 * 40.5), rel=2e-3)
    assert scan.field_width == pytest.approx(60.0, abs=0.1)


def test_a_single_line_is_a_scan():
    line = IrradianceMap.scan(30.0, 0.0, 0.5, probe_radius=5.0, line_spacing=5.0)
    # In the middle the probe covers a point while it travels its own diameter.
    assert line.irradiance[line.y.size // 2, line.x.size // 2] == pytest.approx(
        10.0 / 30.0 / (math.pi * 25.0), rel=2e-3
    )


@pytest.mark.parametrize(
    ("extent", "step", "cells"), [(4.0, 1.0, 5), (5.0, 1.0, 5), (5.01, 1.0, 7), (0.1, 1.0, 3), (0.3, 0.1, 3)]
)
def test_an_axis_covers_its_extent_with_an_odd_number_of_cells(extent, step, cells):
    axis = centred_axis(extent, step)
    assert axis.size == cells
    assert axis[cells // 2] == 0.0


def test_a_map_cannot_be_changed_behind_its_checks():
    values = np.ones((2, 2))
    made = IrradianceMap(np.arange(2.0), np.arange(2.0), values)
    values[0, 0] = -1.0
    assert made.irradiance[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        made.irradiance[0, 0] = 2.0


EVEN = np.arange(3.0)


@pytest.mark.parametrize(
    ("x", "y", "values", "said"),
    [
        ([0.0, 1.0, 3.0], EVEN, np.ones((3, 3)), "x of a map must rise in even steps"),
        (EVEN[::-1], EVEN, np.ones((3, 3)), "x of a map must rise"),
        (EVEN, [0.0], np.ones((1, 3)), "y of a map needs two or more"),
        (EVEN, 2 * EVEN, np.ones((3, 3)), "same step, got 1 and 2 mm"),
        (EVEN, EVEN, np.ones((3, 2)), r"\(y, x\) = \(3, 3\), got \(3, 2\)"),
        (EVEN, EVEN, -np.ones((3, 3)), "not negative"),
        (EVEN, EVEN, np.full((3, 3), np.nan), "finite"),
        (EVEN, EVEN, np.zeros((3, 3)), "needs light"),
    ],
)
def test_a_map_refuses_what_is_no_map(x, y, values, said):
    with pytest.raises(ValidityError, match=said):
        IrradianceMap(x, y, values)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: Rectangle(0.0, 1.0), "width of a rectangle must be positive and finite, got 0 mm"),
        (lambda: Rectangle(1.0, math.inf), "height of a rectangle"),
        (lambda: Rectangle(1.0, 1.0).spectrum([1.0, math.nan]), "frequencies must be finite"),
        (lambda: IrradianceMap.rectangle(1.0, 1.0, 0.0), "step of a map"),
        (lambda: IrradianceMap.rectangle(1.0, 1.0, 0.1, radiant_power=-1.0), "radiant power .* got -1 W"),
        (lambda: IrradianceMap.rectangle(1.0, 1.0, 0.1, margin=-1.0), "margin"),
        (
            lambda: IrradianceMap.scan(10.0, 10.0, 1.0, probe_radius=2.0, line_spacing=5.0),
            "lines 5 mm apart leave dark stripes: with a probe of 4 mm",
        ),
        (lambda: IrradianceMap.scan(0.0, 10.0, 1.0, probe_radius=2.0, line_spacing=1.0), "length of a scan"),
        (lambda: IrradianceMap.rectangle(10.0, 10.0, 1.0).mean(12.0, 4.0), "reaches beyond the map, which lies from"),
        (lambda: IrradianceMap.rectangle(10.0, 10.0, 1.0).uniformity(0.1, 0.1, (0.45, 0.0)), "holds no light"),
        (lambda: IrradianceMap.rectangle(10.0, 10.0, 1.0).scaled(0.0), "factor of a map"),
        (lambda: IrradianceMap(EVEN, EVEN, np.ones((3, 3))).field_width, "ends before the irradiance along x"),
        (lambda: IrradianceMap(EVEN, EVEN + 1, np.ones((3, 3))).field_width, "taken through 0 mm"),
        (lambda: IrradianceMap(EVEN, EVEN, np.diag([0.0, 1.0, 0.0])).field_width, "line through 0 mm along x is dark"),
    ],
)
def test_a_refusal_says_what_and_why(ask, said):
    with pytest.raises(ValidityError, match=said):
        ask()
