"""The main job: from a case to a plan, in steps that each are a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nervelight.errors import BlockedPlan
from nervelight.evidence import added_ids, claim, study_ids
from nervelight.planning.anchoring import (
    Choice,
    anchor_findings,
    choose_anchor,
    describe_anchor,
    window_findings,
)
from nervelight.planning.assess import assess
from nervelight.planning.case import Case
from nervelight.planning.case_reading import input_hash, read_case
from nervelight.planning.distance import choose_distance
from nervelight.planning.expectation import expect
from nervelight.planning.findings import Finding, blocking, ranked
from nervelight.planning.lamp import describe_lamp, lamp_of
from nervelight.planning.light_path import Evaluation, Problem, evaluate
from nervelight.planning.plan_document import (
    Assumption,
    Made,
    Plan,
    Prescription,
    Schedule,
    Translation,
)
from nervelight.planning.prescription import prescribe
from nervelight.planning.problem import pose
from nervelight.planning.reach import reach_of
from nervelight.planning.safety import (
    HEAT_DRAWS,
    assessment_findings,
    eye_findings,
    lamp_findings,
    laser_skin_findings,
    other_treatment_findings,
    patient_findings,
    schedule_findings,
    temperature_findings,
    time_findings,
    warmth_of,
)
from nervelight.planning.schedule import make_schedule
from nervelight.planning.section_words import section_words
from nervelight.planning.sections import make_sections
from nervelight.planning.targets import describe_curves, describe_targets, target_label
from nervelight.planning.thresholds import thresholds, thresholds_by_name
from nervelight.planning.tissue import (
    describe_tissue,
)
from nervelight.planning.translation import translate_arm, translate_window
from nervelight.planning.words import count, duration_band
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
    case = case if isinstance(case, Case) else read_case(case)
    where = str(path or case.patient.label)

    assessed = assess(case)
    choice = choose_anchor(case, where)
    written, chosen = case, None
    if case.lamp.distance == "choose":
        chosen = choose_distance(case, choice, seed, where)
        case = chosen.case
    lamp = lamp_of(case, where)
    problem = pose(case, lamp, choice)
    draw = problem.space.sample(draws, seed)
    sample = evaluate(problem, draw)
    light = describe_lamp(case, lamp, sample)

    reach = reach_of(target_label(case), sample, lamp.light.field_width)
    anchoring = anchor_findings(case, choice)
    can_translate = choice.followed and not blocking((*reach.findings, *anchoring))
    translation = _translate(choice, problem, sample) if can_translate else None
    prescription = prescribe(case, choice, translation, sample) if translation else None

    warmth = None
    if prescription is not None:
        lit = evaluate(replace(problem, trials=()), draw[: min(HEAT_DRAWS, draws)])
        warmth = warmth_of(case, lamp.device, lit, prescription.time_per_field_s, seed)

    findings = ranked(
        [
            *patient_findings(case, assessed.grade, lamp.shares.wavelengths),
            *other_treatment_findings(case),
            *reach.findings,
            *anchoring,
            *window_findings(choice, light),
            *([chosen.finding] if chosen else []),
            *lamp_findings(lamp.device, lamp.light, not lamp.shares.unknown),
            *eye_findings(case, lamp.device, sample, prescription),
            *laser_skin_findings(lamp.device, sample, prescription),
            *temperature_findings(case, lamp.device, warmth),
            *time_findings(case, choice, translation, prescription),
            *schedule_findings(case, choice, prescription),
            *assessment_findings(case, assessed),
        ]
    )
    schedule = _schedule(case, prescription)
    expectation = expect(case, choice)
    sections = make_sections(
        case, section_words(case, assessed, choice, light.label, prescription, schedule, expectation)
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
        title=_title(case, findings, translation, prescription),
        blocked=bool(blocking(findings)),
        disclaimer=f"{DISCLAIMER} {claim('most_conditions').may_say}",
        neupsig_grade=assessed.grade.level,
        lamp=light,
        tissue=describe_tissue(case, sample),
        targets=tuple(describe_targets(case, sample, prescription)),
        curves=tuple(describe_curves(sample)),
        reachable=reach.reachable,
        anchor=describe_anchor(case, choice),
        translation=translation,
        prescription=prescription,
        warmth=warmth,
        schedule=schedule,
        findings=findings,
        expectation=expectation,
        sections=sections,
        assumptions=tuple(_assumptions(problem)),
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


def _translate(choice: Choice, problem: Problem, sample: Evaluation) -> Translation:
    if choice.window is not None and choice.window.radiant_exposure is not None:
        return translate_window(problem, sample, *choice.window.radiant_exposure)
    return translate_arm(problem, sample)


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


def _title(
    case: Case,
    findings: Iterable[Finding],
    translation: Translation | None,
    prescription: Prescription | None,
) -> str:
    blocks = blocking(findings)
    if blocks:
        return f"Blocked: {blocks[0].title[0].lower()}{blocks[0].title[1:]}"
    if translation is None or prescription is None:
        return "No prescription"
    fields = case.site.fields
    time = duration_band(translation.time_s, prescription.time_per_field_s)
    return (
        f"{time} on {'the ' + fields[0] if len(fields) == 1 else f'each of {len(fields)} fields'}, "
        f"{prescription.sessions_per_week:g} times a week for {count(prescription.weeks, 'week')}"
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
