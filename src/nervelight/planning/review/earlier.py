"""What earlier cards of this person have settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nervelight.errors import Fault, InvalidInput
from nervelight.planning.review.review_document import Review, Step

__all__ = ["Settled", "settled_by"]


@dataclass(frozen=True)
class Settled:
    """What earlier cards have settled by a day.

    Parameters
    ----------
    cards : tuple of Review
        Those that a clinician decided on, in order of their day.
    flags : mapping of (str, date) to Review
        Red flags that somebody has dealt with, by id and last day, with the card.
    adjusted : bool
        Whether the course was adjusted once.
    first_light : date or None
        First session of the plan that this one adjusts.
    steps : tuple of Step
        The steps after success that were agreed on.
    stopped : Review or None
        The card by which this very plan was stopped.
    """

    cards: tuple[Review, ...] = ()
    flags: dict[tuple[str, dt.date], Review] | None = None
    adjusted: bool = False
    first_light: dt.date | None = None
    steps: tuple[Step, ...] = ()
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

    Raises
    ------
    InvalidInput
        If a card is somebody else's, was never decided on, or is of a later day; every fault at once.
    """
    faults = list(_faults(earlier, patient, on))
    if faults:
        raise InvalidInput("earlier reviews", faults)
    cards = sorted(earlier, key=lambda card: card.on)
    holding = [card for card in cards if card.clinician is not None and card.clinician.word != "reject"]
    adjusting = [card for card in holding if _decision(card) == "adjust once"]
    stopped = [card for card in holding if _decision(card) == "stop" and card.made.plan_sha256 == plan_sha256]
    agreed = [card for card in holding if card.after_success and _decision(card) == "continue"]
    of_other_plan = [card.first_light for card in adjusting if card.made.plan_sha256 != plan_sha256]
    return Settled(
        cards=tuple(cards),
        flags={(seen.id, seen.date): card for card in holding for seen in card.red_flags},
        adjusted=bool(adjusting),
        first_light=min(of_other_plan, default=None),
        steps=agreed[0].after_success if agreed else (),
        stopped=stopped[-1] if stopped else None,
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
    return card.clinician.decision if card.clinician is not None else None
