"""What is written without templates is what the templates of Django write."""

from __future__ import annotations

import re
from typing import ClassVar

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString

from nervelight.web.fields import attributes, escaped
from nervelight.web.forms import DateInput, Form, Renderer, TimeInput

ODD = "a <b> & \"c\" 'd'"
CHOICES = [("", "-"), ("a", ODD), ("1", 'one "x"'), ("head", [("<g>", "inner & <b>"), ("h", "other")])]
WIDGETS = [
    forms.TextInput({"maxlength": 5, "required": True, "disabled": False, "data-x": ODD}), forms.NumberInput(),
    forms.EmailInput(), forms.PasswordInput(render_value=True), forms.HiddenInput(), DateInput(), TimeInput(),
    forms.CheckboxInput(), forms.URLInput(), forms.Select({"class": "x"}, CHOICES),
]  # fmt: skip


def bare(text: str) -> str:
    return re.sub(r">\s+<", "><", text)


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: type(widget).__name__)
@pytest.mark.parametrize("value", [None, "", "a", "<g>", 1, ODD, True])
def test_an_input_is_that_of_the_template(widget, value):
    attrs = {"id": "id_x", "aria-describedby": "id_x_helptext"}
    mine = widget.render("x", value, attrs, Renderer())
    assert bare(mine) == bare(widget.render("x", value, attrs, TemplatesSetting()))


def test_attributes_and_texts_are_escaped_once():
    assert attributes({"a": True, "b": False, "c": 1.5, "d": '"><script>'}) == ' a c="1.5" d="&quot;&gt;&lt;script&gt;"'
    assert escaped(SafeString("<b>")) == "<b>"
    assert escaped("<b>") == "&lt;b&gt;"


class Odd(Form):
    text = forms.CharField(label=ODD, help_text=ODD, required=False)
    weight = forms.CharField(label="Weight")
    tick = forms.BooleanField(label=ODD)
    one = forms.ChoiceField(label="One", help_text="Choose.", choices=[("a", ODD)], widget=forms.RadioSelect)
    hidden = forms.CharField(widget=forms.HiddenInput)
    units: ClassVar[dict[str, str]] = {"weight": "<kg>"}


def test_a_field_has_label_help_fault_and_unit_and_nothing_of_them_is_markup():
    form = Odd({"text": ODD, "one": "wrong <i>"})
    assert not form.is_valid()
    text, weight, tick, one, hidden = (form[name].as_field_group() for name in Odd.base_fields)
    safe = escaped(ODD)
    assert text.startswith('<div class="field" id="field-text">') and "optional" in text
    assert f'<label for="id_text">{safe} <span class="optional">' in text
    assert f'<p class="help" id="id_text_helptext">{safe}</p>' in text and 'aria-describedby="id_text_helptext"' in text
    assert '<div class="field wrong" id="field-weight">' in weight and 'id="id_weight_error"' in weight
    assert '<span class="unseen">, &lt;kg&gt;</span>' in weight
    assert '<span class="unit" aria-hidden="true">&lt;kg&gt;</span>' in weight and "optional" not in weight
    assert re.search(
        r'<div class="field check wrong" id="field-tick">\s*<label for="id_tick"><input type="checkbox"', tick
    )
    assert (
        '<fieldset class="field wrong" id="field-one" tabindex="-1" aria-describedby="id_one_helptext id_one_error">'
        in one
    )
    assert "wrong &lt;i&gt;" in one and "<i>" not in one
    assert hidden == '<input type="hidden" name="hidden" id="id_hidden">'
    assert not any("<b>" in each for each in (text, weight, tick, one, hidden))
