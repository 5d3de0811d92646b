"""Extensions: known, where their definition allows them, and as modifiers only where it says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nervelight.fhir.check.definitions import Element, Structure
from nervelight.fhir.elements import Resource

__all__ = ["faults_of_extension", "is_absolute"]


def is_absolute(url: object) -> bool:
    """Is it the URL of a definition? The parts of an extension have plain names."""
    return isinstance(url, str) and ":" in url


def faults_of_extension(
    extension: Resource, profile: Structure | None, element: Element, holder: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Yield rule and text of what is wrong with an extension as a whole.

    Parameters
    ----------
    extension : dict
        As it stands.
    profile : Structure or None
        What its URL leads to.
    element : Element
        ``extension`` or ``modifierExtension`` of what it stands in.
    holder : sequence of str
        What that is called: its type, what the type is made from, its path, the URL of an extension.
    """
    url = extension.get("url")
    if not is_absolute(url):
        if "Extension" not in holder:
            yield "extension", f"{url!r:.80} is no absolute URL"
        return
    if profile is None or profile.type_ != "Extension":
        yield "extension", f"the definition of {url!r:.120} is unknown"
        return
    if bool(profile.root.definition.get("isModifier")) != (element.name == "modifierExtension"):
        yield "modifier", f"{url} stands in {element.name}"
    contexts = profile.definition.get("context", [])
    # A context in FHIRPath is not read.
    named = {each["expression"] for each in contexts if each["type"] in {"element", "extension"}}
    if len(named) == len(contexts) and contexts and not named & set(holder):
        yield "extension-context", f"{url} does not stand in {holder[0]}; allowed: {', '.join(sorted(named))}"
