"""What is stored about a questionnaire, scale or test.

Wording and rules of scoring stand apart (`scoring_schema`). Scores are dimensionless; tests whose result has a unit
or depends on the method (walking distance, monofilament, tuning fork, nerve conduction) have ``readings`` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from nervelight.documents import Document
from nervelight.uncertainty import Interval, MillimetreInterval
from nervelight.units import parse_quantity

__all__ = [
    "READING_UNITS",
    "Band",
    "ChangeThreshold",
    "Cutoffs",
    "ImportantChange",
    "Instrument",
    "Licence",
    "Loinc",
    "Reading",
    "ReadingQuantity",
    "ReadingState",
    "Repeats",
    "ScoreRange",
]


ReadingQuantity = Literal[
    "missed_at_sites",
    "missed",
    "examiner_longer",
    "threshold",
    "amplitude",
    "velocity",
    "skin_temperature",
    "grade",
]
"""What a test without a single score measures."""
ReadingState = Literal["abnormal", "normal", "undecided", "not judged"]
"""What a reading means; undecided: the test says neither; not judged: it cannot be used as it was done."""

READING_UNITS: Mapping[str, str] = {
    "examiner_longer": "s",
    "threshold": "V",
    "amplitude": "uV",
    "velocity": "m/s",
    "skin_temperature": "degC",
}
"""Units of the measured quantities, as `parse_quantity` takes them; counts have none."""
READING_WORDS: Mapping[str, str] = {
    "missed_at_sites": "{} applications missed at a site",
    "missed": "{} missed",
    "examiner_longer": "the examiner feels it longer by {}",
    "threshold": "threshold {}",
    "amplitude": "amplitude {}",
    "velocity": "velocity {}",
    "skin_temperature": "skin {}",
}


def _exact_or_interval(value: object) -> object:
    return dict.fromkeys(("low", "central", "high"), value) if isinstance(value, (int, float)) else value


if TYPE_CHECKING:
    Points = Interval
else:
    # A printed number, or {low, high} where there are several, or {low, central, high} with an interval.
    Points = Annotated[Interval, BeforeValidator(_exact_or_interval)]


class ScoreRange(Document):
    """Which numbers can be a score."""

    low: float | None = None
    """Lowest score; absent when it has no bound or the bound is not known."""
    high: float | None = None
    """Highest score; absent likewise."""
    step: float | None = Field(default=None, gt=0)
    """Distance between possible scores, counted from 0; absent where means or prorated sums occur."""

    def __str__(self) -> str:
        kind = {None: "a number", 1.0: "a whole number"}.get(self.step, f"a number in steps of {self.step}")
        if self.low is None or self.high is None:
            return kind
        return f"{kind} from {self.low:g} to {self.high:g}"


class Band(Document):
    """A label and the lowest score that carries it."""

    label: str
    """What the score means."""
    at_least: float
    """Lowest score of the band; it ends where the next begins."""


class Cutoffs(Document):
    """One published way to read a score."""

    scheme: str = ""
    """Its name, where there is more than one."""
    bands: tuple[Band, ...] = Field(min_length=1)
    """From the lowest score up."""
    reason: str = ""
    """Why this scheme is preferred to the others, or what is known about it."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when it has no checked source."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        starts = [band.at_least for band in self.bands]
        if starts != sorted(set(starts)):
            raise ValueError(f"bands must rise, got {starts}")
        return self


class ImportantChange(Document):
    """A change that matters to patients, as one source has it. Sizes are positive in either direction."""

    points: Points | None = None
    """On the score."""
    percent: Points | None = None
    """Of the baseline [%]."""
    raw_sum: Points | None = None
    """On the sum of raw answers, where the source used that instead of the score."""
    raw_span: float | None = Field(default=None, gt=0)
    """Highest minus lowest raw sum; needed with `raw_sum`."""
    distance: MillimetreInterval | None = None
    """A walking distance [mm]."""
    score_at_most: float | None = None
    """For a scale that itself records change: the score that counts."""
    grade: Literal["minimal", "moderate", "substantial"] | None = None
    """How important."""
    scale: str = ""
    """The part of the instrument, where it has several."""
    basis: str = ""
    """How it was found, and in whom."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when it has no checked source."""

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        sizes = (self.points, self.percent, self.raw_sum, self.distance, self.score_at_most)
        if all(size is None for size in sizes):
            raise ValueError("needs points, percent, raw_sum, distance or score_at_most")
        if (self.raw_sum is None) != (self.raw_span is None):
            raise ValueError("raw_sum and raw_span go together")
        return self

    @property
    def raw_sum_percent(self) -> Interval | None:
        """`raw_sum` on a scale from 0 to 100; None without one."""
        if self.raw_sum is None or self.raw_span is None:
            return None
        return self.raw_sum.scaled(100.0 / self.raw_span)


class ChangeThreshold(Document):
    """From which change on a person is called changed: one of the published changes, or a rule of this project."""

    points: float = Field(gt=0)
    """Points of the score; with `percent`, the fewest that count: of a low baseline a share means nothing."""
    percent: float | None = Field(default=None, gt=0)
    """Of the baseline [%]."""
    much_percent: float | None = Field(default=None, gt=0)
    """Of the baseline [%], for much better; absent where nothing is established."""
    reason: str
    """Why this one."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when it has no checked source."""

    def points_from(self, baseline: float) -> float:
        """Return the points that matter from a baseline."""
        return max(self.points, (self.percent or 0) / 100 * abs(baseline))


class Reading(Document):
    """One limit of a test that has no single score, by one method: text is made from its numbers."""

    method: str = ""
    """The method, where there are several; results of different methods are not interchangeable."""
    quantity: ReadingQuantity
    """What is held against the limit."""
    finding: str
    """What it is called."""
    otherwise: str = ""
    """What it is called where the limit is not met and no other one holds."""
    state: ReadingState
    """What the finding means for the nerve."""
    at_least: float | None = None
    """Lowest value that has the finding, as a count or with its unit."""
    at_most: float | None = None
    """Highest value that has it, likewise."""
    under: float | None = None
    """The value below which it is found, likewise."""
    of: int | None = Field(default=None, ge=1)
    """For a count: out of how many."""
    sites: int | None = Field(default=None, ge=1)
    """For counts by site: how many sites of a foot are tested."""
    ages: tuple[float, float | None] | None = None
    """From which age on and below which one [years]; everybody when absent."""
    people: str = ""
    """Whom a competing limit is for. It is told where it would decide otherwise, and never decides."""
    words: str = ""
    """The rule in words, where it has no number."""
    reason: str = ""
    """Why this limit, or what is not known about it."""
    next_step: str = ""
    """What to do about the finding."""
    likelihood_ratio: float | None = Field(default=None, gt=0)
    """How much the finding changes the odds of neuropathy."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when it has no checked source."""

    @model_validator(mode="before")
    @classmethod
    def _with_units(cls, data: object) -> object:
        unit = READING_UNITS.get(data.get("quantity", "")) if isinstance(data, dict) else None
        if unit is None or not isinstance(data, dict):
            return data
        return data | {key: parse_quantity(data[key], unit) for key in ("at_least", "at_most", "under") if key in data}

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if (self.at_least is None and self.at_most is None and self.under is None) != bool(self.words):
            raise ValueError("needs at_least, at_most or under, or else words")
        return self

    def holds(self, value: float) -> bool:
        """Return whether a value has the finding."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.under is None or value < self.under)
        )

    def counts_at(self, age: float) -> bool:
        """Return whether the limit is for somebody of this age [years]."""
        if self.ages is None:
            return True
        first, end = self.ages
        return age >= first and (end is None or age < end)

    @property
    def unit(self) -> str:
        """The unit of the limit, as people write it; empty for a count."""
        return READING_UNITS.get(self.quantity, "").replace("u", "µ").replace("degC", "°C")

    def noted(self, gap: str) -> str:
        """Return what is written down of the test, with a gap for each number."""
        if self.sites:
            return f"missed of {self.of}: " + ", ".join(f"site {site} {gap}" for site in range(1, self.sites + 1))
        return READING_WORDS[self.quantity].format(f"{gap} of {self.of}" if self.of else f"{gap} {self.unit}")

    @property
    def rule(self) -> str:
        """When it is found, in words."""
        tail = f" {self.unit}" if self.unit else ""
        if self.at_least is not None and self.at_most is not None:
            size = f"{self.at_least:g} to {self.at_most:g}{tail}"
        elif self.at_least is not None:
            size = f"{self.at_least:g}{tail} or more"
        elif self.at_most is not None:
            size = f"at most {self.at_most:g}{tail}"
        else:
            size = "" if self.under is None else f"under {self.under:g}{tail}"
        size += f" of {self.of}" if self.of else ""
        text = self.words or READING_WORDS[self.quantity].format(size)
        if self.people:
            return f"{text}, {self.people}"
        if self.ages is None:
            return text
        first, end = self.ages
        return f"{text}, from {first:g} years" if end is None else f"{text}, from {first:g} to under {end:g} years"


class Repeats(Document):
    """How often a test is done before it counts, because practice alone improves it."""

    tests: int = Field(ge=2)
    """Tests that a baseline needs; the best of them counts."""
    within_days: int = Field(ge=1)
    """Days within which they are done."""
    learning: MillimetreInterval
    """How much farther the second test is by practice alone [mm]."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""


class Licence(Document):
    """What may be done with the wording."""

    ship: Literal["text", "own_text", "pack", "score_only"]
    """The original wording; our own; wording that the site installs; or scores alone."""
    status: Literal["generic", "published", "free", "free_terms", "public_domain_stated", "permission"]
    """What the holder of the rights says."""
    terms: str = ""
    """Conditions."""
    attribution: str = ""
    """The line that must stand with the wording."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: StrictBool = False
    """True when the status has no checked source."""

    @property
    def words_shipped(self) -> bool:
        """Whether the wording comes with this package: the original, or our own."""
        return self.ship in ("text", "own_text")


class Loinc(Document):
    """Codes of LOINC."""

    score: str
    """Code of the score."""
    panel: str = ""
    """Code of the whole questionnaire."""
    items: tuple[str, ...] = ()
    """Codes of the items, in their order."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""


class Instrument(Document):
    """One questionnaire, scale or test."""

    id: str
    """Stable name."""
    name: str
    """Full name."""
    reporter: Literal["patient", "clinician", "clinician and patient", "performance", "device"]
    """Whose judgement or measurement it is."""
    better: Literal["lower", "higher"] | None
    """The direction of improvement; null where there is none."""
    score: ScoreRange | None
    """Which numbers can be a score; null for a test with readings or a grade."""
    cutoffs: tuple[Cutoffs, ...] = ()
    """Ways to read the score, the preferred one first."""
    readings: tuple[Reading, ...] = ()
    """For a test without a score: its methods."""
    repeats: Repeats | None = None
    """How often the test is done before it counts."""
    changes: tuple[ImportantChange, ...] = ()
    """Changes that matter."""
    threshold: ChangeThreshold | None = None
    """From which change on a person is called changed."""
    not_compared: str = ""
    """Why two of its scores are not compared over time, where they are not."""
    days_needed: int = Field(default=1, ge=1)
    """Days that a baseline or a result rests on, where it is asked daily."""
    standard_error: Points | None = None
    """Standard error of measurement, in points of the score."""
    licence: Licence
    """What may be done with the wording."""
    loinc: Loinc | None = None
    """Its codes, where they were checked."""
    notes: tuple[str, ...] = ()
    """Traps for whoever scores or reads it."""
    sources: tuple[str, ...] = ()
    """Keys of sources.toml."""
    unverified: tuple[Literal["score", "better", "scoring"], ...] = ()
    """Parts without a checked source, other than those that carry their own mark."""
