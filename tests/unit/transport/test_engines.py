"""Adapters of the 3-D engines: against laws and the plane-layer solver, or against a stand-in.

``NERVELIGHT_REQUIRE_ENGINES`` makes a missing engine a failure instead of a skip: ``1`` asks for pmmc, a list such as
``pmmc,pmcxcl`` for those named.
"""

import importlib.machinery
import os
import sys
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import stdtrit

from nervelight.errors import MissingEngine, UnknownName, ValidityError
from nervelight.optics.beams import Disc
from nervelight.optics.stack import LayerStack
from nervelight.transport import solve_beam, solve_plane_wave
from nervelight.transport.engines import (
    DiscSource,
    FluenceMap,
    Medium,
    TetrahedralMesh,
    VoxelVolume,
    extruded_mesh,
    layered_cylinder_mesh,
    layered_cylinder_voxels,
    simulate_mesh,
    simulate_voxels,
    superpose,
)
from nervelight.transport.engines.loading import load_engine

FINGER = [1.0, 1.5, 2.5]
RADIUS, LENGTH = 8.0, 40.0
FROM_ABOVE = DiscSource(centre=(0, 0, 9), direction=(0, 0, -1), radius=10)
BLACK = {label: Medium(2.0, 0.0, 0.0, 1.0) for label in (1, 2, 3, 4)}

# ---- what needs no engine


class StandIn(ModuleType):
    """Answers as an engine does and remembers what it was asked."""

    __version__ = "9.9"

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__spec__ = importlib.machinery.ModuleSpec(name, None)
        self.asked: list[dict[str, Any]] = []

    def gpuinfo(self) -> list[dict[str, str]]:
        os.write(1, b"a list of devices\n")
        return [{"name": "a device"}]

    def run(self, config: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(config)
        print("how it is going")
        shape = config["vol"].shape if "vol" in config else (4, 5, 6)
        return {"flux": np.full((*shape, 1), 3.0 + len(self.asked) % 2)}


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], StandIn]:
    def install(name: str) -> StandIn:
        module = StandIn(name)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    return install


@pytest.fixture(scope="module")
def finger() -> TetrahedralMesh:
    return layered_cylinder_mesh(FINGER, radius=RADIUS, length=LENGTH, air_radius=16, sectors=32)


def faces(mesh: TetrahedralMesh) -> dict[frozenset[int], int]:
    counts: dict[frozenset[int], int] = {}
    for element in mesh.elements.tolist():
        for face in map(frozenset, combinations(element, 3)):
            counts[face] = counts.get(face, 0) + 1
    return counts


def test_the_tetrahedra_of_a_cylinder_fill_its_polygons_layer_by_layer(finger):
    radii = [16, RADIUS, *(RADIUS - np.cumsum(FINGER)), 0]
    polygon = 32 / 2 * np.sin(2 * np.pi / 32) * LENGTH
    volumes = np.bincount(finger.labels, weights=np.abs(finger.volumes))
    assert volumes == pytest.approx([polygon * (a**2 - b**2) for a, b in pairwise(radii)])


def test_neighbours_share_whole_faces(finger):
    counts = faces(finger)
    assert set(counts.values()) == {1, 2}
    outside = [face for face, count in counts.items() if count == 1]
    nodes = finger.nodes[[sorted(face) for face in outside]]
    at_end = (np.abs(nodes[..., 1]) == LENGTH / 2).all(axis=1)
    at_side = np.isclose(np.hypot(nodes[..., 0], nodes[..., 2]), 16).all(axis=1)
    assert (at_end | at_side).all()


def test_both_builders_make_the_same_cylinder(finger):
    volume = layered_cylinder_voxels(FINGER, radius=RADIUS, length=LENGTH, air=4, spacing=0.25)
    voxels = np.bincount(volume.labels.ravel())[1:] * volume.spacing**3
    radii = [RADIUS, *(RADIUS - np.cumsum(FINGER)), 0]
    circles = np.pi * LENGTH * (np.square(radii[:-1]) - np.square(radii[1:]))
    assert voxels == pytest.approx(circles, rel=0.015)
    assert np.bincount(finger.labels, np.abs(finger.volumes))[1:] == pytest.approx(circles, rel=0.01)


@given(st.lists(st.floats(0.1, 3), min_size=2, max_size=5), st.lists(st.floats(0.1, 3), min_size=1, max_size=3))
def test_an_extruded_mesh_has_the_volume_of_its_cross_section(widths, steps):
    x = np.append(0, np.cumsum(widths))
    section = [(a, z) for z in (0, 2) for a in x]
    n = len(x)
    triangles = [t for i in range(n - 1) for t in ((i, i + 1, n + i), (i + 1, n + i + 1, n + i))]
    mesh = extruded_mesh(section, triangles, [1] * len(triangles), np.append(0, np.cumsum(steps)))
    assert np.abs(mesh.volumes).sum() == pytest.approx(2 * sum(widths) * sum(steps))
    assert set(faces(mesh).values()) <= {1, 2}


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Medium(-0.1, 1, 0.9), "mu_a"),
        (lambda: Medium(0.1, np.inf, 0.9), "mu_s"),
        (lambda: Medium(0.1, 1, 1.0), "g of a medium"),
        (lambda: Medium(0.1, 1, 0.9, 0.9), "refractive_index"),
        (lambda: DiscSource((0, 0), (0, 0, 1), 1), "centre"),
        (lambda: DiscSource((0, 0, 0), (0, 0, 0), 1), "direction"),
        (lambda: DiscSource((0, 0, 0), (0, 0, 1), 0), "radius"),
        (lambda: TetrahedralMesh(np.zeros((4, 2)), np.zeros((1, 4), int), np.ones(1, int)), "three finite coordinates"),
        (lambda: TetrahedralMesh(np.zeros((4, 3)), np.arange(4)[None], np.ones(1, int)), "element 0 is flat"),
        (lambda: TetrahedralMesh(np.eye(4, 3), np.arange(1, 5)[None], np.ones(1, int)), "there are 4"),
        (lambda: TetrahedralMesh(np.eye(4, 3), np.arange(4)[None], np.ones(2, int)), "one label each"),
        (lambda: extruded_mesh([(0, 0), (1, 0), (0, 1)], [(0, 1, 2)], [1], [1, 0]), "levels must rise"),
        (lambda: layered_cylinder_mesh([4, 4], radius=8, length=9, air_radius=9), "a core"),
        (lambda: layered_cylinder_mesh([1], radius=8, length=9, air_radius=8), "air around it"),
        (lambda: layered_cylinder_mesh([1], radius=8, length=9, air_radius=9, sectors=30), "multiple of four"),
        (lambda: layered_cylinder_voxels([9], radius=8, length=9, air=1, spacing=1), "a core"),
        (lambda: VoxelVolume(np.zeros((2, 2), int), 1.0, (0, 0, 0)), "three axes"),
        (lambda: VoxelVolume(np.zeros((2, 2, 2), int), 0.0, (0, 0, 0)), "spacing"),
        (lambda: VoxelVolume(np.zeros((2, 2, 2), int), 1.0, (0, 0)), "corner"),
    ],
)
def test_what_cannot_be_is_refused(build, says):
    with pytest.raises(ValidityError, match=says):
        build()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"media": {1: BLACK[1]}}, "no medium for label 2"),
        ({"media": {**BLACK, 0: BLACK[1]}}, "label 0 is air"),
        ({"media": {**BLACK, 2: Medium(0.0, 1, 0.9)}}, "mu_a must be"),
        ({"source": DiscSource((0, 0, 7), (0, 0, -1), 10)}, "must lie in air"),
        ({"source": DiscSource((0, 0, 9), (0, 0, -1), 30)}, "must lie in air"),
        ({"spacing": -1.0}, "spacing"),
        ({"photons": 3}, "3 photons"),
        ({"repeats": 1}, "1 repeats"),
        ({"seed": -1}, "seed"),
    ],
)
def test_a_mesh_that_does_not_fit_is_refused(finger, stand_in, changes, says):
    stand_in("pmmc")
    given_ = {"mesh": finger, "media": BLACK, "source": FROM_ABOVE, "spacing": 1.0, "photons": 100, "seed": 1}
    with pytest.raises(ValidityError, match=says):
        simulate_mesh(**(given_ | changes))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"media": {1: BLACK[1]}}, "no medium for label 2"),
        ({"source": DiscSource((0, 0, 7), (0, 0, -1), 10)}, "must lie in air"),
        ({"source": DiscSource((0, 0, 30), (0, 0, -1), 10)}, "must lie in air"),
        ({"volume": VoxelVolume(np.zeros((2, 2, 2)), 1.0, (0, 0, 0))}, "integers"),
        ({"volume": VoxelVolume(np.zeros((2, 2, 2), int), 1.0, (0, 0, 0))}, "nothing but air"),
        ({"media": {**BLACK, 2: Medium(1e-6, 1, 0.9)}}, "mu_a must be 0 or"),
        ({"engine": "pmmc"}, "unknown engine for voxels 'pmmc'"),
    ],
)
def test_a_volume_that_does_not_fit_is_refused(stand_in, changes, says):
    stand_in("pmcx")
    volume = layered_cylinder_voxels(FINGER, radius=RADIUS, length=LENGTH, air=4, spacing=1.0)
    given_ = {"volume": volume, "media": BLACK, "source": FROM_ABOVE, "engine": "pmcx", "photons": 100, "seed": 1}
    with pytest.raises((ValidityError, UnknownName), match=says):
        simulate_voxels(**(given_ | changes))


def test_what_pmmc_is_asked_and_how_its_answer_is_read(finger, stand_in, capfd):
    engine = stand_in("pmmc")
    found = simulate_mesh(finger, BLACK, FROM_ABOVE, spacing=2.0, photons=402, seed=5, repeats=4)
    assert capfd.readouterr() == ("", "")
    assert found.engine == "pmmc 9.9 on the processor"
    assert found.photons == 400
    # The stand-in scores paths of 4, 3, 4 and 3 mm for 100 photons in cells of 8 mm3.
    assert found.batches[:, 0, 0, 0] == pytest.approx([4 / 800, 3 / 800, 4 / 800, 3 / 800])
    asked = engine.asked[0]
    lowest = finger.nodes.min(axis=0)
    assert asked["node"].min() == 0
    assert asked["srcpos"] == pytest.approx(np.array(FROM_ABOVE.centre) - lowest)
    corners = asked["node"][asked["elem"] - 1]
    assert (np.linalg.det(corners[:, 1:] - corners[:, :1]) > 0).all()
    launch = asked["elemprop"] == -1
    assert set(asked["elemprop"][~launch]) == {0, 1, 2, 3, 4}
    assert (finger.labels[launch] == 0).all()
    assert 0 < launch.sum() < 0.3 * (finger.labels == 0).sum()
    seeds = [each["seed"] for each in engine.asked]
    assert len(set(seeds)) == 4
    assert min(seeds) > 0
    again = stand_in("pmmc")
    simulate_mesh(finger, BLACK, FROM_ABOVE, spacing=2.0, photons=402, seed=5, repeats=4)
    assert [each["seed"] for each in again.asked] == seeds


@pytest.mark.parametrize("name", ["pmcx", "pmcxcl"])
def test_what_the_voxel_engines_are_asked_and_how_their_answer_is_read(stand_in, capfd, name):
    engine = stand_in(name)
    volume = layered_cylinder_voxels(FINGER, radius=RADIUS, length=LENGTH, air=4, spacing=0.5)
    found = simulate_voxels(volume, BLACK, FROM_ABOVE, engine=name, photons=100, seed=5, repeats=2)
    assert capfd.readouterr() == ("", "")
    assert found.engine == f"{name} 9.9 on a device"
    assert set(np.unique(found.batches)) == {0.0, 3.0, 4.0}
    assert ((found.fluence_rate > 0) == (volume.labels > 0)).all()
    asked = engine.asked[0]
    assert asked["vol"].dtype == np.uint8
    assert ((asked["vol"] == 5) == (volume.labels == 0)).all()
    assert asked["prop"][5].tolist() == asked["prop"][0].tolist() == [0, 0, 1, 1]
    assert asked["unitinmm"] == 0.5
    assert asked["srcparam1"][0] == 20
    corner = np.array(volume.corner)
    assert corner + 0.5 * np.array(asked["srcpos"]) == pytest.approx(FROM_ABOVE.centre)


def test_a_missing_engine_is_named_with_what_to_install(monkeypatch, stand_in):
    # An entry of None makes Python say that there is no such module, whatever is installed.
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingEngine, match=r"pmcxcl is not installed: pip install 'nervelight\[voxels\]'.*pocl"):
        load_engine("pmcxcl")
    monkeypatch.undo()
    engine = stand_in("pmmc")
    monkeypatch.setattr(engine, "gpuinfo", list)
    with pytest.raises(MissingEngine, match=r"finds no device.*OpenCL driver, although"):
        load_engine("pmmc")
    engine = stand_in("pmcx")
    monkeypatch.setattr(engine, "gpuinfo", fail_loudly)
    with pytest.raises(MissingEngine, match=r"\(no card\).*NVIDIA"):
        load_engine("pmcx")
    monkeypatch.delattr(StandIn, "run")
    with pytest.raises(MissingEngine, match="compiled part does not load"):
        load_engine("pmcx")
    with pytest.raises(UnknownName, match="unknown engine 'mcxlab'"):
        load_engine("mcxlab")


def fail_loudly(*_: object) -> None:
    os.write(2, b"on the way to failure\n")
    raise RuntimeError("no card")


def test_an_engine_that_fails_says_what_it_printed(finger, stand_in, monkeypatch, capfd):
    monkeypatch.setattr(stand_in("pmmc"), "run", fail_loudly)
    with pytest.raises(RuntimeError, match="no card") as caught:
        simulate_mesh(finger, BLACK, FROM_ABOVE, spacing=2.0, photons=100, seed=5)
    assert caught.value.__notes__ == ["the engine printed:\non the way to failure"]
    assert capfd.readouterr() == ("", "")


def noise(seed: int, **changes: Any) -> FluenceMap:
    values = {"corner": np.array([-2.0, 0.0, 1.0]), "spacing": 0.5, "engine": "made up", "photons": 10} | changes
    return FluenceMap(np.random.default_rng(seed).random((6, 4, 3, 5)).astype(np.float32), **values)


def test_the_mean_of_a_box_and_its_error_come_from_the_repeats():
    light = noise(1)
    means = light.batches[:, 1:3, :1, 2:4].mean(axis=(1, 2, 3))
    value, error = light.box_mean((-1.5, 0, 2), (-0.5, 0.5, 3))
    assert value == pytest.approx(means.mean())
    assert error == pytest.approx(means.std(ddof=1) / np.sqrt(6))
    value_there, error_there = light.at([(-1.4, 0.1, 2.2)])
    assert value_there[0] == pytest.approx(light.fluence_rate[1, 0, 2])
    assert error_there[0] == pytest.approx(light.standard_error[1, 0, 2])
    with pytest.raises(ValidityError, match="outside the grid"):
        light.at([(0.1, 0, 2)])
    with pytest.raises(ValidityError, match="on axis y"):
        light.box_mean((-2, 0, 1), (0, 0.1, 3))


def test_sources_add_up_repeat_by_repeat():
    a, b = noise(1), noise(2)
    both = superpose([a, b], [0.25, 0.75])
    assert both.fluence_rate == pytest.approx(0.25 * a.fluence_rate + 0.75 * b.fluence_rate, rel=1e-5)
    assert both.photons == 20
    # The same random numbers twice are no second opinion: nothing is gained.
    assert superpose([a, a], [0.5, 0.5]).standard_error == pytest.approx(a.standard_error, rel=1e-4)
    for maps, shares, says in [
        ([a, b], [0.5, 0.6], "sum to 1"),
        ([a, b], [1.5, -0.5], "not be negative"),
        ([a], [0.5, 0.5], "2 shares for 1 maps"),
        ([a, noise(2, spacing=0.6)], [0.5, 0.5], "the same grid"),
    ]:
        with pytest.raises(ValidityError, match=says):
            superpose(maps, shares)


# ---- what an engine computes


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine that is ready; without it the test is skipped, or fails where it is required."""
    wanted = os.environ.get("NERVELIGHT_REQUIRE_ENGINES", "")
    required = {"pmmc"} if wanted == "1" else set(wanted.split(","))
    try:
        load_engine(request.param)
    except MissingEngine as problem:
        if request.param in required:
            pytest.fail(str(problem), pytrace=False)
        pytest.skip(str(problem))
    return str(request.param)


# pmcxcl compiles its kernel, which takes up to half a minute where it has not run before.
BOTH = pytest.mark.parametrize("engine", ["pmmc", pytest.param("pmcxcl", marks=pytest.mark.slow)], indirect=True)


def require_agreement(pairs: Iterator[tuple[tuple[float, float], float]], repeats: int, slack: float = 0.0) -> None:
    """Means and errors agree with what is expected; a true adapter fails once in ten thousand such comparisons."""
    found = list(pairs)
    limit = -stdtrit(repeats - 1, 0.5e-4 / len(found))
    for (value, error), expected in found:
        assert abs(value - expected) <= limit * error + slack * expected, (value, error, expected)


SLAB = LayerStack(
    thickness=np.array([0.5, 2.0, 5.0]),
    mu_a=np.array([0.2, 0.02, 0.05]),
    mu_s=np.array([20.0, 15.0, 10.0]),
    g=np.full(3, 0.9),
)
SLAB_MEDIA = {
    j + 1: Medium(float(SLAB.mu_a[j]), float(SLAB.mu_s[j]), float(SLAB.g[j]), SLAB.indices[j]) for j in range(3)
}
HALF_WIDTH = 30.0


def slab_light(engine: str, repeats: int) -> FluenceMap:
    down = DiscSource(centre=(0, 0, 0.4), direction=(0, 0, -1), radius=3)
    if engine == "pmmc":
        z = np.array([1.0, 0.0, -0.5, -2.5, -7.5])
        section = np.array([(x, level) for level in z for x in (-HALF_WIDTH, HALF_WIDTH)])
        triangles = [t for i in range(0, 8, 2) for t in ((i, i + 1, i + 2), (i + 1, i + 3, i + 2))]
        mesh = extruded_mesh(section, triangles, np.repeat([0, 1, 2, 3], 2), np.linspace(-HALF_WIDTH, HALF_WIDTH, 4))
        return simulate_mesh(mesh, SLAB_MEDIA, down, spacing=0.5, photons=40_000, seed=3, repeats=repeats)
    column = np.repeat([3, 2, 1, 0], [10, 4, 1, 2])
    cells = round(2 * HALF_WIDTH / 0.5)
    volume = VoxelVolume(np.broadcast_to(column, (cells, cells, 17)), 0.5, (-HALF_WIDTH, -HALF_WIDTH, -7.5))
    return simulate_voxels(volume, SLAB_MEDIA, down, engine="pmcxcl", photons=40_000, seed=3, repeats=repeats)


@pytest.mark.engines
@BOTH
def test_light_in_a_slab_is_that_of_the_solver_for_plane_layers(engine):
    repeats = 20
    light = slab_light(engine, repeats)
    plane, beam = solve_plane_wave(SLAB, nodes=16), solve_beam(SLAB)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    area = np.prod(np.array(light.batches.shape[1:3]) * light.spacing)
    # Distances from the axis over a square of 2 mm.
    away = np.hypot(*np.meshgrid(nodes, nodes))

    def pairs() -> Iterator[tuple[tuple[float, float], float]]:
        for top in (0.0, 0.5, 1.5, 2.5, 4.0, 6.0):
            within = top + 0.25 * (nodes + 1)
            # Whatever the beam: summed over the slab, its light is that of a plane wave at one point.
            value, error = light.box_mean((-99, -99, -top - 0.5), (99, 99, -top))
            yield (value * area, error * area), float(plane.fluence_rate(within) @ weights / 2)
            if top >= 1.5:
                disc = beam.fluence_rate(Disc(3.0), within, away.ravel()).reshape(6, 6, 6)
                below = np.einsum("zxy,z,x,y->", disc, weights, weights, weights) / 8
                yield light.box_mean((-1, -1, -top - 0.5), (1, 1, -top)), float(below)

    require_agreement(pairs(), repeats)


def finger_light(engine: str, media: dict[int, Medium], source: DiscSource, **numbers: int) -> FluenceMap:
    if engine == "pmmc":
        mesh = layered_cylinder_mesh(FINGER, radius=RADIUS, length=LENGTH, air_radius=14)
        return simulate_mesh(mesh, media, source, spacing=0.5, **numbers)
    volume = layered_cylinder_voxels(FINGER, radius=RADIUS, length=LENGTH, air=6, spacing=0.5)
    return simulate_voxels(volume, media, source, engine="pmcxcl", **numbers)


@pytest.mark.engines
@BOTH
def test_without_scattering_light_decays_as_lambert_says_layer_by_layer(engine):
    media = {label: Medium(mu_a, 0.0, 0.0, 1.0) for label, mu_a in enumerate([0.1, 0.3, 0.05, 0.2], start=1)}
    # From the side: an axis taken for another would give a different order of layers.
    source = DiscSource(centre=(9, 0, 0), direction=(-1, 0, 0), radius=2)
    light = finger_light(engine, media, source, photons=80_000, seed=2, repeats=8)
    depth = np.array([0.25, 0.75, 2.25, 4.75, 7.75, 12.75, 15.75])
    boundaries = np.array([0, 1, 2.5, 5, 11, 13.5, 15, 16])
    through = [np.clip(d - boundaries[:-1], 0, np.diff(boundaries)) for d in depth]
    optical_depth = np.array(through) @ np.array([0.1, 0.3, 0.05, 0.2, 0.05, 0.3, 0.1])

    def pairs() -> Iterator[tuple[tuple[float, float], float]]:
        for d, tau in zip(depth, optical_depth, strict=True):
            box = light.box_mean((RADIUS - d - 0.2, -1, -0.5), (RADIUS - d + 0.2, 1, 0.5))
            yield box, float(np.exp(-tau) / source.area)

    require_agreement(pairs(), repeats=8, slack=3e-3)


def entering_share(refractive_index: float, *, stairs: bool = False) -> float:
    """Share of a disc's light that enters the cylinder: it hits, and is not reflected at its angle of incidence."""

    def entering(x: float) -> float:
        cosine = np.sqrt(1 - (0.0 if stairs else x / RADIUS) ** 2)
        inside = np.sqrt(1 - (1 - cosine**2) / refractive_index**2)
        r_s = (cosine - refractive_index * inside) / (cosine + refractive_index * inside)
        r_p = (refractive_index * cosine - inside) / (refractive_index * cosine + inside)
        chord = 4 * np.sqrt(FROM_ABOVE.radius**2 - x**2)
        return float((1 - (r_s**2 + r_p**2) / 2) * chord / FROM_ABOVE.area)

    return float(quad(entering, 0, RADIUS)[0])


@pytest.mark.engines
@BOTH
@pytest.mark.parametrize("index", [1.0, 1.4])
def test_light_that_misses_or_is_reflected_is_lost(engine, index):
    # All that enters is absorbed at once: the absorbed share tells what entered.
    media = {label: Medium(5.0, 0.0, 0.0, index) for label in (1, 2, 3, 4)}
    light = finger_light(engine, media, FROM_ABOVE, photons=80_000, seed=4, repeats=16)
    cells = light.batches[0].size
    value, error = light.box_mean((-99, -99, -99), (99, 99, 99))
    scale = 5.0 * cells * light.spacing**3
    expected = entering_share(index, stairs=engine == "pmcxcl")
    require_agreement(iter([((value * scale, error * scale), expected)]), repeats=16, slack=1e-3)
    if index > 1:
        # Stairs are met straight on: the voxel engines lose less at a round surface than there is to lose.
        assert entering_share(index, stairs=True) - entering_share(index) > 0.015
