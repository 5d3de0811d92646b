"""Bands that the light solver predicts for published measurements of transmission.

Each study is a file ``tests/physics/published/measured_*.yaml``: what was measured, what of the set-up is known, and
the intervals that stand in for the rest. A band is the 5th to 95th percentile over draws from these intervals. What
stands in for tissue of animals, and for tissue that was cut out, is ``measured_media.yaml``.

==========================  ===========================================================================================
predicted                   what it is
==========================  ===========================================================================================
``power``                   light in a flat detector behind the tissue over light in it without the tissue; without a
                            beam the transmittance under a wide field
``irradiance``              irradiance that leaves the tissue on the axis over irradiance of the beam
``depth``                   thickness [mm] at which that is a given share
``decay``                   thickness [mm] over which the light in the detector falls to 1/e
``share_of_first_layer``    fluence rate on the axis at a depth, over that at the same place without the first layer
==========================  ===========================================================================================

Tissue lies on a detector with a coupling between a gap of air and full optical contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator
from scipy.special import j1

from nervelight.documents import Document, read_yaml, validated
from nervelight.errors import ValidityError
from nervelight.optics import (
    MODEL_PARAMETERS,
    LayerStack,
    TissueOptics,
    central_model,
    melanosome_fraction_any,
    tissue_optics,
)
from nervelight.optics.chromophores import blood_absorption, water_absorption
from nervelight.optics.scattering import RayleighMie
from nervelight.optics.tissues import dermal_blood_fraction_interval, tissue
from nervelight.transport import BeamAccuracy, BeamSolution, PlaneWaveSolution, solve_beam, solve_plane_wave
from nervelight.uncertainty import Interval, MillimetreInterval, low_discrepancy_sample
from nervelight.units import AbsorptionPerMm, Millimetres, Nanometres, parse_quantity

__all__ = ["PUBLISHED", "Layer", "Medium", "Prediction", "Row", "Study", "bands", "media", "percentiles", "studies"]

Array = NDArray[np.float64]

PUBLISHED = Path(__file__).resolve().parents[1] / "tests" / "physics" / "published"
DRAWS, SEED = 128, 2012
LEVELS = (5, 50, 95)
# Within 0.5 % in skin: the bands are wider than a factor.
ACCURACY = BeamAccuracy(nodes=3, orders=3, step=0.6, plane_nodes=8)
# Light that leaves tissue is blurred over its thickness: nothing finer is solved, within these bounds.
FINEST_MM, COARSEST_MM = 0.25, 2.0
# Beyond the wavelengths of a table its ends are held this far.
HELD_NM = 40.0
# Absorption of a detector that takes all light [1/mm].
BLACK = 10.0
# Thicknesses at which the light behind a slab is looked at [mm].
DEPTHS = np.arange(5.0, 95.0, 5.0)


class Table(Document):
    """Published coefficients of a tissue."""

    source: str
    where: str
    wavelength: tuple[Nanometres, ...]
    mu_a: tuple[AbsorptionPerMm, ...]
    mu_s_prime: tuple[AbsorptionPerMm, ...]

    @model_validator(mode="after")
    def _one_value_a_wavelength(self) -> Table:
        if not len(self.wavelength) == len(self.mu_a) == len(self.mu_s_prime):
            raise ValueError("needs one mu_a and one mu_s_prime for each wavelength")
        return self

    def at(self, wavelength: float) -> tuple[float, float] | None:
        """Return both coefficients [1/mm]; None where the table does not reach."""
        if not self.wavelength[0] - HELD_NM <= wavelength <= self.wavelength[-1] + HELD_NM:
            return None
        mu_a, mu_s_prime = (np.interp(wavelength, self.wavelength, each) for each in (self.mu_a, self.mu_s_prime))
        return float(mu_a), float(mu_s_prime)


class BloodAndWater(Document):
    """Volume fractions of what absorbs."""

    source: str
    where: str
    blood: float = Field(ge=0, le=1)
    oxygen_saturation: float = Field(ge=0, le=1)
    water: float = Field(ge=0, le=1)


class Medium(Document):
    """What stands in for a tissue: the span of all that is published for it."""

    label: str
    reason: str
    g: float = Field(gt=-1, lt=1)
    tissue: str | None = None
    composition: BloodAndWater | None = None
    laws: tuple[RayleighMie, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of sources.toml."""
        composition = () if self.composition is None else (self.composition.source,)
        return (*composition, *(law.source for law in self.laws), *(table.source for table in self.tables))

    def absorption(self, wavelength: float) -> Interval:
        """Return the span of the absorption coefficient [1/mm]."""
        found = [values[0] for table in self.tables if (values := table.at(wavelength)) is not None]
        if self.tissue is not None:
            found += [float(optics.mu_a) for optics in _model_ends(self.tissue, wavelength)]
        if self.composition is not None:
            parts = self.composition
            blood = parts.blood * blood_absorption(wavelength, parts.oxygen_saturation)
            found.append(float(blood + parts.water * water_absorption(wavelength)))
        return Interval(low=min(found), high=max(found))

    def reduced_scattering(self, wavelength: float) -> Interval:
        """Return the span of the reduced scattering coefficient [1/mm]."""
        found = [values[1] for table in self.tables if (values := table.at(wavelength)) is not None]
        if self.tissue is not None:
            found += [float(optics.mu_s * (1 - optics.g)) for optics in _model_ends(self.tissue, wavelength)]
        found += [float(law.mu_s_prime(wavelength)) for law in self.laws]
        return Interval(low=min(found), high=max(found))


def _model_ends(name: str, wavelength: float) -> Iterable[TissueOptics]:
    """Yield a tissue at both ends of the intervals of the tissue model."""
    for end in ("low", "high"):
        model = {key: getattr(parameter, end) for key, parameter in MODEL_PARAMETERS.items()}
        blood = {"dermal_blood_fraction": getattr(dermal_blood_fraction_interval(), end)} if name == "dermis" else {}
        yield tissue_optics(name, wavelength, model, **blood)


@cache
def media() -> Mapping[str, Medium]:
    """Return the media that stand in for tissue, by name."""
    path = PUBLISHED / "measured_media.yaml"
    return {name: validated(Medium, data, path.name) for name, data in read_yaml(path).items()}


class Layer(Document):
    """One layer of what the light went through."""

    medium: str
    """Name in ``measured_media.yaml``, or ``epidermis``, which is that of the tissue model."""
    thickness: MillimetreInterval | Literal["rest", "infinite"]
    """How thick [mm], what the others leave of the total, or without end."""


class Prediction(Document):
    """How a band is computed."""

    quantity: Literal["power", "irradiance", "depth", "decay", "share_of_first_layer"]
    layers: tuple[Layer, ...]
    light: Literal["collimated", "unknown"]
    """Unknown: any share of the light is Lambertian."""
    coupling: Literal["air", "contact", "unknown"]
    """Between tissue and detector."""
    total: MillimetreInterval | None = None
    beam_radius: MillimetreInterval | None = None
    """Radius of an evenly lit disc [mm]; a wide field without it."""
    detector_radius: MillimetreInterval | None = None
    share: float | None = Field(default=None, gt=0, lt=1)
    from_thickness: Millimetres | None = None
    to_thickness: Millimetres | None = None

    @model_validator(mode="after")
    def _is_complete(self) -> Prediction:
        needed = {
            "power": (),
            "irradiance": ("beam_radius",),
            "depth": ("beam_radius", "share"),
            "decay": ("beam_radius", "detector_radius", "from_thickness", "to_thickness"),
            "share_of_first_layer": ("beam_radius", "total"),
        }[self.quantity]
        absent = [name for name in needed if getattr(self, name) is None]
        if absent:
            raise ValueError(f"{self.quantity} needs {', '.join(absent)}")
        if self.quantity == "power" and (self.beam_radius is None) != (self.detector_radius is None):
            raise ValueError("a beam needs a detector, and a detector a beam")
        if any(layer.thickness == "rest" for layer in self.layers) and self.total is None and self.quantity != "decay":
            raise ValueError("a layer that takes the rest needs a total")
        return self

    def intervals(self) -> dict[str, Interval]:
        """Return the intervals of lengths by what they are, in the order in which they are drawn."""
        found = {f"thickness {i}": layer.thickness for i, layer in enumerate(self.layers)}
        found |= {name: getattr(self, name) for name in ("total", "beam_radius", "detector_radius")}
        return {name: each for name, each in found.items() if isinstance(each, Interval)}


class Row(Document):
    """One measured value."""

    id: str
    tissue: str
    """Tissue and geometry in words."""
    wavelength: str
    measured: str | None = None
    """As printed."""
    below: str | None = None
    """An upper bound, as printed, in place of a value."""
    note: str = ""
    """Spread as printed, or what the value was made from."""
    predict: Prediction | None = None
    missing: str = ""
    """What it would take to predict the value, where it cannot be."""
    miss: str = ""
    """Why the value lies outside of the band, in words of physics; written after the band was computed."""

    @model_validator(mode="after")
    def _is_predicted_or_not(self) -> Row:
        if (self.measured is None) == (self.below is None):
            raise ValueError("needs either a measured value or an upper bound")
        if (self.predict is None) != bool(self.missing):
            raise ValueError("needs either predict or what is missing for it")
        if self.predict is not None:
            parse_quantity(self.wavelength, "nm")
            _ = self.value
        return self

    @property
    def value(self) -> float:
        """The value or bound: a share, or a length in mm."""
        text = self.measured or self.below or ""
        if text.endswith("%"):
            return float(text.removesuffix("%")) / 100
        return parse_quantity(text, "mm")

    @property
    def unit(self) -> str:
        """What people read the band in."""
        return "%" if (self.measured or self.below or "").endswith("%") else "mm"


class Study(Document):
    """One study, with what is known and unknown of it."""

    source: str
    where: str
    subject: str
    geometry: str
    unknown: dict[str, str]
    choices: str
    rows: tuple[Row, ...]


@cache
def studies() -> tuple[Study, ...]:
    """Return all studies of transmission, in the order of their files."""
    paths = [path for path in sorted(PUBLISHED.glob("measured_*.yaml")) if path.stem not in _OTHER_FILES]
    return tuple(validated(Study, read_yaml(path), path.name) for path in paths)


_OTHER_FILES = {"measured_media", "measured_heat", "measured_bands"}


def percentiles(values: Array) -> dict[str, float]:
    """Return the 5th, 50th and 95th percentile, to five figures."""
    if not np.all(np.isfinite(values)):
        raise ValidityError("a draw has no finite value")
    return {f"p{level}": float(f"{np.percentile(values, level):.5g}") for level in LEVELS}


def bands(row: Row, draws: int = DRAWS) -> dict[str, float]:
    """Return the percentiles of what is predicted for a row, as a share or in mm.

    Parameters
    ----------
    row : Row
        One with a prediction.
    draws : int
        A power of two.
    """
    if row.predict is None:
        raise ValidityError(f"{row.id} cannot be predicted: missing {row.missing}")
    wavelength = parse_quantity(row.wavelength, "nm")
    return percentiles(_QUANTITIES[row.predict.quantity](_Setup(row.predict, wavelength, draws)))


class _Setup:
    """The draws of one row: lengths [mm], optical properties [1/mm], light and coupling, each of shape (B,)."""

    def __init__(self, how: Prediction, wavelength: float, draws: int) -> None:
        self.how, self.draws = how, draws
        self.names = tuple(layer.medium for layer in how.layers)
        lengths = how.intervals()
        distinct = list(dict.fromkeys(self.names))
        columns = [*lengths, *(f"{name} {what}" for name in distinct for what in ("mu_a", "mu_s")), "light", "coupling"]
        sample = dict(zip(columns, low_discrepancy_sample(draws, len(columns), SEED).T, strict=True))
        self.lengths = {name: interval.at(sample[name]) for name, interval in lengths.items()}
        self.optics = {name: _drawn(name, wavelength, sample) for name in distinct}
        unknown = how.light == "unknown"
        self.diffuse_share = sample["light"] if unknown else np.zeros(draws)
        self.contact = {"air": np.zeros(draws), "contact": np.ones(draws), "unknown": sample["coupling"]}[how.coupling]

    def thicknesses(self) -> Array:
        """Return the thickness of each layer, shape (B, J)."""
        known = {i: self.lengths[f"thickness {i}"] for i in range(len(self.names)) if f"thickness {i}" in self.lengths}
        rest = self.lengths.get("total", np.zeros(self.draws)) - sum(known.values(), np.zeros(self.draws))
        others = {"rest": rest, "infinite": np.full(self.draws, np.inf)}
        columns = [known.get(i, others.get(str(layer.thickness))) for i, layer in enumerate(self.how.layers)]
        return np.stack([column for column in columns if column is not None], axis=-1)

    def stack(self, thickness: Array, first: int = 0) -> LayerStack:
        """Return layers from the one with index `first` on; `thickness` has shape (..., J) with draws first."""
        mu_a, mu_s, g = (
            self._by_draw(np.stack([self.optics[name][k] for name in self.names[first:]], axis=-1), thickness.ndim)
            for k in range(3)
        )
        return LayerStack(thickness, mu_a, mu_s, g)

    def _by_draw(self, values: Array, dimensions: int) -> Array:
        """Return values of shape (B, ...) with that many dimensions, new ones after the first."""
        return values.reshape(self.draws, *[1] * (dimensions - values.ndim), *values.shape[1:])

    def plane(self, stack: LayerStack) -> PlaneWaveSolution:
        """Return the light of a wide field."""
        return solve_plane_wave(stack, diffuse_share=self._by_draw(self.diffuse_share, len(stack.batch_shape)))

    def beam(self, stack: LayerStack, shallowest: float) -> BeamSolution:
        """Return the light of beams, fine enough for what comes out below that depth [mm]."""
        finest = float(np.clip(shallowest, FINEST_MM, COARSEST_MM))
        return solve_beam(stack, diffuse_share=self.diffuse_share, finest=finest, accuracy=ACCURACY)

    def transmittance(self, stack: LayerStack) -> Array:
        """Return the share of a wide field that enters the detector under the tissue."""
        into_air = self.plane(stack).transmittance
        absorber = np.ones((*stack.batch_shape, 1))
        under = {"thickness": np.inf, "mu_a": BLACK, "mu_s": 0.0, "g": 0.0}
        thickness, mu_a, mu_s, g = (
            np.concatenate([getattr(stack, name), value * absorber], axis=-1) for name, value in under.items()
        )
        on_detector = self.plane(LayerStack(thickness, mu_a, mu_s, g)).absorbed[..., -1]
        contact = self._by_draw(self.contact, into_air.ndim)
        return np.asarray((1 - contact) * into_air + contact * on_detector)


def _drawn(name: str, wavelength: float, sample: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Return drawn mu_a, mu_s and g of a medium."""
    u_a, u_s = sample[f"{name} mu_a"], sample[f"{name} mu_s"]
    if name == "epidermis":
        scattering = tissue(name).scattering_parameter
        model: dict[str, ArrayLike] = {**central_model(), scattering: MODEL_PARAMETERS[scattering].at(u_s)}
        melanin = melanosome_fraction_any().at(u_a)
        optics = tissue_optics(name, wavelength, model, melanosome_fraction=melanin)
        return optics.mu_a, optics.mu_s, optics.g
    medium = media()[name]
    mu_s_prime = medium.reduced_scattering(wavelength).at(u_s)
    return medium.absorption(wavelength).at(u_a), mu_s_prime / (1 - medium.g), np.full(u_s.shape, medium.g)


def _disc_spectrum(x: Array) -> Array:
    small = np.abs(x) < 1e-6
    safe = np.where(small, 1.0, x)
    return np.asarray(np.where(small, 1.0, 2 * j1(safe) / safe))


def _spread(light: BeamSolution, depth: Array, beam: Array, detector: Array) -> Array:
    """Return the mean fluence rate over a disc below a beam, relative to a wide field of the beam's irradiance.

    Parameters
    ----------
    light : BeamSolution
        Of B stacks.
    depth : ndarray, shape (B, Z)
        Depths [mm].
    beam, detector : ndarray, shape (B,)
        Radii of the lit disc and of the disc looked at [mm].

    Returns
    -------
    ndarray, shape (B, Z)
    """
    largest = light.frequency[-1]
    reach = float(np.max(beam) + np.max(detector))
    even = np.linspace(0.0, largest, 2 + int(largest * reach / 4))
    # Close to 0 the response changes faster than the discs oscillate.
    edges = np.unique(np.concatenate([even, np.geomspace(0.01, 1.0, 12) * min(1.0, largest)]))
    points, weights = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    q, dq = (edges[:-1, None] + half * (points + 1)).ravel(), (half * weights).ravel()
    kernel = dq * q / (2 * np.pi) * _disc_spectrum(beam[:, None] * q) * _disc_spectrum(detector[:, None] * q)
    waves = light.spectrum(q, depth)
    wide = light.plane.fluence_rate(depth)
    return np.asarray(np.pi * beam[:, None] ** 2 * np.einsum("bzq,bq->bz", waves, kernel) / wide)


def _power(setup: _Setup) -> Array:
    return _power_behind(setup, setup.thicknesses())


def _power_behind(setup: _Setup, thickness: Array) -> Array:
    stack = setup.stack(thickness)
    into_detector = setup.transmittance(stack)
    if "beam_radius" not in setup.lengths:
        return into_detector
    beam, detector = setup.lengths["beam_radius"], setup.lengths["detector_radius"]
    bottom = thickness.sum(axis=-1, keepdims=True)
    light = setup.beam(stack, float(bottom.min()))
    mean = _spread(light, bottom, beam, detector)[:, 0]
    # Without tissue a detector that is smaller than the beam takes its share of it.
    return np.asarray(into_detector * mean * (detector / beam) ** 2 / np.minimum(1.0, (detector / beam) ** 2))


def _irradiance(setup: _Setup) -> Array:
    thickness = setup.thicknesses()
    stack = setup.stack(thickness)
    bottom = thickness.sum(axis=-1, keepdims=True)
    light = setup.beam(stack, float(bottom.min()))
    beam = setup.lengths["beam_radius"]
    return np.asarray(setup.transmittance(stack) * _spread(light, bottom, beam, np.zeros_like(beam))[:, 0])


def _depth(setup: _Setup) -> Array:
    share = setup.how.share
    assert share is not None  # a prediction without it is refused when it is read
    beam = setup.lengths["beam_radius"]
    point = np.zeros_like(beam)
    depth = np.broadcast_to(DEPTHS, (setup.draws, len(DEPTHS)))
    spread = _spread(setup.beam(setup.stack(setup.thicknesses()), DEPTHS[0]), depth, beam, point)
    behind = setup.transmittance(setup.stack(depth[..., None])) * spread
    if not (np.all(behind[:, 0] > share) and np.all(behind[:, -1] < share)):
        raise ValidityError(f"a share of {share:g} is not reached between {DEPTHS[0]:g} and {DEPTHS[-1]:g} mm")
    # Interpolated in the logarithm around the first depth that lets less through.
    after = np.argmax(behind < share, axis=-1)
    rows = np.arange(setup.draws)
    near, far = np.log(behind[rows, after - 1]), np.log(behind[rows, after])
    rate = (near - far) / (DEPTHS[after] - DEPTHS[after - 1])
    found = DEPTHS[after - 1] + (near - np.log(share)) / rate
    # Light spreads less in a slab than in tissue that goes on: one step with slabs of the thickness found.
    slab = setup.stack(found[:, None])
    through = setup.transmittance(slab) * _spread(setup.beam(slab, DEPTHS[0]), found[:, None], beam, point)[:, 0]
    return np.asarray(found + np.log(through / share) / rate)


def _decay(setup: _Setup) -> Array:
    assert setup.how.from_thickness is not None and setup.how.to_thickness is not None
    thickness = np.linspace(setup.how.from_thickness, setup.how.to_thickness, 3)
    logs = [np.log(_power_behind(setup, np.full((setup.draws, 1), each))) for each in thickness]
    return np.asarray(-1 / np.polyfit(thickness, np.array(logs), 1)[0])


def _share_of_first_layer(setup: _Setup) -> Array:
    thickness = setup.thicknesses()
    total, beam = setup.lengths["total"][:, None], setup.lengths["beam_radius"]
    point = np.zeros_like(beam)
    found = []
    for first, depth in ((0, total), (1, total - thickness[:, :1])):
        light = setup.beam(setup.stack(thickness[:, first:], first), float(depth.min()))
        found.append(_spread(light, depth, beam, point)[:, 0] * light.plane.fluence_rate(depth)[:, 0])
    return np.asarray(found[0] / found[1])


_QUANTITIES: Mapping[str, Any] = {
    "power": _power,
    "irradiance": _irradiance,
    "depth": _depth,
    "decay": _decay,
    "share_of_first_layer": _share_of_first_layer,
}
