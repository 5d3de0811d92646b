"""Running model.ant: Antimony into SBML, SBML by libRoadRunner, many draws after one load.

Traps that are avoided here, and that tests hold: light is switched by events, since a pulse written as a function of
time is stepped over; every session has a clock of its own, since events late on a long clock stop the integrator; and
each state has its own absolute tolerance.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import MissingEngine

__all__ = ["BANNER", "READ", "STATES", "Pulse", "Runs", "as_sbml", "model_text", "run_model"]

STATES = ("B", "NO", "a", "Z", "R", "S", "E", "D", "I", "X")
"""The ten states, in the order of the model."""
READ = (*STATES, "light", "flux", "Q", "ATP")
"""What is read from a run: the states, the fluence so far [J/cm2], oxygen used, blood flow, and what an assay reads."""
NAME = "nervelight_mechanism"
BANNER = "Exploratory hypothesis model. Not validated in patients. Several links are disputed. Not for choosing a dose."
"""Stands with every output."""
SETTLE = 60.0
"""Darkness before the light, on the session's clock [s]."""
INSTANT = 1e-3
"""After the end of the light, where a reading is wanted at it [s]."""
RELATIVE, ABSOLUTE = 1e-8, 1e-11
# How far the light that was counted may be off what was asked for, as a part of it.
LIGHT_TOLERANCE = 1e-6
SOURCES_OF = "nervelight.mechanism"


@dataclass(frozen=True)
class Pulse:
    """The light of one session at the target.

    Parameters
    ----------
    wavelength : float
        [nm].
    extinction : float
        Of oxidised cytochrome c oxidase [1/mM/cm].
    fluence_rate : float
        [mW/cm2], the unit of the model.
    exposure_time : float
        [s].
    """

    wavelength: float
    extinction: float
    fluence_rate: float
    exposure_time: float

    @property
    def fluence(self) -> float:
        """Fluence of the session [J/cm2]."""
        return 1e-3 * self.fluence_rate * self.exposure_time


@dataclass(frozen=True)
class Runs:
    """What came of many draws.

    Parameters
    ----------
    dark : dict of str to ndarray, shape (draws,)
        Steady state before the first light, by the names of `READ`.
    values : dict of str to ndarray, shape (draws, times)
        At the moments asked for; NaN where the integrator failed.
    failed : ndarray of bool, shape (draws,)
        Where it did.
    """

    dark: dict[str, NDArray[np.float64]]
    values: dict[str, NDArray[np.float64]]
    failed: NDArray[np.bool_]


def model_text() -> str:
    """Return the model as it is written, in Antimony."""
    return resources.files(SOURCES_OF).joinpath("data", "model.ant").read_text(encoding="utf-8")


def run_model(
    draws: Mapping[str, ArrayLike], pulse: Pulse, moments: ArrayLike, sessions: int = 1, gap: float = 0.0
) -> Runs:
    """Run sessions of light, one after the other, for each draw.

    Parameters
    ----------
    draws : mapping of str to array_like, shape (draws,)
        Parameters of the model by name; names that it does not know are passed over.
    pulse : Pulse
        The light of each session.
    moments : array_like, shape (times,)
        When to read, since the last light went on, ascending, the last one not before it goes off [s].
    sessions : int
        How many.
    gap : float
        From the beginning of one session to that of the next [s], at least as long as settling and light.

    Returns
    -------
    Runs

    Raises
    ------
    MissingEngine
        If libRoadRunner or Antimony is not installed.
    """
    engine = _runner(model_text())
    ids = list(engine.model.getGlobalParameterIds())
    place = {name: ids.index(name) for name in draws if name in ids}
    light = {
        "t_on": SETTLE,
        "t_off": SETTLE + pulse.exposure_time,
        "fluence_rate": pulse.fluence_rate,
        "wavelength": pulse.wavelength,
        "extinction": pulse.extinction,
    }
    indices = [*place.values(), *(ids.index(name) for name in light)]
    table = np.column_stack([*(np.asarray(draws[name], dtype=float) for name in place)])
    count = len(table)
    moments = np.asarray(moments, dtype=float)
    # Where the light switches, a reading would be before or after it.
    off = np.isclose(moments, pulse.exposure_time, rtol=1e-12)
    times = [0.0, *(SETTLE + moments + INSTANT * off)]
    dark = np.full((count, len(READ)), np.nan)
    found = np.full((count, len(moments), len(READ)), np.nan)
    failed = np.zeros(count, dtype=bool)
    for row, numbers in enumerate(table):
        engine.model.setGlobalParameterValues(indices, [*numbers, *light.values()])
        engine["lit"] = 0.0
        engine.reset()
        try:
            dark[row] = [engine[name] for name in READ]
            for _ in range(sessions - 1):
                carried = _step(engine, [0.0, gap], pulse)[-1]
                engine.reset()
                for name, value in zip(STATES, carried, strict=False):
                    engine[name] = value
            found[row] = _step(engine, times, pulse)[1:]
        except (RuntimeError, _Missed):
            failed[row] = True
    return Runs(
        {name: dark[:, column] for column, name in enumerate(READ)},
        {name: found[..., column] for column, name in enumerate(READ)},
        failed,
    )


class _Missed(Exception):
    """The integrator did not see the light, or gave no number."""


def _step(engine: Any, times: Sequence[float], pulse: Pulse) -> NDArray[np.float64]:
    """Simulate one session and return what is read at `times`; the last one lies after the light."""
    found = np.array(engine.simulate(times=list(times)))
    counted = found[-1, READ.index("light")]
    if not np.isfinite(found).all() or abs(counted - pulse.fluence) > LIGHT_TOLERANCE * pulse.fluence:
        raise _Missed
    return found


@cache
def as_sbml(text: str) -> str:
    """Return a model that is written in Antimony as SBML.

    Raises
    ------
    MissingEngine
        If Antimony is not installed.
    """
    antimony = _module("antimony")
    antimony.clearPreviousLoads()
    if antimony.loadAntimonyString(text) < 0:
        raise ValueError(antimony.getLastError())
    return str(antimony.getSBMLString(NAME))


@cache
def _runner(text: str) -> Any:
    """Return a model, compiled; it takes half a second, once a process."""
    roadrunner = _module("roadrunner")
    # It floods the terminal with what the integrator meets on its way.
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    engine = roadrunner.RoadRunner(as_sbml(text))
    engine.integrator.relative_tolerance = RELATIVE
    # One number for all is scaled by what the states last were. In the first model of a process most draws then fail:
    # at the light's edge the steps shrink to nothing (2.10.0, cause unknown). With a number for each state none does.
    engine.integrator.absolute_tolerance = [ABSOLUTE] * (len(STATES) + 1)
    engine.timeCourseSelections = list(READ)
    return engine


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as problem:
        raise MissingEngine(
            f"the mechanism model needs {name}, which is not installed: pip install 'nervelight[mechanism]'"
        ) from problem
