"""Where each resource of a course stands: ids that stay the same, so that what is sent twice is there once."""

from __future__ import annotations

import uuid
from functools import lru_cache

from nervelight.fhir.elements import Resource, reference
from nervelight.record.dossier import Author, Dossier, PlanKept

__all__ = [
    "care_plan",
    "care_team",
    "condition",
    "device",
    "organization",
    "part_id",
    "patient",
    "practitioner",
    "request",
    "requests",
    "writer",
]

_PARTS = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/nervelight/nervelight/fhir")


# A course asks for the same few again with each of its sessions.
@lru_cache(maxsize=4096)
def part_id(*parts: str) -> str:
    """Return the id of something that has none of its own in the dossier, from what it is a part of."""
    return str(uuid.uuid5(_PARTS, "\n".join(parts)))


def patient(dossier: Dossier) -> Resource:
    """Return a reference to the Patient."""
    return reference("Patient", dossier.patient_id)


def organization(dossier: Dossier) -> Resource:
    """Return a reference to the Organization that treats."""
    return reference("Organization", part_id("organization", dossier.clinic.name), dossier.clinic.name)


def practitioner(dossier: Dossier, name: str) -> Resource:
    """Return a reference to a Practitioner of the clinic by name."""
    return reference("Practitioner", part_id("practitioner", dossier.clinic.name, name), name)


def condition(dossier: Dossier) -> Resource:
    """Return a reference to the Condition that is treated."""
    return reference("Condition", dossier.course_id)


def care_plan(dossier: Dossier, kept: PlanKept | None = None) -> Resource:
    """Return a reference to the CarePlan of a version of the plan; of the one that holds now when absent.

    A version is known by its number: its place stays the same when it is signed and when another one takes over.
    """
    return reference("CarePlan", part_id(dossier.course_id, "version", str((kept or dossier.current).number)))


def care_team(dossier: Dossier) -> Resource:
    """Return a reference to the CareTeam."""
    return reference("CareTeam", dossier.course_id)


def request(dossier: Dossier) -> Resource:
    """Return a reference to the ServiceRequest of the light."""
    return reference("ServiceRequest", dossier.course_id)


def device(dossier: Dossier, lamp: str) -> Resource:
    """Return a reference to the Device that is a lamp of the patient's."""
    return reference("Device", part_id(dossier.patient_id, "device", lamp))


def requests(dossier: Dossier) -> list[Resource]:
    """Return a reference to the ServiceRequest, where the plan that holds asks for light; else none."""
    return [request(dossier)] if dossier.plan.prescription is not None else []


def writer(dossier: Dossier, author: Author | None) -> Resource | None:
    """Return a reference to who wrote something; None where no name is known, or the program wrote it."""
    if author is None:
        return None
    if author.role == "patient":
        return patient(dossier)
    return practitioner(dossier, author.name) if author.name.strip() else None
