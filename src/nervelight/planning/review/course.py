"""The course of a signed plan as it really began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nervelight.errors import Fault, InvalidInput
from nervelight.planning.diary import Diary, DiaryDay
from nervelight.planning.plan_document import LampLight, Plan, Prescription, Schedule, TargetLight

__all__ = ["Course", "course_of"]


@dataclass(frozen=True)
class Course:
    """What was signed, counted from the day on which it began.

    Parameters
    ----------
    plan : Plan
    order : Prescription
    schedule : Schedule
        With every day moved by `late_days`.
    lamp : LampLight
    target : TargetLight
        Where the fluence is told for.
    late_days : int
        By how many days the course began later than planned; 0 for a few.
    first_light : date
        First session of this plan, or of the one that it adjusts; the first planned one where none was given yet.
    given : tuple of DiaryDay
        Days with a session of this plan.
    """

    plan: Plan
    order: Prescription
    schedule: Schedule
    lamp: LampLight
    target: TargetLight
    late_days: int
    first_light: dt.date
    given: tuple[DiaryDay, ...]

    @property
    def start(self) -> dt.date:
        """The day that weeks and gates are counted from."""
        return self.schedule.sessions[0].date

    @property
    def end(self) -> dt.date:
        """The day of the last session."""
        return self.schedule.sessions[-1].date


def course_of(plan: Plan, diary: Diary, limits: Mapping[str, float], earlier_light: dt.date | None = None) -> Course:
    """Return the course of a plan.

    Parameters
    ----------
    plan : Plan
    diary : Diary
    limits : mapping of str to float
        Thresholds by id.
    earlier_light : date, optional
        First session of the plan that this one adjusts; sessions from then on belong to that one.

    Raises
    ------
    InvalidInput
        If the plan is blocked or has no prescription, or sessions are none of its own; every fault at once.
    """
    order, schedule, lamp = plan.prescription, plan.schedule, plan.lamp
    target = next((light for light in plan.targets if light.is_target), None)
    if plan.blocked or order is None or schedule is None or lamp is None or target is None:
        told = "a plan that can be signed, with a prescription and a schedule"
        raise InvalidInput("plan", [Fault("plan", plan.title, told)])
    planned = schedule.sessions[0].date
    faults, given = [], []
    for day in diary.days:
        if day.session is None:
            continue
        place = f"{day.row} ({day.date})"
        if day.date < planned:
            if earlier_light is None or day.date < earlier_light:
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
    late = (given[0].date - planned).days if given else 0
    late = late if late > limits["moved_days"] else 0
    return Course(
        plan=plan,
        order=order,
        schedule=_moved(schedule, dt.timedelta(days=late)),
        lamp=lamp,
        target=target,
        late_days=late,
        first_light=earlier_light or (given[0].date if given else planned),
        given=tuple(given),
    )


def _moved(schedule: Schedule, by: dt.timedelta) -> Schedule:
    return schedule.model_copy(
        update={
            "sessions": tuple(each.model_copy(update={"date": each.date + by}) for each in schedule.sessions),
            "gates": tuple(each.model_copy(update={"date": each.date + by}) for each in schedule.gates),
        }
    )
