"""The Django app of the record."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate

__all__ = ["RecordConfig"]


class RecordConfig(AppConfig):
    """The record."""

    name = "nervelight.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard the append-only tables again whenever their shape may have changed."""
        from nervelight.record.guards import install_after_migration

        post_migrate.connect(install_after_migration, sender=self, dispatch_uid="nervelight.record.guards")
