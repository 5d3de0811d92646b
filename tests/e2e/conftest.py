"""A real server process, a real Chromium, and the rules of axe-core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

PASSWORD = "a password for the demonstration"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
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


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a clinic with the ten people of the demonstration."""
    chromium_path()
    home = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "NERVELIGHT_DATA": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    subprocess.run([sys.executable, "-c", MAKE_DEMO, PASSWORD], env=environment, check=True)
    return home


def serve(home: Path) -> Iterator[Server]:
    """Run a server on a folder."""
    running = Server(home)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def server(demo_home: Path, tmp_path: Path) -> Iterator[Server]:
    """A clinic of the demonstration of its own for one story."""
    yield from serve(shutil.copytree(demo_home, tmp_path / "home"))


@pytest.fixture(scope="module")
def read_server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A clinic of the demonstration in which pages are read and nothing is written."""
    yield from serve(shutil.copytree(demo_home, tmp_path_factory.mktemp("read") / "home"))


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
        found = Axe().run(self.page)
        told = [
            f"{self.page.url}: {each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in found.response["violations"]
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
        context.set_default_timeout(15_000)
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
