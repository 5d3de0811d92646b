"""Two versions of a plan beside each other: what changed in the case, and what that did to the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nervelight.assessment import instrument, instrument_ids
from nervelight.evidence import study_ids, study_label
from nervelight.planning import Finding, Plan
from nervelight.planning.findings import LEVELS
from nervelight.planning.plan_document import target_of
from nervelight.report.case_rows import told_value, unit_key
from nervelight.report.words import band, count, day, distance, duration, duration_band, first_upper, joined, typeset

__all__ = ["Difference", "FindingChange", "PlanComparison", "compare_plans"]

NOTHING = "nothing"
NOUNS = {"block": "block", "warn": "warning", "note": "note"}
# What tells the entries of a list apart; an entry that has another one of these is another entry.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "scores": ("instrument", "date"),
    "readings": ("test", "method", "side", "date"),
    "lamp.readings": ("distance", "instrument"),
    "care.goals": ("what",),
}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was.

    Parameters
    ----------
    path : str
        Where it stands in the case, or the name of the result.
    label : str
        The same in words.
    old, new : str
        Each with unit and interval; ``nothing`` for what is not there.
    """

    path: str
    label: str
    old: str
    new: str


@dataclass(frozen=True)
class FindingChange:
    """A finding that came, went, or says something else now."""

    change: str
    """came, went or changed."""
    finding: Finding
    """As it is now; as it was, where it went."""
    before: Finding | None = None
    """As it was, where it changed."""


@dataclass(frozen=True)
class PlanComparison:
    """What is different between two plans.

    Parameters
    ----------
    heading : str
        The result in one line.
    case, result : tuple of Difference
        In the order of the case, and of the questions that a clinician asks.
    findings : tuple of FindingChange
        Those that came first, then those that changed, then those that went.
    """

    heading: str
    case: tuple[Difference, ...]
    result: tuple[Difference, ...]
    findings: tuple[FindingChange, ...]


def compare_plans(
    old: Plan,
    new: Plan,
    *,
    old_case: Mapping[str, Any] | None = None,
    new_case: Mapping[str, Any] | None = None,
) -> PlanComparison:
    """Return what is different in a plan from an earlier one.

    Parameters
    ----------
    old, new : Plan
    old_case, new_case : mapping, optional
        The documents that they were made from, so that values are told as people wrote them: ``12 in``, not 304.8 mm.

    Returns
    -------
    PlanComparison
        With nothing in it for a plan and itself.
    """
    case = tuple(_case_differences(old.case, new.case, old_case or {}, new_case or {}))
    result = tuple(_result_differences(old, new))
    findings = tuple(_finding_changes(old.findings, new.findings))
    return PlanComparison(_heading(result, findings, bool(case)), case, result, findings)


def _heading(result: Sequence[Difference], findings: Sequence[FindingChange], case_differs: bool) -> str:
    parts = [f"{each.label}: {each.old} → {each.new}" for each in result if each.path in ("time", "sessions")][:2]
    for level in LEVELS[:2]:
        came = sum(each.change == "came" and each.finding.level == level for each in findings)
        went = sum(each.change == "went" and each.finding.level == level for each in findings)
        # One that changed its level left the old one and came to the new one.
        for each in findings:
            if each.before is not None and each.before.level != each.finding.level:
                came += each.finding.level == level
                went += each.before.level == level
        if came:
            parts.append(f"{count(came, f'new {NOUNS[level]}')}")
        if went:
            parts.append(f"{count(went, NOUNS[level])} gone")
    if parts:
        return first_upper("; ".join(parts))
    if result or findings:
        return "The same time and sessions, and no other block or warning; details differ"
    return "The case differs, the result is the same" if case_differs else "Nothing is different"


def _result_differences(old: Plan, new: Plan) -> Iterator[Difference]:
    for path, (label, tell) in _RESULTS.items():
        before, after = tell(old), tell(new)
        if before != after:
            yield Difference(path, label, before, after)


def _time(plan: Plan) -> str:
    if plan.prescription is None:
        return NOTHING
    order, carried = plan.prescription, plan.translation
    if carried is None or order.capped:
        return duration(order.time_per_field_s) + (", cut to the longest session" if order.capped else "")
    return duration_band(carried.time_s, order.time_per_field_s)


def _ordered(tell: Callable[[Any], str]) -> Callable[[Plan], str]:
    return lambda plan: NOTHING if plan.prescription is None else tell(plan.prescription)


def _lit(tell: Callable[[Any], str]) -> Callable[[Plan], str]:
    return lambda plan: NOTHING if plan.lamp is None else tell(plan.lamp)


def _target(plan: Plan) -> str:
    light = target_of(plan.targets)
    return NOTHING if light is None else f"{band(light.fluence_rate_mw_cm2, 'mW/cm2')}, {light.label}"


def _anchor(plan: Plan) -> str:
    name = plan.anchor.study_id
    if name is None or plan.anchor.kind == "none":
        return "no study can be followed"
    return study_label(name) if name in study_ids() else name


def _days(plan: Plan) -> str:
    dates = [session.date for session in plan.schedule.sessions] if plan.schedule else []
    return f"{day(dates[0])} to {day(dates[-1])}" if dates else NOTHING


def _made(plan: Plan) -> str:
    return f"{plan.made.nervelight}, {count(plan.made.studies, 'study', 'studies')}, {plan.made.draws} draws"


_RESULTS: Mapping[str, tuple[str, Callable[[Plan], str]]] = {
    "time": ("time a field", _time),
    "sessions": (
        "sessions",
        _ordered(
            lambda order: f"{order.total_sessions}: {order.sessions_per_week:g} a week for {count(order.weeks, 'week')}"
        ),
    ),
    "session_time": ("light in one session", _ordered(lambda order: duration(order.session_time_s))),
    "fields": ("fields", _ordered(lambda order: joined(order.fields))),
    "days": ("first to last session", _days),
    "lamp": ("lamp", _lit(lambda lamp: f"{lamp.label}, {distance(lamp.distance_mm)}")),
    "irradiance": ("light on the skin", _lit(lambda lamp: band(lamp.irradiance_mw_cm2, "mW/cm2"))),
    "exposure": (
        "light on the skin in a session (radiant exposure)",
        _ordered(lambda order: band(order.radiant_exposure_j_cm2, "J/cm2")),
    ),
    "target": ("light at the target", _target),
    "anchor": ("whose light is followed", _anchor),
    "benefit": ("benefit over a dummy lamp", lambda plan: typeset(plan.expectation.benefit_over_sham)),
    "certainty": ("certainty of the trials", lambda plan: plan.expectation.certainty),
    "neupsig": ("grade of neuropathic pain", lambda plan: plan.neupsig_grade),
    "made": ("computed with Nervelight", _made),
}


def _finding_changes(old: Iterable[Finding], new: Iterable[Finding]) -> Iterator[FindingChange]:
    before, after = _by_rule(old), _by_rule(new)
    yield from (FindingChange("came", finding) for key, finding in after.items() if key not in before)
    for key, finding in after.items():
        if key in before and before[key] != finding:
            yield FindingChange("changed", finding, before[key])
    yield from (FindingChange("went", finding) for key, finding in before.items() if key not in after)


def _by_rule(findings: Iterable[Finding]) -> dict[tuple[str, int], Finding]:
    """Return the findings by their rule; one that speaks several times is counted."""
    found: dict[tuple[str, int], Finding] = {}
    for finding in findings:
        number = sum(name == finding.id for name, _number in found)
        found[finding.id, number] = finding
    return found


def _case_differences(
    old: Mapping[str, Any], new: Mapping[str, Any], old_case: Any, new_case: Any
) -> Iterator[Difference]:
    before, after = _values(old, old_case), _values(new, new_case)
    for path in dict.fromkeys((*before, *after)):
        was, now = before.get(path), after.get(path)
        if (was and was.value) != (now and now.value):
            label = next(each.label for each in (was, now) if each)
            yield Difference(path, label, was.words if was else NOTHING, now.words if now else NOTHING)


@dataclass(frozen=True)
class _Value:
    label: str
    value: Any
    words: str


def _values(case: Mapping[str, Any], written: Any) -> dict[str, _Value]:
    found: dict[str, _Value] = {}
    for path, key, value, label, as_written in _leaves(case, written, "", ""):
        if value is not None and value not in ([], {}, ()):
            words = as_written if isinstance(as_written, str) and not isinstance(value, str) else told_value(key, value)
            found[path] = _Value(label, value, typeset(words))
        elif isinstance(value, (list, tuple)):
            found[path] = _Value(label, value, "none")
    return found


def _leaves(value: Any, written: Any, path: str, label: str) -> Iterator[tuple[str, str, Any, str, Any]]:
    """Yield each value with its path, its key, its words and what people wrote."""
    for key, inner in value.items():
        here, words = f"{path}.{key}" if path else key, f"{label}: {_words(key)}" if label else _words(key)
        wrote = written.get(key) if isinstance(written, Mapping) else None
        if here in _KEYS:
            yield from _entries(here, inner, wrote, words)
        elif isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, wrote, here, words)
        else:
            yield here, key, inner, words, wrote


def _entries(path: str, entries: Sequence[Any], written: Any, label: str) -> Iterator[tuple[str, str, Any, str, Any]]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        wrote = written[index] if isinstance(written, list) and index < len(written) else None
        name = ", ".join(_name(key, entry, wrote) for key in _KEYS[path] if entry.get(key) is not None)
        seen[name] = seen.get(name, 0) + 1
        place = name if seen[name] == 1 else f"{name} ({seen[name]})"
        values = {key: inner for key, inner in entry.items() if key not in _KEYS[path]}
        given = {key: inner for key, inner in values.items() if inner is not None and inner not in ([], {}, ())}
        for key, inner in (given or {"what": place}).items():
            as_written = wrote.get(key) if isinstance(wrote, Mapping) else None
            words = f"{label}: {place}" + (f", {_words(key)}" if given and key != "value" else "")
            yield f"{path}[{place}].{key}", unit_key(entry, key), inner, words, as_written


def _name(key: str, entry: Mapping[str, Any], written: Any) -> str:
    value = entry[key]
    if key in ("instrument", "test") and value in instrument_ids():
        return instrument(str(value)).name
    as_written = written.get(key) if isinstance(written, Mapping) else None
    return as_written if isinstance(as_written, str) else told_value(key, value)


def _words(key: str) -> str:
    return key.replace("_", " ")
