"""Cost of the fluence rate under a disc at 5 and 10 mm depth: this package beside the field's own engines.

Run as ``python benchmarks/light_peers.py [--photons N]``; an engine that is not installed is named and left out. Five
layers of skin over muscle at 810 nm, parallel light of a disc of 10 mm radius. "Direct" scores a cube of 1 mm on the
axis; "kernel" sums the light of a narrow beam over the disc instead, which is the same by reciprocity. Each engine runs
in a process of its own. Seconds to 1 % are the time of the run, after a first small one, times the square of its
relative standard error in percent; with 20 repeats they are good to a third, with 8 to a half.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from nervelight.errors import MissingEngine
from nervelight.optics import Disc, LayerStack
from nervelight.transport import BeamAccuracy, MonteCarloResult, simulate_photons, solve_beam
from nervelight.transport.engines import (
    DiscSource,
    FluenceMap,
    Medium,
    VoxelVolume,
    extruded_mesh,
    simulate_mesh,
    simulate_voxels,
)
from nervelight.transport.engines.loading import load_engine
from nervelight.transport.monte_carlo import Estimator

DEPTHS = (5.0, 10.0)
BEAM = Disc(10.0)
# Stratum corneum, epidermis, dermis, fat, muscle at 810 nm, as in light_solver.py.
THICKNESS = [0.02, 0.08, 1.5, 5.0, np.inf]
MU_A = [0.0004, 0.2454, 0.0035, 0.0030, 0.0173]
MU_S = [36.8, 36.8, 22.2, 13.3, 11.9]
G = [0.9, 0.9, 0.9, 0.9, 0.93]
STACK = LayerStack(*(np.array(values) for values in (THICKNESS, MU_A, MU_S, G)))
# Half the width of the block that stands for endless layers, its depth, and repeats, by engine. Voxels that resolve the
# epidermis leave no memory for a wider block or more repeats.
BLOCKS = {"pmmc": (30.5, 40.5, 20), "pmcxcl": (20.5, 25.0, 8)}
VOXEL = 0.1
# Of this package: solves whose median counts, the answer held against, and photons for some ten seconds.
SOLVES = 21
CONVERGED = BeamAccuracy(nodes=8, orders=6, step=0.1, plane_nodes=48)
OWN_PHOTONS: dict[Estimator, int] = {"convolved": 300_000, "direct": 300_000}


@dataclass(frozen=True)
class Row:
    """One way to the answer, at the depths of DEPTHS."""

    name: str
    fluence_rate: tuple[float, ...]
    """Per watt [1/mm2]."""
    relative_error: tuple[float, ...]
    """Standard error over the value; 0 of a deterministic answer."""
    seconds: float
    """Time of the run; what comes before it only once is `start`."""
    start: float = 0.0
    """Loading, compiling and a first run of a photon each [s]."""
    photons: int = 0
    megabytes: float = 0.0
    """Peak memory of the process, Python and its libraries included."""


def our_rows() -> list[Row]:
    """Return the rows of this package's own solvers, in this process."""
    start = time.perf_counter()
    found = solve_beam(STACK).fluence_rate(BEAM, DEPTHS)[:, 0]
    ready = time.perf_counter()
    times = []
    for _ in range(SOLVES):
        begin = time.perf_counter()
        solve_beam(STACK).fluence_rate(BEAM, DEPTHS)
        times.append(time.perf_counter() - begin)
    exact = solve_beam(STACK, finest=0.25, accuracy=CONVERGED).fluence_rate(BEAM, DEPTHS)[:, 0]
    off = float(np.abs(found / exact - 1).max())
    name = f"nervelight discrete ordinates, {off:.2%} off"
    rows = [Row(name, tuple(found), (0.0, 0.0), float(np.median(times)), start=ready - start)]
    for estimator, photons in OWN_PHOTONS.items():

        def run(photons: int, estimator: Estimator = estimator) -> MonteCarloResult:
            return simulate_photons(STACK, beam=BEAM, depth=DEPTHS, photons=photons, seed=1, estimator=estimator)

        begin = time.perf_counter()
        run(1000)
        ready = time.perf_counter()
        light = run(photons)
        seconds = time.perf_counter() - ready
        errors = light.standard_error[:, 0] / light.fluence_rate[:, 0]
        rows.append(
            Row(
                f"nervelight Monte Carlo, {'kernel' if estimator == 'convolved' else 'direct'}",
                tuple(light.fluence_rate[:, 0]),
                tuple(errors),
                seconds,
                start=ready - begin,
                photons=photons,
            )
        )
    return rows


def block(engine: str, source: DiscSource, photons: int) -> FluenceMap:
    """Return the light in the block."""
    media = {j + 1: Medium(MU_A[j], MU_S[j], G[j]) for j in range(5)}
    half, bottom, repeats = BLOCKS[engine]
    if engine == "pmmc":
        levels = np.array([1.0, 0.0, *-np.cumsum(THICKNESS[:-1]), -bottom])
        section = np.array([(x, z) for z in levels for x in (-half, half)])
        pairs = range(0, 2 * (len(levels) - 1), 2)
        triangles = [corners for i in pairs for corners in ((i, i + 1, i + 2), (i + 1, i + 3, i + 2))]
        mesh = extruded_mesh(section, triangles, np.repeat(range(6), 2), np.linspace(-half, half, 4))
        return simulate_mesh(mesh, media, source, spacing=1.0, photons=photons, seed=1, repeats=repeats)
    # Stratum corneum and epidermis share the first voxel: their mean.
    media[2] = Medium(*np.average([(MU_A[j], MU_S[j], G[j]) for j in (0, 1)], axis=0, weights=THICKNESS[:2]))
    below = np.arange(round(bottom / VOXEL)) * VOXEL + VOXEL / 2
    labels = 2 + np.searchsorted(np.cumsum(THICKNESS[:-1])[1:], below)
    column = np.concatenate([labels[::-1], np.zeros(10, int)])
    cells = round(2 * half / VOXEL)
    volume = VoxelVolume(np.broadcast_to(column, (cells, cells, len(column))), VOXEL, (-half, -half, -bottom))
    return simulate_voxels(volume, media, source, engine="pmcxcl", photons=photons, seed=1, repeats=repeats)


def direct(light: FluenceMap, depth: float) -> tuple[float, float]:
    """Return the fluence rate of the cube around a depth, and its standard error."""
    half = np.full(3, 0.5)
    centre = np.array([0.0, 0.0, -depth])
    return light.box_mean(centre - half, centre + half)


def kernel(light: FluenceMap, depth: float) -> tuple[float, float]:
    """Return the same from the light of a narrow beam, summed over the disc."""
    fine = 20
    edges = [light.corner[axis] + light.spacing * np.arange(light.batches.shape[axis + 1]) for axis in (0, 1)]
    x, y = (light.spacing * (np.arange(fine) + 0.5) / fine + edge[:, None] for edge in edges)
    # The share of each cell that lies within the disc: whole cells would miss its area by 3 %.
    share = (np.hypot(x[:, None, :, None], y[None, :, None, :]) < BEAM.radius).mean(axis=(2, 3))
    layer = int((-depth - light.corner[2]) / light.spacing)
    sums = np.einsum("kxy,xy->k", light.batches[..., layer], share) * light.spacing**2 / BEAM.area
    return float(sums.mean()), float(sums.std(ddof=1) / math.sqrt(len(sums)))


def peer(engine: str, read: Callable[[FluenceMap, float], tuple[float, float]], photons: int) -> Row:
    """Run an engine in this process."""
    start = time.perf_counter()
    source = DiscSource((0, 0, 0.5), (0, 0, -1), BEAM.radius if read is direct else 0.05)
    name = load_engine(engine).name
    block(engine, source, BLOCKS[engine][2])
    ready = time.perf_counter()
    light = block(engine, source, photons)
    seconds = time.perf_counter() - ready
    found = [read(light, depth) for depth in DEPTHS]
    return Row(
        f"{name}, {read.__name__}",
        tuple(value for value, _ in found),
        tuple(error / value for value, error in found),
        seconds,
        start=ready - start,
        photons=light.photons,
    )


# Engine, way of scoring, and photons for a run of some ten seconds (pmmc) to a minute on two cores.
PEERS = {
    "pmmc-direct": ("pmmc", direct, 400_000),
    "pmmc-kernel": ("pmmc", kernel, 200_000),
    "pmcxcl-direct": ("pmcxcl", direct, 60_000),
}


def run_peer(name: str, photons: int | None) -> Row | str:
    """Run a peer in a process of its own; return its row, or why there is none."""
    command = [sys.executable, __file__, "--peer", name, *(["--photons", str(photons)] if photons else [])]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        text = output.read()
    if os.waitstatus_to_exitcode(status) != 0:
        return text.strip() or f"{name} failed"
    return Row(**json.loads(text) | {"megabytes": usage.ru_maxrss / 1024})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photons", type=int, help="photons of each engine; by default some seconds' worth")
    parser.add_argument("--peer", choices=PEERS, help="run one engine and print its row as JSON")
    arguments = parser.parse_args()
    if arguments.peer:
        engine, read, photons = PEERS[arguments.peer]
        try:
            row = peer(engine, read, arguments.photons or photons)
        except MissingEngine as problem:
            print(problem)
            sys.exit(1)
        print(json.dumps(asdict(row)))
        return

    print(
        f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; disc of {BEAM.radius:.0f} mm radius on skin, 810 nm"
    )
    print(f"{'':58}{'fluence rate, 1e-3/mm2 (s.e. %)':^32}{'seconds to 1 %':^16}{'photons':>9}{'start':>7}{'peak':>7}")
    print(f"{'':58}{'5 mm':^16}{'10 mm':^16}{'5 mm':>8}{'10 mm':>8}{'/s':>9}{'s':>7}{'MB':>7}")
    missing = []
    for row in [*our_rows(), *(run_peer(name, arguments.photons) for name in PEERS)]:
        if isinstance(row, str):
            missing.append(row)
            continue
        values = "".join(
            f"{f'{1e3 * value:.4f} ({100 * error:.2f})':^16}"
            for value, error in zip(row.fluence_rate, row.relative_error, strict=True)
        )
        costs = "".join(f"{row.seconds * ((error / 0.01) ** 2 if error else 1.0):8.3g}" for error in row.relative_error)
        rate = f"{row.photons / row.seconds:9.0f}" if row.photons else f"{'':9}"
        memory = f"{row.megabytes:7.0f}" if row.megabytes else ""
        print(f"{row.name[:57]:58}{values}{costs}{rate}{row.start:7.1f}{memory}")
    for reason in missing:
        print(f"left out: {reason}")


if __name__ == "__main__":
    main()
