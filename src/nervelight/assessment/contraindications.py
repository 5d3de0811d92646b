"""Reasons not to give light, or not without a clinician's thought."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, StrictBool, model_validator

from nervelight.assessment.catalogue import load_catalogue, look_up
from nervelight.documents import Document
from nervelight.units import parse_quantity

__all__ = ["Contraindication", "PulseBand", "contraindication", "contraindication_ids"]

Hertz = Annotated[float, BeforeValidator(lambda text: parse_quantity(text, "Hz"))]


class PulseBand(Document):
    """Pulse rates of visible light, both ends included."""

    low: Hertz
    """Lowest rate [Hz]."""
    high: Hertz
    """Highest rate [Hz]."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not 0 < self.low < self.high:
            raise ValueError(f"needs 0 < low < high, got {self.low:g} and {self.high:g} Hz")
        return self


class Contraindication(Document):
    """One reason. The levels are proposals for review by clinicians."""

    id: str
    """Stable name."""
    label: str
    """The reason in a few words."""
    level: Literal["hard_stop", "conditional", "caution"]
    """hard_stop: no light; conditional: a clinician decides; caution: go on with care."""
    applies_at: Literal["site", "eye", "anywhere"]
    """Whether it counts only where the light goes, for the eyes, or wherever light is given."""
    when: str
    """When it applies."""
    why: str
    """What the sources say, also where they disagree."""
    clinician_override: str | None
    """On what ground a clinician may set a hard stop aside; null where nobody may, or need not."""
    pulsing: PulseBand | None = None
    """The pulse rates that count, where the reason is flicker."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the rule or a number in it has no checked source."""


@cache
def _catalogue() -> Mapping[str, Contraindication]:
    return load_catalogue("contraindications.yaml", Contraindication)


def contraindication_ids() -> tuple[str, ...]:
    """Return the ids of all contraindications, in the order in which to ask for them."""
    return tuple(_catalogue())


def contraindication(contraindication_id: str) -> Contraindication:
    """Return one contraindication.

    Raises
    ------
    UnknownName
        If there is none of that id.
    """
    return look_up("contraindication", contraindication_id, _catalogue())
