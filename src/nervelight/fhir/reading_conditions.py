"""A Condition as one of the conditions that are planned for: only by a code that says it, never by a likeness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from nervelight.evidence import CONDITIONS
from nervelight.fhir.reading_elements import codings
from nervelight.fhir.vocabulary import CANONICAL

__all__ = ["CONDITION_CODES", "ICD10_SYSTEMS", "NEUPSIG_FINDINGS", "conditions_of", "icd10_of"]

CONDITION_CODES = f"{CANONICAL}/CodeSystem/condition"
ICD10_SYSTEMS = (
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icd-10",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
)
SNOMED = "http://snomed.info/sct"

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

NEUPSIG_FINDINGS: Mapping[str, Mapping[str, bool]] = MappingProxyType(
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
"""What a grade says of the four findings that it rests on; what it leaves open is not there."""


def icd10_of(concept: Any) -> list[str]:
    """Return the ICD-10 codes of a concept, of any edition."""
    return list(dict.fromkeys(code for system, code, _ in codings(concept) if system in ICD10_SYSTEMS))


def conditions_of(concept: Any, others: Iterable[str] = ()) -> tuple[str | None, tuple[str, ...]]:
    """Return the condition that a code says, and those that it may mean.

    Parameters
    ----------
    concept : CodeableConcept
    others : iterable of str
        ICD-10 codes of the person's other conditions.
    """
    for system, code, _ in codings(concept):
        if system == CONDITION_CODES and code in CONDITIONS:
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
