"""What panels are like: how far a fit searches, and what it takes for likely where readings leave a choice."""

from __future__ import annotations

import math

__all__ = [
    "FIELD_SCALE_ASSUMED",
    "FIELD_SCALE_IN_HOUSING",
    "HALF_ANGLE_RANGE",
    "PRIOR_POWER_SPREAD",
    "REFERENCE_HOUSING",
    "prior_residuals",
]

# Assumed shape of a panel whose housing nobody states: three panels of the catalogue are about this large [mm].
REFERENCE_HOUSING = (914.0, 305.0)
# How far the emitting field may differ from the housing, and from REFERENCE_HOUSING, as a factor on both sides.
FIELD_SCALE_IN_HOUSING = (0.15, 1.0)
FIELD_SCALE_ASSUMED = (0.15, 2.0)
# Half-intensity half angles of single lobes: from the narrowest lenses to a bare (Lambertian) LED [degrees].
HALF_ANGLE_RANGE = (5.0, 60.0)
# Priors, all assumptions, weak beside a reading: median and standard deviation of the logarithm.
PRIOR_FIELD_SCALE = (0.8, 0.3)
PRIOR_HALF_ANGLE = (20.0, 0.5)
PRIOR_POWER_SPREAD = 0.5


def prior_residuals(scale: float, half_angle: float) -> list[float]:
    """Return how far a field lies from the likely one, in standard deviations.

    Parameters
    ----------
    scale : float
        Extent of the field over that of the housing.
    half_angle : float
        Angle from the axis at which a lobe falls to one half [degrees].
    """
    return [
        math.log(scale / PRIOR_FIELD_SCALE[0]) / PRIOR_FIELD_SCALE[1],
        math.log(half_angle / PRIOR_HALF_ANGLE[0]) / PRIOR_HALF_ANGLE[1],
    ]
