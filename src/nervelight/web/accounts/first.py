"""Who may set the clinic up: whoever sits at the machine, or holds the code that `nervelight serve` printed there."""

from __future__ import annotations

import hmac
import ipaddress
from base64 import b32encode

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

__all__ = ["code_fits", "code_is_needed", "setup_code"]


def setup_code() -> str:
    """Return the code; it follows from the key of the sessions, so that nothing has to be kept."""
    code = b32encode(salted_hmac("nervelight.setup", "code", algorithm="sha256").digest()).decode()
    return f"{code[:4]}-{code[4:8]}-{code[8:12]}"


def code_is_needed(request: HttpRequest) -> bool:
    """Return whether the code is asked for.

    A clinic that is served to this machine alone needs none. Behind a proxy every request comes from this machine, so
    a clinic with host names or HTTPS always asks.
    """
    if settings.HTTPS or settings.NERVELIGHT_HOSTS:
        return True
    try:
        return not ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return True


def code_fits(typed: str) -> bool:
    """Return whether this is the code, however it was typed."""
    plain = "".join(typed.split()).replace("-", "").upper()
    return hmac.compare_digest(plain.encode(), setup_code().replace("-", "").encode())
