"""Where each number comes from: one citation a key, all in ``sources.toml``.

Studies that a user adds bring their citations along, in their own file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, get_args

from nervelight.documents import read_yaml, user_folder
from nervelight.errors import UnknownName

__all__ = ["OWN_STUDIES", "Checked", "Source", "all_sources", "require_known", "source"]

OWN_STUDIES = "studies"
"""Folder of the studies that a user added, in the user's data folder."""

Checked = Literal[
    "full-text",
    "full-text-part",
    "abstract",
    "partial-abstract",
    "conference-abstract",
    "registry",
    "vendor",
    "citation-only",
    "data",
    "secondary",
    "own",
]
"""How far the citation itself could be checked. ``own`` marks rules and arithmetic of this project."""


@dataclass(frozen=True)
class Source:
    """One citation.

    Parameters
    ----------
    key : str
        Author and year, or the name of the data set.
    citation : str
        As it would stand in a reference list.
    checked : Checked
        How far the source was read for the numbers that are taken from it.
    doi, url, note : str
        Empty when unknown.
    """

    key: str
    citation: str
    checked: Checked
    doi: str = ""
    url: str = ""
    note: str = ""

    @property
    def link(self) -> str:
        """The address to follow, by DOI where there is one; empty when there is none."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


@cache
def all_sources() -> Mapping[str, Source]:
    """Return every source by key."""
    text = resources.files("nervelight").joinpath("sources.toml").read_text(encoding="utf-8")
    entries = {**_citations_of_users(), **tomllib.loads(text)}
    found = {key: Source(key=key, **fields) for key, fields in entries.items()}
    wrong = [key for key, entry in found.items() if entry.checked not in get_args(Checked)]
    if wrong:
        raise ValueError(f"sources.toml: 'checked' must be one of {get_args(Checked)} in {wrong}")
    return MappingProxyType(found)


def _citations_of_users() -> dict[str, dict[str, str]]:
    """Return the citations that the studies of this user bring along; those of the package come before them."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(user_folder(OWN_STUDIES).glob("*.yaml")):
        content = read_yaml(path)
        found.update((content.get("citations") or {}) if isinstance(content, dict) else {})
    return found


def source(key: str) -> Source:
    """Return the source with that key.

    Raises
    ------
    UnknownName
        If there is none.
    """
    try:
        return all_sources()[key]
    except KeyError:
        raise UnknownName("source", key, list(all_sources())) from None


def require_known(keys: Iterable[str]) -> tuple[str, ...]:
    """Return `keys` as a tuple after checking that each one is in ``sources.toml``."""
    return tuple(source(key).key for key in keys)
