"""What is not known about the model, as data: priors, switches, disease states, limits, and draws from them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nervelight.documents import Document, read_data, read_yaml, validated
from nervelight.errors import UnknownName
from nervelight.sources import require_known
from nervelight.uncertainty import Interval

__all__ = [
    "SWITCHES",
    "Limits",
    "Parameter",
    "Parameters",
    "Prior",
    "Status",
    "Switch",
    "Switches",
    "draw",
    "fitted_sets",
    "mechanism_parameters",
    "read_switches",
    "state_names",
    "state_of",
]

Status = Literal["sourced", "derived", "fitted", "elicited", "unverified", "speculative"]
"""Where a parameter comes from; only the first is a measurement."""
Draws = dict[str, NDArray[np.float64]]
SwitchName = Literal["h1", "h2", "h3", "h4", "h5"]
SWITCHES: tuple[SwitchName, ...] = get_args(SwitchName)
_NUMBERS = {"fixed": 1, "uniform": 2, "log_uniform": 2, "interval": 3, "normal": 2, "log_normal": 2}
# What is far out in the tail of a normal prior is no belief of anybody.
_TAIL = 0.001


class Prior(Document):
    """A distribution that a parameter is drawn from.

    Examples
    --------
    >>> Prior(kind="log_uniform", numbers=(1.0, 100.0)).at(np.array([0.0, 0.5, 1.0])).round(9).tolist()
    [1.0, 10.0, 100.0]
    """

    kind: Literal["fixed", "uniform", "log_uniform", "interval", "normal", "log_normal"]
    """Its form."""
    numbers: tuple[float, ...]
    """Value, ends, ends with the median between, mean and deviation, or median and deviation of the logarithm."""

    @model_validator(mode="after")
    def _sensible(self) -> Prior:
        if len(self.numbers) != _NUMBERS[self.kind]:
            raise ValueError(f"{self.kind} needs {_NUMBERS[self.kind]} numbers")
        if self.kind in {"uniform", "log_uniform", "interval"} and list(self.numbers) != sorted(self.numbers):
            raise ValueError("the ends must ascend")
        if self.kind in {"log_uniform", "interval", "log_normal"} and self.numbers[0] <= 0:
            raise ValueError(f"{self.kind} needs positive numbers")
        return self

    def at(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the quantile function at probabilities `u`, of any shape."""
        first, last = self.numbers[0], self.numbers[-1]
        if self.kind == "fixed":
            return np.full(np.shape(u), first)
        if self.kind == "uniform":
            return np.asarray(first + (last - first) * u)
        if self.kind == "log_uniform":
            return Interval(low=first, high=last).at(u)
        if self.kind == "interval":
            return Interval(low=first, central=self.numbers[1], high=last).at(u)
        from scipy.special import ndtri

        z = ndtri(np.clip(u, _TAIL, 1 - _TAIL))
        return np.asarray(first + last * z if self.kind == "normal" else first * np.exp(last * z))

    @property
    def words(self) -> str:
        """The prior for people: ``0.0001 to 0.03 (log-uniform)``."""
        numbers = [f"{number:.3g}" for number in self.numbers]
        return {
            "fixed": numbers[0],
            "uniform": f"{numbers[0]} to {numbers[-1]}",
            "log_uniform": f"{numbers[0]} to {numbers[-1]} (log-uniform)",
            "interval": f"{numbers[len(numbers) // 2]} ({numbers[0]} to {numbers[-1]})",
            "normal": f"{numbers[0]} ± {numbers[-1]}",
            "log_normal": f"{numbers[0]} (log-normal, {numbers[-1]})",
        }[self.kind]


def _prior(data: object) -> object:
    if isinstance(data, list) and data:
        return {"kind": data[0], "numbers": tuple(data[1:])}
    return data


PriorOfFile = Annotated[Prior, BeforeValidator(_prior)]
SourceKeys = Annotated[tuple[str, ...], AfterValidator(require_known)]


class Parameter(Document):
    """One parameter of the model."""

    prior: PriorOfFile
    """What it is drawn from."""
    unit: str = "1"
    """As in model.ant; ``1`` for a pure number."""
    status: Status = "derived"
    """Where it comes from; health is 1 by definition."""
    sources: SourceKeys = ()
    """Keys of sources.toml."""
    about: str = ""
    """What it is, and what speaks for the value."""


class Switch(Document):
    """A hypothesis: a family of arrows that is on or off in a draw."""

    probability: float = Field(ge=0, le=1)
    """How likely it is taken to be."""
    name: str
    """Short."""
    status: Status
    """Where the probability comes from."""
    sources: SourceKeys
    """Keys of sources.toml."""
    about: str
    """The hypothesis as a sentence."""


class Limits(Document):
    """What the model may be asked."""

    fluence_rate_mw_cm2: float
    """Highest fluence rate at the target."""
    minutes: float
    """Longest session."""
    wavelength_nm: tuple[float, float]
    """Lowest and highest wavelength."""
    sources: SourceKeys
    """Keys of sources.toml."""


class NoEffect(Document):
    """When a change is told as none."""

    value: float
    """In percent."""
    sources: SourceKeys
    """Keys of sources.toml."""


class Measurement(Document):
    """How well conduction is measured."""

    conduction_cov_percent: tuple[float, float]
    """Coefficient of variation between sessions of one person, best and worst."""
    sources: SourceKeys
    """Keys of sources.toml."""

    @property
    def detectable_percent(self) -> tuple[float, float]:
        """The change of one person that exceeds measurement error with 95 %: 1.96 sqrt(2) of the variation."""
        low, high = (1.96 * math.sqrt(2) * cov for cov in self.conduction_cov_percent)
        return low, high


class Parameters(Document):
    """All of parameters.yaml."""

    parameters: dict[str, Parameter]
    """By name."""
    switches: dict[SwitchName, Switch]
    """By name."""
    states: dict[str, dict[Literal["Vd", "Qd", "In", "Xn"], Parameter]]
    """Supply of energy, blood flow, inflammation and structure of each disease state, relative to health."""
    limits: Limits
    """What the model may be asked."""
    no_effect_percent: NoEffect
    """When a change is told as none."""
    measurement: Measurement
    """How well conduction is measured."""


class Switches(Document):
    """Probabilities of the hypotheses, as a file gives them; those left out keep the package's own."""

    h1: float | None = Field(default=None, ge=0, le=1)
    """Photolysis of nitric oxide from cytochrome c oxidase."""
    h2: float | None = Field(default=None, ge=0, le=1)
    """Reactive oxygen and nitric oxide by any chromophore."""
    h3: float | None = Field(default=None, ge=0, le=1)
    """Slow programme of the cell."""
    h4: float | None = Field(default=None, ge=0, le=1)
    """Heat."""
    h5: float | None = Field(default=None, ge=0, le=1)
    """Block of small fibres."""

    @property
    def probabilities(self) -> dict[str, float]:
        """Each switch with its probability."""
        known = mechanism_parameters().switches
        given = self.model_dump()
        return {name: known[name].probability if given[name] is None else given[name] for name in SWITCHES}

    @classmethod
    def all_at(cls, probability: float) -> Switches:
        """Return all switches with one probability."""
        return cls(**dict.fromkeys(SWITCHES, probability))


@cache
def mechanism_parameters() -> Parameters:
    """Return parameters, switches, states and limits of the package."""
    return validated(Parameters, read_data("nervelight.mechanism", "data", "parameters.yaml"), "parameters.yaml")


def read_switches(path: Path | str) -> Switches:
    """Read a YAML file such as ``h1: 0.05``.

    Raises
    ------
    InvalidInput
        If a key is unknown or a probability does not lie between 0 and 1.
    """
    return validated(Switches, read_yaml(path), str(path))


def state_names() -> tuple[str, ...]:
    """Return the names of the disease states."""
    return tuple(mechanism_parameters().states)


def state_of(name: str) -> dict[str, Parameter]:
    """Return a disease state by name; a hyphen may stand for an underscore.

    Raises
    ------
    UnknownName
        If there is none.
    """
    states: Mapping[str, Any] = mechanism_parameters().states
    if (plain := name.replace("-", "_")) not in states:
        raise UnknownName("disease state", name, tuple(states))
    return dict(states[plain])


@cache
def fitted_sets() -> dict[str, NDArray[np.float64]]:
    """Return the sets of fitted parameters that agree with the fit data, an array a parameter.

    Made by ``validation/mechanism_fit.py``.
    """
    text = resources.files("nervelight.mechanism").joinpath("data", "fitted.csv").read_text(encoding="utf-8")
    head, *rows = csv.reader(line for line in text.splitlines() if not line.startswith("#"))
    values = np.array(rows, dtype=float)
    return {name: values[:, column] for column, name in enumerate(head)}


def draw(count: int, state: str, switches: Switches, seed: int, fitted: bool = True) -> Draws:
    """Draw parameters, disease state and switches.

    Parameters
    ----------
    count : int
        Number of draws.
    state : str
        A disease state.
    switches : Switches
        How likely each hypothesis is.
    seed : int
        The same seed gives the same draws; each parameter has random numbers of its own, so that states and switches
        can be compared draw by draw.
    fitted : bool
        Whether the fitted parameters come, set by set, from those that agree with the fit data; otherwise from their
        priors.

    Returns
    -------
    dict of str to ndarray, shape (count,)
        Parameters by name, and ``w1`` to ``w5`` as 0 or 1.
    """
    table = mechanism_parameters()
    known = {**table.parameters, **state_of(state)}
    drawn = {name: known[name].prior.at(_uniform(name, seed, count)) for name in known}
    if fitted:
        sets = fitted_sets()
        rows = (_uniform("set", seed, count) * len(next(iter(sets.values())))).astype(int)
        drawn |= {name: values[rows] for name, values in sets.items()}
    for name, probability in switches.probabilities.items():
        drawn[f"w{name[1:]}"] = (_uniform(name, seed, count) < probability).astype(float)
    return drawn


def _uniform(name: str, seed: int, count: int) -> NDArray[np.float64]:
    """Return evenly spread random numbers, one in each of `count` strata, in random order."""
    rng = np.random.default_rng([seed, *name.encode()])
    return np.asarray((rng.permutation(count) + rng.random(count)) / count)
