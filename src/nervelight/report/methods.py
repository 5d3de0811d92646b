"""The reporting sheet: all that the checklists of the field ask a paper to say of the light, from one course.

One row an item: its value with unit and interval, how it is known, and from where. What is not known is said to be not
known, and counted. The paragraph for a paper's methods section is written from the same rows and from nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median
from types import MappingProxyType
from typing import Literal

from pydantic import Field, StrictBool

from nervelight.documents import Document, read_data, validated
from nervelight.optics import Device, device, site
from nervelight.planning import Plan
from nervelight.planning.plan_document import TargetLight, target_of
from nervelight.planning.words import band, count, duration, duration_band, listed, number, typeset
from nervelight.record.contents import Session
from nervelight.record.dossier import Dossier
from nervelight.report.words import distance, first_upper, temperature
from nervelight.sources import source

__all__ = ["KNOWN_BY", "MethodsSheet", "ReportingItem", "ReportingRow", "methods_sheet", "reporting_items"]

KnownBy = Literal["measured", "claim", "computed", "assumed", "planned", "recorded", "not known"]
KNOWN_BY: Mapping[KnownBy, str] = MappingProxyType(
    {
        "measured": (
            "read from an instrument by whoever the source names; of another lamp of this model, unless it is the case"
        ),
        "claim": "said by the maker or seller; nobody checked it",
        "computed": "by Nervelight from other rows; the interval is 90 % of its draws",
        "assumed": "no checked source gives it",
        "planned": "prescribed in the plan",
        "recorded": "written down by people in the case or during the course",
        "not known": "",
    }
)
NOT_KNOWN = "not known"
LASER_LIMIT = "skin.mpe"
EYES = ("eyes.infrared", "eyes.laser")


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


Answer = tuple[str, KnownBy, tuple[str, ...]]


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
    plan = dossier.plan
    answers = _lamp(plan) | _skin(plan) | _treatment(plan) | _given(dossier) | _safety(plan)
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


def _answers(**found: Answer | None) -> dict[str, Answer]:
    return {name: answer for name, answer in found.items() if answer is not None}


def _lamp(plan: Plan) -> dict[str, Answer]:
    light = plan.lamp
    if light is None:
        return {}
    lamp = device(light.device)
    laser, own = lamp.is_laser, lamp.sources
    case = plan.case["lamp"]
    waves = ", ".join(f"{each.wavelength_nm:g}" for each in light.wavelengths) + " nm"
    return _answers(
        manufacturer_model=(light.label, "recorded", own),
        source_type=(lamp.emitter, "claim", own),
        coherence=(
            "coherent source; coherence length not known" if laser else "not coherent (light-emitting diodes)",
            "computed",
            own,
        ),
        delivery=(lamp.category.replace("_", " "), "claim", own),
        emitter_count=(f"{lamp.emitter_count}", "claim", own) if lamp.emitter_count else None,
        emitter_layout=(
            (f"front of {lamp.housing[0]:g} x {lamp.housing[1]:g} mm; places of the sources not known", "claim", own)
            if lamp.housing
            else None
        ),
        wavelength=(waves, "recorded", ("case_file",)) if case["wavelengths"] else (waves, "claim", own),
        mode=(lamp.pulse, "claim", own) if lamp.pulse else None,
        mean_power=_power(lamp),
        hazard_class=_hazard(lamp),
        labelled_use=(
            (lamp.labelled_use.cleared, "recorded", (lamp.labelled_use.source,)) if lamp.labelled_use else None
        ),
    )


def _power(lamp: Device) -> Answer | None:
    measured = [each for each in lamp.radiant_power if each.kind == "measured"]
    for each in measured or lamp.radiant_power:
        drawn = f" at {each.electrical_power:g} W electrical" if each.electrical_power else ""
        return f"{each.power:.3g} W{drawn}", "measured" if measured else "claim", (each.source,)
    return None


def _hazard(lamp: Device) -> Answer | None:
    if lamp.laser_class:
        return f"laser class {lamp.laser_class}", "claim", lamp.sources
    if lamp.infrared_test:
        test = lamp.infrared_test
        return f"{test.risk_group} for infrared at {distance(test.distance)}", "measured", (test.source,)
    return None


def _skin(plan: Plan) -> dict[str, Answer]:
    light, prescribed = plan.lamp, plan.prescription
    if light is None:
        return {}
    lamp = device(light.device)
    kind: KnownBy = "claim" if light.basis in ("claim-halved", "power-over-spot") else "computed"
    split = "; ".join(
        f"{each.wavelength_nm:g} nm: {band(each.irradiance_mw_cm2, 'mW/cm2')}" for each in light.wavelengths
    )
    used = [each for each in light.readings if each.used]
    meters = "; ".join(
        f"{each.label}{'' if each.distance_mm is None else f' at {distance(each.distance_mm)}'}: "
        f"{number(each.irradiance_mw_cm2, 'mW/cm2')}"
        for each in used
    )
    own, area = plan.case["lamp"]["spot_area"], lamp.spot_area
    return _answers(
        irradiance=(band(light.irradiance_mw_cm2, "mW/cm2"), kind, light.sources),
        irradiance_basis=(
            " ".join(filter(None, (typeset(light.basis_text), meters))),
            "recorded" if light.basis == "own-meter" else "measured" if light.basis == "measured" else "claim",
            tuple(dict.fromkeys(key for each in used for key in each.sources)) or light.sources,
        ),
        wavelength_split=(
            split,
            "computed" if light.spectral_split_known else "assumed",
            tuple(dict.fromkeys((*light.sources, *(() if light.spectral_split_known else ("nervelight_assumption",))))),
        ),
        beam_area=(
            (f"{number(own / 100, 'cm2')}", "recorded", ("case_file",))
            if own
            else (f"{number(area / 100, 'cm2')}", "claim", lamp.sources)
            if area
            else None
        ),
        radiant_exposure=(
            (band(prescribed.radiant_exposure_j_cm2, "J/cm2"), "computed", ("nervelight_computed", *light.sources))
            if prescribed
            else None
        ),
    )


def _treatment(plan: Plan) -> dict[str, Answer]:
    case, prescribed, light = plan.case, plan.prescription, plan.lamp
    target = target_of(plan.targets)
    fields = case["site"]["fields"]
    place = site(case["site"]["name"]).label
    contact = light is not None and not light.distance_mm
    answers = _answers(
        location=(f"{place}: {listed(fields)}", "planned", ("case_file",)),
        fields=(f"{len(fields)}", "planned", ("case_file",)),
        technique=("contact" if contact else "projection from a distance", "planned", ("case_file",)),
        pressure=None if contact else ("none: no contact", "planned", ("case_file",)),
        distance=(distance(light.distance_mm), "planned", ("case_file",)) if light else None,
        target=(target.label, "planned", ("case_file",)) if target else None,
        target_depth=_depth(plan, target),
        rationale=_rationale(plan),
    )
    if prescribed is None:
        return answers
    computed: tuple[str, ...] = ("nervelight_computed", *plan.anchor.sources)
    time = (
        duration_band(plan.translation.time_s, prescribed.time_per_field_s)
        if plan.translation
        else duration(prescribed.time_per_field_s)
    )
    return answers | _energy(plan) | _answers(
        time=(f"{prescribed.time_per_field_s:g} s, by the model {time}", "planned", computed),
        target_fluence=(
            (band(target.fluence_j_cm2, "J/cm2"), "computed", ("nervelight_computed",))
            if target and target.fluence_j_cm2
            else None
        ),
        sessions=(f"{prescribed.total_sessions}", "planned", plan.anchor.sources),
        frequency=(
            f"{count(prescribed.sessions_per_week, 'session')} a week for {count(prescribed.weeks, 'week')}",
            "planned",
            plan.anchor.sources,
        ),
    )  # fmt: skip


def _depth(plan: Plan, target: TargetLight | None) -> Answer | None:
    if target is None:
        return None
    told, case = band(target.depth_mm, "mm"), plan.case
    if target.id not in site(case["site"]["name"]).nerves:
        return f"{told}, from the layers of the skin", "computed", ("nervelight_computed",)
    if case["site"]["measured"]["nerve_depth"] is not None:
        return told, "measured", ("case_file",)
    depth = site(case["site"]["name"]).nerve_depth(target.id, case["diagnosis"]["condition"])
    return f"{told}, not measured in this person", "assumed" if depth.unverified else "computed", depth.sources


def _rationale(plan: Plan) -> Answer | None:
    anchor = plan.anchor
    if anchor.study_id is None:
        return None
    light = f" ({'; '.join(anchor.light)})" if anchor.light else ""
    return f"light of {anchor.study_id}{light}. {anchor.why}", "planned", anchor.sources


def _energy(plan: Plan) -> dict[str, Answer]:
    """Energy needs the area that the beam lights on the skin; a lamp that lights more than the field has none."""
    light, prescribed = plan.lamp, plan.prescription
    if light is None or prescribed is None:
        return {}
    told = plan.case["lamp"]["spot_area"] or device(light.device).spot_area
    if not told:
        return {}
    keys = ("nervelight_computed", *light.sources)

    def energy(times: float) -> Answer:
        joules = prescribed.radiant_exposure_j_cm2.map(lambda x: x * told / 100 * times)
        return band(joules, "J"), "computed", keys

    fields = len(prescribed.fields)
    return {
        "field_energy": energy(1),
        "session_energy": energy(fields),
        "course_energy": energy(fields * prescribed.total_sessions),
    }


def _given(dossier: Dossier) -> dict[str, Answer]:
    given = [each.content for each in dossier.of(Session)]
    if not given:
        return {}
    times = sorted(seconds for each in given for seconds in each.seconds.values())
    told = ""
    if times:
        # In seconds: a time in words is rounded to 15 s, and hides what lay beside the plan.
        told = f"median {median(times):g} s, {times[0]:g} to {times[-1]:g} s ({len(times)} fields lit)"
    return _answers(
        sessions_given=(f"{len(given)} written down", "recorded", ("case_file",)),
        time_given=(told, "recorded", ("case_file",)) if told else None,
    )


def _safety(plan: Plan) -> dict[str, Answer]:
    case, warm = plan.case, plan.warmth
    person, care = case["patient"], case["safety"]
    found = {each.id: each for each in plan.findings}
    eyes = next((found[name] for name in EYES if name in found and found[name].value), None)
    limit = found.get(LASER_LIMIT)
    air = care["air_temperature"]
    tone = f"Fitzpatrick type {person['phototype']}" if person["phototype"] else f"ITA {person['ita']:g} degrees"
    keys = ("nervelight_computed",)
    return _answers(
        phototype=(tone, "recorded", ("case_file",)),
        air_temperature=(
            (f"{air:g} °C", "recorded", ("case_file",))
            if air is not None
            else ("30 °C, taken as a safe upper end", "assumed", ("nervelight_assumption",))
        ),
        skin_temperature=(temperature(warm.skin_c), "computed", keys) if warm else None,
        cem43=(band(warm.cem43_min, "min"), "computed", keys) if warm else None,
        eyewear=(f"{care['eyes']}", "planned", ("case_file",)),
        eye_irradiance=(f"{eyes.value}; limit {eyes.limit}", "computed", eyes.sources) if eyes else None,
        exposure_limit=(f"{limit.value}; limit {limit.limit}", "computed", limit.sources) if limit else None,
    )


_SENTENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Light came from {} ({}; {}).", ("manufacturer_model", "source_type", "delivery")),
    ("Wavelengths were {}.", ("wavelength",)),
    ("Mode: {}.", ("mode",)),
    ("The mean radiant power was {}.", ("mean_power",)),
    ("Technique: {}, at {}.", ("technique", "distance")),
    ("The irradiance on the skin was {}.", ("irradiance",)),
    ("The beam lit {} of the skin.", ("beam_area",)),
    ("The light was aimed at {} (fields: {}), each field for {}.", ("location", "fields", "time")),
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
