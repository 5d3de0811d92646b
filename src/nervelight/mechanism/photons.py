"""How many photons the enzyme absorbs, and what the model may be asked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nervelight.errors import ValidityError
from nervelight.mechanism.priors import mechanism_parameters
from nervelight.optics import cytochrome_oxidase_extinction
from nervelight.units import MW_CM2

__all__ = ["absorption_rate", "check_validity", "extinction", "out_of_range"]

# Avogadro 1/mol, Planck J s, speed of light m/s: exact by definition of the units.
AVOGADRO, PLANCK, LIGHT_SPEED = 6.02214076e23, 6.62607015e-34, 299_792_458.0
# Where the table of the enzyme ends [nm]; its end values are held from there to the limits of the model, an assumption.
TABLE_NM = (630.0, 980.0)
DAY = 86400.0
"""[s]."""


def extinction(wavelength: float) -> float:
    """Return the decadic extinction of oxidised cytochrome c oxidase [1/mM/cm].

    Parameters
    ----------
    wavelength : float
        [nm], 600 to 1000. Below 630 and above 980 nm the end value of the table is held: an assumption.

    Raises
    ------
    ValidityError
        Outside 600 to 1000 nm.
    """
    low, high = mechanism_parameters().limits.wavelength_nm
    if not low <= wavelength <= high:
        raise ValidityError(f"the mechanism model takes {low:g} to {high:g} nm, asked at {wavelength:g} nm")
    oxidised, _ = cytochrome_oxidase_extinction(np.clip(wavelength, *TABLE_NM))
    # 1/mm/M is 100 times 1/mM/cm.
    return float(oxidised) / 100


def absorption_rate(wavelength: float, fluence_rate: float) -> float:
    """Return the absorptions of one molecule of cytochrome c oxidase [1/s].

    Parameters
    ----------
    wavelength : float
        [nm].
    fluence_rate : float
        At the target [W/mm2].

    Notes
    -----
    ``ln(10) epsilon / N_A`` is the cross-section, ``fluence_rate * wavelength / (h c)`` the photons that pass it.

    Examples
    --------
    >>> round(absorption_rate(810.0, 10 * MW_CM2), 3)
    0.613
    """
    # 1/mM/cm is 1e8 mm2/mol.
    cross_section = math.log(10) * extinction(wavelength) * 1e8 / AVOGADRO
    return cross_section * fluence_rate * wavelength * 1e-9 / (PLANCK * LIGHT_SPEED)


def out_of_range(
    wavelengths: Sequence[float],
    fluence_rate: float,
    exposure_time: float,
    sessions: int = 1,
    gap: float = math.inf,
) -> str:
    """Say all that the model may not be asked, or nothing.

    Parameters
    ----------
    wavelengths : sequence of float
        [nm].
    fluence_rate : float
        At the target [W/mm2].
    exposure_time : float
        Of one session [s].
    sessions : int
        How many.
    gap : float
        From the beginning of one to that of the next [s]. Sessions of one day count together, since light that is
        interrupted is no other light.
    """
    limits = mechanism_parameters().limits
    low, high = limits.wavelength_nm
    # Compared a little above the limit, so that a value that is read from text and converted meets it.
    slack = 1 + 1e-9
    together = 1 if sessions <= 1 else min(sessions, math.ceil(DAY / gap))
    reasons = []
    if not 0 <= fluence_rate <= limits.fluence_rate_mw_cm2 * MW_CM2 * slack:
        given = fluence_rate / MW_CM2
        reasons.append(
            f"fluence rate at the target {given:g} mW/cm2, taken from 0 to {limits.fluence_rate_mw_cm2:g} mW/cm2"
        )
    if not 0 < together * exposure_time <= limits.minutes * 60 * slack:
        light = f"{together * exposure_time / 60:g} min of light{' within a day' if together > 1 else ''}"
        reasons.append(f"{light}, taken up to {limits.minutes:g} min")
    reasons += [
        f"wavelength {one:g} nm, taken from {low:g} to {high:g} nm" for one in wavelengths if not low <= one <= high
    ]
    return "; ".join(reasons)


def check_validity(
    wavelengths: Sequence[float],
    fluence_rate: float,
    exposure_time: float,
    sessions: int = 1,
    gap: float = math.inf,
) -> None:
    """Refuse what lies beyond the data; parameters as in `out_of_range`.

    Raises
    ------
    ValidityError
        If it does.
    """
    if why := out_of_range(wavelengths, fluence_rate, exposure_time, sessions, gap):
        raise ValidityError(f"the mechanism model does not extrapolate: {why}; there are no data beyond")
