"""What plane layers are worth in a finger: a cylinder lit from above and below, against a slab of the same layers.

Run as ``pip install 'nervelight[mesh]' && python validation/finger_cylinder.py``: two minutes on two cores. It exits
with 1 when the errors of the slab are no longer those that the documents state.

The finger is 16 mm across: skin, fat, tendon and a core of bone, at 810 nm. Diameter and layers are an illustration,
not measured. Skin is dermis without its thin epidermis, which darkens slab and cylinder alike. Bone is Jacques 2013
(Table 2, bone; Table 3, row 41; its water and its oxygen saturation have no checked source). Parallel light of two
discs meets the finger straight from above and from below: 20 mm across, as from a probe, or 50 mm, as under a panel.
Fluence rates are per unit of the irradiance of both discs together, in air. The proper digital nerve is put 4 mm under
the skin of the side (2 to 6 mm; no checked source); a slab can be read at that depth, or at the nerve's own height.
"""

from __future__ import annotations

import argparse
import math
import sys

import numpy as np

from nervelight.optics import Disc, LayerStack, central_model, tissue_optics
from nervelight.optics.chromophores import blood_absorption, water_absorption
from nervelight.optics.scattering import RayleighMie
from nervelight.transport import solve_beam, solve_both_sides
from nervelight.transport.engines import DiscSource, FluenceMap, Medium, layered_cylinder_mesh, simulate_mesh, superpose

WAVELENGTH = 810.0
RADIUS = 8.0
THICKNESS = {"dermis": 1.0, "subcutaneous_fat": 1.5, "tendon_fascia": 2.5}
LENGTH = 80.0
FIELDS = (Disc(10.0), Disc(25.0))
NERVE_DEPTH = 4.0
# Half of the box [mm] over which the engine's answer is taken: across, along, and in depth.
BOX = np.array([1.0, 3.0, 0.5])
DEPTHS = [1.5, 2.5, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0]
# What the documents say of the wide slab, as slab / cylinder: four standard errors of the default run are 4 %.
SLACK = 0.05
STATED = {
    10.0: {"axis, 4 mm": 1.26, "axis, 8 mm": 1.39, "side, read 4 mm deep": 1.77, "side, read 8 mm deep": 1.47},
    25.0: {"axis, 4 mm": 1.14, "axis, 8 mm": 1.19, "side, read 4 mm deep": 1.54, "side, read 8 mm deep": 1.28},
}


def media() -> list[Medium]:
    """Return the media from the skin inwards."""
    model = central_model()
    soft = [tissue_optics(name, WAVELENGTH, model) for name in THICKNESS]
    bone = RayleighMie(
        law="rayleigh-mie", a_prime="15.3 1/cm", f_ray=0.022, b_mie=0.326, source="jacques2013", where=""
    )
    found = [Medium(float(each.mu_a), float(each.mu_s), float(each.g)) for each in soft]
    mu_a = 0.0136 * blood_absorption(WAVELENGTH, 0.75) + 0.2 * water_absorption(WAVELENGTH)
    return [*found, Medium(float(mu_a), float(bone.mu_s_prime(WAVELENGTH)) / (1 - 0.9), 0.9)]


def slab(tissues: list[Medium]) -> LayerStack:
    """Return the layers that lie on the vertical axis of the finger."""
    outer = list(THICKNESS.values())
    thickness = [*outer, 2 * (RADIUS - sum(outer)), *outer[::-1]]
    across = [*tissues, *tissues[-2::-1]]
    columns = np.array([(each.mu_a, each.mu_s, each.g) for each in across]).T
    return LayerStack(np.array(thickness), *columns)


def cylinder_light(tissues: list[Medium], field: Disc, photons: int) -> FluenceMap:
    """Return the light of both discs in the cylinder, per watt of both together."""
    air_radius = math.ceil(1.01 * math.hypot(field.radius, RADIUS + 1))
    mesh = layered_cylinder_mesh(list(THICKNESS.values()), radius=RADIUS, length=LENGTH, air_radius=air_radius)
    labelled = dict(enumerate(tissues, start=1))
    sources = [DiscSource((0, 0, side * (RADIUS + 1)), (0, 0, -side), field.radius) for side in (1, -1)]
    maps = [
        simulate_mesh(mesh, labelled, source, spacing=0.5, photons=photons, seed=seed)
        for seed, source in enumerate(sources)
    ]
    return superpose(maps, shares=[0.5, 0.5])


def main() -> int:
    parser = argparse.ArgumentParser(description="A finger as a cylinder and as a slab.")
    parser.add_argument("--photons", type=int, default=500_000, help="photons of each source that meet the finger")
    photons = parser.parse_args().photons

    tissues = media()
    layers = slab(tissues)
    plane, beam = solve_both_sides(layers), solve_beam(layers)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    wrong = 0
    for field in FIELDS:
        # Of a field wider than the finger most light misses it.
        launched = round(photons * max(1.0, field.area / (4 * RADIUS * field.radius)))
        light = cylinder_light(tissues, field, launched)

        def cylinder(x: float, depth: float, light: FluenceMap = light, field: Disc = field) -> tuple[float, float]:
            centre = np.array([x, 0.0, RADIUS - depth])
            value, error = light.box_mean(centre - BOX, centre + BOX)
            return value * field.area, error * field.area

        def slabs(depth: float, field: Disc = field) -> tuple[float, float]:
            within = depth + BOX[2] * nodes
            # The layers are the same from below.
            disc = sum(beam.fluence_rate(field, side)[:, 0] for side in (within, 2 * RADIUS - within)) / 2
            return float(plane.fluence_rate(within) @ weights / 2), float(disc * field.area @ weights / 2)

        print(f"{light.engine}, {light.photons:,} photons; 810 nm, {2 * RADIUS:.0f} mm thick")
        print(f"field {2 * field.radius:.0f} mm across; fluence rate per unit of irradiance, means of 1 mm in depth")
        print("on the axis     cylinder (s.e.)   wide slab  ratio   slab, same field  ratio")
        for depth in DEPTHS:
            value, error = cylinder(0.0, depth)
            wide, same = slabs(depth)
            print(
                f"{depth:5.1f} mm deep   {value:.4f} ({error:.4f})  {wide:9.4f}  {wide / value:5.2f}"
                f"   {same:16.4f}  {same / value:5.2f}"
            )
        side, error = cylinder(RADIUS - NERVE_DEPTH, RADIUS)
        print(f"nerve at the side, {NERVE_DEPTH:.0f} mm under its skin: {side:.4f} ({error:.4f})")
        found = {
            "axis, 4 mm": slabs(4.0)[0] / cylinder(0.0, 4.0)[0],
            "axis, 8 mm": slabs(RADIUS)[0] / cylinder(0.0, RADIUS)[0],
            "side, read 4 mm deep": slabs(NERVE_DEPTH)[0] / side,
            "side, read 8 mm deep": slabs(RADIUS)[0] / side,
        }
        for name, ratio in found.items():
            stated = STATED[field.radius][name]
            held = abs(ratio / stated - 1) <= SLACK
            wrong += not held
            print(f"wide slab / cylinder, {name}: {ratio:.2f}; stated {stated:.2f}{'' if held else '  DIFFERS'}")
        print()
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
