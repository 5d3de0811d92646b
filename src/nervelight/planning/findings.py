"""What a plan must say about its own safety: findings, not exceptions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import StrictBool

from nervelight.documents import Document

__all__ = ["LEVELS", "Finding", "Level", "blocking", "ranked"]

Level = Literal["block", "warn", "note"]
LEVELS: tuple[Level, ...] = ("block", "warn", "note")


class Finding(Document):
    """One thing that the clinician must know before signing."""

    id: str
    """Stable name of the rule, such as ``eyes.infrared``."""
    level: Level
    """block: cannot be signed; warn: sign only after thought; note: for information."""
    title: str
    """The finding in a few words."""
    text: str
    """What it means here."""
    value: str = ""
    """The value found, with unit; empty where the rule has no number."""
    limit: str = ""
    """The limit it was held against, with unit."""
    unblock: str = ""
    """What would remove a block or answer a warning."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the limit or a number behind the value has no checked source."""


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with blocks first, then warnings, then notes; otherwise in the order found."""
    return tuple(sorted(findings, key=lambda finding: LEVELS.index(finding.level)))


def blocking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that forbid signing."""
    return tuple(finding for finding in findings if finding.level == "block")
