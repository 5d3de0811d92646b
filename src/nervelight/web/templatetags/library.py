"""Filters for what the library says."""

from __future__ import annotations

from django import template

from nervelight.report.words import first_upper, typeset
from nervelight.web.library.knowledge import linked

__all__ = ["register"]

register = template.Library()
register.filter("linked", linked)
register.filter("typeset", lambda text: typeset(str(text)))
register.filter("first_upper", lambda text: first_upper(str(text)))
