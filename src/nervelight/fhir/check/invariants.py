"""Invariants of the definitions, run by fhirpathpy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from nervelight.errors import MissingEngine
from nervelight.fhir.check.problem import Severity
from nervelight.fhir.elements import Resource

__all__ = ["OWN", "Invariants", "constraints_of"]

OWN = frozenset({"ele-1", "txt-1", "txt-2"})
"""Invariants that the walk itself checks: the engine has no ``htmlChecks()``, and ele-1 stands at every element."""

# It prints, and changes nothing.
_TRACE = re.compile(r"\.trace\('[^']*'(?:, *\w+)?\)")


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
        self._run = lambda expression, value, given: fhirpathpy.apply_parsed_path(
            value, _parsed(expression), given, models["r4"], options
        )

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
            if key in OWN:
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
                severity: Severity = "error" if each.get("severity") == "error" else "warning"
                yield key, severity, str(each.get("human", expression))


def constraints_of(*several: Sequence[Resource]) -> list[Resource]:
    """Return the constraints of an element and of its type, each once."""
    return list({(each["key"], each.get("expression")): each for some in several for each in some}.values())


@cache
def _parsed(expression: str) -> Any:
    from fhirpathpy.parser import parse

    return parse(_TRACE.sub("", expression))


def _has_value(inputs: Sequence[Any]) -> list[bool]:
    return [len([each for each in inputs if not isinstance(each, (dict, list))]) == 1]
