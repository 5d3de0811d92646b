"""Addresses: what is known: evidence, claims, lamps."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.library import views

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("evidence/", views.evidence_page, name="evidence"),
    path("evidence/<slug:condition>/", views.condition_page, name="condition"),
    path("studies/", views.studies_page, name="studies"),
    path("studies/<slug:study>/", views.study_page, name="study"),
    path("claims/", views.claims_page, name="claims"),
    path("education/", views.education_page, name="education"),
    path("education/<slug:condition>/", views.education_of_page, name="education_of"),
    path("lamps/", views.lamps_page, name="lamps"),
    path("lamps/<slug:lamp>/", views.lamp_page, name="lamp"),
]
