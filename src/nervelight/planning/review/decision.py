"""What to do next, by rule: the first rule that applies decides, and says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nervelight.planning.review.alarms import HARM, Alarm
from nervelight.planning.review.review_document import (
    Adjustment,
    DatedValue,
    DecisionWord,
    Delivery,
    DomainOutcome,
)
from nervelight.planning.words import count, day, joined

__all__ = ["Decided", "Known", "decide"]

IMPRESSIONS = {
    1: "very much improved",
    2: "much improved",
    3: "minimally improved",
    4: "no change",
    5: "minimally worse",
    6: "much worse",
    7: "very much worse",
}
BETTER = ("better", "much better")
POSSIBLY = ("possibly better", *BETTER)
# Flags with a time limit of days are looked at while the course goes on; all others come before light.
SOON = ("2-working-days", "referral")


@dataclass(frozen=True)
class Known:
    """What the rules look at.

    Parameters
    ----------
    on : date
        The day of the review.
    week : int
        Whole weeks since the first day of the plan.
    delivery_gate, effect_gate, latest : date
        From when delivery and effect are judged, and by when the course is decided.
    alarms : sequence of Alarm
    delivery : Delivery
    outcomes : sequence of DomainOutcome
        Pain first.
    impression : DatedValue or None
        The patient's own impression of change.
    adjustments : sequence of Adjustment
        What the evidence leaves room for.
    adjusted : bool
        Whether this course was adjusted before.
    sham_explains : bool or None
        Whether people on sham improve as much; None where that is not known.
    light_ended : date or None
        The last session, where light has ended since; None while it goes on.
    """

    on: dt.date
    week: int
    delivery_gate: dt.date
    effect_gate: dt.date
    latest: dt.date
    alarms: Sequence[Alarm]
    delivery: Delivery
    outcomes: Sequence[DomainOutcome]
    impression: DatedValue | None
    adjustments: Sequence[Adjustment]
    adjusted: bool
    sham_explains: bool | None
    light_ended: dt.date | None


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
    In order: red flags, harm, pain that keeps rising, delivery, too early, days missing, pain worse, better, possibly
    better, not better. No rule looks at sham: a gain that sham explains is a gain, but the title says that light need
    not be its cause.
    """
    return (
        _red_flags(known)
        or _harm(known)
        or _rising(known)
        or _delivery(known)
        or _too_early(known)
        or _not_judged(known)
        or _worse(known)
        or _better(known, limits)
        or _possibly(known)
        or _not_better(known)
    )


def _red_flags(known: Known) -> Decided | None:
    flags = [alarm for alarm in known.alarms if alarm.flag.id != HARM and alarm.flag.urgency not in SOON]
    if not flags:
        return None
    first = flags[0]
    return Decided(
        "red flag",
        "refer",
        f"Refer: {first.flag.action[0].lower()}{first.flag.action[1:]}",
        tuple(f"{alarm.flag.question.rstrip('?')} ({alarm.why}, {day(alarm.date)})" for alarm in flags),
    )


def _harm(known: Known) -> Decided | None:
    harm = next((alarm for alarm in known.alarms if alarm.flag.id == HARM), None)
    if harm is None:
        return None
    return Decided("harm", "stop", f"Stop: {harm.why}", (f"{harm.why}, {day(harm.date)}", harm.flag.action))


def _rising(known: Known) -> Decided | None:
    soon = [alarm for alarm in known.alarms if alarm.flag.urgency in SOON]
    if not soon:
        return None
    return Decided(
        "needs a look first",
        "refer",
        f"Refer: {soon[0].flag.action[0].lower()}{soon[0].flag.action[1:]}",
        tuple(f"{alarm.why}, {day(alarm.date)}" for alarm in soon),
    )


def _delivery(known: Known) -> Decided | None:
    if known.delivery.judgeable or known.on < known.delivery_gate:
        return None
    reasons = (*known.delivery.reasons, "an effect is not judged until the light has been given as planned")
    if known.on >= known.latest:
        return Decided("not delivered in time", "stop", "Stop: the course was not given as planned in time", reasons)
    return Decided("delivery", "mend first", "Mend the delivery first: no effect is judged", reasons)


def _too_early(known: Known) -> Decided | None:
    if known.on >= known.effect_gate:
        return None
    reasons = [f"the effect is judged from {day(known.effect_gate)} on; what is seen before tells little"]
    if not known.delivery.judgeable:
        reasons += [f"mend now: {reason}" for reason in known.delivery.reasons]
    return Decided("too early", "continue", "Continue: it is too early to judge an effect", tuple(reasons))


def _not_judged(known: Known) -> Decided | None:
    pain = known.outcomes[0]
    lacking = [f"{pain.label}: {reason}" for reason in pain.reasons] if pain.state == "not judged" else []
    if known.impression is None:
        lacking.append("the patient's own impression of change was not asked")
    if not lacking:
        return None
    if known.on >= known.latest:
        reasons = (*lacking, f"no course goes on undecided after {day(known.latest)}")
        return Decided("not judged in time", "stop", "Stop: whether it helps was never recorded", reasons)
    if pain.state == "not judged" and pain.before is None:
        lacking.append("a baseline cannot be made up afterwards: a new one without light is needed")
    return Decided("days missing", "mend first", "Mend the record first: an effect cannot be judged", tuple(lacking))


def _worse(known: Known) -> Decided | None:
    pain = known.outcomes[0]
    if pain.state != "worse":
        return None
    return Decided("worse", "stop", "Stop: pain is worse", tuple(f"pain: {reason}" for reason in pain.reasons))


def _impaired(known: Known) -> list[DomainOutcome]:
    return [found for found in known.outcomes if found.impaired and found.state != "not judged"]


def _felt(known: Known, limits: Mapping[str, float]) -> bool:
    return known.impression is not None and known.impression.value <= limits["impression_at_most"]


def _better(known: Known, limits: Mapping[str, float]) -> Decided | None:
    pain, impaired = known.outcomes[0], _impaired(known)
    by_pain = pain.state in BETTER
    by_all = bool(impaired) and all(found.state in BETTER for found in impaired)
    if not (by_pain or by_all) or not _felt(known, limits):
        return None
    reasons = []
    if by_pain:
        reasons.append(f"pain is {pain.state}: it {' and '.join(pain.reasons[:2])}")
    reasons += [_domains_text(known), _impression_text(known)]
    better = "better, though sham would explain it" if known.sham_explains else "better"
    if known.light_ended is None:
        return Decided("better", "continue", f"Continue: {better}; take light down step by step", tuple(reasons))
    dark = count((known.on - known.light_ended).days, "day")
    reasons.append(f"the last session was on {day(known.light_ended)}: the gain has lasted {dark} without light")
    title = f"Continue without light: {better}, and no session is needed now"
    return Decided("better", "continue", title, tuple(reasons))


def _possibly(known: Known) -> Decided | None:
    pain, impaired = known.outcomes[0], _impaired(known)
    if pain.state not in POSSIBLY and not (impaired and all(found.state in POSSIBLY for found in impaired)):
        return None
    reasons = [f"pain: {pain.state}; {'; '.join(pain.reasons)}", _domains_text(known), _impression_text(known)]
    if known.adjusted:
        title, told = "Stop: adjusted once, and still not clearly better", "a course is adjusted once"
    elif not known.adjustments:
        title = "Stop: not clearly better, and nothing is left to adjust"
        told = "the light that the plan follows leaves nothing to adjust"
    elif known.on >= known.latest:
        title, told = "Stop: not clearly better in time", f"no course goes on undecided after {day(known.latest)}"
    else:
        told = "one change, then the effect is judged again"
        return Decided("possibly better", "adjust once", "Adjust once: possibly better", (*reasons, told))
    return Decided("not clearly better", "stop", title, (*reasons, told))


def _not_better(known: Known) -> Decided:
    pain = known.outcomes[0]
    return Decided(
        "not better",
        "stop",
        "Stop: it has not helped",
        (
            f"pain: {pain.state}; {'; '.join(pain.reasons)}",
            _domains_text(known),
            _impression_text(known),
            "that, too, is an answer",
        ),
    )


def _domains_text(known: Known) -> str:
    """Say how many of the domains that were impaired at the start got better: a responder is one who did in each."""
    impaired = _impaired(known)
    better = [found.label for found in impaired if found.state in BETTER]
    text = f"better beyond error in {len(better)} of {count(len(impaired), 'domain')} impaired at the start"
    if better:
        text += f": {joined(better)}"
    unknown = [found.label for found in known.outcomes if found.impaired and found.state == "not judged"]
    return f"{text}; not judged: {joined(unknown)}" if unknown else text


def _impression_text(known: Known) -> str:
    assert known.impression is not None
    words = IMPRESSIONS[round(known.impression.value)]
    return f"the patient's own impression: {words} ({day(known.impression.date)})"
