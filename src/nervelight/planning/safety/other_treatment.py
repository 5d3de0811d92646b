"""What other treatment means for a session of light: heat, numb skin, sleep, implants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.evidence import Named, recognised, treatment
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding, Level
from nervelight.planning.words import joined
from nervelight.sources import require_known

__all__ = ["other_treatment_findings"]


class _Rule(Document):
    treatments: tuple[str, ...] = Field(min_length=1)
    members: tuple[str, ...] = ()
    level: Level
    at_home: Level | None = None
    title: str
    text: str
    unblock: str
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = {member for name in self.treatments for member in treatment(name).members}
        if not known.issuperset(self.members):
            raise ValueError(f"members must be of {', '.join(self.treatments)}")
        require_known(self.sources)
        return self

    def holds(self, named: Named) -> bool:
        return named.treatment.id in self.treatments and (not self.members or named.member in self.members)


@cache
def _rules() -> Mapping[str, _Rule]:
    entries = read_data("nervelight.planning", "data", "other_treatment.yaml")
    return {name: validated(_Rule, entry, f"other_treatment.yaml: {name}") for name, entry in entries.items()}


def other_treatment_findings(case: Case) -> Iterator[Finding]:
    """Hold every drug and treatment of the case against the rules.

    What is named as past or not taken counts as well: "pain not controlled by fentanyl" is still a patch on the skin.
    """
    named = [
        (entry, found)
        for entry in dict.fromkeys((*case.safety.drugs, *case.care.other_treatments))
        for found in recognised(entry)
    ]
    for name, rule in _rules().items():
        entries = dict.fromkeys(entry for entry, found in named if rule.holds(found))
        if entries:
            yield Finding(
                id=f"treatment.{name}",
                level=rule.at_home if rule.at_home and case.course.setting == "home" else rule.level,
                title=rule.title,
                text=rule.text,
                value=joined(list(entries)),
                unblock=rule.unblock,
                sources=rule.sources,
            )
