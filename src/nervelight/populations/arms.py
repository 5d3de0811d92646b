"""Each protocol made ready once for all people: its light, and what the trial that it follows gave at its target.

What nobody knows well (the *worlds*: tissue model, irradiance and direction of the lamp's light, its spectrum) is one
draw for everybody who lives in it, for the trial's people too, so that a common error cancels as in a plan. The trial's
people differ among themselves; what their arm got at the target is the median over them, in each world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import Fault, InvalidInput
from nervelight.optics import MODEL_PARAMETERS, Device
from nervelight.planning.anchoring import Choice, anchor_findings, choose_anchor
from nervelight.planning.case import Case
from nervelight.planning.findings import blocking
from nervelight.planning.lamp import lamp_of
from nervelight.planning.light_path import Problem, finest_detail, in_tissue_tables, trial_targets_of
from nervelight.planning.problem import pose
from nervelight.planning.safety.heat import WARM_ROOM_C
from nervelight.planning.uncertain import Group
from nervelight.populations.people import draw_people, tissue_of
from nervelight.populations.spec import CohortSpec, Protocol
from nervelight.transport import conductivity_interval
from nervelight.uncertainty import low_discrepancy_sample

__all__ = ["Arm", "case_of", "prepare"]

Array = NDArray[np.float64]

# People of the trial in each world: the median of their fluence stands within some per cent.
TRIAL_PEOPLE = 64
# Stacks of the trial's people that are solved at once.
AT_ONCE = 512
# People whose depths say how fine the light of a small field has to be solved.
LOOKED_AT = 256
# Columns of the worlds: the model's parameters, conductivity, and the lamps.
HEAT_COLUMN = len(MODEL_PARAMETERS)
LAMP_COLUMN = HEAT_COLUMN + 1
COLUMNS = 128


@dataclass(frozen=True)
class Arm:
    """One protocol, ready to be given.

    Parameters
    ----------
    protocol : Protocol
    problem : Problem
        Without the trial; its field is None where it counts as wide for everybody.
    device : Device
    finest : float or None
        Finest detail that matters [mm]; None for a wide field.
    model, lamp : mapping of str to ndarray, shape (W,)
        What holds in each world.
    shares : ndarray, shape (W, wavelengths)
        Of the lamp's light in each world.
    conductivity : ndarray, shape (W,)
        Factor of the thermal conductivity.
    air : float
        Room temperature [degC].
    target_fluence : ndarray or None, shape (W,)
        What the trial gave at its target [J/mm2]; None where a window on the skin is followed.
    target_rate : ndarray or None, shape (W,)
        Its fluence rate there [W/mm2]; None where it cannot be known.
    skin_exposure : float or None
        What a guideline's window gives on the skin at its upper end [J/mm2].
    study : str
        Whose light is followed.
    reading : str
        Which reading of its numbers; empty with one.
    """

    protocol: Protocol
    problem: Problem
    device: Device
    finest: float | None
    model: Mapping[str, Array]
    lamp: Mapping[str, Array]
    shares: Array
    conductivity: Array
    air: float
    target_fluence: Array | None
    target_rate: Array | None
    skin_exposure: float | None
    study: str
    reading: str


def prepare(spec: CohortSpec, where: str = "cohort") -> tuple[Arm, ...]:
    """Make every protocol of a cohort ready.

    Raises
    ------
    InvalidInput
        If the light of a lamp cannot be known, or no light can be followed; for all protocols at once.
    """
    u = low_discrepancy_sample(spec.worlds, COLUMNS, spec.seed)
    arms, faults, columns = [], [], dict[str, int]()
    for index, protocol in enumerate(spec.protocols):
        try:
            arms.append(_arm(spec, protocol, u, columns))
        except InvalidInput as problem:
            faults += [replace(fault, path=f"protocols[{index}].{fault.path}") for fault in problem.faults]
    if faults:
        raise InvalidInput(where, faults)
    return tuple(arms)


def case_of(spec: CohortSpec, protocol: Protocol) -> Case:
    """Return the case that this protocol is for a planner: stand-ins take the place of what no light needs."""
    return Case.model_validate(
        {
            "schema": "nervelight-case-1",
            "patient": {"label": "nobody", "age": "0 years", "phototype": "III"},
            "diagnosis": {
                "condition": spec.condition,
                "neupsig": dict.fromkeys(
                    ("relevant_history", "plausible_distribution", "sensory_signs", "confirmatory_test"), True
                ),
                "red_flags": [],
            },
            "scores": [{"instrument": "nrs11", "value": 0, "date": "2000-01-01"}],
            "site": {
                "name": protocol.site,
                "target": protocol.target,
                "fields": [f"field {number + 1}" for number in range(protocol.fields)],
            },
            "lamp": protocol.lamp,
            "anchor": protocol.anchor,
            "anchor_scenario": protocol.anchor_scenario,
            "safety": {
                "contraindications": [],
                "drugs": [],
                "sensation": "intact",
                "perfusion": "normal",
                "eyes": "goggles",
                "air_temperature": None if protocol.air_temperature is None else f"{protocol.air_temperature!r} degC",
            },
            "course": {"start": "2100-01-01", "session_cap": f"{protocol.session_cap!r} s", "setting": "home"},
            "care": {"clinician": "nobody", "emergency_number": "none"},
        }
    )


def _arm(spec: CohortSpec, protocol: Protocol, u: Array, columns: dict[str, int]) -> Arm:
    case = case_of(spec, protocol)
    choice = choose_anchor(case, "protocol")
    blocked = blocking(anchor_findings(case, choice))
    if blocked:
        told = "an anchor whose light can be followed for this condition and site"
        raise InvalidInput("protocol", [Fault("anchor", protocol.anchor, told, blocked[0].value)])
    lamp = lamp_of(case, "protocol")
    if lamp.light.field_width is None:
        raise InvalidInput("protocol", [Fault("lamp.field_width", None, "the smaller side of the lit field")])
    posed = pose(case, lamp, choice)
    problem = replace(posed, trials=())
    at = {
        quantity.key: quantity.at(u[:, _column(quantity.group, quantity.name, protocol, columns)])
        for quantity in posed.space.quantities
        if quantity.group == "model" or (quantity.group == "lamp" and not quantity.name.startswith("share_"))
    }
    share_columns = [
        _column("lamp", quantity.name, protocol, columns)
        for quantity in posed.space.quantities
        if quantity.name.startswith("share_")
    ]
    model = {key.removeprefix("model."): value for key, value in at.items() if key.startswith("model.")}
    finest = finest_detail(problem, tissue_of(draw_people(spec, 0, LOOKED_AT), protocol))
    fluence, rate, reading = _trial(spec, choice, posed, model)
    window = None if choice.window is None or choice.window.radiant_exposure is None else choice.window.radiant_exposure
    return Arm(
        protocol=protocol,
        problem=problem if finest is not None else replace(problem, spot_area=None),
        device=lamp.device,
        finest=finest,
        model=model,
        lamp={key.removeprefix("lamp."): value for key, value in at.items() if key.startswith("lamp.")},
        shares=posed.shares.draw(u[:, share_columns]),
        conductivity=conductivity_interval().at(u[:, HEAT_COLUMN]),
        air=WARM_ROOM_C if protocol.air_temperature is None else protocol.air_temperature,
        target_fluence=fluence,
        target_rate=rate,
        skin_exposure=None if window is None else window[1],
        study=choice.anchor.study_id if choice.anchor else "",
        reading=reading,
    )


def _column(group: str, name: str, protocol: Protocol, columns: dict[str, int]) -> int:
    """Return the column of a quantity: the tissue model is common to all protocols, a lamp to those that use it."""
    if group == "model":
        return list(MODEL_PARAMETERS).index(name)
    return columns.setdefault(f"{protocol.lamp.device}.{name}", LAMP_COLUMN + len(columns)) % COLUMNS


def _trial(
    spec: CohortSpec, choice: Choice, problem: Problem, model: Mapping[str, Array]
) -> tuple[Array | None, Array | None, str]:
    """Return the trial's fluence and its rate at the target in each world, and the reading that is followed."""
    if not choice.trials:
        return None, None, ""
    quantities = [quantity for quantity in problem.space.quantities if quantity.group == "trial"]
    u = low_discrepancy_sample(TRIAL_PEOPLE, COLUMNS, spec.seed + 1)
    people = {quantity.name: quantity.at(u[:, column]) for column, quantity in enumerate(quantities)}
    fluence = np.empty((len(choice.trials), spec.worlds))
    worlds = max(1, AT_ONCE // TRIAL_PEOPLE)
    for first in range(0, spec.worlds, worlds):
        part = slice(first, min(first + worlds, spec.worlds))
        size = part.stop - part.start
        values: dict[Group, dict[str, Array]] = {
            "model": {name: np.repeat(value[part], TRIAL_PEOPLE) for name, value in model.items()},
            "trial": {name: np.tile(value, size) for name, value in people.items()},
        }
        found = trial_targets_of(choice.trials, problem.at_nerve, values)
        for reading, (trial, at_target) in enumerate(zip(choice.trials, found, strict=True)):
            parts = [e * at_target[w] for w, e in trial.radiant_exposure.items() if in_tissue_tables(w)]
            fluence[reading, part] = np.median(np.sum(parts, axis=0).reshape(size, TRIAL_PEOPLE), axis=1)
    # As in a plan: of several readings the one that asks for the least light.
    followed = int(np.argmin(np.median(fluence, axis=1)))
    trial = choice.trials[followed]
    rate = None
    if trial.irradiance is not None:
        rate = fluence[followed] * trial.irradiance / sum(trial.radiant_exposure.values())
    return fluence[followed], rate, trial.label
