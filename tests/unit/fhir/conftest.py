"""The course with an entry of every kind, and its resources."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fhir_course import course_of_every_kind
from nervelight.fhir.bundle import bundle_of
from nervelight.fhir.elements import Resource
from nervelight.record.dossier import Dossier


@pytest.fixture(scope="session")
def dossier(example_plans) -> Dossier:
    return course_of_every_kind(example_plans["diabetic_feet"])


@pytest.fixture(scope="session")
def made(dossier: Dossier) -> Callable[..., Resource]:
    """One resource of the course, by its type and its id."""
    known = {
        (entry["resource"]["resourceType"], entry["resource"]["id"]): entry["resource"]
        for entry in bundle_of(dossier)["entry"]
    }
    return lambda type_, id_: known[type_, id_]
