"""Links that are shown once, with their QR code."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from django.http import HttpRequest
from django.urls import reverse

__all__ = ["QrLink", "invitation_link"]


@dataclass(frozen=True)
class QrLink:
    """An address and its QR code."""

    url: str

    @property
    def picture(self) -> str:
        """The code as the address of a picture that holds itself; nothing is asked of anybody for it."""
        return str(segno.make(self.url, error="m", micro=False).svg_data_uri(scale=6, border=4, light="#fff"))


def invitation_link(request: HttpRequest, token: str) -> QrLink:
    """Return the link by which somebody accepts an invitation, as it is reached from where this page is."""
    return QrLink(request.build_absolute_uri(reverse("invitation", kwargs={"token": token})))
