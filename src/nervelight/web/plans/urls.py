"""Addresses: plans: the case as a guided form with a live preview, versions, comparison, signature."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

__all__ = ["urlpatterns"]

urlpatterns: list[URLPattern | URLResolver] = []
