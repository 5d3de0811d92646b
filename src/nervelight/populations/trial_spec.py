"""The trial file: a sham-controlled trial to be simulated, and what it assumes.

The effect of light per fluence at the target is an assumption of whoever writes the file. Nothing here says that there
is one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.documents import Document, Text, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.evidence import sham_change
from nervelight.populations.spec import CohortSpec, Known, Share, read_cohort

__all__ = ["Design", "TrialSpec", "read_trial"]

Design = Literal["parallel", "crossover", "nof1"]
# People of a trial are drawn from one world of the cohort: with fewer there they would hardly differ.
LEAST_OF_A_WORLD = 32


def _points(text: object) -> float:
    words = text.split() if isinstance(text, str) else []
    if len(words) == 2 and words[1] in {"point", "points"}:
        try:
            value = float(words[0])
        except ValueError:
            value = -1.0
        if 0 <= value <= 10:
            return value
    raise ValueError("needs points of pain from 0 to 10, such as '1.5 points'")


if TYPE_CHECKING:
    Points = float
else:
    Points = Annotated[float, BeforeValidator(_points)]


class Placebo(Known):
    """How people change without light that does anything."""

    mean: Points
    """mean improvement, such as '1.5 points'"""
    sd: Points
    """standard deviation between people of their change, measurement error included"""


class MeasurementError(Known):
    """How much of a change is chance: between the periods of one person."""

    sd: Points
    """standard deviation of one period's improvement about the person's own, such as '1.2 points'"""


class DropOut(Known):
    """How many people stop."""

    share: Share
    """of all people; in a crossover before the second period, in N-of-1 trials before a period drawn evenly"""


class Effect(Known):
    """What light is assumed to do, beyond sham."""

    at_trial_fluence: Points
    """benefit of who gets the trial's fluence at the target, such as '1 points'; proportional below it"""
    plateau: Annotated[float, Field(strict=True, ge=1, le=10)]
    """multiple of the trial's fluence beyond which more light does no more, such as 1"""


class CarryOver(Known):
    """How much of the benefit of light is still there in the period after it."""

    share: Share
    """of the benefit, in a period of sham that follows one of light; a wash-out is to make it small"""


class Unmasking(Known):
    """Who knows what they get, and what that does to what they report."""

    share: Share
    """of people who know their arm, the same share with light and with sham (those who guess at random do not count)"""
    difference: Points
    """how much more they improve when they know that it is light than when they know that it is sham"""


class TrialSpec(Document):
    """A trial to be simulated many times."""

    schema_name: Literal["nervelight-trial-1"] = Field(alias="schema")
    """must be nervelight-trial-1"""
    label: Text
    """what the trial asks"""
    cohort: Text
    """the cohort file that the people and their lights come from, beside this file"""
    protocol: str
    """id of the protocol of that file"""
    cohort_people: Annotated[int, Field(strict=True, ge=256, le=65536)]
    """how many people of the cohort stand for all"""
    design: Design
    """parallel, crossover, or nof1: a series of trials in one person each"""
    people: Annotated[int, Field(strict=True, ge=4, le=10000)]
    """how many are randomised, all arms together"""
    blocks: Annotated[int, Field(strict=True, ge=2, le=20)] | None = None
    """of nof1: pairs of a period with light and one with sham in each person"""
    trials: Annotated[int, Field(strict=True, ge=10, le=100_000)]
    """how many trials are simulated"""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)]
    """seed of all draws"""
    alpha: Share
    """two-sided level, such as '5 %'"""
    power: Share
    """how often the effect should be found, such as '80 %': the size for it is told"""
    placebo: Placebo | Literal["evidence"]
    """how people change on sham, or 'evidence': the library's numbers for the condition of the cohort"""
    measurement_error: MeasurementError
    """chance within a person"""
    drop_out: DropOut
    """who stops"""
    effect: Effect
    """what light is assumed to do"""
    carry_over: CarryOver | None = None
    """of crossover and nof1: what stays of a benefit; without it nothing does, and the page says so"""
    unmasking: Unmasking | None = None
    """who knows their arm; without it nobody does, and the page says so"""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = []
        if (self.design == "nof1") != (self.blocks is not None):
            faults.append(Fault("blocks", self.blocks, "a number of blocks with design nof1, and with no other"))
        faults += [
            Fault(name, f"{share:.0%}", "a share between 0 % and 100 %")
            for name, share in (("alpha", self.alpha), ("power", self.power))
            if not 0 < share < 1
        ]
        if self.drop_out.share >= 1:
            faults.append(Fault("drop_out.share", "100 %", "fewer than all"))
        if self.design == "parallel" and self.carry_over is not None:
            faults.append(Fault("carry_over", "given", "nothing: people of a parallel trial have one period"))
        if self.measurement_error.sd == 0:
            faults.append(Fault("measurement_error.sd", "0 points", "more than 0 points: no score is without chance"))
        if isinstance(self.placebo, Placebo) and self.measurement_error.sd > self.placebo.sd:
            told = f"at most the spread between people, which contains it: {self.placebo.sd:g} points"
            faults.append(Fault("measurement_error.sd", f"{self.measurement_error.sd:g} points", told))
        if faults:
            raise InvalidInput("trial", faults)
        return self


def read_trial(path: Path) -> tuple[TrialSpec, CohortSpec]:
    """Read a trial file and the cohort that it names; the placebo response is numbers then.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    spec = validated(TrialSpec, read_yaml(path), str(path))
    cohort = read_cohort(path.parent / spec.cohort)
    known = [protocol.id for protocol in cohort.protocols]
    faults = []
    if spec.cohort_people < LEAST_OF_A_WORLD * cohort.worlds:
        told = f"at least {LEAST_OF_A_WORLD * cohort.worlds}: {LEAST_OF_A_WORLD} for each of {cohort.worlds} worlds"
        faults.append(Fault("cohort_people", spec.cohort_people, told))
    if spec.protocol not in known:
        faults.append(Fault("protocol", spec.protocol, f"one of {', '.join(known)}"))
    if spec.placebo == "evidence":
        try:
            sham = sham_change(cohort.condition)
        except ValidityError as problem:
            faults.append(Fault("placebo", "evidence", f"numbers of your own: {problem}"))
        else:
            sd = sham.spread.median
            if spec.measurement_error.sd > sd:
                told = f"at most the spread between people, which contains it: {sd:.2g} points"
                faults.append(Fault("measurement_error.sd", f"{spec.measurement_error.sd:g} points", told))
            borrowed = ", borrowed from other conditions" if sham.borrowed else ""
            why = f"{', '.join(sham.mean_of)}{borrowed} (evidence library; spread: {sham.spread.reason})"
            placebo = Placebo.model_construct(mean=sham.mean, sd=sd, source=why, assumption=None)
            spec = spec.model_copy(update={"placebo": placebo})
    if faults:
        raise InvalidInput(str(path), faults)
    return spec, cohort
