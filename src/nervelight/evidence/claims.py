"""What is claimed of light in neuropathy, whether it holds, and the one sentence that may be said instead."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.evidence.conditions import Condition, condition_info
from nervelight.evidence.keys import SourceKey
from nervelight.evidence.memory import remembered
from nervelight.evidence.studies import study, study_ids

__all__ = ["Claim", "Pointer", "Verdict", "claim", "claim_ids", "claims", "claims_for"]

Verdict = Literal["supported", "partly", "contested", "wrong", "unsupported", "unverifiable"]
"""How the claim stands against its sources."""


class Pointer(Document):
    """A source and the place in it."""

    source: SourceKey
    """Key of sources.toml."""
    place: str = Field(min_length=1)
    """Table, figure or section."""
    study: str = ""
    """The study of the library, where it is one."""


def _of_study(value: Any) -> Any:
    """Let the name of a study stand for its first source and the place there."""
    if not isinstance(value, str):
        return value
    if value not in study_ids():
        raise ValueError("needs a study of the library, or a source with its place")
    found = study(value)
    return {"source": found.sources[0], "place": found.place, "study": value}


class Claim(Document):
    """One claim with its verdict."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    """Name to refer to it."""
    made_by: Literal["article", "sellers", "plan"]
    """Who says it: one seller's article, sellers in general, or a plan that needs the statement."""
    topic: Literal["benefit", "reach", "mechanism", "light", "placebo", "safety", "bibliography", "other"]
    """What it is about."""
    conditions: tuple[Condition, ...] = ()
    """Conditions it speaks of; empty where it speaks of none or all."""
    claim: str
    """What is claimed."""
    verdict: Verdict
    """How it stands."""
    reason: str
    """Why, in plain words."""
    secondary: bool = False
    """True when part of the reason is known through a third party only."""
    sources: tuple[Annotated[Pointer, BeforeValidator(_of_study)], ...]
    """Where the reason stands; empty only where nothing was found."""
    may_say: str = Field(min_length=20)
    """The sentence that plans and education texts may use."""
    may_say_plain: str = Field(default="", pattern=r"^$|.{20,}")
    """The same and the same numbers in plain words, for people who are treated; empty where `may_say` is plain."""

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if not self.sources and self.verdict != "unverifiable" and self.topic != "mechanism":
            raise ValueError(f"a verdict of {self.verdict!r} needs sources")
        return self

    @property
    def plain(self) -> str:
        """What may be said to people who are treated."""
        return self.may_say_plain or self.may_say

    @property
    def source_keys(self) -> tuple[str, ...]:
        """Keys of sources.toml, each once; the rule of this project where there are none."""
        return tuple(dict.fromkeys(pointer.source for pointer in self.sources)) or ("nervelight_rule",)


class _Claims(Document):
    claims: tuple[Claim, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [entry.id for entry in self.claims]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"stand twice: {', '.join(sorted(twice))}")
        return self


@remembered
def claims() -> tuple[Claim, ...]:
    """Return every claim, in the order of the file."""
    return validated(_Claims, read_data("nervelight.evidence", "data", "claims.yaml"), "claims.yaml").claims


def claim_ids() -> tuple[str, ...]:
    """Return the names of all claims."""
    return tuple(entry.id for entry in claims())


def claim(name: str) -> Claim:
    """Return one claim.

    Raises
    ------
    UnknownName
        If there is none of that name.

    Examples
    --------
    >>> claim("brand_new").may_say
    'Treatment with low-level light has been tried since 1967.'
    """
    for entry in claims():
        if entry.id == name:
            return entry
    raise UnknownName("claim", name, claim_ids())


def claims_for(condition: Condition) -> tuple[Claim, ...]:
    """Return the claims that speak of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    condition_info(condition)
    return tuple(entry for entry in claims() if condition in entry.conditions)
