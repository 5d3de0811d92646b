"""Reading the data files of this room."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName

__all__ = ["load_catalogue", "look_up"]

EntryT = TypeVar("EntryT", bound=Document)


def load_catalogue(file_name: str, model: type[EntryT]) -> Mapping[str, EntryT]:
    """Return the entries of a file in ``data/`` by id, in the order of the file.

    Parameters
    ----------
    file_name : str
        A YAML mapping of ids to entries.
    model : type of Document
        The schema of one entry; it has a field ``id``, which is filled with the key.

    Raises
    ------
    InvalidInput
        If an entry does not follow the schema.
    """
    entries = read_data("nervelight.assessment", "data", file_name)
    return MappingProxyType(
        {key: validated(model, {"id": key, **entry}, f"{file_name}: {key}") for key, entry in entries.items()}
    )


def look_up(kind: str, name: str, catalogue: Mapping[str, EntryT]) -> EntryT:
    """Return the entry called `name`.

    Raises
    ------
    UnknownName
        If there is none.
    """
    try:
        return catalogue[name]
    except KeyError:
        raise UnknownName(kind, name, list(catalogue)) from None
