"""The three pictures of a plan: light against depth, light against distance, and the course by date."""

from __future__ import annotations

import datetime as dt
import math
import textwrap
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from nervelight.planning.plan_document import Band, DepthCurve, LampLight, LampReading, Plan, TargetLight
from nervelight.report.picture import (
    ACCENT,
    INK,
    LAYER_TINTS,
    NERVE,
    OTHER_LAYER_TINT,
    PAPER,
    QUIET,
    Picture,
    Table,
    canvas,
    colour_of,
    drawing,
    finished,
)
from nervelight.report.words import band, count, day, number, typeset

__all__ = ["course_figure", "fluence_figure", "irradiance_figure"]

WIDTH = 460
TITLE_COLUMNS = 60
LINE_HEIGHT = 17
LETTER = 5.9  # mean width of a letter at 11 points, to judge whether a label fits
MOST_POINTS = 80  # more cannot be seen on a line of this size
INFRARED_FROM_NM = 780
DASHES: tuple[Any, ...] = ((0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)))
KINDS = {
    "claim": ("claimed", "o", PAPER, INK),
    "measured": ("measured", "o", INK, INK),
    "own-meter": ("own meter", "D", ACCENT, ACCENT),
}


def fluence_figure(plan: Plan) -> Picture | None:
    """Draw the fluence rate [mW/cm2] in the tissue against depth [mm], one line a wavelength.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Picture or None
        None for a plan without light in tissue.
    """
    if not plan.curves:
        return None
    target = next((light for light in plan.targets if light.is_target), None)
    title = "Light in the tissue, by depth"
    if target is not None:
        title = f"About {band(target.fluence_rate_mw_cm2, 'mW/cm2')} reaches the {target.label}"
    description = (
        "Light in the tissue (fluence rate) against depth, on a logarithmic scale, one line for each wavelength. "
        "Line: median; dark band: 50 %; light band: 90 % of the draws. Tints: tissue layers at their median "
        "thickness. Orange: depth of the nerve, 90 %. Diamond: all wavelengths together at the target, with 90 % bar."
    )
    deepest = plan.curves[0].depth_mm[-1]
    if plan.targets:
        deepest = min(deepest, max(3.0, 1.3 * max(light.depth_mm.p95 for light in plan.targets)))
    shown = [_thinned(curve, deepest) for curve in plan.curves]
    lines = _lines(title)
    with drawing():
        figure, axes = canvas("\n".join(lines), WIDTH, 340, (44, 62, 42, 30 + LINE_HEIGHT * len(lines)))
        # A strip below for the names of layers, one above for each nerve.
        low = max(min(y for curve in shown for y in curve.p5), 1e-5 * max(y for curve in shown for y in curve.p95))
        peaks = [y for curve in shown for y in curve.p95] + [light.fluence_rate_mw_cm2.p95 for light in plan.targets]
        bottom, top = math.log10(low), math.log10(max(peaks))
        span = max(top - bottom, 1.0)
        limits = (bottom - 0.12 * span, top + (0.05 + 0.09 * len(plan.targets)) * span)
        axes.set(yscale="log", xlim=(0, deepest), ylim=tuple(10**x for x in limits))
        axes.minorticks_off()
        decades = range(math.ceil(limits[0]), math.floor(limits[1]) + 1)
        decades = decades[:: math.ceil(len(decades) / 5)]
        axes.set_yticks([10.0**k for k in decades], [f"{10.0**k:g}" for k in decades])
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("Depth below the skin, mm")
        _title_of_y(axes, "Fluence rate, mW/cm² (log scale)")
        _draw_layers(axes, plan, deepest)
        _draw_nerves(axes, plan.targets, deepest)
        _draw_wavelengths(axes, shown, limits)
        if target is not None:
            _draw_total(axes, target, deepest)
        return finished(figure, "fluence", title, description, _fluence_table(plan))


def _thinned(curve: DepthCurve, deepest: float) -> DepthCurve:
    count_shown = sum(depth <= deepest for depth in curve.depth_mm)
    step = math.ceil(count_shown / MOST_POINTS)
    names = ("depth_mm", "p5", "p25", "p50", "p75", "p95")
    return curve.model_copy(update={name: getattr(curve, name)[:count_shown:step] for name in names})


def _draw_layers(axes: Any, plan: Plan, deepest: float) -> None:
    thickness = [math.inf if layer.thickness_mm is None else layer.thickness_mm.p50 for layer in plan.tissue.layers]
    points_per_mm = axes.get_position().width * WIDTH / deepest
    for layer, d, end in zip(plan.tissue.layers, thickness, accumulate(thickness), strict=True):
        start, stop = (0.0 if math.isinf(d) and end == d else end - d), min(end, deepest)
        if math.isinf(d):
            start = sum(x for x in thickness if math.isfinite(x))
        if start >= deepest:
            break
        axes.axvspan(start, stop, color=LAYER_TINTS.get(layer.name, OTHER_LAYER_TINT), lw=0)
        room, middle = (stop - start) * points_per_mm, (start + stop) / 2
        along = room > LETTER * len(layer.label) + 4
        if along or room > 12:
            at = {"x": middle, "y": 0.025, "ha": "center", "va": "bottom", "rotation": 0 if along else 90}
            axes.text(s=layer.label, color=QUIET, transform=axes.get_xaxis_transform(), **at)


def _draw_nerves(axes: Any, targets: Sequence[TargetLight], deepest: float) -> None:
    for row, light in enumerate(targets):
        depth = light.depth_mm
        label_top = 0.985 - 0.075 * row
        axes.axvspan(depth.p5, depth.p95, color=NERVE, alpha=0.3 if light.is_target else 0.15, lw=0)
        axes.axvline(depth.p50, ymax=label_top, color=NERVE, lw=1.6, ls="-" if light.is_target else (0, (3, 2)))
        rightward = depth.p50 < 0.5 * deepest
        axes.text(
            depth.p95 + 0.01 * deepest if rightward else depth.p5 - 0.01 * deepest,
            label_top,
            f"{light.label} (target)" if light.is_target else light.label,
            weight="bold" if light.is_target else "normal",
            ha="left" if rightward else "right",
            va="top",
            transform=axes.get_xaxis_transform(),
        )


def _draw_wavelengths(axes: Any, curves: Sequence[DepthCurve], limits: tuple[float, float]) -> None:
    infrared = sorted(curve.wavelength_nm for curve in curves if curve.wavelength_nm >= INFRARED_FROM_NM)
    for curve in curves:
        colour = colour_of(curve.wavelength_nm)
        dashed = DASHES[infrared.index(curve.wavelength_nm) % len(DASHES)] if curve.wavelength_nm in infrared else "-"
        axes.fill_between(curve.depth_mm, curve.p5, curve.p95, color=colour, alpha=0.10, lw=0)
        axes.fill_between(curve.depth_mm, curve.p25, curve.p75, color=colour, alpha=0.20, lw=0)
        axes.plot(curve.depth_mm, curve.p50, color=colour, ls=dashed)
    # Labels at the line ends, pushed apart until each can be read.
    gap = 0.065 * (limits[1] - limits[0])
    last = limits[0]
    for curve in sorted(curves, key=lambda curve: curve.p50[-1]):
        last = max(math.log10(max(curve.p50[-1], 10.0 ** limits[0])), last + gap)
        axes.text(
            1.015,
            10.0**last,
            f"{curve.wavelength_nm:g} nm",
            color=colour_of(curve.wavelength_nm),
            va="center",
            transform=axes.get_yaxis_transform(),
        )


def _draw_total(axes: Any, target: TargetLight, deepest: float) -> None:
    rate, depth = target.fluence_rate_mw_cm2, target.depth_mm.p50
    rightward = depth < 0.5 * deepest
    axes.text(
        target.depth_mm.p95 + 0.01 * deepest if rightward else target.depth_mm.p5 - 0.01 * deepest,
        rate.p50,
        f"in all {band(rate)}",
        ha="left" if rightward else "right",
        va="bottom",
    )
    axes.plot([depth, depth], [rate.p5, rate.p95], color=INK, lw=1.4)
    axes.plot([depth], [rate.p50], color=INK, marker="D", ms=5)


def _fluence_table(plan: Plan) -> Table:
    rows = []
    for curve in plan.curves:
        for light in plan.targets:
            nearest = min(range(len(curve.depth_mm)), key=lambda k: abs(curve.depth_mm[k] - light.depth_mm.p50))
            here = Band(**{name: getattr(curve, name)[nearest] for name in Band.model_fields})
            rows.append(
                (f"{curve.wavelength_nm:g} nm", f"{number(curve.depth_mm[nearest], 'mm')}, {light.label}", band(here))
            )
    return Table(("Wavelength", "Depth", "Fluence rate, mW/cm² (90 %)"), tuple(rows))


def irradiance_figure(plan: Plan) -> Picture | None:
    """Draw the irradiance [mW/cm2] on the skin against the distance from the lamp, with what was claimed and measured.

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
    title = f"At {_distance(lamp.distance_mm)} the skin gets {band(skin, 'mW/cm2')}"
    description = (
        f"Light on the skin (irradiance) against the distance of the lamp. {typeset(lamp.basis_text)} "
        "Filled circles: measured; hollow circles: claimed; diamonds: own meter; bar: the irradiance this plan "
        "counts on, 90 %."
    )
    placed = [reading for reading in lamp.readings if reading.distance_mm is not None]
    lines = _lines(title)
    with drawing():
        figure, axes = canvas("\n".join(lines), WIDTH, 300, (44, 24, 42, 30 + LINE_HEIGHT * len(lines)))
        farthest = 1.08 * max([lamp.distance_mm, *lamp.curve_distance_mm, *(r.distance_mm or 0 for r in placed)])
        brightest = 1.18 * max([skin.p95, *lamp.curve_irradiance_mw_cm2, *(_upper(r) for r in placed)])
        axes.set(xlim=(0, max(farthest, 10) / 10), ylim=(0, brightest))
        axes.locator_params(nbins=5)
        axes.set_xlabel("Distance from the lamp, cm")
        _title_of_y(axes, "Irradiance on the skin, mW/cm²")
        axes.plot([d / 10 for d in lamp.curve_distance_mm], lamp.curve_irradiance_mw_cm2, color=QUIET)
        at = lamp.distance_mm / 10
        axes.axvline(at, color=ACCENT, lw=0.8, ls=(0, (3, 2)))
        axes.plot([at, at], [skin.p5, skin.p95], color=ACCENT, lw=7, alpha=0.35, solid_capstyle="butt")
        axes.plot([at, at], [skin.p25, skin.p75], color=ACCENT, lw=7, alpha=0.6, solid_capstyle="butt")
        _draw_readings(axes, placed)
        axes.annotate(
            "working distance", (at, 0.03 * brightest), xytext=(5, 0), textcoords="offset points", color=ACCENT
        )
        return finished(figure, "irradiance", title, description, _irradiance_table(lamp))


def _draw_readings(axes: Any, readings: Sequence[LampReading]) -> None:
    named: dict[str, LampReading] = {}
    for reading in sorted(readings, key=lambda reading: reading.distance_mm or 0.0):
        _, marker, face, edge = KINDS[reading.kind]
        x, y = (reading.distance_mm or 0.0) / 10, reading.irradiance_mw_cm2
        axes.plot([x, x], [y, _upper(reading)], color=edge, lw=1.0, zorder=3)
        axes.plot([x], [y], marker=marker, mfc=face, mec=edge, ms=6.5, zorder=4)
        named[reading.kind] = reading
    for kind, reading in named.items():
        word, _, _, colour = KINDS[kind]
        at = ((reading.distance_mm or 0.0) / 10, reading.irradiance_mw_cm2)
        axes.annotate(word, at, xytext=(7, 0), textcoords="offset points", va="center", color=colour)


def _upper(reading: LampReading) -> float:
    return reading.irradiance_high_mw_cm2 or reading.irradiance_mw_cm2


def _irradiance_table(lamp: LampLight) -> Table:
    rows = [
        (
            "not stated" if reading.distance_mm is None else _distance(reading.distance_mm),
            number(reading.irradiance_mw_cm2)
            + (f" to {number(reading.irradiance_high_mw_cm2)}" if reading.irradiance_high_mw_cm2 else ""),
            f"{KINDS[reading.kind][0]}, {reading.label}",
            "yes" if reading.used else "no",
        )
        for reading in lamp.readings
    ]
    return Table(("Distance", "Irradiance, mW/cm²", "What it is", "Used"), tuple(rows))


def _distance(mm: float) -> str:
    return "contact" if mm == 0 else f"{mm / 10:.3g} cm"


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
    lines = _lines(title)
    height = 74 + LINE_HEIGHT * len(lines) + 22 * len(gates)
    with drawing():
        figure, axes = canvas("\n".join(lines), WIDTH, height, (12, 12, 24, 14 + LINE_HEIGHT * len(lines)))
        axes.set(xlim=(first - 0.03 * days, last + 0.03 * days), ylim=(-0.6, len(gates) + 0.6), yticks=[])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.plot([first, last], [0, 0], color=QUIET, lw=0.8)
        axes.vlines([date.toordinal() for date in dates], -0.28, 0.28, color=ACCENT, lw=1.6)
        for row, gate in enumerate(gates):
            x, y = gate.date.toordinal(), len(gates) - row
            axes.plot([x, x], [0, y], color=INK, lw=0.8, ls=(0, (2, 2)))
            axes.plot([x, x], [0, y], color=INK, marker="o", ms=5, ls="none")
            late = x > first + 0.5 * days
            label = f"{day(gate.date, year=False)}: {gate.label}"
            axes.annotate(
                label,
                (x, y),
                xytext=(-8 if late else 8, 0),
                textcoords="offset points",
                ha="right" if late else "left",
                va="center",
            )
        step = math.ceil(days / 4)
        marks = list(range(first, last + 1, step))
        names = [day(dt.date.fromordinal(mark), year=False) for mark in marks]
        axes.set_xticks(marks, names)
        axes.tick_params(axis="x", length=0)
        rows = [(day(gate.date, weekday=True), gate.label, gate.question) for gate in gates]
        return finished(figure, "course", title, description, Table(("Date", "Gate", "Question"), tuple(rows)))


def _title_of_y(axes: Any, text: str) -> None:
    axes.annotate(text, (0.005, 1.0), xytext=(0, 6), xycoords=("figure fraction", "axes fraction"), textcoords="offset points")


def _lines(title: str) -> list[str]:
    """Break a title into as few lines as it needs, of about one length."""
    fewest = len(textwrap.wrap(title, TITLE_COLUMNS))
    widths = range(len(title) // fewest, TITLE_COLUMNS + 1)
    return next(lines for width in widths if len(lines := textwrap.wrap(title, width)) == fewest)
