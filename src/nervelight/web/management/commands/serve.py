"""``serve``: the clinic on a production server."""

from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from waitress.server import create_server

from nervelight.web.access import clinic_of_this_place
from nervelight.web.accounts.first import setup_code
from nervelight.web.plans.warming import warm_up
from nervelight.web.wsgi import application

__all__ = ["Command"]


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
        # The first preview would load SciPy and the catalogues, which takes seconds.
        threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
        proxy: dict[str, Any] = {}
        if settings.NERVELIGHT_PROXY:
            proxy = {
                "trusted_proxy": settings.NERVELIGHT_PROXY,
                "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
            }
        server = create_server(application, host=options["host"], port=options["port"], threads=4, ident=None, **proxy)
        host = f"[{options['host']}]" if ":" in options["host"] else options["host"]
        self.stdout.write(f"Nervelight is at http://{host}:{server.effective_port}/ (Ctrl+C to stop)")
        if clinic_of_this_place() is None:
            self.stdout.write(f"No clinic yet. Set-up from another machine asks for this code: {setup_code()}")
        self.stdout.flush()
        server.run()
