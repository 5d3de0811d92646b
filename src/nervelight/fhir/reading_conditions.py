"""A Condition as one of the conditions that are planned for: only by a code that says it, never by a likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from nervelight.assessment import NeupsigFindings, neupsig_grade
from nervelight.evidence.conditions import CONDITIONS
from nervelight.fhir.reading_elements import at, codings, objects
from nervelight.fhir.vocabulary import ICD10, ICD10_CM, system_of

__all__ = ["conditions_of", "doubt_of", "findings_of", "icd10_of"]

ICD10_SYSTEMS = (ICD10_CM, ICD10, "http://fhir.de/CodeSystem/bfarm/icd-10-gm")
SNOMED = "http://snomed.info/sct"

# How sure a diagnosis of ICD-10-GM is, which stands beside its code: G is certain.
CERTAINTY = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
_UNCERTAIN = {"A": "excluded", "V": "suspected", "Z": "a state after it"}

# Codes that say more than the condition, or something else beside it: a clinician must say which is meant.
_TOO_WIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "G62.0": ("chemotherapy_induced",),  # by any drug
        "G62.9": ("autoimmune_idiopathic",),
        "E11.40": ("diabetic_polyneuropathy",),
        "E11.4": ("diabetic_polyneuropathy",),
        "M79.2": ("traumatic_neuralgia",),
        "G89.0": ("post_stroke_pain", "spinal_cord_injury_pain"),
        "B02.2": ("postherpetic_neuralgia",),
    }
)
_WHO = {"G63.2": "diabetic_polyneuropathy", "G53.0": "postherpetic_neuralgia", "G56.0": "carpal_tunnel"}
# Neuropathy due to type 2 diabetes: also one of a single nerve.
_SNOMED = {"368581000119106": ("diabetic_polyneuropathy",)}
# Adverse effect of antineoplastic and immunosuppressive drugs: beside G62.0 it says which drug it was.
ANTINEOPLASTIC = "T45.1X5A"

# What a grade alone says of the four findings that it rests on; what it leaves open is not there.
_BY_GRADE: Mapping[str, Mapping[str, bool]] = MappingProxyType(
    {
        "definite": {
            "relevant_history": True,
            "plausible_distribution": True,
            "sensory_signs": True,
            "confirmatory_test": True,
        },
        "probable": {"relevant_history": True, "plausible_distribution": True},
        "possible": {
            "relevant_history": True,
            "plausible_distribution": True,
            "sensory_signs": False,
            "confirmatory_test": False,
        },
        "unlikely": {},
    }
)


def icd10_of(concept: Any) -> list[str]:
    """Return the ICD-10 codes of a concept, of any edition; of our own concepts also those of an unknown edition."""
    found = codings(concept)
    ours = any(system == system_of("condition") for system, _, _ in found)
    # In ICD-10-GM cross, star and exclamation mark say which of two codes leads.
    codes = (code.rstrip("+*!†") for system, code, _ in found if system in ICD10_SYSTEMS or (ours and not system))
    return list(dict.fromkeys(codes))


def doubt_of(concept: Any) -> str:
    """Return why a diagnosis does not hold although its code stands there; empty where nothing says so."""
    for _, coding in objects(at(concept, "coding")):
        for _, each in objects(coding.get("extension")):
            if each.get("url") == CERTAINTY and (code := at(each, "valueCoding", "code")) != "G":
                return f"its Diagnosesicherheit is {_UNCERTAIN.get(str(code), 'not known')}"
    return ""


def findings_of(condition: Mapping[str, Any]) -> tuple[str, dict[str, bool]] | None:
    """Return the grade of a Condition and what is certain of the findings that it rests on; None without a grade.

    Our own Conditions name the findings that were answered with yes. Findings that do not give the grade that stands
    beside them do not count.
    """
    grade = next(
        (
            code
            for _, stage in objects(condition.get("stage"))
            for system, code, _ in codings(stage.get("summary"))
            if system == system_of("neupsig-grade") and code in _BY_GRADE
        ),
        None,
    )
    if grade is None:
        return None
    yes = {
        code
        for _, each in objects(condition.get("evidence"))
        for _, concept in objects(each.get("code"))
        for system, code, _ in codings({"coding": concept.get("coding")})
        if system == system_of("neupsig-finding")
    }
    named = {name: name in yes for name in NeupsigFindings.model_fields}
    if yes and neupsig_grade(NeupsigFindings(**named)).level == grade:
        return grade, named
    return grade, dict(_BY_GRADE[grade])


def conditions_of(concept: Any, others: Iterable[str] = ()) -> tuple[str | None, tuple[str, ...]]:
    """Return the condition that a code says, and those that it may mean.

    Parameters
    ----------
    concept : CodeableConcept
    others : iterable of str
        ICD-10 codes of the person's other conditions.
    """
    for system, code, _ in codings(concept):
        if system == system_of("condition") and code in CONDITIONS:
            return code, ()
    may: list[str] = []
    for code in icd10_of(concept):
        if code == "G62.0" and ANTINEOPLASTIC in others:
            return "chemotherapy_induced", ()
        if code in _TOO_WIDE:
            may += _TOO_WIDE[code]
            continue
        said = [name for name, info in CONDITIONS.items() if code in info.icd10_cm]
        if len(said) == 1:
            return said[0], ()
        # G56.01 to G56.03 say which hand.
        if (known := _WHO.get(code[:5] if code.startswith("G56.0") else code)) is not None:
            return known, ()
    may += [name for system, code, _ in codings(concept) if system == SNOMED for name in _SNOMED.get(code, ())]
    return None, tuple(dict.fromkeys(may))
