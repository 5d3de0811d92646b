"""What the patient's pages say in this project's own plain words. Numbers and names come from the signed plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.assessment import Urgency, red_flags
from nervelight.planning import Plan
from nervelight.report.words import distance, duration, joined

__all__ = ["CALL_AT_ONCE", "FLAG_WORDS", "SKIN_WORDS", "UNSEEN", "Card", "card_of", "checks_of", "flags_for"]

FLAG_WORDS = {
    "cauda_equina": gettext_lazy(
        "You feel numb around your seat, cannot hold or pass water or stool, or both legs hurt or get weak"
    ),
    "climbing_weakness": gettext_lazy(
        "Numbness or weakness climbs up your body within hours or days, or it is hard to breathe, swallow or speak"
    ),
    "spine_infection": gettext_lazy("You have back or neck pain with a fever"),
    "self_harm": gettext_lazy("You think of harming yourself or of not wanting to live"),
    "foot_drop": gettext_lazy("You can no longer lift your foot, and this is new"),
    "charcot_foot": gettext_lazy("Your foot is hot, red and swollen, even if it hurts little"),
    "zoster_eye": gettext_lazy("You have shingles on your forehead, your nose or near an eye"),
    "eye_symptoms": gettext_lazy("Your eye hurts, you see less well, or you see spots after a session"),
    "skin_or_eye_injury": gettext_lazy(
        "You have a burn, a blister, redness that stays, more pain for over two days, or light got in your eye"
    ),
    "foot_ulcer": gettext_lazy("You have a new sore or wound on your foot, or redness that spreads"),
    "pain_rising": gettext_lazy("Your pain has been clearly worse for a week, or you need more pain pills"),
    "neuropathy_progressing": gettext_lazy(
        "The numb area climbs over weeks, your hands are numb too, you get weaker, or one side is worse"
    ),
    "brisk_reflexes": gettext_lazy("A doctor found that your reflexes are too brisk"),
    "cancer_pain": gettext_lazy(
        "You have or had cancer, and the pain is new, is worse, wakes you at night, or you lose weight"
    ),
}
"""Each red flag as a person may notice it."""
FOUND_BY_DOCTORS = "brisk_reflexes"

CALL_AT_ONCE: tuple[Urgency, ...] = ("emergency-now",)
CALL_TODAY: tuple[Urgency, ...] = ("urgent", "same-day", "stop-and-report", "1-working-day")

UNSEEN = "unseen"
"""Nobody could look: that is written down as such, never as fine."""
SKIN_WORDS = (
    ("fine", gettext_lazy("It looks as it did before")),
    ("redness that fades", gettext_lazy("A little red, and it fades")),
    ("redness that lasts", gettext_lazy("Red, and it stays red")),
    ("blister", gettext_lazy("A blister")),
    ("burn", gettext_lazy("A burn")),
    ("wound", gettext_lazy("A sore or a wound")),
    (UNSEEN, gettext_lazy("I could not look")),
)
"""The skin afterwards, as a person sees it."""


def flags_for(*urgencies: Urgency) -> tuple[tuple[str, str], ...]:
    """Return the red flags of some urgencies with their plain words; of all when none is named."""
    return tuple(
        (flag.id, str(FLAG_WORDS[flag.id])) for flag in red_flags() if not urgencies or flag.urgency in urgencies
    )


@dataclass(frozen=True)
class Card:
    """What a session is, in words.

    Parameters
    ----------
    fields : tuple of str
        Where, as the plan names it.
    seconds : int
        How long on each.
    time, total : str
        The same in words, and for all fields together.
    distance : str
        From the lamp to the skin.
    lamp : str
    eyes : str
        How eyes are protected.
    """

    fields: tuple[str, ...]
    seconds: int
    time: str
    total: str
    distance: str
    lamp: str
    eyes: str

    @property
    def where(self) -> str:
        """The fields as a list in a sentence."""
        return joined(self.fields)


def card_of(plan: Plan) -> Card | None:
    """Return what a session of a plan is; None where the plan prescribes none."""
    if plan.prescription is None:
        return None
    made = plan.prescription
    return Card(
        fields=made.fields,
        seconds=round(made.time_per_field_s),
        time=_unbroken(duration(made.time_per_field_s)),
        total=_unbroken(duration(made.session_time_s)),
        distance=_unbroken(distance(plan.lamp.distance_mm)) if plan.lamp else "",
        lamp=plan.lamp.label if plan.lamp else "",
        eyes=_eyes(plan),
    )


def _unbroken(quantity: str) -> str:
    return quantity.replace(" ", "\u00a0")


def _eyes(plan: Plan) -> str:
    return {
        "goggles": _("Goggles on, for you and for all who are near"),
        "shielding": _("The shield is in place"),
        "none": _("Do not look at the lamp. No goggles are named in your plan: ask the clinic"),
    }[str(plan.case["safety"]["eyes"])]


def checks_of(plan: Plan) -> Iterator[str]:
    """Yield what to check before a session, as this plan's case needs it."""
    safety, condition = plan.case["safety"], str(plan.case["diagnosis"]["condition"])
    yield _("Look at the skin. With a sore, a wound, a blister or a burn there is no light: call the clinic.")
    if safety["sensation"] in ("reduced", "absent"):
        yield _("You may not feel heat there. So do not wait until it feels hot. The clock tells you when to stop.")
        yield _("Can you not see the skin well? Ask someone to look, or use a mirror.")
    else:
        yield _("Stop if the skin feels hot.")
    if safety["perfusion"] == "impaired":
        yield _("Blood flow there is weak, so the skin can burn sooner. Look at it with care.")
    yield _("Do you take a new drug? Ask the clinic first. Some drugs make skin react to light.")
    if condition == "diabetic_polyneuropathy":
        yield _("Look at both feet every day, light or no light.")
