"""Names of other treatment in what people write: recognised by whole words, with the sign whether it is taken now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nervelight.evidence.memory import remembered
from nervelight.evidence.treatments import Named, Treatment, treatments

__all__ = ["named_in", "recognised", "unrecognised"]

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
