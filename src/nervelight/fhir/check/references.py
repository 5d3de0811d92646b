"""What refers to what: inside a bundle, and inside a resource to what it contains."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nervelight.fhir.check.definitions import CORE, Definitions, Type
from nervelight.fhir.elements import Resource

__all__ = ["Index", "Place"]

_RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_ABSOLUTE = re.compile(r"(https?://\S+/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_URN = re.compile(r"urn:(?:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|oid:[0-2](?:\.(?:0|[1-9][0-9]*))+)")


@dataclass(frozen=True)
class Place:
    """Where a resource stands.

    Parameters
    ----------
    resource, root : dict
        The resource, and the one that contains it; the same where none does.
    full_url : str
        Of the entry; empty outside a bundle.
    """

    resource: Resource
    root: Resource
    full_url: str


class Index:
    """The resources of a bundle by URL, and by type and id.

    Parameters
    ----------
    bundle : Resource
        A Bundle, or a resource of its own.
    definitions : Definitions
        To tell the types that a target may have.
    """

    def __init__(self, bundle: Resource, definitions: Definitions) -> None:
        self._definitions = definitions
        self.bundled = bundle.get("resourceType") == "Bundle"
        self._entries = [each for each in _list(bundle, "entry") if isinstance(each.get("resource"), dict)]
        self._by_url: dict[str, Resource] = {}
        self._by_id: dict[str, Resource] = {}
        self._canonical: dict[str, Resource] = {}
        self._urls: dict[int, str] = {}
        for entry in self._entries:
            resource = entry["resource"]
            if isinstance(entry.get("fullUrl"), str):
                self._by_url.setdefault(entry["fullUrl"], resource)
                self._urls[id(resource)] = entry["fullUrl"]
            self._by_id.setdefault(_name(resource), resource)
            if isinstance(resource.get("url"), str):
                self._canonical.setdefault(resource["url"], resource)

    def faults_of_entries(self) -> Iterator[tuple[str, str, str]]:
        """Yield place, rule and text where entries contradict each other or themselves."""
        counted = Counter(_name(entry["resource"]) for entry in self._entries if "id" in entry["resource"])
        for name, count in counted.items():
            if count > 1:
                yield "entry", "duplicate-id", f"{name} stands {count} times"
        for entry in self._entries:
            resource, name = entry["resource"], _name(entry["resource"])
            url, request = entry.get("fullUrl"), entry.get("request")
            if (
                isinstance(url, str)
                and "id" in resource
                and not url.startswith("urn:")
                and not url.endswith(f"/{name}")
            ):
                yield f"entry({name}).fullUrl", "full-url", f"{url!r} does not end in {name}"
            if not isinstance(request, dict) or not isinstance(request.get("url"), str):
                continue
            method, asked = request.get("method"), request["url"]
            wanted = name if method in ("PUT", "DELETE", "PATCH") else str(resource.get("resourceType"))
            # A condition in place of an id: what it finds is the server's to say.
            right = asked == wanted or asked.startswith(f"{resource.get('resourceType')}?")
            if method in ("PUT", "POST") and not right:
                yield f"entry({name}).request.url", "request-url", f"{method} {asked!r} is not {wanted}"

    def full_url(self, resource: Resource) -> str:
        """Return the fullUrl of the entry that holds this very resource; empty where there is none."""
        return self._urls.get(id(resource), "")

    def find(self, reference: str, place: Place) -> Resource | None:
        """Return what a reference leads to, or None where it leads out of the bundle or nowhere."""
        reference = reference.partition("/_history/")[0]
        if reference == "#":
            return place.root
        if reference.startswith("#"):
            inside = (each for each in _list(place.root, "contained") if each.get("id") == reference[1:])
            return next(inside, None)
        if reference in self._by_url:
            return self._by_url[reference]
        if not _RELATIVE.fullmatch(reference):
            return None
        base = _ABSOLUTE.fullmatch(place.full_url)
        return self._by_url.get(base[1] + reference) if base else self._by_id.get(reference)

    def faults_of_reference(self, reference: Resource, type_: Type, place: Place) -> Iterator[tuple[str, str]]:
        """Yield rule and text of what is wrong with a Reference."""
        said, url = reference.get("type"), reference.get("reference")
        if isinstance(said, str) and not self._allowed(said, type_):
            yield "reference-type", f"type says {said}; {_targets(type_)}"
        if not isinstance(url, str) or not url:
            return
        relative, absolute = _RELATIVE.fullmatch(url), _ABSOLUTE.fullmatch(url)
        if not (relative or absolute or _URN.fullmatch(url) or url.startswith(("#", "http://", "https://"))):
            yield "reference-form", f"{url!r:.80}"
            return
        found = self.find(url, place)
        # What is contained is looked for by ref-1.
        inside = relative or url.startswith("urn:") or self._is_near(url, place)
        if found is None and self.bundled and inside:
            yield "reference-missing", f"{url!r:.80} is not in the bundle"
        kind = found.get("resourceType") if found else relative[1] if relative else absolute[2] if absolute else None
        if isinstance(kind, str):
            if not self._allowed(kind, type_):
                yield "reference-type", f"leads to {kind}; {_targets(type_)}"
            if isinstance(said, str) and said != kind:
                yield "reference-type", f"type says {said}; {url!r:.80} is {kind}"

    def faults_of_canonical(self, url: str, type_: Type) -> Iterator[tuple[str, str]]:
        """Yield rule and text where a canonical URL leads to something of the bundle of another type."""
        found = self._canonical.get(url.split("|")[0])
        if found is not None and not self._allowed(str(found.get("resourceType")), type_):
            yield "reference-type", f"leads to {found.get('resourceType')}; {_targets(type_)}"

    def _is_near(self, url: str, place: Place) -> bool:
        base = _ABSOLUTE.fullmatch(place.full_url)
        return bool(base and url.startswith(base[1]))

    def _allowed(self, kind: str, type_: Type) -> bool:
        for target in type_.targets:
            found = self._definitions.structure(target)
            name = found.type_ if found else target.removeprefix(CORE)
            if name in {kind, "Resource"}:
                return True
        return not type_.targets


def _name(resource: Resource) -> str:
    return f"{resource.get('resourceType')}/{resource.get('id')}"


def _targets(type_: Type) -> str:
    return "allowed: " + ", ".join(each.rpartition("/")[2] for each in type_.targets)


def _list(holder: Resource, name: str) -> list[Any]:
    found = holder.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
