"""The evidence card of a condition: what was tried, what came of it, how surely, and what is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nervelight.evidence.anchor_ranking import RankedAnchor, rank_anchors
from nervelight.evidence.certainty import CertaintyRating, certainty_of, pooled_pain
from nervelight.evidence.claims import Claim, claims_for
from nervelight.evidence.conditions import Condition, ConditionInfo, condition_info
from nervelight.evidence.placebo import PlaceboResponse, placebo_responses
from nervelight.evidence.pooling import Pooled
from nervelight.evidence.reference import OutcomeReference, outcome_reference
from nervelight.evidence.studies import studies
from nervelight.evidence.study_schema import CONTROLLED_DESIGNS, SHAM_DESIGNS, Study, StudyId
from nervelight.evidence.trial_effects import Effect, NoEffect, effects_for

__all__ = ["NO_PROTOCOL", "EvidenceCard", "evidence_card"]

NO_PROTOCOL = "no protocol with usable evidence"
"""What a condition without a light to follow is told."""
CENTRAL = "The lesion lies in the brain or the spinal cord, out of the reach of light from the skin."
NOT_PAIN = "Not a pain: listed because light is offered for it. Nervelight plans for pain only."


@dataclass(frozen=True)
class EvidenceCard:
    """All that the library says of one condition.

    Parameters
    ----------
    condition : Condition
    info : ConditionInfo
    note : str
        What must be known first: a central lesion, or no pain at all; empty for the others.
    tried : tuple of (str, tuple of str)
        Kinds of study with the studies of each.
    reference : OutcomeReference
        What the most telling studies found, in words.
    pooled : Pooled or None
        Pain of 0 to 10, light minus sham; None where fewer than two trials print numbers.
    effects, without : tuple
        What went into the pooling, and the trials that measured pain but print too little.
    certainty : CertaintyRating
    placebo : tuple of PlaceboResponse
    usable, nulls, incomplete : tuple of RankedAnchor
        Lights that can be followed, lights without benefit, and lights that lack something.
    unknown : tuple of str
        What nobody knows.
    claims : tuple of Claim
    """

    condition: Condition
    info: ConditionInfo
    note: str
    tried: tuple[tuple[str, tuple[StudyId, ...]], ...]
    reference: OutcomeReference
    pooled: Pooled | None
    effects: tuple[Effect, ...]
    without: tuple[NoEffect, ...]
    certainty: CertaintyRating
    placebo: tuple[PlaceboResponse, ...]
    usable: tuple[RankedAnchor, ...]
    nulls: tuple[RankedAnchor, ...]
    incomplete: tuple[RankedAnchor, ...]
    unknown: tuple[str, ...]
    claims: tuple[Claim, ...]

    @property
    def protocol(self) -> str:
        """The light to follow, or that there is none."""
        return self.usable[0].anchor.study_id if self.usable else NO_PROTOCOL


def evidence_card(condition: Condition) -> EvidenceCard:
    """Return the card of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> evidence_card("post_stroke_pain").protocol
    'no protocol with usable evidence'
    """
    info = condition_info(condition)
    about = [s for s in studies() if s.speaks_of(condition)]
    ranked = rank_anchors(condition)
    pooled, effects = pooled_pain(condition)
    _, without = effects_for(condition, "pain")
    rating = certainty_of(condition)
    usable = tuple(item for item in ranked if item.anchor.usable and item.anchor.kind != "null")
    return EvidenceCard(
        condition=condition,
        info=info,
        note=CENTRAL if info.lesion == "central" else "" if info.painful else NOT_PAIN,
        tried=tuple(_tried(about)),
        reference=outcome_reference(condition),
        pooled=pooled,
        effects=effects,
        without=without,
        certainty=rating,
        placebo=placebo_responses(condition),
        usable=usable,
        nulls=tuple(item for item in ranked if item.anchor.kind == "null"),
        incomplete=tuple(item for item in ranked if item.anchor.kind != "null" and not item.anchor.usable),
        unknown=tuple(_unknown(about, rating, effects, without, bool(usable))),
        claims=claims_for(condition),
    )


def _tried(about: list[Study]) -> Iterator[tuple[str, tuple[StudyId, ...]]]:
    kinds: dict[str, list[StudyId]] = {kind: [] for kind in _KINDS}
    for entry in about:
        if entry.topic == "treatment" and not entry.same_people_as:
            kinds[_kind(entry)].append(entry.id)
    yield from ((kind, tuple(names)) for kind, names in kinds.items() if names)


_KINDS = (
    "sham-controlled trials",
    "trials without a sham",
    "cohorts and series",
    "stopped or withdrawn",
    "running or announced",
    "poolings and reviews",
)


def _kind(entry: Study) -> str:
    if entry.status in {"terminated", "withdrawn"}:
        return "stopped or withdrawn"
    if entry.status == "ongoing" or entry.design == "registration":
        return "running or announced"
    if entry.design in SHAM_DESIGNS:
        return "sham-controlled trials"
    if entry.design == "controlled":
        return "trials without a sham"
    return "cohorts and series" if entry.design in {"cohort", "case_series"} else "poolings and reviews"


def _unknown(
    about: list[Study],
    rating: CertaintyRating,
    effects: tuple[Effect, ...],
    without: tuple[NoEffect, ...],
    usable: bool,
) -> Iterator[str]:
    sham = len(rating.favouring) + len(rating.not_favouring) + len(rating.mixed)
    if not sham:
        yield "whether light does better than sham: no sham-controlled trial with a result was found"
    if sham and not effects:
        yield "how large an effect on pain is: no sham-controlled trial prints numbers from which it follows"
    elif sham and without:
        lacking = "; ".join(f"{item.study_id} ({', '.join(item.missing)})" for item in without)
        yield f"how large the effect on pain was in trials that lack numbers: {lacking}"
    if not usable:
        yield "which light to give: no controlled study prints enough about its light to be followed"
    trials = [s for s in about if s.design in CONTROLLED_DESIGNS and s.status == "reported" and s.topic == "treatment"]
    if trials and not any(s.phototype for s in trials):
        yield "in which skin it was tested: no trial states the skin types of its people where it could be read"
    silent = [s.id for s in trials if not s.adverse_events]
    if silent:
        yield f"how safe it is: {len(silent)} of {len(trials)} controlled trials, as far as read, say nothing of harm"
    lasting = [s for s in trials if any((o.week or 0) > 12 for o in s.outcomes)]
    if trials and not lasting:
        yield "how long an effect lasts: no controlled trial reports a result later than 12 weeks"
