"""What was asked, tested and felt: Questionnaires with their answers, and an Observation for each result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from nervelight.assessment import (
    Decision,
    Instrument,
    ItemBlock,
    ReadingTaken,
    ScaleScore,
    decide,
    instrument,
    instrument_ids,
    scorable_ids,
    score_answers,
    scoring,
    wording,
)
from nervelight.assessment.questionnaire import ITEM_WEIGHT, MAX_VALUE, MIN_VALUE, OPTIONS_AT_MOST, ORDINAL_VALUE
from nervelight.errors import InvalidInput
from nervelight.fhir import places
from nervelight.fhir.course_terms import term
from nervelight.fhir.elements import (
    LOINC,
    Resource,
    code,
    concept,
    instant,
    quantity,
    reference,
    resource,
    without_empty,
)
from nervelight.fhir.giving import skin_code
from nervelight.fhir.vocabulary import CANONICAL, TERMINOLOGY, instrument_concept, own
from nervelight.planning import Plan
from nervelight.record.contents import DayNote, EducationRead, Response, Session
from nervelight.record.dossier import Dossier, Kept

__all__ = [
    "diagnostic_reports_of",
    "observations_of",
    "questionnaire_responses_of",
    "questionnaires_of",
]

# Words may stand in a bundle where their holder lets anybody ship them, and where they are our own.
SHIPPED = ("text", "own_text")
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


def questionnaires_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield the Questionnaire of each form that was filled in, in order of the instruments' names.

    Words stand in it where they may be shipped. Of the others it has numbers of items and points of answers, or, where
    nothing can be scored from answers, the score alone.
    """
    for name in sorted({name for name, *_ in _filled_in(dossier)}):
        yield _questionnaire(name)


def questionnaire_responses_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a QuestionnaireResponse for each form of which answers are known, or nothing but its score can be."""
    for name, id_, day, answers, score, kept in _filled_in(dossier):
        yield resource(
            "QuestionnaireResponse",
            id_,
            language=kept.content.language if kept else None,
            basedOn=[places.care_plan(dossier)],
            questionnaire=_canonical(name),
            status="amended" if kept and kept.version != kept.id else "completed",
            subject=places.patient(dossier),
            authored=_authored(day, kept),
            author=places.writer(dossier, kept.author) if kept else None,
            source=places.patient(dossier) if instrument(name).reporter == "patient" else None,
            item=list(_answered(name, answers, score)),
        )


def observations_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an Observation for each score, reading, check and note, each kind in order of its day."""
    answered = {id_ for _, id_, *_ in _filled_in(dossier)}
    now = _score_ids(dossier, dossier.plan)
    for name, id_, day, answers, score, kept in _scores(dossier):
        made = _score(dossier, name, id_, day, answers, score, kept, id_ in answered)
        yield made if kept or id_ in now else _left_out(dossier, made)
    # A later version of the plan has the readings of the earlier ones as well, unless one was corrected.
    readings = {each["id"]: each for plan in dossier.plans for each in _readings(dossier, plan.plan)}
    held = {_reading_id(dossier, taken) for taken in _taken(dossier.plan)}
    for id_, reading in readings.items():
        yield reading if id_ in held else _left_out(dossier, reading)
    for session in dossier.of(Session):
        yield from _of_session(dossier, session)
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


Filled = tuple[str, str, dt.date, Sequence[Any], float | None, Kept[Response] | None]


def _scores(dossier: Dossier) -> Iterator[Filled]:
    """Yield instrument, id, day, answers and score of what stands in the cases, and of what was answered since."""
    found: dict[str, Filled] = {}
    # Answers of one score that were corrected: those of the plan that holds.
    for plan in (*dossier.plans, dossier.current):
        for each, id_ in zip(plan.plan.case["scores"], _score_ids(dossier, plan.plan), strict=True):
            day = dt.date.fromisoformat(str(each["date"]))
            found[id_] = str(each["instrument"]), id_, day, each["answers"], float(each["value"]), None
    yield from found.values()
    for kept in dossier.of(Response):
        made = kept.content
        yield made.instrument, kept.id, kept.day, made.answers, made.score, kept


def _score_ids(dossier: Dossier, plan: Plan) -> list[str]:
    """Return the id of each score of a plan's case, in its order."""
    return [
        places.part_id(
            dossier.course_id, "score", str(each["instrument"]), str(each["date"]), f"{float(each['value']):g}"
        )
        for each in plan.case["scores"]
    ]


def _left_out(dossier: Dossier, made: Resource) -> Resource:
    """Return a result that other versions of the plan have and the one that holds has not: perhaps it was an error."""
    why = f"Version {dossier.current.number} of the plan, which holds, does not have this result."
    return made | {"status": "unknown", "note": [*made.get("note", ()), {"text": why}]}


def _filled_in(dossier: Dossier) -> Iterator[Filled]:
    scorable, known = scorable_ids(), instrument_ids()
    for each in _scores(dossier):
        name, answers, score = each[0], each[3], each[4]
        if name in scorable if answers else name in known and name not in scorable and score is not None:
            yield each


def _canonical(name: str) -> str:
    return f"{CANONICAL}/Questionnaire/{_place(name)}"


def _place(name: str) -> str:
    # An id of FHIR has no underscore.
    return name.replace("_", "-")


def _form_id(name: str) -> str:
    # A server may have a form of somebody else under the instrument's name: that one must not be written over.
    return f"nervelight-{_place(name)}"


def _questionnaire(name: str) -> Resource:
    entry = instrument(name)
    words = wording(name, "en") if entry.licence.ship in SHIPPED else None
    panel = entry.loinc.panel if entry.loinc else ""
    return resource(
        "Questionnaire",
        _form_id(name),
        language="en",
        url=_canonical(name),
        name="".join(part.capitalize() for part in name.split("_")),
        title=entry.name,
        status="active",
        subjectType=["Patient"],
        publisher="Nervelight",
        description=_told(entry, bool(words)),
        copyright=entry.licence.attribution if words else None,
        code=[*([code(LOINC, panel)] if panel else []), own("instrument", name)],
        item=list(_items(entry, words.items if words else (), words.answers_to if words else None)),
    )


def _told(entry: Instrument, words: bool) -> str:
    if entry.id not in scorable_ids():
        return "Score entry: filled in elsewhere, and only its result is written down here."
    if words:
        return f"Missing answers: {scoring(entry.id).missing}."
    return "Its words belong to their holder and do not stand here: numbers of items and points of answers alone."


def _items(entry: Instrument, words: Sequence[str], answers_to: Any) -> Iterator[Resource]:
    if entry.id not in scorable_ids():
        yield {"linkId": "score", "text": f"Score, {entry.name}", "type": "decimal"}
        return
    rules = scoring(entry.id)
    codes = entry.loinc.items if entry.loinc else ()
    for number, block in enumerate(rules.items(), 1):
        # A form of any length has the same words for each of its items.
        said = words[number - 1] if len(words) >= number else words[0] if words and rules.at_most else ""
        labels = answers_to(number if len(words) >= number else 1) if answers_to else ()
        yield without_empty(
            {
                "linkId": str(number),
                "code": [code(LOINC, codes[number - 1])] if codes else None,
                "text": said,
                **_possible(block, labels),
            }
        )


def _possible(block: ItemBlock, labels: Sequence[str]) -> Resource:
    """Return the type of an item and its answers; each answer that counts has its points, under both names of FHIR."""
    if _is_number(block):
        kind = "integer" if _whole(block) else "decimal"
        ends = ((MIN_VALUE, block.low), (MAX_VALUE, block.high))
        return {
            "extension": [{"url": url, f"value{kind.capitalize()}": _short(end or 0.0)} for url, end in ends],
            "type": kind,
        }
    options = []
    for number, answer in enumerate(block.possible):
        label = labels[number] if number < len(labels) else ""
        options.append(without_empty({"extension": _weights(block, answer), "valueCoding": _coding(answer, label)}))
    return {"type": "choice", "answerOption": options}


def _is_number(block: ItemBlock) -> bool:
    return block.low is not None and (len(block.possible) > OPTIONS_AT_MOST)


def _whole(block: ItemBlock) -> bool:
    return block.step.is_integer() and float(block.low or 0.0).is_integer()


def _weights(block: ItemBlock, answer: float | bool) -> list[Resource]:
    points = block.points_of(answer)
    if points is None or not block.scored:
        return []
    return [{"url": url, "valueDecimal": _short(points)} for url in (ORDINAL_VALUE, ITEM_WEIGHT)]


def _coding(answer: float | bool, label: str = "") -> Resource:
    yes_or_no = ("No", "Yes")[answer] if isinstance(answer, bool) else ""
    return without_empty({"code": f"{float(answer):g}", "display": label or yes_or_no})


def _short(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def _answered(name: str, answers: Sequence[Any], score: float | None) -> Iterator[Resource]:
    """Yield the answers; an item that was left out has none."""
    if not answers:
        yield {"linkId": "score", "answer": [{"valueDecimal": _short(score or 0.0)}]}
        return
    entry = instrument(name)
    words = wording(name, "en") if entry.licence.ship in SHIPPED else None
    for number, (answer, block) in enumerate(zip(answers, scoring(name).items(len(answers)), strict=False), 1):
        item: Resource = {"linkId": str(number)}
        if answer is not None:
            item["answer"] = [_answer(answer, block, words.answers_to(number) if words else ())]
        yield item


def _answer(answer: float | bool, block: ItemBlock, labels: Sequence[str]) -> Resource:
    if _is_number(block):
        return {"valueInteger": int(answer)} if _whole(block) else {"valueDecimal": _short(answer)}
    if answer not in block.possible:
        # By the rules of another release it could be one.
        return {"valueString": f"{answer:g}"}
    number = block.possible.index(answer)
    coding = _coding(block.possible[number], labels[number] if number < len(labels) else "")
    return {"valueCoding": without_empty({"extension": _weights(block, block.possible[number])}) | coding}


def _authored(day: dt.date, kept: Kept[Any] | None) -> str:
    # What was written on another day than it is about keeps the day that it is about.
    at = kept.recorded_at if kept else None
    return instant(at) if at and at.date() == day else day.isoformat()


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
        issued=instant(kept.recorded_at) if kept and kept.recorded_at else None,
        performer=[performer] if performer else None,
        **parts,
    )


def _score(
    dossier: Dossier,
    name: str,
    id_: str,
    day: dt.date,
    answers: Sequence[Any],
    score: float | None,
    kept: Kept[Response] | None,
    answered: bool,
) -> Resource:
    entry = instrument(name) if name in instrument_ids() else None
    by_patient = entry is None or entry.reporter == "patient"
    walked = name == "sixmwt"
    value = None
    if score is not None:
        value = quantity(score, "m") if walked else quantity(score, "{score}")
    note = kept.content.note if kept else ""
    return _observed(
        dossier,
        id_,
        day,
        kept,
        # An instrument of another release: its id is all that is left.
        _concept(name) if entry else concept(text=name),
        category="survey" if by_patient else "exam",
        by_patient=by_patient,
        basedOn=[places.care_plan(dossier)],
        valueQuantity=value,
        dataAbsentReason=None if value else _absent("too few answers for a score"),
        note=[{"text": note}] if note else None,
        derivedFrom=[reference("QuestionnaireResponse", id_)] if answered else None,
        component=[
            without_empty(
                {
                    "code": concept(text=scale.name),
                    "valueQuantity": None if scale.value is None else quantity(scale.value, "{score}"),
                    "dataAbsentReason": _absent("too few answers") if scale.value is None else None,
                }
            )
            for scale in _scales(name, answers)
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
