"""The order of the rooms, and which room may load which heavy library."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "nervelight"
# From top to bottom; rooms on one line do not know each other, rooms in brackets are yet to come.
ORDER = [
    "__main__",
    "cli | web",
    "report | fhir",
    "record | populations",
    "planning",
    "transport | mechanism",
    "optics | evidence | assessment",
    "uncertainty",
    "units | sources",
    "documents",
    "errors",
]
# Libraries that are heavy, or that a later change of mind should find in one place.
ROOMS_OF = {
    "click": {"cli"},
    "rich": {"cli", "report"},
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "yaml": {"documents"},
    "pint": {"units"},
    "tomllib": {"sources"},
    "django": {"record", "web"},
    "cryptography": {"record"},
    "waitress": {"web"},
    "segno": {"web"},
    "typst": {"report"},
    "icalendar": {"report"},
    "httpx": {"fhir"},
    "fhirpathpy": {"fhir"},
    "ucumvert": {"fhir"},
    "numba": {"transport"},
    "roadrunner": {"mechanism"},
    "antimony": {"mechanism"},
    "basico": set(),
    "pmmc": {"transport"},
    "pmcx": {"transport"},
    "pmcxcl": {"transport"},
    "dask": {"populations"},
    "distributed": {"populations"},
    "pyarrow": {"populations"},
    "statsmodels": {"populations"},
    "pandas": set(),
    "requests": set(),
    "urllib.request": set(),
    "socket": set(),
    "pickle": set(),
}
# They take so long to load that only the function that needs them may.
ONLY_INSIDE_FUNCTIONS = (
    "pint",
    "scipy.stats",
    "scipy.optimize",
    "scipy.linalg",
    "matplotlib",
    "numba",
    "dask",
    "distributed",
    "pyarrow",
    "statsmodels",
)
# A kernel is compiled where it stands; its module is what may be loaded inside functions only.
KERNELS = {"transport/photon_kernel.py": "nervelight.transport.photon_kernel"}


def modules() -> list[Path]:
    return sorted(SRC.rglob("*.py"))


def imports_of(nodes: list[ast.stmt] | list[ast.AST]) -> set[str]:
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@cache
def all_imports(path: Path) -> set[str]:
    return imports_of(list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))))


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def test_the_contract_is_the_order_of_the_house():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert [entry["type"] for entry in contract] == ["layers", "forbidden"]
    assert contract[0]["layers"] == ORDER
    assert contract[0]["exhaustive"] is True


def test_a_hypothesis_chooses_no_light():
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    assert contract[1]["source_modules"] == ["nervelight.planning"]
    assert contract[1]["forbidden_modules"] == ["nervelight.mechanism"]
    assert "allow_indirect_imports" not in contract[1]
    assert "ignore_imports" not in contract[1]


def test_every_room_stands_in_the_order():
    known = {name.strip("() ") for line in ORDER for name in line.split("|")}
    rooms = {path.name.removesuffix(".py") for path in SRC.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert rooms - {"__init__", "__pycache__", "py.typed"} <= known


def test_the_architecture_page_shows_the_same_order():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [sorted(name.strip("() ") for name in line.split("|")) for line in ORDER if line != "__main__"]
    blocks = [block.strip().splitlines() for block in page.split("```")[1::2]]
    shown = [[sorted(name.strip("() ") for name in line.split("|")) for line in block] for block in blocks]
    assert rooms in shown


def test_imports_point_down_only():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("library", ROOMS_OF)
def test_a_library_stays_in_its_rooms(library):
    used = {
        room_of(path)
        for path in modules()
        for name in all_imports(path)
        if name == library or name.startswith(f"{library}.")
    }
    assert used <= ROOMS_OF[library]


def test_slow_libraries_are_loaded_by_whoever_needs_them():
    early = {
        f"{path.relative_to(SRC)}: {name}"
        for path in modules()
        for name in imports_of(ast.parse(path.read_text(encoding="utf-8")).body)
        if name.startswith((*ONLY_INSIDE_FUNCTIONS, *KERNELS.values())) and str(path.relative_to(SRC)) not in KERNELS
    }
    assert not early
