"""Layers under a light as people write them down: each layer by its numbers, or skin at a site of the body."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field

from nervelight.documents import Document, read_yaml, validated
from nervelight.errors import Fault, InvalidInput, ValidityError, closest
from nervelight.optics.sites import Layer, site, site_ids
from nervelight.optics.skin import skin_stack
from nervelight.optics.skin_tone import Phototype
from nervelight.optics.stack import LayerStack
from nervelight.optics.tissues import central_model
from nervelight.units import bounded, parse_quantity

__all__ = ["INFINITE", "WAVELENGTHS_NM", "LayerFile", "SiteFile", "StackLayer", "TissueName", "read_stack_file"]

INFINITE = "infinite"
"""What stands for the thickness of a layer that has no bottom."""
WAVELENGTHS_NM = (600.0, 1000.0)
"""Range of the tissue tables [nm]."""

# Wider than any tissue, here and below; what lies outside is a slip of the pen.
THICKNESS_MM = (0.001, 1000.0)
MOST_LAYERS = 100

TissueName = Literal[
    "skin",
    "fat",
    "muscle",
    "nerve",
    "cortical_bone",
    "stratum_corneum",
    "epidermis",
    "dermis",
    "subcutaneous_fat",
    "tendon_fascia",
]
"""What a layer is made of when it is asked how warm it gets."""


def _known_site(name: str) -> str:
    if name not in site_ids():
        hint = closest(name, site_ids())
        raise ValueError(f"a known site: {', '.join(site_ids())}" + (f" (did you mean {hint!r}?)" if hint else ""))
    return name


def _thickness(text: object) -> float:
    if text == INFINITE:
        return math.inf
    low, high = THICKNESS_MM
    try:
        value = parse_quantity(text, "mm")
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"needs a length with its unit, {low:g} mm to {high:g} mm, or infinite for the last layer")
    return value


if TYPE_CHECKING:
    Thickness = float
    Coefficient = float
    Fat = float
    Dermis = float
    Epidermis = float
    ItaAngle = float
else:
    Thickness = Annotated[
        float, Field(allow_inf_nan=True, json_schema_extra={"unit": "mm"}), BeforeValidator(_thickness)
    ]
    Coefficient = bounded("1/mm", "0 1/mm", "1000 1/mm")
    Fat = bounded("mm", "0.1 mm", "200 mm")
    Dermis = bounded("mm", "0.1 mm", "10 mm")
    Epidermis = bounded("mm", "0.01 mm", "2 mm")
    ItaAngle = bounded("degree", "-90 deg", "90 deg")

# Control characters and marks that turn the direction of writing could make a table say something else.
LayerName = Annotated[
    str, Field(min_length=1, max_length=30, pattern=r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]+$")
]


def _no_switch(value: object) -> object:
    # Pydantic takes true for 1. It may take a text for a number: YAML reads 1e-3 as one.
    if isinstance(value, bool):
        raise ValueError("needs a number")  # noqa: TRY004, as pydantic collects ValueErrors
    return value


class StackLayer(Document):
    """One plane layer."""

    name: LayerName
    """what the layer is called in tables and pictures"""
    thickness: Thickness
    """such as '1.2 mm', or infinite for the last layer"""
    mu_a: Coefficient
    """absorption coefficient, such as '0.03 1/mm'"""
    mu_s: Coefficient
    """scattering coefficient, such as '7 1/mm'; not the reduced one, which is mu_s (1 - g)"""
    g: Annotated[float, Field(gt=-1, lt=1), BeforeValidator(_no_switch)]
    """anisotropy of scattering, between -1 and 1"""
    n: Annotated[float, Field(ge=1, le=2), BeforeValidator(_no_switch)]
    """refractive index, from 1 to 2"""
    tissue: TissueName | None = None
    """what the layer is made of; needed to say how warm it gets, not for light"""


def _layer_list(data: object) -> object:
    if not isinstance(data, list) or not 1 <= len(data) <= MOST_LAYERS:
        raise ValueError(f"a list of 1 to {MOST_LAYERS} layers, each with name, thickness, mu_a, mu_s, g and n")
    return data


class LayerFile(Document):
    """Layers whose numbers all stand in the file; they hold at one wavelength, which the file's author knows."""

    needs_wavelength: ClassVar[bool] = False

    layers: Annotated[tuple[StackLayer, ...], BeforeValidator(_layer_list)]
    """layers from the surface down"""

    def layer_stack(self, wavelength: float | None = None) -> LayerStack:  # noqa: ARG002
        """Return the layers.

        Parameters
        ----------
        wavelength : float, optional
            Changes nothing: the coefficients are those of the file.

        Returns
        -------
        LayerStack, shape (J,)
        """
        return LayerStack(
            thickness=np.array([layer.thickness for layer in self.layers]),
            mu_a=np.array([layer.mu_a for layer in self.layers]),
            mu_s=np.array([layer.mu_s for layer in self.layers]),
            g=np.array([layer.g for layer in self.layers]),
            names=tuple(layer.name for layer in self.layers),
            refractive_index=tuple(layer.n for layer in self.layers),
        )

    @property
    def tissues(self) -> tuple[TissueName | None, ...]:
        """What each layer is made of; None where the file does not say."""
        return tuple(layer.tissue for layer in self.layers)

    @property
    def description(self) -> str:
        """Where the numbers come from, in a line."""
        return "each layer as the file gives it"


class SiteFile(Document):
    """Skin over fat at a site of the body; what the file leaves out has the central value of the site's interval."""

    needs_wavelength: ClassVar[bool] = True

    site: Annotated[str, AfterValidator(_known_site)]
    """a site of the body, such as medial_ankle"""
    phototype: Phototype | None = None
    """Fitzpatrick type I to VI (give this or `ita`)"""
    ita: ItaAngle | None = None
    """individual typology angle from a colour meter, such as '28 deg' (give this or `phototype`)"""
    subcutaneous_fat: Fat
    """thickness of the fat, such as '3 mm': between persons it differs more than all other layers"""
    dermis: Dermis | None = None
    """thickness of the dermis, where it was measured"""
    epidermis: Epidermis | None = None
    """thickness of the living epidermis, where it was measured"""
    condition: str | None = None
    """a condition that changes the layers of this site"""

    def layer_stack(self, wavelength: float | None) -> LayerStack:
        """Return the layers at a wavelength.

        Parameters
        ----------
        wavelength : float
            Wavelength [nm], 600 to 1000.

        Returns
        -------
        LayerStack, shape (5,)

        Raises
        ------
        ValidityError
            Without a wavelength, or outside of the tissue tables.
        """
        if wavelength is None:
            raise ValidityError("the layers of a site depend on the wavelength: give one")
        place = site(self.site)
        intervals = place.personal_intervals(
            phototype=self.phototype, ita=self.ita, nerve=None, condition=self.condition
        )
        measured = {name: getattr(self, name, None) for name in get_args(Layer)}
        person = {name: interval.median for name, interval in intervals.items()}
        person |= {name: value for name, value in measured.items() if value is not None}
        return skin_stack(person, central_model(), wavelength, place.beneath)

    @property
    def tissues(self) -> tuple[TissueName | None, ...]:
        """What each layer is made of."""
        return (*get_args(Layer), site(self.site).beneath)

    @property
    def description(self) -> str:
        """Where the numbers come from, in a line."""
        tone = [f"phototype {self.phototype}"] if self.phototype else []
        tone += [f"ITA {self.ita:g}°"] if self.ita is not None else []
        layers = (("fat", self.subcutaneous_fat), ("dermis", self.dermis), ("epidermis", self.epidermis))
        given = [f"{name} {value:.3g} mm" for name, value in layers if value is not None]
        parts = [site(self.site).label, *tone, *given, *([self.condition] if self.condition else [])]
        return f"{', '.join(parts)}; central values for all else"


def read_stack_file(path: Path | str, text: str | None = None) -> LayerFile | SiteFile:
    """Read and check a file of layers.

    Parameters
    ----------
    path : path-like
        A YAML file with ``layers``, or with a ``site``, as in ``examples/stacks/``.
    text : str, optional
        Stands for the content of the file.

    Returns
    -------
    LayerFile or SiteFile

    Raises
    ------
    InvalidInput
        With every fault of the file at once.

    Examples
    --------
    >>> text = "layers: [{name: slab, thickness: 0.2 mm, mu_a: 1 1/mm, mu_s: 9 1/mm, g: 0.75, n: 1.0}]"
    >>> read_stack_file("slab.yaml", text).layer_stack().mu_s.tolist()
    [9.0]
    """
    where, data = str(path), read_yaml(path, text)
    model, across = _kind(where, data)
    found: LayerFile | SiteFile | None = None
    faults: list[Fault] = []
    try:
        found = validated(model, data, where)
    except InvalidInput as problem:
        faults += problem.faults
    known = {fault.path for fault in faults}
    faults += [fault for fault in across(data) if fault.path not in known]
    if found is None or faults:
        raise InvalidInput(where, faults)
    return found


def _kind(where: str, data: Any) -> tuple[type[LayerFile | SiteFile], Callable[[Any], Sequence[Fault]]]:
    """Return the schema that a file is meant for, and the rules that look at more than one key."""
    keys = set(data) if isinstance(data, dict) else set()
    if "layers" in keys and "site" in keys:
        raise InvalidInput(where, [Fault("file", "layers and site", "either layers or a site, not both")])
    if "layers" in keys:
        return LayerFile, _across_layers
    # A file with any key of a site is one whose site was forgotten.
    if keys & set(SiteFile.model_fields):
        return SiteFile, _across_site
    allowed = "either layers, or site with phototype and subcutaneous_fat, as in examples/stacks/"
    raise InvalidInput(where, [Fault("file", sorted(map(str, keys)) or data, allowed)])


def _across_layers(data: Any) -> list[Fault]:
    """Check what one layer cannot know of itself, also when the file has other faults."""
    layers = data["layers"]
    if not isinstance(layers, list) or not layers:
        return []
    faults = [
        Fault(f"layers[{index}].thickness", INFINITE, "a length such as '1.2 mm': only the last layer may be infinite")
        for index, layer in enumerate(layers[:-1])
        if isinstance(layer, dict) and layer.get("thickness") == INFINITE
    ]
    last = layers[-1]
    if isinstance(last, dict) and last.get("thickness") == INFINITE and _is_zero(last.get("mu_a")):
        path = f"layers[{len(layers) - 1}].mu_a"
        faults.append(Fault(path, last["mu_a"], "more than 0 in an infinite layer: its light has nowhere else to go"))
    return faults


def _is_zero(text: Any) -> bool:
    try:
        return parse_quantity(text, "1/mm") == 0
    except ValueError:
        # Not a coefficient at all: a fault of its own.
        return False


def _across_site(data: Any) -> list[Fault]:
    """Check skin tone and condition, also when the file has other faults."""
    faults = []
    if data.get("phototype") is None and data.get("ita") is None:
        allowed = "required, or ita: melanin takes part of the light before it goes deeper; Fitzpatrick type I to VI"
        faults.append(Fault("phototype", None, allowed))
    name, condition = data.get("site"), data.get("condition")
    if condition is not None and isinstance(name, str) and name in site_ids():
        known = list(site(name).variants)
        if condition not in known:
            changing = (
                f"one that changes the layers here: {', '.join(known)}"
                if known
                else "left out: no condition changes the layers here"
            )
            faults.append(Fault("condition", condition, changing))
    return faults
