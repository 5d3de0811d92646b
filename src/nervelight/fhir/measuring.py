"""What was tested and felt: an Observation for each score, reading, check and note."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from nervelight.assessment import (
    Decision,
    ReadingTaken,
    ScaleScore,
    decide,
    instrument,
    instrument_ids,
    scorable_ids,
    score_answers,
)
from nervelight.errors import InvalidInput
from nervelight.fhir import places
from nervelight.fhir.course_terms import term
from nervelight.fhir.elements import Resource, code, concept, instant, quantity, reference, resource, without_empty
from nervelight.fhir.giving import skin_code
from nervelight.fhir.questionnaires import Filled, filled_in, scores_of
from nervelight.fhir.vocabulary import TERMINOLOGY, instrument_concept
from nervelight.planning import Plan
from nervelight.record.contents import DayNote, EducationRead, Session
from nervelight.record.dossier import Dossier, Kept

__all__ = ["diagnostic_reports_of", "observations_of"]

# Quantity of a reading: unit as people write it, its UCUM code, and what of it one of ours is.
_UNITS = {
    "examiner_longer": ("s", "s", 1.0),
    "threshold": ("V", "V", 1.0),
    "amplitude": ("µV", "uV", 1.0),
    "velocity": ("m/s", "m/s", 1.0),
    "skin_temperature": ("°C", "Cel", 1.0),
    "amplitude_limit": ("µV", "uV", 1.0),
    "velocity_limit": ("m/s", "m/s", 1.0),
    "distance": ("m", "m", 1e-3),
}
_STATES = {"abnormal": ("A", "Abnormal"), "normal": ("N", "Normal"), "undecided": ("IND", "Indeterminate")}
_INTERPRETATION = f"{TERMINOLOGY}/v3-ObservationInterpretation"


def observations_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an Observation for each score, reading, check and note, each kind in order of its day."""
    answered = {each.id for each in filled_in(dossier)}
    now = {each.id for each in dossier.case_scores if each.holds}
    for each in scores_of(dossier):
        made = _score(dossier, each, answered=each.id in answered)
        yield made if each.kept or each.id in now else _left_out(dossier, made)
    # A later version of the plan has the readings of the earlier ones as well, unless one was corrected.
    readings = {each["id"]: each for plan in dossier.plans for each in _readings(dossier, plan.plan)}
    held = {_reading_id(dossier, taken) for taken in _taken(dossier.plan)}
    for id_, reading in readings.items():
        yield reading if id_ in held else _left_out(dossier, reading)
    for session in dossier.of(Session):
        yield from _of_session(dossier, session)
    for session, _why in dossier.struck(Session):
        yield from (made | {"status": "entered-in-error"} for made in _of_session(dossier, session))
    for note in dossier.of(DayNote):
        yield _day_note(dossier, note)
    for read in dossier.of(EducationRead):
        if read.content.understood is not None:
            yield _observed(
                dossier,
                read.id,
                read.day,
                read,
                term("teach-back"),
                category="survey",
                focus=[reference("Communication", read.id)],
                valueBoolean=read.content.understood,
            )


def diagnostic_reports_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a DiagnosticReport for the nerve conduction of each day on which it was measured."""
    plan = dossier.plan
    taken = [each for each in _taken(plan) if each.test == "ncs_sural"]
    for day in sorted({each.date for each in taken}):
        of_day = [each for each in taken if each.date == day]
        yield resource(
            "DiagnosticReport",
            places.part_id(dossier.course_id, "nerve conduction", f"{day}"),
            status="final",
            code=instrument_concept("ncs_sural"),
            subject=places.patient(dossier),
            effectiveDateTime=day.isoformat(),
            result=[reference("Observation", _reading_id(dossier, each)) for each in of_day],
            conclusion="; ".join(
                f"{found.name}: {found.measured}, {found.finding} ({found.rule})" for found in _decided(plan, of_day)
            ),
        )


def _left_out(dossier: Dossier, made: Resource) -> Resource:
    """Return a result that other versions of the plan have and the one that holds has not: perhaps it was an error."""
    why = f"Version {dossier.current.number} of the plan, which holds, does not have this result."
    return made | {"status": "unknown", "note": [*made.get("note", ()), {"text": why}]}


@cache
def _category(name: str) -> Resource:
    return concept(code(f"{TERMINOLOGY}/observation-category", name))


@cache
def _concept(name: str) -> Resource:
    return instrument_concept(name)


def _observed(
    dossier: Dossier,
    id_: str,
    day: dt.date,
    kept: Kept[Any] | None,
    about: Resource,
    *,
    category: str,
    by_patient: bool = True,
    **parts: Any,
) -> Resource:
    performer = places.patient(dossier) if by_patient else places.writer(dossier, kept.author) if kept else None
    return resource(
        "Observation",
        id_,
        status="amended" if kept and kept.version != kept.id else "final",
        category=[_category(category)],
        code=about,
        subject=places.patient(dossier),
        effectiveDateTime=day.isoformat(),
        issued=instant(kept.recorded_at) if kept else None,
        performer=[performer] if performer else None,
        **parts,
    )


def _score(dossier: Dossier, filled: Filled, *, answered: bool) -> Resource:
    name, score, kept = filled.instrument, filled.score, filled.kept
    entry = instrument(name) if name in instrument_ids() else None
    by_patient = entry is None or entry.reporter == "patient"
    value = None if score is None else quantity(score, "m" if name == "sixmwt" else "{score}")
    note = kept.content.note if kept else ""
    return _observed(
        dossier,
        filled.id,
        filled.day,
        kept,
        # An instrument of another release: its id is all that is left.
        _concept(name) if entry else concept(text=name),
        category="survey" if by_patient else "exam",
        by_patient=by_patient,
        basedOn=[places.care_plan(dossier)],
        valueQuantity=value,
        dataAbsentReason=None if value else _absent("too few answers for a score"),
        note=[{"text": note}] if note else None,
        derivedFrom=[reference("QuestionnaireResponse", filled.id)] if answered else None,
        component=[
            without_empty(
                {
                    "code": concept(text=scale.name),
                    "valueQuantity": None if scale.value is None else quantity(scale.value, "{score}"),
                    "dataAbsentReason": _absent("too few answers") if scale.value is None else None,
                }
            )
            for scale in _scales(name, filled.answers)
            if scale.name
        ],
    )


def _scales(name: str, answers: Sequence[Any]) -> tuple[ScaleScore, ...]:
    try:
        return score_answers(name, answers).scales if answers and name in scorable_ids() else ()
    except InvalidInput:
        # Answered by the rules of another release: the score of that day is all that is told.
        return ()


def _absent(why: str) -> Resource:
    return concept(code(f"{TERMINOLOGY}/data-absent-reason", "unknown"), text=why)


def _taken(plan: Plan) -> list[ReadingTaken]:
    """Return the readings of a plan's case: they were checked when it was read, and are in our units since."""
    made = []
    for each in plan.case.get("readings", ()):
        sites = each.get("missed_at_sites")
        own_types = {"date": dt.date.fromisoformat(str(each["date"])), "missed_at_sites": sites and tuple(sites)}
        made.append(ReadingTaken.model_construct(**{**each, **own_types}))
    return made


def _decided(plan: Plan, taken: Sequence[ReadingTaken]) -> tuple[Decision, ...]:
    age = float(str(plan.case["patient"]["age"]).split()[0])
    return decide(taken, age, on=dt.date.fromisoformat(str(plan.case["course"]["start"])))


def _reading_id(dossier: Dossier, taken: ReadingTaken) -> str:
    return places.part_id(dossier.course_id, "reading", taken.model_dump_json(exclude_none=True))


def _readings(dossier: Dossier, plan: Plan) -> Iterator[Resource]:
    for taken in _taken(plan):
        measured = _measured(taken)
        # Walks of one method are judged together, and tell of each other: one of them alone says nothing.
        found = _decided(plan, [taken]) if taken.test != "sixmwt" else ()
        single = measured[0] if len(measured) == 1 else None
        yield _observed(
            dossier,
            _reading_id(dossier, taken),
            taken.date,
            None,
            instrument_concept(taken.test),
            category="exam",
            by_patient=False,
            valueQuantity=single[1].get("valueQuantity") if single else None,
            component=[{"code": about, **value} for about, value in measured],
            interpretation=[_interpreted(each) for each in found],
            method=concept(text=taken.method or ""),
            bodySite=concept(text=taken.side or ""),
            referenceRange=[{"text": each.rule} for each in found if each.rule != "none"],
            note=[{"text": each} for each in dict.fromkeys(each for one in found for each in one.caveats)],
        )


def _interpreted(found: Decision) -> Resource:
    known = _STATES.get(found.state)
    return concept(*([code(_INTERPRETATION, *known)] if known else []), text=f"{found.finding}: {found.measured}")


def _measured(taken: ReadingTaken) -> list[tuple[Resource, Resource]]:
    """Return each quantity that was measured: what it is, and its value."""
    made: list[tuple[Resource, Resource]] = [
        (term("missed-at-site", text=f"Site {site}"), {"valueInteger": missed})
        for site, missed in enumerate(taken.missed_at_sites or (), 1)
    ]
    if taken.missed is not None:
        made.append((term("missed"), {"valueInteger": taken.missed}))
    for name, (unit, ucum, size) in _UNITS.items():
        value = getattr(taken, name, None)
        if value is not None:
            made.append((term(name.replace("_", "-")), {"valueQuantity": quantity(value * size, unit, ucum)}))
    return made


def _of_session(dossier: Dossier, kept: Kept[Session]) -> Iterator[Resource]:
    made, part_of = kept.content, [reference("Procedure", kept.id)]
    pain = _concept("nrs11")["coding"][0]
    for name, score in (("pain-before-session", made.before), ("pain-after-session", made.after)):
        if score is not None:
            yield _observed(
                dossier,
                places.part_id(kept.id, name),
                kept.day,
                kept,
                term(name, pain),
                category="survey",
                partOf=part_of,
                valueQuantity=quantity(score, "{score}"),
            )
    if made.skin is not None:
        yield _observed(
            dossier,
            places.part_id(kept.id, "skin"),
            kept.day,
            kept,
            term("skin-after-session"),
            category="exam",
            by_patient=made.where == "home",
            partOf=part_of,
            valueCodeableConcept=term(skin_code(made.skin)),
        )


def _day_note(dossier: Dossier, kept: Kept[DayNote]) -> Resource:
    made = kept.content
    values: Iterable[tuple[str, Resource]] = (
        ("other-treatment", {"valueString": made.other_treatment}),
        ("note", {"valueString": made.note}),
        ("ends-course", {"valueBoolean": made.ends_course}),
    )
    return _observed(
        dossier,
        kept.id,
        kept.day,
        kept,
        term("day-note"),
        category="social-history",
        by_patient=kept.author is None or kept.author.role == "patient",
        component=[{"code": term(name), **value} for name, value in values if any(value.values())],
    )
