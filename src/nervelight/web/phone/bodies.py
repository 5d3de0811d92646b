"""What the phone may send, and what it is told: the bodies of ``/me/api/``, and the document that describes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictBool
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from nervelight.assessment import red_flag_ids
from nervelight.documents import Document
from nervelight.planning.diary import SkinCheck
from nervelight.record.contents import LongText
from nervelight.record.due import State

__all__ = ["CallNow", "FaultShown", "Faults", "SessionIn", "Status", "Stored", "WrongIn", "openapi"]

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,48}$")]
Score10 = Annotated[float, Field(ge=0, le=10, strict=True)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


def _real(day: str) -> str:
    dt.date.fromisoformat(day)
    return day


def _encodable(text: str) -> str:
    if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("needs text that can be written down")
    return text


Words = Annotated[LongText, Field(max_length=2000), AfterValidator(_encodable)]


class SessionIn(Document):
    """One session, as the phone sends it."""

    key: Key
    """The same for each try to send the same session."""
    plan: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    """Id of the plan that the card showed."""
    day: Annotated[Day, AfterValidator(_real)]
    """The day of the session."""
    seconds: Annotated[
        Mapping[Annotated[str, Field(max_length=200)], Annotated[float, Field(gt=0, le=86400, strict=True)]],
        Field(min_length=1, max_length=50),
    ]
    """Time [s] on each field that was lit."""
    distance_mm: Annotated[float, Field(ge=0, le=5000, strict=True)] | None
    """Null where it was not measured."""
    site_checked: StrictBool
    """Whether the right place and side were lit."""
    eyes_protected: StrictBool | None
    """Null where it was not asked."""
    skin: SkinCheck | None
    """The skin afterwards; null where nobody looked."""
    before: Score10 | None = None
    """Pain before, 0 to 10."""
    after: Score10 | None = None
    """Pain afterwards, 0 to 10."""
    stopped_early: Words = ""
    """Why it was stopped before its time."""
    note: Words = ""
    """Anything else."""


class WrongIn(Document):
    """That something is wrong."""

    key: Key
    """The same for each try to send the same message."""
    text: Words = ""
    """In the person's own words."""
    flags: Annotated[tuple[str, ...], Field(max_length=30)] = ()
    """Ids of what was ticked in the list."""
    bad: Literal["a little", "quite", "very"]
    """How bad it is for the person."""


class CallNow(Document):
    """Whom to call."""

    emergency: str
    """The local emergency number."""
    clinic: str
    """The clinic's own number."""
    hours: str
    """When somebody answers there; empty where it is not known."""


class Stored(Document):
    """What was sent is in the record."""

    entry: str
    """Id of the entry; the same one when the same is sent again."""
    call: CallNow | None
    """Whom to call, where what was sent should not wait."""
    longer: tuple[str, ...] = ()
    """Fields that were lit for much longer than planned."""


class Status(Document):
    """How the day stands."""

    on: str
    """Today, where the clinic is."""
    state: State
    """What is due."""
    next: str | None
    """Next planned day."""
    questions: tuple[str, ...]
    """Ids of the forms that are due."""


class FaultShown(Document):
    """One thing wrong with what was sent."""

    path: str
    """Where."""
    value: Any
    """What was sent there."""
    allowed: str
    """What would be accepted."""


class Faults(Document):
    """Everything wrong with what was sent; nothing of it was kept."""

    faults: Annotated[tuple[FaultShown, ...], Field(min_length=1)]
    """At least one."""


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document, its schemas generated from the bodies above."""
    made: list[tuple[type[Document], JsonSchemaMode]] = [(SessionIn, "validation"), (WrongIn, "validation")]
    made += [(shape, "serialization") for shape in (Stored, Status, Faults)]
    _, schemas = models_json_schema(made, ref_template="#/components/schemas/{model}")
    models = schemas["$defs"]
    models["WrongIn"]["properties"]["flags"]["items"]["enum"] = list(red_flag_ids())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Nervelight, what a patient's phone may send",
            "version": "1",
            "description": "For the account that is logged in, and nobody else. Needs the session's cookie; what is "
            "sent needs the CSRF token of the cookie in the header X-CSRFToken.",
        },
        "paths": {
            "/me/api/status/": {
                "get": {
                    "operationId": "status",
                    "summary": "What is due today",
                    "responses": {"200": _answer("What is due", "Status"), **_LOGGED_OUT},
                }
            },
            "/me/api/sessions/": {"post": _sent("sendSession", "Hand in a session", "SessionIn")},
            "/me/api/wrong/": {"post": _sent("sendWrong", "Say that something is wrong", "WrongIn")},
        },
        "components": {"schemas": models},
    }


_LOGGED_OUT = {"401": {"description": "Nobody is logged in, or the code of the second factor is owed"}}


def _answer(what: str, model: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _sent(operation: str, summary: str, model: str) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}}
    return {
        "operationId": operation,
        "summary": summary,
        "requestBody": body,
        "responses": {
            "201": _answer("Stored; also when the same was stored before", "Stored"),
            "400": _answer("Not JSON, or not of this shape", "Faults"),
            "409": _answer("The key was used for something else; nothing was changed", "Faults"),
            "415": _answer("Not sent as application/json", "Faults"),
            "422": _answer("It does not fit the plan that was signed", "Faults"),
            **_LOGGED_OUT,
        },
    }
