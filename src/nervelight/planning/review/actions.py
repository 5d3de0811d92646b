"""Who is to do what by when, from what a review found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nervelight.assessment import instrument, scorable_ids, scoring
from nervelight.planning.review.alarms import Alarm
from nervelight.planning.review.decision import Decided, Known
from nervelight.planning.review.domains import domains
from nervelight.planning.review.review_document import Action, DatedText, DomainOutcome
from nervelight.planning.words import count, day

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
CLINICIAN = "treating clinician"
RULE = ("nervelight_rule",)


def actions_for(
    decided: Decided, known: Known, before_light: Iterable[Alarm], events: Iterable[DatedText]
) -> Iterator[Action]:
    """Yield what follows, the most urgent first.

    Parameters
    ----------
    decided : Decided
    known : Known
    before_light : iterable of Alarm
        Red flags from before the first session.
    events : iterable of DatedText
        What was written down as unwanted since the last card.
    """
    for alarm in known.alarms:
        why = f"{alarm.why}, {day(alarm.date)}"
        flag = alarm.flag
        yield Action(text=flag.action, owner=flag.owner, within=WITHIN[flag.urgency], why=why, sources=flag.sources)
    if known.too_much:
        text = "Look at the skin, and make sure of lamp, time and distance."
        why = "; ".join(f"{day(date)}: {what}" for date, what in known.too_much)
        yield Action(text=text, owner=CLINICIAN, within=WITHIN["stop-and-report"], why=why, sources=RULE)
    for event in events:
        why = f"{event.text} ({day(event.date)})"
        yield _rule("Read and grade what was written down as unwanted.", "before any further session", why)
    for alarm in before_light:
        why = f"{alarm.flag.id.replace('_', ' ')}, {day(alarm.date)}, before the first session"
        yield _rule("Confirm that it is over.", "1 week", why)
    yield from _of_delivery(known)
    if not known.impression_counts and known.on >= known.effect_gate:
        yield _rule("Ask for the patient's own impression of change.", "1 week", "it was not asked lately")
    if decided.rule == "possibly better":
        text = "Choose one adjustment below, make a new plan, check it, and sign it."
        yield _rule(text, "2 weeks", "possibly better")
    for found in known.outcomes:
        yield from _of_domain(found, decided)


def _rule(text: str, within: str, why: str) -> Action:
    return Action(text=text, owner=CLINICIAN, within=within, why=why, sources=RULE)


def _of_delivery(known: Known) -> Iterator[Action]:
    found = known.delivery
    if found.due and not found.judgeable:
        text = "Ask what keeps sessions from being given as planned, and mend that."
        yield _rule(text, "1 week", "; ".join(found.reasons))
    if found.skin_unchecked:
        why = f"nobody wrote it down after {count(found.skin_unchecked, 'session')}"
        yield _rule("See that the skin is looked at after each session, and written down.", "1 week", why)


def _of_domain(found: DomainOutcome, decided: Decided) -> Iterator[Action]:
    domain = domains()[found.id]
    now = found.after.mean if found.after is not None else None
    still = domain.if_impaired and now is not None and found.impaired_at is not None and now >= found.impaired_at
    # Pain that is worse is the decision itself, where it is one.
    worse = found.state == "worse" and (found.id != "pain" or decided.rule == "worse")
    if worse or still:
        then = domain.if_worse
        why = f"{found.label} is worse" if found.state == "worse" else f"{found.name} is {now:g}"
        yield Action(text=then.text, owner=then.owner, within=then.within, why=why, sources=then.sources)
    if now is not None and found.instrument in scorable_ids():
        longer = scoring(found.instrument).then
        if longer is not None and now >= longer.at_least:
            yield _rule(f"Ask the longer form, {instrument(longer.ask).name}.", "1 week", f"{found.name} is {now:g}")
