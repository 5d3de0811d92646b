"""What about this person speaks against light."""

from __future__ import annotations

from collections.abc import Sequence

from nervelight.assessment import NeupsigGrade, contraindication, drug, photosensitising, raised
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.safety.limits import SKIN_CAP_C, SKIN_CAP_NUMB_C

__all__ = ["patient_findings"]

# Urgencies of a red flag that come before any light.
LIGHT_WAITS = frozenset({"emergency-now", "same-day", "1-working-day", "urgent", "stop-and-report"})


def patient_findings(case: Case, grade: NeupsigGrade, wavelengths: Sequence[float]) -> list[Finding]:
    """Check the diagnosis, red flags, contraindications, drugs, sensation and blood supply."""
    found = []
    if grade.level == "unlikely":
        found.append(
            Finding(
                id="neupsig.unlikely",
                level="warn",
                title="Neuropathic pain is unlikely by its NeuPSIG grade",
                text="The trials followed here treated neuropathic pain. Look for another cause first.",
                value=grade.level,
                limit="possible, probable or definite",
                unblock="Examine again, or treat what else it is.",
                sources=grade.sources,
            )
        )
    found += [
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
                    f"and the skin's cap is {SKIN_CAP_NUMB_C:g} °C instead of {SKIN_CAP_C:g} °C."
                ),
                value=f"sensation {case.safety.sensation}",
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
