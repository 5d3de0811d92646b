"""Whether light is paused or given up: the two rules that pages and documents share."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from nervelight.planning.diary import Diary, DiaryDay
from nervelight.record.contents import AdverseEvent, Decision, Signature
from nervelight.record.dossier import Kept, PlanKept, dossier_of_plan
from nervelight.record.pausing import CHANGING, STOPPING, Pause, given_up, pause_of

DAYS = [dt.date(2026, 8, 3) + dt.timedelta(days=step) for step in range(8)]


def told(day: int, what: str = "blister", flag: str = "skin_or_eye_injury") -> tuple[dt.date, AdverseEvent]:
    flags = (flag,) if flag else ()
    return DAYS[day], AdverseEvent(
        what=what, red_flags=flags, seriousness="not graded", related="unknown", told_by="patient"
    )


def test_what_stops_light_are_red_flags_that_cannot_wait():
    assert "skin_or_eye_injury" in STOPPING
    assert "pain_rising" not in STOPPING


@pytest.mark.parametrize(
    ("events", "unanswered", "expected"),
    [
        ([], [0], None),
        ([told(2)], [], None),
        ([told(2)], [2], Pause(DAYS[2], "blister")),
        # A task from before is about something else; one that no red flag made holds light back all the same.
        ([told(2)], [1], None),
        ([told(2)], [5], Pause(DAYS[5], "blister")),
        ([told(2, flag="")], [2], None),
        ([told(2, flag="pain_rising")], [2], None),
        # What was answered since is not what is waited for.
        ([told(1, "first"), told(4, "second")], [4], Pause(DAYS[4], "second")),
        ([told(1, "first"), told(4, "second")], [4, 1], Pause(DAYS[1], "first")),
    ],
)
def test_light_is_paused_from_the_event_that_nobody_has_answered(events, unanswered, expected):
    assert pause_of(events, [(DAYS[each], None) for each in unanswered]) == expected


def test_what_was_answered_is_not_told_as_what_is_waited_for():
    answered, same, other = told(1), told(3), told(6, "pain rises", "pain_rising")
    assert pause_of([answered, same, other], [(DAYS[4], same[1])]) == Pause(DAYS[3], "blister")
    assert pause_of([answered, other], [other]) == Pause(DAYS[6], "pain rises")


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ([], None),
        (["continue"], None),
        (["continue", "stop"], 1),
        (["stop", "refer"], 0),
        (["stop", "continue"], None),
        (["adjust once", "mend first", "stop"], 2),
        # A proposal that was rejected changes nothing, also not what was decided before.
        (["stop", None], 0),
        ([None], None),
    ],
)
def test_a_plan_is_given_up_from_the_first_decision_that_no_later_one_takes_back(decided, expected):
    found = given_up(zip(DAYS, decided, strict=False))
    assert found == (None if expected is None else DAYS[expected])


def test_a_version_signed_on_the_day_of_the_decision_that_asked_for_it_is_followed(plan):
    noon = dt.datetime(2026, 8, 10, 12, tzinfo=dt.UTC)
    read = Signature(plan="p1", sha256="0" * 64, by="Dr B", statement="read")
    signed = Kept("s", "s", noon.date(), read, recorded_at=noon)
    made = Decision(review="c", word="edit", decision="adjust once", by="Dr B", reason="less light")

    def course(hour: int):
        decided = Kept("d", "d", noon.date(), made, recorded_at=noon.replace(hour=hour))
        kept = PlanKept("p1", 1, "0" * 64, noon.date(), plan, signed)
        return replace(dossier_of_plan(plan), plans=(kept,), in_force="p1", state="signed", entries=(decided,))

    assert course(11).over_since is None
    assert course(13).over_since == noon.date()
    assert CHANGING[0] == made.decision


def test_what_a_diary_tells_pauses_light_until_a_decision_from_then_on(plan):
    label = plan.case["patient"]["label"]
    day = DiaryDay(row="row 2", date=DAYS[1], event="blister", red_flags=("skin_or_eye_injury",))
    made = dossier_of_plan(plan, Diary(patient=label, days=(day,)))
    assert made.paused == Pause(DAYS[1], "blister")
    assert "paused since" in made.held_back[0]
    assert [made.has_light(each) for each in DAYS[:3]] == [True, False, False]
