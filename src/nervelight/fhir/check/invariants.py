"""Invariants of the definitions, run by fhirpathpy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from nervelight.errors import MissingEngine
from nervelight.fhir.check.problem import Severity
from nervelight.fhir.elements import Resource

__all__ = ["OWN", "WALKED", "Invariants", "constraints_of"]

WALKED = frozenset({"ele-1", "txt-1", "txt-2"})
"""Invariants that the walk itself checks: the engine has no ``htmlChecks()``, and ele-1 stands at every element."""

# It prints, and changes nothing.
_TRACE = re.compile(r"\.trace\('[^']*'(?:, *\w+)?\)")
# A type before the first element, as app-4 has it: the engine finds nothing behind it.
_TYPE = re.compile(r"(?<![\w.'])[A-Z]\w+\.(?=[a-z])")


class Invariants:
    """The engine with the functions of FHIR that it lacks.

    Parameters
    ----------
    resolve : callable
        Gives the resource of the bundle that a reference of the resource under check leads to, or None.

    Raises
    ------
    MissingEngine
        If fhirpathpy is not installed.
    """

    def __init__(self, resolve: Callable[[str], Resource | None]) -> None:
        try:
            import fhirpathpy
            from fhirpathpy.engine.nodes import ResourceNode
            from fhirpathpy.models import models
        except ImportError:
            install = "pip install 'nervelight[fhir-check]'"
            raise MissingEngine(f"fhirpathpy, which runs invariants, is missing: {install}") from None
        self._node = ResourceNode.create_node

        def resolved(inputs: Sequence[Any]) -> list[Any]:
            given = (each.get("reference") if isinstance(each, dict) else each for each in inputs)
            found = (resolve(each) for each in given if isinstance(each, str))
            return [self._node(each, each["resourceType"]) for each in found if each is not None]

        functions = {
            "hasValue": {"fn": _has_value, "arity": {0: []}},
            "resolve": {"fn": resolved, "arity": {0: []}},
        }
        options = {"userInvocationTable": functions}

        def run(expression: str, value: Any, given: dict[str, Any]) -> Any:
            return fhirpathpy.apply_parsed_path(value, _parsed(expression), given, models["r4"], options)

        self._run = run

    def broken(
        self, constraints: Sequence[Resource], value: Any, path: str, resource: Resource, root: Resource
    ) -> Iterator[tuple[str, Severity, str]]:
        """Yield key, severity and text of the invariants that do not hold.

        Parameters
        ----------
        constraints : sequence of dict
            As in an ElementDefinition.
        value : object
            Of the element.
        path : str
            Its type, or its path from the type down.
        resource, root : dict
            The resource that it stands in, and the one that contains that; the same where none does.
        """
        for each in constraints:
            key, expression = each["key"], each.get("expression", "")
            if key in WALKED:
                continue
            severity: Severity = "error" if each.get("severity") == "error" else "warning"
            said = str(each.get("human", expression))
            if key in OWN and isinstance(value, dict):
                if not OWN[key](value):
                    yield key, severity, said
                continue
            if not expression:
                yield "unchecked", "warning", f"{key} has no expression that could be run"
                continue
            try:
                given = {
                    "resource": self._node(resource, resource.get("resourceType")),
                    "rootResource": self._node(root, root.get("resourceType")),
                }
                holds = self._run(expression, self._node(value, path), given)
            except RecursionError:
                raise
            except Exception as problem:  # the engine raises bare exceptions
                yield "unchecked", "warning", f"{key} could not be run: {type(problem).__name__}: {problem!s:.80}"
                continue
            if holds != [True]:
                yield key, severity, said


def constraints_of(*several: Sequence[Resource]) -> list[Resource]:
    """Return the constraints of an element and of its type, each once."""
    return list({(each["key"], each.get("expression")): each for some in several for each in some}.values())


@cache
def _parsed(expression: str) -> Any:
    from fhirpathpy.parser import parse

    return parse(_TYPE.sub("", _TRACE.sub("", expression)))


def _has_value(inputs: Sequence[Any]) -> list[bool]:
    return [len([each for each in inputs if not isinstance(each, (dict, list))]) == 1]


def _contained_are_used(resource: Resource) -> bool:
    contained = resource.get("contained")
    if not isinstance(contained, list):
        return True
    texts = set(_texts(resource))
    return all(f"#{each.get('id')}" in texts or "#" in _texts(each) for each in contained if isinstance(each, dict))


def _low_is_not_above_high(value: Resource) -> bool:
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict) or low.get("code") != high.get("code"):
        return True
    least, most = low.get("value"), high.get("value")
    return not isinstance(least, (int, float)) or not isinstance(most, (int, float)) or least <= most


def _existence_is_boolean(value: Resource) -> bool:
    return value.get("operator") != "exists" or "answerBoolean" in value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


OWN: dict[str, Callable[[Resource], bool]] = {
    "dom-3": _contained_are_used,
    "que-7": _existence_is_boolean,
    "rng-2": _low_is_not_above_high,
}
"""Invariants that the engine gets wrong: it has no ``as`` of several values, takes the ``Boolean`` of que-7 for a type
of its own, and does not compare quantities."""
