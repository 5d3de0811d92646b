"""Forms of the clinic: what it says of itself, new accounts, whom to erase."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from nervelight.errors import InvalidInput
from nervelight.record.accounts import ClinicFacts
from nervelight.record.models import Account
from nervelight.web.forms import Form, plain_line

__all__ = [
    "AuditForm",
    "ClinicForm",
    "EraseForm",
    "FindForm",
    "FirstAdministratorForm",
    "SettingsForm",
    "StaffForm",
    "login_field",
]

_DIALLED = RegexValidator(
    r"\A[+*#]?[0-9][0-9 ()/.*#-]*\Z", _("Only what is dialled: digits, spaces, + at the start, brackets, hyphens.")
)


@cache
def _zones() -> list[tuple[str, str]]:
    named = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [(zone, zone.replace("_", " ")) for zone in [*named, "UTC"]]


def _with_none() -> Iterable[tuple[str, Any]]:
    return [("", _("Choose")), *_zones()]


def login_field(autocomplete: str = "username") -> forms.CharField:
    """Return the field of a colleague's login name."""
    return forms.CharField(
        label=_("Login name"),
        help_text=_("Small letters, digits, dot, hyphen, at sign; at least three."),
        min_length=3,
        max_length=150,
        validators=[
            RegexValidator(r"\A[a-z0-9][a-z0-9._@-]*\Z", _("Only small letters, digits, dot, hyphen and at sign.")),
            RegexValidator(r"\A(p|erased)-", _("Names that begin so are made for patients."), inverse_match=True),
        ],
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}),
    )


class ClinicForm(Form):
    """What a clinic says of itself."""

    name = forms.CharField(label=_("Name of the clinic"), max_length=200)
    emergency_number = forms.CharField(
        label=_("Local emergency number"),
        help_text=_("As patients dial it where they live. It is shown to them whenever something is wrong."),
        max_length=30,
        validators=[_DIALLED],
        widget=forms.TextInput({"inputmode": "tel"}),
    )
    phone = forms.CharField(
        label=_("Telephone of the clinic"),
        help_text=_("For what is urgent and no emergency."),
        max_length=40,
        validators=[_DIALLED],
        widget=forms.TextInput({"inputmode": "tel"}),
    )
    opening_hours = forms.CharField(
        label=_("Opening hours"), help_text=_("As patients read them."), max_length=200, required=False
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Days of a course are days there."),
        choices=_with_none,
        widget=forms.Select({"data-zone": ""}),
    )
    language = forms.ChoiceField(label=_("Language of the pages"), choices=settings.LANGUAGES)

    def facts(self) -> ClinicFacts:
        """Return what was typed."""
        return ClinicFacts(**{name: self.cleaned_data[name] for name in ClinicForm.base_fields})


class SettingsForm(ClinicForm):
    """What the clinic says of itself, with the version that was looked at."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class FirstAdministratorForm(Form):
    """The account of an administrator."""

    name = forms.CharField(
        label=_("Name"), help_text=_("As the colleague signs."), max_length=200, validators=[plain_line]
    )
    login = login_field(autocomplete="off")

    def made(self, make: Callable[[dict[str, Any]], Account]) -> Account | None:
        """Return what `make` makes of the form; None, and the faults beside the fields, where it cannot."""
        try:
            return make(self.cleaned_data)
        except InvalidInput as problem:
            for fault in problem.faults:
                self.add_error(
                    fault.path, _("Somebody has this login name already.") if fault.path == "login" else str(fault)
                )
        return None


class StaffForm(FirstAdministratorForm):
    """A colleague's new account."""

    role = forms.ChoiceField(
        label=_("May do"),
        choices=[
            ("", _("Choose")),
            ("clinician", _("Clinician: sees and treats all patients of the clinic")),
            ("administrator", _("Administrator: accounts, settings, audit, erasure; reads no record")),
        ],
    )


class FindForm(Form):
    """Whom to erase."""

    name = forms.CharField(
        label=_("Name or number of the person"),
        help_text=_("At least two letters of each word."),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


class EraseForm(Form):
    """The confirmation of an erasure."""

    confirmation = forms.CharField(
        label=_("Type the code of the person"),
        help_text=_("It stands above. What is erased cannot be brought back by anybody."),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.code = code

    def clean_confirmation(self) -> str:
        """Hold it against the code."""
        typed = str(self.cleaned_data["confirmation"]).strip().lower()
        if typed != self.code:
            raise ValidationError(_("This is not the code of the person. Nothing was erased."))
        return typed


class AuditForm(Form):
    """Which rows of the audit to see."""

    account = forms.IntegerField(label=_("Number of the account"), required=False, min_value=1, max_value=2**63 - 1)
    patient = forms.UUIDField(label=_("Id of the person"), required=False)
