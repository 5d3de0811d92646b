"""Absorption and scattering of the layers under a lamp, with what is uncertain about the model itself.

Uncertainty has two parts. What differs between persons (layers, skin tone, blood) is given by the caller.
What no one knows well about tissue (``MODEL_PARAMETERS``) is the same for the people of a trial and for the
patient, so that it is drawn once for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, StrictBool, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName, ValidityError
from nervelight.optics.chromophores import (
    blood_absorption,
    lipid_absorption,
    melanosome_absorption,
    water_absorption,
)
from nervelight.optics.scattering import PowerLaw, RayleighMie
from nervelight.uncertainty import Interval, parsed_ends
from nervelight.units import AbsorptionPerMm, Nanometres

__all__ = [
    "MODEL_PARAMETERS",
    "Composition",
    "ModelParameter",
    "Tissue",
    "TissueOptics",
    "central_model",
    "dermal_blood_fraction_interval",
    "tissue",
    "tissue_names",
    "tissue_optics",
]


class SourcedValue(Document):
    """A dimensionless value with its source."""

    value: float = Field(ge=0, le=1)
    """The value as printed."""
    source: str
    """Key of sources.toml."""
    where: str = ""
    """Table or figure, and whose value it is there."""
    unverified: StrictBool = False
    """True for a placeholder without a checked source."""


class Composition(Document):
    """Volume fractions of what absorbs."""

    blood: SourcedValue
    """Whole blood, 150 g/L haemoglobin."""
    oxygen_saturation: SourcedValue
    """Of that blood."""
    water: SourcedValue
    """Water."""
    lipid: SourcedValue
    """Lipid."""


class CompetingSet(Document):
    """A published set that is not the default, and why."""

    source: str
    """Key of sources.toml."""
    at: Nanometres
    """Wavelength [nm]."""
    mu_a: AbsorptionPerMm
    """Absorption coefficient [1/mm]."""
    mu_s_prime: AbsorptionPerMm | None = None
    """Reduced scattering coefficient [1/mm]."""
    conditions: str
    """How it was measured."""
    not_used: str
    """Why it is not the default."""


class Tissue(Document):
    """One kind of tissue: what absorbs in it and how it scatters."""

    label: str
    """Name for people."""
    absorption_parameter: str | None = None
    """The model parameter that scales its absorption."""
    scattering_parameter: str
    """The model parameter that sets its scattering."""
    composition: Composition
    """What absorbs."""
    scattering: Annotated[RayleighMie | PowerLaw, Field(discriminator="law")]
    """The default law."""
    scattering_in_vivo: PowerLaw | None = None
    """The law at the other end of the uncertainty, where the skin was measured in living people."""
    g: SourcedValue
    """Anisotropy."""
    competing: tuple[CompetingSet, ...]
    """Other published sets."""

    def absorption(
        self,
        wavelength: ArrayLike,
        *,
        blood_fraction: ArrayLike | None = None,
        melanosome_fraction: ArrayLike | None = None,
    ) -> NDArray[np.float64]:
        """Return the absorption coefficient of the composition [1/mm].

        Parameters
        ----------
        wavelength : array_like
            Wavelength [nm], 600 to 1000.
        blood_fraction : array_like, optional
            Volume fraction of whole blood in place of the published one; broadcast against `wavelength`.
        melanosome_fraction : array_like, optional
            Volume fraction of melanosomes; none by default.

        Raises
        ------
        ValidityError
            Outside the chromophore tables.

        References
        ----------
        Jacques SL 2013, Phys Med Biol 58:R37, section 3.
        """
        parts = self.composition
        blood = parts.blood.value if blood_fraction is None else np.asarray(blood_fraction, dtype=float)
        mu_a = (
            blood * blood_absorption(wavelength, parts.oxygen_saturation.value)
            + parts.water.value * water_absorption(wavelength)
            + parts.lipid.value * lipid_absorption(wavelength)
        )
        if melanosome_fraction is not None:
            mu_a = mu_a + np.asarray(melanosome_fraction, dtype=float) * melanosome_absorption(wavelength)
        return np.asarray(mu_a)


class ModelParameter(Interval):
    """An uncertain property of the tissue model, shared by everyone."""

    label: str
    """What it is, for people."""
    unit: Literal["1/mm", "1"]
    """Unit of the interval and of draws."""
    reference_wavelength: Nanometres | None = None
    """The wavelength [nm] at which it is a coefficient; absent for a factor."""

    @model_validator(mode="before")
    @classmethod
    def _read_ends(cls, data: Any) -> Any:
        coefficient = isinstance(data, dict) and data.get("unit") == "1/mm"
        return parsed_ends(data, "1/mm") if coefficient else data


class _TissueFile(Document):
    tissues: dict[str, Tissue]
    dermal_blood_fraction: Interval
    model_parameters: dict[str, ModelParameter]


@cache
def _file() -> _TissueFile:
    return validated(_TissueFile, read_data("nervelight.optics", "data", "tissues.yaml"), "tissues.yaml")


class _ModelParameters(Mapping[str, ModelParameter]):
    """Read when first used: loading units takes 0.3 s, which ``import nervelight`` must not cost."""

    def __getitem__(self, name: str) -> ModelParameter:
        return _file().model_parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_file().model_parameters)

    def __len__(self) -> int:
        return len(_file().model_parameters)


MODEL_PARAMETERS: Mapping[str, ModelParameter] = _ModelParameters()
"""Uncertain parameters of the tissue model by name, each with its interval, unit, reason and sources."""


@dataclass(frozen=True)
class TissueOptics:
    """Optical properties of one tissue, all of one shape.

    Parameters
    ----------
    mu_a, mu_s : ndarray
        Absorption and scattering coefficient [1/mm].
    g : ndarray
        Henyey-Greenstein anisotropy.
    """

    mu_a: NDArray[np.float64]
    mu_s: NDArray[np.float64]
    g: NDArray[np.float64]


def tissue_names() -> tuple[str, ...]:
    """Return the tissues in the order of the data file, from the surface down."""
    return tuple(_file().tissues)


def tissue(name: str) -> Tissue:
    """Return a tissue by name.

    Raises
    ------
    UnknownName
        If there is none.
    """
    try:
        return _file().tissues[name]
    except KeyError:
        raise UnknownName("tissue", name, tissue_names()) from None


def central_model() -> dict[str, float]:
    """Return the median of every model parameter, in its unit."""
    return {name: parameter.median for name, parameter in MODEL_PARAMETERS.items()}


def dermal_blood_fraction_interval() -> Interval:
    """Return the interval of the volume fraction of whole blood in the dermis."""
    return _file().dermal_blood_fraction


def tissue_optics(
    name: str,
    wavelength: ArrayLike,
    model: Mapping[str, ArrayLike],
    *,
    dermal_blood_fraction: ArrayLike | None = None,
    melanosome_fraction: ArrayLike | None = None,
) -> TissueOptics:
    """Return the optical properties of a tissue.

    Parameters
    ----------
    name : str
        One of ``tissue_names()``.
    wavelength : array_like
        Wavelength [nm], 600 to 1000.
    model : mapping of str to array_like
        A value or draws of each model parameter, in its unit; see ``MODEL_PARAMETERS`` and ``central_model``.
    dermal_blood_fraction : array_like, optional
        Volume fraction of blood, for the dermis only; the published one by default.
    melanosome_fraction : array_like
        Volume fraction of melanosomes: for the epidermis only, and needed there: skin tone has no default.

    Returns
    -------
    TissueOptics
        ``mu_a``, ``mu_s = mu_s' / (1 - g)`` and ``g``, in the shape of all arguments broadcast.

    Raises
    ------
    UnknownName
        If there is no such tissue.
    ValidityError
        Outside 600 to 1000 nm, for a fraction outside 0 to 1 or one that belongs to another tissue.

    Notes
    -----
    A coefficient at one wavelength scales the whole spectrum of its tissue. For skin the draw chooses a point
    between the law measured in vivo (``low``) and the default law (``high``), on a logarithmic scale at each
    wavelength.

    Examples
    --------
    >>> float(tissue_optics("subcutaneous_fat", 810, central_model()).mu_a.round(5))
    0.003
    """
    layer = tissue(name)
    if (name == "epidermis") != (melanosome_fraction is not None):
        raise ValidityError(f"melanosome_fraction is needed for the epidermis and for it alone; tissue: {name}")
    if dermal_blood_fraction is not None and name != "dermis":
        raise ValidityError(f"dermal_blood_fraction is for the dermis, not for {name}")
    for fraction in (dermal_blood_fraction, melanosome_fraction):
        if fraction is not None and not np.all((np.asarray(fraction) >= 0) & (np.asarray(fraction) <= 1)):
            raise ValidityError(f"a volume fraction lies between 0 and 1, got {fraction}")
    mu_a = layer.absorption(
        wavelength, blood_fraction=dermal_blood_fraction, melanosome_fraction=melanosome_fraction
    ) * _absorption_factor(layer, model)
    g = layer.g.value
    mu_s = _mu_s_prime(layer, wavelength, model) / (1.0 - g)
    return TissueOptics(*np.broadcast_arrays(mu_a, mu_s, g))


def _absorption_factor(layer: Tissue, model: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    if layer.absorption_parameter is None:
        return np.ones(())
    wavelength = MODEL_PARAMETERS[layer.absorption_parameter].reference_wavelength
    reference = 1.0 if wavelength is None else layer.absorption(wavelength)
    return np.asarray(model[layer.absorption_parameter], dtype=float) / reference


def _mu_s_prime(layer: Tissue, wavelength: ArrayLike, model: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    parameter = MODEL_PARAMETERS[layer.scattering_parameter]
    value = np.asarray(model[layer.scattering_parameter], dtype=float)
    default = layer.scattering.mu_s_prime(wavelength)
    if layer.scattering_in_vivo is not None:
        share = np.log(value / parameter.low) / np.log(parameter.high / parameter.low)
        in_vivo = layer.scattering_in_vivo.mu_s_prime(wavelength)
        return np.asarray(in_vivo ** (1.0 - share) * default**share)
    assert parameter.reference_wavelength is not None  # scattering parameters are coefficients, never factors
    return np.asarray(default * value / layer.scattering.mu_s_prime(parameter.reference_wavelength))
