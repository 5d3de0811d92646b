"""The days of a course that somebody has to keep free."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from nervelight.fhir import places
from nervelight.fhir.elements import Resource, concept, resource
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import own
from nervelight.record.dossier import Dossier

__all__ = ["days_of", "gates_of"]


def days_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an Appointment for each gate, and the sessions to come where they are in the clinic.

    No hour is agreed on, and R4 has only two words for an appointment without one: proposed and cancelled. A session
    that was given is a Procedure; one that was missed stays what it was. What an earlier version had from the day on
    which another took its place is cancelled, and so is what lies after the end, or in a pause of light.
    """
    yield from gates_of(dossier)
    for kept in dossier.plans:
        if kept.number > dossier.current.number or kept.plan.case["course"]["setting"] != "clinic":
            continue
        now = kept is dossier.current
        for session in kept.plan.schedule.sessions if kept.plan.schedule and not kept.plan.blocked else ():
            cancelled = not dossier.has_light(session.date) if now else session.date >= dossier.current.since
            ahead = now and dossier.over_since is None and session.date >= dossier.today
            if cancelled or ahead:
                id_ = places.part_id(kept.id, "session", str(session.number))
                coded = own("photobiomodulation", "photobiomodulation-session")
                what = concept(coded, text=f"session {session.number}")
                told = f"Session {session.number} of light"
                yield _appointment(dossier, id_, session.date, what, told, cancelled=cancelled)


def gates_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an Appointment for each gate of a course that can be signed; one of earlier versions alone is cancelled."""
    seen: set[str] = set()
    earlier = [kept for kept in dossier.plans if kept.number < dossier.current.number]
    for kept in (dossier.current, *reversed(earlier)):
        if kept.plan.schedule is None or kept.plan.blocked:
            # Nothing to decide on in a course that cannot be signed.
            continue
        for gate in kept.plan.schedule.gates:
            if gate.id not in seen:
                seen.add(gate.id)
                id_ = places.part_id(dossier.course_id, "gate", gate.id)
                what = concept(own("gate", gate.id), text=gate.label)
                cancelled = kept is not dossier.current or dossier.is_over(gate.date)
                yield _appointment(dossier, id_, gate.date, what, gate.question, cancelled=cancelled)


def _appointment(
    dossier: Dossier, id_: str, on: dt.date, what: Resource, description: str, *, cancelled: bool
) -> Resource:
    people = (places.patient(dossier), places.practitioner(dossier, dossier.plan.case["care"]["clinician"]))
    return resource(
        "Appointment",
        id_,
        identifier=[uuid_identifier(id_)],
        status="cancelled" if cancelled else "proposed",
        serviceType=[what],
        reasonReference=[places.condition(dossier)],
        description=description,
        basedOn=places.requests(dossier),
        participant=[{"actor": person, "status": "needs-action"} for person in people],
        requestedPeriod=[{"start": on.isoformat(), "end": on.isoformat()}],
    )
