"""What stands on the library's pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from django.utils.translation import gettext as _

from nervelight.evidence import (
    CONDITIONS,
    CertaintyLevel,
    OutcomeDomain,
    PooledOutcome,
    Study,
    anchor,
    anchor_ids,
    claim,
    claims_for,
    condition_info,
    condition_named,
    evidence_card,
    outcome_label,
    pool_outcome,
    studies,
    study,
    study_label,
    treatments_for,
)
from nervelight.optics import device, device_ids
from nervelight.planning import light_lines
from nervelight.planning.education import condition_name, education_sheets, lamp_name, lamp_types
from nervelight.report import (
    LADDER_HEADER,
    card_sections,
    claim_held,
    forest_figure,
    funnel_figure,
    ladder_remarks,
    ladder_rows,
    ladder_sources,
    lamp_facts,
    lamp_figure,
    lamp_title,
    light_counted_on,
    light_remarks,
    light_rows,
    outcome_rows,
    pooled_sections,
    pooled_title,
    reading_rows,
    reading_text,
    source_rows,
    study_rows,
    study_says,
)
from nervelight.report.words import first_upper
from nervelight.sources import source
from nervelight.units import to_mw_cm2
from nervelight.web.languages import page_language

__all__ = [
    "claim_part",
    "condition_part",
    "education_of_part",
    "education_part",
    "evidence_part",
    "lamp_part",
    "lamps_part",
    "study_part",
    "study_row",
]

Part = tuple[str, Mapping[str, Any]]
LIGHT_STANDS_APART = (
    "Light (photobiomodulation) is not among the ranked treatments; what is known of it stands above. This list is "
    "context, never a drug order: the prescriber decides."
)
# From the least certain up; what was not graded says nothing.
GRADES: tuple[CertaintyLevel, ...] = ("not graded", "very low", "low", "moderate", "high")
# Sides of the small picture of a lamp's irradiance.
BAR_WIDTH, BAR_HIGHEST = 160, 200.0


def evidence_part(_name: str) -> Part:
    """Return every condition with what is known, how surely, and from how many trials."""
    cards = [evidence_card(condition) for condition in CONDITIONS]
    rows = []
    for card in cards:
        tried = dict(card.tried)
        rows.append(
            {
                "id": card.condition,
                "label": first_upper(card.info.label),
                "benefit": card.reference.benefit_over_sham,
                "certainty": card.certainty.level,
                "sham": len(tried.get("sham-controlled trials", ())),
                "all": sum(map(len, tried.values())),
                "nulls": len(card.nulls),
                "protocol": study_label(card.usable[0].anchor.study_id) if card.usable else card.protocol,
            }
        )
    best = max((card.certainty.level for card in cards), key=GRADES.index)
    return _("Certainty is %(level)s at best") % {"level": best}, {"rows": rows}


def condition_part(name: str) -> Part:
    """Return the evidence card of a condition with its pictures, other treatment, claims and sources."""
    condition = condition_named(name)
    card = evidence_card(condition)
    (heading, first), *sections = card_sections(card)
    pooled = [
        found
        for domain in get_args(OutcomeDomain)
        if (found := pool_outcome(condition, domain)).effects or found.set_aside
    ]
    ladder = treatments_for(condition)
    return heading, {
        "label": first_upper(card.info.label),
        "first": first,
        "sections": [(title, rows) for title, rows in sections if rows],
        "pooled": [_pooled(found) for found in pooled],
        "ladder_header": LADDER_HEADER,
        "ladder": ladder_rows(ladder),
        "ladder_remarks": ladder_remarks(ladder),
        "ladder_sources": ladder_sources(ladder),
        "ladder_closing": LIGHT_STANDS_APART,
        "claims": claims_for(condition),
        "studies": [
            study_row(entry)
            for entry in studies()
            if condition in (entry.condition, *entry.also) and entry.topic == "treatment"
        ],
    }


def _pooled(found: PooledOutcome) -> dict[str, Any]:
    pictures = [forest_figure(found)]
    if len(found.effects) > 2:
        pictures.append(funnel_figure(found))
    return {
        "label": outcome_label(found.domain),
        "title": pooled_title(found),
        "pictures": [picture for picture in pictures if picture is not None],
        "sections": pooled_sections(found),
    }


def study_part(name: str) -> Part:
    """Return a study as printed and as computed, with its weaknesses, what it leaves out, and its sources."""
    entry = study(name)
    light = anchor(name) if name in anchor_ids() else None
    keys = [entry.sources[0], *entry.sources[1:]]
    if light is not None:
        lacks = list(light.missing)
        state = f"{light.kind}, usable" if light.usable else f"{light.kind}, lacks {len(lacks)}"
    else:
        lacks, state = [], ""
    return f"{study_label(name)}: {study_says(entry)}", {
        "label": study_label(name),
        "id": name,
        "citation": source(entry.sources[0]).citation,
        "rows": study_rows(entry),
        "condition": entry.condition,
        "condition_label": condition_info(entry.condition).label if entry.condition else "",
        "lights": [(given.label, light_rows(given), light_remarks(given)) for given in entry.lights],
        "outcomes": outcome_rows(entry),
        "statements": [
            (first_upper(row.about), row.text + (" (not verified)" if row.unverified else ""))
            for row in entry.statements
        ],
        "state": state,
        "lacks": lacks,
        "anchor_rows": []
        if light is None
        else [
            *(("light", line) for line in light_lines(light)),
            *(("scenario", scenario.described) for scenario in light.scenarios),
            *(("note", what) for what in light.flags),
        ],
        "sources": _sources(keys),
    }


def study_row(entry: Study) -> dict[str, Any]:
    """Return a study as it stands in a list."""
    follow = ""
    if entry.id in anchor_ids():
        light = anchor(entry.id)
        follow = f"{light.kind}, usable" if light.usable else f"{light.kind}, lacks {len(light.missing)}"
    return {
        "id": entry.id,
        "label": study_label(entry.id),
        "design": entry.design.replace("_", " "),
        "n": entry.n,
        "says": study_says(entry),
        "null": entry.direction in ("no_difference", "favours_comparator"),
        "follow": follow,
    }


def claim_part(name: str) -> Part:
    """Return a claim with verdict, reason, sources, and what may be said instead."""
    found = claim(name)
    made_by = {"article": "a seller's article", "sellers": "sellers", "plan": "what a plan must be able to say"}[
        found.made_by
    ]
    return found.claim, {
        "claim": found,
        "made_by": made_by,
        "conditions": [(condition, condition_info(condition).label) for condition in found.conditions],
        "pointers": [
            (pointer.study, pointer.place, _sources([pointer.source])[0][0] if not pointer.study else "")
            for pointer in found.sources
        ],
    }


def education_part(_name: str) -> Part:
    """Return what there are sheets for people who are treated for."""
    tongue = page_language()
    rows = [{"id": name, "label": first_upper(condition_name(name, tongue))} for name in CONDITIONS]
    lamps = [first_upper(lamp_name(name, tongue)) for name in lamp_types()]
    title = _("Sheets for patients: %(conditions)d conditions, %(lamps)d types of lamps") % {
        "conditions": len(rows),
        "lamps": len(lamps),
    }
    return title, {"rows": rows, "lamps": lamps}


def education_of_part(name: str) -> Part:
    """Return the general sheets of a condition, and what is said besides with each type of lamp."""
    condition, tongue = condition_named(name), page_language()
    sheets = education_sheets(condition=condition, language=tongue)
    known = {line.text for sheet in sheets for line in sheet.lines}
    lamps = []
    for lamp in lamp_types():
        with_lamp = education_sheets(condition=condition, lamp_type=lamp, language=tongue)
        own = [line.text for sheet in with_lamp for line in sheet.lines if line.text not in known]
        lamps.append({"label": first_upper(lamp_name(lamp, tongue)), "lines": own})
    title = first_upper(condition_name(condition, tongue))
    return title, {"sheets": sheets, "lamps": lamps}


def lamps_part(_name: str) -> Part:
    """Return the catalogue, claimed against measured."""
    rows = []
    shares = []
    for lamp in map(device, device_ids()):
        held = claim_held(lamp)
        shares += [] if held.share is None else [held.share]
        rows.append(
            {
                "id": lamp.id,
                "label": f"{lamp.manufacturer} {lamp.model}",
                "wavelengths": ", ".join(f"{w:g}" for w in lamp.wavelengths),
                "claim": reading_text(held.claim) if held.claim else "",
                "measured": reading_text(held.measured) if held.measured else "",
                "claim_bar": _bar(held.claim.value if held.claim else None),
                "measured_bar": _bar(held.measured.value if held.measured else None),
                "text": held.text,
                "share": held.share,
            }
        )
    # What can be compared comes first.
    rows.sort(key=lambda row: (row["share"] is None, not (row["claim"] and row["measured"])))
    title = _("Where lamps were measured as claimed, they gave %(low).0f to %(high).0f %% of the claim") % {
        "low": 100 * min(shares),
        "high": 100 * max(shares),
    }
    return title, {"rows": rows, "compared": len(shares), "scale": f"{BAR_HIGHEST:g}"}


def _bar(irradiance: float | None) -> int:
    return 0 if irradiance is None else round(BAR_WIDTH * min(to_mw_cm2(irradiance) / BAR_HIGHEST, 1.0))


def lamp_part(name: str) -> Part:
    """Return a lamp with every reading, its irradiance by distance, and its sources."""
    lamp = device(name)
    counted, until = light_counted_on(lamp)
    picture = lamp_figure(lamp)
    keys = list(dict.fromkeys(lamp.source_keys()))
    numbers = {key: index for index, key in enumerate(keys, start=1)}
    return lamp_title(lamp), {
        "label": f"{lamp.manufacturer} {lamp.model}",
        "held": claim_held(lamp),
        "pictures": [picture] if picture else [],
        "readings": [(*row[:-1], numbers.get(row[-1], "")) for row in reading_rows(lamp)],
        "counted": counted,
        "until": until,
        "facts": lamp_facts(lamp),
        "sources": _sources(keys),
    }


def _sources(keys: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return source_rows({key: source(key).citation for key in keys})
