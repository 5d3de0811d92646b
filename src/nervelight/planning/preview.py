"""What a case would come to, fast enough to follow a form while it is filled in.

The same steps as a plan, from fewer draws and fewer directions of light. What the light does not need may still be
missing: the preview says what it could not check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import StrictBool

from nervelight.documents import Document
from nervelight.errors import Fault, InvalidInput
from nervelight.optics import LayerStack
from nervelight.planning.case import Case
from nervelight.planning.case_reading import case_and_faults
from nervelight.planning.findings import Finding, blocking
from nervelight.planning.lamp import describe_lamp
from nervelight.planning.light_path import needs_beam
from nervelight.planning.plan_document import (
    Band,
    DepthCurve,
    LampLight,
    Prescription,
    TargetLight,
    Tissue,
    Warmth,
)
from nervelight.planning.steps import Effort, Steps, findings_of, pose_case, take_steps, title_of
from nervelight.planning.targets import describe_curves, describe_targets
from nervelight.planning.tissue import describe_tissue
from nervelight.planning.tissue_light import TissueLight, solve_light

__all__ = ["NotChecked", "Preview", "Unanswered", "forget_light", "preview_plan"]

Array = NDArray[np.float64]

# The first draws of a plan. The waves of a beam cost most.
DRAWS, BEAM_DRAWS = 32, 16
HEAT_DRAWS, BEAM_HEAT_DRAWS = 16, 4
PLAN_DRAWS = 256
# Median times against plans: the worst of 32 cases and lamps (benchmarks/preview.py --plans).
MEDIAN_WITHIN = 0.12
DEPTHS_SHOWN = 25
# Light solved for one wavelength in some draws of a person: under half a megabyte each.
SOLUTIONS_KEPT = 48

# What the light needs of a case; a fault in any other part leaves that part out.
_NEEDED = (
    "patient.phototype",
    "patient.ita",
    "diagnosis.condition",
    "site",
    "lamp",
    "anchor",
    "anchor_scenario",
)
_SECTIONS = ("patient", "diagnosis", "site", "lamp", "safety", "course", "care")
# What takes the place of a missing part so that the case can be read. None of it raises a finding by itself; what could
# be misled by it is left out of the preview.
_STAND_INS: Mapping[str, Any] = {
    "schema": "nervelight-case-1",
    "patient.label": "not named yet",
    "patient.age": "0 years",
    "diagnosis.neupsig": dict.fromkeys(
        ("relevant_history", "plausible_distribution", "sensory_signs", "confirmatory_test"), True
    ),
    "diagnosis.red_flags": [],
    "scores": [{"instrument": "nrs11", "value": 0, "date": "2000-01-01"}],
    "safety.contraindications": [],
    "safety.drugs": [],
    "safety.sensation": "intact",
    "safety.perfusion": "normal",
    "safety.eyes": "goggles",
    "course.start": "2100-01-01",
    "course.session_cap": "24 h",
    "course.setting": "home",
    "care.clinician": "not named yet",
    "care.emergency_number": "not given yet",
}


@dataclass(frozen=True)
class _Check:
    """A check that needs an answer: the ids that it gives, or how they begin, and what it looks at."""

    ids: tuple[str, ...]
    needs: tuple[str, ...]
    what: str
    misled: bool = True
    """Whether a stand-in could make it say something; where not, what it says comes from other answers and stays."""


_CHECKS = (
    _Check(("red_flag.",), ("diagnosis.red_flags",), "red flags", misled=False),
    _Check(("neupsig.",), ("diagnosis.neupsig",), "whether the pain is neuropathic"),
    _Check(("contraindication.",), ("safety.contraindications",), "contraindications"),
    _Check(("drug.", "drugs."), ("safety.drugs",), "drugs that make skin sensitive to light", misled=False),
    _Check(("treatment.",), ("safety.drugs", "course.setting"), "other treatment beside light", misled=False),
    _Check(("sensation.",), ("safety.sensation",), "whether heat is felt"),
    _Check(("reading.sensation",), ("safety.sensation",), "whether a test of touch contradicts what is felt"),
    _Check(("perfusion.",), ("safety.perfusion",), "blood supply at the site"),
    _Check(
        ("skin.temperature", "limits."),
        ("safety.sensation", "safety.perfusion"),
        "how warm the skin may get",
    ),
    _Check(("eyes.",), ("safety.eyes",), "protection of the eyes"),
    _Check(("time.cap",), ("course.session_cap",), "whether the time fits into a session"),
    _Check(
        ("screening.", "reading.", "goal."),
        ("scores", "course.start", "patient.age"),
        "screening, tests of the nerve and goals",
    ),
)
_ONLY_A_PLAN = (
    (
        "assumptions.time",
        "which assumptions move the time: only a plan takes each quantity to its ends",
    ),
)


class Unanswered(Document):
    """A part of the case that is missing or wrong, and that the light does not need."""

    path: str
    why: str


class NotChecked(Document):
    """A check that a preview leaves out."""

    ids: tuple[str, ...]
    """Ids of its findings, or how they begin."""
    what: str
    needs: tuple[str, ...]
    """What of the case it waits for; empty for what only a plan does."""


class Preview(Document):
    """What a case would come to: no plan, and nothing to sign."""

    title: str
    """The result in one line."""
    draws: int
    heat_draws: int
    seed: int
    made: str
    """From how much it was computed, what a plan takes, and how far the two may be apart."""
    blocked: StrictBool
    reachable: StrictBool
    lamp: LampLight
    """The light on the skin; its curve over distance is left to the plan."""
    tissue: Tissue
    targets: tuple[TargetLight, ...]
    curves: tuple[DepthCurve, ...]
    """Fluence rate against depth of each wavelength."""
    followed: str
    """Id of the study whose light is followed; empty when none can be."""
    time_s: Band | None
    """Time of a field with its interval, before it is rounded and cut."""
    no_time: str
    """Why there is none; empty with a time."""
    prescription: Prescription | None
    warmth: Warmth | None
    findings: tuple[Finding, ...]
    unanswered: tuple[Unanswered, ...]
    not_checked: tuple[NotChecked, ...]


def preview_plan(case: Case | Mapping[str, Any], *, seed: int = 1) -> Preview:
    """Return what a case would come to.

    Parameters
    ----------
    case : Case or mapping
        A case, or what a form holds of one so far: keys and values as in a case file. Keys that are missing, None or
        empty text count as not answered.
    seed : int
        As of :func:`nervelight.planning.make_plan`: the draws are the first ones of the plan's.

    Returns
    -------
    Preview

    Raises
    ------
    InvalidInput
        With each fault of what the light needs: skin tone, condition, site, lamp and anchor.

    Examples
    --------
    >>> from nervelight.errors import InvalidInput
    >>> try:
    ...     preview_plan({"patient": {"phototype": "II"}, "site": {"name": "palm", "fields": ["left palm"]}})
    ... except InvalidInput as problem:
    ...     print(*(fault.path for fault in problem.faults))
    diagnosis.condition site.target lamp.device lamp.distance anchor
    """
    case, unanswered = (case, ()) if isinstance(case, Case) else _read(case)
    posed = pose_case(case, "form", seed, _solve)
    beam = needs_beam(posed.problem, posed.problem.space.sample(BEAM_DRAWS, seed))
    effort = Effort(
        draws=BEAM_DRAWS if beam else DRAWS,
        heat_draws=BEAM_HEAT_DRAWS if beam else HEAT_DRAWS,
        solve=_solve,
        influences=False,
        heat_from_sample=True,
    )
    steps = take_steps(posed, seed, effort)
    case = posed.case
    light = describe_lamp(case, posed.lamp, steps.sample, distances_shown=0)
    missing = {part.path for part in unanswered}
    if "course.session_cap" in missing and steps.prescription is None:
        # Without a time, eyes are judged by how long a session may take.
        missing.add("safety.eyes")
    left_out = tuple(_left_out(missing))
    misled = tuple(name for check in left_out if check.misled for name in check.ids)
    findings = tuple(
        finding for finding in findings_of(posed, steps, light) if not misled or not finding.id.startswith(misled)
    )
    warm = "skin.temperature" not in misled
    return Preview(
        title=title_of(case, findings, steps.translation, steps.prescription),
        draws=effort.draws,
        heat_draws=effort.heat_draws,
        seed=seed,
        made=f"Preview from {effort.draws} draws ({effort.heat_draws} for temperatures) and few directions of light; "
        f"a plan computes {PLAN_DRAWS}. The median time is within {MEDIAN_WITHIN:.0%} of the plan's, the ends of its "
        "interval are rougher, and near a limit the plan may find otherwise.",
        blocked=bool(blocking(findings)),
        reachable=steps.reach.reachable,
        lamp=light,
        tissue=describe_tissue(case, steps.sample),
        targets=tuple(describe_targets(case, steps.sample, steps.prescription)),
        curves=tuple(describe_curves(steps.sample, DEPTHS_SHOWN)),
        followed=posed.choice.anchor.study_id if posed.choice.anchor and posed.choice.followed else "",
        time_s=steps.translation.time_s if steps.translation else None,
        no_time=_no_time(steps, findings),
        prescription=steps.prescription,
        warmth=steps.warmth if warm else None,
        findings=findings,
        unanswered=unanswered,
        not_checked=(
            *(NotChecked(ids=check.ids, what=check.what, needs=check.needs) for check in left_out),
            *(NotChecked(ids=(name,), what=what, needs=()) for name, what in _ONLY_A_PLAN),
        ),
    )


def _no_time(steps: Steps, findings: Sequence[Finding]) -> str:
    if steps.prescription is not None:
        return ""
    if steps.translation is None:
        return "; ".join(f.title for f in blocking((*steps.reach.findings, *steps.anchoring)))
    return "; ".join(f.title for f in findings if f.id == "time.cap") or "No time fits into a session"


def _left_out(missing: set[str]) -> Iterator[_Check]:
    for check in _CHECKS:
        if any(path == need or need.startswith(f"{path}.") for path in missing for need in check.needs):
            yield check


# ---- the light, remembered


@dataclass(frozen=True)
class _Asked:
    """What is asked of the solver; equal by its values."""

    key: tuple[Any, ...]
    stack: LayerStack = field(compare=False)
    diffuse_share: Array | float = field(compare=False)
    finest: float | None = field(compare=False)
    narrow: bool = field(compare=False)


@lru_cache(maxsize=SOLUTIONS_KEPT)
def _solved(asked: _Asked) -> TissueLight:
    return solve_light(asked.stack, asked.diffuse_share, asked.finest, narrow=asked.narrow, coarse=True)


def forget_light() -> None:
    """Solve all light anew when next asked."""
    _solved.cache_clear()


def _solve(
    stack: LayerStack, diffuse_share: Array | float, finest: float | None, *, narrow: bool = False
) -> TissueLight:
    """Solve coarsely, once: distance and irradiance change nothing in the tissue, and the trial's people stay."""
    arrays = (stack.thickness, stack.mu_a, stack.mu_s, stack.g, np.asarray(diffuse_share))
    key = (*(values.tobytes() for values in arrays), stack.indices, finest, narrow)
    return _solved(_Asked(key, stack, diffuse_share, finest, narrow))


# ---- a form half filled in


def _read(data: Mapping[str, Any]) -> tuple[Case, tuple[Unanswered, ...]]:
    """Return a case that holds what the form holds and stand-ins for the rest, and what these stand for."""
    form = {**{section: {} for section in _SECTIONS}, **_answered(data)}
    unanswered: dict[str, str] = {}
    while True:
        case, alarms, faults = case_and_faults(form, "form")
        if case is not None:
            break
        needed = [fault for fault in faults if _is_needed(fault.path)]
        # Some faults are seen only once others are gone; one that comes back cannot be left out.
        again = [fault for fault in faults if _part(fault.path) in unanswered]
        if needed or again:
            raise InvalidInput("form", needed or again)
        for fault in faults:
            part = _part(fault.path)
            if part == "scores":
                # What needs somebody at once is said even where the scores cannot be counted.
                unanswered |= {alarm.path: _why(alarm) for alarm in alarms}
            form = _without(form, part)
            unanswered.setdefault(part, _why(fault))
    return case, tuple(Unanswered(path=path, why=why) for path, why in unanswered.items() if path != "schema")


def _answered(form: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _answered(value) if isinstance(value, Mapping) else value
        for key, value in form.items()
        if value is not None and value != ""
    }


def _is_needed(path: str) -> bool:
    return path in ("patient", "diagnosis") or any(
        path == name or path.startswith((f"{name}.", f"{name}[")) for name in _NEEDED
    )


def _part(path: str) -> str:
    """Return the part of a case that is left out for a fault, such as ``scores`` and ``safety.drugs``."""
    keys = re.sub(r"\[.*?\]", "", path).split(".")
    return ".".join(keys[:2] if keys[0] in _SECTIONS else keys[:1])


def _without(form: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the form without a part, or with what stands in for it."""
    section, _, name = part.partition(".")
    stand_in = {name or section: _STAND_INS[part]} if part in _STAND_INS else {}
    if name:
        return {**form, section: {key: value for key, value in form[section].items() if key != name} | stand_in}
    blank = {section: {}} if section in _SECTIONS else stand_in
    return {key: value for key, value in form.items() if key != section} | blank


def _why(fault: Fault) -> str:
    return str(fault).removeprefix(f"{fault.path}: ").removeprefix("missing; ")
