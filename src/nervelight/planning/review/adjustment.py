"""What could be changed once, within what the evidence leaves room for; and how light is taken down after success."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping

from nervelight.planning.plan_document import Plan
from nervelight.planning.review.course import Course
from nervelight.planning.review.review_document import Adjustment, Step
from nervelight.planning.safety.limits import RATE_RATIO_RANGE
from nervelight.planning.words import count, duration, number

__all__ = ["after_success", "possible_adjustments"]

NO_LIGHT = "pause without light"
TAPER = "Is pain still as low in the last week of this step? If not, go back one step."
PAUSE = (
    "Does the gain last without light? Then light is not needed. If it is lost, periods with and without light in "
    "random order show whether it was the light."
)


def possible_adjustments(plan: Plan) -> tuple[Adjustment, ...]:
    """Return what the light that the plan follows leaves room for; each leads to a new plan, checked and signed anew.

    Parameters
    ----------
    plan : Plan
        With a prescription.

    Returns
    -------
    tuple of Adjustment
        Empty where the plan follows its evidence to the letter already: then there is nothing left to adjust.
    """
    return tuple(_adjustments(plan))


def _adjustments(plan: Plan) -> Iterator[Adjustment]:
    order, carried = plan.prescription, plan.translation
    if order is None or carried is None:
        return
    keys = plan.anchor.sources
    now = duration(order.time_per_field_s)
    if order.capped:
        yield Adjustment(
            what=f"{duration(carried.time_s.p50)} on each field instead of {now}",
            why="the session cap cuts the time: the target has been getting less than the trial's did",
            how="course.session_cap: longer, if the patient can bear it",
            sources=keys,
        )
    for reading in carried.readings:
        if not reading.followed and reading.time_s.p50 > order.time_per_field_s:
            yield Adjustment(
                what=f"{duration(reading.time_s.p50)} on each field instead of {now}",
                why=f"the trial's numbers can be read in more than one way, and {reading.label} asks for more light",
                how=f"anchor_scenario: {reading.label}",
                sources=keys,
            )
    if carried.rate_ratio is not None:
        low, high = RATE_RATIO_RANGE
        ratio = carried.rate_ratio.p50
        if not low <= ratio <= high:
            yield Adjustment(
                what="the same fluence at a rate nearer to the trial's",
                why=f"light arrives at {number(ratio)} times the trial's rate, of which the trial says nothing",
                how=f"lamp.distance: choose, or {'more' if ratio > high else 'less'} distance",
                sources=(*keys, "jenkins_carroll2011"),
            )
    if carried.window_s is not None:
        shortest, longest = carried.window_s
        if order.time_per_field_s > shortest:
            cap = shortest * len(order.fields)
            yield Adjustment(
                what=f"{duration(shortest)} on each field instead of {now}",
                why=f"the guideline's window runs from {duration(shortest)} to {duration(longest)}; the plan stands at "
                "its upper end, and which end helps is not known",
                how=f"course.session_cap: {duration(cap)}",
                sources=keys,
            )


def after_success(
    course: Course,
    light_ended: dt.date | None,
    on: dt.date,
    limits: Mapping[str, float],
    highest: float | None = None,
) -> tuple[Step, ...]:
    """Return the steps by which light is taken down, and the planned pause without it.

    Parameters
    ----------
    course : Course
    light_ended : date or None
        The last session, where light has ended already; None while it goes on.
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.
    highest : float, optional
        Sessions a week of the first step, where light goes back to it because the gain was lost.

    Returns
    -------
    tuple of Step
        From one session a week less than the plan has, 3 a week at most, down to 1, and then the pause; the pause alone
        where light has ended.
    """
    pause = dt.timedelta(weeks=limits["washout_weeks"])
    if light_ended is not None and highest is None:
        first = light_ended + dt.timedelta(days=1)
        # A pause that is over by now goes on to the next look.
        last = max(first + pause, on + pause) - dt.timedelta(days=1)
        return (Step(label=NO_LIGHT, first=first, last=last, sessions_per_week=0, question=PAUSE),)
    steps, first = [], on + dt.timedelta(days=1)
    most = max(1, math.ceil(course.order.sessions_per_week))
    top = min(3, max(1, most - 1)) if highest is None else min(most, max(1, int(highest)))
    for per_week in range(top, 0, -1):
        last = first + dt.timedelta(weeks=limits["taper_weeks"], days=-1)
        label = f"{count(per_week, 'session')} a week"
        steps.append(Step(label=label, first=first, last=last, sessions_per_week=per_week, question=TAPER))
        first = last + dt.timedelta(days=1)
    last = first + pause - dt.timedelta(days=1)
    return (*steps, Step(label=NO_LIGHT, first=first, last=last, sessions_per_week=0, question=PAUSE))
