"""One term a quantity, and no word that leads nowhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "nervelight"
# Papers mean different things by them: docs/nomenclature.md.
AMBIGUOUS = re.compile(r"dose|intensity|power_?density|radiance_exposure|fluency", re.IGNORECASE)
# A term of art of optics: half of the radiant intensity [W/sr] on the axis.
TERMS_OF_ART = {"half_intensity_angle"}
# Folders of one machine, and marks of unfinished work.
FOREIGN = re.compile(r"/(?:home|root|Users)/|\b(?:TODO|FIXME|XXX|TBD)\b")
READ = ("src", "tests", "docs", "examples", "benchmarks", "validation", ".ci")
TEXT = {".py", ".md", ".yaml", ".toml", ".csv", ".j2", ".css", ".cff", ".json", ""}


def texts() -> Iterator[Path]:
    for path in [*ROOT.iterdir(), *(inside for name in READ for inside in (ROOT / name).rglob("*"))]:
        # This file names the words itself; a licence is not ours to word.
        skipped = (
            path.name == "LICENSE"
            or path == Path(__file__).resolve()
            or {"__pycache__", "node_modules"} & {*path.parts}
        )
        if path.is_file() and path.suffix in TEXT and not skipped:
            yield path


def identifiers(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, (ast.Attribute, ast.keyword)):
            yield (node.attr if isinstance(node, ast.Attribute) else node.arg) or ""
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.py")), ids=lambda path: str(path.relative_to(SRC)))
def test_no_name_is_an_ambiguous_word(path):
    names = set(identifiers(ast.parse(path.read_text(encoding="utf-8"))))
    assert not {name for name in names - TERMS_OF_ART if AMBIGUOUS.search(name)}
    assert not AMBIGUOUS.search(path.name)


def test_no_key_of_a_data_file_is_an_ambiguous_word():
    keys = {
        (path.name, key)
        for path in SRC.rglob("*.yaml")
        for key in re.findall(r"(?:^|[\s{,-])([a-z_]+):(?:\s|$)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(keys) > 100
    assert not {(name, key) for name, key in keys if AMBIGUOUS.search(key)}


def test_no_text_points_to_a_place_that_a_reader_does_not_have():
    found = {
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for match in FOREIGN.finditer(line)
    }
    assert not found


def test_the_rules_above_can_fail():
    assert AMBIGUOUS.search("skin_dose_j_cm2")
    assert FOREIGN.search("see /home/ada/notes")
    assert FOREIGN.search("TODO: finish")
    assert len(list(texts())) > 150


def test_the_words_of_the_field_are_typed_as_the_field_writes_them():
    # "mW/cm²" on pages, "mW/cm2" in files: the exponent is never written as a caret, but by what a check is to refuse.
    found = {
        str(path.relative_to(ROOT))
        for path in texts()
        if path.suffix in {".md", ".j2", ".yaml"}
        and path.name != "broken.yaml"
        and re.search(r"\b[cm]m\^2", path.read_text(encoding="utf-8"))
    }
    assert not found
