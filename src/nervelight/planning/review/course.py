"""The course of a signed plan as it really began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nervelight.errors import Fault, InvalidInput
from nervelight.planning.diary import Diary, DiaryDay
from nervelight.planning.plan_document import LampLight, Plan, Prescription, Schedule, TargetLight, target_of
from nervelight.planning.schedule import make_schedule

__all__ = ["Course", "course_of", "schedule_begun"]


@dataclass(frozen=True)
class Course:
    """What was signed, counted from the day on which it began.

    Parameters
    ----------
    plan : Plan
    order : Prescription
    schedule : Schedule
        Laid out anew from the first session where the course began late.
    lamp : LampLight
    target : TargetLight
        Where the fluence is told for.
    late_days : int
        By how many days the course began later than planned; 0 for a few.
    first_light : date
        First session of this plan, or of the one that it adjusts; the first planned one where none was given yet.
    given : tuple of DiaryDay
        Days with a session of this plan.
    before : tuple of DiaryDay
        Days with a session of an earlier plan.
    """

    plan: Plan
    order: Prescription
    schedule: Schedule
    lamp: LampLight
    target: TargetLight
    late_days: int
    first_light: dt.date
    given: tuple[DiaryDay, ...]
    before: tuple[DiaryDay, ...] = ()

    @property
    def start(self) -> dt.date:
        """The day that weeks and gates are counted from."""
        return self.schedule.sessions[0].date

    @property
    def end(self) -> dt.date:
        """The day of the last session."""
        return self.schedule.sessions[-1].date


def course_of(
    plan: Plan,
    diary: Diary,
    limits: Mapping[str, float],
    light_before: dt.date | None = None,
    baseline_light: dt.date | None = None,
) -> Course:
    """Return the course of a plan.

    Parameters
    ----------
    plan : Plan
    diary : Diary
    limits : mapping of str to float
        Thresholds by id.
    light_before : date, optional
        First session of an earlier plan; sessions from then on, up to this plan, belong to it.
    baseline_light : date, optional
        First session of the plan that this one adjusts: the baseline lies before it.

    Raises
    ------
    InvalidInput
        If the plan is blocked or has no prescription, or sessions are none of its own; every fault at once.
    """
    order, schedule, lamp = plan.prescription, plan.schedule, plan.lamp
    target = target_of(plan.targets)
    if plan.blocked or order is None or schedule is None or lamp is None or target is None:
        told = "a plan that can be signed, with a prescription and a schedule"
        raise InvalidInput("plan", [Fault("plan", plan.title, told)])
    planned = schedule.sessions[0].date
    faults, given, before = [], [], []
    for day in diary.days:
        if day.session is None:
            continue
        place = f"{day.row} ({day.date})"
        if day.date < planned:
            before.append(day)
            if light_before is None or day.date < light_before:
                allowed = f"sessions of this plan, which starts on {planned}; those of an earlier one need its card"
                faults.append(Fault(f"{place}.time", "a session", allowed))
            continue
        given.append(day)
        faults += [
            Fault(f"{place}.fields", field, f"a field of the plan: {', '.join(order.fields)}")
            for field in day.session.fields or {}
            if field not in order.fields
        ]
    if faults:
        raise InvalidInput("diary against plan", faults)
    laid, late = schedule_begun(plan, given[0].date if given else None, limits)
    return Course(
        plan=plan,
        order=order,
        schedule=laid,
        lamp=lamp,
        target=target,
        late_days=late,
        first_light=baseline_light or (given[0].date if given else planned),
        given=tuple(given),
        before=tuple(before),
    )


def schedule_begun(plan: Plan, first: dt.date | None, limits: Mapping[str, float]) -> tuple[Schedule, int]:
    """Return the schedule of a plan as it really began, and by how many days that was late; 0 for a few.

    Parameters
    ----------
    plan : Plan
        With a prescription and a schedule.
    first : date or None
        The day of its first session; None where none was given yet.
    limits : mapping of str to float
        Thresholds by id.

    Raises
    ------
    InvalidInput
        If the plan has no prescription or no schedule.
    """
    order, schedule = plan.prescription, plan.schedule
    if order is None or schedule is None:
        raise InvalidInput("plan", [Fault("plan", plan.title, "a plan with a prescription and a schedule")])
    late = (first - schedule.sessions[0].date).days if first is not None else 0
    if first is None or late <= limits["moved_days"]:
        return schedule, 0
    weekdays = plan.case["course"]["weekdays"]
    return make_schedule(first, order.sessions_per_week, order.total_sessions, weekdays, limits), late
