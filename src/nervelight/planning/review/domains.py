"""What a review looks at: each domain with its instruments, and what follows if it got worse."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from pydantic import Field, StrictBool

from nervelight.documents import Document, read_data, validated

__all__ = ["Domain", "DomainInstrument", "IfWorse", "domains"]


class DomainInstrument(Document):
    """How one instrument speaks for a domain."""

    impaired_at: float | None = None
    """Score from which the domain counts as impaired; None where it is measured only if it is the problem."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the score has no checked source."""


class IfWorse(Document):
    """What somebody does when a domain got worse."""

    text: str
    """What to do."""
    owner: str
    """Who."""
    within: str
    """By when."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Keys of sources.toml."""


class Domain(Document):
    """One part of a person's life."""

    id: str
    """Stable name."""
    label: str
    """How to print it."""
    instruments: Mapping[str, DomainInstrument]
    """By id, the one to be preferred first."""
    if_worse: IfWorse
    """What follows when it got worse by the change that matters."""
    if_impaired: StrictBool = False
    """Whether the same follows as long as it is impaired, whatever the change."""


@cache
def domains() -> Mapping[str, Domain]:
    """Return the domains by id, pain first."""
    entries = read_data("nervelight.planning", "data", "domains.yaml")
    return MappingProxyType(
        {key: validated(Domain, {"id": key, **entry}, f"domains.yaml: {key}") for key, entry in entries.items()}
    )
