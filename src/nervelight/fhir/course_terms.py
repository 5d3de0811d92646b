"""What is written down of a course and no code system has a word for: codes and extensions of our own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nervelight.fhir.dosimetry import Part
from nervelight.fhir.elements import Resource, code, concept
from nervelight.fhir.vocabulary import CANONICAL, system_of, vocabularies

__all__ = ["COURSE_EXTENSIONS", "COURSE_SYSTEM", "Extends", "extended", "term"]

COURSE_SYSTEM = system_of("course")


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
    parts : tuple of Part
    """

    title: str
    context: str
    type_: str = ""
    parts: tuple[Part, ...] = ()


COURSE_EXTENSIONS: Mapping[str, Extends] = {
    "delivered-light": Extends(
        "Light on one field in a session: what was given and, apart from it, what the plan asked for",
        "Procedure",
        parts=(
            Part("field", "Name of the field", "string", required=True),
            Part(
                "time",
                "Time that it was lit; 0 for one of the plan that was not",
                "Quantity",
                "s",
                required=True,
            ),
            Part("distance", "From the lamp to the skin; missing where it was not measured", "Quantity", "cm"),
            Part(
                "distanceAssumed",
                "True where none was measured and the planned one is taken",
                "boolean",
            ),
            Part(
                "irradiance",
                "On the skin there, median; missing where it is not known",
                "Quantity",
                "mW/cm2",
            ),
            Part("radiantExposure", "On the skin, median", "Quantity", "J/cm2"),
            Part("fluence", "At the target of the plan, median", "Quantity", "J/cm2"),
            Part("fluenceInterval", "At the target, 90 % interval", "Range", "J/cm2"),
            Part("percentOfPlanned", "Fluence at the target, of that planned", "Quantity", "%"),
            Part("plannedTime", "Time in the plan", "Quantity", "s"),
            Part("plannedDistance", "Distance in the plan", "Quantity", "cm"),
            Part("plannedFluence", "At the target in the plan, median", "Quantity", "J/cm2"),
        ),
    ),
    "site-confirmed": Extends("Whether whoever gave the session confirmed site and side", "Procedure", type_="boolean"),
    "eyes-protected": Extends("Whether the eyes were protected", "Procedure", type_="boolean"),
    "action-taken": Extends("What was done about an adverse event", "AdverseEvent", type_="string"),
    "told-by": Extends("Who told of an adverse event: patient or clinician", "AdverseEvent", type_="code"),
    "understood": Extends("Whether a sheet was understood, as said back", "Communication", type_="boolean"),
}
"""Each extension by the end of its address."""


@cache
def _coding(name: str) -> Resource:
    return code(COURSE_SYSTEM, name, {each.code: each.display for each in vocabularies()["course"].terms}[name])


def term(name: str, *others: Resource, text: str = "") -> Resource:
    """Return a CodeableConcept of the vocabulary ``course``; codes of others stand before our own."""
    return concept(*others, _coding(name), text=text)


def extended(name: str, *parts: Resource, **value: Any) -> Resource:
    """Return an extension of `COURSE_EXTENSIONS`, with its value or its parts."""
    known = COURSE_EXTENSIONS[name]
    made: Resource = {"url": f"{CANONICAL}/StructureDefinition/{name}"}
    if known.parts:
        made["extension"] = list(parts)
    return made | value
