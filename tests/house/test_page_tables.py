"""The tables of docs/light.md and docs/evidence.md are what solvers, kept bands and library give."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "validation"))

from page_tables import filled, same_to_the_last_digit
from published_cases import published_cases

VALIDATION = Path(__file__).resolve().parents[2] / "validation"


@pytest.mark.slow
@pytest.mark.parametrize("script", ["light_tables.py", "evidence_tables.py"])
def test_the_page_is_up_to_date(script):
    done = subprocess.run([sys.executable, str(VALIDATION / script), "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"run python validation/{script}\n{done.stdout}{done.stderr}"


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
