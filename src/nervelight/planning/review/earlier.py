"""What earlier cards of this person have settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nervelight.errors import Fault, InvalidInput
from nervelight.planning.review.review_document import Review

__all__ = ["Settled", "settled_by"]


@dataclass(frozen=True)
class Settled:
    """What earlier cards have settled by a day.

    Parameters
    ----------
    cards : tuple of Review
        Those that a clinician decided on, in order of their day.
    flags : mapping of (str, date) to Review
        Red flags that somebody has dealt with, by id and day, with the card.
    seen : frozenset of (date, str)
        Sessions with far too much light, and events, that an accepted or edited card shows.
    adjusted : Review or None
        The card of another plan by which that one was adjusted to this one.
    adjusting : Review or None
        The card by which this very plan was to be adjusted.
    light_before : date or None
        First session of an earlier plan: sessions from then on are no fault of this one's diary.
    found : Review or None
        The last card of this plan that found success: what is left of its gain is judged by it.
    success : Review or None
        The card of this plan that last agreed on how light is taken down.
    stopped : Review or None
        The card by which this very plan was stopped.
    """

    cards: tuple[Review, ...] = ()
    flags: dict[tuple[str, dt.date], Review] = field(default_factory=dict)
    seen: frozenset[tuple[dt.date, str]] = frozenset()
    adjusted: Review | None = None
    adjusting: Review | None = None
    light_before: dt.date | None = None
    found: Review | None = None
    success: Review | None = None
    stopped: Review | None = None


def settled_by(earlier: Sequence[Review], patient: str, plan_sha256: str, on: dt.date) -> Settled:
    """Return what earlier cards have settled.

    Parameters
    ----------
    earlier : sequence of Review
    patient : str
        The name on the plan.
    plan_sha256 : str
        Hash of the plan under review.
    on : date
        The day of the review.

    Returns
    -------
    Settled
        A rejected card settles nothing; of several about this plan the last decides.

    Raises
    ------
    InvalidInput
        If a card is somebody else's, was never decided on, or is of a later day; every fault at once.
    """
    faults = list(_faults(earlier, patient, on))
    if faults:
        raise InvalidInput("earlier reviews", faults)
    cards = sorted(earlier, key=lambda card: card.on)
    holding = [card for card in cards if _decision(card) is not None]
    own = [card for card in holding if card.made.plan_sha256 == plan_sha256]
    others = [card for card in holding if card.made.plan_sha256 != plan_sha256]
    last = own[-1] if own else None
    agreed = [card for card in own if card.after_success and _decision(card) == "continue"]
    return Settled(
        cards=tuple(cards),
        flags={(flag.id, flag.date): card for card in holding for flag in card.red_flags},
        seen=frozenset(pair for card in holding for pair in _shown(card)),
        adjusted=next((card for card in others if _decision(card) == "adjust once"), None),
        adjusting=last if last is not None and _decision(last) == "adjust once" else None,
        light_before=min((card.first_light for card in others), default=None),
        found=next((card for card in reversed(agreed) if card.rule == "better"), None),
        success=agreed[-1] if agreed else None,
        stopped=last if last is not None and _decision(last) == "stop" else None,
    )


def _faults(earlier: Iterable[Review], patient: str, on: dt.date) -> Iterator[Fault]:
    for number, card in enumerate(earlier):
        if card.patient != patient:
            yield Fault(f"earlier[{number}].patient", card.patient, f"the name on the plan: {patient}")
        if card.clinician is None:
            yield Fault(f"earlier[{number}].clinician", None, "a card that a clinician decided on (--decision)")
        if card.on > on:
            yield Fault(f"earlier[{number}].on", card.on.isoformat(), f"at latest the day reviewed, {on}")


def _decision(card: Review) -> str | None:
    """Return the decision that holds; None for a card that was rejected."""
    return card.clinician.decision if card.clinician is not None and card.clinician.word != "reject" else None


def _shown(card: Review) -> Iterator[tuple[dt.date, str]]:
    for session in card.delivery.sessions:
        if session.too_much:
            yield session.date, session.too_much
    for event in card.events:
        yield event.date, event.text
