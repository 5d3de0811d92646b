"""The picture of what the mechanism model says: energy and conduction against time, beside what a clinic can see."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.mechanism import BANNER, Result, mechanism_parameters
from nervelight.mechanism.session import Output
from nervelight.report.picture import (
    ACCENT,
    INK,
    NO_BREAK,
    QUIET,
    RULE,
    WARN,
    Picture,
    Table,
    canvas,
    drawing,
    finished,
)
from nervelight.units import MW_CM2

__all__ = ["LARGE", "mechanism_headline", "mechanism_plot", "percent_band"]

LARGE = "conduction_large_myelinated"
PANEL, GAP, FOOT = 150, 52, 50
LEFT, RIGHT = 44, 104
MOST = 1000.0
"""Relative changes above this are told as such: they say that the model has left what it can describe [%]."""
LABEL_GAP = 0.11
"""Least distance of two labels, as part of the height."""
WIDE = 72
"""Letters of a line of small type."""
SHOWN = 0.5
"""Least share of draws that rounds to one percent [%]."""
READ_AT = 300.0
"""When the headline is read, after the end of the light [s]."""


def percent_band(values: NDArray[np.float64]) -> str:
    """Return median and 90 % interval of changes in percent: ``+0.27 (-2.4 to +0.78)``."""
    low, median, high = (_signed(value) for value in np.percentile(values, (5, 50, 95)).tolist())
    return median if low == high else f"{median} ({low} to {high.removeprefix('+')})".replace("(+", "(")


def _signed(value: float) -> str:
    if value > MOST:
        return f"over {MOST:.0f}"
    shown = f"{value:+.0f}" if abs(value) >= 10 else f"{value:+.1f}" if abs(value) >= 1 else f"{value:+.2f}"
    return "0" if not float(shown) else shown.replace("-", "−")


def column_at(result: Result, after: float) -> int:
    """Return the column of a time after the end of the light [s]."""
    return int(np.abs(result.moments - result.session.exposure_time - after).argmin())


def mechanism_headline(result: Result) -> str:
    """Say what the model says of the nerve that a clinic measures, and whether a clinic could see it."""
    found = result.output(LARGE)
    at = column_at(result, READ_AT)
    change, photons = found.change[:, at], found.change[:, at] - found.heat_only[:, at]
    seen = mechanism_parameters().measurement.detectable_percent[0]
    seen_as = {"slower": 100 * float(np.mean(change < -seen)), "faster": 100 * float(np.mean(change > seen))}
    told = " and ".join(f"{words} in {share:.0f} %" for words, share in seen_as.items() if share >= SHOWN)
    within = f"a clinic would see it {told} of draws" if told else "too little for a clinic to see"
    least = mechanism_parameters().no_effect_percent.value
    none = 100 * float(np.mean(np.abs(photons) < least))
    median, _, interval = percent_band(change).partition(" ")
    band = f"{median} % {interval}".strip()
    return f"Speed of thick fibres {band} 5 min after the light: {within}; light does nothing in {none:.0f} %"


def mechanism_plot(result: Result) -> Picture:
    """Draw the energy of the cell and the conduction of thick fibres against time.

    Parameters
    ----------
    result : Result
        With times during and after the light.

    Returns
    -------
    Picture
    """
    session, title = result.session, mechanism_headline(result)
    wavelengths = " and ".join(f"{one:g}" for one in session.wavelengths)
    light = (
        f"{wavelengths} nm, {session.fluence_rate / MW_CM2:.3g} mW/cm² at the target, "
        f"{session.exposure_time / 60:g} min, {session.state.replace('-', ' ').replace('_', ' ')}"
    )
    description = (
        f"{BANNER} Change against before the light, with time since the light went on; {light}. "
        "Light band: 90 % of draws; darker band: 50 %; line: median; dotted line: the twin that gets the same "
        "warmth and no photons. Grey: what a clinic cannot tell from no change. Relative numbers, no points of pain."
    )
    energy, nerve = result.output("energy_charge"), result.output(LARGE)
    height = 2 * PANEL + GAP + FOOT
    with drawing():
        figure, first = canvas(title, height, (LEFT, RIGHT), NO_BREAK)
        box = first.get_position()
        first.remove()
        one = box.height / height
        lower = figure.add_axes((box.x0, box.y0 + FOOT * one, box.width, PANEL * one))
        upper = figure.add_axes((box.x0, box.y0 + (FOOT + PANEL + GAP) * one, box.width, PANEL * one))
        seen = mechanism_parameters().measurement.detectable_percent[0]
        _draw(upper, result, energy, "Energy of the cell, ATP/(ATP + ADP), change in %", 1.0)
        _draw(lower, result, nerve, "Conduction of thick fibres, change in %", 1.6 * seen)
        lower.axhspan(-seen, seen, color=RULE, alpha=0.45, lw=0, zorder=-1)
        beside: Any = {
            "transform": lower.get_yaxis_transform(),
            "ha": "right",
            "va": "bottom",
            "size": 10,
            "color": QUIET,
        }
        lower.text(0.99, seen, f"a clinic sees changes from ±{seen:.0f} %", **beside)
        lower.set_xlabel("Time since the light went on, h")
        under: Any = {"size": 10, "va": "bottom"}
        points = figure.get_figheight() * 72
        figure.text(0.005, 31 / points, light, color=QUIET, **under)
        figure.text(0.005, 3 / points, "\n".join(textwrap.wrap(BANNER, WIDE)), color=WARN, linespacing=1.3, **under)
        rows = tuple(
            (
                f"{moment / 60:.0f} min",
                percent_band(energy.change[:, at]),
                percent_band(nerve.change[:, at]),
                percent_band(nerve.heat_only[:, at]),
            )
            for at, moment in enumerate(result.moments)
        )
        header = ("Since light on", "Energy, %", "Conduction, %", "Warmth alone, %")
        return finished(figure, "mechanism", title, description, Table(header, rows))


def _draw(axes: Any, result: Result, found: Output, over: str, least: float) -> None:
    """Draw one output; the vertical axis reaches to `least` on both sides, so that little looks little."""
    hours = np.array([0.0, *result.moments]) / 3600
    bands = np.percentile(found.change, (5, 25, 50, 75, 95), axis=0)
    bands = np.column_stack([np.zeros(5), bands])
    axes.axvspan(0, result.session.exposure_time / 3600, color=WARN, alpha=0.12, lw=0)
    axes.axhline(0, color=QUIET, lw=0.6)
    axes.fill_between(hours, bands[0], bands[4], color=ACCENT, alpha=0.15, lw=0)
    axes.fill_between(hours, bands[1], bands[3], color=ACCENT, alpha=0.30, lw=0)
    axes.plot(hours, bands[2], color=ACCENT)
    twin = np.concatenate([[0.0], np.median(found.heat_only, axis=0)])
    axes.plot(hours, twin, color=INK, ls=(0, (1, 1.6)), lw=1.2)
    axes.set_xlim(0, hours[-1])
    axes.locator_params(nbins=5)
    axes.set_title(over, loc="left", size=11)
    low, high = min(axes.get_ylim()[0], -least), max(axes.get_ylim()[1], least)
    axes.set_ylim(low, high)
    # Labels at the ends of lines, far enough apart to be read.
    ends = sorted([(float(bands[2, -1]), "median", ACCENT), (float(twin[-1]), "warmth alone", INK)])
    apart = max(ends[1][0] - ends[0][0], LABEL_GAP * (high - low))
    middle = (ends[0][0] + ends[1][0]) / 2
    for sign, (_, words, colour) in zip((-0.5, 0.5), ends, strict=True):
        place = {"transform": axes.get_yaxis_transform(), "va": "center", "color": colour, "size": 10}
        axes.text(1.02, middle + sign * apart, words, **place)
