"""The lamp catalogue: what is claimed of each device, what was measured, and by whom.

One YAML file a device under ``data/devices``. Claims and measurements stay apart, and nothing is averaged
here: which reading a plan uses is decided in :mod:`nervelight.optics.skin_irradiance`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Literal, Self

from pydantic import Field, StrictBool, model_validator

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName
from nervelight.sources import Checked, source
from nervelight.uncertainty import Interval
from nervelight.units import (
    Degrees,
    IrradianceWmm2,
    Millimetres,
    Nanometres,
    SquareMillimetres,
    Watts,
)

__all__ = [
    "Device",
    "ElectricalPower",
    "InfraredTest",
    "IrradianceReading",
    "LabelledUse",
    "PowerReading",
    "device",
    "device_ids",
]

# Assumption: radiant over electrical power. Spans the integrating-sphere reports of two panels of this
# catalogue (bestqool_pro300 0.253, platinum_biomax_900 0.365), whose mean lies near 0.3.
PANEL_EFFICIENCY = Interval(
    low=0.25,
    central=0.30,
    high=0.365,
    sources=("lightlab_llia002330", "lightlab_platinum_power", "nervelight_assumption"),
    unverified=True,
    reason="radiant over electrical power, spanned by the integrating-sphere reports of two panels",
)

Position = Literal["centre", "designated", "grid_mean", "average", "unstated"]
Category = Literal[
    "led_panel", "led_handheld", "led_pad", "led_cluster", "laser_class2", "laser_class3b", "laser_class4"
]


class IrradianceReading(Document):
    """One irradiance that somebody claims or has measured."""

    kind: Literal["claim", "measured"]
    """Whether the seller says so or a third party measured it."""
    source: str
    """Key of sources.toml."""
    distance: Millimetres | None = None
    """Distance from the front of the device [mm]; absent when nobody says."""
    distance_unverified: StrictBool = False
    """True when the source does not state the distance and the one given is a guess."""
    irradiance: IrradianceWmm2 | None = None
    """The value as printed [W/mm2]."""
    low: IrradianceWmm2 | None = None
    """Lower end, where a range is printed instead of a value [W/mm2]."""
    high: IrradianceWmm2 | None = None
    """Upper end of that range [W/mm2]."""
    at_least: StrictBool = False
    """True for claims of the form "more than"."""
    position: Position = "unstated"
    """Where in front of the device: its centre, a point named by the tester, or the mean over a grid."""
    method: str = ""
    """Instrument, report number or test plan."""

    @model_validator(mode="after")
    def _value_or_range(self) -> Self:
        ends = (self.low is not None, self.high is not None)
        if (self.irradiance is not None) == any(ends) or any(ends) != all(ends):
            raise ValueError("needs either irradiance or both low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("needs low <= high")
        return self

    @property
    def value(self) -> float:
        """The value, or the geometric mean of the range [W/mm2]."""
        if self.irradiance is not None:
            return self.irradiance
        assert self.low is not None and self.high is not None  # the validator leaves no third case
        return math.sqrt(self.low * self.high)

    @property
    def checked(self) -> Checked:
        """How far the source of this reading could be checked."""
        return source(self.source).checked


class PowerReading(Document):
    """Radiant power, mean over pulses, of one report or one label."""

    kind: Literal["claim", "measured"]
    """Whether the seller says so or a third party measured it."""
    power: Watts
    """Radiant power [W]."""
    source: str
    """Key of sources.toml."""
    electrical_power: Watts | None = None
    """Electrical power drawn during this very measurement [W]."""
    method: str = ""
    """Instrument or report number."""


class ElectricalPower(Document):
    """Electrical power drawn while the irradiance was measured."""

    power: Watts
    """Electrical power [W]."""
    source: str
    """Key of sources.toml."""


class LabelledUse(Document):
    """What a regulator has cleared the device for."""

    cleared: str
    """The cleared claims, in short."""
    neuropathy: StrictBool
    """True only if the cleared text names neuropathic pain."""
    source: str
    """Key of sources.toml."""
    regulation: str = ""
    """Classification, such as 21 CFR 890.5500."""
    product_code: str = ""
    """FDA product code."""
    k_numbers: tuple[str, ...] = ()
    """510(k) numbers."""


class InfraredTest(Document):
    """Result of a lamp-safety test for the infrared hazard to cornea and lens."""

    risk_group: Literal["exempt", "RG1", "RG2", "RG3"]
    """Risk group of IEC 62471."""
    irradiance: IrradianceWmm2
    """Irradiance from 780 to 3000 nm [W/mm2]."""
    distance: Millimetres
    """Distance of the test [mm]."""
    source: str
    """Key of sources.toml."""


class Device(Document):
    """A light source as its maker sells it and as others have measured it."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    """Name in this catalogue, and of its file."""
    manufacturer: str
    """Who makes it."""
    model: str
    """What the maker calls it."""
    category: Category
    """What kind of source it is."""
    emitter: str
    """Kind of diode."""
    contact: StrictBool
    """True when it is made to lie on the skin."""
    sources: tuple[str, ...] = Field(min_length=1)
    """Keys of sources.toml for each value that has no source of its own."""
    wavelengths: tuple[Nanometres, ...] = ()
    """Peak wavelengths [nm]; empty when unknown."""
    spectral_shares: dict[Nanometres, float] = Field(default_factory=dict)
    """Share of the radiant power by wavelength; a wavelength that is absent has an unknown share."""
    emitter_count: int | None = Field(default=None, gt=0)
    """Number of LEDs or diodes; of one pad for pads."""
    readings: tuple[IrradianceReading, ...] = ()
    """Every irradiance that was found, claimed or measured."""
    radiant_power: tuple[PowerReading, ...] = ()
    """Every radiant power that was found."""
    electrical_power: ElectricalPower | None = None
    """Electrical power during the irradiance readings."""
    housing: tuple[Millimetres, Millimetres] | None = None
    """Width and height of the front [mm], the frame included."""
    spot_area: SquareMillimetres | None = None
    """Area that the light leaves through, for probes [mm2]."""
    lens_full_angle: Degrees | None = None
    """Full angle on the lens label [degrees]; the panel as a whole need not have it."""
    pulse: str = ""
    """Modulation, in words; empty when none is known."""
    laser_class: str = ""
    """Laser class on the label."""
    infrared_test: InfraredTest | None = None
    """Lamp-safety test, where one was published."""
    labelled_use: LabelledUse | None = None
    """Clearance; absent when none was found, which is not the same as none."""
    unverified: tuple[str, ...] = ()
    """Fields without a checked source: assumptions."""
    notes: str = ""
    """What a planner should know besides."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        strangers = sorted(set(self.spectral_shares) - set(self.wavelengths))
        if strangers:
            raise ValueError(f"spectral_shares names wavelengths that the device does not have: {strangers}")
        total = sum(self.spectral_shares.values())
        complete = bool(self.wavelengths) and len(self.spectral_shares) == len(self.wavelengths)
        negative = any(share < 0 for share in self.spectral_shares.values())
        if negative or total > 1 + 1e-6 or (complete and total < 1 - 1e-6):
            raise ValueError(f"spectral_shares must not be negative and must sum to 1, got {total:g}")
        fields = type(self).model_fields
        unknown = [name for name in self.unverified if name.partition(".")[0] not in fields]
        if unknown:
            raise ValueError(f"unverified names no field of a device: {unknown}")
        return self

    @property
    def is_laser(self) -> bool:
        """True for lasers, False for LEDs."""
        return self.category.startswith("laser")

    @property
    def claims(self) -> tuple[IrradianceReading, ...]:
        """Irradiances that the seller states."""
        return tuple(reading for reading in self.readings if reading.kind == "claim")

    @property
    def measured(self) -> tuple[IrradianceReading, ...]:
        """Irradiances that third parties measured."""
        return tuple(reading for reading in self.readings if reading.kind == "measured")

    def power_during_readings(self) -> Interval | None:
        """Return the radiant power while the irradiance was measured [W], or None when nothing bounds it.

        Notes
        -----
        An integrating sphere and an irradiance meter are seldom used at the same electrical power. Where both
        reports print theirs, the radiant power is taken to lie between the value as reported and that value
        scaled to the drive of the irradiance report. Without a sphere, `PANEL_EFFICIENCY` times the
        electrical power; without that, None.
        """
        drive = self.electrical_power.power if self.electrical_power else None
        measured = [reading for reading in self.radiant_power if reading.kind == "measured"]
        if measured:
            watts = [reading.power for reading in measured]
            watts += [r.power * drive / r.electrical_power for r in measured if drive and r.electrical_power]
            return Interval(
                low=min(watts),
                high=max(watts),
                sources=tuple(reading.source for reading in measured),
                reason="as reported, and scaled to the electrical power of the irradiance report",
            )
        if drive and self.electrical_power and not self.is_laser:
            scaled = PANEL_EFFICIENCY.scaled(drive)
            return scaled.model_copy(update={"sources": (*scaled.sources, self.electrical_power.source)})
        return None

    def source_keys(self) -> Iterator[str]:
        """Yield the key of each source that this entry points at, repeats included."""
        yield from self.sources
        yield from (reading.source for reading in self.readings)
        yield from (reading.source for reading in self.radiant_power)
        singles = (self.electrical_power, self.infrared_test, self.labelled_use)
        yield from (single.source for single in singles if single is not None)


@cache
def device_ids() -> tuple[str, ...]:
    """Return the names of all devices of the catalogue, sorted."""
    folder = resources.files("nervelight.optics") / "data" / "devices"
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


@cache
def device(id: str) -> Device:
    """Return one device of the catalogue.

    Parameters
    ----------
    id : str
        Its name, such as ``"bestqool_pro300"``.

    Raises
    ------
    UnknownName
        If there is no such device.

    Examples
    --------
    >>> device("bestqool_pro300").emitter_count
    300
    """
    if id not in device_ids():
        raise UnknownName("device", id, device_ids())
    return validated(Device, read_data("nervelight.optics", "data", "devices", f"{id}.yaml"), f"devices/{id}.yaml")
