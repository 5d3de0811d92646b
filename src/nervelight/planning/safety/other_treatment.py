"""What other treatment means for a session of light: heat, numb skin, sleep, implants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.evidence import Named, named_in, recognised, treatment, unrecognised
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding, Level
from nervelight.planning.words import listed
from nervelight.sources import require_known

__all__ = ["other_treatment_findings"]


class _Rule(Document):
    treatments: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    level: Level
    at_home: Level | None = None
    title: str
    text: str
    unblock: str
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not (self.treatments or self.names):
            raise ValueError("a rule needs treatments or names")
        known = {member for name in self.treatments for member in treatment(name).members}
        if not known.issuperset(self.members):
            raise ValueError(f"members must be of {', '.join(self.treatments)}")
        require_known(self.sources)
        return self

    def met_by(self, entry: str, treatments: Sequence[Named]) -> frozenset[str]:
        """Return what of a free text the rule is about: drugs, treatments and names; empty where nothing is.

        `treatments` are those that the text names.
        """
        found = {
            named.member or named.treatment.id
            for named in treatments
            if named.treatment.id in self.treatments and (not self.members or named.member in self.members)
        }
        return frozenset(found | {name.casefold() for name in named_in(entry, self.names)})


@cache
def _rules() -> Mapping[str, _Rule]:
    entries = read_data("nervelight.planning", "data", "other_treatment.yaml")
    return {name: validated(_Rule, entry, f"other_treatment.yaml: {name}") for name, entry in entries.items()}


def other_treatment_findings(case: Case) -> Iterator[Finding]:
    """Hold every drug and treatment of the case against the rules.

    What is named as past or not taken counts as well: "pain not controlled by fentanyl" is still a patch on the skin.
    """
    entries = tuple(dict.fromkeys((*case.safety.drugs, *case.care.other_treatments)))
    treatments = {entry: recognised(entry) for entry in entries}
    for name, rule in _rules().items():
        met = {entry: found for entry in entries if (found := rule.met_by(entry, treatments[entry]))}
        if met:
            yield Finding(
                id=f"treatment.{name}",
                level=rule.at_home if rule.at_home and case.course.setting == "home" else rule.level,
                title=rule.title,
                text=rule.text,
                value=listed(_without_repeats(met)),
                unblock=rule.unblock,
                sources=rule.sources,
            )
    known = {name for rule in _rules().values() for name in rule.names}
    unknown = list(dict.fromkeys(part for entry in entries for part in unrecognised(entry, known)))
    if unknown:
        yield Finding(
            id="treatment.unknown",
            level="note",
            title=f"Not checked for heat, numb skin, sleep or implants: {listed(unknown)}",
            text="The list of treatments is short: what is not on it was held against no rule.",
            unblock="Ask of each whether it warms or numbs the skin, makes sleepy, or is in the body.",
            sources=("nervelight_rule",),
        )


def _without_repeats(met: Mapping[str, frozenset[str]]) -> Sequence[str]:
    """Return the entries in their order, less those whose every drug another one names with more words."""
    kept: dict[str, frozenset[str]] = {}
    for entry in sorted(met, key=lambda entry: (len(met[entry]), len(entry)), reverse=True):
        if not met[entry] <= frozenset().union(*kept.values()):
            kept[entry] = met[entry]
    return [entry for entry in met if entry in kept]
