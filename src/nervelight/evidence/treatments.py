"""Other treatment of neuropathic pain: what guidelines and reviews say of it.

Context for a plan of light, never an order. Light is not on the list: what it does is said by claims alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, StrictBool, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.evidence.conditions import Condition, condition_named
from nervelight.evidence.keys import SourceKey
from nervelight.evidence.memory import remembered

__all__ = [
    "Ladder",
    "Line",
    "Named",
    "Rung",
    "Standing",
    "Treatment",
    "TreatmentKind",
    "treatment",
    "treatment_ids",
    "treatments",
    "treatments_for",
]

TreatmentKind = Literal["drug", "topical", "physical", "psychological", "interventional", "device", "surgical"]
"""What is done, in the order in which a ladder lists it."""
Line = Literal["first", "second", "third", "unranked", "undecided", "no_benefit", "not_advised"]
"""Place on the ladder; unranked: named without rank; undecided: looked at without a recommendation."""

_LINE_WORDS: Mapping[Line, str] = {
    "first": "first line",
    "second": "second line",
    "third": "third line",
    "unranked": "named without rank",
    "undecided": "no recommendation",
    "no_benefit": "no benefit found",
    "not_advised": "advised against",
}


class Standing(Document):
    """What one source says of one treatment."""

    source: SourceKey
    """Key of sources.toml."""
    place: str = Field(min_length=1)
    """Where in the source."""
    conditions: tuple[Condition, ...] | Literal["general"]
    """Conditions it speaks of; `general` for neuropathic pain as such."""
    line: Line
    """Place on the ladder."""
    strength: str = ""
    """Strength or certainty in the words of the source; empty where it was not in what was read."""
    nnt: Annotated[float, Field(gt=1)] | None = None
    """People to treat for one more with less pain."""
    nnt_unverified: StrictBool = False
    """True when that number was not checked at its source."""
    only: tuple[str, ...] = ()
    """Members of the class that the source speaks of; empty for all."""
    use: str = ""
    """The use that it speaks of, where it is one of several: ``for chronic sciatica``."""
    remark: str = ""
    """What else to know, in plain words."""
    more_sources: tuple[SourceKey, ...] = ()
    """Keys of what the remark says beside the source."""

    @property
    def said(self) -> str:
        """Line, use and strength in words: ``first line, strong``."""
        line = " ".join(filter(None, (_LINE_WORDS[self.line], self.use)))
        return ", ".join(filter(None, (line, self.strength)))

    @property
    def line_text(self) -> str:
        """The line in words."""
        return _LINE_WORDS[self.line]

    @property
    def sources(self) -> tuple[str, ...]:
        """All keys, the source first."""
        return (self.source, *self.more_sources)


class Treatment(Document):
    """One treatment, or one class of drugs."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    """Stable name."""
    label: str
    """How to print it."""
    short: str = ""
    """Shorter, or one of the class."""
    kind: TreatmentKind
    """What is done."""
    names: tuple[str, ...] = ()
    """How people write it."""
    capitals: tuple[str, ...] = ()
    """Names that count only when written so, being words of the language otherwise: ``TENS``."""
    unless: tuple[str, ...] = ()
    """Words that, in the same clause, tell of another form: an eye drop is no tablet."""
    members: Mapping[str, tuple[str, ...]] = {}
    """Drugs of the class, each with its brands."""
    standings: tuple[Standing, ...] = Field(min_length=1)
    """What the sources say."""

    @model_validator(mode="after")
    def _only_members(self) -> Self:
        strangers = {name for standing in self.standings for name in standing.only} - set(self.members)
        if strangers:
            raise ValueError(f"only names no member of {self.id}: {', '.join(sorted(strangers))}")
        return self


class _OfCondition(Document):
    general: StrictBool
    note: str = ""
    sources: tuple[SourceKey, ...] = ()

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if bool(self.note) != bool(self.sources):
            raise ValueError("a note needs sources, and sources a note")
        return self


class _Numbers(Document):
    text: str = Field(min_length=1)
    sources: tuple[SourceKey, ...] = Field(min_length=1)


class _File(Document):
    bodies: Mapping[SourceKey, str]
    numbers: _Numbers
    conditions: Mapping[Condition, _OfCondition]
    treatments: tuple[Treatment, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        ids = [entry.id for entry in self.treatments]
        twice = {name for name in ids if ids.count(name) > 1}
        if twice:
            raise ValueError(f"stand twice: {', '.join(sorted(twice))}")
        missing = set(get_args(Condition)) - set(self.conditions)
        if missing:
            raise ValueError(f"conditions without an answer: {', '.join(sorted(missing))}")
        unnamed = {standing.source for entry in self.treatments for standing in entry.standings} ^ set(self.bodies)
        if unnamed:
            raise ValueError(f"bodies and the sources of standings differ by {', '.join(sorted(unnamed))}")
        return self


@dataclass(frozen=True)
class Rung:
    """One row of a ladder.

    Parameters
    ----------
    treatment : Treatment
    standing : Standing
        What one source says of it.
    body : str
        Who says so, in short.
    """

    treatment: Treatment
    standing: Standing
    body: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the source speaks of: the members it names, or the treatment, and for which use."""
        names = self.standing.only or (self.treatment.label,)
        return tuple(f"{name} {self.standing.use}".rstrip() for name in names)


@dataclass(frozen=True)
class Named:
    """A treatment that somebody wrote down.

    Parameters
    ----------
    treatment : Treatment
    member : str
        The drug of the class; empty where the class itself was named.
    current : bool
        False where the text leaves open whether it is taken now.
    """

    treatment: Treatment
    member: str
    current: bool


@dataclass(frozen=True)
class Ladder:
    """What is known here of other treatment of a condition.

    Parameters
    ----------
    condition : Condition
    rungs : tuple of Rung
        First line first; then what is named without rank, left undecided, advised against. In a line, what speaks of
        this condition comes before what speaks of neuropathic pain in general. Sources that disagree all stay.
    general : bool
        Whether what is said of neuropathic pain in general belongs here.
    note : str
        What no single treatment can carry; may be empty.
    note_sources : tuple of str
        Keys of sources.toml.
    numbers : str
        What the numbers needed to treat count, and what stands against them; empty where no row has one.
    numbers_sources : tuple of str
        Keys of sources.toml.
    """

    condition: Condition
    rungs: tuple[Rung, ...]
    general: bool
    note: str
    note_sources: tuple[str, ...]
    numbers: str
    numbers_sources: tuple[str, ...]

    def of(self, named: Named) -> tuple[Rung, ...]:
        """Return the rungs that speak of a treatment as it was named."""
        return tuple(
            rung
            for rung in self.rungs
            if rung.treatment == named.treatment and (not rung.standing.only or named.member in rung.standing.only)
        )


@remembered
def _file() -> _File:
    return validated(_File, read_data("nervelight.evidence", "data", "treatments.yaml"), "treatments.yaml")


def treatments() -> tuple[Treatment, ...]:
    """Return every treatment, in the order of the file."""
    return _file().treatments


def treatment_ids() -> tuple[str, ...]:
    """Return the names of all treatments."""
    return tuple(entry.id for entry in treatments())


def treatment(name: str) -> Treatment:
    """Return one treatment.

    Raises
    ------
    UnknownName
        If there is none of that name.

    Examples
    --------
    >>> treatment("tens").label
    'transcutaneous electrical nerve stimulation'
    """
    for entry in treatments():
        if entry.id == name:
            return entry
    raise UnknownName("treatment", name, treatment_ids())


def treatments_for(condition: str) -> Ladder:
    """Return the ladder of other treatment of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> [rung.names for rung in treatments_for("trigeminal_neuralgia").rungs if rung.standing.line == "first"]
    [('carbamazepine', 'oxcarbazepine')]
    """
    name = condition_named(condition)
    about, bodies = _file().conditions[name], _file().bodies
    rungs = [
        Rung(entry, standing, bodies[standing.source])
        for entry in treatments()
        for standing in entry.standings
        if (about.general if standing.conditions == "general" else name in standing.conditions)
    ]
    lines, kinds = get_args(Line), get_args(TreatmentKind)
    rungs.sort(
        key=lambda rung: (
            lines.index(rung.standing.line),
            rung.standing.conditions == "general",
            kinds.index(rung.treatment.kind),
        )
    )
    numbers = _file().numbers if any(rung.standing.nnt is not None for rung in rungs) else None
    return Ladder(
        condition=name,
        rungs=tuple(rungs),
        general=about.general,
        note=about.note,
        note_sources=about.sources,
        numbers=numbers.text if numbers else "",
        numbers_sources=numbers.sources if numbers else (),
    )
