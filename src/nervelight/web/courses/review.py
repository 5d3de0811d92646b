"""The decision card: made as of today, decided on as it was shown, and read again as it was."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nervelight.errors import BlockedPlan, InvalidInput
from nervelight.planning.review import Review
from nervelight.record import reviews
from nervelight.record.contents import Decision, ReviewCard
from nervelight.record.entries import KeyUsedTwice, holding, opened, opened_all, today_at
from nervelight.record.models import Course, Entry
from nervelight.record.overview import Overview
from nervelight.record.renderings import hash_of, kept
from nervelight.report import review_card
from nervelight.web.access import CLINICIAN, allow
from nervelight.web.courses.course_page import link_to, told
from nervelight.web.courses.forms import DecisionForm
from nervelight.web.courses.views import course_address
from nervelight.web.forms import sent_key

__all__ = ["earlier_card", "review"]


@allow(CLINICIAN)
def review(request: Any, **_where: uuid.UUID) -> HttpResponse:
    """Show the card as of today; take down what the clinician makes of it."""
    found: Course = request.course
    before = _sent_before(request)
    if before is not None and _says_the_same(before, request.POST):
        # Sent twice: it is written, and the card that it is about is an earlier one now.
        return _decided(request, _("Your decision is saved."))
    overview = Overview(found)
    identity = overview.opened(overview.of(Entry.Kind.IDENTITY)[-1:])
    context: dict[str, Any] = {
        "course": found,
        "name": identity[0].content.name if identity else "",
        "back": course_address(found),
        "earlier": overview.of(Entry.Kind.DECISION),
    }
    try:
        text = _card(overview)
    except InvalidInput as problem:
        return render(request, "courses/no_review.html", {**context, "faults": told(problem)})
    card = Review.model_validate_json(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    changed = request.method == "POST" and (before is not None or request.POST.get("card") != sha256)
    status = 409 if changed else 200
    form = DecisionForm(request.POST or None, card=card, sha256=sha256, latest=today_at(found.clinic))
    if changed:
        data = request.POST.copy()
        # A reason that was typed stays; what was decided has to be decided of this card.
        data["card"], data["key"] = sha256, uuid.uuid4().hex
        data.pop("word", None)
        data.setlist("actions", [str(k) for k in range(len(card.actions))])
        form = DecisionForm(data, card=card, sha256=sha256, latest=today_at(found.clinic))
        form.add_error(None, _("The record has changed since this card was shown. This is the new card: decide on it."))
    elif request.method == "POST" and form.is_valid():
        try:
            return _decide(request, found, card, form)
        except KeyUsedTwice:
            form.add_error(None, _("This was sent before with another decision. Look at the course, then decide anew."))
            status = 409
    made_from = hash_of([sha256])
    context |= {
        "form": form,
        # Made by the package's own template, which escapes whatever people wrote.
        "card": mark_safe(kept(found, "card", made_from, lambda: review_card(card), overview.key)),
        "title": card.title,
        "adjust": card.decision == "adjust once",
        "case": link_to("case", patient=found.patient_id, course=found.pk),
    }
    return render(request, "courses/review.html", context, status=status)


def _sent_before(request: Any) -> Decision | None:
    """Return the decision that came under the key of this one."""
    key = sent_key(request)
    found = Entry.objects.filter(course=request.course, kind=Entry.Kind.DECISION, key=key) if key else ()
    return next((opened(entry, Decision) for entry in found), None)


def _says_the_same(before: Decision, sent: Mapping[str, str]) -> bool:
    same = (sent.get("word"), sent.get("reason", "").strip()) == (before.word, before.reason)
    return same and (before.word != "edit" or sent.get("instead") == before.decision)


def _card(overview: Overview) -> str:
    """Return the JSON text of the card, computed anew only where something has changed."""
    return kept(overview.course, "review", overview.made_from, lambda: overview.review().to_json(), overview.key)


def _decide(request: Any, course: Course, card: Review, form: DecisionForm) -> HttpResponse:
    given = form.cleaned_data
    decision = Decision(
        review="",
        word=given["word"],
        decision=form.decision,
        by=request.user.get_full_name(),
        reason=given["reason"],
    )
    try:
        reviews.decide(course, card, decision, author=request.user, actions=form.ticked, key=given["key"])
    except BlockedPlan as problem:
        raise Http404 from problem
    made = len(form.ticked)
    tasks = ngettext("%(count)d task was made.", "%(count)d tasks were made.", made) % {"count": made} if made else ""
    if form.decision == "adjust once":
        messages.info(request, _("Make the new version of the plan from the case, then sign it."))
    return _decided(request, " ".join(filter(None, (_("Your decision is saved."), tasks))))


def _decided(request: Any, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect(course_address(request.course))


@allow(CLINICIAN)
def earlier_card(request: Any, entry: uuid.UUID, **_where: uuid.UUID) -> HttpResponse:
    """Show a card that was decided on, as it was."""
    found: Course = request.course
    kept_card = Entry.objects.filter(pk=entry, course=found, kind=Entry.Kind.REVIEW).first()
    if kept_card is None:
        raise Http404
    decisions = opened_all(holding().filter(course=found, kind=Entry.Kind.DECISION))
    mine = [read for read in decisions if read.content.review == str(entry)]
    if not mine:
        raise Http404
    card = reviews.card_of(opened(kept_card, ReviewCard), mine[-1])
    made_from = hash_of([mine[-1].entry.pk])
    context = {
        "course": found,
        "back": course_address(found),
        "title": card.title,
        "on": card.on,
        "card": mark_safe(kept(found, f"card {entry}", made_from, lambda: review_card(card))),
    }
    return render(request, "courses/earlier_card.html", context)
