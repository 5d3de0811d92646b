"""Shapes of beams: one watt each, and a spectrum that is their Hankel transform."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import j0

from nervelight.errors import ValidityError
from nervelight.optics.beams import Disc, DiscCluster, Gaussian

lengths = st.floats(0.01, 500)
shapes = pytest.mark.parametrize("shape", [Disc, Gaussian])
# Where each shape has ended, in radii: a Gaussian has fallen to 1e-14 there.
ENDS = {Disc: 1.0, Gaussian: 4.0}


def over_the_plane(beam, weight):
    """Integral of irradiance times a function of r over the plane, by 200 Gauss nodes out to where the beam ends."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    end = ENDS[type(beam)] * beam.radius
    r = end * (nodes + 1) / 2
    return float(np.sum(end / 2 * weights * 2 * np.pi * r * beam.irradiance(r) * weight(r)))


@shapes
@given(radius=lengths)
def test_a_beam_carries_one_watt(shape, radius):
    beam = shape(radius)
    assert over_the_plane(beam, np.ones_like) == pytest.approx(1, rel=1e-9)
    assert float(beam.irradiance(0.0)) * beam.area == pytest.approx(1)


@shapes
@given(radius=lengths, waves=st.floats(0, 30))
def test_the_spectrum_is_the_hankel_transform(shape, radius, waves):
    beam, q = shape(radius), waves / radius
    assert float(beam.spectrum(q)) == pytest.approx(over_the_plane(beam, lambda r: j0(q * r)), abs=1e-10)


@shapes
@pytest.mark.parametrize("waves", [0.0, 1e-9, 0.99e-6, 1.01e-6])
def test_the_spectrum_starts_at_one(shape, waves):
    # The quotient J1(x) / x of a disc is replaced where x is small: the seam must not show.
    assert float(shape(7.0).spectrum(waves / 7.0)) == pytest.approx(1, abs=1e-11)


def test_the_spectrum_of_a_disc_vanishes_where_bessel_s_function_does():
    # First zero of J1, Abramowitz and Stegun, table 9.5.
    assert float(Disc(2.0).spectrum(3.8317059702 / 2.0)) == pytest.approx(0, abs=1e-10)


def test_a_disc_is_even_and_ends_at_its_edge():
    beam = Disc(3.0)
    even = 1 / (9 * math.pi)
    assert beam.irradiance([0.0, 2.999, 3.0, 3.001]) == pytest.approx([even, even, even / 2, 0.0])
    assert beam.irradiance(-2.0) == beam.irradiance(2.0)


@given(lengths)
def test_a_gaussian_falls_to_one_over_e_squared_at_its_radius(radius):
    beam = Gaussian(radius)
    assert float(beam.irradiance(radius) / beam.irradiance(0.0)) == pytest.approx(math.exp(-2))
    # 1 - e^-2 of its power lies within that radius.
    nodes, weights = np.polynomial.legendre.leggauss(40)
    r = radius * (nodes + 1) / 2
    inside = np.sum(radius / 2 * weights * 2 * np.pi * r * beam.irradiance(r))
    assert inside == pytest.approx(1 - math.exp(-2), rel=1e-9)


@shapes
def test_values_have_the_shape_of_what_is_asked(shape):
    grid = np.linspace(0, 5, 6).reshape(2, 3)
    for function in (shape(2.0).irradiance, shape(2.0).spectrum):
        values = function(grid)
        assert values.shape == (2, 3)
        assert values[1, 2] == function(5.0)
        assert function(np.zeros(0)).shape == (0,)


@shapes
@pytest.mark.parametrize("radius", [0.0, -1.0, math.inf, math.nan])
def test_a_radius_is_positive_and_finite(shape, radius):
    with pytest.raises(ValidityError, match=r"radius of a .* must be positive and finite, got .* mm"):
        shape(radius)


def test_a_cluster_shares_its_power_evenly_unless_told():
    centres = [(0, 0), (3, 0), (0, 4)]
    assert DiscCluster(Disc(1.0), centres).shares == pytest.approx((1 / 3,) * 3)
    assert DiscCluster(Disc(1.0), centres, (0.5, 0.5, 0)).shares == (0.5, 0.5, 0.0)
    assert DiscCluster(Disc(1.0), centres).centres == ((0.0, 0.0), (3.0, 0.0), (0.0, 4.0))


@pytest.mark.parametrize(
    ("centres", "shares", "message"),
    [
        ([], (), "at least one centre"),
        ([(0.0, math.nan)], (), "finite"),
        ([(math.inf, 0.0)], (), "finite"),
        ([(0.0, 0.0), (1.0, 0.0)], (1.0,), "a share of the power for each centre"),
        ([(0.0, 0.0), (1.0, 0.0)], (1.5, -0.5), "not negative"),
        ([(0.0, 0.0), (1.0, 0.0)], (0.5, 0.4), "sum to 1"),
        ([(0.0, 0.0), (1.0, 0.0)], (math.nan, 0.5), "sum to 1"),
    ],
)
def test_impossible_clusters_are_refused(centres, shares, message):
    with pytest.raises(ValidityError, match=message):
        DiscCluster(Disc(1.0), centres, shares)
