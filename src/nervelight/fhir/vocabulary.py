"""The names of what is our own in FHIR."""

from __future__ import annotations

__all__ = ["CANONICAL"]

CANONICAL = "https://github.com/nervelight/nervelight/fhir"
"""Base of every address of our own."""
