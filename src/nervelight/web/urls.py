"""Addresses of all pages."""

from __future__ import annotations

from django.urls import include, path

from nervelight.web.home import home
from nervelight.web.phone.offline import manifest, worker

__all__ = ["urlpatterns"]

urlpatterns = [
    path("", home, name="home"),
    path("", include("nervelight.web.accounts.urls")),
    path("", include("nervelight.web.people.urls")),
    path("", include("nervelight.web.plans.urls")),
    path("", include("nervelight.web.courses.urls")),
    path("sw.js", worker, name="worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("me/", include("nervelight.web.phone.urls")),
    path("library/", include("nervelight.web.library.urls")),
    path("clinic/", include("nervelight.web.clinic.urls")),
]
