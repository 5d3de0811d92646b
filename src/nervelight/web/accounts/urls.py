"""Addresses of set-up, log-in, second factor, invitation, own settings."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.accounts import views

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("login/", views.log_in, name="login"),
    path("logout/", views.log_out, name="logout"),
]
