"""What comes before any judgement of an effect: red flags, harm, pain that keeps rising."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nervelight.assessment import RedFlag, raised
from nervelight.planning.diary import Diary
from nervelight.planning.review.course import Course
from nervelight.planning.review.outcomes import PAIN
from nervelight.planning.review.review_document import DomainOutcome, SeenFlag
from nervelight.planning.words import day

__all__ = ["AT_ONCE", "HARM", "SKIN_FLAGS", "Alarm", "alarms", "rising_pain"]

HARM = "skin_or_eye_injury"
"""The red flag that a harmed skin raises."""
RISING = "pain_rising"
AT_ONCE = ("emergency-now", "urgent", "same-day")
"""Urgencies that cannot wait."""
# A wound has a flag of its own: it may be the disease and not the light.
SKIN_FLAGS = {"redness that lasts": HARM, "blister": HARM, "burn": HARM, "wound": "foot_ulcer"}
"""The red flag that the skin after a session raises."""
# A run of bad days that ended longer ago than this is told, but is no alarm any more.
RECENT_DAYS = 14
HIGHEST_PAIN = 10.0
# From a baseline near the top of the scale there is no room to rise by more.
LEAST_RISE = 1.0


@dataclass(frozen=True)
class Alarm:
    """A red flag on its last day.

    Parameters
    ----------
    flag : RedFlag
    date : date
    why : str
        What raised it.
    closed : bool
        Whether it lies before the first session and could wait: somebody confirms that it is over. What cannot wait is
        never closed by itself.
    """

    flag: RedFlag
    date: dt.date
    why: str
    closed: bool = False

    @property
    def seen(self) -> SeenFlag:
        """As the review keeps it."""
        return SeenFlag(id=self.flag.id, date=self.date, why=self.why)


def alarms(
    course: Course, diary: Diary, pain: DomainOutcome, on: dt.date, limits: Mapping[str, float]
) -> tuple[Alarm, ...]:
    """Return every red flag of a diary, each once with its last day, the most urgent first.

    Parameters
    ----------
    course : Course
    diary : Diary
        Up to the day of the review.
    pain : DomainOutcome
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.
    """
    found = dict(_noted(diary))
    run = rising_pain(course, diary, pain, limits)
    if run is not None and (on - run[-1]).days <= RECENT_DAYS:
        # Known by its first day: the same run is not a new one tomorrow.
        found[RISING] = (run[0], f"more pain than at the start on {len(run)} days written down, up to {day(run[-1])}")
    return tuple(
        Alarm(flag, *found[flag.id], closed=found[flag.id][0] < course.first_light and flag.urgency not in AT_ONCE)
        for flag in raised(found)
    )


def _noted(diary: Diary) -> Iterator[tuple[str, tuple[dt.date, str]]]:
    for each in diary.days:
        for name in each.red_flags:
            yield name, (each.date, "noted in the diary")
        skin = each.session.skin if each.session else None
        if skin in SKIN_FLAGS:
            yield SKIN_FLAGS[skin], (each.date, f"{skin} after a session")


def rising_pain(
    course: Course, diary: Diary, pain: DomainOutcome, limits: Mapping[str, float]
) -> tuple[dt.date, ...] | None:
    """Return the days of the last run of worse pain since the first session; None without one.

    One day that nobody wrote down does not end a run, two in a row do. Without a baseline the pain of the case stands
    in for it: the question is whether somebody has to look, not whether light did it.
    """
    baseline = pain.before.mean if pain.before is not None and pain.instrument == PAIN else _at_first(course)
    if baseline is None:
        return None
    rise = min(limits["alarm_points"], max(limits["alarm_percent"] / 100 * baseline, LEAST_RISE))
    high = min(baseline + rise, HIGHEST_PAIN)
    found = None
    run: list[dt.date] = []
    for date, score in diary.series(PAIN):
        if date <= course.first_light:
            continue
        risen = score >= high and score >= baseline + LEAST_RISE
        if not risen or (run and (date - run[-1]).days > 2):
            run = []
        if risen:
            run.append(date)
        if len(run) >= limits["alarm_days"]:
            found = tuple(run)
    return found


def _at_first(course: Course) -> float | None:
    scores = [score for score in course.plan.case.get("scores", ()) if score["instrument"] == PAIN]
    values = [float(score["value"]) for score in scores if score.get("value") is not None]
    return values[-1] if values else None
