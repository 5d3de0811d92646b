"""What a person can read about their course, and what they are asked about it afterwards.

Sentences of the signed plan and of the library's claims stand as they are, marked as not translated; the rest is this
project's own words, with the plan's numbers. What is kept is the hash of exactly what was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nervelight.evidence import claim
from nervelight.planning import Plan
from nervelight.record.models import Clinic
from nervelight.report.words import count
from nervelight.web.phone.words import CALL_AT_ONCE, CALL_TODAY, card_of, checks_of, flags_for

__all__ = ["SHEET_TITLES", "Line", "Question", "Sheet", "sheets_of"]

SHEET_TITLES = {
    "session": gettext_lazy("How to do a session"),
    "watch": gettext_lazy("What to watch for"),
    "call": gettext_lazy("When to call"),
    "known": gettext_lazy("What is known, and what is not"),
}
"""What a sheet is called, by its name in addresses."""


@dataclass(frozen=True)
class Line:
    """A sentence; `quoted` where it is the plan's or the library's own, in English."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Question:
    """A question back. Wrong answers are explained, and nobody is marked down.

    Parameters
    ----------
    id : str
    ask : str
    choices : tuple of (str, str)
    right : str
        Id of the choice that fits the sheet.
    why : str
        What the sheet says about it.
    """

    id: str
    ask: str
    choices: tuple[tuple[str, str], ...]
    right: str
    why: str


@dataclass(frozen=True)
class Sheet:
    """One page to read."""

    slug: str
    title: str
    lines: tuple[Line, ...]
    questions: tuple[Question, ...]

    @property
    def version(self) -> str:
        """Hash of what is shown."""
        return hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    def wrong(self, answers: Mapping[str, str]) -> tuple[Question, ...]:
        """Return the questions whose answer does not fit the sheet."""
        return tuple(each for each in self.questions if answers.get(each.id) != each.right)


def sheets_of(plan: Plan, clinic: Clinic) -> tuple[Sheet, ...]:
    """Return the sheets of a plan, in the order in which they are best read."""
    return tuple(make(plan, clinic) for make in _MAKERS)


def _sheet(slug: str, lines: tuple[Line, ...], questions: tuple[Question, ...]) -> Sheet:
    return Sheet(slug, str(SHEET_TITLES[slug]), lines, questions)


def _session(plan: Plan, _clinic: Clinic) -> Sheet:
    card = card_of(plan)
    lines: list[Line] = []
    questions: list[Question] = []
    if card is not None:
        lines += [Line(text) for text in _steps(plan)]
        questions.append(
            Question(
                "end",
                _("When do you turn the lamp off?"),
                (
                    ("clock", _("When the clock says that the time is up")),
                    ("warm", _("When it gets warm")),
                    ("pain", _("When the pain is gone")),
                ),
                "clock",
                _("The time in your plan is the time to keep: %(time)s on each place.") % {"time": card.time},
            )
        )
        questions.append(
            Question(
                "missed",
                _("You missed a day. What do you do?"),
                (
                    ("twice", _("Two sessions on the next day")),
                    ("next", _("Go on with the next planned day")),
                    ("longer", _("A longer session next time")),
                ),
                "next",
                _("Nothing is added. Go on with the next planned day, and ask the clinic if you are unsure."),
            )
        )
    return _sheet("session", tuple(lines), tuple(questions))


def _steps(plan: Plan) -> Iterator[str]:
    card = card_of(plan)
    if card is None:
        return
    named = {"time": card.time, "where": card.where, "distance": card.distance, "lamp": card.lamp, "eyes": card.eyes}
    yield _("Your lamp is the %(lamp)s.") % named
    yield from checks_of(plan)
    yield f"{card.eyes}."
    yield _("Put the lamp at %(distance)s from the skin. Measure it.") % named
    yield _("Light %(where)s, each for %(time)s.") % named
    yield _("Start the clock on the Today page when you turn the lamp on. Press stop when you turn it off.")
    yield _("Your phone may stay silent when it is locked. So set a kitchen clock as well.")
    yield _("Look at the skin again. Then write down what you see.")
    if plan.prescription is not None:
        yield _("Your plan has %(sessions)s. One on each planned day, not more.") % {
            "sessions": count(plan.prescription.total_sessions, "session")
        }


def _watch(plan: Plan, _clinic: Clinic) -> Sheet:
    lines = [Line(each.text, quoted=True) for each in _education(plan)[1:]]
    lines.append(Line(_("You may notice nothing at all. That is not a fault of yours.")))
    lines.append(Line(_("Write down what is bad as well as what is good. Both help to decide what comes next.")))
    lines.append(Line(claim("side_effects").may_say, quoted=True))
    question = Question(
        "blister",
        _("You see a blister after a session. What do you do?"),
        (
            ("go on", _("Go on, but for a shorter time")),
            ("call", _("Stop the light and call the clinic")),
            ("wait", _("Wait for the next visit")),
        ),
        "call",
        _("With a blister, a burn or a sore the light stops until the clinic has spoken with you."),
    )
    return _sheet("watch", tuple(lines), (question,))


def _education(plan: Plan) -> tuple[Line, ...]:
    section = next(each for each in plan.sections if each.id == "education")
    return tuple(Line(each.text, quoted=True) for each in section.statements)


def _call(_plan: Plan, clinic: Clinic) -> Sheet:
    lines = [Line(_("Call %(number)s at once if:") % {"number": clinic.emergency_number})]
    lines += [Line(f"{words}.") for _flag, words in flags_for(*CALL_AT_ONCE)]
    lines.append(Line(_("Stop the light and call the clinic today, %(number)s, if:") % {"number": clinic.phone}))
    lines += [Line(f"{words}.") for _flag, words in flags_for(*CALL_TODAY)]
    lines.append(
        Line(_("Does nobody answer, and it gets worse? Call %(number)s.") % {"number": clinic.emergency_number})
    )
    question = Question(
        "breath",
        _("Numbness climbs up your legs since this morning, and it is hard to breathe. What do you do?"),
        (
            ("emergency", _("Call %(number)s now") % {"number": clinic.emergency_number}),
            ("message", _("Write a message to the clinic")),
            ("tomorrow", _("Wait until tomorrow")),
        ),
        "emergency",
        _("This cannot wait for a message. Call %(number)s.") % {"number": clinic.emergency_number},
    )
    return _sheet("call", tuple(lines), (question,))


def _known(plan: Plan, _clinic: Clinic) -> Sheet:
    lines = [Line(_("Whether this light helps better than a dummy lamp is not proven. Here is what studies found."))]
    lines += [Line(each.text, quoted=True) for each in plan.expectation.sentences]
    lines.append(Line(claim("placebo_relief").may_say, quoted=True))
    lines.append(Line(claim("known_treatments").may_say, quoted=True))
    lines.append(Line(_("So do not stop or change other treatment because of the light. Ask your doctor first.")))
    lines.append(Line(_("Your course has an end. If it has not helped by then, that is an answer too.")))
    question = Question(
        "proof",
        _("Is it proven that this light helps better than a dummy lamp?"),
        (("yes", _("Yes")), ("no", _("No, it is not proven")), ("all", _("Yes, for all people"))),
        "no",
        _("It is not proven. Your own numbers will show how you feel, but not why."),
    )
    return _sheet("known", tuple(lines), (question,))


_MAKERS: tuple[Callable[[Plan, Clinic], Sheet], ...] = (_session, _watch, _call, _known)
