"""Cases for the tests of planning: the examples, changed by path, and problems made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from nervelight.documents import read_yaml
from nervelight.errors import Fault, InvalidInput
from nervelight.optics import MODEL_PARAMETERS, SpectralShares
from nervelight.planning import Case, Finding, Plan, case_from_yaml, make_plan
from nervelight.planning.light_path import Problem, TrialLight
from nervelight.planning.uncertain import Space, Uncertain
from nervelight.uncertainty import Interval

EXAMPLES = Path(__file__).parents[3] / "examples"
EXAMPLE_NAMES = tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
FEET, HANDS, FACE, BACK = "diabetic_feet", "chemotherapy_hands", "facial_pain", "lumbar_radiculopathy"
WRIST = "carpal_tunnel"
GONE = object()
"""Stands for a key to be taken out."""

# Typical lengths in mm and fractions; at a site with a nerve in 6 mm.
PERSON: Mapping[str, float] = {
    "stratum_corneum": 0.02,
    "epidermis": 0.08,
    "dermis": 1.5,
    "subcutaneous_fat": 3.0,
    "melanosome_fraction": 0.04,
    "dermal_blood_fraction": 0.005,
    "nerve_depth": 6.0,
}


@cache
def _example(name: str) -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(EXAMPLES / f"{name}.yaml")
    return data


def document(name: str = FEET, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An example as plain data, with values at paths such as ``scores.0.value`` replaced or taken out."""
    data = deepcopy(_example(name))
    for path, value in (changes or {}).items():
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        here = data
        for part in way:
            here = here.setdefault(part, {}) if isinstance(here, dict) else here[part]
        if value is GONE:
            del here[last]
        else:
            here[last] = value
    return data


def written(name: str = FEET, changes: Mapping[str, Any] | None = None) -> str:
    """The changed example as the text of a file."""
    return yaml.safe_dump(document(name, changes), sort_keys=False, allow_unicode=True)


def case_of(name: str = FEET, changes: Mapping[str, Any] | None = None) -> Case:
    """The changed example, read."""
    return case_from_yaml(Path(f"{name}.yaml"), written(name, changes))


def faults_of(name: str = FEET, changes: Mapping[str, Any] | None = None) -> tuple[Fault, ...]:
    """What is wrong with the changed example; empty when nothing is."""
    try:
        case_of(name, changes)
    except InvalidInput as problem:
        return problem.faults
    return ()


def plan_of(name: str = FEET, changes: Mapping[str, Any] | None = None, *, draws: int = 16, seed: int = 1) -> Plan:
    """The plan of the changed example; the same one is made once only."""
    asked = name, repr(sorted((changes or {}).items())), draws, seed
    if asked not in _PLANS:
        _PLANS[asked] = make_plan(case_from_yaml(Path("x.yaml"), written(name, changes)), draws=draws, seed=seed)
    return _PLANS[asked]


_PLANS: dict[tuple[str, str, int, int], Plan] = {}


def found(plan: Plan, name: str) -> Finding | None:
    """The finding with that id, if the plan has it."""
    return next((finding for finding in plan.findings if finding.id == name), None)


def level(plan: Plan, name: str) -> str | None:
    """The level of the finding with that id, or None."""
    finding = found(plan, name)
    return finding.level if finding else None


def blocks(plan: Plan) -> set[str]:
    """The ids of the findings that forbid signing."""
    return {finding.id for finding in plan.findings if finding.level == "block"}


Value = float | Interval


def _interval(value: Value) -> Interval:
    return value if isinstance(value, Interval) else Interval.exactly(value)


def problem_of(
    *,
    patient: Mapping[str, Value] = PERSON,
    trial: Mapping[str, Value] | None = PERSON,
    model: Mapping[str, Value] | None = None,
    irradiance: Value = 50.0,
    wavelengths: Sequence[float] = (850.0,),
    shares: Sequence[float] | None = None,
    diffuse_share: tuple[float, float] = (0.0, 0.0),
    exposure: Mapping[float, float] | None = None,
    trial_irradiance: float | None = 1e-4,
    trial_diffuse: bool = False,
    at_nerve: bool = False,
    spot_area: float | None = None,
    trial_spots: Mapping[str, float | None] = {"": None},
) -> Problem:
    """A problem in which only what is given as an interval is uncertain.

    Irradiance in mW/cm2, exposure in J/mm2, areas in mm2; `trial_spots` has the spot of each reading of the trial.
    """
    parameters = {name: parameter.median for name, parameter in MODEL_PARAMETERS.items()} | dict(model or {})
    groups = {"model": parameters, "patient": patient, "trial": trial or {}}
    quantities = [
        Uncertain(group, name, name, _interval(value))  # type: ignore[arg-type]
        for group, values in groups.items()
        for name, value in values.items()
    ]
    quantities += [
        Uncertain("lamp", "irradiance", "irradiance", _interval(irradiance), "mW/cm2"),
        Uncertain("lamp", "diffuse_share", "direction", diffuse_share),
        *(Uncertain("lamp", f"share_{wavelength:g}", "share", (0.5, 0.5)) for wavelength in wavelengths),
    ]
    split = tuple(shares or [1 / len(wavelengths)] * len(wavelengths))
    trials = tuple(
        TrialLight(label, exposure or {850.0: 0.04}, trial_irradiance, trial_diffuse, "muscle", spot)
        for label, spot in trial_spots.items()
    )
    return Problem(
        space=Space(tuple(quantities)),
        wavelengths=tuple(wavelengths),
        shares=SpectralShares(tuple(wavelengths), split, (True,) * len(wavelengths)),
        at_nerve=at_nerve,
        beneath="muscle",
        spot_area=spot_area,
        trials=() if trial is None else trials,
    )
