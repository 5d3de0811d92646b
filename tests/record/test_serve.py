"""``nervelight serve``: first run, upgrade after a backup, refusals with one clear error, a clean end."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from importlib.metadata import version

import pytest

from record.places import Browser, Place, need_postgres, places

__all__ = ["places"]

# Real processes, which take their time.
pytestmark = pytest.mark.slow

UNDO = """
from django.core.management import call_command
call_command('migrate', 'otp_totp', '0002', verbosity=0)
print(0)
"""
UNGUARD = """
from django.db import connection
connection.cursor().execute('DROP TRIGGER record_entry_no_update')
print(0)
"""
GUARDED = """
from django.db import connection
from nervelight.record import guards
print(json.dumps(guards.guarded(connection)))
"""
CLINICS = """
from nervelight.record.models import Clinic
print(json.dumps([each.name for each in Clinic.objects.all()]))
"""


@pytest.fixture
def lite(places) -> Place:
    return places.new("sqlite")


def refused(place: Place, *options: str, **more: str) -> str:
    done = place.run("serve", *options, **more)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_the_first_run_makes_folder_keys_and_database_for_the_owner_alone(places):
    place = places.empty()
    with place.served() as server:
        status, _ = Browser(server.port).send("GET", "/login/")
        assert status == 200
    for name in ("site.key", "session.key"):
        assert stat.S_IMODE((place.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(place.home.stat().st_mode) == 0o700
    assert not (place.home / "backups").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(lite, how):
    with lite.served() as server:
        server.process.send_signal(how)
        out, err = server.process.communicate(timeout=30)
        assert server.process.returncode == 0, err
        assert "Stopped." in out
        assert err == ""


def test_a_record_of_an_earlier_version_is_backed_up_first_and_it_is_said(lite):
    lite.ask(UNDO)
    with lite.served() as server:
        server.process.send_signal(signal.SIGTERM)
        err = server.process.communicate(timeout=30)[1]
    (file,) = (lite.home / "backups").iterdir()
    assert file.name.startswith(f"before-{version('nervelight')}-20")
    assert str(file) in err
    # What is up to date is not backed up again.
    with lite.served():
        assert list((lite.home / "backups").iterdir()) == [file]
    # And the backup is one.
    assert lite.run("restore", str(file), "--force").returncode == 0


def test_a_record_of_a_later_version_is_refused(lite):
    lite.ask(
        "from django.db.migrations.recorder import MigrationRecorder\nfrom django.db import connection\n"
        "MigrationRecorder(connection).record_applied('record', '9999_later')\nprint(0)"
    )
    said = refused(lite, "--port", "0")
    assert "later version" in said
    assert "record.9999_later" in said


def test_a_record_without_its_site_key_is_refused_and_no_new_key_is_made(lite):
    key = lite.home / "site.key"
    known = key.read_text()
    key.unlink()
    assert "put it back" in refused(lite, "--port", "0")
    assert not key.exists()
    key.write_text("00" * 32)
    assert "another site key" in refused(lite, "--port", "0")
    key.write_text(known)


def test_guards_that_are_missing_come_back_and_it_is_said(lite):
    lite.ask(UNGUARD)
    with lite.served() as server:
        server.process.send_signal(signal.SIGTERM)
        assert "nervelight audit verify" in server.process.communicate(timeout=30)[1]
    assert lite.ask(GUARDED)


def test_a_port_that_is_taken_is_one_clear_error(lite):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = refused(lite, "--port", str(taken.getsockname()[1]))
    assert "a port that is free" in said
    assert "an address of this machine" in refused(lite, "--port", "0", "--host", "192.0.2.7")


def test_an_address_that_others_reach_without_https_is_warned_of(lite):
    for options, warned in ((("--host", "0.0.0.0"), True), ((), False)):
        process = subprocess.Popen(
            [sys.executable, "-m", "nervelight", "serve", "--port", "0", *options],
            env=lite.environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        err = process.communicate(timeout=30)[1]
        assert ("not encrypted" in err) is warned
        assert ("NERVELIGHT_HOSTS" in err) is warned


def test_behind_a_proxy_that_speaks_https_pages_are_served_and_not_sent_round(lite):
    with lite.served(NERVELIGHT_HTTPS="1", NERVELIGHT_HOSTS="clinic.example") as server:
        browser = Browser(server.port)
        headers = {"Host": "clinic.example", "X-Forwarded-For": "192.0.2.1"}
        assert browser.send("GET", "/login/", **headers)[0] == 301
        assert browser.send("GET", "/login/", **headers, **{"X-Forwarded-Proto": "https"})[0] == 200
    with lite.served(NERVELIGHT_HTTPS="1", NERVELIGHT_PROXY="192.0.2.9") as server:
        # Somebody who is not the proxy is not believed.
        assert Browser(server.port).send("GET", "/login/", **{"X-Forwarded-Proto": "https"})[0] == 301


@pytest.mark.parametrize(
    "url",
    ["postgres://doctor:s3cret@host:port/clinic", "mysql://doctor:s3cret@host/clinic", "doctor:s3cret", "sqlite:///s3cret",
     "postgres://doctor:s3cret@host"],
)  # fmt: skip
def test_an_address_of_a_database_that_cannot_be_used_is_one_clear_error_without_the_password(places, url):
    said = refused(places.empty(), NERVELIGHT_DATABASE_URL=url)
    assert "postgres://USER:PASSWORD@HOST:5432/DATABASE" in said
    assert "s3cret" not in said


def test_a_database_that_does_not_answer_is_one_clear_error_without_the_password(places):
    said = refused(places.empty(), NERVELIGHT_DATABASE_URL="postgres://doctor:s3cret@127.0.0.1:1/clinic")
    assert "does not answer" in said
    assert "s3cret" not in said


def test_without_the_driver_of_postgresql_it_is_said_what_to_install(places, tmp_path):
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text(
        "import sys\nclass Hide:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'psycopg': raise ModuleNotFoundError(name)\n"
        "import importlib.util as u\nknown = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'psycopg' else known(name, package)\n"
    )
    place = places.empty()
    path = os.pathsep.join([str(tmp_path), place.environment()["PYTHONPATH"]])
    said = refused(place, NERVELIGHT_DATABASE_URL="postgres://a@b/c", PYTHONPATH=path)
    assert "pip install 'nervelight[postgres]'" in said


def test_a_demonstration_has_a_folder_and_a_key_of_its_own_and_is_loaded_once(lite):
    record = (lite.home / "record.sqlite3").read_bytes()
    with lite.served("--demo", NERVELIGHT_DATABASE_URL="postgres://nobody@127.0.0.1:1/x"):
        pass
    told = (lite.home / "demo" / "logins.txt").read_text()
    with lite.served("--demo", NERVELIGHT_DATABASE_URL="postgres://nobody@127.0.0.1:1/x"):
        pass
    assert (lite.home / "record.sqlite3").read_bytes() == record
    demo = Place(lite.home / "demo")
    assert demo.ask(CLINICS) == ["Demonstration clinic"]
    assert (lite.home / "demo" / "logins.txt").read_text() == told
    assert (demo.home / "site.key").read_text() != (lite.home / "site.key").read_text()


def test_an_empty_database_of_postgresql_is_made_and_served(places):
    need_postgres()
    with places.empty("postgresql").served() as server:
        assert Browser(server.port).send("GET", "/login/")[0] == 200
