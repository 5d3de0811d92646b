"""The chain of the popular account as a table of arrows, with the evidence for and against each."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.mechanism.engine import BANNER
from nervelight.mechanism.priors import SourceKeys, Status, mechanism_parameters
from nervelight.sources import source

__all__ = ["Arrow", "Grade", "Verdict", "arrow_sources", "arrows", "arrows_document", "weakest_status"]

SCHEMA = "nervelight-mechanism-arrows-1"

Grade = Literal["physics", "enzyme", "cell", "animal", "sham_rct", "none"]
"""The best kind of evidence for an arrow itself."""
Verdict = Literal["holds", "disputed", "weak", "speculative", "unsupported"]
"""What is to be thought of it."""
_STATUS: tuple[Status, ...] = ("sourced", "derived", "fitted", "elicited", "unverified", "speculative")


class Arrow(Document):
    """One step from cause to effect."""

    id: str
    """Short name."""
    cause: str
    """Where it begins."""
    effect: str
    """Where it ends."""
    grade: Grade
    """Best kind of evidence for the arrow itself."""
    switch: Literal["h1", "h2", "h3", "h4", "h5"] | None = None
    """The hypothesis that turns it on and off."""
    verdict: Verdict
    """What is to be thought of it."""
    for_sources: SourceKeys
    """Keys of sources.toml."""
    against_sources: SourceKeys
    """Keys of sources.toml."""
    parameters: tuple[str, ...]
    """Names in parameters.yaml; none for an arrow that is not in the model or has no parameter of its own."""
    about: str
    """What has to be said with it."""


class _Arrows(Document):
    arrows: tuple[Arrow, ...]


@cache
def arrows() -> tuple[Arrow, ...]:
    """Return all arrows, from light to pain; what popular texts claim and nothing supports stands last.

    Raises
    ------
    UnknownName
        If an arrow names a parameter that does not exist.
    """
    found = validated(_Arrows, read_data("nervelight.mechanism", "data", "arrows.yaml"), "arrows.yaml").arrows
    known = mechanism_parameters().parameters
    for name in (name for arrow in found for name in arrow.parameters):
        if name not in known:
            raise UnknownName("parameter of the mechanism", name, tuple(known))
    return found


def arrow_sources() -> tuple[str, ...]:
    """Return the keys of all sources for and against, in the order of the arrows."""
    return tuple(dict.fromkeys(key for arrow in arrows() for key in (*arrow.for_sources, *arrow.against_sources)))


def weakest_status(arrow: Arrow) -> Status | None:
    """Return the least certain status among an arrow's parameters; None where it has none."""
    known = mechanism_parameters().parameters
    return max((known[name].status for name in arrow.parameters), key=_STATUS.index, default=None)


def arrows_document() -> dict[str, Any]:
    """Return arrows, switches and parameters as plain data, with what must stand beside them."""
    table = mechanism_parameters()
    return {
        "schema": SCHEMA,
        "banner": BANNER,
        "arrows": [arrow.model_dump() | {"parameter_status": weakest_status(arrow)} for arrow in arrows()],
        "switches": {name: switch.model_dump() for name, switch in table.switches.items()},
        "parameters": {
            name: entry.model_dump() | {"prior": entry.prior.words} for name, entry in table.parameters.items()
        },
        "citations": {key: source(key).citation for key in arrow_sources()},
    }
