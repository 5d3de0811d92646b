"""Layers of unequal refractive index against closed forms, and laws that they keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.errors import ValidityError
from nervelight.optics.beams import Disc
from nervelight.optics.stack import LayerStack
from nervelight.transport import BeamAccuracy, solve_beam, solve_both_sides, solve_plane_wave
from nervelight.transport.quadrature import interfaces, layer_quadratures

# Skin, fat and muscle with indices as far apart as published ones, and with a gap of air.
TISSUE = {
    "thickness": [0.02, 0.08, 1.5, 5.0, np.inf],
    "mu_a": [0.0004, 0.2454, 0.0035, 0.0030, 0.0173],
    "mu_s": [36.8, 36.8, 22.2, 13.3, 11.9],
    "g": [0.9, 0.9, 0.9, 0.9, 0.93],
    "refractive_index": [1.5, 1.43, 1.38, 1.46, 1.37],
}
GAP = {
    "thickness": [1.0, 0.3, np.inf],
    "mu_a": [0.02, 0.0, 0.05],
    "mu_s": [10.0, 0.0, 8.0],
    "g": [0.8, 0.0, 0.8],
    "refractive_index": [1.4, 1.0, 1.4],
}
OUTSIDE_OF_THE_GAP = np.array([0.5, 1.35, 2.0, 5.0])
incidences = pytest.mark.parametrize("share", [0.0, 1.0], ids=["collimated", "diffuse"])
index = st.sampled_from([1.0, 1.33, 1.4]) | st.floats(1.0, 2.0)


def stack_of(values, **changes):
    return LayerStack(**{name: np.asarray(value) for name, value in (values | changes).items()})


def plates(indices, thickness, mu_a):
    return LayerStack(
        np.array(thickness), np.array(mu_a), np.zeros(len(indices)), np.zeros(len(indices)), refractive_index=indices
    )


def light_in_plates(indices, through, reflectance):
    """Light that runs up and down between plates, by solving for all of it at once.

    Parameters
    ----------
    indices : length J
    through : ndarray, shape (J,)
        What each plate lets through in one passage.
    reflectance : function of two indices
        Of a plane, the same from both sides.

    Returns
    -------
    out : (float, float)
        Reflected and transmitted.
    down, up : ndarray, shape (J,)
        Irradiance at the top of each plate on its way down, at its bottom on its way up.
    """
    plates = len(indices)
    mirror = [reflectance(a, b) for a, b in zip([1.0, *indices], [*indices, 1.0], strict=True)]
    equations, given_light = np.eye(2 * plates), np.zeros(2 * plates)
    for j in range(plates):
        if j:
            equations[j, j - 1] = -(1 - mirror[j]) * through[j - 1]
        else:
            given_light[0] = 1 - mirror[0]
        equations[j, plates + j] = -mirror[j] * through[j]
        if j < plates - 1:
            equations[plates + j, plates + j + 1] = -(1 - mirror[j + 1]) * through[j + 1]
        equations[plates + j, j] = -mirror[j + 1] * through[j]
    down, up = np.linalg.solve(equations, given_light).reshape(2, plates)
    out = mirror[0] + (1 - mirror[0]) * through[0] * up[0], (1 - mirror[-1]) * through[-1] * down[-1]
    return out, down, up


def at_normal(first, second):
    return ((first - second) / (first + second)) ** 2


@st.composite
def piles(draw, most=5):
    layers = draw(st.integers(1, most))
    column = st.floats(0.01, 5)
    return tuple(
        [draw(values) for _ in range(layers)] for values in (index, column, st.just(0.0) | st.floats(0.001, 2))
    )


@given(piles())
def test_collimated_light_in_plates_is_the_sum_of_all_reflections(pile):
    indices, stack = pile[0], plates(*pile)
    through = np.exp(-stack.mu_a * stack.thickness)
    (reflected, transmitted), down, up = light_in_plates(indices, through, at_normal)
    found = solve_plane_wave(stack)
    assert found.specular_reflectance == pytest.approx(at_normal(1.0, indices[0]), abs=1e-12)
    assert found.specular_reflectance + found.diffuse_reflectance == pytest.approx(reflected, rel=1e-9, abs=1e-12)
    assert found.transmittance == pytest.approx(transmitted, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(found.absorbed, (1 - through) * (down + up), rtol=1e-8, atol=1e-12)
    inside = 0.3 * stack.thickness
    expected = down * np.exp(-stack.mu_a * inside) + up * np.exp(-stack.mu_a * (stack.thickness - inside))
    np.testing.assert_allclose(found.fluence_rate(stack.tops + inside), expected, rtol=1e-8, atol=1e-12)


def test_the_last_plate_may_go_on_for_ever():
    stack = plates([1.5, 1.3], [2.0, np.inf], [0.1, 0.4])
    (reflected, _), down, up = light_in_plates([1.5, 1.3], np.array([np.exp(-0.2), 0.0]), at_normal)
    found = solve_plane_wave(stack)
    assert found.specular_reflectance + found.diffuse_reflectance == pytest.approx(reflected, rel=1e-12)
    assert found.fluence_rate(5.0)[0] == pytest.approx(down[1] * np.exp(-0.4 * 3), rel=1e-12)
    assert found.fluence_rate(1.0)[0] == pytest.approx((down[0] + up[0]) * np.exp(-0.1), rel=1e-12)


def at_sine(p):
    """Reflectance of unpolarised light of n sin(angle) = p, by Fresnel's sines and tangents."""

    def reflectance(first, second):
        if first == second:
            return 0.0
        one, other = np.arcsin(p / first), np.arcsin(p / second)
        s = np.sin(one - other) / np.sin(one + other)
        t = np.tan(one - other) / np.tan(one + other)
        return (s**2 + t**2) / 2

    return reflectance


@pytest.mark.parametrize(
    ("indices", "mu_a"),
    [
        ((1.4, 1.0, 1.4), (0.0, 0.0, 0.0)),
        ((1.4, 1.6, 1.4), (0.0, 0.0, 0.0)),
        ((1.5, 1.43, 1.38, 1.46, 1.37), (0.0,) * 5),
        ((1.4, 1.0, 1.4), (0.2, 0.0, 0.3)),
        ((1.5, 1.43, 1.38, 1.46, 1.37), (0.1, 0.3, 0.0, 0.2, 0.5)),
    ],
)
@pytest.mark.parametrize("lobe_exponent", [1.0, 4.8])
def test_light_from_all_directions_in_plates_is_the_mean_over_them(indices, mu_a, lobe_exponent):
    # Where nothing scatters no direction knows of another; irradiance goes with the cosine to the power of m.
    nodes, weights = np.polynomial.legendre.leggauss(200)
    cosine, weights = (nodes + 1) / 2, weights / 2 * (lobe_exponent + 1) * ((nodes + 1) / 2) ** lobe_exponent
    reflected, transmitted, fluence_rate = 0.0, 0.0, np.zeros(len(indices))
    for mu, weight in zip(cosine, weights, strict=True):
        p = np.sqrt(1 - mu**2)
        slant = np.sqrt(1 - (p / np.array(indices)) ** 2)
        through = np.exp(-np.array(mu_a) / slant)
        (back, out), down, up = light_in_plates(indices, through, at_sine(p))
        reflected += weight * back
        transmitted += weight * out
        fluence_rate += weight * (down + up) * np.sqrt(through) / slant
    stack = plates(indices, [1.0] * len(indices), mu_a)
    found = solve_plane_wave(stack, diffuse_share=1.0, lobe_exponent=lobe_exponent, nodes=24)
    total = found.specular_reflectance + found.diffuse_reflectance
    assert total == pytest.approx(reflected, rel=1e-6)
    assert found.transmittance == pytest.approx(transmitted, rel=1e-6)
    np.testing.assert_allclose(found.fluence_rate(stack.tops + 0.5), fluence_rate, rtol=1e-5)
    eight = solve_plane_wave(stack, diffuse_share=1.0, lobe_exponent=lobe_exponent)
    assert eight.transmittance == pytest.approx(transmitted, rel=3e-3)


# A layer that scatters too little to fill all directions from the others never comes to rest.
@st.composite
def white(draw):
    layers = draw(st.integers(1, 5))
    columns = (st.floats(0.01, 10), st.just(0.0), st.floats(0.5, 50), st.floats(-0.5, 0.95), index)
    thickness, mu_a, mu_s, g, n = ([draw(column) for _ in range(layers)] for column in columns)
    return LayerStack(*map(np.array, (thickness, mu_a, mu_s, g)), refractive_index=n)


@given(white(), st.floats(0, 1))
@settings(max_examples=60)
def test_light_at_rest_fills_each_medium_by_the_square_of_its_index(stack, place):
    # Lit evenly from both sides, lossless layers hold the same radiance over n^2 everywhere, whatever they scatter:
    # pi times the radiance is 1/2, the fluence rate 4 pi n^2 times it.
    found = solve_both_sides(stack, diffuse_share=1.0).fluence_rate(stack.tops + place * stack.thickness * (1 - 1e-9))
    np.testing.assert_allclose(found, 2 * np.array(stack.indices) ** 2, rtol=1e-6)


@incidences
@pytest.mark.parametrize("values", [TISSUE, GAP], ids=["tissue", "gap"])
def test_all_light_is_reflected_absorbed_or_let_through(values, share):
    # Scattered light of a collimated beam starts below inner planes, and is caught there.
    for bottom in (np.inf, 2.0):
        stack = stack_of(values, thickness=[*values["thickness"][:-1], bottom])
        found = solve_plane_wave(stack, diffuse_share=share)
        out = found.specular_reflectance + found.diffuse_reflectance + found.transmittance
        assert out + found.absorbed.sum() == pytest.approx(1, abs=1e-9)


@given(index, index, st.integers(2, 24))
def test_a_plane_passes_as_much_light_either_way(first, second, nodes):
    # n^2 times the flux that gets through is the same, for each direction and so for all together.
    layers = layer_quadratures((first, second), nodes)
    plane = interfaces(layers)[1]
    above, below = layers
    down = above.refractive_index**2 * above.flux * np.sqrt(above.weights) @ (1 - plane.above)
    up = below.refractive_index**2 * below.flux * np.sqrt(below.weights) @ (1 - plane.below)
    assert down == pytest.approx(up, rel=1e-7)
    # Beyond the critical angle all is reflected; what is common to both media is not.
    common = len(plane.downward)
    assert np.all(plane.above[:-common] > 1 - 1e-9)
    assert np.all(plane.below[:-common] > 1 - 1e-9)
    assert np.all(plane.above[-common:] < 1 - 1e-9)


@pytest.mark.parametrize("lobe_exponent", [1.0, 4.8])
@given(piles(most=4), st.floats(0, 1))
@settings(max_examples=40)
def test_a_stack_upside_down_is_the_stack_lit_from_below(lobe_exponent, pile, share):
    indices, thickness, mu_a = pile
    layers = len(indices)
    stack = LayerStack(
        np.array(thickness), np.array(mu_a), np.full(layers, 5.0), np.full(layers, 0.7), refractive_index=indices
    )
    light = {"diffuse_share": share, "lobe_exponent": lobe_exponent}
    middle = stack.tops + stack.thickness / 2
    from_below = solve_both_sides(stack, share_below=1.0, **light).fluence_rate(middle)
    turned = solve_plane_wave(stack.reversed(), **light).fluence_rate((stack.thickness.sum() - middle)[::-1])
    np.testing.assert_allclose(from_below[::-1], turned, rtol=1e-7, atol=1e-12)
    # Unscattered light passes as much either way, and so does light from all directions; a lobe does not.
    if lobe_exponent == 1.0:
        there, back = (solve_plane_wave(s, diffuse_share=1.0).transmittance for s in (stack, stack.reversed()))
        assert there == pytest.approx(back, rel=1e-6, abs=1e-12)
    there, back = (solve_plane_wave(plates(s.indices, s.thickness, s.mu_a)) for s in (stack, stack.reversed()))
    assert there.transmittance == pytest.approx(back.transmittance, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize(("layer", "split"), [(0, 0.5), (2, 0.1), (2, 0.9), (4, 2.0)])
def test_a_layer_cut_in_two_is_still_one(layer, split):
    # The layer without end is cut so many mm below its top.
    upper = split * TISSUE["thickness"][layer] if layer < 4 else split
    cut = {name: np.insert(values, layer, values[layer]) for name, values in TISSUE.items()}
    cut["thickness"][layer], cut["thickness"][layer + 1] = upper, TISSUE["thickness"][layer] - upper
    depth = np.array([0.01, 0.05, 0.4, 1.55, 3.0, 6.6, 9.0])
    one, two = (solve_plane_wave(s, diffuse_share=0.5).fluence_rate(depth) for s in map(stack_of, (TISSUE, cut)))
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_a_layer_cut_in_two_is_still_one_under_a_beam():
    cut = {name: np.insert(values, 1, values[1]) for name, values in GAP.items()}
    cut["thickness"][1:3] = 0.1, 0.2
    one, two = (
        solve_beam(s, diffuse_share=0.5).fluence_rate(Disc(5.0), OUTSIDE_OF_THE_GAP, [0.0, 6.0])
        for s in map(stack_of, (GAP, cut))
    )
    np.testing.assert_allclose(one, two, rtol=1e-6)


@incidences
def test_indices_that_hardly_differ_act_as_one(share):
    values = GAP | {"mu_s": [10.0, 9.0, 8.0], "mu_a": [0.02, 0.03, 0.05]}
    depth, radius = np.array([0.2, 0.9, 1.1, 1.6, 4.0]), [0.0, 8.0]

    def light(*indices):
        stack = stack_of(values, refractive_index=indices)
        wide = solve_plane_wave(stack, diffuse_share=share)
        narrow = solve_beam(stack, diffuse_share=share, finest=1.0).fluence_rate(Disc(5.0), depth, radius)
        return np.concatenate([[wide.diffuse_reflectance], wide.fluence_rate(depth), narrow.ravel()])

    one = light(1.4, 1.4, 1.4)
    for difference in (1e-2, 1e-3, 1e-4, 1e-6, -1e-3, -1e-6):
        # Refraction changes the fluence rate by the square of the index, and trapped light adds as much.
        off = light(1.4, 1.4 + difference, 1.4) / one - 1
        assert np.abs(off).max() < 4 * abs(difference)
        # Between the layers the light is not the same: the test above looks at something.
        assert np.abs(off).max() > 0.5 * abs(difference)
    # Indices that nothing can tell apart are one to the last digit.
    np.testing.assert_array_equal(light(1.4, 1.4 + 1e-9, 1.4), one)


def test_the_order_of_indices_matters():
    # Guards the tests above: a solver that took one mean index would pass several of them.
    up, down = (
        solve_plane_wave(stack_of(GAP, refractive_index=indices), diffuse_share=1.0).fluence_rate([0.5, 2.0])
        for indices in ((1.5, 1.4, 1.3), (1.3, 1.4, 1.5))
    )
    assert np.all(np.abs(up / down - 1) > 0.05)


@incidences
@pytest.mark.parametrize("values", [TISSUE, GAP], ids=["tissue", "gap"])
def test_a_beam_shares_out_the_light_of_a_plane_wave(values, share):
    beams = solve_beam(stack_of(values), diffuse_share=share)
    plane = beams.plane.fluence_rate(OUTSIDE_OF_THE_GAP)
    np.testing.assert_allclose(beams.spectrum(0.0, OUTSIDE_OF_THE_GAP)[:, 0], plane, rtol=1e-9)
    wide = beams.fluence_rate(Disc(300.0), OUTSIDE_OF_THE_GAP)[:, 0] * Disc(300.0).area
    np.testing.assert_allclose(wide, plane, rtol=2e-5)


@pytest.mark.parametrize("values", [TISSUE, GAP], ids=["tissue", "gap"])
def test_four_directions_a_part_are_enough_for_beams(values):
    stack, radius = stack_of(values), np.array([0.0, 3.0, 9.0])
    few, many = (
        solve_beam(stack, diffuse_share=0.5, finest=1.0, accuracy=how).fluence_rate(
            Disc(5.0), OUTSIDE_OF_THE_GAP, radius
        )
        for how in (BeamAccuracy(), BeamAccuracy(nodes=5, orders=5, step=0.3, plane_nodes=24))
    )
    assert np.abs((few - many) / many[:, :1]).max() < 2e-3


def test_the_inside_of_a_clear_gap_is_left_to_photons():
    # Grazing light crosses a gap far from where it came: four directions are off by some percent there, and by
    # nothing in the tissue on both sides.
    beams = solve_beam(stack_of(GAP))
    assert np.all(beams.fluence_rate(Disc(5.0), OUTSIDE_OF_THE_GAP) > 0)
    with pytest.raises(ValidityError, match="layer 2 is too clear for a beam of 5 mm radius: light flies any distance"):
        beams.fluence_rate(Disc(5.0), [0.5, 1.15])
    one_index = solve_beam(stack_of(GAP, refractive_index=1.4))
    assert np.all(one_index.fluence_rate(Disc(5.0), [0.5, 1.15]) > 0)
    assert np.all(beams.plane.fluence_rate([0.5, 1.15]) > 0)
