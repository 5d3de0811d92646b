"""Letters and files: a course in every form in which others can use it."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nervelight.errors import InvalidInput, NervelightError
from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.record.dossier import Dossier
from nervelight.record.entries import KeyUsedTwice, today_at
from nervelight.record.files import file_document
from nervelight.record.gathering import dossier_of
from nervelight.record.models import Entry
from nervelight.record.people import identity_of
from nervelight.report import handout_pdf, letter_pdf, plan_pdf, session_log_pdf
from nervelight.report.methods import methods_sheet
from nervelight.report.open_data import tables_of
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.downloads import CALENDAR_TYPE, CalendarForm, calendar_file, download
from nervelight.web.forms import Form, plain_line

__all__ = ["SHARED_FORMS", "SharedForm", "course_share"]

Options = Mapping[str, Any]
PDF = "application/pdf"


@dataclass(frozen=True)
class SharedForm:
    """One form in which a course leaves the record.

    Parameters
    ----------
    name : str
        A word of the address and of the audit, and of the file's name.
    title, about : str
        What it is, and what it is good for.
    media_type, ending : str
        Of the file.
    make : callable
        From a dossier and the options that were chosen to the file.
    options : type of Form
        What can be chosen; nothing when absent.
    can_be_kept : bool
        Whether it may be filed in the record as it is: PDF.
    """

    name: str
    title: str | Promise
    about: str | Promise
    media_type: str
    ending: str
    make: Callable[[Dossier, Options], bytes]
    options: type[Form] = Form
    can_be_kept: bool = False


class TablesForm(Form):
    """Whether somebody may be recognised."""

    deidentify = forms.BooleanField(
        label=gettext_lazy("For research: leave out names, free text and dates"),
        required=False,
        help_text=gettext_lazy(
            "This makes it harder to recognise somebody. It is not anonymous: who knows the person may still find them."
        ),
    )


class PaperForm(Form):
    """What it is printed on."""

    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=(("a4", "A4"), ("us-letter", "US Letter")))


SECTIONS = {
    "why": gettext_lazy("who is treated, and why"),
    "planned": gettext_lazy("what was planned"),
    "delivered": gettext_lazy("what was given"),
    "course": gettext_lazy("how pain and function went"),
    "safety": gettext_lazy("safety"),
    "next": gettext_lazy("what comes next, and what we ask"),
    "treatments": gettext_lazy("other treatment"),
    "certainty": gettext_lazy("how sure this is"),
}
"""Parts of the letter, as the page calls them."""


class LetterForm(PaperForm):
    """Whom it is for, and what stands in it."""

    to = forms.CharField(
        label=gettext_lazy("To"), required=False, max_length=120, validators=[plain_line],
        help_text=gettext_lazy("Whom the letter is for. It may be left empty."),
    )  # fmt: skip
    sections = forms.MultipleChoiceField(
        label=gettext_lazy("What stands in it"),
        required=False,
        choices=tuple(SECTIONS.items()),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "tap-column"}),
        help_text=gettext_lazy("None ticked: all of them, as far as one page holds them."),
    )
    field_order = ("to", "sections", "paper")


def _letter(dossier: Dossier, options: Options) -> bytes:
    return letter_pdf(dossier, options.get("sections") or None, options.get("to") or "", paper=options["paper"])


def _tables(dossier: Dossier, options: Options) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables_of(dossier, **options).items():
            archive.writestr(name, text)
    return made.getvalue()


SHARED_FORMS: tuple[SharedForm, ...] = (
    SharedForm(
        "letter",
        gettext_lazy("Letter to the referring doctor"),
        gettext_lazy(
            "One page, accessible PDF: why, what was planned and given, how it went, what comes next, how sure it is."
        ),
        PDF,
        "pdf",
        _letter,
        LetterForm,
        can_be_kept=True,
    ),
    SharedForm(
        "handout",
        gettext_lazy("Sheet for the patient"),
        gettext_lazy("To take home: how to do a session, the days, what to watch for, when to call."),
        PDF,
        "pdf",
        lambda dossier, options: handout_pdf(dossier, **options),
        PaperForm,
        can_be_kept=True,
    ),
    SharedForm(
        "plan",
        gettext_lazy("Full plan"),
        gettext_lazy("Everything that the plan says, with its pictures, assumptions and sources."),
        PDF,
        "pdf",
        lambda dossier, options: plan_pdf(dossier, **options),
        PaperForm,
        can_be_kept=True,
    ),
    SharedForm(
        "log",
        gettext_lazy("Session log"),
        gettext_lazy("Each session as planned and as given, with empty rows to fill in by hand."),
        PDF,
        "pdf",
        lambda dossier, options: session_log_pdf(dossier, **options),
        PaperForm,
        can_be_kept=True,
    ),
    SharedForm(
        "fhir",
        gettext_lazy("Course as FHIR"),
        gettext_lazy(
            "For another record system: plan, sessions, scores, events and tasks as a FHIR R4 bundle. Sent twice to "
            "a server, it updates what is there."
        ),
        "application/fhir+json",
        "json",
        lambda dossier, _options: bundle_text(bundle_of(dossier, "transaction")).encode(),
    ),
    SharedForm(
        "calendar",
        gettext_lazy("Calendar"),
        gettext_lazy(
            "For a phone or computer: sessions, reviews, days with forms to fill in, the patient's tasks. Importing it "
            "again brings it up to date and takes back what was cancelled."
        ),
        CALENDAR_TYPE,
        "ics",
        lambda dossier, options: calendar_file(dossier, **options),
        CalendarForm,
    ),
    SharedForm(
        "methods",
        gettext_lazy("Reporting sheet"),
        gettext_lazy(
            "For a paper or an audit: every item of the reporting checklists with its value, how it is known and from "
            "where; what is not known is counted."
        ),
        "text/markdown; charset=utf-8",
        "md",
        lambda dossier, _options: methods_sheet(dossier).to_markdown().encode(),
    ),
    SharedForm(
        "tables",
        gettext_lazy("Open data"),
        gettext_lazy("For statistics: the course as tables (CSV) with a dictionary of every column, packed as ZIP."),
        "application/zip",
        "zip",
        _tables,
        TablesForm,
    ),
)
"""Every form, in the order of the page. A further one is one more entry here."""


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def course_share(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Show every form of a course, and give the one that was asked for; that it was taken stands in the audit."""
    course, wanted, status = request.course, request.POST.get("form"), 200
    if request.method == "POST" and wanted not in [each.name for each in SHARED_FORMS]:
        raise Http404
    rows = [
        (each, each.options(request.POST if each.name == wanted else None, prefix=each.name)) for each in SHARED_FORMS
    ]
    for each, form in rows:
        if each.name == wanted and form.is_valid():
            try:
                return _given(request, each, form.cleaned_data)
            except KeyUsedTwice:
                form.add_error(None, _("This was filed already. Open the page again."))
                status = 409
            except InvalidInput as problem:
                for fault in problem.faults:
                    form.add_error(None, f"{fault.path}: {fault.allowed}")
            except NervelightError as problem:
                form.add_error(None, str(problem))
    shown = {
        "rows": rows,
        "name": identity_of(request.patient).name,
        "course": course,
        "planned": Entry.objects.filter(course=course, kind=Entry.Kind.PLAN).exists(),
        "key": uuid.uuid4().hex,
    }
    return render(request, "courses/files.html", shown, status=status)


def _given(request: Any, shared: SharedForm, options: Options) -> HttpResponse:
    course = request.course
    data = shared.make(dossier_of(course, actor=request.user, about=shared.name), options)
    name = f"nervelight-{shared.name}-{today_at(course.clinic)}.{shared.ending}"
    if shared.can_be_kept and request.POST.get("do") == "keep":
        file_document(
            data, name=name, patient=request.patient, author=request.user, about=str(shared.title), course=course,
            key=request.POST.get("key", "")[:48] or None,
        )  # fmt: skip
        messages.success(request, _("The file is in the record."))
        return redirect("patient", patient=course.patient_id)
    return download(data, media_type=shared.media_type, name=name)
