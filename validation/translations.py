"""Bring the translations in line with the pages: collect what they say, keep what is translated, compile it.

Run: ``python validation/translations.py`` (needs GNU gettext). It prints what has no translation yet; write it into
``src/nervelight/web/locale/<language>/LC_MESSAGES/django.po`` and run it again. ``--check`` changes nothing and fails
where the files are not what this would write.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SRC = Path(__file__).resolve().parents[1] / "src"
LANGUAGES = ("de",)
SETTINGS = "nervelight.web.settings"
TEAM = "The Nervelight developers"
# The same catalogue on the next day is the same file.
NO_DAY = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def said(folder: Path) -> Catalog:
    """Return what the pages of a copy of the sources say, by GNU gettext."""
    shutil.copytree(SRC, folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mo", "*.egg-info"))
    package = folder / "src" / "nervelight"
    shutil.rmtree(package / "web" / "locale", ignore_errors=True)
    (package / "web" / "locale").mkdir()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "PYTHONPATH": str(folder / "src"),
        "NERVELIGHT_DATA": str(folder),
    }
    command = [sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-wrap", "-v0"]
    subprocess.run(command, cwd=package, env=environment, check=True)
    with (package / "web" / "locale" / "de" / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file)


def catalogue(language: str, found: Catalog) -> Catalog:
    """Return the translations of all that was found, and of nothing else."""
    path = files(language)[0]
    known = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(language)
    made = Catalog(
        language,
        header_comment="# The pages of the clinic.",
        project="Nervelight",
        version=version("nervelight"),
        msgid_bugs_address="the project's issues",
        last_translator=TEAM,
        language_team=TEAM,
        creation_date=NO_DAY,
        revision_date=NO_DAY,
        fuzzy=False,
    )
    for message in sorted((each for each in found if each.id), key=lambda each: (each.context or "", str(each.id))):
        old = known.get(message.id, message.context)
        flags = {flag for flag in message.flags if flag != "fuzzy"}
        places = [(name, None) for name in sorted({name for name, _ in message.locations})]
        made.add(message.id, old.string if old else "", locations=places, flags=flags, context=message.context)
    return made


def files(language: str) -> tuple[Path, Path]:
    """Return where the catalogue of a language stands, as text and compiled."""
    folder = SRC / "nervelight" / "web" / "locale" / language / "LC_MESSAGES"
    return folder / "django.po", folder / "django.mo"


def written(made: Catalog) -> tuple[bytes, bytes]:
    """Return a catalogue as text and compiled."""
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, made, width=120, include_lineno=False)
    write_mo(compiled, made)
    return text.getvalue(), compiled.getvalue()


def untranslated(made: Catalog) -> list[str]:
    """Return what has no translation, or only half of one."""
    strings = {each.id: each.string for each in made if each.id}
    return [str(key) for key, text in strings.items() if not (text if isinstance(text, str) else text and all(text))]


def main() -> int:
    """Write, or check, the catalogues."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        found = said(Path(folder))
    faults = []
    for language in LANGUAGES:
        made = catalogue(language, found)
        faults += [f"{language}: not translated: {text}" for text in untranslated(made)]
        for path, content in zip(files(language), written(made), strict=True):
            if check:
                if not path.exists() or path.read_bytes() != content:
                    faults.append(f"{path.name} of {language} is not what python validation/translations.py writes")
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    print("\n".join(faults) or "every sentence is translated")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
