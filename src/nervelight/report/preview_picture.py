"""The depth curve of a preview, drawn as plain SVG: Matplotlib would take longer than all of the light.

The page forbids styles within the picture, so that everything is said by attributes; colours are variables of the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate

from nervelight.planning import Preview
from nervelight.planning.plan_document import Band, DepthCurve, LayerBand, TargetLight, target_of
from nervelight.report.fluence_plot import (
    FLUENCE_DESCRIPTION,
    INFRARED_FROM_NM,
    LABEL_HEIGHT,
    LETTER,
    LETTER_BOLD,
    axis_limits,
    deepest_shown,
    fluence_table,
    fluence_title,
    log_ticks,
    target_lines,
    thinned,
)
from nervelight.report.picture import (
    FONTS,
    INK,
    LAYER_TINTS,
    LINE_HEIGHT,
    NERVE,
    OTHER_LAYER_TINT,
    QUIET,
    WIDTH,
    Picture,
    colour_of,
    themed,
    title_lines,
)
from nervelight.report.words import band

__all__ = ["preview_picture"]

NAME = "preview-fluence"
LEFT, RIGHT, HEIGHT, BELOW = 50.0, 62.0, 250.0, 42.0
MOST_TICKS = 5
# Dash and gap lengths, in the order of the infrared wavelengths.
DASHES = ("10 3", "3 2.4", "13 3 3 3", "1.6 1.6")


class _Frame:
    """Where a depth [mm] and a fluence rate [mW/cm2] lie on the picture."""

    def __init__(self, top: float, deepest: float, limits: tuple[float, float]) -> None:
        self.top, self.deepest, self.limits = top, deepest, limits
        self.left, self.right, self.bottom = LEFT, WIDTH - RIGHT, top + HEIGHT
        self.points_per_mm = (self.right - self.left) / deepest

    def x(self, depth: float) -> float:
        return self.left + self.points_per_mm * min(max(depth, 0.0), self.deepest)

    def y(self, rate: float) -> float:
        low, high = (math.log10(end) for end in self.limits)
        # What lies below the picture runs along its lower edge, and nothing is drawn outside.
        return self.bottom - HEIGHT * (min(max(math.log10(max(rate, self.limits[0])), low), high) - low) / (high - low)

    def line(self, depths: Sequence[float], rates: Sequence[float]) -> str:
        return " ".join(f"{self.x(d):.1f},{self.y(r):.1f}" for d, r in zip(depths, rates, strict=True))


def preview_picture(preview: Preview) -> Picture | None:
    """Draw the fluence rate [mW/cm2] in the tissue against depth [mm], one line a wavelength.

    Parameters
    ----------
    preview : Preview

    Returns
    -------
    Picture or None
        None without light in tissue.
    """
    if not preview.curves:
        return None
    title, description = fluence_title(preview.targets), f"{preview.made} {FLUENCE_DESCRIPTION}"
    target = target_of(preview.targets)
    deepest = deepest_shown(preview.curves, preview.targets)
    shown = [thinned(curve, deepest) for curve in preview.curves]
    heads, names = title_lines(title), [target_lines(light) for light in preview.targets]
    limits = axis_limits(shown, preview.targets, target, sum(map(len, names)))
    frame = _Frame(8.0 + LINE_HEIGHT * len(heads) + 22, deepest, limits)
    parts = [
        *(_text(2, 14 + LINE_HEIGHT * row, line, size=12.5, bold=True) for row, line in enumerate(heads)),
        _text(2, frame.top - 8, "Fluence rate, mW/cm² (log scale)"),
        *_layers(frame, preview.tissue.layers),
        *_nerves(frame, preview.targets, names),
        *_wavelengths(frame, shown),
        *(_total(frame, target, sum(map(len, names))) if target is not None else ()),
        *_axes(frame),
    ]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {frame.bottom + BELOW:.0f}" role="img" '
        f'aria-labelledby="{NAME}-title {NAME}-desc" font-family="{escape(FONTS)}" font-size="11" '
        f'stroke-linejoin="round"><title id="{NAME}-title">{escape(title)}</title>'
        f'<desc id="{NAME}-desc">{escape(description)}</desc>{"".join(parts)}</svg>'
    )
    return Picture(NAME, svg, title, description, fluence_table(preview.curves, preview.targets))


def _text(
    x: float, y: float, words: str, *, colour: str = INK, anchor: str = "start", size: float = 0, bold: bool = False
) -> str:
    more = (f' font-size="{size:g}"' if size else "") + (' font-weight="bold"' if bold else "")
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {at} fill="{themed(colour)}"{more}>{escape(words)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{themed(colour)}" stroke-width="{width:g}"{dashes}/>'


def _box(frame: _Frame, start: float, stop: float, colour: str, opacity: float = 1.0) -> str:
    left, right = frame.x(start), frame.x(stop)
    size = f'x="{left:.1f}" y="{frame.top:.1f}" width="{right - left:.1f}" height="{HEIGHT:g}"'
    faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<rect {size} fill="{themed(colour)}"{faint}/>'


def _layers(frame: _Frame, layers: Sequence[LayerBand]) -> Iterator[str]:
    thickness = [math.inf if layer.thickness_mm is None else layer.thickness_mm.p50 for layer in layers]
    tops = [0.0, *accumulate(thickness)]
    for layer, start, stop in zip(layers, tops, tops[1:], strict=False):
        if start >= frame.deepest:
            break
        yield _box(frame, start, stop, LAYER_TINTS.get(layer.name, OTHER_LAYER_TINT))
        room, middle = frame.x(stop) - frame.x(start), (frame.x(start) + frame.x(stop)) / 2
        if room > LETTER * len(layer.label) + 4:
            yield _text(middle, frame.bottom - 7, layer.label, colour=QUIET, anchor="middle")
        elif room > 12:
            x, y = middle + 4, frame.bottom - 7
            words = f'x="{x:.1f}" y="{y:.1f}" transform="rotate(-90 {x:.1f} {y:.1f})" fill="{themed(QUIET)}"'
            yield f"<text {words}>{escape(layer.label)}</text>"


def _nerves(frame: _Frame, targets: Sequence[TargetLight], names: Sequence[Sequence[str]]) -> Iterator[str]:
    y = frame.top + 13
    for light, lines in zip(targets, names, strict=True):
        yield _box(frame, light.depth_mm.p5, light.depth_mm.p95, NERVE, 0.3 if light.is_target else 0.15)
        x = frame.x(light.depth_mm.p50)
        yield _rule(x, y - 10, x, frame.bottom, NERVE, 1.6, "" if light.is_target else "5 3")
        at, anchor = _beside(frame, light.depth_mm, max(lines, key=len))
        for line in lines:
            yield _text(at, y, line, anchor=anchor, bold=light.is_target)
            y += LABEL_HEIGHT * HEIGHT


def _beside(frame: _Frame, depth: Band, words: str) -> tuple[float, str]:
    """Return where words about a depth fit: right of its band, left of it, or else up to the edge."""
    needed, gap = LETTER_BOLD * len(words), 5
    if frame.x(depth.p95) + gap + needed < frame.right:
        return frame.x(depth.p95) + gap, "start"
    left = frame.x(depth.p5) - gap
    return (left if left - frame.left > needed else frame.right - gap), "end"


def _wavelengths(frame: _Frame, curves: Sequence[DepthCurve]) -> Iterator[str]:
    infrared = sorted(curve.wavelength_nm for curve in curves if curve.wavelength_nm >= INFRARED_FROM_NM)
    for curve in curves:
        colour = themed(colour_of(curve.wavelength_nm))
        for low, high, opacity in ((curve.p5, curve.p95, 0.10), (curve.p25, curve.p75, 0.20)):
            around = (*curve.depth_mm, *reversed(curve.depth_mm)), (*high, *reversed(low))
            yield f'<polygon points="{frame.line(*around)}" fill="{colour}" fill-opacity="{opacity:g}"/>'
        dash = ""
        if curve.wavelength_nm in infrared:
            dash = f' stroke-dasharray="{DASHES[infrared.index(curve.wavelength_nm) % len(DASHES)]}"'
        line = frame.line(*_in_view(curve, frame.limits[0]))
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
    # Names at the line ends, from below, pushed apart until each can be read.
    last = frame.bottom + 12
    for curve in sorted(curves, key=lambda curve: curve.p50[-1]):
        last = min(frame.y(curve.p50[-1]) + 4, last - 15)
        yield _text(frame.right + 5, last, f"{curve.wavelength_nm:g} nm", colour=colour_of(curve.wavelength_nm))


def _in_view(curve: DepthCurve, low: float) -> tuple[list[float], list[float]]:
    """Return the median line down to where it leaves the picture."""
    depths, rates = list(curve.depth_mm), list(curve.p50)
    below = next((k for k, rate in enumerate(rates) if rate < low), None)
    if not below:
        return depths, rates
    (start, stop), (above, under) = depths[below - 1 : below + 1], rates[below - 1 : below + 1]
    share = math.log(above / low) / math.log(above / under) if under > 0 else 0.0
    return [*depths[:below], start + share * (stop - start)], [*rates[:below], low]


def _total(frame: _Frame, target: TargetLight, lines: int) -> Iterator[str]:
    rate, x = target.fluence_rate_mw_cm2, frame.x(target.depth_mm.p50)
    if rate.p50 < frame.limits[0]:
        return
    words, y = f"in all {band(rate)}", frame.y(rate.p50)
    at, anchor = _beside(frame, target.depth_mm, words)
    # Not into the names of the targets, which stand in as many lines.
    yield _text(at, max(y - 4, frame.top + 13 + LABEL_HEIGHT * HEIGHT * lines), words, anchor=anchor)
    yield _rule(x, frame.y(rate.p5), x, frame.y(rate.p95), INK, 1.4)
    corners = f"{x:.1f},{y - 5:.1f} {x + 4:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 4:.1f},{y:.1f}"
    yield f'<polygon points="{corners}" fill="{themed(INK)}"/>'


def _axes(frame: _Frame) -> Iterator[str]:
    yield _rule(frame.left, frame.top, frame.left, frame.bottom, QUIET, 0.8)
    yield _rule(frame.left, frame.bottom, frame.right, frame.bottom, QUIET, 0.8)
    for rate in log_ticks(*frame.limits):
        y = frame.y(rate)
        yield _rule(frame.left - 4, y, frame.left, y, QUIET, 0.8)
        yield _text(frame.left - 7, y + 4, f"{rate:g}", anchor="end")
    step = _step(frame.deepest)
    for number in range(int(frame.deepest / step) + 1):
        x = frame.x(number * step)
        yield _rule(x, frame.bottom, x, frame.bottom + 4, QUIET, 0.8)
        yield _text(x, frame.bottom + 17, f"{number * step:g}", anchor="middle")
    middle = (frame.left + frame.right) / 2
    yield _text(middle, frame.bottom + 35, "Depth below the skin, mm", anchor="middle")


def _step(length: float) -> float:
    """Return the smallest step of 1, 2 or 5 that makes no more ticks than wanted."""
    least = length / (MOST_TICKS - 1 + 0.999)
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)
