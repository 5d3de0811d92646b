"""Filters of the templates."""

__all__: list[str] = []
