"""The audit: an append-only chain of who did what to what. It holds ids and hashes, and nothing personal."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from nervelight.record.models import Account, AuditRow, Entry

__all__ = ["START", "Broken", "append", "entry_digest", "head", "row_hash", "snapshot", "verify"]

START = "0" * 64
"""What the first row is chained to."""
# Any fixed number: whoever appends holds it until the end of the transaction.
_LOCK = 0x4E4C41
CHUNK = 5000
ENTRIES = 500
# What a row's hash runs over, in this order; it must stand in every version of the table.
_HASHED = ("seq", "at", "actor", "role", "action", "patient", "about", "digest", "previous")
_DIGESTED = ("pk", "patient_id", "course_id", "kind", "day", "recorded_at", "author_id", "amends_id", "key")


@dataclass(frozen=True)
class Broken:
    """A place where the chain does not hold."""

    seq: int
    what: str


@contextmanager
def snapshot() -> Iterator[None]:
    """See the database as it is at the beginning, whatever others write meanwhile."""
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY" if connection.vendor == "postgresql" else "BEGIN"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def append(
    action: str,
    *,
    actor: Account | None,
    patient: uuid.UUID | None = None,
    about: object = "",
    digest: str = "",
) -> AuditRow:
    """Append a row; in the transaction of what it tells of.

    Parameters
    ----------
    action : str
        What was done: ``read``, ``write session``, ``log in``.
    actor : Account or None
        Who did it; None for the program itself.
    patient : UUID, optional
        Whose record it was.
    about : object
        Id of what it was done to, or name of the page.
    digest : str
        Of the entry that was written.
    """
    # No savepoint: what fails here must take with it what it tells of.
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        # SQLite has one writer, from the transaction's first statement on.
        seq, previous = head()
        row = AuditRow(
            seq=seq + 1,
            at=timezone.now(),
            actor=actor.pk if actor else None,
            role=actor.role if actor else "",
            action=action,
            patient=patient,
            about=str(about)[:80],
            digest=digest,
            previous=previous,
        )
        row.hash = row_hash(*(getattr(row, name) for name in _HASHED))
        row.save(force_insert=True)
    return row


def row_hash(seq: int, at: dt.datetime, *rest: Any) -> str:
    """Return the hash of a row, from its fields in the order of the table."""
    return hashlib.sha256(_joined(seq, at.timestamp(), *rest)).hexdigest()


def entry_digest(entry: Entry) -> str:
    """Return the hash of an entry as it stands in its table, content encrypted."""
    return _digest(*(getattr(entry, name) for name in _DIGESTED), entry.content)


def _digest(*fields: Any) -> str:
    *plain, content = fields
    plain[_AT] = plain[_AT].timestamp()
    digest = hashlib.sha256(_joined(*plain))
    digest.update(b"\x1f")
    digest.update(bytes(content))
    return digest.hexdigest()


_AT = _DIGESTED.index("recorded_at")


def _joined(*fields: Any) -> bytes:
    return "\x1f".join("" if each is None else str(each) for each in fields).encode()


def head() -> tuple[int, str]:
    """Return number and hash of the last row: written down elsewhere, they show a chain that was cut short."""
    last = AuditRow.objects.order_by("-seq").values_list("seq", "hash").first()
    return last or (0, START)


def verify(progress: Callable[[int], None] | None = None, expected: tuple[int, str] | None = None) -> Iterator[Broken]:
    """Check the chain row by row, and each entry against the row that tells of it, as they are at one moment.

    Parameters
    ----------
    progress : callable, optional
        Told how many rows are done.
    expected : tuple, optional
        Number and hash of a row, as `head` gave them at some time: the chain must still hold it.

    Yields
    ------
    Broken
        Each fault; nothing where the chain holds.
    """
    with snapshot():
        yield from _verified(progress, expected)


def _verified(progress: Callable[[int], None] | None, expected: tuple[int, str] | None) -> Iterator[Broken]:
    seq, previous, found = 0, START, 0
    chunk: list[tuple[int, str, str]] = []
    for *fields, known in AuditRow.objects.order_by("seq").values_list(*_HASHED, "hash").iterator(CHUNK):
        row = dict(zip(_HASHED, fields, strict=True))
        seq += 1
        if row["seq"] != seq:
            yield Broken(seq, f"rows are missing before {row['seq']}")
            seq = row["seq"]
        if row["previous"] != previous:
            yield Broken(seq, "it is not chained to the row before")
        if known != row_hash(*fields):
            yield Broken(seq, "it was changed")
        if expected is not None and expected[0] == seq and expected[1] != known:
            yield Broken(seq, "it is not the row that was written down elsewhere")
        previous = known
        if row["digest"]:
            chunk.append((seq, row["about"], row["digest"]))
        if len(chunk) == ENTRIES:
            found += yield from _compared(chunk)
            chunk = []
        if progress and seq % CHUNK == 0:
            progress(seq)
    found += yield from _compared(chunk)
    if expected is not None and expected[0] > seq:
        yield Broken(seq, f"the chain ends here; row {expected[0]} was written down elsewhere")
    entries = Entry.objects.count()
    if entries > found:
        yield Broken(seq, f"{entries - found} entries are not in the audit")


def _compared(chunk: list[tuple[int, str, str]]) -> Generator[Broken, None, int]:
    wanted = [uuid.UUID(about) for _, about, _ in chunk]
    rows = Entry.objects.filter(pk__in=wanted).values_list(*_DIGESTED, "content")
    digests = {str(row[0]): _digest(*row) for row in rows}
    for seq, about, digest in chunk:
        if about not in digests:
            yield Broken(seq, f"the entry {about} is gone")
        elif digests[about] != digest:
            yield Broken(seq, f"the entry {about} was changed")
    return len(digests)
