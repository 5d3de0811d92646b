"""Bands that the light and heat solvers predict for published measurements of warmth under lasers.

``tests/physics/published/measured_heat.yaml`` says what is compared; ``heat_*.yaml`` beside it hold what was measured
and how a band is to be computed. A beam is one for all stacks that are solved together: draws come in groups, each with
its own lit area.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from measured import ACCURACY, PUBLISHED, SEED, percentiles
from numpy.typing import ArrayLike, NDArray

from nervelight.documents import Document, read_yaml, validated
from nervelight.optics import (
    MODEL_PARAMETERS,
    Disc,
    Gaussian,
    LayerStack,
    melanosome_fraction_interval,
    parameters_in_use,
    site,
    site_ids,
    skin_stack,
    tissue_optics,
)
from nervelight.optics.chromophores import melanosome_absorption
from nervelight.optics.skin_tone import Phototype
from nervelight.optics.tissues import dermal_blood_fraction_interval
from nervelight.transport import (
    ThermalLayers,
    Warming,
    conductivity_interval,
    perfusion_interval,
    solve_beam,
    surface_coefficient_interval,
    warm,
)
from nervelight.uncertainty import Interval, MillimetreInterval, interval_in, low_discrepancy_sample
from nervelight.units import Joules, Millimetres, parse_quantity

__all__ = ["HeatRow", "heat_bands", "heat_cases", "heat_rows", "value_of"]

Array = NDArray[np.float64]

# Lit areas for each profile of the beam, and draws in all.
AREAS = 8
JOENSEN_DRAWS, STADLER_DRAWS = 256, 128
# Finest detail of the light, relative to the radius of the spot.
FINEST = 0.2
# Distances from the axis [mm] at which the skin's temperature is followed, and the largest disc that a camera reads.
READ_RADII = np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0])
LARGEST_READING = 5.0
LAYERS = ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat")
PHOTOTYPES: Mapping[str, Phototype] = {"light": "I", "dark": "VI"}


if TYPE_CHECKING:
    CelsiusInterval = Interval
else:
    CelsiusInterval = interval_in("degC")


class JoensenPrediction(Document):
    """How people's skin was lit."""

    laser: Literal["continuous_810nm", "superpulsed_904nm"]
    skin: Literal["light", "dark"]
    session_energy: Joules
    relative_to: Literal["light"] | None = None


class StadlerPrediction(Document):
    """What was read on mice."""

    coat: Literal["black", "white"]
    depth: Millimetres
    relative_to: Literal["white", "surface"] | None = None


class HeatRow(Document):
    """One measured value."""

    id: str
    tissue: str
    wavelength: str
    read: tuple[str | int, ...]
    """Where the value stands in the case file."""
    over: tuple[str | int, ...] = ()
    """Where that stands by which it is divided."""
    rule: Literal["within", "below", "median within"] = "within"
    """Whether the band holds the value, reaches below it, or its median lies in a printed range."""
    note: str = ""
    predict: JoensenPrediction | StadlerPrediction
    miss: str = ""
    """Why the value lies outside of the band, in words of physics; written after the band was computed."""

    @property
    def unit(self) -> str:
        """What people read the band in."""
        if isinstance(self.predict, StadlerPrediction) and self.predict.relative_to is None:
            return "K/mW"
        return "1" if self.predict.relative_to else "K"


class People(Document):
    """Volunteers under two lasers."""

    case: str
    choices: str
    rows: tuple[HeatRow, ...]


class Mice(Document):
    """Mice under a laser."""

    case: str
    choices: str
    layers: dict[Literal["epidermis", "dermis", "subcutaneous_fat"], MillimetreInterval]
    melanosome_fraction: Interval
    pigmented: Millimetres
    perfusion_factor: Interval
    rows: tuple[HeatRow, ...]


class HeatCases(Document):
    """All measurements of warmth."""

    room: CelsiusInterval
    joensen2011: People
    stadler2004: Mice


@cache
def heat_cases() -> HeatCases:
    """Return how the measurements of warmth are compared."""
    path = PUBLISHED / "measured_heat.yaml"
    return validated(HeatCases, read_yaml(path), path.name)


@cache
def _printed(case: str) -> Any:
    return read_yaml(PUBLISHED / f"{case}.yaml")


def heat_rows() -> tuple[tuple[str, HeatRow], ...]:
    """Return the name of the case and the row of each measured value."""
    cases = heat_cases()
    return tuple((group.case, row) for group in (cases.joensen2011, cases.stadler2004) for row in group.rows)


def value_of(case: str, row: HeatRow) -> float | tuple[float, float]:
    """Return the measured value as a number in the row's unit, or both ends of a printed range."""

    def at(path: tuple[str | int, ...]) -> float | tuple[float, float]:
        found = _printed(case)
        for step in path:
            found = found[step]
        if isinstance(found, dict):
            return float(found["low"]), float(found["high"])
        return parse_quantity(found, "K") if isinstance(found, str) else float(found)

    found = at(row.read)
    if not row.over:
        return found
    divisor = at(row.over)
    assert isinstance(found, float) and isinstance(divisor, float)  # ranges are not divided
    return found / divisor


def heat_bands() -> dict[str, dict[str, float]]:
    """Return the percentiles of what is predicted for each row, in its unit, by id."""
    return {
        **{row.id: percentiles(_people(row.predict)) for row in heat_cases().joensen2011.rows},
        **{row.id: percentiles(_mice(row.predict)) for row in heat_cases().stadler2004.rows},
    }


def _people(how: object) -> Array:
    assert isinstance(how, JoensenPrediction)
    rises = _rise_read(how.laser, how.skin, how.session_energy)
    return rises if how.relative_to is None else rises / _rise_read(how.laser, how.relative_to, how.session_energy)


def _mice(how: object) -> Array:
    assert isinstance(how, StadlerPrediction)
    rises = dict(zip((0.0, 1.0), _mouse_rises(how.coat), strict=True))
    if how.relative_to == "surface":
        return rises[how.depth] / rises[0.0]
    if how.relative_to == "white":
        return rises[how.depth] / _mouse_rises("white")[0]
    return rises[how.depth]


def _sample(names: list[str], draws: int) -> dict[str, Array]:
    return dict(zip(names, low_discrepancy_sample(draws, len(names), SEED).T, strict=True))


def _areas(interval: Any, groups: int) -> Array:
    """Return lit areas [mm2] of equal probability from a printed interval."""
    ends = {key: parse_quantity(interval[key], "mm**2") for key in ("low", "central", "high")}
    return Interval(**ends).at((np.arange(groups) + 0.5) / groups)


@cache
def _rise_read(laser: str, skin: str, session_energy: float) -> Array:
    """Return the rise that a camera reads [K], shape (B,)."""
    case = _printed(heat_cases().joensen2011.case)
    beam = case["lasers"][laser]
    wavelength, power = parse_quantity(beam["wavelength"], "nm"), parse_quantity(beam["radiant_power"], "W")
    delay = case["unknown"]["reading_delay"]
    delays = Interval(low=parse_quantity(delay["low"], "s"), high=parse_quantity(delay["high"], "s"))
    layers = {name: _anywhere(name) for name in LAYERS}
    model = {name: MODEL_PARAMETERS[name] for name in parameters_in_use(["muscle"])}
    intervals = {
        **layers,
        **model,
        "dermal_blood_fraction": dermal_blood_fraction_interval(),
        "melanosome_fraction": melanosome_fraction_interval(phototype=PHOTOTYPES[skin], ita=None, palmoplantar=False),
        "perfusion_factor": perfusion_interval(impaired=False),
        "surface_coefficient": surface_coefficient_interval(),
        "conductivity_factor": conductivity_interval(),
        "air_temperature": heat_cases().room,
        "delay": delays,
    }
    sample = _sample([*intervals, "reading_radius"], JOENSEN_DRAWS)
    drawn = {name: interval.at(sample[name]) for name, interval in intervals.items()}
    drawn["reading_radius"] = LARGEST_READING * sample["reading_radius"]

    shapes: list[Disc | Gaussian] = []
    for area in _areas(case["unknown"]["spot_area"], AREAS):
        radius = float(np.sqrt(area / np.pi))
        shapes += [Disc(radius), Gaussian(radius)]
    found = []
    for shape, group in zip(shapes, np.split(np.arange(JOENSEN_DRAWS), len(shapes)), strict=True):
        own = {name: values[group] for name, values in drawn.items()}
        stack = skin_stack(own, {name: own[name] for name in model}, wavelength)
        warming = _warmed(
            stack,
            (*LAYERS, "muscle"),
            own,
            shape,
            power=power,
            exposure_time=session_energy / power,
            depth=0.0,
            radius=READ_RADII,
            after=delays.high,
        )
        seen = _rise(warming)[:, 0]
        when = session_energy / power + own["delay"]
        for rise, moment, reading in zip(seen, when, own["reading_radius"], strict=True):
            at_moment = [np.interp(moment, warming.times, course) for course in rise]
            # Rings of equal area make up the disc.
            rings = reading * np.sqrt((np.arange(64) + 0.5) / 64)
            found.append(np.interp(rings, READ_RADII, at_moment).mean())
    return np.array(found)


def _anywhere(layer: str) -> Interval:
    """Return the span of a layer's thickness over all sites but palms and soles."""
    found = [getattr(site(name).layers, layer) for name in site_ids() if not site(name).palmoplantar]
    return Interval(low=min(each.low for each in found), high=max(each.high for each in found))


@cache
def _mouse_rises(coat: str) -> tuple[Array, Array]:
    """Return the rise on the axis for each milliwatt [K/mW] at the surface and 1 mm deep, each of shape (B,)."""
    cases = heat_cases()
    mice, case = cases.stadler2004, _printed(cases.stadler2004.case)
    wavelength, power = (
        parse_quantity(case["laser"][key], unit) for key, unit in (("wavelength", "nm"), ("radiant_power", "W"))
    )
    model = {name: MODEL_PARAMETERS[name] for name in parameters_in_use(["muscle"])}
    intervals: dict[str, Interval] = {
        **{str(name): interval for name, interval in mice.layers.items()},
        **model,
        "dermal_blood_fraction": dermal_blood_fraction_interval(),
        "melanosome_fraction": mice.melanosome_fraction,
        "perfusion_factor": mice.perfusion_factor,
        "surface_coefficient": surface_coefficient_interval(),
        "conductivity_factor": conductivity_interval(),
        "air_temperature": cases.room,
    }
    drawn = {name: intervals[name].at(u) for name, u in _sample(list(intervals), STADLER_DRAWS).items()}
    exposure = parse_quantity(case["computed"]["exposure_time"], "s")
    rises = []
    areas = _areas(case["unknown"]["lit_area"], AREAS)
    for area, group in zip(areas, np.split(np.arange(STADLER_DRAWS), AREAS), strict=True):
        own = {name: values[group] for name, values in drawn.items()}
        stack, names = _mouse_skin(coat, own, {name: own[name] for name in model}, wavelength, mice.pigmented)
        disc = Disc(float(np.sqrt(area / np.pi)))
        warming = _warmed(stack, names, own, disc, power=power, exposure_time=exposure, depth=[0.0, 1.0])
        rises.append(_rise(warming)[:, :, 0, -1])
    surface, deep = np.concatenate(rises).T / (power * 1e3)
    return surface, deep


def _mouse_skin(
    coat: str, own: Mapping[str, Array], model: Mapping[str, ArrayLike], wavelength: float, pigmented: float
) -> tuple[LayerStack, tuple[str, ...]]:
    blood = own["dermal_blood_fraction"]
    dermis = tissue_optics("dermis", wavelength, model, dermal_blood_fraction=blood)
    below = [tissue_optics(name, wavelength, model) for name in ("subcutaneous_fat", "muscle")]
    if coat == "white":
        above = [tissue_optics("epidermis", wavelength, model, melanosome_fraction=np.zeros_like(blood)), dermis]
        thickness, names = [own["epidermis"], own["dermis"]], ("epidermis", "dermis")
    else:
        skin = own["epidermis"] + own["dermis"]
        # Skin that is all pigmented keeps a hundredth of it without, so that the layers are the same for all.
        dark = np.minimum(pigmented, 0.99 * skin)
        above, thickness, names = [dermis, dermis], [dark, skin - dark], ("dermis", "dermis")
    tissues = [*above, *below]
    mu_a, mu_s, g = (np.stack([getattr(each, key) for each in tissues], axis=-1) for key in ("mu_a", "mu_s", "g"))
    if coat == "black":
        mu_a[:, 0] += own["melanosome_fraction"] * melanosome_absorption(wavelength)
    thicknesses = np.stack([*thickness, own["subcutaneous_fat"], np.full_like(blood, np.inf)], axis=-1)
    return LayerStack(thicknesses, mu_a, mu_s, g), (*names, "subcutaneous_fat", "muscle")


_LIGHT: dict[bytes, Callable[[Array, Array], Array]] = {}


def _absorbed(stack: LayerStack, radius: float) -> Callable[[Array, Array], Array]:
    """Return the absorbed power density of waves in a stack; the same people are lit for longer and shorter."""
    key = b"".join(np.asarray(each).tobytes() for each in (stack.thickness, stack.mu_a, stack.mu_s, stack.g, radius))
    if key not in _LIGHT:
        light, known = solve_beam(stack, finest=FINEST * radius, accuracy=ACCURACY), {}

        def absorbed(frequency: Array, depth: Array) -> Array:
            waves = np.asarray(frequency).tobytes() + np.asarray(depth).tobytes()
            if waves not in known:
                known[waves] = light.absorbed_density(frequency, depth)
            return known[waves]

        _LIGHT[key] = absorbed
    return _LIGHT[key]


def _warmed(
    stack: LayerStack,
    names: tuple[str, ...],
    own: Mapping[str, Array],
    beam: Disc | Gaussian,
    *,
    power: float,
    exposure_time: float,
    depth: ArrayLike,
    radius: ArrayLike = 0.0,
    after: float = 0.0,
) -> Warming:
    layers = ThermalLayers(
        stack.thickness,
        names,
        perfusion_factor=own["perfusion_factor"],
        surface_coefficient=own["surface_coefficient"],
        air_temperature=own["air_temperature"],
        conductivity_factor=own["conductivity_factor"],
    )
    return warm(
        layers,
        _absorbed(stack, beam.radius),
        power=power,
        beam=beam,
        exposure_time=exposure_time,
        depth=depth,
        radius=radius,
        after=after,
    )


def _rise(warming: Warming) -> Array:
    return np.asarray(warming.temperature - warming.start[..., None, None])
