"""Form fields as the house shows them: label above, unit in the field's edge, help in one line, error beside."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.validators import RegexValidator
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

__all__ = ["Form", "Renderer", "plain_text"]

plain_text = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]",
    _("This holds signs that cannot be seen: type it anew."),
    inverse_match=True,
)
"""What the record takes as text: no control characters, none that turn the direction of writing."""


class Renderer(TemplatesSetting):
    """Renders forms and fields with ``templates/forms``."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class Form(forms.Form):
    """Base of all forms."""

    units: ClassVar[dict[str, str]] = {}
    """Unit of a field, shown in its edge."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, unit in self.units.items():
            self.fields[name].unit = unit  # type: ignore[attr-defined]
