"""What is written down of a course and no code system has a word for: codes and extensions of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nervelight.fhir.elements import Resource, code, concept
from nervelight.fhir.vocabulary import CANONICAL

__all__ = ["COURSE_CODES", "COURSE_EXTENSIONS", "COURSE_SYSTEM", "Extends", "extended", "term"]

COURSE_SYSTEM = f"{CANONICAL}/CodeSystem/course"

COURSE_CODES: Mapping[str, str] = {
    # A session.
    "home": "Session at home",
    "clinic": "Session in the clinic",
    "pain-before-session": "Pain before a session, 0 to 10",
    "pain-after-session": "Pain after a session, 0 to 10",
    "skin-after-session": "The skin at the site after a session",
    "skin-fine": "Skin fine",
    "skin-redness-that-fades": "Redness that fades",
    "skin-redness-that-lasts": "Redness that lasts",
    "skin-blister": "Blister",
    "skin-burn": "Burn",
    "skin-wound": "Wound",
    # A day.
    "day-note": "What else happened on a day",
    "other-treatment": "What changed in other treatment",
    "note": "Note",
    "ends-course": "Whether the course ended on this day",
    # What a test of a nerve, or a walk, measures.
    "missed-at-site": "Applications missed at one site of a foot",
    "missed": "Stimuli missed, or wrong answers",
    "examiner-longer": "How much longer the examiner feels the fork",
    "threshold": "Vibration threshold",
    "amplitude": "Amplitude of the sensory response",
    "velocity": "Conduction velocity",
    "skin-temperature": "Skin of the limb during the test",
    "amplitude-limit": "Lower limit of amplitude, of the laboratory that measured",
    "velocity-limit": "Lower limit of velocity, of the laboratory that measured",
    "distance": "Distance walked in six minutes",
    # Documents.
    "plan": "Plan of a course of light",
    "review-card": "Decision card: a proposal by rule",
    "education-sheet": "Sheet for the patient",
    "filed-document": "Filed document",
    "teach-back": "Whether what was read was understood, as said back",
    "consent-to-light": "Agreement to a course of light whose benefit over a dummy is unproven",
    "outcome": "What came of a task",
    # What a card or a clinician decides.
    "continue": "Continue",
    "mend-first": "Mend how it is given before judging its effect",
    "adjust-once": "Adjust once",
    "stop": "Stop",
    "refer": "Refer",
    "accept": "The proposal was accepted",
    "edit": "The proposal was edited",
    "reject": "The proposal was rejected",
}
"""What each code means."""


@dataclass(frozen=True)
class Extends:
    """One extension.

    Parameters
    ----------
    title : str
    context : str
        Type of resource that it stands in.
    type_ : str
        Data type of its value; empty for one that has parts.
    parts : mapping of str to (str, str)
        Data type and meaning of each part.
    repeats : bool
        Whether it may stand more than once.
    """

    title: str
    context: str
    type_: str = ""
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    repeats: bool = False


COURSE_EXTENSIONS: Mapping[str, Extends] = {
    "delivered-light": Extends(
        "Light on one field in a session: what was given and, apart from it, what the plan asked for",
        "Procedure",
        parts={
            "field": ("string", "Name of the field"),
            "time": ("Quantity", "Time that it was lit; 0 s for a field of the plan that was not lit"),
            "distance": ("Quantity", "From the lamp to the skin; missing where it was not measured"),
            "distanceAssumed": (
                "boolean",
                "True where light is computed for the planned distance, as none was measured",
            ),
            "irradiance": ("Quantity", "On the skin at that distance, median; missing where the plan does not know it"),
            "radiantExposure": ("Quantity", "On the skin, median"),
            "fluence": ("Quantity", "At the target of the plan, median"),
            "fluenceInterval": ("Range", "At the target, 90 % interval"),
            "percentOfPlanned": ("Quantity", "Fluence at the target, of that planned"),
            "plannedTime": ("Quantity", "Time in the plan"),
            "plannedDistance": ("Quantity", "Distance in the plan"),
            "plannedRadiantExposure": ("Quantity", "On the skin in the plan, median"),
            "plannedFluence": ("Quantity", "At the target in the plan, median"),
        },
        repeats=True,
    ),
    "site-confirmed": Extends("Whether whoever gave the session confirmed site and side", "Procedure", type_="boolean"),
    "eyes-protected": Extends("Whether the eyes were protected", "Procedure", type_="boolean"),
    "action-taken": Extends("What was done about an adverse event", "AdverseEvent", type_="string"),
    "told-by": Extends("Who told of an adverse event: patient or clinician", "AdverseEvent", type_="code"),
    "understood": Extends("Whether a sheet was understood, as said back", "Communication", type_="boolean"),
}
"""Each extension by the end of its address."""


def term(name: str, *others: Resource, text: str = "") -> Resource:
    """Return a CodeableConcept of `COURSE_CODES`; codes of others stand before our own."""
    return concept(*others, code(COURSE_SYSTEM, name, COURSE_CODES[name]), text=text)


def extended(name: str, *parts: Resource, **value: Any) -> Resource:
    """Return an extension of `COURSE_EXTENSIONS`, with its value or its parts."""
    known = COURSE_EXTENSIONS[name]
    made: Resource = {"url": f"{CANONICAL}/StructureDefinition/{name}"}
    if known.parts:
        made["extension"] = list(parts)
    return made | value
