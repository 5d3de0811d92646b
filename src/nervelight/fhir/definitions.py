"""What our resources are made of, as FHIR says it: code systems, value sets, concept maps, extensions and profiles.

All of it is made from the same tables as the resources themselves, so that neither can say what the other does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from importlib.metadata import version
from typing import Any

from nervelight.assessment.questionnaire import ITEM_WEIGHT
from nervelight.evidence.conditions import CONDITIONS
from nervelight.fhir.course_terms import COURSE_EXTENSIONS
from nervelight.fhir.dosimetry import DOSIMETRY, PARTS, Part
from nervelight.fhir.elements import UCUM, Resource, code, concept, resource, without_empty
from nervelight.fhir.vocabulary import CANONICAL, ICD10_CM, Vocabulary, system_of, vocabularies

__all__ = ["PROFILES", "conformance_resources", "with_snapshots"]

BASE = "http://hl7.org/fhir/StructureDefinition"
SNOMED = "http://snomed.info/sct"
_NOT_A_STANDARD = "Adopted by no standards body. Nervelight is not cleared or approved as a medical device."


def conformance_resources() -> list[Resource]:
    """Return our code systems with a value set each, concept maps, the extensions, and the profiles.

    Returns
    -------
    list of Resource
        The profiles without a snapshot, which is made of the official definitions: `with_snapshots`.
    """
    return [
        *(_code_system(each) for each in vocabularies().values()),
        *(_value_set(each) for each in vocabularies().values()),
        *_concept_maps(),
        *_extensions(),
        *(_profile(name, *profile) for name, profile in PROFILES.items()),
    ]


def _own(kind_: str, id_: str, title: str, about: str, /, **parts: Any) -> Resource:
    return resource(
        kind_,
        id_,
        url=f"{CANONICAL}/{kind_}/{id_}",
        version=version("nervelight"),
        name="Nervelight" + "".join(word.capitalize() for word in id_.split("-")),
        title=title,
        # Nobody outside of this project has tried them yet.
        status="draft",
        experimental=True,
        publisher="Nervelight",
        description=f"{about} {_NOT_A_STANDARD}",
        **parts,
    )


# ---- words


def _code_system(vocabulary: Vocabulary) -> Resource:
    listed = [
        without_empty({"code": term.code, "display": term.display, "definition": term.definition})
        for term in vocabulary.terms
    ]
    return _own(
        "CodeSystem",
        vocabulary.id,
        vocabulary.title,
        vocabulary.about,
        caseSensitive=True,
        valueSet=f"{CANONICAL}/ValueSet/{vocabulary.id}",
        content="complete" if listed else "not-present",
        count=len(listed) or None,
        concept=listed,
    )


def _value_set(vocabulary: Vocabulary) -> Resource:
    return _own(
        "ValueSet",
        vocabulary.id,
        vocabulary.title,
        vocabulary.about,
        compose={"include": [{"system": system_of(vocabulary.id)}]},
    )


def _concept_maps() -> Iterator[Resource]:
    procedures = [
        {
            "code": term.code,
            "display": term.display,
            "target": [
                {
                    "equivalence": "unmatched",
                    "comment": "No SNOMED CT concept was verified. A site that knows one puts its code here.",
                }
            ],
        }
        for term in vocabularies()["photobiomodulation"].terms
    ]
    yield _concept_map(
        "photobiomodulation-snomed",
        "Light against pain in SNOMED CT: to be filled in",
        "A frame for the site's own codes: empty, since none could be verified.",
        "photobiomodulation",
        SNOMED,
        procedures,
    )
    conditions = [
        {
            "code": name,
            "display": info.label,
            "target": [
                {
                    "code": fitting,
                    "equivalence": "relatedto",
                    "comment": "One of the codes that fit; a clinician chooses.",
                }
                for fitting in info.icd10_cm
            ]
            or [{"equivalence": "unmatched", "comment": "No code was checked."}],
        }
        for name, info in CONDITIONS.items()
    ]
    yield _concept_map(
        "condition-icd10cm",
        "Conditions in ICD-10-CM",
        "Codes that may fit a condition; it codes nobody.",
        "condition",
        ICD10_CM,
        conditions,
    )


def _concept_map(
    id_: str, title: str, about: str, vocabulary: str, target: str, elements: Iterable[Resource]
) -> Resource:
    return _own(
        "ConceptMap",
        id_,
        title,
        about,
        sourceCanonical=f"{CANONICAL}/ValueSet/{vocabulary}",
        group=[{"source": system_of(vocabulary), "target": target, "element": list(elements)}],
    )


# ---- the extensions


def _structure(id_: str, title: str, about: str, type_: str, kind: str, **parts: Any) -> Resource:
    return _own(
        "StructureDefinition",
        id_,
        title,
        about,
        fhirVersion="4.0.1",
        kind=kind,
        abstract=False,
        type_=type_,
        baseDefinition=f"{BASE}/{type_}",
        derivation="constraint",
        **parts,
    )


def _extensions() -> Iterator[Resource]:
    title = "Dosimetry of light"
    about = (
        "The light of a plan: wavelengths, irradiance and radiant exposure on the skin, time, field, distance, fluence "
        "at the nerve, each with the interval from the 5th to the 95th percentile, and what they rest on."
    )
    yield _extension("dosimetry", about, Part("dosimetry", title, parts=PARTS), ("ServiceRequest",))
    for name, known in COURSE_EXTENSIONS.items():
        whole = Part(name, known.title, known.type_, parts=known.parts)
        yield _extension(name, f"{known.title}.", whole, (known.context,))
    # The definitions of R4 do not have HL7's newer name of ordinalValue: told again here, so that whoever checks one of
    # our Questionnaires knows it.
    told = "HL7's extension itemWeight, as its extensions pack has it for later releases: points of an answer."
    weight = Part("itemWeight", "Points of an answer", "decimal")
    yield _extension("itemWeight", told, weight, ("Coding", "Questionnaire.item.answerOption"), ITEM_WEIGHT)


def _extension(id_: str, about: str, whole: Part, contexts: Iterable[str], url: str = "") -> Resource:
    url = url or f"{CANONICAL}/StructureDefinition/{id_}"
    elements = list(_elements("Extension", "Extension", whole, url, about))
    made = _structure(
        id_,
        whole.short,
        about,
        "Extension",
        "complex-type",
        context=[{"type": "element", "expression": name} for name in contexts],
    )
    return {
        **made,
        "url": url,
        "snapshot": {"element": elements},
        "differential": {"element": [_told(each) for each in elements if not each["path"].endswith(".id")]},
    }


def _told(element: Resource) -> Resource:
    """Return an element of a snapshot as the differential has it."""
    return {name: value for name, value in element.items() if name != "base"}


def _elements(id_: str, path: str, part: Part, url: str, about: str = "") -> Iterator[Resource]:
    """Yield the elements of a part of an extension, or of the whole, from the top down."""
    top = id_ == "Extension"
    low, high = (0, "*") if top else (int(part.required), "*" if part.many else "1")
    yield without_empty(
        {
            "id": id_,
            "path": path,
            "sliceName": "" if top else part.name,
            "short": part.short,
            "definition": about or f"{part.short}.",
            "min": low,
            "max": high,
            "base": _base("Extension" if top else "Element.extension", 0, "*"),
            "type": [] if top else [{"code": "Extension"}],
        }
    )
    yield {
        "id": f"{id_}.id",
        "path": f"{path}.id",
        "short": "Unique id for inter-element referencing",
        "definition": "Unique id for the element within a resource.",
        "min": 0,
        "max": "1",
        "base": _base("Element.id", 0, "1"),
        "type": [{"code": "string"}],
    }
    yield without_empty(
        {
            "id": f"{id_}.extension",
            "path": f"{path}.extension",
            "slicing": {
                "discriminator": [{"type": "value", "path": "url"}],
                "rules": "closed" if part.parts else "open",
            },
            "short": "Parts" if part.parts else "No parts",
            "definition": "The parts by their url." if part.parts else "It has a value in place of parts.",
            "min": sum(each.required for each in part.parts),
            "max": "*" if part.parts else "0",
            "base": _base("Element.extension", 0, "*"),
            "type": [{"code": "Extension"}],
        }
    )
    for each in part.parts:
        yield from _elements(f"{id_}.extension:{each.name}", f"{path}.extension", each, each.name)
    yield {
        "id": f"{id_}.url",
        "path": f"{path}.url",
        "short": "Which part it is",
        "definition": "Which part it is.",
        "min": 1,
        "max": "1",
        "base": _base("Extension.url", 1, "1"),
        "type": [{"code": "uri"}],
        "fixedUri": url,
    }
    yield _value(id_, path, part)


def _value(id_: str, path: str, part: Part) -> Resource:
    """Return the element of a part's value: there is one where it has no parts."""
    inner = bool(part.parts)
    unit = {"system": UCUM, "code": part.unit}
    pattern: Mapping[str, Resource] = {
        "Quantity": {"patternQuantity": unit},
        "Range": {"patternRange": {"low": unit, "high": unit}},
    }
    binding = {"strength": "required", "valueSet": f"{CANONICAL}/ValueSet/{part.vocabulary}"}
    return without_empty(
        {
            "id": f"{id_}.value[x]",
            "path": f"{path}.value[x]",
            "short": part.short if part.type else "No value",
            "definition": f"{part.short}." if part.type else "It has parts in place of a value.",
            "min": 0 if inner else 1,
            "max": "0" if inner else "1",
            "base": _base("Extension.value[x]", 0, "1"),
            "type": [{"code": part.type or "string"}],
            **(pattern.get(part.type, {}) if part.unit else {}),
            "binding": binding if part.vocabulary else None,
        }
    )


def _base(path: str, low: int, high: str) -> Resource:
    return {"path": path, "min": low, "max": high}


# ---- the profiles


def _at_least(path: str, short: str, **more: Any) -> Resource:
    return {"id": path, "path": path, "short": short, "min": 1, **more}


PROFILES: Mapping[str, tuple[str, str, str, tuple[Resource, ...]]] = {
    "light-care-plan": (
        "CarePlan",
        "Plan of a course of light",
        "One version of a plan. Its notes say that a clinician decides, how sure a benefit is, whether it is blocked.",
        (
            _at_least("CarePlan.identifier", "Id of the version, SHA-256 of the plan"),
            {"id": "CarePlan.intent", "path": "CarePlan.intent", "short": "Never an order", "patternCode": "plan"},
            _at_least("CarePlan.title", "The plan in one line"),
            _at_least("CarePlan.description", "What it is not, and the light in words"),
            _at_least("CarePlan.careTeam", "Who treats"),
            _at_least("CarePlan.addresses", "The pain"),
            _at_least("CarePlan.activity", "The light, the gates, and the eight parts of the plan"),
            _at_least("CarePlan.note", "What it is not; how sure a benefit is"),
        ),
    ),
    "light-request": (
        "ServiceRequest",
        "Light as planned",
        "The light of the plan that holds. It is a proposal until a clinician has signed, and a plan from then on.",
        (
            _at_least("ServiceRequest.extension", "The light"),
            {
                "id": "ServiceRequest.extension:dosimetry",
                "path": "ServiceRequest.extension",
                "sliceName": "dosimetry",
                "short": "The light",
                "min": 1,
                "max": "1",
                "type": [{"code": "Extension", "profile": [DOSIMETRY]}],
            },
            _at_least(
                "ServiceRequest.code",
                "Photobiomodulation",
                patternCodeableConcept=concept(code(system_of("photobiomodulation"), "photobiomodulation")),
            ),
            _at_least("ServiceRequest.bodySite", "The fields"),
            _at_least("ServiceRequest.reasonReference", "The pain"),
            _at_least("ServiceRequest.note", "What it is not"),
        ),
    ),
    "neuropathic-condition": (
        "Condition",
        "Neuropathic pain with its grade",
        "The pain that is treated, how certain it is that it is neuropathic, and the findings which that rests on.",
        (
            _at_least("Condition.clinicalStatus", "Active"),
            _at_least(
                "Condition.code",
                "The condition",
                binding={"strength": "extensible", "valueSet": f"{CANONICAL}/ValueSet/condition"},
            ),
            _at_least("Condition.stage", "The grade", max="1"),
            _at_least(
                "Condition.stage.summary",
                "NeuPSIG grade",
                binding={"strength": "required", "valueSet": f"{CANONICAL}/ValueSet/neupsig-grade"},
            ),
        ),
    ),
}
"""Each profile by its id: type, title, what it is for, and the elements that it narrows."""


def _profile(id_: str, type_: str, title: str, about: str, elements: tuple[Resource, ...]) -> Resource:
    top = {"id": type_, "path": type_, "short": title, "definition": about}
    made = _structure(id_, title, about, type_, "resource")
    return {**made, "differential": {"element": [top, *deepcopy(elements)]}}


def with_snapshots(resources: Iterable[Resource], find: Callable[[str], Resource | None]) -> list[Resource]:
    """Return conformance resources, each profile with its snapshot.

    Parameters
    ----------
    resources : iterable of Resource
        As `conformance_resources` gives them.
    find : callable
        Gives an official StructureDefinition by its URL, such as `nervelight.fhir.check.Definitions.find`.

    Raises
    ------
    LookupError
        If a StructureDefinition that a profile rests on is not there.
    """
    return [_with_snapshot(each, find) if each["resourceType"] == "StructureDefinition" else each for each in resources]


def _with_snapshot(profile: Resource, find: Callable[[str], Resource | None]) -> Resource:
    if "snapshot" in profile:
        return profile
    base = find(profile["baseDefinition"])
    if base is None:
        raise LookupError(profile["baseDefinition"])
    elements = deepcopy(base["snapshot"]["element"])
    for narrowed in profile["differential"]["element"]:
        ids = [each["id"] for each in elements]
        if narrowed["id"] in ids:
            elements[ids.index(narrowed["id"])].update(narrowed)
        else:
            # A slice stands behind what it is a slice of.
            whole = elements[ids.index(narrowed["id"].partition(":")[0])]
            elements.insert(elements.index(whole) + 1, {**whole, **narrowed} | {"slicing": None})
    return {**profile, "snapshot": {"element": [without_empty(each) for each in elements]}}
