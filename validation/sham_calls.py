"""How often a person on sham is said to have improved more than sham explains, and how often a real effect is seen.

Run: ``python validation/sham_calls.py``. Each simulated person has diabetic polyneuropathy, entered with pain of 4 or
more on one noisy day (so that regression to the mean is at work until the baseline, which is asked afterwards), and
changes as the distribution of `nervelight.evidence.sham_change` has it: trial, person and measurement error together.
Prints a table with 95 % intervals of the simulation; writes nothing.
"""

from __future__ import annotations

import math

import numpy as np

from nervelight.evidence import sham_change

PEOPLE = 10_000
RUNS = 20
DAY = 1.2
"""Scatter of one day's pain about a person's level [points]; shapes the days, as the spread of changes is given."""


def shares(rng: np.random.Generator, effect: float, days: int, floor: bool) -> tuple[float, float]:
    """Return the share [%] called better than sham explains, and half its 95 % interval over all runs."""
    found = sham_change("diabetic_polyneuropathy")
    called = 0
    for _ in range(RUNS):
        level = rng.normal(5.5, 2.0, 4 * PEOPLE)
        level = level[level + DAY * rng.standard_normal(level.size) >= 4][:PEOPLE]
        spread = found.spread.at(rng.random(level.size))
        error = DAY * math.sqrt(2 / days)
        # The printed spread is that of measured changes, so the error of the days is part of it.
        between_people = np.sqrt(np.maximum(np.asarray(spread) ** 2 - error**2, 0))
        trial = found.between_trials * rng.standard_normal(level.size)
        change = found.mean + trial + between_people * rng.standard_normal(level.size) + effect
        before = level[:, None] + DAY * rng.standard_normal((level.size, days))
        after = (level - change)[:, None] + DAY * rng.standard_normal((level.size, days))
        if floor:
            before, after = (np.clip(np.round(side), 0, 10) for side in (before, after))
        called += int(np.sum(before.mean(axis=1) - after.mean(axis=1) > found.limit))
    share = called / (RUNS * PEOPLE)
    return 100 * share, 196 * math.sqrt(share * (1 - share) / (RUNS * PEOPLE))


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    print(f"{RUNS} runs of {PEOPLE} people; limit {sham_change('diabetic_polyneuropathy').limit:.1f} points")
    print("| Days on each side | Scale | No effect of light | 2 points of effect |")
    print("|---:|---|---:|---:|")
    for days in (4, 7, 14):
        for floor, name in ((False, "without ends"), (True, "0 to 10, whole numbers")):
            cells = [shares(rng, effect, days, floor) for effect in (0.0, 2.0)]
            print(f"| {days} | {name} | " + " | ".join(f"{share:.1f} ± {half:.1f} %" for share, half in cells) + " |")


if __name__ == "__main__":
    main()
