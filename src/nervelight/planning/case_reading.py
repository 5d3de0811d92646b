"""Reading a case file: every fault at once, also those that the schema alone cannot see."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import math
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nervelight.assessment import (
    Answer,
    alarm_faults,
    check_score,
    contraindication_ids,
    instrument,
    instrument_ids,
    red_flag_ids,
    scorable_ids,
    score_answers,
    scoring,
)
from nervelight.documents import Day, fault_path, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.evidence import study_ids
from nervelight.optics import device_ids, site, site_ids
from nervelight.planning.case import CUTANEOUS_ENDINGS, SKIN_TONE_NEEDED, Case, given_answer
from nervelight.planning.thresholds import threshold_faults
from nervelight.units import to_mw_cm2

__all__ = ["case_and_faults", "case_from_data", "case_from_yaml", "case_template", "input_hash", "read_case"]

# Repeated readings of one lamp at one distance: meters are good to some 8 %, a hand to a little more.
READINGS_AGREE = 1.3


def read_case(path: Path | str) -> Case:
    """Read and check a case file.

    Parameters
    ----------
    path : path-like
        A YAML file as in ``examples/``.

    Returns
    -------
    Case

    Raises
    ------
    InvalidInput
        With every fault of the file at once.
    """
    return case_from_yaml(Path(path))


def case_from_yaml(path: Path, text: str | None = None) -> Case:
    """Read a case from `text`, or from the file when no text is given; `path` is named in faults.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    return case_from_data(read_yaml(path, text), str(path))


def case_from_data(data: Any, where: str) -> Case:
    """Return the case that the keys and values of a case file give; `where` is named in faults.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    case, alarms, faults = case_and_faults(data, where)
    if case is None:
        # A file that must be corrected must not hide an answer that needs somebody at once: that stands first.
        raise InvalidInput(where, [*alarms, *sorted(faults, key=lambda fault: _written_order(fault.path))])
    return case


def case_and_faults(data: Any, where: str) -> tuple[Case | None, list[Fault], list[Fault]]:
    """Return the case that keys and values give, or what is wrong with them.

    Returns
    -------
    case : Case or None
        None when there is any fault.
    alarms : list of Fault
        One for each answer that needs somebody at once; no faults of the case, which raises them as red flags.
    faults : list of Fault
    """
    data, alarms, faults = _scored(data)
    case = None
    try:
        case = validated(Case, data, where)
    except InvalidInput as problem:
        # What is wrong with answers is told already; the value that they should give is not missing besides.
        entries = _indices(_look(data, "scores"))
        answered = [index for index in entries if _look(data, "scores", index, "answers") is not None]
        told = tuple(f"scores[{index}].{name}" for index in answered for name in ("value", "answers"))
        whole = {f"scores[{index}]" for index in answered}
        faults += [f for f in problem.faults if not f.path.startswith(told) and f.path not in whole]
    faults += _unknown_names(data, {fault.path for fault in faults})
    faults += [*_scores_out_of_range(data), *_no_skin_tone(data, {fault.path for fault in faults})]
    faults += _after_the_start(data, {fault.path for fault in faults})
    own = threshold_faults(_look(data, "thresholds"))
    faults = [*(fault for fault in faults if fault.path not in {other.path for other in own}), *own]
    if case is not None and not faults:
        faults = _contradictions(case)
    return (None if faults else case), alarms, faults


def case_template() -> str:
    """Return a commented case file to fill in."""
    return resources.files("nervelight.planning").joinpath("data/case_template.yaml").read_text(encoding="utf-8")


def input_hash(path: Path) -> str:
    """Return the SHA-256 of a case file, so that a plan can be held against the file it was made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _scored(data: Any) -> tuple[Any, list[Fault], list[Fault]]:
    """Compute each score that is given by answers, also when the file has other faults.

    Returns
    -------
    data : Any
        With the values filled in, where there are any.
    alarms : list of Fault
        One for each answer that needs somebody at once.
    faults : list of Fault
        What is wrong with the answers.
    """
    alarms: list[Fault] = []
    faults: list[Fault] = []
    entries = _look(data, "scores")
    if not isinstance(entries, list):
        return data, alarms, faults
    filled = []
    for index, entry in enumerate(entries):
        place, given = f"scores[{index}]", _look(entry, "answers")
        name = _look(entry, "instrument")
        filled.append(entry)
        if not isinstance(given, list) or not given:
            if given is not None:
                allowed = "needs the answers in a list, in the order of the form"
                faults.append(Fault(f"{place}.answers", given, allowed))
            continue
        answers, wrong = _answers(place, given)
        faults += wrong
        # A slip in the name must not hide an alarm either.
        if form := closest(str(name), scorable_ids()):
            alarms += [_from_zero(place, alarm) for alarm in alarm_faults(form, answers)]
        if "value" in entry:
            faults.append(Fault(f"{place}.value", entry["value"], "nothing beside answers, which give it"))
        elif name in scorable_ids() and not wrong:
            value, wrong = _score(place, name, answers)
            faults += wrong
            filled[-1] = entry if value is None else entry | {"value": value}
        elif name in instrument_ids() and name not in scorable_ids():
            allowed = f"nothing: {instrument(name).name} is entered as a value or under readings"
            faults.append(Fault(f"{place}.answers", given, allowed))
    return data | {"scores": filled}, alarms, faults


def _answers(place: str, given: list[Any]) -> tuple[list[Answer | None], list[Fault]]:
    """Return the answers, with None for what is none, and what is wrong with them."""
    answers: list[Answer | None] = []
    faults = []
    for number, answer in enumerate(given):
        try:
            answers.append(given_answer(answer))
        except ValueError as problem:
            answers.append(None)
            faults.append(Fault(f"{place}.answers[{number}]", answer, str(problem)))
    return answers, faults


def _score(place: str, name: str, answers: list[Answer | None]) -> tuple[float | None, list[Fault]]:
    try:
        found = score_answers(name, answers)
    except InvalidInput as problem:
        urgent = alarm_faults(name, answers)
        return None, [_from_zero(place, fault) for fault in problem.faults if fault not in urgent]
    if found.score is None:
        missing = answers.count(None)
        if all(scale.name for scale in found.scales):
            return None, [Fault(f"{place}.answers", None, "nothing: this form gives several scores and no single one")]
        left = f"{len(answers) - missing} of {len(answers)} answered"
        return None, [Fault(f"{place}.answers", left, f"too few for a score: {scoring(name).missing}")]
    return found.score, []


def _from_zero(place: str, fault: Fault) -> Fault:
    """Return a fault of a form, which counts its items from 1, with its place in the file, which counts from 0."""
    item = re.fullmatch(r"answers\[(\d+)\]", fault.path)
    if item is None:
        return replace(fault, path=f"{place}.{fault.path}")
    number = int(item[1])
    return replace(fault, path=f"{place}.answers[{number - 1}]", allowed=f"{fault.allowed} (item {number})")


def _unknown_names(data: Any, already: set[str]) -> list[Fault]:
    """Check every name that points into a catalogue, also when the file has other faults."""
    site_name = _look(data, "site", "name")
    known_site = isinstance(site_name, str) and site_name in site_ids()
    targets = [CUTANEOUS_ENDINGS, *site(site_name).nerves] if known_site else []
    references: list[tuple[tuple[str | int, ...], str, Callable[[], Any]]] = [
        (("lamp", "device"), "device", device_ids),
        (("anchor",), "study", lambda: ("choose", *study_ids())),
        *(
            ((*where, index), kind, known)
            for where, kind, known in (
                (("diagnosis", "red_flags"), "red flag", red_flag_ids),
                (("safety", "contraindications"), "contraindication", contraindication_ids),
            )
            for index in _indices(_look(data, *where))
        ),
        *((("scores", index, "instrument"), "instrument", instrument_ids) for index in _indices(_look(data, "scores"))),
        *(
            (("care", "goals", index, "measured_by"), "instrument", instrument_ids)
            for index in _indices(_look(data, "care", "goals"))
        ),
    ]
    if known_site:
        references.append((("site", "target"), f"target of {site_name}", lambda: targets))
    faults = []
    for loc, kind, known in references:
        name, path = _look(data, *loc), fault_path(loc)
        if name is None or path in already:
            continue
        choices = tuple(known())
        if name not in choices:
            hint = closest(str(name), choices)
            allowed = f"a known {kind}: {', '.join(choices) if len(choices) <= 12 else f'{len(choices)} are known'}"
            faults.append(Fault(path, name, allowed, f"did you mean {hint!r}?" if hint else ""))
    return faults


def _no_skin_tone(data: Any, already: set[str]) -> list[Fault]:
    """Say that the skin tone is missing, also when other things of the patient are."""
    patient = _look(data, "patient")
    if not isinstance(patient, dict) or "patient" in already or patient.get("phototype") or patient.get("ita"):
        return []
    return [Fault("patient.phototype", None, f"required, or patient.ita: {SKIN_TONE_NEEDED}")]


def _scores_out_of_range(data: Any) -> list[Fault]:
    """Hold each score against its instrument, also when the file has other faults."""
    faults = []
    for index in _indices(_look(data, "scores")):
        name, value = _look(data, "scores", index, "instrument"), _look(data, "scores", index, "value")
        if (
            name in instrument_ids()
            and isinstance(value, (int, float))
            and not isinstance(value, bool)
            and abs(value) < 1e6
        ):
            try:
                check_score(name, value)
            except ValueError as problem:
                faults.append(Fault(f"scores[{index}].value", value, str(problem)))
    return faults


def _after_the_start(data: Any, already: set[str]) -> list[Fault]:
    """Refuse scores and readings of days after the first session: a case is what was known before it."""
    begins = _date(_look(data, "course", "start"))
    faults = []
    for what in ("scores", "readings"):
        for index in _indices(_look(data, what)):
            path, given = f"{what}[{index}].date", _look(data, what, index, "date")
            date = _date(given)
            if begins is not None and date is not None and date > begins and path not in already:
                allowed = (
                    f"a day not after the first session, {begins.isoformat()}; what comes later goes into the diary"
                )
                faults.append(Fault(path, date.isoformat(), allowed))
    return faults


_DAY: TypeAdapter[dt.date] = TypeAdapter(Day)


def _date(value: Any) -> dt.date | None:
    """Return a date of a file; None for what is none."""
    try:
        return _DAY.validate_python(value)
    except ValidationError:
        return None


def _contradictions(case: Case) -> list[Fault]:
    faults = []
    if case.anchor_scenario is not None and case.anchor == "choose":
        faults.append(
            Fault("anchor_scenario", case.anchor_scenario, "only together with the name of a study as anchor")
        )
    depth, skin = case.site.measured.nerve_depth, case.site.measured.dermis
    if depth is not None and case.site.target == CUTANEOUS_ENDINGS and len(site(case.site.name).nerves) != 1:
        faults.append(
            Fault(
                "site.measured.nerve_depth",
                f"{depth:g} mm",
                "a depth only together with that nerve as site.target",
            )
        )
    layers = site(case.site.name).layers_for(case.diagnosis.condition)
    least = layers.stratum_corneum.low + layers.epidermis.low + (skin or layers.dermis.low)
    least += case.site.measured.subcutaneous_fat or 0.0
    if depth is not None and depth <= least:
        allowed = f"deeper than the layers above it, which are at least {least:.2g} mm thick here"
        faults.append(Fault("site.measured.nerve_depth", f"{depth:g} mm", allowed))
    for earlier, later in itertools.combinations(case.lamp.readings, 2):
        ratio = max(earlier.irradiance / later.irradiance, later.irradiance / earlier.irradiance)
        if math.isclose(earlier.distance, later.distance, rel_tol=0.02) and ratio > READINGS_AGREE:
            values = f"{to_mw_cm2(earlier.irradiance):g} and {to_mw_cm2(later.irradiance):g} mW/cm2 at one distance"
            faults.append(Fault("lamp.readings", values, f"readings that agree within a factor of {READINGS_AGREE:g}"))
    if len(set(case.lamp.wavelengths)) != len(case.lamp.wavelengths):
        faults.append(Fault("lamp.wavelengths", [f"{w:g} nm" for w in case.lamp.wavelengths], "each wavelength once"))
    if len(set(case.course.weekdays)) != len(case.course.weekdays):
        faults.append(Fault("course.weekdays", list(case.course.weekdays), "each day once"))
    return faults


def _indices(value: Any) -> range:
    """Return the places of a list; none for what should have been one."""
    return range(len(value)) if isinstance(value, list) else range(0)


def _look(data: Any, *loc: str | int) -> Any:
    for part in loc:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, (list, tuple)) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def _written_order(path: str) -> tuple[int, str]:
    keys = list(Case.model_fields)
    keys[0] = "schema"
    head = path.split(".")[0].split("[")[0]
    return (keys.index(head) if head in keys else len(keys), path)
