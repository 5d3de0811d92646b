"""Triggers that let the database itself refuse to change or delete what was recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

__all__ = ["APPEND_ONLY", "guarded", "install", "install_after_migration", "removed"]

APPEND_ONLY = ("record_entry", "record_auditrow")
"""The tables that are written once."""

_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
)
_POSTGRES_FUNCTION = (
    "CREATE OR REPLACE FUNCTION nervelight_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
)
_POSTGRES = (
    "CREATE OR REPLACE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION nervelight_append_only()"
)
_VERBS = ("update", "delete")


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database refuse UPDATE and DELETE on the append-only tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        statement = _POSTGRES if connection.vendor == "postgresql" else _SQLITE
        for table in APPEND_ONLY:
            for verb in _VERBS:
                cursor.execute(statement.format(table=table, verb=verb))


def guarded(connection: BaseDatabaseWrapper) -> bool:
    """Return whether every guard is in place."""
    names = {f"{table}_no_{verb}" for table in APPEND_ONLY for verb in _VERBS}
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return names <= {row[0] for row in cursor.fetchall()}


@contextmanager
def removed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Lift the guards for a while: for tests that tamper, and for emptying a test database."""
    with connection.cursor() as cursor:
        for table in APPEND_ONLY:
            for verb in _VERBS:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{on}")
    try:
        yield
    finally:
        install(connection)


def install_after_migration(using: str = "default", **_: Any) -> None:
    """Install the guards once the tables are there; migrations that rebuild a table lose them."""
    connection = connections[using]
    if set(APPEND_ONLY) <= set(connection.introspection.table_names()):
        install(connection)
