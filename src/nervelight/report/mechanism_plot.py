"""The picture of what the mechanism model says: energy and conduction against time, beside what a clinic can see."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from nervelight.mechanism import BANNER, Result, mechanism_parameters
from nervelight.mechanism.session import Output
from nervelight.report.mechanism_words import LARGE, course_words, mechanism_headline, percent_band
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

__all__ = ["mechanism_plot"]

PANEL, GAP, FOOT = 150, 52, 76
LEFT, RIGHT = 44, 104
LABEL_GAP = 0.11
"""Least distance of two labels, as part of the height."""
WIDE = 72
"""Letters of a line of small type."""


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
    course = session.sessions > 1
    if course:
        light += f"; {course_words(session)}"
    first, last = ("first ", "last ") if course else ("", "")
    description = (
        f"{BANNER} Change against before the {first}light, with time since the {last}light went on; {light}. "
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
        lower.set_xlabel(f"Time since the {last}light went on, h")
        under: Any = {"size": 10, "va": "bottom"}
        points = figure.get_figheight() * 72
        about = textwrap.wrap(f"{light}. Line: median; bands: 50 and 90 % of draws.", WIDE)
        figure.text(0.005, 31 / points, "\n".join(about), color=QUIET, linespacing=1.3, **under)
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
    hours = result.moments / 3600
    bands = np.percentile(found.change, (5, 25, 50, 75, 95), axis=0)
    axes.axvspan(0, result.session.exposure_time / 3600, color=WARN, alpha=0.12, lw=0)
    axes.axhline(0, color=QUIET, lw=0.6)
    axes.fill_between(hours, bands[0], bands[4], color=ACCENT, alpha=0.15, lw=0)
    axes.fill_between(hours, bands[1], bands[3], color=ACCENT, alpha=0.30, lw=0)
    axes.plot(hours, bands[2], color=ACCENT)
    twin = np.median(found.heat_only, axis=0)
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
