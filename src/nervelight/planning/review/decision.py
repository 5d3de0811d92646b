"""What to do next, by rule: the first rule that applies decides, and says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervelight.assessment import instrument
from nervelight.planning.review.alarms import HARM, Alarm
from nervelight.planning.review.outcomes import Gain
from nervelight.planning.review.review_document import (
    Adjustment,
    DatedValue,
    DecisionWord,
    Delivery,
    DomainOutcome,
    Review,
    Step,
)
from nervelight.planning.words import count, day, joined

__all__ = ["BETTER", "EFFECT_RULES", "PLANNED_DAY", "POSSIBLY", "Decided", "Known", "decide"]

IMPRESSIONS = {
    1: "very much improved",
    2: "much improved",
    3: "minimally improved",
    4: "no change",
    5: "minimally worse",
    6: "much worse",
    7: "very much worse",
}
NO_CHANGE = 4
BETTER = ("better", "much better")
"""States beyond measurement error."""
POSSIBLY = ("possibly better", *BETTER)
"""States that reach the change that matters."""
PLANNED_DAY = 3
"""Days after the gate on which an effect is still judged on the planned day; other days are days of one's choosing."""
# Flags with a time limit of days are looked at while the course goes on; all others come before light.
SOON = ("2-working-days", "referral")
EFFECT_RULES = ("worse", "disagree", "after the light", "better", "possibly better", "not clearly better", "not better")
"""Rules that judge an effect."""


@dataclass(frozen=True)
class Known:
    """What the rules look at.

    Parameters
    ----------
    on : date
        The day of the review.
    delivery_gate, effect_gate, latest : date
        From when delivery and effect are judged, and by when the course is decided.
    course_end : date
        The day of the last planned session.
    alarms : sequence of Alarm
        Those that no earlier card has dealt with, since the first session.
    too_much : sequence of (date, str)
        Sessions that gave, or may have given, far more light than planned, and no earlier card has seen.
    delivery : Delivery
    outcomes : sequence of DomainOutcome
        Pain first.
    impression : DatedValue or None
        The patient's own impression of change, however old.
    impression_counts : bool
        Whether it is recent enough.
    adjustments : sequence of Adjustment
        What the evidence leaves room for.
    adjusted : bool
        Whether this course was adjusted before.
    stopped : Review or None
        An earlier card by which this plan was stopped.
    steps : sequence of Step
        The steps after success that were agreed on before.
    sham_explains : bool
        Whether people on sham improve as much.
    light_ended : date or None
        The last session, where light has ended since; None while it goes on.
    gained_by_then : Gain or None
        How far pain was better when light ended; None where it was not written down.
    """

    on: dt.date
    delivery_gate: dt.date
    effect_gate: dt.date
    latest: dt.date
    course_end: dt.date
    alarms: Sequence[Alarm]
    too_much: Sequence[tuple[dt.date, str]]
    delivery: Delivery
    outcomes: Sequence[DomainOutcome]
    impression: DatedValue | None
    impression_counts: bool
    adjustments: Sequence[Adjustment]
    adjusted: bool
    stopped: Review | None
    steps: Sequence[Step]
    sham_explains: bool
    light_ended: dt.date | None
    gained_by_then: Gain | None

    @property
    def pain(self) -> DomainOutcome:
        """The first of the outcomes."""
        return self.outcomes[0]

    @property
    def impaired(self) -> list[DomainOutcome]:
        """Domains that were impaired at the start, judged or not."""
        return [found for found in self.outcomes if found.impaired]


@dataclass(frozen=True)
class Decided:
    """What a rule says.

    Parameters
    ----------
    rule : str
        Name of the rule.
    decision : DecisionWord
    title : str
        The decision in one line.
    reasons : tuple of str
    """

    rule: str
    decision: DecisionWord
    title: str
    reasons: tuple[str, ...]


def decide(known: Known, limits: Mapping[str, float]) -> Decided:
    """Return the decision of the first rule that applies.

    Parameters
    ----------
    known : Known
    limits : mapping of str to float
        Thresholds by id.

    Notes
    -----
    In order: red flags, harm, pain that keeps rising, far too much light, stopped before, steps agreed on after
    success, delivery, pain worse beyond error, too early, days missing, pain worse, person and numbers disagree, better
    only after the light, better, possibly better, not better. No rule looks at sham: a gain that sham explains is a
    gain, but the title says that light need not be its cause.
    """
    return (
        _red_flags(known)
        or _harm(known)
        or _look_first(known)
        or _too_much(known)
        or _stopped(known)
        or _steps(known)
        or _delivery(known)
        or _worse(known, beyond_error=True)
        or _too_early(known)
        or _not_judged(known)
        or _worse(known, beyond_error=False)
        or _disagree(known)
        or _after_the_light(known)
        or _better(known, limits)
        or _possibly(known, limits)
        or _not_better(known)
    )


def _red_flags(known: Known) -> Decided | None:
    flags = [alarm for alarm in known.alarms if alarm.flag.id != HARM and alarm.flag.urgency not in SOON]
    return _refer("red flag", flags) if flags else None


def _harm(known: Known) -> Decided | None:
    harm = next((alarm for alarm in known.alarms if alarm.flag.id == HARM), None)
    if harm is None:
        return None
    return Decided("harm", "stop", f"Stop: {harm.why}", (f"{harm.why}, {day(harm.date)}", harm.flag.action))


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
    card = known.stopped
    if card is None or card.clinician is None:
        return None
    reasons = (f"{card.clinician.by} stopped it on {day(card.on)}: {card.clinician.reason}", "light needs a new plan")
    return Decided("stopped before", "stop", "Stop: this plan was stopped before", reasons)


def _steps(known: Known) -> Decided | None:
    """Judge the steps after success: does the gain last?"""
    now = next((step for step in known.steps if step.first <= known.on <= step.last), None)
    if now is None:
        return None
    pain = known.pain
    if pain.state == "not judged":
        lacking = tuple(f"pain: {reason}" for reason in pain.reasons)
        return Decided(
            "days missing", "mend first", "Mend the record first: whether the gain lasts is not known", lacking
        )
    told = f"agreed on: {now.label}, {day(now.first)} to {day(now.last)}"
    lasts = pain.state in POSSIBLY
    reasons = (f"pain: {pain.state}; {'; '.join(pain.reasons)}", told)
    if lasts:
        return Decided("the gain lasts", "continue", f"Continue as agreed: the gain lasts ({now.label})", reasons)
    index = list(known.steps).index(now)
    back = known.steps[index - 1].label if index else "the plan's frequency"
    if now.sessions_per_week == 0:
        back = "the step before, or periods with and without light in random order"
    return Decided("the gain is lost", "adjust once", f"The gain is lost: go back to {back}", reasons)


def _delivery(known: Known) -> Decided | None:
    if known.delivery.judgeable or known.on < known.delivery_gate:
        return None
    reasons = (*known.delivery.reasons, "an effect is not judged until the light has been given as planned")
    if known.on >= known.latest:
        return Decided("not delivered in time", "stop", "Stop: the course was not given as planned in time", reasons)
    if known.on > known.course_end:
        reasons = (*reasons, "the course is over: what is missing can be made up soon, or a new plan begins anew")
    return Decided("delivery", "mend first", "Mend the delivery first: no effect is judged", reasons)


def _worse(known: Known, beyond_error: bool) -> Decided | None:
    pain = known.pain
    real = pain.reliable is not None and -(pain.improvement or 0.0) >= pain.reliable[1]
    if pain.state != "worse" or real is not beyond_error:
        return None
    title = "Stop: pain is worse" if real else "Stop: pain is no better and may be worse"
    return Decided("worse", "stop", title, tuple(f"pain: {reason}" for reason in pain.reasons))


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


def _not_judged(known: Known) -> Decided | None:
    pain = known.pain
    lacking = [f"{pain.label}: {reason}" for reason in pain.reasons] if pain.state == "not judged" else []
    if not lacking and pain.state_if_missing_no_better not in ("", *POSSIBLY) and pain.state in POSSIBLY:
        lacking.append("so many days are missing that pain could be no better")
    if known.impression is None:
        lacking.append("the patient's own impression of change was not asked")
    elif not known.impression_counts:
        asked = f"last asked on {day(known.impression.date)} ({known.impression.value:g} of 7)"
        lacking.append(f"the patient's own impression of change was {asked}, too long ago")
    if not lacking:
        return None
    if known.on >= known.latest:
        reasons = (*lacking, f"no course goes on undecided after {day(known.latest)}")
        return Decided("not judged in time", "stop", "Stop: whether it helps was never recorded", reasons)
    title = "Mend the record first: an effect cannot be judged"
    if pain.state == "not judged" and (
        pain.before is None or pain.before.written < instrument(pain.instrument).days_needed
    ):
        lacking.append("a baseline cannot be made up afterwards: a new one without light is needed")
    return Decided("days missing", "mend first", title, tuple(lacking))


def _disagree(known: Known) -> Decided | None:
    felt = known.impression
    if felt is None or felt.value < NO_CHANGE or known.pain.state not in BETTER:
        return None
    reasons = (f"pain: {known.pain.state}; {'; '.join(known.pain.reasons)}", _impression_text(felt))
    return Decided("disagree", "refer", "Refer: numbers and person disagree; talk before anything is decided", reasons)


def _after_the_light(known: Known) -> Decided | None:
    if known.pain.state not in POSSIBLY or known.light_ended is None or known.gained_by_then != "none":
        return None
    reasons = (
        f"pain: {known.pain.state}; {'; '.join(known.pain.reasons)}",
        f"when light ended, on {day(known.light_ended)}, pain was not better by half of what matters",
    )
    return Decided("after the light", "stop", "Stop: pain got better only after the light had ended", reasons)


def _better(known: Known, limits: Mapping[str, float]) -> Decided | None:
    pain, impaired = known.pain, known.impaired
    by_pain = pain.state in BETTER
    by_all = bool(impaired) and all(found.state in BETTER for found in impaired)
    felt = known.impression
    if not (by_pain or by_all) or felt is None or felt.value > limits["impression_at_most"]:
        return None
    reasons = [f"pain is {pain.state}: it {' and '.join(pain.reasons[:2])}"] if by_pain else []
    reasons += [_domains_text(known), _impression_text(felt)]
    better = "better, though sham would explain it" if by_pain and known.sham_explains else "better"
    if known.light_ended is None:
        title = f"Continue: {better}; take light down step by step"
    else:
        title = f"Continue without light: {better}, and no session is needed now"
        dark = count((known.on - known.light_ended).days, "day")
        ended = f"the last session was on {day(known.light_ended)}"
        if known.gained_by_then == "whole":
            reasons.append(f"{ended}: the gain has lasted {dark} without light")
        elif known.gained_by_then == "half":
            reasons.append(f"{ended}, when the gain had begun; the rest came without light, within {dark}")
        else:
            reasons.append(f"{ended}; whether pain was better then was not written down")
    return Decided("better", "continue", title, tuple(reasons))


def _possibly(known: Known, limits: Mapping[str, float]) -> Decided | None:
    pain, felt = known.pain, known.impression
    if pain.state not in POSSIBLY or not pain.impaired or felt is None or felt.value > limits["impression_at_most"]:
        return None
    reasons = (f"pain: {pain.state}; {'; '.join(pain.reasons)}", _domains_text(known), _impression_text(felt))
    if known.adjusted:
        title, told = "Stop: adjusted once, and still not clearly better", "a course is adjusted once"
    elif not known.adjustments:
        title = "Stop: not clearly better, and nothing is left to adjust"
        told = "the light that the plan follows leaves nothing to adjust"
    elif known.on >= known.latest:
        title, told = "Stop: not clearly better in time", f"no course goes on undecided after {day(known.latest)}"
    else:
        told = "one change, then the effect is judged again, against the same baseline"
        return Decided("possibly better", "adjust once", "Adjust once: possibly better", (*reasons, told))
    return Decided("not clearly better", "stop", title, (*reasons, told))


def _not_better(known: Known) -> Decided:
    pain, felt = known.pain, known.impression
    reasons = [f"pain: {pain.state}; {'; '.join(pain.reasons)}", _domains_text(known)]
    if felt is not None:
        reasons.append(_impression_text(felt))
    return Decided("not better", "stop", "Stop: it has not helped", (*reasons, "that, too, is an answer"))


def _domains_text(known: Known) -> str:
    """Say how many of the domains that were impaired at the start got better: a responder is one who did in each."""
    better = [found.label for found in known.impaired if found.state in BETTER]
    text = f"better beyond error in {len(better)} of {count(len(known.impaired), 'domain')} impaired at the start"
    if better:
        text += f": {joined(better)}"
    unknown = [found.label for found in known.impaired if found.state == "not judged"]
    return f"{text}; not judged: {joined(unknown)}" if unknown else text


def _impression_text(felt: DatedValue) -> str:
    return f"the patient's own impression: {IMPRESSIONS[round(felt.value)]} ({day(felt.date)})"
