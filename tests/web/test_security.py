"""What holds for every page: headers, cookies, forms, logs, and nothing asked of anybody else."""

from __future__ import annotations

import io
import logging
import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver, path, reverse

from nervelight.record.invitations import invite
from nervelight.web import logs, urls
from nervelight.web import settings as real
from nervelight.web.access import public
from record.forked import run_forked

# Many pages, which take their time.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
OWN = {
    "anonymous": ["login"],
    "clinician": ["account", "password", "second_factor"],
    "patient": ["account", "password", "second_factor"],
    "administrator": ["clinic", "accounts", "account_new", "audit", "find", "account"],
}
PAGES = [(role, name) for role, names in OWN.items() for name in names]


def browser(role: str, logged_in) -> Client:
    return Client() if role == "anonymous" else logged_in(role)


# ---- headers and cookies


@pytest.mark.parametrize(("role", "name"), PAGES)
def test_headers(role, name, logged_in):
    headers = browser(role, logged_in).get(reverse(name)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    # The pictures of the library carry style attributes; nothing else is inline.
    assert [name for name, said in policy.items() if "unsafe-inline" in said] == ["style-src-attr"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(client, clinician):
    client.post("/login/", {"username": "doctor", "password": "correct horse battery"})
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def settings_there(code: str, tmp_path: Path, **env: str) -> str:
    place = {**os.environ, "NERVELIGHT_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nervelight.web.settings", **env}
    place.pop("NERVELIGHT_DATABASE_URL", None)
    done = run_forked([], place, code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_behind_https_cookies_are_secure_and_plain_http_is_led_away(tmp_path):
    code = """
import django; django.setup()
from django.conf import settings as s
from django.test import Client
plain = Client().get("/login/", headers={"host": "clinic.example"})
print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.CSRF_TRUSTED_ORIGINS, plain.status_code, plain["Location"])
"""
    said = settings_there(code, tmp_path, NERVELIGHT_HTTPS="1", NERVELIGHT_HOSTS="clinic.example")
    assert said == "True True ['https://clinic.example'] 301 https://clinic.example/login/"


# ---- passwords and secrets


def test_passwords_are_argon2_in_the_real_settings():
    assert real.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with override_settings(PASSWORD_HASHERS=real.PASSWORD_HASHERS):
        assert make_password("seven quiet lamps").startswith("argon2$argon2id$")


def test_no_secret_stands_in_the_repository():
    secret = re.compile(
        r"BEGIN [A-Z ]*PRIVATE KEY|SECRET_KEY\s*=\s*[\"']|postgres://(?!USER:)\w+:[^@\s\"']+@|\b(?:ghp|glpat|sk)[-_]\w{20}"
    )
    found = [
        str(path.relative_to(ROOT))
        for folder in ("src", "docs", "examples", "benchmarks", "validation", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".toml", ".yaml", ".html", ".js", ".md") and secret.search(path.read_text("utf-8"))
    ]
    assert found == []
    assert secret.search('SECRET_KEY = "x"')


def test_without_its_file_the_key_of_the_sessions_is_made_up_anew(tmp_path):
    code = "from nervelight.web.settings import SECRET_KEY; print(SECRET_KEY)"
    first, second = (settings_there(code, tmp_path) for _ in range(2))
    assert len(first) > 50
    assert first != second


# ---- logs


@public
def _breaks(request: HttpRequest) -> HttpResponse:
    try:
        int(request.POST["name"])
    except ValueError as problem:
        raise RuntimeError(f"cannot save {request.POST['name']}") from problem
    return HttpResponse()


urlpatterns = [*urls.urlpatterns, path("breaks/", _breaks)]


@pytest.fixture
def log() -> io.StringIO:
    """What the log of the real settings would hold, all levels of it."""
    formatter = real.LOGGING["formatters"]["line"]
    assert formatter["()"] == "nervelight.web.logs.Line"
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.Line(formatter["format"]))
    # Also of loggers that tell the root nothing.
    loggers = [logging.getLogger(name) for name in (None, "axes", "django.server")]
    levels = [logger.level for logger in loggers]
    logging.getLogger().addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.INFO)
    yield written
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@override_settings(ROOT_URLCONF="web.test_security")
def test_the_log_of_a_fault_tells_where_and_nothing_that_was_typed(db, log):
    client = Client(raise_request_exception=False)
    answer = client.post("/breaks/", {"name": "Anna Schmidt"})
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.content.decode()
    assert "Anna" not in answer.content.decode()
    written = log.getvalue()
    assert "Internal Server Error: /breaks/" in written
    assert "in _breaks" in written
    assert "builtins.ValueError" in written
    assert "builtins.RuntimeError" in written
    assert "Anna" not in written


def test_the_log_of_wrong_passwords_names_nobody(client, clinician, log):
    for _ in range(6):
        client.post("/login/", {"username": "doctor", "password": "my real password"})
    written = log.getvalue()
    assert "axes" in written
    assert "doctor" not in written
    assert "my real password" not in written


def test_the_token_of_an_invitation_stands_in_no_log(clinician, log):
    token = invite(clinician, made_by=clinician)
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/invitation/{token}/", {"password": "x"}).status_code == 403
    assert client.get("/invitation/wrong-one/").status_code == 404
    assert "/invitation/.../" in log.getvalue()
    assert token not in log.getvalue()
    assert "wrong-one" not in log.getvalue()


# ---- forms


def callbacks(patterns=None):
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from callbacks(each.url_patterns)
        else:
            yield each


def test_no_page_takes_a_form_of_another_site(logged_in):
    assert [str(each.pattern) for each in callbacks() if getattr(each.callback, "csrf_exempt", False)] == []
    client = logged_in("clinician")
    client.handler.enforce_csrf_checks = True
    answer = client.post("/account/", {"name": "Evil"})
    assert answer.status_code == 403
    assert "Not saved" in answer.content.decode()
    page = client.get("/account/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert client.post("/account/", {"name": "Dr B", "csrfmiddlewaretoken": token}).status_code == 302


class Page(HTMLParser):
    """What a page loads, leads to and runs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.loaded += [known[name] or "" for name in ("src", "href", "action", "srcset", "poster") if name in known]
        self.inline += [name for name in known if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in known):
            self.inline.append(tag)


@pytest.mark.parametrize(("role", "name"), PAGES)
def test_a_page_asks_nothing_of_anybody_else_and_runs_nothing_inline(role, name, logged_in):
    page = Page(browser(role, logged_in).get(reverse(name)).content.decode())
    assert page.loaded
    assert [each for each in page.loaded if not re.match(r"/(?!/)|[#?]|data:image/svg\+xml", each)] == []
    assert page.inline == []


# ---- nervelight check


def check(tmp_path: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    place = {**os.environ, "NERVELIGHT_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "nervelight.web.settings", **env}
    place.pop("NERVELIGHT_DATABASE_URL", None)
    return run_forked(["check", *options], place)


MAKE = """
from nervelight.record.home import prepare_home, start_django
prepare_home(); start_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


def test_check_finds_what_is_not_in_order_and_changes_nothing(tmp_path):
    home = tmp_path / "home"
    done = check(home)
    assert done.returncode == 1
    assert "there is none" in done.stdout
    assert not home.exists()
    settings_there(MAKE, home)
    assert check(home).returncode == 0, check(home).stdout
    done = check(home, "--deploy")
    assert done.returncode == 1
    assert "NERVELIGHT_HTTPS=1" in done.stdout
    done = check(home, "--deploy", NERVELIGHT_HTTPS="1", NERVELIGHT_HOSTS="clinic.example")
    assert done.returncode == 0, done.stdout
    (home / "site.key").chmod(0o644)
    done = check(home)
    assert done.returncode == 1
    assert "chmod 600" in " ".join(done.stdout.split())


def test_check_tells_a_foreign_site_key_missing_guards_and_migrations(
    clinic, patient, unguarded, monkeypatch, settings
):
    from django.db import connection

    from nervelight.record import checkup, guards, keys

    settings.HOME = settings.NERVELIGHT_SITE_KEY_FILE.parent

    def found() -> dict[str, tuple[str, ...]]:
        return {each.name: each.faults for each in checkup.checkup()}

    assert "triggers" in found()["guards"][0]
    guards.install(connection)
    assert found()["guards"] == found()["keys of people"] == found()["migrations"] == ()
    monkeypatch.setattr(keys, "site_key", lambda: b"x" * 32)
    assert "another site key" in found()["keys of people"][0]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'axes'")
    assert "not applied: axes" in found()["migrations"][0]
