"""What lets the phone show its pages without a connection: the service worker and the manifest.

Kept on the phone are the card of today, the page for when something is wrong, and the files that they need; nothing
else. Logging out clears them, with whatever was not sent yet, which is said before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nervelight.web.access import public

__all__ = ["FILES", "PAGES", "manifest", "worker"]

PAGES = ("today", "wrong")
FILES = (
    "nervelight/app.css",
    "nervelight/app.js",
    "nervelight/phone.js",
    "nervelight/icon.svg",
    "django_htmx/htmx-2.min.js",
)


@cache
def _version(names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(Path(str(finders.find(name))).read_bytes())
    return digest.hexdigest()[:16]


@public
@require_safe
def worker(_request: Any) -> HttpResponse:
    """Return the service worker with what it keeps; a new one whenever a file has changed."""
    kept = {
        "version": _version((*FILES, "nervelight/sw.js")),
        "pages": [reverse(name) for name in PAGES],
        "files": [*(static(name) for name in FILES), reverse("manifest")],
    }
    code = Path(str(finders.find("nervelight/sw.js"))).read_text("utf-8")
    text = f"const KEPT = {json.dumps(kept)};\n{code}"
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response


@public
@require_safe
def manifest(_request: Any) -> HttpResponse:
    """Return what the phone needs to put the pages on its first screen."""
    told = {
        "name": "Nervelight",
        "short_name": "Nervelight",
        "description": _("Your light sessions, as your clinic signed them"),
        "id": "/me/",
        "start_url": reverse("today"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0072b2",
        "icons": [
            {"src": static("nervelight/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}
        ],
    }
    response = HttpResponse(json.dumps(told), content_type="application/manifest+json")
    response["Cache-Control"] = "no-cache"
    return response
