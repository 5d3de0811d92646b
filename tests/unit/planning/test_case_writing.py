"""A case as a file: what a plan holds goes back to the letter, and what is missing is a blank with its reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.documents import read_yaml, yaml_text
from nervelight.planning import Case, read_case
from nervelight.planning.case_reading import case_from_data, case_from_yaml
from nervelight.planning.case_writing import UNITS, case_document, case_yaml, what_is_missing
from nervelight.units import parse_quantity

EXAMPLES = sorted((Path(__file__).resolve().parents[3] / "examples").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_a_plan_holds_of_its_case_is_the_same_case_again(path):
    case = read_case(path)
    document = case_document(case.model_dump(mode="json", by_alias=True))
    assert case_from_data(document, "case") == case
    assert case_from_yaml(Path("case.yaml"), case_yaml(document, ())) == case


def units_in(schema: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and the unit of each physical value of a schema."""
    if isinstance(schema, dict):
        if isinstance(unit := schema.get("unit"), str):
            yield name, unit
        for key, part in schema.items():
            inner = part.items() if key == "properties" else [(name, part)]
            yield from (found for label, each in inner for found in units_in(each, label))
    elif isinstance(schema, list):
        yield from (found for each in schema for found in units_in(each, name))


def test_every_physical_value_of_a_case_has_its_unit():
    known = dict(units_in(Case.model_json_schema()))
    assert set(known) == set(UNITS)
    for name, unit in known.items():
        assert parse_quantity(f"0.1 {UNITS[name]}", unit) == 0.1


def test_walked_goals_levels_and_answers_left_out_come_back():
    document = case_document(
        {
            "scores": [{"instrument": "peg", "value": 5.0, "answers": [4.0, None, 6.0], "date": "2026-11-02"}],
            "care": {
                "goals": [
                    {"what": "walk", "measured_by": "sixmwt", "from": 400000.0, "target": 450000.5, "levels": {}},
                    {"what": "cook", "levels": {"-2": "no", "0": "yes"}, "weight": 2.0},
                    {"what": "hurt less", "measured_by": "peg", "target": 3.0},
                ]
            },
            "thresholds": {"velocity": 3.0},
        }
    )
    assert document["scores"] == [{"instrument": "peg", "answers": [4, "-", 6], "date": "2026-11-02"}]
    assert document["care"]["goals"] == [
        {"what": "walk", "measured_by": "sixmwt", "from": "400000 mm", "target": "450000.5 mm"},
        {"what": "cook", "levels": {"-2": "no", "0": "yes"}, "weight": 2},
        {"what": "hurt less", "measured_by": "peg", "target": 3},
    ]
    assert document["thresholds"] == {"velocity": 3.0}


def test_what_is_missing_is_a_blank_in_its_place():
    known = {"schema": "nervelight-case-1", "patient": {"label": "Eva", "age": "61 years"}}
    case, urgent, missing = what_is_missing(known)
    assert case is None
    assert urgent == []
    assert all(fault.value is None for fault in missing)
    written = read_yaml("case.yaml", case_yaml(known, missing, ["a note\nanchor: choose"]))
    assert written["patient"] == {"label": "Eva", "age": "61 years", "phototype": None}
    assert written["diagnosis"]["neupsig"]["sensory_signs"] is None
    assert written["anchor"] is None
    assert list(written["safety"]) == ["contraindications", "drugs", "sensation", "perfusion", "eyes"]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_writing_and_reading_yaml_are_inverse(data):
    assert read_yaml("file", yaml_text(data)) == data
