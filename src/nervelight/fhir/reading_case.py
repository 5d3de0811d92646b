"""One person's resources as the keys of a case: each taken with its place, or left with its reason."""

from __future__ import annotations

import copy
import datetime as dt
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from nervelight.assessment import Goal, NeupsigFindings, check_score, drugs_in, instrument, score_answers
from nervelight.errors import Fault, InvalidInput
from nervelight.evidence import condition_info
from nervelight.fhir.reading_answers import answers_in, entered_score, form_of, instrument_of
from nervelight.fhir.reading_conditions import conditions_of, doubt_of, findings_of, icd10_of
from nervelight.fhir.reading_elements import at, codings, day_of, length_mm, objects, plain, score_of, status_of
from nervelight.fhir.reading_json import Placed
from nervelight.fhir.reading_people import ages_at, meant, name_of, names_in
from nervelight.fhir.reading_scores import Score, one_of, score_row
from nervelight.planning import Case

__all__ = ["Reading"]

_ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")
# As many as a case may have; of drugs and team, more than anybody has.
GOALS_AT_MOST = 12
READINGS_AT_MOST = 40
DRUGS_AT_MOST = 100
TEAM_AT_MOST = 40
# What a status says of whether something may be taken.
_RESULTS = ("final", "amended", "corrected")
_ANSWERED = ("completed", "amended")
_TAKEN_NOW = ("active", "intended")
_TAKEN_ONCE = ("completed", "stopped", "on-hold", "unknown")
_NOT_NOW = ("inactive", "resolved", "remission")
_NOT_SURE = ("unconfirmed", "provisional", "differential")
_AIMED_AT = ("proposed", "planned", "accepted", "active")


class Reading:
    """A case while it is put together.

    Parameters
    ----------
    placed : list of Placed
        The resources of one person, and those without one that others point to.
    left : list of Fault
        Gets what is not taken.
    today : date
    """

    def __init__(self, placed: list[Placed], left: list[Fault], today: dt.date) -> None:
        self.case: dict[str, Any] = {"schema": "nervelight-case-1"}
        self.taken: list[tuple[str, str]] = []
        self.why_blank: dict[str, str] = {}
        """Why a key is blank although something stood there, by its path."""
        self.used: set[str] = set()
        """Keys of resources that were read in another way."""
        self.conditions: dict[str, list[Placed]] = defaultdict(list)
        self.born: str | None = None
        self.left, self.today = left, today
        self._by_key = {each.key: each for each in placed}
        self._names = names_in(placed)
        self._questionnaires = {
            url: each.content
            for each in placed
            if each.type == "Questionnaire" and isinstance(url := each.content.get("url"), str)
        }
        self._may_be: list[tuple[Placed, tuple[str, ...]]] = []
        self._scores: dict[tuple[str, str], list[Score]] = defaultdict(list)
        self._settled: dict[tuple[str, str], Score] = {}
        self._icd10 = [
            code for each in placed if each.type == "Condition" for code in icd10_of(each.content.get("code"))
        ]

    def take(self, each: Placed) -> None:
        """Take what a resource says, and leave the rest with its reason."""
        readers: Mapping[str, Callable[[Placed], str]] = {
            "Patient": self._patient,
            "Condition": self._condition,
            "MedicationStatement": self._drug,
            "MedicationRequest": self._ordered,
            "MedicationDispense": self._ordered,
            "MedicationAdministration": self._ordered,
            "QuestionnaireResponse": self._response,
            "Observation": self._observation,
            "Goal": self._goal,
            "CareTeam": self._team,
        }
        if reason := readers[each.type](each):
            self.left.append(Fault(str(each), _shown(each.content), reason))

    def settle(self, wanted: str | None) -> None:
        """Decide between what stands several times.

        Parameters
        ----------
        wanted : str, optional
            Id of a condition, or key of a Condition, that was chosen.
        """
        self._settle_condition(wanted)
        for key, found in sorted(self._scores.items(), key=lambda row: (row[0][1], row[0][0])):
            if (score := one_of(found, self.left)) is not None:
                self._settled[key] = score
        if self._settled:
            self._put("scores", [score_row(*key, score) for key, score in self._settled.items()])
        for (name, day), score in self._settled.items():
            self._took("scores", f"{instrument(name).name}: {score.value:g} on {day}", score.placed)

    def agreed(self, document: dict[str, Any], case: Case, place: Placed) -> dict[str, Any]:
        """Return a case file that came with the resources, without what they contradict.

        Parameters
        ----------
        document : dict
            The case file.
        case : Case
            The same, checked.
        place : Placed
            The resource that it stood in.
        """
        agreed = copy.deepcopy(document)
        self.taken.append(("all keys", f"the case file that the bundle carries ({place.path})"))
        for path, theirs, own in self._disputed(case):
            why = f"the case file says {own}, the resources {theirs}; neither is taken"
            self.left.append(Fault(path, theirs, f"not as in the case file, which says {own}; neither is taken"))
            self.why_blank[path] = why
            parent, last = agreed, path.split(".")
            for key in last[:-1]:
                parent = parent[key]
            parent.pop(last[-1], None)
        values = {(score.instrument, score.date.isoformat()): score.value for score in case.scores}
        disputed = set()
        for (name, day), score in self._settled.items():
            known = values.get((name, day))
            if known is None:
                later = day > case.course.start.isoformat()
                reason = "after the first session: it belongs in the diary" if later else "not in the case file"
                self.left.append(Fault(str(score.placed), f"{name} {score.value:g}", reason))
            elif not math.isclose(known, score.value, rel_tol=1e-5):
                disputed.add((name, day))
                allowed = f"{name}: the case file says {known:g} on that day; neither is taken"
                self.left.append(Fault(str(score.placed), score.value, allowed))
        agreed["scores"] = [row for row in agreed["scores"] if (row["instrument"], str(row["date"])) not in disputed]
        if not agreed["scores"]:
            del agreed["scores"]
        return agreed

    def _disputed(self, case: Case) -> Iterator[tuple[str, str, str]]:
        """Yield each key on which resources and case file disagree, with what both say."""
        icd10 = self.case.get("diagnosis", {}).get("icd10")
        if icd10 and case.diagnosis.icd10 and icd10 != case.diagnosis.icd10:
            yield "diagnosis.icd10", icd10, case.diagnosis.icd10
        for name, answer in self.case.get("diagnosis", {}).get("neupsig", {}).items():
            if answer is not (own := getattr(case.diagnosis.neupsig, name)):
                yield f"diagnosis.neupsig.{name}", str(answer).lower(), str(own).lower()
        years = ages_at(self.born, case.course.start)
        # A case is filled in some time before the first session.
        if years and not years[0] - 1 <= case.age <= years[-1]:
            yield "patient.age", f"born {self.born}", f"{case.age} years"
        # By whole words: iron is no part of spironolactone.
        own = [f" {entry} ".casefold() for entry in (*case.safety.drugs, *case.care.other_treatments)]
        others = [
            name
            for name in self.case.get("safety", {}).get("drugs", ())
            if not any(f" {name} ".casefold() in entry for entry in own)
        ]
        if others:
            yield "safety.drugs", ", ".join(others), ", ".join(case.safety.drugs) or "none"

    def _took(self, path: str, told: str, each: Placed) -> None:
        self.taken.append((path, f"{told} ({each.path})"))

    def _put(self, path: str, value: Any) -> None:
        here = self.case
        *parents, last = path.split(".")
        for key in parents:
            here = here.setdefault(key, {})
        here[last] = value

    def _patient(self, each: Placed) -> str:
        found = each.content
        if name := name_of(found):
            self._put("patient.label", name)
            self._took("patient.label", name, each)
        else:
            self.left.append(Fault(f"{each.path}.name", _shown(found.get("name")), "no name in plain text"))
        if found.get("deceasedBoolean") is True or found.get("deceasedDateTime") is not None:
            self.left.append(Fault(f"{each.path}.deceased", True, "the source says that this person has died"))
        if any(code == "HTEST" for _, tag in objects(at(found, "meta", "tag")) if (code := tag.get("code"))):
            self._took("patient", "marked as a made-up person", each)
        born = found.get("birthDate")
        if born is None:
            return ""
        years = ages_at(born, self.today)
        if years is None:
            return "its birthDate is no date, lies ahead, or is too long ago"
        self.born = born
        if len(years) == 1:
            self._put("patient.age", f"{years[0]} years")
            self._took("patient.age", f"{years[0]} years on {self.today}, born {born}", each)
        else:
            why = f"born {born}: {years[0]} or {years[1]} years on {self.today}, the day of birth is not known"
            self.why_blank["patient.age"] = why
            self.left.append(Fault(f"{each.path}.birthDate", born, why))
        return ""

    def _condition(self, each: Placed) -> str:
        found = each.content
        verified, clinical = status_of(found.get("verificationStatus")), status_of(found.get("clinicalStatus"))
        if verified in ("entered-in-error", "refuted"):
            return f"its verificationStatus is {verified}"
        if verified in _NOT_SURE:
            return f"not confirmed: its verificationStatus is {verified}"
        if clinical in _NOT_NOW:
            return f"not present now: its clinicalStatus is {clinical}"
        if doubt := doubt_of(found.get("code")):
            return f"not confirmed: {doubt}"
        said, may = conditions_of(found.get("code"), self._icd10)
        if said is not None:
            self.conditions[said].append(each)
            return ""
        self._may_be.append((each, may))
        if may:
            return f"its code is wider than a condition that is planned for; it may be {' or '.join(may)}"
        return "no condition that is planned for; it may bear on contraindications and red flags, which must be asked"

    def _settle_condition(self, wanted: str | None) -> None:
        by_key = {each.key: (name, each) for name, found in self.conditions.items() for each in found}
        if wanted is not None and wanted.startswith("Condition/"):
            name, each = by_key.get(wanted, (None, self._by_key[wanted]))
            self._set_condition(name, each)
        elif wanted is not None:
            of_it = self.conditions.get(wanted) or [e for e, may in self._may_be if wanted in may]
            self._put("diagnosis.condition", wanted)
            self.taken.append(("diagnosis.condition", f"{condition_info(wanted).label} (as chosen)"))
            if len(of_it) == 1:
                self._set_condition(None, of_it[0])
        elif len(self.conditions) == 1:
            ((name, found),) = self.conditions.items()
            if len(found) == 1:
                self._set_condition(name, found[0])
                return
            self._put("diagnosis.condition", name)
            self._took("diagnosis.condition", condition_info(name).label, found[0])
            for other in found:
                self.left.append(Fault(str(other), name, "code and grade not taken: it stands several times"))
        elif self.conditions:
            choice = ", ".join(f"{name} ({found[0].key})" for name, found in self.conditions.items())
            why = f"several are there: {choice}; choose with --condition"
            self.why_blank["diagnosis.condition"] = why
            self.left += [
                Fault(str(each), name, "one of several; choose with --condition") for name, each in by_key.values()
            ]

    def _set_condition(self, name: str | None, each: Placed) -> None:
        if name is not None:
            self._put("diagnosis.condition", name)
            self._took("diagnosis.condition", condition_info(name).label, each)
        if codes := [code for code in icd10_of(each.content.get("code")) if _ICD10.fullmatch(code)]:
            self._put("diagnosis.icd10", codes[0])
            self._took("diagnosis.icd10", codes[0], each)
        if graded := findings_of(each.content):
            grade, findings = graded
            for finding, answer in findings.items():
                self._put(f"diagnosis.neupsig.{finding}", answer)
            if findings:
                self._took("diagnosis.neupsig", f"what the grade {grade} says", each)
            if len(findings) < len(NeupsigFindings.model_fields):
                why = f"the grade {grade} alone does not tell which findings it rests on"
                self.left.append(Fault(f"{each.path}.stage", grade, why))

    def _drug(self, each: Placed) -> str:
        found = each.content
        name, status = self._drug_name(found), found.get("status")
        if name is None:
            return "no name of the drug in plain text: text, or a display beside its code"
        listed = drugs_in(name)
        note = f"; it is on the list of light-sensitising drugs as {listed[0].label}" if listed else ""
        if status in _TAKEN_ONCE:
            return f"{name} is not taken now (status {status}), or that is not known: ask when it ended{note}"
        if status not in _TAKEN_NOW:
            return f"{name}: its status is {plain(status) or 'not known'}"
        drugs = self.case.get("safety", {}).get("drugs", [])
        if name.casefold() in map(str.casefold, drugs):
            return ""
        if len(drugs) == DRUGS_AT_MOST:
            return f"at most {DRUGS_AT_MOST} drugs"
        self._put("safety.drugs", [*drugs, name])
        self._took("safety.drugs", name + note, each)
        return ""

    def _ordered(self, each: Placed) -> str:
        name = self._drug_name(each.content)
        listed = drugs_in(name) if name else ()
        note = f"; it is on the list of light-sensitising drugs as {listed[0].label}" if listed else ""
        status = plain(each.content.get("status")) or "not known"
        return f"{name or 'a drug'}: whether it is taken now is not said ({each.type}, status {status}); ask{note}"

    def _drug_name(self, found: Mapping[str, Any]) -> str | None:
        concept = found.get("medicationCodeableConcept")
        if concept is None:
            meant_by = at(found, "medicationReference", "reference")
            if isinstance(meant_by, str) and meant_by.startswith("#"):
                inside = [part for _, part in objects(found.get("contained")) if part.get("id") == meant_by[1:]]
                concept = at(inside, "code")
            else:
                other = self._by_key.get(meant(meant_by, self._names))
                concept = at(other.content, "code") if other is not None else None
            if concept is None:
                return plain(at(found, "medicationReference", "display"))
        return plain(at(concept, "text")) or next((shown for _, _, shown in codings(concept) if shown), None)

    def _response(self, each: Placed) -> str:
        found = each.content
        if found.get("status") not in _ANSWERED:
            return f"its status is {plain(found.get('status')) or 'not known'}"
        name = form_of(found, self._questionnaires)
        if name is None:
            return "which instrument it answers is not known: neither our own form nor a LOINC panel that is known here"
        day = day_of(found.get("authored"))
        if day is None:
            return f"{name}: on which day it was answered is not said"
        if name == "sixmwt":
            return "sixmwt: the distance is read from its Observation"
        if (score := entered_score(found, name)) is not None:
            self._scores[name, day].append(Score(each, score))
            return ""
        answers = answers_in(found, name)
        if isinstance(answers, str):
            return f"{name}: {answers}"
        try:
            scored = score_answers(name, answers)
        except InvalidInput as problem:
            return f"{name}: {'; '.join(map(str, problem.faults))}"
        if scored.score is None:
            return f"{name}: too few answers for a score"
        self._scores[name, day].append(Score(each, scored.score, answers))
        return ""

    def _observation(self, each: Placed) -> str:
        found = each.content
        if found.get("status") not in _RESULTS:
            return f"its status is {plain(found.get('status')) or 'not known'}"
        name = instrument_of(found.get("code"))
        if name is None:
            return "no code of an instrument that is known here"
        if found.get("partOf"):
            return f"{name}: part of a session or the like, so that it does not stand for the day"
        period = found.get("effectivePeriod")
        ends = {day_of(at(period, "start")), day_of(at(period, "end"))}
        day = day_of(found.get("effectiveDateTime") or found.get("effectiveInstant")) or (
            ends.pop() if len(ends) == 1 else None
        )
        if day is None:
            return f"{name}: on which day it was taken is not said"
        if name == "sixmwt":
            return self._walk(each, day)
        if instrument(name).score is None:
            return f"{name}: how it was done cannot be told from a value; enter it under readings"
        value = score_of(found)
        if isinstance(value, str):
            return f"{name}: {value}"
        try:
            check_score(name, value)
        except ValueError as problem:
            return f"{name}: {problem}"
        self._scores[name, day].append(Score(each, value))
        return ""

    def _walk(self, each: Placed, day: str) -> str:
        walked = length_mm(each.content.get("valueQuantity"))
        if isinstance(walked, str):
            return f"sixmwt: {walked}"
        row = {"test": "sixmwt", "date": day, "distance": f"{walked / 1000:g} m"}
        rows = self.case.get("readings", [])
        if row in rows:
            return ""
        if len(rows) == READINGS_AT_MOST:
            return f"at most {READINGS_AT_MOST} readings"
        self._put("readings", [*rows, row])
        self._took("readings", f"sixmwt: {row['distance']} on {day}", each)
        return ""

    def _goal(self, each: Placed) -> str:
        found = each.content
        if found.get("lifecycleStatus") not in _AIMED_AT:
            return f"its lifecycleStatus is {plain(found.get('lifecycleStatus')) or 'not known'}"
        what = plain(at(found, "description", "text"))
        if what is None:
            return "no description in plain text"
        goals = self.case.get("care", {}).get("goals", [])
        if len(goals) == GOALS_AT_MOST:
            return f"at most {GOALS_AT_MOST} goals"
        goal = {"what": what} | self._target(found.get("target"))
        try:
            Goal.model_validate(goal)
        except (ValidationError, InvalidInput):
            self.left.append(Fault(f"{each.path}.target", _shown(found.get("target")), "no target that can be judged"))
            goal = {"what": what}
        if goal not in goals:
            self._put("care.goals", [*goals, goal])
            self._took("care.goals", what, each)
        return ""

    def _target(self, targets: Any) -> dict[str, Any]:
        for _, target in objects(targets):
            measure = instrument_of(target.get("measure"))
            if measure is None:
                continue
            # At most and at least are what a target is.
            quantity = dict(given) if isinstance(given := target.get("detailQuantity"), dict) else {}
            quantity.pop("comparator", None)
            amount: Any = score_of({"valueQuantity": quantity, "valueInteger": target.get("detailInteger")})
            if measure == "sixmwt":
                amount = length_mm(quantity)
                amount = amount if isinstance(amount, str) else f"{amount / 1000:g} m"
            by = day_of(target.get("dueDate"))
            return {"measured_by": measure, "target": amount} | ({"by": by} if by else {})
        return {}

    def _team(self, each: Placed) -> str:
        if each.content.get("status") not in (None, "proposed", "active"):
            return f"its status is {plain(each.content.get('status')) or 'not known'}"
        team = list(self.case.get("care", {}).get("team", []))
        for _, participant in objects(each.content.get("participant")):
            who = self._member(participant.get("member"))
            role = plain(at(participant, "role", "text")) or next(
                (shown for _, _, shown in codings(at(participant, "role")) if shown), None
            )
            told = ": ".join(filter(None, (role, who)))
            if who and told not in team and len(team) < TEAM_AT_MOST:
                team.append(told)
                self._put("care.team", team)
                self._took("care.team", told, each)
        return ""

    def _member(self, member: Any) -> str | None:
        key = meant(at(member, "reference"), self._names)
        if key.startswith("Patient/"):
            return None
        found = self._by_key.get(key)
        return plain(at(member, "display")) or (name_of(found.content) if found is not None else None)


def _shown(content: Any) -> str | None:
    """Return what a person recognises a resource by."""
    for concept in (at(content, "code"), at(content, "medicationCodeableConcept")):
        told = plain(at(concept, "text")) or ", ".join(
            shown or plain(code) or "?" for _, code, shown in codings(concept)
        )
        if told:
            return told
    for key in ("questionnaire", "birthDate", "status"):
        if isinstance(value := at(content, key), str):
            return value
    return None
