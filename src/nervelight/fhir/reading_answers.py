"""A QuestionnaireResponse as the answers of one of our instruments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from nervelight.assessment import Answer, ItemBlock, check_score, instrument, instrument_ids, scorable_ids, scoring
from nervelight.fhir.elements import LOINC
from nervelight.fhir.reading_elements import at, codings, objects
from nervelight.fhir.vocabulary import FORMS, system_of

__all__ = ["answers_in", "entered_score", "form_of", "instrument_of"]

_WEIGHTS = (
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)
# The answers that PHQ and GAD share (LOINC list LL358-3).
_LOINC_ANSWERS = {"LA6568-5": 0.0, "LA6569-3": 1.0, "LA6570-1": 2.0, "LA6571-9": 3.0}
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,3})?")
_LOINC_IN_ADDRESS = re.compile(r"\d{1,7}-\d")
ITEMS_AT_MOST = 500


@cache
def _by_loinc() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in instrument_ids():
        codes = instrument(name).loinc
        if codes is not None:
            found |= dict.fromkeys(filter(None, (codes.score, codes.panel)), name)
    return found


def instrument_of(concept: Any) -> str | None:
    """Return the instrument that a code names: our own code, or the LOINC code of its score or panel."""
    for system, code, _ in codings(concept):
        if system == system_of("instrument") and code in instrument_ids():
            return code
        if system == LOINC and code in _by_loinc():
            return _by_loinc()[code]
    return None


def form_of(response: Any, questionnaires: Mapping[str, Any]) -> str | None:
    """Return the instrument that a response answers; None where that is not known.

    Parameters
    ----------
    response : Any
        The QuestionnaireResponse.
    questionnaires : mapping
        Questionnaires of the bundle, by their address.
    """
    address = at(response, "questionnaire")
    if not isinstance(address, str):
        return None
    address = address.split("|")[0]
    if address.startswith(FORMS):
        name = address.removeprefix(FORMS).replace("-", "_")
        return name if name in instrument_ids() else None
    if (form := questionnaires.get(address)) is not None:
        return instrument_of({"coding": at(form, "code")})
    if address.startswith("http://loinc.org/") and (code := _LOINC_IN_ADDRESS.search(address)):
        return _by_loinc().get(code[0])
    return None


def entered_score(response: Any, name: str) -> float | None:
    """Return the score of an instrument that is filled in elsewhere, as our own form of one question holds it."""
    given = [item for link, item in _items(at(response, "item")) if link == "score"]
    if len(given) != 1 or name in scorable_ids() or instrument(name).score is None:
        return None
    value = next((_value(answer) for _, answer in objects(given[0].get("answer"))), None)
    try:
        if value is not None:
            check_score(name, value)
    except ValueError:
        return None
    return value


def answers_in(response: Any, name: str) -> tuple[Answer | None, ...] | str:
    """Return the answers in the order of the form, None for one left out, or why they cannot be told.

    Parameters
    ----------
    response : Any
        The QuestionnaireResponse.
    name : str
        Id of the instrument.
    """
    if name not in scorable_ids():
        return "it cannot be scored from answers here"
    rules = scoring(name)
    given: dict[str, Any] = {}
    for link, item in _items(at(response, "item")):
        if link in given:
            return f"question {link[:40]!r} stands twice"
        given[link] = item.get("answer")
    ours = str(at(response, "questionnaire")).startswith(FORMS)
    places = _places(name, given)
    if isinstance(places, str):
        return places
    if not places:
        return "none of its questions is known by its linkId"
    found: list[Answer | None] = []
    for number, block in enumerate(rules.items(len(places) if rules.at_most else None), 1):
        value = _answer(given.get(places.get(number, "")), block, ours)
        if isinstance(value, str):
            return f"question {number}: {value}"
        found.append(value)
    return tuple(found)


def _places(name: str, given: Mapping[str, Any]) -> dict[int, str] | str:
    """Return the linkId of each question by its number: 1, 2, 3 as in our own forms, or the items' LOINC codes."""
    rules, codes = scoring(name), instrument(name).loinc
    count = len(rules.items(min(len(given), rules.at_most) if rules.at_most else None))
    ours = {number: str(number) for number in range(1, count + 1) if str(number) in given}
    if ours:
        return ours
    items = enumerate(codes.items if codes else (), 1)
    return {number: link for number, code in items for link in (code, f"/{code}") if link in given}


def _items(found: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each question with its linkId, those in groups too, without recursion and without end."""
    stack = [item for _, item in objects(found)][::-1]
    for _ in range(ITEMS_AT_MOST):
        if not stack:
            return
        item = stack.pop()
        inner = [each for _, each in objects(item.get("item"))]
        stack += inner[::-1]
        link = item.get("linkId")
        if isinstance(link, str) and "answer" in item:
            yield link, item


def _answer(given: Any, block: ItemBlock, ours: bool) -> Answer | str | None:
    answers = [each for _, each in objects(given)]
    if not answers:
        return None
    if len(answers) > 1:
        return "it has several answers"
    answer = answers[0]
    if isinstance(yes := answer.get("valueBoolean"), bool):
        return yes if block.low is None and not block.choices else "yes or no is no answer to it"
    if ours and (number := _NUMBER.fullmatch(str(at(answer, "valueCoding", "code")))):
        # The codes of our own forms are the answers themselves; the points beside them may be others.
        chosen = float(number[0])
        if chosen in block.possible:
            return bool(chosen) if block.low is None and not block.choices else chosen
        return f"{chosen:g} is none of its answers"
    value = _value(answer)
    if value is None:
        return "its answer has no number: ordinalValue, itemWeight, or a code that is one"
    return _of_block(value, block)


def _of_block(value: float, block: ItemBlock) -> Answer | str:
    if block.low is not None:
        if block.reversed:
            return "it counts from the other end, and whether its answer or its points stand there is not said"
        return value if block.points_of(value) is not None else f"{value:g} is none of its answers"
    if block.choices:
        # A number that is both the number of a choice and the points of another could mean either.
        numbers = {k for k, points in enumerate(block.choices, 1) if points == value}
        if value in range(1, len(block.choices) + 1):
            numbers.add(int(value))
        return float(numbers.pop()) if len(numbers) == 1 else f"{value:g} does not say which choice"
    if block.no is None and value in (0.0, block.yes):
        return value != 0
    return f"{value:g} does not say yes or no"


def _value(answer: Mapping[str, Any]) -> float | None:
    for kind in ("valueInteger", "valueDecimal"):
        value = answer.get(kind)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value) if abs(value) < 1e6 else None
    coding = answer.get("valueCoding")
    if not isinstance(coding, dict):
        return None
    weights = {
        float(weight)
        for source in (coding.get("extension"), answer.get("extension"))
        for _, extension in objects(source)
        if extension.get("url") in _WEIGHTS
        and isinstance(weight := extension.get("valueDecimal"), (int, float))
        and not isinstance(weight, bool)
        and abs(weight) < 1e6
    }
    if weights:
        return weights.pop() if len(weights) == 1 else None
    code = coding.get("code")
    if not isinstance(code, str):
        return None
    if coding.get("system") == LOINC:
        return _LOINC_ANSWERS.get(code)
    return float(code) if _NUMBER.fullmatch(code) else None
