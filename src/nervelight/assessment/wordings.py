"""The words of an instrument: those of this package, or those of a text pack that the site installed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from nervelight.assessment.catalogue import load_catalogue
from nervelight.assessment.instruments import instrument
from nervelight.assessment.packs import installed_pack, pack_languages
from nervelight.assessment.scoring_schema import Wording

__all__ = ["wording", "wording_languages"]


@cache
def _shipped() -> Mapping[str, Wording]:
    return load_catalogue("wording.yaml", Wording)


def wording(instrument_id: str, language: str | None = None) -> Wording | None:
    """Return the words of an instrument.

    Parameters
    ----------
    instrument_id : str
    language : str, optional
        A tag such as ``de``; ``pt`` finds ``pt-BR`` where there is nothing nearer. When absent: English, else the first
        language of the installed text packs.

    Returns
    -------
    Wording or None
        None where they may not be shipped and no text pack is installed, or none in that language.

    Raises
    ------
    UnknownName
        If there is no such instrument.
    InvalidInput
        If the text pack is damaged.
    """
    known = wording_languages(instrument_id)
    if language is None:
        # False sorts first.
        found = min(known, key=lambda tag: not _fits("en", tag), default=None)
    else:
        near = [tag for tag in known if _fits(language.lower(), tag)]
        found = min(near, key=lambda tag: tag != language.lower(), default=None)
    if found is None:
        return None
    shipped = _shipped().get(instrument_id)
    return shipped if shipped and found == shipped.language else installed_pack(instrument_id, found).wording


def wording_languages(instrument_id: str) -> tuple[str, ...]:
    """Return the languages in which the words of an instrument are here, those of this package first.

    Raises
    ------
    UnknownName
        If there is no such instrument.
    """
    instrument(instrument_id)
    shipped = _shipped().get(instrument_id)
    return (*((shipped.language,) if shipped else ()), *pack_languages(instrument_id))


def _fits(asked: str, tag: str) -> bool:
    """Return whether one of the two is the other, or is it with a country or script left out."""
    return f"{tag}-".startswith(f"{asked}-") or f"{asked}-".startswith(f"{tag}-")
