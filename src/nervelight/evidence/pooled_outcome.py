"""One outcome of one condition, pooled, with all that tells how far the result can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from nervelight.evidence.certainty import PAIN, CertaintyLevel, CertaintyRating, certainty_of
from nervelight.evidence.conditions import Condition
from nervelight.evidence.outcome import OutcomeDomain
from nervelight.evidence.pooling import Heterogeneity, IntervalMethod, Pooled, leave_one_out, pool
from nervelight.evidence.printed_results import Measure, ScoreKind
from nervelight.evidence.small_studies import LEAST_TRIALS, Egger, TrimAndFill, egger, trim_and_fill
from nervelight.evidence.studies import study
from nervelight.evidence.trial_effects import Effect, NoEffect, effects_for, measures_of

__all__ = ["PooledOutcome", "pool_outcome"]


OTHER: dict[IntervalMethod, IntervalMethod] = {"hartung-knapp": "normal", "normal": "hartung-knapp"}


@dataclass(frozen=True)
class PooledOutcome:
    """What the trials of one condition give for one outcome.

    Parameters
    ----------
    condition : Condition or None
        None for all conditions together.
    domain : OutcomeDomain
    measure : Measure
    open_label : bool
        Whether trials without a sham count as well.
    effects : tuple of Effect
        What was pooled.
    set_aside : tuple of Effect
        Effects left out, each with its reason.
    without : tuple of NoEffect
        Trials that measured the outcome and print too little.
    pooled : Pooled or None
        None for fewer than two effects.
    others : tuple of Pooled
        The same by the other estimators of the variance between trials.
    with_set_aside : Pooled or None
        With the effects that are set aside.
    without_each : tuple of Pooled
        Without each trial in turn, in the order of `effects`.
    normal : Pooled or None
        The same with the normal interval, where the other one was asked for, and the other way round.
    mixed_scores : bool
        Whether final scores and changes are pooled as standardised differences, which are not on one scale then.
    egger : Egger or None
        None for fewer than ten trials.
    trim_and_fill : TrimAndFill or None
        None for fewer than ten trials.
    certainty : CertaintyRating or None
        Of the effect on pain in the condition; None for all conditions together, and for other outcomes.
    """

    condition: Condition | None
    domain: OutcomeDomain
    measure: Measure
    open_label: bool
    effects: tuple[Effect, ...]
    set_aside: tuple[Effect, ...]
    without: tuple[NoEffect, ...]
    pooled: Pooled | None
    others: tuple[Pooled, ...]
    with_set_aside: Pooled | None
    without_each: tuple[Pooled, ...]
    normal: Pooled | None
    mixed_scores: bool
    egger: Egger | None
    trim_and_fill: TrimAndFill | None
    certainty: CertaintyRating | None

    @property
    def how_sure(self) -> str:
        """The certainty in words; of several conditions no more than that of the least certain."""
        if self.certainty is not None:
            return f"certainty {self.certainty.level}"
        if self.condition is not None:
            return f"certainty not rated for this outcome (of the effect on pain: {certainty_of(self.condition).level})"
        conditions = {study(e.study_id).condition for e in (*self.effects, *self.set_aside)} - {None}
        levels = [certainty_of(name).level for name in conditions if name]
        order = get_args(CertaintyLevel)
        return f"certainty {min(levels, key=order.index)} at most" if levels else "certainty not graded"


def pool_outcome(
    condition: Condition | None,
    domain: OutcomeDomain,
    measure: Measure | None = None,
    *,
    method: Heterogeneity = "REML",
    interval: IntervalMethod = "hartung-knapp",
    open_label: bool = False,
    week: float | None = None,
    scores: ScoreKind = "final",
) -> PooledOutcome:
    """Pool one outcome of one condition.

    Parameters
    ----------
    condition : Condition or None
        None pools all conditions together.
    domain : OutcomeDomain
    measure : Measure, optional
        The usual one of the domain when absent.
    method, interval
        As in `pool`.
    open_label, week, scores
        As in `effects_for`.

    Examples
    --------
    >>> found = pool_outcome("diabetic_polyneuropathy", "pain")
    >>> [effect.study_id for effect in found.effects], found.certainty.level
    (['chatterjee2019', 'rastogi2021', 'zinman2004'], 'very low')
    """
    measure = measure or measures_of(domain)[0]
    every, without = effects_for(condition, domain, measure, open_label=open_label, week=week, scores=scores)
    effects = tuple(effect for effect in every if not effect.set_aside)
    aside = tuple(effect for effect in every if effect.set_aside)
    values, variances = _columns(effects)
    enough = len(effects) >= 2
    many = len(effects) >= LEAST_TRIALS
    methods: tuple[Heterogeneity, ...] = ("REML", "PM", "DL")
    return PooledOutcome(
        condition=condition,
        domain=domain,
        measure=measure,
        open_label=open_label,
        effects=effects,
        set_aside=aside,
        without=without,
        pooled=pool(values, variances, method=method, interval=interval) if enough else None,
        others=tuple(pool(values, variances, method=m, interval=interval) for m in methods if m != method)
        if enough
        else (),
        with_set_aside=pool(*_columns(every), method=method, interval=interval) if aside and len(every) >= 2 else None,
        without_each=leave_one_out(values, variances, method=method, interval=interval),
        normal=pool(values, variances, method=method, interval=OTHER[interval]) if enough else None,
        mixed_scores=measure == "standardised" and len({effect.scores for effect in effects} - {None}) > 1,
        egger=egger(values, variances) if many else None,
        trim_and_fill=trim_and_fill(values, variances, method=method, interval=interval) if many else None,
        certainty=certainty_of(condition) if condition is not None and domain in PAIN else None,
    )


def _columns(effects: Sequence[Effect]) -> tuple[list[float], list[float]]:
    return [effect.value for effect in effects], [effect.variance for effect in effects]
