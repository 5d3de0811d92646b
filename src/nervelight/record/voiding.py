"""Sessions that were written down in error: struck out with a reason, kept, counted no more, and taken back.

A session that is struck out is the next version of its entry (`Voided`), and one that is taken back the version after
that, so that whoever struck out the wrong one mends it the same way. All that counts sessions reads the kind of the
version that holds, so that nothing needs to know of errors to leave them out.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from nervelight.errors import Fault, InvalidInput
from nervelight.record.contents import AdverseEvent, Session, Voided
from nervelight.record.courses import harm_key, locked, refresh
from nervelight.record.entries import amend, newest, opened, versions
from nervelight.record.events import make_task
from nervelight.record.models import Account, Entry

__all__ = ["harms_of", "restore_session", "void_session"]

Kind = Entry.Kind


def void_session(
    known: Entry, reason: str, *, author: Account, harm_too: bool = False, key: str | None = None
) -> Entry:
    """Strike a session out as entered in error: it stays, and counts nowhere any more.

    Parameters
    ----------
    known : Entry
        The session that was looked at.
    reason : str
        Why it is an error.
    author : Account
        Who says so: a clinician.
    harm_too : bool
        Whether each adverse event that its skin check made is an error as well. The task that it made stays, for
        somebody to close.
    key : str, optional
        Idempotency key.

    Returns
    -------
    Entry
        What replaces the session.

    Raises
    ------
    AmendedMeanwhile
        If somebody else corrected it or struck it out first.
    InvalidInput
        If there is no reason, it is no session of a course, or whoever says so is no clinician.
    """
    faults = [] if reason.strip() else [Fault("reason", None, "why it is an error")]
    course = known.course
    if known.kind != Kind.SESSION or course is None:
        faults.append(Fault("session", known.kind, "a session of a course"))
    faults += _of_clinician(author)
    if faults or course is None:
        raise InvalidInput("entry in error", faults)
    with transaction.atomic():
        locked(course)
        harms = harms_of(versions(known)) if harm_too else []
        entry = amend(known, Voided(reason=reason, was=opened(known, Session)), author=author, key=key)
        for harm in harms:
            if harm.kind == Kind.EVENT:
                amend(harm, Voided(reason=reason, was=opened(harm, AdverseEvent)), author=author)
        refresh(course)
    return entry


def restore_session(known: Entry, *, author: Account, key: str | None = None) -> Entry:
    """Take back that a session was entered in error: it counts again, and so does the event struck out with it.

    The event makes its task anew, since nobody may have looked.

    Raises
    ------
    AmendedMeanwhile
        If somebody else took it back first.
    InvalidInput
        If no session was struck out here, or whoever says so is no clinician.
    """
    course = known.course
    content = opened(known, Voided) if known.kind == Kind.VOIDED else None
    faults = _of_clinician(author)
    if course is None or content is None or not isinstance(content.was, Session):
        faults.append(Fault("session", known.kind, "a session that was entered in error"))
    if faults or course is None or content is None:
        raise InvalidInput("entry in error", faults)
    with transaction.atomic():
        locked(course)
        harms = harms_of(versions(known))
        entry = amend(known, content.was, author=author, key=key)
        for harm in harms:
            if harm.kind == Kind.VOIDED:
                event = opened(harm, Voided).was
                assert isinstance(event, AdverseEvent)
                make_task(amend(harm, event, author=author), event, urgent=True)
        refresh(course)
    return entry


def harms_of(session: Sequence[Entry]) -> list[Entry]:
    """Return the adverse events that the skin checks of a session made, as they stand now: an event, or struck out.

    There are several where a correction told of another harm.

    Parameters
    ----------
    session : sequence of Entry
        All versions of it.
    """
    patient, keys = session[0].patient, [harm_key(each.pk) for each in session]
    made = Entry.objects.filter(patient=patient, key__in=keys).order_by("recorded_at")
    found = [newest(each) for each in made]
    for each in found:
        each.patient = patient
    return found


def _of_clinician(author: Account) -> list[Fault]:
    if author.role == Account.Role.CLINICIAN:
        return []
    return [Fault("author", author.role, "a clinician says so")]
