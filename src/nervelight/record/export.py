"""Everything that is written of one person, as files that people and programs can read."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils import timezone

from nervelight.documents import csv_text
from nervelight.record import audit, keys
from nervelight.record.contents import FiledDocument, PlanVersion, Response, ReviewCard, Session, Voided
from nervelight.record.entries import Read, opened_all
from nervelight.record.files import EXTENSIONS
from nervelight.record.models import Account, AuditRow, Course, Entry, Patient, Task

__all__ = ["export_person"]

README = """\
What this clinic's record holds of one person, written on {now}.

person.json         the person's id in the record, the account with its login name, invitations
courses.json        each course of treatment with its state and days
records/KIND.json   every entry of a kind, the oldest first: what was written, when, by whom, for which day
plans/              each version of a plan, to the letter (schema nervelight-plan-1)
reviews/            each decision card, to the letter
documents/          each file that was filed
sessions.csv        the sessions that hold now, one field that was lit a row; also those entered in error, which count
                    no more: "entered_in_error" says why, and is empty for all others
scores.csv          the questionnaires and tests that hold now
tasks.json          state of each task; its words are in records/task.json
fhir/               each course of which a plan was made, for programs of other clinics: a FHIR R4 Bundle
audit.json          who did what with this record, and when; reads as well

Nothing in the record is ever overwritten. A correction is a new entry, and "amends" names the entry that it replaces.
An entry with "amended_by" no longer holds; it is kept. Where the content of an entry says {{"file": "..."}}, the
content is that file. Times are in UTC; "day" is a day where the clinic is. "distance_mm" is in millimetres, "seconds"
in seconds, pain "before" and "after" a session from 0 to 10.

This is a copy of personal health data. Keep it as you would keep a letter from your doctor.
"""


def export_person(
    patient: Patient, actor: Account | None = None, more: Mapping[str, str] = MappingProxyType({})
) -> bytes:
    """Return a ZIP archive with everything that is written of a person; that it was taken is written to the audit.

    Parameters
    ----------
    patient : Patient
        Whose record.
    actor : Account, optional
        Who takes it: a clinician, or the person.
    more : mapping of str to str
        Files that are made of the record above this room, by name: courses as FHIR
        (`nervelight.fhir.person.person_bundles`).

    Raises
    ------
    KeyMissing
        If the person was erased.
    """
    if patient.erased_at is not None:
        raise keys.KeyMissing("this person's data were erased")
    with transaction.atomic():
        audit.append("export", actor=actor, patient=patient.pk)
        reads = opened_all(Entry.objects.filter(patient=patient).select_related("author").order_by("recorded_at"))
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (*_files(patient, reads), *more.items()):
                archive.writestr(name, text)
    return made.getvalue()


def _files(patient: Patient, reads: list[Read]) -> Iterator[tuple[str, str | bytes]]:
    yield "README.txt", README.format(now=timezone.now().isoformat(timespec="seconds"))
    yield "person.json", _json(_person(patient))
    yield "courses.json", _json(list(map(_course, Course.objects.filter(patient=patient).order_by("opened_at"))))
    replaced_by = {read.entry.amends_id: read.entry.pk for read in reads if read.entry.amends_id}
    by_kind: dict[str, list[Any]] = {}
    for read in reads:
        content = read.content.model_dump(mode="json", by_alias=True)
        for field, name, data in _apart(read):
            content[field] = {"file": name}
            yield name, data
        by_kind.setdefault(read.entry.kind, []).append(_entry(read.entry, content, replaced_by))
    for kind in Entry.Kind.values:
        yield f"records/{kind}.json", _json(by_kind.get(kind, []))
    holds = [read for read in reads if read.entry.pk not in replaced_by]
    yield "sessions.csv", csv_text(_SESSION, _sessions(holds))
    yield "scores.csv", csv_text(_SCORE, _scores(holds))
    yield "tasks.json", _json([_task(task) for task in Task.objects.filter(patient=patient).order_by("due")])
    yield "audit.json", _json([_audit(row) for row in AuditRow.objects.filter(patient=patient.pk).order_by("seq")])


def _apart(read: Read) -> Iterator[tuple[str, str, str | bytes]]:
    """Yield what of an entry becomes a file of its own: field, name of the file, what stands in it."""
    content, id_ = read.content, read.entry.pk
    if isinstance(content, PlanVersion):
        yield "plan", f"plans/{read.entry.course_id}/plan-{content.number}-{id_}.json", content.plan
    elif isinstance(content, ReviewCard):
        yield "review", f"reviews/{read.entry.course_id}/review-{read.entry.day}-{id_}.json", content.review
    elif isinstance(content, FiledDocument):
        yield "base64", f"documents/{id_}.{EXTENSIONS[content.media_type]}", base64.b64decode(content.base64)


def _person(patient: Patient) -> Mapping[str, Any]:
    account = Account.objects.filter(patient=patient).first()
    return {
        "id": patient.pk,
        "clinic": patient.clinic.name,
        "created_at": patient.created_at,
        "made_up": patient.synthetic,
        "account": account
        and {
            "login": account.login,
            "language": account.language,
            "active": account.is_active,
            "created_at": account.created_at,
            "last_login": account.last_login,
            "invitations": list(account.invitations.order_by("made_at").values("made_at", "expires_at", "used_at")),
        },
    }


def _course(course: Course) -> Mapping[str, Any]:
    names = ("id", "opened_at", "state", "starts", "ends", "next_session", "next_gate", "last_logged")
    return {name: getattr(course, name) for name in names} | {"signed_plan": course.signed_plan_id}


def _entry(entry: Entry, content: Any, replaced_by: Mapping[Any, Any]) -> Mapping[str, Any]:
    author = entry.author
    return {
        "id": entry.pk,
        "day": entry.day,
        "recorded_at": entry.recorded_at,
        "author": author and {"id": author.pk, "role": author.role, "name": author.get_full_name()},
        "course": entry.course_id,
        "amends": entry.amends_id,
        "amended_by": replaced_by.get(entry.pk),
        "content": content,
    }


def _task(task: Task) -> Mapping[str, Any]:
    names = ("id", "course_id", "entry_id", "owner", "due", "urgent", "done")
    return {name.removesuffix("_id"): getattr(task, name) for name in names}


def _audit(row: AuditRow) -> Mapping[str, Any]:
    names = ("seq", "at", "actor", "role", "action", "about", "digest", "hash")
    return {name: getattr(row, name) for name in names}


_SESSION = (
    "day", "entry", "course", "where", "lamp", "field", "seconds", "distance_mm", "site_checked", "eyes_protected",
    "skin", "before", "after", "stopped_early", "note", "entered_in_error",
)  # fmt: skip
_SCORE = ("day", "entry", "course", "instrument", "score", "answers", "language", "note")


def _sessions(reads: Iterable[Read]) -> Iterator[tuple[Any, ...]]:
    for read in reads:
        struck = read.content if isinstance(read.content, Voided) else None
        made = struck.was if struck is not None else read.content
        if isinstance(made, Session):
            fields: Mapping[str, Any] = made.seconds or {"": ""}
            head = (read.entry.day, read.entry.pk, read.entry.course_id, made.where, made.lamp)
            tail = (
                made.distance_mm, made.site_checked, made.eyes_protected, made.skin, made.before, made.after,
                made.stopped_early, made.note, struck.reason if struck is not None else "",
            )  # fmt: skip
            # A session without any field that was lit is a session too.
            yield from ((*head, field, seconds, *tail) for field, seconds in fields.items())


def _scores(reads: Iterable[Read]) -> Iterator[tuple[Any, ...]]:
    for read in reads:
        made = read.content
        if isinstance(made, Response):
            answers = " ".join("-" if each is None else f"{each:g}" for each in made.answers)
            place = (read.entry.day, read.entry.pk, read.entry.course_id)
            yield (*place, made.instrument, made.score, answers, made.language, made.note)


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
