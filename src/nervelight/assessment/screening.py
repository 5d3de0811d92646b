"""Screening for low mood, worry and poor sleep: who was asked, what came of it, what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from pydantic import Field

from nervelight.assessment.catalogue import load_catalogue
from nervelight.assessment.instruments import instrument
from nervelight.assessment.scoring import scoring
from nervelight.documents import Document

__all__ = ["Screened", "ScreeningArea", "screen", "screening_areas"]

# How long before the first session a form still counts: half a year. No source; a rule of this project.
SCREENED_WITHIN_DAYS = 183

ScreeningState = Literal["positive", "ask the long form", "not asked", "no cut-off", "negative"]
"""What came of one area, the most urgent first."""
_POSITIVE: tuple[ScreeningState, ...] = ("positive", "ask the long form")


class ScreeningForm(Document):
    """One instrument that screens."""

    instrument: str
    """Its id."""
    positive: str = ""
    """Label of the band of its cut-offs from which on it is positive; empty where no cut-off is known."""


class ScreeningArea(Document):
    """One thing that is screened for."""

    id: str
    """Stable name."""
    label: str
    """What it is."""
    ask: str
    """What to ask where nothing was asked."""
    forms: tuple[ScreeningForm, ...] = Field(min_length=1)
    """Instruments, short forms first."""
    next_step: str
    """What to do when it is positive."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Keys of sources.toml."""


@dataclass(frozen=True)
class Screened:
    """What came of the screening of one area.

    Parameters
    ----------
    area : str
        Id of the area.
    label : str
    state : {'positive', 'ask the long form', 'not asked', 'no cut-off', 'negative'}
    instrument_id : str
        What it rests on, or the last form where that is too old to count; empty where nothing was asked.
    value : float or None
        The score.
    date : date or None
    limit : float or None
        The score from which on it is positive.
    next_step : str
        What to do; empty for nothing.
    sources : tuple of str
        Keys of sources.toml.
    unverified : bool
        True when the limit has no checked source.
    """

    area: str
    label: str
    state: ScreeningState
    instrument_id: str = ""
    value: float | None = None
    date: dt.date | None = None
    limit: float | None = None
    next_step: str = ""
    sources: tuple[str, ...] = ()
    unverified: bool = False


@cache
def _areas() -> Mapping[str, ScreeningArea]:
    return load_catalogue("screening.yaml", ScreeningArea)


def screening_areas() -> tuple[ScreeningArea, ...]:
    """Return what is screened for."""
    return tuple(_areas().values())


def screen(scores: Sequence[tuple[str, float, dt.date]], begins: dt.date | None = None) -> tuple[Screened, ...]:
    """Return what the scores say of mood, worry and sleep.

    Parameters
    ----------
    scores : sequence of (str, float, date)
        Instrument, score and day.
    begins : date, optional
        The first session. A form of more than half a year before it counts as not asked; all count when absent.

    Returns
    -------
    tuple of Screened
        One for each area.

    Notes
    -----
    The last form of an area decides; of those of one day the longest. A positive form stands until one that is at least
    as long is not positive: two questions do not clear what nine have found.

    Examples
    --------
    >>> [found.state for found in screen([("phq2", 3, dt.date(2026, 11, 20))])]
    ['ask the long form', 'not asked', 'not asked']
    """
    return tuple(_screened(area, scores, begins) for area in screening_areas())


def _screened(area: ScreeningArea, scores: Sequence[tuple[str, float, dt.date]], begins: dt.date | None) -> Screened:
    order = {form.instrument: place for place, form in enumerate(area.forms)}
    asked = sorted((date, order[name], value) for name, value, date in scores if name in order)
    if not asked:
        return Screened(area.id, area.label, "not asked", next_step=f"Ask {area.ask}.", sources=area.sources)
    counted = [form for form in asked if begins is None or (begins - form[0]).days <= SCREENED_WITHIN_DAYS]
    last = _deciding(area, asked)
    found = _deciding(area, counted) if counted else None
    if found is not None and (found.state in _POSITIVE or last.state not in _POSITIVE):
        return found
    # Nothing that counts; or what was positive is too old, and only a shorter form has been asked since.
    again = f"{instrument(last.instrument_id).name} again: it was positive, and" if last.state in _POSITIVE else ""
    step = f"Ask {again or f'{area.ask}: the last form'} is more than half a year old at the first session."
    return replace(last, state="not asked", next_step=step)


def _deciding(area: ScreeningArea, forms: Sequence[tuple[dt.date, int, float]]) -> Screened:
    """Return what decides of forms in order, each with its day, its place in the area and its score."""
    (date, place, value), *later = forms
    found = _judged(area, place, value, date)
    for date, after, value in later:
        following = _judged(area, after, value, date)
        if after >= place or found.state not in _POSITIVE:
            found, place = following, after
    return found


def _judged(area: ScreeningArea, place: int, value: float, date: dt.date) -> Screened:
    form = area.forms[place]
    entry = instrument(form.instrument)
    if not form.positive:
        step = "Ask about it: no score of this question is known to be the one that matters."
        return Screened(area.id, area.label, "no cut-off", form.instrument, value, date, None, step, area.sources)
    cutoffs = entry.cutoffs[0]
    limit = next(band.at_least for band in cutoffs.bands if band.label == form.positive)
    state: ScreeningState = "negative"
    step = ""
    if value >= limit:
        longer = scoring(form.instrument).then
        state = "ask the long form" if longer else "positive"
        step = f"Ask the {instrument(longer.ask).name} before the first session." if longer else area.next_step
    return Screened(
        area=area.id,
        label=area.label,
        state=state,
        instrument_id=form.instrument,
        value=value,
        date=date,
        limit=limit,
        next_step=step,
        sources=tuple(dict.fromkeys((*cutoffs.sources, *area.sources))),
        unverified=cutoffs.unverified,
    )
