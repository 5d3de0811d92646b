"""What a case would come to, fast enough to follow a form while it is filled in.

The same steps as a plan, from fewer draws and fewer directions of light. What the light does not need may still be
missing: the preview says what it could not check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import StrictBool

from nervelight.documents import Document
from nervelight.planning.case import Case
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
from nervelight.planning.remembered_light import solve_coarsely
from nervelight.planning.steps import Effort, Steps, findings_of, pose_case, take_steps, title_of
from nervelight.planning.targets import describe_curves, describe_targets
from nervelight.planning.tissue import describe_tissue
from nervelight.planning.unfinished_case import Unanswered, read_unfinished

__all__ = ["NotChecked", "Preview", "preview_plan"]

# The first draws of a plan. The waves of a beam cost most.
DRAWS, BEAM_DRAWS = 32, 16
HEAT_DRAWS, BEAM_HEAT_DRAWS = 16, 4
PLAN_DRAWS = 256
# Median times against plans: the worst of 32 cases and lamps (benchmarks/preview.py --plans).
MEDIAN_WITHIN = 0.12
DEPTHS_SHOWN = 25


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
    case, unanswered = (case, ()) if isinstance(case, Case) else read_unfinished(case)
    posed = pose_case(case, "form", seed, solve_coarsely)
    beam = needs_beam(posed.problem, posed.problem.space.sample(BEAM_DRAWS, seed))
    effort = Effort(
        draws=BEAM_DRAWS if beam else DRAWS,
        heat_draws=BEAM_HEAT_DRAWS if beam else HEAT_DRAWS,
        solve=solve_coarsely,
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
