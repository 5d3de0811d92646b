"""Form fields as the house shows them: label above, unit in the field's edge, help in one line, error beside."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict

__all__ = ["Form", "Renderer", "posted"]


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


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was sent, also if that is nothing; None where a form is only shown."""
    return request.POST if request.method == "POST" else None
