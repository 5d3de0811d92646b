"""What could do harm, and what forbids signing: each check returns findings, and every check is run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nervelight.assessment import contraindication, drug, photosensitising, raised
from nervelight.evidence import anchors_for
from nervelight.optics import Device, SkinIrradiance, infrared_eye_limit
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.light_path import TISSUE_TABLES_NM, Evaluation, in_tissue_tables
from nervelight.planning.plan_document import Prescription, Translation
from nervelight.planning.translation import INFLUENCE_LIMIT
from nervelight.transport import skin_temperature_bound, thermal_properties
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = [
    "INFRARED_FROM_NM",
    "PLANE_WAVE_DEPTH_MM",
    "PLANE_WAVE_FIELD_MM",
    "REACHABLE_SHARE",
    "Reach",
    "eye_findings",
    "lamp_findings",
    "patient_findings",
    "reach_of",
    "temperature_findings",
    "time_findings",
]

# Below this share of the irradiance on the skin, at its upper 95 % bound, the target counts as not reached.
REACHABLE_SHARE = 1e-3
# Field and depth for which a wide (plane) wave may stand for the lamp's beam.
PLANE_WAVE_FIELD_MM = 100.0
PLANE_WAVE_DEPTH_MM = 20.0
# IEC 62471: the infrared hazard of cornea and lens counts from 780 nm; visible red does not.
INFRARED_FROM_NM = 780.0
# Fluence-rate ratios beyond these were not tested by anybody: reciprocity is not assumed.
RATE_RATIO_RANGE = (1.0 / 3.0, 3.0)
# IEC 60601-1 Table 24 allows parts at 43 degC on the skin for 10 min or more; not read in the standard itself.
SKIN_STOP_C = 43.0
# Proposed caps below it: what the skin should not pass, and the stricter one where heat is not felt.
SKIN_CAP_C, SKIN_CAP_NUMB_C, SKIN_RISE_C = 42.0, 40.0, 5.0
CEM43_CAP_MIN, CEM43_CAP_NUMB_MIN = 9.0, 2.0
# A warm room, taken when the case names none: less heat is lost.
WARM_ROOM_C = 30.0
MUSCLE_UNDER_MM = 30.0
# Urgencies of a red flag that come before any light.
LIGHT_WAITS = frozenset({"emergency-now", "same-day", "1-working-day", "urgent", "stop-and-report"})


def patient_findings(case: Case, wavelengths: Sequence[float]) -> list[Finding]:
    """Check red flags, contraindications, drugs and sensation."""
    found = [
        Finding(
            id=f"red_flag.{flag.id}",
            level="block" if flag.urgency in LIGHT_WAITS else "warn",
            title=f"Red flag: {flag.question}",
            text=f"{flag.action} This comes before any light. Who acts: {flag.owner}.",
            value="present",
            unblock="Clear the red flag, then make the plan again.",
            sources=flag.sources,
            unverified=flag.unverified,
        )
        for flag in raised(case.diagnosis.red_flags)
    ]
    for name in case.safety.contraindications:
        rule = contraindication(name)
        level = {"hard_stop": "block", "conditional": "warn", "caution": "warn"}[rule.level]
        found.append(
            Finding.model_validate(
                {
                    "id": f"contraindication.{rule.id}",
                    "level": level,
                    "title": f"Contraindication: {rule.label}",
                    "text": f"{rule.when} {rule.why}",
                    "value": "present",
                    "unblock": rule.clinician_override or "",
                    "sources": rule.sources,
                    "unverified": rule.unverified,
                }
            )
        )
    found += [finding for name in case.safety.drugs for finding in _drug_findings(name, wavelengths)]
    if case.safety.sensation != "intact":
        found.append(
            Finding(
                id="sensation.reduced",
                level="warn",
                title="Heat may not be felt at the site",
                text=(
                    "Pain does not warn here. A timer and a look at the skin before and after each session replace it, "
                    f"and the stricter cap of {SKIN_CAP_NUMB_C:g} °C holds for the skin."
                ),
                value=f"sensation {case.safety.sensation}",
                limit=f"{SKIN_CAP_NUMB_C:g} °C instead of {SKIN_CAP_C:g} °C",
                unblock="Name who looks at the skin.",
                sources=("navratil2002", "nervelight_rule"),
            )
        )
    if case.safety.perfusion == "impaired":
        found.append(
            Finding(
                id="perfusion.impaired",
                level="warn",
                title="Blood supply at the site is impaired",
                text="Blood carries heat away: the bound of skin temperature is taken without any blood flow.",
                value="perfusion impaired",
                sources=("nervelight_rule",),
            )
        )
    return found


def _drug_findings(name: str, wavelengths: Sequence[float]) -> list[Finding]:
    known = drug(name)
    if known is None:
        return [
            Finding(
                id=f"drug.{name.lower().replace(' ', '_')}",
                level="note",
                title=f"Drug not in the list of light-sensitising drugs: {name}",
                text="The list is short: a drug that is not on it need not be safe under red or infrared light.",
                sources=("nervelight_rule",),
            )
        ]
    verdict = photosensitising(known, wavelengths)
    level = {"hard_stop": "block", "caution": "warn", "none": "note"}[verdict.level]
    return [
        Finding.model_validate(
            {
                "id": f"drug.{known.id}",
                "level": level,
                "title": {
                    "block": f"{known.label} makes skin sensitive to this lamp's light",
                    "warn": f"{known.label} may make skin sensitive to light",
                    "note": f"{known.label}: no sensitivity expected at this lamp's wavelengths",
                }[level],
                "text": verdict.reason,
                "value": ", ".join(f"{wavelength:g} nm" for wavelength in wavelengths),
                "unblock": "Wait until the hold is over, or use a lamp without these wavelengths; ask the prescriber."
                if level == "block"
                else "",
                "sources": verdict.sources,
                "unverified": verdict.unverified,
            }
        )
    ]


@dataclass(frozen=True)
class Reach:
    """Whether light reaches the target at all, judged without looking at any trial."""

    reachable: bool
    findings: tuple[Finding, ...]


def reach_of(target_label: str, sample: Evaluation, field_width: float | None) -> Reach:
    """Judge whether the target can be reached, and whether a plane wave may stand for the beam.

    Parameters
    ----------
    target_label : str
    sample : Evaluation
        The patient's light at the sample of draws.
    field_width : float or None
        Smaller side of the lit field [mm]; None when not known.
    """
    upper = float(np.percentile(sample.share_of_skin(sample.target_depth), 95))
    depth = float(np.median(sample.target_depth))
    if upper < REACHABLE_SHARE:
        finding = Finding(
            id="target.unreachable",
            level="block",
            title=f"Light does not reach the {target_label}",
            text=(
                f"At a depth of about {depth:.0f} mm even the upper 95 % bound of the fluence rate is less than a "
                "thousandth of the irradiance on the skin. No trial and no longer session changes that."
            ),
            value=f"{upper:.1g} of the irradiance on the skin (upper 95 %)",
            limit=f"{REACHABLE_SHARE:g}",
            unblock="Choose a target that light reaches, or another treatment. Where trials report a benefit, it needs "
            "another explanation than light at this nerve.",
            sources=("nervelight_computed", "hudson2013"),
        )
        return Reach(False, (finding,))
    findings = []
    if depth > PLANE_WAVE_DEPTH_MM:
        findings.append(
            Finding(
                id="transport.depth",
                level="block",
                title="Target deeper than this calculation holds for",
                text="The light of a real field spreads sideways; at this depth a wide wave overstates what arrives.",
                value=f"{depth:.0f} mm",
                limit=f"{PLANE_WAVE_DEPTH_MM:g} mm",
                unblock="A calculation with finite beams is needed; this version has none.",
                sources=("nervelight_rule",),
            )
        )
    if field_width is None or field_width < PLANE_WAVE_FIELD_MM:
        findings.append(
            Finding(
                id="transport.field",
                level="block",
                title="Lit field too small for this calculation",
                text="Light of a small field spreads sideways under the skin: a wide wave overstates what arrives.",
                value="not known" if field_width is None else f"{field_width:.0f} mm across",
                limit=f"{PLANE_WAVE_FIELD_MM:g} mm across",
                unblock="Use a lamp with a wider field; this one needs a calculation with finite beams, which this "
                "version does not have.",
                sources=("nervelight_computed",),
            )
        )
    return Reach(True, tuple(findings))


def lamp_findings(device: Device, light: SkinIrradiance, split_known: bool) -> list[Finding]:
    """Say what the plan believes about the lamp, and what its label covers."""
    claim = light.basis == "claim-halved"
    found = [
        Finding(
            id="lamp.irradiance",
            level="warn" if claim or light.extrapolated else "note",
            title="Irradiance rests on a claim, halved" if claim else f"Irradiance: {light.basis.replace('-', ' ')}",
            text=light.reason,
            value=f"{to_mw_cm2(light.irradiance.low):.2g} to {to_mw_cm2(light.irradiance.high):.2g} mW/cm²",
            unblock="Measure at the working distance with a spectrally corrected meter and add it to lamp.readings."
            if claim or light.extrapolated
            else "",
            sources=light.sources,
            unverified=light.irradiance.unverified,
        )
    ]
    if not split_known:
        found.append(
            Finding(
                id="lamp.spectrum",
                level="note",
                title="Split between wavelengths not known",
                text="Each wavelength is taken with an equal share, in a wide interval.",
                value=f"{len(device.wavelengths)} wavelengths",
                sources=("nervelight_assumption",),
                unverified=True,
            )
        )
    outside = [wavelength for wavelength in device.wavelengths if not in_tissue_tables(wavelength)]
    if outside:
        found.append(
            Finding(
                id="lamp.wavelengths",
                level="warn",
                title="Part of the lamp's light lies outside the tissue tables",
                text="It is taken to warm the skin and to reach nothing below it. Its share is not known, so that the "
                "time is a guess."
                if not split_known
                else "It is taken to warm the skin and to reach nothing below it.",
                value=", ".join(f"{wavelength:g} nm" for wavelength in outside),
                limit=" to ".join(f"{end:g}" for end in TISSUE_TABLES_NM) + " nm",
                sources=device.sources,
            )
        )
    label = device.labelled_use.cleared if device.labelled_use else ""
    found.append(
        Finding(
            id="lamp.label",
            level="note",
            title="Use outside the lamp's label",
            text=(
                f"The lamp is cleared for: {label}. Neuropathic pain is not in it."
                if label
                else "No cleared or labelled use is known for this lamp."
            ),
            unblock="Tell the patient, and record consent.",
            sources=device.sources,
        )
    )
    return found


def eye_findings(case: Case, device: Device, sample: Evaluation, prescription: Prescription | None) -> list[Finding]:
    """Hold infrared at the eye against the limit for cornea and lens, and lasers against bare eyes.

    Notes
    -----
    The eye is taken to be as near to the lamp as the skin, the worst place for it, for the whole session; without a
    prescription, for as long as the session cap allows.
    """
    exposure_time = prescription.session_time_s if prescription else case.course.session_cap
    bare = case.safety.eyes == "none"
    infrared = np.array([wavelength >= INFRARED_FROM_NM for wavelength in sample.problem.wavelengths])
    at_eye = float(np.percentile(sample.irradiance * np.sum(sample.shares[:, infrared], axis=1), 95))
    limit = infrared_eye_limit(exposure_time)
    found = []
    if at_eye > limit:
        found.append(
            Finding(
                id="eyes.infrared",
                level="block" if bare else "note",
                title="Infrared above the limit for bare eyes"
                if bare
                else f"Infrared above the limit for bare eyes: {case.safety.eyes} needed in every session",
                text=(
                    "Infrared is invisible and does not make one look away. An eye as near to the lamp as the skin "
                    f"would get more than the limit for cornea and lens over {exposure_time / 60:.0f} min a day."
                ),
                value=f"{to_mw_cm2(at_eye):.2g} mW/cm² (upper 95 %)",
                limit=f"{to_mw_cm2(limit):.2g} mW/cm² for this time",
                unblock="Goggles made for these wavelengths, or shielding; write it in safety.eyes." if bare else "",
                sources=("iec62471_2006",),
            )
        )
    if device.is_laser and bare:
        found.append(
            Finding(
                id="eyes.laser",
                level="block",
                title="Laser without protection of the eyes",
                text="A laser beam, also a reflected one, can injure the retina faster than one can look away.",
                value="no protection",
                limit="goggles or shielding",
                unblock="Goggles made for this wavelength and class; write it in safety.eyes.",
                sources=("navratil2002",),
            )
        )
    return found


def temperature_findings(case: Case, sample: Evaluation, prescription: Prescription | None) -> list[Finding]:
    """Hold an upper bound of the skin's temperature against its caps; nothing to say without a prescription."""
    if prescription is None:
        return []
    absorbed = float(np.percentile(sample.irradiance * sample.absorbed_share, 95))
    skin = sum(sample.person[name] for name in ("stratum_corneum", "epidermis", "dermis"))
    room = WARM_ROOM_C if case.safety.air_temperature is None else case.safety.air_temperature
    thermal = thermal_properties()
    # Blood cools skin that is warmer than itself and warms skin that is cooler: the bound is the warmer of both ends.
    bound = max(
        (
            skin_temperature_bound(
                absorbed,
                prescription.time_per_field_s,
                # Thin skin over thick fat keeps the heat at the surface.
                thickness=(
                    float(np.percentile(skin, 5)),
                    float(np.percentile(sample.person["subcutaneous_fat"], 95)),
                    MUSCLE_UNDER_MM,
                ),
                tissue=("skin", "fat", "muscle"),
                perfusion_factor=factor,
                surface_coefficient=thermal.low_surface_coefficient,
                air_temperature=room,
            )
            for factor in ((0.0, 3.0) if case.safety.perfusion == "impaired" else (1.0, 3.0))
        ),
        key=lambda candidate: candidate.end,
    )
    numb = case.safety.sensation != "intact"
    cap, cem_cap = (SKIN_CAP_NUMB_C, CEM43_CAP_NUMB_MIN) if numb else (SKIN_CAP_C, CEM43_CAP_MIN)
    rise = bound.end - bound.start
    if bound.end >= SKIN_STOP_C:
        level, title = "block", f"Skin may reach {SKIN_STOP_C:g} °C"
    elif bound.end > cap or rise > SKIN_RISE_C or bound.cem43 > cem_cap:
        level, title = "warn", "Skin may get warmer than the cap"
    else:
        level, title = "note", "Skin stays below its cap even at the upper bound"
    return [
        Finding.model_validate(
            {
                "id": "skin.temperature",
                "level": level,
                "title": title,
                "text": (
                    "Upper bound: all light taken up at the surface, the least blood flow, little heat lost to air of "
                    f"{room:g} °C; from {bound.start:.1f} °C before the light. The true temperature is lower."
                ),
                "value": f"up to {bound.end:.1f} °C, {rise:.1f} °C more than before; {bound.cem43:.2g} min CEM43",
                "limit": f"cap {cap:g} °C, rise {SKIN_RISE_C:g} °C, {cem_cap:g} min CEM43; stop {SKIN_STOP_C:g} °C",
                "unblock": "More distance, or shorter fields with pauses." if level != "note" else "",
                "sources": ("iec60601_1_applied_part", "nervelight_rule", *thermal.sources),
                "unverified": True,
            }
        ),
        Finding(
            id="limits.unverified",
            level="warn",
            title="The temperature limit rests on numbers that were not checked at their source",
            text=(
                "The 43 °C of IEC 60601-1 and the thermal properties of tissue were taken from second-hand copies. "
                "Look at the skin; do not rely on the number."
            ),
            value="43 °C; conductivity, heat capacity, blood flow",
            sources=("iec60601_1_applied_part", *thermal.sources),
            unverified=True,
        ),
    ]


def time_findings(
    case: Case, choice: Choice, translation: Translation | None, prescription: Prescription | None
) -> list[Finding]:
    """Check the time against the cap, the rate against the trial's, the exposure against what was studied."""
    if translation is None:
        return []
    keys: tuple[str, ...] = choice.sources
    found: list[Finding] = []
    highest_studied = _highest_studied(case)
    field_cap = case.course.session_cap / len(case.site.fields)
    times = translation.time_s
    if times.p5 > field_cap:
        found.append(
            Finding(
                id="time.cap",
                level="block",
                title="The session cap is too short for this lamp and this target",
                text="Even the shortest likely time does not fit into the session.",
                value=f"{times.p5 / 60:.2g} to {times.p95 / 60:.2g} min a field",
                limit=f"{field_cap / 60:.2g} min a field ({len(case.site.fields)} fields in one session)",
                unblock="A longer session, a stronger lamp, less distance, or fewer fields a session.",
                sources=("case_file", *keys),
            )
        )
    elif prescription is not None and prescription.capped:
        found.append(
            Finding(
                id="time.cap",
                level="warn",
                title="The session cap cuts the time",
                text="The likely time is longer than the session allows: the target gets less than the trial's did.",
                value=f"{times.p50 / 60:.2g} min a field wanted",
                limit=f"{field_cap / 60:.2g} min a field",
                unblock="A longer session, a stronger lamp, or less distance.",
                sources=("case_file", *keys),
            )
        )
    low, high = RATE_RATIO_RANGE
    if translation.rate_ratio is not None and not low <= translation.rate_ratio.p50 <= high:
        ratio = translation.rate_ratio
        found.append(
            Finding(
                id="rate.ratio",
                level="warn",
                title="Light arrives at another rate than in the trial",
                text=(
                    "The same fluence in a shorter or longer time need not do the same: nobody tested this rate. "
                    + (
                        "More distance brings the rate nearer."
                        if ratio.p50 > high
                        else "Less distance brings it nearer."
                    )
                ),
                value=f"{ratio.p50:.2g} times the trial's ({ratio.p5:.2g} to {ratio.p95:.2g})",
                limit="1/3 to 3 times",
                unblock="Change the distance, and make the plan again.",
                sources=("jenkins_carroll2011", *keys),
            )
        )
    if prescription is not None and highest_studied is not None:
        exposure = prescription.radiant_exposure_j_cm2
        if exposure.p50 > to_j_cm2(highest_studied):
            found.append(
                Finding(
                    id="exposure.highest",
                    level="warn",
                    title="More light on the skin than any trial here gave",
                    text="No trial of this condition in the library gave as much to the skin in one session.",
                    value=f"{exposure.p50:.2g} J/cm²",
                    limit=f"{to_j_cm2(highest_studied):.2g} J/cm²",
                    sources=keys,
                )
            )
    strong = [row for row in translation.influences if row.assumption and row.factor > INFLUENCE_LIMIT]
    if strong:
        found.append(
            Finding(
                id="assumptions.time",
                level="warn",
                title="Assumptions move the time by more than a third",
                text="Alone, over its 90 % range: "
                + "; ".join(f"{row.label} by a factor of {row.factor:.2g}" for row in strong)
                + ".",
                value=f"{len(strong)} of {len(translation.influences)} uncertain quantities",
                limit="a factor of 1.3",
                unblock="Measure: the lamp with a meter, the layers and the nerve by ultrasound, skin colour as ITA.",
                sources=tuple(dict.fromkeys(key for row in strong for key in row.sources)),
                unverified=True,
            )
        )
    return found


def _highest_studied(case: Case) -> float | None:
    """Return the highest radiant exposure of a session that a trial of this condition gave to the skin [J/mm2]."""
    given = [
        setting.radiant_exposure.value
        for found in anchors_for(case.diagnosis.condition)
        for setting in found.settings
        if setting.radiant_exposure is not None
    ]
    return max(given, default=None)


def schedule_findings(case: Case, prescription: Prescription | None) -> list[Finding]:
    """Warn when the case names fewer days a week than the anchor has sessions."""
    days = case.course.weekdays
    if prescription is None or not days or len(days) >= prescription.sessions_per_week:
        return []
    return [
        Finding(
            id="schedule.days",
            level="warn",
            title="Fewer days a week than the trial's",
            text="The number of sessions stays, so the course gets longer than the one that was tested.",
            value=f"{len(days)} a week",
            limit=f"{prescription.sessions_per_week:g} a week",
            sources=("case_file",),
        )
    ]
