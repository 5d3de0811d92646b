"""The second job: from a signed plan and a diary to a decision card."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Literal

from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import Condition, condition_info, condition_named, sham_change
from nervelight.planning.diary import Diary
from nervelight.planning.plan_document import Plan
from nervelight.planning.review.actions import actions_for
from nervelight.planning.review.adjustment import after_success, possible_adjustments
from nervelight.planning.review.alarms import alarms
from nervelight.planning.review.course import Course, course_of
from nervelight.planning.review.decision import decide
from nervelight.planning.review.delivery import compare_delivery, too_much_light
from nervelight.planning.review.earlier import Settled, settled_by
from nervelight.planning.review.goals import goal_states
from nervelight.planning.review.known import BETTER, PLANNED_DAY, POSSIBLY, Decided, Known
from nervelight.planning.review.outcomes import PAIN, compare_outcomes, gain_by
from nervelight.planning.review.review_document import (
    RULES,
    ClinicianDecision,
    DatedText,
    DatedValue,
    DomainOutcome,
    EarlierCard,
    Review,
    ReviewMade,
    ShamStanding,
    Step,
)
from nervelight.planning.review.rules_effect import EFFECT_RULES
from nervelight.planning.review.rules_success import step_back
from nervelight.planning.review.said_aloud import said_aloud
from nervelight.planning.thresholds import Threshold, thresholds, thresholds_by_name
from nervelight.planning.words import count, day, joined
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
        Cards of this person that a clinician decided on. Flags that they show are not raised again, a course is
        adjusted once and then judged against its first baseline, steps that were agreed on go on.
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
    if on < diary.days[0].date:
        allowed = f"a day from {diary.days[0].date}, the diary's first"
        raise InvalidInput("review", [Fault("on", on.isoformat(), allowed)])
    label, plan_sha256 = _label(plan), hashlib.sha256(plan.to_json().encode()).hexdigest()
    limits = thresholds_by_name(plan.thresholds)
    settled = settled_by(earlier, label, plan_sha256, on)
    seen = diary.until(on)
    course = _course(plan, diary, seen, on, settled)
    delivery = compare_delivery(course, on, limits, more_agreed=settled.success is not None)
    outcomes = compare_outcomes(course, seen, on, limits)
    pain = outcomes[0]
    flags = alarms(course, seen, pain, on, limits)
    fresh = [alarm for alarm in flags if (alarm.flag.id, alarm.date) not in settled.flags]
    events = [DatedText(date=each.date, text=each.event) for each in seen.days if each.event]
    last_session = max((session.date for session in delivery.sessions), default=None)
    ended = last_session if last_session and (on - last_session).days > ENDED_DAYS else None
    adjustments = possible_adjustments(plan)
    sham = _sham(plan, pain)
    gain = (pain.improvement or 0.0) if pain.instrument == PAIN else 0.0
    impression = _impression(seen)
    known = Known(
        on=on,
        delivery_gate=course.start + dt.timedelta(weeks=limits["delivery_week"]),
        effect_gate=course.start + dt.timedelta(weeks=limits["effect_week"]),
        latest=course.start + dt.timedelta(weeks=limits["latest_week"]),
        course_end=course.end,
        per_week=max(1.0, course.order.sessions_per_week),
        begun=bool(course.given),
        alarms=[alarm for alarm in fresh if not alarm.closed],
        too_much=[each for each in too_much_light(course, limits) if each not in settled.seen],
        delivery=delivery,
        outcomes=outcomes,
        impression=impression,
        impression_counts=impression is not None and (on - impression.date).days < limits["score_window_days"],
        adjustments=adjustments,
        settled=settled,
        sham_explains=sham is not None and sham.explained,
        light_ended=ended,
        gained_by_then=gain_by(course, seen, ended, gain, limits) if ended and gain > 0 else None,
    )
    decided = decide(known, limits)
    gates = [DatedText(date=gate.date, text=gate.label) for gate in course.schedule.gates]
    closed = [alarm for alarm in fresh if alarm.closed]
    recent = [event for event in events if (event.date, event.text) not in settled.seen]
    made = Review(
        made=ReviewMade(
            nervelight=version("nervelight"),
            rules=RULES,
            plan_sha256=plan_sha256,
            diary_file=diary_file,
            diary_sha256=diary_sha256,
            earlier=tuple(_earlier(settled.cards)),
        ),
        patient=label,
        synthetic=diary.synthetic,
        on=on,
        start=course.start,
        late_days=course.late_days,
        first_light=course.first_light,
        week=(on - course.start).days // 7,
        course=plan.title,
        decision=decided.decision,
        title=decided.title + _elsewhere(decided, outcomes),
        reasons=decided.reasons,
        rule=decided.rule,
        inputs=_inputs(known),
        success_by=_success_by(decided, known),
        next_gate=next((gate for gate in gates if gate.date > on), None),
        actions=actions_for(decided, known, closed, recent),
        adjustments=adjustments if decided.decision == "adjust once" else (),
        after_success=_steps(decided, known, course, limits),
        red_flags=tuple(alarm.seen for alarm in flags),
        delivery=delivery,
        outcomes=outcomes,
        goals=tuple(goal_states(course, seen, on, limits)),
        impression=impression,
        sham=sham,
        said_aloud=tuple(said_aloud(course, seen, known, sham, settled, decided)),
        pain=tuple(DatedValue(date=date, value=value) for date, value in seen.series(PAIN)),
        other_treatment=tuple(
            DatedText(date=each.date, text=each.other_treatment) for each in seen.days if each.other_treatment
        ),
        events=tuple(events),
        gates=tuple(gates),
        thresholds=_thresholds(plan),
        clinician=_decided_by(clinician, decided),
        disclaimer=plan.disclaimer,
        citations={},
    )
    return made.model_copy(update={"citations": {key: source(key).citation for key in sorted(set(_sources(made)))}})


def _course(plan: Plan, diary: Diary, seen: Diary, on: dt.date, settled: Settled) -> Course:
    """Return the course, or raise with every way in which plan and diary do not belong together."""
    label, faults = _label(plan), list[Fault]()
    if diary.patient != label:
        faults.append(Fault("patient", diary.patient or None, f"the name on the plan: {label}"))
    if plan.schedule is not None:
        start = plan.schedule.sessions[0].date
        if on < start:
            faults.append(Fault("on", on.isoformat(), f"a day from {start}, the first of the course"))
        allowed = f"at most a year before the course, {start}"
        faults += [
            Fault(f"{each.row} ({each.date}).date", each.date.isoformat(), allowed)
            for each in diary.days
            if (start - each.date).days > FARTHEST_BACK_DAYS
        ]
    try:
        baseline = settled.adjusted.first_light if settled.adjusted is not None else None
        course = course_of(plan, seen, thresholds_by_name(plan.thresholds), settled.light_before, baseline)
    except InvalidInput as problem:
        raise InvalidInput(problem.where, [*faults, *problem.faults]) from None
    if faults:
        raise InvalidInput("diary against plan", faults)
    return course


def _label(plan: Plan) -> str:
    return str(plan.case["patient"]["label"])


def _earlier(cards: Iterable[Review]) -> Iterator[EarlierCard]:
    for card in cards:
        if card.clinician is not None:
            yield EarlierCard(
                on=card.on,
                plan_sha256=card.made.plan_sha256,
                word=card.clinician.word,
                decision=card.clinician.decision or "none",
                by=card.clinician.by,
            )


def _thresholds(plan: Plan) -> tuple[Threshold, ...]:
    """Return what decides: the plan's own numbers, and this package's for those that an older plan lacks."""
    named = {each.id for each in plan.thresholds}
    return (*plan.thresholds, *(each for each in thresholds() if each.id not in named))


def _success_by(decided: Decided, known: Known) -> Literal["", "pain", "every impaired part"]:
    card = known.settled.success
    if decided.rule == "better":
        return "pain" if known.pain.state in BETTER else "every impaired part"
    return card.success_by if card is not None and decided.rule in ("the gain lasts", "the gain is lost") else ""


def _steps(decided: Decided, known: Known, course: Course, limits: Mapping[str, float]) -> tuple[Step, ...]:
    """Return what is agreed on after success: new steps, those that are left, or one step back."""
    card = known.settled.success
    if decided.rule == "better":
        return after_success(course, known.light_ended, known.on, limits)
    if card is not None and decided.rule == "the gain lasts":
        return tuple(step for step in card.after_success if step.last >= known.on)
    if card is not None and decided.rule == "the gain is lost":
        return after_success(course, None, known.on, limits, highest=step_back(card, known.on, known.per_week))
    return ()


def _elsewhere(decided: Decided, outcomes: Sequence[DomainOutcome]) -> str:
    """Return what the title must not hide: parts of life that got worse while an effect is judged by pain."""
    worse = [found.label for found in outcomes[1:] if found.state == "worse"]
    if not worse or decided.rule not in EFFECT_RULES:
        return ""
    return f"; {joined(worse)} {'is' if len(worse) == 1 else 'are'} worse"


def _impression(diary: Diary) -> DatedValue | None:
    asked = diary.series("pgic")
    return DatedValue(date=asked[-1][0], value=asked[-1][1]) if asked else None


def _sham(plan: Plan, pain: DomainOutcome) -> ShamStanding | None:
    condition: Condition = condition_named(str(plan.case["diagnosis"]["condition"]))
    if not condition_info(condition).painful or pain.before is None:
        return None
    found = sham_change(condition)
    # People on sham are no measure of pain that got no better.
    change = pain.improvement if pain.instrument == PAIN and pain.state in POSSIBLY else None
    return ShamStanding(
        condition=condition_info(condition).label,
        mean=found.mean,
        mean_of=found.mean_of,
        borrowed=found.borrowed,
        low=2 * found.mean - found.limit,
        limit=found.limit,
        share_as_good=None if change is None else found.share_as_good(change),
        more_than_sham=None if change is None else pain.state in BETTER and not found.explains(change),
        explained=change is not None and found.explains(change),
        within_reach=pain.before.mean >= found.limit,
    )


def _inputs(known: Known) -> dict[str, str]:
    told = {
        "day": day(known.on),
        "red flags": ", ".join(alarm.flag.id for alarm in known.alarms) or "none",
        "delivery": "; ".join(known.delivery.reasons),
        **{found.label: _state_text(found) for found in known.outcomes if found.instrument},
        "impression of change": "not asked"
        if known.impression is None
        else f"{known.impression.value:g} of 7, {day(known.impression.date)}",
    }
    off = (known.on - known.effect_gate).days
    if off >= 0:
        told["planned day"] = "yes" if off <= PLANNED_DAY else f"no: {count(off, 'day')} after {day(known.effect_gate)}"
    if known.settled.adjusted is not None:
        told["adjusted before"] = "yes"
    if known.light_ended is not None:
        told["of the gain, there when light ended"] = known.gained_by_then or "not written down"
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
