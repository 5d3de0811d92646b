"""The eight parts of the management plan, in sentences with their sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Self

from pydantic import model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.evidence import claim
from nervelight.planning.case import Case
from nervelight.planning.plan_document import Section, Statement

__all__ = ["SECTION_TITLES", "make_sections"]

SECTION_TITLES: Mapping[str, str] = {
    "assessment": "Assessment",
    "multimodal": "Multimodal approach",
    "education": "Education",
    "individual_plan": "Individual plan",
    "frequency_duration": "Frequency and duration",
    "monitoring": "Monitoring",
    "coordinated_care": "Coordinated care",
    "follow_up": "Follow-up",
}


class _When(Document):
    condition: tuple[str, ...] = ()
    condition_not: tuple[str, ...] = ()
    sensation: tuple[str, ...] = ()

    def holds(self, case: Case) -> bool:
        condition, sensation = case.diagnosis.condition, case.safety.sensation
        return (
            (not self.condition or condition in self.condition)
            and condition not in self.condition_not
            and (not self.sensation or sensation in self.sensation)
        )


class _Sentence(Document):
    text: str = ""
    claim: str = ""
    """Claim whose sentence is said, before the text. What light does is said by claims alone."""
    sources: tuple[str, ...] = ()
    when: _When = _When()

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.claim:
            claim(self.claim)
        elif not (self.text and self.sources):
            raise ValueError("a sentence needs a text with sources, or a claim")
        return self


class _Sentences(Document):
    assessment: tuple[_Sentence, ...]
    multimodal: tuple[_Sentence, ...]
    education: tuple[_Sentence, ...]
    individual_plan: tuple[_Sentence, ...]
    frequency_duration: tuple[_Sentence, ...]
    monitoring: tuple[_Sentence, ...]
    coordinated_care: tuple[_Sentence, ...]
    follow_up: tuple[_Sentence, ...]


@cache
def _sentences() -> _Sentences:
    return validated(_Sentences, read_data("nervelight.planning", "data", "sections.yaml"), "sections.yaml")


def make_sections(case: Case, words: Mapping[str, Statement | str]) -> tuple[Section, ...]:
    """Return the eight parts.

    Parameters
    ----------
    case : Case
    words : mapping of str to Statement or str
        What stands in braces in ``data/sections.yaml``. A statement brings its own sources along; a sentence whose
        word is empty is left out.

    Returns
    -------
    tuple of Section, length 8
    """
    return tuple(
        Section.model_validate(
            {
                "id": name,
                "title": title,
                "statements": [
                    made
                    for sentence in getattr(_sentences(), name)
                    if sentence.when.holds(case) and (made := _fill(sentence, words)) is not None
                ],
            }
        )
        for name, title in SECTION_TITLES.items()
    )


def _fill(sentence: _Sentence, words: Mapping[str, Statement | str]) -> Statement | None:
    used = _Used(words)
    text = sentence.text.format_map(used).strip()
    if used.empty:
        return None
    keys = [*sentence.sources, *used.sources]
    if sentence.claim:
        said = claim(sentence.claim)
        text, keys = f"{said.may_say} {text}".strip(), [*said.source_keys, *keys]
    return Statement(text=text, sources=tuple(dict.fromkeys(keys)))


class _Used(dict[str, Any]):
    """Fills the braces of one sentence, and remembers what went in."""

    def __init__(self, words: Mapping[str, Statement | str]) -> None:
        super().__init__(words)
        self.sources: list[str] = []
        self.empty = False

    def __getitem__(self, name: str) -> str:
        word = super().__getitem__(name)
        if isinstance(word, Statement):
            self.sources += word.sources
            word = word.text
        self.empty = self.empty or not word
        return str(word)
