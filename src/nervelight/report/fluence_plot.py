"""The picture of a plan: how light falls off with depth, and what of it reaches the nerve."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from nervelight.planning.plan_document import Band, DepthCurve, Plan, TargetLight, target_of
from nervelight.report.picture import (
    INK,
    LAYER_TINTS,
    NERVE,
    OTHER_LAYER_TINT,
    QUIET,
    WIDTH,
    Picture,
    Table,
    canvas,
    colour_of,
    drawing,
    finished,
)
from nervelight.report.words import band, number

__all__ = [
    "FLUENCE_DESCRIPTION",
    "INFRARED_FROM_NM",
    "LABEL_HEIGHT",
    "LETTER",
    "LETTER_BOLD",
    "axis_limits",
    "deepest_shown",
    "fluence_figure",
    "fluence_table",
    "fluence_title",
    "log_ticks",
    "target_lines",
    "thinned",
]

# Mean width of a letter at 11 points, to judge whether a label fits.
LETTER, LETTER_BOLD = 5.9, 6.6
LABEL_COLUMNS = 40
LABEL_HEIGHT = 0.065  # of the axes
MOST_POINTS = 80  # more cannot be seen on a line of this size
INFRARED_FROM_NM = 780
FLUENCE_DESCRIPTION = (
    "Light in the tissue (fluence rate) against depth, on a logarithmic scale, for each wavelength. "
    "Line: median; dark band: 50 %; light band: 90 % of the draws. Tints: tissue layers at their median "
    "thickness. Orange: depth of the nerve, 90 %. Diamond: all wavelengths together at the target, 90 %."
)
DASHES: tuple[Any, ...] = ((0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)))


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
    target = target_of(plan.targets)
    title, description = fluence_title(plan.targets), FLUENCE_DESCRIPTION
    deepest = deepest_shown(plan.curves, plan.targets)
    shown = [thinned(curve, deepest) for curve in plan.curves]
    with drawing():
        figure, axes = canvas(title, 250, (50, 62), "Fluence rate, mW/cm² (log scale)")
        labels = [target_lines(light) for light in plan.targets]
        limits = axis_limits(shown, plan.targets, target, sum(map(len, labels)))
        axes.set(yscale="log", xlim=(0, deepest), ylim=limits)
        axes.minorticks_off()
        ticks = log_ticks(*limits)
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("Depth below the skin, mm")
        _draw_layers(axes, plan, deepest)
        _draw_nerves(axes, plan.targets, labels, deepest)
        _draw_wavelengths(axes, shown, limits)
        if target is not None:
            _draw_total(axes, target, deepest)
        return finished(figure, "fluence", title, description, fluence_table(plan.curves, plan.targets))


def fluence_title(targets: Sequence[TargetLight]) -> str:
    """Return what the picture of light against depth says."""
    target = target_of(targets)
    if target is None:
        return "Light in the tissue, by depth"
    return f"About {band(target.fluence_rate_mw_cm2, 'mW/cm2')} reaches the {target.label}"


def deepest_shown(curves: Sequence[DepthCurve], targets: Sequence[TargetLight]) -> float:
    """Return where the picture ends [mm]: a little below the targets."""
    deepest = curves[0].depth_mm[-1]
    if targets:
        deepest = min(deepest, max(3.0, 1.3 * max(light.depth_mm.p95 for light in targets)))
    return deepest


def thinned(curve: DepthCurve, deepest: float) -> DepthCurve:
    """Return the points of a curve down to a depth [mm], no more than can be seen."""
    count_shown = sum(depth <= deepest for depth in curve.depth_mm)
    step = math.ceil(count_shown / MOST_POINTS)
    names = ("depth_mm", "p5", "p25", "p50", "p75", "p95")
    return curve.model_copy(update={name: getattr(curve, name)[:count_shown:step] for name in names})


def target_lines(light: TargetLight) -> list[str]:
    """Return the name of a target in lines that fit."""
    return textwrap.wrap(f"{light.label} (target)" if light.is_target else light.label, LABEL_COLUMNS)


def axis_limits(
    curves: Sequence[DepthCurve], targets: Sequence[TargetLight], target: TargetLight | None, labels: int
) -> tuple[float, float]:
    """Return the ends of the vertical axis: what is drawn, a strip below for layers, lines above for nerves."""
    peak = max([*(max(c.p95) for c in curves), *(light.fluence_rate_mw_cm2.p95 for light in targets)])
    low = max(min(min(curve.p5) for curve in curves), 1e-5 * peak)
    if target is not None:
        low = max(min(low, target.fluence_rate_mw_cm2.p50), 1e-8 * peak)
    span = max(math.log10(peak / low), 1.0)
    return low * 10 ** (-0.12 * span), peak * 10 ** ((0.05 + 1.2 * LABEL_HEIGHT * labels) * span)


def log_ticks(low: float, high: float) -> list[float]:
    """Return at most five ticks: powers of ten, or 1, 2 and 5 times those where only one power is in view."""
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    if len(powers) > 1:
        return [10.0**k for k in powers[:: math.ceil(len(powers) / 5)]]
    near = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    return [step * 10.0**k for k in near for step in (1, 2, 5) if low <= step * 10.0**k <= high][:5]


def _draw_layers(axes: Any, plan: Plan, deepest: float) -> None:
    thickness = [math.inf if layer.thickness_mm is None else layer.thickness_mm.p50 for layer in plan.tissue.layers]
    points_per_mm = _points_per_mm(axes, deepest)
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


def _draw_nerves(axes: Any, targets: Sequence[TargetLight], labels: Sequence[list[str]], deepest: float) -> None:
    top = 0.985
    for light, lines in zip(targets, labels, strict=True):
        depth = light.depth_mm
        axes.axvspan(depth.p5, depth.p95, color=NERVE, alpha=0.3 if light.is_target else 0.15, lw=0)
        axes.axvline(depth.p50, ymax=top, color=NERVE, lw=1.6, ls="-" if light.is_target else (0, (3, 2)))
        weight = "bold" if light.is_target else "normal"
        at = _beside(depth, max(lines, key=len), deepest, axes)
        for line in lines:
            axes.text(y=top, s=line, weight=weight, va="top", transform=axes.get_xaxis_transform(), **at)
            top -= LABEL_HEIGHT


def _beside(depth: Band, words: str, deepest: float, axes: Any) -> dict[str, Any]:
    """Return where words about a depth fit: right of its band, left of it, or else up to the edge."""
    needed = LETTER_BOLD * len(words) / _points_per_mm(axes, deepest)
    gap = 0.012 * deepest
    if depth.p95 + gap + needed < deepest:
        return {"x": depth.p95 + gap, "ha": "left"}
    return {"x": depth.p5 - gap if depth.p5 - gap > needed else deepest - gap, "ha": "right"}


def _points_per_mm(axes: Any, deepest: float) -> float:
    return float(axes.get_position().width * WIDTH / deepest)


def _draw_wavelengths(axes: Any, curves: Sequence[DepthCurve], limits: tuple[float, float]) -> None:
    infrared = sorted(curve.wavelength_nm for curve in curves if curve.wavelength_nm >= INFRARED_FROM_NM)
    for curve in curves:
        colour = colour_of(curve.wavelength_nm)
        dashed = DASHES[infrared.index(curve.wavelength_nm) % len(DASHES)] if curve.wavelength_nm in infrared else "-"
        axes.fill_between(curve.depth_mm, curve.p5, curve.p95, color=colour, alpha=0.10, lw=0)
        axes.fill_between(curve.depth_mm, curve.p25, curve.p75, color=colour, alpha=0.20, lw=0)
        axes.plot(curve.depth_mm, curve.p50, color=colour, ls=dashed)
    # Labels at the line ends, pushed apart until each can be read.
    floor = math.log10(limits[0])
    gap, last = 0.065 * (math.log10(limits[1]) - floor), floor
    for curve in sorted(curves, key=lambda curve: curve.p50[-1]):
        last = max(math.log10(max(curve.p50[-1], limits[0])), last + gap)
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
    if rate.p50 < axes.get_ylim()[0]:
        return
    words = f"in all {band(rate)}"
    axes.text(y=rate.p50, s=words, va="bottom", **_beside(target.depth_mm, words, deepest, axes))
    axes.plot([depth, depth], [rate.p5, rate.p95], color=INK, lw=1.4)
    axes.plot([depth], [rate.p50], color=INK, marker="D", ms=5)


def fluence_table(curves: Sequence[DepthCurve], targets: Sequence[TargetLight]) -> Table:
    """Return the light of each wavelength at the depth of each target."""
    rows = []
    for curve in curves:
        for light in targets:
            nearest = min(range(len(curve.depth_mm)), key=lambda k: abs(curve.depth_mm[k] - light.depth_mm.p50))
            here = Band(**{name: getattr(curve, name)[nearest] for name in Band.model_fields})
            rows.append(
                (
                    f"{curve.wavelength_nm:g} nm",
                    f"{number(curve.depth_mm[nearest], 'mm')}, {light.label}",
                    band(here),
                )
            )
    return Table(("Wavelength", "Depth", "Fluence rate, mW/cm² (90 %)"), tuple(rows))
