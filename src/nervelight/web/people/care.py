"""Consents, adverse events, files and tasks of a person, and the versions of each entry."""

from __future__ import annotations

import base64
import re
import uuid
from pathlib import PurePosixPath
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from nervelight.errors import InvalidInput
from nervelight.record.consents import consent_text, text_version, withdraw
from nervelight.record.contents import AdverseEvent, Consent, FiledDocument, TaskText
from nervelight.record.entries import (
    AmendedMeanwhile,
    KeyUsedTwice,
    Read,
    newest,
    opened,
    opened_all,
    today_at,
    versions,
    write,
)
from nervelight.record.events import amend_event, report_event
from nervelight.record.files import EXTENSIONS, file_document
from nervelight.record.models import Course, Entry, Patient, Task
from nervelight.record.people import identity_of
from nervelight.record.tasks import add_task, finish_task
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.people.forms import (
    AmendEventForm,
    ConsentForm,
    DocumentForm,
    EventForm,
    TaskForm,
    TaskStepForm,
    WithdrawForm,
    content_from,
)
from nervelight.web.people.patients import CONFLICT, entry_of, renewed
from nervelight.web.people.shown import conflict, differences

__all__ = ["consent_new", "document", "document_new", "entry_history", "event_new", "task", "task_new"]


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _asked(request: HttpRequest, person: Patient, kind: str) -> Read | None:
    """Return the entry that the address asks to amend, as it holds now."""
    asked = request.GET.get("amends")
    if not asked:
        return None
    try:
        entry = newest(entry_of(person, uuid.UUID(asked), kind))
    except ValueError:
        raise Http404 from None
    entry.patient = person
    return opened_all([entry])[0]


def _used_twice(form: Any) -> int:
    form.add_error(None, _("This form was saved before, with other words. Open it anew."))
    return CONFLICT


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_new(request: Any, **_ids: Any) -> HttpResponse:
    """Write down what a person agrees to or refuses, or that they withdraw it."""
    person: Patient = request.patient
    asked = _asked(request, person, Entry.Kind.CONSENT)
    who = identity_of(person)
    if asked is not None:
        return _withdraw(request, person, asked, who.name)
    words = consent_text(who.language or person.clinic.language)
    form = ConsentForm(request.POST or None, initial={"to": words})
    status = 200
    if form.is_bound and form.is_valid():
        made = form.cleaned_data
        # Browsers send line ends of their own; the words stay the same.
        data = {"to": made["to"].replace("\r\n", "\n"), "given": made["given"] == "yes", "by": made["by"]}
        content = content_from(form, Consent, data)
        if content is not None:
            try:
                write(content, patient=person, author=request.user, key=made["key"].hex)
            except KeyUsedTwice:
                status = _used_twice(form)
            else:
                messages.success(request, _("The consent is kept with its words."))
                return redirect("patient", patient=person.pk)
    return render(request, "people/consent_new.html", {"form": form, "name": who.name}, status=status)


def _withdraw(request: Any, person: Patient, asked: Read, name: str) -> HttpResponse:
    form: Any = WithdrawForm(request.POST or None, initial={"known": asked.entry.pk, "by": name})
    status, meanwhile = 200, None
    if form.is_bound and form.is_valid():
        known = entry_of(person, form.cleaned_data["known"], Entry.Kind.CONSENT)
        words = opened(known, Consent)
        content = content_from(form, Consent, {**words.model_dump(), "by": form.cleaned_data["by"]})
        if content is not None:
            try:
                withdraw(known, words, by=content.by, author=request.user, key=form.cleaned_data["key"].hex)
            except AmendedMeanwhile:
                gone = words.model_copy(update={"given": False, "by": content.by})
                meanwhile, status = conflict(gone, asked), CONFLICT
                form = renewed(form, asked)
            except KeyUsedTwice:
                status = _used_twice(form)
            else:
                messages.success(request, _("The consent no longer holds. Its words are kept."))
                return redirect("patient", patient=person.pk)
    shown = {"form": form, "asked": asked, "version": text_version(asked.content), "meanwhile": meanwhile, "name": name}
    return render(request, "people/consent_withdraw.html", shown, status=status)


_EVENT = ("what", "red_flags", "seriousness", "related", "taken", "told_by")


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def event_new(request: Any, **_ids: Any) -> HttpResponse:
    """Write down an adverse event, or amend one; what it asks to be done becomes a task."""
    person: Patient = request.patient
    asked = _asked(request, person, Entry.Kind.EVENT)
    if asked is not None and asked.entry.kind == Entry.Kind.VOIDED:
        messages.error(request, _("This event was struck out together with its session. Nothing was saved."))
        return redirect("entry_history", patient=person.pk, entry=asked.entry.pk)
    today, name = today_at(person.clinic), identity_of(person).name
    form: Any
    if asked is None:
        courses = Course.objects.filter(patient=person).order_by("-opened_at")
        running = courses.filter(state=Course.State.SIGNED).first() if request.method != "POST" else None
        initial: dict[str, Any] = {"told_by": "patient", "course": running}
        form = EventForm(request.POST or None, courses=courses, today=today, initial=initial)
    else:
        initial = asked.content.model_dump() | {"known": asked.entry.pk}
        form = AmendEventForm(request.POST or None, courses=None, today=today, initial=initial)
    status, meanwhile = 200, None
    if form.is_bound and form.is_valid():
        content = content_from(form, AdverseEvent, {field: form.cleaned_data[field] for field in _EVENT})
        if content is not None:
            try:
                _save_event(person, form, content, request.user)
            except AmendedMeanwhile:
                # The address names an entry, so there is one that holds now.
                latest = cast(Read, asked)
                meanwhile, status = conflict(content, latest), CONFLICT
                form = renewed(form, latest, courses=None, today=today)
            except KeyUsedTwice:
                status = _used_twice(form)
            else:
                messages.success(request, _("The event is in the record, and what it asks to be done among the tasks."))
                return redirect("patient", patient=person.pk)
    shown = {"form": form, "asked": asked, "meanwhile": meanwhile, "name": name}
    return render(request, "people/event_new.html", shown, status=status)


def _save_event(person: Patient, form: Any, content: AdverseEvent, author: Any) -> None:
    made = form.cleaned_data
    if "known" in made:
        known = entry_of(person, made["known"], Entry.Kind.EVENT)
        amend_event(known, opened(known, AdverseEvent), content, author=author, key=made["key"].hex)
        return
    report_event(
        content, patient=person, author=author, course=made["course"], key=made["key"].hex, day=made["day"]
    )  # fmt: skip


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def document_new(request: Any, **_ids: Any) -> HttpResponse:
    """Keep a file."""
    person: Patient = request.patient
    form = DocumentForm(request.POST or None, request.FILES or None)
    status = 200
    if form.is_bound and form.is_valid():
        made = form.cleaned_data
        file = made["file"]
        try:
            file_document(
                file.read(), name=made["name"] or _file_name(file.name), patient=person, author=request.user,
                about=made["about"].replace("\r\n", "\n"), key=made["key"].hex,
            )  # fmt: skip
        except InvalidInput as problem:
            for fault in problem.faults:
                field = fault.path if fault.path in form.fields else None
                form.add_error(field, _("This cannot be kept: %(allowed)s.") % {"allowed": fault.allowed})
        except KeyUsedTwice:
            status = _used_twice(form)
        else:
            messages.success(request, _("The file is in the record."))
            return redirect("patient", patient=person.pk)
    return render(request, "people/document_new.html", {"form": form, "name": identity_of(person).name}, status=status)


def _file_name(name: str | None) -> str:
    """Return a file's own name without folders and without what a list must not show."""
    plain = PurePosixPath((name or "").replace("\\", "/")).name
    return "".join(sign for sign in plain if sign.isprintable())[:200] or "file"


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD"])
def document(request: Any, entry: uuid.UUID, **_ids: Any) -> HttpResponse:
    """Give a file to be kept; a browser never shows it as a page of this site."""
    person: Patient = request.patient
    file = opened(entry_of(person, entry, Entry.Kind.DOCUMENT), FiledDocument)
    ending = EXTENSIONS[file.media_type]
    name = file.name if file.name.lower().endswith((f".{ending}", ".jpeg")) else f"{file.name}.{ending}"
    answer = HttpResponse(base64.b64decode(file.base64), content_type=file.media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD"])
def entry_history(request: Any, entry: uuid.UUID, **_ids: Any) -> HttpResponse:
    """Show every version of an entry, who wrote it and when, and what each one changed."""
    person: Patient = request.patient
    found = versions(entry_of(person, entry, *Entry.Kind.values))
    for version in found:
        version.patient = person
    reads = opened_all(found)
    before: list[Any] = [*reads[1:], None]
    shown = [
        (read, differences(read.content, old.content if old else None)) for read, old in zip(reads, before, strict=True)
    ]
    name = identity_of(person).name
    return render(request, "people/history.html", {"versions": shown, "latest": reads[0], "name": name})


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def task_new(request: Any, **_ids: Any) -> HttpResponse:
    """Give somebody something to do."""
    person: Patient = request.patient
    courses = Course.objects.filter(patient=person).order_by("-opened_at")
    initial = {"owner": "clinician", "due": today_at(person.clinic)}
    form = TaskForm(request.POST or None, courses=courses, initial=initial)
    status = 200
    if form.is_bound and form.is_valid():
        made = form.cleaned_data
        data = {field: made[field] for field in ("text", "why", "owner", "due", "urgent")}
        content = content_from(form, TaskText, data)
        if content is not None:
            try:
                add_task(content, patient=person, author=request.user, course=made["course"], key=made["key"].hex)
            except KeyUsedTwice:
                status = _used_twice(form)
            else:
                messages.success(request, _("The task is on the list."))
                return redirect("patient", patient=person.pk)
    return render(request, "people/task_new.html", {"form": form, "name": identity_of(person).name}, status=status)


@allow(CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def task(request: Any, task: uuid.UUID, **_ids: Any) -> HttpResponse:
    """Show a task, and write down what comes of it."""
    person: Patient = request.patient
    found = Task.objects.filter(pk=task, patient=person).select_related("entry__author", "course", "clinic").first()
    if found is None:
        raise Http404
    found.entry.patient = person
    latest, today = opened_all([found.entry])[0], today_at(person.clinic)
    form: Any = TaskStepForm(request.POST or None, today=today, initial={"known": found.entry_id})
    status, meanwhile = 200, None
    if form.is_bound and form.is_valid():
        known = entry_of(person, form.cleaned_data["known"], Entry.Kind.TASK)
        content = content_from(form, TaskText, _stepped(opened(known, TaskText), form.cleaned_data))
        if content is not None:
            try:
                finish_task(found, content, author=request.user, known=known, key=form.cleaned_data["key"].hex)
            except InvalidInput:
                raise Http404 from None
            except AmendedMeanwhile:
                meanwhile, status = conflict(content, latest), CONFLICT
                form = renewed(form, latest, today=today)
            except KeyUsedTwice:
                status = _used_twice(form)
            else:
                messages.success(request, _("Written down."))
                return redirect("work" if content.state != "open" else request.path)
    why, cause = _cause(person, latest.content.why)
    shown = {
        "task": found, "why": why, "cause": cause, "latest": latest, "form": form, "meanwhile": meanwhile,
        "today": today, "name": identity_of(person).name,
    }  # fmt: skip
    return render(request, "people/task.html", shown, status=status)


def _cause(person: Patient, why: str) -> tuple[str, Entry | None]:
    """Return why a task is there, in words, and the entry of the same person that asked for it."""
    named = _ID.search(why)
    entry = Entry.objects.filter(pk=named[0], patient=person).defer("content").first() if named else None
    if named is None or entry is None:
        return why, None
    # The link says what it is; an id says nothing.
    words = why.replace(named[0], "").replace("()", "").strip()
    return ("" if words in ("adverse event", entry.get_kind_display()) else words), entry


def _stepped(text: TaskText, made: dict[str, Any]) -> dict[str, Any]:
    data = text.model_dump() | {"outcome": made["outcome"], "state": "open"}
    match made["step"]:
        case "done" | "dropped":
            data["state"] = made["step"]
        case "later":
            data["due"] = made["due"]
        case "hand":
            data["owner"] = "patient" if text.owner == "clinician" else "clinician"
    return data
