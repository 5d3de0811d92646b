"""A made-up course with an entry of every kind, without a database."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

from nervelight.planning import Plan
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import review_course
from nervelight.record.contents import (
    AdverseEvent,
    Consent,
    Content,
    DayNote,
    Decision,
    EducationRead,
    FiledDocument,
    Response,
    ReviewCard,
    Session,
    Signature,
    TaskText,
    Voided,
)
from nervelight.record.dossier import Author, Dossier, Kept, dossier_of_plan

__all__ = ["DOCTOR", "PATIENT", "PDF", "course_of_every_kind", "kept", "session_of"]

DIARY = Path(__file__).resolve().parents[1] / "examples/diaries/responder.csv"
ON = dt.date(2026, 11, 2)
DOCTOR, PATIENT = Author("Dr B", "clinician"), Author("", "patient")
PDF = b"%PDF-1.7 a letter"
LETTER = base64.b64encode(PDF).decode()
MARKUP = "<script>alert('x')</script> & \"quotes\""


def kept(id_: str, content: Content, day: dt.date = ON, author: Author | None = DOCTOR, **more: Any) -> Kept[Any]:
    """Return an entry as it stands in a dossier."""
    at = dt.datetime.combine(day, dt.time(18, 30), dt.UTC)
    return Kept(
        **{"id": id_, "version": id_, "day": day, "content": content, "recorded_at": at, "author": author} | more
    )


def session_of(dossier: Dossier, **more: Any) -> Session:
    """Return a session as the plan asks for it."""
    lamp, order = dossier.plan.lamp, dossier.plan.prescription
    assert lamp is not None
    assert order is not None
    given: dict[str, Any] = {
        "plan": dossier.current.id, "lamp": lamp.device, "distance_mm": lamp.distance_mm,
        "seconds": dict.fromkeys(order.fields, order.time_per_field_s), "site_checked": True, "eyes_protected": True,
        "skin": "fine", "before": 7, "after": 6, "where": "home",
    }  # fmt: skip
    return Session(**given | more)


def course_of_every_kind(plan: Plan) -> Dossier:
    """Return a signed course of two versions of a plan, with an entry of every kind."""
    card = review_course(plan, read_diary(DIARY, today=ON), on=ON)
    empty = dossier_of_plan(plan, today=ON)
    second = empty.plans[0]
    first = replace(
        second, id="first-plan", number=1, day=ON - dt.timedelta(days=120), recorded_at=_at(120), author=DOCTOR
    )
    signed = kept("signature", Signature(plan=second.id, sha256=second.sha256, by="Dr B", statement="I have read it."))
    second = replace(second, number=2, signature=signed, recorded_at=_at(110), author=DOCTOR)
    earlier = ON - dt.timedelta(days=1)
    entries = [
        kept("session-1", session_of(empty, plan=second.id), earlier, PATIENT),
        kept("session-2", session_of(empty, plan=second.id, stopped_early=MARKUP, skin="blister", note=MARKUP)),
        kept("session-3", Voided(reason="typed twice", was=session_of(empty, plan=second.id)), earlier, version="s-4"),
        kept("peg-1", Response(instrument="peg", answers=(7, 6, None), score=6.5), author=PATIENT, version="peg-2"),
        kept("phq9", Response(instrument="phq9", answers=(0,) * 9, score=0)),
        kept("mnsi", Response(instrument="mnsi_q", answers=(True, False) * 7 + (None,), score=7)),
        kept("cipn20", Response(instrument="eortc_cipn20", answers=(1,) * 20, score=None)),
        kept("goals", Response(instrument="gas", answers=(0, 1), score=None)),
        kept("uens", Response(instrument="uens", score=12.0)),
        kept("few", Response(instrument="gad7", answers=(None,) * 7, score=None)),
        kept("day", DayNote(other_treatment="duloxetine stopped", note=MARKUP, ends_course=True)),
        kept("card", ReviewCard(review=card.to_json(), plan=second.id), author=None),
        kept("decision", Decision(review="card", word="edit", decision="adjust once", by="Dr B", reason="Once.")),
        kept(
            "event",
            AdverseEvent(
                what=MARKUP, red_flags=("foot_ulcer",), seriousness="serious", related="possible", taken="Stopped.",
                told_by="patient",
            ),
            author=PATIENT,
        ),
        kept("event-2", AdverseEvent(what="warm", seriousness="not graded", related="unknown", told_by="clinician")),
        kept("event-3", AdverseEvent(what="red", seriousness="mild", related="probable", told_by="clinician")),
        kept("task", TaskText(text="Call", why="red flag", sources=("nervelight_rule",), owner="clinician", due=ON)),
        kept("task-2", TaskText(text="Write", owner="patient", due=ON, urgent=True, state="done", outcome="Written.")),
        kept("read", EducationRead(sheet="light", version="ab" * 32, answers={"How long?": "2 min"}, understood=True)),
        kept("consent", Consent(to="My words.", given=True, by=empty.identity.name)),
        kept("consent-2", Consent(to="Other words.", given=False, by="A daughter")),
        kept("letter", FiledDocument(name="letter", media_type="application/pdf", base64=LETTER)),
    ]  # fmt: skip
    return replace(
        empty,
        state="signed",
        in_force=second.id,
        plans=(first, second),
        entries=tuple(sorted(entries, key=lambda each: each.day)),
        synthetic="Made up for a test.",
    )


def _at(days: int) -> dt.datetime:
    return dt.datetime.combine(ON - dt.timedelta(days=days), dt.time(9), dt.UTC)
