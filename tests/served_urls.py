"""The pages, and an address that writes down a session as a patient's phone sends it."""

from __future__ import annotations

import datetime as dt
import json

from django.http import HttpRequest, JsonResponse
from django.urls import path

from nervelight.record import courses
from nervelight.record.entries import KeyUsedTwice
from nervelight.record.models import Course
from nervelight.web import urls
from nervelight.web.access import PATIENT, allow
from store.make import session

__all__ = ["urlpatterns"]


@allow(PATIENT)
def send_session(request: HttpRequest) -> JsonResponse:
    """Write down a session of the account's course; answer when it is written."""
    sent = json.loads(request.body)
    course = Course.objects.select_related("patient__clinic", "clinic", "signed_plan").get(patient=request.patient)
    content = session(str(course.signed_plan_id), after=sent["after"])
    day = dt.date.fromisoformat(sent["day"])
    try:
        entry = courses.record_session(course, content, author=request.user, day=day, key=sent["key"])
    except KeyUsedTwice:
        return JsonResponse({}, status=409)
    return JsonResponse({"entry": str(entry.pk)}, status=201)


urlpatterns = [path("test/session/", send_session), *urls.urlpatterns]
