"""What hurts, how sure that is, what the person wants, what they take: the assessment of a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nervelight.assessment import Goal, in_unit, instrument, is_walked, red_flags
from nervelight.evidence import condition_info, recognised
from nervelight.fhir import places
from nervelight.fhir.elements import Resource, code, concept, quantity, resource, without_empty
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import TERMINOLOGY, icd10, instrument_concept, own, profile
from nervelight.planning import Plan
from nervelight.planning.words import day
from nervelight.record.dossier import Dossier

__all__ = ["assessing_of", "goals_of"]

_ACHIEVED = {"reached": "achieved", "not yet reached": "in-progress", "not reached": "not-achieved"}


def assessing_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield the Condition, the Goals, and a MedicationStatement for each drug that the plan knows of.

    Parameters
    ----------
    dossier : Dossier
    """
    yield _condition(dossier)
    yield from goals_of(dossier)
    yield from _medications(dossier)


# ---- the pain


def _condition(dossier: Dossier) -> Resource:
    plan = dossier.plan
    diagnosis = plan.case["diagnosis"]
    label = condition_info(diagnosis["condition"]).label
    held = diagnosis.get("icd10")
    return resource(
        "Condition",
        dossier.course_id,
        meta=profile("neuropathic-condition"),
        identifier=[uuid_identifier(dossier.course_id)],
        clinicalStatus=concept(code(f"{TERMINOLOGY}/condition-clinical", "active", "Active")),
        category=[concept(code(f"{TERMINOLOGY}/condition-category", "problem-list-item", "Problem List Item"))],
        code=concept(*(icd10(held) if held else ()), own("condition", diagnosis["condition"]), text=label),
        bodySite=[
            concept(own("body-site", plan.tissue.site), text=f"{plan.tissue.site_label}: {name}")
            for name in plan.case["site"]["fields"]
        ],
        subject=places.patient(dossier),
        recordedDate=dossier.opened.isoformat(),
        stage=[
            {
                "summary": concept(own("neupsig-grade", plan.neupsig_grade)),
                "type": concept(text="NeuPSIG grade of neuropathic pain (2016)"),
            }
        ],
        evidence=[
            {"code": [concept(own("neupsig-finding", name))]} for name, found in diagnosis["neupsig"].items() if found
        ],
        note=[{"text": text} for text in _notes(plan)],
    )


def _notes(plan: Plan) -> Iterator[str]:
    diagnosis = plan.case["diagnosis"]
    assessed = next(section for section in plan.sections if section.id == "assessment")
    yield " ".join(statement.text for statement in assessed.statements)
    asked = {flag.id: flag for flag in red_flags()}
    named = [asked[name].question if name in asked else name for name in diagnosis["red_flags"]]
    yield "Red flags: " + ("; ".join(named) or "asked for, none named")
    held = diagnosis.get("icd10")
    if held:
        known = "is told from where this code is a leaf" if "system" in icd10(held)[0] else "is not known here"
        yield f"ICD-10 {held} as the records hold it. The edition is not stated there; it {known}."


# ---- what the person wants


def goals_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield each Goal; one that an earlier version had and this one has not is cancelled.

    Parameters
    ----------
    dossier : Dossier
    """
    now = _wanted(dossier, dossier.plan)
    for id_, goal in now.items():
        yield _goal(dossier, id_, goal)
    for kept in dossier.plans:
        for id_, goal in _wanted(dossier, kept.plan).items():
            if kept.number < dossier.current.number and id_ not in now:
                now[id_] = goal
                yield _goal(dossier, id_, goal, dropped=True)


def _wanted(dossier: Dossier, plan: Plan) -> dict[str, Goal]:
    found: dict[str, Goal] = {}
    for written in plan.case["care"].get("goals", ()):
        goal = _read(written)
        # The words of the person are all that a goal is known by.
        id_ = places.part_id(dossier.course_id, "goal", goal.what)
        while id_ in found:
            id_ = places.part_id(id_, "again")
        found[id_] = goal
    return found


def _read(written: str | Mapping[str, Any]) -> Goal:
    """Return a goal from a plan, which holds distances as numbers [mm] where a case file has text."""
    if isinstance(written, str):
        return Goal(what=written)
    by = written.get("by")
    return Goal.model_construct(
        what=str(written["what"]),
        measured_by=written.get("measured_by"),
        start=written.get("from"),
        target=written.get("target"),
        by=dt.date.fromisoformat(str(by)) if by else None,
        weight=written.get("weight"),
        levels={int(level): str(text) for level, text in (written.get("levels") or {}).items()},
    )


def _goal(dossier: Dossier, id_: str, goal: Goal, *, dropped: bool = False) -> Resource:
    review = dossier.review
    judged = [] if review is None or dropped else [each for each in review.goals if each.what == goal.what]
    achieved = _ACHIEVED.get(judged[0].state, "") if judged else ""
    status = concept(code(f"{TERMINOLOGY}/goal-achievement", achieved)) if achieved else None
    return resource(
        "Goal",
        id_,
        identifier=[uuid_identifier(id_)],
        lifecycleStatus="cancelled" if dropped else _lifecycle(dossier, achieved),
        achievementStatus=status,
        description=concept(text=goal.what),
        subject=places.patient(dossier),
        target=_target(goal),
        statusDate=review.on.isoformat() if review is not None and status else None,
        statusReason=judged[0].text if judged and status else "",
        expressedBy=places.patient(dossier),
        addresses=[places.condition(dossier)],
        note=[{"text": text} for text in _of_goal(goal)],
    )


def _lifecycle(dossier: Dossier, achieved: str) -> str:
    if achieved == "achieved":
        return "completed"
    return {"planned": "proposed", "signed": "active", "ended": "cancelled"}[dossier.state]


def _target(goal: Goal) -> list[Resource]:
    if goal.measured_by is None or goal.target is None:
        return []
    amount = quantity(goal.target / 1000, "m") if is_walked(goal) else quantity(goal.target, "{score}")
    comparator = "<=" if instrument(goal.measured_by).better == "lower" else ">="
    return [
        without_empty(
            {
                "measure": instrument_concept(goal.measured_by),
                "detailQuantity": {"value": amount.pop("value"), "comparator": comparator, **amount},
                "dueDate": goal.by.isoformat() if goal.by else None,
            }
        )
    ]


def _of_goal(goal: Goal) -> Iterator[str]:
    if goal.measured_by is None:
        yield "No measure, target and day: it cannot be judged and is kept in the person's own words."
        if goal.by is not None:
            yield f"By {day(goal.by)}"
    if goal.start is not None:
        yield f"From {in_unit(goal, goal.start)}"
    if goal.weight is not None:
        yield f"Weight for goal attainment scaling: {goal.weight:g}"
    if goal.levels:
        yield "Goal attainment: " + "; ".join(f"{level}: {text}" for level, text in sorted(goal.levels.items()))


# ---- what they take


def _medications(dossier: Dossier) -> Iterator[Resource]:
    now = _taken(dossier.plan)
    for name, amounts in now.items():
        # A text such as "stopped in May" leaves open whether it is taken.
        found = recognised(name)
        told = "unknown" if found and not any(named.current for named in found) else "active"
        yield _medication(dossier, name, told, amounts)
    for kept in dossier.plans:
        for name, amounts in _taken(kept.plan).items():
            if kept.number < dossier.current.number and name not in now:
                now[name] = amounts
                why = f"Named in version {kept.number} of the plan, and in version {dossier.current.number} no longer."
                yield _medication(dossier, name, "unknown", amounts, why)


def _taken(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return each drug with what the list of treatments against pain adds to its name, such as an amount."""
    listed: Iterable[str] = plan.case["care"].get("other_treatments", ())
    drugs: dict[str, tuple[str, ...]] = {}
    told: set[str] = set()
    for name in plan.case["safety"]["drugs"]:
        more = tuple(entry for entry in listed if f" {name} ".casefold() in f" {entry} ".casefold())
        told.update(more)
        drugs[name] = tuple(entry for entry in more if entry != name)
    for entry in listed:
        if entry not in told and any(named.treatment.kind in {"drug", "topical"} for named in recognised(entry)):
            drugs[entry] = ()
    return drugs


def _medication(dossier: Dossier, name: str, status: str, amounts: Iterable[str], why: str = "") -> Resource:
    id_ = places.part_id(dossier.course_id, "drug", name)
    return resource(
        "MedicationStatement",
        id_,
        identifier=[uuid_identifier(id_)],
        status=status,
        medicationCodeableConcept=concept(text=name),
        subject=places.patient(dossier),
        dateAsserted=dossier.current.day.isoformat(),
        dosage=[{"text": text} for text in amounts],
        note=[{"text": text} for text in (why, "As the case names it: read, never ordered.") if text],
    )
