"""Red flags: signs that need other care first, or at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal

from pydantic import StrictBool

from nervelight.assessment.catalogue import load_catalogue, look_up
from nervelight.documents import Document

__all__ = ["RedFlag", "Urgency", "raised", "red_flag_ids", "red_flags"]

Urgency = Literal[
    "emergency-now", "urgent", "same-day", "stop-and-report", "1-working-day", "2-working-days", "referral"
]
"""How soon somebody must act, the soonest first."""


class RedFlag(Document):
    """One sign, and what to do about it."""

    id: str
    """Stable name."""
    question: str
    """What to ask or look for."""
    action: str
    """What to do when the answer is yes."""
    urgency: Urgency
    """How soon."""
    owner: str
    """Who acts. The clinic may name somebody else."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the sign, the action or its time limit has no checked source."""


@cache
def _catalogue() -> Mapping[str, RedFlag]:
    return load_catalogue("red_flags.yaml", RedFlag)


def red_flags() -> tuple[RedFlag, ...]:
    """Return all red flags, the most urgent first."""
    return tuple(_catalogue().values())


def red_flag_ids() -> tuple[str, ...]:
    """Return the ids of all red flags, the most urgent first."""
    return tuple(_catalogue())


def raised(ids: Iterable[str]) -> tuple[RedFlag, ...]:
    """Return the red flags with these ids, each once, the most urgent first.

    Raises
    ------
    UnknownName
        If an id does not exist.
    """
    wanted = {look_up("red flag", name, _catalogue()).id for name in ids}
    return tuple(flag for flag in red_flags() if flag.id in wanted)
