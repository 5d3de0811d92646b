"""Form fields as the house shows them: label above, unit in the field's edge, help in one line, error beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from nervelight.web.fields import WRITTEN

__all__ = [
    "KEY_AT_MOST",
    "DateInput",
    "Form",
    "Renderer",
    "TimeInput",
    "plain_line",
    "plain_text",
    "posted",
    "sent_key",
    "up_to",
]

FIRST_YEAR = 2000
KEY_AT_MOST = 48
"""Longest idempotency key of a form; the record adds to it."""
_UNSEEN = _("This holds signs that cannot be seen: type it anew.")
plain_text = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", _UNSEEN, inverse_match=True
)
"""What the record takes as text: no control characters, none that turn the direction of writing."""
plain_line = RegexValidator(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", _UNSEEN, inverse_match=True)
"""What the record takes as a name: the same, and no line end."""


def up_to(latest: dt.date) -> Callable[[dt.date], None]:
    """Return a validator of days: none that lies ahead, none of which the year is a slip."""

    def validate(day: dt.date) -> None:
        if day > latest:
            raise ValidationError(_("A day up to today."))
        if day.year < FIRST_YEAR:
            raise ValidationError(_("A day from the year 2000 on."))

    return validate


class Renderer(TemplatesSetting):
    """Renders forms with ``templates/forms``, fields and plain inputs without a template."""

    form_template_name = "forms/form.html"
    field_template_name = "field"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """Render what a template stands for."""
        written = WRITTEN.get(template_name)
        return written(context) if written else super().render(template_name, context, request)


class Form(forms.Form):
    """Base of all forms."""

    units: ClassVar[dict[str, str]] = {}
    """Unit of a field, shown in its edge."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, unit in self.units.items():
            self.fields[name].unit = unit  # type: ignore[attr-defined]


class DateInput(forms.DateInput):
    """A day, chosen from the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        # Browsers send and want ISO 8601, whatever they show.
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of day, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


def sent_key(request: HttpRequest) -> str:
    """Return the idempotency key that was sent, before the form is checked; empty where it cannot be one."""
    key = str(request.POST.get("key", ""))
    return key if key.isprintable() and len(key) <= KEY_AT_MOST else ""


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also if that is nothing; None where a form is only shown."""
    return request.POST if request.method == "POST" else None
