"""A check of R4 resources against the official definitions: structure, codes, invariants, references.

It is the check that our own bundles pass in the tests, and ``nervelight fhir check``. Invariants are run by fhirpathpy,
units are parsed by ucumvert: the extra ``nervelight[fhir-check]``. What it does not look at is listed in `CANNOT`.
"""

from __future__ import annotations

from nervelight.errors import Fault, InvalidInput
from nervelight.fhir.check.definitions import PACKAGE, Definitions, read_definitions
from nervelight.fhir.check.problem import CANNOT, RULES, Problem
from nervelight.fhir.check.walk import Walk
from nervelight.fhir.elements import Resource

__all__ = ["CANNOT", "PACKAGE", "RULES", "Definitions", "Problem", "check_bundle", "read_definitions"]


def check_bundle(bundle: Resource, definitions: Definitions) -> list[Problem]:
    """Return all that is wrong with a Bundle, or with one resource of its own.

    Parameters
    ----------
    bundle : Resource
        As read from JSON.
    definitions : Definitions
        From `read_definitions`; with our own extensions and profiles beside them, `Definitions.beside`.

    Returns
    -------
    list of Problem
        In the order in which they stand. Right if none has the severity ``error``.

    Raises
    ------
    InvalidInput
        If it is nested too deeply to be walked through.
    MissingEngine
        If fhirpathpy or ucumvert is not installed.
    """
    walk = Walk(bundle, definitions)
    name = bundle.get("resourceType")
    try:
        walk.resource(bundle, name if isinstance(name, str) and name else "resource")
    except RecursionError:
        raise InvalidInput("bundle", [Fault("file", None, "less deeply nested")]) from None
    walk.entries()
    return list(walk.problems)
