"""``nervelight send``: who receives what is said and asked first, and what became of it afterwards."""

import io
import json
from pathlib import Path

import pytest

from fhir_peer import FHIR, Peer, outcome, response
from nervelight.cli import send as send_module
from nervelight.fhir.bundle import bundle_of
from nervelight.record.dossier import dossier_of_plan

PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"text": "Anna Muster"}]}
BUNDLE = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [{"resource": PATIENT, "request": {"method": "PUT", "url": "Patient/a"}}],
}


@pytest.fixture
def bundle(call) -> Path:  # noqa: ARG001 - in the empty folder of the call
    path = Path("bundle.json")
    path.write_text(json.dumps(BUNDLE))
    return path


def test_who_receives_what_is_said_before_anything_is_sent(bundle, call, peer: Peer, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_FHIR_TOKEN", "secret")
    answer = call("send", "--bundle", bundle, "--fhir", peer.url, "--dry-run")
    assert answer.code == 0
    assert "Anna Muster" in answer.err
    assert "who receives it    127.0.0.1" in answer.err
    assert "1 resources" in answer.err
    assert "from NERVELIGHT_FHIR_TOKEN" in answer.err
    assert "secret" not in answer.err + answer.out
    assert "Nothing was sent." in answer.err
    assert peer.got == []


@pytest.mark.parametrize("said", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_sent(said, bundle, call, peer: Peer, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(said))
    answer = call("send", "--bundle", bundle, "--fhir", peer.url)
    assert answer.code == 130
    assert "Send this to 127.0.0.1?" in answer.err
    assert peer.got == []


def test_a_plan_is_sent_as_the_bundle_that_export_writes(plan_file, call, peer: Peer, example_plans):
    made = bundle_of(dossier_of_plan(example_plans["diabetic_feet"]))
    count = len(made["entry"])
    peer.answers(response(*["201"] * count))
    answer = call("send", plan_file, "--fhir", peer.url, "--yes")
    assert (answer.code, answer.out) == (0, f"127.0.0.1 took {count} of {count} resources.\n")
    assert peer.got[0][2] == json.loads(json.dumps(made))


def test_what_was_not_taken_is_told_and_leaves_with_1(bundle, call, peer: Peer):
    peer.answers(response("400", text="no such day"))
    answer = call("send", "--bundle", bundle, "--fhir", peer.url, "--yes")
    assert answer.code == 1
    assert "took 0 of 1" in answer.out
    assert "Not taken (1)" in answer.err
    assert "no such day" in answer.err
    found = json.loads(call("send", "--bundle", bundle, "--fhir", peer.url, "--yes", "--json").out)
    assert found["entries"][0]["issues"] == ["error: Patient.birthDate: no such day"]


def test_a_refusal_is_one_line_without_the_token(bundle, call, peer: Peer, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_FHIR_TOKEN", "very-secret")
    peer.answers((401, FHIR, json.dumps(outcome("log in")).encode()))
    answer = call("send", "--bundle", bundle, "--fhir", peer.url, "--yes")
    assert answer.code == 1
    assert answer.err.strip().splitlines()[-1].startswith("error: 127.0.0.1 refused it (401)")
    assert "very-secret" not in answer.err + answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--fhir", "https://fhir.example.org"),
        ("--bundle", "bundle.json"),
        ("plan.json", "--bundle", "bundle.json", "--fhir", "https://fhir.example.org"),
        ("--bundle", "bundle.json", "--diary", "d.csv", "--fhir", "https://fhir.example.org"),
    ],
)
def test_a_wrong_call_is_said(arguments, bundle, call):
    assert bundle.exists()
    assert call("send", *arguments, "--yes").code == 2


def test_an_address_that_cannot_be_used_is_found_before_the_record_is_opened(call, monkeypatch):
    monkeypatch.setattr(send_module, "read_course", lambda *_, **__: pytest.fail("the course was read"))
    course = "00000000-0000-4000-8000-000000000000"
    answer = call("send", "--course", course, "--fhir", "http://fhir.example.org", "--yes")
    assert answer.code == 1
    assert "--fhir" in answer.err


def test_what_leaves_the_record_is_taken_as_fhir(call, peer: Peer, example_plans, monkeypatch):
    taken = []

    def read_course(*_: object, about: str) -> object:
        taken.append(about)
        return dossier_of_plan(example_plans["diabetic_feet"])

    monkeypatch.setattr(send_module, "read_course", read_course)
    course = "00000000-0000-4000-8000-000000000000"
    assert call("send", "--course", course, "--fhir", peer.url, "--dry-run").code == 0
    assert taken == ["fhir"]


def test_a_server_that_is_not_ours_takes_it_once_however_often_it_is_sent(plan_file, call, fhir_server):
    counts = []
    for _ in range(2):
        answer = call("send", plan_file, "--fhir", fhir_server.url, "--yes")
        assert answer.code == 0, answer
        found = fhir_server.client.get("/Observation", params={"_summary": "count"}).json()
        counts.append((answer.out, found["total"]))
    assert counts[0] == counts[1]
    patient = fhir_server.client.get("/Patient").json()["entry"][0]["resource"]
    Path("back.json").write_text(json.dumps(patient))
    assert json.loads(call("import", "back.json", "--json").out)["case"]["patient"]["label"] == "Example A"
