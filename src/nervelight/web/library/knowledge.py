"""The library's pages, made once and kept until somebody adds a study.

All of it is the same for everybody and depends on the package's data and on the studies that were added to this
clinic's folder: that folder is looked at on each request, and what was read and drawn is forgotten when it changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from nervelight.documents import user_folder
from nervelight.evidence import forget, study_ids, study_label
from nervelight.report.words import typeset
from nervelight.sources import OWN_STUDIES

__all__ = ["Fragment", "Library", "fragment", "library", "linked"]

Library = tuple[tuple[str, int, int], ...]
"""Name, time and size of each study that was added: what tells one state of the library from another."""


@dataclass(frozen=True)
class Fragment:
    """A part of a page: its title and its HTML."""

    title: str
    html: SafeString


_LOCK = Lock()
_seen: list[Library] = []


def library() -> Library:
    """Return the state of the library, and forget what was computed from another one."""
    files = [(path, path.stat()) for path in sorted(user_folder(OWN_STUDIES).glob("*.yaml"))]
    found = tuple((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in files)
    with _LOCK:
        if _seen != [found]:
            forget()
            _fragment.cache_clear()
            _names.cache_clear()
            _seen[:] = [found]
    return found


def fragment(template: str, about: Callable[[str], tuple[str, Mapping[str, Any]]], name: str = "") -> Fragment:
    """Return a part of a page, made when first asked for in this language.

    Parameters
    ----------
    template : str
    about : callable
        From the name to the title and what the template needs; raises UnknownName.
    name : str
    """
    return _fragment(template, about, name, get_language() or "", library())


@lru_cache(maxsize=2048)
def _fragment(
    template: str, about: Callable[[str], tuple[str, Mapping[str, Any]]], name: str, _language: str, _library: Library
) -> Fragment:
    title, context = about(name)
    return Fragment(title, mark_safe(render_to_string(template, {"title": title, **context})))


def linked(text: object) -> SafeString:
    """Return a text of the library with its units typeset, and each study in it as a link to the study's page."""
    names, pattern = _names()
    said, parts, end = typeset(str(text)), [], 0
    for hit in pattern.finditer(said):
        name = names[hit[0]]
        parts += [conditional_escape(said[end : hit.start()])]
        parts += [format_html('<a href="{}">{}</a>', reverse("study", args=[name]), study_label(name))]
        end = hit.end()
    return mark_safe("".join([*parts, conditional_escape(said[end:])]))


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    names = {word: name for name in study_ids() for word in (study_label(name), name)}
    # The longest first, so that "Anju 2019sr" is not taken for "Anju 2019".
    words = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    return names, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
