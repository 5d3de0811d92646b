"""An extension and a profile as others write them: differences laid over the snapshots of the core."""

import copy
from typing import Any

from nervelight.fhir.check import Definitions

BASE = "https://example.org/fhir/StructureDefinition/"
LIGHT, PAIN = BASE + "light", BASE + "pain"


def own_definitions(r4: Definitions) -> list[dict[str, Any]]:
    """Return a complex extension of ServiceRequest, and a profile of Observation with closed slices."""
    return [_light(r4), _pain(r4)]


def _core(r4: Definitions, name: str, url: str) -> dict[str, Any]:
    raw = r4.find(f"http://hl7.org/fhir/StructureDefinition/{name}")
    assert raw is not None
    return {**copy.deepcopy(raw), "url": url, "derivation": "constraint"}


def _part(elements: list[dict[str, Any]], name: str, type_: str, low: int) -> list[dict[str, Any]]:
    """Return the elements of a slice of ``Extension.extension`` that holds one value."""
    top = {**copy.deepcopy(elements[2]), "id": f"Extension.extension:{name}", "sliceName": name, "min": low, "max": "1"}
    rest = copy.deepcopy(elements[1:])
    for each in rest:
        inner = each["path"].removeprefix("Extension.")
        each["id"], each["path"] = f"Extension.extension:{name}.{inner}", f"Extension.extension.{inner}"
        if inner == "extension":
            each["max"] = "0"
        if inner == "url":
            each["fixedUri"] = name
        if inner == "value[x]":
            each.update(min=1, type=[{"code": type_}], maxLength=12)
    return [top, *rest]


def _light(r4: Definitions) -> dict[str, Any]:
    made = _core(r4, "Extension", LIGHT)
    made["context"] = [{"type": "element", "expression": "ServiceRequest"}]
    elements = made["snapshot"]["element"]
    parts = [("wavelength", "Quantity", 1), ("mode", "code", 0), ("pulses", "Count", 0), ("far", "Distance", 0)]
    sliced = [line for name, type_, low in parts for line in _part(elements, name, type_, low)]
    for each in elements:
        if each["id"] == "Extension.url":
            each["fixedUri"] = LIGHT
        if each["id"] == "Extension.value[x]":
            each["max"] = "0"
    made["snapshot"]["element"] = [*elements[:3], *sliced, *elements[3:]]
    return made


def _pain(r4: Definitions) -> dict[str, Any]:
    made = _core(r4, "Observation", PAIN)
    elements = made["snapshot"]["element"]
    by_id = {each["id"]: each for each in elements}
    by_id["Observation"]["constraint"].append(
        {"key": "own-1", "severity": "error", "human": "at most 10", "expression": "value.value <= 10"}
    )
    by_id["Observation"]["constraint"].append(
        {"key": "own-2", "severity": "error", "human": "for a terminology server", "expression": "code.memberOf('a')"}
    )
    by_id["Observation.status"]["fixedCode"] = "final"
    by_id["Observation.code"]["patternCodeableConcept"] = {
        "coding": [{"system": "http://loinc.org", "code": "72514-3"}]
    }
    by_id["Observation.note"]["max"] = "1"
    component = by_id["Observation.component"]
    component["slicing"] = {"discriminator": [{"type": "value", "path": "code.text"}], "rules": "closed"}
    inside = [each for each in elements if each["id"].startswith("Observation.component")]
    at = elements.index(inside[-1]) + 1
    worst = copy.deepcopy(inside)
    for each in worst:
        each["id"] = each["id"].replace("Observation.component", "Observation.component:worst")
        each.pop("slicing", None)
        if each["path"] == "Observation.component":
            each["sliceName"], each["min"], each["max"] = "worst", 1, "1"
        if each["path"] == "Observation.component.code":
            each["patternCodeableConcept"] = {"text": "worst"}
        if each["path"] == "Observation.component.value[x]":
            each.update(type=[{"code": "integer"}], minValueInteger=0, maxValueInteger=10)
    made["snapshot"]["element"] = [*elements[:at], *worst, *elements[at:]]
    return made
