"""Courses that the tests of FHIR share."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from nervelight.planning import Plan
from nervelight.record.contents import DayNote, Identity, Signature
from nervelight.record.dossier import Dossier, Kept, PlanKept, dossier_of_plan

ON = dt.date(2026, 11, 28)
EXAMPLES = (
    "carpal_tunnel",
    "chemotherapy_hands",
    "diabetic_feet",
    "facial_pain",
    "lumbar_radiculopathy",
    "stroke_hand",
)


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def version_of(plan: Plan, number: int, *, signed: bool = False) -> PlanKept:
    """A version of a plan, as a record keeps it."""
    day = dt.date(2026, 8, number)
    statement = Signature(plan=uid(number), sha256="0" * 64, by="Dr Signer", statement="I have read it.")
    signature = Kept(id=uid(100 + number), version=uid(100 + number), day=day, content=statement) if signed else None
    return PlanKept(uid(number), number, "0" * 64, day, plan, signature)


def course_of(*versions: PlanKept, in_force: int | None = None, **parts: Any) -> Dossier:
    """A course with these versions, of which the one with that number is followed."""
    base = dossier_of_plan(versions[0].plan, today=ON)
    state = "planned" if in_force is None else "signed"
    followed = uid(in_force) if in_force else None
    return dataclasses.replace(base, **{"plans": versions, "state": state, "in_force": followed, **parts})


def ended_on(day: dt.date, why: str = "moved away") -> Kept[DayNote]:
    return Kept(id=uid(900), version=uid(900), day=day, content=DayNote(note=why, ends_course=True))


def person(**parts: Any) -> Identity:
    return Identity(name="Ada & Bo <script>", **parts)


def with_goals(plan: Plan, *goals: Any, **case: Any) -> Plan:
    """The plan of a case with other goals, and other parts besides."""
    return plan.model_copy(update={"case": {**plan.case, **case, "care": {**plan.case["care"], "goals": list(goals)}}})


def of_type(resources: Iterable[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [each for each in resources if each["resourceType"] == name]


def references(node: Any) -> Iterator[str]:
    """Every reference, however deep."""
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def holes(node: Any, path: str = "") -> Iterator[str]:
    """Everything empty, however deep: FHIR knows no such thing."""
    if node is None or node in ("", [], {}):
        yield path
    elif isinstance(node, dict):
        for name, each in node.items():
            yield from holes(each, f"{path}.{name}")
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from holes(each, f"{path}[{index}]")
