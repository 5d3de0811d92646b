"""Keys of citations, checked while a data file is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from nervelight.errors import UnknownName
from nervelight.sources import source

__all__ = ["SourceKey"]


def _known(key: str) -> str:
    try:
        return source(key).key
    except UnknownName as problem:
        # Pydantic collects ValueErrors into faults with a path; a LookupError would end the reading.
        raise ValueError(f"needs a key of sources.toml: {problem}") from None


SourceKey = Annotated[str, AfterValidator(_known)]
"""A key of ``sources.toml``; any other word is a fault."""
