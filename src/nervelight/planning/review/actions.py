"""Who is to do what by when, from what a review found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nervelight.assessment import instrument, scorable_ids, scoring
from nervelight.planning.review.alarms import Alarm
from nervelight.planning.review.domains import domains
from nervelight.planning.review.known import Decided, Known
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
# In order of time.
ORDER = ("now", "today", "before any further session", "1 working day", "2 working days", "1 week", "2 weeks")
CLINICIAN = "treating clinician"
RULE = ("nervelight_rule",)
# What each decision asks of the clinician, beside what single findings do.
OF_DECISION = {
    "stop": ("Tell the patient why, and plan what comes instead of light.", "1 week"),
    "disagree": ("Talk with the patient about what the numbers and the impression say.", "1 week"),
    "days missing": ("See that pain is written down every day, and the impression of change asked for.", "1 week"),
    "possibly better": ("Choose one adjustment below, make a new plan, check it, and sign it.", "2 weeks"),
    "adjustment agreed on": ("Make the new plan, check it, and sign it.", "1 week"),
    "the gain is lost": ("Agree with the patient on the step back, or on a trial with periods on and off.", "1 week"),
    "not begun": ("Ask what keeps the course from beginning.", "1 week"),
}


def actions_for(
    decided: Decided, known: Known, closed: Sequence[Alarm], events: Sequence[DatedText]
) -> tuple[Action, ...]:
    """Return what follows, the soonest first.

    Parameters
    ----------
    decided : Decided
    known : Known
    closed : sequence of Alarm
        Red flags from before the first session that could wait.
    events : sequence of DatedText
        What was written down as unwanted and no card has shown yet.
    """
    found = [
        *_of_alarms(known.alarms),
        *_of_light(known),
        *_of_decision(decided),
        *_of_events(events),
        *_of_closed(closed),
        *_of_delivery(decided, known),
        *(action for outcome in known.outcomes for action in _of_domain(outcome, decided)),
    ]
    # Equal times keep their order: what the decision itself asks stands before what single findings ask.
    return tuple(sorted(found, key=lambda action: ORDER.index(action.within) if action.within in ORDER else len(ORDER)))


def _rule(text: str, within: str, why: str) -> Action:
    return Action(text=text, owner=CLINICIAN, within=within, why=why, sources=RULE)


def _of_alarms(alarms: Iterable[Alarm]) -> Iterator[Action]:
    for alarm in alarms:
        flag, why = alarm.flag, f"{alarm.why}, {day(alarm.date)}"
        yield Action(text=flag.action, owner=flag.owner, within=WITHIN[flag.urgency], why=why, sources=flag.sources)


def _of_light(known: Known) -> Iterator[Action]:
    if known.too_much:
        why = "; ".join(f"{day(date)}: {what}" for date, what in known.too_much)
        text = "Look at the skin, and make sure of lamp, time and distance."
        yield _rule(text, WITHIN["stop-and-report"], why)


def _of_decision(decided: Decided) -> Iterator[Action]:
    if decided.rule in OF_DECISION:
        yield _rule(*OF_DECISION[decided.rule], decided.title)
    elif decided.decision == "stop":
        yield _rule(*OF_DECISION["stop"], decided.title)


def _of_events(events: Sequence[DatedText]) -> Iterator[Action]:
    if events:
        why = "; ".join(f"{event.text} ({day(event.date)})" for event in events)
        yield _rule("Read and grade what was written down as unwanted.", WITHIN["stop-and-report"], why)


def _of_closed(closed: Iterable[Alarm]) -> Iterator[Action]:
    for alarm in closed:
        flag, name = alarm.flag, alarm.flag.id.replace("_", " ")
        text = f"Confirm that it is over: {name}. If not: {flag.action}"
        why = f"{alarm.why}, {day(alarm.date)}, before the first session"
        yield Action(text=text, owner=flag.owner, within=WITHIN[flag.urgency], why=why, sources=flag.sources)


def _of_delivery(decided: Decided, known: Known) -> Iterator[Action]:
    found = known.delivery
    over = decided.decision == "stop" or known.settled.success is not None or not known.begun
    if found.due and not found.judgeable and not over:
        text = "Ask what keeps sessions from being given as planned, and mend that."
        yield _rule(text, "1 week", "; ".join(found.reasons))
    if found.skin_unchecked and not over:
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
