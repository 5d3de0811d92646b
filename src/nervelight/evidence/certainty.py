"""How surely the effect of light in a condition is known: the five domains of GRADE, filled from the trial library.

The thresholds below follow the GRADE guidelines where those give a number, and are rules of this project where they do
not. What comes out is a reading of this library by rules, not the judgement of a guideline panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from nervelight.evidence.conditions import Condition, condition_info
from nervelight.evidence.memory import remembered
from nervelight.evidence.outcome import OutcomeDomain
from nervelight.evidence.pooling import Pooled, pool
from nervelight.evidence.small_studies import LEAST_TRIALS, egger
from nervelight.evidence.studies import studies, study_label
from nervelight.evidence.study_schema import Study, StudyId, WeaknessDomain
from nervelight.evidence.trial_effects import Effect, effects_for, trials_of

__all__ = ["CertaintyDomain", "CertaintyLevel", "CertaintyRating", "certainty_of", "pooled_pain"]

CertaintyLevel = Literal["very low", "low", "moderate", "high", "not graded"]
"""How surely the effect is known."""

_LEVELS: tuple[CertaintyLevel, ...] = ("very low", "low", "moderate", "high")
# Randomised sham-controlled trials start high; trials without a sham, cohorts and series start low (GRADE).
HIGH, LOW = 3, 1
WITH_RESULT = frozenset({"favours_light", "no_difference", "mixed", "favours_comparator"})
# What can bias a result. Size counts as imprecision, publication as small-study effects, applicability as indirectness;
# a light that nobody can repeat and who paid are told on the card, and do not lower the certainty of what was found.
# Reporting is left out because it mostly says how little could be read, which counts by itself.
BIASING: frozenset[WeaknessDomain] = frozenset(
    {"randomisation", "blinding", "baseline", "attrition", "analysis", "plausibility"}
)
# Share of trials with a serious weakness from which the whole body of evidence is rated down once, and twice.
SOME_TRIALS, MOST_TRIALS = 1 / 3, 2 / 3
# Heterogeneity that may be substantial, and that is considerable (Cochrane Handbook 10.10.2) [%].
SUBSTANTIAL_I2, CONSIDERABLE_I2 = 50.0, 75.0
# People below which a mean is imprecise whatever its interval (GRADE guidelines 6), and a quarter of that.
ENOUGH_PEOPLE, FEW_PEOPLE = 400, 100
# The smallest change of pain that matters, of 10 (IMMPACT, Dworkin 2008: 10 to 20 %).
IMPORTANT_PAIN = 1.0
# Egger's test is read at this level, since its power is small.
EGGER_P = 0.10
READ_IN_FULL = frozenset({"full-text", "full-text-part", "registry"})
PAIN: frozenset[OutcomeDomain] = frozenset({"pain", "pain_responders"})


@dataclass(frozen=True)
class CertaintyDomain:
    """One domain of the rating.

    Parameters
    ----------
    name : str
        As GRADE calls it.
    steps : int
        By how many levels certainty is rated down: 0, 1 or 2.
    reason : str
        Why, in plain words with numbers.
    sources : tuple of str
        Keys of sources.toml: the rule.
    """

    name: str
    steps: int
    reason: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class CertaintyRating:
    """The rating of one condition.

    Parameters
    ----------
    condition : Condition
    level : CertaintyLevel
    start : CertaintyLevel
        Where it started, by design.
    domains : tuple of CertaintyDomain
        Empty where there is nothing to grade.
    favouring, not_favouring, mixed, unclear : tuple of str
        Sham-controlled trials by what they say.
    stopped : tuple of str
        Trials that ended without a result.
    """

    condition: Condition
    level: CertaintyLevel
    start: CertaintyLevel
    domains: tuple[CertaintyDomain, ...]
    favouring: tuple[StudyId, ...]
    not_favouring: tuple[StudyId, ...]
    mixed: tuple[StudyId, ...]
    unclear: tuple[StudyId, ...]
    stopped: tuple[StudyId, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not higher."""
        return tuple(f"{domain.name}: {domain.reason}" for domain in self.domains if domain.steps)


@remembered
def certainty_of(condition: Condition) -> CertaintyRating:
    """Rate how surely the effect of light on a condition is known.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> certainty_of("post_stroke_pain").level
    'not graded'
    """
    condition_info(condition)
    sham = [trial for trial in trials_of(condition) if trial.direction in WITH_RESULT]
    unclear = [trial.id for trial in trials_of(condition) if trial.direction not in WITH_RESULT]
    other = [
        entry
        for entry in _about(condition)
        if entry.design in {"controlled", "cohort", "case_series"} and entry.direction != "unknown"
    ]
    stopped = [entry.id for entry in _about(condition) if entry.status in {"terminated", "withdrawn"}]
    graded = sham or other
    start = HIGH if sham else LOW
    domains: tuple[CertaintyDomain, ...] = ()
    if graded:
        pooled, effects = pooled_pain(condition)
        domains = (
            _risk_of_bias(graded),
            _inconsistency(condition, graded, pooled),
            _indirectness(condition, graded),
            _imprecision(graded, pooled, effects),
            _small_studies(graded, stopped, effects),
        )
    level = max(0, start - sum(domain.steps for domain in domains))
    return CertaintyRating(
        condition=condition,
        level=_LEVELS[level] if graded else "not graded",
        start=_LEVELS[start] if graded else "not graded",
        domains=domains,
        favouring=tuple(t.id for t in sham if t.direction == "favours_light"),
        not_favouring=tuple(t.id for t in sham if t.direction in {"no_difference", "favours_comparator"}),
        mixed=tuple(t.id for t in sham if t.direction == "mixed"),
        unclear=tuple(unclear),
        stopped=tuple(stopped),
    )


def pooled_pain(condition: Condition) -> tuple[Pooled | None, tuple[Effect, ...]]:
    """Return the pooled effect on pain of 0 to 10, and the effects that go into it.

    Trials that are set aside are left out. None for fewer than two trials.
    """
    found, _ = effects_for(condition, "pain")
    effects = tuple(effect for effect in found if not effect.set_aside)
    if len(effects) < 2:
        return None, effects
    return pool([e.value for e in effects], [e.variance for e in effects]), effects


def _about(condition: Condition) -> list[Study]:
    return [
        entry
        for entry in studies()
        if entry.speaks_of(condition) and entry.topic == "treatment" and not entry.same_people_as
    ]


def _people(trials: Sequence[Study]) -> int:
    return sum(trial.n or 0 for trial in trials)


def _risk_of_bias(trials: Sequence[Study]) -> CertaintyDomain:
    serious = [t for t in trials if any(w.concern == "high" and w.domain in BIASING for w in t.bias)]
    share = len(serious) / len(trials)
    in_part = [t for t in trials if t.checked not in READ_IN_FULL]
    steps = 2 if share >= MOST_TRIALS else 1 if share >= SOME_TRIALS or len(in_part) > len(trials) / 2 else 0
    reason = f"{len(serious)} of {_count(len(trials), 'trial')} with a serious weakness of design or conduct"
    if len(in_part) > len(trials) / 2:
        reason += (
            f"; {len(in_part)} could be read as abstracts at most, so that blinding and losses are not known in full"
        )
    return CertaintyDomain("risk of bias", steps, reason, ("grade2011_bias", "nervelight_rule"))


def _inconsistency(condition: Condition, trials: Sequence[Study], pooled: Pooled | None) -> CertaintyDomain:
    sources = ("grade2011_inconsistency", "cochrane_handbook_6")
    told = [trial.direction for trial in trials if trial.direction in WITH_RESULT]
    favouring = told.count("favours_light")
    printed = [
        outcome.i2_percent
        for entry in _about(condition)
        if entry.design == "pooled"
        for outcome in entry.outcomes
        if outcome.i2_percent is not None
    ]
    i2 = max([*printed, *([pooled.i2] if pooled else [])], default=None)
    disagree = 0 < favouring < len(told) or ("mixed" in told and len(set(told)) > 1)
    if len(told) < 2:
        reason = "one trial, with nothing to compare it with" if told else "no controlled results to compare"
        return CertaintyDomain("inconsistency", 0, reason, sources)
    verdicts = f"{favouring} of {_count(len(told), 'trial')} favour light"
    if i2 is not None and i2 >= CONSIDERABLE_I2 and disagree:
        return CertaintyDomain("inconsistency", 2, f"{verdicts}; heterogeneity I2 of up to {i2:.0f} %", sources)
    shown = f"; I2 {i2:.0f} %" if i2 is not None else ""
    if disagree or (i2 is not None and i2 >= SUBSTANTIAL_I2):
        return CertaintyDomain("inconsistency", 1, verdicts + shown, sources)
    return CertaintyDomain("inconsistency", 0, f"the trials point the same way: {verdicts}{shown}", sources)


def _indirectness(condition: Condition, trials: Sequence[Study]) -> CertaintyDomain:
    sources = ("grade2011_indirectness", "nervelight_rule")
    if not condition_info(condition).painful:
        return CertaintyDomain("indirectness", 2, "not a pain: its trials measure movement", sources)
    # Lists of scales in one sentence count where pain is named among them.
    measured = [
        trial
        for trial in trials
        if any(o.domain in PAIN or (o.domain == "several" and "pain" in o.instrument.lower()) for o in trial.outcomes)
    ]
    if not measured:
        return CertaintyDomain("indirectness", 2, "no trial measured pain", sources)
    absent = len(trials) - len(measured)
    apart = [t for t in trials if any(w.domain == "applicability" and w.concern == "high" for w in t.bias)]
    if absent >= len(trials) / 2:
        reason = f"{absent} of {_count(len(trials), 'trial')} did not measure pain"
        return CertaintyDomain("indirectness", 1, reason, sources)
    if len(apart) > len(trials) / 2:
        reason = (
            f"{len(apart)} of {_count(len(trials), 'trial')} studied other people, sites or aims than those asked about"
        )
        return CertaintyDomain("indirectness", 1, reason, sources)
    reason = f"{len(measured)} of {_count(len(trials), 'trial')} measured pain"
    return CertaintyDomain("indirectness", 0, reason, sources)


def _imprecision(trials: Sequence[Study], pooled: Pooled | None, effects: Sequence[Effect]) -> CertaintyDomain:
    sources = ("grade2011_imprecision", "dworkin2008_immpact")
    people = _people(trials)
    if pooled is None:
        steps = 2 if people < FEW_PEOPLE else 1
        what = "no trial prints" if not effects else "only one trial prints"
        reason = f"{people} people in all; {what} numbers from which a size of the effect on pain follows"
        return CertaintyDomain("imprecision", steps, reason, sources)
    counted = sum(effect.n_light + effect.n_comparator for effect in effects)
    undecided = pooled.low <= -IMPORTANT_PAIN and pooled.high >= 0
    steps = 2 if undecided and pooled.high >= IMPORTANT_PAIN else 1 if undecided or counted < ENOUGH_PEOPLE else 0
    reason = (
        f"pooled over {pooled.k} trials with {counted} people, light minus sham is {pooled.estimate:+.1f} points of 10 "
        f"({pooled.low:+.1f} to {pooled.high:+.1f})"
    )
    return CertaintyDomain("imprecision", steps, reason.replace("-", "−"), sources)


def _small_studies(trials: Sequence[Study], stopped: Sequence[StudyId], effects: Sequence[Effect]) -> CertaintyDomain:
    sources = ("grade2011_publication", "egger1997")
    if len(effects) >= LEAST_TRIALS:
        found = egger([e.value for e in effects], [e.variance for e in effects])
        reason = f"Egger's test over {len(effects)} trials: P = {found.p:.2g}"
        return CertaintyDomain("small-study effects", int(found.p < EGGER_P), reason, sources)
    unpublished = [t.id for t in trials if any(w.domain == "publication" and w.concern == "high" for w in t.bias)]
    hidden = [*stopped, *(name for name in unpublished if name not in stopped)]
    good = [t.n for t in trials if t.direction == "favours_light" and t.n]
    rest = [t.n for t in trials if t.direction != "favours_light" and t.n]
    smaller = bool(good and rest) and median(good) < median(rest)
    reason = f"{_count(len(effects), 'trial')} with numbers, {LEAST_TRIALS} are needed for a test"
    if hidden:
        names = ", ".join(map(study_label, hidden))
        reason = f"{_count(len(hidden), 'trial')} stopped, withdrawn or unpublished ({names}); {reason}"
    if smaller:
        reason = (
            f"trials that favour light are smaller (median {median(good):g} people against {median(rest):g}); " + reason
        )
    steps = int(len(hidden) >= 2 or (smaller and bool(hidden)))
    return CertaintyDomain("small-study effects", steps, reason, sources)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")
