"""What is stored about scoring a questionnaire or scale from its answers, and its wording where that is free."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, StrictBool, model_validator

from nervelight.documents import Document

__all__ = ["Alarm", "Answer", "ItemBlock", "NextInstrument", "Scale", "Scoring", "Wording"]

Answer = float | bool
"""A number, or yes and no as a truth value."""


class ItemBlock(Document):
    """One item, or several in a row that are answered alike. Exactly one of number, yes and no, and choices."""

    count: int = Field(default=1, ge=1)
    """How many items."""
    low: float | None = None
    """Lowest answer, for a number."""
    high: float | None = None
    """Highest answer, for a number."""
    step: float = Field(default=1.0, gt=0)
    """Distance between possible answers, counted from `low`."""
    reversed: StrictBool = False
    """Whether a number counts from the other end: `low` + `high` - answer."""
    falling: StrictBool = False
    """Whether the numbers run downwards on the form, the highest first."""
    yes: float | None = None
    """Points of yes; with this or `no` the item is answered yes or no, and the other answer gives 0."""
    no: float | None = None
    """Points of no."""
    choices: tuple[float, ...] = ()
    """Points of each choice; the answer is the number of the choice, from 1."""
    scored: StrictBool = True
    """False for an item that is asked but never counted."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        number = self.low is not None and self.high is not None
        kinds = [number, self.yes is not None or self.no is not None, bool(self.choices)]
        if kinds.count(True) != 1 or (self.low is None) != (self.high is None):
            raise ValueError("needs low and high, or yes or no, or choices")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"needs low < high, got {self.low} and {self.high}")
        if (self.reversed or self.falling) and not number:
            raise ValueError("only a number can be reversed or falling")
        return self

    @property
    def allowed(self) -> str:
        """What can be answered, in words."""
        if self.choices:
            return f"needs the number of a choice, from 1 to {len(self.choices)}"
        if self.low is None or self.high is None:
            return "needs yes or no"
        whole = "a whole number" if self.step == 1 else f"a number in steps of {self.step:g}"
        return f"needs {whole} from {self.low:g} to {self.high:g}"

    @property
    def possible(self) -> tuple[Answer, ...]:
        """Every answer: numbers and choices from the lowest, no before yes."""
        if self.choices:
            return tuple(float(k) for k in range(1, len(self.choices) + 1))
        if self.low is None or self.high is None:
            return False, True
        return tuple(self.low + k * self.step for k in range(round((self.high - self.low) / self.step) + 1))

    def points_of(self, answer: Answer) -> float | None:
        """Return the points of an answer, or None where it cannot be one."""
        if self.low is None or self.high is None:
            if self.choices:
                fits = not isinstance(answer, bool) and answer in range(1, len(self.choices) + 1)
                return self.choices[int(answer) - 1] if fits else None
            if not isinstance(answer, bool):
                return None
            return (self.yes if answer else self.no) or 0.0
        if isinstance(answer, bool) or not math.isfinite(answer) or not self.low <= answer <= self.high:
            return None
        if not ((answer - self.low) / self.step).is_integer():
            return None
        return self.low + self.high - answer if self.reversed else float(answer)

    @property
    def points(self) -> tuple[float, float]:
        """The fewest and the most points of one item."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        possible = self.choices or (self.yes or 0.0, self.no or 0.0)
        return min(possible), max(possible)


class Scale(Document):
    """One score, made of some or all items."""

    name: str = ""
    """Its name; empty for the score that the instrument is known by."""
    items: tuple[int, ...] = ()
    """Numbers of its items, from 1; all that are scored when absent."""
    rule: Literal["sum", "mean", "goal_attainment"]
    """How the points are brought together."""
    least: int | None = Field(default=None, ge=1)
    """Answers needed; all when absent."""
    prorated: StrictBool = False
    """Whether a sum of fewer answers is brought up to all items."""
    percent_of: tuple[float, float] | None = None
    """The ends of the sum or mean that become 0 and 100."""
    table: dict[int, tuple[float, float]] = Field(default_factory=dict)
    """Score and its standard error for each sum."""
    unverified: StrictBool = False
    """True when which items it has, or how they are counted, has no checked source."""


class Alarm(Document):
    """An answer that needs somebody at once, whatever the score."""

    item: int = Field(ge=1)
    """Number of the item."""
    above: float
    """The highest answer that does not raise it."""
    red_flag: str
    """Id of the red flag."""


class NextInstrument(Document):
    """The longer instrument to ask, once a short one is positive."""

    at_least: float
    """The lowest score that asks for it."""
    ask: str
    """Id of that instrument."""


class Scoring(Document):
    """How the answers of one instrument become its scores."""

    id: str
    """Id of the instrument."""
    blocks: tuple[ItemBlock, ...] = Field(min_length=1)
    """The items, in the order of the form."""
    at_most: int | None = Field(default=None, ge=1)
    """For a form of any length: the most items; the only block describes each of them."""
    scales: tuple[Scale, ...] = Field(min_length=1)
    """What is scored."""
    alarms: tuple[Alarm, ...] = ()
    """Answers that need somebody at once."""
    then: NextInstrument | None = None
    """What to ask next."""
    missing: str
    """What is done about answers left out, in words."""
    not_scored: str = ""
    """What the instrument has that cannot be computed here, and why."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Keys of sources.toml."""

    def items(self, given: int | None = None) -> tuple[ItemBlock, ...]:
        """Return the block of each item; `given` is the number of answers, for a form of any length."""
        if self.at_most is not None:
            return self.blocks * (given or self.at_most)
        return tuple(block for block in self.blocks for _ in range(block.count))

    def members(self, scale: Scale, given: int | None = None) -> tuple[int, ...]:
        """Return the numbers of the items of a scale, from 1."""
        scored = tuple(k for k, block in enumerate(self.items(given), 1) if block.scored)
        return scale.items or scored

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.at_most is not None and len(self.blocks) != 1:
            raise ValueError("a form of any length has one kind of item")
        count = len(self.items())
        for number, where in self._numbers():
            if number > count:
                raise ValueError(f"{where} names item {number} of {count}")
        for scale in self.scales:
            if scale.least is not None and scale.least > len(self.members(scale)):
                raise ValueError(f"scale {scale.name!r} needs more answers than it has items")
            if scale.prorated and scale.rule != "sum":
                raise ValueError(f"scale {scale.name!r}: only a sum can be prorated")
        return self

    def _numbers(self) -> Iterator[tuple[int, str]]:
        yield from ((number, f"scale {scale.name!r}") for scale in self.scales for number in scale.items)
        yield from ((alarm.item, "an alarm") for alarm in self.alarms)


class Wording(Document):
    """The words of an instrument, where the rights allow it, or our own."""

    id: str
    """Id of the instrument."""
    intro: str = ""
    """What stands above the items."""
    items: tuple[str, ...] = Field(min_length=1)
    """The items, in the order of the form."""
    answers: tuple[str, ...] = ()
    """What may be answered, where that stands in words; the lowest first."""
    item_answers: tuple[tuple[str, ...], ...] = ()
    """The same for each item, where they differ; empty for one without words."""
    closing: str = ""
    """What stands below the items."""
    left_out: tuple[str, ...] = ()
    """The linkId of what is not here of a text pack, since it is not scored."""
    title: str = ""
    """What the form calls itself, where it does."""
    language: str = "en"
    """Language, as a tag such as en or pt-BR."""
    copyright: str = ""
    """The line that must stand with the words of a text pack."""
    accepted: str = ""
    """For the words of a text pack: who accepted which terms, and when."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""

    def answers_to(self, number: int) -> tuple[str, ...]:
        """Return what may be answered to an item, counted from 1; empty where that does not stand in words."""
        return self.item_answers[number - 1] if self.item_answers else self.answers
