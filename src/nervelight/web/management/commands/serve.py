"""``serve``: the clinic on a production server."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import threading
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand
from waitress.server import create_server

from nervelight.errors import Fault, InvalidInput
from nervelight.web.access import clinic_of_this_place
from nervelight.web.accounts.first import setup_code
from nervelight.web.plans.warming import warm_up
from nervelight.web.wsgi import application

__all__ = ["Command"]

# Reaching the network without encryption would send passwords and names in the clear.
OPEN = (
    "Warning: {host} can be reached from other machines, and what they send is not encrypted. Put a proxy that speaks "
    "HTTPS in front and set NERVELIGHT_HTTPS=1."
)
UNNAMED = "Note: requests for other names than localhost are refused until NERVELIGHT_HOSTS names them."


class Command(BaseCommand):
    """Serve the pages."""

    help = "Serve the pages."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own name and type

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Host and port."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until told to stop."""
        host, port = options["host"], options["port"]
        if not _is_loopback(host):
            if not settings.HTTPS:
                self.stderr.write(OPEN.format(host=host))
            if not os.environ.get("NERVELIGHT_HOSTS"):
                self.stderr.write(UNNAMED)
        server = _bound(host, port)
        # The first preview would load SciPy and the catalogues, which takes seconds. The end waits for it: a thread
        # that is cut off inside compiled code can bring the process down.
        if settings.WARM_UP:
            threading.Thread(target=warm_up, name="warm-up").start()
        signal.signal(signal.SIGTERM, _stop)
        bound = getattr(server, "effective_listen", None) or [(server.effective_host, server.effective_port)]
        # The signal may come before the loop that knows how to end.
        with suppress(SystemExit, KeyboardInterrupt):
            for name, number in bound:
                shown = f"[{name}]" if ":" in str(name) else name
                self.stdout.write(f"Nervelight is at http://{shown}:{number}/ (Ctrl+C to stop)")
            if clinic_of_this_place() is None:
                self.stdout.write(f"No clinic yet. Set-up from another machine asks for this code: {setup_code()}")
            self.stdout.flush()
            server.run()
        server.close()
        self.stdout.write("Stopped.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> Any:
    proxy: dict[str, Any] = {}
    if settings.NERVELIGHT_PROXY:
        proxy = {
            "trusted_proxy": settings.NERVELIGHT_PROXY,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    try:
        return create_server(
            application,
            host=host,
            port=port,
            threads=4,
            ident=None,
            # Waitress would put what is larger into a temporary file, where it can be read.
            inbuf_overflow=settings.LARGEST_REQUEST,
            outbuf_overflow=settings.LARGEST_REQUEST,
            max_request_body_size=settings.LARGEST_REQUEST,
            **proxy,
        )
    except (OSError, ValueError) as problem:
        # Waitress turns an address that cannot be resolved into a ValueError.
        if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
            fault = Fault("--port", port, "a port that is free", "is it being served already? --port 0 takes any")
        elif isinstance(problem, PermissionError):
            fault = Fault("--port", port, "a port that you may use", "1024 or higher")
        else:
            fault = Fault("--host", host, f"an address of this machine: {problem}")
        raise InvalidInput("serve", [fault]) from None


def _stop(*_: object) -> NoReturn:
    # Ends the server's loop; what is being answered is finished first.
    raise SystemExit
