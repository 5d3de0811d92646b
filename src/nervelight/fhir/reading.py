"""Reading FHIR R4 back: a bundle of any source as a case, as far as it goes, and a list of all that was not understood.

Nothing is guessed: a value is taken where a code, a unit and a day say what it is, and is blank otherwise. Narratives
are not read, references are not followed out of the bundle.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nervelight.errors import Fault, InvalidInput, closest
from nervelight.evidence import CONDITIONS
from nervelight.fhir.reading_case import Reading, meant, name_of, names_in
from nervelight.fhir.reading_elements import at, moment, plain
from nervelight.fhir.reading_json import Placed, resources_in
from nervelight.fhir.reading_plan import case_in
from nervelight.planning.case_writing import case_yaml, what_is_missing

__all__ = ["Imported", "read_bundle"]

# What a case is made from, in the order in which it is read.
READ = (
    "Patient",
    "Condition",
    "MedicationStatement",
    "MedicationRequest",
    "MedicationDispense",
    "MedicationAdministration",
    "QuestionnaireResponse",
    "Observation",
    "Goal",
    "CareTeam",
)
# What others of them point to.
LOOKED_UP = ("Medication", "Questionnaire", "Practitioner", "PractitionerRole", "Organization", "RelatedPerson")
PLANNED_ANEW = ("CarePlan", "ServiceRequest", "PlanDefinition", "ActivityDefinition")
# What other releases have and R4 does not; a name of R4 that means something else there would be misread.
_OTHER_RELEASE: Mapping[str, Mapping[str, str]] = {
    "MedicationStatement": {"medication": "R5", "adherence": "R5", "taken": "STU3"},
    "Condition": {"participant": "R5", "assertedDate": "STU3"},
    "Observation": {"triggeredBy": "R5", "instantiatesCanonical": "R5", "comment": "STU3", "related": "STU3"},
    "Patient": {"animal": "STU3"},
    "Goal": {"status": "STU3", "continuous": "R5"},
}
_COUNTED = ("no part of a case", "not read: a plan is made anew from the case")
NOTES_AT_MOST = 60
LISTED = 1000
ALIKE_AT_MOST = 4


@dataclass(frozen=True)
class Imported:
    """What a bundle gave."""

    case: Mapping[str, Any]
    """The case file, as far as the bundle goes."""
    understood: tuple[tuple[str, str], ...]
    """Key of the case, and what was taken for it from where."""
    not_understood: tuple[Fault, ...]
    """Everything else that stands in the bundle: place, value and reason."""
    missing: tuple[Fault, ...]
    """What a plan still needs, and why."""
    urgent: tuple[Fault, ...]
    """Answers that need somebody at once."""
    source: str
    on: dt.date

    def to_yaml(self) -> str:
        """Return the case file, with a blank for each thing that is missing."""
        notes = [f"Read from {self.source} on {self.on}. Check each value: it is as its sender wrote it."]
        notes += [f"URGENT: {fault}" for fault in self.urgent]
        notes += [f"Not taken from the bundle ({len(self.not_understood)}):"] if self.not_understood else []
        notes += [f"  {fault}" for fault in self.not_understood_in_short()]
        return case_yaml(self.case, self.missing, notes)

    def not_understood_in_short(self) -> tuple[Fault, ...]:
        """Return what was not understood with what was left for one reason in one row, where that is often."""
        by_reason: dict[str, list[Fault]] = {}
        for fault in self.not_understood:
            # What is no part of a case is counted by its type already.
            apart = str(fault.value) if fault.allowed in _COUNTED else ""
            by_reason.setdefault(fault.allowed + apart, []).append(fault)
        rows = [
            fault
            for same in by_reason.values()
            for fault in (
                same
                if len(same) <= ALIKE_AT_MOST
                else [Fault(f"{same[0].path} and {len(same) - 1} more", same[0].value, same[0].allowed)]
            )
        ]
        more = len(rows) - NOTES_AT_MOST
        return (*rows[:NOTES_AT_MOST], *([Fault("and", f"{more} more", "--json lists all")] if more > 0 else []))

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON can hold it."""

        def told(faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
            return [
                {"path": f.path, "value": None if f.value is None else str(f.value)[:200], "reason": f.allowed}
                for f in faults
            ]

        return {
            "source": self.source,
            "on": self.on.isoformat(),
            "case": self.case,
            "understood": [{"key": key, "what": what} for key, what in self.understood],
            "not_understood": told(self.not_understood),
            "missing": told(self.missing),
            "urgent": told(self.urgent),
        }


def read_bundle(
    data: bytes,
    where: str,
    *,
    patient: str | None = None,
    condition: str | None = None,
    today: dt.date | None = None,
) -> Imported:
    """Read a FHIR R4 bundle, or one resource, of any source into a case.

    Parameters
    ----------
    data : bytes
        JSON.
    where : str
        The file, named in faults.
    patient : str, optional
        Id of the Patient, where there are several.
    condition : str, optional
        Id of a Condition of the bundle, or of a condition of this package, where there are several or none is known.
    today : date, optional
        The day on which the age holds; the machine's when absent.

    Returns
    -------
    Imported

    Raises
    ------
    InvalidInput
        If it is no FHIR, too large or too deep, or of several people.

    Notes
    -----
    Rules for what stands twice. The same resource twice: the later `meta.lastUpdated` counts. The same score of one day
    twice: once. Two scores of one instrument on one day: answers before a score derived from them; a corrected one
    before others; then the later `issued`; where none of these tells, neither. Stopped drugs, and conditions that are
    refuted, resolved or not confirmed, are listed and not taken. A case file that our own bundles carry counts before
    single resources; where a resource contradicts it, the key is left blank.
    """
    on = today or dt.date.today()
    placed, left = resources_in(data, where)
    placed = [each for each in placed if not _of_other_release(each, left) and not _turned(each, left)]
    placed = _once_each(placed, left)
    person = _person(placed, patient, where)
    names = names_in(placed)
    of_person = [each for each in placed if _is_of(each, person, names, left)]
    reading = Reading(of_person, left, on)
    for kind in READ:
        for each in of_person:
            if each.type == kind:
                reading.take(each)
    wanted = _wanted(condition, of_person, where)
    reading.settle(wanted)
    case = _with_case_file(reading, of_person, left)
    left += _unread([each for each in of_person if each.key not in reading.used])
    return _imported(case, reading, left, where, on)


def _imported(case: dict[str, Any], reading: Reading, left: list[Fault], where: str, on: dt.date) -> Imported:
    _, urgent, faults = what_is_missing(case)
    # What was taken and cannot stand in a case goes out again, so that what is written is good as far as it goes.
    for fault in reversed(faults):
        if fault.value is not None and (removed := _without(case, fault.path)):
            left.append(Fault(f"case: {fault.path}", fault.value, fault.allowed))
            reading.taken = [row for row in reading.taken if row[0] != removed]
    _, _, faults = what_is_missing(case)
    reasons = dict(reading.why_blank)
    missing = [
        Fault(fault.path, None, f"{fault.allowed} [{reasons[fault.path]}]" if fault.path in reasons else fault.allowed)
        for fault in faults
    ]
    return Imported(
        case=case,
        understood=tuple(reading.taken),
        not_understood=tuple(left),
        missing=tuple(missing),
        urgent=tuple(urgent),
        source=plain(where) or "a bundle",
        on=on,
    )


def _without(case: dict[str, Any], path: str) -> str:
    """Take the key out that a fault is about; of a list the whole row. Return its path."""
    keys = path.split(".")
    here: Any = case
    for index, key in enumerate(keys):
        name, _, row = key.partition("[")
        if not isinstance(here, dict) or name not in here:
            return ""
        if row:
            number = int(row.split("]")[0])
            del here[name][number]
            if not here[name]:
                del here[name]
            return ".".join([*keys[:index], name])
        if index == len(keys) - 1:
            del here[name]
            return path
        here = here[name]
    return ""


def _once_each(placed: list[Placed], left: list[Fault]) -> list[Placed]:
    """Return each resource once: of several versions the one that was changed last."""
    by_key: dict[str, Placed] = {}
    for each in placed:
        before = by_key.get(each.key)
        if before is None or before.content == each.content:
            by_key[each.key] = each if before is None else before
            continue
        was, now = (moment(at(one.content, "meta", "lastUpdated")) for one in (before, each))
        if was == now:
            allowed = f"which of it and {before.path} holds is not said: neither has the later meta.lastUpdated"
            raise InvalidInput("bundle", [Fault(each.path, each.key, allowed)])
        by_key[each.key] = max((was, 0, before), (now, 1, each), key=lambda row: row[:2])[2]
        older = before if by_key[each.key] is each else each
        left.append(Fault(older.path, older.key, f"an earlier version of {by_key[each.key].path}"))
    return list(by_key.values())


def _of_other_release(each: Placed, left: list[Fault]) -> bool:
    found = next(
        ((name, release) for name, release in _OTHER_RELEASE.get(each.type, {}).items() if name in each.content), None
    )
    if found is None and each.type == "Condition" and isinstance(each.content.get("clinicalStatus"), str):
        found = "clinicalStatus", "STU3"
    if found is not None:
        left.append(Fault(f"{each.path}.{found[0]}", each.key, f"an element of {found[1]}; FHIR R4 (4.0.1) is read"))
    return found is not None


def _turned(each: Placed, left: list[Fault]) -> bool:
    """Return whether a resource says that it may mean something else than its elements say, even the opposite."""
    for name in ("modifierExtension", "implicitRules"):
        if name in each.content and each.type in (*READ, *LOOKED_UP):
            left.append(Fault(f"{each.path}.{name}", each.key, "not known here, may change the meaning of the rest"))
            return True
    return False


def _subject(each: Placed, names: Mapping[str, str]) -> str:
    subject = at(each.content, "subject") or at(each.content, "patient")
    return meant(at(subject, "reference"), names)


def _person(placed: list[Placed], wanted: str | None, where: str) -> str:
    """Return the key of the one person that it is about."""
    names = names_in(placed)
    people = {each.key: each for each in placed if each.type == "Patient"}
    others = {key for each in placed if each.type in READ and (key := _subject(each, names))}
    keys = list(people) or sorted(others)
    if wanted is not None:
        found = [key for key in keys if wanted in (key, key.removeprefix("Patient/"))]
        if len(found) == 1:
            return found[0]
        hint = closest(wanted, [key.removeprefix("Patient/") for key in keys[:LISTED]])
        allowed = f"the id of a Patient of the bundle: {_list(keys) or 'it has none'}"
        raise InvalidInput(where, [Fault("--patient", wanted, allowed, f"did you mean {hint!r}?" if hint else "")])
    if len(keys) > 1:
        told = [f"{key} {_name(people[key])}".strip() if key in people else key for key in keys]
        allowed = "one person; say which with --patient ID"
        raise InvalidInput(where, [Fault("Bundle.entry", f"{len(keys)} people", f"{allowed}: {_list(told)}")])
    return keys[0] if keys else ""


def _list(told: list[str]) -> str:
    shown = ", ".join(plain(each) or "?" for each in told[:10])
    return f"{shown} and {len(told) - 10} more" if len(told) > 10 else shown


def _name(person: Placed) -> str:
    name = name_of(person.content)
    return f"({name})" if name else ""


def _is_of(each: Placed, person: str, names: Mapping[str, str], left: list[Fault]) -> bool:
    """Return whether a resource is of the person, or of nobody because its type is of nobody."""
    subject = each.key if each.type == "Patient" else _subject(each, names)
    if subject == person:
        return True
    if not subject and each.type not in (*READ, "DocumentReference"):
        return True
    left.append(Fault(str(each), plain(subject), "of another person" if subject else "of whom it is, is not said"))
    return False


def _wanted(condition: str | None, of_person: list[Placed], where: str) -> str | None:
    if condition is None or condition in CONDITIONS:
        return condition
    ids = [each.key for each in of_person if each.type == "Condition"]
    if any(condition in (key, key.removeprefix("Condition/")) for key in ids):
        return f"Condition/{condition.removeprefix('Condition/')}"
    hint = closest(condition, [*CONDITIONS, *ids[:LISTED]])
    allowed = f"a condition that is planned for ({', '.join(CONDITIONS)}) or the id of a Condition: {_list(ids)}"
    raise InvalidInput(where, [Fault("--condition", condition, allowed, f"did you mean {hint!r}?" if hint else "")])


def _with_case_file(reading: Reading, of_person: list[Placed], left: list[Fault]) -> dict[str, Any]:
    """Return the case of the plan in our own bundle, less what its resources contradict; else what was read."""
    found: list[tuple[tuple[bool, float], Placed, dict[str, Any]]] = []
    for each in of_person:
        if each.type != "DocumentReference":
            continue
        try:
            document = case_in(each.content, each.path)
        except InvalidInput as problem:
            left += [Fault(f"{each.path}.{fault.path}", fault.value, fault.allowed) for fault in problem.faults]
            continue
        if document is not None:
            # A signed plan before one that waits for its signature.
            rank = each.content.get("docStatus") == "final", moment(each.content.get("date"))
            found.append((rank, each, document))
    if not found:
        return reading.case
    found.sort(key=lambda row: row[0])
    if len(found) > 1 and found[-1][0] == found[-2][0]:
        left += [Fault(str(each), None, "one of several case files; which holds is not said") for _, each, _ in found]
        return reading.case
    left += [Fault(str(each), None, "an earlier case file") for _, each, _ in found[:-1]]
    _, place, document = found[-1]
    case, _, faults = what_is_missing(document)
    if case is None:
        left += [
            Fault(f"{place.path}: {fault.path}", fault.value, f"case file not used: {fault.allowed}")
            for fault in faults
        ]
        return reading.case
    if reading.conditions and case.diagnosis.condition not in reading.conditions:
        allowed = f"case file not used: the bundle has {', '.join(reading.conditions)}"
        left.append(Fault(str(place), case.diagnosis.condition, allowed))
        return reading.case
    reading.used.add(place.key)
    return reading.agreed(document, case, place)


def _unread(of_person: list[Placed]) -> list[Fault]:
    counted: Counter[str] = Counter()
    first: dict[str, str] = {}
    for each in of_person:
        if each.type in READ or each.type in LOOKED_UP:
            continue
        counted[each.type] += 1
        first.setdefault(each.type, each.path)
    return [
        Fault(
            first[kind] if count == 1 else f"{first[kind]} and {count - 1} more",
            plain(kind) or "?",
            _COUNTED[kind in PLANNED_ANEW],
        )
        for kind, count in counted.items()
    ]
