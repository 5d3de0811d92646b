"""Who does what, and who wrote what: tasks, documents, and where each thing comes from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache

from nervelight.fhir import places
from nervelight.fhir.course_terms import term
from nervelight.fhir.elements import Resource, code, concept, instant, reference, resource, without_empty
from nervelight.fhir.events import sheet_id
from nervelight.fhir.vocabulary import TERMINOLOGY
from nervelight.record.contents import EducationRead, FiledDocument, ReviewCard, TaskText
from nervelight.record.dossier import Author, Dossier, PlanKept
from nervelight.sources import all_sources

__all__ = ["documents_of", "plan_document", "provenances_of", "tasks_of"]

_TASK_STATES = {"open": "requested", "done": "completed", "dropped": "cancelled"}
# "Author's signature" in the list that FHIR binds Signature.type to.
_SIGNED = code("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1", "Author's Signature")


def tasks_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Task for each thing that somebody has to do, with who owns it and by when."""
    known = all_sources()
    for kept in dossier.of(TaskText):
        made = kept.content
        yield resource(
            "Task",
            kept.id,
            basedOn=[places.care_plan(dossier)],
            status=_TASK_STATES[made.state],
            intent="order",
            priority="urgent" if made.urgent else "routine",
            description=made.text,
            for_=places.patient(dossier),
            # When this version was written: a task that was done since has its own day, and that it began on is gone.
            lastModified=instant(kept.recorded_at),
            owner=places.patient(dossier) if made.owner == "patient" else places.care_team(dossier),
            reasonCode=concept(text=made.why),
            note=[{"text": known[each].citation if each in known else each} for each in made.sources],
            restriction={"period": {"end": made.due.isoformat()}},
            output=[{"type": term("outcome"), "valueString": made.outcome}] if made.outcome else None,
        )


def documents_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a DocumentReference for each plan, card, filed document and version of a sheet that was read.

    Plans and cards are attached to the letter. Of filed documents name, size and hash alone are here.
    """
    before: str | None = None
    for plan in dossier.plans:
        # Of a version that waits for a signature nobody knows yet whether it will replace anything.
        yield _plan(dossier, plan, before if plan.number <= dossier.current.number else None)
        before = plan.id
    for card in dossier.of(ReviewCard):
        yield resource(
            "DocumentReference",
            card.id,
            status="current",
            type=term("review-card"),
            subject=places.patient(dossier),
            date=instant(card.recorded_at),
            content=[_attached(card.content.review.encode(), "application/json", f"Decision card of {card.day}")],
            context={"related": [plan_document(card.content.plan)]},
        )
    for filed in dossier.of(FiledDocument):
        data = base64.b64decode(filed.content.base64)
        title = filed.content.name
        yield resource(
            "DocumentReference",
            filed.id,
            status="current",
            type=term("filed-document"),
            subject=places.patient(dossier),
            date=instant(filed.recorded_at),
            description=filed.content.about,
            content=[_attached(data, filed.content.media_type, title, inside=False)],
        )
    sheets = {sheet_id(dossier, read.content): read.content for read in dossier.of(EducationRead)}
    for id_, sheet in sheets.items():
        yield resource(
            "DocumentReference",
            id_,
            identifier=[{"value": sheet.version}],
            status="current",
            type=term("education-sheet"),
            subject=places.patient(dossier),
            custodian=places.organization(dossier),
            content=[{"attachment": {"title": f"{sheet.sheet}, version {sheet.version}"}}],
        )


def plan_document(plan_id: str) -> Resource:
    """Return a reference to the DocumentReference of one version of the plan."""
    return reference("DocumentReference", plan_id)


def provenances_of(dossier: Dossier, made: Iterable[Resource]) -> Iterator[Resource]:
    """Yield where things come from: who wrote each entry and when, and who signed which plan.

    Parameters
    ----------
    dossier : Dossier
    made : iterable of Resource
        What was made of the course: of each entry all that has its id is told at once.
    """
    targets: dict[str, list[Resource]] = {}
    for each in made:
        targets.setdefault(each["id"], []).append(reference(each["resourceType"], each["id"]))
    for kept in dossier.entries:
        if kept.recorded_at is not None and kept.id in targets:
            amended = kept.version != kept.id
            yield resource(
                "Provenance",
                places.part_id(kept.version, "provenance"),
                contained=_program(kept.author),
                target=targets[kept.id],
                occurredDateTime=kept.day.isoformat(),
                recorded=instant(kept.recorded_at),
                activity=_activity("UPDATE" if amended else "CREATE"),
                agent=[_agent(dossier, kept.author)],
            )
    for plan in dossier.plans:
        yield from _of_plan(dossier, plan)


def _plan(dossier: Dossier, plan: PlanKept, before: str | None) -> Resource:
    text = plan.plan.to_json().encode()
    anew = hashlib.sha256(text).hexdigest() != plan.sha256
    signed, by = plan.signature, places.writer(dossier, plan.author)
    return resource(
        "DocumentReference",
        plan.id,
        identifier=[{"system": "urn:ietf:rfc:6920", "value": f"ni:///sha-256;{_url64(plan.sha256)}"}],
        status="superseded" if plan.number < dossier.current.number else "current",
        docStatus="final" if signed else "preliminary",
        type=term("plan"),
        subject=places.patient(dossier),
        date=instant(plan.recorded_at),
        author=[by] if by else None,
        authenticator=places.practitioner(dossier, signed.content.by) if signed else None,
        relatesTo=[{"code": "replaces", "target": plan_document(before)}] if before else None,
        description=f"{plan.plan.title}; SHA-256 {plan.sha256}"
        + ("; written anew by this version of the program, so that the hash is of the text as it was" if anew else ""),
        content=[_attached(text, "application/json", f"Plan {plan.number}")],
    )


def _url64(sha256: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(sha256)).decode().rstrip("=")


def _attached(data: bytes, media_type: str, title: str, *, inside: bool = True) -> Resource:
    return {
        "attachment": without_empty(
            {
                "contentType": media_type,
                "data": base64.b64encode(data).decode() if inside else None,
                "size": len(data),
                # FHIR R4 asks for SHA-1.
                "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode(),
                "title": title,
            }
        )
    }


@cache
def _activity(name: str) -> Resource:
    return concept(code(f"{TERMINOLOGY}/v3-DataOperation", name, name.lower()))


@cache
def _kind(name: str) -> Resource:
    return concept(code(f"{TERMINOLOGY}/provenance-participant-type", name, name.capitalize()))


def _program(author: Author | None) -> list[Resource]:
    name = [{"name": "Nervelight", "type": "user-friendly-name"}]
    return [] if author else [{"resourceType": "Device", "id": "program", "deviceName": name}]


def _agent(dossier: Dossier, author: Author | None) -> Resource:
    # What nobody wrote the program did.
    who = {"reference": "#program"} if author is None else places.writer(dossier, author)
    return {"type": _kind("author"), "who": who or places.organization(dossier)}


def _of_plan(dossier: Dossier, plan: PlanKept) -> Iterator[Resource]:
    if plan.recorded_at is not None:
        yield resource(
            "Provenance",
            places.part_id(plan.id, "provenance"),
            contained=_program(plan.author),
            target=[plan_document(plan.id)],
            occurredDateTime=plan.day.isoformat(),
            recorded=instant(plan.recorded_at),
            activity=_activity("CREATE"),
            agent=[_agent(dossier, plan.author)],
        )
    signed = plan.signature
    if signed is None or signed.recorded_at is None:
        return
    who = places.practitioner(dossier, signed.content.by)
    when = instant(signed.recorded_at)
    yield resource(
        "Provenance",
        places.part_id(signed.id, "provenance"),
        target=[
            plan_document(plan.id),
            places.care_plan(dossier, plan),
        ],
        occurredDateTime=signed.day.isoformat(),
        recorded=when,
        reason=[concept(text=signed.content.statement)],
        activity=concept(text="Read and signed"),
        agent=[{"type": _kind("attester"), "who": who}],
        signature=[{"type": [_SIGNED], "when": when, "who": who}],
    )
