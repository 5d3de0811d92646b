"""The command line, called in this process and as its users do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nervelight.cli.main import main
from nervelight.planning import Plan

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


class Answer:
    """What a call left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def __repr__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


@pytest.fixture(scope="session")
def plan_file(example_plans: dict[str, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan as ``nervelight plan`` writes it, in a folder of its own."""
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_text(example_plans["diabetic_feet"].to_json(), encoding="utf-8")
    return path


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Answer]:
    """Call ``nervelight`` in this process and in an empty folder, through the same door as the script."""
    # A folder beside those that tests write, so that "nothing was written" means an empty folder.
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["nervelight", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Answer(left.value.code if isinstance(left.value.code, int) else int(bool(left.value.code)), *said)

    return run


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``python -m nervelight`` as its own process, or a line of shell in which ``$NERVELIGHT`` stands for it."""

    def run(*arguments: object, line: str = "", **environment: str) -> Any:
        known = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
        command = ["bash", "-o", "pipefail", "-c", line] if line else [sys.executable, "-m", "nervelight"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            cwd=tmp_path,
            env=known | {"PYTHONUTF8": "1", "NERVELIGHT": f"{sys.executable} -m nervelight"} | environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run
