"""Write the two example diaries of ``examples/diaries``: made up, and labelled so.

Run: ``python validation/example_diaries.py``. Both belong to the plan of ``examples/diabetic_feet.yaml``. Pain of a day
scatters about a level that falls from one value to another over the course; nobody's data are in them.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent.parent / "examples" / "diaries"
START = dt.date(2026, 8, 3)
BEFORE, AFTER = 10, 57
SCATTER, RESEMBLANCE = 0.8, 0.3
COLUMNS = (
    "date",
    "nrs11",
    "sleep_nrs",
    "peg",
    "phq2",
    "gad2",
    "pgic",
    "time",
    "fields",
    "distance",
    "lamp",
    "skin",
    "walk",
)
COLUMNS = (*COLUMNS, "event", "other_treatment", "note")


def write(
    name: str, seed: int, levels: tuple[float, float], missed: set[int], forms: dict[int, dict[str, str]]
) -> None:
    """Write one diary; `forms` holds what stands on a day of its own, by day from the start."""
    rng = np.random.default_rng(seed)
    high, low = levels
    error = 0.0
    rows = []
    for number in range(-BEFORE, AFTER):
        date = START + dt.timedelta(days=number)
        fallen = min(max(number / 18, 0.0), 1.0)
        error = RESEMBLANCE * error + SCATTER * float(rng.normal()) * (1 - RESEMBLANCE**2) ** 0.5
        level = high + (low - high) * fallen
        row = dict.fromkeys(COLUMNS, "")
        row["date"] = date.isoformat()
        if rng.random() > 0.06:
            row["nrs11"] = f"{round(min(max(level + error, 0), 10))}"
            row["sleep_nrs"] = f"{round(min(max(0.8 * level + float(rng.normal()), 0), 10))}"
        if 0 <= number < 28 and date.weekday() in (0, 2, 4) and number not in missed:
            seconds = 105 + 5 * int(rng.integers(-1, 2))
            lamp = {"time": f"{seconds} s", "fields": "left sole; right sole", "distance": "12 in"}
            row |= {**lamp, "lamp": "bestqool_pro300", "skin": "fine"}
        row |= forms.get(number, {})
        if any(row[column] for column in COLUMNS[1:]):
            rows.append(row)
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as handle:
        handle.write(
            "# patient: Example A\n# synthetic: made by a program for this example; no person's data are in it\n"
        )
        table = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    """Write both."""
    write(
        "responder.csv",
        seed=4,
        levels=(7.6, 0.8),
        missed={16},
        forms={
            -3: {"peg": "7 6 7", "phq2": "1 1", "gad2": "1 0"},
            7: {"event": "feet warm for an hour after the session"},
            14: {"peg": "6 6 6"},
            28: {"peg": "4 4 5", "pgic": "2"},
            42: {"peg": "3 2 3"},
            54: {"walk": "452 m", "phq2": "0 0", "gad2": "0 0"},
            56: {"peg": "2 2 2", "pgic": "2"},
        },
    )
    write(
        "sham_would_explain.csv",
        seed=9,
        levels=(6.6, 4.1),
        missed={7, 18},
        forms={
            -3: {"peg": "6 6 7", "phq2": "2 1", "gad2": "1 1"},
            10: {"other_treatment": "duloxetine 90 mg instead of 60 mg"},
            14: {"peg": "6 5 6"},
            28: {"peg": "5 5 5", "pgic": "3"},
            42: {"peg": "5 4 5"},
            54: {"phq2": "1 1", "gad2": "1 0"},
            56: {"peg": "4 4 5", "pgic": "3"},
        },
    )


if __name__ == "__main__":
    main()
