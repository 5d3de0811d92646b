"""The ladder of other treatment in words and as a record: one wording for terminal and pages."""

from __future__ import annotations

from typing import Any

from nervelight.evidence import Ladder, condition_info
from nervelight.report.words import joined
from nervelight.sources import Source, source

__all__ = ["LADDER_CLOSING", "LADDER_HEADER", "ladder_record", "ladder_remarks", "ladder_rows", "ladder_sources"]

LADDER_HEADER = ("line", "treatment", "strength", "NNT", "source")
LADDER_CLOSING = (
    "Light (photobiomodulation) is not among the ranked treatments; what is known of it is told by "
    "`nervelight evidence card`. This list is context, never a drug order: the prescriber decides."
)


def ladder_rows(ladder: Ladder) -> list[tuple[str, str, str, str, str]]:
    """Return a row of text for each rung; a dagger marks a number that was not checked at its source."""
    rows = []
    for rung in ladder.rungs:
        standing = rung.standing
        nnt = f"{standing.nnt:g}{'†' if standing.nnt_unverified else ''}" if standing.nnt is not None else "-"
        rows.append((standing.line_text, joined(rung.names), standing.strength or "not read", nnt, rung.body))
    return rows


def ladder_remarks(ladder: Ladder) -> list[tuple[str, str]]:
    """Return what else the sources say: who, and what."""
    said = [
        (rung.body, f"{joined(rung.names)}: {rung.standing.remark}") for rung in ladder.rungs if rung.standing.remark
    ]
    notes = [("note", ladder.note), ("numbers", ladder.numbers)]
    return [*(note for note in notes if note[1]), *said]


def ladder_sources(ladder: Ladder) -> list[tuple[str, str]]:
    """Return the citation of each source in the order of the rungs, with how far it was read."""
    bodies = {rung.standing.source: rung.body for rung in ladder.rungs}
    places: dict[str, list[str]] = {}
    for rung in ladder.rungs:
        if rung.standing.place.startswith("as told by"):
            places.setdefault(rung.standing.source, []).append(rung.standing.place)
    keys = [key for rung in ladder.rungs for key in rung.standing.sources]
    keys += [*ladder.note_sources, *ladder.numbers_sources]
    return [
        (bodies.get(key, "remarks"), _citation(source(key), tuple(dict.fromkeys(places.get(key, ())))))
        for key in dict.fromkeys(keys)
    ]


def _citation(found: Source, told: tuple[str, ...]) -> str:
    read = "; ".join((found.checked.replace("-", " "), *told))
    return f"{found.citation.rstrip('.')} (read: {read})."


def ladder_record(ladder: Ladder) -> dict[str, Any]:
    """Return a ladder as data."""
    return {
        "condition": ladder.condition,
        "label": condition_info(ladder.condition).label,
        "general_ladder": ladder.general,
        "note": ladder.note,
        "note_sources": list(ladder.note_sources),
        "numbers": ladder.numbers,
        "numbers_sources": list(ladder.numbers_sources),
        "rungs": [
            {
                "treatment": rung.treatment.id,
                "label": rung.treatment.label,
                "kind": rung.treatment.kind,
                "body": rung.body,
                **rung.standing.model_dump(mode="json"),
            }
            for rung in ladder.rungs
        ],
        "closing": LADDER_CLOSING,
    }
