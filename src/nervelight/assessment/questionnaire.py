"""FHIR R4 Questionnaires: held against the rules of scoring, and made from them with the words left to fill in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from nervelight.assessment.instrument_schema import Instrument
from nervelight.assessment.instruments import instrument
from nervelight.assessment.scoring import scoring
from nervelight.assessment.scoring_schema import ItemBlock, Scoring, Wording
from nervelight.documents import validated
from nervelight.errors import Fault, InvalidInput, ValidityError, closest

__all__ = ["FILL_IN", "questionnaire_template", "questionnaire_wording", "text_faults"]

FILL_IN = "(fill in)"
"""What stands for words in a template."""

# FHIR extensions pack: itemWeight is the newer name of ordinalValue. Programs write one, the other, or both.
ORDINAL_VALUE = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
ITEM_WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
MIN_VALUE = "http://hl7.org/fhir/StructureDefinition/minValue"
MAX_VALUE = "http://hl7.org/fhir/StructureDefinition/maxValue"
_WEIGHTS = {"ordinalValue": ORDINAL_VALUE, "itemWeight": ITEM_WEIGHT}
HIDDEN = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
ENABLED_WHEN = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
LOINC = "http://loinc.org"

# A retired form is not to be used any more.
STATUSES = ("draft", "active", "unknown")
# Up to so many answers, a template has words for each; more are a number between two ends.
OPTIONS_AT_MOST = 7
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,6})?")
# A linkId that counts, such as 3 or 1.2; letters around it, and codes of LOINC, do not.
_COUNTED = re.compile(r"\d{1,6}(\.\d{1,6})*")

Number = Annotated[float, Field(strict=True)]


class _Fhir(BaseModel):
    # What is not read is left alone: a Questionnaire has many more elements.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, alias_generator=to_camel)


class _Extension(_Fhir):
    url: str
    value_decimal: Number | None = None
    value_integer: Number | None = None
    value_boolean: StrictBool | None = None

    @property
    def number(self) -> float | None:
        return self.value_integer if self.value_decimal is None else self.value_decimal


class _Coding(_Fhir):
    system: str = ""
    code: str = ""
    display: str = ""
    extension: list[_Extension] = []


class _Option(_Fhir):
    value_coding: _Coding | None = None
    value_integer: Number | None = None
    value_string: str | None = None
    extension: list[_Extension] = []


class _Item(_Fhir):
    link_id: str
    type: str
    text: str = ""
    code: list[_Coding] = []
    answer_option: list[_Option] = []
    answer_value_set: str | None = None
    enable_when: list[Any] = []
    repeats: StrictBool = False
    read_only: StrictBool = False
    extension: list[_Extension] = []
    item: list[_Item] = []


class _Expansion(_Fhir):
    contains: list[_Coding] = []


class _Include(_Fhir):
    concept: list[_Coding] = []


class _Compose(_Fhir):
    include: list[_Include] = []


class _ValueSet(_Fhir):
    id: str = ""
    expansion: _Expansion | None = None
    compose: _Compose | None = None


class _Questionnaire(_Fhir):
    resource_type: str
    status: str = ""
    language: str = ""
    title: str = ""
    copyright: str = ""
    code: list[_Coding] = []
    contained: list[_ValueSet] = []
    item: list[_Item] = []


@dataclass
class _Question:
    """A question with its place, and the text that stands directly above and below it."""

    path: str
    item: _Item
    above: list[str]
    below: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(map(_plain, (*self.above, self.item.text, *self.below)))


@dataclass
class _Flat:
    """A form without its tree: text above the first question, questions in order, text below the last one.

    `conditional` holds the places of what is asked under a condition only.
    """

    intro: list[str]
    questions: list[_Question]
    closing: list[str]
    conditional: list[str]


def questionnaire_wording(
    data: object,
    where: str,
    instrument_id: str,
    *,
    language: str = "",
    copyright: str = "",
    left_out: Sequence[str] = (),
) -> Wording:
    """Return the words of an instrument from a Questionnaire, after holding it against the rules of scoring.

    Groups and display items become text above the questions; what is computed or hidden is passed over.

    Parameters
    ----------
    data : object
        The JSON of a FHIR R4 Questionnaire.
    where : str
        What to call it in errors.
    instrument_id : str
    language, copyright : str
        For a Questionnaire that does not say them itself.
    left_out : sequence of str
        The linkId of each question or group that the rules do not have.

    Raises
    ------
    UnknownName, ValidityError
        If there is no such instrument, or no rules of scoring to hold a Questionnaire against.
    InvalidInput
        With every fault and its place in the JSON.
    """
    entry, rules = instrument(instrument_id), _rules_with_items(instrument_id)
    form = validated(_Questionnaire, data, where)
    if form.resource_type != "Questionnaire":
        raise InvalidInput(where, [Fault("resourceType", form.resource_type, "Questionnaire")])
    flat = _flattened(form, left_out)
    faults = [*_head_faults(form, entry, language, copyright), *_link_faults(form, left_out)]
    for path, item in _walk(form.item, "item"):
        faults += text_faults(f"{path}.text", item.text)
    answers: list[tuple[str, ...]] = []
    blocks = rules.items()
    if len(flat.questions) != len(blocks):
        allowed = f"needs {len(blocks)} questions, as many as the rules of {entry.name} have items"
        hint = "--leave-out LINKID for each that the rules do not have" if len(flat.questions) > len(blocks) else ""
        faults.append(Fault("item", len(flat.questions), allowed, hint))
    else:
        codes = entry.loinc.items if entry.loinc else ()
        for number, (question, block) in enumerate(zip(flat.questions, blocks, strict=True)):
            faults += _code_faults(f"{question.path}.code", question.item.code, codes[number] if codes else "")
            found, wrong = _answers(question, block, form)
            answers.append(found)
            faults += wrong
    faults += _order_of_links(flat.questions)
    for path in flat.conditional:
        faults.append(
            Fault(path, "a condition", "nothing: every question is asked, and an answer left out counts as such")
        )
    for question in flat.questions:
        if not question.item.text.strip():
            faults.append(Fault(f"{question.path}.text", None, "the words of the question"))
        if question.item.repeats:
            faults.append(Fault(f"{question.path}.repeats", True, "false: one answer to each question"))
    if faults:
        raise InvalidInput(where, faults)
    alike = len({*zip(answers, (block.possible for block in blocks), strict=True)}) == 1
    return Wording(
        id=instrument_id,
        title=_plain(form.title),
        intro="\n".join(map(_plain, flat.intro)),
        items=tuple(question.text for question in flat.questions),
        answers=answers[0] if alike else (),
        item_answers=() if alike else tuple(answers),
        closing="\n".join(map(_plain, flat.closing)),
        left_out=tuple(left_out),
        language=form.language or language,
        copyright=_plain(form.copyright) or _plain(copyright),
        sources=(),
    )


def text_faults(path: str, text: str) -> Iterator[Fault]:
    """Yield what is wrong with words: those of a template, and characters that steer a terminal."""
    if FILL_IN in text:
        yield Fault(path, text, "the words themselves: this is still those of the template")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\t\r\n" for sign in text):
        yield Fault(path, text, "text without control characters")


def _rules_with_items(instrument_id: str) -> Scoring:
    rules = scoring(instrument_id)
    if rules.at_most is not None:
        raise ValidityError(f"{instrument(instrument_id).name} has no fixed questions, so no text pack fits it")
    return rules


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _walk(items: Iterable[_Item], path: str) -> Iterator[tuple[str, _Item]]:
    for number, item in enumerate(items):
        here = f"{path}[{number}]"
        yield here, item
        yield from _walk(item.item, f"{here}.item")


def _flattened(form: _Questionnaire, left_out: Sequence[str]) -> _Flat:
    flat = _Flat([], [], [], [])

    def visit(items: Iterable[_Item], path: str, parent: _Question | None) -> None:
        for number, item in enumerate(items):
            here = f"{path}[{number}]"
            if item.link_id in left_out or _not_asked(item):
                continue
            if item.enable_when or any(extension.url == ENABLED_WHEN for extension in item.extension):
                flat.conditional.append(f"{here}.enableWhen")
            within = parent
            if item.type not in ("group", "display"):
                within = _Question(here, item, flat.closing)
                flat.questions.append(within)
                flat.closing = []
            elif item.text.strip():
                (parent.below if parent and item.type == "display" else flat.closing).append(item.text)
            visit(item.item, f"{here}.item", within)

    visit(form.item, "item", None)
    if flat.questions:
        # Text above the first question belongs to the whole form.
        flat.intro, flat.questions[0].above = flat.questions[0].above, []
    return flat


def _not_asked(item: _Item) -> bool:
    urls = {extension.url for extension in item.extension if extension.value_boolean is not False}
    return item.read_only or bool(urls & {HIDDEN, CALCULATED})


def _head_faults(form: _Questionnaire, entry: Instrument, language: str, copyright: str) -> Iterator[Fault]:
    if form.status not in STATUSES:
        yield Fault("status", form.status or None, f"one of {', '.join(STATUSES)}")
    yield from text_faults("title", form.title)
    yield from _said_once("language", form.language, language, "the language of the form, such as en or pt-BR")
    if (said := form.language or language) and not _LANGUAGE.fullmatch(said):
        yield Fault("language", said, "the tag of a language, such as en or pt-BR")
    yield from text_faults("copyright", form.copyright + copyright)
    needed = not entry.licence.words_shipped
    yield from _said_once("copyright", form.copyright, copyright, "the line that must stand with the words", needed)
    yield from _code_faults("code", form.code, entry.loinc.panel if entry.loinc else "")


def _said_once(path: str, inside: str, beside: str, what: str, needed: bool = True) -> Iterator[Fault]:
    """Yield a fault where the file and what was said beside it both say nothing, or say different things."""
    if not (inside.strip() or beside.strip()):
        if needed:
            yield Fault(path, None, what, f"--{path} says it where the file does not")
    elif inside.strip() and beside.strip() and _plain(inside) != _plain(beside):
        yield Fault(path, inside, f"what was said beside the file, {beside!r}, or nothing")


def _link_faults(form: _Questionnaire, left_out: Sequence[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, item in _walk(form.item, "item"):
        if item.link_id in seen:
            yield Fault(f"{path}.linkId", item.link_id, "a linkId that no other item has")
        seen.add(item.link_id)
    for name in left_out:
        if name not in seen:
            hint = closest(name, seen)
            yield Fault("left_out", name, "the linkId of an item", f"did you mean {hint!r}?" if hint else "")


def _order_of_links(questions: Sequence[_Question]) -> Iterator[Fault]:
    """Yield a fault for each question whose linkId is a number that does not come after the one before it.

    Points and alarms go by the order in which questions stand, so a form in another order would be scored wrongly.
    """
    last = ""
    seen: set[str] = set()
    for question in questions:
        name = question.item.link_id
        # One that stands twice is told as that.
        if name in seen or not _COUNTED.fullmatch(name):
            continue
        seen.add(name)
        if last and _counted(name) < _counted(last):
            allowed = f"a question that comes after {last}: points and alarms go by the order of the questions"
            yield Fault(f"{question.path}.linkId", name, allowed, "put the questions in the order of the instrument")
        last = name


def _counted(link_id: str) -> tuple[int, ...]:
    return tuple(map(int, link_id.split(".")))


def _code_faults(path: str, codes: Sequence[_Coding], known: str) -> Iterator[Fault]:
    """Yield a fault where LOINC codes are given and none of them is the known one."""
    given = [coding.code for coding in codes if coding.system == LOINC]
    if known and given and known not in given:
        yield Fault(path, ", ".join(given), f"the LOINC code {known}")


def _answers(question: _Question, block: ItemBlock, form: _Questionnaire) -> tuple[tuple[str, ...], list[Fault]]:
    """Return the words of the answers in the order of `ItemBlock.possible`, or what is wrong with them."""
    item, path = question.item, question.path
    options = [(f"{path}.answerOption[{k}]", option) for k, option in enumerate(item.answer_option)]
    listed = f"{path}.answerOption"
    if item.answer_value_set is not None:
        listed = f"{path}.answerValueSet"
        options += _contained_options(item.answer_value_set, form)
        if item.answer_option or not options:
            allowed = "a value set that stands in contained, or answerOption instead: nothing is looked up elsewhere"
            return (), [Fault(listed, item.answer_value_set, allowed)]
    types = _types(block, bool(options))
    if item.type not in types:
        allowed = f"one of {', '.join(types)}" if types else "boolean without answers listed"
        return (), [Fault(f"{path}.type", item.type, f"{allowed}: the item {block.allowed}")]
    if not options:
        return (), list(_end_faults(question, block))
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
    orders = _orders(block)
    if faults or tuple(values) not in orders:
        places = [at for at, _ in options]
        return (), faults or list(_order_faults(listed, places, values, next(iter(orders))))
    labels = [_plain(_label(option)) for _, option in options]
    return tuple(labels[::-1] if orders[tuple(values)] else labels), []


def _contained_options(reference: str, form: _Questionnaire) -> Iterator[tuple[str, _Option]]:
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
            yield from ((f"{at}[{k}]", _Option(valueCoding=coding)) for k, coding in enumerate(codings))


def _types(block: ItemBlock, options: bool) -> tuple[str, ...]:
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


def _orders(block: ItemBlock) -> dict[tuple[float, ...], bool]:
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


def _end_faults(question: _Question, block: ItemBlock) -> Iterator[Fault]:
    for url, end in ((MIN_VALUE, block.low), (MAX_VALUE, block.high)):
        for k, extension in enumerate(question.item.extension):
            if end is not None and extension.url == url and extension.number != end:
                yield Fault(f"{question.path}.extension[{k}]", extension.number, f"{end:g}: the item {block.allowed}")


def _label(option: _Option) -> str:
    return option.value_coding.display if option.value_coding is not None else option.value_string or ""


def _value(option: _Option, at: str) -> float | Fault:
    """Return the number of an answer: by its extensions, else by the answer itself."""
    coding = option.value_coding
    given = [*option.extension, *(coding.extension if coding else ())]
    weights = [(name, e.number) for e in given for name, url in _WEIGHTS.items() if e.url == url]
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


def questionnaire_template(instrument_id: str, language: str = "en") -> dict[str, Any]:
    """Return a Questionnaire with the items and answers of an instrument, and `FILL_IN` wherever words are to stand.

    Parameters
    ----------
    instrument_id : str
    language : str
        Tag of the language that the words will have.

    Returns
    -------
    dict
        FHIR R4 JSON. More than seven answers are a number between two ends, the others options with both
        `ordinalValue` and `itemWeight`; where it is no that counts, the type is boolean.

    Raises
    ------
    UnknownName, ValidityError
        As `questionnaire_wording`.

    Examples
    --------
    >>> [item["type"] for item in questionnaire_template("mnsi_q")["item"]][5:8]
    ['choice', 'boolean', 'choice']
    """
    entry, rules = instrument(instrument_id), _rules_with_items(instrument_id)
    codes = entry.loinc.items if entry.loinc else ()
    panel = [{"system": LOINC, "code": entry.loinc.panel}] if entry.loinc and entry.loinc.panel else []
    return {
        "resourceType": "Questionnaire",
        "language": language,
        "title": entry.name,
        "status": "draft",
        **({} if entry.licence.words_shipped else {"copyright": FILL_IN}),
        **({"code": panel} if panel else {}),
        "item": [
            {
                "linkId": str(number),
                **({"code": [{"system": LOINC, "code": codes[number - 1]}]} if codes else {}),
                "text": FILL_IN,
                **_template_answers(block),
            }
            for number, block in enumerate(rules.items(), 1)
        ],
    }


def _template_answers(block: ItemBlock) -> dict[str, Any]:
    if not _types(block, options=True):
        return {"type": "boolean"}
    values = next(iter(_orders(block)))
    if len(values) > OPTIONS_AT_MOST:
        ends = ((MIN_VALUE, block.low), (MAX_VALUE, block.high))
        whole = "integer" in _types(block, options=False)
        kind = "integer" if whole else "decimal"
        return {
            "type": kind,
            "extension": [
                {"url": url, f"value{kind.capitalize()}": _short(end)} for url, end in ends if end is not None
            ],
        }
    return {
        "type": "choice",
        "answerOption": [
            {
                "extension": [{"url": url, "valueDecimal": _short(value)} for url in _WEIGHTS.values()],
                "valueCoding": {"code": f"{value:g}", "display": FILL_IN},
            }
            for value in values
        ],
    }


def _short(value: float) -> float:
    return int(value) if value.is_integer() else value
