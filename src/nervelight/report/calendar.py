"""A course as a calendar (iCalendar, RFC 5545): sessions, reviews, days on which forms fall due, tasks of the person.

What a later export says replaces what an earlier one said, since each event keeps its name (UID). Sessions are counted
through the course: a new version of the plan moves those that lie ahead of it and takes back those that it no longer
has; what lay before it stays. A day is a day wherever the calendar is read. Only sessions may have a time of day, and
then it is the local time of one zone, whose changes the file carries along.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from nervelight.assessment import instrument
from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.planning import Plan, require_signable
from nervelight.planning.words import duration
from nervelight.record.contents import TaskText
from nervelight.record.dossier import Dossier, PlanKept
from nervelight.record.due import DAILY, questions_ahead

if TYPE_CHECKING:
    from icalendar import Alarm, Event

__all__ = ["CalendarWords", "calendar_of"]

PRODUCT = "-//Nervelight//Nervelight//EN"
# Counts of seconds since then fit the integers of RFC 5545 until 2088.
SEQUENCE_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
# Nobody's calendar shows a meeting of a minute [s].
STEP_S = 300
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class CalendarWords:
    """What the events are called; nothing here says what is treated."""

    calendar: str = "Light sessions"
    session: str = "Light session"
    review: str = "Review with your clinic"
    questions: str = "Questions to answer"
    daily: str = "A question for today"
    task: str = "Something to do for your clinic"
    number: str = "{name} {number} of {total}"
    proposal: str = "A proposal: no clinician has signed it."
    not_if: str = "Not while your clinic has stopped or paused the light."
    paused: str = "Light is paused: none until your clinic has spoken with you."


@dataclass(frozen=True)
class _Event:
    uid: str
    day: dt.date
    name: str
    told: tuple[str, ...] = ()
    holds: bool = True
    timed: bool = False
    days: int = 1
    """On how many days in a row it comes again."""


def calendar_of(
    dossier: Dossier,
    *,
    at: dt.time | None = None,
    zone: str | None = None,
    remind_minutes: int | None = None,
    detailed: bool = False,
    words: CalendarWords | None = None,
    stamp: dt.datetime | None = None,
) -> bytes:
    """Return a course as a calendar that can be imported, and imported again to bring it up to date.

    Parameters
    ----------
    dossier : Dossier
    at : time, optional
        Local time of each session; without it sessions are of a day and of no hour. A time that the clocks leave out on
        a day is written as what they show instead (02:30 becomes 03:30); one that comes twice is the first.
    zone : str, optional
        IANA name of the zone of `at`, such as ``Europe/Berlin``; the clinic's when absent.
    remind_minutes : int, optional
        Minutes before a session at which to remind; none when absent. Needs `at`.
    detailed : bool
        Whether to write fields, times, forms and words of tasks into the events. Calendars are seen by others.
    words : CalendarWords, optional
        English when absent.
    stamp : datetime, optional
        When it was made, with its zone; now when absent. A later one counts more.

    Returns
    -------
    bytes
        UTF-8, lines of at most 75 octets.

    Raises
    ------
    BlockedPlan
        If the plan is blocked: no session of it may be given.
    InvalidInput
        If the plan has no sessions, or `zone` or `remind_minutes` stands without `at`.
    UnknownName
        If there is no such zone.
    """
    where = _zone(dossier, at, zone, remind_minutes)
    require_signable(dossier.plan)
    if dossier.plan.schedule is None:
        raise InvalidInput("calendar", [Fault("plan.schedule", None, "a plan with sessions")])
    said = words or CalendarWords()
    events = list(_events(dossier, said, detailed))
    return _written(dossier, events, at, where, remind_minutes, said, stamp or dt.datetime.now(dt.UTC))


def _zone(dossier: Dossier, at: dt.time | None, zone: str | None, remind: int | None) -> ZoneInfo | None:
    faults = []
    if at is None:
        faults += [Fault("zone", zone, "a time of day with it")] if zone else []
        faults += [Fault("remind", remind, "a time of day with it")] if remind is not None else []
    elif not (zone or dossier.clinic.time_zone):
        faults.append(Fault("zone", None, "the time zone of the time of day, such as Europe/Berlin"))
    if remind is not None and not 0 <= remind <= 1440:
        faults.append(Fault("remind", remind, "0 to 1440 minutes"))
    if faults:
        raise InvalidInput("calendar", faults)
    if at is None:
        return None
    name = zone or dossier.clinic.time_zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownName("time zone", name, sorted(available_timezones())) from None


def _uid(dossier: Dossier, *parts: str) -> str:
    return str(uuid.uuid5(uuid.UUID(dossier.course_id), "/".join(("calendar", *parts))))


def _versions(dossier: Dossier) -> Sequence[PlanKept]:
    return [each for each in dossier.plans if each.number <= dossier.current.number]


def _numbered(
    dossier: Dossier, days_of: Callable[[Plan], Sequence[dt.date]]
) -> tuple[dict[int, tuple[dt.date, PlanKept, int]], dict[int, dt.date]]:
    """Return what holds by its number in the course (day, version, place in it), and what fell away."""
    holds: dict[int, tuple[dt.date, PlanKept, int]] = {}
    seen: dict[int, dt.date] = {}
    for kept in _versions(dossier):
        days = days_of(kept.plan)
        begin = min((kept.since, *days[:1]))
        # What was followed before this version came stays as it was.
        holds = {number: row for number, row in holds.items() if row[0] < begin and row[1].signature is not None}
        holds |= {len(holds) + place + 1: (day, kept, place) for place, day in enumerate(days)}
        seen |= {number: row[0] for number, row in holds.items()}
    return holds, {number: day for number, day in seen.items() if number not in holds}


def _session_days(plan: Plan) -> list[dt.date]:
    return [each.date for each in plan.schedule.sessions] if plan.schedule else []


def _form_days(plan: Plan) -> list[dt.date]:
    return [day for day, due in questions_ahead(plan) if any(each.instrument != DAILY for each in due)]


def _events(dossier: Dossier, words: CalendarWords, detailed: bool) -> Iterator[_Event]:
    not_if = words.not_if if dossier.paused is None else words.paused
    note = (not_if,) if dossier.current.signature is not None else (not_if, words.proposal)
    holds, fell_away = _numbered(dossier, _session_days)
    for number, (day, kept, _) in holds.items():
        name, told = words.session, note
        if detailed:
            name = words.number.format(name=words.session, number=number, total=len(holds))
            told = (*_light(kept.plan), *note)
        yield _Event(_uid(dossier, "session", f"{number}"), day, name, told, dossier.has_light(day), timed=True)
    for number, day in fell_away.items():
        yield _Event(_uid(dossier, "session", f"{number}"), day, words.session, holds=False, timed=True)
    gates = dossier.plan.schedule.gates if dossier.plan.schedule else ()
    for gate in gates:
        asked = (gate.label, gate.question) if detailed else ()
        yield _Event(_uid(dossier, "gate", gate.id), gate.date, words.review, asked, not dossier.is_over(gate.date))
    yield from _forms(dossier, words, detailed)
    for task in dossier.of(TaskText):
        if task.content.owner == "patient":
            text = (task.content.text,) if detailed else ()
            is_open = task.content.state == "open"
            yield _Event(_uid(dossier, "task", task.id), task.content.due, words.task, text, is_open)


def _light(plan: Plan) -> tuple[str, ...]:
    prescribed = plan.prescription
    if prescribed is None:
        return ()
    return tuple(f"{name}: {duration(prescribed.time_per_field_s)}" for name in prescribed.fields)


def _forms(dossier: Dossier, words: CalendarWords, detailed: bool) -> Iterator[_Event]:
    holds, fell_away = _numbered(dossier, _form_days)
    ahead = {kept.id: questions_ahead(kept.plan) for _, kept, _ in holds.values()}
    for number, (day, kept, _) in holds.items():
        due = next(due for on, due in ahead[kept.id] if on == day)
        told = tuple(instrument(each.instrument).name for each in due if each.instrument != DAILY) if detailed else ()
        yield _Event(_uid(dossier, "questions", f"{number}"), day, words.questions, told, not dossier.is_over(day))
    for number, day in fell_away.items():
        yield _Event(_uid(dossier, "questions", f"{number}"), day, words.questions, holds=False)
    daily = [
        day for day, due in questions_ahead(dossier.plan) if any(each.instrument == DAILY for each in due)
    ]  # fmt: skip
    asked = [day for day in daily if not dossier.is_over(day)]
    told = (instrument(DAILY).name,) if detailed else ()
    if daily:
        # A series without a day is none: where nothing of it is left, all of it is taken back.
        days = asked or daily
        yield _Event(_uid(dossier, "daily"), days[0], words.daily, told, bool(asked), days=len(days))


def _written(
    dossier: Dossier,
    events: Sequence[_Event],
    at: dt.time | None,
    zone: ZoneInfo | None,
    remind: int | None,
    words: CalendarWords,
    stamp: dt.datetime,
) -> bytes:
    from icalendar import Calendar, Timezone

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", words.calendar)
    if dossier.synthetic:
        made.add("x-wr-caldesc", dossier.synthetic)
    if zone is not None:
        years = [each.day.year for each in events if each.timed]
        # Whole years: some calendars want to see both summer and winter time.
        ends = dt.date(min(years) - 1, 12, 31), dt.date(max(years) + 1, 1, 2)
        made.add_component(Timezone.from_tzid(zone.key, first_date=ends[0], last_date=ends[1]))
    signed = dossier.current.signature is not None
    prescribed = dossier.plan.prescription
    light_s = prescribed.session_time_s if prescribed is not None else 0
    lasts = dt.timedelta(seconds=STEP_S * max(1, math.ceil(light_s / STEP_S)))
    for each in sorted(events, key=lambda event: (event.day, event.uid)):
        component = _component(each, dossier.synthetic, signed, stamp)
        if each.timed and at is not None and zone is not None:
            component.add("dtstart", _local(each.day, at, zone))
            # An end by the clock would come before the beginning where the clocks go back in between.
            component.add("duration", lasts)
            component.add("transp", "OPAQUE")
            if remind is not None and each.holds:
                component.add_component(_alarm(each.name, remind))
        else:
            component.add("dtstart", each.day)
            component.add("dtend", each.day + DAY)
            component.add("transp", "TRANSPARENT")
            if each.days > 1:
                component.add("rrule", {"freq": "daily", "count": each.days})
        made.add_component(component)
    return bytes(made.to_ical())


def _local(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    # By way of UTC a time that the clocks leave out becomes what they show; `fold` 0 is the first of two.
    return dt.datetime.combine(day, at.replace(fold=0), zone).astimezone(dt.UTC).astimezone(zone)


def _component(event: _Event, synthetic: str, signed: bool, stamp: dt.datetime) -> Event:
    from icalendar import Event

    made = Event()
    made.add("uid", event.uid)
    made.add("summary", event.name)
    told = "\n".join(filter(None, (*event.told, synthetic)))
    if told:
        made.add("description", told)
    made.add("status", "CANCELLED" if not event.holds else "CONFIRMED" if signed else "TENTATIVE")
    made.add("class", "PRIVATE")
    made.add("sequence", int((stamp - SEQUENCE_FROM).total_seconds()))
    for name in ("dtstamp", "last-modified"):
        made.add(name, stamp.astimezone(dt.UTC).replace(microsecond=0))
    return made


def _alarm(name: str, minutes: int) -> Alarm:
    from icalendar import Alarm

    made = Alarm()
    made.add("action", "DISPLAY")
    made.add("description", name)
    made.add("trigger", -dt.timedelta(minutes=minutes))
    return made
