"""What each section of the letter to the referring doctor says, each thing with how much it is needed."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervelight.evidence import condition_info, study_ids, study_label
from nervelight.planning.findings import blocking
from nervelight.planning.plan_document import AnchorSummary
from nervelight.planning.review import DomainOutcome
from nervelight.record.contents import AdverseEvent, DayNote, Response, ReviewCard, Session
from nervelight.record.dossier import Dossier
from nervelight.report.pdf import Part, finding_said, table, words
from nervelight.report.plan_page import findings_in_words
from nervelight.report.review_summary import review_facts
from nervelight.report.summary import plan_facts
from nervelight.report.words import band, chance, count, day, distance, ends, first_upper, joined, score

__all__ = ["FULL_PLAN", "LETTER_SECTIONS", "Made", "Said", "condition_of", "section_of"]

PAIN = "nrs11"
_NOT_MEASURED = {"ask": "not measured"}
# Where in a case file something is written; no reader of a letter has one.
_PLACE_IN_CASE = re.compile(r"(;| and) write it in [a-z]+\.[a-z_]+")
FULL_PLAN = "see the full plan"


@dataclass(frozen=True)
class Said:
    """One thing to say: 0 stays to the last."""

    rank: int
    part: Part
    stands_in: bool = False
    """For the next thing, which says more."""


Made = tuple[str, list[Said]]
"""Its heading, and what it says."""


def section_of(name: str, dossier: Dossier) -> Made:
    """Return one of `LETTER_SECTIONS` as it would be with room for all of it."""
    return _MAKERS[name](dossier)


def condition_of(dossier: Dossier) -> str:
    """Return the condition that is treated, in words."""
    return condition_info(str(dossier.plan.case["diagnosis"]["condition"])).label


def _why(dossier: Dossier) -> Made:
    plan = dossier.plan
    diagnosis, patient, care = plan.case["diagnosis"], plan.case["patient"], plan.case["care"]
    code = f" (ICD-10 {diagnosis['icd10']})" if diagnosis.get("icd10") else ""
    age = f", {patient['age']}" if patient.get("age") else ""
    said = [Said(0, words(f"{first_upper(condition_of(dossier))}{code}{age}; site: {plan.tissue.site_label}."))]
    flags = diagnosis.get("red_flags") or ()
    if flags:
        said.append(Said(0, words(joined([name.replace("_", " ") for name in flags]) + ".", lead="Red flags:")))
    pain = [each for each in plan.case["scores"] if each["instrument"] == PAIN]
    if pain:
        last = max(pain, key=lambda each: str(each["date"]))
        told = f"{score(last['value'])} of 10 on {_day(last['date'])}."
        said.append(Said(1, words(told, lead="Pain before treatment:")))
    goals = [goal if isinstance(goal, str) else goal["what"] for goal in care.get("goals") or ()]
    if goals:
        said.append(Said(2, words("; ".join(goals) + ".", lead="The patient wants to:")))
    said += [Said(4, words(each.text)) for each in _statements(dossier, "assessment")[:1]]
    return f"Why: neuropathic pain, NeuPSIG grade {plan.neupsig_grade}", said


def _day(value: object) -> str:
    return day(dt.date.fromisoformat(str(value)))


def _statements(dossier: Dossier, part: str) -> tuple[Any, ...]:
    return next(section.statements for section in dossier.plan.sections if section.id == part)


def _planned(dossier: Dossier) -> Made:
    plan, order, lamp = dossier.plan, dossier.plan.prescription, dossier.plan.lamp
    told = dict(plan_facts(plan))
    said = []
    if order is not None:
        said.append(Said(0, words(f"{told['Time']}: {told['Fields']}. {told['Sessions']}.", lead="Time:")))
    else:
        blocks = blocking(plan.findings)
        why = plan.anchor.why if plan.anchor.kind == "none" or not blocks else f"{blocks[0].title}."
        why = re.sub(r"[a-z_]+\d{4}\w*", lambda found: _study(found[0]), first_upper(why))
        said.append(Said(0, words(f"No time and no session. {why}")))
    if lamp is not None:
        waves = joined([f"{light.wavelength_nm:g}" for light in lamp.wavelengths])
        light = f"{lamp.label} ({waves} nm), {distance(lamp.distance_mm)}"
        light += " from the skin" if lamp.distance_mm else ""
        light += f"; on the skin {band(lamp.irradiance_mw_cm2, 'mW/cm2')}"
        if order is not None:
            light += f", {band(order.radiant_exposure_j_cm2, 'J/cm2')} a session"
        said.append(Said(0, words(f"{light}.", lead="Lamp:")))
    if "Target" in told:
        said.append(Said(3, words(f"{told['Target']}: {told['Light']}.", lead="Target:")))
    said.append(Said(3, words(_follows(plan.anchor), lead="Follows:")))
    if "Heat" in told:
        said.append(Said(5, words(f"{told['Heat']}.", lead="Heat:")))
    name = "Computed, not to be given" if plan.blocked else "Planned"
    return f"{name}: {count(order.total_sessions, 'session')} of light" if order else "Planned: no light", said


def _follows(anchor: AnchorSummary) -> str:
    if anchor.study_id is None or anchor.kind == "none":
        return "no study."
    kind = {"arm": "", "envelope": ", a recommended window, not a trial", "null": ", a trial without benefit"}
    against = [_study(trial.study_id) for trial in anchor.against]
    told = f"; against it: {joined(against)}" if against else ""
    return f"{_study(anchor.study_id)}{kind[anchor.kind]}{told}."


def _study(name: str) -> str:
    return study_label(name) if name in study_ids() else name


def _delivered(dossier: Dossier) -> Made:
    review, sessions = dossier.review, dossier.of(Session)
    if review is None:
        schedule = dossier.plan.schedule
        due = sum(each.date <= dossier.today for each in schedule.sessions) if schedule else 0
        told = f"{count(len(sessions), 'session')} written down up to {day(dossier.today)}; "
        told += f"{due} {'was' if due == 1 else 'were'} due by then."
        said = [Said(0, words(told))]
        if sessions:
            said.append(Said(2, words("No review was made yet: the light given was not held against the plan.")))
        nothing = "nothing written down" if due else "nothing yet"
        return f"Given: {count(len(sessions), 'session') if sessions else nothing}", said
    found, told = review.delivery, dict(review_facts(review)).get("Given", "nothing was due")
    enough = "enough was given to judge an effect" if found.judgeable else "too little was given to judge an effect"
    said = [Said(0, words(f"{told.partition(';')[0]}; {enough}."))]
    card = dossier.of(ReviewCard)[-1]
    if card.content.plan not in (dossier.current.id, dossier.current.sha256):
        said.append(Said(0, words("This review is of an earlier version of the plan.")))
    if struck := sum(kept.is_after(card) and kept.day <= review.on for kept, _why in dossier.struck(Session)):
        told = f"{count(struck, 'session')} {'was' if struck == 1 else 'were'} struck out as entered in error"
        said.append(Said(0, words(f"After this review {told}: it may count what was never given.")))
    fields: dict[str, list[str]] = {}
    for one in found.fields:
        light = f"{band(one.delivered_j_cm2, 'J/cm2')} of {band(one.planned_j_cm2)} planned: {one.percent:.0f} %"
        fields.setdefault(light, []).append(one.field)
    for light, names in fields.items():
        said.append(Said(2, words(f"{light}.", lead=f"Light at the target so far (fluence), {joined(names)}:")))
    away = Counter(departure for session in found.sessions for departure in session.departures)
    if away:
        told = "; ".join(f"{what} ({count(times, 'session')})" for what, times in away.most_common())
        said.append(Said(3, words(f"{told}.", lead="Out of tolerance:")))
    if found.extra or found.later:
        told = f"{count(found.extra + found.later, 'session')} outside the plan."
        said.append(Said(3, words(told, lead="Also given:")))
    return f"Given: {found.given} of {count(found.due, 'session')} by {day(review.on)}", said


def _course(dossier: Dossier) -> Made:
    review = dossier.review
    if review is None:
        return _scores_only(dossier)
    judged = [one for one in review.outcomes if one.before is not None and one.after is not None]
    said = []
    if judged:
        said += [Said(0, _outcomes(judged[:1]), stands_in=True), Said(1, _outcomes(judged))]
    else:
        said.append(Said(0, words("Nothing was measured both before and after, so that nothing can be judged.")))
    if any(one.unverified for one in judged):
        said.append(Said(2, words("† Without a checked source.", "quiet")))
    sham, pain = review.sham, review.outcomes[0]
    if sham is not None and sham.share_as_good is not None:
        told = f"{100 * sham.share_as_good:.0f} of 100 people on sham improve as much; on average their pain gets "
        told += f"{_change(sham.mean)} (90 % of them: {_change(sham.low)} to {_change(sham.limit)})."
        said.append(Said(0, words(told, lead="What sham would explain:")))
    if pain.p_important is not None:
        told = f"{chance(pain.p_important)} that pain truly is better by what matters."
        said.append(Said(3, words(told, lead="Chance:")))
    said += [Said(1, words(text)) for text in review.said_aloud]
    goals = "; ".join(f"{goal.what}: {_NOT_MEASURED.get(goal.state, goal.state)}" for goal in review.goals)
    if goals:
        said.append(Said(2, words(f"{goals}.", lead="Goals:")))
    name = f"Course of pain: {pain.state}"
    if pain.before is not None and pain.after is not None:
        name += f", {score(pain.before.mean)} to {score(pain.after.mean)}{_of_ten(pain)}"
    if sham is not None and sham.more_than_sham:
        name += "; more than sham would explain"
    elif sham is not None and sham.explained:
        name += "; sham would explain it"
    return name, said


def _of_ten(pain: DomainOutcome) -> str:
    return " of 10" if pain.instrument == PAIN else ""


def _change(improvement: float) -> str:
    return f"{abs(improvement):.1f} points {'better' if improvement > 0 else 'worse'}"


def _number(improvement: float) -> str:
    return score(round(improvement, 1) + 0.0).replace("-", "−")


def _outcomes(outcomes: Sequence[DomainOutcome]) -> Part:
    rows = []
    for one in outcomes:
        assert one.before is not None and one.after is not None
        unit = f" {one.unit}" if one.unit else ""
        change = "" if one.improvement is None else f"{_number(one.improvement)}{unit}"
        if one.improvement is not None and one.reliable is not None:
            error = max(one.reliable)
            change += f" ({_number(one.improvement - error)} to {_number(one.improvement + error)})"
        matters = "" if one.important is None else f"{one.important:.2g}{unit}{' †' if one.unverified else ''}"
        rows.append(
            (
                one.name,
                f"{score(one.before.mean)}{unit} ({one.before.written})",
                f"{score(one.after.mean)}{unit} ({one.after.written})",
                change,
                matters,
                one.state,
            )
        )
    header = ("Outcome", "Before (times)", "Now (times)", "Better by (90 %)", "Matters from", "In words")
    return table("", header, rows, (1, "auto", "auto", "auto", "auto", "auto"))


def _scores_only(dossier: Dossier) -> Made:
    found = [(each.day, each.content) for each in dossier.of(Response)]
    pain = [(date, said.score) for date, said in found if said.instrument == PAIN and said.score is not None]
    if not pain:
        text = "No pain was written down since the plan was made, and no review was made."
        return "Course: not judged yet", [Said(0, words(text))]
    values = sorted(value for _date, value in pain)
    told = f"{count(len(pain), 'day')} written down, {day(pain[0][0])} to {day(pain[-1][0])}: "
    told += f"{ends((values[0], values[-1]), '.2g')} of 10; the last {score(pain[-1][1])}. No review was made yet: "
    told += "whether this is a change, and whether sham would explain it, is not judged."
    return "Course: not judged yet", [Said(0, words(told, lead="Pain:"))]


def _safety(dossier: Dossier) -> Made:
    plan, events, sessions = dossier.plan, dossier.of(AdverseEvent), dossier.of(Session)
    said: list[Said] = []
    for finding in blocking(plan.findings):
        told = f"To unblock: {_PLACE_IN_CASE.sub('', finding.unblock) or finding.text}"
        said.append(Said(0, {"kind": "text", **finding_said(finding, told)}))
    for event in events:
        content = event.content
        told = f"{content.what}; {content.seriousness}, relation to light {content.related}"
        told += f"; {content.taken}" if content.taken else ""
        serious = content.seriousness in ("severe", "serious")
        said.append(Said(0 if serious else 1, words(f"{told}.", lead=f"{day(event.day)}:")))
    if sessions:
        seen = Counter(each.content.skin or "not written down" for each in sessions)
        told = ", ".join(f"{what} {times}" for what, times in seen.most_common())
        said.append(Said(1, words(f"{told} (sessions).", lead="Skin after light:")))
    for place, finding in enumerate(each for each in plan.findings if each.level == "warn"):
        more = "; ".join(filter(None, (finding.value, f"limit {finding.limit}" if finding.limit else "")))
        warning = finding_said(finding, f"{first_upper(more)}." if more else "")
        said.append(Said(2 if place < 3 else 4, {"kind": "text", **warning}))
    if not events and sessions:
        said.append(Said(1, words("None was written down. That is not proof that there was none.", lead="Unwanted:")))
    told = (
        f"Safety: {findings_in_words(plan.findings)} in the plan; {count(len(events), 'unwanted event')} written down"
    )
    return told, said or [Said(1, words("No finding forbids this plan. That is not proof of safety."))]


def _next(dossier: Dossier) -> Made:
    review, decision = dossier.review, dossier.decision
    said: list[Said] = []
    name = "Next"
    if review is not None:
        if decision is None:
            name = f"Next: proposed by rule on {day(review.on)}, not decided yet"
            said.append(Said(0, words(f"{review.title}.", lead="Proposed:")))
        else:
            made = decision.content
            verdict = {"accept": "accepted", "edit": f"changed to: {made.decision}", "reject": "rejected"}[made.word]
            name = f"Next: the proposal was {verdict}"
            told = f"the proposal of {day(review.on)} was {verdict}. {made.reason}"
            said.append(Said(0, words(told, lead=f"{made.by}, {day(decision.day)}:")))
        said += [
            Said(1, words(f"{each.text} ({each.why})", lead=f"{first_upper(each.within)}, {each.owner}:"))
            for each in review.actions
        ]
        if review.next_gate is not None:
            said.append(Said(1, words(review.next_gate.text, lead=f"{day(review.next_gate.date)}:")))
        for step in review.after_success:
            told = f"{step.label}. {step.question}"
            said.append(Said(3, words(told, lead=f"{day(step.first)} to {day(step.last)}:")))
    elif dossier.plan.schedule is not None and not dossier.plan.blocked:
        gates = sorted(dossier.plan.schedule.gates, key=lambda gate: gate.date)
        ahead = [gate for gate in gates if gate.date >= dossier.today]
        if ahead:
            name = f"Next: {ahead[0].label}"
        elif gates:
            # No review was made, and the day of the last one is over.
            ahead = gates[-1:]
            name = f"Overdue since {day(ahead[0].date)}: {ahead[0].label}"
        for place, gate in enumerate(ahead):
            rank = 1 if place == 0 else 4
            told = gate.question if place == 0 else f"{gate.label} {gate.question}"
            said.append(Said(rank, words(told, lead=f"{day(gate.date)}:")))
    elif dossier.plan.blocked:
        told = "No light is given on this plan. What blocks it has to be answered, and a new plan made."
        said.append(Said(0, words(told)))
    ask = "report each change of drugs or other treatment, with its date: it explains a change before light does."
    said.append(Said(0, words(ask, lead="We ask you to")))
    if not dossier.plan.blocked:
        said += [Said(5, words(each.text)) for each in _statements(dossier, "coordinated_care")[2:]]
    return name, said


def _treatments(dossier: Dossier) -> Made:
    case = dossier.plan.case
    now = [*(case["care"].get("other_treatments") or ())]
    drugs = [name for name in case["safety"].get("drugs") or () if not any(name in each for each in now)]
    told = "; ".join((*now, *drugs)) or "none named in the case"
    said = [Said(0, words(f"{told}.", lead="Named when the plan was made:"))]
    changes = [each for each in dossier.of(DayNote) if each.content.other_treatment]
    said += [
        Said(1, words(f"{change.content.other_treatment}.", lead=f"Changed {day(change.day)}:")) for change in changes
    ]
    first, *others = _statements(dossier, "multimodal")
    said += [Said(2, words(first.text)), Said(6, words(others[1].text if len(others) > 1 else others[0].text))]
    return f"Other treatment: {count(len(changes), 'change')} written down; the prescriber decides", said


def _certainty(dossier: Dossier) -> Made:
    expected = dossier.plan.expectation
    said = [Said(rank, words(each.text)) for rank, each in enumerate(expected.sentences)]
    said.append(Said(3, words(expected.placebo.text, lead="Dummy treatment:")))
    told = f"of this plan have no checked source and are marked as assumptions; {FULL_PLAN}."
    said.append(Said(5, words(told, lead=count(len(dossier.plan.assumptions), "number"))))
    return f"How sure: benefit over a dummy lamp {expected.benefit_over_sham}, certainty {expected.certainty}", said


_MAKERS: Mapping[str, Callable[[Dossier], Made]] = {
    "why": _why,
    "planned": _planned,
    "delivered": _delivered,
    "course": _course,
    "safety": _safety,
    "next": _next,
    "treatments": _treatments,
    "certainty": _certainty,
}
LETTER_SECTIONS: Mapping[str, str] = {
    "why": "who is treated and why: diagnosis and grade of neuropathic pain",
    "planned": "what was planned: lamp, wavelengths, irradiance, time, sessions",
    "delivered": "what was given, against what was planned",
    "course": "pain and function, with interval, and what sham would explain",
    "safety": "findings, unwanted events, the skin",
    "next": "what comes next, and what is asked of the reader",
    "treatments": "other treatment",
    "certainty": "how sure all this is",
}
"""Each part that a letter may have, in its order, and what it tells."""
