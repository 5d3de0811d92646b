"""What to expect for a condition, how surely, and what speaks against it."""

from __future__ import annotations

from functools import cache
from typing import Literal, Self, get_args

from pydantic import Field, RootModel, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.evidence.conditions import Condition, condition_info
from nervelight.evidence.keys import SourceKey
from nervelight.evidence.studies import StudyId, study, study_ids

__all__ = [
    "BenefitOverSham",
    "Certainty",
    "OutcomeReference",
    "Placebo",
    "Sentence",
    "TrialResult",
    "outcome_reference",
    "speaks_against",
]

Certainty = Literal["very low", "low", "moderate", "high", "not graded"]
"""How surely the effect is known."""
BenefitOverSham = Literal["unproven", "contradictory", "unreplicated", "untested"]
"""Light against sham: not shown to be better; shown and refuted; shown once; never tried."""


class Sentence(Document):
    """A statement with its sources."""

    text: str
    """Plain English."""
    sources: tuple[SourceKey, ...] = Field(min_length=1)
    """Keys of sources.toml."""


class TrialResult(Document):
    """What one study found, in words with numbers."""

    study: StudyId
    """A study of the library."""
    light: str
    """What happened with light, or the pooled difference."""
    comparator: str = ""
    """What happened without; empty for a pooled difference."""


class Placebo(Document):
    """What happens without light that does anything."""

    text: str
    """Plain English, with numbers."""
    own_benchmark: bool
    """True when placebo responses were pooled for this very condition."""
    studies: tuple[StudyId, ...]
    """Studies that the numbers come from; empty where there are none."""


class OutcomeReference(Document):
    """What the controlled evidence says to expect for one condition."""

    results: tuple[TrialResult, ...] = Field(min_length=1)
    """The studies to go by, the most telling first."""
    placebo: Placebo
    """The benchmark that every change must be compared with."""
    certainty: Certainty
    """How surely the effect is known."""
    certainty_reasons: tuple[str, ...] = Field(min_length=1)
    """Why not more, in plain words."""
    benefit_over_sham: BenefitOverSham
    """Whether light did better than sham."""
    sentences: tuple[Sentence, Sentence]
    """What may be said, and what must be said with it."""

    @model_validator(mode="after")
    def _known_studies(self) -> Self:
        named = {result.study for result in self.results} | set(self.placebo.studies)
        strangers = named - set(study_ids())
        if strangers:
            raise ValueError(f"speaks of unknown studies: {', '.join(sorted(strangers))}")
        return self


class _References(RootModel[dict[Condition, OutcomeReference]]):
    @model_validator(mode="after")
    def _complete(self) -> Self:
        absent = set(get_args(Condition)) - set(self.root)
        if absent:
            raise ValueError(f"needs every condition; absent: {', '.join(sorted(absent))}")
        return self


@cache
def _references() -> dict[Condition, OutcomeReference]:
    return validated(_References, read_data("nervelight.evidence", "data", "outcomes.yaml"), "outcomes.yaml").root


def outcome_reference(condition: Condition) -> OutcomeReference:
    """Return what controlled trials say to expect for a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> outcome_reference("diabetic_polyneuropathy").benefit_over_sham
    'unproven'
    """
    condition_info(condition)
    return _references()[condition]


@cache
def speaks_against(condition: Condition) -> tuple[StudyId, ...]:
    """Return the sham-controlled trials and poolings in which light did no better than without, or worse.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> speaks_against("carpal_tunnel")
    ('irvine2004',)
    """
    condition_info(condition)
    return tuple(
        name
        for name in study_ids()
        if (found := study(name)).condition == condition
        and found.design in {"sham_controlled", "pooled"}
        and found.direction in {"no_difference", "favours_comparator"}
    )
