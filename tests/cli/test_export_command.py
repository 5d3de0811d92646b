"""``nervelight export``: each form of a course, all or none; from files and from the record; a person's archive."""

import json
import uuid
import zipfile
from pathlib import Path

import pytest
from icalendar import Calendar

ROOT = Path(__file__).resolve().parents[2]
DIARIES = ROOT / "examples" / "diaries"


@pytest.fixture
def record(monkeypatch, tmp_path):
    """A record without anybody."""
    from nervelight.record import home

    monkeypatch.setattr(home, "open_record", lambda: None)
    return tmp_path


def test_a_plan_with_its_diary_is_written_as_a_transaction(call, plan_file, tmp_path):
    done = call("export", plan_file, "--diary", DIARIES / "responder.csv", "--fhir", tmp_path / "out.json")
    assert done.code == 0
    assert done.out.split() == ["Written:", str(tmp_path / "out.json")]
    bundle = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert (bundle["type"], kinds.count("Procedure"), kinds.count("CarePlan")) == ("transaction", 11, 1)
    assert bundle["entry"][0]["resource"]["meta"]["tag"][0]["code"] == "HTEST"


def test_ids_are_made_with_the_secret_of_a_file_that_is_long_enough(call, plan_file, tmp_path):
    key, out = tmp_path / "id.key", tmp_path / "out.json"
    key.write_text("short\n")
    done = call("export", plan_file, "--id-key", key, "--fhir", out)
    assert done.code == 1
    assert "at least 16 bytes" in " ".join(done.err.split())
    assert "short" not in done.err
    ids = []
    for secret in ("one secret of ours", "one secret of ours\n", "another one of ours"):
        key.write_text(secret)
        assert call("export", plan_file, "--id-key", key, "--fhir", out).code == 0
        ids.append(json.loads(out.read_text(encoding="utf-8"))["entry"][0]["resource"]["id"])
    assert ids[0] == ids[1] != ids[2]
    assert call("export", "--course", uuid.uuid4(), "--id-key", key, "--fhir", out).code == 2


def test_no_file_is_written_twice_or_over_what_is_read(call, plan_file, tmp_path):
    before = plan_file.read_bytes()
    for arguments in (
        ("--fhir", plan_file),
        ("--letter", tmp_path / "a.pdf", "--log", tmp_path / "x" / ".." / "a.pdf"),
    ):
        done = call("export", plan_file, *arguments)
        assert done.code == 2
        assert "name another file" in " ".join(done.err.split())
    assert plan_file.read_bytes() == before
    assert not (tmp_path / "a.pdf").exists()


def test_a_blocked_plan_has_no_calendar_and_leaves_with_3(call, example_plans, tmp_path):
    blocked = tmp_path / "blocked.json"
    blocked.write_text(example_plans["stroke_hand"].to_json(), encoding="utf-8")
    done = call("export", blocked, "--ics", tmp_path / "c.ics", "--methods", tmp_path / "m.md")
    assert done.code == 3
    assert "blocked, so there is no calendar" in done.err
    assert not (tmp_path / "m.md").exists()


def test_a_collection_has_no_requests(call, plan_file, tmp_path):
    assert call("export", plan_file, "--fhir", tmp_path / "out.json", "--collection").code == 0
    bundle = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert bundle["type"] == "collection"
    assert not any("request" in entry for entry in bundle["entry"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a plan"),
        (("PLAN",), "say what to write"),
        (("PLAN", "--course", str(uuid.uuid4()), "--fhir", "x.json"), "name a plan"),
        (("--person", str(uuid.uuid4())), "go together"),
        (("--archive", "x.zip"), "go together"),
        (("PLAN", "--person", str(uuid.uuid4()), "--archive", "x.zip"), "without a plan or a course"),
        (("--person", "nobody", "--archive", "x.zip"), "not a valid UUID"),
    ],
)
def test_a_wrong_call_writes_nothing(call, plan_file, arguments, told):
    done = call("export", *(plan_file if each == "PLAN" else each for each in arguments))
    assert done.code == 2
    assert told in " ".join(done.err.split())
    assert not list(Path.cwd().iterdir())


@pytest.mark.django_db
def test_somebody_whom_the_record_does_not_know_is_told(call, record):
    done = call("export", "--person", uuid.uuid4(), "--archive", record / "all.zip")
    assert done.code == 1
    assert "the id of a person" in " ".join(done.err.split())
    assert not (record / "all.zip").exists()


@pytest.mark.django_db
def test_a_person_s_archive_has_their_courses(call, record, example_plans):
    import yaml

    from nervelight.record import courses, people
    from nervelight.record.contents import Identity
    from nervelight.record.models import Account, Clinic

    clinic = Clinic.objects.create(name="Test", emergency_number="112", phone="1", time_zone="Europe/Berlin")
    doctor = Account.objects.create_user("doctor", "correct horse", name="Dr B", role="clinician", clinic=clinic)
    patient = people.add_patient(clinic, Identity(name="Anna"), author=doctor)
    case = json.loads(json.dumps(yaml.safe_load((ROOT / "examples/diabetic_feet.yaml").read_text()), default=str))
    course = courses.open_course(patient, case, author=doctor)
    courses.add_plan(course, example_plans["diabetic_feet"], case=courses.case_of(course).entry, author=doctor)
    assert call("export", "--person", patient.pk, "--archive", record / "all.zip").code == 0
    assert f"fhir/{course.pk}.json" in zipfile.ZipFile(record / "all.zip").namelist()
    assert call("export", "--course", course.pk, "--fhir", record / "out.json").code == 0
    bundle = json.loads((record / "out.json").read_text(encoding="utf-8"))
    assert {"Anna"} == {entry["resource"]["name"][0]["text"] for entry in bundle["entry"] if _patient(entry)}


def _patient(entry):
    return entry["resource"]["resourceType"] == "Patient"


def test_several_forms_are_written_at_once(call, plan_file):
    done = call(
        "export", plan_file, "--diary", DIARIES / "responder.csv",
        "--ics", "course.ics", "--at", "20:00", "--zone", "Europe/Berlin", "--csv", "tables", "--methods", "methods.md",
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
        (("--methods", "m.md", "--at", "20:00"), 2, "--at goes with --ics"),
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
