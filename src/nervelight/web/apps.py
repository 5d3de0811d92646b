"""The Django app of the pages."""

from __future__ import annotations

from django.apps import AppConfig

__all__ = ["WebConfig"]


class WebConfig(AppConfig):
    """The pages."""

    name = "nervelight.web"
    label = "web"

    def ready(self) -> None:
        """Listen to log-in and log-out."""
        from nervelight.web.accounts.signals import connect

        connect()
