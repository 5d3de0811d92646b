"""What comes before any judgement of an effect: red flags, harm, pain that keeps rising."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nervelight.assessment import RedFlag, raised
from nervelight.planning.diary import Diary
from nervelight.planning.review.review_document import DomainOutcome

__all__ = ["HARM", "Alarm", "alarms", "rising_pain"]

HARM = "skin_or_eye_injury"
"""The red flag that a harmed skin raises."""
RISING = "pain_rising"
# A wound has a flag of its own: it may be the disease and not the light.
SKIN_FLAGS = {"redness that lasts": HARM, "blister": HARM, "burn": HARM, "wound": "foot_ulcer"}
# A run of bad days that ended longer ago than this is told, but is no alarm any more.
RECENT_DAYS = 14


@dataclass(frozen=True)
class Alarm:
    """A red flag, and when it was last seen.

    Parameters
    ----------
    flag : RedFlag
    date : date
    why : str
        What raised it.
    """

    flag: RedFlag
    date: dt.date
    why: str


def alarms(
    diary: Diary, pain: DomainOutcome, start: dt.date, on: dt.date, limits: Mapping[str, float]
) -> tuple[Alarm, ...]:
    """Return every red flag of the diary since the last review, each once with its last day, the most urgent first.

    Parameters
    ----------
    diary : Diary
        The days that no earlier review has dealt with.
    pain : DomainOutcome
    start, on : date
        First session, and day of the review.
    limits : mapping of str to float
        Thresholds by id.
    """
    found: dict[str, tuple[dt.date, str]] = {}
    for day in diary.days:
        for name in day.red_flags:
            found[name] = (day.date, "noted in the diary")
        skin = day.session.skin if day.session else None
        if skin in SKIN_FLAGS:
            found[SKIN_FLAGS[skin]] = (day.date, f"{skin} after a session")
    if pain.before is not None:
        run = rising_pain(diary, pain.before.mean, start, limits)
        if run is not None and (on - run[1]).days <= RECENT_DAYS:
            found[RISING] = (run[1], f"more pain than at baseline on {limits['alarm_days']:g} days in a row")
    return tuple(Alarm(flag, *found[flag.id]) for flag in raised(found))


def rising_pain(
    diary: Diary, baseline: float, start: dt.date, limits: Mapping[str, float]
) -> tuple[dt.date, dt.date] | None:
    """Return first and last day of the last run of worse pain since the first session; None without one.

    A day that nobody wrote down neither belongs to a run nor ends it, but two in a row do.
    """
    rise = min(limits["alarm_points"], max(limits["alarm_percent"] / 100 * baseline, 1.0))
    found = None
    run: list[dt.date] = []
    for day, score in diary.series("nrs11"):
        if day <= start:
            continue
        if score < baseline + rise or (run and (day - run[-1]).days > 2):
            run = []
        if score >= baseline + rise:
            run.append(day)
        if len(run) >= limits["alarm_days"]:
            found = (run[0], run[-1])
    return found
