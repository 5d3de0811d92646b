"""Addresses: the patient's pages, phone first."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nervelight.web.phone import api, views

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.today, name="today"),
    path("session/", views.my_session, name="my_session"),
    path("questions/", views.questions, name="questions"),
    path("questions/<slug:instrument>/", views.question, name="question"),
    path("chart/", views.chart, name="chart"),
    path("learn/", views.learn, name="learn"),
    path("learn/<slug:sheet>/", views.sheet, name="sheet"),
    path("wrong/", views.wrong, name="wrong"),
    path("data/", views.my_data, name="my_data"),
    path("data/calendar/", views.my_calendar, name="my_calendar"),
    path("api/openapi.json", api.api_document, name="api_document"),
    path("api/status/", api.api_status, name="api_status"),
    path("api/sessions/", api.api_sessions, name="api_sessions"),
    path("api/wrong/", api.api_wrong, name="api_wrong"),
]
