"""What is to be done: the plan itself, the light, the days, and what stands against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

from nervelight.assessment import red_flags
from nervelight.fhir import places
from nervelight.fhir.assessing import goals_of
from nervelight.fhir.dosimetry import dosimetry
from nervelight.fhir.elements import Resource, code, concept, narrative_of, quantity, reference, resource, without_empty
from nervelight.fhir.lamps import lamps_of
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import CANONICAL, TERMINOLOGY, own, profile
from nervelight.planning import Plan
from nervelight.planning.findings import Finding
from nervelight.planning.plan_document import Section
from nervelight.planning.schedule import WEEKDAYS
from nervelight.planning.words import day
from nervelight.record.contents import DayNote
from nervelight.record.dossier import Dossier, PlanKept

__all__ = ["PLAN_SHA256", "care_of"]

PLAN_SHA256 = f"{CANONICAL}/identifier/plan-sha256"
"""System of the SHA-256 of a plan's JSON text."""

# Told of the light in both places where somebody may look for it alone.
_NOT_AN_ORDER = "A plan, not an order: a clinician decides, and signs it or does not."


def care_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield each version of the plan as a CarePlan, the light, the lamps, the days to come and the flags.

    Parameters
    ----------
    dossier : Dossier

    Notes
    -----
    The CarePlan that holds stands where the course stands, whichever version it is; every other version stands under
    its own id. The light is requested by the version that holds alone: of the others it is told in words.
    """
    for kept in dossier.plans:
        yield _care_plan(dossier, kept)
    yield from lamps_of(dossier)
    yield from _request(dossier)
    yield from _appointments(dossier)
    yield from _flags(dossier)


# ---- the plan


def _plan_id(dossier: Dossier, kept: PlanKept) -> str:
    return dossier.course_id if kept is dossier.current else kept.id


def _care_plan(dossier: Dossier, kept: PlanKept) -> Resource:
    plan, now = kept.plan, kept is dossier.current
    status = _status(dossier, kept)
    earlier = [each for each in dossier.plans if each.number < kept.number][-1:]
    return resource(
        "CarePlan",
        _plan_id(dossier, kept),
        meta=profile("light-care-plan"),
        text=narrative_of(_told(plan)),
        identifier=[uuid_identifier(kept.id), {"system": PLAN_SHA256, "value": kept.sha256}],
        # Of a version that waits for a signature nobody knows yet whether it will replace anything.
        replaces=[
            reference("CarePlan", _plan_id(dossier, each)) for each in earlier if kept.number <= dossier.current.number
        ],
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


def _status(dossier: Dossier, kept: PlanKept) -> str:
    if kept is not dossier.current:
        # R4 knows no word for a plan that another one took the place of.
        return "revoked" if kept.number < dossier.current.number else "draft"
    if dossier.state == "planned":
        return "draft"
    if dossier.state == "signed":
        return "active"
    return "revoked" if _broken_off(dossier) else "completed"


def _broken_off(dossier: Dossier) -> bool:
    """Return whether a course that has ended did so before its last session, by decision, or unsigned."""
    decided = dossier.decision
    schedule = dossier.plan.schedule
    ends = [kept.day for kept in dossier.of(DayNote) if kept.content.ends_course]
    return (
        dossier.in_force is None
        or (decided is not None and decided.content.decision in ("stop", "refer"))
        or (schedule is not None and bool(ends) and ends[-1] < schedule.sessions[-1].date)
    )


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
    done = {"draft": "not-started", "active": "in-progress", "completed": "completed", "revoked": "stopped"}[status]
    if kept is dossier.current:
        if plan.prescription is not None:
            yield {"reference": places.request(dossier)}
        yield from ({"reference": reference("Appointment", each["id"])} for each in _gates(dossier))
    elif plan.prescription is not None:
        light = concept(own("photobiomodulation", "photobiomodulation"))
        yield {
            "detail": without_empty(
                {
                    "kind": "ServiceRequest",
                    "code": light,
                    "status": done,
                    "scheduledTiming": _timing(plan),
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
    yield _NOT_AN_ORDER
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
    elif dossier.state == "ended":
        ends = [each for each in dossier.of(DayNote) if each.content.ends_course]
        yield "The course has ended" + (f" on {day(ends[-1].day)}: {ends[-1].content.note}" if ends else ".")


# ---- the light


def _request(dossier: Dossier) -> Iterator[Resource]:
    """Yield the light, where one is prescribed."""
    plan = dossier.plan
    given = plan.prescription
    if given is None:
        return
    case = plan.case
    at_home = case["course"]["setting"] == "home"
    light = dosimetry(plan)
    yield resource(
        "ServiceRequest",
        dossier.course_id,
        meta=profile("light-request"),
        extension=[light] if light else [],
        identifier=[uuid_identifier(dossier.course_id)],
        status=_status(dossier, dossier.current),
        intent="plan" if dossier.current.signature else "proposal",
        code=concept(own("photobiomodulation", "photobiomodulation"), text="photobiomodulation for neuropathic pain"),
        quantityQuantity=quantity(given.total_sessions, "{session}") if given.total_sessions else None,
        subject=places.patient(dossier),
        occurrenceTiming=_timing(plan),
        authoredOn=dossier.current.day.isoformat(),
        requester=_signer(dossier),
        performer=[places.patient(dossier) if at_home else places.organization(dossier)],
        locationCode=[concept(text="at home" if at_home else "in the clinic")],
        reasonReference=[places.condition(dossier)],
        supportingInfo=[places.device(dossier, case["lamp"]["device"])],
        bodySite=[
            concept(own("body-site", plan.tissue.site), text=f"{plan.tissue.site_label}: {name}")
            for name in given.fields
        ],
        note=[{"text": text} for text in (plan.disclaimer, _NOT_AN_ORDER, *_blocked(plan))],
        patientInstruction=given.statement,
    )


def _signer(dossier: Dossier) -> Resource | None:
    signed = dossier.current.signature
    return places.practitioner(dossier, signed.content.by) if signed is not None else None


def _blocked(plan: Plan) -> Iterator[str]:
    if plan.blocked:
        yield "This plan is blocked: not to be given."


def _timing(plan: Plan) -> Resource | None:
    """Return when the sessions are, as a rule; their days stand in the schedule."""
    given, schedule = plan.prescription, plan.schedule
    if given is None or not given.sessions_per_week:
        return None
    # A part of a session a week, such as 2.5, is five in two weeks.
    often = Fraction(given.sessions_per_week).limit_denominator(8)
    return {
        "repeat": without_empty(
            {
                "boundsPeriod": None
                if schedule is None
                else {
                    "start": schedule.sessions[0].date.isoformat(),
                    "end": schedule.sessions[-1].date.isoformat(),
                },
                "count": given.total_sessions or None,
                "duration": _decimal(given.session_time_s),
                "durationUnit": "s",
                "frequency": often.numerator or None,
                "period": often.denominator if often.numerator else None,
                "periodUnit": "wk" if often.numerator else None,
                "dayOfWeek": [] if schedule is None else _weekdays([each.date for each in schedule.sessions]),
            }
        )
    }


def _decimal(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _weekdays(dates: list[dt.date]) -> list[str]:
    used = {date.weekday() for date in dates}
    return [name for number, name in enumerate(WEEKDAYS) if number in used]


# ---- the days


def _appointments(dossier: Dossier) -> Iterator[Resource]:
    """Yield the gates, and the sessions to come where they are in the clinic.

    No hour is agreed on, and R4 has only two words for an appointment without one: proposed and cancelled. A session
    that was given is a Procedure; one that was missed stays what it was.
    """
    yield from _gates(dossier)
    plan = dossier.plan
    if plan.schedule is None or plan.blocked or plan.case["course"]["setting"] != "clinic" or dossier.state == "ended":
        return
    for session in plan.schedule.sessions:
        if session.date >= dossier.today:
            id_ = places.part_id(dossier.current.id, "session", str(session.number))
            what = concept(own("photobiomodulation", "photobiomodulation-session"), text=f"session {session.number}")
            yield _appointment(dossier, id_, session.date, what, f"Session {session.number} of light")


def _gates(dossier: Dossier) -> Iterator[Resource]:
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
        basedOn=[places.request(dossier)] if dossier.plan.prescription else [],
        participant=[{"actor": person, "status": "needs-action"} for person in people],
        requestedPeriod=[{"start": on.isoformat(), "end": on.isoformat()}],
    )


# ---- what stands against it


def _flags(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Flag for each block, warning and red flag; one of an earlier version that is gone is inactive."""
    seen: set[str] = set()
    for kept in chain((dossier.current,), (each for each in dossier.plans if each.number < dossier.current.number)):
        for id_, what, level in _raised(dossier, kept.plan):
            if id_ not in seen:
                seen.add(id_)
                active = kept is dossier.current and dossier.state != "ended"
                yield _flag(dossier, id_, kept.day, what, level, active=active)


def _raised(dossier: Dossier, plan: Plan) -> Iterator[tuple[str, Resource, str]]:
    """Yield id, words and level of what a plan warns of."""
    taken: set[str] = set()
    for finding in plan.findings:
        if finding.level == "note":
            continue
        id_ = places.part_id(dossier.course_id, "flag", finding.id)
        while id_ in taken:
            # One rule may find two things, such as two drugs of one class.
            id_ = places.part_id(id_, "again")
        taken.add(id_)
        yield id_, concept(own("finding", finding.id, finding.title), text=_words(finding)), finding.level
    known = {flag.id: flag for flag in red_flags()}
    for name in plan.case["diagnosis"]["red_flags"]:
        told = f"{known[name].question} {known[name].action}" if name in known else name
        coded = [own("red-flag", name)] if name in known else []
        yield places.part_id(dossier.course_id, "red flag", name), concept(*coded, text=told), "block"


def _words(finding: Finding) -> str:
    numbers = ", ".join(
        text for text in (finding.value, finding.limit and f"against a limit of {finding.limit}") if text
    )
    unchecked = "The limit, or a number behind the value, has no checked source." if finding.unverified else ""
    parts = (f"{finding.title}.", finding.text, f"Found: {numbers}." if numbers else "", finding.unblock, unchecked)
    return " ".join(part for part in parts if part)


def _flag(dossier: Dossier, id_: str, since: dt.date, what: Resource, level: str, *, active: bool) -> Resource:
    return resource(
        "Flag",
        id_,
        identifier=[uuid_identifier(id_)],
        status="active" if active else "inactive",
        category=[concept(code(f"{TERMINOLOGY}/flag-category", "safety", "Safety"), own("finding-level", level))],
        code=what,
        subject=places.patient(dossier),
        period={"start": since.isoformat()},
    )
