"""Nobody sees a page until its view says who may."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from nervelight.web import urls

urlpatterns = [*urls.urlpatterns, path("forgotten/", lambda _request: HttpResponse("secret"))]


@override_settings(ROOT_URLCONF="web.test_access")
@pytest.mark.parametrize("role", [None, "clinician", "administrator", "patient"])
def test_a_view_that_says_nothing_is_refused_to_everybody(role, logged_in, db):
    client = logged_in(role) if role else Client()
    assert client.get("/forgotten/").status_code == 403
