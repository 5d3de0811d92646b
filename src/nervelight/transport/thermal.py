"""How tissue conducts and stores heat, how well that is known, and the layers of a bioheat problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BeforeValidator, Field, StrictBool, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName, ValidityError
from nervelight.uncertainty import Interval, interval_in
from nervelight.units import parse_quantity

__all__ = [
    "ARTERIAL_TEMPERATURE",
    "LARGEST_SURFACE_COEFFICIENT",
    "Beneath",
    "CompetingThermalSet",
    "PrintedThermalTissue",
    "ThermalLayer",
    "ThermalLayers",
    "ThermalProperties",
    "ThermalTissue",
    "conductivity_interval",
    "perfusion_interval",
    "surface_coefficient_interval",
    "thermal_properties",
]

# Temperature of arriving blood and of deep tissue [degC].
ARTERIAL_TEMPERATURE = 37.0
# Running water takes no more heat from skin; a larger value was meant in W/m2/K.
LARGEST_SURFACE_COEFFICIENT = 1e-3

_BY_PERSON = (
    "perfusion_factor",
    "surface_coefficient",
    "air_temperature",
    "arterial_temperature",
    "conductivity_factor",
)

Beneath = Literal["core", "air"]
"""What lies under the last layer: tissue at arterial temperature, or air as above the first."""


def _unit(unit: str) -> BeforeValidator:
    return BeforeValidator(partial(parse_quantity, unit=unit))


if TYPE_CHECKING:
    SurfaceCoefficientInterval = Interval
else:
    SurfaceCoefficientInterval = interval_in("W/mm**2/K")


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

    @property
    def volumetric_heat_capacity(self) -> float:
        """Heat that a volume stores [J/mm3/K]."""
        return self.density * self.specific_heat

    @property
    def volumetric_metabolic_heat(self) -> float:
        """Heat made by metabolism in a volume [W/mm3]."""
        return self.density * self.metabolic_heat


class ThermalLayer(Document):
    """What a layer of the light model is made of."""

    tissue: str
    """Name of the tissue whose properties it has."""
    blood: StrictBool
    """Whether blood flows in it."""


class PrintedThermalTissue(Document):
    """Thermal properties of a tissue as another set prints them."""

    density: Annotated[float, _unit("kg/mm**3"), Field(gt=0)]
    """Mass density [kg/mm3]."""
    specific_heat: Annotated[float, _unit("J/kg/K"), Field(gt=0)]
    """Specific heat [J/kg/K]."""
    conductivity: Annotated[float, _unit("W/mm/K"), Field(gt=0)]
    """Thermal conductivity [W/mm/K]."""
    blood_heat_exchange: Annotated[float, _unit("W/mm**3/K"), Field(ge=0)] | None = None
    """Heat that blood takes from a volume per degree above its own temperature [W/mm3/K]; absent if not given."""


class CompetingThermalSet(Document):
    """A published set that is not the default, and why."""

    source: str
    """Key of sources.toml."""
    where: str
    """Table or file."""
    not_used: str
    """Why it is not the default."""
    tissues: dict[str, PrintedThermalTissue]
    """Tissues by name."""
    conditions: str
    """What the values stand for."""


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
    layers: dict[str, ThermalLayer]
    """What the layers of the light model are made of, by name."""
    perfusion_factor: Interval
    """Blood flow relative to rest."""
    perfusion_factor_impaired: Interval
    """Blood flow relative to rest where perfusion is impaired."""
    surface_coefficient: SurfaceCoefficientInterval
    """Heat that bare skin loses to still air [W/mm2/K]."""
    conductivity_factor: Interval
    """Thermal conductivity relative to the table."""
    competing: tuple[CompetingThermalSet, ...]
    """Other published sets."""

    @model_validator(mode="after")
    def _layers_are_of_known_tissue(self) -> ThermalProperties:
        unknown = sorted({layer.tissue for layer in self.layers.values()} - set(self.tissues))
        if unknown:
            raise ValueError(f"layers are made of tissues that have no properties: {', '.join(unknown)}")
        return self

    def layer(self, name: str) -> ThermalLayer:
        """Return what a layer of the light model, or a layer of one tissue, is made of.

        Parameters
        ----------
        name : str
            Name of a layer, or of a tissue, which then has blood.

        Raises
        ------
        UnknownName
            If it is neither.

        Examples
        --------
        >>> thermal_properties().layer("epidermis")
        ThermalLayer(tissue='skin', blood=False)
        """
        if name in self.layers:
            return self.layers[name]
        if name in self.tissues:
            return ThermalLayer(tissue=name, blood=True)
        raise UnknownName("tissue with thermal properties", name, [*self.layers, *self.tissues])

    def blood_heat_exchange(self, tissue: str) -> float:
        """Return the heat that blood at rest takes from a volume of a tissue, per degree of difference [W/mm3/K]."""
        of = self.tissues[tissue]
        return of.density * of.perfusion * self.blood_density * self.blood_specific_heat


@cache
def thermal_properties() -> ThermalProperties:
    """Return the thermal properties of tissues, of blood and of bare skin, with their sources."""
    return validated(ThermalProperties, read_data("nervelight.transport", "data", "thermal.yaml"), "thermal.yaml")


def perfusion_interval(impaired: bool) -> Interval:
    """Return how much blood may flow, relative to healthy tissue at rest.

    Parameters
    ----------
    impaired : bool
        Whether the blood supply at the site is impaired.
    """
    data = thermal_properties()
    return data.perfusion_factor_impaired if impaired else data.perfusion_factor


def surface_coefficient_interval() -> Interval:
    """Return the heat that bare skin loses to still air [W/mm2/K]."""
    return thermal_properties().surface_coefficient


def conductivity_interval() -> Interval:
    """Return the thermal conductivity of tissue, relative to the table."""
    return thermal_properties().conductivity_factor


@dataclass(frozen=True)
class ThermalLayers:
    """Plane layers that conduct heat, for one person or for B at once.

    Parameters
    ----------
    thickness : array_like, shape (J,) or (B, J)
        Thickness of each layer from the surface down [mm]; the last may be infinite.
    tissue : sequence of str, length J
        Layers of the light model (``epidermis``) or tissues (``skin``), as in `thermal_properties`.
    perfusion_factor : array_like, broadcast to (B,)
        Blood flow relative to rest.
    surface_coefficient : array_like, broadcast to (B,)
        Heat lost to air [W/mm2/K]; 0 under a pad that lies on the skin and does not cool it.
    air_temperature : array_like, broadcast to (B,)
        Temperature of the room [degC].
    arterial_temperature : array_like, broadcast to (B,)
        Temperature of arriving blood and of deep tissue [degC].
    conductivity_factor : array_like, broadcast to (B,)
        Conductivity of all layers relative to the table.
    beneath : {"core", "air"}
        What lies under the last layer. An infinite last layer always has the core far below.

    Raises
    ------
    UnknownName
        If a layer has no thermal properties.
    ValidityError
        If a value is out of range, shapes do not fit, or heat has no way out.

    Examples
    --------
    >>> leg = ThermalLayers(
    ...     [0.015, 0.06, 1.2, 5.0, np.inf],
    ...     ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat", "muscle"),
    ...     perfusion_factor=[1.0, 3.0], surface_coefficient=8e-6, air_temperature=22.0,
    ... )
    >>> leg.thickness.shape
    (2, 5)
    """

    thickness: ArrayLike
    tissue: Sequence[str]
    perfusion_factor: ArrayLike
    surface_coefficient: ArrayLike
    air_temperature: ArrayLike
    arterial_temperature: ArrayLike = ARTERIAL_TEMPERATURE
    conductivity_factor: ArrayLike = 1.0
    beneath: Beneath = "core"

    def __post_init__(self) -> None:
        layers = np.atleast_2d(np.asarray(self.thickness, dtype=float))
        arrays = {name: np.atleast_1d(np.asarray(getattr(self, name), dtype=float)) for name in _BY_PERSON}
        shapes = [layers.shape[:-1], *(array.shape for array in arrays.values())]
        try:
            batch = np.broadcast_shapes(*shapes)
        except ValueError:
            batch = ()
        if len(batch) != 1:
            raise ValidityError(f"each value must be single or one for each of the B persons, got shapes {shapes}")
        arrays = {name: np.broadcast_to(array, batch) for name, array in arrays.items()}
        arrays["thickness"] = np.broadcast_to(layers, (*batch, layers.shape[-1]))
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        object.__setattr__(self, "tissue", tuple(self.tissue))
        self._check(**arrays)

    def _check(
        self,
        thickness: NDArray[np.float64],
        perfusion_factor: NDArray[np.float64],
        surface_coefficient: NDArray[np.float64],
        air_temperature: NDArray[np.float64],
        arterial_temperature: NDArray[np.float64],
        conductivity_factor: NDArray[np.float64],
    ) -> None:
        if self.beneath not in get_args(Beneath):
            raise UnknownName("surroundings beneath the last layer", self.beneath, get_args(Beneath))
        if len(self.tissue) != thickness.shape[-1] or not self.tissue:
            raise ValidityError(
                f"each layer needs a thickness and a tissue, got {thickness.shape[-1]} and {len(self.tissue)}"
            )
        data = thermal_properties()
        made_of = [data.layer(name) for name in self.tissue]
        has_blood = any(of.blood and data.tissues[of.tissue].perfusion > 0 for of in made_of)
        infinite = np.isinf(thickness[:, -1])
        rules = {
            "thickness must be positive, and infinite in the last layer only": bool(
                (thickness > 0).all() and np.isfinite(thickness[:, :-1]).all()
            ),
            "the last layer must be infinite for all or for none": bool(infinite.all() or not infinite.any()),
            "an infinite last layer cannot have air beneath": self.beneath == "core" or not infinite.any(),
            "perfusion factor must not be negative": _within(perfusion_factor, 0, np.inf),
            "conductivity factor must be positive": _within(conductivity_factor, np.nextafter(0, 1), np.inf),
            f"surface coefficient must lie between 0 and {LARGEST_SURFACE_COEFFICIENT} W/mm2/K": _within(
                surface_coefficient, 0, LARGEST_SURFACE_COEFFICIENT
            ),
            "air and arterial temperature must be finite": bool(
                np.isfinite(air_temperature).all() and np.isfinite(arterial_temperature).all()
            ),
            "heat needs a way out, to the core, to air or to blood": self.beneath == "core"
            or bool(((surface_coefficient > 0) | (has_blood & (perfusion_factor > 0))).all()),
        }
        broken = [text for text, holds in rules.items() if not holds]
        if broken:
            raise ValidityError("; ".join(broken))

    @property
    def batch(self) -> int:
        """Number of persons B."""
        return len(np.asarray(self.thickness))


def _within(values: NDArray[np.float64], low: float, high: float) -> bool:
    return bool(np.all(np.isfinite(values) & (values >= low) & (values <= high)))
