"""The FHIR server of the tests is not ours, takes what is right, and gives back what it took."""

import json
import re
from pathlib import Path

PLACE = Path(__file__).resolve().parents[2] / "fhir"
GOOD = json.loads((PLACE / "good.json").read_text(encoding="utf-8"))


def without_meta(resource):
    return {name: value for name, value in resource.items() if name != "meta"}


def test_a_transaction_sent_twice_is_there_once_and_read_back_equal(fhir_server):
    for _ in range(2):
        answer = fhir_server.client.post("/", json=GOOD).raise_for_status().json()
        assert {each["response"]["status"] for each in answer["entry"]} <= {"200", "201"}
    for entry in GOOD["entry"]:
        sent = entry["resource"]
        found = fhir_server.client.get(f"/{sent['resourceType']}").raise_for_status().json()
        assert [without_meta(each["resource"]) for each in found["entry"]] == [without_meta(sent)]
        read = fhir_server.client.get(f"/{sent['resourceType']}/{sent['id']}").raise_for_status().json()
        assert without_meta(read) == without_meta(sent)
        assert read["meta"].items() >= sent.get("meta", {}).items()


def test_it_searches_and_forgets(fhir_server):
    fhir_server.client.post("/", json=GOOD).raise_for_status()
    found = fhir_server.client.get("/Observation", params={"subject": "Patient/Patient"}).json()
    assert [each["resource"]["id"] for each in found["entry"]] == ["Observation"]
    assert "entry" not in fhir_server.client.get("/Observation", params={"subject": "Patient/other"}).json()
    assert fhir_server.client.delete("/Observation/Observation").status_code == 200
    assert fhir_server.client.get("/Observation/Observation").status_code == 404


def test_it_says_what_is_wrong(fhir_server):
    assert fhir_server.client.post("/", content=b"{").status_code == 400
    wrong = {**GOOD["entry"][0]["resource"], "gendre": "female"}
    assert fhir_server.second_opinion(wrong) == ['Patient.gendre: Invalid additional property "gendre"']


def test_what_comes_from_npm_is_pinned_and_names_no_host():
    pinned = json.loads((PLACE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    locked = (PLACE / "package-lock.json").read_text(encoding="utf-8")
    assert set(pinned.values()) == {"4.5.2"}
    assert not re.search(r"resolved|https?:|localhost", locked)
    packages = json.loads(locked)["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert all("integrity" in each for name, each in packages.items() if name)
