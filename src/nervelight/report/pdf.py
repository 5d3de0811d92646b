"""Documents as tagged PDF (PDF/UA-1), set by typst: the same bytes from the same words, on every machine.

What people wrote travels as data and is never read as markup. Fonts are those that typst and Matplotlib bring along,
so that no font of the machine changes a page.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nervelight.planning.findings import Finding
from nervelight.record.dossier import Dossier
from nervelight.report.picture import Picture, plain_svg
from nervelight.report.words import day, typeset

if TYPE_CHECKING:
    import typst

__all__ = [
    "MISSING",
    "PAPERS",
    "Paper",
    "Part",
    "clipped",
    "finding_said",
    "frame_of",
    "heading",
    "held_back_said",
    "is_draft",
    "lines",
    "pages_of",
    "pdf_of",
    "picture_part",
    "plan_line",
    "printable",
    "table",
    "words",
]

Paper = Literal["a4", "us-letter"]
PAPERS: tuple[Paper, ...] = ("a4", "us-letter")
Part = dict[str, Any]
"""One part of a document, as the templates read it: its kind, and what it says."""

STANDARD: Literal["ua-1"] = "ua-1"
DRAFT = "Proposal, not signed"
MISSING = "□"
"""Stands for a character that the fonts have no picture of."""
LEVEL_WORDS = {"block": "Block", "warn": "Warning", "note": "Note"}
# A word longer than a line may be broken after so many characters.
LONGEST_WORD = 32
LONGEST_WHOLE_CELL = 1000
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_CODE = ("svg", "href", "kind", "paper", "language")
# Marks that are no picture and may stay: zero-width joiners of scripts that need them.
_JOINERS = "\u200c\u200d"


def pdf_of(template: str, data: Mapping[str, Any], *, today: dt.date) -> bytes:
    """Set a document.

    Parameters
    ----------
    template : str
        Name of a file in ``templates/typst``.
    data : mapping
        What it says.
    today : date
        The day that the PDF says it was made on.

    Returns
    -------
    bytes
        PDF 1.7 that says of itself that it holds to PDF/UA-1; the compiler refuses to write one that it finds breaking
        its rules.
    """
    made_at = dt.datetime.combine(today, dt.time(12), dt.UTC)
    made = _compiler(template, data).compile(format="pdf", pdf_standards=[STANDARD], timestamp=made_at)
    assert isinstance(made, bytes)
    return made


def pages_of(template: str, data: Mapping[str, Any]) -> int:
    """Return on how many pages a document would stand."""
    (pages,) = json.loads(_compiler(template, data).query("<pages>", field="value"))
    return int(pages)


def _compiler(template: str, data: Mapping[str, Any]) -> typst.Compiler:
    import typst

    folder = _folder()
    return typst.Compiler(
        str(folder / template),
        root=str(folder),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_clean(data), ensure_ascii=False)},
    )


def _folder() -> Path:
    return Path(str(resources.files("nervelight.report").joinpath("templates", "typst")))


@cache
def _fonts() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(_font_folder())])


@cache
def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@cache
def _drawable() -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(str(_font_folder() / "DejaVuSans.ttf")).get_charmap()))


def _clean(value: Any, key: str = "") -> Any:
    if isinstance(value, str):
        text = printable(value)
        return text if key in _CODE else _LONG_WORD.sub(_breakable, text)
    if isinstance(value, Mapping):
        return {name: _clean(inner, name) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_clean(inner, key) for inner in value]
    return value


def _breakable(word: re.Match[str]) -> str:
    return "\u200b".join(word[0][start : start + LONGEST_WORD] for start in range(0, len(word[0]), LONGEST_WORD))


def printable(text: str) -> str:
    """Return a text as it can be set: without control characters, `MISSING` where no font has a character.

    Examples
    --------
    >>> printable("Zoë\\x00 \\U0001f600")
    'Zoë □'
    """
    return "".join(map(_character, unicodedata.normalize("NFC", text)))


@cache
def _character(character: str) -> str:
    if character in "\n" or character in _JOINERS:
        return character
    if character in "\t\r":
        return " "
    # Control characters, marks that turn the direction of writing, halves of characters.
    if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
        return ""
    return character if character in _drawable() else MISSING


def frame_of(dossier: Dossier, title: str, *, about: str, paper: Paper = "a4") -> dict[str, Any]:
    """Return what stands around every document: whose it is, which plan, and whether it is signed.

    Parameters
    ----------
    dossier : Dossier
    title : str
        The document's message.
    about : str
        What the document is, for the PDF's description.
    paper : str
    """
    made_up = f"Made up, no person: {clipped(dossier.synthetic, 120).rstrip('.')}." if dossier.synthetic else ""
    return {
        "title": typeset(title),
        "author": dossier.clinic.name,
        "about": about,
        "keywords": ["photobiomodulation", "neuropathic pain"],
        # What the library says is English, whatever the person speaks.
        "language": "en",
        "paper": paper,
        "page-of": "Page {page} of {pages}",
        "draft": DRAFT if is_draft(dossier) else "",
        "patient": clipped(dossier.identity.name, 60),
        "version": plan_line(dossier),
        "foot": " ".join(filter(None, (made_up, dossier.plan.disclaimer))),
    }


def clipped(text: str, longest: int) -> str:
    """Return a text with an ellipsis where it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def is_draft(dossier: Dossier) -> bool:
    """Return whether the plan is not signed, or cannot be."""
    return dossier.plan.blocked or dossier.current.signature is None


def held_back_said(dossier: Dossier) -> list[Part]:
    """Return why no light is given, as a block each; nothing where it is given."""
    return [{"kind": "text", "level": "block", "word": "No light", "text": typeset(told)} for told in dossier.held_back]


def plan_line(dossier: Dossier) -> str:
    """Return which plan: its number, the first figures of its hash, and whether it is signed."""
    kept = dossier.current
    state = "blocked, cannot be signed" if kept.plan.blocked else "not signed"
    if kept.signature is not None and not kept.plan.blocked:
        state = f"signed {day(kept.signature.day)}"
    return f"Plan version {kept.number} ({kept.sha256[:8]}), {state}"


def heading(text: str, level: int = 1) -> Part:
    """Return a heading."""
    return {"kind": "heading", "level": level, "text": typeset(text)}


def words(
    text: str, kind: Literal["text", "quiet", "big", "closing"] = "text", *, lead: str = "", marks: Sequence[int] = ()
) -> Part:
    """Return a paragraph, with words in bold before it and the numbers of its sources behind."""
    return {"kind": kind, "text": typeset(text), "lead": lead, "marks": list(marks)}


def lines(items: Sequence[str | Part], kind: Literal["list", "sources"] = "list") -> Part:
    """Return a list; that of the sources is counted, and the marks lead to it."""
    return {"kind": kind, "items": [typeset(item) if isinstance(item, str) else item for item in items]}


def table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str | Part]], columns: Sequence[int | str] = ()
) -> Part:
    """Return a table; `columns` are shares of the width, or ``auto``."""
    told = [[typeset(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    widths = list(columns) or ["auto"] * (len(header) - 1) + [1]
    longest = max((len(str(cell)) for row in told for cell in row), default=0)
    return {
        "kind": "table",
        "caption": typeset(caption),
        "header": list(header),
        "rows": told,
        "columns": widths,
        # A row that could be longer than a page has to go on overleaf.
        "whole": longest < LONGEST_WHOLE_CELL,
    }


def picture_part(picture: Picture) -> Part:
    """Return a picture; who does not see it is told its message, how to read it, and its numbers."""
    rows = (": ".join((row[0], ", ".join(row[1:]))) for row in picture.table.rows)
    numbers = f"Numbers, {', '.join(picture.table.header)}. {'; '.join(rows)}."
    svg = re.sub(r"(?<=font-family: )[^;\"]+|(?<=px )system-ui[^;\"]+", "'DejaVu Sans'", plain_svg(picture))
    return {
        "kind": "picture",
        "svg": svg,
        "alt": typeset(f"{picture.title}. {picture.description} {numbers}"),
        "caption": typeset(picture.description),
    }


def finding_said(finding: Finding, text: str = "") -> Part:
    """Return a finding by shape, word and title, with more words behind."""
    return {
        "level": finding.level,
        "word": LEVEL_WORDS[finding.level],
        "text": typeset(f"{finding.title}.{' ' if text else ''}{text}"),
    }
