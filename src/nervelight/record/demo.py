"""Ten people for a demonstration: made up, at different points of their courses, and labelled so wherever shown."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
from django.db import transaction
from pydantic import Field

from nervelight.documents import Document, Text, read_data, validated
from nervelight.planning import Plan, make_plan
from nervelight.planning.case import Weekday
from nervelight.planning.case_reading import case_from_data
from nervelight.record import courses, people, reviews
from nervelight.record.contents import AdverseEvent, Consent, DayNote, Decision, Identity, Response, Session, TaskText
from nervelight.record.entries import today_at, write
from nervelight.record.models import Account, Clinic, Course, Patient
from nervelight.record.tasks import add_task

__all__ = ["DEMO_LOGINS", "load_demo", "read_demo"]

DEMO_LOGINS = {"clinician": "demo-clinician", "patient": "demo-patient", "administrator": "demo-administrator"}
SCATTER, RESEMBLANCE, FALL_DAYS = 0.8, 0.3, 18
# One day in so many is forgotten.
FORGOTTEN = 0.06
BEFORE_DAYS = 10


class OtherTreatment(Document):
    """A change of other treatment."""

    day: int
    text: Text


class Event(Document):
    """An adverse event."""

    days_ago: int
    what: Text
    red_flags: tuple[str, ...]
    seriousness: Literal["mild", "moderate", "severe", "serious"]
    related: Literal["unlikely", "possible", "probable", "unknown"]
    taken: Text
    told_by: Literal["patient", "clinician"]


class Person(Document):
    """One person of the demonstration."""

    name: Text
    case: str
    age: Text
    phototype: str
    stage: Literal["draft", "planned", "signed", "decided", "ended"]
    leave_out: tuple[str, ...] = ()
    """Parts of the case that are not filled in yet."""
    starts_in: int = 7
    """First day of the course, counted from today."""
    pain: tuple[float, float] = (6, 6)
    """Level before and after."""
    silent_days: int = 0
    """Nothing was written down for so long."""
    other_treatment: OtherTreatment | None = None
    event: Event | None = None
    account: bool = False


class Demo(Document):
    """The file."""

    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    cases: Mapping[str, dict[str, Any]]
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Loaded:
    """What was loaded."""

    password: str
    people: int


def read_demo() -> Demo:
    """Return the people of the demonstration."""
    return validated(Demo, read_data("nervelight.record", "data", "demo.yaml"), "demo.yaml")


def load_demo(
    progress: Callable[[int, int], None] | None = None, password: str | None = None, draws: int = 256
) -> Loaded:
    """Fill an empty database with a clinic of made-up people.

    Parameters
    ----------
    progress : callable, optional
        Told how many people are done, and of how many; each plan takes some seconds.
    password : str, optional
        Of the three accounts; made up when absent.
    draws : int
        Of each plan.

    Returns
    -------
    Loaded

    Raises
    ------
    RuntimeError
        If there is a clinic already: made-up people never stand among real ones.
    """
    if Clinic.objects.exists():
        raise RuntimeError("there is a clinic in this database: a demonstration needs one of its own")
    file = read_demo()
    password = password or secrets.token_urlsafe(9)
    with transaction.atomic():
        clinic = Clinic.objects.create(
            name="Demonstration clinic", emergency_number="112", phone="+49 30 555 0100",
            opening_hours="Monday to Friday, 8 to 16", time_zone="Europe/Berlin",
        )  # fmt: skip
        make = Account.objects.create_user
        doctor = make(DEMO_LOGINS["clinician"], password, name="Dr Demo", role="clinician", clinic=clinic)
        make(DEMO_LOGINS["administrator"], password, name="A. Demo", role="administrator", clinic=clinic)
    for number, person in enumerate(file.people):
        with transaction.atomic():
            patient = people.add_patient(clinic, Identity(name=person.name), author=doctor, synthetic=True)
            if person.account:
                make(DEMO_LOGINS["patient"], password, role="patient", clinic=clinic, patient=patient)
            _Course(person, file.cases[person.case], patient, doctor, np.random.default_rng(number)).load(draws)
        if progress:
            progress(number + 1, len(file.people))
    return Loaded(password, len(file.people))


class _Course:
    def __init__(
        self, person: Person, case: dict[str, Any], patient: Patient, doctor: Account, rng: np.random.Generator
    ) -> None:
        self.person, self.patient, self.doctor, self.rng = person, patient, doctor, rng
        self.today = today_at(patient.clinic)
        start = self.today + dt.timedelta(days=person.starts_in)
        # Courses begin on a Monday.
        self.start = start - dt.timedelta(days=start.weekday())
        self.document = self._document(case)

    def _document(self, case: dict[str, Any]) -> dict[str, Any]:
        person, before = self.person, self.start - dt.timedelta(days=3)
        skin = {key: value for key, value in case["patient"].items() if key != "ita"}
        document = {
            **case,
            "patient": {**skin, "label": person.name, "age": person.age, "phototype": person.phototype},
            "scores": [{**score, "date": min(before, self.today).isoformat()} for score in case["scores"]],
            "readings": [
                {**reading, "date": min(before, self.today).isoformat()} for reading in case.get("readings", [])
            ],
            "course": {**case["course"], "start": self.start.isoformat(), **self._weekdays()},
            "care": {**case["care"], "clinician": self.doctor.name, "goals": _without_dates(case["care"]["goals"])},
        }
        return {key: value for key, value in document.items() if key not in person.leave_out}

    def _weekdays(self) -> dict[str, list[str]]:
        """Return days of the week that let whoever looks at the patient's pages find a session today."""
        if not self.person.account:
            return {}
        days = get_args(Weekday)
        return {"weekdays": [days[day] for day in sorted((self.today.weekday() + step) % 7 for step in (0, 2, 4))]}

    def load(self, draws: int) -> None:
        """Write the course up to its stage."""
        person = self.person
        course = courses.open_course(self.patient, self.document, author=self.doctor)
        if person.stage == "draft":
            return
        plan = make_plan(case_from_data(self.document, person.name), draws=draws)
        entry = courses.add_plan(course, plan, case=courses.case_of(course).entry, author=self.doctor)
        if person.stage == "planned":
            return
        courses.sign(course, entry, author=self.doctor, statement="Read, with its findings, and agreed on.")
        words = "Light for my nerve pain, knowing that a benefit over a dummy treatment is unproven."
        self._write(Consent(to=words, given=True, by=person.name), course, min(self.start, self.today))
        self._days(course, plan)
        if person.event is not None:
            self._event(course, person.event)
        courses.refresh(course)
        if person.stage in ("decided", "ended"):
            self._decide(course)
        if person.stage == "ended":
            course.state = Course.State.ENDED
            course.save()

    def _write(self, content: Any, course: Course, day: dt.date) -> None:
        evening = dt.datetime.combine(day, dt.time(19, 30), ZoneInfo(course.clinic.time_zone))
        at = min(evening, dt.datetime.now(dt.UTC))
        write(content, patient=self.patient, course=course, author=self.doctor, day=day, at=at)

    def _days(self, course: Course, plan: Plan) -> None:
        assert plan.prescription is not None and plan.schedule is not None
        person, error = self.person, 0.0
        planned = {session.date for session in plan.schedule.sessions}
        last = self.today - dt.timedelta(days=max(1, person.silent_days))
        end = min(last, self.start + dt.timedelta(days=60))
        for number in range(-BEFORE_DAYS, (end - self.start).days + 1):
            day = self.start + dt.timedelta(days=number)
            high, low = person.pain
            level = high + (low - high) * min(max(number / FALL_DAYS, 0.0), 1.0)
            error = RESEMBLANCE * error + SCATTER * float(self.rng.normal()) * (1 - RESEMBLANCE**2) ** 0.5
            pain = float(round(min(max(level + error, 0), 10)))
            if self.rng.random() > FORGOTTEN:
                self._write(Response(instrument="nrs11", score=pain, answers=(pain,)), course, day)
            if day in planned and self.rng.random() > FORGOTTEN:
                self._session(course, plan, day, pain)
            change = person.other_treatment
            if change is not None and change.day == number:
                self._write(DayNote(other_treatment=change.text), course, day)

    def _session(self, course: Course, plan: Plan, day: dt.date, pain: float) -> None:
        assert plan.prescription is not None and plan.lamp is not None
        seconds = float(round(plan.prescription.time_per_field_s)) + 5 * int(self.rng.integers(-1, 2))
        session = Session(
            plan=str(course.signed_plan_id), lamp=plan.lamp.device, distance_mm=plan.lamp.distance_mm,
            seconds=dict.fromkeys(plan.prescription.fields, seconds), site_checked=True, eyes_protected=True,
            skin="fine", before=pain, after=max(pain - 1.0, 0.0), where=self.document["course"]["setting"],
        )  # fmt: skip
        self._write(session, course, day)

    def _event(self, course: Course, event: Event) -> None:
        day = self.today - dt.timedelta(days=event.days_ago)
        told = event.model_dump(exclude={"days_ago"})
        self._write(AdverseEvent(**told), course, day)
        text = "Call about the blister, look at it, and decide whether the course goes on"
        add_task(
            TaskText(text=text, why=event.what, owner="clinician", due=self.today, urgent=True),
            patient=self.patient, course=course, author=self.doctor,
        )  # fmt: skip

    def _decide(self, course: Course) -> None:
        on = min(self.today - dt.timedelta(days=2), self.start + dt.timedelta(days=58))
        card = reviews.review(course, on=on)
        made = Decision(review="", word="accept", decision=card.decision, by=self.doctor.name, reason="As proposed.")
        reviews.decide(course, card, made, author=self.doctor)


def _without_dates(goals: list[Any]) -> list[Any]:
    """Return goals in words: a day by which one is reached belongs to the example that it comes from."""
    return [goal if isinstance(goal, str) else goal["what"] for goal in goals]
