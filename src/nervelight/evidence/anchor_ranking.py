"""Which light to follow first: the anchors of a condition in order, each with the reasons for its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nervelight.evidence.anchors import Anchor, anchor, anchor_ids
from nervelight.evidence.certainty import BIASING
from nervelight.evidence.conditions import BodySite, Condition, condition_info
from nervelight.evidence.settings import Setting
from nervelight.evidence.studies import study
from nervelight.evidence.study_schema import Design, Study

__all__ = ["Completeness", "RankedAnchor", "TargetKind", "anchors_for", "rank_anchors", "trust_of"]

TargetKind = Literal["nerve", "cutaneous_endings"]
"""What the light is meant for: a nerve in the depth, or the nerve endings in the skin."""

# A weakness that nobody could read of is not a strength.
HARDLY_READ = frozenset({"partial-abstract", "conference-abstract", "citation-only", "secondary", "vendor"})
_ORDER = ("arm", "envelope", "null")
# A sham comes first, then chance without a sham, then what experts agree on.
_DESIGN_POINTS: dict[Design, int] = {"sham_controlled": 3, "crossover": 3, "controlled": 2, "guideline": 1}


@dataclass(frozen=True)
class Completeness:
    """How much of a light its source tells.

    Parameters
    ----------
    reported, computed, missing : tuple of str
        Quantities that are printed, that follow from printed ones, and that are absent.
    """

    reported: tuple[str, ...]
    computed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def text(self) -> str:
        """One line for people."""
        total = len(self.reported) + len(self.computed) + len(self.missing)
        known = f"{len(self.reported)} of {total} quantities of its light are printed"
        if self.computed:
            known += f", {len(self.computed)} computed ({', '.join(self.computed)})"
        return f"{known}, missing: {', '.join(self.missing)}" if self.missing else known


@dataclass(frozen=True)
class RankedAnchor:
    """An anchor at its place in the order.

    Parameters
    ----------
    anchor : Anchor
    trust : int
        0 to 3: design, less one for each serious weakness that can bias its result, and for a source hardly read.
    trust_reasons : tuple of str
        What that rests on.
    completeness : Completeness
    remarks : tuple of str
        What its place also depends on.
    """

    anchor: Anchor
    trust: int
    trust_reasons: tuple[str, ...]
    completeness: Completeness
    remarks: tuple[str, ...]

    @property
    def why(self) -> str:
        """Why it stands where it stands, in one line."""
        parts = [
            f"design and conduct {self.trust} of 3 ({', '.join(self.trust_reasons)})",
            self.completeness.text,
            *self.remarks,
        ]
        return "; ".join(parts)


def anchors_for(
    condition: Condition, site: BodySite | None = None, target: TargetKind | None = None
) -> tuple[Anchor, ...]:
    """Return every anchor for a condition, the best first; see `rank_anchors`."""
    return tuple(ranked.anchor for ranked in rank_anchors(condition, site, target))


def rank_anchors(
    condition: Condition, site: BodySite | None = None, target: TargetKind | None = None
) -> tuple[RankedAnchor, ...]:
    """Return every anchor for a condition with the reasons for its place, the best first.

    Parameters
    ----------
    condition : Condition
        What is to be treated.
    site : BodySite, optional
        Where; arms that lit it come first, and guideline rows for other sites are left out.
    target : {"nerve", "cutaneous_endings"}, optional
        What for; a guideline's window on the skin says nothing of a nerve, and is marked so.

    Returns
    -------
    tuple of RankedAnchor
        Arms, guideline windows, and last the lights without benefit. Within each: usable ones, those at the site,
        the more certain, the more complete, the larger.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    condition_info(condition)
    found = []
    for name in anchor_ids():
        entry = study(name)
        rows = [row for row in entry.windows if condition in row.conditions + row.by_analogy]
        fits = any(site is None or site in row.sites for row in rows)
        if fits or (entry.lights and entry.speaks_of(condition)):
            found.append(_ranked(anchor(name), entry, site, target))

    def key(item: RankedAnchor) -> tuple[int, bool, bool, int, int, int, int]:
        return (
            _ORDER.index(item.anchor.kind),
            not item.anchor.usable,
            site is not None and site not in item.anchor.sites,
            -item.trust,
            len(item.completeness.missing),
            -len(item.completeness.reported),
            -(study(item.anchor.study_id).n or 0),
        )

    return tuple(sorted(found, key=key))


def _ranked(found: Anchor, entry: Study, site: BodySite | None, target: TargetKind | None) -> RankedAnchor:
    remarks = []
    if site is not None and site not in found.sites:
        remarks.append("lit another site")
    if found.kind == "envelope" and target == "nerve":
        remarks.append("a window on the skin says nothing of a nerve")
    if found.kind == "null":
        remarks.append("no better than its comparator")
    if entry.n:
        remarks.append(f"n = {entry.n}")
    trust, reasons = trust_of(entry)
    return RankedAnchor(found, trust, reasons, _completeness(found), tuple(remarks))


def trust_of(entry: Study) -> tuple[int, tuple[str, ...]]:
    """Return the points for design and conduct of a study, 0 to 3, and what they rest on."""
    serious = sorted({weakness.domain for weakness in entry.bias if weakness.concern == "high"} & BIASING)
    points = _DESIGN_POINTS.get(entry.design, 0) - len(serious)
    reasons = [entry.design.replace("_", " "), *(f"serious weakness: {domain}" for domain in serious)]
    if entry.checked in HARDLY_READ:
        points -= 1
        reasons.append(f"read as {entry.checked.replace('-', ' ')} only")
    elif not serious:
        reasons.append("no serious weakness on record")
    return max(0, points), tuple(reasons)


def _completeness(found: Anchor) -> Completeness:
    """Count what is known of the light: of a guideline in its windows, of an arm in its first setting."""
    if found.windows:
        row = min(found.windows, key=lambda row: len(row.missing))
        known = [
            name
            for name in ("wavelengths", "irradiance", "radiant exposure", "body site")
            if not _in(row.missing, name)
        ]
        absent = [*row.missing, *found.lacks]
        return Completeness(tuple(known), (), tuple(dict.fromkeys(absent)))
    setting: Setting = min(found.settings, key=lambda setting: len(setting.missing))
    reported: list[str] = []
    computed: list[str] = []
    missing: list[str] = []
    values = {
        "irradiance": setting.irradiance,
        "radiant exposure": setting.radiant_exposure,
        "time": setting.time_per_site,
    }
    for name, value in values.items():
        (missing if value is None else computed if value.derived else reported).append(name)
    for name, present in {
        "wavelength": bool(setting.wavelengths),
        "lit area": setting.field is not None,
        "body site": bool(setting.sites),
        "schedule": found.schedule is not None and bool(found.schedule.sessions_per_week),
    }.items():
        (reported if present else missing).append(name)
    return Completeness(tuple(reported), tuple(computed), tuple(missing))


def _in(missing: tuple[str, ...], name: str) -> bool:
    return any(text.startswith(name) for text in missing)
