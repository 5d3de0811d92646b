"""Wall time and memory of ``nervelight plan`` on the first example, and of ``import nervelight``.

Run: ``python benchmarks/plan.py``. Medians of five runs in fresh processes; targets 3 s, 400 MB and 0.3 s on two cores.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
EXAMPLE = Path(__file__).parents[1] / "examples" / "diabetic_feet.yaml"


def measure(command: list[str]) -> tuple[float, float]:
    """Return wall time [s] and peak memory [MB] of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{command} failed")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = [sys.executable, "-m", "nervelight", "plan", str(EXAMPLE), "-o", folder]
        rows = {
            "nervelight plan, 256 draws": [measure(plan) for _ in range(RUNS)],
            "import nervelight": [measure([sys.executable, "-c", "import nervelight"]) for _ in range(RUNS)],
            "python -c pass": [measure([sys.executable, "-c", "pass"]) for _ in range(RUNS)],
        }
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {RUNS} runs")
    for name, runs in rows.items():
        wall, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        print(f"{name:30} {wall:6.2f} s {memory:6.0f} MB")


if __name__ == "__main__":
    main()
