"""Forms of set-up, log-in, second factor, invitation and one's own account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nervelight.record.models import Account
from nervelight.web.accounts.first import code_fits
from nervelight.web.clinic.forms import ClinicForm, login_field
from nervelight.web.forms import Form, plain_line

__all__ = ["CodeForm", "LoginForm", "NewPassword", "OwnForm", "PasswordForm", "SetUpForm"]


class LoginForm(AuthenticationForm):
    """Login name and password."""

    error_messages = {  # noqa: RUF012 - Django's own name and type
        "invalid_login": _("This login name and this password do not belong together. Check both and try again."),
        "inactive": _("This account is closed."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Login name")
        self.fields["username"].widget.attrs["spellcheck"] = "false"


class NewPassword(Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. Not a common password, not only digits."),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """Hold it against the validators."""
        validate_password(self.cleaned_data["password"])
        return str(self.cleaned_data["password"])

    def clean(self) -> None:
        """Hold both against each other."""
        first, second = self.cleaned_data.get("password"), self.cleaned_data.get("again")
        if first and second and first != second:
            self.add_error("again", _("The two passwords differ."))


class PasswordForm(NewPassword):
    """The old password and a new one."""

    old = forms.CharField(
        label=_("Password until now"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old", "password", "again")


class SetUpForm(NewPassword, ClinicForm):
    """A new clinic and its first clinician."""

    person = forms.CharField(
        label=_("Your name"),
        help_text=_("As you sign."),
        max_length=200,
        validators=[plain_line],
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    login = login_field()
    code = forms.CharField(
        label=_("Set-up code"),
        help_text=_("`nervelight serve` printed it in the terminal of the machine that it runs on."),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    field_order = (
        "code", "name", "emergency_number", "phone", "opening_hours", "time_zone", "language", "person", "login",
        "password", "again",
    )  # fmt: skip

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        if not needs_code:
            del self.fields["code"]

    def clean_code(self) -> str:
        """Hold the code against the one of this machine."""
        if not code_fits(self.cleaned_data["code"]):
            raise ValidationError(
                _("This is not the code. It stands in the terminal in which `nervelight serve` runs.")
            )
        return ""


class CodeForm(Form):
    """A code of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits of your authenticator app, or one of your recovery codes."),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}),
    )

    def clean_code(self) -> str:
        """Leave out the spaces."""
        return "".join(self.cleaned_data["code"].split()).lower()


class OwnForm(Form):
    """What everybody says of their own account."""

    name = forms.CharField(label=_("Your name"), help_text=_("As you sign."), max_length=200, validators=[plain_line])
    language = forms.ChoiceField(label=_("Language of the pages"), required=False)

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, initial={"name": account.name, "language": account.language}, **kwargs)
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", pgettext_lazy("language", "The clinic's")), *settings.LANGUAGES]
        if account.role == Account.Role.PATIENT:
            # A patient's name stands in the record alone.
            del self.fields["name"]
