"""What to do next, by rule: the first rule that applies decides, and says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nervelight.assessment import instrument
from nervelight.planning.review.alarms import HARM, Alarm
from nervelight.planning.review.earlier import Settled
from nervelight.planning.review.outcomes import Gain
from nervelight.planning.review.review_document import (
    Adjustment,
    DatedValue,
    DecisionWord,
    Delivery,
    DomainOutcome,
    Review,
)
from nervelight.planning.words import count, day, joined

__all__ = ["BETTER", "EFFECT_RULES", "PLANNED_DAY", "POSSIBLY", "Decided", "Known", "decide", "step_back"]

IMPRESSIONS = {
    1: "very much improved",
    2: "much improved",
    3: "minimally improved",
    4: "no change",
    5: "minimally worse",
    6: "much worse",
    7: "very much worse",
}
MUCH_IMPROVED = 2
BETTER = ("better", "much better")
"""States beyond measurement error."""
POSSIBLY = ("possibly better", *BETTER)
"""States that reach the change that matters."""
PLANNED_DAY = 3
"""Days after the gate on which an effect is still judged on the planned day; other days are days of one's choosing."""
# Flags with a time limit of days are looked at while the course goes on; all others come before light.
SOON = ("2-working-days", "referral")
EFFECT_RULES = (
    "worse",
    "disagree",
    "after the light",
    "better",
    "possibly better",
    "not clearly better",
    "not better",
    "the gain lasts",
    "the gain is lost",
)
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
    begun : bool
        Whether a session was given.
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
    settled : Settled
        What earlier cards have settled.
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
    begun: bool
    alarms: Sequence[Alarm]
    too_much: Sequence[tuple[dt.date, str]]
    delivery: Delivery
    outcomes: Sequence[DomainOutcome]
    impression: DatedValue | None
    impression_counts: bool
    adjustments: Sequence[Adjustment]
    settled: Settled
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
    In order: red flags, harm, pain that keeps rising, far too much light, stopped before, an adjustment that was agreed
    on, not begun, pain worse beyond error, after success, delivery, too early, days missing, pain worse, person and
    numbers disagree, better only after the light, better, possibly better, not better. No rule looks at sham: a gain
    that sham explains is a gain, but the title says that light need not be its cause.
    """
    return (
        _red_flags(known)
        or _harm(known)
        or _look_first(known)
        or _too_much(known)
        or _stopped(known)
        or _adjusting(known)
        or _not_begun(known)
        or _worse(known, beyond_error=True)
        or _after_success(known)
        or _delivery(known)
        or _too_early(known)
        or _not_judged(known)
        or _worse(known, beyond_error=False)
        or _disagree(known, limits)
        or _after_the_light(known)
        or _better(known, limits)
        or _possibly(known, limits)
        or _not_better(known)
    )


def step_back(card: Review, on: dt.date) -> float:
    """Return how many sessions a week the step before had, of those that a card agreed on.

    Before the first step that is one session a week more than it; after all steps, what the last step with light had.
    """
    steps = [step for step in card.after_success if step.first <= on]
    lit = [step.sessions_per_week for step in card.after_success if step.sessions_per_week]
    now = steps[-1].sessions_per_week if steps else 0.0
    return now + 1 if now or not lit else lit[-1]


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


def _after_success(known: Known) -> Decided | None:
    """Judge what was agreed on after success: is the gain still there?"""
    card = known.settled.success
    if card is None:
        return None
    now = next((step for step in card.after_success if step.first <= known.on <= step.last), None)
    told = "what was agreed on is over" if now is None else f"agreed on: {now.label}, up to {day(now.last)}"
    pain = known.pain
    lacking = list(_pain_lacking(known))
    if lacking:
        title = "Mend the record first: whether the gain lasts is not known"
        return Decided("days missing", "mend first", title, (*lacking, told))
    # Held against the card that found success: a gain that fades by and by would pass each look at the last one.
    found = known.settled.found or card
    lasting = _still_there(found, known)
    then = found.outcomes[0]
    reasons = (f"pain: {pain.state}; {'; '.join(pain.reasons)}", _levels(then, pain), told)
    if lasting:
        label = "no session is planned" if now is None else now.label
        return Decided("the gain lasts", "continue", f"Continue as agreed: the gain lasts ({label})", reasons)
    back = step_back(card, known.on)
    title = f"The gain is lost: go back to {count(back, 'session')} a week, or find out with periods on and off"
    return Decided("the gain is lost", "continue", title, reasons)


def _still_there(card: Review, known: Known) -> bool:
    """Return whether what the card called better still is: at least half of the gain in pain, or every part of it."""
    then, now = card.outcomes[0], known.pain
    if card.success_by == "pain" and then.before and then.after and now.before and now.after:
        gain = then.before.mean - then.after.mean
        return now.state in POSSIBLY and then.before.mean - now.after.mean >= gain / 2
    were = {found.id for found in card.outcomes if found.impaired and found.state in POSSIBLY}
    return all(found.state in POSSIBLY for found in known.outcomes if found.id in were)


def _levels(then: DomainOutcome, now: DomainOutcome) -> str:
    if then.before is None or then.after is None or now.after is None:
        return "the level of pain at success is not known"
    return (
        f"pain was {then.before.mean:.1f} at first, {then.after.mean:.1f} at success, and is {now.after.mean:.1f} now"
    )


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


def _pain_lacking(known: Known) -> Iterator[str]:
    pain = known.pain
    if pain.state == "not judged":
        yield from (f"{pain.label}: {reason}" for reason in pain.reasons)
    elif pain.state in POSSIBLY and pain.state_if_missing_no_better not in ("", *POSSIBLY):
        yield "so many days are missing that pain could be no better"


def _not_judged(known: Known) -> Decided | None:
    pain = known.pain
    lacking = list(_pain_lacking(known))
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


def _disagree(known: Known, limits: Mapping[str, float]) -> Decided | None:
    felt, state = known.impression, known.pain.state
    if felt is None:
        return None
    unfelt = state in POSSIBLY and felt.value > limits["impression_at_most"]
    felt_alone = state == "no clear change" and felt.value <= MUCH_IMPROVED
    if not unfelt and not (felt_alone and not _every_part(known)):
        return None
    reasons = (f"pain: {state}; {'; '.join(known.pain.reasons)}", _domains_text(known), _impression_text(felt))
    return Decided("disagree", "refer", "Refer: numbers and person disagree; talk before anything is decided", reasons)


def _after_the_light(known: Known) -> Decided | None:
    if known.pain.state not in POSSIBLY or known.light_ended is None or known.gained_by_then != "less":
        return None
    reasons = (
        f"pain: {known.pain.state}; {'; '.join(known.pain.reasons)}",
        f"when light ended, on {day(known.light_ended)}, less than half of that gain was there",
    )
    return Decided("after the light", "stop", "Stop: pain got better mostly after the light had ended", reasons)


def _got_better(found: DomainOutcome) -> bool:
    """Return whether a part got better beyond error, or by what matters where its error is not known."""
    return found.state in BETTER or (found.state == "possibly better" and found.reliable is None)


def _can_be_judged(found: DomainOutcome) -> bool:
    """Return whether a change of it could be called one; of some forms no change is known to matter."""
    return not (found.state == "not judged" and found.before is not None and found.after is not None)


def _every_part(known: Known) -> bool:
    """Return whether every part of life that was impaired, and can be judged, got better."""
    parts = [found for found in known.impaired if _can_be_judged(found)]
    return bool(parts) and all(_got_better(found) for found in parts)


def _better(known: Known, limits: Mapping[str, float]) -> Decided | None:
    pain, felt = known.pain, known.impression
    by_pain = pain.state in BETTER
    if not (by_pain or _every_part(known)) or felt is None or felt.value > limits["impression_at_most"]:
        return None
    reasons = [f"pain is {pain.state}: it {' and '.join(pain.reasons[:2])}"] if by_pain else []
    reasons += [_domains_text(known), _impression_text(felt)]
    better = "better, though sham would explain it" if by_pain and known.sham_explains else "better"
    if known.light_ended is None:
        title = f"Continue: {better}; take light down step by step"
    else:
        title = f"Continue without light: {better}, and no session is needed now"
        reasons.append(_without_light(known, known.light_ended, by_pain))
    return Decided("better", "continue", title, tuple(reasons))


def _without_light(known: Known, ended: dt.date, by_pain: bool) -> str:
    last, dark = f"the last session was on {day(ended)}", count((known.on - ended).days, "day")
    if not by_pain:
        return f"{last}, {dark} ago"
    if known.gained_by_then is None:
        return f"{last}; whether pain was better then was not written down"
    if known.gained_by_then == "whole":
        return f"{last}: the gain has lasted {dark} without light"
    return f"{last}, when more than half of the gain was there; the rest came without light, within {dark}"


def _possibly(known: Known, limits: Mapping[str, float]) -> Decided | None:
    pain, felt = known.pain, known.impression
    if pain.state not in POSSIBLY or not pain.impaired or felt is None or felt.value > limits["impression_at_most"]:
        return None
    reasons = (f"pain: {pain.state}; {'; '.join(pain.reasons)}", _domains_text(known), _impression_text(felt))
    if known.settled.adjusted is not None:
        title, told = "Stop: adjusted once, and still not clearly better", "a course is adjusted once"
    elif not known.adjustments:
        title = "Stop: not clearly better, and nothing is left to adjust"
        told = "the light that the plan follows leaves nothing to adjust"
    elif known.on >= known.latest:
        title, told = "Stop: not clearly better in time", f"no course goes on undecided after {day(known.latest)}"
    else:
        told = "one change, then the effect is judged again, against the same baseline"
        title = f"Adjust once: possibly better{', though sham would explain it' if known.sham_explains else ''}"
        return Decided("possibly better", "adjust once", title, (*reasons, told))
    return Decided("not clearly better", "stop", title, (*reasons, told))


def _not_better(known: Known) -> Decided:
    pain, felt = known.pain, known.impression
    reasons = [f"pain: {pain.state}; {'; '.join(pain.reasons)}", _domains_text(known)]
    if felt is not None:
        reasons.append(_impression_text(felt))
    return Decided("not better", "stop", "Stop: it has not helped", (*reasons, "that, too, is an answer"))


def _domains_text(known: Known) -> str:
    """Say how many of the domains that were impaired at the start got better: a responder is one who did in each."""
    better = [found.label for found in known.impaired if _got_better(found)]
    text = f"better in {len(better)} of {count(len(known.impaired), 'domain')} impaired at the start"
    if better:
        text += f": {joined(better)}"
    unknown = [found.label for found in known.impaired if found.state == "not judged"]
    return f"{text}; not judged: {joined(unknown)}" if unknown else text


def _impression_text(felt: DatedValue) -> str:
    return f"the patient's own impression: {IMPRESSIONS[round(felt.value)]} ({day(felt.date)})"
