"""Instruments and scored forms in words: one wording for terminal and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nervelight.assessment import (
    ImportantChange,
    Instrument,
    ScoredAnswers,
    Scoring,
    Wording,
    instrument,
    raised,
    reliable_change,
    scoring,
    severity,
)
from nervelight.report.words import joined
from nervelight.uncertainty import Interval

__all__ = ["instrument_sections", "score_sections"]

Sections = list[tuple[str, list[tuple[str, str]]]]

_SHIP_WORDS = {
    "text": "original, free to show",
    "own_text": "our own",
    "pack": "not here: its terms must be accepted first",
    "score_only": "not here: permission or a fee is needed",
}
UNVERIFIED = "not verified"


def instrument_sections(entry: Instrument, rules: Scoring | None, words: Wording | None) -> Sections:
    """Return all that is known of an instrument, under headings.

    Parameters
    ----------
    entry : Instrument
    rules : Scoring or None
        How it is scored from answers, where it can be.
    words : Wording or None
        Its wording, where the rights allow it.
    """
    sections: Sections = [(entry.name, list(_head(entry, rules, words)))]
    if entry.readings:
        rows = [(r.method, _marked(f"{r.finding}: {r.rule}", r.unverified)) for r in entry.readings]
        sections.append(("Readings", rows))
    for cutoffs in entry.cutoffs:
        title = f"Cut-offs, {cutoffs.scheme}" if cutoffs.scheme else "Cut-offs"
        rows = [(f"from {band.at_least:g}", band.label) for band in cutoffs.bands]
        sections.append((_marked(title, cutoffs.unverified), rows))
    if entry.changes:
        sections.append(("Changes that matter", [_change(change) for change in entry.changes]))
    if words is not None:
        sections.append(("Items", list(_items(words))))
    return sections


def _head(entry: Instrument, rules: Scoring | None, words: Wording | None) -> Iterator[tuple[str, str]]:
    yield "who says it", entry.reporter
    if entry.better:
        yield "better", _marked(entry.better, "better" in entry.unverified)
    yield "score", _marked(str(entry.score), "score" in entry.unverified) if entry.score else "none: a reading or grade"
    if rules is not None:
        named = [scale.name for scale in rules.scales if scale.name]
        if named:
            yield "scales", joined(named)
        yield "answers left out", rules.missing
        if rules.not_scored:
            yield "not computed", rules.not_scored
        if "scoring" in entry.unverified:
            yield "scoring", UNVERIFIED
    if entry.standard_error is not None:
        yield "standard error", _marked(_span(entry.standard_error), entry.standard_error.unverified)
    reliable = reliable_change(entry.id)
    if reliable is not None:
        text = f"{_span(reliable)} points, beyond measurement error at 95 %"
        yield "reliable change", _marked(text, reliable.unverified)
    if words is not None or entry.licence.ship != "own_text":
        yield "wording", _SHIP_WORDS[entry.licence.ship]
    if entry.licence.terms:
        yield "terms", entry.licence.terms
    if entry.licence.attribution:
        yield "attribution", entry.licence.attribution
    if entry.loinc is not None:
        yield "LOINC", entry.loinc.score
    yield from (("note", note) for note in entry.notes)


def _items(words: Wording) -> Iterator[tuple[str, str]]:
    if words.intro:
        yield "", words.intro
    yield from ((str(number), text) for number, text in enumerate(words.items, 1))
    if words.answers:
        yield "answers", "; ".join(words.answers)


def _change(change: ImportantChange) -> tuple[str, str]:
    sizes = []
    if change.points is not None:
        unit = "point" if change.points.high == change.points.low == 1 else "points"
        sizes.append(f"{_span(change.points)} {unit}")
    if change.percent is not None:
        sizes.append(f"{_span(change.percent)} % of the baseline")
    if change.raw_sum is not None and change.raw_sum_percent is not None:
        sizes.append(f"{_span(change.raw_sum)} of the raw sum, {_span(change.raw_sum_percent)} on 0 to 100")
    if change.distance is not None:
        sizes.append(f"{change.distance.low / 1000:g} to {change.distance.high / 1000:g} m")
    if change.score_at_most is not None:
        sizes.append(f"a score of {change.score_at_most:g} or less")
    what = ", ".join(part for part in (change.scale, change.basis) if part)
    text = " and ".join(sizes) + (f" ({what})" if what else "")
    return change.grade or "change", _marked(text, change.unverified)


def score_sections(found: ScoredAnswers) -> Sections:
    """Return the scores of a form in words, what single answers raise first."""
    entry, rules = instrument(found.instrument_id), scoring(found.instrument_id)
    sections: Sections = []
    flags = raised(found.red_flags)
    if flags:
        sections.append(("At once, whatever the score", [(flag.urgency, flag.action) for flag in flags]))
    rows: list[tuple[str, str]] = []
    for scale in found.scales:
        count = f"{scale.answered} of {scale.items} answered"
        if scale.value is None:
            rows.append((scale.name or "score", f"not scored: {count}; {rules.missing}"))
            continue
        band = None if scale.name else severity(found.instrument_id, scale.value)
        parts = [
            f"{scale.value:.4g}",
            *([f"standard error {scale.standard_error:g}"] if scale.standard_error is not None else []),
            *([band] if band else []),
            *([count] if scale.answered < scale.items else []),
            *([UNVERIFIED] if scale.unverified or "scoring" in entry.unverified else []),
        ]
        rows.append((scale.name or "score", ", ".join(parts)))
    if rules.not_scored:
        rows.append(("not computed", rules.not_scored))
    if found.ask_next:
        rows.append(("ask now", instrument(found.ask_next).name))
    if entry.better and found.score is not None:
        rows.append(("better", entry.better))
    return [*sections, (entry.name, rows)]


def _span(interval: Interval) -> str:
    ends: Iterable[float] = dict.fromkeys((interval.low, interval.high))
    return " to ".join(f"{end:.3g}" for end in ends)


def _marked(text: str, unverified: bool) -> str:
    return f"{text} ({UNVERIFIED})" if unverified else text
