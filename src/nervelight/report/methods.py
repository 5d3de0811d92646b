"""The reporting sheet: all that the checklists of the field ask a paper to say of the light, from one course.

One row an item: its value with unit and interval, how it is known, and from where. What is not known is said to be not
known, and counted. The paragraph for a paper's methods section is written from the same rows and from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import Field, StrictBool

from nervelight.documents import Document, read_data, validated
from nervelight.planning.words import count
from nervelight.record.dossier import Dossier
from nervelight.report.methods_answers import KNOWN_BY, KnownBy, answers_of
from nervelight.report.words import first_upper
from nervelight.sources import source

__all__ = ["MethodsSheet", "ReportingItem", "ReportingRow", "methods_sheet", "reporting_items"]


class ReportingItem(Document):
    """One thing that a checklist asks for."""

    id: str
    group: Literal["lamp", "skin", "treatment", "safety"]
    text: str
    lists: tuple[Literal["jenkins_carroll", "lllt_study", "fda_draft", "minimal"], ...] = Field(min_length=1)
    aside: StrictBool = False
    """Whether it belongs to a regulator's file more than to a methods section."""


class _List(Document):
    title: str
    source: str


class _Catalogue(Document):
    sources: tuple[str, ...]
    lists: dict[str, _List]
    items: dict[str, ReportingItem]


@dataclass(frozen=True)
class ReportingRow:
    """One item, as this course answers it."""

    item: ReportingItem
    value: str
    """With unit and interval; empty where it is not known."""
    known: KnownBy
    sources: tuple[str, ...] = ()
    typed: bool = False
    """Whether people's own words are in it."""


@dataclass(frozen=True)
class MethodsSheet:
    """All rows, in the order of the lists, and a paragraph made from them."""

    rows: tuple[ReportingRow, ...]
    paragraph: str
    heading: str

    @property
    def not_known(self) -> tuple[ReportingRow, ...]:
        """The rows that nobody can fill in."""
        return tuple(row for row in self.rows if row.known == "not known")

    def to_markdown(self) -> str:
        """Return the sheet as Markdown."""
        return "\n".join(_markdown(self))


@cache
def _catalogue() -> _Catalogue:
    data = read_data("nervelight.report", "data", "reporting.yaml")
    named = {name: {"id": name, **entry} for name, entry in data["items"].items()}
    return validated(_Catalogue, data | {"items": named}, "reporting.yaml")


def reporting_items() -> tuple[ReportingItem, ...]:
    """Return every item of the checklists, in the order of the sheet."""
    return tuple(_catalogue().items.values())


def methods_sheet(dossier: Dossier) -> MethodsSheet:
    """Return what a course answers to the reporting checklists of photobiomodulation.

    Parameters
    ----------
    dossier : Dossier
        Its current plan is reported, and the sessions that were written down.

    References
    ----------
    Jenkins & Carroll 2011; the list beside the standards of the World Association for Laser Therapy; FDA draft 2023.
    """
    answers = answers_of(dossier)
    typed = {"irradiance_basis", "location", "fields", "time_given"}
    rows = tuple(
        ReportingRow(item, *answers[item.id], item.id in typed)
        if answers.get(item.id)
        else ReportingRow(item, "", "not known")
        for item in reporting_items()
    )
    return MethodsSheet(rows, _paragraph({row.item.id: row for row in rows}), _heading(dossier))


def _heading(dossier: Dossier) -> str:
    kept = dossier.current
    state = "signed" if kept.signature is not None else "a proposal that no clinician has signed"
    made_up = f" {first_upper(dossier.synthetic)}" if dossier.synthetic else ""
    return f"Plan version {kept.number} ({state}), SHA-256 {kept.sha256}.{made_up}"


_SENTENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Light came from {} ({}; {}).", ("manufacturer_model", "source_type", "delivery")),
    ("Wavelengths were {}.", ("wavelength",)),
    ("Mode: {}.", ("mode",)),
    ("The mean radiant power was {}.", ("mean_power",)),
    ("Technique: {}.", ("technique",)),
    ("The irradiance on the skin was {}.", ("irradiance",)),
    ("The beam lit {} of the skin.", ("beam_area",)),
    ("Fields lit: {} ({} in all), each for {}.", ("location", "fields", "time")),
    ("The radiant exposure on the skin was {} per field and session.", ("radiant_exposure",)),
    ("The energy was {} per field and {} per session.", ("field_energy", "session_energy")),
    ("The intended target was {}, at a depth of {}.", ("target", "target_depth")),
    ("There the computed fluence was {} per session.", ("target_fluence",)),
    ("{} sessions were planned, {}.", ("sessions", "frequency")),
    ("Sessions: {}.", ("sessions_given",)),
    ("Time of light per field as given: {}.", ("time_given",)),
    ("Skin: {}; air at {}.", ("phototype", "air_temperature")),
    ("The computed highest skin temperature was {}.", ("skin_temperature",)),
    ("Eye protection: {}.", ("eyewear",)),
)
_HOW: Mapping[str, str] = {
    "claim": "as claimed by the maker",
    "assumed": "an assumption",
    "measured": "measured by others on a lamp of this model",
}


def _paragraph(rows: Mapping[str, ReportingRow]) -> str:
    sentences = []
    for sentence, names in _SENTENCES:
        if all(rows[name].known != "not known" for name in names):
            sentences.append(sentence.format(*(_with_origin(rows[name]) for name in names)))
    missing = [row.item.text for row in rows.values() if row.known == "not known" and not row.item.aside]
    if missing:
        sentences.append(f"Not known: {'; '.join(each[0].lower() + each[1:] for each in missing)}.")
    if aside := sum(row.known == "not known" and row.item.aside for row in rows.values()):
        sentences.append(f"Not known either: {count(aside, 'item')} on the tests of the device.")
    sentences.append("Intervals in brackets are 90 % of the model's draws.")
    return " ".join(sentences)


def _with_origin(row: ReportingRow) -> str:
    # Of what kind a lamp is goes without saying that its maker says so.
    told = _HOW.get(row.known, "") if row.item.id not in ("source_type", "delivery") else ""
    if row.known == "measured" and "case_file" in row.sources:
        told = "measured"
    return f"{row.value}{f', {told}' if told else ''}"


_GROUPS = {"lamp": "The lamp", "skin": "The light on the skin", "treatment": "The treatment", "safety": "Safety"}


def _markdown(sheet: MethodsSheet) -> list[str]:
    lists = _catalogue().lists
    total, lacking = len(sheet.rows), len(sheet.not_known)
    lines = [
        "# Reporting sheet",
        "",
        _safe(sheet.heading),
        "",
        f"{total - lacking} of {total} items are known, {lacking} are not known.",
        "",
    ]
    for group, title in _GROUPS.items():
        lines += [
            f"## {title}",
            "",
            "| Item | Value | How it is known | Sources | Asked for by |",
            "|---|---|---|---|---|",
        ]
        for row in sheet.rows:
            if row.item.group == group:
                asked = ", ".join(lists[each].title for each in row.item.lists)
                cells = (row.item.text, row.value or "not known", row.known, ", ".join(row.sources), asked)
                lines.append("| " + " | ".join(map(_safe, cells)) + " |")
        lines.append("")
    lines += ["## For a methods section", "", _safe(sheet.paragraph), "", "## How it is known", ""]
    lines += [f"- {name}: {told}" for name, told in KNOWN_BY.items() if told]
    keys = dict.fromkeys(
        (*(key for row in sheet.rows for key in row.sources), *(each.source for each in lists.values()))
    )  # fmt: skip
    lines += ["", "## Sources", "", *(f"- {key}: {_safe(source(key).citation)}" for key in keys), ""]
    return lines


def _safe(text: str) -> str:
    """Return a text as Markdown shows it to the letter: no table is broken, no tag and no link begins."""
    return " ".join(re.sub(r"[\\`*\[\]|]", r"\\\g<0>", text.replace("<", "&lt;").replace(">", "&gt;")).split())
