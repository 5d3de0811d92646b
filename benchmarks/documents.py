"""How long the PDFs of a course take: target 1 s for the letter, in a process that has loaded the program.

Run: ``python benchmarks/documents.py``. The course is the first example with the responder's diary and a decision card.
"First" is the first of its kind in the process, with fonts to read and Matplotlib to load; then the median of seven.
Each time another day of export, since typst remembers what it has set.
"""

from __future__ import annotations

import datetime as dt
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nervelight.planning import make_plan
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import review_course
from nervelight.record.dossier import Dossier, dossier_of_plan
from nervelight.report import handout_pdf, letter_pdf, plan_pdf, session_log_pdf

ROOT = Path(__file__).parents[1]
ON, RUNS = dt.date(2026, 9, 28), 7


def main() -> None:
    plan = make_plan(ROOT / "examples/diabetic_feet.yaml")
    diary = read_diary(ROOT / "examples/diaries/responder.csv", today=ON)
    dossier = dossier_of_plan(plan, diary, [review_course(plan, diary, on=ON)], today=ON)
    for make in (letter_pdf, session_log_pdf, handout_pdf, plan_pdf):
        first, *more = (seconds(make, replace(dossier, today=ON + dt.timedelta(days=n))) for n in range(1 + RUNS))
        size = len(make(dossier)) / 1000
        print(f"{make.__name__:16} first {first:5.2f} s   then {statistics.median(more):5.2f} s   {size:4.0f} kB")


def seconds(make: Callable[[Dossier], bytes], dossier: Dossier) -> float:
    start = time.perf_counter()
    make(dossier)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
