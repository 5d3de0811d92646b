"""Anchors: the light of a trial or guideline that a plan can follow, and what it lacks for that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeVar

from nervelight.errors import UnknownName
from nervelight.evidence.arithmetic import Value
from nervelight.evidence.conditions import BodySite, Condition, condition_info
from nervelight.evidence.guideline import Window
from nervelight.evidence.light import Technique, readings
from nervelight.evidence.settings import LitField, Setting, as_setting
from nervelight.evidence.studies import Schedule, Study, StudyId, study, study_ids

__all__ = ["Anchor", "AnchorKind", "anchor", "anchors_for"]

AnchorKind = Literal["arm", "envelope", "null"]
"""A light that a trial gave, a window that experts drew, or a light no better than its comparator."""

T = TypeVar("T")


@dataclass(frozen=True)
class Anchor:
    """What a plan can follow, or must be shown beside.

    Parameters
    ----------
    study_id : str
        The study; its results and weaknesses stand there.
    kind : {"arm", "envelope", "null"}
        An envelope has windows, no target fluence and no sham arm. A null is shown against a plan, and
        followed only when it is named.
    condition : Condition or None
        Condition studied; None for a guideline.
    settings : tuple of Setting
        One, or several where the study has several or can be read in several ways; empty for an envelope.
    windows : tuple of Window
        Rows of a guideline; empty otherwise.
    schedule : Schedule or None
        How often and how long, completed where two of its three numbers are known.
    lacks : tuple of str
        What the study itself, beside its lights, lacks to be followed.
    flags : tuple of str
        What to say beside its numbers: derived values, contradictions, assumptions.
    """

    study_id: StudyId
    kind: AnchorKind
    condition: Condition | None
    settings: tuple[Setting, ...]
    windows: tuple[Window, ...]
    schedule: Schedule | None
    lacks: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What it lacks to be followed, in plain words."""
        parts = [what for choice in self.settings for what in choice.missing]
        if len({choice.light for choice in self.settings}) > 1:
            parts.append(f"one light to follow: {' or '.join(choice.described for choice in self.settings)}")
        return tuple(dict.fromkeys([*parts, *self.lacks]))

    @property
    def usable(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def scenarios(self) -> tuple[Setting, ...]:
        """The settings, where there is more than one: several lights, or several readings of one."""
        return self.settings if len(self.settings) > 1 else ()

    def scenario(self, label: str) -> Anchor:
        """Return this anchor with one of its settings only.

        Raises
        ------
        UnknownName
            If no setting has this label.
        """
        known = {choice.label: choice for choice in self.scenarios}
        if label not in known:
            raise UnknownName("scenario", label, list(known))
        return replace(self, settings=(known[label],))

    @property
    def wavelengths(self) -> tuple[float, ...]:
        """Wavelengths that all settings share [nm]."""
        return _agreed(choice.wavelengths for choice in self.settings) or ()

    @property
    def radiant_exposure(self) -> dict[float, Value]:
        """Radiant exposure of the skin [J/mm2] by wavelength [nm]; empty when the shares are not known."""
        total = _agreed(choice.radiant_exposure for choice in self.settings)
        return {self.wavelengths[0]: total} if total and len(self.wavelengths) == 1 else {}

    @property
    def irradiance(self) -> Value | None:
        """Irradiance that all settings share [W/mm2]."""
        return _agreed(choice.irradiance for choice in self.settings)

    @property
    def time_per_site(self) -> Value | None:
        """Light on a site that all settings share [s]."""
        return _agreed(choice.time_per_site for choice in self.settings)

    @property
    def technique(self) -> Technique | None:
        """How the light met the skin."""
        return _agreed(choice.technique for choice in self.settings)

    @property
    def field(self) -> LitField:
        """Area lit at once [mm2], if all settings share it."""
        return _agreed(choice.field for choice in self.settings)

    @property
    def sites(self) -> tuple[BodySite, ...]:
        """Body sites of all settings or windows, each once."""
        parts: tuple[Setting | Window, ...] = (*self.settings, *self.windows)
        return tuple(dict.fromkeys(site for part in parts for site in part.sites))


@cache
def anchor(study_id: StudyId) -> Anchor:
    """Return the anchor of one study.

    Raises
    ------
    UnknownName
        If there is no such study, or if it reports no light.

    Examples
    --------
    >>> found = anchor("yamany2012")
    >>> found.kind, found.usable, found.field
    ('arm', True, 'wide-assumed')
    """
    found = study(study_id)
    if not (found.lights or found.windows):
        known = [name for name in study_ids() if study(name).lights or study(name).windows]
        raise UnknownName("anchor", study_id, known)
    settings = tuple(
        as_setting(reading, number) for number, light in enumerate(found.lights) for reading in readings(light)
    )
    return Anchor(
        study_id=study_id,
        kind=_kind(found),
        condition=found.condition,
        settings=settings,
        windows=found.windows,
        schedule=found.schedule.completed() if found.schedule else None,
        lacks=tuple(dict.fromkeys([*_missing_rows(found), *_missing_schedule(found.schedule)])),
        flags=tuple(dict.fromkeys([*(flag for choice in settings for flag in choice.flags), *_flags(found)])),
    )


def anchors_for(condition: Condition, site: BodySite | None = None) -> tuple[Anchor, ...]:
    """Return every anchor for a condition, the best first.

    Parameters
    ----------
    condition : Condition
        What is to be treated.
    site : BodySite, optional
        Where; arms that lit it come first, and guideline rows for other sites are left out.

    Returns
    -------
    tuple of Anchor
        Usable arms at the site, usable arms elsewhere, arms that lack something, guideline windows, and last
        the lights without benefit. Within each, sham-controlled ones and larger ones first.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    condition_info(condition)
    found = []
    for name in study_ids():
        entry = study(name)
        rows = [row for row in entry.windows if condition in row.conditions + row.by_analogy]
        fits = any(site is None or site in row.sites for row in rows)
        if fits or (entry.lights and entry.condition == condition):
            found.append(anchor(name))

    def rank(item: Anchor) -> tuple[int, bool, bool, bool, int]:
        entry = study(item.study_id)
        return (
            ("arm", "envelope", "null").index(item.kind),
            not item.usable,
            site is not None and site not in item.sites,
            entry.design != "sham_controlled",
            -(entry.n or 0),
        )

    return tuple(sorted(found, key=rank))


def anchors_at(site: BodySite) -> tuple[Anchor, ...]:
    """Return every anchor that lit a site, whatever was treated, by name."""
    found = (anchor(name) for name in study_ids() if study(name).lights or study(name).windows)
    return tuple(item for item in found if site in item.sites)


def _kind(found: Study) -> AnchorKind:
    if found.windows:
        return "envelope"
    return "null" if found.direction in {"no_difference", "favours_comparator"} else "arm"


def _missing_rows(found: Study) -> Iterator[str]:
    # One complete row is enough to use a guideline.
    if found.windows and all(row.missing for row in found.windows):
        for row in found.windows:
            yield from row.missing


def _missing_schedule(schedule: Schedule | None) -> Iterator[str]:
    if schedule is None:
        yield "session schedule"
        return
    full = schedule.completed()
    if full.sessions_per_week is None:
        yield "sessions per week"
    if full.weeks is None and full.weeks_range is None:
        yield "length of the course"


def _flags(found: Study) -> Iterator[str]:
    yield from (remark for row in found.windows for remark in row.remarks)
    if found.windows:
        yield "a window agreed by experts: no target fluence, no sham arm"
    elif found.direction == "favours_comparator":
        yield "did worse than its comparator"
    elif found.direction == "no_difference":
        yield "did no better than its comparator"
    elif found.design != "sham_controlled":
        yield "no sham arm"
    if not found.phototype and not found.windows:
        yield f"skin phototype of the participants not found (source read: {found.checked})"
    yield from (f"not verified: {statement}" for statement in found.unverified)


def _agreed(values: Iterable[T | None]) -> T | None:
    """Return the value on which all settings agree."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None
