"""The folder in which a clinic's data stand: the database, the site key, the key of the sessions, backups."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from nervelight.documents import user_folder
from nervelight.record.keys import make_site_key

__all__ = ["manage", "prepare_home", "start_django"]


def prepare_home() -> Path:
    """Make the folder and its keys, unless they are there, readable by their owner alone."""
    home = user_folder()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_site_key(Path(os.environ.get("NERVELIGHT_SITE_KEY_FILE") or home / "site.key"))
    session_key = home / "session.key"
    if not session_key.exists():
        made = os.open(session_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(50) + "\n")
    return home


def start_django() -> None:
    """Load Django with the settings of the pages."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nervelight.web.settings")
    django.setup()


def manage(command: str, **options: Any) -> None:
    """Run a command of Django."""
    from django.core.management import call_command

    call_command(command, **options)
