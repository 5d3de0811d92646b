"""The rule after success: is what was gained still there?"""

from __future__ import annotations

import datetime as dt

from nervelight.planning.review.known import POSSIBLY, Decided, Known
from nervelight.planning.review.review_document import DomainOutcome, Review
from nervelight.planning.review.rules_effect import pain_lacking
from nervelight.planning.words import count, day

__all__ = ["after_success_rule", "step_back"]


def after_success_rule(known: Known) -> Decided | None:
    """Judge what was agreed on after success: is the gain still there?"""
    card = known.settled.success
    if card is None:
        return None
    now = next((step for step in card.after_success if step.first <= known.on <= step.last), None)
    told = "what was agreed on is over" if now is None else f"agreed on: {now.label}, up to {day(now.last)}"
    pain = known.pain
    lacking = list(pain_lacking(known))
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
    back = step_back(card, known.on, known.per_week)
    title = f"The gain is lost: go back to {count(back, 'session')} a week, or find out with periods on and off"
    return Decided("the gain is lost", "continue", title, reasons)


def step_back(card: Review, on: dt.date, most: float) -> float:
    """Return how many sessions a week the step before had, of those that a card agreed on.

    Before the first step that is one session a week more than it; after all steps, what the last step with light had.
    It is never more than the plan has.
    """
    steps = [step for step in card.after_success if step.first <= on]
    lit = [step.sessions_per_week for step in card.after_success if step.sessions_per_week]
    now = steps[-1].sessions_per_week if steps else 0.0
    return min(now + 1 if now or not lit else lit[-1], most)


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
