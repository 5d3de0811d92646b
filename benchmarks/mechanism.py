"""Wall time of a thousand draws of the mechanism model, and how many of them the integrator does not solve.

Run: ``python benchmarks/mechanism.py``. One session: settle, 15 min of light at 10 mW/cm2, 6 h after; target 5 s on two
cores and failures in at most 0.5 % of draws. Runs on one core.
"""

from __future__ import annotations

import time

from nervelight.mechanism import Session, Switches, run_session, state_names
from nervelight.units import MW_CM2

DRAWS = 1000


def timed(session: Session, draws: int, fitted: bool, switches: Switches) -> tuple[float, float, float]:
    """Return wall time and processor time [s] and the share of draws that failed."""
    wall, busy = time.perf_counter(), time.process_time()
    result = run_session(session, draws, switches, seed=1, fitted=fitted)
    return time.perf_counter() - wall, time.process_time() - busy, float(result.failed.mean())


def main() -> None:
    first = Session((810.0,), 10 * MW_CM2, 900.0, "healthy")
    print(f"loading and compiling the model: {timed(first, 1, True, Switches())[0]:.2f} s")
    for name, switches in (("as they are taken to be", Switches()), ("all on", Switches.all_at(1.0))):
        for fitted in (True, False):
            for state in state_names():
                for rate in (10.0, 50.0):
                    session = Session((810.0,), rate * MW_CM2, 900.0, state)
                    wall, busy, failed = timed(session, DRAWS, fitted, switches)
                    drawn = "fitted" if fitted else "priors"
                    print(
                        f"{DRAWS} draws, {state:18} {drawn}, hypotheses {name:23} {rate:3.0f} mW/cm2: "
                        f"{wall:5.2f} s ({busy:.2f} s of one core), {100 * failed:.1f} % failed"
                    )


if __name__ == "__main__":
    main()
