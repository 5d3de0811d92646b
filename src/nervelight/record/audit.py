"""The audit: an append-only chain of who did what to what. It holds ids and hashes, and nothing personal."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from nervelight.record.models import Account, AuditRow, Entry

__all__ = ["START", "Broken", "append", "entry_digest", "head", "verify"]

START = "0" * 64
"""What the first row is chained to."""
# Any fixed number: whoever appends holds it until the end of the transaction.
_LOCK = 0x4E4C41
CHUNK = 5000


@dataclass(frozen=True)
class Broken:
    """A place where the chain does not hold."""

    seq: int
    what: str


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
        last = AuditRow.objects.order_by("-seq").values("seq", "hash").first() or {"seq": 0, "hash": START}
        row = AuditRow(
            seq=last["seq"] + 1,
            at=timezone.now(),
            actor=actor.pk if actor else None,
            role=actor.role if actor else "",
            action=action,
            patient=patient,
            about=str(about)[:80],
            digest=digest,
            previous=last["hash"],
        )
        row.hash = _hash(row)
        row.save(force_insert=True)
    return row


def _hash(row: AuditRow) -> str:
    fields = (
        row.seq, row.at.timestamp(), row.actor, row.role, row.action,
        row.patient, row.about, row.digest, row.previous,
    )  # fmt: skip
    return hashlib.sha256("\x1f".join("" if each is None else str(each) for each in fields).encode()).hexdigest()


def entry_digest(entry: Entry) -> str:
    """Return the hash of an entry as it stands in its table, content encrypted."""
    fields: tuple[Any, ...] = (
        entry.pk, entry.patient_id, entry.course_id, entry.kind, entry.day, entry.recorded_at.timestamp(),
        entry.author_id, entry.amends_id, entry.key,
    )  # fmt: skip
    digest = hashlib.sha256("\x1f".join("" if each is None else str(each) for each in fields).encode())
    digest.update(b"\x1f")
    digest.update(bytes(entry.content))
    return digest.hexdigest()


def head() -> tuple[int, str]:
    """Return number and hash of the last row: written down elsewhere, they show a chain that was cut short."""
    last = AuditRow.objects.order_by("-seq").values_list("seq", "hash").first()
    return last or (0, START)


def verify(progress: Callable[[int], None] | None = None, expected: tuple[int, str] | None = None) -> Iterator[Broken]:
    """Check the chain row by row, and each entry against the row that tells of it.

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
    seq, previous, told = 0, START, 0
    for row in AuditRow.objects.order_by("seq").iterator(CHUNK):
        seq += 1
        if row.seq != seq:
            yield Broken(seq, f"rows are missing before {row.seq}")
            seq = row.seq
        if row.previous != previous:
            yield Broken(row.seq, "it is not chained to the row before")
        if row.hash != _hash(row):
            yield Broken(row.seq, "it was changed")
        if expected is not None and expected[0] == row.seq and expected[1] != row.hash:
            yield Broken(row.seq, "it is not the row that was written down elsewhere")
        previous = row.hash
        told += bool(row.digest)
        if progress and seq % CHUNK == 0:
            progress(seq)
    if expected is not None and expected[0] > seq:
        yield Broken(seq, f"the chain ends here; row {expected[0]} was written down elsewhere")
    yield from _entries(told)


def _entries(told: int) -> Iterator[Broken]:
    found = 0
    rows = AuditRow.objects.exclude(digest="").order_by("seq").values_list("seq", "about", "digest").iterator(CHUNK)
    chunk: list[tuple[int, str, str]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == 500:
            found += yield from _compare(chunk)
            chunk = []
    found += yield from _compare(chunk)
    entries = Entry.objects.count()
    if entries > found:
        yield Broken(told, f"{entries - found} entries are not in the audit")


def _compare(chunk: list[tuple[int, str, str]]) -> Any:
    entries = Entry.objects.in_bulk([uuid.UUID(about) for _, about, _ in chunk])
    for seq, about, digest in chunk:
        entry = entries.get(uuid.UUID(about))
        if entry is None:
            yield Broken(seq, f"the entry {about} is gone")
        elif entry_digest(entry) != digest:
            yield Broken(seq, f"the entry {about} was changed")
    return len(entries)
