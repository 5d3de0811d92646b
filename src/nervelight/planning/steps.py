"""The steps that a plan and its preview share: from a case to the light, the time and the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nervelight.planning.anchoring import Choice, anchor_findings, choose_anchor, window_findings
from nervelight.planning.assess import Assessment, assess
from nervelight.planning.case import Case
from nervelight.planning.distance import ChosenDistance, choose_distance
from nervelight.planning.findings import Finding, blocking, ranked
from nervelight.planning.lamp import CaseLamp, lamp_of
from nervelight.planning.light_path import Evaluation, Problem, evaluate
from nervelight.planning.plan_document import LampLight, Prescription, Translation, Warmth
from nervelight.planning.prescription import prescribe
from nervelight.planning.problem import pose
from nervelight.planning.reach import Reach, reach_of
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
from nervelight.planning.targets import target_label
from nervelight.planning.tissue_light import Solve, solve_light
from nervelight.planning.translation import translate_arm, translate_window
from nervelight.planning.words import count, duration_band, each_field

__all__ = ["Effort", "Posed", "Steps", "findings_of", "pose_case", "take_steps", "title_of"]


@dataclass(frozen=True)
class Effort:
    """How much is computed.

    Parameters
    ----------
    draws : int
        Draws of the uncertain quantities; a power of two.
    heat_draws : int
        Of these, the first ones that temperatures are taken from.
    solve : callable
        What solves the light in tissue.
    influences : bool
        Whether each uncertain quantity is taken to its ends.
    heat_from_sample : bool
        Whether temperatures are taken from the light already solved, rather than solved for their draws alone.
    """

    draws: int
    heat_draws: int = HEAT_DRAWS
    solve: Solve = solve_light
    influences: bool = True
    heat_from_sample: bool = False


@dataclass(frozen=True)
class Posed:
    """A case with its lamp held at a distance, and the problem that it poses."""

    case: Case
    assessed: Assessment
    choice: Choice
    chosen: ChosenDistance | None
    lamp: CaseLamp
    problem: Problem


@dataclass(frozen=True)
class Steps:
    """What the light does in this case, and the time that follows from it."""

    sample: Evaluation
    reach: Reach
    anchoring: tuple[Finding, ...]
    translation: Translation | None
    prescription: Prescription | None
    warmth: Warmth | None


def pose_case(case: Case, where: str, seed: int, solve: Solve = solve_light) -> Posed:
    """Choose whose light to follow and, if the case says so, the distance.

    Raises
    ------
    InvalidInput
        If the lamp's light cannot be known from the case.
    """
    assessed = assess(case)
    choice = choose_anchor(case, where)
    chosen = choose_distance(case, choice, seed, where, solve) if case.lamp.distance == "choose" else None
    case = chosen.case if chosen else case
    lamp = lamp_of(case, where)
    return Posed(case, assessed, choice, chosen, lamp, pose(case, lamp, choice))


def take_steps(posed: Posed, seed: int, effort: Effort) -> Steps:
    """Evaluate the light, judge the reach, translate, prescribe and warm."""
    case, choice, lamp, problem = posed.case, posed.choice, posed.lamp, posed.problem
    draw = problem.space.sample(effort.draws, seed)
    sample = evaluate(problem, draw, effort.solve)
    reach = reach_of(target_label(case), sample, lamp.light.field_width)
    anchoring = tuple(anchor_findings(case, choice))
    can_translate = choice.followed and not blocking((*reach.findings, *anchoring))
    translation = _translate(choice, problem, sample, effort.influences) if can_translate else None
    prescription = prescribe(case, choice, translation, sample) if translation else None
    warmth = None
    if prescription is not None:
        rows = min(effort.heat_draws, effort.draws)
        if effort.heat_from_sample:
            lit = sample.first(rows)
        else:
            lit = evaluate(replace(problem, trials=()), draw[:rows], effort.solve)
        warmth = warmth_of(case, lamp.device, lit, prescription.time_per_field_s, seed)
    return Steps(sample, reach, anchoring, translation, prescription, warmth)


def findings_of(posed: Posed, steps: Steps, light: LampLight) -> tuple[Finding, ...]:
    """Return what the clinician must know before signing, blocks first."""
    case, choice, lamp = posed.case, posed.choice, posed.lamp
    sample, translation, prescription = steps.sample, steps.translation, steps.prescription
    return ranked(
        [
            *patient_findings(case, posed.assessed.grade, lamp.shares.wavelengths),
            *other_treatment_findings(case),
            *steps.reach.findings,
            *steps.anchoring,
            *window_findings(choice, light),
            *([posed.chosen.finding] if posed.chosen else []),
            *lamp_findings(lamp.device, lamp.light, not lamp.shares.unknown),
            *eye_findings(case, lamp.device, sample, prescription),
            *laser_skin_findings(lamp.device, sample, prescription),
            *temperature_findings(case, lamp.device, steps.warmth),
            *time_findings(case, choice, translation, prescription),
            *schedule_findings(case, choice, prescription),
            *assessment_findings(case, posed.assessed),
        ]
    )


def title_of(
    case: Case,
    findings: Iterable[Finding],
    translation: Translation | None,
    prescription: Prescription | None,
) -> str:
    """Return the result in one line."""
    blocks = blocking(findings)
    if blocks:
        return f"Blocked: {blocks[0].title[0].lower()}{blocks[0].title[1:]}"
    if translation is None or prescription is None:
        return "No prescription"
    time = duration_band(translation.time_s, prescription.time_per_field_s)
    return (
        f"{time} on {each_field(case.site.fields)}, "
        f"{prescription.sessions_per_week:g} times a week for {count(prescription.weeks, 'week')}"
    )


def _translate(choice: Choice, problem: Problem, sample: Evaluation, influences: bool) -> Translation:
    if choice.window is not None and choice.window.radiant_exposure is not None:
        return translate_window(problem, sample, *choice.window.radiant_exposure, influences=influences)
    return translate_arm(problem, sample, influences=influences)
