"""A course as open data: tidy tables, one observation a row, and the dictionary that says what each column means.

An empty cell means "not known". Days are ISO 8601, units stand in the names of columns or in a column of their own,
files are UTF-8 with a head. The dictionary is there twice: as a table, and as a data package (datapackage.json) that
programs read.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, StrictBool

from nervelight.documents import Document, csv_text, read_data, validated
from nervelight.planning import Plan
from nervelight.planning.plan_document import Band
from nervelight.planning.review import Review
from nervelight.record.contents import AdverseEvent, DayNote, Decision, Response, ReviewCard, Session, TaskText
from nervelight.record.dossier import Dossier
from nervelight.report.methods import methods_sheet
from nervelight.sources import all_sources

__all__ = ["Column", "Table", "open_tables", "tables_of"]

OLDEST = 90
"""Ages from here on are one group in shared data."""
ID_LENGTH = 16
DICTIONARY = ("table", "column", "type", "unit", "allowed", "meaning", "missing")

Row = dict[str, Any]


class Column(Document):
    """One column."""

    type: Literal["string", "integer", "number", "boolean", "date"]
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    """Every value that may stand there; any where it is empty."""
    missing: str = "not known"
    """What an empty cell means."""
    refers: str = ""
    """Table whose key it names."""
    shared: Literal["keep", "id", "day", "age", "label", "drop"] = "keep"
    """What becomes of it where nobody is to be recognised."""


class Table(Document):
    """One table."""

    title: str
    key: tuple[str, ...] = Field(min_length=1)
    """Columns by which a row is known."""
    columns: dict[str, Column]
    shared: StrictBool = True
    """Whether it is there at all where nobody is to be recognised."""


class _Catalogue(Document):
    sources: tuple[str, ...]
    tables: dict[str, Table]


@cache
def open_tables() -> Mapping[str, Table]:
    """Return every table with its columns, as the dictionary describes them."""
    data = read_data("nervelight.report", "data", "open_data.yaml")
    return MappingProxyType(validated(_Catalogue, data, "open_data.yaml").tables)


def tables_of(dossier: Dossier, *, deidentify: bool = False) -> dict[str, str]:
    """Return a course as tables, by the names of their files.

    Parameters
    ----------
    dossier : Dossier
    deidentify : bool
        Whether to leave out names and free text, to replace ids by hashes with a salt that is thrown away, and days by
        days since the first planned session. This makes it harder to recognise somebody, not impossible: a rare
        condition, an age and a course of days may be enough for who knows the person.

    Returns
    -------
    dict of str to str
        Each table as ``NAME.csv``; ``columns.csv`` and ``datapackage.json``, which describe every column;
        ``README.txt``.
    """
    tables = {name: table for name, table in open_tables().items() if table.shared or not deidentify}
    hide = _hider(dossier) if deidentify else None
    files, columns_of = {}, {}
    for name, table in tables.items():
        columns = _shown(table, deidentify)
        columns_of[name] = columns
        rows = [_checked(name, table, row) for row in _ROWS[name](dossier)]
        cells = (
            [_cell(hide(name, column, row[column]) if hide else row[column]) for column in table.columns]
            for row in rows
        )
        wanted = [
            place for place, column in enumerate(table.columns.values()) if not deidentify or column.shared != "drop"
        ]
        files[f"{name}.csv"] = csv_text(columns, ([row[place] for place in wanted] for row in cells))
    files["columns.csv"] = csv_text(DICTIONARY, _dictionary(columns_of))
    files["datapackage.json"] = json.dumps(_package(tables, columns_of, dossier, deidentify), indent=1) + "\n"
    files["README.txt"] = _readme(tables, dossier, deidentify)
    return files


def _checked(name: str, table: Table, row: Row) -> Row:
    assert row.keys() == table.columns.keys(), f"{name}: {row.keys() ^ table.columns.keys()}"
    return row


def _shown(table: Table, deidentify: bool) -> dict[str, Column]:
    """Return the columns as they are written."""
    if not deidentify:
        return table.columns
    found = {}
    for name, column in table.columns.items():
        if column.shared == "day":
            meaning = f"{column.meaning}: whole days since the first planned session"
            change = {"type": "integer", "unit": "days", "meaning": meaning}
            found[f"{name.removesuffix('_date')}_day"] = column.model_copy(update=change)
        elif column.shared != "drop":
            found[name] = column
    return found


def _hider(dossier: Dossier) -> Callable[[str, str, Any], Any]:
    """Return what makes a value of a column unrecognisable; one salt for all tables, known to nobody afterwards."""
    salt, labels = secrets.token_hex(16), dict[str, str]()
    first = dossier.plans[0].plan.schedule
    start = first.sessions[0].date if first else dossier.opened

    def hide(table: str, name: str, value: Any) -> Any:
        if value is None or value == "":
            return value
        match open_tables()[table].columns[name].shared:
            case "id":
                return hashlib.sha256(f"{salt}{value}".encode()).hexdigest()[:ID_LENGTH]
            case "day":
                return (value - start).days
            case "age":
                return min(value, OLDEST)
            case "label":
                return labels.setdefault(value, f"{name} {len(labels) + 1}")
        # What a row of the reporting sheet quotes of people is left out; all else there comes from plan and catalogue.
        return "" if table == "reporting" and name == "value" and isinstance(value, _Typed) else value

    return hide


class _Typed(str):
    """Words that people wrote."""

    __slots__ = ()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case dt.date():
            return value.isoformat()
        case float():
            # Six figures, as in a plan.
            return int(value) if value.is_integer() and abs(value) < 1e15 else float(f"{value:.6g}")
        case tuple() | list():
            return " ".join(map(str, value))
    return value


# ---- the rows of each table


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
    for kept in dossier.of(Session):
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
                "site_checked": given.site_checked,
                "eyes_protected": given.eyes_protected,
                "skin_after": given.skin,
                "pain_before": given.before,
                "pain_after": given.after,
                "stopped_early": bool(given.stopped_early),
                "stopped_why": given.stopped_early,
                "note": given.note,
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
            "value": _Typed(row.value) if row.typed else row.value,
            "known": row.known,
            "sources": row.sources,
        }


def _sources(dossier: Dossier) -> Iterator[Row]:
    cited = {key: text for kept in dossier.plans for key, text in kept.plan.citations.items()}
    named = {key for row in methods_sheet(dossier).rows for key in row.sources}
    cited |= {key: all_sources()[key].citation for key in named - cited.keys()}
    yield from ({"key": key, "citation": cited[key]} for key in sorted(cited))


_ROWS: Mapping[str, Callable[[Dossier], Iterator[Row]]] = {
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


# ---- what describes them


def _dictionary(columns_of: Mapping[str, Mapping[str, Column]]) -> Iterator[tuple[str, ...]]:
    for table, columns in columns_of.items():
        for name, column in columns.items():
            allowed = " | ".join(column.allowed)
            yield table, name, column.type, column.unit, allowed, column.meaning, column.missing


def _package(
    tables: Mapping[str, Table], columns_of: Mapping[str, Mapping[str, Column]], dossier: Dossier, deidentify: bool
) -> Row:
    return {
        "name": "nervelight-course",
        "title": "A course of light against neuropathic pain",
        "description": "\n".join(filter(None, (dossier.synthetic, _limits(deidentify)))),
        "profile": "tabular-data-package",
        "resources": [
            {
                "name": name.replace("_", "-"),
                "path": f"{name}.csv",
                "title": table.title,
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [_field(*each) for each in columns_of[name].items()],
                    "missingValues": [""],
                    "primaryKey": list(table.key),
                    "foreignKeys": [
                        {
                            "fields": column,
                            "reference": {
                                "resource": described.refers.replace("_", "-"),
                                "fields": tables[described.refers].key[0],
                            },
                        }
                        for column, described in columns_of[name].items()
                        if described.refers
                    ],
                },
            }
            for name, table in tables.items()
        ],
    }


def _field(name: str, column: Column) -> Row:
    return {
        "name": name,
        "type": column.type,
        "description": f"{column.meaning}. Empty: {column.missing}.",
        **({"unit": column.unit} if column.unit else {}),
        **({"constraints": {"enum": list(column.allowed)}} if column.allowed else {}),
    }


def _limits(deidentify: bool) -> str:
    if deidentify:
        return (
            "Names, free text, other treatment and tasks are left out, ids are hashes with a salt that was thrown "
            f"away, days are counted from the first planned session, ages from {OLDEST} on are one group. This is not "
            "anonymous: condition, site, age, skin type, scores and the days between them may be enough for somebody "
            "who knows the person. Share it under an agreement, and only with the consent that this needs."
        )
    return "This is a copy of personal health data with names. Keep it as you would keep the paper record."


def _readme(tables: Mapping[str, Table], dossier: Dossier, deidentify: bool) -> str:
    lines = ["A course of light against neuropathic pain, as tables.", ""]
    lines += [dossier.synthetic, ""] if dossier.synthetic else []
    lines += [_limits(deidentify), "", dossier.plan.disclaimer, ""]
    lines += [f"{name}.csv: {table.title}" for name, table in tables.items()]
    lines += [
        "columns.csv: every column of every table: type, unit, allowed values, meaning, what an empty cell means",
        "datapackage.json: the same for programs (Data Package)",
        "",
        "UTF-8, commas, one line of names. An empty cell means: not known, unless columns.csv says something else. A",
        "text that a spreadsheet would run as a formula begins with an apostrophe here. Consents, filed documents and",
        "who read the record are not in here; the export of a person has them.",
    ]
    return "\n".join(lines) + "\n"
