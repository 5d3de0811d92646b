"""The courses of a person of the record, each as a Bundle to be read."""

from __future__ import annotations

from collections.abc import Mapping

from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.record.gathering import dossier_of
from nervelight.record.models import Account, Course, Entry, Patient

__all__ = ["person_bundles"]


def person_bundles(patient: Patient, actor: Account | None = None) -> Mapping[str, str]:
    """Return the courses of which a plan was made: name of the file in the person's archive, and its text.

    Parameters
    ----------
    patient : Patient
    actor : Account, optional
        Who takes them; that each left the record is written to the audit.

    Raises
    ------
    KeyMissing
        If the person was erased.
    """
    planned = Entry.objects.filter(kind=Entry.Kind.PLAN).values("course")
    courses = Course.objects.filter(patient=patient, pk__in=planned).select_related("patient", "clinic")
    return {
        f"fhir/{course.pk}.json": bundle_text(bundle_of(dossier_of(course, actor=actor, about="fhir"), "collection"))
        for course in courses.order_by("opened_at")
    }
