"""The case file: who is treated, for what pain, where, with which lamp.

Nothing clinical has a default. A key that is missing is a fault that says why it is needed; an empty list means
"asked, and there is none".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.assessment import (
    Answer,
    EyeProtection,
    Goal,
    NeupsigFindings,
    Perfusion,
    Phototype,
    ReadingTaken,
    Sensation,
    scorable_ids,
    score_answers,
)
from nervelight.documents import Day, Document, Text
from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import BodySite, Condition
from nervelight.optics import OwnReading
from nervelight.units import bounded

__all__ = ["CUTANEOUS_ENDINGS", "SKIN_TONE_NEEDED", "Case", "Score", "Weekday", "given_answer"]

CUTANEOUS_ENDINGS = "cutaneous_endings"
"""The target that every site has: the nerve endings at the border of epidermis and dermis."""


def given_answer(value: object) -> Answer | None:
    """Return one answer as it is scored: a number, a truth value for yes and no, None for one left out.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    words: dict[str, bool | None] = {"yes": True, "no": False, "-": None}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and abs(value) <= ANSWER_AT_MOST:
        return float(value)
    raise ValueError("needs a number, yes, no, or - for one left out")


# Far beyond the range of every item.
ANSWER_AT_MOST = 1000
GivenAnswer = Annotated[Answer | None, BeforeValidator(given_answer)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

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
    """the score, or in its place `answers`, from which it is computed"""
    date: Day
    """the day it was taken, YYYY-MM-DD"""
    answers: tuple[GivenAnswer, ...] = ()
    """the answers in the order of the form: numbers, yes and no, the number of a choice; - for one left out"""

    @model_validator(mode="after")
    def _computed(self) -> Self:
        if not self.answers:
            return self
        if self.instrument not in scorable_ids():
            raise InvalidInput(self.instrument, [Fault("answers", None, "none: it cannot be scored from answers here")])
        if score_answers(self.instrument, self.answers).score != self.value:
            raise ValueError("needs the value that the answers give, or answers alone")
        return self


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
    goals: Annotated[tuple[Goal, ...], Field(max_length=12)] = ()
    """what the patient wants to be able to do: in words, or with measured_by, target and by, to be judged"""


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
    readings: Annotated[tuple[ReadingTaken, ...], Field(max_length=40)] = ()
    """tests of the nerve and walks, as they were done"""
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
    def age(self) -> int:
        """Age of the patient [years]."""
        return int(self.patient.age.split()[0])

    @property
    def red_flags(self) -> tuple[str, ...]:
        """Red flags that were named, and those that single answers raise."""
        return tuple(dict.fromkeys((*self.diagnosis.red_flags, *self.red_flags_by_answers)))

    @property
    def red_flags_by_answers(self) -> Mapping[str, tuple[Score, ...]]:
        """Red flags that single answers raise, each with the forms that raise it."""
        found: dict[str, tuple[Score, ...]] = {}
        for score in self.scores:
            for name in score_answers(score.instrument, score.answers).red_flags if score.answers else ():
                found[name] = (*found.get(name, ()), score)
        return found

    @property
    def measured_anything(self) -> bool:
        """Whether the case brings measurements of its own of the tissue under the skin."""
        return any(v is not None for k, v in self.site.measured if k != "method")
