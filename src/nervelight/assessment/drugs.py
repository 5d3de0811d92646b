"""Drugs that make tissue sensitive to light, held against the wavelengths of a lamp.

Photodynamic therapy works at 20 to 50 J/cm2, the order of a photobiomodulation session: a lamp that emits
where such a drug absorbs may injure. Rule of this project, on the safe side: *shorter counts too*. A drug
acts at every wavelength up to a limit beyond its longest peak, because porphyrins and their kin have bands
below it as well. The limits stand in ``data/drugs.yaml`` with their reasons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from pydantic import StrictBool, model_validator

from nervelight.assessment.catalogue import load_catalogue
from nervelight.documents import Document
from nervelight.errors import ValidityError
from nervelight.units import Nanometres, Seconds

__all__ = ["Drug", "DrugLevel", "DrugVerdict", "Hold", "drug", "drug_names", "drugs_in", "photosensitising"]

DrugLevel = Literal["none", "caution", "hard_stop"]

_HOUR = 3600.0
_DAY = 24 * _HOUR
_MONTH = 365.25 / 12 * _DAY
# No name on the list has more: "non-steroidal anti-inflammatory drugs".
_MOST_WORDS = 5
# Letters of a short name such as ALA.
_SHORT = 3


class Hold(Document):
    """How long light is to be avoided after the drug."""

    at_least: Seconds
    """The time [s]."""
    note: str = ""
    """Where or according to whom."""

    def __str__(self) -> str:
        if self.at_least < 2 * _DAY:
            time = f"{self.at_least / _HOUR:.3g} h"
        elif self.at_least < 2 * _MONTH:
            time = f"{self.at_least / _DAY:.3g} days"
        else:
            time = f"{self.at_least / _MONTH:.3g} months"
        return f"at least {time} ({self.note})" if self.note else f"at least {time}"


class Drug(Document):
    """One drug, or one class of drugs."""

    id: str
    """Stable name."""
    label: str
    """How to print it."""
    names: tuple[str, ...]
    """Other names and brands."""
    members: tuple[str, ...] = ()
    """Drugs of a class by pharmacological classification; the sources name the class only."""
    peaks: tuple[Nanometres, ...] = ()
    """Absorption peak, or both ends of its range [nm]; empty when not known."""
    hard_stop_up_to: Nanometres | Literal["any"] | None
    """Longest wavelength that is a hard stop [nm]; ``any`` for all; null for none."""
    caution_up_to: Nanometres | Literal["any"]
    """Longest wavelength that calls for caution [nm]."""
    holds: tuple[Hold, ...] = ()
    """How long light is to be avoided; empty when not known."""
    why: str
    """What the sources say, and why the limits are where they are."""
    unless: str = ""
    """Part of a word beside which a short name stands for another substance."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the level, the peak or the hold has no checked source."""

    @model_validator(mode="after")
    def _beyond_the_peak(self) -> Self:
        limit = self.hard_stop_up_to
        if isinstance(limit, float) and any(peak >= limit for peak in self.peaks):
            raise ValueError(f"hard_stop_up_to must lie beyond every peak, got {limit:g} nm and {self.peaks}")
        return self


@dataclass(frozen=True)
class DrugVerdict:
    """What a drug means for a lamp.

    Parameters
    ----------
    drug : str
        The label of the drug.
    level : DrugLevel
        ``none``, ``caution`` or ``hard_stop``.
    reason : str
        Why, in a few sentences.
    sources : tuple of str
        Keys of sources.toml.
    unverified : bool
        True when the verdict rests on something without a checked source.
    """

    drug: str
    level: DrugLevel
    reason: str
    sources: tuple[str, ...]
    unverified: bool


@cache
def _catalogue() -> Mapping[str, Drug]:
    return load_catalogue("drugs.yaml", Drug)


@cache
def _by_name() -> Mapping[str, Drug]:
    return {
        _plain(name): entry
        for entry in _catalogue().values()
        for name in (entry.id, entry.label, *entry.names, *entry.members)
    }


def _plain(name: str) -> str:
    # "St. John’s wort", "st johns wort" and "5-ALA", "5 ALA" are each one drug.
    return re.sub(r"[^a-z0-9]+", "", name.casefold())


def drug_names() -> tuple[str, ...]:
    """Return the ids of all drugs on the list."""
    return tuple(_catalogue())


def drug(name: str) -> Drug | None:
    """Return the drug of that name, brand or class member; upper case, spaces and punctuation do not count.

    Returns
    -------
    Drug or None
        None for a drug that is not on the list. That does not make it safe: somebody has to look it up.

    Examples
    --------
    >>> drug("Photofrin").label
    'porfimer sodium'
    """
    return _by_name().get(_plain(name))


def drugs_in(text: str) -> tuple[Drug, ...]:
    """Return the drugs on the list that a free text names, by whole words, each once.

    A word such as *no* or *stopped* does not count: what was taken may still be in the skin.

    Examples
    --------
    >>> [entry.id for entry in drugs_in("doxycycline 100 mg, St John's wort")]
    ['tetracyclines', 'st_johns_wort']
    """
    words = re.findall(r"[a-z0-9]+", text.casefold())
    found: dict[str, Drug] = {}
    start = 0
    while start < len(words):
        # The longest name that begins here; "5-ALA" and "St. John's wort" are several words.
        for end in range(min(start + _MOST_WORDS, len(words)), start, -1):
            name = "".join(words[start:end])
            entry = _by_name().get(name)
            if entry is not None and not (entry.unless and len(name) <= _SHORT and entry.unless in text.casefold()):
                found.setdefault(entry.id, entry)
                start = end
                break
        else:
            start += 1
    return tuple(found.values())


def photosensitising(entry: Drug, wavelengths: ArrayLike) -> DrugVerdict:
    """Judge a drug against the light of a lamp.

    Parameters
    ----------
    entry : Drug
        A drug on the list.
    wavelengths : array_like, shape (n,) or ()
        The wavelengths that the lamp emits [nm]. For broad lines give the short edge too: a
        nominal 710 nm LED also emits at 700 nm.

    Returns
    -------
    DrugVerdict
        ``hard_stop`` if any wavelength is at or below the drug's limit for one; else ``caution`` if any is at
        or below its limit for that; else ``none``.

    Raises
    ------
    ValidityError
        If there is no wavelength, or one that is not positive and finite.

    Examples
    --------
    >>> photosensitising(drug("Levulan"), [633, 850]).level
    'hard_stop'
    """
    emitted = np.atleast_1d(np.asarray(wavelengths, dtype=float))
    if emitted.size == 0 or not np.all(np.isfinite(emitted) & (emitted > 0)):
        raise ValidityError(f"needs at least one wavelength in nm, positive and finite, got {wavelengths!r}")
    shortest = float(emitted.min())
    level: DrugLevel
    if _reaches(shortest, entry.hard_stop_up_to):
        level, limit = "hard_stop", entry.hard_stop_up_to
    elif _reaches(shortest, entry.caution_up_to):
        level, limit = "caution", entry.caution_up_to
    else:
        level, limit = "none", entry.caution_up_to
    return DrugVerdict(entry.label, level, _reason(entry, limit, shortest), entry.sources, entry.unverified)


def _reaches(wavelength: float, limit: float | str | None) -> bool:
    return limit == "any" or (isinstance(limit, float) and wavelength <= limit)


def _reason(entry: Drug, limit: float | str | None, shortest: float) -> str:
    parts = []
    if entry.peaks:
        parts.append(f"Peak absorption of {entry.label}: {' to '.join(f'{peak:g}' for peak in entry.peaks)} nm.")
    range_ = "of every wavelength" if limit == "any" else f"up to {limit:g} nm"
    parts.append(f"Light {range_} is taken to count; the lamp emits from {shortest:g} nm up.")
    parts.append(entry.why)
    if entry.holds:
        parts.append(f"Light that it absorbs is to be avoided for {'; '.join(map(str, entry.holds))}.")
    elif entry.hard_stop_up_to is not None:
        parts.append("How long it stays in the skin is not known here: ask the prescriber.")
    return " ".join(parts)
