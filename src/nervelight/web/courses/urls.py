"""Addresses: courses: sessions, questionnaires, the course's page, the decision card."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from nervelight.web.courses import review, sharing, views

__all__ = ["urlpatterns"]

_of_course: list[URLPattern | URLResolver] = [
    path("", views.course, name="course"),
    path("sessions/new/", views.session_new, name="session_new"),
    path("sessions/<uuid:entry>/", views.session_amend, name="session_amend"),
    path("sessions/<uuid:entry>/error/", views.session_error, name="session_error"),
    path("questions/<slug:instrument>/", views.response_new, name="response_new"),
    path("days/new/", views.day_note, name="day_note"),
    path("review/", review.review, name="review"),
    path("review/<uuid:entry>/", review.earlier_card, name="review_card"),
    path("end/", views.course_end, name="course_end"),
    path("files/", sharing.course_share, name="course_share"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("patients/<uuid:patient>/courses/<uuid:course>/", include(_of_course)),
]
