"""Each number's source exists, once, and says how far it was read."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from nervelight.documents import read_yaml
from nervelight.errors import UnknownName
from nervelight.sources import Checked, Source, all_sources, require_known, source

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "nervelight"
DATA = sorted(path for path in SRC.rglob("*.yaml") if path.name != "case_template.yaml")
HEADER = re.compile(r"^\[\s*\"?([^\]\"]+)\"?\s*\]", re.MULTILINE)
# Their sources are studies, which have their own, or are checked with the claims themselves.
THROUGH_STUDIES = {"outcomes.yaml", "claims.yaml"}
# Keys of data files under which source keys stand.
NAMES = re.compile(r"^(source|sources|.*_source|.*_sources)$")


def keys_in(node: Any) -> set[str]:
    """Every source key of a data file, however deep."""
    found: set[str] = set()
    if isinstance(node, dict):
        for name, value in node.items():
            if NAMES.match(str(name)) and isinstance(value, (str, list)):
                found |= {value} if isinstance(value, str) else {key for key in value if isinstance(key, str)}
            else:
                found |= keys_in(value)
    elif isinstance(node, list):
        for value in node:
            found |= keys_in(value)
    return found


def test_no_key_stands_twice():
    keys = HEADER.findall((SRC / "sources.toml").read_text(encoding="utf-8"))
    assert len(keys) > 50
    assert sorted(keys) == sorted(set(keys))
    assert set(keys) == set(all_sources())


@pytest.mark.parametrize("key", all_sources())
def test_each_source_can_be_found_and_says_how_far_it_was_read(key):
    found = source(key)
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", key)
    assert found.checked in get_args(Checked)
    assert len(found.citation) > 20
    assert not found.doi or re.fullmatch(r"10\.\d{4,9}/\S+", found.doi)
    assert not found.url or found.url.startswith("https://") or found.url.startswith("http://")
    assert found.link == (f"https://doi.org/{found.doi}" if found.doi else found.url)


def test_no_paper_stands_under_two_keys():
    dois = [found.doi.lower() for found in all_sources().values() if found.doi]
    assert sorted(dois) == sorted(set(dois))


@pytest.mark.parametrize("path", DATA, ids=lambda path: path.stem)
def test_each_data_file_names_sources_that_exist(path):
    if path.name in THROUGH_STUDIES:
        return
    keys = keys_in(read_yaml(path))
    assert keys, "a data file without a source"
    assert require_known(keys)


@pytest.mark.parametrize("path", sorted(SRC.rglob("*.csv")), ids=lambda path: path.stem)
def test_each_table_names_a_source_that_exists(path):
    head = "".join(line for line in path.read_text(encoding="utf-8").splitlines(True) if line.startswith("#"))
    named = re.findall(r"source:\s*([a-z0-9_]+)", head)
    assert named
    assert require_known(named)


def test_sources_named_in_code_exist():
    pattern = re.compile(r"sources?=\(?\s*((?:\"[a-z0-9_]+\",?\s*)+)")
    named = {
        key
        for path in SRC.rglob("*.py")
        for group in pattern.findall(path.read_text(encoding="utf-8"))
        for key in re.findall(r"\"([a-z0-9_]+)\"", group)
    }
    assert "nervelight_rule" in named
    assert require_known(sorted(named))


def test_an_unknown_source_is_refused_with_the_nearest():
    with pytest.raises(UnknownName, match="did you mean 'jacques2013'"):
        source("jaques2013")
    with pytest.raises(UnknownName):
        require_known(["jacques2013", "nobody1999"])


def test_known_keys_come_back_in_their_order():
    assert require_known(["yamany2012", "jacques2013"]) == ("yamany2012", "jacques2013")


def test_sources_cannot_be_changed():
    with pytest.raises(TypeError):
        all_sources()["mine"] = Source("mine", "me", "own")  # type: ignore[index]
