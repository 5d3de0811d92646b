"""Cost and accuracy of the light solver: medians of repeated runs. Run as ``python benchmarks/light_solver.py``.

Single solves run on one core: set ``OMP_NUM_THREADS=1``. A plan's uncertainty uses as many as there are.
"""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from nervelight.optics import Disc, LayerStack
from nervelight.planning import read_case
from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.lamp import lamp_of
from nervelight.planning.light_path import Problem, evaluate
from nervelight.planning.problem import pose
from nervelight.planning.tissue_light import ACCURACY as PLAN
from nervelight.transport import BeamAccuracy, solve_beam, solve_plane_wave

REPEATS = 15
# Stratum corneum, epidermis, dermis, fat, muscle at 810 nm.
THICKNESS = [0.02, 0.08, 1.5, 5.0, np.inf]
MU_A = [0.0004, 0.2454, 0.0035, 0.0030, 0.0173]
MU_S = [36.8, 36.8, 22.2, 13.3, 11.9]
G = [0.9, 0.9, 0.9, 0.9, 0.93]
# The indices that are published for these layers.
INDICES = (1.5, 1.43, 1.38, 1.46, 1.37)
DISC, DEPTHS, RADII = Disc(10.0), [1.0, 3.0, 5.0, 7.0, 10.0, 15.0], np.linspace(0.0, 30.0, 50)
CONVERGED = BeamAccuracy(nodes=8, orders=6, step=0.1, plane_nodes=48)
LEVELS = {
    "as in a plan (3 nodes, 3 orders)": PLAN,
    "default (4 nodes, 4 orders)": BeamAccuracy(),
    "fine (6 nodes, 5 orders)": BeamAccuracy(6, 5, 0.25, 32),
}
FEET = Path(__file__).parents[1] / "examples" / "diabetic_feet.yaml"


def skin(batch: int, refractive_index: float | tuple[float, ...] = 1.4) -> LayerStack:
    spread = np.random.default_rng(0).lognormal(0, 0.2, (3, batch, 5))
    thickness, mu_a, mu_s = THICKNESS * spread[0], MU_A * spread[1], MU_S * spread[2]
    return LayerStack(thickness, mu_a, mu_s, np.array(G), refractive_index=refractive_index)


def middle(refractive_index: float | tuple[float, ...] = 1.4) -> LayerStack:
    return LayerStack(*(np.array(v) for v in (THICKNESS, MU_A, MU_S, G)), refractive_index=refractive_index)


def seconds(run: Callable[[], object], repeats: int = REPEATS) -> float:
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def peak_megabytes(run: Callable[[], object]) -> float:
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def plane_wave() -> None:
    one, batch = skin(1), skin(256)
    solution, depth = solve_plane_wave(batch), np.linspace(0.0, 20.0, 100)
    below = np.array([0.1, *DEPTHS])
    exact = solve_plane_wave(middle(), nodes=64).fluence_rate(below)
    print("Plane wave, five layers (target: within 0.1 %, 1 ms in a batch, 3 ms alone)")
    for nodes in (6, 8, 12, 16):
        error = np.abs(solve_plane_wave(middle(), nodes=nodes).fluence_rate(below) / exact - 1).max()
        alone = 1e3 * seconds(lambda n=nodes: solve_plane_wave(one, nodes=n))
        many = 1e3 * seconds(lambda n=nodes: solve_plane_wave(batch, nodes=n)) / 256
        print(f"  {nodes:2d} nodes: {error:6.2%} off at most, {alone:5.2f} ms alone, {many:5.2f} ms in a batch of 256")
    unequal = 1e3 * seconds(lambda: solve_plane_wave(skin(256, INDICES))) / 256
    print(f"   8 nodes, five different indices: {unequal:5.2f} ms in a batch of 256")
    print(f"  100 depths of a solved stack: {1e3 * seconds(lambda: solution.fluence_rate(depth)) / 256:.2f} ms")


def disc() -> None:
    print("Disc of 10 mm radius, 6 depths from 1 to 15 mm, 50 radii to 30 mm (target: 0.5 % of the axis value, 60 ms)")
    exact = solve_beam(middle(), finest=0.25, accuracy=CONVERGED).fluence_rate(DISC, DEPTHS, RADII)
    for name, accuracy in LEVELS.items():

        def run(accuracy: BeamAccuracy = accuracy) -> np.ndarray:
            return solve_beam(middle(), accuracy=accuracy).fluence_rate(DISC, DEPTHS, RADII)

        error = (np.abs(run() - exact) / exact[:, :1]).max()
        print(f"  {name}: {error:6.2%} off at most, {1e3 * seconds(run):6.1f} ms")
    solved = solve_beam(middle())
    again = 1e3 * seconds(lambda: solved.fluence_rate(Disc(5.0), DEPTHS, RADII))
    print(f"  another beam on the same tissue: {again:6.1f} ms")
    unequal = 1e3 * seconds(lambda: solve_beam(middle(INDICES)).fluence_rate(DISC, DEPTHS, RADII), 5)
    print(f"  default, five different indices: {unequal:6.1f} ms")


def uncertainty() -> None:
    case = read_case(FEET)
    choice = choose_anchor(case, "feet")
    wide = pose(case, lamp_of(case, "feet"), choice)
    spot = DISC.area
    narrow = replace(
        wide, at_nerve=True, spot_area=spot, trials=tuple(replace(trial, spot_area=spot) for trial in wide.trials)
    )

    def target(problem: Problem) -> np.ndarray:
        even = dict.fromkeys((*problem.wavelengths, *problem.trials[0].radiant_exposure), 1.0)
        return evaluate(problem, problem.space.sample(256, 1)).time(even)

    print("256 draws, four wavelengths and one of the anchor (target: 1 s for plane waves, 10 s for beams)")
    print(f"  plane waves: {seconds(lambda: target(wide), 5):5.2f} s")
    print(f"  beams:       {seconds(lambda: target(narrow), 3):5.2f} s")


def memory() -> None:
    print("Peak memory of arrays (target: 300 MB for any single solve)")
    rows: dict[str, Callable[[], object]] = {
        "plane wave, batch of 256": lambda: solve_plane_wave(skin(256)),
        "plane wave, batch of 4096": lambda: solve_plane_wave(skin(4096)),
        "disc, one stack": lambda: solve_beam(middle()).fluence_rate(DISC, DEPTHS, RADII),
        "disc, one stack, finest setting": lambda: solve_beam(middle(), finest=0.25, accuracy=CONVERGED),
        "disc, one stack, five indices": lambda: solve_beam(middle(INDICES)).fluence_rate(DISC, DEPTHS, RADII),
        "disc, batch of 256, as in a plan": lambda: solve_beam(
            skin(256), finest=1.0, accuracy=BeamAccuracy(3, 3, 0.6, 8)
        ),
    }
    for name, run in rows.items():
        print(f"  {name:34s}{peak_megabytes(run):6.0f} MB")


def main() -> None:
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    print(f"{os.cpu_count()} cores, NumPy {np.__version__}, OMP_NUM_THREADS {threads}")
    plane_wave()
    disc()
    memory()
    uncertainty()


if __name__ == "__main__":
    main()
