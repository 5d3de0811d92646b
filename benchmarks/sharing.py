"""How long a course of 2,000 sessions takes to become a FHIR Bundle: target 2 s, from the record to the JSON text.

Run: ``python benchmarks/sharing.py``. A record in a folder of its own is filled with one course (plan, signature, 2,000
sessions with pain before and after and the skin, 2,000 daily scores, 300 forms with their answers); filling it is not
counted. Medians of seven runs in this process, after one that is not counted. Opening: entries are decrypted, checked
and put together as a dossier.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

RUNS, SESSIONS, FORMS = 7, 2_000, 300
EXAMPLE = Path(__file__).parents[1] / "examples" / "diabetic_feet.yaml"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NERVELIGHT_DATA"] = folder
        from nervelight.record.home import manage, prepare_home, start_django

        prepare_home()
        start_django()
        manage("migrate", verbosity=0)
        measure(fill())


def fill() -> object:
    """Return a course that was followed for 2,000 days."""
    from nervelight.documents import read_yaml
    from nervelight.planning import make_plan
    from nervelight.record import courses, people
    from nervelight.record.contents import Identity, Response, Session
    from nervelight.record.entries import write
    from nervelight.record.models import Account, Clinic
    from store.make import _plain

    clinic = Clinic.objects.create(name="Load", emergency_number="112", phone="1", time_zone="Europe/Berlin")
    doctor = Account.objects.create_user("doctor", None, name="Dr B", role="clinician", clinic=clinic)
    patient = people.add_patient(clinic, Identity(name="A. Load"), author=doctor, synthetic=True)
    course = courses.open_course(patient, _plain(read_yaml(EXAMPLE)), author=doctor)
    plan = courses.add_plan(course, make_plan(EXAMPLE), case=courses.case_of(course).entry, author=doctor)
    courses.sign(course, plan, author=doctor, statement="Read.")
    for number in range(SESSIONS):
        day = course.opened_at.date() - dt.timedelta(days=SESSIONS - number)
        given = Session(
            plan=str(plan.pk), lamp="bestqool_pro300", distance_mm=305 + number % 20, where="home",
            seconds={"left sole": 105, "right sole": 105 - number % 5}, site_checked=True, eyes_protected=True,
            skin="fine", before=number % 10, after=number % 7, note=f"Session {number}",
        )  # fmt: skip
        write(given, patient=patient, course=course, author=doctor, day=day)
        pain = Response(instrument="nrs11", score=float(number % 10))
        write(pain, patient=patient, course=course, author=doctor, day=day)
        if number < FORMS:
            peg = Response(instrument="peg", answers=(1.0, 2.0, 3.0), score=2.0)
            write(peg, patient=patient, course=course, author=doctor, day=day)
    return course


def measure(course: object) -> None:
    """Print how long each step takes."""
    from nervelight.fhir.bundle import bundle_of, bundle_text
    from nervelight.record.gathering import dossier_of

    took: list[list[float]] = []
    used: list[list[float]] = []
    for _ in range(RUNS + 1):
        marks = [(time.perf_counter(), time.process_time())]
        dossier = dossier_of(course, actor=None, about="benchmark")
        marks.append((time.perf_counter(), time.process_time()))
        bundle = bundle_of(dossier)
        marks.append((time.perf_counter(), time.process_time()))
        text = bundle_text(bundle)
        marks.append((time.perf_counter(), time.process_time()))
        took.append([(after - before) for (before, _), (after, _) in itertools.pairwise(marks)])
        used.append([(after - before) for (_, before), (_, after) in itertools.pairwise(marks)])
    print(f"{len(bundle['entry'])} resources, {len(text.encode()) / 1e6:.1f} MB; of the processor in brackets")
    names = ("opened from the record", "made", "written", "in all")
    for name, seconds, cpu in zip(names, _medians(took), _medians(used), strict=True):
        print(f"{name:24} {seconds:6.2f} s ({cpu:.2f} s)")
    print(f"target 2 s; best {min(map(sum, took[1:])):.2f} s")


def _medians(runs: list[list[float]]) -> list[float]:
    """Return the medians of the steps and of the whole, without the first run."""
    return [statistics.median(each) for each in (*zip(*runs[1:], strict=True), tuple(map(sum, runs[1:])))]


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    main()
