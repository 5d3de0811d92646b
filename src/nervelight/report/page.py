"""What all pages of this package share: templates, style, source marks and the list of sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from nervelight.report.picture import Picture
from nervelight.report.words import (
    band,
    count,
    day,
    distance,
    duration,
    duration_band,
    joined,
    number,
    percentage,
    short_day,
    temperature,
    typeset,
)
from nervelight.sources import Checked, all_sources

__all__ = ["Marks", "environment", "figure_html", "linked_pieces", "page_style", "source_rows", "sources_told"]

CHECKED_WORDS: Mapping[Checked, str] = {
    "full-text": "",
    "full-text-part": "read in part",
    "abstract": "read as abstract only",
    "partial-abstract": "read as part of an abstract",
    "conference-abstract": "read as abstract of a congress",
    "vendor": "read on a seller's page",
    "citation-only": "known as a citation only",
    "registry": "read in the trial registry",
    "data": "data set",
    "secondary": "known through a third party",
    "own": "",
}
_ADDRESS = re.compile(r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;)])|doi:\s*(?P<doi>10\.[^\s<>\"]*[^\s<>\".,;])")


def page_style() -> Markup:
    """Return the style sheet that stands in every page."""
    style = resources.files("nervelight.report").joinpath("static/nervelight/page.css")
    return Markup(style.read_text(encoding="utf-8"))


@cache
def environment() -> Environment:
    """Return the templates of this package, with the words of a plan as filters."""
    made = Environment(
        loader=PackageLoader("nervelight.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        band=band,
        count=count,
        day=day,
        distance=distance,
        duration=duration,
        duration_band=duration_band,
        joined=joined,
        number=number,
        percentage=percentage,
        short_day=short_day,
        temperature=temperature,
        two_pieces=_two_pieces,
        typeset=typeset,
    )
    return made


def _two_pieces(text: str) -> Markup:
    """Let a narrow column break a value with interval before the interval only."""
    value, bracket, interval = text.partition(" (")
    pieces = [value, f"({interval}"] if bracket else [value]
    return Markup(" ").join(Markup('<span class="piece">{}</span>').format(piece) for piece in pieces)


def figure_html(picture: Picture) -> Markup:
    """Return a picture with its description and its numbers as a table, to stand in any page."""
    return Markup(environment().get_template("parts.html.j2").module.figure(picture))  # type: ignore[attr-defined]


class Marks:
    """Source keys as small numbers that lead to the list of sources."""

    def __init__(self, citations: Mapping[str, str]) -> None:
        self._numbers = {key: index for index, key in enumerate(citations, start=1)}

    def __call__(self, keys: Iterable[str]) -> Markup:
        """Return links to the sources with these keys."""
        links = [
            Markup('<a href="#source-{0}" aria-label="source {0}">{0}</a>').format(self._numbers[key])
            if key in self._numbers
            else escape(key)
            for key in keys
        ]
        return Markup('<sup class="marks">{}</sup>').format(Markup(" ").join(links)) if links else Markup("")


def source_rows(citations: Mapping[str, str]) -> tuple[tuple[Markup, str], ...]:
    """Return each citation with its links live, and how far it was read."""
    return tuple((_linked(text), checked) for text, checked in sources_told(citations))


def sources_told(citations: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return each citation with its address, and how far it was read."""
    rows = []
    for key, citation in citations.items():
        known = all_sources().get(key)
        text = citation
        if known is not None and known.link and known.link not in text and (not known.doi or known.doi not in text):
            text = f"{text} {known.link}"
        rows.append((text, CHECKED_WORDS[known.checked] if known is not None else ""))
    return tuple(rows)


def _linked(text: str) -> Markup:
    """Escape a text and turn its addresses into links; the address stays readable, on paper too."""
    return Markup("").join(
        Markup('<a href="{}">{}</a>').format(piece["href"], piece["text"]) if piece["href"] else escape(piece["text"])
        for piece in linked_pieces(text)
    )


def linked_pieces(text: str) -> list[dict[str, str]]:
    """Return a text in pieces of `text` with its `href`, which is empty for what is no address."""
    pieces, end = [], 0
    for hit in _ADDRESS.finditer(text):
        address = hit["url"] or f"https://doi.org/{hit['doi']}"
        pieces += [{"text": text[end : hit.start()], "href": ""}, {"text": address, "href": address}]
        end = hit.end()
    return [piece for piece in (*pieces, {"text": text[end:], "href": ""}) if piece["text"]]
