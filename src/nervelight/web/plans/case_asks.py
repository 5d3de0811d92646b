"""What the form of a case asks for: every key that a case file may hold, in the order in which a clinician asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

__all__ = ["ASKS", "PARTS", "UNITS", "UNIT_WORDS", "Ask", "Label", "Part"]

Label = Any
"""A text, or one that is translated when it is shown."""

UNIT_WORDS = {"cm2": "cm²", "mm2": "mm²", "mW/cm2": "mW/cm²", "W/cm2": "W/cm²", "degC": "°C", "deg": "°", "uV": "µV"}
UNITS: Mapping[str, tuple[str, ...]] = {
    "patient.ita": ("deg",),
    "site.measured.nerve_depth": ("mm", "cm"),
    "site.measured.subcutaneous_fat": ("mm", "cm"),
    "site.measured.dermis": ("mm",),
    "lamp.distance": ("cm", "in", "mm"),
    "lamp.spot_area": ("cm2", "mm2"),
    "lamp.field_width": ("cm", "in", "mm"),
    "safety.air_temperature": ("degC",),
    "course.session_cap": ("min", "s", "h"),
    "readings.examiner_longer": ("s",),
    "readings.threshold": ("V",),
    "readings.amplitude": ("uV",),
    "readings.velocity": ("m/s",),
    "readings.skin_temperature": ("degC",),
    "readings.amplitude_limit": ("uV",),
    "readings.velocity_limit": ("m/s",),
    "readings.distance": ("m",),
    "lamp.readings.distance": ("cm", "in", "mm"),
    "lamp.readings.irradiance": ("mW/cm2", "W/cm2"),
}
"""Units in which a value is asked for, the usual one first."""


@dataclass(frozen=True)
class Ask:
    """How a value is asked for."""

    label: Label
    help: Label = ""
    required: bool = False
    choices: str = ""
    """Name of the list that it is chosen from."""
    shape: str = "text"
    """text, date, lines, radio, ticks, entries or hidden."""
    unit: Label = ""
    """Stands in the edge of the field, where the value itself has none."""


ASKS: Mapping[str, Ask] = {
    "patient.label": Ask(_("Name or pseudonym"), _("Printed on every page of the plan."), True),
    "patient.age": Ask(_("Age"), _("Sleep, skin and nerve tests are read by age."), True, unit=_("years")),
    "patient.phototype": Ask(
        _("Skin type (Fitzpatrick)"), _("By its history of burning and tanning; or give the angle below."), True,
        choices="phototype",
    ),
    "patient.ita": Ask(
        _("Individual typology angle"), _("From a colour meter, in place of or beside the skin type.")
    ),
    "diagnosis.condition": Ask(_("Condition"), _("It selects the trials that may be followed."), True, "condition"),
    "diagnosis.icd10": Ask(_("ICD-10 code"), _("As your records hold it, such as E11.42.")),
    "diagnosis.neupsig.relevant_history": Ask(
        _("Does the history name a lesion or disease of the somatosensory system that can cause this pain?"),
        required=True, choices="yes_no", shape="radio",
    ),
    "diagnosis.neupsig.plausible_distribution": Ask(
        _("Does the pain lie where that lesion or disease would put it?"),
        required=True, choices="yes_no", shape="radio",
    ),
    "diagnosis.neupsig.sensory_signs": Ask(
        _("Does examination find sensory signs in the same area?"), required=True, choices="yes_no", shape="radio"
    ),
    "diagnosis.neupsig.confirmatory_test": Ask(
        _("Does a diagnostic test show the lesion or disease?"), required=True, choices="yes_no", shape="radio"
    ),
    "diagnosis.red_flags": Ask(
        _("Red flags present now"), _("Ask for each: they come before any course of light."), True, "red_flags", "ticks"
    ),
    "site.name": Ask(_("Where the light goes"), _("It sets the layers between lamp and nerve."), True, "site"),
    "site.target": Ask(_("What the light is meant for"), _("It is carried over to this target."), True, "target"),
    "site.fields": Ask(
        _("Fields"), _("One a line, in the order in which they are lit in a session: left sole, right sole."), True,
        shape="lines",
    ),
    "site.measured.nerve_depth": Ask(_("Depth of the nerve"), _("Skin to the upper edge of the nerve, by ultrasound.")),
    "site.measured.subcutaneous_fat": Ask(_("Fat under the skin"), _("Between skin and fascia.")),
    "site.measured.dermis": Ask(_("Dermis")),
    "site.measured.method": Ask(_("How it was measured"), _("Such as 15 MHz linear probe.")),
    "lamp.device": Ask(_("Lamp"), required=True, choices="device"),
    "lamp.distance": Ask(_("Distance from lamp to skin"), _("0 for contact."), True),
    "lamp.wavelengths": Ask(
        _("Wavelengths off the label"), _("Only where the catalogue has none or yours differ; between commas.")
    ),
    "lamp.spot_area": Ask(_("Skin that a probe lights"), _("Only where the catalogue does not know it.")),
    "lamp.field_width": Ask(_("Smaller side of the lit field"), _("Only where the catalogue does not know it.")),
    "anchor": Ask(_("Whose light to follow"), required=True),
    "anchor_scenario": Ask(
        _("Which light or reading of that study"), _("It reports several, or can be read in several ways."),
        choices="scenario",
    ),
    "safety.contraindications": Ask(
        _("Contraindications that apply"), _("Ask for each."), True, "contraindications", "ticks"
    ),
    "safety.drugs": Ask(
        _("Every drug taken"), _("One a field. Some make the skin sensitive to red or infrared light."), True,
        shape="entries",
    ),
    "safety.sensation": Ask(
        _("Protective sensation at the site"), _("Who cannot feel heat cannot say that it is too hot."), True,
        "sensation", "radio",
    ),
    "safety.perfusion": Ask(
        _("Blood supply at the site"), _("Blood carries heat away."), True, "perfusion", "radio"
    ),
    "safety.eyes": Ask(
        _("Protection of the patient's eyes in a session"), _("Infrared is not seen and does not dazzle."), True,
        "eyes", "radio",
    ),
    "safety.air_temperature": Ask(_("Room temperature"), _("Where it is not known, 30 °C is taken, on the safe side.")),
    "course.start": Ask(_("First session"), required=True, shape="date"),
    "course.session_cap": Ask(
        _("Longest time of light in one session"), _("All fields together, as patient and clinic accept it."), True
    ),
    "course.setting": Ask(
        _("Where the sessions happen"), _("It decides who checks the skin and who keeps the log."), True, "setting",
        "radio",
    ),
    "course.weekdays": Ask(
        _("Days of the week"), _("Spread evenly from the first day where none is ticked."), choices="weekdays",
        shape="ticks",
    ),
    "care.clinician": Ask(_("Who decides and signs"), required=True),
    "care.emergency_number": Ask(_("Emergency number"), _("The local one, printed with the red flags."), True),
    "care.team": Ask(_("Others who get the plan"), _("One a line, such as general practitioner: Dr A."), shape="lines"),
    "care.other_treatments": Ask(
        _("Other treatment of the pain"), _("One a line: drugs, exercise, psychology, other; only what is done now."),
        shape="lines",
    ),
    "scores.instrument": Ask(_("Instrument"), choices="scored"),
    "scores.value": Ask(_("Score")),
    "scores.answers": Ask(_("or answers")),
    "scores.date": Ask(_("Day"), shape="date"),
    "readings.test": Ask(_("Test"), choices="test", shape="hidden"),
    "readings.method": Ask(_("Method"), _("Each method has its own limits."), choices="method"),
    "readings.side": Ask(_("Side"), choices="side"),
    "readings.date": Ask(_("Day"), shape="date"),
    "readings.missed_at_sites": Ask(_("Missed at each site"), _("Applications missed, between commas: 0, 2, 1.")),
    "readings.missed": Ask(_("Missed of all"), _("Stimuli missed, or wrong answers.")),
    "readings.examiner_longer": Ask(_("Examiner feels it longer by")),
    "readings.threshold": Ask(_("Vibration threshold")),
    "readings.amplitude": Ask(_("Amplitude"), _("0 for no response.")),
    "readings.velocity": Ask(_("Conduction velocity")),
    "readings.skin_temperature": Ask(_("Skin of the limb"), _("A cold nerve is slow without being ill.")),
    "readings.amplitude_limit": Ask(_("Lower limit of amplitude"), _("Of the laboratory that measured.")),
    "readings.velocity_limit": Ask(_("Lower limit of velocity"), _("Of the laboratory that measured.")),
    "readings.distance": Ask(_("Distance walked")),
    "lamp.readings.distance": Ask(_("Distance"), _("Front of the lamp to the sensor.")),
    "lamp.readings.irradiance": Ask(_("What the meter shows")),
    "lamp.readings.instrument": Ask(_("Meter"), _("Maker and model: solar meters over-read red and infrared.")),
    "lamp.readings.relative_uncertainty": Ask(_("Accuracy of the meter"), _("As a share: 0.08 for 8 %.")),
    "care.goals.what": Ask(_("What the person wants to be able to do"), _("In their own words.")),
    "care.goals.measured_by": Ask(_("Measured by"), choices="instrument"),
    "care.goals.from": Ask(_("From"), _("The last result where nothing stands.")),
    "care.goals.target": Ask(_("Target"), _("A score, or a distance such as 450 m.")),
    "care.goals.by": Ask(_("By"), shape="date"),
    "care.goals.weight": Ask(_("Weight"), _("For goal attainment scaling.")),
    "care.goals.levels.-2": Ask(_("-2, much less than expected")),
    "care.goals.levels.-1": Ask(_("-1, less than expected")),
    "care.goals.levels.0": Ask(_("0, as expected")),
    "care.goals.levels.1": Ask(_("1, more than expected")),
    "care.goals.levels.2": Ask(_("2, much more than expected")),
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A part of the form."""

    id: str
    title: Label
    paths: tuple[str, ...]
    rows: str = ""
    """Path of the list that it ends with."""
    row: Label = ""
    """What one of its rows is called."""
    aside: tuple[str, ...] = ()
    """Values that are seldom known; they stand folded."""
    aside_title: Label = ""
    help: Label = ""


PARTS = (
    Part("person", _("Person"), ("patient.label", "patient.age", "patient.phototype", "patient.ita")),
    Part(
        "pain", _("What hurts, and how surely"),
        (
            "diagnosis.condition", "diagnosis.icd10", "diagnosis.neupsig.relevant_history",
            "diagnosis.neupsig.plausible_distribution", "diagnosis.neupsig.sensory_signs",
            "diagnosis.neupsig.confirmatory_test", "diagnosis.red_flags",
        ),
    ),
    Part(
        "scores", _("Scores now"), (), "scores", _("Score"),
        help=_(
            "At least one of pain: change is measured against it. Give the score, or the answers in the order of the "
            "form between commas: numbers, yes, no, and - for one left out."
        ),
    ),
    Part("readings", _("Tests of the nerve, and walks"), (), "readings", _("Test")),
    Part(
        "site", _("Where, and which nerve"), ("site.name", "site.target", "site.fields"),
        aside=(
            "site.measured.nerve_depth", "site.measured.subcutaneous_fat", "site.measured.dermis",
            "site.measured.method",
        ),
        aside_title=_("Measured in this person"),
    ),
    Part(
        "lamp", _("Lamp and distance"), ("lamp.device", "lamp.distance"), "lamp.readings", _("Own reading"),
        aside=("lamp.wavelengths", "lamp.spot_area", "lamp.field_width"),
        aside_title=_("What the catalogue does not know of this lamp"),
    ),
    Part("anchor", _("Whose light to follow"), ("anchor", "anchor_scenario")),
    Part(
        "safety", _("Safety"),
        (
            "safety.contraindications", "safety.drugs", "safety.sensation", "safety.perfusion", "safety.eyes",
            "safety.air_temperature",
        ),
    ),
    Part("course", _("Course"), ("course.start", "course.session_cap", "course.setting", "course.weekdays")),
    Part(
        "care", _("Care, and goals"),
        ("care.clinician", "care.emergency_number", "care.team", "care.other_treatments"), "care.goals", _("Goal"),
    ),
)  # fmt: skip
