"""Who is treated, who treats, and who else is there."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.fhir import places
from nervelight.fhir.elements import Resource, concept, resource
from nervelight.fhir.vocabulary import CANONICAL
from nervelight.record.contents import Decision
from nervelight.record.dossier import Dossier

__all__ = ["CLINIC_NUMBER", "UUIDS", "named_practitioners", "people_of", "uuid_identifier"]

UUIDS = "urn:ietf:rfc:3986"
"""System of identifiers that are addresses of their own, such as ``urn:uuid:``."""
CLINIC_NUMBER = f"{CANONICAL}/identifier/clinic-number"
"""System of the clinic's own number for a person."""


def uuid_identifier(value: str) -> Resource:
    """Return an id of the record as an Identifier."""
    return {"system": UUIDS, "value": f"urn:uuid:{value}"}


def people_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield the Patient, the Organization that treats, its Practitioners and the CareTeam.

    Parameters
    ----------
    dossier : Dossier
    """
    yield _patient(dossier)
    yield _organization(dossier)
    for name in named_practitioners(dossier):
        yield resource("Practitioner", _id(places.practitioner(dossier, name)), name=[{"text": name}])
    yield _care_team(dossier)


def named_practitioners(dossier: Dossier) -> tuple[str, ...]:
    """Return the name of everybody of the clinic who planned, signed, decided or wrote, each once."""
    names = [kept.plan.case["care"]["clinician"] for kept in dossier.plans]
    names += [kept.signature.content.by for kept in dossier.plans if kept.signature is not None]
    names += [kept.content.by for kept in dossier.of(Decision)]
    authors = [kept.author for kept in dossier.plans]
    authors += [kept.author for kept in dossier.entries]
    authors += [kept.signature.author for kept in dossier.plans if kept.signature is not None]
    names += [author.name for author in authors if author is not None and author.role != "patient"]
    return tuple(dict.fromkeys(name for name in names if name.strip()))


def _id(to: Resource) -> str:
    return str(to["reference"]).partition("/")[2]


def _patient(dossier: Dossier) -> Resource:
    person = dossier.identity
    number = [{"system": CLINIC_NUMBER, "value": person.number}] if person.number else []
    ways = (("phone", person.phone), ("email", person.email))
    language = concept({"system": "urn:ietf:bcp:47", "code": person.language}) if person.language else None
    return resource(
        "Patient",
        dossier.patient_id,
        identifier=[uuid_identifier(dossier.patient_id), *number],
        # Which part of a name is the family's is not for a program to guess.
        name=[{"text": person.name}],
        telecom=[{"system": system, "value": value} for system, value in ways if value],
        birthDate=person.born,
        communication=[{"language": language, "preferred": True}] if language else [],
        managingOrganization=places.organization(dossier),
    )


def _organization(dossier: Dossier) -> Resource:
    clinic = dossier.clinic
    return resource(
        "Organization",
        _id(places.organization(dossier)),
        name=clinic.name,
        telecom=[{"system": "phone", "value": clinic.phone}] if clinic.phone else [],
    )


def _care_team(dossier: Dossier) -> Resource:
    care = dossier.plan.case["care"]
    clinic = places.organization(dossier)
    return resource(
        "CareTeam",
        dossier.course_id,
        identifier=[uuid_identifier(dossier.course_id)],
        status={"planned": "proposed", "signed": "active", "ended": "inactive"}[dossier.state],
        name=f"Those who treat {dossier.identity.name}",
        subject=places.patient(dossier),
        participant=[
            {
                "role": [concept(text="clinician who decides and signs")],
                "member": places.practitioner(dossier, care["clinician"]),
                "onBehalfOf": clinic,
            },
            {"role": [concept(text="patient")], "member": places.patient(dossier)},
            # As the case has them, such as "podiatrist: D": who of them is a person is not for a program to guess.
            *({"role": [concept(text=told)]} for told in care.get("team", ())),
        ],
        reasonReference=[places.condition(dossier)],
        managingOrganization=[clinic],
        note=[{"text": f"In an emergency: {dossier.clinic.emergency_number}"}],
    )
