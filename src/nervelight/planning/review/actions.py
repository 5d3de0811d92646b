"""Who is to do what by when, from what a review found."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.assessment import instrument, scorable_ids, scoring
from nervelight.planning.review.decision import Decided, Known
from nervelight.planning.review.domains import domains
from nervelight.planning.review.review_document import Action
from nervelight.planning.words import day

__all__ = ["actions_for"]

WITHIN = {
    "emergency-now": "now",
    "urgent": "today",
    "same-day": "today",
    "stop-and-report": "before any further session",
    "1-working-day": "1 working day",
    "2-working-days": "2 working days",
    "referral": "2 weeks",
}


def actions_for(decided: Decided, known: Known) -> Iterator[Action]:
    """Yield what follows, the most urgent first."""
    for alarm in known.alarms:
        yield Action(
            text=alarm.flag.action,
            owner=alarm.flag.owner,
            within=WITHIN[alarm.flag.urgency],
            why=f"{alarm.why}, {day(alarm.date)}",
            sources=alarm.flag.sources,
        )
    rule = ("nervelight_rule",)
    owner = "treating clinician"
    if not known.delivery.judgeable:
        yield Action(
            text="Ask what keeps sessions from being given as planned, and mend that.",
            owner=owner,
            within="1 week",
            why="; ".join(known.delivery.reasons),
            sources=rule,
        )
    if known.impression is None and known.on >= known.effect_gate:
        text = "Ask for the patient's own impression of change."
        yield Action(text=text, owner=owner, within="1 week", why="it was not asked lately", sources=rule)
    if decided.decision == "adjust once":
        text = "Choose one adjustment below, make a new plan, check it, and sign it."
        yield Action(text=text, owner=owner, within="2 weeks", why="possibly better", sources=rule)
    for found in known.outcomes:
        domain = domains()[found.id]
        now = found.after.mean if found.after is not None else None
        still = domain.if_impaired and now is not None and found.impaired_at is not None and now >= found.impaired_at
        if (found.state == "worse" and not (found.id == "pain" and known.alarms)) or still:
            then = domain.if_worse
            why = f"{found.label} is worse" if found.state == "worse" else f"{found.name} is {now:g}"
            yield Action(text=then.text, owner=then.owner, within=then.within, why=why, sources=then.sources)
        if now is not None and found.instrument in scorable_ids():
            longer = scoring(found.instrument).then
            if longer is not None and now >= longer.at_least:
                text = f"Ask the longer form, {instrument(longer.ask).name}."
                yield Action(text=text, owner=owner, within="1 week", why=f"{found.name} is {now:g}", sources=rule)
