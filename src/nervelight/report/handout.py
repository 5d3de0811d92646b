"""What a patient takes home: how to do a session, on which days, what to watch for, when to call, how sure it is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator

from nervelight.assessment import Urgency, red_flags
from nervelight.evidence import claim
from nervelight.planning.plan_document import Plan
from nervelight.record.dossier import Dossier
from nervelight.report.pdf import Paper, Part, frame_of, heading, is_draft, lines, pdf_of, table, words
from nervelight.report.words import count, day, distance, duration, joined, short_day

__all__ = ["handout_pdf"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
AT_ONCE: tuple[Urgency, ...] = ("emergency-now",)
TODAY: tuple[Urgency, ...] = ("urgent", "same-day", "stop-and-report", "1-working-day")
BOX = "☐"


def handout_pdf(dossier: Dossier, *, paper: Paper = "a4") -> bytes:
    """Return the sheet for the patient, in plain words.

    Parameters
    ----------
    dossier : Dossier
    paper : str
        ``a4`` or ``us-letter``.

    Returns
    -------
    bytes
        PDF/UA-1. For a plan that is blocked, or prescribes nothing, it says so and gives no steps.
    """
    title = "Your light sessions" if _is_given(dossier.plan) else "No light sessions for now"
    frame = frame_of(dossier, title, about="Sheet for the patient", paper=paper)
    return pdf_of("handout.typ", {**frame, "parts": list(_parts(dossier))}, today=dossier.today)


def _is_given(plan: Plan) -> bool:
    return plan.prescription is not None and not plan.blocked


def _parts(dossier: Dossier) -> Iterator[Part]:
    plan = dossier.plan
    yield words(f"This sheet is for {dossier.identity.name}.")
    if not _is_given(plan):
        yield words("Do not use the lamp on this plan. Your clinic will talk with you about what comes next.", "big")
    else:
        if is_draft(dossier):
            told = "Your clinic has not signed this plan yet. Do not start before they tell you."
            yield words(told, "big")
        yield from _steps(plan)
        yield from _days(plan)
        yield from _watch(plan)
    yield from _call(dossier)
    yield from _sure(plan)


def _steps(plan: Plan) -> Iterator[Part]:
    order, lamp = plan.prescription, plan.lamp
    assert order is not None
    time = duration(order.time_per_field_s)
    yield heading(f"Each session: {time} on each place")
    steps = ["Look at the skin. Is there a sore, a wound, a blister or a burn? Then use no light. Call your clinic."]
    steps.append(_EYES[str(plan.case["safety"]["eyes"])])
    if lamp is not None:
        where = f"at {distance(lamp.distance_mm)} from your skin. Measure it" if lamp.distance_mm else "on your skin"
        steps.append(f"Put the lamp ({lamp.label}) {where}.")
    steps.append(f"Set a kitchen clock to {time}. Turn the lamp on.")
    steps.append("When the clock rings, turn the lamp off.")
    if len(order.fields) > 1:
        steps.append(f"Do the same on each place: {joined(order.fields)}.")
    steps.append("Look at the skin again. Write down the time, the skin, and your pain from 0 to 10.")
    yield lines(steps, "steps")
    yield words("Do not add time. More light is not better. If you miss a day, go on with the next day in your plan.")


_EYES = {
    "goggles": "Put your goggles on. All who are near you need them too. You cannot see all of this light.",
    "shielding": "Check that the shield is in place. Do not look at the lamp.",
    "none": "Do not look at the lamp. Ask your clinic about goggles.",
}


def _days(plan: Plan) -> Iterator[Part]:
    if plan.schedule is None:
        return
    sessions = {session.date: session.number for session in plan.schedule.sessions}
    first, last = min(sessions), max(sessions)
    yield heading(f"Your {count(len(sessions), 'day')} with light: {day(first)} to {day(last)}")
    rows = []
    monday = first - dt.timedelta(days=first.weekday())
    while monday <= last:
        week = [monday + dt.timedelta(days=step) for step in range(7)]
        cells = [f"{BOX} {date.day} {short_day(date).split()[1]}" if date in sessions else "" for date in week]
        rows.append((short_day(monday), *cells))
        monday += dt.timedelta(days=7)
    yield table(f"Tick the box ({BOX}) after each session", ("Week of", *WEEKDAYS), rows, (1,) * 8)
    gates = joined([day(gate.date) for gate in sorted(plan.schedule.gates, key=lambda gate: gate.date)])
    if gates:
        yield words(f"On {gates} you and your clinic look at how it went. Then you go on, change it, or stop.")


def _watch(plan: Plan) -> Iterator[Part]:
    safety, condition = plan.case["safety"], str(plan.case["diagnosis"]["condition"])
    yield heading("What to watch for")
    told = []
    if safety["sensation"] in ("reduced", "absent"):
        told.append("You may not feel heat there. So let the clock tell you when to stop, not the heat.")
        told.append("Can you not see the skin well? Ask someone to look, or use a mirror.")
    else:
        told.append("Stop if your skin feels hot.")
    if safety["perfusion"] == "impaired":
        told.append("Your blood flow there is weak. Your skin can burn sooner. Look at it with care.")
    if condition == "diabetic_polyneuropathy":
        told.append("Look at both feet each day, with or without light.")
    told.append("Do you take a new drug? Ask your clinic before the next session. Some drugs make skin react to light.")
    told.append("Do not stop or change your other treatment because of the light. Ask your doctor first.")
    told.append("Write down what is bad as well as what is good. Both help to decide what comes next.")
    yield lines(told)


def _call(dossier: Dossier) -> Iterator[Part]:
    clinic = dossier.clinic
    urgent = clinic.emergency_number
    yield heading(f"When to call {urgent} at once")
    yield words("If you say yes to one of these:")
    yield lines(_questions(AT_ONCE))
    phone = clinic.phone or "________________ (ask for the number and write it here)"
    yield heading("When to stop the light and call your clinic today")
    yield words(phone, lead=f"{clinic.name}:")
    yield lines(_questions(TODAY))
    yield words(f"If no one answers and it gets worse, call {urgent}.")


def _questions(urgencies: Collection[Urgency]) -> list[str]:
    """Return what to ask oneself, without what stands in brackets for doctors."""
    return [re.sub(r" \([^)]*\)", "", flag.question) for flag in red_flags() if flag.urgency in urgencies]


def _sure(plan: Plan) -> Iterator[Part]:
    yield heading("How sure is this?")
    told = ["It is not proven that this light helps more than a dummy lamp.", claim("placebo_relief").may_say]
    told.append("So if you feel better, it may be the light, or it may not. Your numbers show how you feel, not why.")
    if _is_given(plan):
        told.append("You may notice no change at all. That is not your fault. If it has not helped by the end, stop.")
    yield lines(told)
