"""The case file: who is treated, for what pain, where, with which lamp.

Nothing clinical has a default. A key that is missing is a fault that says why it is needed; an empty list means
"asked, and there is none".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.assessment import (
    EyeProtection,
    NeupsigFindings,
    Perfusion,
    Phototype,
    Sensation,
)
from nervelight.documents import Document
from nervelight.evidence import BodySite, Condition
from nervelight.optics import OwnReading
from nervelight.units import bounded

__all__ = ["CUTANEOUS_ENDINGS", "SKIN_TONE_NEEDED", "Case", "Weekday"]

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
    Distance = float | Literal["choose"]
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
    Distance = bounded("mm", "0 mm", "5 m", or_word="choose")
    MeterDistance = bounded("mm", "1 mm", "5 m")
    NerveDepth = bounded("mm", "0.5 mm", "300 mm")
    Fat = bounded("mm", "0.1 mm", "200 mm")
    Dermis = bounded("mm", "0.1 mm", "10 mm")
    FieldWidth = bounded("mm", "1 mm", "3 m")
    SpotArea = bounded("mm**2", "0.001 cm2", "10000 cm2")
    Irradiance = bounded("W/mm**2", "0.001 mW/cm2", "100 W/cm2")
    Wavelength = bounded("nm", "400 nm", "1399 nm")
    SessionCap = bounded("s", "1 s", "24 h")
    ItaAngle = bounded("degree", "-90 deg", "90 deg")
    Room = bounded("degC", "5 degC", "45 degC")


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
    """from the lamp to the skin, '0 mm' for contact, or 'choose': irradiance falls with distance"""
    readings: tuple[CaseReading, ...] = ()
    """readings of your own meter: they override the catalogue"""
    wavelengths: tuple[Wavelength, ...] = ()
    """wavelengths from the lamp's label, where the catalogue has none or yours differ"""
    spot_area: SpotArea | None = None
    """area on the skin that a probe lights, such as '5 cm2', where the catalogue has none"""
    field_width: FieldWidth | None = None
    """smaller side of the lamp's lit field, such as '20 cm', where the catalogue does not know it"""

    @property
    def working_distance(self) -> float:
        """The distance [mm], once it is known."""
        if self.distance == "choose":
            raise ValueError("the distance of the lamp is still to be chosen")
        return self.distance


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

    Read with :func:`nervelight.planning.read_case`; the fields say in the schema why each is needed.
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
    anchor_scenario: Text | None = None
    """which light or reading of a named study, in the words of `nervelight evidence show`, where it has several"""
    safety: Safety
    """what must be known before light is given"""
    course: Course
    """when, and how long at most"""
    care: Care
    """who else is there"""
    thresholds: Mapping[str, float] = {}
    """your clinic's own numbers for the review (docs/review.md), such as {adherence_percent: 75}; marked as local"""

    @property
    def measured_anything(self) -> bool:
        """Whether the case brings measurements of its own of the tissue under the skin."""
        return any(v is not None for k, v in self.site.measured if k != "method")
