"""The trial library: one file a study, with numbers as printed and gaps left open.

The package's own files come first; those that a user added stand beside them, in the user's own folder.
"""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

from nervelight.documents import read_data, read_yaml, user_folder, validated
from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.evidence.memory import remembered
from nervelight.evidence.study_schema import Study, StudyId
from nervelight.sources import OWN_STUDIES

__all__ = ["added_ids", "packaged_ids", "studies", "study", "study_ids", "study_label"]

_STUDIES = resources.files("nervelight.evidence") / "data" / "studies"


@remembered
def packaged_ids() -> tuple[StudyId, ...]:
    """Return the names of the package's own studies, sorted, without reading any."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _STUDIES.iterdir() if file.name.endswith(".yaml")))


@remembered
def added_ids() -> tuple[StudyId, ...]:
    """Return the names of the studies that the user added, sorted, without reading any."""
    return tuple(sorted(file.stem for file in user_folder(OWN_STUDIES).glob("*.yaml")))


@remembered
def study_ids() -> tuple[StudyId, ...]:
    """Return the names of all studies, sorted, without reading any."""
    return tuple(sorted({*packaged_ids(), *added_ids()}))


@remembered
def study(study_id: StudyId) -> Study:
    """Return one study; no other file is read.

    Raises
    ------
    UnknownName
        If there is none of that name.
    InvalidInput
        If its file breaks the schema.

    Examples
    --------
    >>> study("lavery2008").direction
    'no_difference'
    """
    if study_id not in study_ids():
        raise UnknownName("study", study_id, study_ids())
    data: Any
    # A file of the package cannot be replaced by one of the same name.
    if study_id in packaged_ids():
        where = f"evidence/data/studies/{study_id}.yaml"
        data = read_data("nervelight.evidence", "data", "studies", f"{study_id}.yaml")
    else:
        where = str(user_folder(OWN_STUDIES, f"{study_id}.yaml"))
        data = read_yaml(where)
    found = validated(Study, data, where)
    if found.id != study_id:
        raise InvalidInput(where, [Fault("id", found.id, f"the name of the file, {study_id}")])
    return found


@remembered
def studies() -> tuple[Study, ...]:
    """Return every study, by name.

    Raises
    ------
    InvalidInput
        If a file breaks the schema, or names a study that is not there as that of the same people.
    """
    found = tuple(map(study, study_ids()))
    for entry in found:
        if entry.same_people_as and entry.same_people_as not in study_ids():
            fault = Fault("same_people_as", entry.same_people_as, "a study of the library")
            raise InvalidInput(f"{entry.id}.yaml", [fault])
    return found


def study_label(study_id: StudyId) -> str:
    """Return a study as people call it.

    Raises
    ------
    UnknownName
        If there is no such study.

    Examples
    --------
    >>> study_label("konstantinovic2010_cervical"), study_label("erchonia_nct02461225")
    ('Konstantinovic 2010 cervical', 'Erchonia NCT02461225')
    """
    if study(study_id).called:
        return study(study_id).called
    found = re.match(r"^([a-z]+)(\d{4})_?(.*)$", study_id)
    if found:
        return f"{found[1].capitalize()} {found[2]} {found[3].replace('_', ' ')}".strip()
    words = study_id.split("_")
    return " ".join(word.upper() if re.fullmatch(r"nct\d+|k\d+", word) else word.capitalize() for word in words)
