"""Checks the light solver against PythonicDISORT 1.8 (MIT) on layers with matched boundaries.

Run as ``pip install PythonicDISORT==1.8 && python validation/pythonic_disort.py``; it exits with 1 on disagreement.
Both solve with 32 directions a hemisphere and delta-M. PythonicDISORT knows no refractive index.
"""

from __future__ import annotations

import sys

import numpy as np
from PythonicDISORT.pydisort import pydisort

from nervelight.optics.stack import LayerStack
from nervelight.transport import solve_plane_wave

DIRECTIONS = 32
TOLERANCE = 1e-9
PROBLEMS = {
    "slab": ([0.2], [1.0], [9.0], [0.75]),
    "three layers": ([1.0, 1.0, 2.0], [0.1, 0.1, 0.2], [10.0, 1.0, 1.0], [0.9, 0.0, 0.7]),
    "skin, fat, muscle": ([0.1, 1.5, 5.0, 20.0], [0.245, 0.0035, 0.003, 0.0173], [36.8, 22.2, 13.3, 11.9], [0.9] * 4),
}


def disagreement(thickness: list[float], mu_a: list[float], mu_s: list[float], g: list[float]) -> float:
    stack = LayerStack(*(np.array(v) for v in (thickness, mu_a, mu_s, g)), refractive_index=1.0)
    ours = solve_plane_wave(stack, nodes=DIRECTIONS // 2)
    depth = np.linspace(0, stack.thickness.sum(), 24)[1:-1]

    mu_t = stack.mu_a + stack.mu_s
    tau = np.cumsum(mu_t * stack.thickness)
    moments = stack.g[:, None] ** np.arange(DIRECTIONS + 1)
    mu, up, down, radiance = pydisort(
        tau,
        stack.mu_s / mu_t,
        2 * DIRECTIONS,
        moments,
        mu0=1.0,
        I0=1.0,
        phi0=0.0,
        NLeg=DIRECTIONS,
        f_arr=moments[:, DIRECTIONS],
        only_flux=True,
    )
    at = np.interp(depth, np.append(0.0, np.cumsum(stack.thickness)), np.append(0.0, tau))
    peak = stack.mu_s * moments[:, DIRECTIONS]
    scaled = np.interp(at, np.append(0.0, tau), np.append(0.0, np.cumsum((mu_t - peak) * stack.thickness)))
    nodes, weights = np.polynomial.legendre.leggauss(DIRECTIONS)
    np.testing.assert_allclose(np.abs(mu), np.tile((nodes + 1) / 2, 2), rtol=1e-12)
    scattered = 2 * np.pi * np.tile(weights / 2, 2) @ radiance(at)
    pairs = [
        (ours.diffuse_reflectance, up(0.0)),
        (ours.transmittance, sum(down(tau[-1]))),
        (ours.fluence_rate(depth), scattered + np.exp(-scaled)),
    ]
    return max(float(np.max(np.abs(mine / theirs - 1))) for mine, theirs in pairs)


def main() -> int:
    found = {name: disagreement(*problem) for name, problem in PROBLEMS.items()}
    for name, worst in found.items():
        print(f"{name:20s} largest relative difference {worst:.1e}")
    return int(max(found.values()) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
