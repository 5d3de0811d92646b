"""Laws that any solution of the transport equation obeys, whatever the tissue."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nervelight.errors import ValidityError
from nervelight.optics.stack import LayerStack
from nervelight.transport import solve_plane_wave

SKIN_810NM = LayerStack(
    thickness=np.array([0.02, 0.08, 1.5, 5.0, np.inf]),
    mu_a=np.array([0.0004, 0.2454, 0.0035, 0.0030, 0.0173]),
    mu_s=np.array([36.8, 36.8, 22.2, 13.3, 11.9]),
    g=np.array([0.9, 0.9, 0.9, 0.9, 0.93]),
)


def powers(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


@st.composite
def stacks(draw, may_be_infinite=True, g_range=(-0.5, 0.98), one_index=False):
    layers = draw(st.integers(1, 6))
    zero = st.just(0.0)
    columns = (powers(-2, 2), zero | powers(-5, 1), zero | powers(-4, 2), st.floats(*g_range))
    thickness, mu_a, mu_s, g = (np.array([draw(column) for _ in range(layers)]) for column in columns)
    if may_be_infinite and draw(st.booleans()):
        thickness[-1], mu_a[-1] = np.inf, max(mu_a[-1], 1e-5)
    index = draw(st.just(1.0) | st.floats(1.0, 1.6))
    if not one_index and draw(st.booleans()):
        index = tuple(draw(st.sampled_from([1.0, 1.37, 1.4]) | st.floats(1.0, 1.6)) for _ in range(layers))
    return LayerStack(thickness, mu_a, mu_s, g, refractive_index=index)


def depths_in(stack):
    inside = np.where(np.isinf(stack.thickness), 20.0, stack.thickness) * np.array([[0.01], [0.5], [0.99]])
    return np.sort(np.concatenate([stack.tops, (stack.tops + inside).ravel()]))


# A clear slab traps no light; a white one 100 mm thick keeps none.
CLEAR = LayerStack(np.array([1.0]), np.zeros(1), np.zeros(1), np.zeros(1), refractive_index=1.5)
WHITE = LayerStack(np.array([100.0]), np.zeros(1), np.array([100.0]), np.zeros(1), refractive_index=1.6)

# An index that differs from that of air in its last digit only.
ALL_BUT_MATCHED = LayerStack(
    np.ones(6), np.zeros(6), np.eye(6)[1], 0.75 * np.eye(6)[1], refractive_index=float(np.nextafter(1.0, 2.0))
)


@given(stacks(), st.floats(0, 1))
@example(CLEAR, 1.0)
@example(ALL_BUT_MATCHED, 0.0)
@example(WHITE, 0.0)
@settings(deadline=None, max_examples=300)
def test_energy_balances_and_no_light_is_negative(stack, share):
    found = solve_plane_wave(stack, diffuse_share=share)
    out = found.specular_reflectance + found.diffuse_reflectance + found.transmittance
    assert out + found.absorbed.sum() == pytest.approx(1, abs=1e-6)
    assert min(found.diffuse_reflectance, found.transmittance, found.absorbed.min()) > -1e-9
    fluence_rate = found.fluence_rate(depths_in(stack))
    assert np.isfinite(fluence_rate).all()
    assert fluence_rate.min() > -1e-9


@given(stacks(may_be_infinite=False))
@settings(deadline=None, max_examples=100)
def test_diffuse_transmittance_is_the_same_from_either_side(stack):
    there, back = (solve_plane_wave(s, diffuse_share=1.0).transmittance for s in (stack, stack.reversed()))
    assert there == pytest.approx(back, rel=1e-6, abs=1e-9)


# Eight orders of a sharper forward peak go below zero at some angles: rare scattering in clear tissue may then
# add too little light, and absorbing it elsewhere seems to add some: at most 0.3 % of what arrives.
@pytest.mark.parametrize(("greatest_g", "tolerance"), [(0.7, 1e-9), (0.98, 5e-3)])
@given(data=st.data(), more=powers(-4, 0))
@settings(deadline=None, max_examples=100)
def test_more_absorption_leaves_less_light_at_every_depth(greatest_g, tolerance, data, more):
    stack = data.draw(stacks(g_range=(0.0, greatest_g)))
    layer = data.draw(st.integers(0, len(stack.thickness) - 1))
    mu_a = stack.mu_a.copy()
    mu_a[layer] += more
    darker = LayerStack(stack.thickness, mu_a, stack.mu_s, stack.g, refractive_index=stack.refractive_index)
    depth = depths_in(stack)
    before, after = (solve_plane_wave(s).fluence_rate(depth) for s in (stack, darker))
    assert np.all(after <= before * (1 + 1e-6) + tolerance)


# Where the index changes the fluence rate jumps: refraction changes the solid angle of the light.
@given(stacks(one_index=True), st.floats(0, 1))
@example(ALL_BUT_MATCHED, 0.0)
@settings(deadline=None, max_examples=100)
def test_fluence_rate_is_continuous(stack, share):
    interfaces = stack.tops[1:]
    solution = solve_plane_wave(stack, diffuse_share=share)
    above, below = (solution.fluence_rate(np.nextafter(interfaces, side)) for side in (0.0, np.inf))
    np.testing.assert_allclose(above, below, rtol=1e-6, atol=1e-9)


@given(stacks(), st.floats(0, 1))
@settings(deadline=None, max_examples=50)
def test_sources_superpose(stack, share):
    collimated, diffuse, mixed = (
        solve_plane_wave(stack, diffuse_share=s).fluence_rate(depths_in(stack)) for s in (0.0, 1.0, share)
    )
    np.testing.assert_allclose(mixed, (1 - share) * collimated + share * diffuse, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("split", [0.1, 0.9])
def test_a_layer_cut_in_two_is_still_one(split):
    # The lower part of a cut layer sees light that has been scattered before: no shortcut survives this.
    thickness = np.insert(SKIN_810NM.thickness, 3, SKIN_810NM.thickness[2] * (1 - split))
    thickness[2] *= split
    cut = LayerStack(thickness, *(np.insert(v, 3, v[2]) for v in (SKIN_810NM.mu_a, SKIN_810NM.mu_s, SKIN_810NM.g)))
    depth = np.linspace(0, 20, 41)
    one, two = (solve_plane_wave(stack, diffuse_share=0.3).fluence_rate(depth) for stack in (SKIN_810NM, cut))
    np.testing.assert_allclose(one, two, rtol=1e-9)


def test_absorption_alone_follows_beer_and_lambert():
    thickness, mu_a = np.array([0.5, 2.0, 1.0]), np.array([0.3, 1.2, 0.0])
    stack = LayerStack(thickness, mu_a, np.zeros(3), np.full(3, 0.9), refractive_index=1.0)
    found = solve_plane_wave(stack)
    depth = np.linspace(0, 3.5, 36)
    optical = np.interp(depth, [0, 0.5, 2.5, 3.5], [0, 0.15, 2.55, 2.55])
    np.testing.assert_allclose(found.fluence_rate(depth), np.exp(-optical), rtol=1e-12)
    assert found.transmittance == pytest.approx(np.exp(-2.55), rel=1e-12)
    assert found.diffuse_reflectance == pytest.approx(0, abs=1e-15)


def test_a_clear_plate_reflects_from_both_faces():
    # Geometric series of a lossless plate: R = 2 r / (1 + r), of which r at the first face.
    found = solve_plane_wave(CLEAR)
    assert found.specular_reflectance == pytest.approx(0.04, abs=1e-12)
    assert found.diffuse_reflectance == pytest.approx(2 * 0.04 / 1.04 - 0.04, abs=1e-12)


def test_lambertian_light_meets_the_fresnel_mean():
    # Mean over the hemisphere from air to 1.4 by quadrature in the angle, with Fresnel's sines and tangents.
    angle, weight = np.polynomial.legendre.leggauss(400)
    angle = (angle + 1) * np.pi / 4
    inside = np.arcsin(np.sin(angle) / 1.4)
    s = np.sin(angle - inside) / np.sin(angle + inside)
    p = np.tan(angle - inside) / np.tan(angle + inside)
    mean = np.sum(weight * np.pi / 4 * (s**2 + p**2) / 2 * np.sin(2 * angle))
    found = solve_plane_wave(SKIN_810NM, diffuse_share=1.0).specular_reflectance
    assert found == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_eight_nodes_are_enough_in_skin(share):
    depth = np.array([0.1, 0.5, 1.6, 3.0, 6.6, 9.1, 20.0])
    eight, sixteen = (solve_plane_wave(SKIN_810NM, diffuse_share=share, nodes=n).fluence_rate(depth) for n in (8, 16))
    np.testing.assert_allclose(eight, sixteen, rtol=1e-3)


def test_a_batch_is_its_members():
    rng = np.random.default_rng(1)
    spread = rng.lognormal(0, 0.3, (3, 2, 120, 5))
    stacks = LayerStack(
        *(np.broadcast_to(v, spread.shape) for v in (SKIN_810NM.thickness,)),
        *(getattr(SKIN_810NM, name) * spread for name in ("mu_a", "mu_s")),
        np.broadcast_to(SKIN_810NM.g, spread.shape),
    )
    share = rng.random((2, 120))
    together = solve_plane_wave(stacks, diffuse_share=share)
    depth = np.array([0.0, 1.0, 9.1])
    assert together.absorbed.shape == (3, 2, 120, 5)
    assert together.fluence_rate(depth).shape == (3, 2, 120, 3)
    for at in [(0, 0, 0), (1, 1, 17), (2, 1, 119)]:
        one = LayerStack(stacks.thickness[at], stacks.mu_a[at], stacks.mu_s[at], stacks.g[at])
        alone = solve_plane_wave(one, diffuse_share=share[at[1:]])
        np.testing.assert_allclose(together.fluence_rate(depth)[at], alone.fluence_rate(depth), rtol=1e-11)
        np.testing.assert_allclose(together.absorbed[at], alone.absorbed, rtol=1e-11)
        np.testing.assert_allclose(together.diffuse_reflectance[at], alone.diffuse_reflectance, rtol=1e-11)


def test_each_stack_may_have_its_own_depths():
    stacks = LayerStack(
        *(np.stack([v, v]) for v in (SKIN_810NM.thickness, SKIN_810NM.mu_a, SKIN_810NM.mu_s, SKIN_810NM.g))
    )
    solution = solve_plane_wave(stacks)
    rows = solution.fluence_rate([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(rows.ravel(), solution.fluence_rate([1.0, 2.0, 3.0, 4.0])[0])


@pytest.mark.parametrize("depth", [-0.1, np.nan, np.inf, 1.1])
def test_depths_outside_are_refused(depth):
    with pytest.raises(ValidityError, match="depth"):
        solve_plane_wave(CLEAR).fluence_rate(depth)


def test_impossible_sources_are_refused():
    with pytest.raises(ValidityError, match="diffuse_share"):
        solve_plane_wave(CLEAR, diffuse_share=1.2)
    with pytest.raises(ValidityError, match="nodes"):
        solve_plane_wave(CLEAR, nodes=1)
