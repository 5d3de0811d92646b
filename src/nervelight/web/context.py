"""What every page knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from nervelight.planning import DISCLAIMER
from nervelight.record.models import Account

__all__ = ["clinic"]

_NAVIGATION = {
    Account.Role.CLINICIAN: (
        ("work", _("Work list")),
        ("patients", _("Patients")),
        ("tasks", _("Tasks")),
        ("evidence", _("Evidence")),
        ("claims", _("Claims")),
        ("lamps", _("Lamps")),
        ("account", _("Account")),
    ),
    Account.Role.PATIENT: (
        ("today", _("Today")),
        ("questions", _("Questions")),
        ("chart", _("My chart")),
        ("learn", _("Learn")),
        ("wrong", _("Something is wrong")),
        ("account", _("Account")),
    ),
    Account.Role.ADMINISTRATOR: (
        ("clinic", _("Clinic")),
        ("accounts", _("Accounts")),
        ("audit", _("Audit")),
        ("evidence", _("Evidence")),
        ("account", _("Account")),
    ),
}


@dataclass(frozen=True)
class Link:
    """A link of the navigation."""

    name: str
    label: str
    href: str
    here: bool


def clinic(request: HttpRequest) -> dict[str, Any]:
    """Return account, clinic, the person whose record is open, navigation and disclaimer."""
    account = getattr(request, "user", None)
    found: dict[str, Any] = {"account": account, "disclaimer": DISCLAIMER, "patient": getattr(request, "patient", None)}
    if account is not None and account.is_authenticated:
        found["clinic"] = account.clinic
        found["navigation"] = list(_links(request, account))
    return found


def _links(request: HttpRequest, account: Account) -> Iterator[Link]:
    found = []
    for name, label in _NAVIGATION[Account.Role(account.role)]:
        with suppress(NoReverseMatch):
            found.append((name, str(label), reverse(name)))
    # Of two addresses that begin like this page's, such as /me/ and /me/chart/, the longer one is meant.
    here = max((href for _, _, href in found if request.path.startswith(href)), key=len, default="")
    yield from (Link(name, label, href, href == here) for name, label, href in found)
