"""What the patient's pages say in this project's own plain words. Numbers and names come from the signed plan."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from nervelight.assessment import Urgency, red_flags
from nervelight.planning import Plan
from nervelight.planning.education import Sheet, education_sheets, eye_protection, red_flag_words
from nervelight.record.models import Clinic
from nervelight.report.words import distance, duration, joined
from nervelight.web.languages import page_language

__all__ = ["SKIN_WORDS", "UNSEEN", "Card", "card_of", "flags_for", "sheets_of"]

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
    words = red_flag_words(page_language())
    return tuple((flag.id, words[flag.id]) for flag in red_flags() if not urgencies or flag.urgency in urgencies)


def sheets_of(plan: Plan, clinic: Clinic) -> tuple[Sheet, ...]:
    """Return the sheets of a plan in the language of this page, with the numbers of the clinic."""
    return education_sheets(
        plan,
        language=page_language(),
        emergency_number=clinic.emergency_number,
        clinic_phone=clinic.phone,
        opening_hours=clinic.opening_hours,
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
        eyes=eye_protection(plan, page_language()),
    )


def _unbroken(quantity: str) -> str:
    return quantity.replace(" ", "\u00a0")
