"""From phototype or skin colour to the volume fraction of melanosomes in the living epidermis.

Sources differ ten-fold for dark skin, and colour alone does not fix the fraction, because blood moves colour
too: both ways give an interval, never a value.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, get_args

import numpy as np

from nervelight.documents import Document, read_data, validated
from nervelight.errors import UnknownName, ValidityError
from nervelight.uncertainty import Interval

__all__ = ["Phototype", "melanosome_fraction_any", "melanosome_fraction_interval"]

Phototype = Literal["I", "II", "III", "IV", "V", "VI"]
"""Fitzpatrick skin phototype."""


class _PhototypeGroup(Document):
    types: tuple[Phototype, ...]
    melanosome_fraction: Interval


class _ColourCurve(Document):
    skin: str
    ita_deg: tuple[float, ...]


class _ColourTable(Document):
    source: str
    melanosome_fraction: tuple[float, ...]
    curves: tuple[_ColourCurve, ...]


class _SkinToneFile(Document):
    phototypes: tuple[_PhototypeGroup, ...]
    individual_typology_angle: _ColourTable


@cache
def _file() -> _SkinToneFile:
    return validated(_SkinToneFile, read_data("nervelight.optics", "data", "skin_tone.yaml"), "skin_tone.yaml")


def melanosome_fraction_any() -> Interval:
    """Return the span over all phototypes, for people whose skin tone is not reported."""
    groups = [group.melanosome_fraction for group in _file().phototypes]
    return Interval(
        low=min(group.low for group in groups),
        high=max(group.high for group in groups),
        sources=tuple(dict.fromkeys(key for group in groups for key in group.sources)),
        unverified=True,
        reason="Skin tone not reported: the whole span over phototypes I to VI.",
    )


def melanosome_fraction_interval(*, phototype: Phototype | None, ita: float | None, palmoplantar: bool) -> Interval:
    """Return the interval of the melanosome fraction of a person's epidermis.

    Parameters
    ----------
    phototype : {"I", "II", "III", "IV", "V", "VI"} or None
        Fitzpatrick phototype; None when not known.
    ita : float or None
        Individual typology angle [degrees], -90 to 90; None when not measured.
    palmoplantar : bool
        True for palms and soles, which are paler than the phototype says.

    Returns
    -------
    Interval
        Volume fraction without a central value, so that draws are log-uniform. With both inputs, their
        overlap; without overlap, the span of both, and the reason says so. With neither, the whole
        span. A colour beyond a computed table is held at its end: below 0.005 melanin hardly matters.

    Raises
    ------
    UnknownName
        If there is no such phototype.
    ValidityError
        If the angle is out of range.

    References
    ----------
    Jacques SL 2013, Phys Med Biol 58:R37, Table 3. Jacques SL 1998, https://omlc.org/news/jan98/skinoptics.html
    Chardon A, Cretois I, Hourseau C 1991, Int J Cosmet Sci 13:191 (the angle).
    """
    by_type = None if phototype is None else _by_phototype(phototype)
    by_colour = None if ita is None else _by_colour(ita)
    if by_type is not None and by_colour is not None:
        interval = _both(by_type, by_colour)
    else:
        interval = by_colour or by_type or melanosome_fraction_any()
    return _paler(interval) if palmoplantar else interval


def _by_phototype(phototype: Phototype) -> Interval:
    for group in _file().phototypes:
        if phototype in group.types:
            return group.melanosome_fraction
    raise UnknownName("phototype", phototype, get_args(Phototype))


def _by_colour(ita: float) -> Interval:
    if not -90.0 <= ita <= 90.0:
        raise ValidityError(f"the individual typology angle lies between -90 and 90 degrees, got {ita:g}")
    table = _file().individual_typology_angle
    log_fraction = np.log(table.melanosome_fraction)[::-1]
    # The angle falls as melanin rises; np.interp wants it rising, and holds the ends.
    fractions = [float(np.exp(np.interp(ita, curve.ita_deg[::-1], log_fraction))) for curve in table.curves]
    beyond = sum(not curve.ita_deg[-1] <= ita <= curve.ita_deg[0] for curve in table.curves)
    held = f" {beyond} of them do not reach this angle and are held at the end of their table." if beyond else ""
    return Interval(
        low=min(fractions),
        high=max(fractions),
        sources=(table.source,),
        unverified=True,
        reason=(
            f"Individual typology angle {ita:g} degrees: span of {len(table.curves)} computed skin models "
            f"that differ in epidermis and blood; not checked on people.{held}"
        ),
    )


def _both(by_type: Interval, by_colour: Interval) -> Interval:
    low, high = max(by_type.low, by_colour.low), min(by_type.high, by_colour.high)
    said = "Overlap of colour and phototype."
    if low > high:
        # One of them is wrong, and which one nobody knows.
        said = "Colour and phototype do not overlap: the span of both."
        low, high = min(by_type.low, by_colour.low), max(by_type.high, by_colour.high)
    return Interval(
        low=low,
        high=high,
        sources=(*by_colour.sources, *by_type.sources),
        unverified=True,
        reason=f"{said} {by_colour.reason} {by_type.reason}",
    )


def _paler(interval: Interval) -> Interval:
    lowest = melanosome_fraction_any().low
    if interval.low <= lowest:
        return interval
    return interval.model_copy(
        update={
            "low": lowest,
            "unverified": True,
            "sources": (*interval.sources, "nervelight_assumption"),
            "reason": f"{interval.reason} Palms and soles are paler: low end {lowest:g} (assumption).",
        }
    )
