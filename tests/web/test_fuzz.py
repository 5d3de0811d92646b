"""The JSON endpoints under a fuzzer that knows their published schema: never a 500, every answer as described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from nervelight.web.wsgi import application

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
TOKEN = "a" * 32
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture
def phone(course, logged_in) -> Client:
    """A browser in which the patient is logged in."""
    return logged_in("patient")


def operations(phone: Client, course: Any, near: bool) -> list[Any]:
    schema = schemathesis.openapi.from_dict(phone.get("/me/api/openapi.json").json())
    schema.app = application
    if near:
        # Else no session would ever get as far as the plan.
        session = schema.raw_schema["components"]["schemas"]["SessionIn"]["properties"]
        session["plan"] = {"enum": [str(course.signed_plan_id)]}
        session["day"] = {"enum": ["2026-08-03", "2026-08-04", "2026-08-30"]}
        time = {"type": "number", "exclusiveMinimum": 0, "maximum": 86400}
        session["seconds"] = {
            "type": "object", "properties": {"left sole": time, "right sole": time, "x": time},
            "minProperties": 1, "additionalProperties": False,
        }  # fmt: skip
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.slow
@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
def test_no_body_makes_a_500_and_each_answer_is_as_described(mode, near, phone, course):
    cookies = {"sessionid": phone.cookies["sessionid"].value, "csrftoken": TOKEN}
    seen: set[int] = set()
    for operation in operations(phone, course, near):
        if mode == schemathesis.GenerationMode.NEGATIVE and operation.method == "get":
            continue

        @QUIET
        @given(case=operation.as_strategy(generation_mode=mode))
        def holds(case: schemathesis.Case) -> None:
            checks = [*CHECKS, *([negative_data_rejection] if case.meta and mode.is_negative else [])]
            response = case.call(headers={"X-CSRFToken": TOKEN}, cookies=cookies)
            seen.add(response.status_code)
            case.validate_response(response, checks=checks)

        holds()
    assert 302 not in seen
    if near and mode == schemathesis.GenerationMode.POSITIVE:
        assert {200, 201, 422} <= seen
