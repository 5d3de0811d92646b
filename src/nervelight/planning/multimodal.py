"""What else is done for the pain: the ladder of the condition, and where on it this person's treatment stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nervelight.evidence import Ladder, Line, Named, Rung, recognised, treatments_for, unrecognised
from nervelight.planning.case import Case
from nervelight.planning.plan_document import Statement
from nervelight.planning.words import joined

__all__ = ["multimodal_words"]

_DRUGS = frozenset({"drug", "topical"})
_RANKED = frozenset({"first", "second", "third"})
_VERBS: Mapping[Line, str] = {
    "first": "puts in the first line",
    "second": "puts in the second line",
    "third": "puts in the third line",
    "unranked": "names, without rank,",
    "undecided": "comes to no recommendation on",
    "no_benefit": "finds no benefit of",
    "not_advised": "advises against",
}


def multimodal_words(case: Case) -> dict[str, Statement | str]:
    """Return the words of the section on other treatment by name; empty where there is nothing to say."""
    ladder = treatments_for(case.diagnosis.condition)
    words = {
        "general_ladder": _told(ladder, _general),
        "numbers": Statement(text=ladder.numbers, sources=ladder.numbers_sources) if ladder.numbers else "",
        "own_drugs": _told(ladder, lambda rung: not _general(rung) and rung.treatment.kind in _DRUGS),
        "beyond_drugs": _told(ladder, lambda rung: not _general(rung) and rung.treatment.kind not in _DRUGS),
        "ladder_note": Statement(text=ladder.note, sources=ladder.note_sources) if ladder.note else "",
    }
    return words | _now(case, ladder)


def _general(rung: Rung) -> bool:
    """Whether a row belongs to the general ladder of drugs and stimulation."""
    return rung.standing.conditions == "general" and rung.standing.line in _RANKED


def _told(ladder: Ladder, chosen: Callable[[Rung], bool]) -> Statement | str:
    """Say what each source says, a sentence a source."""
    by_source: dict[str, list[Rung]] = {}
    for rung in filter(chosen, ladder.rungs):
        by_source.setdefault(rung.standing.source, []).append(rung)
    if not by_source:
        return ""
    return Statement(text=" ".join(map(_sentence, by_source.values())), sources=tuple(by_source))


def _sentence(rungs: Iterable[Rung]) -> str:
    body = ""
    places: dict[tuple[Line, str], list[str]] = {}
    for rung in rungs:
        body = rung.body
        places.setdefault((rung.standing.line, rung.standing.strength), []).extend(rung.names)
    parts = [
        f"{_VERBS[line]} {joined(names)}{f' ({strength})' if strength else ''}"
        for (line, strength), names in places.items()
    ]
    said = "; ".join(parts).replace("; puts in", "; in")
    return f"{body[0].upper()}{body[1:]} {said}."


def _now(case: Case, ladder: Ladder) -> dict[str, Statement | str]:
    """Say what of the case is on the ladder, what is not on the list, and what may not be taken now."""
    keys = ["case_file"]
    told: list[str] = []
    unknown: list[str] = []
    unclear: list[str] = []
    seen: set[tuple[str, str]] = set()
    # Every drug is asked for under safety; of those, only the ones against pain are told here.
    for entry, for_pain in [*((e, True) for e in case.care.other_treatments), *((e, False) for e in case.safety.drugs)]:
        found = recognised(entry)
        current = [named for named in found if named.current]
        fresh = [named for named in current if (named.treatment.id, named.member) not in seen]
        seen |= {(named.treatment.id, named.member) for named in fresh}
        if fresh:
            # An entry that is clear in part only is not repeated as a whole under what is taken now.
            what = entry if current == list(found) else joined([_name(named) for named in fresh])
            told.append(f"{what} ({'; '.join(_place(ladder, named) for named in fresh)})")
            keys += [rung.standing.source for named in fresh for rung in ladder.of(named)]
        if len(current) < len(found):
            unclear.append(entry)
        if for_pain:
            unknown += unrecognised(entry)
    return {
        "treatments_now": Statement(text="; ".join(told), sources=tuple(dict.fromkeys(keys))) if told else "",
        "treatments_unknown": "; ".join(dict.fromkeys(unknown)),
        "treatments_unclear": "; ".join(dict.fromkeys(unclear)),
    }


def _name(named: Named) -> str:
    return named.member or named.treatment.label


def _place(ladder: Ladder, named: Named) -> str:
    """Say where a treatment stands: ``SNRI: first line, strong, NeuPSIG 2025``."""
    said = "; ".join(f"{rung.standing.said}, {rung.body}" for rung in ladder.of(named))
    what = named.treatment.short or named.treatment.label
    return f"{what}: {said or 'no source on record here ranks it for this condition'}"
