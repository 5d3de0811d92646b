"""What to expect for a condition, and what speaks against it. How surely stands in `certainty`."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, RootModel, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.evidence.claims import Claim, claim, claim_ids
from nervelight.evidence.conditions import Condition, condition_info
from nervelight.evidence.memory import remembered
from nervelight.evidence.studies import studies, study_ids
from nervelight.evidence.study_schema import SHAM_DESIGNS, StudyId

__all__ = ["BenefitOverSham", "OutcomeReference", "Placebo", "TrialResult", "outcome_reference", "speaks_against"]

BenefitOverSham = Literal["unproven", "contradictory", "unreplicated", "untested"]
"""Light against sham: not shown to be better; shown and refuted; shown once; never tried."""


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


def _known_claim(name: str) -> str:
    if name not in claim_ids():
        raise ValueError(f"needs a claim of claims.yaml: {name}")
    return name


_ClaimId = Annotated[str, AfterValidator(_known_claim)]


class OutcomeReference(Document):
    """What the controlled evidence says to expect for one condition."""

    results: tuple[TrialResult, ...]
    """The studies to go by, the most telling first; empty where there are none."""
    placebo: Placebo
    """The benchmark that every change must be compared with."""
    benefit_over_sham: BenefitOverSham
    """Whether light did better than sham."""
    says: tuple[_ClaimId, _ClaimId]
    """Claims whose sentences say what may be said, and what must be said with it."""

    @property
    def sentences(self) -> tuple[Claim, ...]:
        """The claims whose sentences a plan may use."""
        return tuple(map(claim, self.says))

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


@remembered
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


@remembered
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
        entry.id
        for entry in studies()
        if entry.speaks_of(condition)
        and entry.design in SHAM_DESIGNS | {"pooled"}
        and entry.direction in {"no_difference", "favours_comparator"}
        and entry.topic == "treatment"
    )
