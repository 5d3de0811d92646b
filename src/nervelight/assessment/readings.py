"""Tests whose result is a reading: what was measured, and the decision that follows from its method's own limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from nervelight.assessment.instrument_schema import READING_UNITS, Instrument, Reading, ReadingQuantity, ReadingState
from nervelight.assessment.instruments import instrument
from nervelight.documents import Day, Document, Text
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.units import bounded

__all__ = ["READING_TESTS", "WALK_AT_MOST", "Decision", "ReadingTaken", "decide"]

ReadingTest = Literal["monofilament_10g", "vibration_128", "ncs_sural", "sixmwt"]
READING_TESTS: tuple[ReadingTest, ...] = ("monofilament_10g", "vibration_128", "ncs_sural", "sixmwt")
"""Instruments with a reading in place of a score."""

WALK_AT_MOST = "2000 m"
"""Farther than the fastest walk in six minutes."""

Count = Annotated[int, Field(strict=True, ge=0, le=100)]
# Wide enough for every leg; what lies outside is a slip of the pen.
if TYPE_CHECKING:
    Longer = float
    Threshold = float
    Amplitude = float
    Velocity = float
    SkinTemperature = float
    Walk = float
else:
    Longer = bounded("s", "0 s", "120 s")
    Threshold = bounded("V", "0 V", "100 V")
    Amplitude = bounded("uV", "0 uV", "200 uV")
    Velocity = bounded("m/s", "1 m/s", "120 m/s")
    SkinTemperature = bounded("degC", "5 degC", "45 degC")
    Walk = bounded("mm", "0 m", WALK_AT_MOST)

_MEASURED: tuple[ReadingQuantity, ...] = (
    "missed_at_sites",
    "missed",
    "examiner_longer",
    "threshold",
    "amplitude",
    "velocity",
)
SECOND_WALK = "Do a second test before the first session; the longer one counts."
NO_WALK = "No walking test with a foot ulcer or a Charcot foot."
_ONE_METHOD = "results of different methods are not compared"


class ReadingTaken(Document):
    """One test as it was done."""

    test: ReadingTest
    """the test: monofilament_10g, vibration_128, ncs_sural or sixmwt"""
    date: Day
    """the day it was done, YYYY-MM-DD"""
    method: Text | None = None
    """how it was done, such as iwgdf or on_off (`nervelight instruments show`): each method has its own limits"""
    side: Literal["left", "right"] | None = None
    """which foot or leg"""
    missed_at_sites: Annotated[tuple[Count, ...], Field(min_length=1)] | None = None
    """applications missed at each site of a foot, such as [0, 2, 1]"""
    missed: Count | None = None
    """stimuli missed, or wrong answers, of all"""
    examiner_longer: Longer | None = None
    """how much longer the examiner feels the fork, such as '12 s'"""
    threshold: Threshold | None = None
    """vibration threshold, such as '27 V'"""
    amplitude: Amplitude | None = None
    """amplitude of the sensory response, such as '3.2 uV'; '0 uV' for none"""
    velocity: Velocity | None = None
    """conduction velocity, such as '41 m/s'"""
    skin_temperature: SkinTemperature | None = None
    """skin of the limb during the test, such as '31 degC': a cold nerve is slow without being ill"""
    amplitude_limit: Amplitude | None = None
    """lower limit of the laboratory that measured; it comes before published ones"""
    velocity_limit: Velocity | None = None
    """lower limit of the laboratory that measured; it comes before published ones"""
    distance: Walk | None = None
    """distance walked in six minutes, such as '380 m'"""

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        faults = list(_faults(self, instrument(self.test)))
        if faults:
            raise InvalidInput(self.test, faults)
        return self


def _faults(taken: ReadingTaken, entry: Instrument) -> Iterator[Fault]:
    methods = tuple(dict.fromkeys(rule.method for rule in entry.readings if rule.method))
    if methods and taken.method not in methods:
        hint = closest(taken.method, methods) if taken.method else ""
        allowed = f"one of {', '.join(methods)}: {_ONE_METHOD}"
        yield Fault("method", taken.method, allowed, f"did you mean {hint!r}?" if hint else "")
        return
    rules = [rule for rule in entry.readings if rule.method in ("", taken.method)]
    allowed_here: set[str] = {rule.quantity for rule in rules} or {"distance"}
    allowed_here |= {f"{name}_limit" for name in allowed_here}
    where = f"{entry.name}, {taken.method}" if methods else entry.name
    for name in (*_MEASURED, "skin_temperature", "amplitude_limit", "velocity_limit", "distance"):
        if getattr(taken, name) is not None and name not in allowed_here:
            yield Fault(name, getattr(taken, name), f"nothing: it is no result of this test ({where})")
    needed = "distance" if not rules else next(rule.quantity for rule in rules if rule.quantity in _MEASURED)
    if getattr(taken, needed) is None:
        yield Fault(needed, None, f"required: {ReadingTaken.model_fields[needed].description}")
    of, sites = (rules[0].of, rules[0].sites) if rules else (None, None)
    counts = taken.missed_at_sites or ((taken.missed,) if taken.missed is not None else ())
    if of is not None and any(count > of for count in counts):
        yield Fault(needed, getattr(taken, needed), f"needs whole numbers from 0 to {of}")
    if sites is not None and len(counts) > sites:
        yield Fault(needed, list(counts), f"needs at most {sites} sites of one foot")
    if taken.amplitude == 0 and taken.velocity is not None:
        yield Fault("velocity", taken.velocity, "nothing: without a response there is no velocity")


@dataclass(frozen=True)
class Decision:
    """What one reading means, and why.

    Parameters
    ----------
    test : str
        Id of the instrument.
    name : str
        What was measured, where and how, in words.
    method : str
        The method, or the technique as it was noted; empty when not said.
    date : date
    measured : str
        The reading with its unit.
    state : {'abnormal', 'normal', 'undecided', 'not judged', 'baseline'}
    finding : str
        What it is called.
    rule : str
        The limit it was held against, with its number.
    value : float or None
        The number that counts; None where it is not judged.
    unit : str
        Its unit, mm for a walk; empty for a count.
    likelihood_ratio : float or None
        How much the finding changes the odds of neuropathy.
    next_step : str
        What to do; empty for nothing.
    caveats : tuple of str
        Limits that would decide otherwise, and what is not known.
    sources : tuple of str
        Keys of sources.toml.
    unverified : bool
        True when the limit has no checked source.
    """

    test: str
    name: str
    method: str
    date: dt.date
    measured: str
    state: ReadingState | Literal["baseline"]
    finding: str
    rule: str
    value: float | None = None
    unit: str = ""
    likelihood_ratio: float | None = None
    next_step: str = ""
    caveats: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    unverified: bool = False


def decide(
    taken: Sequence[ReadingTaken], age: float, may_walk: bool = True, on: dt.date | None = None
) -> tuple[Decision, ...]:
    """Return what readings mean, each by the limits of its own method.

    Parameters
    ----------
    taken : sequence of ReadingTaken
    age : float
        Age of the person [years].
    may_walk : bool
        False with a foot that must not be walked on for a test.
    on : date, optional
        The day of which `age` holds: a test is judged by the age at the test, so many whole years less. Without it
        every test counts as done at `age`.

    Returns
    -------
    tuple of Decision
        In the order given, two for a nerve conduction with amplitude and velocity; walks of one method together, last.

    Notes
    -----
    Nothing is converted from one method to another, and a conduction is never corrected for temperature: a cold limb
    is warmed and measured again. At an age without a limit nothing is judged. Without a date of birth the age at a test
    is known to the year only.

    Examples
    --------
    >>> reading = ReadingTaken(test="monofilament_10g", date="2026-11-20", method="iwgdf", missed_at_sites=[0, 2, 1])
    >>> decide([reading], 61)[0].finding
    'loss of protective sensation'
    """
    walks = [reading for reading in taken if reading.test == "sixmwt"]
    decided = [
        _decision(reading, quantity, age - _years(reading.date, on))
        for reading in taken
        if reading.test != "sixmwt"
        for quantity in _MEASURED
        if getattr(reading, quantity) is not None
    ]
    courses = dict.fromkeys(walk.method for walk in walks)
    decided += [_walked([walk for walk in walks if walk.method == method], may_walk) for method in courses]
    return tuple(_with_age(decision, age, _years(decision.date, on)) for decision in decided)


def _years(date: dt.date, on: dt.date | None) -> int:
    """Return the whole years from a test to the day of which the age holds."""
    return 0 if on is None else max(0, on.year - date.year - ((on.month, on.day) < (date.month, date.day)))


def _with_age(decision: Decision, age: float, ago: int) -> Decision:
    """Return a decision that tells when its test is a year old or more."""
    if not ago:
        return decision
    old = f"Done {'1 year' if ago == 1 else f'{ago} years'} before, at {age - ago:g} years of age."
    return replace(decision, caveats=(old, *decision.caveats))


def _decision(reading: ReadingTaken, quantity: ReadingQuantity, age: float) -> Decision:
    rules = [r for r in instrument(reading.test).readings if r.quantity == quantity and _of_method(r, reading)]
    own = _own_limit(reading, quantity)
    used = [own] if own else [rule for rule in rules if not rule.people and rule.counts_at(age)]
    value = _value(reading, quantity)
    held = next((rule for rule in used if rule.holds(value)), None)
    if (reason := _unusable(reading, quantity, used, held)) is not None:
        return _not_judged(reading, quantity, reason)
    rule = held or used[0]
    others = [
        f"{'' if other.holds(value) else 'not '}{other.finding} by another limit: {other.rule}"
        + (" (not verified)" if other.unverified else "")
        for other in rules
        if (other.people or own) and other.counts_at(age) and rule.under is not None
        if other.holds(value) != bool(held)
    ]
    return Decision(
        test=reading.test,
        name=_name(reading, quantity),
        method=reading.method or "",
        date=reading.date,
        measured=_measured(reading, quantity),
        state=held.state if held else "normal",
        finding=held.finding if held else rule.otherwise,
        rule=rule.rule,
        value=value,
        unit=rule.unit,
        likelihood_ratio=held.likelihood_ratio if held else None,
        next_step=held.next_step if held else "",
        caveats=(*others, *([rule.reason] if rule.reason else [])),
        sources=rule.sources,
        unverified=rule.unverified,
    )


def _of_method(rule: Reading, reading: ReadingTaken) -> bool:
    return rule.method in ("", reading.method)


def _own_limit(reading: ReadingTaken, quantity: ReadingQuantity) -> Reading | None:
    """Return the limit of the laboratory that measured, where it is given."""
    limit = getattr(reading, f"{quantity}_limit", None)
    if limit is None:
        return None
    return Reading.model_validate(
        {
            "quantity": quantity,
            "under": f"{limit!r} {READING_UNITS[quantity]}",
            "finding": "below the lower limit",
            "otherwise": "not below the lower limit",
            "state": "abnormal",
            "reason": "limit of the laboratory that measured",
            "sources": ("case_file",),
        }
    )


def _value(reading: ReadingTaken, quantity: ReadingQuantity) -> float:
    """Return the number that is held against the limit: of several sites the worst."""
    value = getattr(reading, quantity)
    return float(max(value) if isinstance(value, tuple) else value)


@dataclass(frozen=True)
class _Unusable:
    why: str
    rule: str
    next_step: str
    sources: tuple[str, ...]
    unverified: bool = False


def _unusable(
    reading: ReadingTaken, quantity: ReadingQuantity, used: Sequence[Reading], held: Reading | None
) -> _Unusable | None:
    """Return why a reading cannot be judged; None when it can."""
    rule_of_project = ("nervelight_rule",)
    if reading.test == "ncs_sural":
        cold = next(rule for rule in instrument("ncs_sural").readings if rule.quantity == "skin_temperature")
        if reading.skin_temperature is None:
            step = "Note the skin's temperature with the next measurement; a cold nerve is slow without being ill."
            why = "the temperature of the limb was not noted"
            return _Unusable(why, cold.rule, step, cold.sources, cold.unverified)
        if cold.holds(reading.skin_temperature):
            why = f"{cold.finding}, skin {reading.skin_temperature:g} °C"
            return _Unusable(why, cold.rule, cold.next_step, cold.sources, cold.unverified)
    if not used:
        step = "Ask the laboratory for its own limit at this age."
        return _Unusable("no limit is known at this age", "none", step, rule_of_project)
    done = len(reading.missed_at_sites or ())
    if quantity == "missed_at_sites" and held is None and used[0].sites is not None and done < used[0].sites:
        step = f"Test the other sites: all {used[0].sites} must be felt."
        return _Unusable(f"{done} of {used[0].sites} sites tested", used[0].rule, step, used[0].sources)
    return None


def _not_judged(reading: ReadingTaken, quantity: ReadingQuantity, reason: _Unusable) -> Decision:
    return Decision(
        test=reading.test,
        name=_name(reading, quantity),
        method=reading.method or "",
        date=reading.date,
        measured=_measured(reading, quantity),
        state="not judged",
        finding=reason.why,
        rule=reason.rule,
        next_step=reason.next_step,
        sources=reason.sources,
        unverified=reason.unverified,
    )


def _name(reading: ReadingTaken, quantity: str = "") -> str:
    part = quantity if reading.test == "ncs_sural" else ""
    return ", ".join(filter(None, (instrument(reading.test).name, part, reading.side)))


def _measured(reading: ReadingTaken, quantity: ReadingQuantity) -> str:
    rules = [r for r in instrument(reading.test).readings if r.quantity == quantity and _of_method(r, reading)]
    value = getattr(reading, quantity)
    if isinstance(value, tuple):
        return f"{', '.join(map(str, value))} of {rules[0].of} missed at {len(value)} of {rules[0].sites} sites"
    if quantity == "missed":
        return f"{value} of {rules[0].of} missed"
    told = "no response" if quantity == "amplitude" and value == 0 else f"{value:g} {rules[0].unit}"
    return told if reading.skin_temperature is None else f"{told}, skin {reading.skin_temperature:g} °C"


def _walked(walks: Sequence[ReadingTaken], may_walk: bool) -> Decision:
    """Decide on walks of one method: the best of those done within a few days of the last is the baseline."""
    entry = instrument("sixmwt")
    repeats = entry.repeats
    if repeats is None:
        raise ValueError(f"{entry.name}: how often it is repeated stands in instruments.yaml")
    last = max(walk.date for walk in walks)
    counted = [walk for walk in walks if (last - walk.date).days <= repeats.within_days]
    best = max(walk.distance or 0.0 for walk in counted)
    enough = len(counted) >= repeats.tests
    learning = repeats.learning
    matters = next(change.distance for change in entry.changes if change.distance is not None)
    practice = (
        f"By practice alone a second test is {learning.median / 1000:g} m longer ({learning.low / 1000:g} to "
        f"{learning.high / 1000:g}), as much as a change that matters ({matters.low / 1000:g} to "
        f"{matters.high / 1000:g} m; in other illnesses, not known for neuropathy)."
    )
    caveats = [practice]
    older = len(walks) - len(counted)
    if older:
        tests = "1 older test is" if older == 1 else f"{older} older tests are"
        caveats.append(f"{tests} left out: more than {repeats.within_days} days before the last.")
    return Decision(
        test="sixmwt",
        name=entry.name,
        method=walks[0].method or "",
        date=last,
        measured=", ".join(f"{(walk.distance or 0.0) / 1000:g} m" for walk in counted),
        state="baseline" if enough else "not judged",
        finding=f"baseline {best / 1000:g} m, the best of {len(counted)} tests"
        if enough
        else f"{len(counted)} of {repeats.tests} baseline tests done",
        rule=f"the best of {repeats.tests} tests or more within {repeats.within_days} days",
        value=best if enough else None,
        unit="mm",
        next_step="" if enough else SECOND_WALK if may_walk else NO_WALK,
        caveats=tuple(caveats),
        sources=tuple(dict.fromkeys((*repeats.sources, *learning.sources, "chan2015_6mwd"))),
    )
