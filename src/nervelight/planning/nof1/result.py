"""From a diary to the effect: which days count, and what they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.planning.diary import Diary
from nervelight.planning.nof1.analysis import IndividualEffect, individual_effect, share_of_orders
from nervelight.planning.nof1.document import Allocation, NOf1Design

__all__ = ["Guesses", "NOf1Result", "PeriodDays", "analyse_nof1"]


@dataclass(frozen=True)
class PeriodDays:
    """The days of one period.

    Parameters
    ----------
    name : str
    on : bool
        Whether light was given.
    used, missing : int
        Days after washout with a score and without one, until the last day of the diary.
    left_out : int
        Scores of the washout, which do not count.
    mean : float or None
        Mean of the days used; None without any.
    sessions, planned : int
        Sessions written down, and those of the design until the last day of the diary: with dummy as well in a masked
        trial, with light in an open one.
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
class Guesses:
    """Which periods of a masked trial the person thought to have light.

    Parameters
    ----------
    right, wrong, unsure : int
        Periods. One of which nothing was said is unsure.
    p : float
        Share of the orders that could have been drawn by which as many more would be right than wrong.
    """

    right: int
    wrong: int
    unsure: int
    p: float


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
    guesses : Guesses or None
        None where nobody asked.
    """

    masked: bool
    effect: IndividualEffect
    periods: tuple[PeriodDays, ...]
    outside: int
    days_to_come: int
    changed: tuple[dt.date, ...]
    synthetic: str
    guesses: Guesses | None

    @property
    def light_given(self) -> bool:
        """Whether any session in a period with light was written down."""
        return any(period.sessions for period in self.periods if period.on)


def analyse_nof1(
    design: NOf1Design,
    diary: Diary,
    allocation: Allocation | None = None,
    guesses: Mapping[str, bool | None] | None = None,
) -> NOf1Result:
    """Return what a trial in one person showed.

    Parameters
    ----------
    design : NOf1Design
    diary : Diary
        With scores of the design's instrument.
    allocation : Allocation, optional
        Needed for a masked trial.
    guesses : mapping of str to bool or None, optional
        For periods of a masked trial, whether the person thought that there was light; None for unsure. To be asked
        before the order is opened.

    Returns
    -------
    NOf1Result

    Raises
    ------
    InvalidInput
        If the allocation is missing or not the one that the design commits to, the diary is somebody else's, or guesses
        do not fit the trial.
    ValidityError
        If the diary has no score of the trial, or too few days to tell an effect from scatter.

    Notes
    -----
    Days count by the period that they lie in, whatever was given: sessions left out, or given where none was planned,
    are told and not mended, since leaving out days by choice would undo the draw.
    """
    faults = []
    if diary.patient != design.patient:
        faults.append(Fault("patient", diary.patient, f"the design is for {design.patient}"))
    on: frozenset[str] = frozenset()
    try:
        on = design.light_on(allocation)
    except ValueError as problem:
        faults.append(Fault("allocation", allocation and "another order", str(problem)))
    faults += _guess_faults(design, guesses)
    if faults:
        raise InvalidInput("trial", faults)
    known = dict(diary.series(design.instrument))
    first, last = design.periods[0].first, design.periods[-1].last
    if not any(first <= date <= last for date in known):
        raise ValidityError(
            f"no score of {design.instrument} in the diary from {first} to {last}, the days of the trial"
        )
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
                missing=max(0, (min(period.last, diary.last) - period.counts_from).days + 1) - len(counted),
                left_out=len(mine) - len(counted),
                mean=fmean(counted.values()) if counted else None,
                sessions=sum(period.first <= day <= period.last for day in given),
                planned=sum(date <= diary.last for date in period.sessions),
            )
        )
    day, score, light, block = zip(*used, strict=True) if used else ((), (), (), ())
    return NOf1Result(
        masked=design.masked,
        effect=individual_effect(day, score, light, block, design.better, design.matters),
        periods=tuple(periods),
        outside=sum(not first <= date <= last for date in known),
        days_to_come=max(0, (last - diary.last).days),
        changed=tuple(day.date for day in diary.days if day.other_treatment and first <= day.date <= last),
        synthetic=diary.synthetic,
        guesses=_guesses(design, on, guesses) if guesses else None,
    )


def _guess_faults(design: NOf1Design, guesses: Mapping[str, bool | None] | None) -> Iterator[Fault]:
    if guesses and not design.masked:
        yield Fault("guesses", ", ".join(guesses), "only in a masked trial: in an open one everybody knows")
        return
    names = [period.name for period in design.periods]
    for name in guesses or {}:
        if name not in names:
            yield Fault("guesses", name, f"one of the periods {', '.join(names)}")


def _guesses(design: NOf1Design, on: frozenset[str], guesses: Mapping[str, bool | None]) -> Guesses:
    right, wrong = [0] * design.blocks, [0] * design.blocks
    for period in design.periods:
        if (said := guesses.get(period.name)) is not None:
            (right if said == (period.name in on) else wrong)[period.block - 1] += 1
    more = [good - bad for good, bad in zip(right, wrong, strict=True)]
    return Guesses(
        right=sum(right),
        wrong=sum(wrong),
        unsure=len(design.periods) - sum(right) - sum(wrong),
        p=share_of_orders([more], two_sided=False).item(),
    )
