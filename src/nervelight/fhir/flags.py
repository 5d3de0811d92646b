"""What stands against the light, where nobody can overlook it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import chain

from nervelight.assessment import red_flags
from nervelight.fhir import places
from nervelight.fhir.elements import Resource, code, concept, resource
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import TERMINOLOGY, own
from nervelight.planning import Plan
from nervelight.planning.findings import Finding
from nervelight.record.dossier import Dossier

__all__ = ["flags_of"]

# A note that asks for something in every session is not only for information.
_ALWAYS = ("eyes.",)


def flags_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Flag for each block, warning and red flag; one of an earlier version that is gone is inactive."""
    seen: set[str] = set()
    began: dict[str, dt.date] = {}
    for kept in dossier.plans:
        for id_, _, _ in _raised(dossier, kept.plan):
            began.setdefault(id_, kept.day)
    for kept in chain((dossier.current,), (each for each in dossier.plans if each.number < dossier.current.number)):
        for id_, what, level in _raised(dossier, kept.plan):
            if id_ not in seen:
                seen.add(id_)
                active = kept is dossier.current and dossier.state != "ended"
                yield _flag(dossier, id_, began[id_], what, level, active=active)


def _raised(dossier: Dossier, plan: Plan) -> Iterator[tuple[str, Resource, str]]:
    """Yield id, words and level of what a plan warns of."""
    taken: set[str] = set()
    for finding in plan.findings:
        if finding.level == "note" and not finding.id.startswith(_ALWAYS):
            continue
        id_ = places.part_id(dossier.course_id, "flag", finding.id)
        while id_ in taken:
            # One rule may find two things, such as two drugs of one class.
            id_ = places.part_id(id_, "again")
        taken.add(id_)
        yield id_, concept(own("finding", finding.id, finding.title), text=_words(finding)), finding.level
    known = {flag.id: flag for flag in red_flags()}
    for name in plan.case["diagnosis"]["red_flags"]:
        told = f"{known[name].question} {known[name].action}" if name in known else name
        coded = [own("red-flag", name)] if name in known else []
        yield places.part_id(dossier.course_id, "red flag", name), concept(*coded, text=told), "block"


def _words(finding: Finding) -> str:
    numbers = ", ".join(
        text for text in (finding.value, finding.limit and f"against a limit of {finding.limit}") if text
    )
    unchecked = "The limit, or a number behind the value, has no checked source." if finding.unverified else ""
    parts = (f"{finding.title}.", finding.text, f"Found: {numbers}." if numbers else "", finding.unblock, unchecked)
    return " ".join(part for part in parts if part)


def _flag(dossier: Dossier, id_: str, since: dt.date, what: Resource, level: str, *, active: bool) -> Resource:
    return resource(
        "Flag",
        id_,
        identifier=[uuid_identifier(id_)],
        status="active" if active else "inactive",
        category=[concept(code(f"{TERMINOLOGY}/flag-category", "safety", "Safety"), own("finding-level", level))],
        code=what,
        subject=places.patient(dossier),
        period={"start": since.isoformat()},
    )
