"""How long the PDFs of a course take: target 1 s for the letter, in a process that has loaded the program.

Run: ``python benchmarks/documents.py``. The course is the first example with the responder's diary and a decision card.
"First" is the first of its kind in the process, with fonts to read and Matplotlib to load; then the median of seven.
Each time another day of export, since typst remembers what it has set. Beside the time on the clock stands that of the
processor, which other work on the machine does not lengthen as much.
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
        clock, processor = (statistics.median(times) for times in zip(*more, strict=True))
        told = f"first {first[0]:5.2f} s ({first[1]:.2f})   then {clock:5.2f} s ({processor:.2f})"
        print(f"{make.__name__:16} {told}   {len(make(dossier)) / 1000:4.0f} kB")


def seconds(make: Callable[[Dossier], bytes], dossier: Dossier) -> tuple[float, float]:
    """Return how long it takes by the clock and on the processor [s]."""
    clock, processor = time.perf_counter(), time.process_time()
    make(dossier)
    return time.perf_counter() - clock, time.process_time() - processor


if __name__ == "__main__":
    main()
