"""The trial library: every file obeys the schema, and the schema refuses what it should."""

import re
from importlib import resources
from pathlib import Path

import pytest
import yaml

from nervelight.documents import validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import (
    CONDITIONS,
    Light,
    Schedule,
    Study,
    check_arithmetic,
    condition_info,
    study,
    study_ids,
)
from nervelight.sources import all_sources

FOLDER = Path(str(resources.files("nervelight.evidence") / "data" / "studies"))
MINIMAL = {
    "id": "someone2020",
    "condition": "carpal_tunnel",
    "design": "sham_controlled",
    "direction": "unknown",
    "sources": ["nervelight_assumption"],
    "place": "abstract",
    "checked": "abstract",
}


def faults(**changes: object) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        validated(Study, MINIMAL | changes, "test")
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize("study_id", study_ids())
def test_every_study_loads_under_the_name_of_its_file(study_id):
    found = study(study_id)
    assert found.id == study_id
    assert set(found.sources) <= set(all_sources())


def test_the_library_holds_every_file():
    assert list(study_ids()) == sorted(path.stem for path in FOLDER.glob("*.yaml"))
    assert len(study_ids()) == 146


def test_the_minimal_study_is_valid():
    assert validated(Study, MINIMAL, "test").arms == ()


def test_an_unknown_study_is_an_error_with_a_suggestion():
    with pytest.raises(UnknownName, match="did you mean 'yamany2012'"):
        study("yamani2012")
    with pytest.raises(UnknownName):
        study("../outcomes")


def test_loading_one_study_reads_one_file(monkeypatch):
    read = []
    original = Path.read_text

    def spy(self, *args, **kwargs):
        if self.suffix == ".yaml":
            read.append(self.name)
        return original(self, *args, **kwargs)

    study.cache_clear()
    monkeypatch.setattr(Path, "read_text", spy)
    study("yamany2012")
    assert read == ["yamany2012.yaml"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"conditon": "carpal_tunnel"}, "conditon"),
        ({"condition": "carpal tunnel"}, "condition"),
        ({"sources": ["nobody1900"]}, "sources[0]"),
        ({"sources": []}, "sources"),
        ({"lights": [{"emitter": "laser", "irradiance": 20}]}, "lights[0].irradiance"),
        ({"lights": [{"emitter": "laser", "irradiance": "20 mJ/cm2"}]}, "lights[0].irradiance"),
        ({"lights": [{"emitter": "laser", "wavelengths": [850]}]}, "lights[0].wavelengths[0]"),
        ({"lights": [{"emitter": "laser", "sites": ["elbow"]}]}, "lights[0].sites[0]"),
        ({"lights": [{"emitter": "laser", "pulse_frequency": 10}]}, "lights[0].pulse_frequency"),
        ({"schedule": {"session_time": "30"}}, "schedule.session_time"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "p": "0.05"}]}, "outcomes[0].p"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pains"}]}, "outcomes[0].domain"),
        (
            {"outcomes": [{"instrument": "VAS", "domain": "pain", "source": "nobody1900", "place": "x"}]},
            "outcomes[0].source",
        ),
        ({"bias": ["small"]}, "bias[0]"),
        ({"bias": [{"domain": "size", "concern": "big", "text": "x"}]}, "bias[0].concern"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "p": 0.03}]}, "outcomes[0].p"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "p": "= 1.5"}]}, "outcomes[0].p"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "range": [0, 0]}]}, "outcomes[0].range"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "cohens_d": -0.9}]}, "outcomes[0].cohens_d"),
        ({"place": ""}, "place"),
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(changes, path):
    found = faults(**changes)
    assert found[0].startswith(f"{path}:")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "arm": "laser"}]}, "unknown arms: laser"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "count": 3}]}, "count and of go together"),
        (
            {"outcomes": [{"instrument": "VAS", "domain": "pain", "mean": 4, "change": -3, "sd": 1}]},
            "sd of the mean or of the change",
        ),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "time": "before treatment", "mean": 7}]}, "week: 0"),
        ({"same_people_as": "someone2020"}, "names another study"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "count": 3, "of": 2}]}, "count is more than of"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "difference": 1}]}, "difference_kind go together"),
        ({"outcomes": [{"instrument": "VAS", "domain": "pain", "secondary": True}]}, "which third party"),
        ({"arms": [{"name": "a", "role": "light", "source": "nervelight_rule"}]}, "needs the place in it"),
        (
            {"arms": [{"name": "a", "role": "light", "source": "nervelight_rule", "place": "x"}]},
            "numbers come from nervelight_rule",
        ),
        ({"lights": [{"emitter": "laser"}, {"emitter": "led"}]}, "several lights need a label each"),
        (
            {"windows": [{"row": "x", "bands": [{"colour": "red", "wavelengths": ["630 nm", "680 nm"]}]}]},
            "only a guideline",
        ),
        ({"lights": [{"emitter": "laser", "radiant_power": "60 mW"}]}, "go together"),
        ({"lights": [{"emitter": "laser", "unverified": ["irradiance"]}]}, "not given"),
        (
            {"lights": [{"emitter": "laser", "irradiance": "1 mW/cm2", "unclear": {"irradiance": "?"}}]},
            "given and unclear at once",
        ),
        ({"schedule": {"sessions_per_week": 3, "weeks": 4, "total_sessions": 12}}, "the third is computed"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, reason):
    assert any(reason in fault for fault in faults(**changes))


CONTRADICTORY = {
    "emitter": "laser",
    "irradiance": "12 mW/cm2",
    "time_per_site": "120 s",
    "radiant_exposure": "2 J/cm2",
}


def test_a_contradiction_must_be_owned_up_to():
    (fault,) = faults(lights=[CONTRADICTORY])
    assert "irradiance x time gives 1.44 J/cm2, printed 2 J/cm2 (+39%)" in fault
    light = CONTRADICTORY | {"contradiction": "One is wrong."}
    assert validated(Study, MINIMAL | {"lights": [light]}, "test").lights[0].contradiction


def test_a_contradiction_that_is_none_is_refused():
    light = CONTRADICTORY | {"radiant_exposure": "1.44 J/cm2", "contradiction": "One is wrong."}
    assert "numbers agree" in faults(lights=[light])[0]


def test_two_lights_contradict_themselves():
    found = {
        name
        for name in study_ids()
        for light in study(name).lights
        if not all(check.consistent for check in check_arithmetic(light))
    }
    assert found == {"konstantinovic2010_cervical", "spanemberg2019"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_file_stores_what_arithmetic_gives(path):
    # The derived values that readers know: they belong to the code.
    assert not re.search(r"6\.3\d? mW/cm2|16\.2 mW/cm2|2273|1\.44 J/cm2|3\.7\d? cm2", path.read_text())


def test_values_are_converted_once_to_inner_units():
    (light,) = study("konstantinovic2010_lumbar").lights
    assert light.irradiance == pytest.approx(20e-3 / 100)
    assert light.radiant_exposure == pytest.approx(3 / 100)
    assert light.radiant_power == pytest.approx(0.1)
    assert light.pulse_frequency == 5000


def test_a_rate_printed_per_minute_is_an_irradiance():
    (light,) = study("lavery2008").lights
    assert light.irradiance == pytest.approx(25e-3 / 100)
    assert light.borrowed["irradiance"] == "franzen2008"
    assert "irradiance" in light.unverified


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sessions_per_week": 3, "weeks": 4}, (3, 4, 12)),
        ({"sessions_per_week": 7, "total_sessions": 91}, (7, 13, 91)),
        ({"weeks": 12, "total_sessions": 30}, (2.5, 12, 30)),
        ({"total_sessions": 4}, (None, None, 4)),
    ],
)
def test_a_schedule_is_completed_from_two_numbers(given, expected):
    full = Schedule.model_validate(given).completed()
    assert (full.sessions_per_week, full.weeks, full.total_sessions) == expected


def test_sources_of_borrowed_values_are_named_by_the_study():
    for name in study_ids():
        for light in study(name).lights:
            assert set(light.borrowed.values()) <= set(study(name).sources)


def test_numbers_of_key_outcomes():
    change = {o.arm: o.change for o in study("zinman2004").outcomes if o.change is not None}
    assert change == {"laser": -1.0, "sham": 0.0}
    (pain,) = [o for o in study("robinson2017").outcomes if o.instrument == "neuropathic pain"]
    assert (pain.difference, pain.ci, pain.direction) == (0.49, (0.3, 0.68), "favours_comparator")


def test_intervals_contain_their_value_and_stand_in_order():
    for name in study_ids():
        for outcome in study(name).outcomes:
            if outcome.ci:
                (value,) = {outcome.mean, outcome.change, outcome.difference} - {None}
                assert outcome.ci[0] <= value <= outcome.ci[1], name
            if outcome.iqr:
                assert outcome.iqr[0] <= outcome.median_change <= outcome.iqr[1], name


def test_the_schema_documents_every_field():
    for model in (Study, Light, Schedule):
        assert all(field.description for field in model.model_fields.values())


def test_conditions_have_labels_and_known_codes():
    assert condition_info("diabetic_polyneuropathy").icd10_cm[0] == "E11.42"
    assert all(info.label for info in CONDITIONS.values())
    with pytest.raises(UnknownName, match="carpal_tunnel"):
        condition_info("carpal tunnel")


def test_files_are_plain_yaml_without_bare_physical_numbers():
    physical = {
        "wavelengths",
        "irradiance",
        "radiant_exposure",
        "time_per_site",
        "radiant_power",
        "spot_area",
    }
    for path in FOLDER.glob("*.yaml"):
        for light in yaml.safe_load(path.read_text()).get("lights", []):
            values = [light[key] for key in physical & light.keys()]
            assert all(isinstance(v, str) or all(isinstance(w, str) for w in v) for v in values), path.stem
