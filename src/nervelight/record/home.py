"""The folder in which a clinic's data stand: database, site key, key of the sessions, backups, who was erased.

Which database it is stands here as well: SQLite in the folder, or PostgreSQL by ``NERVELIGHT_DATABASE_URL``.
"""

from __future__ import annotations

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nervelight.documents import user_folder
from nervelight.errors import Fault, InvalidInput, MissingEngine
from nervelight.record.keys import KeyMissing, make_site_key

__all__ = [
    "DATABASE",
    "SITE_KEY",
    "URL",
    "database_settings",
    "demo_home",
    "manage",
    "open_record",
    "prepare_home",
    "site_key_file",
    "start_django",
    "sync",
]

URL = "NERVELIGHT_DATABASE_URL"
SITE_KEY = "NERVELIGHT_SITE_KEY_FILE"
DATABASE = "record.sqlite3"
"""Name of the SQLite database in the folder."""

_SQLITE = {
    # A write takes its turn when it begins, not when it is too late.
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    # Acknowledged is on the disk; what was erased is overwritten.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-8000;"
    ),
}


def database_settings() -> dict[str, Any]:
    """Return Django's settings of the database that the environment names.

    Raises
    ------
    InvalidInput
        If ``NERVELIGHT_DATABASE_URL`` is none of PostgreSQL. It is not shown: it may hold a password.
    MissingEngine
        If the driver of PostgreSQL is not installed.
    """
    url = os.environ.get(URL)
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": user_folder() / DATABASE,
            "OPTIONS": dict(_SQLITE),
            "CONN_MAX_AGE": None,
        }
    import dj_database_url

    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    except ValueError:
        found = {}
    if not str(found.get("ENGINE")).endswith(".postgresql") or not found.get("NAME"):
        raise InvalidInput(
            "environment",
            [
                Fault(
                    URL,
                    "an address that is not shown here, since it may hold a password",
                    "postgres://USER:PASSWORD@HOST:5432/DATABASE",
                    "special characters of the password as %40 and the like; without the variable, SQLite is used",
                )
            ],
        )
    if find_spec("psycopg") is None:
        raise MissingEngine("PostgreSQL needs the driver psycopg: pip install 'nervelight[postgres]'")
    return found


def site_key_file() -> Path:
    """Return where the site key stands."""
    return Path(os.environ.get(SITE_KEY) or user_folder() / "site.key")


def demo_home() -> Path:
    """Let this process use a folder, a key and a database of its own for made-up people, whatever else is set."""
    home = user_folder("demo")
    os.environ["NERVELIGHT_DATA"] = str(home)
    for name in (URL, SITE_KEY):
        os.environ.pop(name, None)
    return home


def prepare_home(new_site_key: bool = True) -> Path:
    """Make the folder and its keys, unless they are there, readable by their owner alone.

    Parameters
    ----------
    new_site_key : bool
        Whether a site key is made where there is none; whoever restores brings theirs.

    Raises
    ------
    KeyMissing
        If there is a record but no site key: a new key would not open it.
    """
    home = user_folder()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = site_key_file()
    if not key.exists() and (home / DATABASE).exists() and URL not in os.environ:
        raise KeyMissing(f"there is a record in {home}, but its site key is not at {key}: put it back there")
    if new_site_key:
        make_site_key(key)
    session_key = home / "session.key"
    if not session_key.exists():
        made = os.open(session_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50) + "\n")
    return home


def start_django() -> None:
    """Load Django with the settings of the pages."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nervelight.web.settings")
    django.setup()


def open_record() -> None:
    """Load Django for a command about a record that is there.

    Raises
    ------
    InvalidInput
        If there is none.
    MissingEngine
        If the database server does not answer.
    """
    start_django()
    from nervelight.record.upgrade import is_empty

    if is_empty():
        where = URL if os.environ.get(URL) else str(user_folder() / DATABASE)
        raise InvalidInput(where, [Fault("record", None, "a record", "`nervelight serve` makes one")])


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def manage(command: str, **options: Any) -> None:
    """Run a command of Django."""
    from django.core.management import call_command

    call_command(command, **options)
