"""Whose light is followed, why, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.evidence import (
    NO_PROTOCOL,
    Anchor,
    BodySite,
    RankedAnchor,
    Setting,
    TargetKind,
    Value,
    Window,
    anchor,
    anchors_at,
    condition_info,
    rank_anchors,
    speaks_against,
    study,
)
from nervelight.optics import Beneath, site
from nervelight.planning.case import CUTANEOUS_ENDINGS, Case
from nervelight.planning.findings import Finding
from nervelight.planning.light_path import TrialLight
from nervelight.planning.plan_document import AnchorSummary, Counterevidence, LampLight
from nervelight.planning.tissue import nerve_of
from nervelight.planning.words import duration, number
from nervelight.sources import source
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = [
    "Choice",
    "anchor_findings",
    "choose_anchor",
    "describe_anchor",
    "light_lines",
    "trial_light",
    "window_findings",
]


@dataclass(frozen=True)
class Choice:
    """The anchor of a plan.

    Parameters
    ----------
    anchor : Anchor or None
        None when nothing can be followed.
    why : str
        One sentence.
    missing : tuple of str
        What the anchor, or each candidate, lacks.
    window : Window or None
        The row of a guideline that is followed.
    trials : tuple of TrialLight
        The light of an arm that is followed, once for each way to read its numbers.
    trial_site : str
        Where the trial's people were lit; empty without a trial.
    trial_nerve : str or None
        The nerve that stands for the target there; None where that site has none.
    considered : tuple of str
        Other candidates, and why they are not followed.
    """

    anchor: Anchor | None
    why: str
    missing: tuple[str, ...] = ()
    window: Window | None = None
    trials: tuple[TrialLight, ...] = ()
    trial_site: str = ""
    trial_nerve: str | None = None
    considered: tuple[str, ...] = ()

    @property
    def followed(self) -> bool:
        """Whether there is a light to follow."""
        return bool(self.trials) or self.window is not None

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of sources.toml."""
        return study(self.anchor.study_id).sources if self.anchor else ("nervelight_rule",)


def choose_anchor(case: Case, where: str) -> Choice:
    """Return the anchor named in the case, or the best usable one for its condition and site.

    Raises
    ------
    InvalidInput
        If the case names a study that reports no light.
    """
    condition, place = case.diagnosis.condition, case.site.name
    target: TargetKind = "cutaneous_endings" if case.site.target == CUTANEOUS_ENDINGS else "nerve"
    ranking = rank_anchors(condition, place, target)
    candidates = tuple(ranked.anchor for ranked in ranking)
    if case.anchor != "choose":
        try:
            named = anchor(case.anchor)
        except UnknownName as problem:
            fault = Fault(
                "anchor",
                case.anchor,
                "a study that reports a light",
                f"such as {', '.join(problem.known[:5])}",
            )
            raise InvalidInput(where, [fault]) from None
        if case.anchor_scenario is not None:
            named = _scenario(named, case.anchor_scenario, where)
        others = tuple(other for other in candidates if other.study_id != named.study_id)
        return _follow(case, named, "It is the one named in the case.", others)
    fitting = [ranked for ranked in ranking if ranked.anchor.kind != "null" and not _lacks(case, ranked.anchor)]
    if fitting:
        best = fitting[0]
        return _follow(
            case, best.anchor, _why(case, best, len(candidates)), tuple(a for a in candidates if a is not best.anchor)
        )
    known = {found.study_id for found in candidates}
    # What lit this site in other conditions says nothing of a lesion that light does not reach, nor of what is no pain.
    info = condition_info(condition)
    elsewhere = anchors_at(place) if info.lesion == "peripheral" and info.painful else ()
    others = tuple(found for found in elsewhere if found.study_id not in known and _lacks(case, found))
    tried = (*candidates, *others)
    names = ", ".join(found.study_id for found in tried) or "none on record"
    return Choice(
        anchor=None,
        why=f"There is {NO_PROTOCOL} for {condition_info(condition).label}: no light on record for it, or for this "
        f"site, can be followed ({names}).",
        missing=tuple(f"{found.study_id}: {_lack_text(case, found)}" for found in tried if found.kind != "null"),
        considered=_considered(case, tried),
    )


def _why(case: Case, best: RankedAnchor, on_record: int) -> str:
    condition = condition_info(case.diagnosis.condition).label
    return (
        f"Of {on_record} lights on record for {condition} it ranks first among those that can be followed for this "
        f"site: {best.why}."
    )


def describe_anchor(case: Case, choice: Choice) -> AnchorSummary:
    """Return the anchor as the plan shows it."""
    found = choice.anchor
    against = tuple(
        Counterevidence(study_id=name, text=_counter_text(name), sources=study(name).sources)
        for name in speaks_against(case.diagnosis.condition)
        if found is None or name != found.study_id
    )
    return AnchorSummary(
        study_id=found.study_id if found else None,
        kind=found.kind if found else "none",
        why=choice.why,
        light=light_lines(found, choice.window) if found else (),
        flags=found.flags if found else (),
        missing=choice.missing,
        considered=choice.considered,
        against=against,
        sources=study(found.study_id).sources if found else ("nervelight_rule",),
    )


def anchor_findings(case: Case, choice: Choice) -> list[Finding]:
    """Say whether the anchor can carry a plan, and what weakens it."""
    if choice.anchor is None or not choice.followed:
        return [
            Finding(
                id="anchor.unusable",
                level="block",
                title=f"No usable anchor: {NO_PROTOCOL} for this case",
                text=choice.why,
                value=f"missing: {'; '.join(choice.missing) or 'any study'}",
                unblock="Get the missing numbers from the authors, or name another anchor.",
                sources=study(choice.anchor.study_id).sources if choice.anchor else ("nervelight_rule",),
            )
        ]
    found, keys = choice.anchor, study(choice.anchor.study_id).sources
    findings = []
    if study(found.study_id).set_aside:
        findings.append(
            Finding(
                id="anchor.set_aside",
                level="warn",
                title="The effect of the trial followed is not usable",
                text=study(found.study_id).set_aside,
                value=found.study_id,
                unblock="Name another anchor.",
                sources=keys,
            )
        )
    if found.kind == "null":
        findings.append(
            Finding(
                id="anchor.null",
                level="warn",
                title="The light followed did no better than its comparator",
                text="It is followed because the case names it, although it was no better.",
                value=found.study_id,
                unblock="Name another anchor.",
                sources=keys,
            )
        )
    if len(choice.trials) > 1:
        findings.append(
            Finding(
                id="anchor.readings",
                level="warn",
                title="The paper can be read in more than one way",
                text="The plan carries each reading and follows the one that asks for the least light. "
                "Name one in anchor_scenario to follow it.",
                value="; ".join(f"{trial.label}: {_spot(trial)}" for trial in choice.trials),
                sources=keys,
            )
        )
    if choice.trials and case.site.name not in found.sites:
        findings.append(
            Finding(
                id="anchor.site",
                level="warn",
                title="The trial lit another site",
                text=f"Its people were lit at: {site(choice.trial_site).label}. The tissue there stands for theirs"
                + (
                    f", and the {site(choice.trial_site).nerves[choice.trial_nerve].label} for the target."
                    if choice.trial_nerve and case.site.target != CUTANEOUS_ENDINGS
                    else "."
                ),
                value=case.site.name,
                limit=", ".join(found.sites),
                sources=keys,
            )
        )
    if found.condition not in (None, case.diagnosis.condition):
        findings.append(
            Finding(
                id="anchor.condition",
                level="warn",
                title="The trial treated another condition",
                text="Whether its light does anything in this condition, nobody tested.",
                value=case.diagnosis.condition,
                limit=str(found.condition),
                sources=keys,
            )
        )
    if found.flags:
        findings.append(
            Finding(
                id="anchor.flags",
                level="note",
                title="What to know about the anchor's numbers",
                text=" ".join(f"{flag[0].upper()}{flag[1:].removesuffix('.')}." for flag in found.flags),
                value=found.study_id,
                sources=keys,
            )
        )
    return findings


def window_findings(choice: Choice, lamp: LampLight) -> list[Finding]:
    """Hold a lamp against a guideline's window of wavelengths and irradiance."""
    if choice.window is None or choice.anchor is None:
        return []
    keys, findings = study(choice.anchor.study_id).sources, []
    outside = [
        light.wavelength_nm
        for light in lamp.wavelengths
        if not any(band.wavelengths[0] <= light.wavelength_nm <= band.wavelengths[1] for band in choice.window.bands)
    ]
    if outside:
        findings.append(
            Finding(
                id="window.wavelength",
                level="warn",
                title="Part of the lamp's light lies outside the guideline's wavelengths",
                text="The guideline does not speak of it; its share counts towards the skin all the same.",
                value=", ".join(f"{wavelength:g} nm" for wavelength in outside),
                limit=", ".join(f"{b.wavelengths[0]:g} to {b.wavelengths[1]:g} nm" for b in choice.window.bands),
                sources=keys,
            )
        )
    for band in choice.window.bands:
        inside = sum(
            light.irradiance_mw_cm2.p50
            for light in lamp.wavelengths
            if band.wavelengths[0] <= light.wavelength_nm <= band.wavelengths[1]
        )
        if band.irradiance is None or not inside:
            continue
        low, high = (to_mw_cm2(end) for end in band.irradiance)
        if not low <= inside <= high:
            findings.append(
                Finding(
                    id=f"window.irradiance_{band.colour}",
                    level="warn",
                    title=f"{band.colour.capitalize()} irradiance outside the guideline's window",
                    text="Less distance gives more, more distance less."
                    if inside < low
                    else "More distance brings it into the window.",
                    value=f"{inside:.2g} mW/cm²",
                    limit=f"{low:.2g} to {high:.2g} mW/cm²",
                    unblock="Change the distance, and make the plan again.",
                    sources=keys,
                )
            )
    return findings


def _follow(case: Case, found: Anchor, why: str, others: tuple[Anchor, ...]) -> Choice:
    lacks = _lacks(case, found)
    considered = _considered(case, others)
    if lacks:
        return Choice(anchor=found, why=why, missing=lacks, considered=considered)
    if found.kind == "envelope":
        return Choice(anchor=found, why=why, window=_window(case, found), considered=considered)
    trial_site = _trial_site(case, found)
    nerves, wanted = tuple(site(trial_site).nerves), nerve_of(case)
    return Choice(
        anchor=found,
        why=why,
        trials=tuple(trial_light(setting, site(trial_site).beneath) for setting in found.settings),
        trial_site=trial_site,
        trial_nerve=wanted if wanted in nerves else next(iter(nerves), None),
        considered=considered,
    )


def _scenario(found: Anchor, label: str, where: str) -> Anchor:
    try:
        return found.scenario(label)
    except UnknownName as problem:
        allowed = " or ".join(f"'{name}'" for name in problem.known) or "nothing: this study has one light"
        raise InvalidInput(where, [Fault("anchor_scenario", label, allowed)]) from None


def trial_light(setting: Setting, beneath: Beneath) -> TrialLight:
    """Return the light of one setting of a trial, on skin over this tissue."""
    # What may be followed has one wavelength and a radiant exposure: _lacks has seen to it.
    exposure = {} if setting.radiant_exposure is None else {setting.wavelengths[0]: setting.radiant_exposure.value}
    return TrialLight(
        label=setting.label,
        radiant_exposure=exposure,
        irradiance=setting.irradiance.value if setting.irradiance else None,
        diffuse=setting.technique == "pads",
        beneath=beneath,
        spot_area=setting.field if isinstance(setting.field, float) else None,
    )


def _spot(trial: TrialLight) -> str:
    return "a whole surface" if trial.spot_area is None else f"a spot of {number(trial.spot_area / 100, 'cm2')}"


def _window(case: Case, found: Anchor) -> Window | None:
    for row in found.windows:
        right_people = case.diagnosis.condition in (*row.conditions, *row.by_analogy)
        if right_people and case.site.name in row.sites and not row.missing:
            return row
    return None


def _lacks(case: Case, found: Anchor) -> tuple[str, ...]:
    """Return what keeps this anchor from being followed for this case."""
    if found.missing:
        return found.missing
    if found.kind == "envelope" and _window(case, found) is None:
        return (f"a row for {condition_info(case.diagnosis.condition).label} at this site",)
    if found.kind != "envelope" and not found.radiant_exposure:
        return ("radiant exposure of each wavelength",)
    if found.kind != "envelope" and case.site.target != CUTANEOUS_ENDINGS and not site(_trial_site(case, found)).nerves:
        return ("a nerve of known depth at its site, to stand for the target",)
    return ()


def _trial_site(case: Case, found: Anchor) -> BodySite:
    """Return the site of the trial whose tissue counts: the patient's own where the trial lit it."""
    return case.site.name if case.site.name in found.sites else found.sites[0]


def _lack_text(case: Case, found: Anchor) -> str:
    return ", ".join(_lacks(case, found)) or "nothing"


def _considered(case: Case, others: tuple[Anchor, ...]) -> tuple[str, ...]:
    return tuple(f"{other.study_id}: {_why_not(case, other)}" for other in others)


def _why_not(case: Case, other: Anchor) -> str:
    if other.kind == "null":
        return "no benefit over its comparator"
    if _lacks(case, other):
        return f"lacks {_lack_text(case, other)}"
    return "a window on the skin, not a trial" if other.kind == "envelope" else "usable, ranked after the one followed"


def light_lines(found: Anchor, window: Window | None = None) -> tuple[str, ...]:
    """Return the light of an anchor in lines; of a guideline the row that is followed, or all rows."""
    lines = []
    if found.wavelengths:
        lines.append("wavelength " + ", ".join(f"{wavelength:g} nm" for wavelength in found.wavelengths))
    for wavelength, value in found.radiant_exposure.items():
        shown = number(to_j_cm2(value.value), "J/cm2")
        lines.append(f"radiant exposure on the skin {shown} at {wavelength:g} nm{_derived(value)}")
    if found.irradiance is not None:
        shown = number(to_mw_cm2(found.irradiance.value), "mW/cm2")
        lines.append(f"irradiance on the skin {shown}{_derived(found.irradiance)}")
    if found.time_per_site is not None:
        lines.append(f"time {duration(found.time_per_site.value)} a site{_derived(found.time_per_site)}")
    if found.field == "wide-assumed":
        lines.append("field: wide (assumed)")
    elif isinstance(found.field, float):
        lines.append(f"field {number(found.field / 100, 'cm2')}")
    for row in (window,) if window else found.windows:
        lines += _window_lines(row)
    schedule = found.schedule
    if schedule is not None and schedule.sessions_per_week:
        ends = (schedule.weeks,) if schedule.weeks else schedule.weeks_range or ()
        length = f" for {' to '.join(f'{end:g}' for end in ends)} weeks" if ends else ""
        lines.append(f"{schedule.sessions_per_week:g} sessions a week{length}")
    return tuple(lines)


def _window_lines(row: Window) -> Iterator[str]:
    if row.radiant_exposure is not None:
        low, high = (number(to_j_cm2(end)) for end in row.radiant_exposure)
        yield f"window on the skin {low} to {high} J/cm², written for {row.row}"
    for band in row.bands:
        reach = f"{band.colour}, {band.wavelengths[0]:g} to {band.wavelengths[1]:g} nm"
        if band.irradiance is None:
            yield reach
        else:
            yield f"{reach}: {' to '.join(number(to_mw_cm2(end)) for end in band.irradiance)} mW/cm²"


def _derived(value: Value) -> str:
    return " (derived)" if value.derived else ""


def _counter_text(study_id: str) -> str:
    found = study(study_id)
    size = f", n = {found.n}" if found.n else f", {found.studies} trials" if found.studies else ""
    verdict = {
        "favours_comparator": "worse than its comparator",
        "no_difference": "no better than its comparator",
    }.get(found.direction, found.direction.replace("_", " "))
    what = {"sham_controlled": "sham-controlled trial", "pooled": "pooled trials"}.get(found.design, found.design)
    return f"{source(found.sources[0]).citation.split('.')[0]} ({what}{size}): {verdict}."
