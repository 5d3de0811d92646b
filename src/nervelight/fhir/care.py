"""What is to be done: the plan itself, the light, the days, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.fhir import places
from nervelight.fhir.assessing import goals_of
from nervelight.fhir.days import days_of, gates_of
from nervelight.fhir.elements import Resource, concept, narrative_of, reference, resource, without_empty
from nervelight.fhir.flags import flags_of
from nervelight.fhir.lamps import lamps_of
from nervelight.fhir.light import NOT_AN_ORDER, light_of, status_of, timing
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import CANONICAL, own, profile
from nervelight.planning import Plan
from nervelight.planning.plan_document import Section
from nervelight.planning.words import day
from nervelight.record.dossier import Dossier, PlanKept

__all__ = ["PLAN_SHA256", "care_of"]

PLAN_SHA256 = f"{CANONICAL}/identifier/plan-sha256"
"""System of the SHA-256 of a plan's JSON text."""


def care_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield each version of the plan as a CarePlan, the light, the lamps, the days to come and the flags.

    Parameters
    ----------
    dossier : Dossier

    Notes
    -----
    Each version keeps its place, whichever holds. The light is requested by the version that holds alone: of the others
    it is told in words.
    """
    for kept in dossier.plans:
        yield _care_plan(dossier, kept)
    yield from lamps_of(dossier)
    yield from light_of(dossier)
    yield from days_of(dossier)
    yield from flags_of(dossier)


def _care_plan(dossier: Dossier, kept: PlanKept) -> Resource:
    plan, now = kept.plan, kept is dossier.current
    status = status_of(dossier, kept)
    earlier = [each for each in dossier.plans if each.number < kept.number][-1:]
    return resource(
        "CarePlan",
        str(places.care_plan(dossier, kept)["reference"]).partition("/")[2],
        meta=profile("light-care-plan"),
        text=narrative_of(_told(plan)),
        identifier=[uuid_identifier(kept.id), {"system": PLAN_SHA256, "value": kept.sha256}],
        # Of a version that waits for a signature nobody knows yet whether it will replace anything.
        replaces=[places.care_plan(dossier, each) for each in earlier if kept.number <= dossier.current.number],
        status=status,
        intent="plan",
        category=[concept(own("photobiomodulation", "photobiomodulation"), text="light against neuropathic pain")],
        title=plan.title,
        description=f"{plan.disclaimer} {_light_in_words(plan)}",
        subject=places.patient(dossier),
        period=_period(plan),
        created=kept.day.isoformat(),
        author=places.practitioner(dossier, kept.signature.content.by) if kept.signature else None,
        contributor=[places.organization(dossier)],
        careTeam=[places.care_team(dossier)],
        addresses=[places.condition(dossier)],
        supportingInfo=[places.device(dossier, plan.case["lamp"]["device"])],
        goal=[reference("Goal", each["id"]) for each in goals_of(dossier)] if now else [],
        activity=list(_activities(dossier, kept, status)),
        note=[{"text": text} for text in _notes(dossier, kept)],
    )


def _light_in_words(plan: Plan) -> str:
    return "No light is prescribed." if plan.prescription is None else plan.prescription.statement


def _period(plan: Plan) -> Resource | None:
    if plan.schedule is None:
        return None
    last = max(*(gate.date for gate in plan.schedule.gates), plan.schedule.sessions[-1].date)
    return {"start": plan.schedule.sessions[0].date.isoformat(), "end": last.isoformat()}


def _told(plan: Plan) -> Iterator[tuple[str, list[str]]]:
    yield plan.title, [plan.disclaimer]
    for section in plan.sections:
        yield section.title, [statement.text for statement in section.statements]
    yield "Findings", [f"{finding.level}: {finding.title}. {finding.text}" for finding in plan.findings]
    yield "Sources", [f"{key}: {citation}" for key, citation in plan.citations.items()]


def _activities(dossier: Dossier, kept: PlanKept, status: str) -> Iterator[Resource]:
    plan = kept.plan
    done = {
        "draft": "not-started",
        "active": "in-progress",
        "on-hold": "on-hold",
        "completed": "completed",
        "revoked": "stopped",
    }[status]
    if kept is dossier.current:
        if plan.prescription is not None:
            yield {"reference": places.request(dossier)}
        yield from ({"reference": reference("Appointment", each["id"])} for each in gates_of(dossier))
    elif plan.prescription is not None:
        light = concept(own("photobiomodulation", "photobiomodulation"))
        yield {
            "detail": without_empty(
                {
                    "kind": "ServiceRequest",
                    "code": light,
                    "status": done,
                    "scheduledTiming": timing(plan),
                    "description": plan.prescription.statement,
                }
            )
        }
    for section in plan.sections:
        yield {"detail": _section(section, done)}
    for told in plan.case["care"].get("other_treatments", ()):
        # What is done besides is not this plan's to start or to stop.
        yield {"detail": {"code": concept(text="other treatment"), "status": "unknown", "description": told}}


def _section(section: Section, done: str) -> Resource:
    return {
        "code": concept(own("plan-section", section.id)),
        "status": done,
        "description": " ".join(statement.text for statement in section.statements),
    }


def _notes(dossier: Dossier, kept: PlanKept) -> Iterator[str]:
    plan = kept.plan
    if dossier.synthetic:
        yield f"Made up: {dossier.synthetic}"
    yield plan.disclaimer
    yield NOT_AN_ORDER
    expected = plan.expectation
    yield (
        f"Benefit over sham: {expected.benefit_over_sham}. Certainty: {expected.certainty} "
        f"({'; '.join(expected.certainty_reasons)}). {' '.join(sentence.text for sentence in expected.sentences)}"
    )
    yield " ".join(_version(dossier, kept))
    if plan.blocked:
        blocks = "; ".join(f"{each.title} ({each.unblock})" for each in plan.findings if each.level == "block")
        yield f"Blocked, and cannot be signed: {blocks}"


def _version(dossier: Dossier, kept: PlanKept) -> Iterator[str]:
    """Say which version this is and what became of it."""
    now = dossier.current
    yield f"Version {kept.number} of the plan."
    signed = kept.signature
    yield f"Signed by {signed.content.by} on {day(signed.day)}." if signed else "Not signed."
    if kept.number < now.number:
        yield f"Version {now.number} took its place."
    elif kept is not now:
        yield f"Version {now.number} is followed until this one is signed."
    else:
        yield from dossier.held_back
