"""What can be chosen in the form of a case, from the catalogues and from what the case says so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from django.utils.translation import gettext_lazy as _

from nervelight.assessment import (
    READING_TESTS,
    Phototype,
    contraindication,
    contraindication_ids,
    drug,
    drug_names,
    instrument,
    instrument_ids,
    red_flags,
)
from nervelight.errors import UnknownName
from nervelight.evidence import CONDITIONS, TargetKind, anchor, rank_anchors, study_ids, study_label
from nervelight.optics import device, device_ids, site, site_ids
from nervelight.planning.case import CUTANEOUS_ENDINGS
from nervelight.web.plans.case_asks import Label
from nervelight.web.plans.case_document import ASKED, ROWS, Raw, given_at

__all__ = [
    "CHOOSE",
    "AnchorChoice",
    "Choices",
    "anchors_of",
    "choices_of",
    "keys_of_test",
    "names_of_drugs",
    "scenarios_of",
    "with_given",
]

Choices = Sequence[tuple[str, Any]]

CHOOSE = "choose"
"""In place of a value: the planner chooses it."""


@dataclass(frozen=True)
class AnchorChoice:
    """A light that may be followed, with the reasons for its place."""

    id: str
    label: Label
    why: str
    lacks: tuple[str, ...]
    usable: bool
    chosen: bool
    null: bool = False


def choices_of(name: str, document: Mapping[str, Any], test: str) -> Choices:
    """Return a list to choose from by its name, as the case and the test of the row stand; empty for no list."""
    if name == "target":
        return _targets(str(given_at(document, "site.name") or ""))
    if name == "scenario":
        return scenarios_of(str(document.get("anchor") or ""))
    if name == "method":
        rules = instrument(test).readings if test in READING_TESTS else ()
        return [(method, method.replace("_", " ")) for method in dict.fromkeys(r.method for r in rules) if method]
    if name == "red_flags" or name == "contraindications":
        return [*_catalogue(name), (ASKED, _("All of these were asked for; what is not ticked is not there"))]
    return _WORDS.get(name) or (_catalogue(name) if name else ())


def with_given(choices: Choices, given: Raw) -> Choices:
    """Return the choices with what was given, also where the catalogue does not have it."""
    known = {name for name, label in _flat(choices)}
    values = given if isinstance(given, list) else [given]
    return [*choices, *((value, value) for value in values if value and value not in known)] if choices else choices


def _flat(choices: Choices) -> Iterator[tuple[str, Any]]:
    for name, label in choices:
        if isinstance(label, list):
            yield from label
        else:
            yield name, label


_WORDS: Mapping[str, Choices] = {
    "yes_no": (("yes", _("yes")), ("no", _("no"))),
    "sensation": (("intact", _("intact")), ("reduced", _("reduced")), ("absent", _("absent"))),
    "perfusion": (("normal", _("normal")), ("impaired", _("impaired"))),
    "eyes": (("goggles", _("goggles")), ("shielding", _("shielding")), ("none", _("none"))),
    "setting": (("home", _("at home")), ("clinic", _("in the clinic"))),
    "side": (("left", _("left")), ("right", _("right"))),
    "weekdays": (
        ("mon", _("Monday")),
        ("tue", _("Tuesday")),
        ("wed", _("Wednesday")),
        ("thu", _("Thursday")),
        ("fri", _("Friday")),
        ("sat", _("Saturday")),
        ("sun", _("Sunday")),
    ),
    "phototype": tuple((name, name) for name in get_args(Phototype)),
}


@cache
def _catalogue(name: str) -> Choices:
    if name == "condition":
        return [(key, info.label[:1].upper() + info.label[1:]) for key, info in CONDITIONS.items()]
    if name == "site":
        return [(key, site(key).label) for key in site_ids()]
    if name == "device":
        lamps = [(key, f"{device(key).manufacturer} {device(key).model}") for key in device_ids()]
        return sorted(lamps, key=lambda lamp: lamp[1].casefold())
    if name == "red_flags":
        return [(flag.id, flag.question) for flag in red_flags()]
    if name == "contraindications":
        return [(key, contraindication(key).label) for key in contraindication_ids()]
    scored = [key for key in instrument_ids() if name == "instrument" or instrument(key).score is not None]
    return [(key, instrument(key).name) for key in scored]


@cache
def _targets(site_name: str) -> Choices:
    endings = (CUTANEOUS_ENDINGS, _("nerve endings in the skin"))
    if site_name in site_ids():
        return [endings, *((key, nerve.label) for key, nerve in site(site_name).nerves.items())]
    nerves = {name: [(key, nerve.label) for key, nerve in site(name).nerves.items()] for name in site_ids()}
    return [endings, *((site(name).label, found) for name, found in nerves.items() if found)]


def scenarios_of(anchor_name: str) -> Choices:
    """Return the lights or readings of a study; empty where it is unknown or has no light."""
    if anchor_name not in study_ids() or not _has_light(anchor_name):
        return ()
    return [(choice.label, choice.label) for choice in anchor(anchor_name).scenarios]


@cache
def _has_light(study_id: str) -> bool:
    """Return whether a study reports a light that a plan could follow."""
    try:
        anchor(study_id)
    except UnknownName:
        return False
    return True


@cache
def names_of_drugs() -> tuple[str, ...]:
    """Return every name of a drug that makes skin sensitive to light."""
    entries = [entry for name in drug_names() if (entry := drug(name)) is not None]
    return tuple(sorted({name for entry in entries for name in (entry.label, *entry.names, *entry.members)}))


@cache
def keys_of_test(test: str) -> frozenset[str]:
    """Return what is asked of a test; everything where it is not chosen yet."""
    if test not in READING_TESTS:
        return frozenset(ROWS["readings"])
    rules = instrument(test).readings
    measured: set[str] = {rule.quantity for rule in rules} or {"distance"}
    limits = {f"{name}_limit" for name in measured} & set(ROWS["readings"])
    method = {"method"} if any(rule.method for rule in rules) else set()
    side = set() if test == "sixmwt" else {"side"}
    return frozenset({"test", "date", *method, *side, *measured, *limits})


def anchors_of(document: Mapping[str, Any]) -> list[AnchorChoice]:
    """Return the lights on record for the condition of a case, the best to follow first."""
    given = str(document.get("anchor") or "")
    condition, place = given_at(document, "diagnosis.condition"), given_at(document, "site.name")
    aim = given_at(document, "site.target")
    target: TargetKind | None = None
    if aim is not None:
        target = "cutaneous_endings" if aim == CUTANEOUS_ENDINGS else "nerve"
    known = isinstance(condition, str) and condition in CONDITIONS
    ranked = rank_anchors(condition, place if place in site_ids() else None, target) if known else ()
    best = AnchorChoice(CHOOSE, _("The best one that can be followed"), "", (), True, given == CHOOSE)
    found = [
        AnchorChoice(
            item.anchor.study_id,
            study_label(item.anchor.study_id),
            item.why,
            item.anchor.missing,
            item.anchor.usable and item.anchor.kind != "null",
            given == item.anchor.study_id,
            item.anchor.kind == "null",
        )
        for item in ranked
    ]
    if given and given != CHOOSE and given not in {choice.id for choice in found}:
        label = study_label(given) if given in study_ids() else given
        found.append(AnchorChoice(given, label, "", ("not on record for this condition and site",), False, True))
    return [best, *found]
