"""Addresses of the case, the versions of the plan, their comparison and signature."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.plans import case_views, plan_views

__all__ = ["urlpatterns"]

COURSE = "patients/<uuid:patient>/courses/<uuid:course>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("patients/<uuid:patient>/courses/new/", case_views.course_new, name="course_new"),
    path(f"{COURSE}/case/", case_views.case, name="case"),
    path(f"{COURSE}/case/preview/", case_views.case_preview, name="case_preview"),
    path(f"{COURSE}/plans/make/", case_views.plan_make, name="plan_make"),
    path(f"{COURSE}/plans/<int:number>/", plan_views.plan, name="plan"),
    path(f"{COURSE}/plans/<int:number>/compare/<int:other>/", plan_views.plan_compare, name="plan_compare"),
    path(f"{COURSE}/plans/<int:number>/sign/", plan_views.plan_sign, name="plan_sign"),
]
