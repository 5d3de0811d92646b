"""Sessions as they were given: a Procedure each, with planned and delivered light apart, and lamps used at home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nervelight.fhir import places
from nervelight.fhir.course_terms import extended, term
from nervelight.fhir.elements import Resource, concept, quantity, resource
from nervelight.fhir.vocabulary import own
from nervelight.planning import Plan
from nervelight.planning.plan_document import Band, target_of
from nervelight.planning.review.course import Course
from nervelight.planning.review.delivery import fluence_share
from nervelight.record.contents import Session
from nervelight.record.dossier import Dossier, Kept

__all__ = ["device_use_of", "lamp_on", "procedures_of", "skin_code"]

# What of the skin afterwards is told as a complication; redness that fades is what warmth does.
HARMS = ("redness that lasts", "blister", "burn", "wound")
PERCENT = "%"


def procedures_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Procedure for each session, in order of its day; those entered in error last, marked so."""
    courses = {each.id: _course(each.plan) for each in dossier.plans}
    sites = {each.id: each.plan.tissue.site_label for each in dossier.plans}
    known: dict[Any, Resource] = {}
    for kept in dossier.of(Session):
        yield _procedure(dossier, kept, courses.get(kept.content.plan), sites.get(kept.content.plan, ""), known)
    for kept, why in dossier.struck(Session):
        made = _procedure(dossier, kept, courses.get(kept.content.plan), sites.get(kept.content.plan, ""), known)
        yield made | {"status": "entered-in-error", "statusReason": concept(text=why)}


def device_use_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a DeviceUseStatement for each lamp that is used at home."""
    at_home = [each for each in dossier.of(Session) if each.content.where == "home"]
    days: dict[str, list[str]] = {}
    for each in at_home:
        days.setdefault(each.content.lamp, []).append(each.day.isoformat())
    if not days and dossier.plan.case["course"]["setting"] == "home":
        days[dossier.plan.case["lamp"]["device"]] = []
    ended = dossier.state == "ended"
    for lamp, given in days.items():
        known = dossier.plan.lamp if dossier.plan.lamp and dossier.plan.lamp.device == lamp else None
        yield resource(
            "DeviceUseStatement",
            places.part_id(dossier.course_id, "device use", lamp),
            basedOn=places.requests(dossier),
            status=_use(dossier, bool(given)),
            subject=places.patient(dossier),
            timingPeriod={"start": given[0], **({"end": given[-1]} if ended else {})} if given else None,
            source=places.patient(dossier),
            device=places.device(dossier, lamp),
            reasonReference=[places.condition(dossier)],
            bodySite=concept(text=dossier.plan.tissue.site_label),
            note=[{"text": f"Labelled use: {known.labelled_use}"}] if known and known.labelled_use else None,
        )


def _use(dossier: Dossier, given: bool) -> str:
    if dossier.state == "ended":
        return "completed" if given else "stopped"
    return "intended" if not given else "on-hold" if dossier.held_back else "active"


def lamp_on(dossier: Dossier, day: str) -> str:
    """Return the lamp of the last session up to a day, or that of the plan where there was none."""
    used = [each.content.lamp for each in dossier.of(Session) if each.day.isoformat() <= day]
    return used[-1] if used else str(dossier.plan.case["lamp"]["device"])


def skin_code(skin: str) -> str:
    """Return the code of a skin check."""
    return "skin-" + skin.replace(" ", "-")


def _course(plan: Plan) -> Course | None:
    """Return what a plan asks for, as a review holds sessions against it; None where it asks for nothing."""
    target = target_of(plan.targets)
    if plan.prescription is None or plan.schedule is None or plan.lamp is None or target is None:
        return None
    begins = plan.schedule.sessions[0].date
    return Course(plan, plan.prescription, plan.schedule, plan.lamp, target, late_days=0, first_light=begins, given=())


def _procedure(
    dossier: Dossier, kept: Kept[Session], course: Course | None, site: str, known: dict[Any, Resource]
) -> Resource:
    made = kept.content
    at_home = made.where == "home"
    actor = places.patient(dossier) if at_home else places.organization(dossier)
    return resource(
        "Procedure",
        kept.id,
        extension=[
            *_lights(made, course, known),
            *([extended("site-confirmed", valueBoolean=True)] if made.site_checked else []),
            *([] if made.eyes_protected is None else [extended("eyes-protected", valueBoolean=made.eyes_protected)]),
        ],
        basedOn=places.requests(dossier),
        status="stopped" if made.stopped_early else "completed",
        statusReason=concept(text=made.stopped_early),
        category=term(made.where),
        code=concept(own("photobiomodulation", "photobiomodulation-session")),
        subject=places.patient(dossier),
        performedDateTime=kept.day.isoformat(),
        recorder=places.writer(dossier, kept.author),
        performer=[{"actor": actor}],
        reasonReference=[places.condition(dossier)],
        bodySite=[concept(text=each) for each in filter(None, (site, *made.seconds))],
        outcome=concept(text=f"Skin afterwards: {made.skin}") if made.skin else None,
        complication=[term(skin_code(made.skin))] if made.skin in HARMS else None,
        note=[{"text": made.note}] if made.note else None,
        usedReference=[places.device(dossier, made.lamp)],
    )


def _lights(made: Session, course: Course | None, known: dict[Any, Resource]) -> Iterator[Resource]:
    """Yield the light of each field that was lit, and of each that the plan has and was not.

    Sessions are alike: what was worked out of one is in `known` for the next.
    """
    planned = course.order.fields if course else ()
    # Where no time was written down nobody knows which fields were lit.
    for name in dict.fromkeys((*planned, *made.seconds)) if made.seconds else ():
        given = (made.plan, made.lamp, made.distance_mm, name, made.seconds.get(name))
        if given not in known:
            known[given] = extended("delivered-light", *_light(made, name, course, name in planned))
        yield known[given]


def _light(made: Session, name: str, course: Course | None, planned: bool) -> Iterator[Resource]:
    seconds = made.seconds.get(name, 0.0)
    yield {"url": "field", "valueString": name}
    yield _amount("time", seconds, "s")
    if made.distance_mm is not None:
        yield _amount("distance", made.distance_mm / 10, "cm")
    if course is None:
        return
    order, lamp = course.order, course.lamp
    share = fluence_share(course, seconds, made.distance_mm) if made.lamp == lamp.device else None
    exposure = order.radiant_exposure_j_cm2.p50
    fluence = course.target.fluence_rate_mw_cm2.map(lambda rate: rate * 1e-3 * order.time_per_field_s)
    if share is not None:
        if made.distance_mm is None:
            yield {"url": "distanceAssumed", "valueBoolean": True}
        if seconds:
            yield _amount("irradiance", lamp.irradiance_mw_cm2.p50 * share * order.time_per_field_s / seconds, "mW/cm2")
        yield _amount("radiantExposure", exposure * share, "J/cm2")
        yield _amount("fluence", fluence.p50 * share, "J/cm2")
        yield _interval("fluenceInterval", fluence, share)
        if planned:
            yield _amount("percentOfPlanned", 100 * share, PERCENT)
    if planned:
        yield _amount("plannedTime", order.time_per_field_s, "s")
        yield _amount("plannedDistance", lamp.distance_mm / 10, "cm")
        yield _amount("plannedFluence", fluence.p50, "J/cm2")


def _amount(url: str, value: float, unit: str) -> Resource:
    return {"url": url, "valueQuantity": quantity(value, unit)}


def _interval(url: str, band: Band, share: float) -> Resource:
    low, high = quantity(band.p5 * share, "J/cm2"), quantity(band.p95 * share, "J/cm2")
    return {"url": url, "valueRange": {"low": low, "high": high}}
