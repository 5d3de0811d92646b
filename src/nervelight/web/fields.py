"""Fields and inputs of forms, written without templates, which would take most of the time of a page with a long form.

`field_group` lays out a field as the house shows it. The inputs come out as Django's own templates write them.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

__all__ = ["WRITTEN", "attributes", "escaped", "field_group"]

# As in parts/shape.html.
_BLOCK = '<svg class="shape block" viewBox="0 0 16 16" aria-hidden="true"><path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z"/></svg>'


def field_group(context: Mapping[str, Any]) -> str:
    """Write a field: label above, help in one line, what is wrong with it, the unit in its edge."""
    field: BoundField = context["field"]
    if field.is_hidden:
        return str(field)
    errors, help_text, name = field.errors, field.help_text, escaped(field.html_name)
    about, remarks = [], ""
    if help_text:
        about.append(f"{field.auto_id}_helptext")
        remarks = f'<p class="help" id="{about[-1]}">{escaped(help_text)}</p>'
    if errors:
        about.append(f"{field.auto_id}_error")
        told = escaped(" ".join(map(str, errors)))
        remarks += f'<p class="error" id="{about[-1]}">{_BLOCK} {told}</p>'
    wrong = " wrong" if errors else ""
    label = escaped(field.label)
    optional = "" if field.field.required else f' <span class="optional">{_("optional")}</span>'
    if field.use_fieldset:
        described = f' aria-describedby="{" ".join(about)}"' if about else ""
        return (
            f'<fieldset class="field{wrong}" id="field-{name}" tabindex="-1"{described}>\n'
            f"<legend>{label}{optional}</legend>\n{remarks}\n{field}\n</fieldset>"
        )
    if field.widget_type == "checkbox":
        return (
            f'<div class="field check{wrong}" id="field-{name}">\n'
            f'<label for="{field.id_for_label}">{field} <span>{label}</span></label>\n{remarks}\n</div>'
        )
    unit = getattr(field.field, "unit", "")
    beside = within = ""
    if unit:
        beside = f'<span class="unseen">, {escaped(unit)}</span>'
        within = f'<span class="unit" aria-hidden="true">{escaped(unit)}</span>'
    return (
        f'<div class="field{wrong}" id="field-{name}">\n'
        f'<label for="{field.id_for_label}">{label}{beside}{optional}</label>\n{remarks}\n'
        f'<div class="entry">{field}{within}</div>\n</div>'
    )


def escaped(value: Any) -> str:
    """Return a text as it stands in HTML; what is HTML already stays. Several times as quick as Django's own."""
    text = value if isinstance(value, str) else str(value)
    return text if isinstance(text, SafeString) else html.escape(text)


def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """Write the attributes of an element: True stands for its name alone, False for nothing."""
    return SafeString(
        "".join(
            f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(value)}"'
            for name, value in attrs.items()
            if value is not False
        )
    )


def _input(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    value = "" if widget["value"] is None else f' value="{escaped(widget["value"])}"'
    head = f'<input type="{escaped(widget["type"])}" name="{escaped(widget["name"])}"'
    return f"{head}{value}{attributes(widget['attrs'])}>"


def _select(context: Mapping[str, Any]) -> str:
    widget = context["widget"]
    groups = (
        f'<optgroup label="{escaped(head)}">{_options(options)}</optgroup>' if head else _options(options)
        for head, options, _index in widget["optgroups"]
    )
    return f'<select name="{escaped(widget["name"])}"{attributes(widget["attrs"])}>{"".join(groups)}</select>'


def _options(options: Iterable[Mapping[str, Any]]) -> str:
    return "".join(
        f'<option value="{escaped(each["value"])}"{attributes(each["attrs"])}>{escaped(each["label"])}</option>'
        for each in options
    )


_INPUTS = ("checkbox", "date", "email", "hidden", "input", "number", "password", "text", "time", "url")
WRITTEN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "field": field_group,
    "django/forms/widgets/select.html": _select,
    **{f"django/forms/widgets/{name}.html": _input for name in _INPUTS},
}
"""What is written without a template, by the template that it stands for."""
