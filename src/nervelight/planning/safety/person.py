"""What about this person speaks against light."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nervelight.assessment import (
    DrugLevel,
    NeupsigGrade,
    RedFlag,
    contraindication,
    drugs_in,
    instrument,
    photosensitising,
    raised,
)
from nervelight.evidence import condition_info, outcome_reference
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding, Level
from nervelight.planning.safety.limits import SKIN_CAP_C, SKIN_CAP_NUMB_C
from nervelight.planning.words import day, joined, listed

__all__ = ["patient_findings"]

# Urgencies of a red flag that come before any light.
LIGHT_WAITS = frozenset({"emergency-now", "same-day", "1-working-day", "urgent", "stop-and-report"})
_RULE_LEVELS: Mapping[str, Level] = {"hard_stop": "block", "conditional": "warn", "caution": "warn"}
_DRUG_LEVELS: Mapping[DrugLevel, Level] = {"hard_stop": "block", "caution": "warn", "none": "note"}
_DRUG_TITLES: Mapping[DrugLevel, str] = {
    "hard_stop": "{} makes skin sensitive to this lamp's light",
    "caution": "{} may make skin sensitive to light",
    "none": "{}: no sensitivity expected at this lamp's wavelengths",
}


def _condition(case: Case) -> Iterator[Finding]:
    info = condition_info(case.diagnosis.condition)
    if info.lesion == "central":
        yield Finding(
            id="condition.central",
            level="block",
            title="The lesion is out of the light's reach",
            text=f"In {info.label} the injury lies in the brain or the spinal cord. "
            + " ".join(said.may_say for said in outcome_reference(case.diagnosis.condition).sentences),
            value=info.label,
            limit="an injury of a peripheral nerve",
            unblock="Name a peripheral neuropathic pain, if there is one besides.",
            sources=tuple(
                dict.fromkeys(
                    key for said in outcome_reference(case.diagnosis.condition).sentences for key in said.source_keys
                )
            ),
        )
    if not info.painful:
        yield Finding(
            id="condition.no_pain",
            level="block",
            title="This is not a neuropathic pain",
            text=f"{info.label[0].upper()}{info.label[1:]}: its trials measured movement. This planner plans for pain.",
            value=info.label,
            limit="a neuropathic pain",
            unblock="Name the pain, if there is one besides.",
            sources=("nervelight_rule",),
        )


def patient_findings(case: Case, grade: NeupsigGrade, wavelengths: Sequence[float]) -> list[Finding]:
    """Check the diagnosis, red flags, contraindications, drugs, sensation and blood supply."""
    found = list(_condition(case))
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
            text=f"This comes before any light. Who acts: {flag.owner}.",
            value="present",
            unblock=_answered(flag, case),
            sources=flag.sources,
            unverified=flag.unverified,
        )
        for flag in raised(case.red_flags)
    ]
    for rule in map(contraindication, case.safety.contraindications):
        found.append(
            Finding(
                id=f"contraindication.{rule.id}",
                level=_RULE_LEVELS[rule.level],
                title=f"Contraindication: {rule.label}",
                text=f"{rule.when} {rule.why}",
                value="present",
                unblock=rule.clinician_override or "It cannot be set aside: no plan while it applies.",
                sources=rule.sources,
                unverified=rule.unverified,
            )
        )
    found += _drug_findings(case.safety.drugs, case.care.other_treatments, wavelengths)
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
                text="Blood carries heat away: the bound of skin temperature also counts with little or no blood flow.",
                value="perfusion impaired",
                sources=("nervelight_rule",),
            )
        )
    return found


def _answered(flag: RedFlag, case: Case) -> str:
    """Return what to do about a red flag, and what takes it out of the case once that is done."""
    call = f" Emergency number: {case.care.emergency_number}." if flag.urgency == "emergency-now" else ""
    forms = case.red_flags_by_answers.get(flag.id, ())
    places = [
        *(["diagnosis.red_flags"] if flag.id in case.diagnosis.red_flags else []),
        *(
            [f"scores ({joined([f'{instrument(s.instrument).name} of {day(s.date)}' for s in forms])})"]
            if forms
            else []
        ),
    ]
    # An answer is not taken back by a later form: somebody must have acted on it.
    later = " A later form does not answer it." if forms else ""
    cleared = f"Once whoever acts has cleared it, take it out of {joined(places)} and make the plan again."
    return f"{flag.action}{call}{later} {cleared}"


def _drug_findings(names: Sequence[str], others: Sequence[str], wavelengths: Sequence[float]) -> Iterator[Finding]:
    unknown = [name for name in names if not drugs_in(name)]
    if unknown:
        yield Finding(
            id="drugs.unknown",
            level="note",
            title=f"Not in the list of light-sensitising drugs: {listed(unknown)}",
            text="The list is short: a drug that is not on it need not be safe under red or infrared light.",
            sources=("nervelight_rule",),
        )
    emitted = ", ".join(f"{wavelength:g} nm" for wavelength in wavelengths)
    wait = "Wait until the hold is over, or use a lamp without these wavelengths; ask the prescriber."
    # A brand and the drug in it are one drug.
    for known in dict.fromkeys(entry for text in (*names, *others) for entry in drugs_in(text)):
        verdict = photosensitising(known, wavelengths)
        level: Level = _DRUG_LEVELS[verdict.level]
        yield Finding(
            id=f"drug.{known.id}",
            level=level,
            title=_DRUG_TITLES[verdict.level].format(known.label),
            text=verdict.reason,
            value=emitted,
            unblock=wait if level == "block" else "",
            sources=verdict.sources,
            unverified=verdict.unverified,
        )
