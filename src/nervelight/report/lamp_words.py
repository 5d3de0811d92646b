"""A lamp of the catalogue in words: what is claimed against what was measured, and what a plan counts on."""

from __future__ import annotations

from dataclasses import dataclass

from nervelight.errors import InvalidInput, ValidityError
from nervelight.optics import Device, IrradianceReading, irradiance_on_skin, usable_distances
from nervelight.planning import number
from nervelight.report.words import distance
from nervelight.units import to_mw_cm2

__all__ = ["ClaimHeld", "claim_held", "lamp_facts", "lamp_title", "light_counted_on", "reading_rows", "reading_text"]

# Six inches, at which most panels are claimed and measured [mm].
USUAL_DISTANCE = 152.0
# Two readings of so nearly one distance are compared [mm].
SAME_DISTANCE = 2.0
# Distances at which a page says what a plan counts on [mm].
TOLD_DISTANCES = (50.0, 100.0, 152.0, 200.0, 305.0, 457.0, 610.0, 914.0)


@dataclass(frozen=True)
class ClaimHeld:
    """What is claimed of a lamp beside what was measured.

    Parameters
    ----------
    claim, measured : IrradianceReading or None
        Readings at one distance where there are such; otherwise those nearest to six inches.
    share : float or None
        Measured over claimed; None where they are not of one distance, or one of them is missing.
    """

    claim: IrradianceReading | None
    measured: IrradianceReading | None
    share: float | None

    @property
    def text(self) -> str:
        """The comparison in words: ``measured 46 % of the claim``."""
        if self.share is not None:
            return f"measured {self.share:.0%} of the claim".replace("%", " %")
        if self.claim is not None and self.measured is not None:
            return "claimed and measured at different distances, or at one that is not said"
        if self.measured is not None:
            return "measured; no claim on record"
        if self.claim is not None:
            return "claimed, measured by nobody; a plan counts on half of it"
        return "no irradiance on record"


def claim_held(lamp: Device) -> ClaimHeld:
    """Return the claim of a lamp held against a measurement at the same distance.

    Examples
    --------
    >>> from nervelight.optics import device
    >>> claim_held(device("hooga_pro1500")).text
    'measured 46 % of the claim'
    """
    pairs = [
        (claim, measured)
        for claim in lamp.claims
        for measured in lamp.measured
        if claim.distance is not None
        and measured.distance is not None
        and not (claim.distance_unverified or measured.distance_unverified or claim.at_least)
        and abs(claim.distance - measured.distance) <= SAME_DISTANCE
    ]
    if pairs:
        claim, measured = min(pairs, key=lambda pair: _from_usual(pair[0]))
        return ClaimHeld(claim, measured, measured.value / claim.value)
    return ClaimHeld(
        min(lamp.claims, key=_from_usual, default=None), min(lamp.measured, key=_from_usual, default=None), None
    )


def _from_usual(reading: IrradianceReading) -> float:
    return float("inf") if reading.distance is None else abs(reading.distance - USUAL_DISTANCE)


def reading_text(reading: IrradianceReading) -> str:
    """Return a reading with unit and distance: ``86 mW/cm² at 15.2 cm``."""
    where = "at a distance that nobody says" if reading.distance is None else f"at {distance(reading.distance)}"
    where = where.replace("at contact", "on the skin")
    return f"{_value(reading)} mW/cm² {where}"


def _value(reading: IrradianceReading) -> str:
    if reading.low is not None and reading.high is not None:
        return f"{to_mw_cm2(reading.low):.3g} to {to_mw_cm2(reading.high):.3g}"
    return f"{'more than ' if reading.at_least else ''}{to_mw_cm2(reading.value):.3g}"


def lamp_title(lamp: Device) -> str:
    """Return what is known of the irradiance of a lamp, in one line."""
    held, name = claim_held(lamp), f"{lamp.manufacturer} {lamp.model}"
    if held.share is not None and held.measured is not None:
        return f"{name}: {held.text}, {reading_text(held.measured)}"
    if held.measured is not None:
        return f"{name}: measured {reading_text(held.measured)}"
    if held.claim is not None:
        return f"{name}: claimed {reading_text(held.claim)}, measured by nobody"
    return f"{name}: no irradiance on record"


def reading_rows(lamp: Device) -> list[tuple[str, str, str, str, str, str]]:
    """Return distance, irradiance [mW/cm2], kind, position, method and source key of each reading, claims first."""
    return [
        (
            "not said"
            if r.distance is None
            else distance(r.distance) + (" (a guess)" if r.distance_unverified else ""),
            _value(r),
            {"claim": "claimed", "measured": "measured"}[r.kind],
            r.position.replace("_", " "),
            r.method,
            r.source,
        )
        for r in (*lamp.claims, *lamp.measured)
    ]


def _where(reading: IrradianceReading) -> str:
    if reading.distance is None:
        return "not said"
    return distance(reading.distance) + (" (a guess)" if reading.distance_unverified else "")


def lamp_facts(lamp: Device) -> list[tuple[str, str]]:
    """Return what else is on record of a lamp."""
    use = lamp.labelled_use
    return [
        ("kind", f"{lamp.category.replace('_', ' ')}, {lamp.emitter}"),
        ("wavelengths", ", ".join(f"{w:g} nm" for w in lamp.wavelengths) or "not known"),
        ("front", " x ".join(f"{side:g}" for side in lamp.housing) + " mm" if lamp.housing else "not known"),
        ("spot", f"{lamp.spot_area / 100:.3g} cm²" if lamp.spot_area else "not known"),
        *(("radiant power", f"{p.power:.4g} W ({p.kind})") for p in lamp.radiant_power),
        ("cleared for", use.cleared if use else "nothing found"),
        ("neuropathic pain", "named in the clearance" if use and use.neuropathy else "not in any clearance found"),
        ("not verified", ", ".join(lamp.unverified) or "nothing"),
        ("notes", lamp.notes or "none"),
    ]


def light_counted_on(lamp: Device) -> tuple[list[tuple[str, str, str]], str]:
    """Return distance, irradiance with interval and what it rests on; and, where that ends, why."""
    low, high = usable_distances(lamp)
    at = [0.0] if high == 0 else sorted({low, high, *(d for d in TOLD_DISTANCES if low < d < high)})
    rows: list[tuple[str, str, str]] = []
    for mm in at:
        try:
            light = irradiance_on_skin(lamp, mm)
        except InvalidInput as problem:
            return [], "; ".join(map(str, problem.faults))
        except ValidityError as problem:
            return rows, str(problem)
        ends = [to_mw_cm2(x) for x in (light.irradiance.median, light.irradiance.low, light.irradiance.high)]
        rows.append(
            (distance(mm), f"{number(ends[0], 'mW/cm2')} ({number(ends[1])} to {number(ends[2])})", light.reason)
        )
    return rows, ""
