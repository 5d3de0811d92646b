"""One session of light, or several, as a distribution over what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.mechanism.conduction import fibre, fibre_names, small_fibre_block, velocity_ratio
from nervelight.mechanism.engine import BANNER, SETTLE, Pulse, run_model
from nervelight.mechanism.observations import fitted_up_to
from nervelight.mechanism.photons import absorption_rate, check_validity, extinction
from nervelight.mechanism.priors import Draws, Switches, draw, mechanism_parameters
from nervelight.uncertainty import summarise
from nervelight.units import MW_CM2

__all__ = [
    "CELL_READS",
    "MOMENTS",
    "SCHEMA",
    "Output",
    "Result",
    "Session",
    "Warming",
    "as_document",
    "output_words",
    "pulse",
    "run_session",
]

SCHEMA = "nervelight-mechanism-1"
MOMENTS = {"end of light": 0.0, "5 min after": 300.0, "1 h after": 3600.0, "6 h after": 21600.0}
"""When results are told, from the end of the last light [s]."""
WARMING_TIME = 600.0
"""Time scale on which tissue warms and cools [s], where no more than the time under light is known: nearest of round
numbers to what `nervelight.transport.warm` gives 3 to 9 mm under the skin of an ankle after 2 to 15 min of light."""
LONGEST_COURSE = 60
COLLAPSE = -50.0
"""A change of the energy charge below which a cell counts as collapsed [%]: a rule of this project."""


@dataclass(frozen=True)
class Warming:
    """How much warmer the nerve gets, from the time that the light goes on.

    Parameters
    ----------
    times : ndarray, shape (n,)
        [s], ascending from 0 to the end of the light, two or more.
    rise : ndarray, shape (n,)
        Above the temperature before the light [K].
    """

    times: NDArray[np.float64]
    rise: NDArray[np.float64]

    @classmethod
    def to(cls, rise: float, exposure_time: float) -> Warming:
        """Return a rise that approaches its end exponentially, with `WARMING_TIME`."""
        times = np.linspace(0.0, exposure_time, 61)
        shape = -np.expm1(-times / WARMING_TIME)
        return cls(times, rise * shape / shape[-1])

    def at(self, moments: ArrayLike, exposure_time: float) -> NDArray[np.float64]:
        """Return the rise at times since the light went on [K].

        Heat being linear, it cools by what it would have warmed on, less what it warmed at first. How it would have
        warmed on is told by the last two of its values and `WARMING_TIME`.
        """
        time = np.asarray(moments, dtype=float)
        last = (self.times[-1] - self.times[-2]) / WARMING_TIME
        to_come = (self.rise[-1] - self.rise[-2]) / np.expm1(last)

        def warmed(since: NDArray[np.float64]) -> NDArray[np.float64]:
            lit = np.interp(since, self.times, self.rise, left=0.0)
            beyond = np.clip(since - self.times[-1], 0.0, None) / WARMING_TIME
            return np.asarray(lit - to_come * np.expm1(-beyond))

        return warmed(time) - warmed(time - exposure_time)


@dataclass(frozen=True)
class Session:
    """Light and heat at the target, and whose cell it is.

    Parameters
    ----------
    wavelengths : tuple of float
        [nm].
    fluence_rate : float
        At the target, all wavelengths together [W/mm2].
    exposure_time : float
        Of one session [s].
    state : str
        Disease state.
    warming : Warming or None
        How warm the target gets; None for not at all.
    sessions : int
        How many; results are told after the last one.
    gap : float
        From one session's beginning to the next [s].
    shares : tuple of float, optional
        Of each wavelength in the fluence rate, 1 together; the wavelengths share it evenly when not given.
    """

    wavelengths: tuple[float, ...]
    fluence_rate: float
    exposure_time: float
    state: str
    warming: Warming | None = None
    sessions: int = 1
    gap: float = 2 * 86400.0
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Output:
    """One thing that the model says, relative to before the light.

    Parameters
    ----------
    name, words : str
        Key, and name for people.
    speculative : bool
        Whether no measurement bears it at all.
    change : ndarray, shape (draws, times)
        With light and heat [%].
    heat_only : ndarray, shape (draws, times)
        Of the twin with the same temperature and no photons [%].
    """

    name: str
    words: str
    speculative: bool
    change: NDArray[np.float64]
    heat_only: NDArray[np.float64]

    def shares(self) -> dict[str, NDArray[np.float64]]:
        """Return the shares of draws in which photons do not change it, lower it and raise it, at each time."""
        least, photons = mechanism_parameters().no_effect_percent.value, self.change - self.heat_only
        falls, rises = np.mean(photons <= -least, axis=0), np.mean(photons >= least, axis=0)
        return {"no_effect": 1 - falls - rises, "falls": falls, "rises": rises}


@dataclass(frozen=True)
class Result:
    """What came of a session.

    Parameters
    ----------
    session : Session
        What was asked.
    drawn : dict of str to ndarray, shape (draws,)
        Parameters and switches.
    failed : ndarray of bool, shape (draws,)
        Where the integrator failed; these draws are left out of the outputs.
    moments : ndarray, shape (times,)
        Since the last light went on [s].
    outputs : tuple of Output
        In the order of the chain.
    """

    session: Session
    drawn: Draws
    failed: NDArray[np.bool_]
    moments: NDArray[np.float64]
    outputs: tuple[Output, ...]

    def output(self, name: str) -> Output:
        """Return one output by name."""
        return next(found for found in self.outputs if found.name == name)

    @property
    def collapse_share(self) -> float:
        """Share of draws in which the cell loses more than half of its energy at one of the times."""
        return float(np.mean(self.output("energy_charge").change.min(axis=1) < COLLAPSE))

    @property
    def h0_share(self) -> float:
        """Share of draws in which every hypothesis on photons is off."""
        return float(np.mean(np.sum([self.drawn[name] for name in ("w1", "w2", "w3", "w5")], axis=0) == 0))


# Name of the output, of what is read from the model, words, and whether it is speculation.
_CELL = (
    ("respiration", "flux", "respiration", False),
    ("energy_charge", "a", "ATP/(ATP + ADP)", False),
    ("atp_assay", "ATP", "ATP as assayed", False),
    ("reactive_oxygen", "R", "reactive oxygen", False),
    ("nitric_oxide", "NO", "nitric oxide", False),
    ("perfusion", "Q", "blood flow", True),
    ("pump", "Z", "sodium pump", False),
)
_SLOW = (("inflammation", "I", "inflammation", True), ("structure", "X", "myelin, axon", True))
_WORDS = {name: words for name, _, words, _ in (*_CELL, *_SLOW)} | {"pain_proxy": "pain proxy"}
CELL_READS = {name: read for name, read, _, _ in (*_CELL, *_SLOW)}
"""What is read from the model for each output that is not conduction or the pain proxy."""


def output_words(name: str) -> str:
    """Return an output's name for people."""
    return _WORDS[name] if name in _WORDS else f"speed, {fibre(name.removeprefix('conduction_')).short}"


def pulse(
    wavelengths: Sequence[float], fluence_rate: float, exposure_time: float, shares: Sequence[float] | None = None
) -> Pulse:
    """Return light as the model takes it; without shares each wavelength has an even part of the fluence rate [W/mm2].

    The model knows one wavelength: their mean, with the extinction that gives the same absorption.
    """
    mean = float(np.average(wavelengths, weights=shares))
    absorbed = float(np.average([one * extinction(one) for one in wavelengths], weights=shares))
    return Pulse(mean, absorbed / mean, fluence_rate / MW_CM2, exposure_time)


def run_session(
    session: Session,
    draws: int = 500,
    switches: Switches | None = None,
    seed: int = 1,
    fitted: bool = True,
    after: Sequence[float] = tuple(MOMENTS.values()),
    during: int = 0,
) -> Result:
    """Run a session for many draws, with the twin that is only warmed.

    Parameters
    ----------
    session : Session
        What is asked.
    draws : int
        Number of draws.
    switches : Switches, optional
        Probabilities of the hypotheses; those of the package when not given.
    seed : int
        The same seed gives the same draws.
    fitted : bool
        As in `draw`.
    after : sequence of float
        Times after the end of the last light [s], ascending.
    during : int
        Number of times during the light, before which its beginning is read too; 0 for neither.

    Raises
    ------
    ValidityError
        Beyond the data: fluence rate, time or wavelength. Or if no draw is solved.
    InvalidInput
        If the schedule cannot be kept.
    MissingEngine
        If the extra is not installed.
    """
    _check_schedule(session)
    end = session.exposure_time
    check_validity(session.wavelengths, session.fluence_rate, end, session.sessions, session.gap)
    drawn = draw(draws, session.state, switches or Switches(), seed, fitted)
    lit = np.linspace(0.0, end, during + 2)[:-1] if during else ()
    moments = np.array([*lit, *(end + moment for moment in after)])
    light = pulse(session.wavelengths, session.fluence_rate, end, session.shares)
    runs = run_model(drawn, light, moments, session.sessions, session.gap)
    if runs.failed.all():
        raise ValidityError(f"the integrator solved none of {draws} draws of a {session.state} cell")
    kept = {name: values[~runs.failed] for name, values in drawn.items()}
    # Photons apart, nothing moves a cell out of its dark steady state: the twin's cell stays as it was.
    ratio = {name: runs.values[name][~runs.failed] / runs.dark[name][~runs.failed, None] for name in ("Z", "I", "X")}
    still = np.ones_like(ratio["Z"])
    # What earlier sessions left is there too: warmth adds up, and each blocks its part of what the others spare.
    since = [moments + number * session.gap for number in range(session.sessions)]
    warming = np.zeros(len(moments))
    if session.warming is not None:
        warming = np.sum([session.warming.at(one, end) for one in since], axis=0)
    block = 1 - np.prod([1 - small_fibre_block(kept, light.fluence, end, one) for one in since], axis=0)
    outputs = []
    for name, read, words, speculative in (*_CELL, *_SLOW):
        change = 100 * (runs.values[read][~runs.failed] / runs.dark[read][~runs.failed, None] - 1)
        outputs.append(Output(name, words, speculative, change, 0 * change))
    for name in fibre_names():
        both = velocity_ratio(name, kept, ratio["Z"], ratio["X"], warming, block)
        heat = velocity_ratio(name, kept, still, still, warming)
        speed = f"conduction_{name}"
        outputs.append(Output(speed, output_words(speed), False, 100 * (both - 1), 100 * (heat - 1)))
    proxy = ratio["I"] ** kept["bI"][:, None] * ratio["Z"] ** -kept["bZ"][:, None] * (1 - block)
    outputs.append(Output("pain_proxy", output_words("pain_proxy"), True, 100 * (proxy - 1), 0 * proxy))
    return Result(session, drawn, runs.failed, moments, tuple(outputs))


def _check_schedule(session: Session) -> None:
    faults = []
    if not 1 <= session.sessions <= LONGEST_COURSE:
        faults.append(Fault("sessions", session.sessions, f"a whole number from 1 to {LONGEST_COURSE}"))
    if session.sessions > 1 and session.gap < (least := SETTLE + session.exposure_time + 60):
        faults.append(Fault("gap", session.gap, f"at least {least:g} s from one session to the next"))
    if faults:
        raise InvalidInput("session", faults)


def as_document(result: Result) -> dict[str, Any]:
    """Return a result as plain data, with what must stand beside it."""
    session, table = result.session, mechanism_parameters()
    low, high = table.measurement.detectable_percent
    rates = [absorption_rate(one, session.fluence_rate) for one in session.wavelengths]
    shares = session.shares or (1 / len(rates),) * len(rates)

    def bands(values: NDArray[np.float64]) -> list[dict[str, float]]:
        return [summarise(values[:, column]) for column in range(values.shape[1])]

    outputs = {}
    for found in result.outputs:
        outputs[found.name] = {
            "words": found.words,
            "status": "speculative" if found.speculative else "hypothesis",
            "change_percent": bands(found.change),
            "heat_only_percent": bands(found.heat_only),
            **{f"{name}_share": np.clip(share, 0, 1).tolist() for name, share in found.shares().items()},
        }
        if found.name == "conduction_large_myelinated":
            seen = np.mean(np.abs(found.change) > low, axis=0)
            outputs[found.name] |= {"detectable_percent": [low, high], "detectable_share": seen.tolist()}
    return {
        "schema": SCHEMA,
        "banner": BANNER,
        "state": session.state.replace("-", "_"),
        "wavelength_nm": list(session.wavelengths),
        "wavelength_share": list(shares),
        "fluence_rate_mw_cm2": session.fluence_rate / MW_CM2,
        "minutes": session.exposure_time / 60,
        "fluence_j_cm2": session.fluence_rate / MW_CM2 * session.exposure_time * 1e-3,
        "sessions": session.sessions,
        "absorptions_per_s": float(np.dot(rates, shares)),
        "warming_end_k": 0.0 if session.warming is None else float(session.warming.rise[-1]),
        "draws": len(result.failed),
        "failed": {session.state.replace("-", "_"): int(result.failed.sum())},
        "failed_draws": np.flatnonzero(result.failed).tolist(),
        "h0_share": result.h0_share,
        "fitted_up_to_j_cm2": fitted_up_to(),
        "collapse_share": result.collapse_share,
        "since_light_on_s": result.moments.tolist(),
        "outputs": outputs,
    }
