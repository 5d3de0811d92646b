"""Backups are one moment of the record, are checked when they are written, and come back whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from record.places import ENGINES, Place, need_postgres, places

__all__ = ["places"]

# Real processes, which take their time.
pytestmark = pytest.mark.slow

STATE = """
from nervelight.record import audit
from nervelight.record.models import *
print(json.dumps({
    "head": audit.head(), "faults": [str(each) for each in audit.verify()], "keys": PersonKey.objects.count(),
    "entries": Entry.objects.count(),
    "actions": list(AuditRow.objects.order_by("seq").values_list("action", flat=True)),
}))
"""
ERASE = """
from nervelight.record import people
from nervelight.record.models import *
people.erase(Patient.objects.get(pk=sys.argv[1]), author=Account.objects.get(login="doctor"))
print("null")
"""
WRITE = """
from pathlib import Path
from nervelight.record.courses import record_session
from nervelight.record.models import *
from store.make import FIRST, session
course = Course.objects.select_related("patient__clinic").get(pk=sys.argv[1])
author = Account.objects.get(login="doctor")
number, stop = 0, Path(sys.argv[3])
print("writing", flush=True)
while number == 0 or not stop.exists():
    record_session(course, session(str(course.signed_plan_id)), author=author, day=FIRST, key=f"{sys.argv[2]}-{number}")
    number += 1
print(number)
"""


@pytest.fixture(params=ENGINES)
def place(request, places) -> Place:
    if request.param == "postgresql":
        need_postgres()
    return places.new(request.param)


@pytest.fixture
def lite(places) -> Place:
    return places.new("sqlite")


def backed_up(place: Place, name: str = "kept.zip") -> Path:
    file = place.home / name
    done = place.run("backup", str(file))
    assert done.returncode == 0, done.stderr
    return file


def refused(place: Place, *arguments: str) -> str:
    """Run a command that must be refused with one clear error; return the error on one line."""
    done = place.run(*arguments)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def manifest_of(file: Path) -> dict:
    with zipfile.ZipFile(file) as packed:
        return json.loads(packed.read("manifest.json"))


def test_a_backup_comes_back_in_place_of_the_record_which_is_kept_aside(place):
    before = place.ask(STATE)
    file = backed_up(place)
    writer = place.python(WRITE, place.ids["course"], "later", str(file))
    assert int(writer.communicate(timeout=60)[0].splitlines()[-1]) > 0
    assert "--force" in refused(place, "restore", str(file))
    assert place.ask(STATE)["entries"] > before["entries"]

    done = place.run("restore", str(file), "--force")
    assert done.returncode == 0, done.stderr
    after = place.ask(STATE)
    assert after["entries"] == before["entries"]
    assert after["faults"] == []
    assert after["actions"] == [*before["actions"], "restore"]
    (aside,) = (place.home / "backups").glob("replaced-*.zip")
    assert manifest_of(aside)["rows"]["record_entry"] > before["entries"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # Nothing half-done is left behind.
    assert list(place.home.glob(".nervelight-*")) == []


def test_a_backup_comes_back_on_another_machine_with_the_site_key_alone(places, place):
    file = backed_up(place)
    other = places.empty("postgresql" if place.url else "sqlite")
    assert "site key" in refused(other, "restore", str(file))
    other.home.mkdir()
    shutil.copy(place.home / "site.key", other.home)
    assert other.run("restore", str(file)).returncode == 0
    assert other.ask(STATE)["entries"] == place.ask(STATE)["entries"]


def test_the_key_is_not_in_the_backup_and_its_place_is_said(lite):
    done = lite.run("backup", str(lite.home / "kept.zip"))
    assert str(lite.home / "site.key") in done.stdout
    key = (lite.home / "site.key").read_text().strip()
    with zipfile.ZipFile(lite.home / "kept.zip") as packed:
        content = b"".join(packed.read(name) for name in packed.namelist())
    assert key.encode() not in content
    assert bytes.fromhex(key) not in content
    assert b"Anna" not in content


def test_a_backup_of_another_key_is_refused(places, lite):
    file = backed_up(lite)
    other = places.empty()
    other.home.mkdir()
    (other.home / "site.key").write_text("00" * 32)
    assert "site_key" in refused(other, "restore", str(file))
    assert not (other.home / "record.sqlite3").exists()


def changed(file: Path, change: dict[str, bytes]) -> Path:
    """Return a copy of a backup with other members."""
    other = file.with_name(f"changed-{len(list(file.parent.iterdir()))}.zip")
    with zipfile.ZipFile(file) as known, zipfile.ZipFile(other, "w") as packed:
        for name in known.namelist():
            packed.writestr(name, change.get(name, known.read(name)))
    return other


def test_a_backup_that_was_changed_or_damaged_is_refused_and_the_record_stays(lite):
    file = backed_up(lite)
    before = (lite.home / "record.sqlite3").read_bytes()
    with zipfile.ZipFile(file) as packed:
        text, dump = packed.read("manifest.json"), packed.read("record.sqlite3")
    flipped = dump[:-20] + bytes([dump[-20] ^ 1]) + dump[-19:]
    whole = file.read_bytes()
    (lite.home / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (lite.home / "text.zip").write_text("no backup")
    for wrong, word in (
        (changed(file, {"manifest.json": text.replace(b'"seq"', b' "seq"')}), "manifest was changed"),
        (changed(file, {"record.sqlite3": flipped}), "sha256"),
        (changed(file, {"record.sqlite3": dump[:-1]}), "size"),
        (lite.home / "cut.zip", "a backup of Nervelight"),
        (lite.home / "text.zip", "a backup of Nervelight"),
        (lite.home / "missing.zip", "a file that exists"),
    ):
        assert word in refused(lite, "restore", str(wrong), "--force")
    assert (lite.home / "record.sqlite3").read_bytes() == before
    assert not (lite.home / "backups").exists()


def test_no_backup_is_overwritten_and_none_is_left_half(lite):
    file = backed_up(lite)
    known = file.read_bytes()
    assert "not taken" in refused(lite, "backup", str(file))
    assert file.read_bytes() == known
    assert "folder that exists" in refused(lite, "backup", str(lite.home / "nowhere" / "kept.zip"))


def test_who_was_erased_after_the_backup_stays_erased(place):
    file = backed_up(place)
    keys = place.ask(STATE)["keys"]
    place.ask(ERASE, place.ids["patient"])
    assert place.ids["patient"] in (place.home / "erased.jsonl").read_text()
    assert place.run("restore", str(file), "--force").returncode == 0
    after = place.ask(STATE)
    assert after["keys"] == keys - 1
    assert after["faults"] == []
    assert after["actions"][-2:] == ["erase", "restore"]


def test_an_erasure_that_was_not_listed_any_more_is_listed_before_a_restore(lite):
    file = backed_up(lite)
    lite.ask(ERASE, lite.ids["patient"])
    (lite.home / "erased.jsonl").unlink()
    assert lite.run("restore", str(file), "--force").returncode == 0
    assert lite.ids["patient"] in (lite.home / "erased.jsonl").read_text()
    assert lite.ask(STATE)["actions"][-2] == "erase"


def test_a_list_of_the_erased_that_cannot_be_read_stops_the_restore(lite):
    file = backed_up(lite)
    (lite.home / "erased.jsonl").write_text("{}\n")
    assert "line 1" in refused(lite, "restore", str(file), "--force")


def test_a_record_in_use_is_not_replaced(lite):
    file = backed_up(lite)
    with lite.served():
        assert "stop `nervelight serve` first" in refused(lite, "restore", str(file), "--force")
    assert "restore" not in lite.ask(STATE)["actions"]


def test_a_record_too_damaged_for_a_backup_is_kept_as_it_is(lite):
    file = backed_up(lite)
    record = lite.home / "record.sqlite3"
    with record.open("r+b") as handle:
        handle.seek(8192)
        handle.write(os.urandom(60_000))
    damaged = record.read_bytes()
    assert lite.run("backup", str(lite.home / "other.zip")).returncode == 1
    assert not (lite.home / "other.zip").exists()
    done = lite.run("restore", str(file), "--force")
    assert done.returncode == 0, done.stderr
    (aside,) = (lite.home / "backups").glob("replaced-*/record.sqlite3")
    assert aside.read_bytes() == damaged
    assert lite.ask(STATE)["faults"] == []


def test_a_backup_keeps_a_record_whose_audit_is_broken_and_says_so(lite):
    lite.ask(
        "from django.db import connection\nfrom nervelight.record import guards\n"
        "from nervelight.record.models import AuditRow\n"
        "with guards.removed(connection): AuditRow.objects.filter(seq=3).update(action='nothing')\nprint('null')"
    )
    done = lite.run("audit", "verify")
    assert done.returncode == 1
    assert "row 3: it was changed" in done.stdout
    done = lite.run("backup", str(lite.home / "kept.zip"))
    assert done.returncode == 1
    assert "row 3: it was changed" in done.stderr
    assert lite.run("restore", str(lite.home / "kept.zip"), "--force").returncode == 0


def test_a_backup_of_the_other_engine_is_refused(places, lite):
    need_postgres()
    file = backed_up(lite)
    other = places.empty("postgresql")
    other.home.mkdir()
    shutil.copy(lite.home / "site.key", other.home)
    assert "postgresql, the database in use" in refused(other, "restore", str(file))


def test_without_the_programs_of_postgresql_it_is_said_what_to_install(places, tmp_path):
    need_postgres()
    place = places.new("postgresql")
    done = place.run("backup", str(tmp_path / "kept.zip"), PATH=str(tmp_path))
    assert done.returncode == 1
    assert "postgresql-client" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_under_write_load_is_one_moment_of_the_record(place):
    stop = place.home / "stop"
    writers = [place.python(WRITE, place.ids["course"], name, str(stop)) for name in ("a", "b")]
    for writer in writers:
        assert writer.stdout.readline() == "writing\n"
    files = [backed_up(place, f"{number}.zip") for number in range(2)]
    stop.touch()
    written = sum(int(writer.communicate(timeout=60)[0]) for writer in writers)
    assert written > 20
    counts = [manifest_of(file)["rows"]["record_entry"] for file in files]
    end = place.ask(STATE)["entries"]
    assert end - written < counts[0] < counts[1] <= end
    for file in files:
        assert manifest_of(file)["audit"]["faults"] == []
        assert place.run("restore", str(file), "--force").returncode == 0
        state = place.ask(STATE)
        assert state["faults"] == []
        assert state["entries"] == manifest_of(file)["rows"]["record_entry"]


def test_the_head_that_was_written_down_shows_a_chain_that_was_cut_short(lite):
    file = backed_up(lite)
    lite.ask(ERASE, lite.ids["other"])
    head = lite.run("audit", "head").stdout.strip()
    assert lite.run("audit", "verify", "--head", head).returncode == 0
    (lite.home / "erased.jsonl").unlink()
    shutil.copy(lite.home / "record.sqlite3", lite.home / "old")
    assert lite.run("restore", str(file), "--force").returncode == 0
    done = lite.run("audit", "verify", "--head", head)
    assert done.returncode == 1
    assert "written down elsewhere" in done.stdout
    assert lite.run("audit", "verify", "--head", "nonsense").returncode == 2


@pytest.mark.parametrize("command", [("backup", "x.zip"), ("audit", "head"), ("audit", "verify")])
def test_without_a_record_commands_say_so_and_make_nothing(places, command):
    place = places.empty()
    assert "nervelight serve" in refused(place, *command)
    assert not place.home.exists()
