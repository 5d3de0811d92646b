"""Cost of the light solver: medians of repeated runs. Run as ``python benchmarks/light_solver.py``."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from nervelight.optics.stack import LayerStack
from nervelight.transport import solve_plane_wave

REPEATS = 15
# Stratum corneum, epidermis, dermis, fat, muscle at 810 nm.
THICKNESS = [0.02, 0.08, 1.5, 5.0, np.inf]
MU_A = [0.0004, 0.2454, 0.0035, 0.0030, 0.0173]
MU_S = [36.8, 36.8, 22.2, 13.3, 11.9]
G = [0.9, 0.9, 0.9, 0.9, 0.93]


def skin(batch: int) -> LayerStack:
    spread = np.random.default_rng(0).lognormal(0, 0.2, (3, batch, 5))
    return LayerStack(THICKNESS * spread[0], MU_A * spread[1], MU_S * spread[2], np.array(G))


def milliseconds(run: Callable[[], object]) -> float:
    run()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * float(np.median(times))


def peak_megabytes(run: Callable[[], object]) -> float:
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    one, batch, large = skin(1), skin(256), skin(4096)
    solution, depth = solve_plane_wave(batch), np.linspace(0, 20, 100)
    rows = [
        ("one stack alone", milliseconds(lambda: solve_plane_wave(one)), "ms"),
        ("batch of 256, per stack", milliseconds(lambda: solve_plane_wave(batch)) / 256, "ms"),
        ("  with 16 nodes", milliseconds(lambda: solve_plane_wave(batch, nodes=16)) / 256, "ms"),
        ("  100 depths, per stack", milliseconds(lambda: solution.fluence_rate(depth)) / 256, "ms"),
        ("peak memory, batch of 256", peak_megabytes(lambda: solve_plane_wave(batch)), "MB"),
        ("peak memory, batch of 4096", peak_megabytes(lambda: solve_plane_wave(large)), "MB"),
    ]
    for name, value, unit in rows:
        print(f"{name:28s}{value:9.2f} {unit}")


if __name__ == "__main__":
    main()
