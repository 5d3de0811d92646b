"""What this plan puts into the braces of ``data/sections.yaml``."""

from __future__ import annotations

from nervelight.assessment import GoalCheck, in_unit, instrument
from nervelight.planning.anchoring import Choice
from nervelight.planning.assess import Assessment
from nervelight.planning.case import Case
from nervelight.planning.multimodal import multimodal_words
from nervelight.planning.plan_document import Expectation, Prescription, Schedule, Statement
from nervelight.planning.words import day

__all__ = ["section_words"]


def section_words(
    case: Case,
    assessed: Assessment,
    choice: Choice,
    lamp_label: str,
    prescription: Prescription | None,
    schedule: Schedule | None,
    expectation: Expectation,
) -> dict[str, Statement | str]:
    """Return the words by name; empty where this plan has nothing to say, so that the sentence is left out."""
    care = case.care
    eyes = {
        "goggles": "wear the goggles in every session, and so does everyone near.",
        "shielding": "keep the shielding in place in every session.",
        "none": "protection of the eyes has not been arranged.",
    }[case.safety.eyes]
    words: dict[str, Statement | str] = {
        "neupsig_grade": assessed.grade.level,
        "neupsig_reason": " ".join([f"{assessed.grade.steps[-1].consequence.capitalize()}.", *assessed.grade.caveats]),
        "scores": "; ".join(f"{instrument(s.instrument).name} {s.value:g} ({day(s.date)})" for s in case.scores),
        "red_flags": ", ".join(case.red_flags) or f"none named; {assessed.to_ask} to ask for",
        "screening": _screening(assessed),
        "readings": _readings(assessed),
        "goals": "; ".join(_goal(check) for check in assessed.goals)
        or "none named yet: agree on at least one with the patient",
        "no_treatments": "none named" if not care.other_treatments else "",
        **multimodal_words(case),
        "expectation": Statement(
            text=" ".join(sentence.text for sentence in expectation.sentences),
            sources=tuple(dict.fromkeys(key for sentence in expectation.sentences for key in sentence.sources)),
        ),
        "eyes": eyes,
        "emergency_number": care.emergency_number,
        "prescription": prescription.statement if prescription else "",
        "lamp": f"{lamp_label} at {case.lamp.working_distance / 10:.3g} cm",
        "anchor": Statement(text=choice.why, sources=choice.sources),
        "frequency": "",
        "clinician": care.clinician,
        "team": "; ".join(care.team) or "nobody named yet",
        "gates": "",
    }
    if prescription and schedule:
        first, last = schedule.sessions[0].date, schedule.sessions[-1].date
        words["frequency"] = Statement(
            text=f"{prescription.total_sessions} sessions from {day(first)} to {day(last)}, "
            f"{prescription.sessions_per_week:g} a week, as in the anchor.",
            sources=choice.sources,
        )
        words["gates"] = " ".join(f"{gate.label} ({day(gate.date)}). {gate.question}" for gate in schedule.gates)
    return words


def _screening(assessed: Assessment) -> Statement | str:
    """Return what was asked for; what was not asked stands among the findings."""
    asked = [found for found in assessed.screening if found.state != "not asked"]
    told = [
        f"{found.label}: {found.state} ({instrument(found.instrument_id).name}: {found.value:g})" for found in asked
    ]
    keys = (key for found in asked for key in found.sources)
    return Statement(text="; ".join(told), sources=tuple(dict.fromkeys(keys))) if told else ""


def _readings(assessed: Assessment) -> Statement | str:
    told = [
        f"{read.name}{f' ({read.method})' if read.method else ''}: {read.measured}, {read.finding}"
        for read in assessed.readings
    ]
    keys = (key for read in assessed.readings for key in read.sources)
    return Statement(text="; ".join(told), sources=tuple(dict.fromkeys(keys))) if told else ""


def _goal(check: GoalCheck) -> str:
    goal = check.goal
    if goal.measured_by is None or goal.target is None:
        return goal.what
    start = "" if check.start is None else f"from {in_unit(goal, check.start)} "
    by = "" if goal.by is None else f" by {day(goal.by)}"
    return f"{goal.what} ({instrument(goal.measured_by).name} {start}to {in_unit(goal, goal.target)}{by})"
