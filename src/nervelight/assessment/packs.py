"""Text packs: the words of a licensed instrument, installed by a site that has accepted its terms.

A pack is a FHIR R4 Questionnaire. It is kept to the letter in the user's own folder, with who accepted which terms.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nervelight.assessment.instruments import instrument
from nervelight.assessment.questionnaire import text_faults
from nervelight.assessment.questionnaire_wording import questionnaire_wording
from nervelight.assessment.scoring_schema import Wording
from nervelight.documents import Document, read_json, read_text, user_folder, validated, write_all
from nervelight.errors import Fault, InvalidInput, UnknownName

__all__ = [
    "PackRecord",
    "TextPack",
    "install_pack",
    "installed_pack",
    "installed_packs",
    "pack_languages",
    "remove_pack",
    "review_pack",
]

FOLDER = "packs"


class PackRecord(Document):
    """A text pack as it is kept."""

    format: Literal["nervelight-pack-1"] = "nervelight-pack-1"
    """Shape of this record."""
    instrument: str
    """Id of the instrument."""
    language: str
    """Language of the words, as a tag such as en or pt-BR."""
    copyright: str
    """The line that must stand with the words; empty where the rights ask for none."""
    accepted_by: str
    """Who accepted the terms."""
    accepted_on: dt.date
    """When."""
    terms: str
    """Under which licence the words are used here, as whoever accepted put it."""
    holder_terms: str
    """What was known here of the holder's terms on that day."""
    left_out: tuple[str, ...] = ()
    """The linkId of each question that the rules of scoring do not have."""
    sha256: str
    """Of the file that was installed."""
    questionnaire: str
    """That file, to the letter."""


@dataclass(frozen=True)
class TextPack:
    """A text pack that holds against the rules of its instrument.

    Parameters
    ----------
    record : PackRecord
    wording : Wording
    file : Path
        Where it stands, or would stand.
    """

    record: PackRecord
    wording: Wording
    file: Path


def review_pack(
    path: Path | str,
    *,
    instrument_id: str,
    accepted_by: str,
    terms: str,
    on: dt.date,
    language: str = "",
    copyright: str = "",
    left_out: Sequence[str] = (),
) -> TextPack:
    """Read a Questionnaire and hold it against the rules of an instrument; nothing is written.

    Parameters
    ----------
    path : path-like
        A FHIR R4 Questionnaire in JSON.
    instrument_id : str
    accepted_by, terms : str
        Who accepts the terms, and under which licence the words are used.
    on : date
        The day of it.
    language, copyright : str
        For a Questionnaire that does not say them itself.
    left_out : sequence of str
        The linkId of each question that the rules do not have.

    Raises
    ------
    UnknownName, ValidityError
        If there is no such instrument, or no rules to hold a Questionnaire against.
    InvalidInput
        With every fault and its place in the JSON.
    """
    where, text = str(path), read_text(path)
    data = read_json(path, text)
    entry = instrument(instrument_id)
    faults = []
    for name, said in (("accepted_by", accepted_by), ("terms", terms)):
        if not said.strip():
            faults.append(Fault(name, None, "nothing is installed without it"))
        faults += text_faults(name, said)
    try:
        words = questionnaire_wording(
            data, where, instrument_id, language=language, copyright=copyright, left_out=left_out
        )
    except InvalidInput as problem:
        raise InvalidInput(where, [*faults, *problem.faults]) from None
    if entry.licence.words_shipped and words.language.lower().split("-")[0] == "en":
        faults.append(Fault("language", words.language, f"another one: English words of {entry.name} are here already"))
    if faults:
        raise InvalidInput(where, faults)
    record = PackRecord(
        instrument=instrument_id,
        language=words.language,
        copyright=words.copyright,
        accepted_by=accepted_by.strip(),
        accepted_on=on,
        terms=terms.strip(),
        holder_terms=entry.licence.terms,
        left_out=tuple(left_out),
        sha256=_sha256(text),
        questionnaire=text,
    )
    return TextPack(record, _signed(words, record), _file(instrument_id, words.language))


def install_pack(pack: TextPack, *, replace: bool = False) -> Path:
    """Install a text pack that was reviewed.

    Parameters
    ----------
    pack : TextPack
        As `review_pack` returns it, so never without who accepted which terms.
    replace : bool
        Whether a pack of this instrument and language may be replaced.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    InvalidInput
        If there is a pack of this instrument and language; nothing is written then.
    """
    if pack.file.exists() and not replace:
        fault = Fault("language", pack.record.language, "one without a pack", "--replace puts it in its place")
        raise InvalidInput(str(pack.file), [fault])
    write_all({pack.file: pack.record.model_dump_json(indent=1) + "\n"})
    return pack.file


def installed_packs() -> tuple[tuple[str, str], ...]:
    """Return instrument and language of each installed pack, sorted, without reading any."""
    names = (file.name.removesuffix(".json").split(".") for file in user_folder(FOLDER).glob("*.json"))
    return tuple(sorted((parts[0], parts[1]) for parts in names if len(parts) == 2))


def pack_languages(instrument_id: str) -> tuple[str, ...]:
    """Return the languages of the installed packs of an instrument, in small letters, without reading any."""
    return tuple(language for name, language in installed_packs() if name == instrument_id)


def installed_pack(instrument_id: str, language: str) -> TextPack:
    """Return an installed text pack.

    Raises
    ------
    UnknownName
        If there is none of this instrument and language.
    InvalidInput
        If its file is damaged, or no longer holds against the rules of the instrument.
    """
    file = _installed_file(instrument_id, language)
    where = str(file)
    record = validated(PackRecord, read_json(file), where)
    faults = []
    if (record.instrument, record.language.lower()) != (instrument_id, language.lower()):
        told = f"{record.instrument}, {record.language}"
        faults.append(Fault("instrument", told, f"that of its name: {instrument_id}, {language}"))
    if record.sha256 != _sha256(record.questionnaire):
        allowed = f"the file that {record.accepted_by} installed on {record.accepted_on}"
        faults.append(Fault("questionnaire", "other words", allowed, "remove the pack and install it again"))
    if faults:
        raise InvalidInput(where, faults)
    form = read_json(where, record.questionnaire)
    words = questionnaire_wording(
        form,
        where,
        instrument_id,
        language=record.language,
        copyright=record.copyright,
        left_out=record.left_out,
    )
    return TextPack(record, _signed(words, record), file)


def remove_pack(instrument_id: str, language: str | None = None) -> Path:
    """Remove an installed text pack, also a damaged one.

    Parameters
    ----------
    instrument_id : str
    language : str, optional
        Needed where there are packs in several languages.

    Returns
    -------
    Path
        The file that is gone.

    Raises
    ------
    UnknownName
        If there is no such pack.
    InvalidInput
        If there are several and no language was given; nothing is removed then.
    """
    known = pack_languages(instrument_id)
    if language is None and len(known) > 1:
        raise InvalidInput(instrument_id, [Fault("language", None, f"one of {', '.join(known)}")])
    file = _installed_file(instrument_id, language or next(iter(known), ""))
    file.unlink()
    return file


def _installed_file(instrument_id: str, language: str) -> Path:
    known = installed_packs()
    if (instrument_id, language.lower()) not in known:
        named = f"{instrument_id}, {language}" if language else instrument_id
        raise UnknownName("text pack", named, [", ".join(pack) for pack in known] or ["none is installed"])
    return _file(instrument_id, language)


def _file(instrument_id: str, language: str) -> Path:
    # Small letters: some systems take two names that differ in nothing else for one.
    return user_folder(FOLDER, f"{instrument_id}.{language.lower()}.json")


def _signed(words: Wording, record: PackRecord) -> Wording:
    return words.model_copy(
        update={"accepted": f"by {record.accepted_by} on {record.accepted_on.isoformat()}: {record.terms}"}
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
