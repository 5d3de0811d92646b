"""Addresses: set-up, log-in, second factor, invitation, own settings."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.accounts import views

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("setup/", views.set_up_clinic, name="setup"),
    path("login/", views.log_in, name="login"),
    path("login/code/", views.code, name="code"),
    path("logout/", views.log_out, name="logout"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password, name="password"),
    path("account/second-factor/", views.factor, name="second_factor"),
    path("account/second-factor/off/", views.factor_off, name="second_factor_off"),
    path("account/administrator/", views.administrator, name="first_administrator"),
]
