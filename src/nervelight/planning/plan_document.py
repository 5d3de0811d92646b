"""The plan as a document: what ``plan.json`` holds, and all that pages and letters are drawn from.

Units stand in the names. Bands are percentiles over the draws of the uncertain quantities. The schema is versioned:
``schema`` changes when a field changes its meaning or goes; new fields may come within a version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field, PlainSerializer, StrictBool

from nervelight.documents import Document
from nervelight.planning.findings import Finding
from nervelight.planning.thresholds import Threshold
from nervelight.uncertainty import summarise

__all__ = [
    "PLAN_SCHEMA",
    "AnchorSummary",
    "Assumption",
    "Band",
    "Counterevidence",
    "DepthCurve",
    "Expectation",
    "Gate",
    "Influence",
    "LampLight",
    "LampReading",
    "LayerBand",
    "Made",
    "Plan",
    "Prescription",
    "Schedule",
    "ScheduledSession",
    "Section",
    "Sensitivity",
    "Statement",
    "TargetLight",
    "Tissue",
    "Translation",
    "WavelengthLight",
    "target_of",
]

PLAN_SCHEMA = "nervelight-plan-1"

# Six figures say more than any number here knows, and keep the file the same on every machine.
Number = Annotated[float, PlainSerializer(lambda x: float(f"{x:.6g}"), return_type=float, when_used="json")]


class Band(Document):
    """Median with its 50 % and 90 % interval."""

    p5: Number
    p25: Number
    p50: Number
    p75: Number
    p95: Number

    @classmethod
    def of(cls, values: ArrayLike) -> Band:
        """Return the band of some draws."""
        return cls(**summarise(values))

    def map(self, change: Callable[[float], float]) -> Band:
        """Return the band with an increasing function applied."""
        return Band(**{name: change(value) for name, value in self})


class Statement(Document):
    """One sentence and where it comes from."""

    text: str
    sources: tuple[str, ...] = Field(min_length=1)


class Section(Document):
    """One of the eight parts of the management plan."""

    id: Literal[
        "assessment",
        "multimodal",
        "education",
        "individual_plan",
        "frequency_duration",
        "monitoring",
        "coordinated_care",
        "follow_up",
    ]
    title: str
    statements: tuple[Statement, ...] = Field(min_length=1)


class Made(Document):
    """What made this plan, so that it can be made again."""

    nervelight: str
    """Version of this package."""
    libraries: dict[str, str]
    """Versions of the libraries that numbers depend on."""
    draws: int
    seed: int
    case_file: str
    """Name of the case file, without its folder."""
    case_sha256: str
    """Hash of the case file's bytes; empty for a case that never was a file."""
    studies: int
    """Studies in the evidence library."""
    added_studies: tuple[str, ...]
    """Those of them that the user added, beside the package's own."""


class LampReading(Document):
    """One claimed or measured irradiance of the lamp."""

    distance_mm: Number | None
    irradiance_mw_cm2: Number
    irradiance_high_mw_cm2: Number | None = None
    """Upper end where the source gives a range."""
    kind: Literal["claim", "measured", "own-meter"]
    label: str
    used: StrictBool
    """Whether the plan's irradiance rests on it."""
    sources: tuple[str, ...]


class WavelengthLight(Document):
    """One wavelength of the lamp, on the skin."""

    wavelength_nm: Number
    share: Band
    """Share of the irradiance."""
    irradiance_mw_cm2: Band


class LampLight(Document):
    """The light on the skin."""

    device: str
    label: str
    distance_mm: Number
    basis: str
    """own-meter, measured, claim-halved or power-over-spot."""
    basis_text: str
    irradiance_mw_cm2: Band
    field_width_mm: Number | None
    diffuse_share_low: Number
    diffuse_share_high: Number
    extrapolated: StrictBool
    spectral_split_known: StrictBool
    wavelengths: tuple[WavelengthLight, ...]
    readings: tuple[LampReading, ...]
    curve_distance_mm: tuple[Number, ...]
    curve_irradiance_mw_cm2: tuple[Number, ...]
    curve_low_mw_cm2: tuple[Number, ...]
    """Lower end of the interval along the curve."""
    curve_high_mw_cm2: tuple[Number, ...]
    """Upper end of the interval along the curve."""
    labelled_use: str
    """What the lamp is cleared or labelled for; empty when not known."""
    sources: tuple[str, ...]


class LayerBand(Document):
    """One tissue layer of this person."""

    name: str
    label: str
    thickness_mm: Band | None
    """None for the last layer, which has no end."""


class Tissue(Document):
    """The tissue between lamp and nerve."""

    site: str
    site_label: str
    layers: tuple[LayerBand, ...]
    melanosome_fraction: Band
    skin_tone: str
    notes: tuple[str, ...] = ()


class TargetLight(Document):
    """Light at one target."""

    id: str
    label: str
    depth_mm: Band
    is_target: StrictBool
    """Whether the plan carries the anchor over to this target."""
    share_of_skin: Band
    """Fluence rate per irradiance on the skin; values above 1 are possible near the surface."""
    fluence_rate_mw_cm2: Band
    fluence_j_cm2: Band | None
    """For the time prescribed; none without a prescription."""


def target_of(lights: Iterable[TargetLight]) -> TargetLight | None:
    """Return the light at the target that the anchor is carried over to; None where no target has any."""
    return next((light for light in lights if light.is_target), None)


class DepthCurve(Document):
    """Fluence rate of one wavelength against depth."""

    wavelength_nm: Number
    depth_mm: tuple[Number, ...]
    p5: tuple[Number, ...]
    p25: tuple[Number, ...]
    p50: tuple[Number, ...]
    p75: tuple[Number, ...]
    p95: tuple[Number, ...]


class Counterevidence(Document):
    """A trial or pooling that speaks against the anchor."""

    study_id: str
    text: str
    sources: tuple[str, ...]


class AnchorSummary(Document):
    """Whose light is followed."""

    study_id: str | None
    """None when no study can be followed."""
    kind: Literal["arm", "envelope", "null", "none"]
    why: str
    light: tuple[str, ...]
    """The light as reported or derived, one line each."""
    flags: tuple[str, ...]
    missing: tuple[str, ...]
    considered: tuple[str, ...] = ()
    """Other studies looked at, and why they are not followed."""
    against: tuple[Counterevidence, ...]
    sources: tuple[str, ...]


class Sensitivity(Document):
    """The time under another weighting of wavelengths."""

    id: Literal["energy", "photons", "cytochrome_c_oxidase"]
    label: str
    hypothesis: StrictBool
    time_s: Band | None
    """None where the weighting has no data for a wavelength."""


class Influence(Document):
    """How far one uncertain quantity, alone, moves the time."""

    parameter: str
    label: str
    low: str
    high: str
    time_at_low_s: Number
    time_at_high_s: Number
    factor: Number
    """Largest change of the time from its central value, as a factor above 1."""
    assumption: StrictBool
    sources: tuple[str, ...]


class TrialReading(Document):
    """The anchor carried over under one way to read its numbers."""

    label: str
    spot_area_cm2: Number | None
    """Skin lit at once in the trial; none for a whole surface."""
    target_fluence_j_cm2: Band
    time_s: Band
    followed: StrictBool


class Translation(Document):
    """The anchor carried over to this person, site and lamp."""

    kind: Literal["fluence", "skin-window"]
    target_fluence_j_cm2: Band | None
    """Fluence at the target in the trial's reference tissue; none for a window on the skin."""
    time_s: Band
    """Time per field that gives this person the same; for a window on the skin, the time to its upper end."""
    window_s: tuple[Number, Number] | None = None
    """For a window on the skin: times of its two ends at the median irradiance."""
    rate_ratio: Band | None
    """Fluence rate at the target, plan to anchor; none where the anchor's irradiance is not known."""
    readings: tuple[TrialReading, ...] = ()
    """Each way to read the trial's numbers, where there is more than one; the shortest time is followed."""
    sensitivities: tuple[Sensitivity, ...]
    influences: tuple[Influence, ...]


class Prescription(Document):
    """What to do in one session, and how often."""

    time_per_field_s: Number
    fields: tuple[str, ...]
    session_time_s: Number
    capped: StrictBool
    radiant_exposure_j_cm2: Band
    """On the skin, for the time prescribed."""
    sessions_per_week: Number
    weeks: Number
    total_sessions: int
    statement: str
    """Time with interval, in one sentence."""


class Warmth(Document):
    """How warm one field makes skin and nerve, on its axis, at the warmest during and after the light."""

    skin_before_c: Band
    """Steady temperature of the skin without the light."""
    skin_c: Band
    skin_rise_k: Band
    nerve_c: Band | None
    """None at a site without a nerve of known depth."""
    cem43_min: Band
    """Cumulative equivalent minutes at 43 degC of the skin."""


class ScheduledSession(Document):
    """One session."""

    number: int
    date: dt.date


class Gate(Document):
    """A decision on the way."""

    id: str
    label: str
    date: dt.date
    question: str
    sources: tuple[str, ...]


class Schedule(Document):
    """Sessions and gates by date."""

    sessions: tuple[ScheduledSession, ...]
    gates: tuple[Gate, ...]


class Expectation(Document):
    """What to expect, in two honest sentences."""

    benefit_over_sham: str
    certainty: str
    certainty_reasons: tuple[str, ...]
    sentences: tuple[Statement, ...] = Field(min_length=2, max_length=2)
    arms: tuple[Statement, ...]
    """What the active and the sham arms did."""
    placebo: Statement
    """What people given a dummy treatment did."""


class Assumption(Document):
    """A number that no checked source gives."""

    parameter: str
    label: str
    interval: str
    reason: str
    sources: tuple[str, ...]


class Plan(Document):
    """One course of light for one patient: a proposal until a clinician signs it."""

    schema_name: Literal["nervelight-plan-1"] = Field(default="nervelight-plan-1", alias="schema")
    made: Made
    case: dict[str, Any]
    """The case as read, physical values in mm, s, W, J, degrees and degrees Celsius."""
    title: str
    """The result in one line."""
    blocked: StrictBool
    disclaimer: str
    neupsig_grade: str
    lamp: LampLight | None
    tissue: Tissue
    targets: tuple[TargetLight, ...]
    curves: tuple[DepthCurve, ...]
    reachable: StrictBool
    anchor: AnchorSummary
    translation: Translation | None
    prescription: Prescription | None
    warmth: Warmth | None
    """None without a prescription."""
    schedule: Schedule | None
    findings: tuple[Finding, ...]
    expectation: Expectation
    sections: tuple[Section, ...] = Field(min_length=8, max_length=8)
    assumptions: tuple[Assumption, ...]
    thresholds: tuple[Threshold, ...] = ()
    """What a review of this plan decides by."""
    citations: dict[str, str]
    """Every source key used in this plan, with its citation."""

    def to_json(self) -> str:
        """Return the text of ``plan.json``."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


def columns_of(values: ArrayLike) -> dict[str, tuple[float, ...]]:
    """Return the percentiles down the draws, shape (n, Z), as tuples of length Z."""
    levels = np.percentile(np.asarray(values), (5, 25, 50, 75, 95), axis=0)
    return {name: tuple(map(float, row)) for name, row in zip(("p5", "p25", "p50", "p75", "p95"), levels, strict=True)}
