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
from nervelight.errors import Fault, InvalidInput, UnknownName

__all__ = ["OWN_STUDIES", "Checked", "Source", "all_sources", "packaged_sources", "require_known", "source"]

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
    return MappingProxyType({**_citations_of_users(), **packaged_sources()})


@cache
def packaged_sources() -> Mapping[str, Source]:
    """Return the sources that come with the package, by key."""
    text = resources.files("nervelight").joinpath("sources.toml").read_text(encoding="utf-8")
    return MappingProxyType({key: _source(key, fields, "sources.toml") for key, fields in tomllib.loads(text).items()})


def _citations_of_users() -> dict[str, Source]:
    """Return the citations that the studies of this user bring along; several files may bring the same."""
    found: dict[str, Source] = {}
    for path in sorted(user_folder(OWN_STUDIES).glob("*.yaml")):
        content = read_yaml(path)
        brought = content.get("citations") if isinstance(content, dict) else None
        for key, fields in (brought if isinstance(brought, dict) else {}).items():
            found.setdefault(str(key), _source(str(key), fields, str(path)))
    return found


def _source(key: str, fields: object, where: str) -> Source:
    allowed = f"a citation with 'checked' as one of {', '.join(get_args(Checked))}"
    known = {"citation", "checked", "doi", "url", "note"}
    if not isinstance(fields, dict) or not {"citation", "checked"} <= fields.keys() <= known:
        raise InvalidInput(where, [Fault(f"citations.{key}", fields, allowed)])
    if not all(isinstance(value, str) for value in fields.values()) or fields["checked"] not in get_args(Checked):
        raise InvalidInput(where, [Fault(f"citations.{key}", fields, allowed)])
    return Source(key=key, **fields)


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
    """Return `keys` as a tuple after checking that each one is in ``sources.toml``.

    Raises
    ------
    UnknownName
        If one is not.
    """
    return tuple(source(key).key for key in keys)
