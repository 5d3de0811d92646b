"""The case as a form: every key that a case file may hold, in the order in which a clinician asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorDict, ErrorList
from django.utils.functional import cached_property
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
from nervelight.errors import Fault
from nervelight.evidence import CONDITIONS, TargetKind, anchor, rank_anchors, study_ids, study_label
from nervelight.optics import device, device_ids, site, site_ids
from nervelight.planning.case import CUTANEOUS_ENDINGS
from nervelight.web.forms import Form
from nervelight.web.plans.case_document import (
    ASKED,
    FIXED,
    MOST_ROWS,
    QUANTITY,
    REMOVE,
    ROWS,
    Raw,
    answers_of,
    given_at,
    input_name,
    row_count,
)
from nervelight.web.plans.widgets import Day, Entries, Few, Line, Lines, Quantity, Select, Ticks, is_number

__all__ = ["PARTS", "AnchorChoice", "CaseForm", "Part", "posted", "spare_rows"]

Label = Any
"""A text, or one that is translated when it is shown."""
Choices = Sequence[tuple[str, Any]]

CHOOSE = "choose"
SPARE = {"scores": 2, "lamp.readings": 1, "care.goals": 1}
SPARE_DRUGS = 3
UNIT = "-unit"
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
    unit: Label = ""
    """Stands in the edge of the field, where the value itself has none."""
    """text, date, lines, radio, ticks, entries or hidden."""


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


class CaseForm(Form):
    """Shows a document; what is wrong with it stands at its fields.

    Parameters
    ----------
    document : mapping
        As in a case file, whole or not.
    faults : iterable of Fault
        What to show as wrong.
    spare : mapping
        Rows to add that are still to be filled in.
    missing : iterable of Fault
        What a plan needs besides; it is counted, and not shown as wrong.
    """

    use_required_attribute = False

    def __init__(
        self,
        document: Mapping[str, Any],
        faults: Iterable[Fault] = (),
        spare: Mapping[str, Sequence[dict[str, Any]]] | None = None,
        missing: Iterable[Fault] = (),
    ) -> None:
        self.document, self.faults, self.missing = document, tuple(faults), tuple(missing)
        spare = spare_rows() if spare is None else spare
        super().__init__(initial=answers_of(document, spare))
        for path in FIXED:
            self._add(path, path)
        for path in ROWS:
            self.fields[row_count(path)] = forms.CharField(widget=forms.HiddenInput)
            for index in range(int(str(self.initial[row_count(path)]))):
                self._add_row(path, index)

    def _add_row(self, path: str, index: int) -> None:
        test = str(self.initial.get(input_name(f"readings[{index}].test"), "")) if path == "readings" else ""
        for key in ROWS[path]:
            place = f"{path}[{index}].{key}"
            if path != "readings" or key in _keys_of_test(test) or self.initial[input_name(place)]:
                self._add(place, f"{path}.{key}", test)
        self.fields[input_name(f"{path}[{index}].{REMOVE}")] = forms.CharField(
            label=_("Take this out"), required=False, widget=forms.CheckboxInput
        )

    def _add(self, path: str, kind: str, test: str = "") -> None:
        ask, name = ASKS[kind], input_name(path)
        given = self.initial.get(name, "")
        choices = _with_given(_choices(ask.choices, self.document, test), given)
        self.fields[name] = field = forms.CharField(
            label=ask.label, help_text=str(ask.help), required=ask.required, widget=_widget(kind, ask, choices)
        )
        field.unit = ask.unit  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        """Put each fault at its field; those that belong to none stand for themselves."""
        self._errors = ErrorDict(renderer=self.renderer)
        for fault in self.faults:
            name = self._place(fault.path)
            self._errors.setdefault(name, ErrorList(renderer=self.renderer)).append(_told(fault))

    def _place(self, path: str) -> str:
        """Return the name of the field that a fault belongs to, or ``__all__``."""
        while path:
            rows = (f"{path}[0].instrument", *(f"{path}.{key}" for key in ("what", "instrument", "date")))
            for name in map(input_name, (path, *rows)):
                if name in self.fields and not self[name].is_hidden:
                    return name
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return "__all__"

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        """The parts with their fields, rows and what is wrong or missing in them."""
        return [self._part(part) for part in PARTS]

    @cached_property
    def needed(self) -> list[BoundField]:
        """The fields that a plan still needs."""
        names = dict.fromkeys(self._place(fault.path) for fault in self.missing)
        return [self[name] for name in names if name in self.fields]

    def _part(self, part: Part) -> dict[str, Any]:
        rows = [
            self._row(part, index) for index in range(int(str(self.initial[row_count(part.rows)])) if part.rows else 0)
        ]
        aside = [self[input_name(path)] for path in part.aside]
        fields = [self[input_name(path)] for path in part.paths]
        every = [*fields, *aside, *(field for row in rows for field in row["fields"])]
        return {
            "part": part,
            "fields": fields,
            "aside": aside,
            "aside_open": any(field.value() or field.errors for field in aside),
            "rows": rows,
            "count": self[row_count(part.rows)] if part.rows else None,
            "wrong": sum(len(field.errors) for field in every),
            "needed": sum(field in every for field in self.needed),
        }

    def _row(self, part: Part, index: int) -> dict[str, Any]:
        keys = [key for key in ROWS[part.rows] if input_name(f"{part.rows}[{index}].{key}") in self.fields]
        found = [self[input_name(f"{part.rows}[{index}].{key}")] for key in keys]
        folded = [field for key, field in zip(keys, found, strict=True) if key.startswith(("levels", "weight"))]
        test = str(self.initial.get(input_name(f"readings[{index}].test"), "")) if part.rows == "readings" else ""
        return {
            "number": index + 1,
            "name": instrument(test).name if test in READING_TESTS else "",
            "fields": found,
            "hidden": [field for field in found if field.is_hidden],
            "shown": [field for field in found if not field.is_hidden and field not in folded],
            "folded": folded,
            "folded_open": any(field.value() or field.errors for field in folded),
            "filled": any(field.value() for field in found),
            "remove": self[input_name(f"{part.rows}[{index}].{REMOVE}")],
        }

    @cached_property
    def wrong(self) -> list[tuple[BoundField | None, str]]:
        """Everything that is wrong, in the order of the form, each with its field."""
        listed: list[tuple[BoundField | None, str]] = [(None, str(error)) for error in self.non_field_errors()]
        for part in self.parts:
            rows = (field for row in part["rows"] for field in row["fields"])
            for field in (*part["fields"], *part["aside"], *rows):
                listed += [(field, str(error)) for error in field.errors]
        return listed

    @cached_property
    def anchors(self) -> list[AnchorChoice]:
        """Lights on record for the condition, the best to follow first."""
        return _anchors(self.document)

    @property
    def unusable_anchors(self) -> list[AnchorChoice]:
        """Those that are not offered first: what they lack stands beside."""
        return [choice for choice in self.anchors if not choice.usable and not choice.chosen]

    @property
    def has_scenarios(self) -> bool:
        """Whether the chosen study has several lights or readings, or one was named."""
        return bool(_scenarios(str(self.document.get("anchor") or "")) or self.document.get("anchor_scenario"))

    @property
    def target(self) -> BoundField:
        """The field of what the light is meant for, which the place decides."""
        return self["site-target"]

    @property
    def tests(self) -> Choices:
        """Tests of which a row can be added."""
        return [(name, instrument(name).name) for name in READING_TESTS]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names to offer for drugs that make skin sensitive to light."""
        return _drug_names()


def spare_rows(more: str = "", test: str = "") -> dict[str, list[dict[str, Any]]]:
    """Return the rows that a form offers to fill in, with some more of one list."""
    rows: dict[str, list[dict[str, Any]]] = {path: [{} for _row in range(number)] for path, number in SPARE.items()}
    if more == "readings":
        rows["readings"] = [{"test": test}]
    elif more in ROWS:
        rows[more] = [*rows[more], {}]
    return rows


def posted(data: Any) -> dict[str, Raw]:
    """Return the answers of a form that was sent."""
    answers: dict[str, Raw] = {}
    for path, kind in FIXED.items():
        name = input_name(path)
        answers[name] = data.getlist(name) if kind.several else _given(data, name, kind is QUANTITY)
    if data.get("lamp-distance-choose"):
        answers["lamp-distance"] = CHOOSE
    for path, kinds in ROWS.items():
        count = data.get(row_count(path), "")
        if not (count.isdecimal() and len(count) < 4):
            continue
        answers[row_count(path)] = count
        for index in range(min(int(count), MOST_ROWS)):
            for key, kind in kinds.items():
                name = input_name(f"{path}[{index}].{key}")
                answers[name] = _given(data, name, kind is QUANTITY)
            name = input_name(f"{path}[{index}].{REMOVE}")
            answers[name] = data.get(name, "")
    return answers


def _given(data: Any, name: str, has_unit: bool) -> str:
    text = str(data.get(name, "")).strip()
    unit = data.get(f"{name}{UNIT}", "") if has_unit else ""
    if unit and is_number(text.replace(",", ".")):
        return f"{text.replace(',', '.')} {unit}"
    # What is no number keeps the unit that was chosen, so that putting the number right is enough.
    return f"{text} {unit}" if unit and text and not any(sign.isdigit() for sign in text) else text


def _told(fault: Fault) -> str:
    allowed = fault.allowed.removeprefix("required: ")
    if fault.value is None:
        text = f"Needed: {allowed.removeprefix('required, ')}"
    else:
        text = f"{allowed[:1].upper()}{allowed[1:]}"
    return f"{text} ({fault.suggestion})" if fault.suggestion else f"{text.rstrip('.')}."


def _widget(kind: str, ask: Ask, choices: Choices) -> forms.Widget:
    if kind in UNITS:
        units = [(unit, UNIT_WORDS.get(unit, unit)) for unit in UNITS[kind]]
        return Quantity(units, CHOOSE if kind == "lamp.distance" else "")
    made: Mapping[str, Callable[[], forms.Widget]] = {
        "hidden": forms.HiddenInput,
        "ticks": lambda: Ticks(choices=choices),
        "entries": lambda: Entries(ASKED, SPARE_DRUGS, "drug-names"),
        "radio": lambda: Few(choices),
        "lines": lambda: Lines({"rows": 3}),
        "date": Day,
    }
    if ask.shape in made:
        return made[ask.shape]()
    if ask.choices:
        return Select(choices=[("", "–"), *choices])
    return Line({"autocomplete": "off", "maxlength": 500})


def _with_given(choices: Choices, given: Raw) -> Choices:
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


def _choices(name: str, document: Mapping[str, Any], test: str) -> Choices:
    if name == "target":
        return _targets(str(given_at(document, "site.name") or ""))
    if name == "scenario":
        return _scenarios(str(document.get("anchor") or ""))
    if name == "method":
        rules = instrument(test).readings if test in READING_TESTS else ()
        return [(method, method.replace("_", " ")) for method in dict.fromkeys(r.method for r in rules) if method]
    if name == "red_flags" or name == "contraindications":
        return [*_catalogue(name), (ASKED, _("All of these were asked for; what is not ticked is not there"))]
    return _WORDS.get(name) or (_catalogue(name) if name else ())


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


def _scenarios(anchor_name: str) -> Choices:
    if anchor_name not in study_ids() or not study_has_light(anchor_name):
        return ()
    return [(choice.label, choice.label) for choice in anchor(anchor_name).scenarios]


@cache
def study_has_light(study_id: str) -> bool:
    """Return whether a study reports a light that a plan could follow."""
    from nervelight.errors import UnknownName

    try:
        anchor(study_id)
    except UnknownName:
        return False
    return True


@cache
def _drug_names() -> tuple[str, ...]:
    entries = [entry for name in drug_names() if (entry := drug(name)) is not None]
    return tuple(sorted({name for entry in entries for name in (entry.label, *entry.names, *entry.members)}))


@cache
def _keys_of_test(test: str) -> frozenset[str]:
    if test not in READING_TESTS:
        return frozenset(ROWS["readings"])
    rules = instrument(test).readings
    measured: set[str] = {rule.quantity for rule in rules} or {"distance"}
    limits = {f"{name}_limit" for name in measured} & set(ROWS["readings"])
    method = {"method"} if any(rule.method for rule in rules) else set()
    side = set() if test == "sixmwt" else {"side"}
    return frozenset({"test", "date", *method, *side, *measured, *limits})


def _anchors(document: Mapping[str, Any]) -> list[AnchorChoice]:
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
