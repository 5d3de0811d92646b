"""Published problems and closed forms beside what the solvers give.

The problems are ``tests/physics/published/*.yaml``, which the tests run too. The solvers have their default accuracy;
the three layers are solved with twice as many directions, as in their test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from measured import PUBLISHED
from numpy.typing import NDArray
from scipy.special import erfc, erfcx

from nervelight.documents import read_yaml
from nervelight.optics import Disc, LayerStack
from nervelight.transport import ThermalLayers, Warming, cem43, solve_beam, solve_plane_wave, thermal_properties, warm
from nervelight.units import parse_quantity

__all__ = ["Case", "published_cases"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One number that is known, and what the solver gives.

    Parameters
    ----------
    problem, quantity : str
        What was solved, and what is compared.
    expected : float
        As printed, or from a closed form.
    found : float
        Of the solver.
    tolerance : float
        Largest relative difference that the kind of the expected value allows.
    source : str
        Key of sources.toml.
    """

    problem: str
    quantity: str
    expected: float
    found: float
    tolerance: float
    source: str

    @property
    def deviation(self) -> float:
        """Relative difference."""
        return self.found / self.expected - 1


def published_cases() -> tuple[Case, ...]:
    """Return all cases."""
    return (
        *_van_de_hulst(),
        *_giovanelli(),
        *_three_layers(),
        *_fluence_decay(),
        *_fat(),
        *_finite_disc(),
        *_heat(),
        *_thermal_exposure(),
    )


def _read(name: str) -> Any:
    return read_yaml(PUBLISHED / f"{name}.yaml")


def _stack(layers: Sequence[Any], refractive_index: float) -> LayerStack:
    rows = []
    for layer in layers:
        thickness = np.inf if layer["thickness"] == "infinite" else parse_quantity(layer["thickness"], "mm")
        if "mu_s" in layer:
            mu_s = parse_quantity(layer["mu_s"], "1/mm")
        else:
            mu_s = parse_quantity(layer["mu_s_prime"], "1/mm") / (1 - layer["g"])
        rows.append((thickness, parse_quantity(layer["mu_a"], "1/mm"), mu_s, layer["g"]))
    thicknesses, mu_a, mu_s_all, g = np.array(rows, dtype=float).T
    return LayerStack(thicknesses, mu_a, mu_s_all, g, refractive_index=refractive_index)


def _van_de_hulst() -> Iterator[Case]:
    case = _read("van_de_hulst_slab")
    found = solve_plane_wave(_stack(case["layers"], case["refractive_index"]))
    for key, words in (("diffuse_reflectance", "diffuse reflectance"), ("transmittance", "transmittance")):
        got = float(getattr(found, key))
        yield Case("slab, matched (van de Hulst)", words, case["published"][key], got, 1e-4, case["source"])


def _giovanelli() -> Iterator[Case]:
    case = _read("giovanelli")
    found = solve_plane_wave(_stack(case["layers"], case["refractive_index"]))
    total = float(found.specular_reflectance + found.diffuse_reflectance)
    words = "reflectance with the specular"
    published = case["published"]["total_reflectance"]
    yield Case("half space, n 1.5 (Giovanelli)", words, published, total, 1e-3, case["source"])


def _three_layers() -> Iterator[Case]:
    case = _read("mcml_three_layers")
    found = solve_plane_wave(_stack(case["layers"], case["refractive_index"]), nodes=16)
    # The random numbers of MCML bias its own totals by up to half a per cent.
    for which, source, tolerance in (("published", case["source"], 5e-3), ("converged", "nervelight_computed", 3e-4)):
        known, problem = case[which], f"three layers, n 1.37 ({'MCML' if which == 'published' else 'converged'})"
        for key, words in (("diffuse_reflectance", "diffuse reflectance"), ("transmittance", "transmittance")):
            yield Case(problem, words, known[key], float(getattr(found, key)), tolerance, source)
        for number, (expected, got) in enumerate(zip(known["absorbed"], found.absorbed, strict=True), start=1):
            yield Case(problem, f"absorbed in layer {number}", expected, float(got), tolerance, source)


def _fluence_decay() -> Iterator[Case]:
    case = _read("mcml_fluence_decay")
    depth = np.array([20.0, 40.0])
    for index, key in ((1.0, "decay_matched"), (1.37, "decay_mismatched")):
        near, far = solve_plane_wave(_stack(case["layers"], index)).fluence_rate(depth)
        expected = parse_quantity(case["published"][key], "1/cm")
        decay = 10 * float(np.log(near / far) / np.diff(depth)[0])
        yield Case(
            f"half space, n {index:g}, deep", "decay of the fluence rate, 1/cm", expected, decay, 6e-3, case["source"]
        )


def _fat() -> Iterator[Case]:
    case = _read("fat_810nm")
    for name, given in case["fat"].items():
        fat = dict(given)
        for thickness, expected in fat.pop("fluence_rate").items():
            layers = [*case["above"], {**fat, "thickness": thickness}, *case["below"]]
            solution = solve_plane_wave(_stack(layers, case["refractive_index"]))
            found = solution.fluence_rate(1.6 + parse_quantity(thickness, "mm"))
            problem = f"skin over {thickness} of fat ({name}), 810 nm"
            yield Case(problem, "fluence rate under the fat", expected, float(found[0]), 1e-2, case["source"])


def _finite_disc() -> Iterator[Case]:
    case = _read("finite_disc")
    light = solve_beam(_stack(case["layers"], case["refractive_index"]))
    depth = parse_quantity(case["depth"], "mm")
    wide = float(light.plane.fluence_rate(depth)[0])
    for diameter, expected in zip(case["diameter"], case["factor"], strict=True):
        disc = Disc(parse_quantity(diameter, "mm") / 2)
        factor = float(light.fluence_rate(disc, depth)[0, 0]) * disc.area / wide
        problem = f"disc of {diameter}, {case['depth']} deep"
        yield Case(problem, "fluence rate over that of a wide field", expected, factor, 4e-2, case["source"])


def _film(frequency: Array, depth: Array) -> Array:
    """Return all light absorbed in the uppermost cell: heat at the surface."""
    density = np.zeros((len(depth), len(frequency), depth.shape[1]))
    density[..., 0] = 1 / (2 * depth[:, :1])
    return density


def _even(frequency: Array, depth: Array) -> Array:
    """Return light that is absorbed with 1/mm and not scattered."""
    return np.broadcast_to(np.exp(-depth)[:, None], (len(depth), len(frequency), depth.shape[1]))


def _rise(warming: Warming) -> float:
    return float(warming.surface[0, -1] - warming.surface_start[0])


def _heat() -> Iterator[Case]:
    skin = thermal_properties().tissues["skin"]
    conductivity = skin.conductivity
    diffusivity = conductivity / skin.volumetric_heat_capacity
    source = "carslaw_jaeger1959"
    slab = ThermalLayers([20.0], ("skin",), 0.0, 1e-5, 25.0)
    found = warm(slab, _film, irradiance=1e-4, exposure_time=1e6, depth=0.0)
    # As given in a list of test vectors: q / (h + k / L).
    yield Case(
        "heat: slab of 20 mm, 100 W/m2, no blood", "steady rise of the surface, K", 3.509, _rise(found), 1e-3, source
    )

    body = ThermalLayers([np.inf], ("skin",), 0.0, 0.0, 25.0)
    found = warm(body, _film, irradiance=1e-3, exposure_time=100.0, depth=0.0)
    expected = 2e-3 * np.sqrt(diffusivity * 100.0 / np.pi) / conductivity
    yield Case("heat: flux into a half space, 100 s", "rise of the surface, K", expected, _rise(found), 3e-3, source)

    found = warm(body, _even, irradiance=1e-3, exposure_time=60.0, depth=0.0)
    length = np.sqrt(diffusivity * 60.0)
    expected = 1e-3 / conductivity * (2 * length / np.sqrt(np.pi) - (1 - erfcx(length)))
    problem = "heat: light absorbed with 1/mm in a half space, 60 s"
    yield Case(problem, "rise of the surface, K", float(expected), _rise(found), 2e-3, source)

    disc = Disc(5.0)
    found = warm(body, _film, power=1e-3 * disc.area, beam=disc, exposure_time=300.0, depth=0.0)
    length = np.sqrt(diffusivity * 300.0)
    x = disc.radius / (2 * length)
    spread = 1 / np.sqrt(np.pi) - (np.exp(-(x**2)) / np.sqrt(np.pi) - x * erfc(x))
    expected = 2e-3 * length / conductivity * spread
    problem = "heat: disc of 5 mm radius on a half space, 300 s"
    yield Case(problem, "rise of its centre, K", float(expected), _rise(found), 5e-3, source)

    perfused = ThermalLayers([np.inf], ("skin",), 1.0, 8e-6, 25.0)
    found = warm(perfused, _film, irradiance=3e-4, exposure_time=1e5, depth=0.0)
    taken = np.sqrt(conductivity * thermal_properties().blood_heat_exchange("skin"))
    expected = 3e-4 / (8e-6 + taken)
    problem = "heat: flux into a half space with blood"
    yield Case(problem, "steady rise of the surface, K", float(expected), _rise(found), 1e-3, "pennes1948")


def _thermal_exposure() -> Iterator[Case]:
    for temperature, minutes, expected in ((44.0, 10.0, 20.0), (45.0, 20.0, 80.0)):
        found = float(cem43([temperature, temperature], [0.0, 60 * minutes]))
        problem = f"{temperature:g} °C for {minutes:g} min"
        yield Case(problem, "CEM43, min", expected, found, 1e-9, "sapareto_dewey1984")
