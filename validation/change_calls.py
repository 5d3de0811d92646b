"""How often days of pain that did not change are called beyond measurement error.

Run: ``python validation/change_calls.py``. Both sides of a change have the same level; each day resembles
the day before by the correlation told. Nominal is 5 % (two-sided 90 %, and only improvement counts). Prints a
table; writes nothing.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

RUNS = 200_000
SCATTER = 1.2
LEVEL = 5.0


def side(rng: np.random.Generator, days: int, correlation: float) -> np.ndarray:
    """Return scores of `RUNS` people on successive days, rounded to whole numbers."""
    scores = rng.standard_normal((RUNS, days))
    for day in range(1, days):
        scores[:, day] = correlation * scores[:, day - 1] + math.sqrt(1 - correlation**2) * scores[:, day]
    return np.clip(np.round(LEVEL + SCATTER * scores), 0, 10)


def share_called(rng: np.random.Generator, days: int, correlation: float) -> float:
    """Return the share [%] of people called improved beyond error, by the rule of `nervelight.assessment.change_of`."""
    before, after = side(rng, days, correlation), side(rng, days, correlation)
    freedom = 2 * days - 2
    scatter = np.sqrt(days * (before.var(axis=1) + after.var(axis=1)) / freedom)
    error = math.sqrt(3) * np.maximum(scatter, 1 / math.sqrt(12)) * math.sqrt(2 / days)
    return 100 * float(np.mean(before.mean(axis=1) - after.mean(axis=1) >= stdtrit(freedom, 0.95) * error))


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    correlations = (0.0, 0.25, 0.5, 0.7)
    print("| Days on each side | " + " | ".join(f"r = {r:g}" for r in correlations) + " |")
    print("|---:|" + "---:|" * len(correlations))
    for days in (4, 7, 14, 28):
        print(f"| {days} | " + " | ".join(f"{share_called(rng, days, r):.1f} %" for r in correlations) + " |")


if __name__ == "__main__":
    main()
