"""How long a cohort takes: 100,000 people, one site, one lamp with four wavelengths.

Run: ``python benchmarks/cohort.py`` (a quarter of an hour). Target: 5 minutes and 1 GB a worker on two cores, two
workers at least 1.7 times as fast as one, cost linear in the number of people. ``python benchmarks/cohort.py 8192 2``
takes so many people and workers and no more. Processor time is that of the workers, and says more than the clock where
others use the machine.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from nervelight.populations import connect, prepare, read_cohort, run_cohort

SPEC = Path(__file__).parents[1] / "examples" / "populations" / "feet.yaml"


def run(people: int, workers: int) -> tuple[float, float, float]:
    """Return the clock and the processor time that the people take [s], and the memory of the largest worker [MB]."""
    spec = read_cohort(SPEC)
    # The nerve of the sole under a panel of 630, 660, 850 and 940 nm.
    update = {"people": spec.people.model_copy(update={"count": people}), "protocols": spec.protocols[1:2]}
    spec = spec.model_copy(update=update)
    arms = prepare(spec)
    with tempfile.TemporaryDirectory() as folder, connect(workers) as client:
        # Each worker has loaded what it needs.
        client.run(_warm)
        before, begun = sum(client.run(_used).values()), time.perf_counter()
        run_cohort(spec, arms, Path(folder), client)
        taken = time.perf_counter() - begun
        memory = max(client.run(_peak).values())
        used = sum(client.run(_used).values()) - before
    return taken, used, memory


def _warm() -> None:
    from nervelight.populations import engine

    assert engine


def _used() -> float:
    import resource

    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def _peak() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    asked = tuple(map(int, sys.argv[1:3]))
    for people, workers in [asked] if asked else [(1024, 2), (10240, 2), (10240, 1), (100_000, 2)]:
        taken, used, memory = run(people, workers)
        print(
            f"{people:7d} people, {workers} workers: {taken:6.1f} s ({people / taken:.0f} a second), "
            f"processor {used:.1f} s ({1000 * used / people:.2f} ms each), {memory:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
