"""Parts of pages that are slow to make, kept sealed under the key of the person whom they are about."""

from __future__ import annotations

from nervelight.record import keys
from nervelight.record.models import Course, PersonKey, Rendering

__all__ = ["keep_rendering", "kept_rendering"]


def keep_rendering(course: Course, name: str, made_from: str, text: str) -> None:
    """Keep a part of a page; an older one of that name goes.

    Parameters
    ----------
    course : Course
    name : str
        Of the part, one in a course.
    made_from : str
        Hash of all that it was made from.
    text : str
    """
    sealed = keys.seal(_key(course), text, _place(course, name, made_from))
    Rendering.objects.update_or_create(
        course=course, name=name, defaults={"patient": course.patient, "made_from": made_from, "content": sealed}
    )


def kept_rendering(course: Course, name: str, made_from: str) -> str | None:
    """Return a part that was kept; None where there is none, or one made from something else."""
    found = Rendering.objects.filter(course=course, name=name, made_from=made_from).first()
    if found is None:
        return None
    return str(keys.open_sealed(_key(course), found.content, _place(course, name, made_from)))


def _key(course: Course) -> bytes:
    try:
        return keys.unwrapped(PersonKey.objects.get(patient_id=course.patient_id).wrapped)
    except PersonKey.DoesNotExist:
        raise keys.KeyMissing("this person's data were erased") from None


def _place(course: Course, name: str, made_from: str) -> str:
    return f"{course.patient_id}/{course.pk}/{name}/{made_from}"
