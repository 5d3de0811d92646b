"""``nervelight cohort``: from a file of people to tables, a dictionary and a page."""

import contextlib
import io
import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
import yaml
from rich.console import Console

from nervelight.cli.workers import at_work
from nervelight.documents import read_yaml
from nervelight.populations import read_summary
from nervelight.report import cohort_page

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
    pytest.importorskip("pyarrow")
    pytest.importorskip("distributed")

FEET = EXAMPLES / "populations" / "feet.yaml"


@pytest.fixture
def few(tmp_path):
    data = read_yaml(FEET) | {"worlds": 4}
    data["protocols"] = data["protocols"][:1]
    path = tmp_path / "few.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.fixture
def here(monkeypatch):
    """The work is done in this process."""

    @contextlib.contextmanager
    def nobody(*_):
        yield None

    monkeypatch.setattr("nervelight.populations.connect", nobody)


@pytest.mark.usefixtures("here")
def test_a_cohort_leaves_tables_a_dictionary_and_a_page(call, few, tmp_path):
    folder = tmp_path / "out"
    done = call("cohort", few, "-o", folder, "--n", "250")
    assert done.code == 0, done
    assert "reached" in done.out and "Nothing here says that light helps" in done.out
    assert max(map(len, done.out.split("Written")[0].splitlines())) <= 80
    assert done.err == "", "whoever pipes is told nothing on the way"
    assert [path.name for path in sorted((folder / "people").iterdir())] == ["part-0000000000.parquet"]
    assert (folder / "dictionary.csv").read_text().startswith("column,kind,meaning\n")
    summary = read_summary(folder / "cohort.json")
    assert summary.people == 250
    page = (folder / "cohort.html").read_text()
    assert page == cohort_page(summary)
    html5lib.HTMLParser(strict=True).parse(page)
    for told in (
        "people who do not exist",
        "unproven",
        "Who is left out",
        "assumption: a mixed clinic",
        "<svg",
        "cap",
        "Deepest fifth",
        "mansoura_forefoot",
    ):
        assert told in page
    assert page.count("<svg") == 5 and "<script" not in page
    again = call("cohort", few, "-o", folder, "--n", "250", "--json")
    assert json.loads(again.out) == json.loads(summary.to_json())


@pytest.mark.usefixtures("here")
def test_a_bar_with_a_rate_is_shown_on_a_terminal(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(
        "nervelight.cli.workers.terminal", lambda **_: Console(file=shown, force_terminal=True, width=80)
    )
    with at_work(1, None) as (_, watch):
        progress = watch("people", 500)
        progress(250, 500)
        progress(500, 500)
    assert re.search(r"500 of 500 people, \d+ a second", shown.getvalue())


@pytest.mark.usefixtures("here")
def test_a_folder_with_another_cohort_is_left_alone(call, few, tmp_path):
    folder = tmp_path / "out"
    (folder / "people").mkdir(parents=True)
    (folder / "people" / "part-0000000000.parquet").write_text("another")
    done = call("cohort", few, "-o", folder)
    assert done.code == 1 and "another cohort" in done.err
    assert [path.name for path in folder.iterdir()] == ["people"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--workers", "many"), "a number of processes, or auto"),
        (("--workers", "2", "--cluster", "tcp://127.0.0.1:8786"), "brings its own workers"),
    ],
)
def test_a_call_that_makes_no_sense_says_why(call, few, options, told):
    done = call("cohort", few, "-o", "out", *options)
    assert done.code == 1
    assert told in " ".join(done.err.split())


def test_without_the_extra_it_says_what_to_install(call, few, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = call("cohort", few, "-o", "out")
    assert done.code == 1 and "pip install 'nervelight[cluster]'" in done.err


def test_a_scheduler_without_workers_is_said(monkeypatch):
    shown = io.StringIO()
    nobody = SimpleNamespace(scheduler_info=lambda **_: {"workers": {}})
    monkeypatch.setattr("nervelight.populations.connect", lambda *_: contextlib.nullcontext(nobody))
    monkeypatch.setattr("nervelight.cli.workers.terminal", lambda **_: Console(file=shown, width=80))
    with at_work(None, "tcp://127.0.0.1:8786"):
        pass
    assert "no worker yet" in shown.getvalue()
