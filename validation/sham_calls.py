"""How often a person on sham is said to have improved more than sham explains, and how often a real effect is seen.

Run: ``python validation/sham_calls.py``. Each simulated person has diabetic polyneuropathy and a measured baseline of 4
or more, so that regression to the mean is at work, and changes as the distribution of `nervelight.evidence.sham_change`
has it: trial, person and measurement error together. What that distribution does not know is how far people in more
pain change more; the correlation of baseline and change is therefore varied. Prints a table; writes nothing.
"""

from __future__ import annotations

import math

import numpy as np

from nervelight.evidence import sham_change

PEOPLE = 10_000
RUNS = 20
DAYS = 7
DAY = 1.2
"""Scatter of one day's pain about a person's level [points]; shapes the days only: the spread of changes is given."""
LEVEL, LEVELS = 6.0, 1.5
HIGH = 8.0


def shares(rng: np.random.Generator, effect: float, correlation: float, ends: bool) -> tuple[float, float, float]:
    """Return the share [%] called better than sham explains, half its 95 % interval, and the share in high pain."""
    found = sham_change("diabetic_polyneuropathy")
    called, called_high, high, everybody = 0, 0, 0, 0
    for _ in range(RUNS):
        level = rng.normal(LEVEL, LEVELS, 2 * PEOPLE)
        spread = np.asarray(found.spread.at(rng.random(level.size)))
        # The printed spread is that of measured changes, so the error of the days is part of it.
        spread = np.sqrt(spread**2 + found.between_trials**2 - 2 * DAY**2 / DAYS)
        own = math.sqrt(1 - correlation**2) * rng.standard_normal(level.size)
        change = found.mean + effect + spread * (correlation * (level - LEVEL) / LEVELS + own)
        before = level[:, None] + DAY * rng.standard_normal((level.size, DAYS))
        after = (level - change)[:, None] + DAY * rng.standard_normal((level.size, DAYS))
        if ends:
            before, after = (np.clip(np.round(side), 0, 10) for side in (before, after))
        start, fall = before.mean(axis=1), before.mean(axis=1) - after.mean(axis=1)
        kept = np.flatnonzero(start >= 4)[:PEOPLE]
        beyond = fall[kept] > found.limit
        called += int(beyond.sum())
        called_high += int(beyond[start[kept] >= HIGH].sum())
        high += int((start[kept] >= HIGH).sum())
        everybody += kept.size
    share = called / everybody
    return 100 * share, 196 * math.sqrt(share * (1 - share) / everybody), 100 * called_high / high


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    print(f"{RUNS} runs of {PEOPLE} people; limit {sham_change('diabetic_polyneuropathy').limit:.1f} points")
    print("| Scale | Correlation with baseline | Placebo alone | the same, from 8 or more | 2 points more |")
    print("|---|---:|---:|---:|---:|")
    for ends, name in ((False, "without ends"), (True, "0 to 10")):
        for correlation in (0.0, 0.3, 0.5):
            share, half, high = shares(rng, 0.0, correlation, ends)
            power, _, _ = shares(rng, 2.0, correlation, ends)
            print(f"| {name} | {correlation:g} | {share:.1f} ± {half:.1f} % | {high:.0f} % | {power:.0f} % |")


if __name__ == "__main__":
    main()
