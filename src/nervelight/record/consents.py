"""Consents: the words that a person agreed to are kept as they were; withdrawing is an amendment."""

from __future__ import annotations

import hashlib

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from nervelight.record.contents import Consent
from nervelight.record.entries import write
from nervelight.record.models import Account, Entry

__all__ = ["CONSENT_TEXT", "consent_text", "text_version", "withdraw"]

CONSENT_TEXT = (
    _(
        "I agree to be treated with red and near-infrared light (photobiomodulation) for nerve pain, as my clinician "
        "has planned and explained it to me."
    ),
    _(
        "It is not proven that this light helps more than a dummy treatment for most kinds of nerve pain. It may not "
        "help me. The lamp may be used outside what its maker's label or clearance names."
    ),
    _(
        "I know what can go wrong: burns or redness of the skin, harm to the eyes from looking into the lamp, and pain "
        "that gets worse. I will stop and tell the clinic when something is wrong, and go on with my other care."
    ),
    _(
        "The clinic writes down who I am, my case, each session, my answers to questions, what went wrong, and what "
        "was decided. It is kept encrypted. Who reads it is written down too. I can ask for a copy of everything, and "
        "for it to be erased."
    ),
    _("I can stop at any time and withdraw this consent, without giving a reason and without harm to my other care."),
)
"""The words that a clinic starts from, by paragraph; it may change them for each person."""


def consent_text(language: str) -> str:
    """Return the words that a clinic starts from, in a language of the pages."""
    with translation.override(language):
        return "\n\n".join(str(paragraph) for paragraph in CONSENT_TEXT)


def text_version(consent: Consent) -> str:
    """Return what tells the words of one consent from those of another."""
    return hashlib.sha256(consent.to.encode()).hexdigest()[:8]


def withdraw(known: Entry, consent: Consent, *, by: str, author: Account, key: str | None = None) -> Entry:
    """Write down that a consent no longer holds; its words stay.

    Raises
    ------
    AmendedMeanwhile
        If somebody else amended it first.
    """
    return write(
        consent.model_copy(update={"given": False, "by": by}),
        patient=known.patient, author=author, amends=known, key=key,
    )  # fmt: skip
