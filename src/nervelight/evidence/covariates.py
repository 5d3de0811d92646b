"""Meta-regression of an outcome on what studies say of themselves, or on numbers that come from above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from nervelight.errors import UnknownName, ValidityError
from nervelight.evidence.anchor_ranking import trust_of
from nervelight.evidence.anchors import anchor_ids, study_anchor
from nervelight.evidence.conditions import Condition
from nervelight.evidence.light_response import LEAST_FOR_REGRESSION
from nervelight.evidence.outcome import OutcomeDomain
from nervelight.evidence.pooling import Heterogeneity, Regression, regress
from nervelight.evidence.printed_results import Measure
from nervelight.evidence.studies import study
from nervelight.evidence.study_schema import Study, StudyId
from nervelight.evidence.trial_effects import Effect, effects_for
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = ["Covariate", "ExplainedOutcome", "covariate_of", "regress_outcome"]

Covariate = Literal[
    "people",
    "weeks",
    "sessions",
    "sessions_per_week",
    "design_and_conduct",
    "wavelength_nm",
    "irradiance_mw_cm2",
    "radiant_exposure_j_cm2",
]
"""What a study says of itself as a number; light is that on the skin."""


@dataclass(frozen=True)
class ExplainedOutcome:
    """Effects of trials against one covariate.

    Parameters
    ----------
    covariate : str
    points : tuple of (Effect, float)
        Trials with both.
    regression : Regression or None
        None where it cannot be estimated.
    reason : str
        Why it cannot; empty otherwise.
    lacking : tuple of (str, tuple of str)
        Trials that are missing here, and what they lack.
    """

    covariate: str
    points: tuple[tuple[Effect, float], ...]
    regression: Regression | None
    reason: str
    lacking: tuple[tuple[StudyId, tuple[str, ...]], ...]


def covariate_of(entry: Study, name: Covariate) -> float | None:
    """Return a covariate of a study; None where its file does not say it, or says it of several arms apart.

    Raises
    ------
    UnknownName
        If there is no such covariate.
    """
    if name not in get_args(Covariate):
        raise UnknownName("covariate", name, get_args(Covariate))
    if name == "people":
        return None if entry.n is None else float(entry.n)
    if name == "design_and_conduct":
        return float(trust_of(entry)[0])
    if name in {"weeks", "sessions", "sessions_per_week"}:
        schedule = entry.schedule.completed() if entry.schedule else None
        field = "total_sessions" if name == "sessions" else name
        value = getattr(schedule, field) if schedule else None
        return None if value is None else float(value)
    if entry.id not in anchor_ids() or not entry.lights or any(light.contradiction for light in entry.lights):
        return None
    light = study_anchor(entry)
    if name == "wavelength_nm":
        return light.wavelengths[0] if len(light.wavelengths) == 1 else None
    if name == "irradiance_mw_cm2":
        return float(to_mw_cm2(light.irradiance.value)) if light.irradiance else None
    exposure = light.radiant_exposure
    return float(to_j_cm2(next(iter(exposure.values())).value)) if exposure else None


def regress_outcome(
    condition: Condition | None,
    domain: OutcomeDomain,
    covariate: Covariate | Mapping[StudyId, float],
    measure: Measure | None = None,
    *,
    open_label: bool = False,
    method: Heterogeneity = "REML",
) -> ExplainedOutcome:
    """Regress the effects of trials on a covariate.

    Parameters
    ----------
    condition : Condition or None
        None takes every condition.
    domain : OutcomeDomain
    covariate : Covariate, or mapping of str to float
        A name, or values by trial that were computed elsewhere.
    measure : Measure, optional
        The usual one of the domain when absent.
    open_label, method
        As in `pool_outcome`.

    Returns
    -------
    ExplainedOutcome
        Not estimated for fewer than ten trials with both (Cochrane Handbook 10.11.5.1).

    Raises
    ------
    UnknownName
        If there is no such covariate.
    """
    effects, without = effects_for(condition, domain, measure, open_label=open_label)
    name = covariate if isinstance(covariate, str) else "given"

    def value(study_id: StudyId) -> float | None:
        return covariate_of(study(study_id), covariate) if isinstance(covariate, str) else covariate.get(study_id)

    usable = [effect for effect in effects if not effect.set_aside]
    points = tuple((effect, x) for effect in usable if (x := value(effect.study_id)) is not None)
    lacking = [
        *((effect.study_id, (name,)) for effect in usable if value(effect.study_id) is None),
        *((item.study_id, item.missing) for item in without),
    ]
    regression, reason = None, ""
    if len(points) < LEAST_FOR_REGRESSION:
        reason = f"not estimable: {len(points)} of the {LEAST_FOR_REGRESSION} trials needed have an effect size and it"
    else:
        try:
            regression = regress(
                [e.value for e, _ in points], [e.variance for e, _ in points], [x for _, x in points], method=method
            )
        except ValidityError as problem:
            reason = f"not estimable: {problem}"
    return ExplainedOutcome(name, points, regression, reason, tuple(sorted(lacking)))
