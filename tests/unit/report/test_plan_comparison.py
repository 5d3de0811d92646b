"""What changed between two versions of a plan."""

from __future__ import annotations

from typing import Any

import pytest

from nervelight.planning import Finding, Plan
from nervelight.report.plan_comparison import compare_plans

EXAMPLES = (
    "carpal_tunnel",
    "chemotherapy_hands",
    "diabetic_feet",
    "facial_pain",
    "lumbar_radiculopathy",
    "stroke_hand",
)


def with_case(plan: Plan, *path: str, value: Any) -> Plan:
    """A plan that says another value in its case, and nothing else."""
    document = Plan.model_validate_json(plan.to_json()).case
    here = document
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
    return plan.model_copy(update={"case": document})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_plan_is_no_different_from_itself(rough_plans, name):
    compared = compare_plans(rough_plans[name], rough_plans[name])
    assert compared.heading == "Nothing is different"
    assert not (compared.case or compared.result or compared.findings)


@pytest.mark.parametrize(("one", "other"), [("diabetic_feet", "facial_pain"), ("carpal_tunnel", "diabetic_feet")])
def test_the_other_way_round_everything_is_turned(rough_plans, one, other):
    there = compare_plans(rough_plans[one], rough_plans[other])
    back = compare_plans(rough_plans[other], rough_plans[one])
    assert {(each.path, each.old, each.new) for each in there.case} == {(e.path, e.new, e.old) for e in back.case}
    assert [(each.old, each.new) for each in there.result] == [(each.new, each.old) for each in back.result]
    turned = {"came": "went", "went": "came", "changed": "changed"}
    assert sorted((each.finding.id, each.change) for each in there.findings if not each.before) == sorted(
        (each.finding.id, turned[each.change]) for each in back.findings if not each.before
    )


def test_a_blocked_plan_has_no_time(example_plans):
    compared = compare_plans(example_plans["diabetic_feet"], example_plans["facial_pain"])
    assert compared.heading.startswith("Time a field: 1 min 45 s (45 s to 3 min 30 s) → nothing")
    assert "new block" in compared.heading


def test_what_was_written_is_told_as_it_was_written(example_plans):
    old = example_plans["diabetic_feet"]
    new = with_case(old, "lamp", "distance", value=200.0)
    told = compare_plans(old, new, old_case={"lamp": {"distance": "12 in"}}, new_case={"lamp": {"distance": "20 cm"}})
    assert [(each.path, each.old, each.new) for each in told.case] == [("lamp.distance", "12 in", "20 cm")]
    assert told.heading == "The case differs, the result is the same"
    alone = compare_plans(old, new)
    assert [(each.old, each.new) for each in alone.case] == [("304.8 mm", "200 mm")]


def test_the_same_length_in_another_unit_is_no_difference(example_plans):
    plan = example_plans["diabetic_feet"]
    written = {"old_case": {"lamp": {"distance": "12 in"}}, "new_case": {"lamp": {"distance": "30.48 cm"}}}
    assert not compare_plans(plan, plan, **written).case


def test_entries_of_lists_are_matched_by_what_they_are_and_not_by_their_place(example_plans):
    old = example_plans["diabetic_feet"]
    scores = old.case["scores"]
    assert not compare_plans(old, with_case(old, "scores", value=scores[::-1])).case
    fewer = compare_plans(old, with_case(old, "scores", value=scores[1:])).case
    assert [(each.old, each.new) for each in fewer] == [("7", "nothing")]
    assert "Numeric rating scale" in fewer[0].label
    rated = compare_plans(old, with_case(old, "scores", value=[{**scores[0], "value": 3}, *scores[1:]])).case
    assert [(each.old, each.new) for each in rated] == [("7", "3")]


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("safety", "drugs"), [], ("metformin, duloxetine", "none")),
        (("patient", "phototype"), None, ("III", "nothing")),
        (("diagnosis", "neupsig", "sensory_signs"), False, ("yes", "no")),
        (("course", "session_cap"), 1200.0, ("30 min", "20 min")),
    ],
)
def test_each_kind_of_value_is_told_in_words(example_plans, path, value, told):
    old = example_plans["diabetic_feet"]
    (found,) = compare_plans(old, with_case(old, *path, value=value)).case
    assert (found.old, found.new) == told and found.path == ".".join(path)


def finding(level: Any, name: str, title: str = "A finding") -> Finding:
    return Finding(id=name, level=level, title=title, text="What it means.", sources=("nervelight_rule",))


@pytest.mark.parametrize(
    ("old", "new", "heading", "changes"),
    [
        ([finding("warn", "a")], [], "1 warning gone", ["went"]),
        ([], [finding("warn", "a"), finding("warn", "a", "Again")], "2 new warnings", ["came", "came"]),
        ([finding("warn", "a")], [finding("block", "a")], "1 new block; 1 warning gone", ["changed"]),
        (
            [finding("note", "a")],
            [finding("note", "a", "Another")],
            "The same time and sessions, and no other block or warning; details differ",
            ["changed"],
        ),
    ],
)
def test_findings_that_came_and_went_are_counted_by_level(example_plans, old, new, heading, changes):
    plan = example_plans["diabetic_feet"]
    compared = compare_plans(
        plan.model_copy(update={"findings": tuple(old)}), plan.model_copy(update={"findings": tuple(new)})
    )
    assert compared.heading == heading
    assert [each.change for each in compared.findings] == changes
