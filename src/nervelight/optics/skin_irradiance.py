"""From a lamp and a distance to the irradiance on the skin, with its uncertainty and where it comes from.

In this order: the clinic's own meter; laboratory measurements; half of what the seller claims; power over
spot for probes. A better kind of knowledge replaces a worse one, they are never mixed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from nervelight.documents import Document
from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.optics.lamps import Device, IrradianceReading
from nervelight.optics.levels import Level, around, span, times
from nervelight.optics.panel_fit import PanelFit
from nervelight.optics.panel_readings import (
    FAR_FACTOR,
    POSITIONS,
    RETENTION_DISTANCES,
    at_the_skin,
    band_at,
    cached_fit,
    catalogue_fit,
    members,
    placed,
    retention_ratio,
    same_distance,
    within,
)
from nervelight.uncertainty import Interval
from nervelight.units import IrradianceWmm2, Millimetres, to_mw_cm2

__all__ = ["Basis", "OwnReading", "SkinIrradiance", "irradiance_on_skin", "usable_distances"]

Basis = Literal["own-meter", "measured", "claim-halved", "power-over-spot"]

# Typical accuracy of a calibrated handheld spectrometer; an assumption where the user does not give his own.
METER_UNCERTAINTY = 0.08
# Assumption: laboratory report against the unit in the clinic (batch, ageing, warm-up, mains).
LABORATORY_BAND = 0.10
# Assumption: the same where the source leaves the distance of the reading to be guessed.
UNSTATED_DISTANCE_BAND = 0.20
# Assumption: measured curve of another unit of the same model, used to carry an own reading along it.
SHAPE_BAND = 0.05
# Six published pairs of a claim and a spectrometer reading differ by factors from 1.7 to 2.4, most by about 2.
CLAIM_DIVISORS = (2.5, 2.0, 1.5)
# 21 CFR 1040.11: medical lasers must measure what they deliver to within 20 %. An assumption for LED probes.
PROBE_POWER_BAND = 0.20


class OwnReading(Document):
    """A reading taken in the clinic, in front of this very lamp after warm-up."""

    distance: Millimetres
    """Distance from the front of the lamp, such as "152 mm"."""
    irradiance: IrradianceWmm2
    """What the meter shows, such as "62 mW/cm2"."""
    relative_uncertainty: float = Field(default=METER_UNCERTAINTY, gt=0, lt=1)
    """Accuracy of the meter as a share of the reading; 0.08 is typical of spectrometers."""


@dataclass(frozen=True)
class SkinIrradiance:
    """Irradiance on the skin at one distance.

    Parameters
    ----------
    device : Device
        The lamp.
    own_readings : tuple of OwnReading
        What the clinic measured.
    distance : float
        From the front of the lamp to the skin [mm].
    irradiance : Interval
        All wavelengths together [W/mm2].
    basis : Basis
        What it rests on.
    extrapolated : bool
        True when nobody measured at or on both sides of this distance.
    field_width : float or None
        Smaller side of the emitting field, or diameter of the spot [mm]; None when unknown.
    diffuse_share : tuple of float
        Bounds of the share of the light that arrives diffusely: (1, 1) LEDs lying on the skin, (0, 0) lasers,
        (0, 1) panels at a distance.
    """

    device: Device
    own_readings: tuple[OwnReading, ...]
    distance: float
    irradiance: Interval
    basis: Basis
    extrapolated: bool
    field_width: float | None
    diffuse_share: tuple[float, float]

    @property
    def reason(self) -> str:
        """What the irradiance rests on, in a sentence."""
        return self.irradiance.reason

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of sources.toml."""
        return self.irradiance.sources

    @property
    def claims(self) -> tuple[IrradianceReading, ...]:
        """What the seller says, to be shown beside and never as a measurement."""
        return self.device.claims

    def curve(self, distances: ArrayLike) -> NDArray[np.float64]:
        """Return the irradiance at other distances, on the rules of this one.

        Parameters
        ----------
        distances : array_like, shape (n,)
            Distances [mm].

        Returns
        -------
        ndarray, shape (3, n)
            Lower end, central value and upper end [W/mm2].

        Raises
        ------
        InvalidInput, ValidityError
            As `irradiance_on_skin`, at any of them.
        """
        at = [
            irradiance_on_skin(self.device, float(distance), self.own_readings).irradiance
            for distance in np.asarray(distances, dtype=float)
        ]
        return np.array([[i.low for i in at], [i.median for i in at], [i.high for i in at]])


def irradiance_on_skin(device: Device, distance: float, own_readings: Sequence[OwnReading] = ()) -> SkinIrradiance:
    """Return the irradiance on the skin at the working distance.

    Parameters
    ----------
    device : Device
        The lamp.
    distance : float
        From the front of the lamp to the skin [mm]; 0 for devices that lie on the skin.
    own_readings : sequence of OwnReading
        Readings of the clinic's own meter; they override the catalogue.

    Returns
    -------
    SkinIrradiance
        Interval, basis, reason and sources.

    Raises
    ------
    InvalidInput
        If nothing is known that the irradiance could be computed from; the fault names what to supply.
    ValidityError
        If nothing is known about that distance: away from the skin for pads, probes and lasers, or farther
        than 1.5 times what panels were measured at.

    Notes
    -----
    The bands are assumptions, named constants of this module. Two or more measured distances: the panel fit
    of :func:`nervelight.optics.panel_fit.fit_panel`, led through the readings, and outside of them spanned with
    the decay of other panels. One distance: the reading, carried along the curve of the same model or along
    `RETENTION`. Never the inverse square.

    Examples
    --------
    >>> from nervelight.optics.lamps import device
    >>> lamp = irradiance_on_skin(device("bestqool_pro300"), 152.0)
    >>> lamp.basis, round(lamp.irradiance.median * 1e5, 1)
    ('measured', 68.9)
    """
    if not (math.isfinite(distance) and distance >= 0):
        raise ValidityError(f"the distance must be finite and not negative, got {distance} mm")
    own = _merged(own_readings)
    here = [reading for reading in own if same_distance(reading.distance, distance)]
    _require_reachable(device, distance, own, here)
    if here:
        found = _own_here(here[0])
    elif own:
        found = _own_elsewhere(device, distance, own)
    elif placed(device, device.measured):
        found = _measured(device, distance)
    elif placed(device, device.claims):
        found = _claimed(device, distance)
    elif device.radiant_power and device.spot_area is not None:
        found = _power_over_spot(device, device.spot_area)
    else:
        raise InvalidInput(f"device {device.id}", [_missing(device)])
    return SkinIrradiance(
        device=device,
        own_readings=tuple(own_readings),
        distance=distance,
        irradiance=found.irradiance,
        basis=found.basis,
        extrapolated=found.extrapolated,
        field_width=_field_width(device),
        diffuse_share=_diffuse_share(device),
    )


def usable_distances(device: Device, own_distances: Sequence[float] = ()) -> tuple[float, float]:
    """Return the nearest and the farthest distance [mm] at which the light of a lamp is known.

    Parameters
    ----------
    device : Device
    own_distances : sequence of float
        Distances of the clinic's own readings [mm]; they come before the catalogue's.

    Returns
    -------
    tuple of float
        Of readings at two or more distances their ends; of a panel known at one distance, or not at all, the span of
        the usual decay of panels; (0, 0) for what lies on the skin.

    Examples
    --------
    >>> from nervelight.optics.lamps import device
    >>> usable_distances(device("luminex_ll"))
    (0.0, 0.0)
    """
    if at_the_skin(device):
        return (min(own_distances), max(own_distances)) if own_distances else (0.0, 0.0)
    series = [at for at, _ in placed(device, device.measured)] or [at for at, _ in placed(device, device.claims)]
    known = [at for at in own_distances or series if at > 0]
    if len(set(known)) < 2:
        known += [RETENTION_DISTANCES[1], RETENTION_DISTANCES[-1]]
    return min(known), max(known)


@dataclass(frozen=True)
class _Found:
    irradiance: Interval
    basis: Basis
    extrapolated: bool = False


def _own_here(reading: OwnReading) -> _Found:
    u = reading.relative_uncertainty
    why = f"Own meter at the working distance, {_mw(reading.irradiance)} ± {u:.0%}."
    return _Found(_interval(around(reading.irradiance, u), why, ("case_file",)), "own-meter")


def _own_elsewhere(device: Device, distance: float, own: list[OwnReading]) -> _Found:
    u = max(reading.relative_uncertainty for reading in own)
    if len(own) > 1:
        readings = tuple((reading.distance, reading.irradiance) for reading in own)
        fit = cached_fit(readings, device.housing, device.power_during_readings())
        why = f"Own meter at {_list(fit.distances)} mm, fitted as a panel"
        return _from_fit(fit, distance, u, why, ("case_file",), "own-meter")
    reading, fitted = own[0], catalogue_fit(device)
    sources: tuple[str, ...]
    if fitted is None:
        ratio, outside = retention_ratio(distance, reading.distance), True
        along, sources = "the usual decay of panels", ("led_panel_retention",)
    else:
        along = "the measured curve of the model"
        fit, sources, _ = fitted
        pair = (distance, reading.distance)
        band = max(band_at(at, fit.distances, SHAPE_BAND) for at in pair)
        ratio = times(span(members(fit, distance) / members(fit, reading.distance)), around(1.0, band))
        outside = not all(within(at, fit.distances) for at in pair)
    why = f"Own meter at {reading.distance:g} mm, carried to {distance:g} mm along {along}."
    level = times(around(reading.irradiance, u), ratio)
    return _Found(_interval(level, why, ("case_file", *sources, "nervelight_assumption")), "own-meter", outside)


def _measured(device: Device, distance: float) -> _Found:
    fitted = catalogue_fit(device)
    if fitted is not None:
        fit, sources, position = fitted
        why = f"Measured by third parties at {_list(fit.distances)} mm ({position}), fitted as a panel"
        return _from_fit(fit, distance, LABORATORY_BAND, why, sources, "measured")
    at, reading = min(
        placed(device, device.measured),
        key=lambda pair: (abs(pair[0] - distance), POSITIONS.index(pair[1].position)),
    )
    guess = ", a guessed distance" if reading.distance_unverified else ""
    why = f"Measured by third parties at {at:g} mm only{guess} ({reading.position.replace('_', ' ')})"
    band = UNSTATED_DISTANCE_BAND if reading.distance_unverified else LABORATORY_BAND
    return _carried(times(_printed(reading), around(1.0, band)), reading, at, distance, why, "measured")


def _claimed(device: Device, distance: float) -> _Found:
    at, claim = min(placed(device, device.claims), key=lambda pair: abs(pair[0] - distance))
    most, usual, least = CLAIM_DIVISORS
    level = times(_printed(claim), (1 / most, 1 / usual, 1 / least))
    share = f"1/{most:g} to 1/{least:g} of the {_mw(claim.value)} claimed"
    why = f"No measurement found: {share} at {at:g} mm"
    return _carried(level, claim, at, distance, why, "claim-halved")


def _power_over_spot(device: Device, spot_area: float) -> _Found:
    best = min(device.radiant_power, key=lambda reading: reading.kind != "measured")
    power = f"{best.power * 1e3:g} mW ({best.kind}) ± {PROBE_POWER_BAND:.0%}"
    why = f"{power} over a spot of {spot_area / 100:g} cm2."
    sources = (best.source, *device.sources, "cfr_1040_11", "nervelight_assumption")
    return _Found(_interval(around(best.power / spot_area, PROBE_POWER_BAND), why, sources), "power-over-spot")


def _carried(level: Level, reading: IrradianceReading, at: float, distance: float, why: str, basis: Basis) -> _Found:
    """Return `level`, carried from the one distance that is known to the working distance."""
    sources: tuple[str, ...] = (reading.source,)
    if basis == "claim-halved":
        sources += ("nervelight_rule", "rojolight2022", "rejuvulite_guide")
    moved = not same_distance(at, distance)
    if moved:
        level = times(level, retention_ratio(distance, at))
        why, sources = f"{why}, carried along the usual decay of panels", (*sources, "led_panel_retention")
    return _Found(_interval(level, f"{why}.", (*sources, "nervelight_assumption")), basis, moved)


def _from_fit(
    fit: PanelFit, distance: float, accuracy: float, why: str, sources: tuple[str, ...], basis: Basis
) -> _Found:
    band, outside = band_at(distance, fit.distances, accuracy), not within(distance, fit.distances)
    if fit.underdetermined:
        why += "; lobe width and field size remain open"
    sources = (*sources, "moreno2007", "nervelight_assumption")
    if outside:
        why, sources = f"{why}; {distance:g} mm lies outside", (*sources, "led_panel_retention")
    level = times(span(members(fit, distance)), around(1.0, band))
    return _Found(_interval(level, f"{why}; ± {band:.0%}.", sources), basis, outside)


def _require_reachable(device: Device, distance: float, own: list[OwnReading], here: list[OwnReading]) -> None:
    if here:
        return
    if at_the_skin(device) and (own or distance > 0):
        raise ValidityError(
            f"nothing is known of the beam of {device.id} at {distance:g} mm. Measure the irradiance at "
            "the working distance; or, if the device lies on the skin, set it to 0 mm without other readings"
        )
    farthest = FAR_FACTOR * max([RETENTION_DISTANCES[-1], *(reading.distance for reading in own)])
    if distance > farthest:
        raise ValidityError(
            f"nothing is known of panels beyond {farthest:g} mm, got {distance:g} mm. "
            "Measure the irradiance at the working distance"
        )


def _merged(readings: Sequence[OwnReading]) -> list[OwnReading]:
    """Return one reading a distance, nearest first; repeats become their geometric mean."""
    groups: list[list[OwnReading]] = []
    for reading in sorted(readings, key=lambda reading: reading.distance):
        if groups and same_distance(groups[-1][0].distance, reading.distance):
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return [
        group[0].model_copy(
            update={
                "irradiance": math.exp(np.mean([math.log(reading.irradiance) for reading in group])),
                "relative_uncertainty": max(reading.relative_uncertainty for reading in group),
            }
        )
        for group in groups
    ]


def _field_width(device: Device) -> float | None:
    """Return the diameter of the spot, or the short side of the panel: fitted, else of the housing."""
    if device.spot_area is not None:
        return 2.0 * math.sqrt(device.spot_area / math.pi)
    if device.housing is None:
        return None
    fitted = catalogue_fit(device)
    return min(device.housing) if fitted is None else min(fitted[0].field_width, fitted[0].field_height)


def _diffuse_share(device: Device) -> tuple[float, float]:
    if device.is_laser:
        return 0.0, 0.0
    return (1.0, 1.0) if device.contact else (0.0, 1.0)


def _missing(device: Device) -> Fault:
    """Say what would have to be known to plan with this device."""
    if device.radiant_power and at_the_skin(device):
        return Fault(
            "lamp.spot_area",
            None,
            "the area that the probe lights on the skin, such as '5 cm2'",
            f"the catalogue has its power, {device.radiant_power[0].power * 1e3:g} mW; or give lamp.readings",
        )
    return Fault(
        "lamp.readings",
        None,
        "a reading of an own meter with its distance, such as {distance: 152 mm, irradiance: 60 mW/cm2}",
        "the catalogue has no irradiance of this device at a known distance",
    )


def _interval(level: Level, reason: str, sources: tuple[str, ...]) -> Interval:
    low, central, high = level
    return Interval(
        low=low,
        central=central,
        high=high,
        reason=reason,
        sources=tuple(dict.fromkeys(sources)),
        unverified="nervelight_assumption" in sources,
    )


def _printed(reading: IrradianceReading) -> Level:
    return reading.low or reading.value, reading.value, reading.high or reading.value


def _mw(irradiance: float) -> str:
    return f"{to_mw_cm2(irradiance):.3g} mW/cm2"


def _list(distances: tuple[float, ...]) -> str:
    words = [f"{distance:g}" for distance in distances]
    return f"{', '.join(words[:-1])} and {words[-1]}"
