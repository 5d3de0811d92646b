"""Makes a small record with this release: of a clinic, its accounts, made-up people, a course, amendments, an erasure.

``python tests/store/make.py`` makes ``VERSION.sqlite3`` and ``VERSION.site.key`` again, which later releases must
upgrade. ``python tests/store/make.py FOLDER`` makes the same in the database that FOLDER or NERVELIGHT_DATABASE_URL
names and prints ids; the tests of backup and crash begin with it. Every password is PASSWORD.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "diabetic_feet.yaml"
PASSWORD = "correct horse battery"
LOGINS = {"clinician": "doctor", "administrator": "admin", "patient": "p-anna"}
FIRST = dt.date(2026, 8, 3)


def make(home: Path) -> dict[str, str]:
    """Make the record; return ids."""
    os.environ["NERVELIGHT_DATA"] = str(home)
    from nervelight.record.home import prepare_home, start_django

    prepare_home()
    start_django()
    from nervelight.record.upgrade import bring_up_to_date

    bring_up_to_date(print)
    return _fill()


def _fill() -> dict[str, str]:
    from nervelight.documents import read_yaml
    from nervelight.planning import make_plan
    from nervelight.record import courses, people, tasks
    from nervelight.record.contents import Consent, Identity, Response, TaskText
    from nervelight.record.entries import amend, write
    from nervelight.record.models import Account, Clinic

    clinic = Clinic.objects.create(
        name="Clinic of the store", emergency_number="112", phone="+49 30 1234", time_zone="Europe/Berlin"
    )
    new = Account.objects.create_user
    doctor = new(LOGINS["clinician"], PASSWORD, name="Dr B", role="clinician", clinic=clinic)
    new(LOGINS["administrator"], PASSWORD, name="A. Dmin", role="administrator", clinic=clinic)

    anna = people.add_patient(clinic, Identity(name="Anna Example", born="1961-04"), author=doctor, synthetic=True)
    new(LOGINS["patient"], PASSWORD, role="patient", clinic=clinic, patient=anna)
    write(Consent(to="Light at the soles.", given=True, by="Anna Example"), patient=anna, author=doctor, day=FIRST)
    course = courses.open_course(anna, _plain(read_yaml(EXAMPLE)), author=doctor)
    plan = courses.add_plan(course, make_plan(EXAMPLE), case=courses.case_of(course).entry, author=doctor)
    courses.sign(course, plan, author=doctor, statement="I have read this plan.")
    for number in range(4):
        day = FIRST + dt.timedelta(days=number)
        given = courses.record_session(course, session(str(plan.pk)), author=doctor, day=day, key=f"session-{number}")
    amend(given, session(str(plan.pk), note="left foot only"), author=doctor)
    write(Response(instrument="nrs11", score=6), patient=anna, course=course, author=doctor, day=FIRST)
    task = tasks.add_task(
        TaskText(text="Call about the skin.", owner="clinician", due=FIRST), patient=anna, course=course, author=doctor
    )
    text = TaskText(text="Call about the skin.", owner="clinician", due=FIRST, state="done", outcome="Skin is fine.")
    tasks.finish_task(task, text, author=doctor)

    ben = people.add_patient(clinic, Identity(name="Ben Example"), author=doctor, synthetic=True)
    people.change_identity(people_entry(ben), Identity(name="Ben Beispiel"), author=doctor)
    courses.open_course(ben, {}, author=doctor)
    gone = people.add_patient(clinic, Identity(name="Carla Gone"), author=doctor, synthetic=True)
    people.erase(gone, author=doctor)
    return {
        "clinic": str(clinic.pk), "patient": str(anna.pk), "other": str(ben.pk), "erased": str(gone.pk),
        "course": str(course.pk), "plan": str(plan.pk),
    }  # fmt: skip


def people_entry(patient: Any) -> Any:
    """Return the entry that tells who a person is."""
    from nervelight.record.entries import current

    return current("identity", patient=patient)[0]


def session(plan: str, note: str = "", after: float = 6) -> Any:
    """Return a session of that plan."""
    from nervelight.record.contents import Session

    return Session(
        plan=plan, lamp="bestqool_pro300", distance_mm=305, where="home",
        seconds={"left sole": 105, "right sole": 105}, site_checked=True, eyes_protected=True, skin="fine",
        before=7, after=after, note=note,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def main() -> None:
    if len(sys.argv) > 1:
        print(json.dumps(make(Path(sys.argv[1]))))
        return
    os.environ.pop("NERVELIGHT_DATABASE_URL", None)
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        from django.db import connection

        connection.close()
        record = Path(folder, "record.sqlite3")
        with closing(sqlite3.connect(record, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("VACUUM")
        shutil.copyfile(record, HERE / f"{version('nervelight')}.sqlite3")
        shutil.copyfile(Path(folder, "site.key"), HERE / f"{version('nervelight')}.site.key")


if __name__ == "__main__":
    main()
