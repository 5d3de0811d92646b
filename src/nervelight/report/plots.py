"""The pictures of a plan: light against depth, light against distance, and the course by date."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from nervelight.planning.plan_document import LampLight, LampReading, Plan
from nervelight.report.fluence_plot import fluence_figure
from nervelight.report.picture import (
    ACCENT,
    INK,
    PAPER,
    QUIET,
    Picture,
    Table,
    canvas,
    drawing,
    finished,
)
from nervelight.report.words import band, count, day, distance, number, short_day, typeset

__all__ = ["course_figure", "fluence_figure", "irradiance_figure", "write_beside"]

# Words stand to the left of a point beyond this share of the width.
RIGHT_HALF = 0.55
KINDS = {
    "claim": ("claimed", "o", PAPER, INK),
    "measured": ("measured", "o", INK, INK),
    "own-meter": ("own meter", "D", ACCENT, ACCENT),
}


def irradiance_figure(plan: Plan) -> Picture | None:
    """Draw the irradiance [mW/cm2] on the skin against distance, with what was claimed and measured.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Picture or None
        None for a plan without a lamp, or a lamp of which no irradiance at a distance is known.
    """
    lamp = plan.lamp
    if lamp is None or not (lamp.curve_distance_mm or any(r.distance_mm is not None for r in lamp.readings)):
        return None
    skin = lamp.irradiance_mw_cm2
    title = f"At {distance(lamp.distance_mm)} the skin gets {band(skin, 'mW/cm2')}"
    description = (
        f"Light on the skin (irradiance) against the distance of the lamp. {typeset(lamp.basis_text)} "
        "Line and band: central value and interval. Filled circles: measured; hollow circles: claimed; "
        "diamonds: own meter; bar: the irradiance that this plan counts on, 50 % and 90 %."
    )
    placed = [reading for reading in lamp.readings if reading.distance_mm is not None]
    with drawing():
        figure, axes = canvas(title, 210, (44, 24), "Irradiance on the skin, mW/cm²")
        farthest = 1.08 * max([lamp.distance_mm, *lamp.curve_distance_mm, *(r.distance_mm or 0 for r in placed)])
        brightest = 1.18 * max([skin.p95, *lamp.curve_high_mw_cm2, *(_upper(r) for r in placed)])
        axes.set(xlim=(0, max(farthest, 10) / 10), ylim=(0, brightest))
        axes.locator_params(nbins=5)
        axes.set_xlabel("Distance from the lamp, cm")
        along = [d / 10 for d in lamp.curve_distance_mm]
        axes.fill_between(along, lamp.curve_low_mw_cm2, lamp.curve_high_mw_cm2, color=QUIET, alpha=0.15, lw=0)
        axes.plot(along, lamp.curve_irradiance_mw_cm2, color=QUIET)
        at = lamp.distance_mm / 10
        axes.axvline(at, color=ACCENT, lw=0.8, ls=(0, (3, 2)))
        axes.plot([at, at], [skin.p5, skin.p95], color=ACCENT, lw=7, alpha=0.35, solid_capstyle="butt")
        axes.plot([at, at], [skin.p25, skin.p75], color=ACCENT, lw=7, alpha=0.6, solid_capstyle="butt")
        _draw_readings(axes, placed)
        write_beside(axes, (at, 0.05 * brightest), "working distance", ACCENT)
        return finished(figure, "irradiance", title, description, _irradiance_table(lamp))


def _draw_readings(axes: Any, readings: Sequence[LampReading]) -> None:
    named: dict[str, LampReading] = {}
    for reading in sorted(readings, key=lambda reading: reading.distance_mm or 0.0):
        _, marker, face, edge = KINDS[reading.kind]
        x, y = (reading.distance_mm or 0.0) / 10, reading.irradiance_mw_cm2
        axes.plot([x, x], [y, _upper(reading)], color=edge, lw=1.0, zorder=3)
        axes.plot([x], [y], color=edge, marker=marker, mfc=face, mec=edge, ms=6.5, zorder=4)
        named[reading.kind] = reading
    for kind, reading in named.items():
        word, _, _, colour = KINDS[kind]
        at = ((reading.distance_mm or 0.0) / 10, reading.irradiance_mw_cm2)
        write_beside(axes, at, word, colour, lift=10)


def write_beside(axes: Any, at: tuple[float, float], words: str, colour: str, lift: float = 0) -> None:
    """Write to the right of a point, or to the left where the picture ends."""
    start, end = axes.get_xlim()
    left = at[0] > start + RIGHT_HALF * (end - start)
    offset, side = (-8, "right") if left else (8, "left")
    place = {"xytext": (offset, lift), "textcoords": "offset points", "ha": side, "va": "center"}
    axes.annotate(words, at, color=colour, bbox={"fc": PAPER, "ec": "none", "pad": 1}, **place)


def _upper(reading: LampReading) -> float:
    return reading.irradiance_high_mw_cm2 or reading.irradiance_mw_cm2


def _irradiance_table(lamp: LampLight) -> Table:
    rows = [
        (
            "not stated" if reading.distance_mm is None else distance(reading.distance_mm),
            number(reading.irradiance_mw_cm2)
            + (f" to {number(reading.irradiance_high_mw_cm2)}" if reading.irradiance_high_mw_cm2 else ""),
            f"{KINDS[reading.kind][0]}, {reading.label}",
            "yes" if reading.used else "no",
        )
        for reading in lamp.readings
    ]
    return Table(("Distance", "Irradiance, mW/cm²", "What it is", "Used"), tuple(rows))


def course_figure(plan: Plan) -> Picture | None:
    """Draw the sessions and the gates by date.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Picture or None
        None for a plan without a schedule.
    """
    if plan.schedule is None:
        return None
    dates = [session.date for session in plan.schedule.sessions]
    gates = sorted(plan.schedule.gates, key=lambda gate: gate.date)
    title = f"{count(len(dates), 'session')} from {day(dates[0])} to {day(dates[-1])}"
    if gates:
        title += f", {count(len(gates), 'decision')} on the way"
    description = "Ticks: sessions. Dots on the line and above it: the days on which to go on, change or stop."
    first, last = dates[0].toordinal(), max(dates[-1], *(gate.date for gate in gates), dates[0]).toordinal()
    days = max(last - first, 1)
    with drawing():
        figure, axes = canvas(title, 30 + 22 * len(gates), (12, 12))
        axes.set(xlim=(first - 0.03 * days, last + 0.03 * days), ylim=(-0.6, len(gates) + 0.6), yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.plot([first, last], [0, 0], color=QUIET, lw=0.8)
        axes.vlines([date.toordinal() for date in dates], -0.28, 0.28, color=ACCENT, lw=1.6)
        for row, gate in enumerate(gates):
            x, y = gate.date.toordinal(), len(gates) - row
            axes.plot([x, x], [0, y], color=INK, lw=0.8, ls=(0, (2, 2)))
            axes.plot([x, x], [0, y], color=INK, marker="o", ms=5, ls="none")
            write_beside(axes, (x, y), f"{short_day(gate.date)}: {gate.label}", INK)
        step = math.ceil(days / 4)
        marks = list(range(first, last + 1, step))
        names = [short_day(dt.date.fromordinal(mark)) for mark in marks]
        axes.set_xticks(marks, names)
        axes.tick_params(axis="x", length=0)
        rows = [(day(gate.date, weekday=True), gate.label, gate.question) for gate in gates]
        return finished(figure, "course", title, description, Table(("Date", "Gate", "Question"), tuple(rows)))
