"""How long a cohort takes: 100,000 people, one site, one lamp with four wavelengths.

Run: ``python benchmarks/cohort.py`` (some minutes). Target: 5 minutes and 1 GB a worker on two cores, two workers at
least 1.7 times as fast as one, cost linear in the number of people. ``--quick`` takes 8,192 people and no more.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from nervelight.populations import connect, prepare, read_cohort, run_cohort

SPEC = Path(__file__).parents[1] / "examples" / "populations" / "feet.yaml"


def run(people: int, workers: int) -> tuple[float, float]:
    """Return how long the people take [s], workers being up, and the memory of the largest worker [MB]."""
    spec = read_cohort(SPEC)
    # The nerve of the sole under a panel of 630, 660, 850 and 940 nm.
    update = {"people": spec.people.model_copy(update={"count": people}), "protocols": spec.protocols[1:2]}
    spec = spec.model_copy(update=update)
    arms = prepare(spec)
    with tempfile.TemporaryDirectory() as folder, connect(workers) as client:
        # Each worker has loaded what it needs.
        client.run(_warm)
        begun = time.perf_counter()
        run_cohort(spec, arms, Path(folder), client)
        taken = time.perf_counter() - begun
        memory = max(client.run(_peak).values())
    return taken, memory


def _warm() -> None:
    from nervelight.populations import engine

    assert engine


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    for people, workers in (
        ((8192, 1), (8192, 2))
        if "--quick" in sys.argv
        else (
            (1024, 2),
            (8192, 2),
            (16384, 1),
            (16384, 2),
            (100_000, 2),
        )
    ):
        taken, memory = run(people, workers)
        print(
            f"{people:7d} people, {workers} workers: {taken:6.1f} s, {people / taken:5.0f} a second, "
            f"{1000 * taken * workers / people:.2f} ms of a worker each, {memory:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
