"""Effects of trials against their light, on the skin and at the nerve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from nervelight.evidence import GivenLight, LightResponse, study_label
from nervelight.report.evidence_words import effect_text, interval_of, light_text, response_answer
from nervelight.report.picture import ACCENT, INK, PAPER, QUIET, RULE, Picture, Table, canvas, drawing, finished

__all__ = ["response_figure"]

PANEL, GAP = 200, 62
LEFT, RIGHT = 126, 20
# Where trials stand whose light is known and the size of their effect is not: by what they say.
LANES = ("no better than sham", "mixed or unclear", "favours light")
LANE_OF = {"favours_light": 2, "no_difference": 0, "favours_comparator": 0}
# Mean width of a letter and height of a line of the small type, in points.
LETTER, LINE, SMALL = 4.9, 10.5, 9.0
TICKS = (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000)


def response_figure(skin: LightResponse, nerve: LightResponse) -> Picture | None:
    """Draw effects against the light on the skin, and below against the light at the nerve.

    Circles are trials with an effect size, larger where more precise. Below them, trials whose light is known but not
    the size of their effect stand in a lane by what they say.

    Returns
    -------
    Picture or None
        None where no trial has a light.
    """
    panels = [found for found in (skin, nerve) if found.points or found.verdicts]
    if not panels:
        return None
    title = response_answer(skin, nerve)
    description = (
        "Horizontal: light of a session in J/cm² on a logarithmic scale, with its 90 % interval where it is computed. "
        "Filled circles: trials with an effect size (Hedges' g; below zero light did better). Hollow circles: trials "
        "that print their light but not the size of their effect, in a lane by what they say."
    )
    ends = [end for found in panels for light in _lights(found) for end in (light.value, light.low, light.high) if end]
    limits = min(ends) / 1.5, max(ends) * 3
    height = PANEL * len(panels) + GAP * (len(panels) - 1)
    with drawing():
        figure, first = canvas(title, height, (LEFT, RIGHT))
        box = first.get_position()
        first.remove()
        panel, gap = PANEL / height * box.height, GAP / height * box.height
        for index, found in enumerate(panels):
            bottom = box.y0 + (len(panels) - 1 - index) * (panel + gap)
            _draw(figure.add_axes((box.x0, bottom, box.width, panel)), found, limits)
        rows = tuple(row for found in panels for row in _rows(found))
        return finished(
            figure, "response", title, description, Table(("Light", "Trial", "J/cm²", "Effect or verdict"), rows)
        )


def _lights(found: LightResponse) -> Iterator[GivenLight]:
    yield from (point.light for point in found.points)
    yield from (verdict.light for verdict in found.verdicts)


def _draw(axes: Any, found: LightResponse, limits: tuple[float, float]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    ticks = [tick for tick in TICKS if limits[0] <= tick <= limits[1]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel(f"Light {found.where}, J/cm² in a session (log scale)")
    axes.set_ylim(-0.35, 6.2 if found.points else 3.0)
    axes.set_yticks(range(len(LANES)), LANES)
    axes.tick_params(axis="y", length=0)
    for y in range(len(LANES)):
        axes.axhline(y, color=RULE, lw=0.7, zorder=0)
    _draw_verdicts(axes, found, limits)
    if found.points:
        _draw_points(axes, found)


def _draw_verdicts(axes: Any, found: LightResponse, limits: tuple[float, float]) -> None:
    """Draw hollow circles in their lanes; names climb where they would run into each other."""
    width = axes.get_position().width * axes.figure.get_figwidth() * 72
    per_decade = width / math.log10(limits[1] / limits[0])
    for lane in range(len(LANES)):
        mine = [verdict for verdict in found.verdicts if LANE_OF.get(verdict.says, 1) == lane]
        # Right end of the last name on each level, in points.
        levels: list[float] = []
        for verdict in sorted(mine, key=lambda verdict: verdict.light.value):
            light, name = verdict.light, study_label(verdict.study_id)
            at = per_decade * math.log10(light.value / limits[0])
            level = next((k for k, end in enumerate(levels) if end < at), len(levels))
            levels[level:] = [at + LETTER * (len(name) + 2), *levels[level + 1 :]]
            if light.low is not None and light.high is not None:
                axes.plot([light.low, light.high], [lane, lane], color=QUIET, lw=3, alpha=0.35, solid_capstyle="butt")
            axes.plot([light.value], [lane], marker="o", ms=5, mfc=PAPER, mec=INK, ls="none")
            place = {"xytext": (-2, 5 + LINE * level), "textcoords": "offset points", "va": "bottom", "size": SMALL}
            axes.annotate(name, (light.value, lane), **place)


def _draw_points(axes: Any, found: LightResponse) -> None:
    """Draw effects above the lanes."""
    low = min(point.effect.value for point in found.points)
    span = max(max(0.0, *(point.effect.value for point in found.points)) - low, 0.5)

    def place(value: float) -> float:
        return 3.5 + 2.3 * (value - low) / span

    axes.axhline(place(0.0), color=QUIET, lw=0.8)
    no_effect = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "bottom", "size": SMALL, "color": QUIET}
    axes.text(1.0, place(0.0), "no effect", **no_effect)
    for point in found.points:
        y, size = place(point.effect.value), 5 + 4 / math.sqrt(point.effect.variance)
        if point.light.low is not None and point.light.high is not None:
            axes.plot([point.light.low, point.light.high], [y, y], color=ACCENT, lw=1)
        axes.plot([point.light.value], [y], marker="o", ms=size, color=ACCENT, alpha=0.5, ls="none")
        words = f"{study_label(point.effect.study_id)}, g {point.effect.value:+.1f}"
        axes.annotate(words, (point.light.value, y), xytext=(8, 4), textcoords="offset points", size=SMALL)
    fit = found.regression
    if fit is not None:
        ends = axes.get_xlim()
        line = [place(fit.coefficients[0] + fit.coefficients[1] * math.log10(x)) for x in ends]
        axes.plot(ends, line, color=ACCENT, lw=1.2)


def _rows(found: LightResponse) -> Iterator[tuple[str, str, str, str]]:
    for point in found.points:
        effect = point.effect
        text = effect_text(effect.value, *interval_of(effect), "standardised")
        yield found.where, study_label(effect.study_id), light_text(point.light), text
    for verdict in found.verdicts:
        yield found.where, study_label(verdict.study_id), light_text(verdict.light), verdict.says.replace("_", " ")
