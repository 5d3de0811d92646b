"""One course as it is shared with others: who, what was planned, what was given, what was felt.

All that leaves this program in another form (FHIR, calendar, letters, tables) is made from a dossier and from nothing
else, so that the same course says the same everywhere. A dossier comes from the record (`nervelight.record.gathering`)
or, where there is none, from a plan file and a diary. It knows no database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from nervelight.errors import Fault, InvalidInput
from nervelight.planning import Plan
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.review import Review
from nervelight.planning.words import day
from nervelight.record.contents import (
    AdverseEvent,
    Content,
    DayNote,
    Decision,
    Identity,
    Response,
    ReviewCard,
    Session,
    Signature,
    Voided,
)
from nervelight.record.pausing import STOPPING, Pause, given_up, pause_of

__all__ = ["Author", "CaseScore", "ClinicCard", "Dossier", "Kept", "PlanKept", "dossier_of_plan"]

ContentT = TypeVar("ContentT", bound=Content)
ContentT_co = TypeVar("ContentT_co", bound=Content, covariant=True)
# Names of things that come from files and not from the record; any fixed one would do.
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/nervelight/nervelight")


@dataclass(frozen=True)
class Author:
    """Who wrote something down."""

    name: str
    """Of staff; a patient's name stands in the identity alone, and is empty here."""
    role: Literal["clinician", "patient", "administrator"]


@dataclass(frozen=True)
class ClinicCard:
    """Who treats."""

    name: str
    emergency_number: str
    phone: str = ""
    """The clinic's own number; empty where it is not known."""
    time_zone: str = ""
    """IANA name; empty where it is not known."""
    language: str = "en"


@dataclass(frozen=True)
class Kept(Generic[ContentT_co]):
    """Something that was written down and holds now."""

    id: str
    """Id of its first version: it stays the same however often it is corrected."""
    version: str
    """Id of the version that holds."""
    day: dt.date
    content: ContentT_co
    recorded_at: dt.datetime | None = None
    """When this version was written, by the clinic's clock; None where it comes from a file."""
    author: Author | None = None
    """None where the program wrote it, or it comes from a file."""
    course: str | None = None
    """Id of the course; None for what is of the person."""

    def is_after(self, other: Kept[Any]) -> bool:
        """Return whether it was written after another, where both are known to have been written."""
        return self.recorded_at is not None and other.recorded_at is not None and self.recorded_at > other.recorded_at


@dataclass(frozen=True)
class PlanKept:
    """One version of the plan."""

    id: str
    """Id that sessions and signatures name."""
    number: int
    """Counted within the course, from 1."""
    sha256: str
    """Of the plan's JSON text."""
    day: dt.date
    """When it was computed, where that is known; else the day of its first session or of the latest score."""
    plan: Plan
    signature: Kept[Signature] | None = None
    recorded_at: dt.datetime | None = None
    author: Author | None = None

    @property
    def since(self) -> dt.date:
        """The day from which it is followed: that of its signature; while there is none, the day of the plan."""
        return self.signature.day if self.signature is not None else self.day


@dataclass(frozen=True)
class CaseScore:
    """A score that stands in the case of a plan."""

    id: str
    day: dt.date
    instrument: str
    value: float
    answers: Sequence[Any]
    """Empty where the score alone is known."""
    holds: bool
    """Whether the plan that is followed has it: what an earlier version alone has may have been an error."""


@dataclass(frozen=True)
class Dossier:
    """One course of one person."""

    patient_id: str
    identity: Identity
    clinic: ClinicCard
    course_id: str
    state: Literal["planned", "signed", "ended"]
    opened: dt.date
    plans: tuple[PlanKept, ...]
    """Each version, the oldest first; at least one."""
    entries: tuple[Kept[Any], ...] = ()
    """Everything else that holds, in order of its day, `Voided` among it; also what is of the person and no course."""
    synthetic: str = ""
    """For a made-up person: that it is made up, and how. Shown wherever the course is."""
    in_force: str | None = None
    """Id of the signed plan that is followed; None before the first signature."""
    paused: Pause | None = None
    """Since when no light is given, since something was reported that the clinic has not answered yet."""
    today: dt.date = field(default_factory=dt.date.today)
    """The day of the export, where the clinic is."""

    def of(self, shape: type[ContentT]) -> tuple[Kept[ContentT], ...]:
        """Return the entries of one shape, in order of their day."""
        return tuple(each for each in self.entries if isinstance(each.content, shape))

    def struck(self, shape: type[ContentT]) -> tuple[tuple[Kept[ContentT], str], ...]:
        """Return the entries of one shape that were entered in error, with why: they count nowhere."""
        voided: tuple[Kept[Any], ...] = self.of(Voided)
        return tuple(
            (replace(each, content=each.content.was), each.content.reason)
            for each in voided
            if isinstance(each.content.was, shape)
        )

    @cached_property
    def current(self) -> PlanKept:
        """The plan that is followed; the latest version where none is signed."""
        return next((each for each in self.plans if each.id == self.in_force), self.plans[-1])

    @property
    def plan(self) -> Plan:
        """The plan of `current`."""
        return self.current.plan

    @cached_property
    def case_scores(self) -> tuple[CaseScore, ...]:
        """The scores of all versions' cases, each once, with the answers of the latest version, or the followed one."""
        found: dict[str, CaseScore] = {}
        for kept in (*self.plans, self.current):
            for each in kept.plan.case["scores"]:
                name, day, value = str(each["instrument"]), str(each["date"]), float(each["value"])
                id_ = _id(self.course_id, "score", name, day, f"{value:g}")
                holds = kept is self.current
                found[id_] = CaseScore(id_, dt.date.fromisoformat(day), name, value, each["answers"], holds)
        return tuple(found.values())

    @cached_property
    def review(self) -> Review | None:
        """The latest decision card; None where there is none."""
        cards = self.of(ReviewCard)
        return Review.model_validate_json(cards[-1].content.review) if cards else None

    @property
    def decision(self) -> Kept[Decision] | None:
        """What the clinician made of the latest card; None where they have not decided on it."""
        cards = self.of(ReviewCard)
        found = [
            each for each in self.of(Decision) if cards and each.content.review in (cards[-1].id, cards[-1].version)
        ]
        return found[-1] if found else None

    @cached_property
    def over_since(self) -> dt.date | None:
        """The day after which nothing of the plan is followed, since the course ended or was decided on; else None."""
        if self.state == "ended":
            ends = [each.day for each in self.of(DayNote) if each.content.ends_course]
            return max(ends, default=self.today)
        return given_up((each.day, self._decided(each.content)) for each in self._decisions())

    def _decisions(self) -> list[Kept[Decision]]:
        """Return the decisions since the plan was signed, the oldest first."""
        signed = self.current.signature
        found = sorted(self.of(Decision), key=_when)
        if signed is not None and signed.recorded_at is not None:
            # A new version is often signed on the day of the decision that asks for it.
            return [each for each in found if each.recorded_at is None or each.recorded_at > signed.recorded_at]
        return [each for each in found if each.day >= self.current.since]

    def _decided(self, made: Decision) -> str | None:
        if made.decision is not None or made.word != "accept":
            return made.decision
        cards = [each.content for each in self.of(ReviewCard) if made.review in (each.id, each.version)]
        return next((Review.model_validate_json(each.review).decision for each in cards), None)

    @property
    def held_back(self) -> tuple[str, ...]:
        """Why no light is given: the course has ended, light is paused, a decision; a sentence each, else empty."""
        if self.state == "ended":
            ends = [each for each in self.of(DayNote) if each.content.ends_course]
            on = f" on {day(ends[-1].day)}" if ends else ""
            why = f": {ends[-1].content.note}" if ends and ends[-1].content.note else "."
            return (f"The course has ended{on}{why}",)
        told = []
        if self.paused is not None:
            why = self.paused.why.rstrip(".")
            since = day(self.paused.since)
            told.append(f"Light has been paused since {since} and stays so until the clinic has answered: {why}.")
        if self.over_since is not None:
            since = day(self.over_since)
            told.append(f"By decision of {since} this plan is not followed until a new version is signed.")
        return tuple(told)

    def is_over(self, day: dt.date) -> bool:
        """Return whether a day lies after `over_since`."""
        return self.over_since is not None and day > self.over_since

    def has_light(self, day: dt.date) -> bool:
        """Return whether a session planned for a day holds: the course goes on and is not paused, or it was given."""
        if self.is_over(day):
            return False
        paused = self.paused is not None and day >= self.paused.since
        return not paused or day in self._given_days

    @cached_property
    def _given_days(self) -> frozenset[dt.date]:
        return frozenset(each.day for each in self.of(Session))


def _when(made: Kept[Decision]) -> tuple[dt.date, float]:
    return made.day, made.recorded_at.timestamp() if made.recorded_at is not None else 0.0


def dossier_of_plan(
    plan: Plan,
    diary: Diary | None = None,
    reviews: Sequence[Review] = (),
    *,
    today: dt.date | None = None,
    id_key: bytes = b"",
) -> Dossier:
    """Return the course of a plan file, with what a diary says was given and felt.

    Its ids follow from the name on the plan, the pain and the site, and from the days: the same files give the same
    ids, so that what is sent twice is there once. Whoever knows an id can try names until one gives it, unless the ids
    are made with a key.

    Parameters
    ----------
    plan : Plan
    diary : Diary, optional
        Of the same person.
    reviews : sequence of Review
        Decision cards of this plan, the oldest first.
    today : date, optional
        The day of the export; the machine's when absent.
    id_key : bytes
        A secret that the ids are made with; without it they follow from the name alone. The same each time.

    Raises
    ------
    InvalidInput
        If the diary or a card is of another person.
    """
    label = str(plan.case["patient"]["label"])
    faults = []
    if diary is not None and diary.patient and diary.patient != label:
        faults.append(Fault("diary.patient", diary.patient, f"the name on the plan, {label}"))
    faults += [
        Fault(f"reviews.{number}.patient", review.patient, f"the name on the plan, {label}")
        for number, review in enumerate(reviews)
        if review.patient != label
    ]
    if faults:
        raise InvalidInput("export", faults)
    text = plan.to_json()
    who = hmac.digest(id_key, label.encode(), "sha256").hex() if id_key else label
    patient_id = _id("person", who)
    course_id = _id(patient_id, "course", str(plan.case["diagnosis"]["condition"]), str(plan.case["site"]["name"]))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    made = PlanKept(id=_id(course_id, "plan", sha256), number=1, sha256=sha256, day=_day_of(plan), plan=plan)
    written = [*_written(plan, diary, reviews, course_id, made.id)]
    return Dossier(
        patient_id=patient_id,
        identity=Identity(name=label),
        clinic=ClinicCard(name=plan.case["care"]["clinician"], emergency_number=plan.case["care"]["emergency_number"]),
        course_id=course_id,
        # Which plan was signed is not written in a file.
        state="planned",
        opened=made.day,
        plans=(made,),
        entries=tuple(
            Kept(id=name, version=name, day=day, content=content, course=course_id) for name, day, content in written
        ),
        paused=_paused([(day, content) for _, day, content in written]),
        synthetic=diary.synthetic if diary is not None else "",
        today=today or dt.date.today(),
    )


def _paused(written: Sequence[tuple[dt.date, Content]]) -> Pause | None:
    """Return the pause of a course that knows no tasks: what stops light is answered by a decision from then on."""
    events = [(day, content) for day, content in written if isinstance(content, AdverseEvent)]
    decided = max((day for day, content in written if isinstance(content, Decision)), default=dt.date.min)
    return pause_of(events, [each for each in events if each[0] > decided and STOPPING & set(each[1].red_flags)])


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_NAMES, "\n".join(parts)))


def _day_of(plan: Plan) -> dt.date:
    if plan.schedule is not None:
        return plan.schedule.sessions[0].date
    return max(dt.date.fromisoformat(str(score["date"])) for score in plan.case["scores"])


def _written(
    plan: Plan, diary: Diary | None, reviews: Sequence[Review], course: str, plan_id: str
) -> Iterator[tuple[str, dt.date, Content]]:
    days = diary.days if diary is not None else ()
    for each in days:
        of_day = f"{each.date}"
        if each.session is not None:
            yield _id(course, "session", of_day), each.date, _session(each.session, plan, plan_id)
        scores = dict(each.scores) | ({} if each.walked is None else {"sixmwt": each.walked / 1000})
        for name, score in scores.items():
            yield _id(course, "response", of_day, name), each.date, Response(instrument=name, score=score)
        if each.event or each.red_flags:
            yield _id(course, "event", of_day), each.date, _event(each)
        if each.other_treatment or each.note:
            note = DayNote(other_treatment=each.other_treatment, note=each.note)
            yield _id(course, "day", of_day), each.date, note
    for review in reviews:
        card = _id(course, "review", f"{review.on}", hashlib.sha256(review.to_json().encode()).hexdigest())
        yield card, review.on, ReviewCard(review=review.to_json(), plan=plan_id)
        decided = review.clinician
        if decided is not None:
            yield (
                _id(card, "decision"),
                decided.date,
                Decision(
                    review=card, word=decided.word, decision=decided.decision, by=decided.by, reason=decided.reason
                ),
            )


def _session(given: DeliveredSession, plan: Plan, plan_id: str) -> Session:
    fields = plan.prescription.fields if plan.prescription is not None else ()
    lit = given.fields if given.fields is not None else dict.fromkeys(fields, given.time) if given.time else {}
    return Session(
        plan=plan_id,
        lamp=given.lamp or plan.case["lamp"]["device"],
        distance_mm=given.distance,
        seconds={name: seconds for name, seconds in lit.items() if seconds},
        # A diary does not say.
        site_checked=False,
        eyes_protected=None,
        skin=given.skin,
        where=plan.case["course"]["setting"],
    )


def _event(day: DiaryDay) -> AdverseEvent:
    return AdverseEvent(
        what=day.event or "red flag in the diary: " + ", ".join(day.red_flags),
        red_flags=day.red_flags,
        seriousness="not graded",
        related="unknown",
        told_by="patient",
    )
