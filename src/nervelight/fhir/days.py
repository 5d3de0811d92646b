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
    that was given is a Procedure; one that was missed stays what it was.
    """
    yield from gates_of(dossier)
    plan = dossier.plan
    if plan.schedule is None or plan.blocked or plan.case["course"]["setting"] != "clinic" or dossier.state == "ended":
        return
    for session in plan.schedule.sessions:
        if session.date >= dossier.today:
            id_ = places.part_id(dossier.current.id, "session", str(session.number))
            what = concept(own("photobiomodulation", "photobiomodulation-session"), text=f"session {session.number}")
            yield _appointment(dossier, id_, session.date, what, f"Session {session.number} of light")


def gates_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an Appointment for each gate of a course that can be signed."""
    plan = dossier.plan
    if plan.schedule is None or plan.blocked:
        # Nothing to decide on in a course that cannot be signed.
        return
    for gate in plan.schedule.gates:
        id_ = places.part_id(dossier.course_id, "gate", gate.id)
        yield _appointment(dossier, id_, gate.date, concept(own("gate", gate.id), text=gate.label), gate.question)


def _appointment(dossier: Dossier, id_: str, on: dt.date, what: Resource, description: str) -> Resource:
    people = (places.patient(dossier), places.practitioner(dossier, dossier.plan.case["care"]["clinician"]))
    return resource(
        "Appointment",
        id_,
        identifier=[uuid_identifier(id_)],
        status="cancelled" if dossier.state == "ended" and on > dossier.today else "proposed",
        serviceType=[what],
        reasonReference=[places.condition(dossier)],
        description=description,
        basedOn=places.requests(dossier),
        participant=[{"actor": person, "status": "needs-action"} for person in people],
        requestedPeriod=[{"start": on.isoformat(), "end": on.isoformat()}],
    )
