"""Who was erased: ids and times, kept beside the database so that an older backup cannot bring a person back."""

from __future__ import annotations

import datetime as dt
import json
import os
import uuid
from pathlib import Path

from django.conf import settings

from nervelight.errors import Fault, InvalidInput
from nervelight.record.models import Patient

__all__ = ["catch_up", "erased_people", "file", "note"]


def file() -> Path:
    """Return where they are listed, one line a person."""
    return Path(settings.HOME) / "erased.jsonl"


def note(patient: uuid.UUID, at: dt.datetime) -> None:
    """Add a person; it is on the disk when this returns."""
    line = json.dumps({"patient": str(patient), "erased_at": at.isoformat()}) + "\n"
    handle = os.open(file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, line.encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)


def erased_people() -> set[uuid.UUID]:
    """Return the ids of everybody who was erased.

    Raises
    ------
    InvalidInput
        If a line cannot be read: whom it names must not come back unnoticed.
    """
    if not file().exists():
        return set()
    found, faults = set(), []
    for number, line in enumerate(file().read_text(encoding="ascii", errors="replace").splitlines(), start=1):
        try:
            found.add(uuid.UUID(json.loads(line)["patient"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            faults.append(Fault(f"line {number}", line, 'a line such as {"patient": ID, "erased_at": TIME}'))
    if faults:
        raise InvalidInput(str(file()), faults)
    return found


def catch_up() -> None:
    """Add who was erased in the database but is not listed: the program may have died in between."""
    rows = Patient.objects.exclude(erased_at=None).values_list("pk", "erased_at")
    listed = erased_people() if rows else set()
    for patient, at in rows:
        if patient not in listed and at is not None:
            note(patient, at)
