"""Answers of a Questionnaire: what numbers they may have by the rules of scoring, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nervelight.assessment.instruments import instrument
from nervelight.assessment.questionnaire import (
    MAX_VALUE,
    MIN_VALUE,
    WEIGHTS,
    Item,
    Option,
    Questionnaire,
    plain,
    text_faults,
)
from nervelight.assessment.scoring import scoring
from nervelight.assessment.scoring_schema import ItemBlock
from nervelight.errors import Fault, ValidityError

__all__ = ["answers_of", "fixed_items", "orders_of", "types_for"]

_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,6})?")


def fixed_items(instrument_id: str) -> tuple[ItemBlock, ...]:
    """Return what each question of an instrument may be answered with.

    Raises
    ------
    UnknownName, ValidityError
        If there is no such instrument, or no rules of scoring with a fixed number of questions.
    """
    rules = scoring(instrument_id)
    if rules.at_most is not None:
        raise ValidityError(f"{instrument(instrument_id).name} has no fixed questions, so no text pack fits it")
    return rules.items()


def answers_of(item: Item, path: str, block: ItemBlock, form: Questionnaire) -> tuple[tuple[str, ...], list[Fault]]:
    """Return the words of the answers in the order of `ItemBlock.possible`, or what is wrong with them."""
    options = [(f"{path}.answerOption[{k}]", option) for k, option in enumerate(item.answer_option)]
    listed = f"{path}.answerOption"
    if item.answer_value_set is not None:
        listed = f"{path}.answerValueSet"
        options += _contained_options(item.answer_value_set, form)
        if item.answer_option or not options:
            allowed = "a value set that stands in contained, or answerOption instead: nothing is looked up elsewhere"
            return (), [Fault(listed, item.answer_value_set, allowed)]
    types = types_for(block, bool(options))
    if item.type not in types:
        allowed = f"one of {', '.join(types)}" if types else "boolean without answers listed"
        return (), [Fault(f"{path}.type", item.type, f"{allowed}: the item {block.allowed}")]
    if not options:
        return (), list(_end_faults(item, path, block))
    values: list[float] = []
    faults: list[Fault] = []
    for at, option in options:
        found = _value(option, at)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            values.append(found)
        faults += text_faults(at, _label(option))
        if option.value_coding is not None and not (_label(option) or _NUMBER.fullmatch(option.value_coding.code)):
            faults.append(Fault(at, None, "the words of the answer, in display"))
    orders = orders_of(block)
    if faults or tuple(values) not in orders:
        places = [at for at, _ in options]
        return (), faults or list(_order_faults(listed, places, values, next(iter(orders))))
    labels = [plain(_label(option)) for _, option in options]
    return tuple(labels[::-1] if orders[tuple(values)] else labels), []


def _contained_options(reference: str, form: Questionnaire) -> Iterator[tuple[str, Option]]:
    """Yield the answers of a value set that stands in the file, each with its place: as expanded, else as composed."""
    for number, found in enumerate(form.contained):
        if reference != f"#{found.id}":
            continue
        path = f"contained[{number}]"
        lists = [(f"{path}.expansion.contains", found.expansion.contains)] if found.expansion else []
        if not lists and found.compose:
            includes = enumerate(found.compose.include)
            lists = [(f"{path}.compose.include[{k}].concept", include.concept) for k, include in includes]
        for at, codings in lists:
            yield from ((f"{at}[{k}]", Option(valueCoding=coding)) for k, coding in enumerate(codings))


def types_for(block: ItemBlock, options: bool) -> tuple[str, ...]:
    """Return the types that a question may have."""
    if block.low is not None:
        whole = block.low.is_integer() and block.step.is_integer()
        return ("choice", "integer") if options else ("integer", "decimal") if whole else ("decimal",)
    if block.choices:
        return ("choice",) if options else ()
    if options:
        # Where no is what counts, a 1 could mean yes, or the point for no.
        return () if block.no is not None else ("choice",)
    return ("boolean",)


def orders_of(block: ItemBlock) -> dict[tuple[float, ...], bool]:
    """Return the numbers that the answers may have, in the order of the form, and whether the highest stands first.

    For choices, and for yes and no, the points of an answer may stand for its number. For numbers they may not: the
    points of a reversed item are its numbers in the other order, and which of the two was meant could not be told.
    """
    possible = tuple(map(float, block.possible))
    if block.choices:
        return {possible: False, block.choices: False}
    if block.low is not None:
        return {possible[::-1]: True} if block.falling else {possible: False}
    worth = (1.0, block.yes or 1.0)
    return {order: order[0] != 0 for yes in worth for order in ((0.0, yes), (yes, 0.0))}


def _order_faults(
    listed: str, places: Sequence[str], values: Sequence[float], expected: Sequence[float]
) -> Iterator[Fault]:
    needed = ", ".join(f"{value:g}" for value in expected)
    if len(values) != len(expected) or sorted(values) == sorted(expected):
        given = ", ".join(f"{value:g}" for value in values)
        yield Fault(listed, given, f"answers with the numbers {needed}, in this order")
        return
    for at, value, allowed in zip(places, values, expected, strict=True):
        if value != allowed:
            yield Fault(at, value, f"{allowed:g}: the answers are {needed}")


def _end_faults(item: Item, path: str, block: ItemBlock) -> Iterator[Fault]:
    for url, end in ((MIN_VALUE, block.low), (MAX_VALUE, block.high)):
        for k, extension in enumerate(item.extension):
            if end is not None and extension.url == url and extension.number != end:
                yield Fault(f"{path}.extension[{k}]", extension.number, f"{end:g}: the item {block.allowed}")


def _label(option: Option) -> str:
    return option.value_coding.display if option.value_coding is not None else option.value_string or ""


def _value(option: Option, at: str) -> float | Fault:
    """Return the number of an answer: by its extensions, else by the answer itself."""
    coding = option.value_coding
    given = [*option.extension, *(coding.extension if coding else ())]
    weights = [(name, e.number) for e in given for name, url in WEIGHTS.items() if e.url == url]
    if weights:
        if len({number for _, number in weights}) > 1:
            told = " and ".join(f"{name} {number}" for name, number in weights)
            return Fault(at, told, "one number: ordinalValue and itemWeight must agree")
        number = weights[0][1]
        return Fault(at, None, "the valueDecimal of its extension") if number is None else number
    if option.value_integer is not None:
        return option.value_integer
    code = coding.code if coding else ""
    if _NUMBER.fullmatch(code):
        return float(code)
    return Fault(at, code or None, "its number: ordinalValue or itemWeight, valueInteger, or a code that is a number")
