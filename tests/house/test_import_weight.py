"""What is loaded, and when: whoever asks for little waits for little."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "facial_pain.yaml"
HEAVY = {"scipy", "pydantic", "matplotlib", "pint", "yaml", "rich", "jinja2", "django", "click", "pandas", "numba"}


def loaded_by(code: str) -> set[str]:
    # What an extra of ours brings, pint loads whether it is asked to or not.
    code = f"sys.modules['dask'] = None\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_the_package_loads_numpy_at_most():
    third_party = loaded_by("import nervelight")
    assert not HEAVY & third_party
    assert not {name for name in third_party if name.startswith("nervelight.")}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["plan", "--help"], ["fluence", "--help"], ["heat", "--help"], ["devices", "--help"]],
)
def test_help_answers_without_the_science(arguments):
    loaded = loaded_by(
        f"from nervelight.cli.main import main\nsys.argv = ['nervelight', *{arguments!r}]\n"
        "try: main()\nexcept SystemExit: pass"
    )
    assert not {"numpy", "scipy", "matplotlib", "pint", "jinja2", "yaml"} & loaded
    assert "click" in loaded


def test_a_review_is_ready_without_the_solver_of_light():
    loaded = loaded_by("from nervelight.planning import Plan\nfrom nervelight.planning.review import review_course")
    assert not {"scipy", "matplotlib", "jinja2", "rich", "click", "pint", "numba"} & loaded


def test_the_catalogue_answers_without_pictures_and_statistics():
    loaded = loaded_by("from nervelight.optics import device_ids, device\n[device(name) for name in device_ids()]")
    assert not {"matplotlib", "scipy.stats", "jinja2", "rich", "click"} & loaded


def test_a_plan_is_made_without_pictures():
    loaded = loaded_by(f"from nervelight import make_plan\nmake_plan({str(EXAMPLE)!r}, draws=16)")
    assert not {"matplotlib", "jinja2", "rich", "click", "numba", "pmmc", "pmcxcl"} & loaded
