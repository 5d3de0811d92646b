"""The picture of light in plane layers: a map over depth and distance under a beam, a curve under a plane wave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import Disc, Gaussian, LayerStack
from nervelight.report.picture import (
    ACCENT,
    INK,
    LAYER_TINTS,
    OTHER_LAYER_TINT,
    QUIET,
    RULE,
    WIDTH,
    Picture,
    Table,
    canvas,
    drawing,
    finished,
)
from nervelight.report.words import joined, number

__all__ = ["fluence_map", "map_grid"]

Array = NDArray[np.float64]

# How far the picture goes beyond what was asked for; as deep as this [mm] where only the surface was.
BEYOND, NO_DEPTH_MM = 1.2, 15.0
DEPTHS, RADII = 61, 61
# Just above a boundary [mm]: where the index changes the fluence rate jumps.
ABOVE = 1e-6
# Steps a decade of the coloured bands, and the decades shown at most.
STEPS, DECADES = (1.0, 2.0, 5.0), 5
# Perceptually even, without red against green, and as a ramp of greys in print.
COLOURS = "cividis"
# Points: the map, what stands below it, the scale of colours, the last two lines.
HEIGHT, SCALE, BAR, FOOT = 270, 84, 10, 34
LEFT, RIGHT = 34, 120
# Longer names of layers are cut beside the map.
LONGEST_NAME = 18
# Part of the depth that the beam takes above the skin.
SKY = 0.07
# White that stays white on a dark page, where paper turns dark: it lies on the colours. Beyond half of them ink does.
BRIGHT, HALF_BRIGHT = "#fffffe", 0.45
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# Height of a line and mean width of a letter at 11 points.
LABEL_LINE, LETTER = 13.5, 5.9


def map_grid(stack: LayerStack, beam: Disc | Gaussian | None, depth: Any, radius: Any) -> tuple[Array, Array]:
    """Return the points at which a picture needs the fluence rate.

    Parameters
    ----------
    stack : LayerStack, shape (J,)
    beam : Disc, Gaussian or None
        None for a plane wave.
    depth, radius : sequence of float
        What was asked for [mm].

    Returns
    -------
    depth : ndarray, shape (Z,)
        From the surface to a fifth below the deepest wanted, or to the bottom [mm].
    radius : ndarray, shape (R,)
        From the axis to twice the beam's radius, or to the largest wanted [mm]; 0 alone for a plane wave.
    """
    bottom = float(stack.thickness.sum())
    deepest = min(BEYOND * max(depth) or NO_DEPTH_MM, bottom)
    # Closer where the light changes fastest: at the surface, and on either side of a boundary.
    depths = deepest * np.linspace(0.0, 1.0, DEPTHS) ** 1.5
    borders = stack.tops[1:]
    borders = borders[borders < deepest]
    depths = np.unique(np.concatenate([depths, borders, borders - ABOVE]))
    if beam is None:
        return depths, np.zeros(1)
    radii = np.linspace(0.0, max(2 * beam.radius, *radius), RADII)
    if isinstance(beam, Disc):
        radii = np.unique(np.concatenate([radii, beam.radius * np.array([1 - 1e-4, 1 + 1e-4])]))
    return depths, radii


def fluence_map(
    stack: LayerStack,
    beam: Disc | Gaussian | None,
    depth: Array,
    radius: Array,
    fluence_rate: Array,
    least: Array,
    title: str,
    light: str,
    method: str,
) -> Picture:
    """Draw the fluence rate by depth and distance from the axis; against depth alone for a plane wave.

    Parameters
    ----------
    stack : LayerStack, shape (J,)
        With the names of its layers.
    beam : Disc, Gaussian or None
        None for a plane wave.
    depth : ndarray, shape (Z,)
        Ascending [mm].
    radius : ndarray, shape (R,)
        Ascending, from 0 [mm].
    fluence_rate : ndarray, shape (Z, R)
        Per watt on the skin [1/mm2]; per irradiance on the skin for a plane wave [1].
    least : ndarray, shape (Z,)
        What is smaller is not told from nothing.
    title : str
        The message of the picture.
    light, method : str
        What falls on the skin and how it was computed, in words.

    Returns
    -------
    Picture
    """
    if beam is None:
        return _curve(stack, depth, fluence_rate[:, 0], title, light, method)
    return _map(stack, beam, depth, radius, fluence_rate, least, title, light, method)


def _map(
    stack: LayerStack,
    beam: Disc | Gaussian,
    depth: Array,
    radius: Array,
    fluence_rate: Array,
    least: Array,
    title: str,
    light: str,
    method: str,
) -> Picture:
    from matplotlib.colors import LogNorm

    # What is not resolved would be drawn as rings and islands.
    resolved = fluence_rate[fluence_rate > 2 * least[:, None]]
    levels = _levels(float(resolved.max()), max(float(resolved.min()), 2 * float(least.max())))
    # Clipped: noise far from the beam may fall below zero, and a logarithm of that is nothing.
    shown = np.maximum(fluence_rate, levels[0] / 10)
    mirrored = np.concatenate([shown[:, :0:-1], shown], axis=1)
    across = np.concatenate([-radius[:0:-1], radius])
    description = (
        f"Fluence rate by depth, downwards, and distance from the axis of the beam, to both sides, on a logarithmic "
        f"scale of colours: bright is much light, dark is little. It is given for each watt that falls on the skin, "
        f"1/mm². {_sentence(light, method)} Bar above the skin: width of the beam. White lines: boundaries of layers. "
        f"{_pile(stack)}"
    )
    with drawing():
        figure, axes = _canvas(title, HEIGHT, SCALE, (LEFT, RIGHT), "Depth, mm", (light, method))
        bands = axes.contourf(
            across, depth, mirrored, levels=levels, norm=LogNorm(levels[0], levels[-1]), cmap=COLOURS, extend="min"
        )
        bands.set_edgecolor("face")
        axes.set(xlim=(across[0], across[-1]), ylim=(depth[-1], -SKY * depth[-1]))
        axes.locator_params(nbins=5)
        axes.set_xticks(ticks := axes.get_xticks()[1:-1], [f"{abs(tick):g}" for tick in ticks])
        axes.set_xlabel("Distance from the axis, mm")
        axes.spines["left"].set_bounds(0, depth[-1])
        axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= depth[-1]])
        sky = -SKY / 2 * depth[-1]
        axes.plot([-beam.radius, beam.radius], [sky, sky], color=ACCENT, lw=5, solid_capstyle="butt")
        kind = "beam" if isinstance(beam, Disc) else "1/e²"
        width = f"{kind} ⌀ {2 * beam.radius:g} mm"
        beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(width, (beam.radius, sky), color=ACCENT, size=10, **beside)
        for border in stack.tops[1:]:
            if border < depth[-1]:
                axes.axhline(border, color=INK, lw=1.4, alpha=0.5)
                axes.axhline(border, color=BRIGHT, lw=0.7)
        _name_bands(axes, bands, depth, shown[:, 0], levels)
        _name_layers(axes, stack, float(depth[-1]))
        _colour_scale(figure, bands, levels)
        return finished(figure, "fluence-map", title, description, _table(depth, radius, fluence_rate))


def _canvas(
    title: str, height: float, below: float, margins: tuple[float, float], over: str, how: Sequence[str]
) -> tuple[Any, Any]:
    """Return a figure with room below its axes, and with light and method in its last lines."""
    figure, axes = canvas(title, height + below, margins, over)
    left, bottom, width, whole = axes.get_position().bounds
    lift = below * whole / (height + below)
    axes.set_position((left, bottom + lift, width, whole - lift))
    figure.text(0.005, 3 / (figure.get_figheight() * 72), "\n".join(how), color=QUIET, size=10, va="bottom")
    return figure, axes


def _sentence(light: str, method: str) -> str:
    return f"{light[0].upper()}{light[1:]}; {method}."


def _pile(stack: LayerStack) -> str:
    """Name the layers: the thin ones have no room in the picture."""
    return f"Layers from the surface down: {joined([name.replace('_', ' ') for name in stack.names])}."


def _name_bands(axes: Any, bands: Any, depth: Array, on_axis: Array, levels: list[float]) -> None:
    """Write the values of the boundaries of bands on the axis, where there is room."""
    line = LABEL_LINE * depth[-1] / (axes.get_position().height * axes.figure.get_figheight() * 72) * (1 + SKY)
    last = 0.0
    for level in reversed(levels[1:-1]):
        below = np.flatnonzero((on_axis[1:] < level) & (on_axis[:-1] >= level))
        if not below.size:
            continue
        row = int(below[-1])
        part = math.log(on_axis[row] / level) / math.log(on_axis[row] / on_axis[row + 1])
        at = float(depth[row] + part * (depth[row + 1] - depth[row]))
        if last + line < at < depth[-1] - line / 2:
            colour = INK if bands.norm(level) > HALF_BRIGHT else BRIGHT
            axes.text(0, at, _tick(level), color=colour, size=9.5, ha="center", va="center")
            last = at


def _curve(stack: LayerStack, depth: Array, rate: Array, title: str, light: str, method: str) -> Picture:
    description = (
        "Fluence rate against depth on a logarithmic scale, relative to the irradiance in the air above the skin; it "
        f"may exceed 1 where light is scattered back. {_sentence(light, method)} Tints: layers. {_pile(stack)}"
    )
    positive = rate[rate > 0]
    low = max(float(positive.min(initial=1.0)), float(rate.max()) / 10**DECADES)
    limits = low / 1.3, 1.3 * float(rate.max())
    with drawing():
        over = "Fluence rate per irradiance on the skin (log scale)"
        figure, axes = _canvas(title, 230, FOOT, (50, 16), over, (light, method))
        axes.set(yscale="log", xlim=(0, depth[-1]), ylim=limits)
        axes.minorticks_off()
        ticks = [level for level in _levels(limits[1], limits[0]) if limits[0] <= level <= limits[1]]
        ticks = [tick for tick in ticks if _is_power(tick)] if len(ticks) > 5 else ticks
        axes.set_yticks(ticks, [_tick(tick) for tick in ticks])
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel("Depth below the skin, mm")
        points_per_mm = axes.get_position().width * WIDTH / depth[-1]
        for name, top, bottom in _layers(stack, float(depth[-1])):
            axes.axvspan(top, bottom, color=LAYER_TINTS.get(name, OTHER_LAYER_TINT), lw=0)
            axes.axvline(bottom, color=RULE, lw=0.8)
            words, room = name.replace("_", " "), (bottom - top) * points_per_mm
            along = room > LETTER * len(words) + 4
            if along or room > LABEL_LINE:
                # Where the line leaves more room.
                here = max(float(np.interp((top + bottom) / 2, depth, rate)), limits[0])
                under = math.log(here / limits[0]) > math.log(limits[1] / limits[0]) / 2
                side = {"y": 0.02, "va": "bottom"} if under else {"y": 0.98, "va": "top"}
                at = {"x": (top + bottom) / 2, "ha": "center", "rotation": 0 if along else 90, **side}
                axes.text(s=words, color=QUIET, transform=axes.get_xaxis_transform(), **at)
        axes.plot(depth, np.maximum(rate, limits[0]), color=INK)
        table = _table(depth, np.zeros(1), rate[:, None])
        return finished(figure, "fluence-map", title, description, table)


def _layers(stack: LayerStack, deepest: float) -> list[tuple[str, float, float]]:
    """Return name, top and bottom [mm] of each layer down to a depth."""
    ends = [*stack.tops.tolist(), float(stack.thickness.sum())]
    return [
        (name, top, min(bottom, deepest))
        for name, (top, bottom) in zip(stack.names, pairwise(ends), strict=True)
        if top < deepest
    ]


def _name_layers(axes: Any, stack: LayerStack, deepest: float) -> None:
    """Write the names beside the picture, pushed apart until each can be read, with a line to its layer."""
    first, last = axes.get_ylim()[::-1]
    line = LABEL_LINE / (axes.get_position().height * axes.figure.get_figheight() * 72) * (last - first)
    layers = _layers(stack, deepest)
    middles = [(top + bottom) / 2 for _, top, bottom in layers]
    places: list[float] = []
    for middle in middles:
        places.append(max(middle, places[-1] + line if places else 0.0))
    # Those pushed out below come back up, each as far as the next allows.
    allowed = deepest
    for index in reversed(range(len(places))):
        places[index] = min(places[index], allowed)
        allowed = places[index] - line
    across = axes.get_yaxis_transform()
    for (name, _, _), middle, place in zip(layers, middles, places, strict=True):
        axes.plot([1.0, 1.03], [middle, place], color=QUIET, lw=0.8, transform=across, clip_on=False)
        words = name.replace("_", " ")
        words = words if len(words) <= LONGEST_NAME else f"{words[: LONGEST_NAME - 1]}…"
        axes.text(1.04, place, words, color=INK, va="center", transform=across)


def _colour_scale(figure: Any, bands: Any, levels: list[float]) -> None:
    """Draw the colours with their values under the picture."""
    full = figure.get_figheight() * 72
    scale = figure.add_axes((LEFT / WIDTH, (FOOT + 20) / full, 1 - (LEFT + RIGHT) / WIDTH, BAR / full))
    figure.colorbar(bands, cax=scale, orientation="horizontal", spacing="proportional", extendfrac=0.04)
    ticks = [level for level in levels if _is_power(level)] if len(levels) > 6 else levels
    scale.set_xticks(ticks, [_tick(tick) for tick in ticks])
    scale.minorticks_off()
    figure.text(
        0.005, (FOOT + 26 + BAR) / full, "Fluence rate for each watt on the skin, 1/mm² (log scale)", va="bottom"
    )


def _levels(largest: float, least: float) -> list[float]:
    """Return 1, 2 and 5 times powers of ten from the largest down to the least, over some decades at most."""
    top = math.ceil(math.log10(largest))
    low = max(least, largest / 10**DECADES)
    steps = [step * 10.0**power for power in range(top - DECADES - 1, top + 1) for step in STEPS]
    # One step below and one above, so that all that is drawn lies between two.
    first = max(0, sum(step <= low for step in steps) - 1)
    return steps[first : max(first + 2, sum(step < largest for step in steps) + 1)]


def _is_power(level: float) -> bool:
    return math.isclose(math.log10(level), round(math.log10(level)), abs_tol=1e-9)


def _tick(value: float) -> str:
    if 0.01 <= value < 1e4:
        return f"{value:g}"
    mantissa, exponent = f"{value:.0e}".split("e")
    power = f"10{str(int(exponent)).translate(RAISED)}"
    return power if mantissa == "1" else f"{mantissa} × {power}"


def _table(depth: Array, radius: Array, fluence_rate: Array) -> Table:
    """Return some of the numbers: at ten depths, on the axis and at a few distances from it."""
    rows = np.unique(np.linspace(0, len(depth) - 1, 10).astype(int)).tolist()
    columns = np.unique(np.linspace(0, len(radius) - 1, 4).astype(int)).tolist()
    header = ("Depth, mm", *(f"{number(radius[column])} mm from the axis" for column in columns))
    body = tuple(
        (
            number(depth[row]),
            *(number(max(float(fluence_rate[row, column]), 0.0)) for column in columns),
        )
        for row in rows
    )
    return Table(header if len(radius) > 1 else ("Depth, mm", "Fluence rate per irradiance"), body)
