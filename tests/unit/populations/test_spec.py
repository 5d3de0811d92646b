"""The cohort file: every fault at once, each with its place."""

import copy

import pytest
import yaml

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.populations import prepare, read_cohort

from .conftest import EXAMPLE

DATA = read_yaml(EXAMPLE)


def faults_of(tmp_path, change):
    data = copy.deepcopy(DATA)
    change(data)
    path = tmp_path / "cohort.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        prepare(read_cohort(path))
    return {fault.path: str(fault) for fault in caught.value.faults}


def test_the_example_is_read_with_its_units():
    spec = read_cohort(EXAMPLE)
    assert spec.people.age.interval.median == pytest.approx(62)
    assert spec.people.bmi.interval.high == 50
    assert spec.people.phototype.shares["II"] == 0.25
    assert spec.protocols[0].field_cap == 300
    assert spec.people.age.interval.unverified


def test_all_faults_come_at_once(tmp_path):
    def change(data):
        data["people"]["phototype"]["shares"]["I"] = "50 %"
        data["people"]["age"]["low"] = 35
        del data["people"]["bmi"]["assumption"]
        data["people"]["neuropathy"]["share"] = 1
        data["protocols"][0]["lamp"]["device"] = "bestqol_pro300"
        data["protocols"][1]["target"] = "sural"
        data["protocols"][1]["session_cap"] = "30"
        data["seeds"] = 1

    found = faults_of(tmp_path, change)
    assert {
        "people.phototype",
        "people.age.low",
        "people.bmi",
        "people.neuropathy.share",
        "protocols[0].lamp.device",
        "protocols[1].session_cap",
        "seeds",
    } <= found.keys()
    assert "did you mean 'bestqool_pro300'?" in found["protocols[0].lamp.device"]
    assert "sum to 100 %" in found["people.phototype"]
    assert "bare number" in found["people.age.low"]


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        (lambda d: d["people"]["age"].update(source="nobody2020", assumption=None), "people.age.source", "key of"),
        (lambda d: d["people"]["age"].update(source="yamany2012"), "people.age", "one of the two"),
        (lambda d: d["people"]["age"].update(low="95 years"), "people.age", "low <= central"),
        (lambda d: d["people"]["age"].update(high="200 years"), "people.age.high", "1 year to 120 years"),
        (lambda d: d.update(worlds=48), "worlds", "power of two"),
        (lambda d: d["people"].update(count=0), "people.count", "greater than or equal to 1"),
        (lambda d: d["protocols"][1].update(id="endings"), "protocols", "each id once"),
        (lambda d: d["protocols"][0].update(time="1 h"), "protocols[0].time", "cap of a field"),
        (lambda d: d["protocols"][0]["lamp"].update(distance="choose"), "protocols[0].lamp.distance", "a length"),
        (lambda d: d["protocols"][0].update(anchor="irvine2004x"), "protocols[0].anchor", "did you mean"),
        (lambda d: d["people"].update(ita={"mean": "30 deg", "sd": "10 deg", "assumption": "x"}), "people", "one of"),
        (
            lambda d: d["people"]["correlations"].append({"between": ["age", "age"], "r": 0.1, "assumption": "x"}),
            "people.correlations[3]",
            "two different",
        ),
        (
            lambda d: d["people"].update(
                correlations=[
                    {"between": ["age", "bmi"], "r": 0.9, "assumption": "x"},
                    {"between": ["bmi", "dermis"], "r": 0.9, "assumption": "x"},
                    {"between": ["age", "dermis"], "r": -0.9, "assumption": "x"},
                ]
            ),
            "people",
            "positive definite",
        ),
        (lambda d: d["people"]["correlations"].pop(), "people.correlations", "0.35, if they go together through it"),
    ],
)
def test_each_kind_of_fault_has_its_place_and_says_what_is_allowed(tmp_path, change, path, told):
    found = faults_of(tmp_path, change)
    assert path in found, found
    assert told in found[path]


def test_a_light_that_cannot_be_followed_is_a_fault_of_its_protocol(tmp_path):
    def change(data):
        data["condition"] = "trigeminal_neuralgia"
        data["protocols"] = [
            data["protocols"][0] | {"site": "cheek", "target": "infraorbital", "anchor": "choose"},
            data["protocols"][1] | {"site": "cheek", "target": "infraorbital", "anchor": "choose"},
        ]

    found = faults_of(tmp_path, change)
    assert found.keys() == {"protocols[0].anchor", "protocols[1].anchor"}
    assert "can be followed" in found["protocols[0].anchor"]


def test_the_hash_forgets_how_many_people_there_are_and_nothing_else(spec):
    fewer = spec.model_copy(update={"people": spec.people.model_copy(update={"count": 5})})
    assert fewer.sha256() == spec.sha256()
    assert spec.model_copy(update={"seed": 2}).sha256() != spec.sha256()
