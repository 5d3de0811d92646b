"""Walking through a resource beside its definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nervelight.errors import closest
from nervelight.fhir.check.bindings import codes_of
from nervelight.fhir.check.definitions import CORE, Definitions, Element, Structure, Type
from nervelight.fhir.check.extensions import faults_of_extension, is_absolute
from nervelight.fhir.check.invariants import Invariants, constraints_of
from nervelight.fhir.check.narrative import fault_of_narrative
from nervelight.fhir.check.primitives import faults_of_primitive
from nervelight.fhir.check.problem import Problem, Severity
from nervelight.fhir.check.references import Index, Place
from nervelight.fhir.check.slices import fits, slice_of
from nervelight.fhir.elements import Resource

__all__ = ["Walk"]

_CODED = {"code", "string", "uri", "Coding", "CodeableConcept", "Quantity"}
_QUANTITIES = {"Age", "Count", "Distance", "Duration", "Quantity"}
_PARTS = {"BackboneElement", "Element"}


class Walk:
    """One check of one bundle.

    Parameters
    ----------
    bundle : Resource
        A Bundle, or a resource of its own.
    definitions : Definitions
        What it is held against.
    """

    def __init__(self, bundle: Resource, definitions: Definitions) -> None:
        self._definitions = definitions
        self._codes = codes_of(definitions)
        self._index = Index(bundle, definitions)
        self._place = Place(bundle, bundle, "")
        self._invariants = Invariants(lambda reference: self._index.find(reference, self._place))
        # The same fault is found by a type and by each profile of it, and is told once.
        self.problems: dict[Problem, None] = {}

    def _say(self, path: str, rule: str, text: str, severity: Severity = "error") -> None:
        self.problems.setdefault(Problem(path, rule, severity, text))

    def entries(self) -> None:
        """Check what entries say of each other."""
        for place, rule, text in self._index.faults_of_entries():
            self._say(f"Bundle.{place}", rule, text)

    def resource(self, value: Any, path: str, inside: Resource | None = None) -> None:
        """Check a resource against its type and the profiles that it claims.

        Parameters
        ----------
        value : object
            What should be a resource.
        path : str
            Where it stands.
        inside : Resource, optional
            What contains it.
        """
        if not isinstance(value, dict):
            self._say(path, "json-type", f"{value!r:.60} is no object, as a resource is")
            return
        name = value.get("resourceType")
        structure = self._definitions.structure(CORE + name) if isinstance(name, str) and name else None
        if structure is None or structure.kind != "resource" or structure.abstract:
            self._say(path, "resource-type", f"{name!r:.60} is no type of R4")
            return
        before = self._place
        url = before.full_url if inside is not None else self._index.full_url(value)
        self._place = Place(value, value if inside is None else inside, url)
        for each in (structure, *self._profiles(value, path, structure)):
            holder = (structure.type_, "DomainResource", "Resource", "Element")
            self._object(each, each.root.children, value, path, holder, known={"resourceType"})
            self._hold(each.root.constraints, value, structure.type_, path)
        self._place = before

    def _profiles(self, value: Resource, path: str, structure: Structure) -> Iterator[Structure]:
        meta = value.get("meta")
        claimed = meta.get("profile") if isinstance(meta, dict) else None
        for url in claimed if isinstance(claimed, list) else []:
            profile = self._definitions.structure(url) if is_absolute(url) else None
            if profile is None:
                self._say(f"{path}.meta.profile", "profile", f"{url!r:.100} is unknown")
            elif profile.type_ != structure.type_:
                self._say(f"{path}.meta.profile", "profile", f"{url} is a profile of {profile.type_}")
            else:
                yield profile

    def _hold(self, constraints: Sequence[Resource], value: Any, base: str, path: str) -> None:
        place = self._place
        for key, severity, text in self._invariants.broken(constraints, value, base, place.resource, place.root):
            self._say(path, key, text, severity)

    def _object(
        self,
        structure: Structure,
        children: dict[str, Element],
        value: Any,
        path: str,
        holder: Sequence[str],
        known: set[str] | None = None,
    ) -> None:
        """Check the elements of an object: each is known, stands as often as it must and may, and is right itself.

        Parameters
        ----------
        structure : Structure
            That the children belong to.
        children : dict of str to Element
            What may stand in it.
        value : object
            What should be an object.
        path : str
            Where it stands.
        holder : sequence of str
            What it is called where an extension says in what it may stand.
        known : set of str, optional
            Names that are no element.
        """
        if not isinstance(value, dict):
            self._say(path, "json-type", f"{value!r:.60} is no object")
            return
        if not value:
            self._say(path, "empty", "an empty object")
            return
        if set(value) == {"id"}:
            self._say(path, "ele-1", "nothing but an id")
        known = set(known or ())
        for element in children.values():
            found = []
            for name, type_ in element.names.items():
                beside = f"_{name}" if self._is_primitive(type_) else None
                if name in value or beside in value:
                    found.append((name, type_))
                    known |= {name, beside or name}
            if len(found) > 1:
                self._say(path, "choice", f"{' and '.join(name for name, _ in found)} exclude each other")
            counts = [self._member(structure, element, value, each, path, holder) for each in found]
            self._count(element, sum(counts[:1]), f"{path}.{element.name}")
            for name, narrow in element.slices.items() if not found else ():
                self._count(narrow, 0, f"{path}.{element.name}:{name}")
        for name in value:
            if name not in known:
                hint = closest(name, [name for each in children.values() for name in each.names])
                text = f"unknown here; did you mean {hint}?" if hint else "unknown here"
                self._say(f"{path}.{name}", "unknown-element", text)

    def _count(self, element: Element, count: int, path: str) -> None:
        if count < element.low:
            self._say(path, "minimum", f"stands {count} times; at least {element.low}")
        if 0 <= element.high < count:
            self._say(path, "maximum", f"stands {count} times; at most {element.high}")

    def _member(
        self,
        structure: Structure,
        element: Element,
        value: Resource,
        found: tuple[str, Type],
        path: str,
        holder: Sequence[str],
    ) -> int:
        """Check one element, be it a list or not, and return how often it stands."""
        name, type_ = found
        given, beside, here = value.get(name), value.get(f"_{name}"), f"{path}.{name}"
        there = [each for each in (given, beside) if each is not None]
        if not there:
            self._say(here, "null", "null where something should stand")
            return 0
        if any(isinstance(each, list) != element.many for each in there):
            self._say(here, "json-type", "no list, where one should be" if element.many else "a list, where none is")
            return 1
        if [] in there:
            self._say(here, "empty", "an empty list")
            return 0
        places = [here]
        values, besides = [given], [beside]
        if element.many:
            values, besides = given or [], beside or []
            places = [f"{here}[{at}]" for at in range(max(map(len, there)))]
            values = [*values, *[None] * (len(places) - len(values))]
            besides = [*besides, *[None] * (len(places) - len(besides))]
        counted = dict.fromkeys(element.slices, 0)
        for place, one, extra in zip(places, values, besides, strict=True):
            self._one(structure, element, type_, one, extra, place, holder)
            if element.slices and one is not None:
                self._slice(structure, element, type_, one, place, holder, counted)
        for slice_, count in counted.items():
            self._count(element.slices[slice_], count, f"{here}:{slice_}")
        return len(places)

    def _slice(
        self,
        structure: Structure,
        element: Element,
        type_: Type,
        value: Any,
        path: str,
        holder: Sequence[str],
        counted: dict[str, int],
    ) -> None:
        found = slice_of(element, type_, value, self._definitions)
        if found is None:
            self._say(path, "unchecked", f"slices of {element.path} by a discriminator that cannot be told", "warning")
        elif found:
            counted[found] += 1
            self._one(structure, element.slices[found], type_, value, None, path, holder)
        elif element.definition.get("slicing", {}).get("rules") == "closed":
            self._say(path, "slice", f"none of {', '.join(element.slices)}")
        elif type_.code == "Extension" and not is_absolute(value.get("url")):
            self._say(path, "extension", f"{value.get('url')!r:.80} is none of {', '.join(element.slices)}")

    def _one(
        self,
        structure: Structure,
        element: Element,
        type_: Type,
        value: Any,
        beside: Any,
        path: str,
        holder: Sequence[str],
    ) -> None:
        """Check one value against an element and one of its types."""
        for rule, holds in (("fixed", value.__eq__), ("pattern", lambda wanted: fits(wanted, value))):
            if rule in element.values and holds(element.values[rule]) is not True:
                self._say(path, rule, f"{value!r:.60}; wanted {element.values[rule]!r:.60}")
        if self._is_primitive(type_):
            self._primitive(structure, element, type_, value, beside, path)
            return
        if value is None:
            self._say(path, "null", "null where something should stand")
            return
        kind = self._definitions.type_(type_.code)
        if kind.kind == "resource":
            self.resource(value, path, self._place.root if element.name == "contained" else None)
            return
        within, same, children, base = self._below(structure, element, type_, kind)
        own = (element.path.replace("[x]", ""), type_.code, "Element")
        if type_.code == "Extension" and isinstance(value, dict):
            own = ("Extension", str(value.get("url")), "Element")
        self._object(within, children, value, path, own)
        if not isinstance(value, dict) or not value:
            return
        self._hold(constraints_of(same.constraints, kind.root.constraints), value, base, path)
        self._special(element, type_, value, path, holder)
        for url in type_.profiles:
            self._profiled(self._definitions.structure(url), value, path, own)

    def _profiled(self, profile: Structure | None, value: Resource, path: str, own: Sequence[str]) -> None:
        if profile is not None:
            self._object(profile, profile.root.children, value, path, own)
            self._hold(profile.root.constraints, value, profile.type_, path)

    def _special(self, element: Element, type_: Type, value: Resource, path: str, holder: Sequence[str]) -> None:
        """Check what only some types have: codes, units, targets, the definitions of extensions."""
        found: list[tuple[str, str]] = []
        if type_.code in _CODED:
            found += self._codes.required(element, value)
        if type_.code in {"Coding", *_QUANTITIES}:
            found += self._codes.known(value)
        if type_.code == "Reference":
            found += self._index.faults_of_reference(value, type_, self._place)
        if type_.code == "Extension":
            url = value.get("url")
            profile = self._definitions.structure(str(url)) if is_absolute(url) else None
            found += faults_of_extension(value, profile, element, holder)
            if profile is not None and profile.type_ == "Extension":
                self._profiled(profile, value, path, ("Extension", str(url), "Element"))
        for rule, text in found:
            self._say(path, rule, text)

    def _primitive(
        self, structure: Structure, element: Element, type_: Type, value: Any, beside: Any, path: str
    ) -> None:
        if beside is not None:
            own = (element.path.replace("[x]", ""), type_.code, "Element")
            self._object(structure, self._definitions.type_("Element").root.children, beside, f"{path}(extended)", own)
        elif value is None:
            self._say(path, "null", "null, and no extension beside it")
        if value is None:
            return
        # The ids of resources are typed as strings; https://hl7.org/fhir/R4/resource.html#id gives them this form.
        is_id = element.path == f"{structure.type_}.id" and structure.kind == "resource"
        kind = self._definitions.type_("id" if is_id else type_.code)
        found = list(faults_of_primitive(kind, element, value))
        if not found:
            if type_.code in _CODED:
                found += self._codes.required(element, value)
            if type_.code == "canonical":
                found += self._index.faults_of_canonical(value, type_)
            if type_.code == "xhtml":
                found += fault_of_narrative(value)
            self._hold(element.constraints, value, type_.code, path)
        for rule, text in found:
            self._say(path, rule, text)

    def _below(
        self, structure: Structure, element: Element, type_: Type, kind: Structure
    ) -> tuple[Structure, Element, dict[str, Element], str]:
        """Return where an element is defined, what may stand in it, and what the engine calls it."""
        if element.content:
            # A core URL may stand before the mark.
            same = structure.elements[element.content.rpartition("#")[2]]
            return structure, same, same.children, same.path
        base = element.path if type_.code in _PARTS else type_.code
        if element.children:
            return structure, element, element.children, base
        return kind, element, kind.root.children, base

    def _is_primitive(self, type_: Type) -> bool:
        return self._definitions.type_(type_.code).kind == "primitive-type"
