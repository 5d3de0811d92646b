"""The diary of a course: what was felt on each day, what was given, and what else changed.

A day that is not in it is a day that nobody wrote down; it is never taken for a good one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nervelight.documents import Document

__all__ = ["DeliveredSession", "Diary", "DiaryDay", "SkinCheck"]

SkinCheck = Literal["fine", "redness that fades", "redness that lasts", "blister", "burn", "wound"]
"""The skin at the site after a session."""


class DeliveredSession(Document):
    """One session as it was given."""

    fields: Mapping[str, float] | None
    """Time [s] on each field; None where it was not written down which fields were lit."""
    time: float | None
    """Time [s] on each field, where all had the same."""
    distance: float | None = None
    """From the lamp to the skin [mm]; None where it was not written down."""
    lamp: str | None = None
    """Id of the lamp; None where it was not written down."""
    skin: SkinCheck | None = None
    """The skin afterwards; None where nobody wrote down that it was looked at."""


class DiaryDay(Document):
    """One day."""

    row: str
    """Where it stands in the file, for messages."""
    date: dt.date
    """The day."""
    scores: Mapping[str, float] = {}
    """Scores by instrument."""
    walked: float | None = None
    """Six-minute walk distance [mm]."""
    session: DeliveredSession | None = None
    """The session of the day; None where none was given."""
    red_flags: tuple[str, ...] = ()
    """Red flags noticed, also those that answers raise."""
    event: str = ""
    """Anything unwanted, in words."""
    other_treatment: str = ""
    """What changed in other treatment on this day."""
    note: str = ""
    """Anything else."""
    not_scored: tuple[str, ...] = ()
    """Forms with too few answers for a score."""


class Diary(Document):
    """All days that were written down, in order of date."""

    patient: str
    """The name on the plan; empty where the diary does not say."""
    synthetic: str = ""
    """For an example: that it is made up, and how. Shown wherever the diary is."""
    days: tuple[DiaryDay, ...] = Field(min_length=1)
    """In order of date, each date once."""

    @property
    def last(self) -> dt.date:
        """The last day that was written down."""
        return self.days[-1].date

    def series(self, instrument_id: str) -> tuple[tuple[dt.date, float], ...]:
        """Return the scores of one instrument by date."""
        return tuple((day.date, day.scores[instrument_id]) for day in self.days if instrument_id in day.scores)

    def until(self, last: dt.date) -> Diary:
        """Return the diary as it was on a day by which something had been written down."""
        return self.model_copy(update={"days": tuple(day for day in self.days if day.date <= last)})
