"""The cohort file: which people, in which shares, and which protocols they get.

What a file says of people has a source or is marked as an assumption; nothing is filled in. What it does not say is
drawn from the intervals of the body sites, which say where they come from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from nervelight.documents import Document, Text, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.evidence import BodySite, Condition, study_ids
from nervelight.evidence.keys import SourceKey
from nervelight.optics import device_ids, site
from nervelight.optics.skin_tone import Phototype
from nervelight.planning.case import CUTANEOUS_ENDINGS, Lamp
from nervelight.uncertainty import Interval
from nervelight.units import bounded, parse_quantity

__all__ = [
    "QUANTITIES",
    "CohortSpec",
    "Correlation",
    "Measured",
    "NeuropathyShare",
    "People",
    "PhototypeShares",
    "Protocol",
    "read_cohort",
]

Quantity = Literal[
    "skin_tone",
    "age",
    "bmi",
    "neuropathy",
    "stratum_corneum",
    "epidermis",
    "dermis",
    "subcutaneous_fat",
    "melanosome_fraction",
    "dermal_blood_fraction",
    "nerve_depth",
    "blood_flow",
    "heat_to_air",
]
"""What differs between people, in the order of their draws; new ones are added at the end. More of `skin_tone` is
darker, more of `neuropathy` is having it."""
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)

# Shares as written may have been rounded.
SHARES_SUM = 1e-6
PHOTOTYPES: tuple[Phototype, ...] = ("I", "II", "III", "IV", "V", "VI")


if TYPE_CHECKING:
    Share = float
    SessionCap = float
    Room = float
    FixedTime = float | Literal["match"]
else:
    Share = Annotated[float, BeforeValidator(lambda value: _percent(value))]
    SessionCap = bounded("s", "1 s", "24 h")
    Room = bounded("degC", "5 degC", "45 degC")
    FixedTime = bounded("s", "1 s", "24 h", or_word="match")


def _percent(value: object) -> float:
    text = str(value).strip()
    if not isinstance(value, str) or not text.endswith("%"):
        raise ValueError("needs a share with its sign, such as '25 %'")
    try:
        share = float(text[:-1]) / 100
    except ValueError:
        raise ValueError("needs a share with its sign, such as '25 %'") from None
    if not 0 <= share <= 1:
        raise ValueError("needs a share from 0 % to 100 %")
    return share


class Known(Document):
    """Something said of people, and why."""

    source: SourceKey | None = None
    """key of the citation that it stands in (give this or `assumption`)"""
    assumption: Text | None = None
    """why it is assumed, where no source says so (give this or `source`)"""

    @model_validator(mode="after")
    def _why(self) -> Self:
        if (self.source is None) == (self.assumption is None):
            raise ValueError("needs a source, or an assumption in words; one of the two")
        return self

    @property
    def why(self) -> str:
        """Source or assumption, as people read it."""
        return f"source: {self.source}" if self.source else f"assumption: {self.assumption}"


class Measured(Known):
    """How a length, an age or a body mass index is spread over people.

    Half of the people lie below `central` and half above it, log-uniform on either side; without it the whole interval
    is log-uniform. Nobody lies outside.
    """

    low: float
    """lower end, with its unit"""
    central: float | None = None
    """the median, with its unit; leave it out where only a range is known"""
    high: float
    """upper end, with its unit"""

    @model_validator(mode="after")
    def _interval(self) -> Self:
        self.interval  # noqa: B018  (raises where the ends are not in order)
        return self

    @property
    def interval(self) -> Interval:
        """As every interval of this package."""
        sources = (self.source,) if self.source else ("nervelight_assumption",)
        return Interval(
            low=self.low,
            central=self.central,
            high=self.high,
            sources=sources,
            unverified=self.source is None,
            reason=self.why,
        )


def _in_unit(unit: str, low: str, high: str) -> Any:
    """Return the type of a spread whose ends are written with a unit, between two values."""
    ends: list[float] = []

    def parse(data: object) -> object:
        if not isinstance(data, dict):
            return data
        ends[:] = ends or [parse_quantity(low, unit), parse_quantity(high, unit)]
        read, faults = dict(data), []
        for key in ("low", "central", "high"):
            if key not in data:
                continue
            try:
                read[key] = parse_quantity(data[key], unit)
                if not ends[0] <= read[key] <= ends[1]:
                    raise ValueError(f"needs a value from {low} to {high}")
            except ValueError as problem:
                faults.append(Fault(key, data[key], str(problem)))
        if faults:
            raise InvalidInput("spread", faults)
        return read

    # InvalidInput is a ValueError: pydantic hands its faults on, each with its path.
    return Annotated[Measured, BeforeValidator(parse)]


if TYPE_CHECKING:
    Ages = Measured
    BodyMass = Measured
    Lengths = Measured
else:
    Ages = _in_unit("year", "1 year", "120 years")
    BodyMass = _in_unit("kg/m**2", "10 kg/m2", "90 kg/m2")
    Lengths = _in_unit("mm", "0.001 mm", "300 mm")


class PhototypeShares(Known):
    """How many people have each skin phototype."""

    shares: Mapping[Phototype, Share]
    """share of each Fitzpatrick phototype, such as {I: 5 %, II: 30 %}; those left out do not occur"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if abs(sum(self.shares.values()) - 1) > SHARES_SUM:
            raise ValueError(f"needs shares that sum to 100 %, got {100 * sum(self.shares.values()):g} %")
        return self


class ItaSpread(Known):
    """How the individual typology angle is spread: normal, cut at -90 and 90 degrees, in whole degrees."""

    mean: Annotated[float, BeforeValidator(lambda text: parse_quantity(text, "degree")), Field(ge=-90, le=90)]
    """such as '35 deg'"""
    sd: Annotated[float, BeforeValidator(lambda text: parse_quantity(text, "degree")), Field(gt=0, le=90)]
    """standard deviation between people, such as '12 deg'"""


class NeuropathyShare(Known):
    """How many people have neuropathy: the site's variant of the condition, and reduced protective sensation."""

    share: Share
    """such as '100 %'"""


class Correlation(Known):
    """How two quantities go together: correlation of the normal scores (Gaussian copula)."""

    between: Annotated[tuple[Quantity, ...], Field(min_length=2, max_length=2)]
    """two different quantities, such as [bmi, subcutaneous_fat]"""
    r: Annotated[float, Field(strict=True, gt=-1, lt=1)]
    """between -1 and 1; the same at every site"""

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.between[0] == self.between[1]:
            raise ValueError("needs two different quantities")
        return self


class People(Document):
    """Who is drawn."""

    count: Annotated[int, Field(strict=True, ge=1, le=100_000_000)]
    """how many people"""
    phototype: PhototypeShares | None = None
    """shares of the skin phototypes: melanin takes light (give this or `ita`)"""
    ita: ItaSpread | None = None
    """spread of the individual typology angle (give this or `phototype`)"""
    age: Ages
    """spread of age: changes no light by itself, only through a correlation"""
    bmi: BodyMass
    """spread of the body mass index: changes no light by itself, only through a correlation"""
    neuropathy: NeuropathyShare
    """share of people with neuropathy: their layers may differ, and they may not feel heat"""
    correlations: tuple[Correlation, ...]
    """what goes together, [] if nothing is taken to: others are drawn apart; two that go with a third must be named"""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.phototype is None) == (self.ita is None):
            raise ValueError("needs phototype or ita, one of the two")
        pairs = [frozenset(entry.between) for entry in self.correlations]
        if len(set(pairs)) < len(pairs):
            raise ValueError("needs each pair of correlations once")
        if np.linalg.eigvalsh(self.correlation_matrix)[0] < 1e-9:
            raise ValueError("needs correlations that can hold together (a positive definite matrix)")
        self._refuse_silent_pairs(pairs)
        return self

    def _refuse_silent_pairs(self, pairs: list[frozenset[Quantity]]) -> None:
        """Raise where two quantities go with a third and nothing is said of the two: 0 would be a claim."""
        told = {pair: entry.r for pair, entry in zip(pairs, self.correlations, strict=True)}
        faults = []
        for one, other in combinations(QUANTITIES, 2):
            through = {
                third: told[frozenset({one, third})] * told[frozenset({other, third})]
                for third in QUANTITIES
                if frozenset({one, third}) in told and frozenset({other, third}) in told
            }
            if through and frozenset({one, other}) not in told:
                third, product = next(iter(through.items()))
                allowed = f"a correlation of {one} with {other} too, since both go with {third}"
                hint = f"{product:.2g}, if they go together through it alone"
                faults.append(Fault("correlations", f"{one} with {other}: nothing", allowed, hint))
        if faults:
            raise InvalidInput("people", faults)

    @property
    def correlation_matrix(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Correlations of the normal scores, shape (Q, Q), in the order of `QUANTITIES`."""
        matrix = np.eye(len(QUANTITIES))
        for entry in self.correlations:
            one, other = (QUANTITIES.index(name) for name in entry.between)
            matrix[one, other] = matrix[other, one] = entry.r
        return matrix


Layer = Literal["stratum_corneum", "epidermis", "dermis", "subcutaneous_fat", "nerve_depth"]


class Protocol(Document):
    """What is given: where, with which lamp, how far, following whom."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    """name of the protocol in tables and pictures"""
    label: Text
    """as people read it"""
    site: BodySite
    """id of the site, such as plantar_foot"""
    target: str
    """id of a nerve of the site, or cutaneous_endings"""
    lamp: Lamp
    """device and distance, as in a case; the distance is a length, not 'choose'"""
    anchor: str
    """id of the trial arm or guideline window to follow, or 'choose'"""
    anchor_scenario: Text | None = None
    """which light or reading of a named study, where it has several"""
    session_cap: SessionCap
    """the longest time of light in one session, all fields together"""
    fields: Annotated[int, Field(strict=True, ge=1, le=12)]
    """how many fields are lit one after the other in a session"""
    time: FixedTime
    """time of a field given to everybody, such as '10 min', or 'match': each person's own matching time"""
    air_temperature: Room | None = None
    """room temperature; 30 degC is taken as a safe upper assumption when absent"""
    spreads: Mapping[Layer, Lengths] = {}
    """your own spread of layers or nerve depth between people here, in place of the site's intervals"""

    @property
    def field_cap(self) -> float:
        """The longest time of one field [s]."""
        return self.session_cap / self.fields

    @model_validator(mode="after")
    def _named(self) -> Self:
        faults = []
        place = site(self.site)
        checks: list[tuple[str, str, tuple[str, ...]]] = [
            ("target", self.target, (CUTANEOUS_ENDINGS, *place.nerves)),
            ("lamp.device", self.lamp.device, tuple(device_ids())),
            ("anchor", self.anchor, ("choose", *study_ids())),
        ]
        for path, value, known in checks:
            if value not in known:
                hint = closest(value, list(known))
                told = ", ".join(known) if len(known) <= 12 else f"{len(known)} are known"
                faults.append(Fault(path, value, f"a known one: {told}", f"did you mean {hint!r}?" if hint else ""))
        if self.lamp.distance == "choose":
            faults.append(Fault("lamp.distance", "choose", "a length: everybody is lit from the same distance"))
        if "nerve_depth" in self.spreads and not place.nerves:
            faults.append(Fault("spreads.nerve_depth", "given", "nothing: no nerve is known at this site"))
        if isinstance(self.time, float) and self.time > self.field_cap:
            faults.append(Fault("time", f"{self.time:g} s", f"at most the cap of a field, {self.field_cap:g} s"))
        if faults:
            raise InvalidInput("protocol", faults)
        return self


class CohortSpec(Document):
    """A virtual cohort: people and protocols."""

    schema_name: Literal["nervelight-cohort-1"] = Field(alias="schema")
    """must be nervelight-cohort-1"""
    label: Text
    """what the cohort is for"""
    condition: Condition
    """the pain condition: it selects the trials to follow, and the site's variant in people with neuropathy"""
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)]
    """seed of all draws"""
    worlds: Annotated[int, Field(strict=True, ge=4, le=256)]
    """draws of what nobody knows well, a power of two such as 64; the people are dealt out to them in turn"""
    people: People
    """who is drawn"""
    protocols: Annotated[tuple[Protocol, ...], Field(min_length=1, max_length=24)]
    """what each of them gets"""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.worlds & (self.worlds - 1):
            raise InvalidInput("cohort", [Fault("worlds", self.worlds, "a power of two, such as 64")])
        names = [protocol.id for protocol in self.protocols]
        if len(set(names)) < len(names):
            raise InvalidInput("cohort", [Fault("protocols", names, "each id once")])
        return self

    def sha256(self) -> str:
        """Return the hash of all that a person's row depends on: everything but how many people there are."""
        data = self.model_dump(mode="json", by_alias=True)
        del data["people"]["count"], data["label"]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def read_cohort(path: Path | str) -> CohortSpec:
    """Read a cohort file.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    return validated(CohortSpec, read_yaml(path), str(path))
