"""Settings under which record and pages are tested: keys and data in a folder of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from nervelight.record.keys import make_site_key
from nervelight.web.settings import *  # noqa: F403
from nervelight.web.settings import DATABASES

_worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
HOME = Path(tempfile.mkdtemp(prefix=f"nervelight-test-{_worker}-"))
SECRET_KEY = "tests have no sessions worth stealing" * 2
NERVELIGHT_SITE_KEY_FILE = HOME / "site.key"
make_site_key(NERVELIGHT_SITE_KEY_FILE)
# Argon2 is slow on purpose; tests log in often. One test holds that it is what people get.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"].setdefault("TEST", {})
