"""Plans of the examples, and golden files that one option rewrites."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

# As many workers as cores: threads of linear algebra would stand in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Studies that whoever runs the tests has added to the library are not part of it here.
os.environ["NERVELIGHT_DATA"] = str(Path(__file__).parent / "no-such-folder")

import pytest
from hypothesis import settings

from differences import differences
from fhir_peer import peer  # noqa: F401
from fhir_tools import _fhir_server_process, fhir_server, r4  # noqa: F401
from made_once import MadeOnce, made_once  # noqa: F401
from nervelight.planning import Plan, make_plan

ROOT = Path(__file__).resolve().parents[1]
# The first call of a test may import SciPy: time limits of single examples tell nothing.
# Laws are tried on fewer examples by whoever waits, and on as many as is usual by the check of a clean checkout.
settings.register_profile("quick", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None)
settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Rewrite golden files and print what changed.")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    # Workers have no terminal: what changed travels in the reports.
    for report in terminalreporter.getreports("passed"):
        for name, lines in report.user_properties:
            if name.startswith("golden ") and report.when == "call":
                terminalreporter.section(name)
                terminalreporter.write_line(lines)


class ExamplePlans(dict[str, Plan]):
    """The plans of the examples by name, each made by the first worker that asks for it."""

    def __init__(self, draws: int, once: MadeOnce) -> None:
        super().__init__()
        self.draws, self.once = draws, once

    def __missing__(self, name: str) -> Plan:
        def make(folder: Path) -> None:
            plan = make_plan(ROOT / "examples" / f"{name}.yaml", draws=self.draws)
            (folder / "plan.pickle").write_bytes(pickle.dumps(plan))

        folder = self.once(f"{name}-{self.draws}", make)
        self[name] = pickle.loads((folder / "plan.pickle").read_bytes())
        return self[name]


@pytest.fixture(scope="session")
def example_plans(made_once: MadeOnce) -> ExamplePlans:  # noqa: F811
    """The plans of the examples by name, with the draws that users get."""
    return ExamplePlans(256, made_once)


@pytest.fixture(scope="session")
def rough_plans(made_once: MadeOnce) -> ExamplePlans:  # noqa: F811
    """The same from few draws, where it is not the numbers that is looked at."""
    return ExamplePlans(16, made_once)


@pytest.fixture(scope="session")
def plan(example_plans: ExamplePlans) -> Plan:
    """One of them, for what any plan with light shows."""
    return example_plans["diabetic_feet"]


@pytest.fixture
def golden(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Callable[..., None]:
    """A check of JSON data against a file; ``--update-golden`` rewrites the file instead."""

    def check(path: Path, data: Any) -> None:
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        found = list(differences(known, data))
        if request.config.getoption("--update-golden"):
            if found:
                path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
            record_property(f"golden {path.name}", "\n".join(found) or "no change")
        elif found:
            shown = "\n".join(found[:40]) + (f"\n... and {len(found) - 40} more" if len(found) > 40 else "")
            pytest.fail(f"{path.relative_to(ROOT)} differs; if it should, run with --update-golden:\n{shown}", False)

    return check
