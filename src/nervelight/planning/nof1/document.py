"""The design of a trial in one person as files: ``design.json``, and ``allocation.json`` where the order is kept apart.

Scores are points of the instrument. ``schema`` changes when a field changes its meaning or goes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, StrictBool, model_validator

from nervelight.assessment import instrument
from nervelight.documents import Document, read_json, validated
from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.planning.plan_document import Plan

__all__ = ["Allocation", "NOf1Design", "NOf1Protocol", "Period", "PowerCase", "PowerFound", "read_document"]

DocumentT = TypeVar("DocumentT", "NOf1Design", "Allocation", Plan)


class Period(Document):
    """One period, with light or without."""

    name: str
    """Number of the block and A or B, in order of time; says nothing of light."""
    block: int = Field(ge=1)
    first: dt.date
    counts_from: dt.date
    """The first day after washout."""
    last: dt.date
    sessions: tuple[dt.date, ...]
    """Sessions; in a masked trial with light or dummy, in an open one with light."""


class Allocation(Document):
    """Which periods have light."""

    schema_name: Literal["nervelight-nof1-allocation-1"] = Field(default="nervelight-nof1-allocation-1", alias="schema")
    start: dt.date
    """First day of the trial that this belongs to."""
    seed: int
    """The order was drawn with it: whoever knows it knows the order."""
    nonce: str
    """Random, so that the order cannot be guessed by trying all of them against the hash."""
    on: tuple[str, ...]
    """Names of the periods with light."""
    design_sha256: str
    """Hash of the design that it was drawn for, without order and commitment."""

    def sha256(self) -> str:
        """Return the hash that commits to this order, and to the design by its hash."""
        return _sha256(self)

    def to_json(self) -> str:
        """Return the text of ``allocation.json``."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


class PowerCase(Document):
    """How often an effect is found under one assumption about the days."""

    scatter: float = Field(gt=0)
    """Standard deviation of days [points]."""
    correlation: float
    """Of a day with the day before."""
    power: float = Field(ge=0, le=1)
    """Share of trials whose interval leaves out zero and whose randomisation test rules out chance."""
    interval: float = Field(ge=0, le=1)
    """Share of trials whose interval leaves out zero, whatever the test says."""


class PowerFound(Document):
    """How often the trial would find the effect that it is made for."""

    wanted: float | None
    """None where the number of blocks was given instead."""
    reached: float
    """In the worst case."""
    error: float
    """95 % error of the simulation."""
    cases: tuple[PowerCase, ...] = Field(min_length=1)


class NOf1Protocol(Document):
    """All of a trial in one person that is decided before its order is drawn."""

    nervelight: str
    """Version of this package."""
    patient: str
    plan_title: str
    plan_sha256: str
    """Hash of the plan that sessions with light follow."""
    session: str
    """Time on the skin and sessions a week, in words."""
    instrument: str
    """Asked every day."""
    better: Literal["lower", "higher"]
    level: float
    """Score before the trial."""
    scatter_reason: str
    """Where scatter and correlation of the days come from."""
    effect: float = Field(gt=0)
    """Improvement that the trial is made to find [points]."""
    effect_reason: str
    matters: float | None = Field(gt=0)
    """Improvement that matters from this level [points]; None where that is not established."""
    period_days: int = Field(ge=1)
    washout_days: int = Field(ge=0)
    masked: StrictBool
    """Whether the person is kept from knowing which periods have light."""
    dummy_setting: str
    """How the lamp gives no light while seeming to; empty in an open trial."""
    periods: tuple[Period, ...] = Field(min_length=2)
    power: PowerFound
    smallest_p: float
    """The smallest result that the randomisation test can give."""
    notes: tuple[str, ...]
    adherence_percent: float = Field(ge=0, le=100)
    """Sessions given of those planned from which on an effect is judged: the plan's."""
    sources: tuple[str, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if wrong := list(self._wrong()):
            raise ValueError("; ".join(wrong))
        return self

    def _wrong(self) -> Iterator[str]:
        """Yield what contradicts itself in masking, instrument and periods."""
        if self.masked != bool(self.dummy_setting):
            yield "a masked trial has a dummy setting, an open one has none"
        try:
            entry = instrument(self.instrument)
        except UnknownName as problem:
            yield str(problem)
            return
        if entry.better != self.better:
            yield f"better is {self.better}, but of {self.instrument} {entry.better} is better"
        names = [f"{number // 2 + 1}{'AB'[number % 2]}" for number in range(len(self.periods))]
        if len(names) % 2 or [(period.name, period.block) for period in self.periods] != [
            (n, int(n[:-1])) for n in names
        ]:
            yield f"periods must be pairs in order: {', '.join(names)}"
        whole, washout = dt.timedelta(days=self.period_days), dt.timedelta(days=self.washout_days)
        for period in self.periods:
            if period.last - period.first + dt.timedelta(days=1) != whole:
                yield f"period {period.name} must have {self.period_days} days"
            if period.counts_from - period.first != washout or washout >= whole:
                yield f"period {period.name} must count from the day after its {self.washout_days} of washout"
        for before, after in itertools.pairwise(self.periods):
            if after.first - before.last != dt.timedelta(days=1):
                yield f"period {after.name} must begin on the day after {before.name}"

    def sha256(self) -> str:
        """Return the hash of all that was decided beforehand: in a design, of all but order and commitment."""
        return _sha256(self, {"schema_name", "allocation", "commitment"})

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.periods) // 2


class NOf1Design(NOf1Protocol):
    """A randomised trial of light against no light in one person."""

    schema_name: Literal["nervelight-nof1-1"] = Field(default="nervelight-nof1-1", alias="schema")
    allocation: Allocation | None
    """In an open trial."""
    commitment: str
    """SHA-256 of the allocation, which has that of the protocol."""

    @model_validator(mode="after")
    def _sealed(self) -> Self:
        if self.masked != (self.allocation is None):
            raise ValueError("a masked trial keeps its allocation apart, an open one does not")
        if self.allocation is not None:
            self.light_on(self.allocation)
        return self

    def light_on(self, allocation: Allocation | None) -> frozenset[str]:
        """Return the names of the periods with light.

        Parameters
        ----------
        allocation : Allocation or None
            From ``allocation.json`` of a masked trial; None takes the one in an open design.

        Raises
        ------
        ValueError
            If it is missing, is not the one that the design commits to, or does not fit the periods.
        """
        allocation = allocation or self.allocation
        if allocation is None:
            raise ValueError("the order is kept apart: needs the allocation.json that was made with this design")
        if allocation.sha256() != self.commitment:
            raise ValueError("is not the order that this design commits to: another trial's, or changed since")
        if allocation.design_sha256 != self.sha256():
            raise ValueError("belongs to this design as it was made: the design was changed since")
        on = frozenset(allocation.on)
        each = [sum(period.name in on for period in self.periods if period.block == b + 1) for b in range(self.blocks)]
        if on - {period.name for period in self.periods} or each != [1] * self.blocks:
            raise ValueError("needs light in one of the two periods of each block")
        return on

    def to_json(self) -> str:
        """Return the text of ``design.json``."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


def _sha256(document: Document, without: set[str] | None = None) -> str:
    """Return the hash of a document's content, whatever the order of its keys and the white space of its file."""
    content = document.model_dump(mode="json", by_alias=True, exclude=without)
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_document(model: type[DocumentT], path: Path) -> DocumentT:
    """Return the plan, design or allocation that a file holds.

    Raises
    ------
    InvalidInput
        If it holds another document, or a faulty one.
    """
    data = read_json(path)
    schema, given = model.model_fields["schema_name"].default, data.get("schema") if isinstance(data, dict) else data
    if given != schema:
        # Another kind of document has a fault for each of its keys; one says it all.
        raise InvalidInput(str(path), [Fault("schema", given, f"must be {schema}")])
    return validated(model, data, str(path))
