"""Other treatment of neuropathic pain: what guidelines and reviews say of it, and how people write it.

Context for a plan of light, never an order. Light is not on the list: what it does is said by claims alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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
    "named_in",
    "recognised",
    "treatment",
    "treatment_ids",
    "treatments",
    "treatments_for",
    "unrecognised",
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


# Between two words of a name others may stand: "lidocaine 5 % plaster", "capsaicin 0.075 % cream".
_GAP = 2
_WORD = re.compile(r"\d+(?:\.\d+)?|[A-Za-z0-9]+")
_CLAUSE = re.compile(r"[,;:\n+&]|\.\s|\b(?:and|but|with|plus)\b|(?<=[a-z]{3})/(?=[a-z]{3})", re.IGNORECASE)
# Any sign that something is not taken now: denied, stopped, past, replaced, failed, unwanted, planned or uncertain.
# Better one too many: an entry in doubt is told as such, an entry taken for current would be told as a fact.
_DOUBT = re.compile(
    r"""\b(?:
    no | nor | not | none | nil | never | neither | without | cannot | denie[sd] | free\ of | instead | \w+n['’`´]t
    | (?:did|does|do|was|is|has|had|ca|wo)nt | lack\w*
    | stop\w* | ceas\w* | discontinu\w* | end(?:ed|s|ing)? | finish\w* | complet\w* | quit | off | out\ of | d/c\w*
    | wean\w* | taper\w* | withdr[ae]w\w* | withheld | paus\w* | hold | held | halt\w* | suspend\w* | interrupt\w*
    | skip\w* | dropped | gave | giv(?:en|ing)\ up | abandon\w* | remov\w* | explant\w* | expired | lapsed
    | cancel\w* | exhausted | replac\w* | switch\w* | chang\w* | swap\w*
    | tried | tries | try | trying | trial(?:led|ed|s)? | attempt\w* | fail\w* | had | used | took | was | were
    | did | prior | previous\w* | former\w* | past | earlier | ago | last | history | hx | h/o | ex | old | until
    | till | before(?!\s+(?:bed\w*|sleep\w*|meals?|food|breakfast|lunch|dinner|supper|night|going)\b)
    | once(?!\s+(?:a|daily|per|every|each|at|in\ the|weekly|nightly|nocte)\b)
    | useless | ineffective\w* | unhelpful | inadequate\w* | insufficient\w* | poor\w* | helped | worked
    | side\ effects? | adverse | allerg\w* | hypersensitiv\w* | intoleran\w* | contra-?indicat\w* | reaction\w*
    | avoid\w* | unable | refus\w* | declin\w* | reject\w*
    | plan | plans | planned | planning | propos\w* | consider\w* | discuss\w* | option\w* | recommend\w*
    | suggest\w* | advis\w* | offered | refer\w* | candidate | will | would | could | should | shall | might
    | want\w* | wish\w* | wait\w* | intend\w* | hop(?:es|ing) | going\ to | to\ (?:start|begin|have|get|be) | start
    | starts | starting | begin\w* | future | next | soon | later | tomorrow | pending | upcoming | yet | if
    | maybe | perhaps | possib\w* | probab\w* | unknown | unsure | unclear | uncertain\w* | query
    )\b | \? | \b(?:19|20)\d\d\s*(?:-|–|to)\s*(?:(?:19|20)?\d\d)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NOW = re.compile(r"\b(?:now|current(?:ly)?|still|ongoing|presently|continu(?:es|ed|ing))\b", re.IGNORECASE)
# Words beside a name that name nothing themselves: amounts, forms, times.
_BESIDE = re.compile(
    r"[\d.]+(?:mg|g|ug|mcg|ml|x|h|hz|th|st|nd|rd)?|\d*x\d*(?:mg|g|ml)?|mg|g|ug|mcg|ml|h|hz|hours?|hourly|minutes?|"
    r"days?|weeks?|months?|years?|daily|weekly|nightly|nocte|mane|od|bd|bid|tds|tid|qds|qid|prn|once|twice|times|"
    r"an?|per|every|each|at|in|on|of|for|from|to|up|by|the|my|as|needed|required|morning|noon|midday|evening|night|"
    r"bed|bedtime|before|after|with|and|or|meals?|food|since|until|till|jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|"
    r"may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?|spring|summer|autumn|winter|"
    r"tablets?|capsules?|pills?|dose|doses|takes?|taking|taken|uses?|using|started|began|begun|left|right|both|foot|"
    r"feet|hands?|legs?|arms?|low|high|slow|release|sr|er|xr|mr|s|t|it|medications?|medicines?|drugs?|treatments?|"
    r"side|effects?|helped|help|helps|worked|work|pain|well|tolerated|dizzy|dizziness|nausea|is|are|has|been|be|"
    r"because|due"
)


@remembered
def _names() -> tuple[tuple[tuple[str, ...], bool, Treatment, str], ...]:
    """Return every name as words, the longest first, whether it counts in capitals only, and what it stands for."""
    found: dict[tuple[str, ...], tuple[bool, Treatment, str]] = {}
    for entry in treatments():
        for name in (entry.label, *entry.names):
            found[_words(name)] = False, entry, ""
        for name in entry.capitals:
            found[_words(name)] = True, entry, ""
        for member, brands in entry.members.items():
            for name in (member, *brands):
                found[_words(name)] = False, entry, member
    return tuple(sorted(((words, *owner) for words, owner in found.items()), key=lambda item: -len(item[0])))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))


def recognised(text: str) -> tuple[Named, ...]:
    """Return the treatments that a free text names, by whole words, each once.

    What is not on the list is not recognised; see `unrecognised`. Any sign in the text that something is denied,
    stopped, past or planned makes all of it not current, but for a clause that says *now*, *still* or the like with no
    such sign in it or after it. That errs on the side of doubt: "pain not controlled by fentanyl" is not counted as
    taken now, though it is; for safety, take both.

    Examples
    --------
    >>> [(named.member, named.current) for named in recognised("gabapentin stopped, now Cymbalta 60 mg")]
    [('gabapentin', False), ('duloxetine', True)]
    """
    found: dict[tuple[str, str], Named] = {}
    clauses = _CLAUSE.split(text)
    doubts = [_DOUBT.search(clause) is not None for clause in clauses]
    # What the text says across its clauses ("out of, I think") counts as well.
    doubt = any(doubts) or _DOUBT.search(text) is not None
    for number, clause in enumerate(clauses):
        current = not doubt or (_NOW.search(clause) is not None and not any(doubts[number:]))
        for _, entry, member in sorted(_places(clause), key=lambda place: place[0]):
            before = found.get((entry.id, member))
            found[entry.id, member] = Named(entry, member, current or (before is not None and before.current))
    return tuple(found.values())


def unrecognised(text: str, also: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the parts of a free text that name nothing on the list, amounts and times aside.

    Parameters
    ----------
    text : str
    also : iterable of str
        Further names to know.

    Examples
    --------
    >>> unrecognised("Lyrica 75 mg + unobtainium, at night")
    ('unobtainium',)
    """
    if not recognised(text) and not named_in(text, also):
        return (text,) if text.strip() else ()
    parts = [part.strip(" .-") for part in _CLAUSE.split(text)]
    return tuple(
        part
        for part in parts
        if not any(_places(part))
        and not named_in(part, also)
        and not all(_BESIDE.fullmatch(word) or _DOUBT.search(word) or _NOW.search(word) for word in _words(part))
    )


def named_in(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of some names stand in a free text, by whole words in order and close together.

    Examples
    --------
    >>> named_in("EMLA cream to both feet", ["EMLA", "emerald"])
    ('EMLA',)
    """
    words = _words(text)
    return tuple(name for name in names if any(_match(_words(name), words, start) for start in range(len(words))))


def _places(clause: str) -> Iterator[tuple[int, Treatment, str]]:
    """Yield where in a clause which treatment is named; a word counts for the longest name that holds it."""
    written = _WORD.findall(clause)
    words = _words(clause)
    free = set(range(len(words)))
    for name, capitals, entry, member in _names():
        for start in sorted(free):
            places = _match(name, words, start)
            if not places or not free.issuperset(places) or not set(words).isdisjoint(entry.unless):
                continue
            if not capitals or all(written[place].isupper() for place in places):
                free.difference_update(places)
                yield start, entry, member


def _match(name: tuple[str, ...], words: tuple[str, ...], start: int) -> list[int]:
    """Return the places of a name's words from `start` on, in order and close together, or nothing."""
    if words[start] != name[0]:
        return []
    places = [start]
    for word in name[1:]:
        near = range(places[-1] + 1, min(places[-1] + 2 + _GAP, len(words)))
        following = next((place for place in near if words[place] == word), None)
        if following is None:
            return []
        places.append(following)
    return places
