"""Conduction of nerve fibres, from tables of simulated fibres: what temperature, pump, sodium, myelin and diameter do.

The fibres themselves are models of others that were run once; their numbers are here, their code is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import StrictBool

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName, ValidityError
from nervelight.mechanism.priors import SourceKeys

__all__ = [
    "UNCHANGED",
    "Conditions",
    "Fibre",
    "fibre",
    "fibre_names",
    "q10",
    "small_fibre_block",
    "velocity",
    "velocity_ratio",
]

BLOCK_STEEPNESS = 2.0
"""Exponent of the block of small fibres in the fluence: an assumption."""


class Elasticities(Document):
    """Names of the parameters by which a fibre's conduction follows pump, temperature and myelin."""

    pump: str
    """Of the logarithm of velocity by that of the pump."""
    temperature: str
    """Part of the velocity that one degree adds."""
    myelin: str | None
    """Of the logarithm of velocity by that of myelin; none for fibres without."""


class Fibre(Document):
    """One class of fibres."""

    name: str
    """For people."""
    short: str
    """The same in a word or two."""
    model: str
    """What was simulated."""
    diameter_um: float
    """Of the fibre."""
    small: StrictBool
    """Whether a block of small fibres meets it."""
    elasticities: Elasticities
    """How conduction follows the states of the cell model."""
    velocity_m_s: float
    """As simulated, unchanged."""
    by_temperature_c: dict[float, float]
    """Velocity [m/s]."""
    by_diameter_um: dict[float, float]
    """Velocity [m/s]."""
    by_sodium_conductance: dict[float, float]
    """Velocity relative to unchanged, by sodium conductance of the node relative to unchanged."""
    by_sodium_potential_mv: dict[float, float]
    """Velocity relative to unchanged, by sodium's equilibrium potential."""
    by_lamellae: dict[float, float]
    """Velocity relative to unchanged, by lamellae of myelin relative to unchanged."""


class _Fibres(Document):
    sources: SourceKeys
    fibres: dict[str, Fibre]


@cache
def _fibres() -> Mapping[str, Fibre]:
    return validated(_Fibres, read_data("nervelight.mechanism", "data", "fibres.yaml"), "fibres.yaml").fibres


def fibre_names() -> tuple[str, ...]:
    """Return the classes of fibres, thickest first."""
    return tuple(_fibres())


def fibre(name: str) -> Fibre:
    """Return a class of fibres.

    Raises
    ------
    UnknownName
        If there is none of that name.
    """
    if name not in _fibres():
        raise UnknownName("fibre", name, fibre_names())
    return _fibres()[name]


@dataclass(frozen=True)
class Conditions:
    """What a simulated fibre is under; as it stands, unchanged at the temperature of the body.

    Parameters
    ----------
    temperature : float
        [degC].
    sodium_conductance, lamellae : float
        Of its nodes, and of myelin, relative to unchanged.
    sodium_potential : float
        Equilibrium potential of sodium [mV].
    """

    temperature: float = 37.0
    sodium_conductance: float = 1.0
    sodium_potential: float = 50.0
    lamellae: float = 1.0


UNCHANGED = Conditions()
"""What every fibre was simulated under first."""


def velocity(name: str, under: Conditions = UNCHANGED, diameter: float | None = None) -> float:
    """Return the conduction velocity of a simulated fibre [m/s], each influence by itself and multiplied.

    Parameters
    ----------
    name : str
        A class of fibres.
    under : Conditions
        What it is under.
    diameter : float, optional
        [um]; that of the class when not given.

    Raises
    ------
    ValidityError
        Outside what was simulated.

    Examples
    --------
    >>> round(velocity("large_myelinated", Conditions(temperature=27.0)), 2)
    37.92
    """
    entry = fibre(name)
    tables = {
        "temperature": entry.by_temperature_c,
        "sodium_conductance": entry.by_sodium_conductance,
        "sodium_potential": entry.by_sodium_potential_mv,
        "lamellae": entry.by_lamellae,
    }
    asked = [(what, table, getattr(under, what), getattr(UNCHANGED, what)) for what, table in tables.items()]
    own = entry.diameter_um
    asked.append(("diameter", entry.by_diameter_um, own if diameter is None else diameter, own))
    found = entry.velocity_m_s
    for what, table, value, reference in asked:
        if value == reference:
            continue
        if not table or not min(table) <= value <= max(table):
            known = f"from {min(table):g} to {max(table):g}" if table else f"at {reference:g} only"
            raise ValidityError(f"{what} of a {name} fibre: simulated {known}, asked at {value:g}")
        found *= float(np.interp(value, list(table), list(table.values()))) / table[reference]
    return found


def velocity_ratio(
    name: str,
    drawn: Mapping[str, NDArray[np.float64]],
    pump: ArrayLike,
    structure: ArrayLike,
    warming: ArrayLike,
    block: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Return velocity relative to before the light.

    Parameters
    ----------
    name : str
        A class of fibres.
    drawn : mapping of str to ndarray, shape (draws,)
        Parameters, and the switch of heat ``w4``.
    pump, structure : array_like, shape (draws, times)
        Relative to before the light.
    warming : array_like, shape (times,)
        Above the temperature before the light [K].
    block : array_like, shape (draws, times)
        Share of small fibres that is blocked.

    Returns
    -------
    ndarray, shape (draws, times)

    Notes
    -----
    ``pump^e structure^b (1 + c dT)``, for small fibres times ``exp(-block)``. Linear in temperature, since the measured
    ratios over ten degrees (1.36 from 25 to 35 degC, 1.44 from 20 to 30) are those of a line with 2.7 % a degree at 35.
    """
    by, entry = fibre(name).elasticities, fibre(name)

    def column(key: str) -> NDArray[np.float64]:
        return np.asarray(drawn[key])[:, None]

    ratio = np.asarray(pump) ** column(by.pump) * (1 + column("w4") * column(by.temperature) * np.asarray(warming))
    if by.myelin is not None:
        ratio = ratio * np.asarray(structure) ** column(by.myelin)
    return np.asarray(ratio * np.exp(-np.asarray(block)) if entry.small else ratio)


def q10(slope: ArrayLike) -> NDArray[np.float64]:
    """Return how much faster a fibre conducts at 35 than at 25 degC, from the part that a degree adds at 35 degC.

    Examples
    --------
    >>> float(q10(0.027).round(2))
    1.37
    """
    return np.asarray(1 / (1 - 10 * np.asarray(slope)))


def small_fibre_block(
    drawn: Mapping[str, NDArray[np.float64]], fluence: float, exposure_time: float, moments: ArrayLike
) -> NDArray[np.float64]:
    """Return the share of small fibres that light blocks, where that hypothesis is on.

    Parameters
    ----------
    drawn : mapping of str to ndarray, shape (draws,)
        ``F50`` [J/cm2], ``tB`` [s] and the switch ``w5``.
    fluence : float
        At the nerve, of the session [J/cm2].
    exposure_time : float
        [s].
    moments : array_like, shape (times,)
        Since the light went on [s].

    Returns
    -------
    ndarray, shape (draws, times)

    Notes
    -----
    The fluence so far, to the power of two, against that which blocks half; it fades with ``tB``. Published thresholds
    stand in irradiance and time and could not be read; below 50 mW/cm2 no block was measured at all.
    """
    time = np.asarray(moments, dtype=float)
    given = (fluence * np.clip(time / exposure_time, 0, 1)) ** BLOCK_STEEPNESS
    half = drawn["F50"][:, None] ** BLOCK_STEEPNESS
    fading = np.exp(-np.clip(time - exposure_time, 0, None) / drawn["tB"][:, None])
    return np.asarray(drawn["w5"][:, None] * given / (given + half) * fading)
