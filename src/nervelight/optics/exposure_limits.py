"""Published exposure limits for eye and skin, one function a formula.

Times are in s, wavelengths in nm, limits in W/mm2 at the surface or the cornea; the standards print W/m2, and
each docstring does too. The laser limits protect bystanders: patients who are treated on purpose lie outside
the scope of the standards, so a multiple of them is information and not a verdict. For lamps no standard
limits the skin beyond 10 s; there, temperature decides.

Wavelength and time intervals are closed below and open above. Where two rows of a table do not meet (2 % for
the skin at 1e-7 and 10 s), the step stays as printed.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError

__all__ = [
    "correction_c_a",
    "eye_mpe",
    "incoherent_skin_limit",
    "infrared_eye_limit",
    "infrared_eye_permissible_time",
    "infrared_irradiance",
    "infrared_risk_group",
    "nominal_ocular_hazard_distance",
    "skin_mpe",
    "skin_mpe_multiple",
]

# 1 W/m2 = 1e-6 W/mm2, and the same for J.
PER_M2 = 1e-6
# The infrared hazard to cornea and lens is summed over this band [nm]; visible red does not count.
INFRARED_BAND = (780.0, 3000.0)
# Infrared limit for cornea and lens: coefficient [W/m2 s^0.75], floor [W/m2], and the time from which it holds [s].
INFRARED_EYE_COEFFICIENT, INFRARED_EYE_FLOOR, INFRARED_EYE_LONG = 18000.0, 100.0, 1000.0
# Upper ends of the risk groups for that hazard [W/m2].
INFRARED_RISK_GROUPS = (100.0, 570.0, 3200.0)
# Ocular and skin tables: wavelengths [nm] and times [s] covered here.
SKIN_BAND, SKIN_TIMES = (400.0, 1400.0), (1e-9, 3e4)
EYE_BAND, EYE_TIMES = (400.0, 1150.0), (5e-5, 3e4)
# Below this wavelength the photochemical limit can be the lower one from 10 s on.
PHOTOCHEMICAL_END, LONG_EXPOSURE = 600.0, 10.0


def infrared_eye_limit(time: ArrayLike) -> NDArray[np.float64]:
    """Return the limit of infrared irradiance on cornea and lens, 780-3000 nm.

    Parameters
    ----------
    time : array_like
        Exposure time [s], positive.

    Returns
    -------
    ndarray, shape of `time`
        Irradiance [W/mm2]: 18000 t^-0.75 W/m2 up to 1000 s, 100 W/m2 (10 mW/cm2) for longer.

    Raises
    ------
    ValidityError
        If a time is not positive.

    Notes
    -----
    Unweighted, as in the lamp standard. ICNIRP 2013 weighs 780-1000 nm less; the stricter rule is used.

    References
    ----------
    Directive 2006/25/EC, Annex I, Table 1.1; IEC 62471:2006.

    Examples
    --------
    >>> round(float(infrared_eye_limit(100.0)) * 1e6, 1)
    569.2
    """
    t = _positive(time, "time")
    limit = np.where(t <= INFRARED_EYE_LONG, INFRARED_EYE_COEFFICIENT * t**-0.75, INFRARED_EYE_FLOOR)
    return np.asarray(limit * PER_M2)


def infrared_eye_permissible_time(irradiance: ArrayLike) -> NDArray[np.float64]:
    """Return how long an unprotected eye may meet an infrared irradiance.

    Parameters
    ----------
    irradiance : array_like
        Irradiance from 780 to 3000 nm at the cornea [W/mm2], not negative.

    Returns
    -------
    ndarray, shape of `irradiance`
        Time [s]: (18000 / E)^(4/3) with E in W/m2, at most 1000 s above 100 W/m2; infinite up to 100 W/m2.

    Raises
    ------
    ValidityError
        If an irradiance is negative.

    References
    ----------
    Directive 2006/25/EC, Annex I, Table 1.1, solved for the time.
    """
    e = np.asarray(irradiance, dtype=float) / PER_M2
    if not np.all(e >= 0):
        raise ValidityError("the irradiance must not be negative")
    with np.errstate(divide="ignore"):
        time = np.minimum((INFRARED_EYE_COEFFICIENT / e) ** (4.0 / 3.0), INFRARED_EYE_LONG)
    # W/mm2 to W/m2 rounds: without the margin, exactly 10 mW/cm2 would fall on either side.
    return np.asarray(np.where(e <= INFRARED_EYE_FLOOR * (1 + 1e-9), np.inf, time))


def infrared_irradiance(wavelengths: ArrayLike, irradiances: ArrayLike) -> NDArray[np.float64]:
    """Return the part of an irradiance that counts for the infrared hazard to cornea and lens.

    Parameters
    ----------
    wavelengths : array_like, shape (k,)
        Peak wavelengths [nm].
    irradiances : array_like, shape (..., k)
        Irradiance at each of them [W/mm2].

    Returns
    -------
    ndarray, shape (...)
        Sum over 780 to 3000 nm [W/mm2].
    """
    nm = np.asarray(wavelengths, dtype=float)
    counts = (nm >= INFRARED_BAND[0]) & (nm <= INFRARED_BAND[1])
    return np.asarray(np.asarray(irradiances, dtype=float) @ counts.astype(float))


def infrared_risk_group(irradiance: float) -> Literal["exempt", "RG1", "RG2", "RG3"]:
    """Return the risk group of a lamp for the infrared hazard to cornea and lens.

    Parameters
    ----------
    irradiance : float
        Irradiance from 780 to 3000 nm at the test distance, 200 mm for lamps that do not light rooms [W/mm2].

    References
    ----------
    IEC 62471:2006; limits of 100, 570 and 3200 W/m2 read second-hand.
    """
    exempt, low, moderate = (limit * PER_M2 * (1 + 1e-9) for limit in INFRARED_RISK_GROUPS)
    if irradiance <= exempt:
        return "exempt"
    if irradiance <= low:
        return "RG1"
    return "RG2" if irradiance <= moderate else "RG3"


def incoherent_skin_limit(time: ArrayLike) -> NDArray[np.float64]:
    """Return the limit of radiant exposure of the skin to lamps, 380-3000 nm.

    Parameters
    ----------
    time : array_like
        Exposure time [s], positive.

    Returns
    -------
    ndarray, shape of `time`
        Radiant exposure [J/mm2]: 20000 t^0.25 J/m2 below 10 s, infinite from 10 s on, where no limit is
        published.

    Raises
    ------
    ValidityError
        If a time is not positive.

    Notes
    -----
    An infinite limit is no licence: minutes of warm light are judged by skin temperature, which depends on
    the exposed area and the room. The coefficient was read second-hand.

    References
    ----------
    Directive 2006/25/EC, Annex I, Table 1.1; ICNIRP 1997.
    """
    t = _positive(time, "time")
    return np.asarray(np.where(t < LONG_EXPOSURE, 20000.0 * t**0.25, np.inf) * PER_M2)


def correction_c_a(wavelength: ArrayLike) -> NDArray[np.float64]:
    """Return the spectral correction C_A (C4) of the laser limits.

    Parameters
    ----------
    wavelength : array_like
        Wavelength [nm], from 400 to below 1400.

    Returns
    -------
    ndarray, shape of `wavelength`
        1 below 700 nm, 10^(0.002 (wavelength - 700)) to 1050 nm, 5 beyond.

    Raises
    ------
    ValidityError
        If a wavelength lies outside that band.

    References
    ----------
    Directive 2006/25/EC, Annex II, Table 2.5; IEC 60825-1:2014.

    Examples
    --------
    >>> round(float(correction_c_a(808.0)), 4)
    1.6444
    """
    nm = _in_band(wavelength, SKIN_BAND)
    rising = 10.0 ** (0.002 * (np.minimum(nm, 1050.0) - 700.0))
    return np.asarray(np.select([nm < 700.0, nm < 1050.0], [np.ones_like(nm), rising], 5.0))


def skin_mpe(wavelength: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
    """Return the maximum permissible exposure of the skin to a laser, as mean irradiance over the exposure.

    Parameters
    ----------
    wavelength : array_like
        Wavelength [nm], from 400 to below 1400.
    time : array_like
        Length of the exposure, or of one pulse [s], 1e-9 to 3e4.

    Returns
    -------
    ndarray
        Irradiance [W/mm2]. From 10 s on 2000 C_A W/m2. Below, the radiant exposure of the table divided by
        the time: 1.1e4 C_A t^0.25 J/m2 from 1e-7 s, 200 C_A J/m2 for shorter pulses.

    Raises
    ------
    ValidityError
        If a wavelength or time lies outside the table.

    Notes
    -----
    Irradiance averages over an aperture of 3.5 mm. Pulse trains have to meet the limit of the single pulse
    and that of the mean; the N^-0.25 rule is for the eye. The reduction for large areas starts above 1400 nm.

    References
    ----------
    Directive 2006/25/EC, Annex II, Table 2.4; ICNIRP 2013, Table 7; IEC 60825-1:2014, Table A.5.

    Examples
    --------
    >>> round(float(skin_mpe(980.0, 60.0)) * 1e6, 1)
    7261.6
    """
    c_a, t = correction_c_a(wavelength), _in_times(time, SKIN_TIMES)
    exposure = np.select([t < 1e-7, t < LONG_EXPOSURE], [200.0 * np.ones_like(t), 1.1e4 * t**0.25], 2000.0 * t)
    return np.asarray(c_a * exposure / t * PER_M2)


def skin_mpe_multiple(wavelengths: ArrayLike, irradiances: ArrayLike, time: float) -> NDArray[np.float64]:
    """Return a laser irradiance of several wavelengths in multiples of the skin's permissible exposure.

    Parameters
    ----------
    wavelengths : array_like, shape (k,)
        Wavelengths [nm], from 400 to below 1400.
    irradiances : array_like, shape (..., k)
        Mean irradiance at each of them [W/mm2].
    time : float
        Exposure time [s].

    Returns
    -------
    ndarray, shape (...)
        Sum of irradiance over limit; 1 is the limit.

    Raises
    ------
    ValidityError
        If a wavelength or the time lies outside the table.

    Notes
    -----
    That wavelengths add on one site is the usual rule; the clause was not read.
    """
    return np.asarray(np.sum(np.asarray(irradiances, dtype=float) / skin_mpe(wavelengths, time), axis=-1))


def eye_mpe(wavelength: ArrayLike, time: ArrayLike) -> NDArray[np.float64]:
    """Return the maximum permissible exposure of the eye to a small laser source, as mean irradiance.

    Parameters
    ----------
    wavelength : array_like
        Wavelength [nm], from 400 (from 10 s on: 600) to below 1150.
    time : array_like
        Exposure time [s], 5e-5 to 3e4.

    Returns
    -------
    ndarray
        Irradiance at the cornea over an aperture of 7 mm [W/mm2]. Below 10 s 18 C_A t^-0.25 W/m2 (90 t^-0.25
        from 1050 nm); from 10 s on 10 C_A W/m2.

    Raises
    ------
    ValidityError
        Where another limit may be the lower one: from 10 s below 600 nm (photochemical), or where editions
        differ.

    Notes
    -----
    For sources that subtend at most 1.5 mrad. An extended source is allowed more.

    References
    ----------
    IEC 60825-1:2014, retinal thermal rows; the older Directive 2006/25/EC, Annex II, Table 2.2 differs for
    pulses.

    Examples
    --------
    >>> round(float(eye_mpe(635.0, 0.25)) * 1e6, 2)
    25.46
    """
    nm, t = _in_band(wavelength, EYE_BAND), _in_times(time, EYE_TIMES)
    if np.any((nm < PHOTOCHEMICAL_END) & (t >= LONG_EXPOSURE)):
        raise ValidityError("below 600 nm the photochemical limit may govern from 10 s on; it is not computed here")
    c_4 = correction_c_a(nm)
    coefficient = np.where(nm < 1050.0, 18.0 * c_4, 90.0)
    return np.asarray(np.where(t < LONG_EXPOSURE, coefficient * t**-0.25, 10.0 * c_4) * PER_M2)


def nominal_ocular_hazard_distance(radiant_power: float, aperture: float, divergence: float, mpe: float) -> float:
    """Return the distance beyond which a laser beam meets the eye limit.

    Parameters
    ----------
    radiant_power : float
        Radiant power [W].
    aperture : float
        Diameter of the beam at the exit [mm].
    divergence : float
        Full divergence [degrees], positive.
    mpe : float
        Limit at the cornea [W/mm2].

    Returns
    -------
    float
        Distance [mm]; 0 when the beam meets the limit at the exit.

    Raises
    ------
    ValidityError
        If power, limit or divergence is not positive, or the aperture is negative.

    Notes
    -----
    For a beam of even irradiance. On the axis of a Gaussian one it is twice the mean: pass half of the limit.

    References
    ----------
    IEC 60825-1:2014, far field of an even beam.
    """
    if not (radiant_power > 0 and mpe > 0 and divergence > 0 and aperture >= 0):
        raise ValidityError("power, limit and divergence must be positive and the aperture not negative")
    diameter = math.sqrt(4.0 * radiant_power / (math.pi * mpe))
    return max(0.0, (diameter - aperture) / math.radians(divergence))


def _positive(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=float)
    if not np.all(array > 0):
        raise ValidityError(f"the {name} must be positive")
    return array


def _in_band(wavelength: ArrayLike, band: tuple[float, float]) -> NDArray[np.float64]:
    nm = np.asarray(wavelength, dtype=float)
    if not np.all((nm >= band[0]) & (nm < band[1])):
        raise ValidityError(f"the wavelength must be at least {band[0]:g} and below {band[1]:g} nm")
    return nm


def _in_times(time: ArrayLike, bounds: tuple[float, float]) -> NDArray[np.float64]:
    t = np.asarray(time, dtype=float)
    if not np.all((t >= bounds[0]) & (t <= bounds[1])):
        raise ValidityError(f"the time must lie between {bounds[0]:g} and {bounds[1]:g} s")
    return t
