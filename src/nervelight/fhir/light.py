"""The light of the plan that holds, as a request; and how far along it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction

from nervelight.fhir import places
from nervelight.fhir.dosimetry import dosimetry
from nervelight.fhir.elements import Resource, concept, decimal, quantity, resource, without_empty
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import own, profile
from nervelight.planning import Plan
from nervelight.planning.schedule import WEEKDAYS
from nervelight.record.contents import DayNote
from nervelight.record.dossier import Dossier, PlanKept

__all__ = ["NOT_AN_ORDER", "light_of", "status_of", "timing"]

NOT_AN_ORDER = "A plan, not an order: a clinician decides, and signs it or does not."


def light_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield the ServiceRequest of the light, where one is prescribed.

    Parameters
    ----------
    dossier : Dossier
    """
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
        meta=profile("light-request") if light else None,
        extension=[light] if light else [],
        identifier=[uuid_identifier(dossier.course_id)],
        status=status_of(dossier, dossier.current),
        intent="plan" if dossier.current.signature else "proposal",
        code=concept(own("photobiomodulation", "photobiomodulation"), text="photobiomodulation for neuropathic pain"),
        quantityQuantity=quantity(given.total_sessions, "{session}") if given.total_sessions else None,
        subject=places.patient(dossier),
        occurrenceTiming=timing(plan),
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
        note=[{"text": text} for text in (plan.disclaimer, NOT_AN_ORDER, *_blocked(plan), *dossier.held_back)],
        patientInstruction=given.statement,
    )


def _signer(dossier: Dossier) -> Resource | None:
    signed = dossier.current.signature
    return places.practitioner(dossier, signed.content.by) if signed is not None else None


def _blocked(plan: Plan) -> Iterator[str]:
    if plan.blocked:
        yield "This plan is blocked: not to be given."


def timing(plan: Plan) -> Resource | None:
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
                "duration": decimal(given.session_time_s),
                "durationUnit": "s",
                "frequency": often.numerator or None,
                "period": often.denominator if often.numerator else None,
                "periodUnit": "wk" if often.numerator else None,
                "dayOfWeek": [] if schedule is None else _weekdays([each.date for each in schedule.sessions]),
            }
        )
    }


def _weekdays(dates: list[dt.date]) -> list[str]:
    used = {date.weekday() for date in dates}
    return [name for number, name in enumerate(WEEKDAYS) if number in used]


def status_of(dossier: Dossier, kept: PlanKept) -> str:
    """Return the status of a version of the plan; that of the light where it is the one that holds."""
    if kept is not dossier.current:
        # R4 knows no word for a plan that another one took the place of.
        return "revoked" if kept.number < dossier.current.number else "draft"
    if dossier.state == "planned":
        return "draft"
    if dossier.state == "signed":
        # Something was reported, or a clinician decided to stop, refer or adjust: nothing is to be given for now.
        return "active" if dossier.over_since is None and dossier.paused is None else "on-hold"
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
