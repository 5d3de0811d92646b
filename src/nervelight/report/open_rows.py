"""The rows of the tables of open data: each table from a dossier, each value as it is known, None where it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nervelight.planning import Plan
from nervelight.planning.plan_document import Band
from nervelight.planning.review import Review
from nervelight.record.contents import AdverseEvent, DayNote, Decision, Response, ReviewCard, Session, TaskText
from nervelight.record.dossier import Dossier
from nervelight.report.methods import methods_sheet
from nervelight.sources import all_sources

__all__ = ["ROWS", "Row", "Typed"]

Row = dict[str, Any]
"""Values by the names of their columns."""


class Typed(str):
    """Words that people wrote."""

    __slots__ = ()


def _people(dossier: Dossier) -> Iterator[Row]:
    who, person = dossier.identity, dossier.plan.case["patient"]
    yield {
        "person_id": dossier.patient_id,
        "name": who.name,
        "born": who.born,
        "age_years": int(str(person["age"]).split()[0]),
        "phototype": person["phototype"],
        "ita_deg": person["ita"],
        "language": who.language,
        "made_up": dossier.synthetic,
    }


def _courses(dossier: Dossier) -> Iterator[Row]:
    case = dossier.plan.case
    yield {
        "course_id": dossier.course_id,
        "person_id": dossier.patient_id,
        "state": dossier.state,
        "opened_date": dossier.opened,
        "export_date": dossier.today,
        "plan_in_force": dossier.in_force,
        "paused_since": dossier.paused.since if dossier.paused else None,
        "condition": case["diagnosis"]["condition"],
        "icd10": case["diagnosis"]["icd10"],
        "neupsig_grade": dossier.plan.neupsig_grade,
        "site": case["site"]["name"],
        "setting": case["course"]["setting"],
        "clinician": case["care"]["clinician"],
    }


def _plans(dossier: Dossier) -> Iterator[Row]:
    for kept in dossier.plans:
        plan, case = kept.plan, kept.plan.case
        signed, prescribed = kept.signature, kept.plan.prescription
        yield {
            "plan_id": kept.id,
            "course_id": dossier.course_id,
            "version": kept.number,
            "plan_date": kept.day,
            "signed_date": signed.day if signed else None,
            "signed_by": signed.content.by if signed else None,
            "blocked": plan.blocked,
            "title": plan.title,
            "target": case["site"]["target"],
            "anchor": plan.anchor.study_id,
            "anchor_kind": plan.anchor.kind,
            "time_per_field_s": prescribed.time_per_field_s if prescribed else None,
            "fields": len(case["site"]["fields"]),
            "sessions_per_week": prescribed.sessions_per_week if prescribed else None,
            "weeks": prescribed.weeks if prescribed else None,
            "total_sessions": prescribed.total_sessions if prescribed else None,
            "session_cap_s": case["course"]["session_cap"],
            "lamp": case["lamp"]["device"],
            "distance_mm": plan.lamp.distance_mm if plan.lamp else None,
            "air_temperature_c": case["safety"]["air_temperature"],
            "sensation": case["safety"]["sensation"],
            "perfusion": case["safety"]["perfusion"],
            "eyes": case["safety"]["eyes"],
            "nervelight": plan.made.nervelight,
            "draws": plan.made.draws,
            "seed": plan.made.seed,
            "plan_sha256": kept.sha256,
        }


def _of_each_plan(rows: Callable[[Plan], Iterable[Row]]) -> Callable[[Dossier], Iterator[Row]]:
    def all_rows(dossier: Dossier) -> Iterator[Row]:
        for kept in dossier.plans:
            yield from ({"plan_id": kept.id, **row} for row in rows(kept.plan))

    return all_rows


def _planned_sessions(plan: Plan) -> Iterator[Row]:
    for each in plan.schedule.sessions if plan.schedule else ():
        yield {"number": each.number, "planned_date": each.date}


def _gates(plan: Plan) -> Iterator[Row]:
    for each in plan.schedule.gates if plan.schedule else ():
        yield {"gate": each.id, "gate_date": each.date, "question": each.question}


def _sessions(dossier: Dossier) -> Iterator[Row]:
    held = ((kept, "") for kept in dossier.of(Session))
    for kept, error in sorted((*held, *dossier.struck(Session)), key=lambda row: row[0].day):
        given = kept.content
        lit: Mapping[str, float | None] = given.seconds or {"": None}
        for number, (field, seconds) in enumerate(lit.items(), start=1):
            yield {
                "session_id": kept.id,
                "course_id": kept.course,
                "plan_id": given.plan,
                "session_date": kept.day,
                "where": given.where,
                "lamp": given.lamp,
                "distance_mm": given.distance_mm,
                "row": number,
                "field": field,
                "light_s": seconds,
                "site_checked": given.site_checked or None,
                "eyes_protected": given.eyes_protected,
                "skin_after": given.skin,
                "pain_before": given.before,
                "pain_after": given.after,
                "stopped_early": bool(given.stopped_early),
                "stopped_why": given.stopped_early,
                "note": given.note,
                "entered_in_error": bool(error),
                "error_why": error,
            }


WALK = "sixmwt"


def _scores(dossier: Dossier) -> Iterator[Row]:
    for each in dossier.case_scores:
        yield _score(each.id, dossier.course_id, each.day, "case", each.instrument, each.value, None, "")
    for kept in dossier.of(Response):
        made = kept.content
        yield _score(
            kept.id, kept.course, kept.day, "course", made.instrument, made.score, made.language, made.note
        )  # fmt: skip


def _score(
    id: str,
    course: str | None,
    day: dt.date,
    origin: str,
    instrument: str,
    score: float | None,
    language: str | None,
    note: str,
) -> Row:
    return {
        "score_id": id,
        "course_id": course,
        "score_date": day,
        "origin": origin,
        "instrument": instrument,
        "score": score,
        "unit": "m" if instrument == WALK else "points",
        "language": language,
        "note": note,
    }


def _answers(dossier: Dossier) -> Iterator[Row]:
    forms: list[tuple[str, Iterable[Any]]] = [(each.id, each.answers) for each in dossier.case_scores]
    forms += [(kept.id, kept.content.answers) for kept in dossier.of(Response)]
    for name, answers in forms:
        for item, answer in enumerate(answers, start=1):
            yield {"score_id": name, "item": item, "answer": None if answer is None else float(answer)}


_READ = {
    "missed_at_sites": "count", "missed": "count", "examiner_longer": "s", "threshold": "V", "amplitude": "uV",
    "velocity": "m/s", "skin_temperature": "degC", "amplitude_limit": "uV", "velocity_limit": "m/s", "distance": "m",
}  # fmt: skip


def _readings(plan: Plan) -> Iterator[Row]:
    for number, taken in enumerate(plan.case["readings"], start=1):
        for quantity, unit in _READ.items():
            found = taken[quantity]
            values = found if isinstance(found, (list, tuple)) else [found]
            for place, value in enumerate(values, start=1):
                if value is not None:
                    yield {
                        "reading": number,
                        "reading_date": dt.date.fromisoformat(str(taken["date"])),
                        "test": taken["test"],
                        "method": taken["method"],
                        "side": taken["side"],
                        "quantity": quantity,
                        "place": place,
                        "value": value / 1000 if unit == "m" else value,
                        "unit": unit,
                    }


def _goals(plan: Plan) -> Iterator[Row]:
    for number, goal in enumerate(plan.case["care"]["goals"], start=1):
        unit = "m" if goal["measured_by"] == WALK else "points" if goal["measured_by"] else None
        amounts = {
            name: None if goal[key] is None else goal[key] / 1000 if unit == "m" else goal[key]
            for name, key in (("start", "from"), ("target", "target"))
        }
        yield {
            "goal": number,
            "what": goal["what"],
            "measured_by": goal["measured_by"],
            **amounts,
            "unit": unit,
            "by_date": dt.date.fromisoformat(str(goal["by"])) if goal["by"] else None,
            "weight": goal["weight"],
        }


def _events(dossier: Dossier) -> Iterator[Row]:
    for kept in dossier.of(AdverseEvent):
        yield {"event_id": kept.id, "course_id": kept.course, "event_date": kept.day, **kept.content.model_dump()}


def _day_notes(dossier: Dossier) -> Iterator[Row]:
    for kept in dossier.of(DayNote):
        yield {"note_id": kept.id, "note_date": kept.day, **kept.content.model_dump()}


def _other_treatment(plan: Plan) -> Iterator[Row]:
    for kind, entries in (("drug", plan.case["safety"]["drugs"]), ("other", plan.case["care"]["other_treatments"])):
        yield from ({"kind": kind, "number": number, "what": what} for number, what in enumerate(entries, start=1))


def _cards(dossier: Dossier) -> Iterator[tuple[str, str, Review]]:
    for kept in dossier.of(ReviewCard):
        yield kept.id, kept.content.plan, Review.model_validate_json(kept.content.review)


def _reviews(dossier: Dossier) -> Iterator[Row]:
    for name, plan, card in _cards(dossier):
        yield {
            "review_id": name,
            "plan_id": plan,
            "review_date": card.on,
            "proposal": card.decision,
            "rule": card.rule,
            "sessions_due": card.delivery.due,
            "sessions_given": card.delivery.given,
            "adherence_percent": card.delivery.adherence_percent if card.delivery.due else None,
            "light_percent": card.delivery.light_percent,
            "judgeable": card.delivery.judgeable,
            "more_than_sham": card.sham.more_than_sham if card.sham else None,
        }


def _outcomes(dossier: Dossier) -> Iterator[Row]:
    for name, _, card in _cards(dossier):
        for each in card.outcomes:
            low, high = sorted(each.p_important) if each.p_important else (None, None)
            yield {
                "review_id": name,
                "domain": each.id,
                "instrument": each.instrument,
                "state": each.state,
                "before": each.before.mean if each.before else None,
                "after": each.after.mean if each.after else None,
                "improvement": each.improvement,
                "unit": each.unit or "points",
                "important": each.important,
                "p_important_low": low,
                "p_important_high": high,
            }


def _decisions(dossier: Dossier) -> Iterator[Row]:
    cards = {name: each.id for each in dossier.of(ReviewCard) for name in (each.id, each.version)}
    for kept in dossier.of(Decision):
        said = kept.content
        yield {
            "decision_id": kept.id,
            "review_id": cards.get(said.review, said.review),
            "decided_date": kept.day,
            "word": said.word,
            "decision": said.decision,
            "by": said.by,
            "reason": said.reason,
        }


def _tasks(dossier: Dossier) -> Iterator[Row]:
    for kept in dossier.of(TaskText):
        task = kept.content
        yield {
            "task_id": kept.id,
            "due_date": task.due,
            "owner": task.owner,
            "state": task.state,
            "urgent": task.urgent,
            "text": task.text,
            "outcome": task.outcome,
        }


def _findings(plan: Plan) -> Iterator[Row]:
    for number, each in enumerate(plan.findings, start=1):
        yield {
            "number": number,
            "finding": each.id,
            "level": each.level,
            "title": each.title,
            "value": each.value,
            "limit": each.limit,
            "unverified": each.unverified,
            "sources": each.sources,
        }


def _quantities(plan: Plan) -> Iterator[Row]:
    found: list[tuple[str, str, str, Band | None]] = []
    if plan.lamp:
        found.append(("skin", "irradiance", "mW/cm2", plan.lamp.irradiance_mw_cm2))
    if plan.prescription:
        found.append(("skin", "radiant_exposure", "J/cm2", plan.prescription.radiant_exposure_j_cm2))
    if plan.translation:
        found += [
            ("field", "time", "s", plan.translation.time_s),
            ("field", "anchor_fluence", "J/cm2", plan.translation.target_fluence_j_cm2),
            ("field", "rate_ratio", "1", plan.translation.rate_ratio),
        ]
    if plan.warmth:
        found += [
            ("skin", "temperature_before", "degC", plan.warmth.skin_before_c),
            ("skin", "temperature", "degC", plan.warmth.skin_c),
            ("skin", "temperature_rise", "K", plan.warmth.skin_rise_k),
            ("skin", "cem43", "min", plan.warmth.cem43_min),
            ("nerve", "temperature", "degC", plan.warmth.nerve_c),
        ]
    found.append(("skin", "melanosome_fraction", "1", plan.tissue.melanosome_fraction))
    for target in plan.targets:
        found += [
            (target.id, "depth", "mm", target.depth_mm),
            (target.id, "share_of_skin", "1", target.share_of_skin),
            (target.id, "fluence_rate", "mW/cm2", target.fluence_rate_mw_cm2),
            (target.id, "fluence", "J/cm2", target.fluence_j_cm2),
        ]
    for of, quantity, unit, values in found:
        if values is not None:
            yield {"of": of, "quantity": quantity, "unit": unit, **dict(values)}


def _three(name: str, unit: str, values: Band | None) -> Row:
    end = f"_{unit}" if unit else ""
    return {f"{name}_{level}{end}": getattr(values, level, None) for level in ("p5", "p50", "p95")}


def _lamp_light(plan: Plan) -> Iterator[Row]:
    for each in plan.lamp.wavelengths if plan.lamp else ():
        yield {
            "wavelength_nm": each.wavelength_nm,
            **_three("share", "", each.share),
            **_three("irradiance", "mw_cm2", each.irradiance_mw_cm2),
        }


def _lamp_readings(plan: Plan) -> Iterator[Row]:
    for number, each in enumerate(plan.lamp.readings if plan.lamp else (), start=1):
        row = each.model_dump()
        yield {"number": number, "how": row.pop("label"), **row}


def _tissue_layers(plan: Plan) -> Iterator[Row]:
    for number, each in enumerate(plan.tissue.layers, start=1):
        yield {"number": number, "layer": each.name, **_three("thickness", "mm", each.thickness_mm)}


def _assumptions(plan: Plan) -> Iterator[Row]:
    yield from (each.model_dump() for each in plan.assumptions)


def _reporting(dossier: Dossier) -> Iterator[Row]:
    for row in methods_sheet(dossier).rows:
        yield {
            "item": row.item.id,
            "text": row.item.text,
            "lists": row.item.lists,
            "value": Typed(row.value) if row.typed else row.value,
            "known": row.known,
            "sources": row.sources,
        }


def _sources(dossier: Dossier) -> Iterator[Row]:
    cited = {key: text for kept in dossier.plans for key, text in kept.plan.citations.items()}
    named = {key for row in methods_sheet(dossier).rows for key in row.sources}
    cited |= {key: all_sources()[key].citation for key in named - cited.keys()}
    yield from ({"key": key, "citation": cited[key]} for key in sorted(cited))


ROWS: Mapping[str, Callable[[Dossier], Iterator[Row]]] = {
    "people": _people,
    "courses": _courses,
    "plans": _plans,
    "planned_sessions": _of_each_plan(_planned_sessions),
    "gates": _of_each_plan(_gates),
    "sessions": _sessions,
    "scores": _scores,
    "answers": _answers,
    "readings": _of_each_plan(_readings),
    "goals": _of_each_plan(_goals),
    "events": _events,
    "day_notes": _day_notes,
    "other_treatment": _of_each_plan(_other_treatment),
    "reviews": _reviews,
    "outcomes": _outcomes,
    "decisions": _decisions,
    "tasks": _tasks,
    "findings": _of_each_plan(_findings),
    "quantities": _of_each_plan(_quantities),
    "lamp_light": _of_each_plan(_lamp_light),
    "lamp_readings": _of_each_plan(_lamp_readings),
    "tissue_layers": _of_each_plan(_tissue_layers),
    "assumptions": _of_each_plan(_assumptions),
    "reporting": _reporting,
    "sources": _sources,
}
"""What makes the rows of each table, by its name."""
