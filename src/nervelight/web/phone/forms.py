"""Forms of the patient's pages; each works without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.planning import Plan
from nervelight.planning.education import Sheet
from nervelight.record.contents import Session
from nervelight.report.words import distance
from nervelight.web.forms import Form, plain_text
from nervelight.web.phone.words import SKIN_WORDS, UNSEEN, flags_for

__all__ = ["SessionForm", "SheetForm", "WrongForm"]

YES_NO = (("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
LONGEST_MINUTES = 180


def _taps(label: Any, help_text: Any = "") -> forms.ChoiceField:
    choices = [(str(n), str(n)) for n in range(11)]
    widget = forms.RadioSelect(attrs={"class": "row"})
    return forms.ChoiceField(label=label, help_text=help_text, choices=choices, widget=widget, required=False)


def _one_of(label: Any, choices: Any, help_text: Any = "") -> forms.ChoiceField:
    widget = forms.RadioSelect(attrs={"class": "column"})
    return forms.ChoiceField(label=label, help_text=help_text, choices=choices, widget=widget)


class _Words(forms.CharField):
    """A text, with the line ends that the phone sends too: the same words sent either way are the same."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def _words(label: Any, help_text: Any = "", rows: int = 2) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return _Words(
        label=label, help_text=help_text, required=False, max_length=2000, validators=[plain_text], widget=widget
    )  # fmt: skip


def _count(label: str, most: int) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most, widget=widget)


class SessionForm(Form):
    """A session that the person gave, field by field."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=48)
    plan = forms.CharField(widget=forms.HiddenInput, max_length=36)
    day = forms.DateField(widget=forms.HiddenInput)

    def __init__(self, plan: Plan, data: Any = None, *, initial: Mapping[str, Any] | None = None) -> None:
        self.followed = plan
        super().__init__(data, initial=dict(initial or {}))
        self.fields["before"] = _taps(_("Pain just before"), _("0 is no pain. 10 is the worst pain you can think of."))
        self.places = plan.prescription.fields if plan.prescription else ()
        for number, place in enumerate(self.places):
            named = {"place": place}
            self.fields[f"minutes_{number}"] = _count(_("%(place)s, minutes") % named, LONGEST_MINUTES)
            self.fields[f"seconds_{number}"] = _count(_("%(place)s, seconds") % named, 59)
            self.fields[f"minutes_{number}"].unit = "min"  # type: ignore[attr-defined]
            self.fields[f"seconds_{number}"].unit = "s"  # type: ignore[attr-defined]
        self.fields["skin"] = _one_of(_("How does the skin look now?"), SKIN_WORDS)
        if str(plan.case["safety"]["eyes"]) != "none":
            self.fields["eyes"] = _one_of(_("Were all eyes protected the whole time?"), YES_NO)
        self.fields["place"] = _one_of(
            _("Was the light on the right place and side?"),
            YES_NO,
            _("Planned: %(places)s.") % {"places": ", ".join(self.places)},
        )
        planned = distance(plan.lamp.distance_mm) if plan.lamp else ""
        self.fields["far"] = _one_of(
            _("How far was the lamp from the skin?"),
            (
                ("planned", _("%(distance)s, I measured it") % {"distance": planned}),
                ("other", _("Another distance: I write it below")),
                ("unknown", _("I did not measure")),
            ),
        )
        self.fields["far_cm"] = forms.FloatField(
            label=_("Other distance"),
            required=False,
            min_value=0,
            max_value=500,
            widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        )
        self.fields["far_cm"].unit = "cm"  # type: ignore[attr-defined]
        self.fields["after"] = _taps(_("Pain just after"))
        self.fields["stopped_early"] = _words(_("Did you stop early? Say why"))
        self.fields["note"] = _words(_("Anything else?"))

    def times(self) -> list[tuple[str, Any, Any]]:
        """Return each place with its two fields."""
        return [(place, self[f"minutes_{n}"], self[f"seconds_{n}"]) for n, place in enumerate(self.places)]

    def clean(self) -> dict[str, Any]:
        """Hold the fields against each other."""
        found = self.cleaned_data
        if not self.errors and not self._seconds():
            self.add_error("minutes_0", _("How long was the light on? Give minutes or seconds for one place at least."))
        if found.get("far") == "other" and found.get("far_cm") is None:
            self.add_error("far_cm", _("Write the distance, or choose that you did not measure."))
        return found

    def _seconds(self) -> dict[str, float]:
        found = {}
        for number, place in enumerate(self.places):
            minutes, seconds = (self.cleaned_data.get(f"{unit}_{number}") or 0 for unit in ("minutes", "seconds"))
            if minutes or seconds:
                found[place] = 60.0 * minutes + seconds
        return found

    def session(self) -> Session:
        """Return what was filled in, of a form that is valid."""
        found = self.cleaned_data
        lamp = self.followed.lamp
        far = {"planned": lamp.distance_mm if lamp else None, "other": 10 * (found["far_cm"] or 0), "unknown": None}
        return Session(
            plan=found["plan"],
            lamp=lamp.device if lamp else "",
            distance_mm=far[found["far"]],
            seconds=self._seconds(),
            site_checked=found["place"] == "yes",
            eyes_protected=found["eyes"] == "yes" if "eyes" in self.fields else None,
            skin=None if found["skin"] == UNSEEN else found["skin"],
            before=float(found["before"]) if found["before"] else None,
            after=float(found["after"]) if found["after"] else None,
            stopped_early=found["stopped_early"],
            note=found["note"],
            where="home",
        )


class WrongForm(Form):
    """Something is wrong."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=48)
    flags = forms.MultipleChoiceField(
        label=gettext_lazy("What is it? Tick all that fit"),
        choices=lambda: flags_for(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "column"}),
    )
    text = _words(gettext_lazy("In your own words"), rows=4)
    bad = _one_of(
        gettext_lazy("How bad is it?"),
        (
            ("a little", gettext_lazy("A little")),
            ("quite", gettext_lazy("Quite bad")),
            ("very", gettext_lazy("Very bad")),
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid.uuid4().hex})

    def clean(self) -> dict[str, Any]:
        """Refuse a message that says nothing."""
        found = self.cleaned_data
        if not self.errors and not found.get("text") and not found.get("flags"):
            raise ValidationError(_("Tick one thing, or write a few words."))
        return found


class SheetForm(Form):
    """What a person says back of a sheet."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=48)
    version = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, sheet: Sheet, data: Any = None) -> None:
        super().__init__(data, initial={"key": uuid.uuid4().hex, "version": sheet.version})
        self._sheet = sheet
        for question in sheet.questions:
            self.fields[question.id] = _one_of(question.ask, question.choices)

    def clean(self) -> dict[str, Any]:
        """Refuse answers to a text that is no longer the one shown: what is kept must be what was read."""
        found = self.cleaned_data
        if found.get("version") not in (None, self._sheet.version):
            raise ValidationError(_("This page was changed after you opened it. Open it again and read it anew."))
        return found
