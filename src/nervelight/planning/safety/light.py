"""What the lamp's light could do to eyes and skin, and what is believed about the lamp."""

from __future__ import annotations

import numpy as np

from nervelight.optics import (
    Device,
    SkinIrradiance,
    infrared_eye_limit,
    infrared_eye_permissible_time,
    infrared_irradiance,
    skin_mpe_multiple,
)
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.light_path import TISSUE_TABLES_NM, Evaluation, in_tissue_tables
from nervelight.planning.plan_document import Prescription
from nervelight.planning.words import duration
from nervelight.units import to_mw_cm2

__all__ = ["eye_findings", "lamp_findings", "laser_skin_findings"]


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
    if device.unverified:
        found.append(
            Finding(
                id="lamp.unverified",
                level="note",
                title="Catalogue values of this lamp without a checked source",
                text="Read them off the lamp's label or manual.",
                value=", ".join(name.replace("_", " ") for name in device.unverified),
                sources=device.sources,
                unverified=True,
            )
        )
    use = device.labelled_use
    if use is None or not use.neuropathy:
        found.append(
            Finding(
                id="lamp.label",
                level="note",
                title="Use outside the lamp's label",
                text=f"The lamp is cleared for: {use.cleared}. Neuropathic pain is not in it."
                if use
                else "No cleared or labelled use is known for this lamp.",
                unblock="Tell the patient, and record consent.",
                sources=(use.source,) if use else device.sources,
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
    by_wavelength = sample.irradiance[:, None] * sample.shares
    at_eye = float(np.percentile(infrared_irradiance(sample.problem.wavelengths, by_wavelength), 95))
    limit = infrared_eye_limit(exposure_time)
    safe_time = infrared_eye_permissible_time(at_eye)
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
                    f"would have the limit for cornea and lens after {duration(float(safe_time))} a day; the session "
                    f"takes {duration(exposure_time)}."
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


def laser_skin_findings(device: Device, sample: Evaluation, prescription: Prescription | None) -> list[Finding]:
    """Say how a laser's irradiance compares with the limit for skin that is hit by accident: told, never a block."""
    if not device.is_laser or prescription is None:
        return []
    by_wavelength = sample.irradiance[:, None] * sample.shares
    # From 10 s on the limit does not depend on time; it is written down to 30 000 s.
    time = min(prescription.time_per_field_s, 3e4)
    multiple = skin_mpe_multiple(sample.problem.wavelengths, by_wavelength, time)
    return [
        Finding(
            id="skin.mpe",
            level="note",
            title="Laser on the skin, against the limit for bystanders",
            text="The limit is made for skin hit by accident. Patients are outside its scope; heat is checked apart.",
            value=f"{float(np.percentile(multiple, 95)):.2g} times the limit (upper 95 %)",
            limit="1",
            sources=("icnirp2013_laser",),
        )
    ]
