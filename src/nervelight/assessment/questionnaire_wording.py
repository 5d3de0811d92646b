"""Words of an instrument from a FHIR R4 Questionnaire, which is held against the rules of scoring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nervelight.assessment.instrument_schema import Instrument
from nervelight.assessment.instruments import instrument
from nervelight.assessment.questionnaire import (
    CALCULATED,
    ENABLED_WHEN,
    HIDDEN,
    LOINC,
    Coding,
    Item,
    Questionnaire,
    plain,
    text_faults,
)
from nervelight.assessment.questionnaire_answers import answers_of, fixed_items
from nervelight.assessment.scoring_schema import Wording
from nervelight.documents import validated
from nervelight.errors import Fault, InvalidInput, closest

__all__ = ["questionnaire_wording"]

# A retired form is not to be used any more.
STATUSES = ("draft", "active", "unknown")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
# A linkId that counts, such as 3 or 1.2; letters around it, and codes of LOINC, do not.
_COUNTED = re.compile(r"\d{1,6}(\.\d{1,6})*")


@dataclass
class _Question:
    """A question with its place, and the text that stands directly above and below it."""

    path: str
    item: Item
    above: list[str]
    below: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(map(plain, (*self.above, self.item.text, *self.below)))


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
    entry, blocks = instrument(instrument_id), fixed_items(instrument_id)
    form = validated(Questionnaire, data, where)
    if form.resource_type != "Questionnaire":
        raise InvalidInput(where, [Fault("resourceType", form.resource_type, "Questionnaire")])
    flat = _flattened(form, left_out)
    faults = [*_head_faults(form, entry, language, copyright), *_link_faults(form, left_out)]
    for path, item in _walk(form.item, "item"):
        faults += text_faults(f"{path}.text", item.text)
    answers: list[tuple[str, ...]] = []
    if len(flat.questions) != len(blocks):
        allowed = f"needs {len(blocks)} questions, as many as the rules of {entry.name} have items"
        hint = "--leave-out LINKID for each that the rules do not have" if len(flat.questions) > len(blocks) else ""
        faults.append(Fault("item", len(flat.questions), allowed, hint))
    else:
        codes = entry.loinc.items if entry.loinc else ()
        for number, (question, block) in enumerate(zip(flat.questions, blocks, strict=True)):
            faults += _code_faults(f"{question.path}.code", question.item.code, codes[number] if codes else "")
            found, wrong = answers_of(question.item, question.path, block, form)
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
        title=plain(form.title),
        intro="\n".join(map(plain, flat.intro)),
        items=tuple(question.text for question in flat.questions),
        answers=answers[0] if alike else (),
        item_answers=() if alike else tuple(answers),
        closing="\n".join(map(plain, flat.closing)),
        left_out=tuple(left_out),
        language=form.language or language,
        copyright=plain(form.copyright) or plain(copyright),
        sources=(),
    )


def _walk(items: Iterable[Item], path: str) -> Iterator[tuple[str, Item]]:
    for number, item in enumerate(items):
        here = f"{path}[{number}]"
        yield here, item
        yield from _walk(item.item, f"{here}.item")


def _flattened(form: Questionnaire, left_out: Sequence[str]) -> _Flat:
    flat = _Flat([], [], [], [])

    def visit(items: Iterable[Item], path: str, parent: _Question | None) -> None:
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


def _not_asked(item: Item) -> bool:
    urls = {extension.url for extension in item.extension if extension.value_boolean is not False}
    return item.read_only or bool(urls & {HIDDEN, CALCULATED})


def _head_faults(form: Questionnaire, entry: Instrument, language: str, copyright: str) -> Iterator[Fault]:
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
    elif inside.strip() and beside.strip() and plain(inside) != plain(beside):
        yield Fault(path, inside, f"what was said beside the file, {beside!r}, or nothing")


def _link_faults(form: Questionnaire, left_out: Sequence[str]) -> Iterator[Fault]:
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


def _code_faults(path: str, codes: Sequence[Coding], known: str) -> Iterator[Fault]:
    """Yield a fault where LOINC codes are given and none of them is the known one."""
    given = [coding.code for coding in codes if coding.system == LOINC]
    if known and given and known not in given:
        yield Fault(path, ", ".join(given), f"the LOINC code {known}")
