"""From a translation to what is done in one session, and how often."""

from __future__ import annotations

import math

from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.light_path import Evaluation
from nervelight.planning.plan_document import Band, Prescription, Translation
from nervelight.planning.words import STEP_S, count, duration, duration_band, each_field, number
from nervelight.units import to_j_cm2

__all__ = ["TIME_STEP_S", "fits", "prescribe"]

# What is prescribed is what words and timers can tell.
TIME_STEP_S = float(STEP_S)


def prescribe(case: Case, choice: Choice, translation: Translation, sample: Evaluation) -> Prescription | None:
    """Return what to do in a session, or None if it cannot fit into the session cap.

    Parameters
    ----------
    case : Case
    choice : Choice
        With an anchor that is followed.
    translation : Translation
    sample : Evaluation

    Returns
    -------
    Prescription or None
        The time is the median of the translation, rounded to 15 s and cut by the session cap.
    """
    fields = case.site.fields
    cap = case.course.session_cap / len(fields)
    if not fits(translation, cap) or choice.anchor is None or choice.anchor.schedule is None:
        return None
    schedule = choice.anchor.schedule
    wanted = max(TIME_STEP_S, TIME_STEP_S * math.floor(translation.time_s.p50 / TIME_STEP_S + 0.5))
    time = min(wanted, TIME_STEP_S * math.floor(cap / TIME_STEP_S))
    per_week = schedule.sessions_per_week or 0.0
    # A guideline names a range of weeks; the course takes the longer end, and the gates may end it before.
    weeks = schedule.weeks or (schedule.weeks_range[1] if schedule.weeks_range else 0.0)
    total = schedule.total_sessions or round(per_week * weeks)
    days = len(case.course.weekdays)
    if 0 < days < per_week:
        # The number of sessions stays, so that fewer days a week make a longer course.
        per_week, weeks = float(days), math.ceil(total / days)
    exposure = Band.of(to_j_cm2(sample.irradiance * time))
    return Prescription(
        time_per_field_s=time,
        fields=fields,
        session_time_s=time * len(fields),
        capped=time < wanted,
        radiant_exposure_j_cm2=exposure,
        sessions_per_week=per_week,
        weeks=weeks,
        total_sessions=total,
        statement=_statement(case, choice, translation, time, exposure, per_week, weeks),
    )


def fits(translation: Translation, cap: float) -> bool:
    """Return whether the shortest likely time, and one step of a timer, fit into the time that a field may take [s]."""
    return max(translation.time_s.p5, TIME_STEP_S) <= cap


def _statement(
    case: Case,
    choice: Choice,
    translation: Translation,
    time: float,
    exposure: Band,
    per_week: float,
    weeks: float,
) -> str:
    how_often = f"{count(per_week, 'session')} a week for {count(weeks, 'week')}"
    where = f"{duration_band(translation.time_s, time)} on {each_field(case.site.fields)}"
    if translation.window_s is not None and choice.window is not None:
        low, high = translation.window_s
        least, most = (to_j_cm2(end) for end in choice.window.radiant_exposure or (0.0, 0.0))
        return (
            f"{where}, {how_often}. This is a skin dose: {number(most, 'J/cm2')} on the skin, the upper end of a "
            f"guideline's window ({number(least)} to {number(most, 'J/cm2')}, reached after {duration(low)} to "
            f"{duration(high)}). What reaches a nerve was not part of it."
        )
    cut = " The session cap cuts the time." if time < translation.time_s.p50 - TIME_STEP_S else ""
    return (
        f"{where}, {how_often}: the time in which the target here gets what it got in the trial. On the skin that is "
        f"{number(exposure.p50, 'J/cm2')} ({number(exposure.p5)} to {number(exposure.p95)}).{cut}"
    )
