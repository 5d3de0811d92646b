"""The assessment of a person in words: the most urgent first, one wording for terminal and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, get_args

from nervelight.assessment import Decision, GoalCheck, RedFlag, Screened, Urgency, in_unit, instrument, is_walked
from nervelight.planning import Assessment, Case, ScoreRead
from nervelight.planning.safety import assessment_findings
from nervelight.report.words import day, joined

__all__ = ["assessment_record", "assessment_sections", "red_flag_sections"]

Rows = list[tuple[str, str]]
Sections = list[tuple[str, Rows]]

UNVERIFIED = "not verified"
URGENCY_WORDS: dict[Urgency, str] = {
    "emergency-now": "Emergency, now",
    "urgent": "Urgent",
    "same-day": "The same day",
    "stop-and-report": "Stop light and report",
    "1-working-day": "Within one working day",
    "2-working-days": "Within two working days",
    "referral": "Referral",
}
# What came of a screening, the most urgent first.
_STATES = ("positive", "ask the long form", "not asked", "no cut-off", "negative")


def red_flag_sections(flags: Iterable[RedFlag]) -> Sections:
    """Return red flags by how soon somebody must act, each with the question, the action and who acts."""
    listed = tuple(flags)
    sections: Sections = []
    for urgency in get_args(Urgency):
        rows: Rows = []
        for flag in listed:
            if flag.urgency == urgency:
                rows += [
                    ("ask", flag.question),
                    ("do", _marked(flag.action, flag.unverified)),
                    ("who acts", flag.owner),
                ]
        if rows:
            sections.append((URGENCY_WORDS[urgency], rows))
    return sections


def assessment_sections(case: Case, found: Assessment) -> Sections:
    """Return an assessment under headings, the most urgent first.

    Parameters
    ----------
    case : Case
    found : Assessment
        Of that case.
    """
    present = f"{len(found.red_flags)} present" if found.red_flags else "none named"
    count = f"{present}; {found.to_ask} to ask for"
    return [
        (f"Red flags: {count}", list(_flags(case, found))),
        *_warnings(case, found),
        ("Screening", list(_screening(found))),
        (f"Neuropathic pain: {found.grade.level} (NeuPSIG grade)", list(_grade(found))),
        *((f"{read.name}: {read.finding}", list(_reading(read))) for read in found.readings),
        ("Scores", [(score.instrument_id, _score(score)) for score in found.scores]),
        (_goals_title(found), [(str(number), _goal(check)) for number, check in enumerate(found.goals, 1)]),
    ]


def _flags(case: Case, found: Assessment) -> Iterator[tuple[str, str]]:
    by_answers = case.red_flags_by_answers
    for flag in found.red_flags:
        forms = joined([f"{instrument(s.instrument).name} of {day(s.date)}" for s in by_answers.get(flag.id, ())])
        by_answer = f" Raised by an answer ({forms}); a later form does not answer it." if forms else ""
        said = f"{_marked(flag.action, flag.unverified)}{by_answer} Who acts: {flag.owner}."
        yield URGENCY_WORDS[flag.urgency], said
    yield "Emergency number", case.care.emergency_number


def _warnings(case: Case, found: Assessment) -> Iterator[tuple[str, Rows]]:
    """Yield the warnings of the plan that no section below tells: those of screening stand there, as its notes do."""
    rows: Rows = []
    for finding in assessment_findings(case, found):
        if finding.level != "warn" or finding.id.startswith("screening."):
            continue
        limit = _marked(f"; limit {finding.limit}", finding.unverified) if finding.limit else ""
        rows += [
            ("warning", f"{finding.title}: {finding.value}{limit}."),
            ("do", f"{finding.unblock} {finding.text}".strip()),
        ]
    if rows:
        yield "Warnings", rows


def _screening(found: Assessment) -> Iterator[tuple[str, str]]:
    for score in found.item_unknown:
        told = f"{score.name}: {score.value:g} without its answers; one of them may need care at once"
        yield "look at the form", told
    for screened in sorted(found.screening, key=lambda area: _STATES.index(area.state)):
        yield screened.label, _screened(screened)


def _screened(area: Screened) -> str:
    if not area.instrument_id:
        return f"{area.state}. {area.next_step}"
    if area.state == "not asked":
        return f"{area.state}. {area.next_step} Last: {_form(area)}."
    limit = "" if area.limit is None else _marked(f", positive from {area.limit:g}", area.unverified)
    return f"{area.state}. {_form(area, limit)}. {area.next_step}".rstrip()


def _form(area: Screened, limit: str = "") -> str:
    when = "" if area.date is None else f", {day(area.date)}"
    return f"{instrument(area.instrument_id).name}: {area.value:g}{limit}{when}"


def _grade(found: Assessment) -> Iterator[tuple[str, str]]:
    for number, step in enumerate(found.grade.steps, 1):
        yield str(number), f"{step.question} {'Yes' if step.answer else 'No'}: {step.consequence}."
    yield from (("mind", caveat) for caveat in found.grade.caveats)
    yield "source", joined(found.grade.sources)


def _reading(read: Decision) -> Iterator[tuple[str, str]]:
    yield "measured", f"{read.measured}, {day(read.date)}"
    yield "held against", _marked(read.rule, read.unverified)
    if read.method:
        yield "method", f"{read.method}; compare with results of the same method only"
    if read.likelihood_ratio is not None:
        yield "odds", f"of neuropathy times {read.likelihood_ratio:g} (likelihood ratio)"
    if read.next_step:
        yield "do", read.next_step
    yield from (("mind", caveat) for caveat in read.caveats)
    yield "sources", joined(read.sources)


def _score(score: ScoreRead) -> str:
    band = "" if score.band is None else f", {_marked(score.band, score.unverified)}"
    answers = ", from its answers" if score.from_answers else ""
    return f"{score.name}: {score.value:.4g}{band}{answers}, {day(score.date)}"


def _goals_title(found: Assessment) -> str:
    if not found.goals:
        return "Goals: none named; agree on at least one"
    judged = sum(check.can_be_judged for check in found.goals)
    return f"Goals: {judged} of {len(found.goals)} can be judged"


def _goal(check: GoalCheck) -> str:
    goal = check.goal
    parts = [goal.what]
    if goal.measured_by is not None and goal.target is not None:
        start = "" if check.start is None else f" from {in_unit(goal, check.start)}"
        by = "" if goal.by is None else f" by {day(goal.by)}"
        parts.append(f"{instrument(goal.measured_by).name}{start} to {in_unit(goal, goal.target)}{by}")
    if check.lacking:
        parts.append(f"{'Mind' if check.can_be_judged else 'Cannot be judged'}: {'; '.join(check.lacking)}")
    return ". ".join(parts)


def _marked(text: str, unverified: bool) -> str:
    return f"{text} ({UNVERIFIED})" if unverified else text


def assessment_record(case: Case, found: Assessment) -> dict[str, Any]:
    """Return an assessment of a case as a record that JSON can hold; a value that has a unit names it."""
    return {
        "findings": [finding.model_dump(mode="json") for finding in assessment_findings(case, found)],
        "red_flags": [flag.model_dump(mode="json") for flag in found.red_flags],
        "raised_by_answers": list(found.by_answers),
        "red_flags_to_ask": found.to_ask,
        "screening": [_plain(asdict(area)) for area in found.screening],
        "answers_unknown": [score.instrument_id for score in found.item_unknown],
        "neupsig": asdict(found.grade),
        "readings": [_plain(asdict(read)) for read in found.readings],
        "scores": [_plain(asdict(score)) for score in found.scores],
        "goals": [
            {
                "goal": check.goal.model_dump(mode="json", by_alias=True),
                "start": check.start,
                "unit": "mm" if is_walked(check.goal) else "",
                "can_be_judged": check.can_be_judged,
                "lacking": list(check.lacking),
            }
            for check in found.goals
        ],
    }


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in record.items()}
