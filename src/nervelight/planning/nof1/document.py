"""The design of a trial in one person as files: ``design.json``, and ``allocation.json`` where the order is kept apart.

Scores are points of the instrument. ``schema`` changes when a field changes its meaning or goes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, StrictBool, model_validator

from nervelight.documents import Document, read_json, validated
from nervelight.errors import Fault, InvalidInput
from nervelight.planning.plan_document import Plan

__all__ = ["Allocation", "NOf1Design", "Period", "PowerCase", "PowerFound", "read_document"]

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

    def sha256(self) -> str:
        """Return the hash that commits to this order."""
        content = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

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


class PowerFound(Document):
    """How often the trial would find the effect that it is made for."""

    wanted: float | None
    """None where the number of blocks was given instead."""
    reached: float
    """In the worst case."""
    error: float
    """95 % error of the simulation."""
    cases: tuple[PowerCase, ...] = Field(min_length=1)


class NOf1Design(Document):
    """A randomised trial of light against no light in one person."""

    schema_name: Literal["nervelight-nof1-1"] = Field(default="nervelight-nof1-1", alias="schema")
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
    matters: float | None
    """Improvement that matters from this level [points]; None where that is not established."""
    period_days: int
    washout_days: int
    masked: StrictBool
    """Whether the person is kept from knowing which periods have light."""
    dummy_setting: str
    """How the lamp gives no light while seeming to; empty in an open trial."""
    periods: tuple[Period, ...] = Field(min_length=2)
    allocation: Allocation | None
    """In an open trial."""
    commitment: str
    """SHA-256 of the allocation."""
    power: PowerFound
    smallest_p: float
    """The smallest result that the randomisation test can give."""
    notes: tuple[str, ...]
    sources: tuple[str, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.masked != (self.allocation is None) or self.masked != bool(self.dummy_setting):
            raise ValueError("a masked trial has a dummy setting and keeps its allocation apart; an open one does not")
        if self.allocation is not None:
            self.light_on(self.allocation)
        return self

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return len(self.periods) // 2

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
        on = frozenset(allocation.on)
        each = [sum(period.name in on for period in self.periods if period.block == b + 1) for b in range(self.blocks)]
        if on - {period.name for period in self.periods} or each != [1] * self.blocks:
            raise ValueError("needs light in one of the two periods of each block")
        return on

    def to_json(self) -> str:
        """Return the text of ``design.json``."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


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
