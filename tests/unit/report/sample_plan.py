"""Two plans made by hand: a complete one and a blocked one. The numbers are plausible, not computed."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from nervelight.planning.findings import Finding
from nervelight.planning.plan_document import (
    AnchorSummary,
    Assumption,
    Band,
    Counterevidence,
    DepthCurve,
    Expectation,
    Gate,
    Influence,
    LampLight,
    LampReading,
    LayerBand,
    Made,
    Plan,
    Prescription,
    Schedule,
    ScheduledSession,
    Section,
    Sensitivity,
    Statement,
    TargetLight,
    Tissue,
    Translation,
    TrialReading,
    Warmth,
    WavelengthLight,
)

HOSTILE_LABEL = "Mrs <script>alert('x')</script> \"O'Neil\" & co"

CITATIONS = {
    "case_file": "The case file of this plan.",
    "yamany2012": "Yamany AA, Sayed HM. Effect of low level laser therapy on neurovascular function of "
    "diabetic peripheral neuropathy. J Adv Res 2012;3:21-28. doi:10.1016/j.jare.2011.02.009",
    "lavery2008": "Lavery LA et al. Does anodyne light therapy improve peripheral neuropathy in diabetes? "
    "Diabetes Care 2008;31:316-321. https://doi.org/10.2337/dc07-1794",
    "jacques2013": "Jacques SL. Optical properties of biological tissues. Phys Med Biol 2013;58:R37-R61.",
    "nervelight_rule": "Rule proposed by this project for review by clinicians; not a published rule.",
    "nervelight_assumption": "Assumption of this project, with a wide interval.",
    "nervelight_computed": "Computed by Nervelight from the cited inputs.",
}

CASE: dict[str, Any] = {
    "schema": "nervelight-case-1",
    "patient": {"label": HOSTILE_LABEL, "age": "61 years", "phototype": "III", "ita": None},
    "diagnosis": {"condition": "diabetic_polyneuropathy", "icd10": "E11.42", "red_flags": []},
    "scores": [{"instrument": "nrs11", "value": 6, "date": "2026-01-02"}],
    "site": {
        "name": "plantar_foot",
        "target": "cutaneous_endings",
        "fields": ["left sole", "right sole"],
        "measured": {"nerve_depth": None, "method": None},
    },
    "lamp": {
        "device": "bestqool_pro300",
        "distance": 152.0,
        "readings": [{"distance": 152.0, "irradiance": 0.00055, "instrument": "Thorlabs PM100D"}],
    },
    "safety": {"contraindications": [], "drugs": ["pregabalin"], "air_temperature": 22.0},
    "course": {
        "start": "2026-01-05",
        "session_cap": 3600.0,
        "setting": "home",
        "weekdays": ["mon", "wed", "fri"],
    },
    "care": {"clinician": "Dr A. Meyer", "emergency_number": "112", "goals": ["walk to the market"]},
}


def spread(middle: float, factor: float = 1.5) -> Band:
    """A band about `middle` whose 90 % ends lie a factor away."""
    half = math.sqrt(factor)
    return Band(p5=middle / factor, p25=middle / half, p50=middle, p75=middle * half, p95=middle * factor)


def finding(level: str, name: str, **fields: Any) -> Finding:
    text = f"What {name} means for this patient."
    return Finding(
        **{"id": name, "level": level, "title": name, "text": text, "sources": ("nervelight_rule",), **fields}
    )


NOTE_TITLES = (
    "The trial did not name its field",
    "Skin tone taken from the phototype",
    "No meter reading of your own",
)
WARNINGS = (
    finding(
        "warn",
        "Skin warms by up to 2.1 degrees",
        value="2.1 °C",
        limit="2 °C",
        unblock="Feel the skin after five minutes of the first session.",
        unverified=True,
    ),
)
NOTES = tuple(finding("note", title) for title in NOTE_TITLES)
BLOCK = finding(
    "block",
    "Suspected malignancy at the site",
    value="answered: yes",
    limit="none allowed",
    unblock="Have the lesion seen by dermatology first.",
)

WAVELENGTHS = {630.0: (17.0, 1.6), 660.0: (17.0, 2.0), 850.0: (17.0, 3.1), 940.0: (17.0, 2.8)}


def _curve(wavelength: float, irradiance: float, reach: float) -> DepthCurve:
    depths = tuple(0.15 * step for step in range(101))
    middle = [1.6 * irradiance * math.exp(-depth / reach) for depth in depths]

    def level(sign: int, factor: float) -> tuple[float, ...]:
        return tuple(x * factor ** (sign * (0.4 + depth / 5)) for x, depth in zip(middle, depths, strict=True))

    return DepthCurve(
        wavelength_nm=wavelength,
        depth_mm=depths,
        p5=level(-1, 1.6),
        p25=level(-1, 1.25),
        p50=tuple(middle),
        p75=level(1, 1.25),
        p95=level(1, 1.6),
    )


LAMP = LampLight(
    device="bestqool_pro300",
    label="Bestqool Pro300",
    distance_mm=152.0,
    basis="measured",
    basis_text="Laboratory reading at 152 mm, as quoted by a third party.",
    irradiance_mw_cm2=spread(68.9, 1.2),
    field_width_mm=343.0,
    diffuse_share_low=0.2,
    diffuse_share_high=1.0,
    extrapolated=False,
    spectral_split_known=False,
    wavelengths=tuple(
        WavelengthLight(wavelength_nm=w, share=spread(0.25, 1.4), irradiance_mw_cm2=spread(e, 1.5))
        for w, (e, _) in WAVELENGTHS.items()
    ),
    readings=(
        LampReading(
            distance_mm=76,
            irradiance_mw_cm2=106,
            kind="claim",
            label="maker's page",
            used=False,
            sources=("case_file",),
        ),
        LampReading(
            distance_mm=152,
            irradiance_mw_cm2=68.9,
            kind="measured",
            label="laboratory",
            used=True,
            sources=("case_file",),
        ),
        LampReading(
            distance_mm=305,
            irradiance_mw_cm2=59.0,
            kind="measured",
            label="laboratory",
            used=True,
            sources=("case_file",),
        ),
        LampReading(
            distance_mm=152,
            irradiance_mw_cm2=55.0,
            kind="own-meter",
            label="PM100D",
            used=False,
            sources=("case_file",),
        ),
        LampReading(
            distance_mm=None,
            irradiance_mw_cm2=100,
            irradiance_high_mw_cm2=120,
            kind="claim",
            label="shop list",
            used=False,
            sources=("case_file",),
        ),
    ),
    curve_distance_mm=tuple(float(d) for d in range(50, 460, 20)),
    curve_irradiance_mw_cm2=tuple(85.0 / (1 + (d / 500.0) ** 2) for d in range(50, 460, 20)),
    curve_low_mw_cm2=tuple(75.0 / (1 + (d / 500.0) ** 2) for d in range(50, 460, 20)),
    curve_high_mw_cm2=tuple(95.0 / (1 + (d / 500.0) ** 2) for d in range(50, 460, 20)),
    labelled_use="",
    sources=("case_file",),
)

TISSUE = Tissue(
    site="plantar_foot",
    site_label="sole of the foot",
    layers=(
        LayerBand(name="stratum_corneum", label="horny layer", thickness_mm=spread(0.6, 1.5)),
        LayerBand(name="epidermis", label="epidermis", thickness_mm=spread(0.12, 1.5)),
        LayerBand(name="dermis", label="dermis", thickness_mm=spread(1.6, 1.4)),
        LayerBand(name="subcutaneous_fat", label="fat pad", thickness_mm=spread(8.0, 1.6)),
        LayerBand(name="muscle", label="muscle", thickness_mm=None),
    ),
    melanosome_fraction=spread(0.04, 1.8),
    skin_tone="Fitzpatrick type III",
    notes=("The sole carries less pigment than the rest of the skin.",),
)


def targets(with_fluence: bool) -> tuple[TargetLight, ...]:
    return (
        TargetLight(
            id="cutaneous_endings",
            label="nerve endings in the skin",
            depth_mm=spread(0.75, 1.5),
            is_target=True,
            share_of_skin=spread(0.71, 1.4),
            fluence_rate_mw_cm2=spread(49.0, 1.5),
            fluence_j_cm2=spread(32.0, 1.5) if with_fluence else None,
        ),
        TargetLight(
            id="medial_plantar",
            label="medial plantar nerve",
            depth_mm=spread(9.0, 1.3),
            is_target=False,
            share_of_skin=spread(0.02, 2.5),
            fluence_rate_mw_cm2=spread(1.3, 2.5),
            fluence_j_cm2=spread(0.86, 2.5) if with_fluence else None,
        ),
    )


def _statement(text: str, *sources: str) -> Statement:
    return Statement(text=text, sources=sources or ("nervelight_rule",))


EXPECTATION = Expectation(
    benefit_over_sham="unproven",
    certainty="very low",
    certainty_reasons=("small trials", "sham lamps that patients could tell apart"),
    sentences=(
        _statement("Whether this light eases pain more than a dummy lamp is unproven.", "yamany2012", "lavery2008"),
        _statement("About 1 in 4 people given a dummy pill also halved their pain.", "lavery2008"),
    ),
    arms=(_statement("Active arm: pain fell from 6.7 to 4.1; sham arm: from 6.5 to 6.2.", "yamany2012"),),
    placebo=_statement("In the largest sham-controlled home trial both arms improved alike.", "lavery2008"),
)

SECTION_TITLES = {
    "assessment": "What was found",
    "multimodal": "What else is done",
    "education": "What to tell the patient",
    "individual_plan": "This patient's light",
    "frequency_duration": "How often, how long",
    "monitoring": "What to watch",
    "coordinated_care": "Who does what",
    "follow_up": "When to look again",
}
SECTIONS = tuple(
    Section(
        id=name,
        title=title,
        statements=(
            _statement(f"First thing to do about {title.lower()}, at 50 mW/cm2.", "nervelight_rule"),
            _statement(f"Second thing about {title.lower()} & more.", "yamany2012", "case_file"),
        ),
    )
    for name, title in SECTION_TITLES.items()
)

ANCHOR = AnchorSummary(
    study_id="yamany2012",
    kind="arm",
    why="Same condition, same site, light reported well enough to be carried over.",
    light=("850 nm, 5.7 J/cm2 on the skin", "15 min for each sole, 6.3 mW/cm2 (derived)"),
    flags=("The paper calls an 850 nm emitter He-Ne.",),
    missing=("field size",),
    considered=("anju2025: wavelength not reported",),
    against=(
        Counterevidence(
            study_id="lavery2008", text="No benefit over sham at home for 90 days.", sources=("lavery2008",)
        ),
    ),
    sources=("yamany2012",),
)

TRANSLATION = Translation(
    kind="fluence",
    target_fluence_j_cm2=spread(4.1, 1.4),
    time_s=Band(p5=480, p25=570, p50=660, p75=800, p95=960),
    rate_ratio=spread(8.2, 1.5),
    readings=(
        TrialReading(
            label="15 mW read as peak power",
            spot_area_cm2=1.86,
            target_fluence_j_cm2=spread(4.1, 1.4),
            time_s=Band(p5=480, p25=570, p50=660, p75=800, p95=960),
            followed=True,
        ),
        TrialReading(
            label="15 mW read as mean power",
            spot_area_cm2=None,
            target_fluence_j_cm2=spread(5.3, 1.4),
            time_s=Band(p5=660, p25=750, p50=900, p75=1000, p95=1200),
            followed=False,
        ),
    ),
    sensitivities=(
        Sensitivity(id="energy", label="every joule counts alike", hypothesis=False, time_s=spread(660)),
        Sensitivity(id="photons", label="every photon counts alike", hypothesis=False, time_s=spread(720)),
        Sensitivity(
            id="cytochrome_c_oxidase",
            label="weighted by absorption of the enzyme",
            hypothesis=True,
            time_s=None,
        ),
    ),
    influences=(
        Influence(
            parameter="lamp.irradiance",
            label="irradiance of the lamp",
            low="57 mW/cm2",
            high="83 mW/cm2",
            time_at_low_s=800,
            time_at_high_s=550,
            factor=1.21,
            assumption=False,
            sources=("case_file",),
        ),
        Influence(
            parameter="horny_layer.scattering",
            label="scattering of the horny layer",
            low="20 1/mm",
            high="80 1/mm",
            time_at_low_s=560,
            time_at_high_s=790,
            factor=1.2,
            assumption=True,
            sources=("nervelight_assumption",),
        ),
    ),
)

PRESCRIPTION = Prescription(
    time_per_field_s=660,
    fields=("left sole", "right sole"),
    session_time_s=1320,
    capped=False,
    radiant_exposure_j_cm2=spread(45.0, 1.2),
    sessions_per_week=3,
    weeks=4,
    total_sessions=12,
    statement="11 min for each sole (8 to 16), three times a week for four weeks.",
)

WARMTH = Warmth(
    skin_before_c=spread(33.2, 1.02),
    skin_c=spread(35.3, 1.02),
    skin_rise_k=spread(2.1, 1.3),
    nerve_c=spread(36.4, 1.01),
    cem43_min=spread(0.003, 2.0),
)

FIRST_DAY = dt.date(2026, 1, 5)
SCHEDULE = Schedule(
    sessions=tuple(
        ScheduledSession(number=3 * week + k + 1, date=FIRST_DAY + dt.timedelta(days=7 * week + 2 * k))
        for week in range(4)
        for k in range(3)
    ),
    gates=(
        Gate(
            id="safety",
            label="skin check",
            date=FIRST_DAY + dt.timedelta(days=2),
            question="Was the skin red for more than a day?",
            sources=("nervelight_rule",),
        ),
        Gate(
            id="halfway",
            label="half-way",
            date=FIRST_DAY + dt.timedelta(days=14),
            question="Has pain fallen by 1 point or more?",
            sources=("nervelight_rule",),
        ),
        Gate(
            id="end",
            label="go on or stop",
            date=FIRST_DAY + dt.timedelta(days=28),
            question="Is the benefit worth the time?",
            sources=("nervelight_rule",),
        ),
    ),
)

COMPLETE = Plan(
    made=Made(
        nervelight="0.1.0",
        libraries={"numpy": "2.4.6", "scipy": "1.16.0"},
        draws=256,
        seed=1,
        case_file="diabetic_feet.yaml",
        case_sha256="3f2a" * 16,
        studies=146,
        added_studies=(),
    ),
    case=CASE,
    title="11 min a sole (8 to 16), three times a week; benefit over a dummy lamp unproven",
    blocked=False,
    disclaimer="A proposal for a clinician, not a medical device. Nothing here replaces an examination.",
    neupsig_grade="probable",
    lamp=LAMP,
    tissue=TISSUE,
    targets=targets(with_fluence=True),
    curves=tuple(_curve(w, e, reach) for w, (e, reach) in WAVELENGTHS.items()),
    reachable=True,
    anchor=ANCHOR,
    translation=TRANSLATION,
    prescription=PRESCRIPTION,
    warmth=WARMTH,
    schedule=SCHEDULE,
    findings=(*WARNINGS, *NOTES),
    expectation=EXPECTATION,
    sections=SECTIONS,
    assumptions=(
        Assumption(
            parameter="horny_layer.scattering",
            label="scattering of the horny layer",
            interval="20 to 80 1/mm",
            reason="No checked measurement of plantar skin.",
            sources=("nervelight_assumption",),
        ),
    ),
    citations=CITATIONS,
)

BLOCKED = COMPLETE.model_copy(
    update={
        "title": "Blocked: suspected malignancy at the site",
        "blocked": True,
        "lamp": None,
        "targets": (),
        "curves": (),
        "reachable": False,
        "anchor": AnchorSummary(
            study_id=None,
            kind="none",
            why="No study is followed while the plan is blocked.",
            light=(),
            flags=(),
            missing=("diagnosis",),
            against=(),
            sources=("nervelight_rule",),
        ),
        "translation": None,
        "prescription": None,
        "warmth": None,
        "schedule": None,
        "findings": (*NOTES, BLOCK, *WARNINGS),
    }
)
