"""A course as a calendar: read back by other readers, right across changes of the clocks, brought up to date by UID."""

from __future__ import annotations

import datetime as dt
import io
import itertools
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from nervelight.errors import BlockedPlan, InvalidInput, UnknownName
from nervelight.planning.plan_document import ScheduledSession
from nervelight.planning.schedule import make_schedule
from nervelight.record.contents import DayNote, Decision, Session, Signature, TaskText
from nervelight.record.dossier import Dossier, Kept, PlanKept, dossier_of_plan
from nervelight.record.due import DAILY, questions_ahead, questions_on
from nervelight.record.pausing import Pause
from nervelight.report.calendar import CalendarWords, calendar_of

EVENING = dt.time(20, 0)
BERLIN = "Europe/Berlin"
STAMP = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
# Clocks change in Berlin on 25 October 2026 and 28 March 2027, in New York on 1 November 2026 and 14 March 2027.
ACROSS = dt.date(2026, 10, 12)
GIVEN = Session(
    plan="p1", lamp="l", distance_mm=305, seconds={"left sole": 105.0}, site_checked=True, eyes_protected=True,
    skin="fine", where="home",
)  # fmt: skip
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "America/Santiago", "UTC")


def starting(plan, day: dt.date, sessions: int = 12, **change):
    return plan.model_copy(update={"schedule": make_schedule(day, 3, sessions), **change})


def dossier(*plans, signed: bool = True, state: str = "signed", entries: tuple = (), days: tuple = ()) -> Dossier:
    """A course with these versions of its plan, each signed on the day of its first session."""
    base = dossier_of_plan(plans[0])
    kept = []
    for number, each in enumerate(plans, start=1):
        day = days[number - 1] if days else each.schedule.sessions[0].date
        written = Signature(plan=f"p{number}", sha256="0" * 64, by="Dr B", statement="read")
        signature = Kept(id=f"s{number}", version=f"s{number}", day=day, content=written) if signed else None
        kept.append(PlanKept(f"p{number}", number, "0" * 64, day, each, signature))
    return replace(
        base, plans=tuple(kept), in_force=kept[-1].id if signed else None, state=state, entries=entries
    )  # fmt: skip


def kept(content, day: dt.date, name: str = "e1") -> Kept:
    return Kept(id=name, version=name, day=day, content=content)


def events(data: bytes) -> dict[str, object]:
    return {str(each["uid"]): each for each in Calendar.from_ical(data).walk("VEVENT")}


def called(data: bytes, name: str) -> list:
    return [each for each in events(data).values() if each["summary"] == name]


def sessions(data: bytes) -> list:
    return called(data, CalendarWords().session)


def test_without_a_time_a_session_is_of_a_day_and_of_no_hour(plan):
    made = sessions(calendar_of(dossier(plan), stamp=STAMP))
    assert [each.decoded("dtstart") for each in made] == [each.date for each in plan.schedule.sessions]
    assert not any(isinstance(each.decoded("dtstart"), dt.datetime) for each in made)
    assert b"VTIMEZONE" not in calendar_of(dossier(plan), stamp=STAMP)


def test_eight_in_the_evening_stays_eight_in_the_evening_when_the_clocks_change(plan):
    data = calendar_of(dossier(starting(plan, ACROSS, 90)), at=EVENING, zone=BERLIN, stamp=STAMP)
    starts = [each.decoded("dtstart") for each in sessions(data)]
    assert {each.time() for each in starts} == {EVENING}
    hours = {each.astimezone(dt.UTC).hour for each in starts}
    assert hours == {18, 19}
    turns = [a.date() for a, b in itertools.pairwise(starts) if a.utcoffset() != b.utcoffset()]
    assert turns == [dt.date(2026, 10, 23), dt.date(2027, 3, 26)]


@settings(max_examples=15)
@given(
    zone=st.sampled_from(ZONES),
    start=st.dates(dt.date(2026, 1, 1), dt.date(2031, 1, 1)),
    at=st.times(timezones=st.none()).map(lambda time: time.replace(second=0, microsecond=0, fold=0)),
)
def test_another_reader_of_the_file_alone_finds_the_same_instants(plan, zone, start, at):
    """The rule of RFC 5545, 3.3.5: before the gap's offset, and the first of two."""
    data = calendar_of(dossier(starting(plan, start, 20)), at=at, zone=zone, stamp=STAMP)
    text = data.decode()
    there = tzical(io.StringIO(text.replace("\r\n ", "").replace("\r\n", "\n"))).get(zone)
    days = [each.date for each in make_schedule(start, 3, 20).sessions]
    assert len(sessions(data)) == len(days)
    for day, event in zip(days, sessions(data), strict=True):
        meant = dt.datetime.combine(day, at, ZoneInfo(zone)).astimezone(dt.UTC)
        assert event.decoded("dtstart").astimezone(dt.UTC) == meant
        written = event.decoded("dtstart").replace(tzinfo=None)
        assert written == meant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert written.replace(tzinfo=there).astimezone(dt.UTC) == meant
        assert event.decoded("duration") >= dt.timedelta(minutes=5)


def test_a_time_that_the_clocks_leave_out_or_repeat_follows_the_stated_rule(plan):
    def at_half_past_two(day: dt.date) -> dt.datetime:
        one = plan.schedule.model_copy(update={"sessions": (ScheduledSession(number=1, date=day),)})
        made = calendar_of(
            dossier(plan.model_copy(update={"schedule": one})), at=dt.time(2, 30), zone=BERLIN, stamp=STAMP
        )
        return sessions(made)[0].decoded("dtstart")

    assert at_half_past_two(dt.date(2027, 3, 28)).time() == dt.time(3, 30)
    twice = at_half_past_two(dt.date(2026, 10, 25))
    assert (twice.time(), twice.utcoffset()) == (dt.time(2, 30), dt.timedelta(hours=2))


def test_no_session_ends_before_it_begins_where_the_clocks_go_back_meanwhile(plan):
    last = plan.schedule.model_copy(update={"sessions": (ScheduledSession(number=1, date=dt.date(2026, 10, 25)),)})
    course = dossier(plan.model_copy(update={"schedule": last}))
    (event,) = sessions(calendar_of(course, at=dt.time(2, 58), zone=BERLIN, stamp=STAMP))
    assert "dtend" not in event and event.decoded("duration") == dt.timedelta(minutes=5)


def test_lines_are_as_long_as_the_standard_allows_and_every_event_has_what_it_needs(plan):
    todo = TaskText(text="Ä; b, c\\n " * 40, due=dt.date(2026, 8, 9), owner="patient")
    data = calendar_of(dossier(plan, entries=(kept(todo, todo.due),)), at=EVENING, zone=BERLIN, detailed=True)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")
    made = Calendar.from_ical(data)
    assert (made["version"], made["method"]) == ("2.0", "PUBLISH")
    for event in made.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "STATUS", "SUMMARY", "CLASS"} <= set(event)
    (task,) = called(data, CalendarWords().task)
    assert task["description"] == todo.text


def test_nothing_says_what_is_treated_unless_it_is_asked_for(plan):
    todo = TaskText(text="Call the podiatrist", due=dt.date(2026, 8, 9), owner="patient")
    made = dossier(plan, entries=(kept(todo, todo.due),))
    plain, detailed = (calendar_of(made, detailed=each).decode().replace("\r\n ", "") for each in (False, True))
    for word in ("sole", "pain", "Example A", "podiatrist", "neuropath", "105", "1 min"):
        assert word not in plain.lower()
    assert "left sole: 1 min 45 s" in detailed
    assert "Light session 3 of 12" in detailed
    assert "podiatrist" in detailed


def test_a_second_import_finds_each_event_again_and_counts_more(plan):
    first, later = (events(calendar_of(dossier(plan), stamp=STAMP + dt.timedelta(seconds=ahead))) for ahead in (0, 1))
    assert set(first) == set(later)
    assert all(later[uid]["sequence"] == first[uid]["sequence"] + 1 for uid in first)
    assert all(later[uid].decoded("last-modified") > first[uid].decoded("last-modified") for uid in first)


def test_a_version_signed_before_the_start_moves_the_sessions_and_takes_back_the_rest(plan):
    old, new = starting(plan, dt.date(2026, 8, 3), 12), starting(plan, dt.date(2026, 8, 31), 9)
    days = (dt.date(2026, 7, 20), dt.date(2026, 7, 30))
    before = {each["uid"]: each for each in sessions(calendar_of(dossier(old, days=days[:1])))}
    after = {each["uid"]: each for each in sessions(calendar_of(dossier(old, new, days=days)))}
    assert set(before) == set(after)
    holds = [each.decoded("dtstart") for each in after.values() if each["status"] == "CONFIRMED"]
    assert sorted(holds) == [each.date for each in new.schedule.sessions]
    gone = [each.decoded("dtstart") for each in after.values() if each["status"] == "CANCELLED"]
    assert sorted(gone) == [each.date for each in old.schedule.sessions[9:]]


def test_a_version_signed_on_the_way_leaves_what_was_and_counts_on(plan):
    old, new = starting(plan, dt.date(2026, 8, 3), 12), starting(plan, dt.date(2026, 8, 19), 12)
    made = sessions(calendar_of(dossier(old, new)))
    kept_days = [each.date for each in old.schedule.sessions if each.date < dt.date(2026, 8, 19)]
    assert [each.decoded("dtstart") for each in made] == kept_days + [each.date for each in new.schedule.sessions]
    assert {str(each["status"]) for each in made} == {"CONFIRMED"}
    uids = [each["uid"] for each in sessions(calendar_of(dossier(old)))]
    assert [each["uid"] for each in made][: len(uids)] == uids


def test_a_version_that_nobody_has_signed_changes_nothing(plan):
    old, draft = starting(plan, dt.date(2026, 8, 3), 12), starting(plan, dt.date(2026, 8, 31), 9)
    made = dossier(old, draft)
    unsigned = replace(made.plans[1], signature=None)
    waiting = replace(made, plans=(made.plans[0], unsigned), in_force=made.plans[0].id)
    assert calendar_of(waiting, stamp=STAMP) == calendar_of(dossier(old), stamp=STAMP)


@settings(max_examples=15)
@given(
    first=st.integers(1, 30), second=st.integers(1, 30), apart=st.integers(0, 60), signed=st.integers(-20, 60)
)  # fmt: skip
def test_no_session_that_was_announced_stays_where_it_is_no_longer_planned(plan, first, second, apart, signed):
    day = dt.date(2026, 8, 3)
    old, new = starting(plan, day, first), starting(plan, day + dt.timedelta(days=apart), second)
    days = (day - dt.timedelta(days=30), day + dt.timedelta(days=signed))
    before, after = (
        {each["uid"]: each for each in sessions(calendar_of(dossier(*plans, days=days), stamp=STAMP))}
        for plans in ((old,), (old, new))
    )
    assert set(before) <= set(after)
    holds = sorted(each.decoded("dtstart") for each in after.values() if each["status"] != "CANCELLED")
    begin = min(days[1], new.schedule.sessions[0].date)
    was = [each.date for each in old.schedule.sessions if each.date < begin]
    assert holds == was + [each.date for each in new.schedule.sessions]


@pytest.mark.parametrize("how", ["ended", "stop", "adjust once"])
def test_what_lies_after_the_end_or_after_a_stop_is_taken_back(plan, how):
    on = dt.date(2026, 8, 14)
    if how == "ended":
        made = dossier(plan, state="ended", entries=(kept(DayNote(note="moved away", ends_course=True), on),))
    else:
        said = Decision(review="c", word="edit", decision=how, by="Dr B", reason="skin")
        made = dossier(plan, entries=(kept(said, on),))
    for event in events(calendar_of(made)).values():
        if event["summary"] != CalendarWords().daily:
            assert (event["status"] == "CANCELLED") == (event.decoded("dtstart") > on)


def test_a_pause_takes_back_the_sessions_that_nobody_gave_and_a_later_export_brings_them_again(plan):
    days = [each.date for each in plan.schedule.sessions]
    made = dossier(plan, entries=(kept(GIVEN, days[3]),))
    paused = replace(made, paused=Pause(days[3], "blister"))
    asked = {"stamp": STAMP, "at": EVENING, "zone": BERLIN, "remind_minutes": 5}
    before, later = (calendar_of(each, **asked) for each in (made, paused))
    status = [str(each["status"]) for each in sessions(later)]
    assert status == ["CONFIRMED"] * 4 + ["CANCELLED"] * (len(days) - 4)
    assert [len(each.walk("VALARM")) for each in sessions(later)] == [1] * 4 + [0] * (len(days) - 4)
    assert "blister" not in later.decode()
    assert CalendarWords().paused in sessions(later)[-1]["description"]
    # Reviews and questions go on, under the same names.
    assert [each["status"] for each in called(later, CalendarWords().review)] == ["CONFIRMED"] * 3
    assert set(events(before)) == set(events(later))
    again = sessions(calendar_of(made, stamp=STAMP + dt.timedelta(days=2)))
    assert {str(each["status"]) for each in again} == {"CONFIRMED"}
    assert all(a["sequence"] > b["sequence"] for a, b in zip(again, sessions(later), strict=True))


def test_the_question_of_every_day_ends_with_the_course(plan):
    on = dt.date(2026, 8, 14)
    whole, ended = (
        called(calendar_of(each), CalendarWords().daily)[0]
        for each in (
            dossier(plan),
            dossier(plan, state="ended", entries=(kept(DayNote(ends_course=True), on),)),
        )
    )
    days = [
        list(
            rrulestr(each["rrule"].to_ical().decode(), dtstart=dt.datetime.combine(each.decoded("dtstart"), dt.time()))
        )
        for each in (whole, ended)
    ]
    assert [day.date() for day in days[0]] == [
        day for day, due in questions_ahead(plan) if DAILY in [each.instrument for each in due]
    ]
    assert days[1][-1].date() == on


def test_an_unsigned_plan_is_a_proposal_and_a_made_up_person_is_said_to_be_one(plan):
    made = replace(dossier(plan, signed=False, state="planned"), synthetic="Made up for a demonstration.")
    for event in events(calendar_of(made)).values():
        assert event["status"] == "TENTATIVE"
        assert "Made up" in event["description"]
    assert CalendarWords().proposal in sessions(calendar_of(made))[0]["description"]


def test_forms_fall_due_by_the_rule_of_the_record(plan):
    answered: dict[str, list[dt.date]] = {}
    for day, due in questions_ahead(plan):
        assert questions_on(plan, day, answered) == due
        for each in due:
            answered.setdefault(each.instrument, []).append(day)
    assert len(answered[DAILY]) == max(answered[DAILY]).toordinal() - min(answered[DAILY]).toordinal() + 1
    assert len(answered["pgic"]) == 3
    gaps = {(b - a).days for a, b in zip(answered["peg"], answered["peg"][1:], strict=False)}
    assert gaps <= set(range(1, 15))
    forms = called(calendar_of(dossier(plan)), CalendarWords().questions)
    assert [each.decoded("dtstart") for each in forms] == sorted(
        {day for name, days in answered.items() if name != DAILY for day in days}
    )


def test_a_task_of_the_patient_is_there_until_it_is_done_and_one_of_the_clinic_never(plan):
    def with_task(**change):
        text = TaskText(text="Buy goggles", due=dt.date(2026, 8, 1), owner="patient").model_copy(update=change)
        return called(calendar_of(dossier(plan, entries=(kept(text, text.due, "t1"),))), CalendarWords().task)

    (todo,), (done,) = with_task(), with_task(state="done")
    assert (todo["uid"], todo["status"], done["status"]) == (done["uid"], "CONFIRMED", "CANCELLED")
    assert with_task(owner="clinician") == []


def test_a_reminder_stands_before_each_session_that_is_to_come(plan):
    data = calendar_of(dossier(plan), at=EVENING, zone=BERLIN, remind_minutes=15)
    alarms = [each.walk("VALARM")[0] for each in sessions(data)]
    assert {each.decoded("trigger") for each in alarms} == {-dt.timedelta(minutes=15)}


def test_what_cannot_be_a_calendar_is_refused_with_the_reason(plan):
    made = dossier(plan)
    with pytest.raises(InvalidInput, match="zone"):
        calendar_of(made, at=EVENING)
    with pytest.raises(InvalidInput) as problem:
        calendar_of(made, zone=BERLIN, remind_minutes=5)
    assert [fault.path for fault in problem.value.faults] == ["zone", "remind"]
    with pytest.raises(InvalidInput, match="1440"):
        calendar_of(made, at=EVENING, zone=BERLIN, remind_minutes=-1)
    with pytest.raises(UnknownName, match="did you mean 'Europe/Berlin'"):
        calendar_of(made, at=EVENING, zone="Europe/Berln")
    for zone in ("../etc/passwd", "/etc/passwd", "Europe"):
        with pytest.raises(UnknownName):
            calendar_of(made, at=EVENING, zone=zone)
    with pytest.raises(InvalidInput, match="with sessions"):
        calendar_of(dossier_of_plan(plan.model_copy(update={"schedule": None, "prescription": None})))
    blocked = plan.findings[0].model_copy(update={"level": "block"})
    with pytest.raises(BlockedPlan):
        calendar_of(dossier(plan.model_copy(update={"findings": (blocked,)})))
