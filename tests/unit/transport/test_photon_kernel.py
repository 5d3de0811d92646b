"""The parts of the photon kernel, each against its law."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import eval_legendre, i0e, stdtrit

from nervelight.optics.beams import Disc, Gaussian
from nervelight.transport import photon_kernel as kernel

# First outputs from the state (1, 2, 3, 4), as the authors' xoshiro256plusplus.c gives them (test of rand_xoshiro).
XOSHIRO = [
    41943041,
    58720359,
    3588806011781223,
    3591011842654386,
    9228616714210784205,
    9973669472204895162,
    14011001112246962877,
    12406186145184390807,
    15849039046786891736,
    10450023813501588000,
]
DRAWS = 40_000
# Two-sided, one false alarm in 10,000 for each test.
BOUND = -stdtrit(DRAWS - 1, 0.5e-4)


def generator(seed):
    return np.random.SeedSequence(seed).generate_state(4, np.uint64)


def z_score(values, expected):
    return (np.mean(values) - expected) / (np.std(values, ddof=1) / math.sqrt(len(values)))


def unit_vectors():
    def build(cosine, azimuth):
        sine = math.sqrt(1 - cosine * cosine)
        return sine * math.cos(azimuth), sine * math.sin(azimuth), cosine

    return st.builds(build, st.floats(-1, 1), st.floats(0, 2 * math.pi))


def test_random_bits_are_those_of_the_reference():
    state = np.array([1, 2, 3, 4], dtype=np.uint64)
    assert [int(kernel.next_bits(state)) for _ in XOSHIRO] == XOSHIRO


def test_uniform_numbers_are_uniform():
    state = generator(1)
    u = np.array([kernel.uniform(state) for _ in range(DRAWS)])
    assert (u >= 0).all()
    assert (u < 1).all()
    for power in (1, 2, 3):
        assert abs(z_score(u**power, 1 / (power + 1))) < BOUND
    assert abs(z_score(u[1:] * u[:-1], 0.25)) < BOUND


@pytest.mark.parametrize("g", [-0.7, -0.01, 0.0, 1e-9, 0.3, 0.75, 0.9])
def test_scattering_cosines_have_the_moments_of_henyey_and_greenstein(g):
    # The cosine is the inverse of the distribution function: the mean over u of P_l is g^l.
    u, weight = np.polynomial.legendre.leggauss(400)
    cosine = np.array([kernel.scattering_cosine(g, value) for value in (u + 1) / 2])
    for order in range(1, 6):
        assert weight @ eval_legendre(order, cosine) / 2 == pytest.approx(g**order, abs=1e-10)


@pytest.mark.parametrize("g", [-0.9, 0.0, 0.5, 0.99])
def test_scattering_cosines_run_from_backward_to_forward(g):
    cosine = [kernel.scattering_cosine(g, u) for u in np.linspace(0, 1, 101)]
    assert cosine[0] == pytest.approx(-1, abs=1e-9)
    assert cosine[-1] == pytest.approx(1, abs=1e-9)
    assert min(np.diff(cosine)) > 0


@pytest.mark.parametrize("g", [-0.5, 0.0, 0.9])
def test_drawn_cosines_have_the_same_moments(g):
    state = generator(2)
    cosine = np.array([kernel.scattering_cosine(g, kernel.uniform(state)) for _ in range(DRAWS)])
    for order in (1, 2, 3):
        assert abs(z_score(eval_legendre(order, cosine), g**order)) < BOUND


@given(unit_vectors(), st.floats(-1, 1), st.floats(0, 2 * math.pi))
@example((0.0, 0.0, 1.0), 0.5, 1.0)
@example((0.0, 0.0, -1.0), 0.5, 1.0)
def test_a_turned_direction_has_length_one_and_the_angle_asked_for(old, cosine, azimuth):
    sine = math.sqrt(1 - cosine * cosine)
    new = kernel.turned(*old, cosine, sine * math.cos(azimuth), sine * math.sin(azimuth))
    assert math.hypot(*new) == pytest.approx(1, abs=1e-12)
    assert np.dot(new, old) == pytest.approx(cosine, abs=1e-12)


@given(unit_vectors())
@example((0.0, 0.0, -1.0))
def test_the_two_normals_are_normal(old):
    one, other = kernel.turned(*old, 0.0, 1.0, 0.0), kernel.turned(*old, 0.0, 0.0, 1.0)
    assert np.linalg.det([one, other, old]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("index_in", "index_out"), [(1.0, 1.4), (1.4, 1.0), (1.45, 1.37)])
def test_fresnel_by_sines_and_tangents(index_in, index_out):
    for cosine in (0.95, 0.8):
        angle = math.acos(cosine)
        behind = math.asin(math.sin(angle) * index_in / index_out)
        s = math.sin(angle - behind) / math.sin(angle + behind)
        p = math.tan(angle - behind) / math.tan(angle + behind)
        reflectance, found = kernel.fresnel(cosine, index_in, index_out)
        assert reflectance == pytest.approx((s * s + p * p) / 2, rel=1e-12)
        assert found == pytest.approx(math.cos(behind), rel=1e-12)


@given(st.floats(0.01, 1), st.floats(1, 2), st.floats(1, 2))
def test_an_interface_reflects_alike_from_both_sides(cosine, index_in, index_out):
    reflectance, behind = kernel.fresnel(cosine, index_in, index_out)
    assert 0 <= reflectance <= 1
    if behind > 1e-6:
        back, cosine_back = kernel.fresnel(behind, index_out, index_in)
        assert back == pytest.approx(reflectance, rel=1e-6, abs=1e-9)
        assert cosine_back == pytest.approx(cosine, rel=1e-6)


def test_fresnel_at_its_corners():
    assert kernel.fresnel(1.0, 1.0, 1.5) == pytest.approx((0.04, 1.0))
    assert kernel.fresnel(0.5, 1.5, 1.0) == (1.0, 0.0)
    assert kernel.fresnel(0.0, 1.0, 1.5)[0] == pytest.approx(1.0)


def test_crossings_add_up_to_the_fluence_rate_of_even_light():
    # Photons cross in proportion to the cosine: evenly spread light of radiance 1 has a fluence rate of 1 per unit of
    # cosine, and a bounded score must not change that.
    x, weight = np.polynomial.legendre.leggauss(60)
    edges = np.array([0.0, kernel.GRAZING, 0.1, 1.0])
    half = np.diff(edges)[:, None] / 2
    mu, weight = (edges[:-1, None] + half * (x + 1)).ravel(), (half * weight).ravel()
    score = np.array([kernel.crossing_score(value) for value in mu])
    assert weight @ (mu * score) == pytest.approx(1, abs=1e-9)
    assert score.max() == 2 / kernel.GRAZING


def test_bessel_function():
    x = np.concatenate([[0.0], np.geomspace(1e-3, 1e4, 500), [3.75]])
    found = [kernel.scaled_bessel_i0(value) for value in x]
    np.testing.assert_allclose(found, i0e(x), rtol=5e-7)


def scored(beam, r, offset):
    shape = kernel.DISC if isinstance(beam, Disc) else kernel.GAUSSIAN
    return kernel.mean_irradiance(shape, beam.radius, r, offset)


@pytest.mark.parametrize(("r", "offset"), [(0.0, 0.0), (0.0, 2.9), (0.0, 3.1), (2.0, 0.0), (2.0, 1.5), (7.0, 5.0)])
@pytest.mark.parametrize("beam", [Disc(3.0), Gaussian(3.0)], ids=lambda beam: type(beam).__name__)
def test_mean_irradiance_is_the_mean_over_a_circle(beam, r, offset):
    angle = 2 * np.pi * (np.arange(200_000) + 0.5) / 200_000
    away = np.sqrt(np.maximum(r**2 + offset**2 + 2 * r * offset * np.cos(angle), 0.0))
    assert scored(beam, r, offset) == pytest.approx(beam.irradiance(away).mean(), rel=3e-5, abs=1e-12)


@pytest.mark.parametrize("offset", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("beam", [Disc(3.0), Gaussian(3.0)], ids=lambda beam: type(beam).__name__)
def test_moving_a_beam_about_keeps_its_watt(beam, offset):
    r = np.linspace(0, 30, 30_001)
    found = np.array([scored(beam, value, offset) for value in r])
    assert np.trapezoid(2 * np.pi * r * found, r) == pytest.approx(1, abs=1e-4)


def test_the_edge_of_a_disc_is_the_mean_of_both_sides():
    assert scored(Disc(3.0), 3.0, 0.0) == Disc(3.0).irradiance(3.0)


def test_chord_through_a_box():
    low, high = (0.0, 0.0, 0.0), (1.0, 2.0, 3.0)
    assert kernel.chord_in_box((-1.0, 1.0, 1.0), (1.0, 0.0, 0.0), 9.0, low, high) == 1
    assert kernel.chord_in_box((0.5, 1.0, 1.0), (0.0, 0.0, 1.0), 0.5, low, high) == 0.5
    assert kernel.chord_in_box((0.5, 2.5, 1.0), (0.0, 0.0, 1.0), 9.0, low, high) == 0
    assert kernel.chord_in_box((-1.0, 1.0, 1.0), (-1.0, 0.0, 0.0), 9.0, low, high) == 0


@given(st.tuples(*[st.floats(-2, 2)] * 3), unit_vectors(), st.floats(0, 5), st.floats(-0.9, 0.9), st.integers(0, 2))
def test_two_halves_of_a_box_hold_what_the_whole_holds(start, direction, length, cut, axis):
    low, high = (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0)
    middle_high, middle_low = list(high), list(low)
    middle_high[axis] = middle_low[axis] = cut
    whole = kernel.chord_in_box(start, direction, length, low, high)
    parts = kernel.chord_in_box(start, direction, length, low, tuple(middle_high))
    parts += kernel.chord_in_box(start, direction, length, tuple(middle_low), high)
    # A path along the cut itself lies in both halves.
    if not (abs(direction[axis]) < 1e-9 and abs(start[axis] - cut) < 1e-6):
        assert parts == pytest.approx(whole, abs=1e-9)
    assert whole <= length + 1e-12
