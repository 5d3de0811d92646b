"""The rules that come before any effect: harm, what was settled before, delivery, and the time."""

from __future__ import annotations

from collections.abc import Sequence

from nervelight.planning.review.alarms import HARM, Alarm
from nervelight.planning.review.known import Decided, Known
from nervelight.planning.review.review_document import DecisionWord
from nervelight.planning.words import count, day

__all__ = ["delivery_rules", "first_rules"]

# Flags with a time limit of days are looked at while the course goes on; all others come before light.
SOON = ("2-working-days", "referral")


def first_rules(known: Known) -> Decided | None:
    """Return what harm, far too much light, earlier cards or a course that has not begun decide."""
    return (
        _red_flags(known)
        or _harm(known)
        or _look_first(known)
        or _too_much(known)
        or _stopped(known)
        or _adjusting(known)
        or _not_begun(known)
    )


def delivery_rules(known: Known) -> Decided | None:
    """Return what forbids to judge an effect: light that was not given as planned, or too few weeks."""
    return _delivery(known) or _too_early(known)


def _red_flags(known: Known) -> Decided | None:
    flags = [alarm for alarm in known.alarms if alarm.flag.id != HARM and alarm.flag.urgency not in SOON]
    return _refer("red flag", flags) if flags else None


def _harm(known: Known) -> Decided | None:
    harm = next((alarm for alarm in known.alarms if alarm.flag.id == HARM), None)
    if harm is None:
        return None
    what = harm.why if harm.why.endswith("session") else "skin or eye injury, or a flare of pain, noted in the diary"
    return Decided("harm", "stop", f"Stop: {what}", (f"{what}, {day(harm.date)}", harm.flag.action))


def _look_first(known: Known) -> Decided | None:
    soon = [alarm for alarm in known.alarms if alarm.flag.urgency in SOON]
    return _refer("needs a look first", soon) if soon else None


def _refer(rule: str, flags: Sequence[Alarm]) -> Decided:
    action = flags[0].flag.action
    return Decided(
        rule,
        "refer",
        f"Refer: {action[0].lower()}{action[1:]}",
        tuple(f"{alarm.flag.question.rstrip('?')} ({alarm.why}, {day(alarm.date)})" for alarm in flags),
    )


def _too_much(known: Known) -> Decided | None:
    if not known.too_much:
        return None
    reasons = tuple(f"{day(date)}: {why}" for date, why in known.too_much)
    return Decided("too much light", "mend first", "Look at the skin first: far more light than planned", reasons)


def _stopped(known: Known) -> Decided | None:
    card = known.settled.stopped
    if card is None or card.clinician is None:
        return None
    reasons = (f"{card.clinician.by} stopped it on {day(card.on)}: {card.clinician.reason}", "light needs a new plan")
    return Decided("stopped before", "stop", "Stop: this plan was stopped before", reasons)


def _adjusting(known: Known) -> Decided | None:
    card = known.settled.adjusting
    if card is None or card.clinician is None:
        return None
    reasons = (
        f"{card.clinician.by} agreed to it on {day(card.on)}",
        "the course goes on under a new plan, signed anew",
    )
    return Decided("adjustment agreed on", "adjust once", "Adjust: the new plan is still to be made", reasons)


def _not_begun(known: Known) -> Decided | None:
    if known.begun:
        return None
    reasons = (f"{count(known.delivery.due, 'session')} due by now, none given",)
    if known.on >= known.latest:
        return Decided("not delivered in time", "stop", "Stop: the course was never begun", reasons)
    word: DecisionWord = "mend first" if known.on >= known.delivery_gate else "continue"
    return Decided("not begun", word, "The course has not begun: nothing can be judged", reasons)


def _delivery(known: Known) -> Decided | None:
    if known.delivery.judgeable or known.on < known.delivery_gate:
        return None
    reasons = (*known.delivery.reasons, "an effect is not judged until the light has been given as planned")
    if known.on >= known.latest:
        return Decided("not delivered in time", "stop", "Stop: the course was not given as planned in time", reasons)
    if known.on > known.course_end:
        reasons = (*reasons, "the course is over: what is missing can be made up soon, or a new plan begins anew")
    return Decided("delivery", "mend first", "Mend the delivery first: no effect is judged", reasons)


def _too_early(known: Known) -> Decided | None:
    if known.on >= known.effect_gate:
        return None
    reasons = [f"the effect is judged from {day(known.effect_gate)} on; what is seen before tells little"]
    if known.delivery.due and not known.delivery.judgeable:
        reasons += [f"mend now: {reason}" for reason in known.delivery.reasons]
    title = "Continue: it is too early to judge an effect"
    if known.on > known.course_end:
        title = f"Keep the diary: no session is planned, and the effect is judged from {day(known.effect_gate)} on"
    return Decided("too early", "continue", title, tuple(reasons))
