"""Instruments and scored forms in words: one wording for terminal and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nervelight.assessment import (
    READING_TESTS,
    Change,
    ImportantChange,
    Instrument,
    ItemBlock,
    ScoredAnswers,
    Scoring,
    TextPack,
    Wording,
    instrument,
    raised,
    reliable_change,
    scoring,
    severity,
)
from nervelight.evidence import ShamChange, study_label
from nervelight.report.words import chance, day, ends, joined, points, signed_points
from nervelight.uncertainty import Interval

__all__ = [
    "change_sections",
    "form_sections",
    "instrument_sections",
    "pack_question_sections",
    "pack_sections",
    "score_sections",
    "sham_record",
]

Sections = list[tuple[str, list[tuple[str, str]]]]

_SHIP_WORDS = {
    "text": "original, free to show",
    "own_text": "our own",
    "pack": "not here: its terms must be accepted first",
    "score_only": "not here: permission or a fee is needed",
}
UNVERIFIED = "not verified"
# Where a number is written by hand.
GAP = "_____"
NOT_SAID = "what caused it: people on sham change too, and pain that was high when treatment began tends to fall"


def instrument_sections(entry: Instrument, rules: Scoring | None, words: Wording | None) -> Sections:
    """Return all that is known of an instrument, under headings.

    Parameters
    ----------
    entry : Instrument
    rules : Scoring or None
        How it is scored from answers, where it can be.
    words : Wording or None
        Its wording, where the rights allow it or a text pack is installed.
    """
    sections: Sections = [(entry.name, list(_head(entry, rules, words)))]
    if entry.readings:
        rows = [
            (r.method or r.quantity.replace("_", " "), _marked(f"{r.finding}: {r.rule}", r.unverified))
            for r in entry.readings
        ]
        sections.append(("Readings", rows))
    for cutoffs in entry.cutoffs:
        title = f"Cut-offs, {cutoffs.scheme}" if cutoffs.scheme else "Cut-offs"
        rows = [(f"from {band.at_least:g}", band.label) for band in cutoffs.bands]
        sections.append((_marked(title, cutoffs.unverified), rows))
    if entry.threshold is not None:
        threshold = entry.threshold
        percent = f" and {threshold.percent:g} % of the baseline" if threshold.percent else ""
        text = f"{points(threshold.points)}{percent}: {threshold.reason}"
        sections.append(("Called a change from", [("at least", _marked(text, threshold.unverified))]))
    if entry.changes:
        sections.append(("Changes that matter", [_change(change) for change in entry.changes]))
    if words is not None:
        title = f"Items: {words.title}" if words.title else "Items"
        sections.append((title, list(_items(words, rules))))
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
    if words is not None and words.accepted:
        yield "wording", f"from a text pack, in the language {words.language}"
        yield "accepted", words.accepted
    elif words is not None or entry.licence.ship != "own_text":
        yield "wording", _SHIP_WORDS[entry.licence.ship]
    if entry.licence.terms:
        yield "terms", entry.licence.terms
    if entry.licence.attribution:
        yield "attribution", entry.licence.attribution
    if entry.loinc is not None:
        yield "LOINC", entry.loinc.score
    yield from (("note", note) for note in entry.notes)


def _items(words: Wording, rules: Scoring | None) -> Iterator[tuple[str, str]]:
    if words.intro:
        yield "", words.intro
    blocks = _blocks(words, rules)
    for number, text in enumerate(words.items, 1):
        yield str(number), text
        if words.item_answers and words.answers_to(number):
            yield "", "; ".join(_numbered(words.answers_to(number), blocks[number - 1]))
    if words.answers:
        yield "answers", "; ".join(_numbered(words.answers, blocks[0]))
    if words.closing:
        yield "", words.closing
    if words.copyright:
        yield "copyright", words.copyright


def _blocks(words: Wording, rules: Scoring | None) -> tuple[ItemBlock | None, ...]:
    return rules.items(len(words.items)) if rules else (None,) * len(words.items)


def _numbered(texts: Iterable[str], block: ItemBlock | None) -> list[str]:
    """Return the words of answers behind their numbers, in the order of the form; yes and no have none."""
    if block is None or (block.low is None and not block.choices):
        return list(texts)
    answers = [
        f"{number:g}" if text in ("", f"{number:g}") else f"{number:g} {text}"
        for number, text in zip(block.possible, texts, strict=True)
    ]
    return answers[::-1] if block.falling else answers


def form_sections(entry: Instrument, rules: Scoring | None, words: Wording) -> Sections:
    """Return a form to fill in, or to ask from: the words, the answers with their numbers, and whose they are."""
    rows: list[tuple[str, str]] = [("", "Name ____________________   Date ____________"), ("", "")]
    if words.intro:
        rows += [("", words.intro), ("", "")]
    for number, (text, block) in enumerate(zip(words.items, _blocks(words, rules), strict=True), 1):
        rows += [(str(number), text)]
        if entry.id not in READING_TESTS:
            rows += [("", line) for line in _boxes(words.answers_to(number), block)]
        rows += [("", "")]
    if entry.id in READING_TESTS:
        rows += [*_fields(entry), ("", "")]
    if words.closing:
        rows += [("", words.closing), ("", "")]
    foot = []
    for alarm in rules.alarms if rules else ():
        foot += [
            ("for staff", f"item {alarm.item} above {alarm.above:g}: {f.action}") for f in raised([alarm.red_flag])
        ]
    if rules is not None:
        foot.append(("left blank", rules.missing))
    if words.left_out:
        foot.append(("not whole", "what is not scored was left out of the form"))
    foot += [("copyright", words.copyright)] if words.copyright else []
    foot += [("attribution", entry.licence.attribution)] if entry.licence.attribution else []
    return [(words.title or entry.name, rows), ("", foot)]


def _fields(entry: Instrument) -> Iterator[tuple[str, str]]:
    """Yield what to write down of a test, as a case takes it: by method, side and site, or walk by walk."""
    if entry.repeats is not None:
        for number in range(1, entry.repeats.tests + 1):
            yield f"test {number}", f"Date {GAP}   Distance {GAP} m   Course {GAP}"
        yield "", f"At most {entry.repeats.within_days} days between them; walk the same course."
        return
    methods = {rule.method: rule for rule in entry.readings}
    if len(methods) > 1:
        yield "", "Fill in the method that was used:"
    for method, rule in methods.items():
        yield method, f"left    {rule.noted(GAP)}"
        yield "", f"right   {rule.noted(GAP)}"


def _boxes(texts: tuple[str, ...], block: ItemBlock | None) -> list[str]:
    """Return what to tick: a line for each answer that has words, else all of them on one line."""
    if block is None:
        return [f"[ ] {text}" for text in texts] or ["Result ____________"]
    if block.low is None and not block.choices:
        return ["   ".join(f"[ ] {text}" for text in texts or ("no", "yes"))]
    answers = _numbered(texts or [""] * len(block.possible), block)
    return [f"[ ] {answer}" for answer in answers] if any(texts) else ["  ".join(f"[{n}]" for n in answers)]


def pack_sections(pack: TextPack) -> Sections:
    """Return what a text pack is, and under which terms its words are used."""
    record = pack.record
    rows = [
        ("title", pack.wording.title),
        ("items", str(len(pack.wording.items))),
        ("left out", ", ".join(record.left_out)),
        ("copyright", record.copyright),
        ("licence here", record.terms),
        ("accepted by", f"{record.accepted_by}, {day(record.accepted_on)}"),
        ("holder's terms", record.holder_terms or "not known here; they are those of the holder of the rights"),
        ("sha256", record.sha256),
        ("file", str(pack.file)),
    ]
    return [(f"{record.instrument}, {record.language}", [row for row in rows if row[1]])]


def pack_question_sections(pack: TextPack, here: Wording | None) -> Sections:
    """Return every question of a text pack beside the item that it is scored as, with points and alarms.

    Nothing but a reader can tell whether the words are those of the item.

    Parameters
    ----------
    pack : TextPack
    here : Wording or None
        The English words of that instrument, where they are here.
    """
    rules, words = scoring(pack.record.instrument), pack.wording
    blocks = rules.items()
    rows: list[tuple[str, str]] = []
    for number, (text, block) in enumerate(zip(words.items, blocks, strict=True), 1):
        rows.append((f"item {number}", text))
        if here is not None:
            rows.append(("here", here.items[number - 1]))
        rows.append(("points", _points_told(words.answers_to(number), block)))
        for alarm in rules.alarms:
            if alarm.item == number:
                actions = " ".join(flag.action for flag in raised([alarm.red_flag]))
                rows.append(("ALARM", f"an answer above {alarm.above:g}: {actions}"))
    return [("Scored as: compare each question with the item of the instrument", rows)]


def _points_told(texts: tuple[str, ...], block: ItemBlock) -> str:
    """Return the points that each answer to an item gives."""
    if not block.scored:
        return "none: it is asked and not counted"
    possible = block.possible
    labels = texts or tuple(
        ("yes" if answer else "no") if answer is True or answer is False else "" for answer in possible
    )
    if not any(labels):
        first, last = possible[0], possible[-1]
        return f"{first:g} to {last:g} give {block.points_of(first):g} to {block.points_of(last):g}"
    told = (
        f"{label or f'{answer:g}'} = {block.points_of(answer):g}"
        for label, answer in zip(labels, possible, strict=True)
    )
    return "; ".join(told)


def _change(change: ImportantChange) -> tuple[str, str]:
    sizes = []
    if change.points is not None:
        exact = change.points.low == change.points.high
        sizes.append(points(change.points.low) if exact else f"{_span(change.points)} points")
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
            *([_band(entry, band)] if band else []),
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


def _band(entry: Instrument, band: str) -> str:
    """Return a band with the name of its cut-offs, where there are several, and its mark."""
    first = entry.cutoffs[0]
    return _marked(f"{band} by the {first.scheme}" if first.scheme else band, first.unverified)


def change_sections(found: Change, sham: ShamChange | None = None) -> Sections:
    """Return a change in words: the state first, then what it rests on, then where it stands among people on sham."""
    entry = instrument(found.instrument_id)
    size = signed_points(found.improvement)
    share = "" if found.percent is None or not found.improvement else f", {abs(found.percent):.0f} % of the baseline"
    rows = [
        ("why", "; ".join(found.reasons)),
        ("before", f"{found.before:.3g}, mean of {found.n_before}" if found.n_before > 1 else f"{found.before:.3g}"),
        ("after", f"{found.after:.3g}, mean of {found.n_after}" if found.n_after > 1 else f"{found.after:.3g}"),
        ("change", size + share),
    ]
    if entry.threshold is not None:
        rows.append(("what matters", _marked(entry.threshold.reason, entry.threshold.unverified)))
    if found.reliable is not None:
        text = f"from {ends(found.reliable, '.2g')} points, two-sided 90 %"
        unverified = entry.standard_error is not None and entry.standard_error.unverified
        rows.append(("beyond error", _marked(text, unverified)))
    if found.p_better is not None:
        rows.append(("truly better", f"probability {chance(found.p_better)}"))
    if found.p_important is not None:
        rows.append(("by what matters", f"probability {chance(found.p_important)}"))
    if sham is not None:
        rows += _sham_rows(found, sham)
    rows.append(("not said", NOT_SAID))
    return [(f"{entry.name}: {found.state}", rows)]


def _sham_rows(found: Change, sham: ShamChange) -> Iterator[tuple[str, str]]:
    of = ("assumed from other conditions: " if sham.borrowed else "") + joined(
        [study_label(name) for name in sham.mean_of]
    )
    yield (
        "people on sham",
        f"improve by {sham.mean:.2g} on average ({of}); 1 in 20 of them by {sham.limit:.2g} points or more",
    )
    share = sham.share_as_good(found.improvement)
    yield "as good on sham", f"{100 * share:.0f} % of people"
    more = "no"
    if found.state == "not judged":
        more = "not judged"
    elif _more_than_sham(found, sham):
        more = "yes; of 1 in 20 people on sham this would be said too, of more where pain was high to begin with"
    elif found.before < sham.limit:
        # Pain cannot fall below zero.
        more = "no, and from this baseline it could not be: even no pain at all is within reach of sham"
    yield "more than sham", more


def sham_record(found: Change, sham: ShamChange) -> dict[str, Any]:
    """Return where a change stands among people on sham, as a record; improvements are points of 10."""
    return {
        "mean": sham.mean,
        "mean_of": list(sham.mean_of),
        "borrowed": sham.borrowed,
        "between_trials": sham.between_trials,
        "spread": [sham.spread.low, sham.spread.median, sham.spread.high],
        "limit": sham.limit,
        "share_as_good": sham.share_as_good(found.improvement),
        "more_than_sham": None if found.state == "not judged" else _more_than_sham(found, sham),
    }


def _more_than_sham(found: Change, sham: ShamChange) -> bool:
    """Return whether a change, first of all beyond measurement error, is more than sham explains."""
    return found.state in ("better", "much better") and not sham.explains(found.improvement)


def _span(interval: Interval) -> str:
    ends: Iterable[float] = dict.fromkeys((interval.low, interval.high))
    return " to ".join(f"{end:.3g}" for end in ends)


def _marked(text: str, unverified: bool) -> str:
    return f"{text} ({UNVERIFIED})" if unverified else text
