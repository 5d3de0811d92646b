"""Every sentence of the pages has its German, with the same placeholders, and is compiled."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "src" / "nervelight" / "web" / "locale" / "de" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+[^>]*>")


def test_the_catalogue_has_what_the_pages_say_and_is_compiled():
    if shutil.which("xgettext") is None:
        reason = "no GNU gettext on this machine: install Debian's package gettext to hold the translations"
        if os.environ.get("NERVELIGHT_REQUIRE_GETTEXT") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    script = [sys.executable, "validation/translations.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_placeholders_and_tags_are_those_of_the_sentence():
    found = [each for each in read_po(io.BytesIO(CATALOGUE.read_bytes())) if each.id]
    assert len(found) > 1000
    for each in found:
        ids = [each.id] if isinstance(each.id, str) else each.id
        strings = [each.string] if isinstance(each.string, str) else each.string
        # The singular of a plural may say "one" instead of the number.
        assert set(PLACEHOLDER.findall(strings[-1])) == set(PLACEHOLDER.findall(ids[-1])), each.id
        assert not any("!" in text for text in strings), each.id


def test_the_browser_s_language_counts_before_log_in_and_the_account_s_after(accounts, logged_in):
    assert "Anmelden" in Client(headers={"Accept-Language": "de-AT,de;q=0.9"}).get("/login/").text
    assert "Log in" in Client(headers={"Accept-Language": "fr"}).get("/login/").text
    client, account = logged_in("clinician"), accounts["clinician"]
    account.language = "de"
    account.save()
    page = client.get("/work/").text
    assert '<html lang="de">' in page and "Arbeitsliste" in page
