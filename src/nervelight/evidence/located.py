"""Where a number stands: the source and the place in it, on each part of a study file."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from nervelight.documents import Document
from nervelight.evidence.keys import SourceKey

__all__ = ["Located"]


class Located(Document):
    """A part of a study file whose numbers may stand elsewhere than those of the rest."""

    source: SourceKey | None = None
    """Key of the source, where it is not the first one of the study."""
    place: str = ""
    """Table, figure or section; that of the study where absent."""

    @model_validator(mode="after")
    def _place_in_its_own_source(self) -> Self:
        if self.source and not self.place:
            raise ValueError("a source of its own needs the place in it")
        return self
