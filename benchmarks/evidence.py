"""How long the trial library takes to load and check, and a pooling to make.

Run: ``python benchmarks/evidence.py``. Medians of nine runs in fresh processes; targets 0.5 s for loading and checking
all studies, 0.1 s for a pooling. Loading the libraries is told apart, since every command pays for it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

RUNS = 9
CODE = """
import time
marks = [time.perf_counter()]
import nervelight.evidence as evidence
marks.append(time.perf_counter())
found = evidence.studies()
marks.append(time.perf_counter())
evidence.claims(), [evidence.outcome_reference(name) for name in evidence.CONDITIONS]
marks.append(time.perf_counter())
import scipy.special
marks.append(time.perf_counter())
evidence.pool_outcome("diabetic_polyneuropathy", "pain")
marks.append(time.perf_counter())
[evidence.pool_outcome(name, "pain") for name in evidence.CONDITIONS]
marks.append(time.perf_counter())
print(*(after - before for before, after in zip(marks, marks[1:])))
"""
ROWS = (
    "libraries",
    "all studies, read and checked",
    "claims and references",
    "scipy.special",
    "first pooling, with its certainty",
    "pain of every condition, pooled",
)


def main() -> None:
    command = [sys.executable, "-c", CODE]
    runs = [
        list(map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()))
        for _ in range(RUNS)
    ]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {RUNS} runs")
    for name, times in zip(ROWS, zip(*runs, strict=True), strict=True):
        print(f"{name:36} {1000 * statistics.median(times):7.1f} ms")


if __name__ == "__main__":
    main()
