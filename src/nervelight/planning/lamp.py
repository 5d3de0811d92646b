"""The lamp of a case: its light on the skin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nervelight.errors import Fault, InvalidInput, ValidityError
from nervelight.optics import (
    Device,
    SkinIrradiance,
    SpectralShares,
    device,
    irradiance_on_skin,
    spectral_shares,
)
from nervelight.planning.case import Case
from nervelight.planning.light_path import TISSUE_TABLES_NM, Evaluation, in_tissue_tables
from nervelight.planning.plan_document import Band, LampLight, LampReading, WavelengthLight
from nervelight.planning.uncertain import Uncertain
from nervelight.units import MW_CM2, to_mw_cm2

__all__ = ["CaseLamp", "case_device", "describe_lamp", "lamp_of", "lamp_quantities"]


@dataclass(frozen=True)
class CaseLamp:
    """A device held at a distance."""

    device: Device
    light: SkinIrradiance
    shares: SpectralShares


def lamp_of(case: Case, where: str) -> CaseLamp:
    """Return the lamp of a case.

    Raises
    ------
    InvalidInput
        If nothing tells the irradiance at this distance, or the wavelengths of the lamp.
    """
    lit_by = case_device(case, where)
    try:
        light = irradiance_on_skin(lit_by, case.lamp.working_distance, case.lamp.readings)
        light = replace(light, field_width=case.lamp.field_width or light.field_width)
        return CaseLamp(lit_by, light, spectral_shares(lit_by))
    except InvalidInput as problem:
        raise InvalidInput(where, problem.faults) from None
    except ValidityError as problem:
        fault = Fault("lamp.distance", f"{case.lamp.working_distance:g} mm", str(problem))
        raise InvalidInput(where, [fault]) from None


def case_device(case: Case, where: str) -> Device:
    """Return the lamp of the catalogue with what the case says of it.

    Raises
    ------
    InvalidInput
        If none of its light lies within the tissue tables.
    """
    told = {"wavelengths": case.lamp.wavelengths, "spot_area": case.lamp.spot_area}
    lit_by = device(case.lamp.device)
    if case.lamp.wavelengths:
        # Shares of other wavelengths say nothing about these.
        lit_by = lit_by.model_copy(update={"spectral_shares": {}})
    lit_by = lit_by.model_copy(update={name: value for name, value in told.items() if value})
    if lit_by.wavelengths and not any(map(in_tissue_tables, lit_by.wavelengths)):
        fault = Fault(
            "lamp.device",
            f"{lit_by.id}, {', '.join(f'{wavelength:g} nm' for wavelength in lit_by.wavelengths)}",
            f"a lamp with light between {TISSUE_TABLES_NM[0]:g} and {TISSUE_TABLES_NM[1]:g} nm",
        )
        raise InvalidInput(where, [fault])
    return lit_by


def lamp_quantities(lamp: CaseLamp) -> tuple[Uncertain, ...]:
    """Return what is uncertain about the light on the skin."""
    spectrum = tuple(
        Uncertain(
            "lamp",
            f"share_{wavelength:g}",
            f"share of {wavelength:g} nm in the lamp's light",
            # Probabilities for SpectralShares.draw, which turns them into shares that sum to 1.
            (0.5, 0.5) if known else (0.0, 1.0),
            ends=("small", "large"),
        )
        for wavelength, known in zip(lamp.shares.wavelengths, lamp.shares.known, strict=True)
    )
    return (
        Uncertain("lamp", "irradiance", "irradiance on the skin", lamp.light.irradiance.scaled(1 / MW_CM2), "mW/cm2"),
        Uncertain(
            "lamp",
            "diffuse_share",
            "direction of the light",
            lamp.light.diffuse_share,
            ends=("straight", "from all sides"),
        ),
        *spectrum,
    )


def describe_lamp(case: Case, lamp: CaseLamp, sample: Evaluation, *, distances_shown: int = 40) -> LampLight:
    """Return the light on the skin as the plan shows it, with its curve over so many distances."""
    light, lit_by = lamp.light, lamp.device
    known = [reading.distance for reading in lit_by.readings if reading.distance]
    own = [reading.distance for reading in case.lamp.readings]
    ends = [case.lamp.working_distance, *known, *own]
    # Of pads and lasers nothing is known away from the skin.
    spot = lit_by.contact or lit_by.is_laser or light.basis == "power-over-spot"
    distances = np.array([]) if spot else np.linspace(0.6 * min(ends), 1.1 * max(ends), distances_shown)
    low, central, high = to_mw_cm2(light.curve(distances).reshape(3, -1))
    return LampLight(
        device=lit_by.id,
        label=f"{lit_by.manufacturer} {lit_by.model}",
        distance_mm=case.lamp.working_distance,
        basis=light.basis,
        basis_text=light.reason,
        irradiance_mw_cm2=Band.of(to_mw_cm2(sample.irradiance)),
        field_width_mm=light.field_width,
        diffuse_share_low=light.diffuse_share[0],
        diffuse_share_high=light.diffuse_share[1],
        extrapolated=light.extrapolated,
        spectral_split_known=not lamp.shares.unknown,
        wavelengths=tuple(
            WavelengthLight(
                wavelength_nm=wavelength,
                share=Band.of(sample.shares[:, index]),
                irradiance_mw_cm2=Band.of(to_mw_cm2(sample.irradiance * sample.shares[:, index])),
            )
            for index, wavelength in enumerate(lamp.shares.wavelengths)
        ),
        readings=_readings(case, lamp),
        curve_distance_mm=tuple(map(float, distances)),
        curve_irradiance_mw_cm2=tuple(map(float, central)),
        curve_low_mw_cm2=tuple(map(float, low)),
        curve_high_mw_cm2=tuple(map(float, high)),
        labelled_use=lit_by.labelled_use.cleared if lit_by.labelled_use else "",
        sources=light.sources,
    )


def _readings(case: Case, lamp: CaseLamp) -> tuple[LampReading, ...]:
    light = lamp.light
    catalogue = [
        LampReading(
            distance_mm=reading.distance,
            irradiance_mw_cm2=to_mw_cm2(reading.low if reading.low is not None else reading.value),
            irradiance_high_mw_cm2=None if reading.high is None else to_mw_cm2(reading.high),
            kind=reading.kind,
            label=f"{reading.position.replace('_', ' ')}" + (f", {reading.method}" if reading.method else ""),
            used=light.basis == {"claim": "claim-halved", "measured": "measured"}[reading.kind]
            and reading.source in light.sources,
            sources=(reading.source,),
        )
        for reading in lamp.device.readings
    ]
    own = [
        LampReading(
            distance_mm=reading.distance,
            irradiance_mw_cm2=to_mw_cm2(reading.irradiance),
            kind="own-meter",
            label=reading.instrument,
            used=True,
            sources=("case_file",),
        )
        for reading in case.lamp.readings
    ]
    return (*catalogue, *own)
