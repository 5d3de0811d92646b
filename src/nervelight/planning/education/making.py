"""The sheets of a plan, or of a condition and a type of lamp."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from nervelight.assessment import Urgency, red_flags
from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import claim, condition_named
from nervelight.planning.education.facts import Contacts, facts_of, lamp_type_of, words_of
from nervelight.planning.education.sheet import Line, Question, Sheet
from nervelight.planning.education.texts import (
    Asked,
    Insert,
    Language,
    Said,
    Words,
    about_condition,
    about_lamp,
    language_named,
    texts,
)
from nervelight.planning.plan_document import Plan

__all__ = ["AT_ONCE", "TODAY", "education_sheets", "eye_protection", "session_checks"]

AT_ONCE: tuple[Urgency, ...] = ("emergency-now",)
"""Red flags for which to call the emergency number."""
TODAY: tuple[Urgency, ...] = ("urgent", "same-day", "stop-and-report", "1-working-day")
"""Red flags for which to call the clinic on the same day."""
_SOON: tuple[Urgency, ...] = ("2-working-days", "referral")
_SIGNS: tuple[Insert, ...] = ("at_once", "today", "soon")
# No person notices this one.
_FOUND_BY_DOCTORS = "brisk_reflexes"


def education_sheets(
    plan: Plan | None = None,
    *,
    condition: str | None = None,
    lamp_type: str | None = None,
    language: str = "en",
    emergency_number: str = "",
    clinic_phone: str = "",
    opening_hours: str = "",
) -> tuple[Sheet, ...]:
    """Return what a person is given to read, in the order in which it is best read.

    Parameters
    ----------
    plan : Plan, optional
        Its condition, lamp and numbers are told. Without one the sheets are general and name no time, distance or
        number of sessions: only a plan does.
    condition : str, optional
        Condition of the evidence library; needed where there is no plan, and named by the plan where there is one.
    lamp_type : str, optional
        Category of the lamp catalogue; left out, or named by the plan.
    language : {"en", "de"}
    emergency_number, clinic_phone, opening_hours : str
        Of the clinic; the emergency number is the plan's where none is given.

    Returns
    -------
    tuple of Sheet

    Raises
    ------
    UnknownName
        If there is no such condition, type of lamp or language.
    InvalidInput
        If neither a plan nor a condition is given, or both.

    Examples
    --------
    >>> [sheet.slug for sheet in education_sheets(condition="carpal_tunnel", lamp_type="led_panel")]
    ['what', 'known', 'session', 'watch', 'call']
    """
    tongue = language_named(language)
    if plan is not None:
        given = {"condition": condition, "lamp_type": lamp_type}
        if faults := [Fault(name, value, "nothing: the plan names it") for name, value in given.items() if value]:
            raise InvalidInput("education sheets", faults)
        about = condition_named(str(plan.case["diagnosis"]["condition"]))
        lamp_type = lamp_type_of(plan)
    elif condition is None:
        raise InvalidInput("education sheets", [Fault("condition", None, "a condition, where there is no plan")])
    else:
        about = condition_named(condition)
    facts = facts_of(about, plan, lamp_type)
    words = words_of(about, plan, Contacts(emergency_number, clinic_phone, opening_hours), tongue)
    parts = _parts(about, lamp_type)
    return tuple(
        Sheet(
            slug=sheet.slug,
            title=sheet.title.in_(tongue),
            lines=tuple(_lines(sheet.lines, parts, facts, words, tongue)),
            questions=tuple(_question(each, words, tongue) for each in sheet.questions if each.holds(facts)),
            language=tongue,
        )
        for sheet in texts().sheets
    )


def session_checks(plan: Plan, language: str = "en") -> tuple[str, ...]:
    """Return what to check before each session of a plan."""
    return _holding(texts().checks, plan, language)


def eye_protection(plan: Plan, language: str = "en") -> str:
    """Return how eyes are protected in the sessions of a plan."""
    return " ".join(_holding(texts().eyes, plan, language))


def _holding(entries: Iterable[Said], plan: Plan, language: str) -> tuple[str, ...]:
    facts = facts_of(condition_named(str(plan.case["diagnosis"]["condition"])), plan)
    return tuple(said.in_(language_named(language)) for said in entries if said.holds(facts))


def _parts(condition: str, lamp_type: str | None) -> Mapping[Insert, tuple[Said, ...]]:
    """Return what is put in, by the name of the part."""
    of_condition = about_condition(condition)
    of_lamp = about_lamp(lamp_type) if lamp_type is not None else None
    common = texts()
    return {
        "condition_what": of_condition.what,
        "condition_known": of_condition.known,
        "condition_watch": of_condition.watch,
        "lamp_what": of_lamp.what if of_lamp else (),
        "lamp_session": of_lamp.session if of_lamp else (),
        "lamp_watch": of_lamp.watch if of_lamp else (),
        "checks": common.checks,
        "eyes": common.eyes,
        "at_once": tuple(_signs(AT_ONCE)),
        "today": tuple(_signs(TODAY)),
        "soon": tuple(_signs(_SOON)),
    }


def _signs(urgencies: tuple[Urgency, ...]) -> Iterator[Said]:
    for flag in red_flags():
        if flag.urgency in urgencies and flag.id != _FOUND_BY_DOCTORS:
            words = texts().red_flags[flag.id]
            yield Said(en=f"{words.en}.", de=f"{words.de}.", sources=flag.sources)


def _lines(
    entries: Iterable[Said],
    parts: Mapping[Insert, tuple[Said, ...]],
    facts: Mapping[str, str],
    words: Mapping[str, str],
    language: Language,
    listed: bool = False,
) -> Iterator[Line]:
    for entry in entries:
        if not entry.holds(facts):
            continue
        if entry.insert is not None:
            yield from _lines(parts[entry.insert], parts, facts, words, language, entry.insert in _SIGNS)
            continue
        used = _Used(words)
        text = entry.in_(language).format_map(used)
        if not used.empty:
            quoted = bool(entry.claim) and text == claim(entry.claim).may_say
            yield Line(text, entry.source_keys, quoted, listed)


def _question(entry: Asked, words: Mapping[str, str], language: Language) -> Question:
    def told(text: Words) -> str:
        return text.in_(language).format_map(words)

    return Question(
        id=entry.id,
        ask=told(entry.ask),
        choices=tuple((name, told(text)) for name, text in entry.choices.items()),
        right=entry.right,
        why=told(entry.why),
    )


class _Used(dict[str, str]):
    """Fills the braces of one sentence, and remembers whether one of them was empty."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(words)
        self.empty = False

    def __getitem__(self, name: str) -> str:
        word = super().__getitem__(name)
        self.empty = self.empty or not word
        return word
