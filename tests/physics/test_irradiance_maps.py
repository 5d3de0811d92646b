"""Light under any pattern on the skin: the Fourier transform of a map against Hankel integrals and the plane wave."""

import numpy as np
import pytest

from nervelight.errors import ValidityError
from nervelight.optics.beams import Disc, DiscCluster, Gaussian
from nervelight.optics.irradiance_map import IrradianceMap, Rectangle, centred_axis
from nervelight.optics.stack import LayerStack
from nervelight.transport import solve_beam

SKIN_810NM = LayerStack(
    thickness=np.array([0.02, 0.08, 1.5, 5.0, np.inf]),
    mu_a=np.array([0.0004, 0.2454, 0.0035, 0.0030, 0.0173]),
    mu_s=np.array([36.8, 36.8, 22.2, 13.3, 11.9]),
    g=np.array([0.9, 0.9, 0.9, 0.9, 0.93]),
    refractive_index=(1.5, 1.43, 1.38, 1.46, 1.37),
)
DEPTH = np.array([0.5, 1.6, 5.0, 10.0])
# Half of the light collimated, half from all directions: either alone is in it.
BEAMS = solve_beam(SKIN_810NM, diffuse_share=0.5)
PLANE = BEAMS.plane.fluence_rate(DEPTH)


def pattern(side, step, irradiance):
    axis = centred_axis(side, step)
    return IrradianceMap(axis, axis, irradiance(*np.meshgrid(axis, axis)))


def disc(radius, step, side):
    """Map of a disc, each cell lit by the share of 16 x 16 points that lie inside."""
    parts = ((np.arange(16) + 0.5) / 16 - 0.5) * step

    def lit(x, y):
        inside = np.hypot(x[..., None, None] + parts, y[..., None, None] + parts[:, None]) < radius
        return inside.mean(axis=(-1, -2)) / Disc(radius).area

    return pattern(side, step, lit)


def middle(values):
    return values[..., values.shape[-2] // 2, values.shape[-1] // 2]


def test_a_rectangle_on_its_axis():
    lit = IrradianceMap.rectangle(30.0, 16.0, 0.5, margin=2.0)
    expected = BEAMS.fluence_rate(Rectangle(30.0, 16.0), DEPTH)[:, 0]
    np.testing.assert_allclose(middle(BEAMS.fluence_rate_map(lit, DEPTH)), expected, rtol=1e-3)


def test_a_disc_at_every_distance():
    lit = disc(6.0, 0.5, 40.0)
    found = BEAMS.fluence_rate_map(lit, DEPTH)[:, len(lit.y) // 2]
    expected = BEAMS.fluence_rate(Disc(6.0), DEPTH, np.abs(lit.x))
    # On the edge, half a millimetre deep, a cell is not a point.
    off = np.abs(found - expected) / expected[:, expected.shape[1] // 2, None]
    assert off[1:].max() < 2e-3
    assert off[0][np.abs(np.abs(lit.x) - 6.0) > 1.0].max() < 5e-3


def test_a_gaussian_at_every_point():
    # Without an edge there is nothing that a step of 1 mm could blur.
    beam = Gaussian(8.0)
    lit = pattern(41.0, 1.0, lambda x, y: beam.irradiance(np.hypot(x, y)))
    found = BEAMS.fluence_rate_map(lit, DEPTH)
    x, y = np.meshgrid(lit.x, lit.y)
    radii, where = np.unique(np.hypot(x, y).round(9), return_inverse=True)
    expected = BEAMS.fluence_rate(beam, DEPTH, radii)[:, where.reshape(x.shape)]
    assert (np.abs(found - expected) / expected.max(axis=(1, 2), keepdims=True)).max() < 1e-5


def test_a_wide_even_field_is_a_plane_wave_in_its_middle():
    lit = IrradianceMap.rectangle(300.0, 300.0, 2.0, radiant_power=300.0**2)
    np.testing.assert_allclose(middle(BEAMS.fluence_rate_map(lit, DEPTH)), PLANE, rtol=1e-4)


def test_light_on_both_sides_of_an_edge_adds_up_to_an_even_field():
    # Half of the skin lit: what is missing on the bright side is what gets to the dark one.
    lit = np.zeros((200, 200))
    lit[:, :100] = 1.0
    found = BEAMS.fluence_rate_map(IrradianceMap(np.arange(200.0), np.arange(200.0), lit), DEPTH)[:, 100]
    near = found[:, 80:120]
    np.testing.assert_allclose(near + near[:, ::-1], np.tile(PLANE[:, None], 40), rtol=2e-4)
    assert np.all(near[:, 0] > 0.8 * PLANE)
    assert np.all(near[:, -1] < 0.2 * PLANE)


def test_all_of_the_light_of_a_small_field_is_on_a_wide_map():
    lit = IrradianceMap.rectangle(10.0, 10.0, 1.0, margin=70.0, radiant_power=0.3)
    total = BEAMS.fluence_rate_map(lit, DEPTH).sum(axis=(1, 2)) * lit.step**2
    np.testing.assert_allclose(total, 0.3 * PLANE, rtol=1e-4)


def test_patterns_add_up_and_may_be_moved():
    rng = np.random.default_rng(5)
    one, other = np.zeros((2, 40, 50))
    one[8:12, 10:20], other[20:30, 25:35] = rng.random((4, 10)), rng.random((10, 10))
    moved = np.roll(one, (3, 7), axis=(0, 1))
    x, y = np.arange(50.0), np.arange(40.0)
    light = [BEAMS.fluence_rate_map(IrradianceMap(x, y, e), DEPTH) for e in (one, other, 2 * one + other, moved)]
    np.testing.assert_allclose(light[2], 2 * light[0] + light[1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(light[3][:, 3:, 7:], light[0][:, :-3, :-7], rtol=1e-9, atol=1e-12)


def test_nothing_comes_round_from_the_other_side():
    # The transform repeats the map for ever; a field on its left edge must not glow on the right.
    lit = np.zeros((20, 60))
    lit[:, :20] = 1.0
    x, y = np.arange(60.0), np.arange(20.0)
    narrow = BEAMS.fluence_rate_map(IrradianceMap(x, y, lit), 10.0)[0]
    wide = np.zeros((20, 200))
    wide[:, :20] = 1.0
    same = BEAMS.fluence_rate_map(IrradianceMap(np.arange(200.0), y, wide), 10.0)[0, :, :60]
    assert np.abs(narrow - same).max() < 1e-3 * same.max()
    assert np.all(np.diff(narrow[10, 20:]) < 0)


def test_a_map_of_a_cluster_is_the_cluster():
    cluster = DiscCluster(Gaussian(4.0), [(-6.0, 0.0), (5.0, 2.0), (0.0, -7.0)], (0.5, 0.3, 0.2))

    def irradiance(x, y):
        return sum(
            share * cluster.beam.irradiance(np.hypot(x - cx, y - cy))
            for (cx, cy), share in zip(cluster.centres, cluster.shares, strict=True)
        )

    lit = pattern(41.0, 1.0, irradiance)
    x, y = np.meshgrid(lit.x[::5], lit.y[::5])
    expected = BEAMS.fluence_rate_at(cluster, DEPTH, x.ravel(), y.ravel()).reshape(len(DEPTH), *x.shape)
    found = BEAMS.fluence_rate_map(lit, DEPTH)[:, ::5, ::5]
    assert np.abs(found - expected).max() < 1e-4 * expected.max()


def test_a_map_needs_one_stack_and_depths_inside():
    lit = IrradianceMap.rectangle(10.0, 10.0, 1.0)
    two = LayerStack(np.full((2, 1), 9.0), np.full((2, 1), 0.1), np.full((2, 1), 9.0), np.zeros((2, 1)))
    with pytest.raises(ValidityError, match=r"one stack, got a batch of shape \(2,\)"):
        solve_beam(two).fluence_rate_map(lit, 1.0)
    with pytest.raises(ValidityError, match="depth must lie between 0"):
        BEAMS.fluence_rate_map(lit, -1.0)


def test_a_pattern_too_small_for_clear_tissue_is_refused():
    clear = LayerStack(np.array([np.inf]), np.array([0.01]), np.array([2.0]), np.array([0.5]))
    beams = solve_beam(clear)
    lit = IrradianceMap.rectangle(10.0, 10.0, 0.25)
    assert np.all(beams.fluence_rate_map(lit, 2.0) > 0)
    with pytest.raises(ValidityError, match=r"layer 1 is too clear for a beam of 0\.376 mm radius"):
        beams.fluence_rate_map(IrradianceMap.rectangle(0.5, 0.5, 0.25), 2.0)
