"""Addresses: people: search, identity, consents, documents, events, export, erasure; work list and tasks."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = []
