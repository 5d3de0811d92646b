"""What has to be in order before people's data go in: settings, database, guards, keys."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from nervelight.errors import NervelightError
from nervelight.record import guards, keys
from nervelight.record.models import PersonKey

__all__ = ["Checked", "checkup"]

_CHUNK = 2000
# Django says each of these of its own; what follows from NERVELIGHT_HTTPS is said once.
_OF_HTTPS = ("security.W004", "security.W008", "security.W012", "security.W016")


@dataclass(frozen=True)
class Checked:
    """One thing that was looked at, and what is wrong with it."""

    name: str
    faults: tuple[str, ...]


def checkup(deploy: bool = False) -> Iterator[Checked]:
    """Look at everything that can be looked at; what needs a database is left out where there is none.

    Parameters
    ----------
    deploy : bool
        Also what only matters once others than this machine reach it: HTTPS, cookies, host names.
    """
    found = [each for each in checks.run_checks(include_deployment_checks=deploy) if not each.is_silenced()]
    faults = [_said(each) for each in found if settings.HTTPS or each.id not in _OF_HTTPS]
    if deploy and not settings.HTTPS:
        faults.append("without HTTPS all can be read on its way: a proxy in front of it, and NERVELIGHT_HTTPS=1")
    if deploy and not settings.NERVELIGHT_HOSTS:
        faults.append("NERVELIGHT_HOSTS names no host: nobody can reach it but from this machine")
    yield Checked("settings", tuple(faults))
    missing = _missing_file()
    yield Checked("database", (missing,) if missing else _tried(_reached))
    if not missing:
        for name, look in (("migrations", _migrations), ("guards", _guards)):
            yield Checked(name, _tried(look))
    yield Checked("folder", _closed(Path(settings.HOME), "700"))
    yield Checked("key of the sessions", _closed(Path(settings.HOME) / "session.key"))
    site_key = Path(settings.NERVELIGHT_SITE_KEY_FILE)
    yield Checked("site key", _closed(site_key) or _tried(_site_key))
    if not missing and site_key.exists():
        yield Checked("keys of people", _tried(_keys_of_people))


def _said(message: checks.CheckMessage) -> str:
    return f"{message.id}: {' '.join(str(message.msg).split())}"


def _tried(look: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return look()
    except (DatabaseError, NervelightError, OSError) as problem:
        return (" ".join(str(problem).split()),)


def _missing_file() -> str:
    # SQLite would make an empty file of what it does not find.
    if connection.vendor != "sqlite":
        return ""
    name = str(settings.DATABASES["default"]["NAME"])
    in_memory = name.startswith("file:") or name == ":memory:"
    return "" if in_memory or Path(name).exists() else f"there is none at {name}: `nervelight serve` makes it"


def _reached() -> tuple[str, ...]:
    connection.ensure_connection()
    return ()


def _migrations() -> tuple[str, ...]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(f"not applied: {migration}" for migration, _ in plan)


def _guards() -> tuple[str, ...]:
    if guards.guarded(connection):
        return ()
    return ("the triggers that refuse to change entries and audit rows are missing: `nervelight serve` puts them back",)


def _closed(path: Path, wanted: str = "600") -> tuple[str, ...]:
    if not path.exists():
        return (f"there is none at {path}: `nervelight serve` makes it",)
    mode = stat.S_IMODE(path.stat().st_mode)
    return (f"{path} has mode {mode:04o}; others than its owner can reach it: chmod {wanted}",) if mode & 0o077 else ()


def _site_key() -> tuple[str, ...]:
    keys.site_key()
    return ()


def _keys_of_people() -> tuple[str, ...]:
    for wrapped in PersonKey.objects.values_list("wrapped", flat=True).iterator(_CHUNK):
        keys.unwrapped(wrapped)
    return ()
