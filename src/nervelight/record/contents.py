"""What each kind of entry holds. Everything here is encrypted under the person's key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool

from nervelight.documents import Document, Text
from nervelight.planning.diary import SkinCheck
from nervelight.planning.review.review_document import DecisionWord

__all__ = [
    "CONTENTS",
    "AdverseEvent",
    "CaseDraft",
    "Consent",
    "Content",
    "DayNote",
    "Decision",
    "EducationRead",
    "FiledDocument",
    "Identity",
    "LongText",
    "PlanVersion",
    "Response",
    "ReviewCard",
    "Session",
    "Signature",
    "TaskText",
    "Voided",
]

LongText = Annotated[
    str, Field(max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$")
]
Score10 = Annotated[float, Field(ge=0, le=10)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# DICOM and FHIR alike know dates of which only the year, or year and month, are known.
PartialDate = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class Content(Document):
    """Base of what an entry holds."""


class Identity(Content):
    """Who the person is."""

    name: Text
    born: PartialDate | None = None
    """As far as it is known: 1961, 1961-04 or 1961-04-30."""
    phone: Text | None = None
    email: Text | None = None
    number: Text | None = None
    """The clinic's own number for the person."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None


class CaseDraft(Content):
    """A case file, whole or still being filled in."""

    document: dict[str, Any]
    """As in a case file; keys that are not filled in yet are missing."""


class PlanVersion(Content):
    """A plan as it was computed."""

    number: Annotated[int, Field(ge=1)]
    """Counted within the course."""
    case: str
    """Id of the entry of the case that it was made from."""
    sha256: Sha256
    """Of the plan's JSON text."""
    plan: str
    """``plan.json``, to the letter."""


class Signature(Content):
    """Whoever signs has read this plan and answers for it."""

    plan: str
    """Id of the entry of the plan."""
    sha256: Sha256
    """Of the plan's JSON text, as it was signed."""
    by: Text
    """Name of the clinician, as it stood then."""
    statement: LongText


class Session(Content):
    """One session as it was given."""

    plan: str
    """Id of the entry of the plan that was followed."""
    lamp: str
    """Id of the lamp."""
    distance_mm: Annotated[float, Field(ge=0, le=5000)] | None
    """None where it was not measured."""
    seconds: Mapping[str, Annotated[float, Field(gt=0, le=86400)]]
    """Time on each field that was lit."""
    site_checked: StrictBool
    """Whether whoever gave it confirmed site and side."""
    eyes_protected: StrictBool | None
    """None where it was not asked."""
    skin: SkinCheck | None
    """The skin afterwards."""
    before: Score10 | None = None
    """Pain before, 0 to 10."""
    after: Score10 | None = None
    stopped_early: LongText = ""
    """Why it was stopped before its time; empty where it was not."""
    note: LongText = ""
    where: Literal["home", "clinic"]


class Response(Content):
    """A questionnaire or test as answered, with its score by the rules of that day."""

    instrument: str
    answers: tuple[float | bool | None, ...] = ()
    """In the order of the form; empty where only the score is known."""
    score: float | None
    """None where too few answers were given."""
    language: str = "en"
    note: LongText = ""


class DayNote(Content):
    """What else happened on a day."""

    other_treatment: LongText = ""
    """What changed in other treatment."""
    note: LongText = ""
    ends_course: StrictBool = False
    """Whether the course ended on this day; the note says why."""


class ReviewCard(Content):
    """A decision card: a proposal by rule."""

    review: str
    """``review.json``, to the letter."""
    plan: str
    """Id of the entry of the plan that was reviewed."""


class Decision(Content):
    """What the clinician made of a card."""

    review: str
    """Id of the entry of the card."""
    word: Literal["accept", "edit", "reject"]
    decision: DecisionWord | None
    by: Text
    reason: LongText


class AdverseEvent(Content):
    """Something unwanted."""

    what: Annotated[LongText, Field(min_length=1)]
    red_flags: tuple[str, ...] = ()
    """Ids of the red flags that it is or may be."""
    seriousness: Literal["mild", "moderate", "severe", "serious", "not graded"]
    """Serious: death, threat to life, hospital, lasting harm. Not graded: nobody has looked yet."""
    related: Literal["unlikely", "possible", "probable", "unknown"]
    taken: LongText = ""
    """What was done."""
    told_by: Literal["patient", "clinician"]


class TaskText(Content):
    """Something that somebody has to do."""

    text: Annotated[LongText, Field(min_length=1)]
    why: LongText = ""
    """Entry, rule or page that asked for it."""
    sources: tuple[str, ...] = ()
    state: Literal["open", "done", "dropped"] = "open"
    outcome: LongText = ""
    """What came of it."""
    owner: Literal["clinician", "patient"]
    due: dt.date
    urgent: StrictBool = False


class EducationRead(Content):
    """A sheet that was read, with what the person said back."""

    sheet: str
    version: str
    """Hash of the text that was shown."""
    language: str = ""
    text: Annotated[str, Field(max_length=40_000)] = ""
    """Every word that was shown, so that it can be read again when the sheet has changed; empty in earlier entries."""
    answers: Mapping[str, str] = {}
    """Teach-back: answer by question."""
    other: tuple[LongText, ...] = ()
    """Questions with the answer given, where it does not fit the sheet."""
    understood: StrictBool | None = None


class Consent(Content):
    """What the person agreed to, in the words that they saw."""

    to: Annotated[LongText, Field(min_length=1)]
    given: StrictBool
    """False: refused, or withdrawn."""
    by: Text
    """Who signed: the person, or who stands in for them."""


class FiledDocument(Content):
    """A file."""

    name: Text
    media_type: Literal["application/pdf", "image/png", "image/jpeg", "text/plain", "text/html", "application/json"]
    base64: Annotated[str, Field(max_length=14_000_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
    about: LongText = ""


class Voided(Content):
    """That an entry was written down in error: it stays, and counts no more."""

    reason: Annotated[LongText, Field(min_length=1)]
    was: Session | AdverseEvent
    """The entry as it stood, to the letter."""


CONTENTS: Mapping[str, type[Content]] = {
    "identity": Identity,
    "case": CaseDraft,
    "plan": PlanVersion,
    "signature": Signature,
    "session": Session,
    "response": Response,
    "day": DayNote,
    "review": ReviewCard,
    "decision": Decision,
    "event": AdverseEvent,
    "task": TaskText,
    "education": EducationRead,
    "consent": Consent,
    "document": FiledDocument,
    "voided": Voided,
}
"""The shape of each kind, by its name in the tables."""
