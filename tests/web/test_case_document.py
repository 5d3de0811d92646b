"""A case as a form holds it: nothing is lost on the way there and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.documents import read_yaml
from nervelight.web.plans.case_asks import ASKS, PARTS
from nervelight.web.plans.case_document import (
    FIXED,
    ROWS,
    UNFINISHED,
    answers_of,
    checked,
    document_of,
    given_at,
    input_name,
    row_count,
    without_unfinished,
)
from nervelight.web.plans.case_form import CaseForm
from record.conftest import EXAMPLES, _plain

# What people may write in a line; the ends of a text carry no meaning.
lines = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
numbers = st.integers(0, 1000) | st.floats(0, 1000).map(lambda x: round(x, 3))
lengths = st.builds("{} {}".format, st.integers(1, 99), st.sampled_from(["cm", "mm", "in", "feet"]))
days = st.dates().map(lambda day: day.isoformat())


def maybe(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the keys, each with its value."""
    return st.fixed_dictionaries({}, optional=values)


def rows(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """At least the first of the keys: a row in which nothing stands says nothing."""
    first = next(iter(values))
    return st.fixed_dictionaries({first: values.pop(first)}, optional=values)


documents = maybe(
    patient=maybe(label=lines, age=st.integers(0, 120).map("{} years".format), ita=st.just("28 deg")),
    diagnosis=maybe(
        condition=lines,
        neupsig=maybe(relevant_history=st.booleans(), sensory_signs=st.booleans()),
        red_flags=st.lists(lines, unique=True),
    ),
    scores=st.lists(
        rows(instrument=lines, value=numbers, date=days, answers=st.lists(numbers, min_size=1)), max_size=3
    ),
    site=maybe(fields=st.lists(lines, min_size=1), measured=maybe(nerve_depth=lengths, method=lines)),
    lamp=maybe(distance=lengths | st.just("choose"), readings=st.lists(rows(distance=lengths, instrument=lines))),
    anchor=lines,
    anchor_scenario=lines,
    safety=maybe(drugs=st.lists(lines.filter(lambda text: text != "asked"), unique=True)),
    course=maybe(weekdays=st.lists(st.sampled_from(["mon", "wed", "fri"]), unique=True, min_size=1)),
    care=maybe(
        goals=st.lists(lines | rows(measured_by=lines, what=lines, levels=rows(**{"0": lines, "-2": lines}))),
        team=st.lists(lines, min_size=1),
    ),
    thresholds=st.dictionaries(lines, numbers, min_size=1),
)


def said(value: Any) -> Any:
    """A document without the sections in which nothing stands."""
    if not isinstance(value, dict):
        return value
    kept = {key: said(inner) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner != {}}


@settings(max_examples=50)
@given(documents)
def test_a_form_that_nobody_touches_gives_its_document_to_the_letter(document):
    spare: dict[str, list[dict[str, Any]]] = {path: [{}] for path in ROWS}
    back = document_of(answers_of(document, spare), document)
    assert said(back) == said({"schema": "nervelight-case-1", **document})


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
def test_an_example_typed_into_an_empty_form_is_that_example(name):
    document = _plain(read_yaml(EXAMPLES / f"{name}.yaml"))
    assert document_of(answers_of(document), {}) == document
    case, alarms, faults = checked(document)
    assert case is not None and not alarms and not faults


def test_every_key_of_a_case_is_asked_for():
    from nervelight.planning import Case

    asked = {*FIXED, *(f"{path}[].{key}" for path, kinds in ROWS.items() for key in kinds)}
    known_to_the_case = set(_keys(Case.model_json_schema(), "", Case.model_json_schema()))
    missing = {key for key in known_to_the_case if key not in asked and not key.startswith("care.goals[].levels")}
    assert missing == {"schema", "thresholds"}


def _keys(schema: dict[str, Any], path: str, whole: dict[str, Any]) -> Any:
    for key, inner in schema.get("properties", {}).items():
        place, found = (f"{path}.{key}" if path else key), _followed(inner, whole)
        items = _followed(found.get("items", {}), whole)
        if found.get("properties"):
            yield from _keys(found, place, whole)
        elif items.get("properties"):
            yield from _keys(items, f"{place}[]", whole)
        else:
            yield place


def _followed(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return whole["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def test_every_input_has_a_label_and_stands_in_one_part():
    placed = [path for part in PARTS for path in (*part.paths, *part.aside)]
    assert sorted(placed) == sorted(FIXED)
    assert sorted(part.rows for part in PARTS if part.rows) == sorted(ROWS)
    assert set(ASKS) == {*FIXED, *(f"{path}.{key}" for path, kinds in ROWS.items() for key in kinds)}


def test_a_list_that_was_begun_says_so_until_it_was_gone_through():
    begun = document_of({"safety-contraindications": ["lupus"]}, {})
    assert begun["safety"]["contraindications"] == ["lupus", UNFINISHED]
    assert "safety.contraindications" in {fault.path for fault in checked(begun)[2]}
    assert "safety" not in without_unfinished(begun)
    gone_through = document_of({"safety-contraindications": ["lupus", "asked"]}, begun)
    assert gone_through["safety"]["contraindications"] == ["lupus"]
    assert document_of({"safety-contraindications": ["asked"]}, {})["safety"]["contraindications"] == []
    assert "safety" not in document_of({"safety-contraindications": []}, {})


def test_answers_that_are_not_sent_are_not_lost():
    document = _plain(read_yaml(EXAMPLES / "diabetic_feet.yaml"))
    assert document_of({}, document)["scores"] == document["scores"]


def test_the_order_of_fields_is_the_one_that_was_typed():
    base = {"site": {"fields": ["left sole", "right sole"]}}
    assert document_of({"site-fields": "right sole\r\nleft sole\r\n\r\n"}, base)["site"]["fields"][0] == "right sole"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("6,5", 6.5), ("7", 7), ("-2", -2), ("seven", "seven"), ("1e3", "1e3"), ("7 of 10", "7 of 10"), (" ", None)],
)
def test_a_score_is_a_number_or_stays_as_typed(typed, value):
    answers = {row_count("scores"): "1", "scores-0-instrument": "nrs11", "scores-0-value": typed}
    assert given_at(document_of(answers, {})["scores"][0], "value") == value


@pytest.mark.parametrize("rows", ["", "-1", "ten", "99999", "²"])
def test_a_number_of_rows_that_is_none_gives_no_rows(rows):
    assert "scores" not in document_of({row_count("scores"): rows}, {})


@pytest.mark.parametrize("path", ["scores[0].value", "site.measured.nerve_depth", "care.goals[2].levels.-2", "anchor"])
def test_names_of_inputs_are_one_to_one(path):
    names = [input_name(each) for each in (*FIXED, *(f"{p}[{n}].{k}" for p in ROWS for n in (0, 1) for k in ROWS[p]))]
    assert len(set(names)) == len(names)
    assert not set(input_name(path)) & set(".[] ")


def test_a_choice_that_the_catalogue_does_not_have_is_shown_and_kept():
    form = CaseForm({"lamp": {"device": "torch"}, "diagnosis": {"red_flags": ["bad mood"]}, "anchor": "nobody1999"})
    page = "".join(str(form[name]) for name in ("lamp-device", "diagnosis-red_flags"))
    assert '<option value="torch" selected>torch</option>' in page and 'value="bad mood"' in page
    assert next(choice for choice in form.anchors if choice.id == "nobody1999").chosen
