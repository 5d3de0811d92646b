"""``nervelight case``: a template to fill in, a case as understood, the names that a case may use."""

import re
from pathlib import Path

import pytest
import yaml

from nervelight.documents import read_yaml
from nervelight.optics import device_ids, site, site_ids
from nervelight.planning import Case, case_template

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_new_prints_the_template(call):
    answer = call("case", "new")
    assert (answer.code, answer.out, answer.err) == (0, case_template(), "")
    assert list(Path.cwd().iterdir()) == []


def test_new_writes_a_file_but_never_over_one(call):
    assert call("case", "new", "-o", "case.yaml").code == 0
    assert Path("case.yaml").read_text(encoding="utf-8") == case_template()
    Path("case.yaml").write_text("filled in")
    answer = call("case", "new", "-o", "case.yaml")
    assert answer.code == 1
    assert "File exists" in answer.err
    assert len(answer.err.strip().splitlines()) == 1
    assert Path("case.yaml").read_text() == "filled in"


@pytest.mark.parametrize("target", [".", "nowhere/case.yaml"])
def test_new_into_a_place_that_cannot_be_written_is_one_line(target, call):
    answer = call("case", "new", "-o", target)
    assert answer.code == 1
    assert len(answer.err.strip().splitlines()) == 1
    assert "Traceback" not in answer.err


def test_the_template_has_every_key_and_explains_itself():
    data = read_yaml("template", case_template())
    fields = {field.alias or name: field for name, field in Case.model_fields.items()}
    assert set(data) == {name for name, field in fields.items() if field.is_required()}
    # What may be left out stands there too, as a comment with an example.
    for name in set(fields) - set(data):
        assert re.search(rf"^# {name}: \S", case_template(), re.MULTILINE), name
    assert len(re.findall("#", case_template())) > 20


def test_a_new_case_is_refused_until_it_is_filled_in(call):
    assert call("case", "new", "-o", "case.yaml").code == 0
    answer = call("case", "explain", "case.yaml")
    assert (answer.code, answer.out) == (1, "")
    assert "patient.phototype: missing" in answer.err


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_explain_prints_each_case_in_the_units_of_the_field(path, call):
    answer = call("case", "explain", path)
    assert answer.code == 0, answer
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    said = " ".join(answer.out.split())
    assert data["patient"]["label"] in said
    assert data["diagnosis"]["icd10"] in said
    assert data["care"]["clinician"] in said
    for field in data["site"]["fields"]:
        assert field in said
    assert max(map(len, answer.out.splitlines())) <= 80
    assert list(Path.cwd().iterdir()) == []


def test_explain_shows_lengths_and_times_with_their_units(call):
    said = " ".join(call("case", "explain", EXAMPLES / "diabetic_feet.yaml").out.split())
    assert re.search(r"\b30(\.\d)? ?cm\b|\b305 ?mm\b", said)
    assert "30 min" in said
    assert "304.7" not in said


def test_explain_says_what_is_left_to_the_planner_and_how_the_study_is_read(call, tmp_path):
    text = (EXAMPLES / "carpal_tunnel.yaml").read_text(encoding="utf-8")
    text = text.replace("anchor: chang2008\n", "anchor: chang2008\nanchor_scenario: 60 mW read as peak power\n")
    path = tmp_path / "case.yaml"
    path.write_text(text.replace("distance: 0 mm", "distance: choose"), encoding="utf-8")
    answer = call("case", "explain", path)
    assert answer.code == 0, answer
    said = " ".join(answer.out.split())
    assert "the planner's choice" in said
    assert "60 mW read as peak power" in said


def test_ids_lists_every_name_that_a_case_may_use(call):
    answer = call("case", "ids")
    assert answer.code == 0
    said = answer.out
    for name in site_ids():
        assert name in said
        for nerve in site(name).nerves:
            assert nerve in said
    for name in ("diabetic_polyneuropathy", "nrs11", "cutaneous_endings"):
        assert name in said
    assert max(map(len, said.splitlines())) <= 80


def test_names_of_devices_are_where_the_template_sends_its_reader(call):
    assert "nervelight devices list" in case_template()
    listed = call("devices", "list").out
    assert all(name in listed for name in device_ids())


def test_without_a_command_the_help_is_shown(call):
    answer = call("case")
    assert answer.code in {0, 2}
    assert "explain" in answer.out + answer.err
