"""A course from a plan file and a diary: ids that stay, what was given and felt, and nobody else's."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from nervelight.errors import InvalidInput
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import ClinicianDecision, review_course
from nervelight.record.contents import AdverseEvent, DayNote, Response, Session
from nervelight.record.dossier import dossier_of_plan

DIARY = Path(__file__).resolve().parents[3] / "examples/diaries/responder.csv"
ON = dt.date(2026, 11, 2)


def diary_of(plan, **day) -> Diary:
    shown = DiaryDay(row="row 2", date=dt.date(2026, 8, 3), **day)
    return Diary(patient=plan.case["patient"]["label"], days=(shown,))


def test_each_thing_that_was_written_is_there_once(plan):
    diary = read_diary(DIARY, today=ON)
    made = dossier_of_plan(plan, diary, today=ON)
    assert len(made.of(Session)) == sum(day.session is not None for day in diary.days) == 11
    scores = sum(len(day.scores) + (day.walked is not None) for day in diary.days)
    assert len(made.of(Response)) == scores
    assert len({each.id for each in made.entries}) == len(made.entries)


def test_the_same_files_give_the_same_ids_and_another_name_gives_others(plan):
    diary = read_diary(DIARY, today=ON)
    first, again = (dossier_of_plan(plan, diary, today=ON) for _ in range(2))
    assert first == again
    other = plan.model_copy(update={"case": {**plan.case, "patient": {**plan.case["patient"], "label": "Example B"}}})
    assert not {dossier_of_plan(other).patient_id, dossier_of_plan(other).course_id} & {
        first.patient_id,
        first.course_id,
    }


def test_with_a_key_the_ids_stay_and_nobody_finds_them_by_trying_names(plan):
    first, again, other, none = (
        dossier_of_plan(plan, today=ON, id_key=key) for key in (b"a secret of ours", b"a secret of ours", b"b", b"")
    )
    assert first == again
    assert len({each.patient_id for each in (first, other, none)}) == 3
    assert len({each.course_id for each in (first, other, none)}) == 3


def test_a_time_for_every_field_is_the_time_of_each_and_a_walk_is_in_metres(plan):
    session = DeliveredSession(fields=None, time=105.0, distance=305.0, lamp="bestqool_pro300", skin="fine")
    made = dossier_of_plan(plan, diary_of(plan, session=session, walked=412_000.0))
    assert made.of(Session)[0].content.seconds == {"left sole": 105.0, "right sole": 105.0}
    assert made.of(Response)[0].content.score == 412.0


def test_what_was_unwanted_and_what_changed_is_kept_in_words(plan):
    made = dossier_of_plan(
        plan, diary_of(plan, event="blister", red_flags=("burn",), other_treatment="less duloxetine")
    )
    assert made.of(AdverseEvent)[0].content.what == "blister"
    assert made.of(AdverseEvent)[0].content.seriousness == "not graded"
    assert made.of(DayNote)[0].content.other_treatment == "less duloxetine"


def test_a_decided_card_brings_its_decision(plan):
    diary = read_diary(DIARY, today=ON)
    decided = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="as proposed", date=ON)
    card = review_course(plan, diary, clinician=decided)
    made = dossier_of_plan(plan, diary, [card])
    assert made.review is not None
    assert made.review.to_json() == card.to_json()
    assert made.decision is not None
    assert made.decision.content.by == "Dr B"


def test_a_diary_of_somebody_else_is_refused(plan):
    diary = diary_of(plan, scores={"nrs11": 5.0}).model_copy(update={"patient": "Somebody Else"})
    with pytest.raises(InvalidInput, match="Somebody Else"):
        dossier_of_plan(plan, diary)


def test_a_course_from_files_needs_no_database():
    code = "import sys, nervelight.record.dossier; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
