"""Dump and restore of PostgreSQL by its own programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from django.db import connection

from nervelight.errors import MissingEngine, NervelightError

__all__ = ["dump", "restore"]

INSTALL = "install PostgreSQL's client programs (Debian: postgresql-client) of the server's version or later"


def dump(file: Path) -> None:
    """Write a dump of what the current transaction sees.

    Raises
    ------
    MissingEngine
        If pg_dump is not there, or older than the server.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
    _run(
        "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={file}"
    )  # fmt: skip


def restore(file: Path, rows: Mapping[str, int], head: tuple[int, str], erased: Iterable[uuid.UUID]) -> None:
    """Put a dump in the place of everything in the database, in one transaction that also checks what came in.

    Parameters
    ----------
    file : Path
        As `dump` wrote it.
    rows : mapping
        How many rows each table must have then.
    head : tuple
        Number and hash of the audit's last row.
    erased : iterable of UUID
        People whose keys go in the same transaction.
    """
    script = file.with_suffix(".sql")
    with script.open("wb") as out:
        out.write(_emptying().encode())
        out.flush()
        _run("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(file), stdout=out, connected=False)
    with script.open("ab") as out:
        out.write(_checking(rows, head, erased).encode())
    connection.close()
    _run("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={script}")


def _emptying() -> str:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    drops = [f"DROP TABLE IF EXISTS public.{quote(table)} CASCADE;" for table in tables]
    return "\n".join(
        [
            "SET LOCAL lock_timeout = '30s';",
            *drops,
            "DROP FUNCTION IF EXISTS public.nervelight_append_only() CASCADE;\n",
        ]
    )


def _checking(rows: Mapping[str, int], head: tuple[int, str], erased: Iterable[uuid.UUID]) -> str:
    quote = connection.ops.quote_name
    wrong = [f"(SELECT count(*) FROM public.{quote(table)}) <> {int(count)}" for table, count in rows.items()]
    if head[0]:
        wrong.append(
            "NOT EXISTS (SELECT 1 FROM public.record_auditrow "
            f"WHERE seq = {int(head[0])} AND hash = '{re.sub('[^0-9a-f]', '', head[1])}')"
        )
    checks = "\n".join(f"  IF {each} THEN RAISE EXCEPTION 'not as in the manifest'; END IF;" for each in wrong)
    keys = "".join(f"DELETE FROM public.record_personkey WHERE patient_id = '{each}';\n" for each in sorted(erased))
    return f"\nDO $check$ BEGIN\n{checks}\nEND $check$;\n{keys}"


def _run(program: str, *arguments: str, stdout: IO[bytes] | int = subprocess.DEVNULL, connected: bool = True) -> None:
    found = shutil.which(program)
    if found is None:
        raise MissingEngine(f"{program} is not on the path: {INSTALL}")
    done = subprocess.run(
        [found, *arguments],
        env={**os.environ, **(_address() if connected else {})},
        stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return
    said = done.stderr.strip()
    if "version mismatch" in said:
        raise MissingEngine(f"{program} is older than the server: {INSTALL}")
    raise NervelightError(f"{program} failed; nothing was changed: {said[-2000:]}")


def _address() -> dict[str, str]:
    """Return the way to the database as the programs read it; a password in the arguments could be seen by others."""
    parameters = connection.get_connection_params()
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
        "service": "PGSERVICE",
    }
    return {names[name]: str(value) for name, value in parameters.items() if name in names and value}
