"""A clinic, its people, and a course with the plan of the first example."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from django.db import connection

from nervelight.planning import Plan
from nervelight.record import courses, guards, people
from nervelight.record.contents import Identity, Session
from nervelight.record.models import Account, Clinic, Course, Patient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def clinic(db: None) -> Clinic:
    return Clinic.objects.create(
        name="Test clinic", emergency_number="112", phone="+49 30 1234", time_zone="Europe/Berlin"
    )


@pytest.fixture
def clinician(clinic: Clinic) -> Account:
    return Account.objects.create_user("doctor", "correct horse battery", name="Dr B", role="clinician", clinic=clinic)


@pytest.fixture
def patient(clinic: Clinic, clinician: Account) -> Patient:
    return people.add_patient(clinic, Identity(name="Anna Maria Schmidt-Weiß"), author=clinician)


@pytest.fixture
def course(patient: Patient, clinician: Account, example_plans: dict[str, Plan]) -> Course:
    """A course with a signed plan."""
    document = yaml.safe_load((EXAMPLES / "diabetic_feet.yaml").read_text())
    made = courses.open_course(patient, _plain(document), author=clinician)
    plan = courses.add_plan(made, example_plans["diabetic_feet"], case=courses.case_of(made).entry, author=clinician)
    courses.sign(made, plan, author=clinician, statement="I have read this plan.")
    return made


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


@pytest.fixture
def session(course: Course) -> Session:
    return Session(
        plan=str(course.signed_plan_id), lamp="bestqool_pro300", distance_mm=305, where="home",
        seconds={"left sole": 105, "right sole": 105}, site_checked=True, eyes_protected=True, skin="fine",
        before=7, after=6,
    )  # fmt: skip


@pytest.fixture
def unguarded(db: None) -> Iterator[None]:
    """Tables without their triggers, for tests that tamper."""
    with guards.removed(connection):
        yield
