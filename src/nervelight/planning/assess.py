"""The assessment of the person: one reading of the case for the plan and for whoever asks for it alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from nervelight.assessment import (
    Decision,
    Goal,
    GoalCheck,
    NeupsigGrade,
    RedFlag,
    Screened,
    check_goal,
    decide,
    instrument,
    neupsig_grade,
    raised,
    red_flag_ids,
    scorable_ids,
    scoring,
    screen,
    severity,
)
from nervelight.planning.case import Case

__all__ = ["Assessment", "ScoreRead", "assess"]

# Red flags with which nobody walks for a test.
NO_WALK_WITH = frozenset({"foot_ulcer", "charcot_foot"})


@dataclass(frozen=True)
class ScoreRead:
    """One score, and what it means.

    Parameters
    ----------
    instrument_id, name : str
    value : float
    date : date
    band : str or None
        By the preferred cut-offs; None where there are none, or it reaches none.
    unverified : bool
        True when the cut-offs have no checked source.
    from_answers : bool
        Whether it was computed from the answers of the form.
    ask_next : str
        Id of the longer instrument to ask; empty for none.
    """

    instrument_id: str
    name: str
    value: float
    date: dt.date
    band: str | None
    unverified: bool
    from_answers: bool
    ask_next: str


@dataclass(frozen=True)
class Assessment:
    """What is known of a person before treatment.

    Parameters
    ----------
    grade : NeupsigGrade
        How certain it is that the pain is neuropathic, step by step.
    red_flags : tuple of RedFlag
        Those present, the most urgent first; also those that single answers raise.
    by_answers : tuple of str
        Ids of those that answers raise and nobody named.
    to_ask : int
        How many red flags there are to ask for; whether they were, the file does not say.
    screening : tuple of Screened
    item_unknown : tuple of ScoreRead
        Scores above 0 without their answers, one of which may need somebody at once.
    readings : tuple of Decision
    scores : tuple of ScoreRead
    goals : tuple of GoalCheck
    """

    grade: NeupsigGrade
    red_flags: tuple[RedFlag, ...]
    by_answers: tuple[str, ...]
    to_ask: int
    screening: tuple[Screened, ...]
    item_unknown: tuple[ScoreRead, ...]
    readings: tuple[Decision, ...]
    scores: tuple[ScoreRead, ...]
    goals: tuple[GoalCheck, ...]


def assess(case: Case) -> Assessment:
    """Return the assessment of a case.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Assessment
    """
    begins = case.course.start
    readings = decide(case.readings, case.age, may_walk=NO_WALK_WITH.isdisjoint(case.red_flags), on=begins)
    scores = tuple(_scores(case))
    return Assessment(
        grade=neupsig_grade(case.diagnosis.neupsig),
        red_flags=raised(case.red_flags),
        by_answers=tuple(name for name in case.red_flags if name not in case.diagnosis.red_flags),
        to_ask=len(red_flag_ids()),
        screening=screen([(score.instrument, score.value, score.date) for score in case.scores], begins),
        item_unknown=tuple(score for score in scores if score.value and not score.from_answers and _has_alarms(score)),
        readings=readings,
        scores=scores,
        goals=tuple(check_goal(goal, _last(goal, case, readings), begins) for goal in case.care.goals),
    )


def _scores(case: Case) -> Iterator[ScoreRead]:
    for score in case.scores:
        entry = instrument(score.instrument)
        then = scoring(score.instrument).then if score.instrument in scorable_ids() else None
        yield ScoreRead(
            instrument_id=score.instrument,
            name=entry.name,
            value=score.value,
            date=score.date,
            band=severity(score.instrument, score.value),
            unverified=bool(entry.cutoffs) and entry.cutoffs[0].unverified,
            from_answers=bool(score.answers),
            ask_next=then.ask if then and score.value >= then.at_least else "",
        )


def _has_alarms(score: ScoreRead) -> bool:
    return score.instrument_id in scorable_ids() and bool(scoring(score.instrument_id).alarms)


def _last(goal: Goal, case: Case, readings: tuple[Decision, ...]) -> float | None:
    """Return the last result of the instrument of a goal, of one day the one that stands last in the file.

    Of walks it is the baseline, once there is one.
    """
    results = [(score.date, score.value) for score in case.scores if score.instrument == goal.measured_by]
    results += [
        (read.date, read.value) for read in readings if read.test == goal.measured_by and read.value is not None
    ]
    return sorted(results, key=lambda result: result[0])[-1][1] if results else None
