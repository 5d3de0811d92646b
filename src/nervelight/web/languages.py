"""The language of a page, where the library's own texts are in few."""

from __future__ import annotations

from django.utils import translation

from nervelight.planning.education import LANGUAGES, Language

__all__ = ["page_language"]


def page_language() -> Language:
    """Return the language of this page as one that the sheets are written in; English where they are not in it."""
    spoken = (translation.get_language() or "")[:2]
    return next((known for known in LANGUAGES if known == spoken), "en")
