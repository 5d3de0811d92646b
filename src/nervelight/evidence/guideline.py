"""Windows of light that guidelines draw: ranges agreed by experts, without a trial arm behind them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from nervelight.documents import Document
from nervelight.evidence.conditions import BodySite, Condition
from nervelight.evidence.located import Located
from nervelight.units import IrradianceWmm2, Joules, Nanometres, RadiantExposureJmm2, Seconds, Watts

__all__ = ["Band", "Window"]


def _ordered(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError("needs the lower end first")
    return ends


_Ordered = AfterValidator(_ordered)


class Band(Document):
    """A range of wavelengths with its range of irradiance."""

    colour: Literal["red", "infrared"]
    """Which part of the spectrum."""
    wavelengths: Annotated[tuple[Nanometres, Nanometres], _Ordered]
    """First and last wavelength."""
    irradiance: Annotated[tuple[IrradianceWmm2, IrradianceWmm2], _Ordered] | None = None
    """Lowest and highest irradiance on the skin."""


class Window(Located):
    """One row of a guideline."""

    row: str
    """What the row is written for."""
    conditions: tuple[Condition, ...] = ()
    """Conditions the row is written for."""
    by_analogy: tuple[Condition, ...] = ()
    """Conditions without a row of their own, for which this one is the nearest."""
    sites: tuple[BodySite, ...] = ()
    """Body sites of the row."""
    bands: tuple[Band, ...] = Field(min_length=1)
    """Wavelengths and irradiances."""
    radiant_exposure: Annotated[tuple[RadiantExposureJmm2, RadiantExposureJmm2], _Ordered] | None = None
    """Lowest and highest radiant exposure of the skin in one session."""
    point_energy_at_least: Joules | None = None
    """Least energy on a point."""
    session_energy: Joules | None = None
    """Energy of a session."""
    points: Annotated[tuple[int, int], _Ordered] | None = None
    """Fewest and most points."""
    radiant_power: Annotated[tuple[Watts, Watts], _Ordered] | None = None
    """Lowest and highest power of the source."""
    time_per_site: Annotated[tuple[Seconds, Seconds], _Ordered] | None = None
    """Shortest and longest time on a point."""
    level: str = ""
    """Level of evidence, as the guideline grades itself."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before using the row."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What the row leaves out that a plan needs, in plain words."""
        lacks = {
            "irradiance range": any(band.irradiance is None for band in self.bands),
            "radiant exposure range": self.radiant_exposure is None,
            "body site": not self.sites,
        }
        return tuple(text for text, absent in lacks.items() if absent)
