"""How lists, entries and differences between them are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.record.contents import Content, Voided
from nervelight.record.entries import Read

__all__ = ["COUNTED", "SHOWN", "Field", "Limited", "conflict", "differences", "fields_of", "limited", "link", "page_of"]

COUNTED = 50
"""Rows up to which a list is counted."""
SHOWN = 15
"""Rows of each of several lists on one page; only their names are opened."""
PAGE = 25
LONG_TEXT = 4000
# Deeper than any case file; what is crafted deeper is shown as one value.
_DEPTH = 8

ModelT = TypeVar("ModelT", bound=Model)


@dataclass(frozen=True)
class Limited(Generic[ModelT]):
    """The first rows of a list that may be longer."""

    counted: list[ModelT]
    """As many as are counted."""
    more: bool
    """Whether there are still more."""
    shown: int

    @property
    def rows(self) -> list[ModelT]:
        """The rows that are shown."""
        return self.counted[: self.shown]

    @property
    def count(self) -> str:
        """How many there are, as it is said: counting all of a long list would cost more than it tells."""
        number = len(self.counted)
        return _("%(count)d or more") % {"count": number} if self.more else str(number)

    @property
    def hidden(self) -> bool:
        """Whether there are rows that are not shown."""
        return self.more or len(self.counted) > self.shown


def limited(rows: QuerySet[ModelT], shown: int = COUNTED) -> Limited[ModelT]:
    """Return the first rows, and whether there are more, in one query."""
    found = list(rows[: COUNTED + 1])
    return Limited(found[:COUNTED], len(found) > COUNTED, shown)


def page_of(rows: QuerySet[ModelT], request: HttpRequest, size: int = PAGE) -> Page[ModelT]:
    """Return the page that the address asks for; the first or the last where it asks for one that is not there."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def link(name: str, *, instead: str = "", **kwargs: Any) -> str:
    """Return the address of a page, or of another where this clinic's program has none of that name."""
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return instead


_LABELS: Mapping[str, Any] = {
    "name": gettext_lazy("Name"),
    "born": gettext_lazy("Date of birth"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "number": gettext_lazy("Number"),
    "language": gettext_lazy("Language"),
    "what": gettext_lazy("What happened"),
    "red_flags": gettext_lazy("Red flags"),
    "seriousness": gettext_lazy("How grave"),
    "related": gettext_lazy("Caused by the light"),
    "taken": gettext_lazy("What was done"),
    "told_by": gettext_lazy("Who noticed it"),
    "to": gettext_lazy("What the person agrees to"),
    "given": gettext_lazy("Agreed"),
    "by": gettext_lazy("Who says so"),
    "text": gettext_lazy("What is to be done"),
    "why": gettext_lazy("Why"),
    "state": gettext_lazy("State"),
    "outcome": gettext_lazy("What came of it"),
    "owner": gettext_lazy("Who does it"),
    "due": gettext_lazy("Due"),
    "urgent": gettext_lazy("Urgent"),
    "note": gettext_lazy("Note"),
    "sources": gettext_lazy("Sources"),
    "about": gettext_lazy("What it is about"),
    "reason": gettext_lazy("Reason"),
}


@dataclass(frozen=True)
class Field:
    """One field of an entry, beside the same field of another version."""

    label: str
    value: str
    other: str

    @property
    def changed(self) -> bool:
        """Whether the two differ."""
        return self.value != self.other


def fields_of(content: Content) -> dict[str, str]:
    """Return what an entry says, field by field as text; files and plans by their length."""
    said = content.model_dump(mode="json")
    if isinstance(content, Voided):
        # Beside the version that it struck out.
        said |= said.pop("was")
    return dict(_flat(said, "", _DEPTH))


def _flat(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    inner: Iterable[tuple[str, Any]]
    if isinstance(value, dict) and depth:
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else str(name), depth - 1)
        return
    if isinstance(value, list) and depth and any(isinstance(each, (dict, list)) for each in value):
        inner = ((f"{path}[{place}]", each) for place, each in enumerate(value))
        for where, each in inner:
            yield from _flat(each, where, depth - 1)
        return
    yield path, _text(value)


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _("%(count)d characters") % {"count": len(text)} if len(text) > LONG_TEXT else text


def conflict(mine: Content, theirs: Read) -> dict[str, Any]:
    """Return what ``parts/conflict.html`` shows: both versions, who saved theirs, and when."""
    author = theirs.entry.author
    return {
        "rows": [(each.label, each.other, each.value) for each in differences(mine, theirs.content)],
        "who": author.get_full_name() if author else _("the program"),
        "when": theirs.entry.recorded_at,
    }


def differences(content: Content, other: Content | None) -> Sequence[Field]:
    """Return the fields of an entry beside those of another version; against itself where there is none."""
    mine = fields_of(content)
    theirs = mine if other is None else fields_of(other)
    return [
        Field(str(_LABELS.get(name, name.replace("_", " "))), mine.get(name, ""), theirs.get(name, ""))
        for name in dict.fromkeys((*mine, *theirs))
        if mine.get(name) or theirs.get(name)
    ]
