"""Files that leave the record through a page: never shown as a page, never kept by a browser; the calendar's words."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django import forms
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.record.dossier import Dossier
from nervelight.report.calendar import CalendarWords, calendar_of
from nervelight.web.forms import Form, TimeInput

__all__ = ["CALENDAR_TYPE", "CalendarForm", "calendar_file", "download"]

CALENDAR_TYPE = "text/calendar"
REMIND_AT_MOST = 1440


def download(data: bytes, *, media_type: str, name: str) -> HttpResponse:
    """Return a file to be saved under a name."""
    answer = HttpResponse(data, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


class CalendarForm(Form):
    """How the sessions stand in the calendar."""

    units: ClassVar[dict[str, str]] = {"remind": "min"}
    at = forms.TimeField(
        label=gettext_lazy("Time of the sessions"),
        required=False,
        widget=TimeInput,
        help_text=gettext_lazy("Where the clinic is. Left empty, a session is of the day and of no hour."),
    )
    remind = forms.IntegerField(
        label=gettext_lazy("Remind before a session"),
        required=False,
        min_value=0,
        max_value=REMIND_AT_MOST,
        help_text=gettext_lazy("Only with a time. Left empty, the calendar does not remind."),
    )
    detailed = forms.BooleanField(
        label=gettext_lazy("Write fields, times and forms into the events"),
        required=False,
        help_text=gettext_lazy(
            "Calendars are often seen by others. Without this they say “Light session” and no more."
        ),
    )

    def clean_remind(self) -> int | None:
        """Refuse a reminder of no time."""
        remind: int | None = self.cleaned_data["remind"]
        if remind is not None and not self.cleaned_data.get("at"):
            raise forms.ValidationError(_("Give the time of the sessions too."))
        return remind


def calendar_file(
    dossier: Dossier, *, at: dt.time | None = None, remind: int | None = None, detailed: bool = False
) -> bytes:
    """Return a course as a calendar, in the language of who is logged in.

    Raises
    ------
    NervelightError
        As `calendar_of`.
    """
    words = CalendarWords(
        calendar=_("Light sessions"),
        session=_("Light session"),
        review=_("Review with your clinic"),
        questions=_("Questions to answer"),
        daily=_("A question for today"),
        task=_("Something to do for your clinic"),
        number=_("{name} {number} of {total}"),
        proposal=_("A proposal: no clinician has signed it."),
        not_if=_("Not while your clinic has stopped or paused the light."),
        paused=_("Light is paused: none until your clinic has spoken with you."),
    )
    return calendar_of(dossier, at=at, remind_minutes=remind, detailed=detailed, words=words)
