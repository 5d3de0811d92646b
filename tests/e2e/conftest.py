"""A real server process, a real Chromium, and the rules of axe-core."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from made_once import MadeOnce

AXE = Axe().axe_script
PASSWORD = "a password for the demonstration"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
DATABASE = "record.sqlite3"
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)
MAKE_DEMO = """
import sys
from nervelight.record.home import manage, prepare_home, start_django
prepare_home()
start_django()
manage("migrate", verbosity=0)
from nervelight.record.demo import load_demo
load_demo(password=sys.argv[1], draws=16)
"""


def chromium_path() -> str:
    """Return the browser, or skip, which CI does not allow."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium on this machine: install Debian's package chromium to run the browser stories"
        if os.environ.get("NERVELIGHT_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass
class Server:
    """A running `nervelight serve`."""

    home: Path
    url: str = ""
    process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        """Start it on a free port and wait until it says where it is."""
        command = [sys.executable, "-m", "nervelight", "serve", "--port", "0", *arguments]
        environment = {
            **os.environ,
            "NERVELIGHT_DATA": str(self.home),
            "PYTHONUNBUFFERED": "1",
            "NERVELIGHT_WARM_UP": "0",
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+?/", line):
                self.url = found[0].rstrip("/")
                return
        raise RuntimeError("the server ended before it said where it is")

    def put_back(self, known: Path) -> None:
        """Have the record of a folder in place of its own, under the running server."""
        kept = {file.name for file in known.iterdir()}
        for entry in self.home.iterdir():
            if entry.name not in kept and not entry.name.startswith(DATABASE):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        with closing(sqlite3.connect(known / DATABASE)) as source, closing(sqlite3.connect(self.home / DATABASE)) as to:
            source.backup(to)

    def stop(self) -> None:
        """Stop it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


# Playwright keeps an event loop running, under which Django refuses to touch a database: it ends with its module.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
    yield launched
    launched.close()


def run(home: Path, code: str, *arguments: str) -> str:
    """Run a program on the record of a folder, and return what it prints."""
    environment = {**os.environ, "NERVELIGHT_DATA": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="session")
def demo_home(made_once: MadeOnce) -> Path:
    """The folder of a clinic with the ten people of the demonstration."""
    chromium_path()
    return made_once("demo", lambda home: run(home, MAKE_DEMO, PASSWORD))


def serve(home: Path) -> Iterator[Server]:
    """Run a server on a folder."""
    running = Server(home)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def read_server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A clinic of the demonstration in which pages are read and nothing is written."""
    yield from serve(shutil.copytree(demo_home, tmp_path_factory.mktemp("read") / "home"))


@pytest.fixture
def server(read_server: Server, demo_home: Path) -> Server:
    """A clinic of the demonstration as it was made, for one story."""
    read_server.put_back(demo_home)
    return read_server


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[Server]:
    """A server on its first run."""
    chromium_path()
    yield from serve(tmp_path / "home")


@dataclass
class Visit:
    """One person's browser, which notes every error of the console and every request that leaves the server."""

    context: BrowserContext
    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of console errors that a story provokes on purpose."""

    def open(self, path: str) -> Page:
        """Go to a page."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, role: str) -> Page:
        """Log in as one of the accounts of the demonstration."""
        self.open("/login/")
        self.page.get_by_label("Login").or_(self.page.locator("[name=username]")).first.fill(f"demo-{role}")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.get_by_role("main").get_by_role("button").first.click()
        self.page.wait_for_load_state()
        return self.page

    def check(self) -> None:
        """Hold the page against axe-core and the rules of the house."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)
        # What holds is left in the browser: to send it over takes as long as to find it.
        violations = self.page.evaluate("axe.run({resultTypes: ['violations']}).then((found) => found.violations)")
        told = [
            f"{self.page.url}: {each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in violations
            for node in each["nodes"]
        ]
        assert not told, "\n".join(told)

    def note(self, message: ConsoleMessage) -> None:
        """Keep what the console calls an error."""
        if message.type in ("error", "warning") and not any(re.search(each, message.text) for each in self.expected):
            self.errors.append(f"{self.page.url}: {message.text}")


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open browsers for people; at the end none may have met an error."""
    opened: list[Visit] = []

    def make(server: Server, *, phone: bool = False, **options: Any) -> Visit:
        # axe-core is put into the page from outside, which the page's own policy forbids.
        context = browser.new_context(
            viewport=PHONE if phone else DESK, is_mobile=phone, has_touch=phone, bypass_csp=True, **options
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        made = Visit(context, page, server.url)
        page.on("console", made.note)
        page.on("pageerror", lambda error: made.errors.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "blob:"))
                else made.errors.append(f"a request leaves the clinic: {request.url}")
            ),
        )
        opened.append(made)
        return made

    yield make
    errors = [error for each in opened for error in each.errors]
    for each in opened:
        each.context.close()
    assert not errors, "\n".join(errors)
