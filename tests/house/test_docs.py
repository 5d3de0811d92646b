"""What the documents say is what the code does."""

import json
import re
import shlex
from pathlib import Path

import click
import jsonschema
import pytest

from nervelight.cli.main import cli
from nervelight.planning import PLAN_SCHEMA, Plan

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
SCHEMA = DOCS / "plan-schema.json"

RUN = "pip install . && nervelight plan examples/diabetic_feet.yaml"
TEST = "pip install '.[test]' && pytest"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


# ---- the two commands


def test_the_readme_says_the_two_commands_each_on_a_line_of_its_own():
    lines = text_of(ROOT / "README.md").splitlines()
    assert RUN in lines
    assert TEST in lines


def test_the_check_of_a_clean_checkout_runs_both():
    steps = [line.strip() for line in text_of(ROOT / ".ci" / "run").splitlines()]
    assert any(re.search(r'/pip" install (--quiet )?\.$', line) for line in steps)
    assert any('/nervelight" plan' in line and "examples/diabetic_feet.yaml" in line for line in steps)
    assert any(re.fullmatch(r"pip install (--quiet )?'\.\[test\]'", line) for line in steps)
    assert any(re.match(r"pytest\b", line) for line in steps)


def test_the_readme_says_what_nervelight_is_not():
    text = " ".join(text_of(ROOT / "README.md").replace("*", "").split())
    assert "Not cleared or approved as a medical device" in text
    assert "unproven for most neuropathic pain" in text


# ---- commands and files that are named


def named_commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = text_of(page)
        spans = re.findall(r"`(nervelight [^`\n]+)`", text)
        spans += re.findall(r"(?:^|&& )(nervelight [a-z][^\n]*)$", text, flags=re.MULTILINE)
        found += [(page.name, span) for span in spans]
    return found


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli
    while isinstance(command, click.Group) and words:
        assert words[0] in command.commands, f"{words[0]!r} is no command of {command.name}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def test_commands_were_found():
    assert {"nervelight plan examples/diabetic_feet.yaml", "nervelight case new"} <= {c for _, c in named_commands()}


@pytest.mark.parametrize(("page", "line"), named_commands())
def test_each_command_in_the_documents_exists_with_its_options(page, line):
    command, rest = resolve(shlex.split(re.sub(r"[\[\]]", "", line))[1:])
    options = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
    # A dash alone and a number below zero are arguments.
    given = {word for word in rest if word.startswith("-") and not re.fullmatch(r"-[\d.]*", word)}
    assert given <= options, f"{page}: {line}"


def test_every_command_is_in_the_readme():
    text = text_of(ROOT / "README.md")
    for name, command in cli.commands.items():
        for path in [f"{name} {sub}" for sub in command.commands] if isinstance(command, click.Group) else [name]:
            assert f"nervelight {path}" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_of_this_checkout(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text_of(page)):
        assert (page.parent / target).exists(), target


def test_every_example_is_in_the_readme_and_no_other():
    named = set(re.findall(r"^\| `(\w+\.yaml)`", text_of(ROOT / "README.md"), flags=re.MULTILINE))
    assert named == {path.name for path in (ROOT / "examples").glob("*.yaml")}


# ---- the glossary


def test_terms_of_the_glossary_are_used_in_the_code():
    rows = re.findall(r"^\| (`[^|]+`) \|", text_of(DOCS / "nomenclature.md"), flags=re.MULTILINE)
    terms = [term for row in rows for term in re.findall(r"`(\w+)`", row)]
    assert {"irradiance", "radiant_exposure", "fluence_rate", "fluence", "mu_a"} <= set(terms)
    code = "\n".join(text_of(path) for path in (ROOT / "src").rglob("*.py"))
    unused = [term for term in terms if not re.search(rf"(?<![a-z]){term}(?![a-z])", code)]
    assert unused == []


# ---- the schema


def test_the_published_schema_is_the_one_of_the_code(golden):
    golden(SCHEMA, Plan.model_json_schema())


def test_the_schema_is_one_itself():
    jsonschema.Draft202012Validator.check_schema(json.loads(text_of(SCHEMA)))


@pytest.mark.parametrize(
    "name",
    ["carpal_tunnel", "chemotherapy_hands", "diabetic_feet", "facial_pain", "lumbar_radiculopathy", "stroke_hand"],
)
def test_the_plans_of_the_examples_are_valid_by_another_implementation(name, rough_plans):
    validator = jsonschema.Draft202012Validator(json.loads(text_of(SCHEMA)))
    plan = json.loads(rough_plans[name].to_json())
    assert [error.json_path + ": " + error.message for error in validator.iter_errors(plan)] == []
    assert plan["schema"] == PLAN_SCHEMA
    del plan["findings"]
    plan["surprise"] = 1
    assert len(list(validator.iter_errors(plan))) == 2


@pytest.mark.parametrize("name", ["diabetic_feet", "facial_pain"])
def test_a_plan_read_back_is_the_same_plan(name, example_plans):
    text = example_plans[name].to_json()
    assert Plan.model_validate_json(text).to_json() == text


def test_every_field_of_a_plan_is_explained():
    rows = re.findall(r"^\| (`[^|]+`) \|", text_of(DOCS / "plan.md"), flags=re.MULTILINE)
    explained = {field for row in rows for field in re.findall(r"`(\w+)`", row)}
    assert explained == set(Plan.model_fields) - {"schema_name"}
    assert f"`{PLAN_SCHEMA}`" in text_of(DOCS / "plan.md")
