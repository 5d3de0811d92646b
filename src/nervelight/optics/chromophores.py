"""What absorbs light in tissue, 600 to 1000 nm.

Each table stands in ``data/`` in the unit of its source and is read once. Between its points a spectrum is
linear; outside its table it is not known, and asking for it is an error.

=====================  ==================  ================
spectrum               source              range [nm]
=====================  ==================  ================
haemoglobin            Prahl 1998          600 to 1000
water, 25 and 37 degC  Hale & Querry 1973  600 to 1000
lipid                  van Veen 2005       600 to 1000
cytochrome c oxidase   Moody               630 to 980
melanosome             Jacques 2013, 1998  600 to 1000
=====================  ==================  ================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import UnknownName, ValidityError

__all__ = [
    "HAEMOGLOBIN_G_PER_L",
    "HAEMOGLOBIN_G_PER_MOL",
    "SpectrumTable",
    "blood_absorption",
    "cytochrome_oxidase_extinction",
    "haemoglobin_extinction",
    "lipid_absorption",
    "melanosome_absorption",
    "spectrum_table",
    "water_absorption",
    "water_absorption_25c",
]

# Whole blood and the molar mass as in Jacques 2013, eq. 6 and 7. Others use 64500 or 66500 g/mol: 3.2 %.
HAEMOGLOBIN_G_PER_L = 150.0
HAEMOGLOBIN_G_PER_MOL = 64458.0

# What one unit of a table is in the units inside: 1/mm, or 1/mm/M for decadic molar extinction.
_INSIDE = {"1/cm": 1e-1, "1/m": 1e-3, "1/cm/M": 1e-1, "1/cm/mM": 1e2}
# Value [1/mm] at a reference wavelength [nm], and the power of the wavelength.
_MELANOSOME_LAWS = {"jacques2013": (51.9, 500.0, -3.0), "jacques1998": (6.6e10, 1.0, -3.33)}
# The closed forms hold more widely; this is where the other spectra are known.
_MELANOSOME_RANGE = (600.0, 1000.0)


@dataclass(frozen=True)
class SpectrumTable:
    """One table of measured spectra, in the units inside the package.

    Parameters
    ----------
    about : mapping of str to str
        The head of the file: ``source``, ``quantity``, ``unit`` as printed, ``conditions``, ``origin``,
        ``licence``.
    wavelength : ndarray, shape (n,)
        Wavelengths [nm], ascending.
    columns : mapping of str to ndarray, shape (n,)
        Absorption coefficients [1/mm] or decadic molar extinctions [1/mm/M].
    """

    about: Mapping[str, str]
    wavelength: NDArray[np.float64]
    columns: Mapping[str, NDArray[np.float64]]

    def at(self, column: str, wavelength: ArrayLike) -> NDArray[np.float64]:
        """Return a column, linear between its points, at `wavelength` [nm] of any shape.

        Raises
        ------
        ValidityError
            If a wavelength lies outside the table.
        """
        lambda_nm = _within(wavelength, self.wavelength[0], self.wavelength[-1], self.about["quantity"])
        return np.asarray(np.interp(lambda_nm, self.wavelength, self.columns[column]))


@cache
def spectrum_table(name: str) -> SpectrumTable:
    """Return a table of ``data/`` by the name of its file without ending, such as ``lipid_van_veen``."""
    text = resources.files("nervelight.optics").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("#"))
    head, *rows = [line.split(",") for line in lines if not line.startswith("#")]
    values = np.array(rows, dtype=float).T
    inside = _INSIDE[about["unit"]]
    columns = {column: values[index] * inside for index, column in enumerate(head) if index}
    return SpectrumTable(MappingProxyType(about), values[0], MappingProxyType(columns))


def haemoglobin_extinction(wavelength: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the decadic molar extinction of oxy- and deoxyhaemoglobin [1/mm/M].

    Parameters
    ----------
    wavelength : array_like, any shape
        Wavelength [nm], 600 to 1000.

    Returns
    -------
    oxyhaemoglobin, deoxyhaemoglobin : ndarray, shape of `wavelength`

    Raises
    ------
    ValidityError
        Outside the table.

    Notes
    -----
    The two curves cross at 796.8 nm in this table. The table of Cope lies 5 to 18 % above it.

    References
    ----------
    Prahl S 1998, https://omlc.org/spectra/hemoglobin/summary.html
    """
    table = spectrum_table("haemoglobin_prahl")
    return table.at("oxyhaemoglobin", wavelength), table.at("deoxyhaemoglobin", wavelength)


def blood_absorption(wavelength: ArrayLike, oxygen_saturation: ArrayLike) -> NDArray[np.float64]:
    """Return the absorption coefficient of whole blood with 150 g/L haemoglobin [1/mm].

    Parameters
    ----------
    wavelength : array_like
        Wavelength [nm], 600 to 1000.
    oxygen_saturation : array_like
        Share of haemoglobin that carries oxygen, 0 to 1; broadcast against `wavelength`.

    Returns
    -------
    ndarray
        ``ln(10) * extinction * 150 / 64458``, mixed by saturation.

    Raises
    ------
    ValidityError
        Outside the table.

    References
    ----------
    Jacques SL 2013, Phys Med Biol 58:R37, eq. 6 and 7.
    """
    oxy, deoxy = haemoglobin_extinction(wavelength)
    saturation = np.asarray(oxygen_saturation, dtype=float)
    molar = HAEMOGLOBIN_G_PER_L / HAEMOGLOBIN_G_PER_MOL
    return np.asarray(np.log(10.0) * molar * (saturation * oxy + (1.0 - saturation) * deoxy))


def water_absorption_25c(wavelength: ArrayLike) -> NDArray[np.float64]:
    """Return the absorption coefficient of water at 25 degC [1/mm]; `wavelength` [nm], 600 to 1000.

    Raises
    ------
    ValidityError
        Outside the table.

    References
    ----------
    Hale GM, Querry MR 1973, Appl Opt 12:555, Table I.
    """
    return spectrum_table("water_hale_querry").at("water", wavelength)


def water_absorption(wavelength: ArrayLike) -> NDArray[np.float64]:
    """Return the absorption coefficient of water at 37 degC [1/mm]; `wavelength` [nm], 600 to 1000.

    Raises
    ------
    ValidityError
        Outside the table.

    Notes
    -----
    Derived, not measured: the 25 degC table of Hale & Querry times the ratio of Matcher's 37 degC spectrum to
    it. The ratio (0.98 to 1.16) is known at seven wavelengths from 630 to 980 nm, linear between them, and
    held at its end values outside. Skin is cooler than 37 degC.

    References
    ----------
    Hale GM, Querry MR 1973, Appl Opt 12:555. Matcher SJ, Cope M, Delpy DT 1994, Phys Med Biol 39:177.
    """
    warm = spectrum_table("water_matcher")
    ratio = warm.columns["water"] / water_absorption_25c(warm.wavelength)
    return np.asarray(water_absorption_25c(wavelength) * np.interp(np.asarray(wavelength), warm.wavelength, ratio))


def lipid_absorption(wavelength: ArrayLike) -> NDArray[np.float64]:
    """Return the absorption coefficient of pure lipid [1/mm]; `wavelength` [nm], 600 to 1000.

    Raises
    ------
    ValidityError
        Outside the table.

    References
    ----------
    van Veen RLP et al. 2005, J Biomed Opt 10:054004.
    """
    return spectrum_table("lipid_van_veen").at("lipid", wavelength)


def melanosome_absorption(
    wavelength: ArrayLike, law: Literal["jacques2013", "jacques1998"] = "jacques2013"
) -> NDArray[np.float64]:
    """Return the absorption coefficient of the inside of a melanosome [1/mm].

    Parameters
    ----------
    wavelength : array_like, any shape
        Wavelength [nm], 600 to 1000.
    law : {"jacques2013", "jacques1998"}
        ``519 (l/500)^-3`` or ``6.6e11 l^-3.33``, both in 1/cm. The second is 21 % above the first at 630 nm,
        12 % at 810 nm and 5 % at 980 nm.

    Returns
    -------
    ndarray, shape of `wavelength`

    Raises
    ------
    ValidityError
        Outside 600 to 1000 nm.
    UnknownName
        If there is no such law.

    References
    ----------
    Jacques SL 2013, Phys Med Biol 58:R37, eq. 8. Jacques SL 1998, https://omlc.org/news/jan98/skinoptics.html

    Examples
    --------
    >>> melanosome_absorption([630, 810]).round(2).tolist()
    [25.95, 12.21]
    """
    lambda_nm = _within(wavelength, *_MELANOSOME_RANGE, "absorption coefficient of melanosomes")
    try:
        value, reference, power = _MELANOSOME_LAWS[law]
    except KeyError:
        raise UnknownName("melanosome law", law, list(_MELANOSOME_LAWS)) from None
    return np.asarray(value * (lambda_nm / reference) ** power)


def cytochrome_oxidase_extinction(wavelength: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the decadic molar extinction of cytochrome c oxidase [1/mm/M].

    Parameters
    ----------
    wavelength : array_like, any shape
        Wavelength [nm], 630 to 980.

    Returns
    -------
    oxidised, oxidised_minus_reduced : ndarray, shape of `wavelength`

    Raises
    ------
    ValidityError
        Outside the table.

    Notes
    -----
    Seven points of the published spectra, linear between them: bands narrower than their spacing are lost. At
    660 nm the difference spectrum of Cope 1991 is 30 % above this one. That light acts through this enzyme is
    contested.

    References
    ----------
    Moody J, bovine heart enzyme, in https://github.com/multimodalspectroscopy/UCL-NIR-Spectra
    """
    table = spectrum_table("cytochrome_oxidase_moody")
    return table.at("oxidised", wavelength), table.at("oxidised_minus_reduced", wavelength)


def _within(wavelength: ArrayLike, low: float, high: float, quantity: str) -> NDArray[np.float64]:
    lambda_nm = np.asarray(wavelength, dtype=float)
    outside = lambda_nm[~((lambda_nm >= low) & (lambda_nm <= high))]
    if outside.size:
        raise ValidityError(f"{quantity}: known from {low:g} to {high:g} nm, asked at {outside.flat[0]:g} nm")
    return lambda_nm
