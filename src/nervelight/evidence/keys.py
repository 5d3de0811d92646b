"""Keys of citations, checked while a data file is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated

from pydantic import AfterValidator

from nervelight.errors import UnknownName
from nervelight.sources import source

__all__ = ["SourceKey", "with_own_keys"]

# Keys that the file being read brings along itself.
_OWN: ContextVar[frozenset[str]] = ContextVar("own_keys", default=frozenset())


@contextmanager
def with_own_keys(keys: Iterable[str]) -> Iterator[None]:
    """Let `keys` count as known while a file is read."""
    token = _OWN.set(frozenset(keys))
    try:
        yield
    finally:
        _OWN.reset(token)


def _known(key: str) -> str:
    if key in _OWN.get():
        return key
    try:
        return source(key).key
    except UnknownName as problem:
        # Pydantic collects ValueErrors into faults with a path; a LookupError would end the reading.
        raise ValueError(f"needs a key of sources.toml: {problem}") from None


SourceKey = Annotated[str, AfterValidator(_known)]
"""A key of ``sources.toml``, or of the citations that the file brings along; any other word is a fault."""
