"""The sheets that people read as one page to print, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nervelight.planning.education import Sheet, page_words
from nervelight.report.page import Marks, environment, page_style, source_rows
from nervelight.sources import source

__all__ = ["education_page", "education_record"]


def education_page(sheets: Sequence[Sheet], about: str = "") -> str:
    """Return sheets as a self-contained HTML page, without scripts and without a request to anywhere.

    Parameters
    ----------
    sheets : sequence of Sheet
        At least one; on paper each begins a page.
    about : str
        Whom or what they are for, above the title.

    Returns
    -------
    str
        HTML5. Equal sheets give equal pages.
    """
    keys = dict.fromkeys(key for sheet in sheets for key in sheet.source_keys)
    citations = {key: source(key).citation for key in keys}
    language = sheets[0].language
    return (
        environment()
        .get_template("education.html.j2")
        .render(
            sheets=sheets,
            about=about,
            language=language,
            words=page_words(language),
            marks=Marks(citations),
            sources=source_rows(citations),
            css=page_style(),
        )
    )


def education_record(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """Return sheets as data, each with the text that its version is the hash of."""
    return [
        {
            "slug": sheet.slug,
            "language": sheet.language,
            "title": sheet.title,
            "lines": [{"text": each.text, "sources": each.sources, "quoted": each.quoted} for each in sheet.lines],
            "questions": [
                {
                    "id": each.id,
                    "ask": each.ask,
                    "choices": dict(each.choices),
                    "right": each.right,
                    "why": each.why,
                }
                for each in sheet.questions
            ],
            "version": sheet.version,
            "text": sheet.text,
        }
        for sheet in sheets
    ]
