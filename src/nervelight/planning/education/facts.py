"""What a plan, or the lack of one, puts into the sentences of the sheets: facts that they depend on, and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from nervelight.errors import UnknownName
from nervelight.evidence import Condition, certainty_of, condition_info
from nervelight.optics import device
from nervelight.planning.education.texts import LampType, Language, texts
from nervelight.planning.plan_document import Plan
from nervelight.planning.words import day, duration, joined

__all__ = ["Contacts", "day_said", "facts_of", "lamp_type_of", "words_of"]

_MONTHS_DE = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip


# Never used by the person who is treated (auva_laser_classes).
_OF_STAFF: LampType = "laser_class4"


@dataclass(frozen=True)
class Contacts:
    """Whom to call.

    Parameters
    ----------
    emergency : str
        Number; empty where it is not known.
    clinic : str
        Telephone number of the clinic; empty where it is not known.
    hours : str
        When somebody answers it.
    """

    emergency: str = ""
    clinic: str = ""
    hours: str = ""


def facts_of(condition: Condition, plan: Plan | None, lamp_type: str | None = None) -> Mapping[str, str]:
    """Return what sentences may depend on."""
    info = condition_info(condition)
    treatable = info.painful and info.lesion == "peripheral"
    facts: dict[str, str] = {
        "plan": "none" if treatable else "never",
        "condition": condition,
        "painful": "yes" if info.painful else "no",
        "sensation": "unknown",
        "perfusion": "unknown",
        "eyes": "unknown",
        "contact": "unknown",
        "fields": "unknown",
        "trials": "some" if _with_result(condition) else "none",
        "staff": "yes" if lamp_type == _OF_STAFF else "no",
    }
    if plan is None:
        return facts
    safety = plan.case["safety"]
    facts |= {name: str(safety[name]) for name in ("sensation", "perfusion", "eyes")}
    if plan.lamp is not None:
        facts["contact"] = "no" if plan.lamp.distance_mm else "yes"
    if plan.prescription is not None:
        facts["fields"] = "one" if len(plan.prescription.fields) == 1 else "many"
    if treatable:
        facts["plan"] = "no_light" if plan.blocked or plan.prescription is None else "light"
    return facts


def lamp_type_of(plan: Plan) -> LampType | None:
    """Return the type of a plan's lamp; None for a lamp that the catalogue no longer has."""
    try:
        return device(str(plan.case["lamp"]["device"])).category
    except UnknownName:
        return None


def words_of(condition: Condition, plan: Plan | None, contacts: Contacts, language: Language) -> Mapping[str, str]:
    """Return what stands in the braces of the sentences; empty where there is nothing to say."""
    common = texts().words

    def word(name: str) -> str:
        return common[name].in_(language)

    rating = certainty_of(condition)
    emergency = contacts.emergency or (str(plan.case["care"]["emergency_number"]) if plan else "")
    words = dict.fromkeys(_OF_A_PLAN, "") | {
        "emergency": emergency or word("emergency"),
        "clinic": f"{word('clinic')} ({contacts.clinic})" if contacts.clinic else word("clinic"),
        "hours": contacts.hours,
        "trials": str(_with_result(condition)),
        "favouring": str(len(rating.favouring)),
        "not_favouring": str(len(rating.not_favouring)),
        "mixed": str(len(rating.mixed)),
        "stopped": str(len(rating.stopped) or ""),
        "certainty": word(rating.level) if rating.level in common else "",
    }
    return words | (_of_plan(plan, language) if plan is not None else {})


_OF_A_PLAN = (
    "lamp", "distance", "where", "time", "total", "time_low", "time_high", "sessions", "a_week", "first", "last",
    "tolerability", "delivery", "effect",
)  # fmt: skip


def _of_plan(plan: Plan, language: Language) -> dict[str, str]:
    words: dict[str, str] = {}
    if plan.lamp is not None:
        words |= {"lamp": plan.lamp.label, "distance": _unbroken(f"{_number(plan.lamp.distance_mm / 10, language)} cm")}
    made = plan.prescription
    if made is not None:
        places = joined(made.fields) if language == "en" else ", ".join(made.fields)
        words |= {
            "where": places,
            "time": _unbroken(duration(made.time_per_field_s)),
            "total": _unbroken(duration(made.session_time_s)),
            "a_week": _number(made.sessions_per_week, language),
        }
    if plan.translation is not None:
        low, high = (_unbroken(duration(x)) for x in (plan.translation.time_s.p5, plan.translation.time_s.p95))
        words |= {"time_low": low, "time_high": high} if low != high else {}
    if plan.schedule is not None:
        days = [session.date for session in plan.schedule.sessions]
        noun = texts().words["session" if len(days) == 1 else "sessions"].in_(language)
        words |= {
            "sessions": f"{len(days)} {noun}",
            "first": day_said(days[0], language),
            "last": day_said(days[-1], language),
            **{gate.id: day_said(gate.date, language) for gate in plan.schedule.gates},
        }
    return words


def _with_result(condition: Condition) -> int:
    rating = certainty_of(condition)
    return len(rating.favouring) + len(rating.not_favouring) + len(rating.mixed)


def _unbroken(quantity: str) -> str:
    return quantity.replace(" ", "\u00a0")


def _number(x: float, language: Language) -> str:
    text = f"{x:.3g}"
    return text.replace(".", ",") if language == "de" else text


def day_said(date: dt.date, language: Language) -> str:
    """Return a day in a language of the sheets, without a break in its line."""
    text = day(date) if language == "en" else f"{date.day}. {_MONTHS_DE[date.month - 1]} {date.year}"
    return _unbroken(text)
