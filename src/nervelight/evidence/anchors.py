"""Anchors: the light of a trial or guideline that a plan can follow, and what it lacks for that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from nervelight.errors import UnknownName
from nervelight.evidence.arithmetic import Value
from nervelight.evidence.conditions import BodySite, Condition
from nervelight.evidence.guideline import Window
from nervelight.evidence.light import Technique, readings
from nervelight.evidence.memory import remembered
from nervelight.evidence.outcome import Outcome, OutcomeDomain
from nervelight.evidence.settings import LitField, Setting, as_setting
from nervelight.evidence.studies import studies, study
from nervelight.evidence.study_schema import CONTROLLED_DESIGNS, SHAM_DESIGNS, Schedule, Study, StudyId

__all__ = ["Anchor", "AnchorKind", "anchor", "anchor_ids", "anchors_at", "study_anchor"]

AnchorKind = Literal["arm", "envelope", "null"]
"""A light that a trial gave, a window that experts drew, or a light no better than its comparator."""

SYMPTOMS: frozenset[OutcomeDomain] = frozenset({"pain", "pain_responders", "response", "neuropathy_score"})
"""What people with neuropathic pain are treated for."""
_SYMPTOM_WORDS = re.compile(r"\b(pain|VAS|NRS|MNSI|symptom)", re.IGNORECASE)

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


@remembered
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
    if study_id not in anchor_ids():
        raise UnknownName("anchor", study_id, anchor_ids())
    return study_anchor(study(study_id))


def study_anchor(found: Study) -> Anchor:
    """Return the light of a study as an anchor, also of one that is not in the library."""
    settings = tuple(
        as_setting(reading, number) for number, light in enumerate(found.lights) for reading in readings(light)
    )
    return Anchor(
        study_id=found.id,
        kind=_kind(found),
        condition=found.condition,
        settings=settings,
        windows=found.windows,
        schedule=found.schedule.completed() if found.schedule else None,
        lacks=tuple(
            dict.fromkeys([*_missing_rows(found), *_missing_schedule(found.schedule), *_missing_evidence(found)])
        ),
        flags=tuple(dict.fromkeys([*(flag for choice in settings for flag in choice.flags), *_flags(found)])),
    )


@remembered
def anchor_ids() -> tuple[StudyId, ...]:
    """Return the studies that report a light for people with a condition, or draw a window for them."""
    return tuple(
        found.id
        for found in studies()
        if (found.lights or found.windows) and found.topic in {"treatment", "light_guidance"}
    )


def anchors_at(site: BodySite) -> tuple[Anchor, ...]:
    """Return every anchor that lit a site, whatever was treated, by name."""
    return tuple(item for item in map(anchor, anchor_ids()) if site in item.sites)


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


def _missing_evidence(found: Study) -> Iterator[str]:
    """Yield what keeps a light that could be repeated from being evidence for pain."""
    if found.windows:
        return
    if found.status != "reported":
        yield f"a result (the trial was {found.status})" if found.status != "ongoing" else "a result (still running)"
    elif found.design not in CONTROLLED_DESIGNS:
        yield "a control group"
    elif not any(_tells_of_symptoms(outcome) for outcome in found.outcomes):
        yield "a result on pain or symptoms"


def _tells_of_symptoms(outcome: Outcome) -> bool:
    return outcome.domain in SYMPTOMS or (
        outcome.domain == "several" and bool(_SYMPTOM_WORDS.search(outcome.instrument))
    )


def _flags(found: Study) -> Iterator[str]:
    yield from (remark for row in found.windows for remark in row.remarks)
    if found.windows:
        yield "a window agreed by experts: no target fluence, no sham arm"
    elif found.direction == "favours_comparator":
        yield "did worse than its comparator"
    elif found.direction == "no_difference":
        yield "did no better than its comparator"
    elif found.design not in SHAM_DESIGNS:
        yield "no sham arm"
    if found.set_aside:
        yield f"its effect is not used: {found.set_aside}"
    if not found.phototype and not found.windows:
        yield f"skin phototype of the participants not found (source read: {found.checked})"
    yield from (f"not verified: {statement}" for statement in found.unverified)


def _agreed(values: Iterable[T | None]) -> T | None:
    """Return the value on which all settings agree."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None
