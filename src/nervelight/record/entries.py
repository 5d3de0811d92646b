"""Writing, amending and reading entries: the one way into the record and out of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from nervelight.documents import validated
from nervelight.errors import Fault, InvalidInput, NervelightError
from nervelight.record import audit, keys
from nervelight.record.contents import CONTENTS, Content, Voided
from nervelight.record.models import Account, Clinic, Course, Entry, Patient, PersonKey

__all__ = [
    "AmendedMeanwhile",
    "KeyUsedTwice",
    "Read",
    "amend",
    "current",
    "holding",
    "key_of",
    "newest",
    "opened",
    "opened_all",
    "today_at",
    "versions",
    "write",
]

ContentT = TypeVar("ContentT", bound=Content)


class AmendedMeanwhile(NervelightError):
    """Somebody else amended the entry first; `latest` is theirs."""

    def __init__(self, latest: Entry) -> None:
        self.latest = latest
        super().__init__("somebody else has changed this meanwhile; look at theirs, then decide")


class KeyUsedTwice(NervelightError):
    """The same idempotency key came with other content, or for what was struck out since."""


@dataclass(frozen=True)
class Read:
    """An entry with its content opened."""

    entry: Entry
    content: Any


def today_at(clinic: Clinic) -> dt.date:
    """Return the day where the clinic is."""
    return timezone.now().astimezone(ZoneInfo(clinic.time_zone)).date()


def write(
    content: Content,
    *,
    patient: Patient,
    author: Account | None,
    day: dt.date | None = None,
    course: Course | None = None,
    key: str | None = None,
    amends: Entry | None = None,
    at: dt.datetime | None = None,
) -> Entry:
    """Write an entry with its audit row, in one transaction.

    Parameters
    ----------
    content : Content
        Checked; its class tells the kind.
    patient, course
        Whose, and of which course.
    author : Account or None
        Who writes; None for the program itself.
    day : date, optional
        The day that it is about, where somebody says so; today at the clinic when absent.
    key : str, optional
        Idempotency key. The same key with the same content, of the same day where one is said, returns the entry that
        is there.
    amends : Entry, optional
        The entry that this one replaces.
    at : datetime, optional
        When it was recorded; now when absent.

    Returns
    -------
    Entry

    Raises
    ------
    AmendedMeanwhile
        If `amends` has been amended already.
    KeyUsedTwice
        If the key came before with other content, or what came was struck out since as entered in error.
    KeyMissing
        If the person was erased.
    InvalidInput
        If `amends` is of another person, course or kind.
    """
    kind = _KIND[type(content)]
    if amends is not None and (
        (amends.patient_id, amends.course_id) != (patient.pk, course.pk if course else None)
        or kind not in _replacing(amends.kind)
    ):
        raise InvalidInput(
            "amendment", [Fault("amends", str(amends.pk), "an entry of the same person, course and kind")]
        )
    data = content.model_dump(mode="json", by_alias=True)
    try:
        with transaction.atomic():
            if course is not None and connection.features.has_select_for_update:
                # Always before the audit's own lock, so that two who write cannot wait for each other.
                Course.objects.select_for_update().filter(pk=course.pk).values("pk").first()
            if key and (known := Entry.objects.select_for_update().filter(patient=patient, key=key).first()):
                return _same(known, data, kind, day)
            # Not the one at hand: the person may have been erased since it was read, and nobody writes of them then.
            wrapped = PersonKey.objects.select_for_update().filter(patient=patient).values_list("wrapped", flat=True)
            entry = Entry(
                patient=patient, course=course, kind=kind, day=day or today_at(patient.clinic),
                recorded_at=at or timezone.now(), author=author, amends=amends, key=key or None,
            )  # fmt: skip
            entry.content = keys.seal(_unwrapped(wrapped.first()), data, _place(entry))
            entry.save(force_insert=True)
            done = _done(content, amends)
            audit.append(done, actor=author, patient=patient.pk, about=entry.pk, digest=audit.entry_digest(entry))
            Patient.objects.filter(pk=patient.pk).update(written_at=timezone.now())
            return entry
    except IntegrityError:
        # Two at once: the database let one of them through.
        if key and (known := Entry.objects.filter(patient=patient, key=key).first()):
            return _same(known, data, kind, day)
        if amends and (latest := Entry.objects.filter(amends=amends).first()):
            raise AmendedMeanwhile(latest) from None
        raise


def amend(
    entry: Entry, content: Content, *, author: Account | None, day: dt.date | None = None, key: str | None = None
) -> Entry:
    """Write an entry that replaces another; both stay."""
    return write(
        content,
        patient=entry.patient,
        course=entry.course,
        author=author,
        day=day or entry.day,
        key=key,
        amends=entry,
    )


_KIND = {shape: kind for kind, shape in CONTENTS.items()}
_VOIDED = Entry.Kind.VOIDED
_VOIDABLE = (Entry.Kind.SESSION, Entry.Kind.EVENT)


def _replacing(kind: str) -> tuple[str, ...]:
    """Return the kinds of entry that may replace one of a kind."""
    if kind == _VOIDED:
        return _VOIDABLE
    return (kind, _VOIDED) if kind in _VOIDABLE else (kind,)


def _done(content: Content, amends: Entry | None) -> str:
    """Return what the audit says was done."""
    kind = _KIND[type(content)]
    if isinstance(content, Voided):
        return f"void {_KIND[type(content.was)]}"
    if amends is None:
        return f"write {kind}"
    return f"restore {kind}" if amends.kind == _VOIDED else f"amend {kind}"


def _same(known: Entry, data: Any, kind: str, day: dt.date | None) -> Entry:
    alike = known.kind == kind and known.day == (day or known.day)
    if not alike or keys.open_sealed(key_of(known.patient), known.content, _place(known)) != data:
        raise KeyUsedTwice("this was sent before with other content: send it under a new key")
    if kind in _VOIDABLE and newest(known).kind == _VOIDED:
        # What was struck out is not answered as if it counted.
        raise KeyUsedTwice("this was sent before and struck out as entered in error: send it under a new key")
    return known


def _place(entry: Entry) -> str:
    return f"{entry.patient_id}/{entry.pk}/{entry.kind}"


def key_of(patient: Patient) -> bytes:
    """Return a person's key.

    Raises
    ------
    KeyMissing
        If they were erased.
    """
    try:
        return _unwrapped(patient.key.wrapped)
    except PersonKey.DoesNotExist:
        return _unwrapped(None)


def _unwrapped(wrapped: bytes | memoryview | None) -> bytes:
    if wrapped is None:
        raise keys.KeyMissing("this person's data were erased")
    return keys.unwrapped(wrapped)


def opened(entry: Entry, shape: type[ContentT]) -> ContentT:
    """Return the content of an entry of a known kind.

    Raises
    ------
    KeyMissing
        If the person was erased, or the site key is another one.
    """
    if _KIND[shape] != entry.kind:
        raise TypeError(f"an entry of kind {entry.kind} is no {shape.__name__}")
    for read in opened_all([entry]):
        return cast(ContentT, read.content)
    raise keys.KeyMissing("this person's data were erased")


def opened_all(entries: Iterable[Entry], key: bytes | None = None) -> list[Read]:
    """Open many entries with one query for the keys; entries of erased people are left out.

    Parameters
    ----------
    entries : iterable of Entry
    key : bytes, optional
        The key of the one person whose they are, where it is at hand.
    """
    found = list(entries)
    if key is not None:
        unwrapped = {each.patient_id: key for each in found}
    else:
        unwrapped = _keys_at_hand(found)
        asked = {each.patient_id for each in found} - set(unwrapped)
        if asked:
            wrapped = PersonKey.objects.filter(patient_id__in=asked).values_list()
            unwrapped |= {patient: keys.unwrapped(sealed) for patient, sealed in wrapped}
    return [
        Read(
            each,
            validated(
                CONTENTS[each.kind],
                keys.open_sealed(unwrapped[each.patient_id], each.content, _place(each)),
                f"entry {each.pk}",
            ),
        )
        for each in found
        if each.patient_id in unwrapped
    ]


def _keys_at_hand(entries: Iterable[Entry]) -> dict[uuid.UUID, bytes]:
    """Return the keys of the people that were read from the database together with theirs."""
    people = {each.patient_id: each.patient for each in entries if Entry.patient.is_cached(each)}
    known = {pk: getattr(patient, "key", None) for pk, patient in people.items() if Patient.key.is_cached(patient)}
    return {pk: keys.unwrapped(key.wrapped) for pk, key in known.items() if key is not None}


def holding() -> QuerySet[Entry]:
    """Return the entries that nothing replaces.

    A join with what amends them would do the same; but where few entries are amended SQLite, once it has counted,
    takes the index of amendments for useless and reads the whole table for each entry.
    """
    return Entry.objects.filter(~Exists(Entry.objects.filter(amends=OuterRef("pk"))))


def current(
    *kinds: str, patient: Patient | Sequence[uuid.UUID] | None = None, course: Course | None = None
) -> list[Entry]:
    """Return the entries that hold now, each without what it replaced, in order of their day."""
    found = holding().filter(kind__in=kinds)
    if patient is not None:
        found = found.filter(patient=patient) if isinstance(patient, Patient) else found.filter(patient_id__in=patient)
    if course is not None:
        found = found.filter(course=course)
    ordered = list(found.order_by("day", "recorded_at"))
    if course is not None and Course.patient.is_cached(course):
        patient = course.patient
    if isinstance(patient, Patient):
        for entry in ordered:
            # With their key, where it is at hand.
            entry.patient = patient
    return ordered


def newest(entry: Entry) -> Entry:
    """Return what an entry was amended to in the end; itself where nobody amended it."""
    last = _chain(entry)[0]
    return entry if last == entry.pk else Entry.objects.get(pk=last)


def versions(entry: Entry) -> list[Entry]:
    """Return an entry with all that it replaced and all that replaced it, the newest first, in two queries."""
    newest_first = _chain(entry)
    found = Entry.objects.select_related("author").in_bulk(newest_first)
    return [found[each] for each in newest_first]


def _chain(entry: Entry) -> list[uuid.UUID]:
    kinds = {kind for each in _replacing(entry.kind) for kind in _replacing(each)}
    of_kind = Entry.objects.filter(patient=entry.patient_id, kind__in=kinds, course=entry.course_id)
    amends = dict(of_kind.values_list("pk", "amends"))
    amended_by = {old: new for new, old in amends.items() if old}
    newest_first = [entry.pk]
    while later := amended_by.get(newest_first[0]):
        newest_first.insert(0, later)
    while earlier := amends[newest_first[-1]]:
        newest_first.append(earlier)
    return newest_first
