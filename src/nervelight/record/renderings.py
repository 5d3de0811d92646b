"""Page parts that are slow to make, kept sealed under the hash of what they are made from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from nervelight.record import keys
from nervelight.record.entries import key_of
from nervelight.record.models import Course, Rendering

__all__ = ["hash_of", "kept"]


def hash_of(parts: Iterable[object]) -> str:
    """Return what tells apart what a page part is made from."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def kept(course: Course, name: str, made_from: str, make: Callable[[], str], key: bytes | None = None) -> str:
    """Return a page part, made anew only where what it is made from has changed.

    Parameters
    ----------
    course : Course
    name : str
        Which part; each is kept once a course.
    made_from : str
        Hash of everything that it is made from.
    make : callable
        Makes it.
    key : bytes, optional
        The person's key, where it is at hand.

    Raises
    ------
    KeyMissing
        If the person was erased.
    """
    key = key or key_of(course.patient)
    place = f"{course.patient_id}/{course.pk}/{name}/{made_from}"
    known = Rendering.objects.filter(course=course, name=name).values_list("made_from", "content").first()
    if known is not None and known[0] == made_from:
        return str(keys.open_sealed(key, known[1], place))
    made = make()
    # Two at once make the same: whichever comes last stays.
    Rendering.objects.bulk_create(
        [
            Rendering(
                patient=course.patient,
                course=course,
                name=name,
                made_from=made_from,
                content=keys.seal(key, made, place),
            )
        ],
        update_conflicts=True,
        unique_fields=["course", "name"],
        update_fields=["made_from", "content"],
    )
    return made
