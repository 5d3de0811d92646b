"""The trial library: one file a study, with numbers as printed and gaps left open."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.evidence.conditions import Condition
from nervelight.evidence.guideline import Window
from nervelight.evidence.keys import SourceKey
from nervelight.evidence.light import Light
from nervelight.sources import Checked
from nervelight.units import Seconds

__all__ = ["Arm", "Design", "Direction", "Outcome", "Schedule", "Study", "StudyId", "study", "study_ids"]

StudyId = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
"""Author and year, or a trial number; also the name of the file."""
Design = Literal["sham_controlled", "controlled", "crossover", "cohort", "case_series", "pooled", "guideline"]
"""How the numbers came about; ``controlled`` is randomised without a sham, ``pooled`` a meta-analysis."""
Direction = Literal[
    "favours_light",
    "no_difference",
    "mixed",
    "favours_comparator",
    "uncontrolled_improvement",
    "benchmark",
    "expert_opinion",
    "unknown",
]
"""What the study as a whole says; ``benchmark`` is a placebo response without any light."""

_STUDIES = resources.files("nervelight.evidence") / "data" / "studies"


class Arm(Document):
    """One group of a trial."""

    name: str
    """As in the outcomes."""
    role: Literal["light", "sham", "comparator"]
    """What the group was given."""
    n: int | None = Field(default=None, gt=0)
    """People in the group, as randomised where known."""
    remark: str = ""
    """What to know about the number."""


class Schedule(Document):
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


class Outcome(Document):
    """One result as printed; all numbers in the unit of the instrument."""

    instrument: str
    """What was measured."""
    unit: str = ""
    """Scale or unit."""
    week: float | None = Field(default=None, ge=0)
    """Weeks after the start of treatment."""
    time: str = ""
    """When, where weeks do not say it."""
    arm: str = ""
    """Name of the arm, ``both``, or empty for a comparison between arms."""
    n: int | None = Field(default=None, gt=0)
    """People analysed."""
    mean: float | None = None
    """Mean or percentage."""
    sd: float | None = Field(default=None, ge=0)
    """Standard deviation."""
    se: float | None = Field(default=None, ge=0)
    """Standard error."""
    median_change: float | None = None
    """Median change from the start; negative is a fall."""
    iqr: tuple[float, float] | None = None
    """Quartiles of the change, lower first."""
    change: float | None = None
    """Mean change from the start; negative is a fall."""
    change_percent: float | None = None
    """The same in per cent."""
    difference: float | None = None
    """Light minus comparator; a ratio for odds ratios."""
    difference_kind: Literal["mean", "standardised", "odds_ratio"] | None = None
    """Kind of the difference."""
    cohens_d: float | None = None
    """Standardised effect, without sign as printed."""
    ci: tuple[float, float] | None = None
    """95 % confidence interval of the mean, change or difference."""
    i2_percent: float | None = Field(default=None, ge=0, le=100)
    """Heterogeneity of a pooling."""
    count: int | None = Field(default=None, ge=0)
    """People with the outcome."""
    of: int | None = Field(default=None, gt=0)
    """People asked."""
    p: str | None = Field(default=None, pattern=r"^(<=|<|=|>) [01]\.\d+$")
    """P value as printed, such as ``< 0.05``."""
    direction: (
        Literal[
            "favours_light",
            "favours_comparator",
            "no_difference",
            "improved",
            "unchanged",
            "worsened",
            "not_reported",
        ]
        | None
    ) = None
    """Between arms the first three, within an arm the next."""
    secondary: bool = False
    """True when known only through a third party."""
    remark: str = ""
    """What to know about the number."""


class Study(Document):
    """One trial, pooling, guideline or benchmark."""

    id: StudyId
    """Also the name of the file."""
    condition: Condition | None
    """Condition studied; null for a guideline or for a condition without neuropathic pain."""
    condition_text: str = ""
    """More exactly."""
    design: Design
    """How the numbers came about."""
    registry: str = ""
    """Registration number."""
    studies: int | None = Field(default=None, gt=0)
    """Trials in a pooling."""
    n: int | None = Field(default=None, gt=0)
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
    adverse_events: str = ""
    """As reported; empty where nothing was found, which is not the same as none."""
    direction: Direction
    """What the study as a whole says."""
    bias: tuple[str, ...] = ()
    """Reasons to trust it less, or more."""
    sources: tuple[SourceKey, ...] = Field(min_length=1)
    """Keys of sources.toml."""
    checked: Checked
    """How far the source could be read for this entry."""
    unverified: tuple[str, ...] = ()
    """Statements of this entry without a checked source."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.design == "guideline") != bool(self.windows):
            raise ValueError("a guideline has windows, and nothing else has")
        labels = [light.label for light in self.lights]
        if len(labels) > 1 and ("" in labels or len(set(labels)) < len(labels)):
            raise ValueError("several lights need a label each")
        known = {arm.name for arm in self.arms} | {"both", ""}
        strangers = {outcome.arm for outcome in self.outcomes} - known
        if strangers:
            raise ValueError(f"outcomes speak of unknown arms: {', '.join(sorted(strangers))}")
        return self


@cache
def study_ids() -> tuple[StudyId, ...]:
    """Return the names of all studies, sorted, without reading any."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _STUDIES.iterdir() if file.name.endswith(".yaml")))


@cache
def study(study_id: StudyId) -> Study:
    """Return one study; no other file is read.

    Raises
    ------
    UnknownName
        If there is none of that name.
    InvalidInput
        If its file breaks the schema.

    Examples
    --------
    >>> study("lavery2008").direction
    'no_difference'
    """
    if study_id not in study_ids():
        raise UnknownName("study", study_id, study_ids())
    where = f"evidence/data/studies/{study_id}.yaml"
    found = validated(Study, read_data("nervelight.evidence", "data", "studies", f"{study_id}.yaml"), where)
    if found.id != study_id:
        raise InvalidInput(where, [Fault("id", found.id, f"the name of the file, {study_id}")])
    return found
