"""The letter to the referring doctor: one page, whatever the course holds.

Each thing it could say has a rank. What does not fit on the page is left out by rank, the least needed first, and the
letter says where it was shortened and that the full plan has the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nervelight.errors import UnknownName
from nervelight.record.contents import AdverseEvent
from nervelight.record.dossier import Dossier
from nervelight.report.letter_sections import FULL_PLAN, LETTER_SECTIONS, Made, condition_of, section_of
from nervelight.report.pdf import (
    Paper,
    Part,
    clipped,
    frame_of,
    heading,
    held_back_said,
    is_draft,
    pages_of,
    pdf_of,
    plan_line,
    words,
)
from nervelight.report.plan_page import findings_in_words
from nervelight.report.words import day

__all__ = ["letter_pdf"]

# Longest text, and most parts of a section. From the second step on only what stays to the last is left.
_CUTS = ((1200, 40), (400, 8), (200, 5), (110, 3), (60, 2))
_LONGEST_NAME = 120


def letter_pdf(dossier: Dossier, sections: Sequence[str] | None = None, to: str = "", *, paper: Paper = "a4") -> bytes:
    """Return a letter of one page to the doctor who referred the person.

    Parameters
    ----------
    dossier : Dossier
    sections : sequence of str, optional
        Which of `LETTER_SECTIONS`, in any order; all when not given.
    to : str
        Whom it is for.
    paper : str
        ``a4`` or ``us-letter``.

    Returns
    -------
    bytes
        PDF/UA-1.

    Raises
    ------
    UnknownName
        If there is no such section.
    """
    wanted = tuple(LETTER_SECTIONS) if sections is None else tuple(sections)
    for name in wanted:
        if name not in LETTER_SECTIONS:
            raise UnknownName("section of the letter", name, tuple(LETTER_SECTIONS))
    parts = [section_of(name, dossier) for name in LETTER_SECTIONS if name in wanted]
    steps = [(frozenset(dropped), *_CUTS[0]) for dropped in _dropped(parts)]
    steps += [(steps[-1][0], *cut) for cut in _CUTS[1:]]
    low, high = 0, len(steps) - 1
    # Each step says less than the one before, so that the first one that fits can be searched for.
    while low < high:
        middle = (low + high) // 2
        if pages_of("letter.typ", _letter(dossier, parts, to, paper, steps[middle])) > 1:
            low = middle + 1
        else:
            high = middle
    return pdf_of("letter.typ", _letter(dossier, parts, to, paper, steps[low]), today=dossier.today)


_Place = tuple[int, int]
"""Of a thing to say: its section, and its place there."""
_Step = tuple[frozenset[_Place], int, int]
"""What is left out, the longest text, and the most parts of a section."""


def _dropped(sections: Sequence[Made]) -> Iterator[list[_Place]]:
    """Yield nothing left out, then one thing more each time, the least needed first."""
    places = [
        (-each.rank, -section, -place)
        for section, (_name, said) in enumerate(sections)
        for place, each in enumerate(said)
        if each.rank > 0
    ]
    order = [(-section, -place) for _rank, section, place in sorted(places)]
    yield from (order[:number] for number in range(len(order) + 1))


def _letter(dossier: Dossier, sections: Sequence[Made], to: str, paper: Paper, step: _Step) -> dict[str, Any]:
    dropped, longest, most = step
    parts: list[Part] = []
    shortened = []
    for number, (name, said) in enumerate(sections):
        kept = [
            each.part
            for place, each in enumerate(said)
            if (number, place) not in dropped and (not each.stands_in or (number, place + 1) in dropped)
        ]
        cut = _cut(kept[:most], longest)
        if cut != [each.part for each in said if not each.stands_in]:
            shortened.append(name.split(":")[0].lower())
        parts += [heading(clipped(name, longest)), *cut]
    parts.append(_signed(dossier))
    cut_short = f" Shortened to fit one page: {', '.join(shortened)}. For the rest {FULL_PLAN}." if shortened else ""
    parts.append(words(f"Numbers in brackets are 90 % intervals, counts, or what a study printed.{cut_short}", "quiet"))
    if not dossier.plan.blocked and is_draft(dossier):
        parts.append({"kind": "signature", "lines": ["Name of the clinician who decides", "Date", "Signature"]})
    frame = frame_of(dossier, clipped(_title(dossier), longest), about="Letter to the referring doctor", paper=paper)
    return {
        **frame,
        "to": _cut({"lead": "To:", "text": clipped(to, _LONGEST_NAME) or "the referring doctor"}, longest),
        "person": _cut(_person(dossier), longest),
        "sender": _cut(_sender(dossier), longest),
        "parts": [*_cut(held_back_said(dossier), longest), _in_short(dossier), *parts],
    }


def _in_short(dossier: Dossier) -> Part:
    """Return what nobody may miss, whichever sections were asked for."""
    expected = dossier.plan.expectation
    told = f"benefit over a dummy lamp {expected.benefit_over_sham}, certainty {expected.certainty}; "
    told += f"{findings_in_words(dossier.plan.findings)}"
    if events := dossier.of(AdverseEvent):
        graded = Counter(each.content.seriousness for each in events)
        told += f"; unwanted events: {', '.join(f'{times} {how}' for how, times in graded.most_common())}"
    return words(f"{told}.", lead="In short:")


def _cut(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return clipped(value, longest)
    if isinstance(value, Mapping):
        return {key: inner if key == "kind" else _cut(inner, longest) for key, inner in value.items()}
    return [_cut(inner, longest) for inner in value] if isinstance(value, list) else value


def _title(dossier: Dossier) -> str:
    review, decision = dossier.review, dossier.decision
    if review is None:
        proposed = is_draft(dossier) and not dossier.plan.blocked
        return f"Proposed: {_lower(dossier.plan.title)}" if proposed else dossier.plan.title
    if decision is None:
        return f"Proposed: {_lower(review.title)}"
    made = decision.content
    if made.word == "reject":
        return f"Proposal rejected: {_lower(review.title)}"
    return f"Decided: {made.decision if made.word == 'edit' else _lower(review.title)}"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _person(dossier: Dossier) -> Part:
    who = dossier.identity
    about = [f"born {who.born}" if who.born else "", f"number {clipped(who.number, 30)}" if who.number else ""]
    person = ", ".join(filter(None, (clipped(who.name, _LONGEST_NAME), *about)))
    return {"lead": "About:", "text": f"{person}; light (photobiomodulation) for {condition_of(dossier)}"}


def _sender(dossier: Dossier) -> list[str | Part]:
    clinic = dossier.clinic
    found = [clipped(clinic.name, 60), clipped(clinic.phone, 40), day(dossier.today)]
    return [line for line in found if line]


def _signed(dossier: Dossier) -> Part:
    signature = dossier.current.signature
    if dossier.plan.blocked:
        return words(f"{plan_line(dossier)}. It is a proposal, and it cannot be signed as it is.", "closing")
    if signature is None:
        return words(f"{plan_line(dossier)}. It is a proposal until a clinician signs it.", "closing")
    return words(
        f"{signature.content.by}, {day(signature.day)}: {signature.content.statement}",
        "closing",
        lead=f"Plan {dossier.current.number} was signed by",
    )
