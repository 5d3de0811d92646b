"""Places of their own for tests that run the real commands: a folder, a database, a server in its own process."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from record.forked import run_forked
from store.make import LOGINS, PASSWORD

__all__ = ["ENGINES", "Browser", "Place", "need_postgres", "places"]

TESTS = Path(__file__).resolve().parents[1]
ENGINES = ("sqlite", "postgresql")
URL = "NERVELIGHT_DATABASE_URL"
BEGIN = "import sys\nfrom nervelight.record.home import start_django\nstart_django()\n"
NAMES = ("NERVELIGHT_SITE_KEY_FILE", "NERVELIGHT_HOSTS", "NERVELIGHT_HTTPS", "DJANGO_SETTINGS_MODULE", URL)


def need_postgres() -> str:
    """Return the address of a server; without one the test is skipped, or fails where it must run."""
    if url := os.environ.get(URL):
        return url
    if os.environ.get("NERVELIGHT_REQUIRE_POSTGRES") == "1":
        pytest.fail(f"{URL} names no server")
    pytest.skip(f"{URL} names no server: python tests/postgres.py pytest ...")


@dataclass
class Place:
    """A folder with the environment in which commands use it."""

    home: Path
    url: str = ""
    ids: dict[str, str] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """Return the variables for a process of this place."""
        kept = {name: value for name, value in os.environ.items() if name not in NAMES}
        path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH", "")]))
        found = {
            **kept,
            "NERVELIGHT_DATA": str(self.home),
            "PYTHONPATH": path,
            "COLUMNS": "200",
            "NERVELIGHT_WARM_UP": "0",
        }
        return {**found, **({URL: self.url} if self.url else {}), **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Nervelight to its end."""
        if "PYTHONPATH" not in more:
            return run_forked(arguments, self.environment(**more))
        # What stands on the path is read when Python starts.
        return subprocess.run(
            [sys.executable, "-m", "nervelight", *arguments],
            env=self.environment(**more), capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def python(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a program with Django loaded."""
        return subprocess.Popen(
            [sys.executable, "-c", BEGIN + code, *arguments],
            env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, code: str, *arguments: str) -> Any:
        """Run a program that prints JSON, and return it."""
        done = run_forked(arguments, self.environment(), BEGIN + "import json\n" + code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def served(self, *options: str, **more: str) -> Iterator[Server]:
        """Serve this place at a free port until the end, unless it was killed meanwhile."""
        process = subprocess.Popen(
            [sys.executable, "-m", "nervelight", "serve", "--port", "0", *options],
            env=self.environment(PYTHONUNBUFFERED="1", **more),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            line = process.stdout.readline() if process.stdout else ""
            where = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
            assert where, line + process.communicate(timeout=60)[1]
            yield Server(process, int(where[1]))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


@dataclass
class Server:
    """A server that runs."""

    process: subprocess.Popen[str]
    port: int

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()


class Browser:
    """As much of a browser as logs in and sends: cookies and the token against forged requests."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, SimpleCookie()

    def send(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """Send one request over a connection of its own; return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            given = "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())
            connection.request(method, path, body, {"Cookie": given, **headers})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(header)
        return answer.status, text

    def log_in(self, role: str) -> None:
        """Log in as the account of a role."""
        _, page = self.send("GET", "/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page
        form = {"username": LOGINS[role], "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        status, text = self.send(
            "POST", "/login/", urllib.parse.urlencode(form), **{"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert status == 302, text

    def send_json(self, path: str, data: Any) -> tuple[int, str]:
        """Send data as a page's script does."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookies["csrftoken"].value}
        return self.send("POST", path, json.dumps(data), **headers)


class Places:
    """Makes places with the small record of the store, each a copy of one that was made once an engine."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, {}

    def new(self, engine: str) -> Place:
        """Return a place of its own."""
        if engine not in self.made:
            self.made[engine] = self._make(engine)
        known = self.made[engine]
        name = f"nl_{uuid.uuid4().hex}"
        home = self.folder / name
        shutil.copytree(known.home, home)
        return Place(home, self._database(name, known.url) if known.url else "", known.ids)

    def empty(self, engine: str = "sqlite") -> Place:
        """Return a place in which nothing is."""
        name = f"nl_{uuid.uuid4().hex}"
        return Place(self.folder / name, self._database(name) if engine == "postgresql" else "")

    def _make(self, engine: str) -> Place:
        place = self.empty(engine)
        done = subprocess.run(
            [sys.executable, TESTS / "store" / "make.py", place.home],
            env=place.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        place.ids = json.loads(done.stdout.splitlines()[-1])
        return place

    def _database(self, name: str, template: str = "") -> str:
        import psycopg

        url = need_postgres()
        copied = f' TEMPLATE "{template.rpartition("/")[2]}"' if template else ""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"{copied}')
        return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """Places with the record of the store, and empty ones."""
    return Places(tmp_path_factory.mktemp("places"))
