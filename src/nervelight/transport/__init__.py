"""Where light and heat go: fluence rate in plane tissue layers, and how warm it makes them.

The light solver has one module a stage:

==================  ===========================================================  ======================
module              what                                                         shapes
==================  ===========================================================  ======================
``stack_rows``      stacks of any batch shape as rows                            (B, J)
``quadrature``      directions and weights of a layer                            (N,)
                    orthonormal Legendre rows of an azimuthal order              (L, N)
                    reflection and refraction at a plane between two layers      (N,)
``layer_modes``     decay rates, sources, weight of each mode in the fluence     (B, N)
                    mode matrices and their inverses                             (B, N, N)
``sweep``           beams by layer                                               (B, J)
                    reflection operators, layer by layer                         (B, N, N)
                    mode amplitudes by layer; radiance at the two boundaries     (B, N)
``fluence``         fluence rate of Z depths; integral over each layer           (B, Z); (B, J)
``plane_wave``      light of a wide beam; (...) is the batch shape of the stack  (...), (..., J), (..., Z)
``beam``            light of finite beams from Q spatial frequencies             (..., Z, R)
==================  ===========================================================  ======================

B stacks (at most a few hundred at once), J layers, N directions a hemisphere (which may differ between layers, and at a
spatial frequency are directions times azimuthal orders), L Legendre degrees. At Q frequencies there are B Q rows.

``heat`` warms the same layers, with what ``thermal`` knows of them: tissue as cells in depth (``heat_cells``), a narrow
beam as patterns (``heat_frequencies``), steps in time (``heat_steps``); ``thermal_exposure`` sums it up.
``monte_carlo`` is the independent reference for light, with its kernel in ``photon_kernel``; ``engines`` hands anatomy
that is not plane to other programs. None of these is loaded unasked.
"""

from nervelight.transport.beam import BeamAccuracy, BeamSolution, solve_beam
from nervelight.transport.heat import AbsorbedDensity, Warming, warm
from nervelight.transport.monte_carlo import MonteCarloResult, simulate_photons
from nervelight.transport.plane_wave import BothSides, PlaneWaveSolution, solve_both_sides, solve_plane_wave
from nervelight.transport.thermal import (
    ThermalLayers,
    conductivity_interval,
    perfusion_interval,
    surface_coefficient_interval,
    thermal_properties,
)
from nervelight.transport.thermal_exposure import cem43

__all__ = [
    "AbsorbedDensity",
    "BeamAccuracy",
    "BeamSolution",
    "BothSides",
    "MonteCarloResult",
    "PlaneWaveSolution",
    "ThermalLayers",
    "Warming",
    "cem43",
    "conductivity_interval",
    "perfusion_interval",
    "simulate_photons",
    "solve_beam",
    "solve_both_sides",
    "solve_plane_wave",
    "surface_coefficient_interval",
    "thermal_properties",
    "warm",
]
