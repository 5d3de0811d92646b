"""Backups: one file with everything but the site key, checked when it is written and again before it is put back.

A backup is a ZIP file: ``manifest.json``, ``manifest.mac`` (made with the site key: nobody else can make or change a
backup that is accepted), and the dump of the database. What is personal is encrypted in it, as in the database.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import shutil
import sqlite3
import tempfile
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Annotated, Literal

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pydantic import Field

from nervelight.documents import Document, read_json, validated
from nervelight.errors import Fault, InvalidInput, NervelightError
from nervelight.record import audit, erased, keys, people, postgres
from nervelight.record.home import sync
from nervelight.record.models import Patient, PersonKey
from nervelight.record.upgrade import RecordIsNewer, in_backups, is_empty, migrate, unknown_migrations

__all__ = ["Manifest", "make_backup", "read_manifest", "restore_backup"]

Say = Callable[[str], None]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

MANIFEST, MAC = "manifest.json", "manifest.mac"
DUMPS: Mapping[str, str] = {"sqlite": "record.sqlite3", "postgresql": "record.pgdump"}
MANIFEST_LIMIT = 5_000_000
BLOCK = 1 << 20
# Faults that are listed; the rest is counted by `nervelight audit verify`.
LISTED = 20


class AuditState(Document):
    """The audit chain of a backup."""

    seq: int
    hash: Sha256
    """Of the last row."""
    faults: tuple[str, ...] = ()
    """Where the chain did not hold when the backup was made: the record's own faults, kept as they are."""


class Manifest(Document):
    """What is in a backup."""

    format: Literal["nervelight-backup-1"] = "nervelight-backup-1"
    version: str
    """Of the program."""
    made_at: dt.datetime
    engine: Literal["sqlite", "postgresql"]
    migrations: tuple[str, ...]
    """Applied ones."""
    rows: Mapping[str, int]
    """Of each table."""
    audit: AuditState
    site_key: str
    """Fingerprint; the key itself is not in here."""
    sha256: Sha256
    """Of the dump."""
    bytes: int


def make_backup(file: Path, say: Say) -> Manifest:
    """Write a backup, whole or not at all, and check it as it stands on the disk.

    It is one moment of the record, whatever is written meanwhile.

    Parameters
    ----------
    file : Path
        Where to; it must not exist yet.
    say : callable
        Told what is done.

    Returns
    -------
    Manifest
        With the faults of the audit chain, if it has any: they are the record's, and the backup keeps it as it is.

    Raises
    ------
    InvalidInput
        If the file exists, or its folder does not.
    MissingEngine
        If PostgreSQL's programs are not there or too old.
    """
    if file.exists():
        raise InvalidInput("backup", [Fault("FILE", str(file), "a name that is not taken: no backup is overwritten")])
    if not file.parent.is_dir():
        raise InvalidInput("backup", [Fault("FILE", str(file), "a folder that exists")])
    with tempfile.TemporaryDirectory(prefix=".nervelight-backup-", dir=file.parent) as folder:
        dump, whole = Path(folder, "dump"), Path(folder, "whole.zip")
        with _copied(dump, say):
            _check_integrity()
            applied, rows = _applied(), _rows()
            seq, last = audit.head()
            chain = AuditState(seq=seq, hash=last, faults=_faults((seq, last), say))
        manifest = Manifest(
            version=version("nervelight"), made_at=dt.datetime.now(dt.UTC), engine=_engine(),
            migrations=tuple(sorted(f"{app}.{name}" for app, name in applied)), rows=rows, audit=chain,
            site_key=keys.fingerprint(), sha256=_sha256(dump.open("rb")), bytes=dump.stat().st_size,
        )  # fmt: skip
        text = manifest.model_dump_json(indent=1)
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.writestr(MANIFEST, text)
            packed.writestr(MAC, keys.authentication(text.encode()))
            packed.write(dump, DUMPS[_engine()])
        dump.unlink()
        say("Reading it back.")
        with _opened(whole, read_manifest(whole)) as stream:
            if _sha256(stream) != manifest.sha256:
                raise NervelightError("the backup does not read back as it was written: is the disk sound?")
        whole.chmod(0o600)
        sync(whole)
        whole.rename(file)
    sync(file.parent)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Return what a backup says of itself, once it is certain that it was made with this site key and not changed.

    Raises
    ------
    InvalidInput
        If it is no backup, was changed, or was made under another site key.
    """
    where = str(file)
    try:
        with zipfile.ZipFile(file) as packed:
            if packed.getinfo(MANIFEST).file_size > MANIFEST_LIMIT or packed.getinfo(MAC).file_size > 100:
                raise KeyError(MANIFEST)
            text, mac = packed.read(MANIFEST), packed.read(MAC)
    except FileNotFoundError:
        raise InvalidInput(where, [Fault("file", where, "a file that exists")]) from None
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError) as problem:
        raise InvalidInput(where, [Fault("file", where, f"a backup of Nervelight: {problem}")]) from None
    manifest = validated(Manifest, read_json(f"{where}: {MANIFEST}", text.decode("utf-8", "replace")), where)
    if manifest.site_key != keys.fingerprint():
        raise InvalidInput(
            where,
            [
                Fault(
                    "site_key",
                    manifest.site_key,
                    f"the key in use here, {keys.fingerprint()}",
                    f"put the key that the backup was made under at {settings.NERVELIGHT_SITE_KEY_FILE}",
                )
            ],
        )
    if not hmac.compare_digest(mac, keys.authentication(text).encode()):
        raise InvalidInput(where, [Fault(MAC, "another", "the one that the site key makes: the manifest was changed")])
    return manifest


def restore_backup(file: Path, say: Say, *, force: bool = False) -> Path | None:
    """Put a backup in the place of the record.

    Everything is checked first; people who were erased since are erased again. A crash in the middle leaves either
    the old record or the new one.

    Parameters
    ----------
    file : Path
        The backup.
    say : callable
        Told what is done.
    force : bool
        Whether a record that is there may be replaced. It is kept aside.

    Returns
    -------
    Path or None
        Where the replaced record is kept.

    Raises
    ------
    InvalidInput
        If there is a record and no `force`, or the backup is not sound.
    RecordIsNewer
        If the backup was made by a later version of the program.
    """
    old = not is_empty()
    if old and not force:
        raise InvalidInput(
            "restore", [Fault("record", "a record is there", "an empty place", "--force keeps it aside")]
        )
    manifest = read_manifest(file)
    if manifest.engine != _engine():
        raise InvalidInput(
            str(file), [Fault("engine", manifest.engine, f"{_engine()}, the database in use", "see docs/clinic.md")]
        )
    _refuse_newer(manifest)
    with tempfile.TemporaryDirectory(prefix=".nervelight-restore-", dir=settings.HOME) as folder:
        staged = Path(folder, DUMPS[_engine()])
        say("Unpacking and checking the backup.")
        _unpack(file, manifest, staged)
        if _engine() == "sqlite":
            with _looking_at(staged):
                _check_restored(manifest, say)
        if old:
            _list_erased()
        gone = erased.erased_people()
        aside = _put_aside(say) if old else None
        if _engine() == "sqlite":
            with _looking_at(staged):
                _finish(gone, manifest)
            _replace(staged)
        else:
            postgres.restore(staged, manifest.rows, (manifest.audit.seq, manifest.audit.hash), gone)
            _check_restored(manifest, say, without_keys=True)
            _finish(gone, manifest)
    return aside


def _engine() -> Literal["sqlite", "postgresql"]:
    return "postgresql" if connection.vendor == "postgresql" else "sqlite"


@contextmanager
def _looking_at(path: Path) -> Iterator[None]:
    """Let the record's functions work on another SQLite file for a while."""
    known = connections[DEFAULT_DB_ALIAS]
    other = known.copy()
    other.settings_dict["NAME"] = str(path)
    # A file that will be moved has no journal beside it.
    other.settings_dict["OPTIONS"] = {
        **known.settings_dict["OPTIONS"],
        "init_command": "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = known


@contextmanager
def _copied(dump: Path, say: Say) -> Iterator[None]:
    """Copy the database; inside, the record's functions see exactly what was copied."""
    say("Copying the database.")
    if _engine() == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(dump)])
        with _looking_at(dump):
            yield
    else:
        with audit.snapshot():
            postgres.dump(dump)
            yield


def _check_integrity() -> None:
    if _engine() != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check(5)")
        said = [row[0] for row in cursor.fetchall()]
    if said != ["ok"]:
        raise InvalidInput("database", [Fault("integrity_check", text, "ok") for text in said])


def _applied() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())


def _rows() -> dict[str, int]:
    quote = connection.ops.quote_name
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {quote(table)}")
            found[table] = cursor.fetchone()[0]
    return found


def _faults(head: tuple[int, str], say: Say) -> tuple[str, ...]:
    say(f"Checking the audit: {head[0]} rows.")
    found = []
    for broken in audit.verify(expected=head):
        found.append(f"row {broken.seq}: {broken.what}")
        if len(found) == LISTED:
            break
    return tuple(found)


def _sha256(stream: IO[bytes]) -> str:
    with stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


@contextmanager
def _opened(file: Path, manifest: Manifest) -> Iterator[IO[bytes]]:
    """Open the dump in a backup."""
    name = DUMPS[manifest.engine]
    try:
        with zipfile.ZipFile(file) as packed:
            if packed.getinfo(name).file_size != manifest.bytes:
                raise KeyError("its size is not that of the manifest")
            with packed.open(name) as stream:
                yield stream
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as problem:
        raise InvalidInput(
            str(file), [Fault(name, "damaged", f"as the manifest tells of it: {problem.args[0]}")]
        ) from None


def _unpack(file: Path, manifest: Manifest, target: Path) -> None:
    digest = hashlib.sha256()
    with _opened(file, manifest) as stream, target.open("xb") as out:
        while block := stream.read(BLOCK):
            digest.update(block)
            out.write(block)
    if digest.hexdigest() != manifest.sha256:
        raise InvalidInput(str(file), [Fault("sha256", digest.hexdigest(), f"{manifest.sha256}, as in the manifest")])


def _refuse_newer(manifest: Manifest) -> None:
    applied = {(app, name) for app, _, name in (each.partition(".") for each in manifest.migrations)}
    if unknown_migrations(applied, MigrationLoader(None)):
        raise RecordIsNewer(
            f"the backup was made by Nervelight {manifest.version}, later than this one, {version('nervelight')}"
        )


def _check_restored(manifest: Manifest, say: Say, without_keys: bool = False) -> None:
    _check_integrity()
    rows = _rows()
    if without_keys:
        rows["record_personkey"] = manifest.rows["record_personkey"]
    faults = [
        Fault(table, rows.get(table), f"{count} rows, as in the manifest")
        for table, count in manifest.rows.items()
        if rows.get(table) != count
    ]
    if not faults and _faults((manifest.audit.seq, manifest.audit.hash), say) != manifest.audit.faults:
        faults = [Fault("audit", "another chain", "the one of the manifest")]
    if faults:
        raise InvalidInput("restore", faults)
    for wrapped in PersonKey.objects.values_list("wrapped", flat=True)[:1]:
        keys.unwrapped(wrapped)


def _finish(gone: set[uuid.UUID], manifest: Manifest) -> None:
    """Bring what was restored to this version, erase again who was erased since, and log everybody out."""
    migrate()
    Session.objects.all().delete()
    for patient in Patient.objects.filter(pk__in=gone).filter(erased_at=None):
        people.erase(patient, author=None)
    audit.append("restore", actor=None, about=f"backup of {manifest.made_at:%Y-%m-%dT%H:%M:%SZ}")


def _list_erased() -> None:
    try:
        erased.catch_up()
    except DatabaseError:
        # The old record is damaged, or older than the list; what is listed counts.
        return


def _put_aside(say: Say) -> Path:
    """Keep the record that is there: as a backup or, where it is too damaged for one, as the bare file."""
    say("Keeping the record that is there aside.")
    file = in_backups("replaced")
    try:
        make_backup(file, lambda _: None)
    except (DatabaseError, NervelightError) as problem:
        if _engine() != "sqlite":
            raise
        say(f"It is damaged ({problem}): its files are kept as they are.")
        connection.close()
        record = Path(connection.settings_dict["NAME"])
        file = file.with_suffix("")
        file.mkdir(mode=0o700)
        for each in _files(record):
            if each.exists():
                shutil.copy2(each, file / each.name)
    return file


def _files(record: Path) -> tuple[Path, ...]:
    return record, record.with_name(f"{record.name}-wal"), record.with_name(f"{record.name}-shm")


def _replace(staged: Path) -> None:
    record = Path(connection.settings_dict["NAME"])
    connection.close()
    if record.exists():
        _shut(record)
    staged.chmod(0o600)
    sync(staged)
    os.replace(staged, record)  # noqa: PTH105 - says what matters: in one step
    sync(record.parent)


def _shut(record: Path) -> None:
    """Bring the journal of the old record into its file, which works only while nobody else has it open."""
    try:
        with closing(sqlite3.connect(record, timeout=2, isolation_level=None)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as problem:
        if "locked" in str(problem):
            raise InvalidInput(
                "restore", [Fault("record", "in use", "no other program that uses it", "stop `nervelight serve` first")]
            ) from None
    # A journal that is left beside a damaged record would be read into the new one.
    for each in _files(record)[1:]:
        each.unlink(missing_ok=True)
