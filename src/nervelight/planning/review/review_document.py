"""The review as a document: what ``review.json`` holds, and all that the decision card is drawn from.

As in a plan, units stand in the names, and new fields may come within a version of the schema.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer, StrictBool

from nervelight.documents import Document, Text
from nervelight.planning.diary import SkinCheck
from nervelight.planning.plan_document import Band
from nervelight.planning.thresholds import Threshold

__all__ = [
    "REVIEW_SCHEMA",
    "RULES",
    "Action",
    "Adjustment",
    "ClinicianDecision",
    "DatedText",
    "DatedValue",
    "DecisionWord",
    "Delivery",
    "DomainOutcome",
    "EarlierCard",
    "FieldLight",
    "Gathered",
    "GivenSession",
    "GoalState",
    "PlannedDay",
    "Review",
    "ReviewMade",
    "SeenFlag",
    "ShamStanding",
    "Step",
]

REVIEW_SCHEMA = "nervelight-review-1"
RULES = "nervelight-review-rules-1"
"""Version of the rules that decide: it changes when the same plan and diary could lead to another decision."""

DecisionWord = Literal["continue", "mend first", "adjust once", "stop", "refer"]

Number = Annotated[float, PlainSerializer(lambda x: float(f"{x:.6g}"), return_type=float, when_used="json")]


class DatedText(Document):
    """Something said on a day."""

    date: dt.date
    text: str


class DatedValue(Document):
    """A score on a day."""

    date: dt.date
    value: Number


class GivenSession(Document):
    """A session as given, held against the plan."""

    date: dt.date
    planned: dt.date | None
    """The day it was planned for; None for a session that the plan does not have."""
    departures: tuple[str, ...]
    """What was out of tolerance, in words."""
    not_recorded: tuple[str, ...]
    """What nobody wrote down; it is taken as planned."""
    light_percent: Number | None
    """Fluence at the target, mean over the planned fields, of that planned; None where it cannot be computed."""
    as_planned: StrictBool
    """Whether every field had the planned light, within the plan's tolerance."""
    too_much: str
    """Why it gave, or may have given, far more light than planned; empty where it did not."""
    cumulative_j_cm2: Number
    """Fluence at the target up to and with this session, mean over the planned fields, at the plan's median."""
    skin: SkinCheck | None


class PlannedDay(Document):
    """A planned session, and what became of it."""

    date: dt.date
    state: Literal["given", "moved", "made up", "missed", "to come"]


class FieldLight(Document):
    """Fluence at the target under one field, over all sessions so far."""

    field: str
    delivered_j_cm2: Band
    """By the interval of the plan's light; the share of the planned is known better than either."""
    planned_j_cm2: Band
    """For the sessions that were due."""
    percent: Number
    """Delivered of planned until now."""
    per_session_percent: Number | None
    """Light in a session given, of that planned, on average; None where none can be computed."""


class Delivery(Document):
    """What was given against what was planned."""

    due: int
    """Sessions planned up to the review."""
    given: int
    """Those of them that were given: on their day, moved by a few days, or made up after the course."""
    as_planned: int
    """Sessions that gave every field the planned light, within the plan's tolerance."""
    extra: int
    """Sessions given during the course that the plan does not have."""
    later: int
    """Sessions given after the course."""
    adherence_percent: Number
    light_percent: Number | None
    """Mean fluence at the target in a session given, of that planned; None where none can be computed."""
    in_tolerance: int
    """Sessions with every parameter within its tolerance."""
    assumed: int
    """Sessions of which lamp, distance or fields were not written down, and are taken as planned."""
    skin_unchecked: int
    """Sessions after which nobody wrote down that the skin was looked at."""
    days: tuple[PlannedDay, ...]
    sessions: tuple[GivenSession, ...]
    fields: tuple[FieldLight, ...]
    uncounted: int
    """Sessions whose light cannot be computed; they are left out of the fluence, not out of adherence."""
    judgeable: StrictBool
    """Whether an effect can be judged at all."""
    reasons: tuple[str, ...]
    """Why, or why not."""


class Gathered(Document):
    """Scores that a mean rests on."""

    mean: Number
    written: int
    """Days or forms that were filled in."""
    possible: int
    """Days within the window; the same as `written` for a form that is not daily."""
    first: dt.date
    last: dt.date


class DomainOutcome(Document):
    """One domain of a person's life, before and after."""

    id: str
    label: str
    instrument: str
    """Id of the instrument that decides; empty where none was asked both before and after."""
    name: str
    """Name of that instrument."""
    state: str
    """As in `nervelight.assessment.ChangeState`."""
    reasons: tuple[str, ...]
    before: Gathered | None
    after: Gathered | None
    unit: str = ""
    """Unit of the scores; empty for points."""
    impaired: StrictBool | None
    """Whether it was impaired at the start, so that it has to get better; None where that is not known."""
    impaired_at: Number | None = None
    """The score from which it counts as impaired."""
    impaired_unverified: StrictBool = False
    """True when that score has no checked source."""
    improvement: Number | None = None
    """Towards better; below zero is worse."""
    percent: Number | None = None
    """Improvement of the baseline [%]."""
    important: Number | None = None
    """The change that matters from this baseline."""
    reliable: tuple[Number, Number] | None = None
    """Beyond measurement error, two-sided 90 %, for the two ends of the error."""
    p_better: tuple[Number, Number] | None = None
    """Probability that the true change is for the better."""
    p_important: tuple[Number, Number] | None = None
    """Probability that the true change is at least the one that matters."""
    state_if_missing_no_better: str = ""
    """The state if the days that nobody wrote down had been like the baseline; empty where none is missing."""
    unverified: StrictBool = False
    """True when the change that matters has no checked source."""
    sources: tuple[str, ...]


class ShamStanding(Document):
    """Where the change of pain stands among people whose light does nothing."""

    condition: str
    mean: Number
    """Their mean improvement, points of 10."""
    mean_of: tuple[str, ...]
    """The studies it rests on."""
    borrowed: StrictBool
    """True where trials in other conditions stand in."""
    low: Number
    """What 95 % of them reach."""
    limit: Number
    """What only 5 % of them reach."""
    share_as_good: Number | None
    """Share of them who improve at least as much; None without a change to compare."""
    more_than_sham: StrictBool | None
    """Whether the change is more than sham explains; None where the change cannot be judged."""
    explained: StrictBool
    """Whether sham explains the change: 5 % or more of people on sham improve as much."""
    within_reach: StrictBool
    """Whether any change from this baseline could be more than sham explains."""


class GoalState(Document):
    """A goal of the person, and whether it was reached."""

    what: str
    """In their own words."""
    state: Literal["reached", "not yet reached", "not reached", "not judged", "ask"]
    text: str
    """What was agreed on, and what was found."""


class SeenFlag(Document):
    """A red flag, or a harm, that the diary shows."""

    id: str
    """Id of the red flag."""
    date: dt.date
    """Its last day."""
    why: str
    """What raised it."""


class EarlierCard(Document):
    """An earlier card that this one builds on."""

    on: dt.date
    plan_sha256: str
    word: str
    decision: str
    by: str


class Action(Document):
    """Something that somebody is to do."""

    text: str
    owner: str
    within: str
    """By when, from the review on."""
    why: str
    sources: tuple[str, ...]


class Adjustment(Document):
    """One change of the plan that the evidence leaves room for."""

    what: str
    why: str
    how: str
    """What to change in the case, for a new plan that is checked and signed anew."""
    sources: tuple[str, ...]


class Step(Document):
    """A stretch of time after success."""

    label: str
    first: dt.date
    last: dt.date
    sessions_per_week: Number
    question: str


class ClinicianDecision(Document):
    """What the clinician made of the proposal."""

    word: Literal["accept", "edit", "reject"]
    decision: DecisionWord | None
    """The decision that holds: the proposal, or what it was edited to; None for a rejection."""
    by: Text
    reason: Text
    date: dt.date


class ReviewMade(Document):
    """What made this review, so that it can be made again."""

    nervelight: str
    rules: str
    plan_sha256: str
    """Hash of the plan's JSON text, as the plan's page shows it."""
    diary_file: str
    diary_sha256: str
    earlier: tuple[EarlierCard, ...] = ()
    """Cards that were decided on before, in order of their day."""


class Review(Document):
    """A decision card: a proposal by rule until a clinician has decided."""

    schema_name: Literal["nervelight-review-1"] = Field(default="nervelight-review-1", alias="schema")
    made: ReviewMade
    patient: str
    synthetic: str
    """For an example: that diary and person are made up."""
    on: dt.date
    """The day that is reviewed."""
    start: dt.date
    """The day that weeks and gates are counted from."""
    late_days: int
    """By how many days the course began later than planned."""
    first_light: dt.date
    """First session of this plan, or of the one that it adjusts."""
    week: int
    """Whole weeks since the start."""
    course: str
    """The plan in one line."""
    decision: DecisionWord
    title: str
    """The decision in one line."""
    reasons: tuple[str, ...] = Field(min_length=1)
    rule: str
    """The rule that decided."""
    inputs: dict[str, str]
    """What the rules looked at, in words."""
    success_by: Literal["", "pain", "every impaired part"]
    """What success rests on; empty for any other rule than better and those that follow it."""
    next_gate: DatedText | None
    actions: tuple[Action, ...]
    adjustments: tuple[Adjustment, ...]
    after_success: tuple[Step, ...]
    red_flags: tuple[SeenFlag, ...]
    """What the diary shows up to this day, also what an earlier card has dealt with."""
    delivery: Delivery
    outcomes: tuple[DomainOutcome, ...]
    goals: tuple[GoalState, ...]
    impression: DatedValue | None
    """The patient's own impression of change, from 1 to 7."""
    sham: ShamStanding | None
    """None for a condition without pain."""
    said_aloud: tuple[str, ...]
    """What must be said with any result: regression to the mean, other treatment, missing days."""
    pain: tuple[DatedValue, ...]
    other_treatment: tuple[DatedText, ...]
    events: tuple[DatedText, ...]
    gates: tuple[DatedText, ...]
    thresholds: tuple[Threshold, ...]
    clinician: ClinicianDecision | None
    disclaimer: str
    citations: dict[str, str]

    def to_json(self) -> str:
        """Return the text of ``review.json``."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
