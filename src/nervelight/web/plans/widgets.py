"""Inputs of the case form, written without templates, which would take most of the page's time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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
        return format_html("<input{}>", flatatt(every))


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
        return format_html("<textarea{}>\n{}</textarea>", flatatt(every), value or "")


class Select(forms.Select):
    """A list to choose from, some of it under heads."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write the list."""
        del renderer
        every = {"name": name, **self.build_attrs(self.attrs, attrs)}
        return format_html("<select{}>{}</select>", flatatt(every), _options(self.choices, value))


def _options(choices: Iterable[Any], value: Any) -> SafeString:
    parts = (
        format_html('<optgroup label="{}">{}</optgroup>', head, _options(label, value))
        if isinstance(label, list)
        else format_html('<option value="{}"{}>{}</option>', head, _if(head == (value or ""), "selected"), label)
        for head, label in choices
    )
    return format_html_join("", "{}", ((part,) for part in parts))


def _if(holds: bool, word: str) -> SafeString:
    return format_html(" {}", word) if holds else SafeString()


class _Boxes:
    def render(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Write one box for each choice."""
        del renderer
        every = self.build_attrs(self.attrs, attrs)
        place = every.get("id", name)
        chosen = value if isinstance(value, list) else [value]
        boxes = (
            (self.input_type, name, key, f"{place}_{number}", _if(key in chosen, "checked"), label)
            for number, (key, label) in enumerate(self.choices)
        )
        box = (
            '<div><label for="{3}"><input type="{0}" name="{1}" value="{2}" id="{3}"{4}> <span>{5}</span></label></div>'
        )
        kept = {key: every[key] for key in ("id", "class") if key in every}
        return format_html("<div{}>{}</div>", flatatt(kept), format_html_join("", box, boxes))


class Ticks(_Boxes, forms.CheckboxSelectMultiple):
    """Boxes to tick, in the words of the catalogue."""


class Few(_Boxes, forms.RadioSelect):
    """A few choices of which one holds; none of them is chosen beforehand."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__({"class": "few"}, choices)


class Quantity(forms.TextInput):
    """A number with its unit in the edge; what was written with another unit stays as written."""

    template_name = "plans/quantity.html"

    def __init__(self, units: Sequence[tuple[str, str]], choose: str = "") -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off"})
        self.units, self.choose = units, choose

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Split a value into number and unit."""
        chosen = bool(self.choose) and value == self.choose
        number, _space, unit = str(value or "").rpartition(" ")
        split = unit in dict(self.units) and (is_number(number) or not any(sign.isdigit() for sign in number))
        context = super().get_context(name, "" if chosen else number if split else value, attrs)
        context["widget"] |= {
            "units": [(each, word, split and each == unit) for each, word in self.units],
            "own_unit": bool(value) and not split and not chosen,
            "may_choose": bool(self.choose),
            "chosen": chosen,
        }
        return context


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
