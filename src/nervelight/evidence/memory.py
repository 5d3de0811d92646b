"""What is read or computed once, and how to forget it when the user's folder has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast

from nervelight.sources import all_sources

__all__ = ["forget", "remembered"]

P = ParamSpec("P")
T = TypeVar("T")
_FORGETTERS: list[Callable[[], None]] = [all_sources.cache_clear]


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Return `function` with its answers kept until `forget` is called."""
    kept = cache(function)
    _FORGETTERS.append(kept.cache_clear)
    return cast(Callable[P, T], kept)


def forget() -> None:
    """Read and compute again when next asked."""
    for clear in _FORGETTERS:
        clear()
