"""Inputs of the case form, written without templates, which would take most of the page's time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from nervelight.web.fields import attributes, escaped
from nervelight.web.forms import DateInput

__all__ = ["Choice", "Day", "Entries", "Few", "Line", "Lines", "Quantity", "Select", "Ticks", "is_number"]

Choice = tuple[str, Any]


def is_number(text: str) -> bool:
    """Return whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


class _Line:
    def render(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write one input."""
        del renderer
        more = {} if value in (None, "") else {"value": value}
        every = {"type": self.input_type, "name": name, **self.build_attrs(self.attrs, attrs), **more}
        return format_html("<input{}>", attributes(every))


class Line(_Line, forms.TextInput):
    """A line of text."""


class Day(_Line, DateInput):
    """A day."""


class Lines(forms.Textarea):
    """Several lines of text."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write the input."""
        del renderer
        every = {"name": name, **self.build_attrs(self.attrs, attrs)}
        return format_html("<textarea{}>\n{}</textarea>", attributes(every), value or "")


class Select(forms.Select):
    """A list to choose from, some of it under heads."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write the list."""
        del renderer
        every = {"name": name, **self.build_attrs(self.attrs, attrs)}
        return format_html("<select{}>{}</select>", attributes(every), _options(self.choices, value))


def _options(choices: Iterable[Any], value: Any) -> SafeString:
    chosen = value or ""
    parts = (
        f'<optgroup label="{escaped(head)}">{_options(label, value)}</optgroup>'
        if isinstance(label, list)
        else f'<option value="{escaped(head)}"{_if(head == chosen, "selected")}>{escaped(label)}</option>'
        for head, label in choices
    )
    return SafeString("".join(parts))


def _if(holds: bool, word: str) -> SafeString:
    return SafeString(f" {word}" if holds else "")


class _Boxes:
    def render(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write one box for each choice."""
        del renderer
        every = self.build_attrs(self.attrs, attrs)
        place = every.get("id", name)
        chosen = value if isinstance(value, list) else [value]
        boxes = (
            f'<div><label for="{place}_{number}"><input type="{self.input_type}" name="{name}" value="{escaped(key)}" '
            f'id="{place}_{number}"{_if(key in chosen, "checked")}> <span>{escaped(label)}</span></label></div>'
            for number, (key, label) in enumerate(self.choices)
        )
        kept = {key: every[key] for key in ("id", "class") if key in every}
        return SafeString(f"<div{attributes(kept)}>{''.join(boxes)}</div>")


class Ticks(_Boxes, forms.CheckboxSelectMultiple):
    """Boxes to tick, in the words of the catalogue."""


class Few(_Boxes, forms.RadioSelect):
    """A few choices of which one holds; none of them is chosen beforehand."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__({"class": "few"}, choices)


class Quantity(forms.TextInput):
    """A number with its unit in the edge; what was written with another unit stays as written."""

    def __init__(self, units: Sequence[tuple[str, str]], choose: str = "") -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off"})
        self.units, self.choose = units, choose

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write number and unit."""
        del renderer
        chosen = bool(self.choose) and value == self.choose
        number, _space, unit = str(value or "").rpartition(" ")
        split = unit in dict(self.units) and (is_number(number) or not any(sign.isdigit() for sign in number))
        shown = "" if chosen else number if split else value
        every = {"type": "text", "name": name, **({"value": shown} if shown else {})}
        parts = [format_html("<input{}>", attributes({**every, **self.build_attrs(self.attrs, attrs)}))]
        own_unit = bool(value) and not split and not chosen
        if len(self.units) == 1 and not own_unit:
            parts += (format_html(_ONE_UNIT, name, each, word) for each, word in self.units)
        else:
            as_written = [format_html('<option value="" selected>{}</option>', _("as written"))] if own_unit else []
            units = (
                format_html('<option value="{}"{}>{}</option>', each, _if(split and each == unit, "selected"), word)
                for each, word in self.units
            )
            parts.append(format_html(_UNITS, name, _("Unit"), SafeString("".join([*as_written, *units]))))
        if self.choose:
            parts.append(format_html(_CHOOSE, name, _if(chosen, "checked"), _("Let the planner choose the distance")))
        return SafeString("".join(parts))


_ONE_UNIT = '<input type="hidden" name="{}-unit" value="{}"><span class="unit" aria-hidden="true">{}</span>'
_UNITS = '<select class="unit" name="{}-unit" aria-label="{}">{}</select>'
# It ends the input's own box and begins one beside it, which the field ends.
_CHOOSE = (
    '</div><div class="field check"><label><input type="checkbox" name="{}-choose" value="1"{}> <span>{}</span></label>'
)


class Entries(forms.TextInput):
    """Several short texts under one name, with a tick that these are all."""

    template_name = "plans/entries.html"
    use_fieldset = True

    def __init__(self, asked: str, spare: int, suggestions: str) -> None:
        super().__init__({"list": suggestions})
        self.asked, self.spare = asked, spare

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add empty entries."""
        given = value or []
        context = super().get_context(name, "", attrs)
        context["widget"] |= {
            "entries": [*(entry for entry in given if entry != self.asked), *[""] * self.spare],
            "asked": self.asked in given,
        }
        return context
