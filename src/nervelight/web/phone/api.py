"""What the phone sends by itself, when there is a connection again. Bodies and answers are in ``bodies``."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from nervelight.documents import Document, validated
from nervelight.errors import Fault, InvalidInput
from nervelight.record.contents import Session
from nervelight.record.entries import KeyUsedTwice
from nervelight.record.handing_in import hand_in_session, say_wrong
from nervelight.record.own import own_course
from nervelight.record.pausing import STOPPING
from nervelight.web.access import PATIENT, allow
from nervelight.web.phone.bodies import CallNow, Faults, FaultShown, SessionIn, Status, Stored, WrongIn, openapi

__all__ = ["api_document", "api_sessions", "api_status", "api_wrong"]

LONGEST = 200_000
"""Bytes of a body."""


class NotThisShape(Exception):
    """A body that is no JSON of the shape that is asked for."""

    def __init__(self, faults: Iterable[Fault], status: int = 400) -> None:
        self.faults, self.status = tuple(faults), status
        super().__init__("body")


def _api(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn what is wrong into an answer that says where."""

    @wraps(view)
    def answered(request: Any) -> HttpResponse:
        try:
            return view(request)
        except NotThisShape as problem:
            return _faults(problem.faults, problem.status)
        except InvalidInput as problem:
            return _faults(problem.faults, 422)
        except KeyUsedTwice:
            return _faults([Fault("key", None, "a new one: this one came before with other content")], 409)

    return answered


def _faults(faults: Iterable[Fault], status: int) -> HttpResponse:
    told = Faults(
        faults=tuple(FaultShown(path=each.path, value=_plain(each.value), allowed=each.allowed) for each in faults)
    )
    return JsonResponse(told.model_dump(mode="json"), status=status)


def _plain(value: Any) -> Any:
    """Return what can stand in JSON of what was sent."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return value[:200].encode("utf-8", "replace").decode()
    return repr(value)[:200].encode("utf-8", "replace").decode()


def _body(request: Any, shape: type[Document]) -> Any:
    if request.content_type != "application/json":
        raise NotThisShape([Fault("Content-Type", request.content_type, "application/json")], 415)
    if len(request.body) > LONGEST:
        raise NotThisShape([Fault("body", len(request.body), f"at most {LONGEST} bytes")])
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        raise NotThisShape([Fault("body", None, "JSON in UTF-8")]) from None
    try:
        return validated(shape, data, "body")
    except InvalidInput as problem:
        raise NotThisShape(problem.faults) from None


def _call(request: Any) -> CallNow:
    clinic = request.user.clinic
    return CallNow(emergency=clinic.emergency_number, clinic=clinic.phone, hours=clinic.opening_hours)


def _stored(stored: Stored) -> HttpResponse:
    return JsonResponse(stored.model_dump(mode="json"), status=201)


@allow(PATIENT)
@require_safe
def api_document(_request: Any) -> HttpResponse:
    """Describe these endpoints."""
    return JsonResponse(openapi())


@allow(PATIENT)
@require_safe
def api_status(request: Any) -> HttpResponse:
    """Say what is due today."""
    own = own_course(request.patient)
    status = Status(
        on=own.on.isoformat(),
        state=own.due.state,
        next=own.due.next.isoformat() if own.due.next else None,
        questions=tuple(each.instrument for each in own.due.questions),
    )
    return JsonResponse(status.model_dump(mode="json"))


@allow(PATIENT)
@require_POST
@_api
def api_sessions(request: Any) -> HttpResponse:
    """Take a session; the same one twice is stored once."""
    sent: SessionIn = _body(request, SessionIn)
    own = own_course(request.patient)
    if own.course is None or own.plan is None:
        raise InvalidInput("session", [Fault("plan", sent.plan, "the id of a signed plan of your course")])
    session = Session(
        plan=sent.plan,
        lamp=own.plan.lamp.device if own.plan.lamp else "",
        distance_mm=sent.distance_mm,
        seconds=sent.seconds,
        site_checked=sent.site_checked,
        eyes_protected=sent.eyes_protected,
        skin=sent.skin,
        before=sent.before,
        after=sent.after,
        stopped_early=sent.stopped_early,
        note=sent.note,
        where="home",
    )
    told = hand_in_session(
        own.course, session, author=request.user, day=dt.date.fromisoformat(sent.day), key=sent.key
    )  # fmt: skip
    return _stored(Stored(entry=str(told.entry.pk), call=_call(request) if told.harmed else None, longer=told.longer))


@allow(PATIENT)
@require_POST
@_api
def api_wrong(request: Any) -> HttpResponse:
    """Take a message that something is wrong; the same one twice is stored once."""
    sent: WrongIn = _body(request, WrongIn)
    own = own_course(request.patient)
    entry = say_wrong(
        request.patient, own.course, text=sent.text, flags=sent.flags, bad=sent.bad, author=request.user, key=sent.key
    )  # fmt: skip
    urgent = STOPPING & set(sent.flags) or sent.bad == "very"
    return _stored(Stored(entry=str(entry.pk), call=_call(request) if urgent else None))
