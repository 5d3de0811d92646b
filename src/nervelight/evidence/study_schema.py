"""The shape of a study file: numbers as printed, gaps left open, each number with its place in a source."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from nervelight.documents import Document
from nervelight.evidence.conditions import Condition
from nervelight.evidence.guideline import Window
from nervelight.evidence.keys import SourceKey, with_own_keys
from nervelight.evidence.light import Light
from nervelight.evidence.located import Located
from nervelight.evidence.outcome import Outcome
from nervelight.evidence.outcome_arithmetic import check_outcomes
from nervelight.sources import Checked
from nervelight.units import Seconds

__all__ = [
    "CONTROLLED_DESIGNS",
    "SHAM_DESIGNS",
    "Arm",
    "Concern",
    "Design",
    "Direction",
    "NewSource",
    "Schedule",
    "Statement",
    "Status",
    "Study",
    "StudyId",
    "Topic",
    "Weakness",
    "WeaknessDomain",
]

StudyId = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=60)]
"""Author and year, or a trial number; also the name of the file."""
Topic = Literal[
    "treatment", "placebo", "light_guidance", "tissue_light", "safety", "mechanism", "coverage", "background"
]
"""What a study is about; ``treatment`` is light against a condition, ``placebo`` a response without light."""
Design = Literal[
    "sham_controlled",
    "controlled",
    "crossover",
    "cohort",
    "case_series",
    "pooled",
    "review",
    "guideline",
    "registration",
    "preclinical",
    "in_vitro",
    "ex_vivo",
]
"""How the numbers came about: ``controlled`` is randomised without a sham, ``crossover`` each person with light and
sham in turn, ``pooled`` a meta-analysis, ``review`` a synthesis without pooling, ``registration`` a trial announced."""
SHAM_DESIGNS: frozenset[Design] = frozenset({"sham_controlled", "crossover"})
"""Designs in which some people, or all people some of the time, got sham light."""
CONTROLLED_DESIGNS: frozenset[Design] = SHAM_DESIGNS | {"controlled"}
"""Designs in which chance decided who got the light."""
Status = Literal["reported", "ongoing", "terminated", "withdrawn"]
"""Whether there is a result."""
Direction = Literal[
    "favours_light",
    "no_difference",
    "mixed",
    "favours_comparator",
    "uncontrolled_improvement",
    "benchmark",
    "expert_opinion",
    "unknown",
    "not_applicable",
]
"""What the study as a whole says; ``benchmark`` is a placebo response without any light."""
WeaknessDomain = Literal[
    "randomisation",
    "blinding",
    "baseline",
    "attrition",
    "analysis",
    "reporting",
    "publication",
    "funding",
    "size",
    "plausibility",
    "applicability",
    "light",
]
"""What a weakness is of; ``applicability`` is indirectness, ``light`` a light that nobody can repeat."""
Concern = Literal["high", "some", "none"]
"""How serious it is; ``none`` marks a strength."""


class Arm(Located):
    """One group of a trial."""

    name: str
    """As in the outcomes."""
    role: Literal["light", "sham", "comparator", "open_light"]
    """What the group was given; ``open_light`` is light given later, with nobody to compare with."""
    n: int | None = Field(default=None, gt=0)
    """People in the group, as randomised where known."""
    completed: int | None = Field(default=None, gt=0)
    """People in the group at the end, where the source says it."""
    remark: str = ""
    """What to know about the number."""


class Schedule(Located):
    """How often and how long."""

    sessions_per_week: float | None = Field(default=None, gt=0)
    """Sessions in a week."""
    weeks: float | None = Field(default=None, gt=0)
    """Length of the course in weeks."""
    weeks_range: tuple[float, float] | None = None
    """Shortest and longest course in weeks, for guidelines."""
    total_sessions: int | None = Field(default=None, gt=0)
    """Sessions in the course."""
    session_time: Seconds | None = None
    """Length of a session, all sites together."""
    setting: Literal["home", "clinic"] | None = None
    """Where; absent when not stated."""
    remark: str = ""
    """What to know about the schedule."""

    @model_validator(mode="after")
    def _closes(self) -> Self:
        if self.sessions_per_week and self.weeks and self.total_sessions:
            raise ValueError("two of sessions_per_week, weeks and total_sessions are enough; the third is computed")
        return self

    def completed(self) -> Schedule:
        """Return the schedule with the third of its numbers, where two of them are known."""
        rate, weeks, total = self.sessions_per_week, self.weeks, self.total_sessions
        update: dict[str, float | int] = {}
        if rate and weeks:
            update["total_sessions"] = round(rate * weeks)
        elif rate and total:
            update["weeks"] = total / rate
        elif weeks and total:
            update["sessions_per_week"] = total / weeks
        return self.model_copy(update=update)


class Weakness(Document):
    """One reason to trust a study less, or more."""

    domain: WeaknessDomain
    """What it is about."""
    concern: Concern
    """How serious it is."""
    text: str
    """In plain words."""


class Statement(Located):
    """What a source says beside the outcomes of a trial: a measurement, a recommendation, a single report."""

    about: str
    """Which report, group or item, where the file bundles several."""
    text: str
    """In our own words, numbers with their unit."""
    unverified: bool = False
    """True without a checked source."""


class NewSource(Document):
    """A citation that a file brings along; in the package's own files every citation stands in sources.toml."""

    citation: str = Field(min_length=10)
    """As it would stand in a reference list."""
    checked: Checked
    """How far it was read for the numbers taken from it."""
    doi: str = ""
    """Digital object identifier."""
    url: str = ""
    """Address, where there is no identifier."""
    note: str = ""
    """What to know about it."""


class Study(Document):
    """One trial, pooling, guideline, benchmark or background paper."""

    id: StudyId
    """Also the name of the file."""
    called: str = ""
    """How people call it, where author and year do not say it."""
    condition: Condition | None
    """Condition studied; null for a guideline, for mixed neuropathies and for what is no treatment."""
    also: tuple[Condition, ...] = ()
    """Further conditions among its people."""
    condition_text: str = ""
    """More exactly."""
    topic: Topic = "treatment"
    """What it is about."""
    design: Design
    """How the numbers came about."""
    status: Status = "reported"
    """Whether there is a result."""
    registry: str = ""
    """Registration number."""
    studies: int | None = Field(default=None, gt=0)
    """Trials in a pooling or review."""
    n: int | None = Field(default=None, ge=0)
    """People in all."""
    n_text: str = ""
    """Which people that number counts."""
    arms: tuple[Arm, ...] = ()
    """Groups."""
    participants: str = ""
    """Who took part."""
    phototype: str = ""
    """Skin phototype of those who took part; empty where none was found."""
    comparator: str = ""
    """Against what."""
    lights: tuple[Light, ...] = ()
    """One entry for each arm or setting."""
    windows: tuple[Window, ...] = ()
    """Rows of a guideline."""
    schedule: Schedule | None = None
    """How often and how long."""
    outcomes: tuple[Outcome, ...] = ()
    """Results."""
    statements: tuple[Statement, ...] = ()
    """What else the source says."""
    adverse_events: str = ""
    """As reported; empty where nothing was found, which is not the same as none."""
    direction: Direction
    """What the study as a whole says."""
    bias: tuple[Weakness, ...] = ()
    """Reasons to trust it less, or more."""
    same_people_as: StudyId | None = None
    """Study with the same people: never counted twice."""
    given_to_all: str = ""
    """Treatment, begun with the trial, that every arm had, so that no arm shows what sham alone does."""
    set_aside: str = ""
    """Why its effect is left out of poolings and shown apart; empty for all others."""
    sources: Annotated[tuple[SourceKey, ...], Field(min_length=1)]
    """Keys of sources.toml; numbers stand in the first unless they say otherwise."""
    place: str = Field(min_length=1)
    """Where in the first source its numbers stand, unless they say otherwise."""
    checked: Checked
    """How far the source could be read for this entry."""
    unverified: tuple[str, ...] = ()
    """Statements of this entry without a checked source."""
    citations: dict[str, NewSource] = Field(default_factory=dict)
    """Citations that this file brings along, by key; only in files added by users."""

    @model_validator(mode="wrap")
    @classmethod
    def _with_its_own_citations(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        own = data.get("citations") if isinstance(data, dict) else None
        with with_own_keys(map(str, own) if isinstance(own, dict) else ()):
            return handler(data)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.windows and self.design != "guideline":
            raise ValueError("only a guideline has windows")
        labels = [light.label for light in self.lights]
        if len(labels) > 1 and ("" in labels or len(set(labels)) < len(labels)):
            raise ValueError("several lights need a label each")
        if self.same_people_as == self.id:
            raise ValueError("same_people_as names another study")
        known = {arm.name for arm in self.arms} | {"both", ""}
        strangers = {name for outcome in self.outcomes for name in (outcome.arm, outcome.against)} - known
        if strangers:
            raise ValueError(f"outcomes speak of unknown arms: {', '.join(sorted(strangers))}")
        located: list[Located] = [*self.arms, *self.lights, *self.windows, *self.outcomes, *self.statements]
        elsewhere = {part.source for part in [*located, *([self.schedule] if self.schedule else [])] if part.source}
        if elsewhere - set(self.sources):
            raise ValueError(f"numbers come from {', '.join(sorted(elsewhere - set(self.sources)))}: add to sources")
        broken: dict[int, list[str]] = {}
        for check in check_outcomes(self.outcomes, {arm.name: arm.completed or arm.n for arm in self.arms}):
            if not check.consistent:
                broken.setdefault(check.row, []).append(check.text)
        for row, texts in broken.items():
            if not self.outcomes[row].contradiction:
                raise ValueError(f"outcomes[{row}] needs a 'contradiction' that owns up to: {'; '.join(texts)}")
        for row, outcome in enumerate(self.outcomes):
            if outcome.contradiction and row not in broken:
                raise ValueError(f"outcomes[{row}] says 'contradiction', but its numbers agree")
        return self

    def speaks_of(self, condition: Condition | None) -> bool:
        """Return whether a condition is among those studied; None stands for any."""
        return condition is None or condition in (self.condition, *self.also)
