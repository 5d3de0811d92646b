"""The rules that judge an effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from nervelight.assessment import instrument
from nervelight.planning.review.known import BETTER, POSSIBLY, Decided, Known
from nervelight.planning.review.review_document import DatedValue, DomainOutcome
from nervelight.planning.words import count, day, joined

__all__ = ["EFFECT_RULES", "effect_rules", "pain_lacking", "worse_beyond_error"]

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


def worse_beyond_error(known: Known) -> Decided | None:
    """Return what pain that is worse beyond measurement error decides, at any time."""
    return _worse(known, beyond_error=True)


def effect_rules(known: Known, limits: Mapping[str, float]) -> Decided:
    """Return what the effect decides, once delivery and time allow to judge it."""
    return (
        _not_judged(known)
        or _worse(known, beyond_error=False)
        or _disagree(known, limits)
        or _after_the_light(known)
        or _better(known, limits)
        or _possibly(known, limits)
        or _not_better(known)
    )


def pain_lacking(known: Known) -> Iterator[str]:
    """Yield why pain cannot be judged, or only on the good side of the days that are missing."""
    pain = known.pain
    if pain.state == "not judged":
        yield from (f"{pain.label}: {reason}" for reason in pain.reasons)
    elif pain.state in POSSIBLY and pain.state_if_missing_no_better not in ("", *POSSIBLY):
        yield "so many days are missing that pain could be no better"


def _worse(known: Known, beyond_error: bool) -> Decided | None:
    pain = known.pain
    real = pain.reliable is not None and -(pain.improvement or 0.0) >= pain.reliable[1]
    if pain.state != "worse" or real is not beyond_error:
        return None
    title = "Stop: pain is worse" if real else "Stop: pain is no better and may be worse"
    return Decided("worse", "stop", title, tuple(f"pain: {reason}" for reason in pain.reasons))


def _not_judged(known: Known) -> Decided | None:
    pain = known.pain
    lacking = list(pain_lacking(known))
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
