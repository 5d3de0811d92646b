"""The tables of docs/light.md are what the solvers give and what the kept bands say."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "validation"))

from light_tables import filled, same_to_the_last_digit
from published_cases import published_cases

SCRIPT = Path(__file__).resolve().parents[2] / "validation" / "light_tables.py"


def test_the_page_is_up_to_date():
    done = subprocess.run([sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"run python validation/light_tables.py\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("case", published_cases(), ids=lambda case: f"{case.problem}: {case.quantity}")
def test_a_published_case_is_met(case):
    assert abs(case.deviation) <= case.tolerance


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("| 0.2600 | +0.03 % |", "| 0.2601 | +0.03 % |", True),
        ("| 0.2600 |", "| 0.2602 |", False),
        ("| -0.01 % |", "| +0.00 % |", True),
        ("| 1.2e-9 % |", "| 1.3e-9 % |", True),
        ("| 1.2e-9 % |", "| 1.4e-9 % |", False),
        ("16 of 26", "17 of 26", False),
        ("| yes |", "| **no** |", False),
        ("| 0.260 |", "| 0.260 | x |", False),
        ("`fat_810nm`", "`fat_811nm`", False),
    ],
)
def test_numbers_may_differ_in_their_last_digit_and_nothing_else(old, new, same):
    assert same_to_the_last_digit(old, new) is same


def test_tables_stand_between_their_markers():
    page = "a\n<!-- begin: x -->\nold\n<!-- end: x -->\nb\n"
    assert filled(page, {"x": "new"}) == "a\n<!-- begin: x -->\nnew\n<!-- end: x -->\nb\n"
    assert filled(filled(page, {"x": "new"}), {"x": "new"}) == filled(page, {"x": "new"})
    with pytest.raises(ValueError, match="begin: y"):
        filled(page, {"y": "new"})
