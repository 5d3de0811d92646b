"""``nervelight export``: calendar, open data and reporting sheet, all or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from icalendar import Calendar

DIARY = Path(__file__).resolve().parents[2] / "examples" / "diaries" / "responder.csv"


@pytest.fixture(scope="module")
def plan_file(example_plans, tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.json"
    path.write_text(example_plans["diabetic_feet"].to_json(), encoding="utf-8")
    return path


def test_several_forms_are_written_at_once(call, plan_file):
    done = call(
        "export", plan_file, "--diary", DIARY, "--ics", "course.ics", "--at", "20:00", "--zone", "Europe/Berlin",
        "--csv", "tables", "--methods", "methods.md",
    )  # fmt: skip
    assert (done.code, done.out) == (0, "Written: course.ics, methods.md, tables (28 files)\n")
    here = Path.cwd()
    events = Calendar.from_ical((here / "course.ics").read_bytes()).walk("VEVENT")
    assert sum(event["summary"] == "Light session" for event in events) == 12
    assert len((here / "tables" / "sessions.csv").read_text().splitlines()) == 1 + 2 * 11
    assert (here / "methods.md").read_text().startswith("# Reporting sheet")


def test_data_to_share_hold_no_name(call, plan_file):
    assert call("export", plan_file, "--csv", "shared", "--deidentify").code == 0
    assert "Example A" not in "".join(path.read_text() for path in Path("shared").iterdir())
    assert not Path("shared/other_treatment.csv").exists()


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        ((), 2, "say what to write"),
        (("--ics", "a.ics", "--at", "25:00"), 1, "a time of day as HH:MM"),
        (("--ics", "a.ics", "--at", "20:00"), 1, "the time zone of the time of day"),
        (("--ics", "a.ics", "--at", "20:00", "--zone", "Europe/Berln"), 1, "did you mean 'Europe/Berlin'?"),
        (("--methods", "m.md", "--at", "20:00"), 2, "go with --ics"),
        (("--methods", "m.md", "--deidentify"), 2, "--deidentify goes with --csv"),
    ],
)
def test_what_cannot_be_done_writes_nothing(call, plan_file, options, code, told):
    done = call("export", plan_file, *options)
    assert done.code == code
    assert told in " ".join(done.err.split())
    assert list(Path.cwd().iterdir()) == []


def test_one_form_that_fails_leaves_none(call, plan_file):
    assert call("export", plan_file, "--methods", "m.md", "--ics", "a.ics", "--at", "1:2:3").code == 1
    assert list(Path.cwd().iterdir()) == []
