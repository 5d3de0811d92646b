"""Addresses: people: search, identity, consents, documents, events, export, erasure; work list and tasks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.people import care, patients, work

__all__ = ["urlpatterns"]

PERSON = "patients/<uuid:patient>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("work/", work.work, name="work"),
    path("tasks/", work.task_list, name="tasks"),
    path("patients/", patients.patients, name="patients"),
    path("patients/new/", patients.add_person, name="patient_new"),
    path(PERSON, patients.patient, name="patient"),
    path(f"{PERSON}identity/", patients.identity, name="identity"),
    path(f"{PERSON}invite/", patients.invitation, name="invite"),
    path(f"{PERSON}export/", patients.export, name="person_export"),
    path(f"{PERSON}audit/", patients.audit_of_person, name="person_audit"),
    path(f"{PERSON}consents/new/", care.consent_new, name="consent_new"),
    path(f"{PERSON}events/new/", care.event_new, name="event_new"),
    path(f"{PERSON}documents/new/", care.document_new, name="document_new"),
    path(f"{PERSON}documents/<uuid:entry>/", care.document, name="document"),
    path(f"{PERSON}entries/<uuid:entry>/", care.entry_history, name="entry_history"),
    path(f"{PERSON}tasks/new/", care.task_new, name="task_new"),
    path(f"{PERSON}tasks/<uuid:task>/", care.task, name="task"),
]
