"""People: who is treated, found by name without the name being stored, and erased for good when asked."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.db import transaction
from django.db.models import BinaryField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from nervelight.record import audit, erased, keys
from nervelight.record.contents import Identity
from nervelight.record.entries import KeyUsedTwice, Read, current, holding, newest, opened_all, write
from nervelight.record.files import Filed, documents_of
from nervelight.record.models import (
    Account,
    Clinic,
    Course,
    Entry,
    Invitation,
    NameToken,
    Patient,
    PersonKey,
    Rendering,
    Task,
)

__all__ = [
    "Overview",
    "add_patient",
    "change_identity",
    "erase",
    "found_by_name",
    "identities",
    "identity_of",
    "made_up",
    "overview",
    "with_name",
]


def add_patient(
    clinic: Clinic,
    identity: Identity,
    *,
    author: Account | None,
    synthetic: bool = False,
    id: uuid.UUID | None = None,
) -> Patient:
    """Add a person with their own key.

    Parameters
    ----------
    clinic : Clinic
        Who treats them.
    identity : Identity
        Who they are.
    author : Account or None
        Who adds them.
    synthetic : bool
        Made up for a demonstration.
    id : UUID, optional
        Idempotency: the id that the person gets. The same person sent twice is there once.

    Raises
    ------
    KeyUsedTwice
        If somebody else has that id.
    """
    with transaction.atomic():
        if id is not None and (known := Patient.objects.filter(pk=id).select_related("clinic").first()):
            first = Entry.objects.filter(patient=known, kind=Entry.Kind.IDENTITY, amends=None)
            same = known.clinic_id == clinic.pk and [read.content for read in opened_all(first)] == [identity]
            if not same:
                raise KeyUsedTwice("this was sent before with other content: send it under a new key")
            return known
        patient = Patient.objects.create(id=id or uuid.uuid4(), clinic=clinic, synthetic=synthetic)
        PersonKey.objects.create(patient=patient, wrapped=keys.new_person_key())
        write(identity, patient=patient, author=author)
        _index(patient, identity)
    return patient


def change_identity(known: Entry, identity: Identity, *, author: Account, key: str | None = None) -> Entry:
    """Amend who the person is; the index of names follows."""
    with transaction.atomic():
        entry = write(identity, patient=known.patient, author=author, amends=known, key=key)
        if newest(entry) != entry:
            # Sent again after a later change: names are found as they are now.
            return entry
        NameToken.objects.filter(patient=known.patient).delete()
        _index(known.patient, identity)
    return entry


def _index(patient: Patient, identity: Identity) -> None:
    tokens = keys.name_tokens(" ".join(filter(None, (identity.name, identity.number))))
    NameToken.objects.bulk_create(NameToken(patient=patient, token=token) for token in tokens)


def found_by_name(clinic: Clinic, text: str) -> list[uuid.UUID]:
    """Return the patients of a clinic with a word of their name that begins with each word of `text`."""
    return list(with_name(clinic, text).values_list("pk", flat=True))


def with_name(clinic: Clinic, text: str) -> QuerySet[Patient]:
    """Return the same as rows that can be sorted and cut, since a short beginning may be that of thousands."""
    words = [word for word in text.casefold().replace("-", " ").split() if len(word) >= keys.PREFIXES.start]
    if not words:
        return Patient.objects.none()
    tokens = {keys.prefix_token(word) for word in words}
    found = (
        NameToken.objects.filter(token__in=tokens)
        .values("patient")
        .annotate(hits=Count("token"))
        .filter(hits=len(tokens))
        .values("patient")
    )
    return Patient.objects.filter(clinic=clinic, pk__in=found)


def identities(patients: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, Identity]:
    """Return who these people are, in two queries; erased people are left out."""
    found = opened_all(current(Entry.Kind.IDENTITY, patient=list(patients)))
    return {read.entry.patient_id: read.content for read in found}


def made_up(patients: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return which of these people were made up for a demonstration."""
    return frozenset(Patient.objects.filter(pk__in=list(patients), synthetic=True).values_list("pk", flat=True))


@dataclass(frozen=True)
class Overview:
    """What the first page of a person shows."""

    identity: Read
    tasks: list[tuple[uuid.UUID, Read]]
    """Open tasks by their id, the urgent and first due first."""
    events: list[Read]
    consents: list[Read]
    documents: list[Filed]


def overview(patient: Patient) -> Overview:
    """Return what the first page of a person shows, in few queries and without opening files.

    Raises
    ------
    KeyMissing
        If they were erased.
    """
    kind = Entry.Kind
    open_task = Task.objects.filter(entry=OuterRef("pk"), done=False).values("pk")
    rows = (
        holding()
        .filter(
            Q(kind__in=(kind.IDENTITY, kind.EVENT, kind.CONSENT, kind.DOCUMENT)) | Q(Exists(open_task), kind=kind.TASK),
            patient=patient,
        )
        .annotate(
            task=Subquery(open_task),
            sealed=Case(
                When(kind=kind.DOCUMENT, then=Value(b"", BinaryField())),
                default=F("content"),
                output_field=BinaryField(),
            ),
        )
        .select_related("author")
        .defer("content")
        .order_by("-day", "-recorded_at")
    )
    files: list[Entry] = []
    others: list[Any] = []
    for entry in rows:
        entry.patient = patient
        if entry.kind == kind.DOCUMENT:
            files.append(entry)
        else:
            entry.content = entry.sealed
            others.append(entry)
    by_kind: dict[str, list[Read]] = {}
    for read in opened_all(others):
        by_kind.setdefault(read.entry.kind, []).append(read)
    if kind.IDENTITY not in by_kind:
        raise keys.KeyMissing("this person's data were erased")
    tasks = sorted(by_kind.get(kind.TASK, []), key=lambda read: (not read.content.urgent, read.content.due))
    return Overview(
        identity=by_kind[kind.IDENTITY][0],
        tasks=[(cast(Any, read.entry).task, read) for read in tasks],
        events=by_kind.get(kind.EVENT, []),
        consents=by_kind.get(kind.CONSENT, []),
        documents=documents_of(patient, files),
    )


def identity_of(patient: Patient) -> Identity:
    """Return who the person is.

    Raises
    ------
    KeyMissing
        If they were erased.
    """
    for read in opened_all(current(Entry.Kind.IDENTITY, patient=patient)):
        return cast(Identity, read.content)
    raise keys.KeyMissing("this person's data were erased")


def erase(patient: Patient, *, author: Account | None) -> None:
    """Destroy the person's key: what was written of them can no longer be read by anybody.

    Entries and audit stay as they are, unreadable, so that the chain still verifies. Name index, drawn pictures,
    invitations and the login go.
    """
    with transaction.atomic():
        # In the order of who writes, so that the two cannot wait for each other.
        list(Course.objects.select_for_update().filter(patient=patient).order_by("pk").values("pk"))
        PersonKey.objects.filter(patient=patient).delete()
        if Patient.key.is_cached(patient):
            # What was read with the person would open them still.
            Patient.key.related.delete_cached_value(patient)
        NameToken.objects.filter(patient=patient).delete()
        Rendering.objects.filter(patient=patient).delete()
        Task.objects.filter(patient=patient, done=False).update(done=True)
        Course.objects.filter(patient=patient).update(
            state=Course.State.ENDED, next_session=None, next_gate=None, flags=0, to_sign=False
        )
        for account in Account.objects.filter(patient=patient):
            Invitation.objects.filter(account=account).delete()
            account.login, account.name, account.is_active = f"erased-{uuid.uuid4()}", "", False
            account.set_unusable_password()
            account.save()
        patient.erased_at = timezone.now()
        patient.save()
        audit.append("erase", actor=author, patient=patient.pk)
        # Listed beside the database, so that a backup does not bring the person back.
        transaction.on_commit(partial(erased.note, patient.pk, patient.erased_at))
