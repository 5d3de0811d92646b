"""From a diary to the effect: which days count, and what they say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import fmean

from nervelight.errors import Fault, InvalidInput
from nervelight.planning.diary import Diary
from nervelight.planning.nof1.analysis import IndividualEffect, individual_effect
from nervelight.planning.nof1.document import Allocation, NOf1Design

__all__ = ["NOf1Result", "PeriodDays", "analyse_nof1"]


@dataclass(frozen=True)
class PeriodDays:
    """The days of one period.

    Parameters
    ----------
    name : str
    on : bool
        Whether light was given.
    used, missing : int
        Days after washout with a score and without one.
    left_out : int
        Scores of the washout, which do not count.
    mean : float or None
        Mean of the days used; None without any.
    sessions, planned : int
        Sessions written down, and those of the design: with dummy as well in a masked trial, with light in an open one.
    """

    name: str
    on: bool
    used: int
    missing: int
    left_out: int
    mean: float | None
    sessions: int
    planned: int


@dataclass(frozen=True)
class NOf1Result:
    """What a trial in one person showed.

    Parameters
    ----------
    masked : bool
        Whether the person was kept from knowing which periods had light.
    effect : IndividualEffect
    periods : tuple of PeriodDays
        In order of time.
    outside : int
        Scores of days before or after the trial.
    days_to_come : int
        Days of the trial after the last one written down: looked at before its end where not 0.
    changed : tuple of date
        Days of the trial on which other treatment changed.
    synthetic : str
        For a made-up diary: that it is made up, and how.
    """

    masked: bool
    effect: IndividualEffect
    periods: tuple[PeriodDays, ...]
    outside: int
    days_to_come: int
    changed: tuple[dt.date, ...]
    synthetic: str


def analyse_nof1(design: NOf1Design, diary: Diary, allocation: Allocation | None = None) -> NOf1Result:
    """Return what a trial in one person showed.

    Parameters
    ----------
    design : NOf1Design
    diary : Diary
        With scores of the design's instrument.
    allocation : Allocation, optional
        Needed for a masked trial.

    Returns
    -------
    NOf1Result

    Raises
    ------
    InvalidInput
        If the allocation is missing or not the one that the design commits to, or the diary is somebody else's.
    ValidityError
        If there are too few days to tell an effect from scatter.

    Notes
    -----
    Days count by the period that they lie in, whatever was given: sessions left out, or given where none was planned,
    are told and not mended, since leaving out days by choice would undo the draw.
    """
    faults = []
    if diary.patient and diary.patient != design.patient:
        faults.append(Fault("patient", diary.patient, f"the design is for {design.patient}"))
    on: frozenset[str] = frozenset()
    try:
        on = design.light_on(allocation)
    except ValueError as problem:
        faults.append(Fault("allocation", allocation and allocation.start.isoformat(), str(problem)))
    if faults:
        raise InvalidInput("trial", faults)
    known = dict(diary.series(design.instrument))
    given = [day.date for day in diary.days if day.session is not None]
    used, periods = [], []
    for period in design.periods:
        lit = period.name in on
        mine = {day: score for day, score in known.items() if period.first <= day <= period.last}
        counted = {day: score for day, score in mine.items() if day >= period.counts_from}
        used += [(day.toordinal(), score, lit, period.block) for day, score in counted.items()]
        periods.append(
            PeriodDays(
                name=period.name,
                on=lit,
                used=len(counted),
                missing=(period.last - period.counts_from).days + 1 - len(counted),
                left_out=len(mine) - len(counted),
                mean=fmean(counted.values()) if counted else None,
                sessions=sum(period.first <= day <= period.last for day in given),
                planned=len(period.sessions),
            )
        )
    day, score, light, block = zip(*used, strict=True) if used else ((), (), (), ())
    first, last = design.periods[0].first, design.periods[-1].last
    return NOf1Result(
        masked=design.masked,
        effect=individual_effect(day, score, light, block, design.better, design.matters),
        periods=tuple(periods),
        outside=sum(not first <= date <= last for date in known),
        days_to_come=max(0, (last - diary.last).days),
        changed=tuple(day.date for day in diary.days if day.other_treatment and first <= day.date <= last),
        synthetic=diary.synthetic,
    )
