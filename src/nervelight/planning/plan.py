"""The main job: from a case to a plan, in steps that each are a pure function."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nervelight.errors import BlockedPlan
from nervelight.evidence import added_ids, claim, study_ids
from nervelight.planning.anchoring import describe_anchor
from nervelight.planning.case import Case
from nervelight.planning.case_reading import input_hash, read_case
from nervelight.planning.expectation import expect
from nervelight.planning.findings import blocking
from nervelight.planning.lamp import describe_lamp
from nervelight.planning.light_path import Problem
from nervelight.planning.plan_document import Assumption, Made, Plan, Prescription, Schedule
from nervelight.planning.schedule import make_schedule
from nervelight.planning.section_words import section_words
from nervelight.planning.sections import make_sections
from nervelight.planning.steps import Effort, findings_of, pose_case, take_steps, title_of
from nervelight.planning.targets import describe_curves, describe_targets
from nervelight.planning.thresholds import thresholds, thresholds_by_name
from nervelight.planning.tissue import describe_tissue
from nervelight.sources import source

__all__ = ["DISCLAIMER", "make_plan", "require_signable"]

DISCLAIMER = (
    "A proposal for a licensed clinician, who decides. Nervelight is not cleared or approved as a medical device, does "
    "not diagnose and does not drive a lamp."
)
LIBRARIES = ("numpy", "scipy")


def make_plan(case: Case | Path | str, *, draws: int = 256, seed: int = 1) -> Plan:
    """Plan one course of light for one patient.

    Parameters
    ----------
    case : Case or path-like
        A case, or the file that holds one.
    draws : int
        Draws of the uncertain quantities; a power of two.
    seed : int
        Seed of the draws. The same case, draws, seed and versions give the same plan.

    Returns
    -------
    Plan
        Also when it is blocked: its findings say what would unblock it.

    Raises
    ------
    InvalidInput
        If the file is no valid case, or the lamp's light cannot be known from it.

    Examples
    --------
    >>> plan = make_plan("examples/diabetic_feet.yaml")  # doctest: +SKIP
    >>> plan.prescription.time_per_field_s  # doctest: +SKIP
    """
    path = None if isinstance(case, Case) else Path(case)
    written = case if isinstance(case, Case) else read_case(case)
    posed = pose_case(written, str(path or written.patient.label), seed)
    case, choice = posed.case, posed.choice
    steps = take_steps(posed, seed, Effort(draws))
    sample, translation, prescription = steps.sample, steps.translation, steps.prescription
    light = describe_lamp(case, posed.lamp, sample)
    findings = findings_of(posed, steps, light)
    schedule = _schedule(case, prescription)
    expectation = expect(case, choice)
    sections = make_sections(
        case, section_words(case, posed.assessed, choice, light.label, prescription, schedule, expectation)
    )
    plan = Plan(
        made=Made(
            nervelight=version("nervelight"),
            libraries={name: version(name) for name in LIBRARIES},
            draws=draws,
            seed=seed,
            case_file=path.name if path else "",
            case_sha256=input_hash(path) if path else "",
            studies=len(study_ids()),
            added_studies=added_ids(),
        ),
        case=written.model_dump(mode="json", by_alias=True),
        title=title_of(case, findings, translation, prescription),
        blocked=bool(blocking(findings)),
        disclaimer=f"{DISCLAIMER} {claim('most_conditions').may_say}",
        neupsig_grade=posed.assessed.grade.level,
        lamp=light,
        tissue=describe_tissue(case, sample),
        targets=tuple(describe_targets(case, sample, prescription)),
        curves=tuple(describe_curves(sample)),
        reachable=steps.reach.reachable,
        anchor=describe_anchor(case, choice),
        translation=translation,
        prescription=prescription,
        warmth=steps.warmth,
        schedule=schedule,
        findings=findings,
        expectation=expectation,
        sections=sections,
        assumptions=tuple(_assumptions(posed.problem)),
        thresholds=thresholds(case.thresholds),
        citations={},
    )
    keys = sorted(set(_all_sources(plan.model_dump())))
    return plan.model_copy(update={"citations": {key: source(key).citation for key in keys}})


def require_signable(plan: Plan) -> None:
    """Raise if a plan must not be signed.

    Raises
    ------
    BlockedPlan
        Naming each block and what would remove it.
    """
    blocks = blocking(plan.findings)
    if blocks:
        raise BlockedPlan("; ".join(f"{block.title} ({block.unblock})" for block in blocks))


def _schedule(case: Case, prescription: Prescription | None) -> Schedule | None:
    if prescription is None or not prescription.total_sessions:
        return None
    course = case.course
    return make_schedule(
        course.start,
        prescription.sessions_per_week,
        prescription.total_sessions,
        course.weekdays,
        thresholds_by_name(thresholds(case.thresholds)),
    )


def _assumptions(problem: Problem) -> Iterator[Assumption]:
    if problem.shares.unknown:
        yield Assumption(
            parameter="lamp.shares",
            label="split of the lamp's light between its wavelengths",
            interval=", ".join(f"{wavelength:g}" for wavelength in problem.wavelengths)
            + " nm in equal shares, each wide",
            reason="Nobody states it. Drawn from a symmetric Dirichlet distribution.",
            sources=("nervelight_assumption",),
        )
    for quantity in problem.space.quantities:
        if quantity.assumption and not quantity.fixed and not quantity.name.startswith("share_"):
            yield Assumption(
                parameter=quantity.key,
                label=quantity.label,
                interval=quantity.range_text,
                reason=quantity.reason,
                sources=quantity.sources,
            )


def _all_sources(document: Any) -> Iterator[str]:
    """Yield every source key of a document, however deep."""
    if isinstance(document, dict):
        for name, value in document.items():
            if name == "sources":
                yield from value
            else:
                yield from _all_sources(value)
    elif isinstance(document, (list, tuple)):
        for value in document:
            yield from _all_sources(value)
