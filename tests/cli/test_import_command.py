"""``nervelight import``: a bundle as a case file, and what it left out."""

import json
from pathlib import Path

import pytest

from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.fhir.reading_json import BYTES_AT_MOST
from nervelight.planning import make_plan, read_case
from nervelight.planning.case_reading import input_hash
from nervelight.record.dossier import dossier_of_plan

ANNA = {"resourceType": "Patient", "id": "a", "name": [{"text": "Anna Muster"}], "birthDate": "1961"}
ROOT = Path(__file__).resolve().parents[2]


def written(*resources: object) -> Path:
    path = Path("bundle.json")
    entries = [{"resource": each} for each in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}))
    return path


def test_a_case_is_printed_and_the_lists_stand_beside_it(call):
    answer = call("import", written(ANNA, {"resourceType": "Basic"}))
    assert answer.code == 0
    assert "  label: Anna Muster\n  age:\n" in answer.out
    assert "Taken (1)" in answer.err
    assert "Still needed" in answer.err
    assert "Not taken (2)" in answer.err
    assert all(len(line) <= 80 for line in answer.err.splitlines())


def test_the_lists_as_json(call):
    found = json.loads(call("import", written(ANNA), "--json").out)
    assert found["case"]["patient"] == {"label": "Anna Muster"}
    assert found["not_understood"][0]["path"] == "Bundle.entry[0].resource.birthDate"
    assert {"patient.age", "anchor"} <= {row["path"] for row in found["missing"]}


def test_a_case_is_written_whole_and_never_over_another(call):
    bundle = written(ANNA)
    assert call("import", bundle, "-o", "case.yaml").code == 0
    text = Path("case.yaml").read_text(encoding="utf-8")
    answer = call("import", bundle, "-o", "case.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "File exists" in answer.err
    assert Path("case.yaml").read_text(encoding="utf-8") == text
    refused = call("plan", "case.yaml")
    assert refused.code == 1
    assert "patient.age: missing" in refused.err


@pytest.mark.parametrize("data", [b"", b"{", b'{"resourceType": "Bundle"}', b"\xff", b"[" * 9999, b"<Bundle/>"])
def test_what_is_no_bundle_leaves_nothing_behind(data, call):
    Path("bundle.json").write_bytes(data)
    answer = call("import", "bundle.json", "-o", "case.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "1 fault; nothing was written" in answer.err
    assert "Traceback" not in answer.err
    assert [path.name for path in Path.cwd().iterdir()] == ["bundle.json"]


def test_a_file_of_50_megabytes_is_not_read_to_its_end(call):
    with Path("bundle.json").open("wb") as handle:
        handle.truncate(50_000_000)
    answer = call("import", "bundle.json")
    assert answer.code == 1
    assert f"{BYTES_AT_MOST + 1:,} bytes or more" in answer.err
    assert "at most 40 MB" in " ".join(answer.err.split())


def test_a_file_that_is_not_there_is_one_line(call):
    answer = call("import", "nowhere.json")
    assert answer.code == 1
    assert len(answer.err.strip().splitlines()) == 1


def test_an_export_that_is_read_back_gives_the_same_plan_and_the_same_export(call, example_plans):
    plan = example_plans["diabetic_feet"]
    made = bundle_of(dossier_of_plan(plan))
    Path("bundle.json").write_text(bundle_text(made), encoding="utf-8")
    assert call("import", "bundle.json", "-o", "case.yaml").code == 0
    assert read_case("case.yaml") == read_case(ROOT / "examples" / "diabetic_feet.yaml")
    again = make_plan("case.yaml")
    assert again.made.case_sha256 != plan.made.case_sha256
    assert again.model_copy(update={"made": plan.made}) == plan
    assert bundle_of(dossier_of_plan(again.model_copy(update={"made": plan.made}))) == made


@pytest.mark.slow
def test_every_example_is_read_back_to_the_letter_and_stays_so(call, rough_plans):
    for name in sorted(path.stem for path in (ROOT / "examples").glob("*.yaml")):
        plan = rough_plans[name]
        texts = []
        for _ in range(2):
            Path("bundle.json").write_text(bundle_text(bundle_of(dossier_of_plan(plan))), encoding="utf-8")
            Path("case.yaml").unlink(missing_ok=True)
            assert call("import", "bundle.json", "-o", "case.yaml").code == 0, name
            texts.append(Path("case.yaml").read_text(encoding="utf-8"))
            assert read_case("case.yaml") == read_case(ROOT / "examples" / f"{name}.yaml")
            made = plan.made.model_copy(update={"case_file": "case.yaml", "case_sha256": input_hash(Path("case.yaml"))})
            plan = plan.model_copy(update={"made": made})
        assert texts[0] == texts[1]
