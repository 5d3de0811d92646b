"""Delivered against planned: each session held against the signed plan, never against the one before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import numpy as np

from nervelight.planning.diary import DeliveredSession, DiaryDay
from nervelight.planning.review.course import Course
from nervelight.planning.review.matching import made_up, matched
from nervelight.planning.review.review_document import Delivery, FieldLight, GivenSession, PlannedDay
from nervelight.planning.words import count, joined

__all__ = ["compare_delivery", "fluence_share", "too_much_light"]

# What somebody writes down of each session beside its time.
# What is exactly at a tolerance is within it, whatever binary fractions make of it.
ROUNDING = 1e-9
RECORDED = ("fields", "distance", "lamp", "skin")


def compare_delivery(course: Course, on: dt.date, limits: Mapping[str, float], more_agreed: bool = False) -> Delivery:
    """Return what was given up to a day against what was planned until then.

    Parameters
    ----------
    course : Course
        With the sessions up to that day.
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.
    more_agreed : bool
        Whether sessions after the course were agreed on, to take light down step by step.

    Returns
    -------
    Delivery
        Fluence is recomputed from what was delivered: the plan's fluence rate at the target, times the time on each
        field, times the lamp's irradiance at the distance over that at the planned distance.
    """
    planned = [session.date for session in course.schedule.sessions]
    given = [day.date for day in course.given]
    stands_for = matched(planned, given, limits["moved_days"])
    unplanned = [date for date in given if date not in stands_for]
    missed = [date for date in planned if date not in stands_for.values() and date <= on]
    until = course.end + dt.timedelta(days=limits["made_up_days"])
    up = made_up(missed, [date for date in unplanned if date > course.end], until)
    stands_for |= up
    sessions = list(_sessions(course, stands_for, limits))
    due = [date for date in planned if date <= on]
    kept = [date for date in stands_for.values() if date <= on]
    later = [date for date in unplanned if date > course.end and date not in up]
    lights = [session.light_percent for session in sessions if session.light_percent is not None]
    tally = _Tally(
        due=len(due),
        given=len(kept),
        sessions=sum(session.planned is not None for session in sessions),
        as_planned=sum(session.as_planned and session.planned is not None for session in sessions),
        extra=len(unplanned) - len(up) - len(later),
        later=0 if more_agreed else len(later),
        assumed=sum(bool({"fields", "distance", "lamp"} & set(session.not_recorded)) for session in sessions),
        by_field={field: _per_session(course, field) for field in course.order.fields},
    )
    reasons = tuple(_reasons(tally, limits))
    return Delivery(
        due=tally.due,
        given=tally.given,
        as_planned=tally.as_planned,
        extra=tally.extra,
        later=len(later),
        adherence_percent=tally.adherence,
        light_percent=fmean(lights) if lights else None,
        in_tolerance=sum(not session.departures for session in sessions),
        assumed=tally.assumed,
        skin_unchecked=sum("skin" in session.not_recorded for session in sessions),
        days=tuple(_days(planned, stands_for, up, on)),
        sessions=tuple(sessions),
        fields=tuple(_field(course, field, len(due)) for field in course.order.fields),
        uncounted=len(sessions) - len(lights),
        judgeable=bool(due) and not reasons,
        reasons=reasons or (_summary(tally, limits),),
    )


def too_much_light(course: Course, limits: Mapping[str, float]) -> list[tuple[dt.date, str]]:
    """Return every session that gave, or may have given, far more light than planned, also one before this plan."""
    found = []
    for day, session in _with_sessions((*course.before, *course.given)):
        why = _too_much(course, session, _shares(course, session), limits)
        if why:
            found.append((day.date, why))
    return found


def fluence_share(course: Course, time: float, distance: float | None) -> float | None:
    """Return the fluence at the target under one field, of the planned one.

    Parameters
    ----------
    course : Course
    time : float
        Time on the field [s].
    distance : float or None
        From the lamp to the skin [mm]; None for the planned one.

    Returns
    -------
    float or None
        None where the plan does not know the lamp's light at that distance.

    Notes
    -----
    Light at the target is taken to follow the irradiance on the skin. A beam that widens with distance reaches deep
    targets a little better than that; `tests/unit/planning/test_review_delivery.py` holds the two against each other.
    """
    lamp = course.lamp
    in_time = time / course.order.time_per_field_s
    if distance is None or abs(distance - lamp.distance_mm) <= 0.01 * max(lamp.distance_mm, 1.0):
        return in_time
    curve = lamp.curve_distance_mm
    if not curve or not curve[0] <= distance <= curve[-1]:
        return None
    here, there = np.interp([distance, lamp.distance_mm], curve, lamp.curve_irradiance_mw_cm2)
    return float(in_time * here / there)


@dataclass(frozen=True)
class _Tally:
    """What the reasons are made from."""

    due: int
    given: int
    sessions: int
    as_planned: int
    extra: int
    later: int
    assumed: int
    by_field: Mapping[str, float | None]

    @property
    def adherence(self) -> float:
        return 100 * self.given / self.due if self.due else 0.0


def _sessions(
    course: Course, stands_for: Mapping[dt.date, dt.date], limits: Mapping[str, float]
) -> Iterator[GivenSession]:
    order = course.order
    per_session = course.target.fluence_rate_mw_cm2.p50 * 1e-3 * order.time_per_field_s
    planned = [session.date for session in course.schedule.sessions]
    shortest = min(((after - before).days for before, after in pairwise(planned)), default=1)
    total, last = 0.0, None
    for day, session in _with_sessions(course.given):
        shares = _shares(course, session)
        light = None if shares is None else fmean(shares.values())
        total += (light or 0.0) * per_session
        departures = list(_departures(course, session, limits))
        if last is not None and (day.date - last).days < shortest:
            departures.append(
                f"{count((day.date - last).days, 'day')} after another session; the plan leaves {shortest}"
            )
        last = day.date
        allowed = limits["delivered_percent"] / 100
        yield GivenSession(
            date=day.date,
            planned=stands_for.get(day.date),
            departures=tuple(departures),
            not_recorded=tuple(name for name in RECORDED if getattr(session, name) is None),
            light_percent=None if light is None else 100 * light,
            as_planned=shares is not None and all(abs(share - 1) <= allowed + ROUNDING for share in shares.values()),
            too_much=_too_much(course, session, shares, limits),
            cumulative_j_cm2=total,
            skin=session.skin,
        )


def _with_sessions(days: Sequence[DiaryDay]) -> Iterator[tuple[DiaryDay, DeliveredSession]]:
    for day in days:
        if day.session is not None:
            yield day, day.session


def _times(course: Course, session: DeliveredSession) -> Mapping[str, float]:
    """Return the time on each field [s]; all fields had the time that stands there where none is named."""
    if session.fields is not None:
        return session.fields
    return dict.fromkeys(course.order.fields, session.time or 0.0)


def _shares(course: Course, session: DeliveredSession) -> dict[str, float] | None:
    """Return the fluence of a session of the planned one, by field; None where it cannot be computed."""
    if session.lamp is not None and session.lamp != course.lamp.device:
        return None
    times = _times(course, session)
    found = {field: fluence_share(course, times.get(field, 0.0), session.distance) for field in course.order.fields}
    known = {field: share for field, share in found.items() if share is not None}
    return known if len(known) == len(found) else None


def _too_much(
    course: Course, session: DeliveredSession, shares: Mapping[str, float] | None, limits: Mapping[str, float]
) -> str:
    """Return why a session gave, or may have given, far more light than planned; empty where it did not."""
    most = limits["too_much_percent"]
    if shares is not None:
        highest = 100 * max(shares.values())
        return f"{highest:.0f} % of the planned light on a field" if highest > most else ""
    if session.lamp is not None and session.lamp != course.lamp.device:
        return f"another lamp, {session.lamp}, whose light the plan does not know"
    longest = max(_times(course, session).values(), default=0.0)
    nearer = session.distance is not None and session.distance < course.lamp.distance_mm
    if nearer or 100 * longest / course.order.time_per_field_s > most:
        return "nearer or longer than the plan's light is known for"
    return ""


def _departures(course: Course, session: DeliveredSession, limits: Mapping[str, float]) -> Iterator[str]:
    """Yield what is out of tolerance, each as what it was against what was planned."""
    order, lamp = course.order, course.lamp
    if session.lamp is not None and session.lamp != lamp.device:
        yield f"lamp {session.lamp} instead of {lamp.device}"
    times = _times(course, session)
    left_out = [field for field in order.fields if field not in times]
    if left_out:
        yield f"{joined(left_out)} not lit"
    for time in dict.fromkeys(times[field] for field in order.fields if field in times):
        off = 100 * (time / order.time_per_field_s - 1)
        if abs(off) > limits["time_percent"] + ROUNDING:
            yield f"{_exactly(time)} on a field instead of {_exactly(order.time_per_field_s)} ({off:+.0f} %)"
    if session.distance is not None:
        off = session.distance - lamp.distance_mm
        # In contact no share of the distance means anything: a millimetre off the skin is told.
        if abs(off) > max(limits["distance_percent"] / 100 * lamp.distance_mm, 1.0):
            yield f"{session.distance / 10:.3g} cm away instead of {lamp.distance_mm / 10:.3g} cm"


def _exactly(seconds: float) -> str:
    """Return a time as it was written down: ``1 min 55.5 s``."""
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes:.0f} min"] if minutes else []
    return " ".join([*parts, f"{rest:g} s"] if rest or not parts else parts)


def _days(
    planned: Sequence[dt.date], stands_for: Mapping[dt.date, dt.date], up: Mapping[dt.date, dt.date], on: dt.date
) -> Iterator[PlannedDay]:
    given_on = {date: day for day, date in stands_for.items()}
    for date in planned:
        day = given_on.get(date)
        if day is None:
            yield PlannedDay(date=date, state="missed" if date <= on else "to come")
        else:
            yield PlannedDay(date=date, state="given" if day == date else "made up" if day in up else "moved")


def _field_shares(course: Course, field: str) -> list[float]:
    shares = [_shares(course, session) for _, session in _with_sessions(course.given)]
    return [share[field] for share in shares if share is not None]


def _per_session(course: Course, field: str) -> float | None:
    shares = _field_shares(course, field)
    return 100 * fmean(shares) if shares else None


def _field(course: Course, field: str, due: int) -> FieldLight:
    planned = course.target.fluence_rate_mw_cm2.map(lambda rate: rate * 1e-3 * course.order.time_per_field_s)
    total = sum(_field_shares(course, field))
    return FieldLight(
        field=field,
        delivered_j_cm2=planned.map(lambda fluence: fluence * total),
        planned_j_cm2=planned.map(lambda fluence: fluence * due),
        percent=100 * total / due if due else 0.0,
        per_session_percent=_per_session(course, field),
    )


def _reasons(tally: _Tally, limits: Mapping[str, float]) -> Iterator[str]:
    """Yield why an effect cannot be judged; nothing when it can."""
    least, allowed = limits["adherence_percent"], limits["delivered_percent"]
    if tally.due and tally.adherence < least:
        yield (
            f"{tally.given} of {count(tally.due, 'session')} given ({tally.adherence:.0f} %); at least {least:g} % are "
            "needed to judge an effect"
        )
    if tally.sessions and 100 * tally.as_planned / tally.sessions < least:
        yield (
            f"{tally.as_planned} of {count(tally.sessions, 'session')} gave each field the planned light within "
            f"{allowed:g} %; at least {least:g} % are needed"
        )
    for field, percent in tally.by_field.items():
        if percent is not None and abs(percent - 100) > allowed + ROUNDING:
            yield f"{field}: {percent:.0f} % of the planned light in a session; within {allowed:g} % is needed"
    more = tally.extra + tally.later
    if tally.due and 100 * more / tally.due > allowed:
        yield f"{count(more, 'session')} more than planned: not the course that was signed"


def _summary(tally: _Tally, limits: Mapping[str, float]) -> str:
    if not tally.due:
        return "no session is due yet"
    told = (
        f"{tally.given} of {count(tally.due, 'session')} given ({tally.adherence:.0f} %), {tally.as_planned} of them "
        f"with the planned light within {limits['delivered_percent']:g} % on every field"
    )
    if tally.assumed:
        told += f"; on {tally.assumed} of them lamp, distance or fields were not written down and are taken as planned"
    return told
