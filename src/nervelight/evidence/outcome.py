"""One result of a trial as printed, and whether its numbers agree with each other."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nervelight.evidence.located import Located

__all__ = ["Outcome", "OutcomeDomain", "outcome_label"]

OutcomeDomain = Literal[
    "pain",
    "pain_responders",
    "response",
    "incidence",
    "neuropathy_score",
    "sensation",
    "nerve_conduction",
    "nerve_fibres",
    "motor_function",
    "function",
    "quality_of_life",
    "circulation",
    "biology",
    "adverse_events",
    "several",
]
"""What an outcome is of: ``pain_responders`` people with 30 % or 50 % less pain, ``response`` people who got better by
another rule, ``incidence`` people in whom the condition began, ``several`` lists of scales in one sentence."""


BEFORE = re.compile(r"\b(before|baseline|start of)\b", re.IGNORECASE)

_LABELS: dict[OutcomeDomain, str] = {
    "pain": "Pain",
    "pain_responders": "People with 30 % or 50 % less pain",
    "response": "People who responded",
    "incidence": "People in whom it began",
    "neuropathy_score": "Neuropathy score",
    "sensation": "Feeling",
    "nerve_conduction": "Nerve conduction",
    "nerve_fibres": "Nerve fibres in the skin",
    "motor_function": "Movement",
    "function": "Function",
    "quality_of_life": "Quality of life",
    "circulation": "Circulation",
    "biology": "Laboratory values",
    "adverse_events": "Adverse events",
    "several": "Several scales",
}


def outcome_label(domain: OutcomeDomain) -> str:
    """Return what people call an outcome."""
    return _LABELS[domain]


def _ascending(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError("needs the lower end first")
    return ends


def _apart(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] == ends[1]:
        raise ValueError("needs two ends that differ")
    return ends


def _p_value(text: object) -> object:
    found = re.fullmatch(r"(<=|<|>=|>|=) ([01](?:\.\d+)?)", text) if isinstance(text, str) else None
    if found is None or float(found[2]) > 1:
        raise ValueError("needs a P value as printed, such as '= 0.03' or '< 0.05', between 0 and 1")
    return text


Ends = Annotated[tuple[float, float], AfterValidator(_ascending)]


class Outcome(Located):
    """One result as printed; all numbers in the unit of the instrument."""

    instrument: str
    """What was measured."""
    domain: OutcomeDomain
    """What that is a measure of."""
    unit: str = ""
    """Scale or unit."""
    range: Annotated[Ends, AfterValidator(_apart)] | None = None
    """Lowest and highest score of the scale, where known; an assumption is named in `unverified` of the study."""
    better: Literal["lower", "higher"] | None = None
    """Which direction is an improvement; needed for an effect size."""
    week: float | None = Field(default=None, ge=0)
    """Weeks after the start of treatment."""
    time: str = ""
    """When, where weeks do not say it."""
    arm: str = ""
    """Name of the arm, ``both``, or empty for a comparison between arms."""
    against: str = ""
    """For a comparison: the arm that the light is compared with, where there are several."""
    n: int | None = Field(default=None, gt=0)
    """People analysed."""
    mean: float | None = None
    """Mean or percentage."""
    sd: float | None = Field(default=None, ge=0)
    """Standard deviation of the mean or of the change, whichever the row gives."""
    se: float | None = Field(default=None, ge=0)
    """Standard error."""
    median_change: float | None = None
    """Median change from the start; negative is a fall."""
    iqr: Ends | None = None
    """Quartiles of the change, lower first."""
    change: float | None = None
    """Mean change from the start; negative is a fall."""
    change_percent: float | None = None
    """The same in per cent."""
    difference: float | None = None
    """Light minus comparator; a ratio for odds ratios."""
    difference_kind: Literal["mean", "standardised", "odds_ratio"] | None = None
    """Kind of the difference."""
    cohens_d: float | None = Field(default=None, ge=0)
    """Standardised effect, without sign as printed."""
    ci: Ends | None = None
    """95 % confidence interval of the mean, change or difference."""
    i2_percent: float | None = Field(default=None, ge=0, le=100)
    """Heterogeneity of a pooling."""
    count: int | None = Field(default=None, ge=0)
    """People with the outcome."""
    of: int | None = Field(default=None, gt=0)
    """People asked."""
    p: Annotated[str, BeforeValidator(_p_value)] | None = None
    """P value as printed, such as ``< 0.05``."""
    p_method: str = ""
    """Test behind it, where the source names one."""
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
    """True when known only through a third party, which `source` then names."""
    contradiction: str = ""
    """What to know about numbers of this outcome that disagree; needed exactly then."""
    remark: str = ""
    """What to know about the number."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.count is None) != (self.of is None):
            raise ValueError("count and of go together")
        if self.count is not None and self.of is not None and self.count > self.of:
            raise ValueError("count is more than of")
        if (self.difference is None) != (self.difference_kind is None):
            raise ValueError("difference and difference_kind go together")
        spread = next((name for name in ("sd", "se", "ci") if getattr(self, name) is not None), "")
        if spread and self.mean is not None and self.change is not None:
            raise ValueError(f"{spread} of the mean or of the change? write them in rows of their own")
        if self.week is None and BEFORE.search(self.time):
            raise ValueError("a score before treatment has week: 0")
        if self.secondary and not self.source:
            raise ValueError("a number from a third party needs source and place: which third party")
        return self
