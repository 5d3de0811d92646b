"""Every data file is read by something, and every file that is read is shipped."""

import fnmatch
import re
import subprocess
import sys
import tomllib
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "nervelight"
DATA = sorted(
    str(path.relative_to(SRC))
    for path in SRC.rglob("*")
    # The text of a translation is for those who translate; what is compiled from it is shipped.
    if path.is_file() and path.suffix not in {".py", ".pyc", ".typed", ".po"} and "__pycache__" not in path.parts
)


# A page's parts are read when somebody asks for the page: that something names them is what can be held here.
PARTS = [name for name in DATA if name.startswith("web/") and not name.startswith("web/locale/")]
# The typesetter reads these itself: that code or another of them names them is what can be held here.
TYPESET = [name for name in DATA if name.endswith(".typ")]
# Django finds these by their names.
FOUND_BY_DJANGO = {f"web/templates/{code}.html" for code in (400, 403, 404, 500)}


@pytest.fixture(scope="module")
def opened() -> set[str]:
    """Names of the data files that are opened when everything is asked for, in an interpreter that has read nothing."""
    done = subprocess.run([sys.executable, "-c", READ_ALL, str(ROOT)], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


READ_ALL = """
import sys
from pathlib import Path
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from nervelight.assessment import scorable_ids, wording
from nervelight.evidence import study, study_ids
from nervelight.mechanism import (
    arrows, fibre_names, fitted_sets, mechanism_parameters, membrane_texts, model_text, observations
)
from nervelight.optics import device, device_ids
from nervelight.planning import case_names, case_template, make_plan
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.education import education_sheets
from nervelight.planning.review import review_course
from nervelight.populations import CohortSummary
from nervelight.report import cohort_page, education_page, plan_page, review_page
from nervelight.report.page import environment
from nervelight.report.methods import reporting_items
from nervelight.report.open_data import open_tables
[study(name) for name in study_ids()]
[device(name) for name in device_ids()]
[wording(name) for name in scorable_ids()]
[read() for read in (
    arrows, fibre_names, fitted_sets, mechanism_parameters, membrane_texts, model_text, observations
)]
case_names()
case_template()
reporting_items()
open_tables()
plan = make_plan(Path(sys.argv[1]) / "examples" / "diabetic_feet.yaml", draws=16)
plan_page(plan)
education_page(education_sheets(plan))
review_page(review_course(plan, read_diary(Path(sys.argv[1]) / "examples" / "diaries" / "responder.csv")))
none = {"label": "", "condition": "", "seed": 0, "worlds": 4, "people": 0, "sha256": "", "version": ""}
cohort_page(CohortSummary(**none, assumed=(), drawn=(), common=(), protocols=()))
environment().get_template("trial.html.j2")
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "nervelight.web.settings"
from nervelight.record.home import start_django
start_django()
from nervelight.record.demo import read_demo
read_demo()
import nervelight
home = Path(nervelight.__file__).parent
print("\\n".join(sorted({str(Path(name).relative_to(home)) for name in opened if home in Path(name).parents})))
"""


@pytest.mark.parametrize("name", [name for name in DATA if not name.startswith("web/") and name not in TYPESET])
def test_each_data_file_is_read_by_something(name, opened):
    assert name in opened


@pytest.fixture(scope="module")
def named() -> set[str]:
    """Paths of templates and static files as pages, views, scripts and settings write them."""
    texts = [path for path in (SRC / "web").rglob("*") if path.suffix in {".py", ".html", ".js", ".webmanifest"}]
    found = (
        re.findall(r"[\w./-]+\.(?:html|css|js|svg|webmanifest|txt|png)", path.read_text("utf-8")) for path in texts
    )
    return {name for names in found for name in names}


@pytest.mark.parametrize("name", PARTS)
def test_each_part_of_a_page_is_named_by_something(name, named):
    short = name.removeprefix("web/templates/").removeprefix("web/static/")
    assert short in named or f"/static/{short}" in named or name in FOUND_BY_DJANGO


@pytest.mark.parametrize("name", TYPESET)
def test_each_template_of_a_pdf_is_named_by_something(name):
    texts = [path for path in (SRC / "report").rglob("*") if path.suffix in {".py", ".typ"}]
    assert any(f'"{Path(name).name}"' in path.read_text(encoding="utf-8") for path in texts)


@pytest.mark.parametrize("name", DATA)
def test_each_data_file_is_shipped(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["nervelight"]
    assert any(fnmatch.fnmatch(f"x/{name}", pattern.replace("**/", "*/")) for pattern in patterns)
    assert resources.files("nervelight").joinpath(name).is_file()
