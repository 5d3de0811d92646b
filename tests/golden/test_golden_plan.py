"""The plan of the first example, number by number: a change of any of them is looked at before it lands."""

import json
from pathlib import Path

import pytest

from differences import LAST_FIGURE, differences

GOLDEN = Path(__file__).parent / "diabetic_feet.plan.json"


def test_the_plan_of_the_first_example_is_the_golden_one(example_plans, golden):
    plan = json.loads(example_plans["diabetic_feet"].to_json())
    # Versions change without a change of the plan.
    for name in ("nervelight", "libraries"):
        del plan["made"][name]
    golden(GOLDEN, plan)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"a": 1.0, "b": [1, "x"]}, []),
        ({"a": 1.0 + LAST_FIGURE / 2, "b": [1, "x"]}, []),
        ({"a": 1.00002, "b": [1, "x"]}, ["a: 1.0 became 1.00002"]),
        ({"a": True, "b": [1, "x"]}, ["a: 1.0 became true"]),
        ({"a": None, "b": [1, "x"]}, ["a: 1.0 became null"]),
        ({"a": 1.0, "b": [1, "y"]}, ['b[1]: "x" became "y"']),
        ({"a": 1.0, "b": [1]}, ["b: 2 entries became 1"]),
        ({"b": [1, "x"], "c": 2}, ["a: gone, was 1.0", "c: new, 2"]),
    ],
)
def test_a_difference_is_found_and_told_with_its_path(changed, told):
    assert list(differences({"a": 1.0, "b": [1, "x"]}, changed)) == told
