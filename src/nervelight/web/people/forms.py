"""Forms about people."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any, TypeVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from nervelight.assessment.red_flags import red_flags
from nervelight.documents import validated
from nervelight.errors import InvalidInput
from nervelight.record.contents import Content
from nervelight.record.files import MAX_BYTES
from nervelight.record.models import Course, Task
from nervelight.web.forms import DateInput, Form, up_to

__all__ = [
    "AmendEventForm",
    "AmendForm",
    "AmendIdentityForm",
    "ConsentForm",
    "DocumentForm",
    "EventForm",
    "IdentityForm",
    "KeyedForm",
    "NewPatientForm",
    "SearchForm",
    "TaskForm",
    "TaskStepForm",
    "WithdrawForm",
    "content_from",
    "course_label",
]

ContentT = TypeVar("ContentT", bound=Content)
LONG = 4000


class KeyedForm(Form):
    """A form that, sent twice, is written once."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4


class AmendForm(KeyedForm):
    """A form that changes an entry; it names the one that was looked at."""

    known = forms.UUIDField(widget=forms.HiddenInput)


def content_from(form: Form, shape: type[ContentT], data: dict[str, Any]) -> ContentT | None:
    """Return what a form says as content of the record; None, with the faults beside their fields, if it cannot be."""
    try:
        return validated(shape, data, "form")
    except InvalidInput as problem:
        for fault in problem.faults:
            field = fault.path.split(".")[0].split("[")[0]
            form.add_error(field if field in form.fields else None, fault.allowed)
        return None


class SearchForm(Form):
    """Part of a name. It is sent in the body, so that no name stands in an address or a log."""

    name = forms.CharField(
        label=_("Find by name or number"),
        max_length=100,
        help_text=_("The first letters of each word, at least two: “an sch” finds Anna Schmidt."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class IdentityForm(KeyedForm):
    """Who a person is."""

    name = forms.CharField(label=_("Name"), max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    born = forms.CharField(
        label=_("Date of birth"),
        required=False,
        max_length=10,
        help_text=_("As far as it is known: 1961, 1961-04 or 1961-04-30."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.CharField(label=_("The clinic's own number"), required=False, max_length=500)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=500, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of what the person reads."),
        choices=[("", _("the clinic's")), ("en", _("English")), ("de", _("German"))],
    )

    def clean_born(self) -> str:
        """Refuse what is no date."""
        born: str = self.cleaned_data["born"]
        if not born:
            return born
        problem = forms.ValidationError(_("Write a year, 1961, a month, 1961-04, or a day, 1961-04-30, in the past."))
        if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", born, re.ASCII):
            raise problem
        try:
            day = dt.date.fromisoformat(born + "-01-01"[len(born) - 4 :])
        except ValueError:
            raise problem from None
        if day.year < 1880 or day > timezone.localdate():
            raise problem
        return born


class AmendIdentityForm(IdentityForm, AmendForm):
    """Who a person is, changed."""


class NewPatientForm(IdentityForm):
    """A new person."""

    other = forms.BooleanField(
        label=_("This is somebody else than the people shown"), required=False, widget=forms.HiddenInput
    )


class ConsentForm(KeyedForm):
    """What a person agrees to."""

    to = forms.CharField(
        label=_("What the person agrees to"),
        max_length=LONG,
        help_text=_("These words are kept as they stand here. Change them where they do not fit this person."),
        widget=forms.Textarea(attrs={"rows": 24}),
    )
    given = forms.ChoiceField(
        label=_("The person"),
        choices=[("yes", _("agrees")), ("no", _("refuses"))],
        widget=forms.RadioSelect,
    )
    by = forms.CharField(
        label=_("Who says so"),
        max_length=500,
        help_text=_("Name of the person, or of who stands in for them, and as what."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class WithdrawForm(AmendForm):
    """A consent that no longer holds."""

    by = forms.CharField(
        label=_("Who withdraws it"),
        max_length=500,
        help_text=_("Name of the person, or of who stands in for them, and as what."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class EventForm(KeyedForm):
    """Something unwanted."""

    day = forms.DateField(label=_("Day"), widget=DateInput())
    what = forms.CharField(label=_("What happened"), max_length=LONG, widget=forms.Textarea(attrs={"rows": 4}))
    red_flags = forms.MultipleChoiceField(
        label=_("Is any of these so, or may it be so?"),
        required=False,
        help_text=_("Each one makes an urgent task that says what to do."),
        widget=forms.CheckboxSelectMultiple,
    )
    seriousness = forms.ChoiceField(
        label=_("How grave"),
        choices=[
            ("mild", _("mild: noticed, nothing kept from being done")),
            ("moderate", _("moderate: kept from some of what is usual")),
            ("severe", _("severe: kept from most of what is usual")),
            ("serious", _("serious: death, threat to life, hospital, lasting harm")),
            ("not graded", _("not graded yet")),
        ],
        widget=forms.RadioSelect,
    )
    related = forms.ChoiceField(
        label=_("Did the light cause it?"),
        choices=[
            ("unlikely", _("unlikely")),
            ("possible", _("possible")),
            ("probable", _("probable")),
            ("unknown", _("not known")),
        ],
        widget=forms.RadioSelect,
    )
    told_by = forms.ChoiceField(
        label=_("Who noticed it"),
        choices=[("patient", _("the patient")), ("clinician", _("a clinician"))],
        widget=forms.RadioSelect,
    )
    taken = forms.CharField(
        label=_("What was done"), required=False, max_length=LONG, widget=forms.Textarea(attrs={"rows": 3})
    )
    course = forms.ModelChoiceField(
        label=_("Course of treatment"), queryset=Course.objects.none(), required=False, empty_label=_("none")
    )

    def __init__(self, *args: Any, courses: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        flags: Any = self.fields["red_flags"]
        flags.choices = [(flag.id, format_html('<span lang="en">{}</span>', flag.question)) for flag in red_flags()]
        if courses is None:
            # An amendment stays in the course of what it amends, on its day.
            del self.fields["course"], self.fields["day"]
        else:
            choice: Any = self.fields["course"]
            choice.queryset = courses
            choice.label_from_instance = course_label
            self.fields["day"].initial = today

    def clean_day(self) -> Any:
        """Refuse a day that cannot be."""
        up_to(self.today)(self.cleaned_data["day"])
        return self.cleaned_data["day"]


def course_label(course: Course) -> str:
    """Return how a course is called in a list of choices."""
    opened = date_format(timezone.localtime(course.opened_at), "SHORT_DATE_FORMAT")
    return str(_("opened %(day)s, %(state)s")) % {"day": opened, "state": course.get_state_display()}


class AmendEventForm(EventForm, AmendForm):
    """An event, changed."""


class DocumentForm(KeyedForm):
    """A file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG, JPEG or plain text, at most 10 MB. What it is is told by its content, not by its name."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.txt"}),
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=200,
        help_text=_("As it stands in lists; the file's own name where you leave it empty."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    about = forms.CharField(
        label=_("What it is about"), required=False, max_length=LONG, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("This file has %(size).1f MB; at most 10 MB can be kept.") % {"size": file.size / 1e6}
            )
        return file


class TaskForm(KeyedForm):
    """Something that somebody has to do."""

    text = forms.CharField(label=_("What is to be done"), max_length=LONG, widget=forms.Textarea(attrs={"rows": 3}))
    why = forms.CharField(label=_("Why"), required=False, max_length=LONG, widget=forms.Textarea(attrs={"rows": 2}))
    owner = forms.ChoiceField(label=_("Who does it"), choices=Task.Owner.choices, widget=forms.RadioSelect)
    due = forms.DateField(label=_("Due"), widget=DateInput())
    urgent = forms.BooleanField(
        label=_("Urgent"), required=False, help_text=_("It stands on top of the work list until it is closed.")
    )
    course = forms.ModelChoiceField(
        label=_("Course of treatment"), queryset=Course.objects.none(), required=False, empty_label=_("none")
    )

    def __init__(self, *args: Any, courses: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["course"]
        choice.queryset, choice.label_from_instance = courses, course_label


class TaskStepForm(AmendForm):
    """What comes of a task."""

    step = forms.ChoiceField(
        label=_("What happens with it"),
        choices=[
            ("done", _("It is done")),
            ("dropped", _("It need not be done")),
            ("later", _("It is put off")),
            ("hand", _("Somebody else does it")),
        ],
        widget=forms.RadioSelect,
    )
    outcome = forms.CharField(
        label=_("What came of it, or why"), max_length=LONG, widget=forms.Textarea(attrs={"rows": 3})
    )
    due = forms.DateField(
        label=_("New day"),
        required=False,
        help_text=_("Where it is put off."),
        widget=DateInput(),
    )

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any] | None:
        """Ask for a day where the task is put off."""
        found = super().clean() or {}
        if found.get("step") == "later" and "due" not in self.errors:
            due = found.get("due")
            if due is None or due < self.today:
                self.add_error("due", _("A day from today on."))
        return found
