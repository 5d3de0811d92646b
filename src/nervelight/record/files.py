"""Files of a person: what they are is told by their content, never by their name."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction

from nervelight.documents import validated
from nervelight.errors import Fault, InvalidInput
from nervelight.record import keys
from nervelight.record.contents import FiledDocument
from nervelight.record.entries import holding, key_of, opened_all, write
from nervelight.record.models import Account, Course, Entry, Patient, Rendering

__all__ = ["EXTENSIONS", "MAX_BYTES", "Filed", "documents_of", "file_document", "media_type_of"]

MAX_BYTES = 10_000_000
"""Largest file; what its entry can hold, and a scan of some pages."""
EXTENSIONS = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/plain": "txt",
    "text/html": "html",
    "application/json": "json",
}
"""Ending of a file's name by what the file is."""
_LIST = "documents"
Uploadable = Literal["application/pdf", "image/png", "image/jpeg", "text/plain"]


@dataclass(frozen=True)
class Filed:
    """What a list shows of a file."""

    id: uuid.UUID
    day: dt.date
    name: str
    media_type: str
    size: int
    about: str


def media_type_of(data: bytes) -> Uploadable | None:
    """Return what a file is by its first bytes; None for what the record does not take."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if any(sign < " " and sign not in "\t\n\r\f" for sign in text) or not text.strip() else "text/plain"


def file_document(
    data: bytes,
    *,
    name: str,
    patient: Patient,
    author: Account | None,
    about: str = "",
    course: Course | None = None,
    key: str | None = None,
) -> Entry:
    """Keep a file.

    Raises
    ------
    InvalidInput
        If it is too large, empty, or neither PDF, PNG, JPEG nor plain text, whatever its name says.
    """
    kind = media_type_of(data)
    if len(data) > MAX_BYTES:
        raise InvalidInput("file", [Fault("file", f"{len(data)} bytes", f"at most {MAX_BYTES} bytes")])
    if kind is None:
        raise InvalidInput("file", [Fault("file", name, "a PDF, PNG, JPEG or plain text file in UTF-8")])
    content = validated(
        FiledDocument,
        {"name": name, "media_type": kind, "base64": base64.b64encode(data).decode(), "about": about},
        "document",
    )
    return write(content, patient=patient, course=course, author=author, key=key)


def documents_of(patient: Patient, entries: Iterable[Entry] | None = None) -> list[Filed]:
    """Return the files of a person, the newest first, without opening them each time.

    Their names are kept sealed beside them; what is missing there is opened once.

    Parameters
    ----------
    patient : Patient
        Whose.
    entries : iterable of Entry, optional
        Their entries of files that hold now, where they are at hand; content may be missing.

    Raises
    ------
    KeyMissing
        If they were erased.
    """
    if entries is None:
        entries = holding().filter(patient=patient, kind=Entry.Kind.DOCUMENT).defer("content")
    rows = [
        (each.pk, each.day) for each in sorted(entries, key=lambda each: (each.day, each.recorded_at), reverse=True)
    ]
    if not rows:
        return []
    key, place = key_of(patient), f"{patient.pk}/{_LIST}"
    kept = Rendering.objects.filter(patient=patient, course=None, name=_LIST).first()
    known: dict[str, Any] = keys.open_sealed(key, kept.content, place) if kept else {}
    missing = [pk for pk, _ in rows if str(pk) not in known]
    if missing:
        for read in opened_all(Entry.objects.filter(pk__in=missing)):
            size = len(read.content.base64) * 3 // 4 - read.content.base64.count("=")
            known[str(read.entry.pk)] = [read.content.name, read.content.media_type, size, read.content.about]
        made_from = hashlib.sha256("".join(sorted(known)).encode()).hexdigest()
        with transaction.atomic():
            Rendering.objects.filter(patient=patient, course=None, name=_LIST).delete()
            Rendering.objects.create(
                patient=patient, name=_LIST, made_from=made_from, content=keys.seal(key, known, place)
            )  # fmt: skip
    return [Filed(pk, day, *known[str(pk)]) for pk, day in rows if str(pk) in known]
