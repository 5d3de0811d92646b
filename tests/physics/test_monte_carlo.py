"""Photons followed one by one against the discrete ordinates, closed forms, and each other."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtri, stdtrit

from nervelight.errors import UnknownName, ValidityError
from nervelight.optics.beams import Disc, DiscCluster, Gaussian
from nervelight.optics.stack import LayerStack
from nervelight.transport import monte_carlo, solve_beam, solve_plane_wave
from nervelight.transport.monte_carlo import BATCHES, simulate_photons
from nervelight.transport.photon_kernel import GRAZING

SKIN_810NM = LayerStack(
    thickness=np.array([0.02, 0.08, 1.5, 5.0, np.inf]),
    mu_a=np.array([0.0004, 0.2454, 0.0035, 0.0030, 0.0173]),
    mu_s=np.array([36.8, 36.8, 22.2, 13.3, 11.9]),
    g=np.array([0.9, 0.9, 0.9, 0.9, 0.93]),
)
SLAB = LayerStack(np.array([0.2]), np.array([1.0]), np.array([9.0]), np.array([0.75]), refractive_index=1.0)
# A dull slab between glass and water-like layers: each interface refracts, and one scatters backward.
UNEQUAL = LayerStack(
    np.array([0.3, 1.0, 2.0]),
    np.array([0.1, 0.02, 0.05]),
    np.array([10.0, 3.0, 5.0]),
    np.array([0.8, 0.0, -0.3]),
    refractive_index=(1.5, 1.34, 1.45),
)
# A clear layer between turbid ones, which no photon stops in.
CLEAR_BETWEEN = LayerStack(
    np.array([0.5, 1.0, 0.5]), np.array([0.05, 0.0, 0.2]), np.array([4.0, 0.0, 8.0]), np.array([0.6, 0.0, 0.8])
)
FAMILY_LEVEL = 1e-4


def bound(comparisons):
    """What no |z| of a family may exceed: Bonferroni, two-sided, errors estimated from the batches."""
    return -stdtrit(BATCHES - 1, FAMILY_LEVEL / comparisons / 2)


def assert_agree(found, expected, errors):
    found, expected, errors = (np.concatenate([np.ravel(v) for v in values]) for values in (found, expected, errors))
    # What has no error may still differ by rounding.
    z = (found - expected) / np.hypot(errors, 1e-9)
    assert np.abs(z).max() < bound(len(z)), z.round(2)


def assert_agrees_with_ordinates(stack, depth, photons, seed, **light):
    solution = solve_plane_wave(stack, nodes=24, **light)
    found = simulate_photons(stack, beam=None, depth=depth, photons=photons, seed=seed, **light)
    shares = ("specular_reflectance", "diffuse_reflectance", "transmittance", "absorbed")
    assert_agree(
        [*(getattr(found, name) for name in shares), found.fluence_rate[:, 0]],
        [*(getattr(solution, name) for name in shares), solution.fluence_rate(depth)],
        [*(getattr(found, f"{name}_error") for name in shares), found.standard_error[:, 0]],
    )


CASES = {
    "skin": (SKIN_810NM, [0.0, 0.02, 0.05, 0.3, 1.6, 5.0, 10.0, 20.0], {}, 20_000),
    "skin, diffuse": (SKIN_810NM, [0.0, 0.02, 0.05, 0.3, 1.6, 5.0, 10.0, 20.0], {"diffuse_share": 1.0}, 10_000),
    "matched slab, lobe": (SLAB, [0.0, 0.1, 0.2], {"diffuse_share": 0.7, "lobe_exponent": 4.0}, 50_000),
    "unequal indices": (UNEQUAL, [0.0, 0.1, 0.3, 1.0, 1.3, 3.3], {}, 50_000),
    "unequal indices, lobe": (UNEQUAL, [0.0, 0.3, 1.3, 3.3], {"diffuse_share": 1.0, "lobe_exponent": 2.0}, 50_000),
    "clear between": (CLEAR_BETWEEN, [0.0, 0.5, 1.0, 1.5, 2.0], {"diffuse_share": 0.5}, 50_000),
}


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_discrete_ordinates(name):
    stack, depth, light, photons = CASES[name]
    assert_agrees_with_ordinates(stack, depth, photons, seed=1, **light)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_agrees_with_discrete_ordinates_closely(name):
    stack, depth, light, photons = CASES[name]
    assert_agrees_with_ordinates(stack, depth, 10 * photons, seed=2, **light)


@pytest.mark.parametrize(
    ("name", "depth"),
    [("van_de_hulst_slab", [0.0, 0.1, 0.2]), ("giovanelli", [0.0, 0.2, 1.0]), ("mcml_three_layers", [0.0, 1.0, 3.9])],
)
def test_agrees_on_published_problems(published, stack_of, name, depth):
    case = published(name)
    stack = stack_of(case["layers"], case["refractive_index"])
    assert_agrees_with_ordinates(stack, depth, 50_000, seed=3)
    found = simulate_photons(stack, beam=None, depth=depth, photons=50_000, seed=4)
    names = [key for key in case["converged"] if key != "total_reflectance"]
    assert_agree(
        [getattr(found, key) for key in names],
        [case["converged"][key] for key in names],
        [getattr(found, f"{key}_error") for key in names],
    )


def plates(stack):
    """Return what absorbing plates reflect and transmit, and the light both ways at the top of each.

    Incoherent light at normal incidence; each interface and each plate is added from below.
    """
    index = np.array([1.0, *stack.indices, 1.0])
    mirror = ((index[1:] - index[:-1]) / (index[1:] + index[:-1])) ** 2
    through = np.exp(-stack.mu_a * stack.thickness)
    below = np.empty(len(through) + 1)  # reflectance of all that lies below each interface, the interface included
    below[-1] = mirror[-1]
    for j in reversed(range(len(through))):
        beneath = through[j] ** 2 * below[j + 1]
        below[j] = mirror[j] + (1 - mirror[j]) ** 2 * beneath / (1 - mirror[j] * beneath)
    down, downward = 1.0, []
    for j in range(len(through)):
        down *= (1 - mirror[j]) / (1 - mirror[j] * through[j] ** 2 * below[j + 1])
        downward.append(down)
        down *= through[j]
    downward = np.array(downward)
    upward = downward * through**2 * below[1:]
    return below[0], down * (1 - mirror[-1]), downward, upward


def test_absorbing_plates_reflect_and_transmit_as_added_by_hand():
    thickness, mu_a = np.array([0.5, 1.0, 0.7]), np.array([0.4, 0.1, 0.8])
    stack = LayerStack(thickness, mu_a, np.zeros(3), np.zeros(3), refractive_index=(1.9, 1.1, 1.6))
    reflected, transmitted, downward, upward = plates(stack)
    depth = np.array([0.0, 0.2, 0.5, 0.9, 1.5, 2.1])
    layer = np.array([0, 0, 1, 1, 2, 2])
    tau = mu_a[layer] * (depth - stack.tops[layer])
    expected = downward[layer] * np.exp(-tau) + upward[layer] * np.exp(tau)
    found = simulate_photons(stack, beam=None, depth=depth, photons=100_000, seed=5)
    assert_agree(
        [found.specular_reflectance + found.diffuse_reflectance, found.transmittance, found.fluence_rate],
        [reflected, transmitted, expected],
        [found.diffuse_reflectance_error, found.transmittance_error, found.standard_error],
    )


def test_a_lobe_crosses_a_matched_surface_by_its_own_moments():
    # Irradiance goes with mu^m: the mean of 1/mu is (m + 1)/m, and absorption alone makes an integral of the rest.
    m, mu_a, depth = 3.0, 0.8, np.array([0.0, 0.5, 1.0])
    stack = LayerStack(np.array([1.0]), np.array([mu_a]), np.zeros(1), np.zeros(1), refractive_index=1.0)
    found = simulate_photons(stack, beam=None, diffuse_share=1.0, lobe_exponent=m, depth=depth, photons=50_000, seed=6)
    x, weight = np.polynomial.legendre.leggauss(200)
    mu = (x + 1) / 2
    through = np.exp(-mu_a * depth[:, None] / mu)
    rate = (m + 1) * (through * mu ** (m - 1)) @ weight / 2
    assert rate[0] == pytest.approx((m + 1) / m)
    transmittance = (m + 1) * (through[-1] * mu**m) @ weight / 2
    assert_agree(
        [found.fluence_rate[:, 0], found.transmittance],
        [rate, transmittance],
        [found.standard_error[:, 0], found.transmittance_error],
    )


def grazing_error(stack, depth):
    """Return what the bound of the score at grazing angles changes in the fluence rate, relative to it.

    By the light of isotropic scatterers on straight lines through the depth: the source is the fluence rate of the
    discrete ordinates, and the surface mirrors all light that grazes it.
    """
    solution = solve_plane_wave(stack, nodes=24)
    faces = np.append(stack.tops, stack.thickness.sum())
    optical = np.append(0.0, np.cumsum((stack.mu_a + stack.mu_s) * stack.thickness))
    x, weight = np.polynomial.legendre.leggauss(8)
    edges = np.append(0.0, np.geomspace(1e-4 * GRAZING, GRAZING, 9))
    half = np.diff(edges)[:, None] / 2
    mu, mu_weight = (edges[:-1, None] + half * (x + 1)).ravel(), (half * weight).ravel()

    def radiance(start, end):
        away = np.abs(faces - end)
        edges = np.append(0.0, np.geomspace(1e-7, abs(end - start), 50))
        edges = np.unique(np.append(edges, away[away < abs(end - start)]))
        half = np.diff(edges)[:, None] / 2
        z = end + np.sign(start - end) * (edges[:-1, None] + half * (x + 1)).ravel()
        inside = np.clip(z, 0.0, faces[-1])
        layer = np.minimum((inside[:, None] >= stack.tops[1:]).sum(axis=1), len(stack.mu_s) - 1)
        source = stack.mu_s[layer] * solution.fluence_rate(inside) / (4 * np.pi) * (half * weight).ravel()
        depth = np.abs(np.interp(inside, faces, optical) - np.interp(end, faces, optical))
        return np.exp(-depth / mu[:, None]) @ source / mu

    from_surface = np.exp(-np.interp(depth, faces, optical) / mu)
    both_ways = radiance(faces[-1], depth) + radiance(0.0, depth) + from_surface * radiance(faces[-1], 0.0)
    error = 2 * np.pi * (2 / GRAZING * mu - 1) * both_ways @ mu_weight
    return float(error / solution.fluence_rate(depth)[0])


@pytest.mark.parametrize(("free_paths", "least", "most"), [(0.01, 3e-4, 7e-4), (1.0, 0.0, 1e-6)])
def test_light_that_grazes_an_ink_is_hardly_misjudged(free_paths, least, most):
    ink_in_white = LayerStack(np.full(3, 0.5), np.array([0.01, 10.0, 0.01]), np.array([20.0, 1.0, 20.0]), np.zeros(3))
    for border, free_path in ((0.5, -1 / 20.01), (0.5, 1 / 11)):
        assert least <= abs(grazing_error(ink_in_white, border + free_paths * free_path)) < most


def test_light_that_grazes_skin_is_not_misjudged():
    alike = LayerStack(
        np.array([0.1, 1.5, 5.0]), np.array([0.25, 0.0035, 0.003]), np.array([3.68, 2.22, 1.33]), np.zeros(3)
    )
    assert max(abs(grazing_error(alike, depth)) for depth in (0.001, 0.099, 0.101, 0.5, 1.59, 1.61)) < 1e-4


@st.composite
def stacks(draw):
    layers = draw(st.integers(1, 4))
    zero = st.just(0.0)
    columns = (st.floats(0.01, 2), zero | st.floats(0.001, 5), zero | st.floats(0.01, 10), st.floats(-0.9, 0.95))
    thickness, mu_a, mu_s, g = (np.array([draw(column) for _ in range(layers)]) for column in columns)
    if draw(st.booleans()):
        thickness[-1], mu_a[-1] = np.inf, max(mu_a[-1], 0.05)
    index = tuple(draw(st.just(1.0) | st.floats(1.0, 1.8)) for _ in range(layers))
    return LayerStack(thickness, mu_a, mu_s, g, refractive_index=index)


@given(stacks(), st.floats(0, 1), st.floats(0.5, 20), st.sampled_from([None, Disc(1.0), Gaussian(2.0)]))
@settings(max_examples=60)
def test_energy_is_shared_out(stack, share, lobe_exponent, beam):
    found = simulate_photons(
        stack,
        beam=beam,
        diffuse_share=share,
        lobe_exponent=lobe_exponent,
        depth=[0.0, 0.005],
        photons=1280,
        seed=7,
        threads=1,
    )
    total = found.specular_reflectance + found.diffuse_reflectance + found.transmittance + found.absorbed.sum()
    # Only the games for survival change it: 0.003 a photon.
    assert total == pytest.approx(1, abs=6 * 3e-3 / np.sqrt(1280))
    assert np.isfinite(found.fluence_rate).all()
    assert found.fluence_rate.min() >= 0


def test_games_for_survival_are_fair():
    # Every photon dies in the dark, and has played once: a twentieth more or less weight for winners would show.
    ink = LayerStack(np.array([np.inf]), np.array([5.0]), np.array([5.0]), np.array([0.0]), refractive_index=1.0)
    photons = 1_000_000
    found = simulate_photons(ink, beam=None, depth=0.0, photons=photons, seed=20)
    total = found.diffuse_reflectance + found.absorbed.sum()
    assert total == pytest.approx(1, abs=6 * 3e-3 / np.sqrt(photons))


def test_refracted_rays_land_where_snell_says():
    # A lobe falls through a gap of air on glass: where a ray is at a depth follows from two angles.
    m, gap, index, mu_a = 2.0, 1.0, 1.6, 0.3
    stack = LayerStack(
        np.array([gap, np.inf]), np.array([0.0, mu_a]), np.zeros(2), np.zeros(2), refractive_index=(1.0, index)
    )
    beam, depth, radius = Gaussian(1.0), np.array([1.0, 2.0, 4.0]), np.array([0.0, 1.0, 2.5])
    x, weight = np.polynomial.legendre.leggauss(400)
    mu, weight = (x + 1) / 2, weight / 2
    angle, inside = np.arccos(mu), np.arcsin(np.sqrt(1 - mu**2) / index)
    s = np.sin(angle - inside) / np.sin(angle + inside)
    p = np.tan(angle - inside) / np.tan(angle + inside)
    entering = (m + 1) * mu**m * (1 - (s**2 + p**2) / 2) / np.cos(inside)
    below = depth[:, None] - gap
    offset = gap * np.tan(angle) + below * np.tan(inside)
    circle = np.cos(2 * np.pi * np.arange(256) / 256)
    away = np.sqrt(
        radius[:, None, None, None] ** 2
        + offset[:, :, None] ** 2
        + 2 * radius[:, None, None, None] * offset[:, :, None] * circle
    )
    landing = beam.irradiance(away).mean(axis=-1)
    expected = (landing * entering * np.exp(-mu_a * below / np.cos(inside))) @ weight
    found = simulate_photons(
        stack, beam=beam, diffuse_share=1.0, lobe_exponent=m, depth=depth, radius=radius, photons=50_000, seed=21
    )
    assert_agree([found.fluence_rate], [expected.T], [found.standard_error])


MUSCLE = LayerStack(np.array([1.0, np.inf]), np.array([0.02, 0.1]), np.array([10.0, 8.0]), np.array([0.8, 0.9]))


def test_a_gaussian_beam_holds_the_light_of_a_plane_wave():
    # Integrated over each plane: a beam only shares out sideways what a plane wave has everywhere.
    depth = np.array([0.0, 0.5, 1.0, 3.0])
    x, weight = np.polynomial.legendre.leggauss(120)
    r, weight = 30 * (x + 1), 30 * weight
    found = simulate_photons(MUSCLE, beam=Gaussian(3.0), depth=depth, radius=r, photons=10_000, seed=8)
    # The values at all radii are those of the same photons: the error of their sum is that of as many in a plane wave.
    wide = simulate_photons(MUSCLE, beam=None, depth=depth, photons=10_000, seed=9)
    together = found.fluence_rate @ (2 * np.pi * r * weight)
    assert_agree([together], [solve_plane_wave(MUSCLE, nodes=24).fluence_rate(depth)], [wide.standard_error[:, 0]])


@pytest.mark.parametrize("light", [{}, {"diffuse_share": 1.0}], ids=["collimated", "diffuse"])
def test_a_wide_disc_is_a_plane_wave_on_its_axis(light):
    depth = np.array([0.0, 0.5, 1.0, 3.0])
    beam = Disc(200.0)
    found = simulate_photons(MUSCLE, beam=beam, depth=depth, photons=20_000, seed=10, **light)
    expected = solve_plane_wave(MUSCLE, nodes=24, **light).fluence_rate(depth)
    assert_agree([found.fluence_rate[:, 0] * beam.area], [expected], [found.standard_error[:, 0] * beam.area])


@pytest.mark.parametrize("light", [{}, {"diffuse_share": 1.0}], ids=["collimated", "diffuse"])
@pytest.mark.parametrize("beam", [Disc(4.0), Gaussian(6.0)], ids=lambda beam: type(beam).__name__)
def test_beams_agree_with_discrete_ordinates(beam, light):
    depth, radius = np.array([0.5, 1.6, 5.0]), np.array([0.0, 2.0, 8.0])
    found = simulate_photons(SKIN_810NM, beam=beam, depth=depth, radius=radius, photons=10_000, seed=22, **light)
    expected = solve_beam(SKIN_810NM, **light).fluence_rate(beam, depth, radius)
    # The waves are good to 0.1 % of the light on the axis.
    own = 1e-3 * expected[:, :1]
    assert_agree([found.fluence_rate], [expected], [np.hypot(found.standard_error, own)])


@pytest.mark.parametrize("light", [{}, {"diffuse_share": 1.0, "lobe_exponent": 3.0}], ids=["collimated", "lobe"])
@pytest.mark.parametrize("beam", [Disc(2.0), Gaussian(2.0)], ids=lambda beam: type(beam).__name__)
def test_convolved_and_direct_agree(beam, light):
    # At 1.6 mm and more the light is even enough over a cube of 0.4 mm; an error of that would be 0.5 %.
    depth, radius = np.array([1.6, 2.5]), np.array([0.0, 1.5, 3.0])
    convolved, direct = (
        simulate_photons(
            MUSCLE, beam=beam, depth=depth, radius=radius, photons=15_000, seed=11, estimator=how, cell=0.4, **light
        )
        for how in ("convolved", "direct")
    )
    assert_agree(
        [convolved.fluence_rate],
        [direct.fluence_rate],
        [np.hypot(convolved.standard_error, direct.standard_error)],
    )
    # What it is for: less noise from as many photons.
    assert np.all(direct.standard_error > convolved.standard_error)


def test_unscattered_light_of_a_disc_is_no_toss_of_a_coin():
    stack = LayerStack(np.array([1.0]), np.array([0.0]), np.zeros(1), np.zeros(1), refractive_index=1.0)
    beam = Disc(2.0)
    found = simulate_photons(stack, beam=beam, depth=[0.0, 0.5], radius=[0.0, 2.0, 2.1], photons=1000, seed=12)
    np.testing.assert_allclose(found.fluence_rate, np.tile(beam.irradiance([0.0, 2.0, 2.1]), (2, 1)), rtol=1e-12)
    np.testing.assert_allclose(found.standard_error[:, :2], 0, atol=1e-15)
    assert np.isinf(found.standard_error[:, 2]).all()


def arrays(result):
    return [np.asarray(value) for value in vars(result).values()]


def test_a_seed_gives_the_same_bits_on_any_number_of_threads():
    run = {"beam": Disc(3.0), "depth": [0.5, 2.0], "radius": [0.0, 4.0], "photons": 3001}
    one, three, other = (
        simulate_photons(MUSCLE, seed=seed, threads=threads, **run) for seed, threads in ((13, 1), (13, 3), (14, 3))
    )
    assert all(np.array_equal(a, b) for a, b in zip(arrays(one), arrays(three), strict=True))
    assert not np.array_equal(one.fluence_rate, other.fluence_rate)


def test_the_order_of_depths_does_not_matter():
    shuffled = [2.0, 0.0, 1.0, 1.0, 0.3]
    one, other = (
        simulate_photons(MUSCLE, beam=None, depth=d, photons=1000, seed=15) for d in (shuffled, np.sort(shuffled))
    )
    np.testing.assert_array_equal(one.fluence_rate, other.fluence_rate[[4, 0, 2, 3, 1]])
    np.testing.assert_array_equal(one.standard_error, other.standard_error[[4, 0, 2, 3, 1]])


def test_errors_fall_with_the_root_of_the_photons():
    few, many = (
        simulate_photons(SLAB, beam=None, depth=[0.1], photons=n, seed=16) for n in (4 * BATCHES, 64 * BATCHES)
    )
    # Each error is good to 1 / sqrt(2 * 127) = 6 %.
    tolerance = 4 * np.sqrt(2) * 0.063
    assert few.diffuse_reflectance_error / many.diffuse_reflectance_error == pytest.approx(4, rel=tolerance)
    assert few.standard_error[0, 0] / many.standard_error[0, 0] == pytest.approx(4, rel=tolerance)


def test_errors_are_the_spread_of_repeated_runs():
    runs = [simulate_photons(SLAB, beam=None, depth=[0.1], photons=1280, seed=seed, threads=1) for seed in range(60)]
    solution = solve_plane_wave(SLAB, nodes=24)
    z = np.array(
        [
            [
                (run.transmittance - solution.transmittance) / run.transmittance_error,
                (run.fluence_rate[0, 0] - solution.fluence_rate(0.1)[0]) / run.standard_error[0, 0],
            ]
            for run in runs
        ]
    )
    # The sum of the squares follows chi-square with 60 degrees of freedom, nearly.
    low, high = chdtri(60, 1 - FAMILY_LEVEL / 4), chdtri(60, FAMILY_LEVEL / 4)
    assert ((low < (z**2).sum(axis=0)) & ((z**2).sum(axis=0) < high)).all()


def test_progress_is_told_by_the_calling_thread():
    calls = []
    simulate_photons(
        SLAB,
        beam=None,
        depth=0.1,
        photons=1000,
        seed=17,
        progress=lambda done, total: calls.append((done, total, threading.get_ident())),
    )
    done, total, thread = zip(*calls, strict=True)
    assert len(done) == BATCHES
    assert list(done) == sorted(done)
    assert done[-1] == 1000
    assert set(total) == {1000}
    assert set(thread) == {threading.get_ident()}


def test_whoever_listens_may_stop_the_run():
    calls = []

    def stop(*call):
        calls.append(call)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_photons(SLAB, beam=None, depth=0.1, photons=10**6, seed=18, progress=stop)
    assert calls == [(10**6 // BATCHES, 10**6)]


def test_a_photon_that_never_ends_is_an_error(monkeypatch):
    monkeypatch.setattr(monte_carlo, "LONGEST_WALK", 20)
    with pytest.raises(ValidityError, match="20 steps"):
        simulate_photons(SKIN_810NM, beam=None, depth=0.1, photons=BATCHES, seed=19)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"depth": [-0.1]}, "depth"),
        ({"depth": [0.3]}, "depth"),
        ({"depth": [np.nan]}, "depth"),
        ({"depth": [[0.1]]}, "depth"),
        ({"radius": [-1.0]}, "radius"),
        ({"radius": [np.inf]}, "radius"),
        ({"diffuse_share": 1.1}, "diffuse_share"),
        ({"diffuse_share": np.nan}, "diffuse_share"),
        ({"lobe_exponent": 0.0}, "lobe_exponent"),
        ({"photons": BATCHES - 1}, "photons"),
        ({"seed": -1}, "seed"),
        ({"cell": 0.0}, "cell"),
        ({"threads": 0}, "threads"),
        ({"beam": DiscCluster(Disc(1.0), [(0.0, 0.0)])}, "beam"),
        ({"beam": None, "estimator": "direct"}, "plane wave"),
    ],
)
def test_impossible_runs_are_refused(wrong, message):
    run = {"beam": Disc(1.0), "depth": [0.1], "photons": 1000, "seed": 1}
    with pytest.raises(ValidityError, match=message):
        simulate_photons(SLAB, **(run | wrong))


def test_all_faults_are_named_at_once():
    with pytest.raises(ValidityError, match=r"lobe_exponent.*photons.*seed"):
        simulate_photons(SLAB, beam=None, lobe_exponent=-1.0, depth=0.1, photons=1, seed=-1)


def test_an_estimator_that_is_not_there():
    with pytest.raises(UnknownName, match="did you mean 'direct'"):
        simulate_photons(SLAB, beam=Disc(1.0), depth=0.1, photons=1000, seed=1, estimator="directly")


def test_many_stacks_at_once_are_refused():
    two = LayerStack(np.ones((2, 1)), np.ones((2, 1)), np.ones((2, 1)), np.zeros((2, 1)))
    with pytest.raises(ValidityError, match="one stack"):
        simulate_photons(two, beam=None, depth=0.1, photons=1000, seed=1)


def test_numba_waits_for_the_first_photon():
    code = "import sys, nervelight.transport.monte_carlo; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
