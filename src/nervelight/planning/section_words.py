"""What this plan puts into the braces of ``data/sections.yaml``."""

from __future__ import annotations

from nervelight.assessment import NeupsigGrade, instrument
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.multimodal import multimodal_words
from nervelight.planning.plan_document import Expectation, Prescription, Schedule, Statement
from nervelight.planning.words import day

__all__ = ["section_words"]


def section_words(
    case: Case,
    grade: NeupsigGrade,
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
        "neupsig_grade": grade.level,
        "neupsig_reason": " ".join([f"{grade.steps[-1].consequence.capitalize()}.", *grade.caveats]),
        "scores": "; ".join(f"{instrument(s.instrument).name} {s.value:g} ({day(s.date)})" for s in case.scores),
        "red_flags": ", ".join(case.diagnosis.red_flags) or "none present",
        "goals": "; ".join(care.goals) or "none named yet: agree on at least one with the patient",
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
