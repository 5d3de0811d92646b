"""A light of a study as a plan needs it: completed where its arithmetic closes, with all that it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nervelight.evidence.arithmetic import Quantity, Value, quantity_text
from nervelight.evidence.conditions import BodySite
from nervelight.evidence.light import Light, Technique, check_arithmetic, derived_light

__all__ = ["LitField", "Setting", "as_setting"]

LitField = float | Literal["wide-assumed"] | None
"""Area that is lit at once [mm2], a whole surface of unnamed area, or unknown."""

# These techniques cover the body site: a missing area then means a wide field, not a small spot.
_WHOLE_SURFACE: frozenset[Technique] = frozenset({"scan", "pads", "panel"})
# A note on the literature whose originals were not seen.
THIRD_PARTY = "literature_note"
_MISSING_WORDS: dict[Quantity, str] = {
    "radiant_exposure": "radiant exposure",
    "irradiance": "irradiance",
    "time_per_site": "time per site",
}


@dataclass(frozen=True)
class Setting:
    """One light of a study under one reading of its numbers.

    Parameters
    ----------
    light : int
        Which of the study's lights this is a reading of.
    label : str
        Which setting or reading; empty when there is only one.
    wavelengths : tuple of float
        Wavelengths [nm]; empty when not reported.
    radiant_exposure : Value or None
        On the skin, a site and session, all wavelengths together [J/mm2].
    irradiance : Value or None
        On the skin, all wavelengths together [W/mm2].
    time_per_site : Value or None
        Light on a site [s].
    technique : str or None
        How the light met the skin.
    field : float, "wide-assumed" or None
        Area lit at once [mm2].
    sites : tuple of BodySite
        Body sites with a tissue model.
    sites_text : str
        Where, in words.
    missing : tuple of str
        What it lacks to be followed.
    flags : tuple of str
        What to say beside its numbers.
    """

    light: int
    label: str
    wavelengths: tuple[float, ...]
    radiant_exposure: Value | None
    irradiance: Value | None
    time_per_site: Value | None
    technique: Technique | None
    field: LitField
    sites: tuple[BodySite, ...]
    sites_text: str
    missing: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def described(self) -> str:
        """The label, with the spot that goes with it where it is known."""
        if isinstance(self.field, float):
            return f"{self.label} (spot area {quantity_text('spot_area', self.field)})"
        return self.label


def as_setting(light: Light, number: int = 0) -> Setting:
    """Return what a light says, completed, with what it lacks.

    Parameters
    ----------
    light : Light
        As reported, or under one of its readings.
    number : int
        Which of the study's lights it is.
    """
    values = derived_light(light)
    area = values.get("spot_area")
    wide = area is None and light.technique in _WHOLE_SURFACE
    return Setting(
        light=number,
        label=light.label,
        wavelengths=light.wavelengths,
        radiant_exposure=values.get("radiant_exposure"),
        irradiance=values.get("irradiance"),
        time_per_site=values.get("time_per_site"),
        technique=light.technique,
        field="wide-assumed" if wide else area.value if area else None,
        sites=light.sites,
        sites_text=light.sites_text,
        missing=tuple(_missing_light(light, values, wide)),
        flags=tuple(_light_flags(light, values, wide)),
    )


def _missing_light(light: Light, values: dict[Quantity, Value], wide: bool) -> Iterator[str]:
    if not light.wavelengths:
        yield _because("wavelength", light.unclear.get("wavelengths"))
    if len(light.wavelengths) > 1:
        yield "radiant exposure of each wavelength"
    for name, word in _MISSING_WORDS.items():
        if name not in values:
            yield _because(word, light.unclear.get(name))
    if "spot_area" not in values and not wide:
        technique = f"{light.technique} technique".replace("_", " ") if light.technique else "technique not stated"
        yield f"spot area ({technique})"
    if not light.sites:
        yield _because("body site with a tissue model", light.sites_text)
    if light.contradiction:
        yield "numbers that agree with each other"


def _light_flags(light: Light, values: dict[Quantity, Value], wide: bool) -> Iterator[str]:
    where = f" ({light.label})" if light.label else ""
    for name, value in values.items():
        if value.derived:
            shown = f"{name.replace('_', ' ')} {quantity_text(name, value.value)}"
            yield f"{shown} is computed ({value.formula}), not reported{where}"
    for check in check_arithmetic(light):
        if not check.consistent:
            yield f"contradiction in the paper: {check.text}{where}"
    if light.contradiction:
        yield light.contradiction
    if wide:
        yield "the lit field is assumed to be wide: a whole surface was lit, and its area is not named"
    for field, key in light.borrowed.items():
        how = "by a third party" if key == THIRD_PARTY else "which describes the same device"
        yield f"taken from {key}, {how}: {field.replace('_', ' ')}{where}"
    for field in light.unverified:
        yield f"not verified, an assumption: {field.replace('_', ' ')}{where}"
    for field, reason in light.unclear.items():
        yield f"unclear: {field.replace('_', ' ')}, {reason}{where}"
    yield from light.remarks


def _because(what: str, reason: str | None) -> str:
    return f"{what} ({reason})" if reason else what
