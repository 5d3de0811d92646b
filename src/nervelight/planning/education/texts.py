"""The sentences of the sheets, as data in two languages, and which of them hold for whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Self, get_args

from pydantic import Field, model_validator

from nervelight.assessment import red_flag_ids
from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.evidence import Condition, claim, condition_named, study
from nervelight.evidence.keys import SourceKey
from nervelight.optics import Category

__all__ = [
    "LANGUAGES",
    "About",
    "Asked",
    "Fact",
    "Insert",
    "LampType",
    "Language",
    "Said",
    "about_condition",
    "about_lamp",
    "condition_name",
    "lamp_name",
    "lamp_types",
    "language_named",
    "page_words",
    "red_flag_words",
    "sheet_titles",
    "texts",
]

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Languages in which every sentence stands."""

LampType = Category
"""A type of lamp, as the catalogue sorts them."""

Fact = Literal["plan", "condition", "painful", "sensation", "perfusion", "eyes", "contact", "fields", "trials", "staff"]
"""What a sentence may depend on. `plan`: none, light, no_light (blocked, or nothing prescribed), or never (out of the
light's reach, or no pain); `staff`: whether only staff may use the lamp; where there is no plan, what only a person's
case tells is unknown."""
Insert = Literal[
    "condition_what", "condition_known", "condition_watch", "lamp_what", "lamp_session", "lamp_watch",
    "checks", "eyes", "at_once", "today", "soon",
]  # fmt: skip
"""A part of a sheet that stands elsewhere."""


class Words(Document):
    """The same in each language."""

    en: str = Field(min_length=1)
    de: str = Field(min_length=1)

    def in_(self, language: Language) -> str:
        """Return the words in a language."""
        return self.de if language == "de" else self.en


class _Conditional(Document):
    when: dict[Fact, tuple[str, ...]] = Field(default_factory=dict)

    def holds(self, facts: Mapping[str, str]) -> bool:
        """Whether all facts that it depends on are as they must be."""
        return all(facts[name] in allowed for name, allowed in self.when.items())


class Said(_Conditional):
    """A paragraph, or the place of a part that stands elsewhere."""

    en: str = ""
    de: str = ""
    claim: str = ""
    """Claim whose plain sentence it is. What light does is said by claims, and by the printed results of studies."""
    study: str = ""
    """Study whose printed result it retells."""
    sources: tuple[SourceKey, ...] = ()
    insert: Insert | None = None

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.insert:
            if self.en or self.de or self.claim or self.study or self.sources:
                raise ValueError("a place of a part says nothing itself")
            return self
        if not self.de:
            raise ValueError("needs its sentence in German")
        if self.claim:
            claim(self.claim)
            if self.en:
                raise ValueError("in English the claim itself speaks: mend may_say_plain")
        elif not self.en:
            raise ValueError("needs its sentence in English")
        if self.study:
            study(self.study)
        elif not (self.claim or self.sources):
            raise ValueError("needs sources, a claim or a study")
        return self

    def in_(self, language: Language) -> str:
        """Return the words in a language, as yet unfilled."""
        if language == "de":
            return self.de
        return claim(self.claim).plain if self.claim else self.en

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Keys of sources.toml, each once."""
        told = claim(self.claim).source_keys if self.claim else study(self.study).sources if self.study else ()
        return tuple(dict.fromkeys((*told, *self.sources)))


class Asked(_Conditional):
    """A question back."""

    id: str
    ask: Words
    choices: dict[str, Words] = Field(min_length=2)
    right: str
    why: Words

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if self.right not in self.choices:
            raise ValueError("the right answer is none of the choices")
        return self


class SheetText(Document):
    """One sheet."""

    slug: str
    title: Words
    lines: tuple[Said, ...]
    questions: tuple[Asked, ...]


class _Texts(Document):
    sheets: tuple[SheetText, ...]
    checks: tuple[Said, ...]
    eyes: tuple[Said, ...]
    red_flags: dict[str, Words]
    words: dict[str, Words]

    @model_validator(mode="after")
    def _all_flags(self) -> Self:
        if set(self.red_flags) != set(red_flag_ids()):
            raise ValueError("red_flags needs each red flag of the assessment, and no other")
        return self


class About(Document):
    """What is said of one condition or one type of lamp, by part of a sheet."""

    name: Words
    what: tuple[Said, ...] = Field(min_length=1)
    known: tuple[Said, ...] = ()
    session: tuple[Said, ...] = ()
    watch: tuple[Said, ...] = Field(min_length=1)


class _Conditions(Document):
    conditions: dict[Condition, About]

    @model_validator(mode="after")
    def _all(self) -> Self:
        if set(self.conditions) != set(get_args(Condition)):
            raise ValueError("needs every condition of the evidence library")
        return self


class _Lamps(Document):
    lamps: dict[LampType, About]

    @model_validator(mode="after")
    def _all(self) -> Self:
        if set(self.lamps) != set(get_args(LampType)):
            raise ValueError("needs every type of lamp of the catalogue")
        return self


def _read(name: str) -> Any:
    return read_data("nervelight.planning", "data", "education", name)


@cache
def texts() -> _Texts:
    """Return the sheets and what stands in several of them."""
    return validated(_Texts, _read("sheets.yaml"), "sheets.yaml")


@cache
def _conditions() -> Mapping[Condition, About]:
    return validated(_Conditions, {"conditions": _read("conditions.yaml")}, "conditions.yaml").conditions


@cache
def _lamps() -> Mapping[LampType, About]:
    return validated(_Lamps, {"lamps": _read("lamps.yaml")}, "lamps.yaml").lamps


def about_condition(condition: str) -> About:
    """Return what is said of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    return _conditions()[condition_named(condition)]


def about_lamp(lamp_type: str) -> About:
    """Return what is said of a type of lamp.

    Raises
    ------
    UnknownName
        If there is no such type.
    """
    for name, about in _lamps().items():
        if name == lamp_type:
            return about
    raise UnknownName("lamp type", lamp_type, lamp_types())


def lamp_types() -> tuple[LampType, ...]:
    """Return the types of lamps, as in the catalogue."""
    return tuple(_lamps())


def language_named(name: str) -> Language:
    """Return a word as the name of a language.

    Raises
    ------
    UnknownName
        If the sheets are not in it.
    """
    for language in LANGUAGES:
        if language == name:
            return language
    raise UnknownName("language", name, LANGUAGES)


def condition_name(condition: str, language: str = "en") -> str:
    """Return a condition in plain words."""
    return about_condition(condition).name.in_(language_named(language))


def lamp_name(lamp_type: str, language: str = "en") -> str:
    """Return a type of lamp in plain words."""
    return about_lamp(lamp_type).name.in_(language_named(language))


def sheet_titles(language: str = "en") -> Mapping[str, str]:
    """Return the titles of all sheets by their names in addresses, in the order in which they are best read."""
    return {sheet.slug: sheet.title.in_(language_named(language)) for sheet in texts().sheets}


def page_words(language: str = "en") -> Mapping[str, str]:
    """Return what stands around the sheets on a page, by name."""
    return {name: words.in_(language_named(language)) for name, words in texts().words.items()}


def red_flag_words(language: str = "en") -> Mapping[str, str]:
    """Return each red flag as a person may notice it, by its id."""
    return {name: words.in_(language_named(language)) for name, words in texts().red_flags.items()}
