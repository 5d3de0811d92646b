"""What the check says, and what it cannot say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["CANNOT", "RULES", "Problem"]

RULES = {
    "json-type": "a value has another JSON type than its element: a string for a number, an object for a list",
    "null": "a null stands where no extension of a list of primitive values does",
    "empty": "an object, a list or a string is empty",
    "unknown-element": "an element is not known to the type",
    "resource-type": "the type of a resource is unknown or abstract",
    "choice": "a choice such as value[x] is made twice",
    "minimum": "an element stands less often than it must",
    "maximum": "an element stands more often than it may",
    "value": "a primitive value is not of the form that its type has",
    "calendar": "a date or time is none that the calendar has",
    "max-length": "a text is longer than its element allows",
    "value-range": "a number is below or above what its element allows",
    "binding": "a code is not in the value set that is required",
    "unknown-code": "a code is not in its code system, whose every code is at hand",
    "ucum": "a unit is none of UCUM",
    "fixed": "a value is not the one that the definition fixes",
    "pattern": "a value lacks what the definition's pattern asks for",
    "slice": "an entry of a list is none of the slices that a profile allows",
    "extension": "an extension's definition is unknown",
    "extension-context": "an extension stands where its definition does not allow it",
    "modifier": "an extension that changes the meaning stands as one that does not, or the other way round",
    "profile": "a profile that a resource claims is unknown, or is one of another type",
    "reference-form": "a reference is neither relative, absolute, a urn nor one to something contained",
    "reference-missing": "what is referred to is not in the bundle",
    "reference-type": "what is referred to is of a type that the element does not allow",
    "duplicate-id": "two resources of a bundle have one type and id",
    "full-url": "fullUrl does not end in the type and id of its resource",
    "request-url": "the URL of a request is not that of its resource",
    "unchecked": "a rule of the definitions could not be run",
}
"""The rules of the check's own, in words. The rest are invariants by the key of their definition, such as per-1."""

CANNOT = (
    "Codes of systems that are not in the package: LOINC, SNOMED CT, ICD-10, languages; media types by form only.",
    "Value sets that filter a system; preferred, example and extensible bindings.",
    "The display of a code, and whether a code fits what is meant.",
    "References to another server, canonical URLs outside the bundle, and what stands behind a logical reference.",
    "resolve() in an invariant (ctm-1) beyond the bundle.",
    "Slices by a discriminator other than value, pattern or type on a plain path; the order of slices.",
    "Where an extension may stand, if its definition says so in FHIRPath.",
    "Profiles that HL7 expects by code (vital signs), unless meta.profile names them; implementation guides.",
    "Answers of a QuestionnaireResponse against its Questionnaire; FHIRPath and XPath that stand in resources.",
    "Whether the narrative says what the data say.",
)
"""What this check does not look at, in sentences."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a bundle.

    Parameters
    ----------
    path : str
        Where: ``Bundle.entry[3].resource.period.start``.
    rule : str
        A key of `RULES`, or the key of an invariant, such as ``per-1``.
    severity : {'error', 'warning'}
        As the definition says; the rules of `RULES` are errors.
    text : str
        What is wrong, with the value given.
    """

    path: str
    rule: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text} [{self.rule}]"
