"""The dossier of a course, from the record."""

from __future__ import annotations

import uuid
from collections.abc import Container, Iterable
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from django.db import transaction

from nervelight.errors import Fault, InvalidInput
from nervelight.planning import Plan
from nervelight.record import audit
from nervelight.record.contents import AdverseEvent, CaseDraft, Identity, PlanVersion, Signature, TaskText
from nervelight.record.dossier import Author, ClinicCard, Dossier, Kept, PlanKept
from nervelight.record.entries import Read, opened_all, today_at
from nervelight.record.events import why_of
from nervelight.record.models import Account, Course, Entry
from nervelight.record.pausing import Pause, pause_of

__all__ = ["dossier_of"]


def dossier_of(course: Course, *, actor: Account | None, about: str) -> Dossier:
    """Return a course as it is shared with others; that it left the record is written to the audit.

    Parameters
    ----------
    course : Course
    actor : Account or None
        Who takes it; None for whoever has the machine.
    about : str
        What it is taken as, such as ``fhir``; a word of the audit, never of the person.

    Raises
    ------
    KeyMissing
        If the person was erased.
    InvalidInput
        If no plan was made yet.
    """
    patient, clinic = course.patient, course.clinic
    zone = ZoneInfo(clinic.time_zone)
    with transaction.atomic():
        audit.append("export", actor=actor, patient=patient.pk, about=f"{about} {course.pk}")
        of_person = Entry.objects.filter(patient=patient).prefetch_related("author").order_by("day", "recorded_at")
        of_all = opened_all(of_person)
    amended = {read.entry.amends_id for read in of_all}
    first = _first_versions(of_all)
    paused = _paused(of_all, first, amended)
    reads = [read for read in of_all if read.entry.course_id in (course.pk, None)]
    kept = [_kept(read, first, zone) for read in reads if read.entry.pk not in amended]
    signatures = [each for each in kept if isinstance(each.content, Signature)]
    plans = tuple(
        sorted(
            (_plan(read, signatures, zone) for read in reads if isinstance(read.content, PlanVersion)),
            key=lambda each: each.number,
        )
    )
    if not plans:
        raise InvalidInput("export", [Fault("course", str(course.pk), "a course of which a plan was made")])
    apart = (Identity, CaseDraft, PlanVersion, Signature)
    return Dossier(
        patient_id=str(patient.pk),
        identity=next(each.content for each in reversed(kept) if isinstance(each.content, Identity)),
        clinic=ClinicCard(clinic.name, clinic.emergency_number, clinic.phone, clinic.time_zone, clinic.language),
        course_id=str(course.pk),
        state="ended" if course.state == Course.State.ENDED else "signed" if course.signed_plan_id else "planned",
        opened=course.opened_at.astimezone(zone).date(),
        plans=plans,
        entries=tuple(each for each in kept if not isinstance(each.content, apart)),
        synthetic="Made up for a demonstration." if patient.synthetic else "",
        paused=paused,
        in_force=str(course.signed_plan_id) if course.signed_plan_id else None,
        today=today_at(clinic),
    )


def _paused(
    reads: Iterable[Read], first: dict[uuid.UUID, uuid.UUID], amended: Container[uuid.UUID | None]
) -> Pause | None:
    """Return the pause of a person: what harms them stops all light, in whichever course it was written down."""
    held = [read for read in reads if read.entry.pk not in amended]
    now = {first[read.entry.pk]: read.content for read in held if isinstance(read.content, AdverseEvent)}
    about = {why_of(read.entry): now.get(first[read.entry.pk]) for read in reads if read.entry.kind == Entry.Kind.EVENT}
    unanswered = [
        (read.entry.day, about.get(content.why))
        for read in held
        if isinstance(content := read.content, TaskText)
        and (content.state, content.urgent, content.owner) == ("open", True, "clinician")
    ]
    events = [(read.entry.day, read.content) for read in held if isinstance(read.content, AdverseEvent)]
    return pause_of(events, unanswered)


def _first_versions(reads: Iterable[Read]) -> dict[uuid.UUID, uuid.UUID]:
    amends = {read.entry.pk: read.entry.amends_id for read in reads}

    def first(pk: uuid.UUID) -> uuid.UUID:
        while earlier := amends[pk]:
            pk = earlier
        return pk

    return {pk: first(pk) for pk in amends}


def _author(read: Read) -> Author | None:
    by = read.entry.author
    if by is None:
        return None
    role = cast(Literal["clinician", "patient", "administrator"], by.role)
    return Author("" if role == "patient" else by.get_full_name(), role)


def _kept(read: Read, first: dict[uuid.UUID, uuid.UUID], zone: ZoneInfo) -> Kept[Any]:
    entry = read.entry
    return Kept(
        id=str(first[entry.pk]),
        version=str(entry.pk),
        day=entry.day,
        content=read.content,
        recorded_at=entry.recorded_at.astimezone(zone),
        author=_author(read),
        course=str(entry.course_id) if entry.course_id else None,
    )


def _plan(read: Read, signatures: Iterable[Kept[Signature]], zone: ZoneInfo) -> PlanKept:
    content, pk = read.content, str(read.entry.pk)
    return PlanKept(
        id=pk,
        number=content.number,
        sha256=content.sha256,
        day=read.entry.day,
        plan=Plan.model_validate_json(content.plan),
        signature=next((each for each in signatures if each.content.plan == pk), None),
        recorded_at=read.entry.recorded_at.astimezone(zone),
        author=_author(read),
    )
