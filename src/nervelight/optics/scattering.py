"""Laws of reduced scattering against wavelength, as data files state them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from nervelight.documents import Document
from nervelight.units import AbsorptionPerMm, Nanometres

__all__ = ["LawPoint", "PowerLaw", "RayleighMie"]


class _Law(Document):
    source: str
    """Key of sources.toml."""
    where: str
    """Table, and whose value it is there."""
    note: str = ""
    """What to know before using it."""


class RayleighMie(_Law):
    """A scattering law with a Rayleigh and a Mie part (Jacques 2013, Phys Med Biol 58:R37)."""

    law: Literal["rayleigh-mie"]
    """Tag of this law."""
    a_prime: AbsorptionPerMm
    """Reduced scattering at 500 nm [1/mm]."""
    f_ray: float = Field(ge=0, le=1)
    """Rayleigh share at 500 nm."""
    b_mie: float
    """Power of the Mie part."""

    def mu_s_prime(self, wavelength: ArrayLike) -> NDArray[np.float64]:
        """Return the reduced scattering coefficient [1/mm] at `wavelength` [nm]."""
        x = np.asarray(wavelength, dtype=float) / 500.0
        return np.asarray(self.a_prime * (self.f_ray * x**-4.0 + (1.0 - self.f_ray) * x**-self.b_mie))


class LawPoint(Document):
    """One published point of a scattering law."""

    wavelength: Nanometres
    """Wavelength [nm]."""
    mu_s_prime: AbsorptionPerMm
    """Reduced scattering coefficient [1/mm]."""


class PowerLaw(_Law):
    """A power law through two published points."""

    law: Literal["power"]
    """Tag of this law."""
    points: tuple[LawPoint, LawPoint]
    """The points, met exactly."""

    def mu_s_prime(self, wavelength: ArrayLike) -> NDArray[np.float64]:
        """Return the reduced scattering coefficient [1/mm] at `wavelength` [nm]."""
        first, last = self.points
        power = np.log(last.mu_s_prime / first.mu_s_prime) / np.log(last.wavelength / first.wavelength)
        return np.asarray(last.mu_s_prime * (np.asarray(wavelength, dtype=float) / last.wavelength) ** power)
