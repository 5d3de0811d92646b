"""The second job: from a signed plan and a diary to a decision card."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import Condition, condition_info, condition_named, sham_change
from nervelight.planning.diary import Diary
from nervelight.planning.plan_document import Plan
from nervelight.planning.review.actions import actions_for
from nervelight.planning.review.adjustment import after_success, possible_adjustments
from nervelight.planning.review.alarms import alarms
from nervelight.planning.review.decision import Decided, Known, decide
from nervelight.planning.review.delivery import compare_delivery
from nervelight.planning.review.goals import goal_states
from nervelight.planning.review.outcomes import PAIN, compare_outcomes
from nervelight.planning.review.review_document import (
    RULES,
    ClinicianDecision,
    DatedText,
    DatedValue,
    DomainOutcome,
    Review,
    ReviewMade,
    ShamStanding,
)
from nervelight.planning.review.said_aloud import said_aloud
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.planning.words import day
from nervelight.sources import source

__all__ = ["review_course"]

# A course without a session for so long has ended.
ENDED_DAYS = 10
# A diary covers a course; what lies farther back is a slip of the pen.
FARTHEST_BACK_DAYS = 366


def review_course(
    plan: Plan,
    diary: Diary,
    *,
    on: dt.date | None = None,
    earlier: Sequence[Review] = (),
    clinician: ClinicianDecision | None = None,
    diary_file: str = "",
    diary_sha256: str = "",
) -> Review:
    """Hold a course against its signed plan, and propose what to do next.

    Parameters
    ----------
    plan : Plan
        The signed plan: not blocked, with a prescription and a schedule.
    diary : Diary
    on : date, optional
        The day to review; the diary's last day when absent.
    earlier : sequence of Review
        Cards of this person that a clinician decided on: what they dealt with is not raised again, and a course is
        adjusted once.
    clinician : ClinicianDecision, optional
        What the clinician made of the proposal; its decision is filled in from the proposal when accepted.
    diary_file, diary_sha256 : str
        Name and hash of the diary's file, so that the review can be made again.

    Returns
    -------
    Review

    Raises
    ------
    InvalidInput
        If plan and diary do not belong together; every fault at once.
    """
    on = on or diary.last
    _check(plan, diary, on, earlier)
    assert plan.schedule is not None
    limits = thresholds_by_name(plan.thresholds)
    seen = diary.until(on)
    planned_start = plan.schedule.sessions[0].date
    started = next((each.date for each in seen.days if each.session), planned_start)
    delivery = compare_delivery(plan, seen, on, limits)
    outcomes = compare_outcomes(plan, seen, started, on, limits)
    pain = outcomes[0]
    decided_before = [card.on for card in earlier if card.clinician is not None]
    fresh = _after(seen, max(decided_before)) if decided_before else seen
    raised = alarms(fresh, pain, started, on, limits)
    last_session = max((session.date for session in delivery.sessions), default=None)
    over = last_session is not None and (on - last_session).days > ENDED_DAYS
    adjustments = possible_adjustments(plan)
    sham = _sham(plan, pain)
    known = Known(
        on=on,
        week=(on - planned_start).days // 7,
        delivery_gate=planned_start + dt.timedelta(weeks=limits["delivery_week"]),
        effect_gate=planned_start + dt.timedelta(weeks=limits["effect_week"]),
        latest=planned_start + dt.timedelta(weeks=limits["latest_week"]),
        alarms=raised,
        delivery=delivery,
        outcomes=outcomes,
        impression=_impression(seen, on, limits),
        adjustments=adjustments,
        adjusted=any(card.clinician and card.clinician.decision == "adjust once" for card in earlier),
        sham_explains=None if sham is None or sham.more_than_sham is None else not sham.more_than_sham,
        light_ended=last_session if over else None,
    )
    decided = decide(known, limits)
    gates = [DatedText(date=gate.date, text=gate.label) for gate in plan.schedule.gates]
    made = Review(
        made=ReviewMade(
            nervelight=version("nervelight"),
            rules=RULES,
            plan_sha256=hashlib.sha256(plan.to_json().encode()).hexdigest(),
            diary_file=diary_file,
            diary_sha256=diary_sha256,
        ),
        patient=_label(plan),
        synthetic=diary.synthetic,
        on=on,
        started=planned_start,
        week=known.week,
        course=plan.title,
        decision=decided.decision,
        title=decided.title,
        reasons=decided.reasons,
        rule=decided.rule,
        inputs=_inputs(known),
        next_gate=next((gate for gate in gates if gate.date > on), None),
        actions=tuple(actions_for(decided, known)),
        adjustments=adjustments if decided.decision == "adjust once" else (),
        after_success=after_success(plan, known.light_ended, on, limits) if decided.rule == "better" else (),
        delivery=delivery,
        outcomes=outcomes,
        goals=tuple(goal_states(plan, seen, started, on, limits)),
        impression=known.impression,
        sham=sham,
        said_aloud=tuple(said_aloud(plan, seen, pain, sham, started)),
        pain=tuple(DatedValue(date=date, value=value) for date, value in seen.series(PAIN)),
        other_treatment=tuple(
            DatedText(date=each.date, text=each.other_treatment) for each in seen.days if each.other_treatment
        ),
        events=tuple(DatedText(date=each.date, text=each.event) for each in seen.days if each.event),
        gates=tuple(gates),
        thresholds=plan.thresholds,
        clinician=_decided_by(clinician, decided),
        disclaimer=plan.disclaimer,
        citations={},
    )
    return made.model_copy(update={"citations": {key: source(key).citation for key in sorted(set(_sources(made)))}})


def _check(plan: Plan, diary: Diary, on: dt.date, earlier: Sequence[Review]) -> None:
    faults = []
    if plan.blocked or plan.prescription is None or plan.schedule is None or plan.lamp is None:
        raise InvalidInput(
            "plan", [Fault("plan", plan.title, "a plan that can be signed, with a prescription and a schedule")]
        )
    label, start = _label(plan), plan.schedule.sessions[0].date
    if diary.patient and diary.patient != label:
        faults.append(Fault("patient", diary.patient, f"the name on the plan: {label}"))
    if on < diary.days[0].date:
        faults.append(Fault("on", on.isoformat(), f"a day from {diary.days[0].date.isoformat()}, the diary's first"))
    faults += [
        Fault(f"earlier[{number}].patient", card.patient, f"the name on the plan: {label}")
        for number, card in enumerate(earlier)
        if card.patient != label
    ]
    for each in diary.days:
        place = f"{each.row} ({each.date})"
        if (start - each.date).days > FARTHEST_BACK_DAYS:
            faults.append(
                Fault(f"{place}.date", each.date.isoformat(), f"at most a year before the plan's start, {start}")
            )
        if each.session is None:
            continue
        if each.date < start:
            faults.append(Fault(f"{place}.time", "a session", f"sessions of this plan, which starts on {start}"))
        unknown = [field for field in each.session.fields or {} if field not in plan.prescription.fields]
        faults += [
            Fault(f"{place}.fields", field, f"a field of the plan: {', '.join(plan.prescription.fields)}")
            for field in unknown
        ]
    if faults:
        raise InvalidInput("diary against plan", faults)


def _label(plan: Plan) -> str:
    return str(plan.case["patient"]["label"])


def _after(diary: Diary, last: dt.date) -> Diary:
    return diary.model_copy(update={"days": tuple(each for each in diary.days if each.date > last)})


def _impression(diary: Diary, on: dt.date, limits: Mapping[str, float]) -> DatedValue | None:
    recent = [
        DatedValue(date=date, value=value)
        for date, value in diary.series("pgic")
        if (on - date).days < limits["score_window_days"]
    ]
    return recent[-1] if recent else None


def _sham(plan: Plan, pain: DomainOutcome) -> ShamStanding | None:
    condition: Condition = condition_named(str(plan.case["diagnosis"]["condition"]))
    if not condition_info(condition).painful or pain.before is None:
        return None
    found = sham_change(condition)
    comparable = pain.instrument == PAIN and pain.state != "not judged" and pain.improvement is not None
    change = pain.improvement if comparable else None
    return ShamStanding(
        condition=condition_info(condition).label,
        mean=found.mean,
        mean_of=found.mean_of,
        borrowed=found.borrowed,
        low=2 * found.mean - found.limit,
        limit=found.limit,
        share_as_good=None if change is None else found.share_as_good(change),
        more_than_sham=None
        if change is None
        else pain.state in ("better", "much better") and not found.explains(change),
        within_reach=pain.before.mean >= found.limit,
    )


def _inputs(known: Known) -> dict[str, str]:
    told = {
        "day": f"{day(known.on)}, week {known.week}",
        "red flags": ", ".join(alarm.flag.id for alarm in known.alarms) or "none",
        "delivery": "; ".join(known.delivery.reasons),
        **{found.label: _state_text(found) for found in known.outcomes if found.instrument},
        "impression of change": "not asked lately" if known.impression is None else f"{known.impression.value:g} of 7",
    }
    if known.adjusted:
        told["adjusted before"] = "yes"
    return told


def _state_text(found: DomainOutcome) -> str:
    impaired = {True: "impaired at the start", False: "not impaired at the start", None: ""}[found.impaired]
    return ", ".join(filter(None, (found.state, impaired)))


def _decided_by(clinician: ClinicianDecision | None, decided: Decided) -> ClinicianDecision | None:
    if clinician is None or clinician.word != "accept":
        return clinician
    return clinician.model_copy(update={"decision": decided.decision})


def _sources(made: Review) -> Iterator[str]:
    for action in made.actions:
        yield from action.sources
    for adjustment in made.adjustments:
        yield from adjustment.sources
    for outcome in made.outcomes:
        yield from outcome.sources
    for threshold in made.thresholds:
        yield from threshold.sources
