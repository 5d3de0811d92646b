"""The case file: who is treated, for what pain, where, with which lamp.

Nothing clinical has a default. A key that is missing is a fault that says why it is needed; an empty list means
"asked, and there is none".
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import math
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.assessment import (
    EyeProtection,
    NeupsigFindings,
    Perfusion,
    Phototype,
    Sensation,
    check_score,
    contraindication_ids,
    instrument_ids,
    red_flag_ids,
)
from nervelight.documents import Document, fault_path, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.evidence import BodySite, Condition, study_ids
from nervelight.optics import OwnReading, device_ids, site, site_ids
from nervelight.units import bounded, to_mw_cm2

__all__ = ["CUTANEOUS_ENDINGS", "Case", "case_from_yaml", "case_template", "read_case"]

CUTANEOUS_ENDINGS = "cutaneous_endings"
"""The target that every site has: the nerve endings at the border of epidermis and dermis."""


def _day(value: object) -> object:
    # A bare number would be read as seconds since 1970.
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return value
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("needs a date as YYYY-MM-DD")


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Control characters and marks that turn the direction of writing could make a page say something else.
Text = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]+$")
]
Day = Annotated[dt.date, BeforeValidator(_day), Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 1, 1))]

# Wide enough for every body and every lamp; what lies outside is a slip of the pen.
if TYPE_CHECKING:
    Distance = float
    MeterDistance = float
    NerveDepth = float
    Fat = float
    Dermis = float
    FieldWidth = float
    SpotArea = float
    Irradiance = float
    Wavelength = float
    SessionCap = float
    ItaAngle = float
    Room = float
else:
    Distance = bounded("mm", "0 mm", "5 m")
    MeterDistance = bounded("mm", "1 mm", "5 m")
    NerveDepth = bounded("mm", "0.5 mm", "300 mm")
    Fat = bounded("mm", "0.1 mm", "200 mm")
    Dermis = bounded("mm", "0.1 mm", "10 mm")
    FieldWidth = bounded("mm", "1 mm", "3 m")
    SpotArea = bounded("mm**2", "0.001 cm2", "10000 cm2")
    Irradiance = bounded("W/mm**2", "0.001 mW/cm2", "100 W/cm2")
    Wavelength = bounded("nm", "350 nm", "2000 nm")
    SessionCap = bounded("s", "1 s", "24 h")
    ItaAngle = bounded("degree", "-90 deg", "90 deg")
    Room = bounded("degC", "5 degC", "45 degC")


# Repeated readings of one lamp at one distance: meters are good to some 8 %, a hand to a little more.
READINGS_AGREE = 1.3
SKIN_TONE_NEEDED = (
    "Fitzpatrick type I to VI, or the individual typology angle such as '28 deg': melanin takes part of the light "
    "before it reaches the nerve, and dark skin warms more"
)


class Patient(Document):
    """Who is treated."""

    label: Text
    """a name or pseudonym, printed on every page of the plan"""
    age: Annotated[str, Field(pattern=r"^\d{1,3} years$")]
    """written as '61 years': sleep, skin and nerve tests are read by age"""
    phototype: Phototype | None = None
    """Fitzpatrick type I to VI: melanin takes light before it reaches the nerve (give this or `ita`)"""
    ita: ItaAngle | None = None
    """individual typology angle from a colour meter, such as '28 deg' (give this or `phototype`)"""

    @model_validator(mode="after")
    def _skin_tone_known(self) -> Self:
        if self.phototype is None and self.ita is None:
            raise ValueError(f"needs phototype or ita: {SKIN_TONE_NEEDED}")
        return self


class Diagnosis(Document):
    """What hurts, and how sure it is that the pain is neuropathic."""

    condition: Condition
    """the neuropathic pain condition: it selects the trials that may be followed"""
    icd10: Annotated[str, Field(pattern=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$")] | None = None
    """the code as your records hold it, such as E11.42"""
    neupsig: NeupsigFindings
    """the four findings of the NeuPSIG grade: a treatment for neuropathic pain needs neuropathic pain"""
    red_flags: tuple[str, ...]
    """red flags present now, [] after asking for all: they come before any course of light"""


class Score(Document):
    """One value of one instrument."""

    instrument: str
    """id of the instrument, such as nrs11"""
    value: Annotated[float, Field(strict=True, ge=-1000, le=100000)]
    """the score"""
    date: Day
    """the day it was taken, YYYY-MM-DD"""


class Measured(Document):
    """Tissue measured in this person; each replaces the site's interval."""

    nerve_depth: NerveDepth | None = None
    """skin to upper edge of the target nerve, by ultrasound"""
    subcutaneous_fat: Fat | None = None
    """fat between skin and fascia"""
    dermis: Dermis | None = None
    """dermis"""
    method: Text | None = None
    """how it was measured"""


class Site(Document):
    """Where the light goes, and which nerve it is meant for."""

    name: BodySite
    """id of the site, such as plantar_foot: it sets the layers between lamp and nerve"""
    target: str
    """id of a nerve of the site, or cutaneous_endings: the fluence is carried over to this target"""
    fields: Annotated[tuple[Text, ...], Field(min_length=1, max_length=12)]
    """the fields lit one after the other in a session, such as [left sole, right sole]"""
    measured: Measured = Measured()
    """ultrasound or other measurements of this person"""


class CaseReading(OwnReading):
    """A reading of the user's own power meter, and which meter it was."""

    distance: MeterDistance
    """from the front of the lamp to the sensor"""
    irradiance: Irradiance
    """what the meter shows"""
    instrument: Text
    """maker and model of the meter: solar meters over-read red and infrared"""


class Lamp(Document):
    """The lamp and how it is held."""

    device: str
    """id of a lamp in the catalogue (`nervelight devices list`)"""
    distance: Distance
    """from the lamp to the skin; '0 mm' for contact: irradiance falls with distance"""
    readings: tuple[CaseReading, ...] = ()
    """readings of your own meter: they override the catalogue"""
    wavelengths: tuple[Wavelength, ...] = ()
    """wavelengths from the lamp's label, where the catalogue has none or yours differ"""
    spot_area: SpotArea | None = None
    """area on the skin that a probe lights, such as '5 cm2', where the catalogue has none"""
    field_width: FieldWidth | None = None
    """smaller side of the lamp's lit field, such as '20 cm', where the catalogue does not know it"""


class Safety(Document):
    """What must be known before light is given."""

    contraindications: tuple[str, ...]
    """ids that apply, [] after asking for all (`nervelight case ids` lists them)"""
    drugs: tuple[Text, ...]
    """every drug taken, [] if none: some make the skin sensitive to red or infrared light"""
    sensation: Sensation
    """protective sensation at the site: who cannot feel heat cannot say that it is too hot"""
    perfusion: Perfusion
    """blood supply at the site: blood carries heat away"""
    eyes: EyeProtection
    """protection of the patient's eyes during a session: infrared is not seen and does not dazzle"""
    air_temperature: Room | None = None
    """room temperature, such as '22 degC'; 30 degC is taken as a safe upper assumption when absent"""


class Course(Document):
    """When, and how long at most."""

    start: Day
    """first session, YYYY-MM-DD"""
    session_cap: SessionCap
    """the longest time of light in one session, all fields together, that the patient and the clinic accept"""
    setting: Literal["home", "clinic"]
    """where the sessions happen: it decides who checks the skin and who keeps the log"""
    weekdays: tuple[Weekday, ...] = ()
    """days of the week for sessions; spread evenly from the first day when absent"""


class Care(Document):
    """Who else is there."""

    clinician: Text
    """who decides and signs: the plan is a proposal until then"""
    emergency_number: Text
    """local number for emergencies, printed with the red flags"""
    team: tuple[Text, ...] = ()
    """others who get the plan, such as 'general practitioner: Dr A'"""
    other_treatments: tuple[Text, ...] = ()
    """what else is done for the pain: drugs, exercise, psychology, other"""
    goals: tuple[Text, ...] = ()
    """what the patient wants to be able to do"""


class Case(Document):
    """One patient, one pain, one site, one lamp.

    Read with :func:`read_case`; the fields say in the schema why each is needed.
    """

    schema_name: Literal["nervelight-case-1"] = Field(alias="schema")
    """must be nervelight-case-1"""
    patient: Patient
    """who is treated"""
    diagnosis: Diagnosis
    """what hurts"""
    scores: Annotated[tuple[Score, ...], Field(min_length=1)]
    """at least one score of pain now: change is measured against it"""
    site: Site
    """where the light goes"""
    lamp: Lamp
    """which lamp, how far"""
    anchor: str
    """id of the trial arm or guideline window to follow (`nervelight evidence list`), or 'choose'"""
    safety: Safety
    """what must be known before light is given"""
    course: Course
    """when, and how long at most"""
    care: Care
    """who else is there"""

    @property
    def measured_anything(self) -> bool:
        """Whether the case brings measurements of its own of the tissue under the skin."""
        return any(v is not None for k, v in self.site.measured if k != "method")


def read_case(path: Path | str) -> Case:
    """Read and check a case file.

    Parameters
    ----------
    path : path-like
        A YAML file as in ``examples/``.

    Returns
    -------
    Case

    Raises
    ------
    InvalidInput
        With every fault of the file at once.
    """
    return case_from_yaml(Path(path))


def case_from_yaml(path: Path, text: str | None = None) -> Case:
    """Read a case from `text`, or from the file when no text is given; `path` is named in faults."""
    data = read_yaml(path, text)
    faults: list[Fault] = []
    try:
        case = validated(Case, data, str(path))
    except InvalidInput as problem:
        case, faults = None, list(problem.faults)
    faults += _unknown_names(data, {fault.path for fault in faults})
    faults += [*_scores_out_of_range(data), *_no_skin_tone(data, {fault.path for fault in faults})]
    if case is not None and not faults:
        faults = _contradictions(case)
    if faults or case is None:
        raise InvalidInput(str(path), sorted(faults, key=lambda fault: _written_order(fault.path)))
    return case


def case_template() -> str:
    """Return a commented case file to fill in."""
    return resources.files("nervelight.planning").joinpath("data/case_template.yaml").read_text(encoding="utf-8")


def input_hash(path: Path) -> str:
    """Return the SHA-256 of a case file, so that a plan can be held against the file it was made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unknown_names(data: Any, already: set[str]) -> list[Fault]:
    """Check every name that points into a catalogue, also when the file has other faults."""
    site_name = _look(data, "site", "name")
    known_site = isinstance(site_name, str) and site_name in site_ids()
    targets = [CUTANEOUS_ENDINGS, *site(site_name).nerves] if known_site else []
    references: list[tuple[tuple[str | int, ...], str, Callable[[], Any]]] = [
        (("lamp", "device"), "device", device_ids),
        (("anchor",), "study", lambda: ("choose", *study_ids())),
        *(
            ((*where, index), kind, known)
            for where, kind, known in (
                (("diagnosis", "red_flags"), "red flag", red_flag_ids),
                (("safety", "contraindications"), "contraindication", contraindication_ids),
            )
            for index in _indices(_look(data, *where))
        ),
        *((("scores", index, "instrument"), "instrument", instrument_ids) for index in _indices(_look(data, "scores"))),
    ]
    if known_site:
        references.append((("site", "target"), f"target of {site_name}", lambda: targets))
    faults = []
    for loc, kind, known in references:
        name, path = _look(data, *loc), fault_path(loc)
        if name is None or path in already:
            continue
        choices = tuple(known())
        if name not in choices:
            hint = closest(str(name), choices)
            allowed = f"a known {kind}: {', '.join(choices) if len(choices) <= 12 else f'{len(choices)} are known'}"
            faults.append(Fault(path, name, allowed, f"did you mean {hint!r}?" if hint else ""))
    return faults


def _no_skin_tone(data: Any, already: set[str]) -> list[Fault]:
    """Say that the skin tone is missing, also when other things of the patient are."""
    patient = _look(data, "patient")
    if not isinstance(patient, dict) or "patient" in already or patient.get("phototype") or patient.get("ita"):
        return []
    return [Fault("patient.phototype", None, f"required, or patient.ita: {SKIN_TONE_NEEDED}")]


def _scores_out_of_range(data: Any) -> list[Fault]:
    """Hold each score against its instrument, also when the file has other faults."""
    faults = []
    for index in _indices(_look(data, "scores")):
        name, value = _look(data, "scores", index, "instrument"), _look(data, "scores", index, "value")
        if (
            name in instrument_ids()
            and isinstance(value, (int, float))
            and not isinstance(value, bool)
            and abs(value) < 1e6
        ):
            try:
                check_score(name, value)
            except ValueError as problem:
                faults.append(Fault(f"scores[{index}].value", value, str(problem)))
    return faults


def _contradictions(case: Case) -> list[Fault]:
    faults = []
    depth, skin = case.site.measured.nerve_depth, case.site.measured.dermis
    if depth is not None and case.site.target == CUTANEOUS_ENDINGS and len(site(case.site.name).nerves) != 1:
        faults.append(
            Fault(
                "site.measured.nerve_depth",
                f"{depth:g} mm",
                "a depth only together with that nerve as site.target",
            )
        )
    layers = site(case.site.name).layers_for(case.diagnosis.condition)
    least = layers.stratum_corneum.low + layers.epidermis.low + (skin or layers.dermis.low)
    least += case.site.measured.subcutaneous_fat or 0.0
    if depth is not None and depth <= least:
        allowed = f"deeper than the layers above it, which are at least {least:.2g} mm thick here"
        faults.append(Fault("site.measured.nerve_depth", f"{depth:g} mm", allowed))
    for earlier, later in itertools.combinations(case.lamp.readings, 2):
        ratio = max(earlier.irradiance / later.irradiance, later.irradiance / earlier.irradiance)
        if math.isclose(earlier.distance, later.distance, rel_tol=0.02) and ratio > READINGS_AGREE:
            values = f"{to_mw_cm2(earlier.irradiance):g} and {to_mw_cm2(later.irradiance):g} mW/cm2 at one distance"
            faults.append(Fault("lamp.readings", values, f"readings that agree within a factor of {READINGS_AGREE:g}"))
    if len(set(case.lamp.wavelengths)) != len(case.lamp.wavelengths):
        faults.append(Fault("lamp.wavelengths", [f"{w:g} nm" for w in case.lamp.wavelengths], "each wavelength once"))
    if len(set(case.course.weekdays)) != len(case.course.weekdays):
        faults.append(Fault("course.weekdays", list(case.course.weekdays), "each day once"))
    return faults


def _indices(value: Any) -> range:
    """Return the places of a list; none for what should have been one."""
    return range(len(value)) if isinstance(value, list) else range(0)


def _look(data: Any, *loc: str | int) -> Any:
    for part in loc:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _written_order(path: str) -> tuple[int, str]:
    keys = list(Case.model_fields)
    keys[0] = "schema"
    head = path.split(".")[0].split("[")[0]
    return (keys.index(head) if head in keys else len(keys), path)
