"""What happens to the database before the pages are served: backed up and brought to this version, or refused."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from nervelight.documents import user_folder
from nervelight.errors import MissingEngine, NervelightError
from nervelight.record import audit, erased, guards, keys
from nervelight.record.home import URL
from nervelight.record.models import Clinic, PersonKey

__all__ = ["RecordIsNewer", "bring_up_to_date", "fill_demo", "in_backups", "is_empty", "migrate", "unknown_migrations"]


class RecordIsNewer(NervelightError):
    """The database was used by a later version of this program."""


def is_empty() -> bool:
    """Return whether nothing was ever made in the database.

    Raises
    ------
    MissingEngine
        If the database server does not answer.
    """
    name = str(connection.settings_dict["NAME"])
    # Connecting would make an empty file; a test's database in memory is none.
    if connection.vendor == "sqlite" and "memory" not in name and not Path(name).exists():
        return True
    try:
        connection.ensure_connection()
    except OperationalError as problem:
        # The message of the driver names host, port and user; never the password.
        name = URL if os.environ.get(URL) else name
        raise MissingEngine(f"the database of {name} does not answer: {str(problem).strip()}") from None
    try:
        return not MigrationRecorder(connection).applied_migrations()
    except DatabaseError as problem:
        raise NervelightError(f"the database cannot be read: {str(problem).strip()}") from None


def unknown_migrations(applied: set[tuple[str, str]], loader: MigrationLoader) -> list[str]:
    """Return the applied migrations that this version does not have."""
    return sorted(
        f"{app}.{name}"
        for app, name in applied
        if app in loader.migrated_apps and (app, name) not in loader.disk_migrations
    )


def in_backups(what: str) -> Path:
    """Return a name in the folder of backups that is not taken: what it was made for, and when."""
    folder = Path(settings.HOME) / "backups"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = dt.datetime.now(dt.UTC)
    return folder / f"{what}-{now:%Y-%m-%dT%H%M%S.%fZ}.zip"


def migrate() -> None:
    """Apply the migrations of this version."""
    call_command("migrate", verbosity=0, interactive=False)


def bring_up_to_date(say: Callable[[str], None]) -> None:
    """Make the database, or bring it to this version after a backup.

    Parameters
    ----------
    say : callable
        Told what is done, one sentence at a time.

    Raises
    ------
    RecordIsNewer
        If a later version of the program has used it.
    KeyMissing
        If its people's keys were wrapped by another site key.
    """
    from nervelight.record.backup import make_backup

    new = is_empty()
    executor = MigrationExecutor(connection)
    unknown = unknown_migrations(set(executor.loader.applied_migrations), executor.loader)
    if unknown:
        raise RecordIsNewer(
            f"this record was used by a later version of Nervelight than this one, {version('nervelight')}: install "
            f"that version, or restore a backup from before (it knows of {', '.join(unknown)})"
        )
    if not new:
        first = PersonKey.objects.values_list("wrapped", flat=True).first()
        if first is not None:
            keys.unwrapped(first)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if not new:
            file = in_backups(f"before-{version('nervelight')}")
            say("The record is of an earlier version: backing it up first.")
            make_backup(file, say)
            say(f"Backed up to {file}")
        migrate()
        if not new:
            say(f"The record is now of version {version('nervelight')}.")
    if not guards.guarded(connection):
        guards.install(connection)
        say("Guards against changing what was recorded were missing and are back. Run: nervelight audit verify")
        audit.append("guards were missing", actor=None)
    erased.catch_up()


def fill_demo(progress: Callable[[int, int], None]) -> str:
    """Load the made-up people, unless the database has a clinic already.

    Returns
    -------
    str
        How to log in: kept in the folder, since nobody in it is real.
    """
    from nervelight.record.demo import DEMO_LOGINS, load_demo

    told = user_folder() / "logins.txt"
    if not Clinic.objects.exists():
        loaded = load_demo(progress)
        names = ", ".join(DEMO_LOGINS.values())
        told.write_text(f"Log in as {names}; the password of each: {loaded.password}\n", encoding="utf-8")
    return told.read_text(encoding="utf-8").strip()
