"""Delivered against planned: each session held against the signed plan, never against the session before it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.plan_document import Plan, Prescription, Schedule, TargetLight
from nervelight.planning.review.review_document import Delivery, FieldLight, GivenSession, PlannedDay
from nervelight.planning.words import count, duration, joined

__all__ = ["compare_delivery", "fluence_share"]

# A session is the planned one moved, up to this many days away; beyond, it is another session.
MOVED_DAYS = 3


def compare_delivery(plan: Plan, diary: Diary, on: dt.date, limits: Mapping[str, float]) -> Delivery:
    """Return what was given up to a day against what was planned until then.

    Parameters
    ----------
    plan : Plan
        With a prescription and a schedule.
    diary : Diary
        Up to that day.
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.

    Returns
    -------
    Delivery
        Fluence is recomputed from what was delivered: the plan's fluence rate at the target, times the time on each
        field, times the lamp's irradiance at the distance over that at the planned distance.
    """
    order, schedule = plan.prescription, plan.schedule
    assert order is not None
    assert schedule is not None
    target = next(light for light in plan.targets if light.is_target)
    per_session = target.fluence_rate_mw_cm2.p50 * 1e-3 * order.time_per_field_s
    given = [day for day in diary.days if day.session is not None]
    planned_for = _matched(schedule, [day.date for day in given])
    sessions, total = [], 0.0
    by_field: dict[str, float] = dict.fromkeys(order.fields, 0.0)
    for day in given:
        session = _session(plan, order, day, planned_for.get(day.date), limits, per_session, total)
        total = session.cumulative_j_cm2
        sessions.append(session)
        for field, share in _shares(plan, order, day.session).items():
            by_field[field] += share
    due = [session.date for session in schedule.sessions if session.date <= on]
    kept = {date for date in planned_for.values() if date <= on}
    adherence = 100 * len(kept) / len(due) if due else 100.0
    lights = [session.light_percent for session in sessions if session.light_percent is not None]
    light = fmean(lights) if lights else None
    end = schedule.sessions[-1].date + dt.timedelta(days=MOVED_DAYS)
    unplanned = [day.date for day in given if day.date not in planned_for]
    extra = sum(date <= end for date in unplanned)
    reasons = _reasons(len(kept), len(due), adherence, light, extra, limits)
    return Delivery(
        due=len(due),
        given=len(kept),
        extra=extra,
        later=len(unplanned) - extra,
        adherence_percent=adherence,
        light_percent=light,
        in_tolerance=sum(not session.departures for session in sessions),
        days=tuple(_days(schedule, planned_for, on)),
        sessions=tuple(sessions),
        fields=tuple(_field(name, share, len(due), target, order) for name, share in by_field.items()),
        uncounted=len(sessions) - len(lights),
        judgeable=not reasons,
        reasons=reasons or (_all_well(len(kept), len(due), adherence, light),),
    )


def fluence_share(plan: Plan, time: float, distance: float | None) -> float | None:
    """Return the fluence at the target under one field, of the planned one.

    Parameters
    ----------
    plan : Plan
        With a prescription and a lamp.
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
    order, lamp = plan.prescription, plan.lamp
    assert order is not None
    assert lamp is not None
    in_time = time / order.time_per_field_s
    if distance is None or abs(distance - lamp.distance_mm) <= 0.01 * max(lamp.distance_mm, 1.0):
        return in_time
    curve = lamp.curve_distance_mm
    if not curve or not curve[0] <= distance <= curve[-1]:
        return None
    here, there = np.interp([distance, lamp.distance_mm], curve, lamp.curve_irradiance_mw_cm2)
    return float(in_time * here / there)


def _matched(schedule: Schedule, given: Sequence[dt.date]) -> dict[dt.date, dt.date]:
    """Return the planned day of each session given, by its own day: the same day first, then the nearest left."""
    open_days = [session.date for session in schedule.sessions]
    matched = {}
    for day in given:
        if day in open_days:
            matched[day] = day
            open_days.remove(day)
    for day in given:
        near = [date for date in open_days if abs((date - day).days) <= MOVED_DAYS]
        if day not in matched and near:
            matched[day] = min(near, key=lambda date: (abs((date - day).days), date))
            open_days.remove(matched[day])
    return matched


def _days(schedule: Schedule, planned_for: Mapping[dt.date, dt.date], on: dt.date) -> list[PlannedDay]:
    given_on = {planned: day for day, planned in planned_for.items()}
    days = []
    for session in schedule.sessions:
        day = given_on.get(session.date)
        if day is not None:
            days.append(PlannedDay(date=session.date, state="given" if day == session.date else "moved"))
        else:
            days.append(PlannedDay(date=session.date, state="missed" if session.date <= on else "to come"))
    return days


def _shares(plan: Plan, order: Prescription, session: DeliveredSession | None) -> dict[str, float]:
    """Return the fluence of one session of the planned one, by field; nothing where it cannot be computed."""
    if session is None or _other_lamp(plan, session):
        return {}
    times = session.fields if session.fields is not None else dict.fromkeys(order.fields, session.time or 0.0)
    shares = {field: fluence_share(plan, times.get(field, 0.0), session.distance) for field in order.fields}
    return {field: share for field, share in shares.items() if share is not None}


def _other_lamp(plan: Plan, session: DeliveredSession) -> bool:
    return session.lamp is not None and plan.lamp is not None and session.lamp != plan.lamp.device


def _session(
    plan: Plan,
    order: Prescription,
    day: DiaryDay,
    planned: dt.date | None,
    limits: Mapping[str, float],
    per_session: float,
    before: float,
) -> GivenSession:
    session = day.session
    assert session is not None
    shares = _shares(plan, order, session)
    light = fmean(shares.values()) if shares else None
    return GivenSession(
        date=day.date,
        planned=planned,
        departures=tuple(_departures(plan, order, session, limits)),
        not_recorded=tuple(name for name in ("fields", "distance", "lamp", "skin") if getattr(session, name) is None),
        light_percent=None if light is None else 100 * light,
        cumulative_j_cm2=before + (light or 0.0) * per_session,
        skin=session.skin,
    )


def _departures(plan: Plan, order: Prescription, session: DeliveredSession, limits: Mapping[str, float]) -> list[str]:
    """Return what is out of tolerance, each as what it was against what was planned."""
    lamp = plan.lamp
    assert lamp is not None
    found = []
    if _other_lamp(plan, session):
        found.append(f"lamp {session.lamp} instead of {lamp.device}")
    times = session.fields if session.fields is not None else dict.fromkeys(order.fields, session.time or 0.0)
    left_out = [field for field in order.fields if field not in times]
    if left_out:
        found.append(f"{joined(left_out)} not lit")
    for time in dict.fromkeys(times[field] for field in order.fields if field in times):
        off = 100 * (time / order.time_per_field_s - 1)
        if abs(off) > limits["time_percent"]:
            found.append(f"{duration(time)} on a field instead of {duration(order.time_per_field_s)} ({off:+.0f} %)")
    if session.distance is not None:
        off = session.distance - lamp.distance_mm
        # In contact no share of the distance means anything: a millimetre off the skin is told.
        if abs(off) > max(limits["distance_percent"] / 100 * lamp.distance_mm, 1.0):
            found.append(f"{session.distance / 10:.3g} cm away instead of {lamp.distance_mm / 10:.3g} cm")
    return found


def _field(name: str, share: float, due: int, target: TargetLight, order: Prescription) -> FieldLight:
    planned = target.fluence_rate_mw_cm2.map(lambda rate: rate * 1e-3 * order.time_per_field_s)
    return FieldLight(
        field=name,
        delivered_j_cm2=planned.map(lambda fluence: fluence * share),
        planned_j_cm2=planned.map(lambda fluence: fluence * due),
        percent=100 * share / due if due else 100.0,
    )


def _reasons(
    given: int, due: int, adherence: float, light: float | None, extra: int, limits: Mapping[str, float]
) -> tuple[str, ...]:
    """Return why an effect cannot be judged; nothing when it can."""
    reasons = []
    if adherence < limits["adherence_percent"]:
        reasons.append(
            f"{given} of {count(due, 'session')} given ({adherence:.0f} %); at least "
            f"{limits['adherence_percent']:g} % are needed to judge an effect"
        )
    allowed = limits["delivered_percent"]
    if light is not None and abs(light - 100) > allowed:
        reasons.append(f"a session gave {light:.0f} % of the planned light on average; within {allowed:g} % is needed")
    if light is None and given:
        reasons.append("the light of no session can be computed: another lamp, or a distance outside the plan's curve")
    if due and 100 * extra / due > allowed:
        reasons.append(f"{count(extra, 'session')} more than planned: not the course that was signed")
    return tuple(reasons)


def _all_well(given: int, due: int, adherence: float, light: float | None) -> str:
    told = f"{given} of {count(due, 'session')} given ({adherence:.0f} %)"
    return told if light is None else f"{told}, each with {light:.0f} % of the planned light on average"
