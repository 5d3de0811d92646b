"""What was asked: a Questionnaire of each form that was filled in, and a QuestionnaireResponse with its answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nervelight.assessment import Instrument, ItemBlock, instrument, instrument_ids, scorable_ids, scoring, wording
from nervelight.assessment.questionnaire import ITEM_WEIGHT, MAX_VALUE, MIN_VALUE, OPTIONS_AT_MOST, ORDINAL_VALUE
from nervelight.fhir import places
from nervelight.fhir.elements import LOINC, Resource, code, decimal, instant, resource, without_empty
from nervelight.fhir.vocabulary import FORMS, own
from nervelight.record.contents import Response
from nervelight.record.dossier import Dossier, Kept

__all__ = ["Filled", "filled_in", "questionnaire_responses_of", "questionnaires_of", "scores_of"]


@dataclass(frozen=True)
class Filled:
    """An instrument that was filled in, or of which the score alone is known."""

    instrument: str
    """Its id."""
    id: str
    day: dt.date
    answers: Sequence[Any]
    score: float | None
    kept: Kept[Response] | None
    """The entry, where it was not the case that had it."""


def questionnaires_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield the Questionnaire of each form that was filled in, in order of the instruments' names.

    Words stand in it where they may be shipped. Of the others it has numbers of items and points of answers, or, where
    nothing can be scored from answers, the score alone.
    """
    for name in sorted({each.instrument for each in filled_in(dossier)}):
        yield _questionnaire(name)


def questionnaire_responses_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a QuestionnaireResponse for each form of which answers are known, or nothing but its score can be."""
    for each in filled_in(dossier):
        name, kept = each.instrument, each.kept
        yield resource(
            "QuestionnaireResponse",
            each.id,
            language=kept.content.language if kept else None,
            basedOn=[places.care_plan(dossier)],
            questionnaire=_canonical(name),
            status="amended" if kept and kept.version != kept.id else "completed",
            subject=places.patient(dossier),
            authored=_authored(each.day, kept),
            author=places.writer(dossier, kept.author) if kept else None,
            source=places.patient(dossier) if instrument(name).reporter == "patient" else None,
            item=list(_answered(name, each.answers, each.score)),
        )


def scores_of(dossier: Dossier) -> Iterator[Filled]:
    """Yield the scores that stand in the cases, and what was answered since."""
    for each in dossier.case_scores:
        yield Filled(each.instrument, each.id, each.day, each.answers, each.value, None)
    for kept in dossier.of(Response):
        made = kept.content
        yield Filled(made.instrument, kept.id, kept.day, made.answers, made.score, kept)


def filled_in(dossier: Dossier) -> Iterator[Filled]:
    """Yield the scores of which answers are known, and those that nothing but the result can be written down of."""
    scorable, known = scorable_ids(), instrument_ids()
    for each in scores_of(dossier):
        by_answers = each.instrument in scorable
        by_score = each.instrument in known and not by_answers and each.score is not None
        if by_answers if each.answers else by_score:
            yield each


def _canonical(name: str) -> str:
    return FORMS + name.replace("_", "-")


def _place(name: str) -> str:
    return _canonical(name).rpartition("/")[2]


def _questionnaire(name: str) -> Resource:
    entry = instrument(name)
    words = wording(name, "en") if entry.licence.words_shipped else None
    panel = entry.loinc.panel if entry.loinc else ""
    return resource(
        "Questionnaire",
        _place(name),
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
            "extension": [{"url": url, f"value{kind.capitalize()}": decimal(end or 0.0)} for url, end in ends],
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
    return [{"url": url, "valueDecimal": decimal(points)} for url in (ORDINAL_VALUE, ITEM_WEIGHT)]


def _coding(answer: float | bool, label: str = "") -> Resource:
    yes_or_no = ("No", "Yes")[answer] if isinstance(answer, bool) else ""
    return without_empty({"code": f"{float(answer):g}", "display": label or yes_or_no})


def _answered(name: str, answers: Sequence[Any], score: float | None) -> Iterator[Resource]:
    """Yield the answers; an item that was left out has none."""
    if not answers:
        yield {"linkId": "score", "answer": [{"valueDecimal": decimal(score or 0.0)}]}
        return
    entry = instrument(name)
    words = wording(name, "en") if entry.licence.words_shipped else None
    for number, (answer, block) in enumerate(zip(answers, scoring(name).items(len(answers)), strict=False), 1):
        item: Resource = {"linkId": str(number)}
        if answer is not None:
            item["answer"] = [_answer(answer, block, words.answers_to(number) if words else ())]
        yield item


def _answer(answer: float | bool, block: ItemBlock, labels: Sequence[str]) -> Resource:
    if _is_number(block):
        return {"valueInteger": int(answer)} if _whole(block) else {"valueDecimal": decimal(answer)}
    if answer not in block.possible:
        # By the rules of another release it could be one.
        return {"valueString": f"{answer:g}"}
    number = block.possible.index(answer)
    coding = _coding(block.possible[number], labels[number] if number < len(labels) else "")
    return {"valueCoding": without_empty({"extension": _weights(block, block.possible[number])}) | coding}


def _authored(day: dt.date, kept: Kept[Any] | None) -> str | None:
    # What was written on another day than it is about keeps the day that it is about.
    at = kept.recorded_at if kept else None
    return instant(at) if at is not None and at.date() == day else day.isoformat()
