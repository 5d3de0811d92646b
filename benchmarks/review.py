"""How long a review of a one-year diary takes: target 0.3 s from files to card.

Run: ``python benchmarks/review.py``. Medians of nine runs in fresh processes. Loading the libraries, which every
command pays for, and drawing the page are told apart. The plan is that of ``examples/diabetic_feet.yaml``; its course
and the diary are moved so that a whole year of days lies in the past.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from nervelight.planning import make_plan

RUNS = 9
START = dt.date(2025, 3, 3)
CODE = """
import sys, time
marks = [time.perf_counter()]
from nervelight.documents import read_json, validated
from nervelight.planning import Plan
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import review_course
from nervelight.report import review_page
marks.append(time.perf_counter())
import scipy.special
marks.append(time.perf_counter())
plan = validated(Plan, read_json(sys.argv[1]), sys.argv[1])
diary = read_diary(sys.argv[2])
marks.append(time.perf_counter())
card = review_course(plan, diary)
marks.append(time.perf_counter())
card.to_json()
review_course(plan, diary)
marks.append(time.perf_counter())
review_page(card)
marks.append(time.perf_counter())
assert len(diary.days) == 365
print(*(after - before for before, after in zip(marks, marks[1:])))
"""
ROWS = (
    "libraries",
    "scipy.special",
    "plan and diary, read and checked",
    "first review, with the trial library",
    "second review",
    "page with its three pictures",
)


def main() -> None:
    plan = json.loads(make_plan("examples/diabetic_feet.yaml", draws=16).to_json())
    shift = START - dt.date.fromisoformat(plan["schedule"]["sessions"][0]["date"])
    for entry in plan["schedule"]["sessions"] + plan["schedule"]["gates"]:
        entry["date"] = (dt.date.fromisoformat(entry["date"]) + shift).isoformat()
    plan["case"]["readings"] = []
    draw = random.Random(1)
    rows = ["# patient: Example A", "date,nrs11,sleep_nrs,peg,phq9,pgic,time,fields,distance,lamp,skin"]
    for number in range(-14, 351):
        date = START + dt.timedelta(days=number)
        session = ",,,,"
        if number >= 0 and date.weekday() in (0, 2, 4):
            session = "105 s,left sole; right sole,12 in,bestqool_pro300,fine"
        forms = "7 6 8,0 1 0 1 1 0 0 0 0,3" if number % 14 == 0 else ",,"
        rows.append(f"{date},{draw.randint(3, 8)},{draw.randint(2, 7)},{forms},{session}")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, "plan.json"), Path(folder, "year.csv")]
        files[0].write_text(json.dumps(plan), encoding="utf-8")
        files[1].write_text("\n".join(rows), encoding="utf-8")
        command = [sys.executable, "-c", CODE, *map(str, files)]
        runs = [
            list(map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()))
            for _ in range(RUNS)
        ]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, medians of {RUNS} runs, 365 days")
    for name, times in zip(ROWS, zip(*runs, strict=True), strict=True):
        print(f"{name:38} {1000 * statistics.median(times):7.1f} ms")


if __name__ == "__main__":
    main()
