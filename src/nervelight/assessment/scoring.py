"""From the answers to a questionnaire to its scores: one engine, each instrument's rules as data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from nervelight.assessment.catalogue import load_catalogue, look_up
from nervelight.assessment.goals import goal_attainment
from nervelight.assessment.instruments import instrument
from nervelight.assessment.red_flags import raised
from nervelight.assessment.scoring_schema import Alarm, Answer, Scale, Scoring
from nervelight.errors import Fault, InvalidInput, ValidityError

__all__ = ["ScaleScore", "ScoredAnswers", "alarm_faults", "scorable_ids", "score_answers", "score_error", "scoring"]


@dataclass(frozen=True)
class ScaleScore:
    """One score of an instrument.

    Parameters
    ----------
    name : str
        Name of the scale; empty for the score that the instrument is known by.
    value : float or None
        The score; None where too few items were answered.
    answered, items : int
        Items of the scale that were answered, and all.
    standard_error : float or None
        Standard error of this very score, where a table gives one.
    unverified : bool
        True when the items of the scale or their counting have no checked source.
    """

    name: str
    value: float | None
    answered: int
    items: int
    standard_error: float | None = None
    unverified: bool = False


@dataclass(frozen=True)
class ScoredAnswers:
    """All scores of one filled-in form.

    Parameters
    ----------
    instrument_id : str
    scales : tuple of ScaleScore
        In the order of the instrument's rules.
    red_flags : tuple of str
        Ids of the red flags that single answers raise, whatever the score.
    ask_next : str
        Id of the longer instrument to ask now; empty for none.
    """

    instrument_id: str
    scales: tuple[ScaleScore, ...]
    red_flags: tuple[str, ...] = ()
    ask_next: str = ""

    @property
    def score(self) -> float | None:
        """The score that the instrument is known by; None where it has none or too few items were answered."""
        return next((scale.value for scale in self.scales if not scale.name), None)


@cache
def _rules() -> Mapping[str, Scoring]:
    return load_catalogue("scoring.yaml", Scoring)


def scorable_ids() -> tuple[str, ...]:
    """Return the ids of the instruments that can be scored from answers."""
    return tuple(_rules())


def scoring(instrument_id: str) -> Scoring:
    """Return how an instrument is scored.

    Raises
    ------
    UnknownName
        If there is no such instrument.
    ValidityError
        If it cannot be scored from answers: only its score, reading or grade can be entered.
    """
    entry = instrument(instrument_id)
    if instrument_id not in _rules():
        raise ValidityError(f"{entry.name} cannot be scored from answers here; enter its result")
    return look_up("instrument", instrument_id, _rules())


def score_error(instrument_id: str, score: float) -> float | None:
    """Return the standard error of one score, from the nearest row of the instrument's table; None without a table."""
    rules = _rules().get(instrument_id)
    table = rules.scales[0].table if rules else {}
    return min(table.values(), key=lambda row: abs(row[0] - score))[1] if table else None


def score_answers(
    instrument_id: str, answers: Sequence[Answer | None], weights: Sequence[float] | None = None
) -> ScoredAnswers:
    """Return the scores of a filled-in form.

    Parameters
    ----------
    instrument_id : str
        Id of an instrument.
    answers : sequence of float, bool or None
        As given, in the order of the form: numbers, true and false for yes and no, the number of a choice from 1.
        None for an item left out.
    weights : sequence of float, optional
        For goals only: how much each counts; all alike when absent.

    Returns
    -------
    ScoredAnswers

    Raises
    ------
    UnknownName, ValidityError
        As `scoring`.
    InvalidInput
        If an answer cannot be one; every fault at once.

    Examples
    --------
    >>> score_answers("peg", [7, 6, 8]).score
    7.0
    >>> score_answers("phq9", [0, 0, 0, 0, 0, 0, 0, 0, 1]).red_flags
    ('self_harm',)
    """
    rules = scoring(instrument_id)
    points = _points(instrument_id, rules, answers)
    if weights is not None:
        if all(scale.rule != "goal_attainment" for scale in rules.scales):
            raise InvalidInput(instrument_id, [Fault("weights", list(weights), "none: only goals have weights")])
        # Refused also where a goal left out leaves nothing to score.
        goal_attainment([0] * len(answers), weights)
    scales = tuple(_scale(rules, scale, points, weights) for scale in rules.scales)
    alarms = [alarm.red_flag for alarm in _alarms(rules, answers, points)]
    found = ScoredAnswers(instrument_id, scales, tuple(dict.fromkeys(alarms)))
    if rules.then and found.score is not None and found.score >= rules.then.at_least:
        return ScoredAnswers(instrument_id, scales, found.red_flags, rules.then.ask)
    return found


def alarm_faults(instrument_id: str, answers: Sequence[Answer | None]) -> list[Fault]:
    """Return a fault for each answer that needs somebody at once, for whoever must refuse the form it stands in.

    An answer that cannot be one counts as well when it is above the limit: a slip of the pen must not hide it.

    Raises
    ------
    UnknownName, ValidityError
        As `scoring`.
    """
    return [
        Fault(f"answers[{alarm.item}]", answers[alarm.item - 1], f"needs care now: {flag.action}")
        for alarm in scoring(instrument_id).alarms
        if alarm.item <= len(answers) and (answers[alarm.item - 1] or 0) > alarm.above
        for flag in raised([alarm.red_flag])
    ]


def _points(instrument_id: str, rules: Scoring, answers: Sequence[Answer | None]) -> list[float | None]:
    given = len(answers)
    blocks = rules.items(given)
    # A form that must be corrected must not hide an answer that needs somebody at once: that stands first.
    urgent = alarm_faults(instrument_id, answers)
    if rules.at_most is not None and not 1 <= given <= rules.at_most:
        raise InvalidInput(instrument_id, [*urgent, Fault("answers", given, f"needs 1 to {rules.at_most} of them")])
    if given != len(blocks):
        allowed = f"needs {len(blocks)} of them, in the order of the form, each left-out one marked"
        raise InvalidInput(instrument_id, [*urgent, Fault("answers", given, allowed)])
    points = [
        None if answer is None else block.points_of(answer) for block, answer in zip(blocks, answers, strict=True)
    ]
    faults = [
        Fault(f"answers[{k}]", answer, block.allowed)
        for k, (block, answer, found) in enumerate(zip(blocks, answers, points, strict=True), 1)
        if answer is not None and found is None
    ]
    if faults:
        raise InvalidInput(instrument_id, [*urgent, *faults])
    return points


def _alarms(rules: Scoring, answers: Sequence[Answer | None], points: Sequence[float | None]) -> list[Alarm]:
    return [
        alarm
        for alarm in rules.alarms
        if points[alarm.item - 1] is not None and (answers[alarm.item - 1] or 0) > alarm.above
    ]


def _scale(rules: Scoring, scale: Scale, points: Sequence[float | None], weights: Sequence[float] | None) -> ScaleScore:
    members = rules.members(scale, len(points))
    answered = [found for number in members if (found := points[number - 1]) is not None]
    least = len(members) if scale.least is None else scale.least
    value: float | None = None
    error: float | None = None
    if len(answered) >= least:
        value, error = _value(scale, answered, len(members), weights)
    return ScaleScore(scale.name, value, len(answered), len(members), error, scale.unverified)


def _value(
    scale: Scale, answered: Sequence[float], items: int, weights: Sequence[float] | None
) -> tuple[float, float | None]:
    if scale.rule == "goal_attainment":
        return goal_attainment(answered, weights), None
    value = math.fsum(answered)
    if scale.rule == "mean":
        value /= len(answered)
    elif scale.prorated:
        value *= items / len(answered)
    if scale.table:
        return scale.table[round(value)]
    if scale.percent_of is not None:
        low, high = scale.percent_of
        value = (value - low) / (high - low) * 100
    return value, None
