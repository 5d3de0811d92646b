"""Open data: every column described and every description true, no formula, nobody recognisable by words."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import ClinicianDecision, review_course
from nervelight.record.contents import DayNote, Response, Session, Signature, TaskText, Voided
from nervelight.record.dossier import Dossier, Kept, dossier_of_plan
from nervelight.report.open_data import DICTIONARY, open_tables, tables_of

DIARY = Path(__file__).resolve().parents[3] / "examples/diaries/responder.csv"
ON = dt.date(2026, 11, 2)
SECRET = "Zacharias"


@pytest.fixture(scope="module")
def whole(example_plans) -> Dossier:
    """A course with something in every table; whatever people can write freely holds one word."""
    plan = example_plans["diabetic_feet"]
    case = json.loads(json.dumps(plan.case))
    case["site"]["fields"] = [f"{SECRET} left", "right"]
    case["safety"]["drugs"] = [f"drug of {SECRET}"]
    case["care"] |= {"clinician": f"Dr {SECRET}", "other_treatments": [SECRET]}
    case["care"]["goals"][1]["what"] = SECRET
    case["patient"]["age"] = "93 years"
    reading = plan.lamp.readings[0].model_copy(
        update={"kind": "own-meter", "label": f"meter of {SECRET}", "used": True}
    )
    prescribed = plan.prescription.model_copy(update={"fields": tuple(case["site"]["fields"])})
    lamp = plan.lamp.model_copy(update={"readings": (reading,), "basis": "own-meter"})
    plan = plan.model_copy(update={"case": case, "lamp": lamp, "prescription": prescribed, "title": SECRET})
    diary = read_diary(DIARY, today=ON)
    decided = ClinicianDecision(word="accept", decision=None, by=SECRET, reason=SECRET, date=ON)
    cards = [review_course(example_plans["diabetic_feet"], diary, clinician=decided)]
    made = dossier_of_plan(plan, diary, cards, today=ON)
    first = made.of(Session)[0]
    dark = first.content.model_copy(update={"seconds": {}, "stopped_early": SECRET, "note": SECRET})
    lit = first.content.model_copy(update={"seconds": {f"{SECRET} left": 60.0, "right": 90.5}})
    form = Response(instrument="phq2", score=None, answers=(1.0, None), note=SECRET)
    more = (
        Kept("d", "d", ON, dark, course=made.course_id),
        Kept("l", "l", ON, lit, course=made.course_id),
        Kept("v", "v", ON, Voided(reason=SECRET, was=lit), course=made.course_id),
        Kept("f", "f", ON, form),
        Kept("n", "n", ON, DayNote(other_treatment=SECRET, note=SECRET)),
        Kept("t", "t", ON, TaskText(text=SECRET, owner="patient", due=ON, outcome=SECRET)),
    )
    written = Signature(plan="p", sha256="0" * 64, by=SECRET, statement=SECRET)
    signed = replace(made.plans[0], signature=Kept("s", "s", ON, written))
    named = made.identity.model_copy(update={"name": SECRET, "born": "1933-02", "language": "de"})
    return replace(made, identity=named, entries=(*made.entries, *more), plans=(signed,))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module", params=[False, True], ids=["with names", "without"])
def files(request, whole) -> dict[str, str]:
    return tables_of(whole, deidentify=request.param)


def test_each_column_is_described_and_each_description_has_its_column(files):
    described = {(row["table"], row["column"]) for row in rows_of(files["columns.csv"])}
    assert rows_of(files["columns.csv"])[0].keys() == set(DICTIONARY)
    there = {
        (name.removesuffix(".csv"), column)
        for name, text in files.items()
        if name.endswith(".csv") and name != "columns.csv"
        for column in next(csv.reader(io.StringIO(text)))
    }
    assert described == there
    for row in rows_of(files["columns.csv"]):
        assert row["meaning"] and row["missing"] and row["type"]


def test_every_table_has_something_in_it_and_each_cell_is_what_its_column_says(files):
    described = {(row["table"], row["column"]): row for row in rows_of(files["columns.csv"])}
    kinds = {"integer": int, "number": float, "date": dt.date.fromisoformat, "string": str}
    for name, text in files.items():
        table = name.removesuffix(".csv")
        if not name.endswith(".csv") or name == "columns.csv":
            continue
        found = rows_of(text)
        assert found, name
        for row in found:
            for column, cell in row.items():
                told = described[table, column]
                if cell == "":
                    continue
                if told["type"] == "boolean":
                    assert cell in ("true", "false")
                else:
                    kinds[told["type"]](cell)
                if told["allowed"]:
                    assert cell in told["allowed"].split(" | "), (name, column)


def test_keys_are_unique_and_what_a_row_refers_to_is_there(files):
    tables = open_tables()
    for name, text in files.items():
        if (table := tables.get(name.removesuffix(".csv"))) is None:
            continue
        keys = [tuple(row[each] for each in table.key) for row in rows_of(text)]
        assert len(set(keys)) == len(keys), name
        assert all(all(key) for key in keys), name
        for column, described in table.columns.items():
            if described.refers:
                known = {row[tables[described.refers].key[0]] for row in rows_of(files[f"{described.refers}.csv"])}
                assert {row[column] for row in rows_of(text)} - {""} <= known, (name, column)


def test_the_package_says_the_same_as_the_table_of_columns(files):
    package = json.loads(files["datapackage.json"])
    assert package["profile"] == "tabular-data-package"
    told = [
        (each["path"].removesuffix(".csv"), field["name"], field["type"], field.get("unit", ""))
        for each in package["resources"]
        for field in each["schema"]["fields"]
    ]
    assert told == [
        (row["table"], row["column"], row["type"], row["unit"]) for row in rows_of(files["columns.csv"])
    ]  # fmt: skip
    for each in package["resources"]:
        names = {field["name"] for field in each["schema"]["fields"]}
        assert set(each["schema"]["primaryKey"]) <= names
        assert {key["fields"] for key in each["schema"]["foreignKeys"]} <= names
        assert each["path"] in files


def test_numbers_are_those_of_the_course(whole):
    files = tables_of(whole)
    plan = whole.plan
    fluence = {row["of"]: row for row in rows_of(files["quantities.csv"]) if row["quantity"] == "fluence"}
    for target in plan.targets:
        assert float(fluence[target.id]["p50"]) == pytest.approx(target.fluence_j_cm2.p50, rel=1e-5)
    assert len(rows_of(files["planned_sessions.csv"])) == len(plan.schedule.sessions)
    lit = [row for row in rows_of(files["sessions.csv"]) if row["session_id"] == "l"]
    assert [row["light_s"] for row in lit] == ["60", "90.5"]
    error = {row["session_id"]: row["entered_in_error"] for row in rows_of(files["sessions.csv"])}
    assert [name for name, struck in error.items() if struck == "true"] == ["v"]
    (dark,) = [row for row in rows_of(files["sessions.csv"]) if row["session_id"] == "d"]
    assert (dark["field"], dark["light_s"], dark["stopped_early"]) == ("", "", "true")
    walk = next(row for row in rows_of(files["goals.csv"]) if row["measured_by"] == "sixmwt")
    assert (walk["target"], walk["unit"]) == ("450", "m")
    (left_out,) = [row for row in rows_of(files["answers.csv"]) if row["score_id"] == "f" and row["item"] == "2"]
    assert left_out["answer"] == ""
    (card,) = rows_of(files["reviews.csv"])
    assert [row["review_id"] for row in rows_of(files["decisions.csv"])] == [card["review_id"]]


def test_without_names_no_word_that_people_wrote_no_id_and_no_day_is_left(whole):
    plain, shared = tables_of(whole), tables_of(whole, deidentify=True)
    assert SECRET in "".join(plain.values())
    everything = "".join(shared.values())
    assert SECRET not in everything
    assert "1933" not in everything
    for known in (
        whole.patient_id,
        whole.course_id,
        whole.current.id,
        whole.current.sha256,
        *(e.id for e in whole.entries),
    ):
        assert len(known) < 8 or known not in everything
    days = {each.day.isoformat() for each in whole.entries} | {
        each.date.isoformat() for each in whole.plan.schedule.sessions
    }
    assert not [day for day in days if day in everything]
    assert rows_of(shared["people.csv"])[0]["age_years"] == "90"
    assert [row["planned_day"] for row in rows_of(shared["planned_sessions.csv"])][:3] == ["0", "2", "4"]
    assert {row["field"] for row in rows_of(shared["sessions.csv"])} >= {"field 1", "field 2", ""}
    assert "not anonymous" in " ".join(shared["README.txt"].split())


def test_two_exports_without_names_cannot_be_joined(whole):
    first, second = (rows_of(tables_of(whole, deidentify=True)["sessions.csv"]) for _ in range(2))
    assert [row["light_s"] for row in first] == [row["light_s"] for row in second]
    assert not {row["session_id"] for row in first} & {row["session_id"] for row in second}


def test_a_spreadsheet_runs_nothing(example_plans):
    plan = example_plans["diabetic_feet"]
    for begin in ("=", "+", "-", "@", "\t", "\r"):
        note = f'{begin}HYPERLINK("http://x"),"a"\nb'
        kept = Kept("t", "t", ON, TaskText(text=note, owner="patient", due=ON))
        text = tables_of(replace(dossier_of_plan(plan), entries=(kept,)))["tasks.csv"]
        (row,) = rows_of(text)
        assert row["text"].startswith(f"'{begin}")


def test_it_is_said_that_a_person_is_made_up(whole):
    assert whole.synthetic
    for deidentify in (False, True):
        files = tables_of(whole, deidentify=deidentify)
        assert rows_of(files["people.csv"])[0]["made_up"] == whole.synthetic
        assert whole.synthetic in files["README.txt"]
