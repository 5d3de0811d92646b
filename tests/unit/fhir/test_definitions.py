"""Our own definitions: right by the official ones, made from the library's data, and shipped."""

import copy
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from fhir_courses import course_of, holes, version_of

from nervelight.assessment import instrument_ids, red_flags
from nervelight.cli.main import cli
from nervelight.evidence.conditions import CONDITIONS
from nervelight.fhir.assessing import assessing_of
from nervelight.fhir.care import care_of
from nervelight.fhir.check import check_bundle
from nervelight.fhir.definitions import PROFILES, conformance_resources, with_snapshots
from nervelight.fhir.dosimetry import dosimetry
from nervelight.fhir.vocabulary import CANONICAL, vocabularies

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "fhir_definitions.json"


@pytest.fixture(scope="module")
def ours():
    return {each["url"]: each for each in conformance_resources()}


@pytest.fixture(scope="module")
def whole(r4):
    """With the snapshots of the profiles."""
    return {each["url"]: each for each in with_snapshots(conformance_resources(), r4.find)}


@pytest.fixture(scope="module")
def known(r4, whole):
    return r4.beside(whole.values())


@pytest.fixture(scope="module")
def light(example_plans):
    """The light of a plan with one wavelength and one target, which are like the others."""
    made = dosimetry(example_plans["diabetic_feet"])
    first = {each["url"]: each for each in reversed(made["extension"])}
    return made | {"extension": list(first.values())}


def faults(extension, known):
    """The rules that are broken where the light is wrong."""
    request = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "subject": {"display": "somebody"},
        "extension": [extension],
    }
    found = check_bundle(request, known)
    return {each.rule for each in found if each.severity == "error" and ".extension" in each.path}


def named(ours, kind, name):
    return ours[f"{CANONICAL}/{kind}/{name}"]


def of_kind(ours, kind):
    return [each for each in ours.values() if each["resourceType"] == kind]


def test_our_definitions_are_right_by_the_official_ones(r4, ours):
    # As they are made: what a snapshot adds is official.
    entries = [{"fullUrl": url, "resource": each} for url, each in ours.items()]
    problems = check_bundle({"resourceType": "Bundle", "type": "collection", "entry": entries}, r4)
    assert [f"{each.path} {each.rule} {each.text}" for each in problems if each.severity == "error"] == []


def test_another_validator_finds_nothing_in_them_either(whole, fhir_server):
    for each in whole.values():
        assert fhir_server.second_opinion(each) == []


def test_they_are_what_they_were(ours, golden):
    """A code that goes, or an element that is narrowed, is looked at before it lands."""
    golden(GOLDEN, {url.removeprefix(CANONICAL): told(each) for url, each in ours.items()})


def told(made):
    if made["resourceType"] == "CodeSystem":
        return {each["code"]: each["display"] for each in made.get("concept", [])}
    if made["resourceType"] == "ConceptMap":
        return {
            each["code"]: [target.get("code", target["equivalence"]) for target in each["target"]]
            for group in made["group"]
            for each in group["element"]
        }
    if made["resourceType"] == "StructureDefinition":
        return {each["id"]: element(each) for each in made["differential"]["element"]}
    return made["compose"]["include"]


def element(made):
    """One element in a line, such as ``1..1 Quantity mW/cm2``."""
    values = [json.dumps(v, sort_keys=True) for k, v in made.items() if k.startswith(("pattern", "fixed", "binding"))]
    types = [each["code"] for each in made.get("type", [])]
    return " ".join([f"{made.get('min', '')}..{made.get('max', '')}", *types, *values])


def test_every_code_system_is_made_from_the_data(ours):
    def codes(name):
        return [each["code"] for each in named(ours, "CodeSystem", name)["concept"]]

    assert codes("instrument") == list(instrument_ids())
    assert codes("condition") == list(CONDITIONS)
    assert codes("red-flag") == [flag.id for flag in red_flags()]
    for each in of_kind(ours, "CodeSystem"):
        listed = [concept["code"] for concept in each.get("concept", [])]
        assert len(set(listed)) == len(listed) == each.get("count", 0)
        assert each["content"] == ("complete" if listed else "not-present")
        assert each["valueSet"] in ours
    assert {each["id"] for each in of_kind(ours, "ValueSet")} == set(vocabularies())


def test_no_snomed_code_is_made_up_and_a_site_has_a_place_for_its_own(ours):
    (group,) = named(ours, "ConceptMap", "photobiomodulation-snomed")["group"]
    assert group["target"] == "http://snomed.info/sct"
    assert [each["code"] for each in group["element"]] == list(vocabularies()["photobiomodulation"].codes)
    assert all("code" not in target for each in group["element"] for target in each["target"])


def test_conditions_lead_to_the_codes_that_were_checked_and_to_no_other(ours):
    (group,) = named(ours, "ConceptMap", "condition-icd10cm")["group"]
    found = {each["code"]: tuple(t["code"] for t in each["target"] if "code" in t) for each in group["element"]}
    assert found == {name: info.icd10_cm for name, info in CONDITIONS.items()}


def test_each_says_that_it_is_a_draft_and_of_nobody_but_this_project(ours):
    for each in ours.values():
        assert (each["status"], each["experimental"]) == ("draft", True)
        assert "Adopted by no standards body. Nervelight is not cleared or approved" in each["description"]
        assert re.fullmatch(r"[A-Z]\w{0,254}", each["name"])
        assert list(holes(each)) == []
    assert len({each["name"] for each in ours.values() if each["resourceType"] == "StructureDefinition"}) == len(
        of_kind(ours, "StructureDefinition")
    )


def test_what_resources_name_of_ours_is_defined(ours, example_plans):
    course = course_of(version_of(example_plans["diabetic_feet"], 1))
    text = json.dumps([*assessing_of(course), *care_of(course)])
    used = set(re.findall(rf'"({CANONICAL}/(?:CodeSystem|StructureDefinition)/[\w-]+)"', text))
    assert len(used) > 5
    assert used <= set(ours)


def test_a_binding_leads_to_a_value_set_of_ours(ours):
    bound = {
        each["binding"]["valueSet"]
        for made in of_kind(ours, "StructureDefinition")
        for each in made["differential"]["element"]
        if "binding" in each
    }
    assert f"{CANONICAL}/ValueSet/irradiance-basis" in bound
    assert bound <= set(ours)


@pytest.mark.parametrize("name", PROFILES)
def test_a_snapshot_is_the_official_definition_with_what_is_narrowed(r4, whole, name):
    made = named(whole, "StructureDefinition", name)
    base = r4.find(made["baseDefinition"])["snapshot"]["element"]
    ids = [each["id"] for each in made["snapshot"]["element"]]
    assert [id_ for id_ in ids if ":" not in id_.replace(":dosimetry", ":")] == [each["id"] for each in base]
    narrowed = {each["id"] for each in made["differential"]["element"]}
    assert narrowed <= set(ids)
    kept = {each["id"]: each for each in base}
    for each in made["snapshot"]["element"]:
        if each["id"] not in narrowed:
            assert each == kept[each["id"]]


def test_a_profile_that_rests_on_nothing_known_is_told():
    with pytest.raises(LookupError, match="CarePlan"):
        with_snapshots(conformance_resources(), lambda _: None)


@pytest.mark.parametrize(
    ("part", "change", "rule"),
    [
        ("irradiance", lambda each: each["valueQuantity"].update(code="mW/mm2", unit="mW/mm2"), "pattern"),
        ("irradianceBasis", lambda each: each["valueCoding"].update(code="guessed"), "binding"),
        ("distance", lambda each: each.update(url="distanc"), "slice"),
        ("anchor", lambda each: each.pop("valueString"), "minimum"),
        ("target", lambda each: each["extension"].pop(0), "minimum"),
        ("capped", lambda each: each.update(valueBoolean="no"), "json-type"),
    ],
)
def test_light_that_is_told_wrongly_is_not_right_by_our_definition(known, light, part, change, rule):
    wrong = copy.deepcopy(light)
    change(next(each for each in wrong["extension"] if each["url"] == part))
    assert rule in faults(wrong, known)


def test_light_as_it_is_told_is_right_by_our_definition(known, light):
    assert faults(light, known) == set()


def test_they_are_written_as_files_and_read_by_the_check(tmp_path, r4):
    done = CliRunner().invoke(cli, ["fhir", "definitions", "-o", str(tmp_path), "--base", str(r4.folder)])
    assert done.exit_code == 0, done.output
    assert "light-care-plan" in done.output
    names = {path.name for path in tmp_path.iterdir()}
    assert {
        "CodeSystem-photobiomodulation.json",
        "StructureDefinition-dosimetry.json",
        "Bundle-nervelight.json",
    } <= names
    bundle = json.loads((tmp_path / "Bundle-nervelight.json").read_text(encoding="utf-8"))
    assert len(bundle["entry"]) == len(names) - 1 == len(conformance_resources())


def test_without_the_official_definitions_there_is_a_file_each(tmp_path):
    done = CliRunner().invoke(cli, ["fhir", "definitions", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    written = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()}
    assert len(written) == len(conformance_resources())
    assert "snapshot" not in written["StructureDefinition-light-care-plan.json"]
    assert "snapshot" in written["StructureDefinition-dosimetry.json"]
