"""Where light and heat go: fluence rate in plane tissue layers, and an upper bound of skin temperature.

The light solver has one module a stage:

==================  ===========================================================  ======================
module              what                                                         shapes
==================  ===========================================================  ======================
``quadrature``      directions, weights, reflectance at the nodes                (N,)
                    orthonormal Legendre rows                                    (L, N)
``layer_modes``     decay rates, sources, weight of each mode in the fluence     (B, J, N)
                    mode matrices and their inverses                             (B, J, N, N)
``sweep``           beams by layer                                               (B, J)
                    reflection operators                                         (B, J, N, N)
                    mode amplitudes by layer; radiance at the two boundaries     (B, J, N); (B, N)
``fluence``         fluence rate of Z depths; integral over each layer           (B, Z); (B, J)
``plane_wave``      the answer; (...) is the batch shape of the stack            (...), (..., J), (..., Z)
==================  ===========================================================  ======================

B stacks (at most a few hundred at once), J layers, N directions a hemisphere, L Legendre orders. Outside the
package a stack may have any batch shape.
"""

from nervelight.transport.beam import BeamAccuracy, BeamSolution, solve_beam
from nervelight.transport.heat import SkinTemperatureBound, cem43, skin_temperature_bound, thermal_properties
from nervelight.transport.plane_wave import BothSides, PlaneWaveSolution, solve_both_sides, solve_plane_wave

__all__ = [
    "BeamAccuracy",
    "BeamSolution",
    "BothSides",
    "PlaneWaveSolution",
    "SkinTemperatureBound",
    "cem43",
    "skin_temperature_bound",
    "solve_beam",
    "solve_both_sides",
    "solve_plane_wave",
    "thermal_properties",
]
