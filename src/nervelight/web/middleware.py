"""Language, time zone and idle time of who is logged in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse
from django.utils import timezone, translation

from nervelight.record.models import Account

__all__ = ["LEFT_ALONE", "ClinicMiddleware"]

SEEN, LEFT_ALONE = "seen", "left alone"
# The session is saved at most so often for the sake of its idle time alone.
STEP_SECONDS = 60


class ClinicMiddleware:
    """Sets language and time zone, and ends a session that was left."""

    def __init__(self, get_response: Callable[[Any], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Handle one request."""
        account = request.user
        if account.is_authenticated:
            patient = account.role == Account.Role.PATIENT
            limit = settings.PATIENT_IDLE_SECONDS if patient else settings.STAFF_IDLE_SECONDS
            seen, now = request.session.get(SEEN, 0), int(time.time())
            if seen and now - seen > limit:
                request.left_alone = True
                logout(request)
                # The log-in page says why; it comes next.
                request.session[LEFT_ALONE] = limit // 60
            elif now - seen > STEP_SECONDS:
                request.session[SEEN] = now
        account = request.user
        if account.is_authenticated:
            language = account.language or account.clinic.language
            zone: Any = ZoneInfo(account.clinic.time_zone)
        else:
            language, zone = translation.get_language_from_request(request), None
        with translation.override(language), timezone.override(zone):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if account.is_authenticated or request.path != "/sw.js":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
