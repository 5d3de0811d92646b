"""Light as a paper reports it, whether its numbers agree, and what follows from those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from nervelight.evidence.arithmetic import ArithmeticCheck, Quantity, Value, checks, completed, quantity_text
from nervelight.evidence.conditions import BodySite
from nervelight.evidence.keys import SourceKey
from nervelight.evidence.located import Located
from nervelight.units import (
    IrradianceWmm2,
    Joules,
    Nanometres,
    RadiantExposureJmm2,
    Seconds,
    SquareMillimetres,
    Watts,
    parse_quantity,
)

__all__ = ["Hertz", "Light", "LightField", "Technique", "check_arithmetic", "derived_light", "readings"]

if TYPE_CHECKING:
    Hertz = float
else:
    Hertz = Annotated[float, BeforeValidator(lambda text: parse_quantity(text, "Hz")), Field(gt=0)]

Technique = Literal["scan", "pads", "point", "panel", "guided_probe"]
"""How the light met the skin."""
LightField = Literal[
    "wavelengths",
    "irradiance",
    "radiant_exposure",
    "time_per_site",
    "point_energy",
    "radiant_power",
    "spot_area",
    "technique",
    "sites",
]
"""A field of `Light` that a remark can be about."""


class Light(Located):
    """The light of one arm or one setting, as printed; what the paper leaves out stays out."""

    label: str = ""
    """Which of several settings of the study this is."""
    emitter: Literal["laser", "led", "laser_or_led", "mire", "infrared", "not_stated"]
    """Kind of source; ``mire`` are the pads of monochromatic infrared diodes."""
    device: str = ""
    """Name of the device."""
    wavelengths: tuple[Nanometres, ...] = ()
    """Wavelengths."""
    irradiance: IrradianceWmm2 | None = None
    """Irradiance on the skin, all wavelengths together."""
    radiant_exposure: RadiantExposureJmm2 | None = None
    """Radiant exposure of the skin for each site and session, all wavelengths together."""
    session_radiant_exposure: RadiantExposureJmm2 | None = None
    """The radiant exposures of all sites, summed by the paper."""
    time_per_site: Seconds | None = None
    """Light on one site or point."""
    point_energy: Joules | None = None
    """Energy on one site or point."""
    session_energy: Joules | None = None
    """Energy of one session."""
    radiant_power: Watts | None = None
    """Radiant power."""
    radiant_power_kind: Literal["mean", "peak", "total", "unstated"] | None = None
    """What the power is: mean over time, peak of a pulse, sum of several emitters, or not said."""
    spot_area: SquareMillimetres | None = None
    """Area that is lit at once, or that one site covers."""
    points: int | None = Field(default=None, gt=0)
    """Number of points in a session."""
    mode: Literal["cw", "pulsed", "superpulsed", "mixed"] | None = None
    """Continuous or pulsed."""
    pulse_frequency: Hertz | None = None
    """Pulses per second."""
    duty_cycle: float | None = Field(default=None, gt=0, le=1)
    """Part of the time in which light is on."""
    technique: Technique | None = None
    """How the light met the skin."""
    sites: tuple[BodySite, ...] = ()
    """Body sites that have a tissue model."""
    sites_text: str = ""
    """Where, in the words of the field."""
    borrowed: dict[LightField, SourceKey] = Field(default_factory=dict)
    """Fields taken from another paper on the same device."""
    unverified: tuple[LightField, ...] = ()
    """Fields without a checked source: assumptions."""
    unclear: dict[LightField, str] = Field(default_factory=dict)
    """Fields that are absent because the paper can be read in more than one way, and how."""
    contradiction: str = ""
    """What to know about numbers of the paper that disagree; needed exactly then."""
    remarks: tuple[str, ...] = ()
    """What a reader must know before following this light."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.radiant_power is None) != (self.radiant_power_kind is None):
            raise ValueError("radiant_power and radiant_power_kind go together")
        for name in (*self.borrowed, *self.unverified):
            if not getattr(self, name):
                raise ValueError(f"{name} is remarked upon but not given")
        for name in self.unclear:
            if getattr(self, name):
                raise ValueError(f"{name} cannot be given and unclear at once")
        broken = [check.text for check in check_arithmetic(self) if not check.consistent]
        if broken and not self.contradiction:
            raise ValueError(f"needs a 'contradiction' that owns up to: {'; '.join(broken)}")
        if self.contradiction and not broken:
            raise ValueError("says 'contradiction', but its numbers agree")
        return self


def check_arithmetic(light: Light) -> tuple[ArithmeticCheck, ...]:
    """Check W/cm2 x s = J/cm2, W x s = J, J / area = J/cm2 and W / area = W/cm2 on the printed numbers.

    Parameters
    ----------
    light : Light
        As reported. A power that may be a peak is left out.

    Returns
    -------
    tuple of ArithmeticCheck
        One for each relation of which every quantity is printed; empty when nothing can be checked.
    """
    return checks(_printed(light))


def derived_light(light: Light) -> dict[Quantity, Value]:
    """Return what a light says of itself, completed only by arithmetic that closes.

    Parameters
    ----------
    light : Light
        As reported.

    Returns
    -------
    dict of Quantity to Value
        Reported values, and computed ones with their formula. A quantity that stands in a contradiction is
        returned as printed and nothing is computed from it.

    Examples
    --------
    >>> from nervelight.evidence.arithmetic import quantity_text
    >>> light = Light.model_validate(
    ...     {"emitter": "laser", "radiant_exposure": "5.7 J/cm2", "time_per_site": "15 min"}
    ... )
    >>> filled = derived_light(light)["irradiance"]
    >>> quantity_text("irradiance", filled.value), filled.formula
    ('6.33 mW/cm2', 'radiant exposure / time')
    """
    return completed(_printed(light))


def readings(light: Light) -> tuple[Light, ...]:
    """Return the light once for each way in which its power can be read.

    Returns
    -------
    tuple of Light
        The light itself; or, where a pulsed power is not said to be mean or peak and the duty cycle is known,
        one light for either reading, labelled so.
    """
    if light.radiant_power is None or light.duty_cycle is None or not _may_be_peak(light):
        return (light,)
    power = quantity_text("radiant_power", light.radiant_power)
    return tuple(
        light.model_copy(update={"radiant_power_kind": kind, "label": f"{power} read as {kind} power"})
        for kind in ("mean", "peak")
    )


def _may_be_peak(light: Light) -> bool:
    pulsed = light.mode in {"pulsed", "superpulsed", "mixed"}
    return pulsed and light.radiant_power_kind in {"total", "unstated"}


def _mean_power(light: Light) -> float | None:
    if light.radiant_power is None or _may_be_peak(light):
        return None
    if light.radiant_power_kind == "peak":
        return None if light.duty_cycle is None else light.radiant_power * light.duty_cycle
    return light.radiant_power


def _printed(light: Light) -> dict[Quantity, float]:
    values: dict[Quantity, float | None] = {
        "irradiance": light.irradiance,
        "radiant_exposure": light.radiant_exposure,
        "time_per_site": light.time_per_site,
        "point_energy": light.point_energy,
        "radiant_power": _mean_power(light),
        "spot_area": light.spot_area,
    }
    return {name: value for name, value in values.items() if value is not None}
