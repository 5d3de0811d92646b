"""Addresses: the clinic: settings, accounts, audit, erasure."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.clinic import views

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.clinic, name="clinic"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.account_new, name="account_new"),
    path("accounts/<int:account>/", views.account_edit, name="account_edit"),
    path("audit/", views.audit_rows, name="audit"),
    path("patients/", views.find, name="find"),
    path("patients/<uuid:patient>/erase/", views.erase, name="erase"),
]
