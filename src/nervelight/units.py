"""Physical values: strings with a unit outside, plain floats inside.

Inside the package lengths are mm, times s, powers W, energies J, wavelengths nm, angles degrees, and so irradiance
is W/mm2 and radiant exposure J/mm2. In files that people write each physical value is a string with its unit;
a bare number is refused, because ``5`` may be J, J/cm2 or minutes.

The pydantic types below (``Millimetres``, ``IrradianceWmm2`` ...) parse such strings while a document is read.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

if TYPE_CHECKING:
    import pint

FloatOrArray = TypeVar("FloatOrArray", float, NDArray[np.float64])

__all__ = [
    "J_CM2",
    "MW_CM2",
    "AbsorptionPerMm",
    "Celsius",
    "Degrees",
    "IrradianceWmm2",
    "Joules",
    "Millimetres",
    "Nanometres",
    "RadiantExposureJmm2",
    "Seconds",
    "SquareMillimetres",
    "Watts",
    "bounded",
    "convert",
    "parse_quantity",
    "to_j_cm2",
    "to_mw_cm2",
]

# 1 mW/cm2 = 1e-3 W / 100 mm2.
MW_CM2 = 1e-5
# 1 J/cm2 = 1 J / 100 mm2.
J_CM2 = 1e-2

# "cm2" and "mm2" are how the field writes powers of a unit; pint wants "cm**2".
_POWER = re.compile(r"(?<=[A-Za-z])([23])(?![0-9])")
_NUMBER_THEN_UNIT = re.compile(r"^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.].*?|1\s*/.*?)\s*$")
# Only what units are written with: pint passes over much else, such as "5 mm, or so".
_UNIT = re.compile(r"[A-Za-zµμ°1(][A-Za-zµμ°²³0-9/*^·(). -]*")
# People, and the pages of a plan, write a time in parts.
_TIME_IN_PARTS = re.compile(r"\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*min)?\s*(?:(\d+(?:\.\d+)?)\s*s)?\s*")
_READABLE = {
    "mm": "a length with its unit, such as '152 mm', '15.2 cm' or '6 in'",
    "mm**2": "an area with its unit, such as '5 cm2'",
    "s": "a time with its unit, such as '20 min', '90 s' or '1 min 30 s'",
    "W": "a power with its unit, such as '60 mW'",
    "J": "an energy with its unit, such as '4 J'",
    "nm": "a wavelength with its unit, such as '850 nm'",
    "W/mm**2": "an irradiance with its unit, such as '50 mW/cm2'",
    "J/mm**2": "a radiant exposure with its unit, such as '5.7 J/cm2'",
    "1/mm": "a coefficient with its unit, such as '0.3 1/mm' or '3 1/cm'",
    "degree": "an angle with its unit, such as '28 deg'",
    "degC": "a temperature with its unit, such as '25 degC'",
    "uV": "a voltage with its unit, such as '3.2 uV'",
    "V": "a voltage with its unit, such as '25 V'",
    "m/s": "a velocity with its unit, such as '41 m/s'",
}


# The units that the package's own files and most cases write, so that a plan is made without pint, which takes 0.4 s to
# set up. A test holds each against pint.
_FACTORS: dict[tuple[str, str], float] = {
    ("nm", "nm"): 1.0,
    ("um", "mm"): 1e-3,
    ("mm", "mm"): 1.0,
    ("cm", "mm"): 10.0,
    ("m", "mm"): 1000.0,
    ("in", "mm"): 25.4,
    ("1/mm", "1/mm"): 1.0,
    ("1/cm", "1/mm"): 0.1,
    ("mm2", "mm**2"): 1.0,
    ("cm2", "mm**2"): 100.0,
    ("s", "s"): 1.0,
    ("min", "s"): 60.0,
    ("h", "s"): 3600.0,
    ("d", "s"): 86400.0,
    ("months", "s"): 365.25 / 12 * 86400,
    ("W", "W"): 1.0,
    ("mW", "W"): 1e-3,
    ("J", "J"): 1.0,
    ("J/cm2", "J/mm**2"): J_CM2,
    ("J/mm2", "J/mm**2"): 1.0,
    ("mW/cm2", "W/mm**2"): MW_CM2,
    ("W/cm2", "W/mm**2"): 1000 * MW_CM2,
    ("W/mm2", "W/mm**2"): 1.0,
    ("W/m2", "W/mm**2"): 1e-6,
    ("J/cm2/min", "W/mm**2"): J_CM2 / 60,
    ("Hz", "Hz"): 1.0,
    ("kHz", "Hz"): 1000.0,
    ("deg", "degree"): 1.0,
    ("degC", "degC"): 1.0,
    ("uV", "uV"): 1.0,
    ("V", "V"): 1.0,
    ("m/s", "m/s"): 1.0,
    ("W/kg", "W/kg"): 1.0,
    ("J/kg/K", "J/kg/K"): 1.0,
    ("W/m/K", "W/mm/K"): 1e-3,
    ("W/m2/K", "W/mm**2/K"): 1e-6,
    ("W/m3/K", "W/mm**3/K"): 1e-9,
    ("kg/m3", "kg/mm**3"): 1e-9,
    ("ml/min/kg", "mm**3/s/kg"): 1000 / 60,
}


@cache
def _registry() -> pint.UnitRegistry[Any]:
    # pint takes 0.3 s to import and set up: only whoever reads a document pays for it.
    import pint

    return pint.UnitRegistry()


def parse_quantity(text: object, unit: str) -> float:
    """Parse a physical value written with its unit.

    Parameters
    ----------
    text : object
        A string such as ``"50 mW/cm2"``. Anything else, a bare number above all, is refused.
    unit : str
        The unit wanted, in pint's notation, such as ``"W/mm**2"``.

    Returns
    -------
    float
        The value in `unit`.

    Raises
    ------
    ValueError
        If the text is no number with a unit of the right kind.

    Examples
    --------
    >>> round(parse_quantity("50 mW/cm2", "W/mm**2"), 9)
    0.0005
    >>> parse_quantity("1 min 45 s", "s")
    105.0
    """
    wanted = _READABLE.get(unit, f"a value in {unit}")
    if not isinstance(text, str):
        # Not a TypeError: pydantic collects ValueErrors as faults.
        raise ValueError(f"needs {wanted}; a bare number has no unit")  # noqa: TRY004
    if unit == "s" and (parts := _TIME_IN_PARTS.fullmatch(text)) and parts.lastindex:
        hours, minutes, seconds = (float(part or 0) for part in parts.groups())
        return 3600 * hours + 60 * minutes + seconds
    match = _NUMBER_THEN_UNIT.match(text)
    if match is None or _UNIT.fullmatch(match[2]) is None:
        raise ValueError(f"needs {wanted}")
    number, given = float(match[1]), match[2].replace("²", "2").replace("°C", "degC").replace("°", "degree")
    try:
        value = convert(number, given, unit)
    except Exception as problem:
        # pint raises a dozen kinds for what is no unit; each goes on as one, with its cause.
        raise ValueError(f"needs {wanted}") from problem
    if not math.isfinite(value):
        raise ValueError(f"needs {wanted}, finite")
    return value


@cache
def convert(value: float, given: str, wanted: str) -> float:
    """Convert `value` from one unit to another; both written as people do (``cm2``) or as pint does (``cm**2``)."""
    if (given, wanted) in _FACTORS:
        return value * _FACTORS[given, wanted]
    registry = _registry()
    quantity = registry.Quantity(value, _POWER.sub(r"**\1", given))
    return float(quantity.to(wanted).magnitude)


def to_mw_cm2(irradiance: FloatOrArray) -> FloatOrArray:
    """Convert an irradiance or fluence rate from W/mm2 to mW/cm2."""
    return irradiance / MW_CM2


def to_j_cm2(radiant_exposure: FloatOrArray) -> FloatOrArray:
    """Convert a radiant exposure or fluence from J/mm2 to J/cm2."""
    return radiant_exposure / J_CM2


def _quantity(unit: str, *, ge: float | None = None, gt: float | None = None) -> Any:
    return Annotated[
        float,
        BeforeValidator(lambda text: parse_quantity(text, unit)),
        Field(json_schema_extra={"unit": unit}, ge=ge, gt=gt),
    ]


def bounded(unit: str, low: str, high: str, or_word: str | None = None) -> Any:
    """Return the type of a physical value between two others, both written with their unit.

    Parameters
    ----------
    unit : str
        The unit inside, in pint's notation.
    low, high : str
        The ends, such as ``"0.5 mm"`` and ``"30 cm"``; both are allowed.
    or_word : str, optional
        A word that may stand instead of a value, and is kept as it is.
    """
    ends: list[float] = []

    def parse(text: object) -> float | str:
        if or_word is not None and text == or_word:
            return or_word
        # Parsed when first needed: pint is slow to load.
        ends[:] = ends or [parse_quantity(low, unit), parse_quantity(high, unit)]
        value = parse_quantity(text, unit)
        if not ends[0] <= value <= ends[1]:
            raise ValueError(f"needs a value from {low} to {high}")
        return value

    kind = float if or_word is None else float | Literal[or_word]
    return Annotated[kind, BeforeValidator(parse), Field(json_schema_extra={"unit": unit})]


if TYPE_CHECKING:
    Millimetres = float
    SquareMillimetres = float
    Seconds = float
    Watts = float
    Joules = float
    Nanometres = float
    IrradianceWmm2 = float
    RadiantExposureJmm2 = float
    AbsorptionPerMm = float
    Degrees = float
    Celsius = float
else:
    Millimetres = _quantity("mm", ge=0)
    SquareMillimetres = _quantity("mm**2", gt=0)
    Seconds = _quantity("s", gt=0)
    Watts = _quantity("W", gt=0)
    Joules = _quantity("J", gt=0)
    Nanometres = _quantity("nm", gt=0)
    IrradianceWmm2 = _quantity("W/mm**2", gt=0)
    RadiantExposureJmm2 = _quantity("J/mm**2", gt=0)
    AbsorptionPerMm = _quantity("1/mm", ge=0)
    Degrees = _quantity("degree")
    Celsius = _quantity("degC")
