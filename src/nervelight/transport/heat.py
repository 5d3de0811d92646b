"""How warm the skin can get: an upper bound that need not know how deep the light is absorbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName, ValidityError
from nervelight.units import parse_quantity

__all__ = [
    "SkinTemperatureBound",
    "ThermalProperties",
    "ThermalTissue",
    "cem43",
    "skin_temperature_bound",
    "thermal_properties",
]

# Cells grow with depth as STEP (FIRST + z): 0.04 mm at the surface, where the light is put, 1 mm at 24 mm.
STEP, FIRST = 0.04, 1.0
# Times at which the temperature is weighed for cem43, bunched at the start where it moves fastest.
TIMES = 200
# Running water takes no more heat from skin; a larger value was meant in W/m2/K.
LARGEST_SURFACE_COEFFICIENT = 1e-3


def _unit(unit: str) -> BeforeValidator:
    return BeforeValidator(partial(parse_quantity, unit=unit))


class ThermalTissue(Document):
    """Thermal properties of a tissue at rest."""

    density: Annotated[float, _unit("kg/mm**3"), Field(gt=0)]
    """Mass density [kg/mm3]."""
    specific_heat: Annotated[float, _unit("J/kg/K"), Field(gt=0)]
    """Specific heat [J/kg/K]."""
    conductivity: Annotated[float, _unit("W/mm/K"), Field(gt=0)]
    """Thermal conductivity [W/mm/K]."""
    perfusion: Annotated[float, _unit("mm**3/s/kg"), Field(ge=0)]
    """Blood flow [mm3/s/kg]."""
    metabolic_heat: Annotated[float, _unit("W/kg"), Field(ge=0)]
    """Heat made by metabolism [W/kg]."""


class ThermalProperties(Document):
    """The thermal data of this package."""

    sources: tuple[str, ...]
    """Keys of sources.toml."""
    unverified: bool
    """True while the values are assumptions."""
    note: str
    """How well they are known."""
    tissues: dict[str, ThermalTissue]
    """Tissues by name."""
    blood_density: Annotated[float, _unit("kg/mm**3"), Field(gt=0)]
    """Mass density of blood [kg/mm3]."""
    blood_specific_heat: Annotated[float, _unit("J/kg/K"), Field(gt=0)]
    """Specific heat of blood [J/kg/K]."""
    low_surface_coefficient: Annotated[float, _unit("W/mm**2/K"), Field(gt=0)]
    """Heat that bare skin loses to still air at least [W/mm2/K]."""


@dataclass(frozen=True)
class SkinTemperatureBound:
    """Upper bound of what the skin surface reaches.

    Parameters
    ----------
    start : float
        Steady temperature before the light [degC].
    end : float
        Temperature at the end of the exposure, when it is highest [degC].
    cem43 : float
        Cumulative equivalent minutes at 43 degC during the exposure [min].
    """

    start: float
    end: float
    cem43: float


@cache
def thermal_properties() -> ThermalProperties:
    """Return the thermal properties of tissues, of blood and of bare skin, with their sources."""
    return validated(ThermalProperties, read_data("nervelight.transport", "data", "thermal.yaml"), "thermal.yaml")


def skin_temperature_bound(
    absorbed_irradiance: float,
    exposure_time: float,
    *,
    thickness: Sequence[float],
    tissue: Sequence[str],
    perfusion_factor: float,
    surface_coefficient: float,
    air_temperature: float,
    arterial_temperature: float = 37.0,
) -> SkinTemperatureBound:
    """Return how warm the skin surface can be at the end of an exposure.

    Parameters
    ----------
    absorbed_irradiance : float
        Irradiance less all that is reflected [W/mm2].
    exposure_time : float
        Duration [s].
    thickness : sequence of float, length J
        Layers from the surface down [mm]; below the last one tissue stays at arterial temperature.
    tissue : sequence of str, length J
        Name of each layer in `thermal_properties`.
    perfusion_factor : float
        Blood flow relative to rest; 0 where perfusion is impaired.
    surface_coefficient : float
        Heat lost to air [W/mm2/K], low for a bound.
    air_temperature, arterial_temperature : float
        Temperature of the room, and of deep tissue and arriving blood [degC].

    Returns
    -------
    SkinTemperatureBound

    Raises
    ------
    UnknownName
        If a tissue has no thermal properties.
    ValidityError
        If a value is out of range.

    Notes
    -----
    Bioheat equation in one dimension with all light put at the surface. No other depth makes the surface
    warmer: heat released at z warms the surface as much as heat released at the surface warms z
    (reciprocity), which is less than it warms the surface itself. Nor does a narrow beam, from which heat
    also leaves sideways.

    Blood cools skin above arterial temperature but warms skin below it: over uncertain perfusion the warmest may lie
    between the ends, so that a bound needs several values between them. Left out are evaporation and the blood flow
    that warmth brings, which both cool, and a lamp that is itself warm.

    Finite volumes in depth; in time the solution is exact, by the eigenvectors of the discrete equation.

    References
    ----------
    pennes1948
    """
    rules = {
        "absorbed irradiance must not be negative": 0 <= absorbed_irradiance < np.inf,
        "exposure time must be positive": 0 < exposure_time < np.inf,
        "each layer needs a thickness and a tissue": len(thickness) == len(tissue) > 0,
        "thickness must be positive and finite": all(0 < value < np.inf for value in thickness),
        "perfusion factor must not be negative": 0 <= perfusion_factor < np.inf,
        f"surface coefficient must lie between 0 and {LARGEST_SURFACE_COEFFICIENT} W/mm2/K": 0
        <= surface_coefficient
        <= LARGEST_SURFACE_COEFFICIENT,
    }
    broken = [text for text, holds in rules.items() if not holds]
    if broken:
        raise ValidityError("; ".join(broken))

    loss, capacity, supply = _finite_volumes(
        thickness, tissue, perfusion_factor, surface_coefficient, air_temperature, arterial_temperature
    )
    start = float(np.linalg.solve(loss, supply)[0])
    # What light adds to the steady state obeys the same equation, from zero and driven at the surface only.
    root = np.sqrt(capacity)
    rates, vectors = np.linalg.eigh(loss / np.outer(root, root))
    final = absorbed_irradiance * (vectors[0] / root[0]) ** 2 / rates
    times = exposure_time * np.linspace(0.0, 1.0, TIMES) ** 2
    temperatures = start - np.expm1(-np.outer(times, rates)) @ final
    return SkinTemperatureBound(start, float(temperatures[-1]), cem43(temperatures, times))


def cem43(temperatures: ArrayLike, times: ArrayLike) -> float:
    """Return the cumulative equivalent minutes at 43 degC.

    Parameters
    ----------
    temperatures : array_like, shape (K,)
        Temperatures [degC].
    times : array_like, shape (K,)
        When they were reached [s], ascending.

    Returns
    -------
    float
        Thermal exposure [min]: a minute counts double for each degree above 43, a quarter for each below.

    References
    ----------
    dewhirst2003_cem43

    Examples
    --------
    >>> cem43([44.0, 44.0], [0.0, 600.0])
    20.0
    """
    excess = np.asarray(temperatures, dtype=float) - 43.0
    weight = np.where(excess >= 0, 2.0, 4.0) ** excess
    return float((weight[1:] + weight[:-1]) / 2 @ np.diff(np.asarray(times, dtype=float)) / 60.0)


def _finite_volumes(
    thickness: Sequence[float],
    tissue: Sequence[str],
    perfusion_factor: float,
    surface_coefficient: float,
    air_temperature: float,
    arterial_temperature: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return loss [W/mm2/K], capacity [J/mm2/K] and supply [W/mm2] of ``capacity T' = supply - loss T``."""
    data = thermal_properties()
    depth = np.zeros(1)
    conductivity: list[float] = []
    per_volume: list[tuple[float, float, float]] = []
    for layer, name in zip(thickness, tissue, strict=True):
        if name not in data.tissues:
            raise UnknownName("tissue with thermal properties", name, list(data.tissues))
        of = data.tissues[name]
        top, bottom = np.log(FIRST + depth[-1]), np.log(FIRST + depth[-1] + layer)
        count = int(np.ceil((bottom - top) / STEP))
        depth = np.append(depth, np.exp(np.linspace(top, bottom, count + 1))[1:] - FIRST)
        blood = perfusion_factor * of.perfusion * data.blood_density * data.blood_specific_heat
        conductivity += [of.conductivity] * count
        per_volume += [(of.density * of.specific_heat, of.density * blood, of.density * of.metabolic_heat)] * count
    size = np.diff(depth)
    # Half of each cell belongs to the node above it, half to the node below; the lowest node never changes.
    half = np.array(per_volume).T * size / 2
    capacity, perfused, metabolic = half + np.pad(half[:, :-1], ((0, 0), (1, 0)))
    conductance = np.array(conductivity) / size
    loss = np.diag(perfused + conductance + np.append(surface_coefficient, conductance[:-1]))
    loss -= np.diag(conductance[:-1], 1) + np.diag(conductance[:-1], -1)
    supply = metabolic + perfused * arterial_temperature
    supply[0] += surface_coefficient * air_temperature
    supply[-1] += conductance[-1] * arterial_temperature
    return loss, capacity, supply
