"""Reading a case file: every fault at once, also those that the schema alone cannot see."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

from nervelight.assessment import check_score, contraindication_ids, instrument_ids, red_flag_ids
from nervelight.documents import fault_path, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.evidence import study_ids
from nervelight.optics import device_ids, site, site_ids
from nervelight.planning.case import CUTANEOUS_ENDINGS, SKIN_TONE_NEEDED, Case
from nervelight.planning.thresholds import threshold_faults
from nervelight.units import to_mw_cm2

__all__ = ["case_from_yaml", "case_template", "input_hash", "read_case"]

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
    """Read a case from `text`, or from the file when no text is given; `path` is named in faults."""
    data = read_yaml(path, text)
    faults: list[Fault] = []
    try:
        case = validated(Case, data, str(path))
    except InvalidInput as problem:
        case, faults = None, list(problem.faults)
    faults += _unknown_names(data, {fault.path for fault in faults})
    faults += [*_scores_out_of_range(data), *_no_skin_tone(data, {fault.path for fault in faults})]
    own = threshold_faults(_look(data, "thresholds"))
    faults = [*(fault for fault in faults if fault.path not in {other.path for other in own}), *own]
    if case is not None and not faults:
        faults = _contradictions(case)
    if faults or case is None:
        raise InvalidInput(str(path), sorted(faults, key=lambda fault: _written_order(fault.path)))
    return case


def case_template() -> str:
    """Return a commented case file to fill in."""
    return resources.files("nervelight.planning").joinpath("data/case_template.yaml").read_text(encoding="utf-8")


def input_hash(path: Path) -> str:
    """Return the SHA-256 of a case file, so that a plan can be held against the file it was made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


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
