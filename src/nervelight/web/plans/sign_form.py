"""The form by which a clinician signs a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.planning import Finding
from nervelight.web.forms import Form, plain_text

__all__ = ["SignForm"]

REMARK_AT_MOST = 1000


class SignForm(Form):
    """One tick for each warning, the statement, and the password again.

    Parameters
    ----------
    findings : sequence of Finding
        Of the plan, ranked.
    data : QueryDict, optional
        What was sent.
    """

    template_name = "plans/sign_form.html"

    def __init__(self, findings: Sequence[Finding], data: Any = None) -> None:
        super().__init__(data)
        self.warned = [finding for finding in findings if finding.level == "warn"]
        for number, finding in enumerate(self.warned, 1):
            self.fields[f"warning-{number}"] = forms.BooleanField(
                label=finding.title,
                error_messages={"required": gettext_lazy("Tick this once you have read it and thought about it.")},
            )
        self.fields["read"] = forms.BooleanField(
            label=gettext_lazy("I have read this plan with all of its findings, and I answer for it."),
            error_messages={"required": gettext_lazy("Nobody signs a plan that they have not read.")},
        )
        self.fields["remark"] = forms.CharField(
            label=gettext_lazy("Remark"),
            help_text=gettext_lazy("Kept with the signature, such as why a warning does not stand in the way."),
            required=False,
            max_length=REMARK_AT_MOST,
            validators=[plain_text],
            widget=forms.Textarea({"rows": 3}),
        )
        self.fields["password"] = forms.CharField(
            label=gettext_lazy("Your password, again"),
            strip=False,
            widget=forms.PasswordInput({"autocomplete": "current-password"}),
        )

    @property
    def warnings(self) -> list[tuple[Finding, Any]]:
        """Each warning with the tick that acknowledges it."""
        return [(finding, self[f"warning-{number}"]) for number, finding in enumerate(self.warned, 1)]

    @property
    def statement(self) -> str:
        """What is kept with the signature."""
        parts = [_("I have read this plan with all of its findings, and I answer for it.")]
        if self.warned:
            titles = "; ".join(finding.title for finding in self.warned)
            parts.append(_("Warnings acknowledged, one by one: %(titles)s.") % {"titles": titles})
        return "\n".join([*parts, *filter(None, [self.cleaned_data["remark"]])])[:4000]
